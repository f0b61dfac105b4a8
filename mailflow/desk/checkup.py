"""Can it log in, read, file, send; are clock, schema, configuration and disk as they should be (DESIGN §9 `doctor`).

In: the configuration's folder, the environment. Out: one `Check` after the other, as each is made. Only reads, unless
`write` asks for a trial mail: one, to the office's own address, filed in Sent. Never raises on what a server says.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from mailflow.clock import Clock, sys_now, tokyo
from mailflow.mail.authentication import topmost_server
from mailflow.mailbox.errors import MailboxError, Unreachable
from mailflow.mailbox.imap import Imap
from mailflow.outbox.errors import DeliveryError, NoConnection
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection
from mailflow.settings.env import business_now, database_url, environment_problems, imap_connection, smtp_connection
from mailflow.settings.problems import ConfigErrors
from mailflow.settings.settings import Settings
from mailflow.store.base import connect
from mailflow.store.errors import StoreError
from mailflow.store.facts import Facts
from mailflow.store.migrations import HEAD
from mailflow.store.open import schema_revision
from mailflow.store.people import Role, role_of

NEEDED_BYTES = 500_000_000  # a mail with a form is stored in about 100 kB: some thousand mails
CLOCK_LIMIT = timedelta(minutes=5)
START_FACT = "start"  # the worker's own fence, where the configuration names none


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`said`: what was found; `advice`: what to do about it, where it isn't `ok`. All Japanese."""

    name: str
    ok: bool
    said: str
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    settings: Settings
    env: Mapping[str, str]
    write: bool = False

    @property
    def url(self) -> str:
        return database_url(self.settings.file, self.env)


def checkup(patient: Patient) -> Iterator[Check]:
    """All checks in the order in which a newcomer meets what can be wrong."""
    yield from _configuration(patient)
    yield from _database(patient)
    yield from _clock(patient)
    yield from _disk(patient)
    yield from _imap(patient)
    yield from _mail_client(patient)
    yield from _smtp(patient)


def fence(patient: Patient) -> datetime:
    """The go-live time that a first good doctor writes: the one that a worker already keeps, else business now."""
    found = _facts(patient)
    if found is not None:
        kept = found.fact(START_FACT)
        clock = found.clock(business_now(patient.env))
        found.close()
        return datetime.fromisoformat(kept) if kept else clock.now()
    return business_now(patient.env) or Clock().now()


# --- here -------------------------------------------------------------------------------------------------------------


def _configuration(patient: Patient) -> Iterator[Check]:
    problems = [one for one in environment_problems(patient.settings, patient.env) if one.severity == "error"]
    for problem in problems:
        yield Check(name="設定", ok=False, said=f"{problem.place}：{problem.message}", advice=problem.hint)
    if not problems:
        said = f"誤りはありません（{patient.settings.hash[:12]}）"
        if patient.settings.warnings:
            said += f"。注意が{len(patient.settings.warnings)}つあります（mailflow config check）"
        yield Check(name="設定", ok=True, said=said)


def _sqlite_file(url: str) -> Path | None:
    head, _, rest = url.partition(":///")
    return Path(rest.partition("?")[0]).absolute() if head.startswith("sqlite") and rest else None


def _database(patient: Patient) -> Iterator[Check]:
    name = "データベース"
    file = _sqlite_file(patient.url)
    if file is not None and not file.exists():
        yield Check(name=name, ok=True, said=f"{file} はまだありません。最初に動かすときに作られます")
        return
    try:
        engine = connect(patient.url)
        try:
            found = schema_revision(engine)
        finally:
            engine.dispose()
    except StoreError as error:
        yield Check(name=name, ok=False, said=str(error))
    except Exception as error:
        advice = "database.url と、ファイルの権限、サーバーが動いているかを確かめてください"
        yield Check(name=name, ok=False, said=f"開けません（{type(error).__name__}）", advice=advice)
    else:
        said = "表の形は最新です" if found == HEAD else "表の形が古いか空です。次に動かすときに新しくなります"
        yield Check(name=name, ok=True, said=said)


def _facts(patient: Patient) -> Facts | None:
    """The database's facts, where it has this code's schema; None otherwise. Creates nothing."""
    file = _sqlite_file(patient.url)
    if file is not None and not file.exists():
        return None
    try:
        engine = connect(patient.url)
        if schema_revision(engine) == HEAD:
            return Facts(engine)
        engine.dispose()
    except Exception:
        return None
    return None


def _clock(patient: Patient) -> Iterator[Check]:
    asked = business_now(patient.env)
    facts = _facts(patient)
    if facts is not None:
        try:
            clock = facts.clock(None)
        finally:
            facts.close()
    else:
        clock = Clock.starting_at(asked) if asked else Clock()
    now = tokyo(clock.now())
    yield _round(patient, now)
    if abs(clock.offset) < timedelta(seconds=1):
        yield Check(name="時計", ok=True, said=f"日本時間で {now:%Y-%m-%d %H:%M:%S}")
    else:
        said = f"業務の時計は {now:%Y-%m-%d %H:%M:%S}（実際の時刻とずらしています。試し用）"
        yield Check(name="時計", ok=True, said=said)


def _round(patient: Patient, now: datetime) -> Check:
    """Whether a call is open, or one is still to come: last year's dates are easily left standing."""
    name = "公募"
    rounds = patient.settings.rounds
    for one in rounds:
        if one.opens <= now <= one.closes:
            return Check(name=name, ok=True, said=f"{one.name}を受付中です（締切 {tokyo(one.closes):%Y-%m-%d %H:%M}）")
    coming = min((one.opens for one in rounds if one.opens > now), default=None)
    if coming is not None:
        return Check(name=name, ok=True, said=f"次の公募は {tokyo(coming):%Y-%m-%d %H:%M} に始まります")
    last = max(one.closes for one in rounds)
    said = f"【注意】公募はすべて終わっています（最後の締切 {tokyo(last):%Y-%m-%d %H:%M}）。これから届く応募は、締切後として扱います"
    return Check(name=name, ok=True, said=said)


def _disk(patient: Patient) -> Iterator[Check]:
    file = _sqlite_file(patient.url)
    if file is None:
        return
    place = file.parent
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    said = f"{place} の空きは {free / 1_000_000_000:.1f}GB"
    yield Check(
        name="ディスク",
        ok=free >= NEEDED_BYTES,
        said=said,
        advice="空きを増やしてください（メールは全部データベースに入ります）",
    )


# --- the servers ------------------------------------------------------------------------------------------------------


def _connection(make: Callable[[Settings, Mapping[str, str]], Connection], patient: Patient) -> Connection | None:
    try:
        return make(patient.settings, patient.env)
    except ConfigErrors:
        return None  # `_configuration` has said so


def _way(setting: str) -> str:
    """For a server that isn't reached: no password is at fault."""
    return f"{setting} のサーバー名・ポート・imaps や smtps の別と、ネットワーク（ファイアウォール、証明書）を確かめてください"


def _key(part: str, variable: str) -> str:
    return f"{part}.url・user と、{variable} か password_file を確かめてください"


def _imap(patient: Patient) -> Iterator[Check]:
    at = _connection(imap_connection, patient)
    if at is None:
        return
    try:
        with Imap(at, ca_file=at.ca_file, timeout_s=30) as imap:
            yield Check(name="受信：ログイン", ok=True, said=f"{at.place} に {at.user} で入れました")
            yield from _folders(patient, imap)
    except MailboxError as error:
        advice = _way("mailbox.url") if isinstance(error, Unreachable) else _key("mailbox", "MAILFLOW_IMAP_URL")
        yield Check(name="受信：ログイン", ok=False, said=f"{at.place}：{error.reason}", advice=advice)


def _folders(patient: Patient, imap: Imap) -> Iterator[Check]:
    folders = patient.settings.file.mailbox.folders
    there = imap.folders()
    newest: datetime | None = None
    header = b""
    for folder in folders.watch:
        try:
            exists = imap.select(folder, readonly=True).exists
            uids = imap.uids()[-1:]
            for listed in imap.listed(uids):
                newest = max(newest, listed.received_at) if newest else listed.received_at
                header = header or imap.fetch_headers([listed.uid]).get(listed.uid, b"")
        except MailboxError as error:
            advice = "mailbox.folders.watch を、ある名前に直してください"
            yield Check(name="受信：フォルダー", ok=False, said=error.reason, advice=advice)
        else:
            yield Check(name="受信：フォルダー", ok=True, said=f"{folder} が読めます（{exists}通）")
    for folder in folders.junk:
        if folder not in there:
            said = f"迷惑メールの {folder} はありません（読みません）"
            yield Check(name="受信：フォルダー", ok=True, said=said)
    if newest is not None:
        yield from _server_clock(newest)
    yield _origin(patient, header)
    said = (
        f"{folders.sent} に入れます"
        if folders.sent in there
        else f"{folders.sent} はまだありません。最初に送るときに作ります"
    )
    yield Check(name="送信済み", ok=True, said=said)


def _mail_client(patient: Patient) -> Iterator[Check]:
    """Whether the one in whose name letters are approved in a mail client may approve."""
    client = patient.settings.file.approval.mail_client
    if client is None:
        return
    name, role = "メールソフトでの承認", None
    facts = _facts(patient)
    if facts is not None:
        try:
            with facts.read() as db:
                role = role_of(db, client.user)
        finally:
            facts.close()
    if role is not None and role.covers(Role.APPROVER):
        yield Check(name=name, ok=True, said=f"{'・'.join(client.folders)} での決定を、{client.user} のものとします")
        return
    said = f"「{client.user}」は登録されていません" if role is None else f"「{client.user}」に承認者の権限がありません"
    yield Check(name=name, ok=False, said=said, advice=f"mailflow users add {client.user} --role approver")


def _server_clock(newest: datetime) -> Iterator[Check]:
    """Mail can't have come after now: one of the two clocks is wrong, and the close is judged by them."""
    ahead = newest - sys_now()
    if ahead > CLOCK_LIMIT:
        minutes = int(ahead.total_seconds() // 60)
        said = f"いちばん新しいメールが、この機械の時計より{minutes}分先の時刻に届いています"
        advice = "この機械とメールサーバーの時計を確かめてください（締切はこの時刻で判定します）"
        yield Check(name="サーバーの時計", ok=False, said=said, advice=advice)


def _origin(patient: Patient, header: bytes) -> Check:
    """Whether a forged sender can be told from a true one, and what to write where not. In: a newest mail's header."""
    mailbox = patient.settings.file.mailbox
    name = "差出人の認証"
    serv, host = topmost_server(header)
    if mailbox.authserv_id and mailbox.boundary_hosts:
        if serv and serv.casefold() != mailbox.authserv_id.casefold():
            said = f"mailbox.authserv_id は {mailbox.authserv_id} ですが、いちばん新しいメールには {serv} とあります"
            return Check(name=name, ok=True, said=f"【注意】{said}。認証結果が読めていないかもしれません")
        return Check(name=name, ok=True, said=f"{mailbox.authserv_id} の認証結果を見ます")
    said = "【注意】" + "、".join(
        f"mailbox.{key} が空です"
        for key, value in (("authserv_id", mailbox.authserv_id), ("boundary_hosts", mailbox.boundary_hosts))
        if not value
    )
    said += "。団体をかたるメールを見分けられず、中継の時刻も確かめられません"
    if serv or host:
        seen = [f"authserv_id: {serv}"] * bool(serv) + [f"boundary_hosts: [{host}]"] * bool(host)
        said += f"。いちばん新しいメールによれば「{'」「'.join(seen)}」（自分の側のサーバーか確かめて書いてください）"
    return Check(name=name, ok=True, said=said)


def _smtp(patient: Patient) -> Iterator[Check]:
    at = _connection(smtp_connection, patient)
    if at is None:
        return
    session = SmtpSession(at, timeout_s=30, ca_file=at.ca_file)
    try:
        answer = session.check()
        yield Check(name="送信：ログイン", ok=True, said=f"{at.place} につながりました（{answer}）")
        if patient.write:
            yield from _trial(patient, session)
    except DeliveryError as error:
        advice = _way("smtp.url") if isinstance(error, NoConnection) else _key("smtp", "MAILFLOW_SMTP_URL")
        yield Check(name="送信：ログイン", ok=False, said=f"{at.place}：{error.answer}", advice=advice)
    finally:
        session.close()


def _trial(patient: Patient, session: SmtpSession) -> Iterator[Check]:
    office = patient.settings.programme.address
    mime = _trial_mail(patient)
    try:
        session.deliver(mime, envelope_from=office, to=[office], before_data=lambda: None)
    except DeliveryError as error:
        yield Check(name="送信：試し", ok=False, said=error.answer, advice="差出人として送る権限を確かめてください")
        return
    yield Check(name="送信：試し", ok=True, said=f"試しのメールを {office} に送りました")
    at = _connection(imap_connection, patient)
    if at is None or patient.settings.file.smtp.server_files_sent:
        return
    folder = patient.settings.file.mailbox.folders.sent
    try:
        with Imap(at, ca_file=at.ca_file, timeout_s=30) as imap:
            imap.ensure(folder)
            imap.append(folder, mime, sys_now())
    except MailboxError as error:
        advice = "送信済みフォルダーに書く権限を確かめてください"
        yield Check(name="送信済み：試し", ok=False, said=error.reason, advice=advice)
    else:
        yield Check(name="送信済み：試し", ok=True, said=f"試しのメールを {folder} に入れました")


def _trial_mail(patient: Patient) -> bytes:
    programme = patient.settings.programme
    token = secrets.token_hex(12)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = mail["To"] = programme.address
    mail["Subject"] = "mailflow doctor: 送信の試し"
    mail["Date"] = format_datetime(sys_now())
    mail["Message-ID"] = f"<{token}.doctor.mailflow@{programme.address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Mailflow-Id"] = token
    mail.set_content("mailflow doctor が送った、送信の試しです。お返事は要りません。\n", charset="utf-8", cte="base64")
    return mail.as_bytes()
