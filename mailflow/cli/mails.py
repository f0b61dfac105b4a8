"""`mailflow import`, `mails`, `mails show`, `mails retry`: what came in."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli import documents
from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import NO, OK, WRONG, Failed, app, say, session
from mailflow.cli.files import each_file
from mailflow.cli.help import Family
from mailflow.cli.output import iso, print_json, shown_addresses, shown_time, table
from mailflow.words import KINDS

if TYPE_CHECKING:
    from mailflow.model import Place
    from mailflow.store.mails import MailLine
    from mailflow.store.unfetchable import Unfetchable

mails = Family(
    help="""届いたメールを一覧する、1通ずつ見る、やり直す。

    例
      mailflow mails
      mailflow mails --state failed
      mailflow mails --json | head
      mailflow mails show 12
    """,
    invoke_without_command=True,
)
app.add_typer(mails, name="mails")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]


HIDDEN_SUBJECT = "（隠したメール）"
HIDDEN = "中身を隠しています（mails unhide か、mails show --hidden）"


class State(str, Enum):  # noqa: UP042  (the words stand in the help)
    """What a mail's state may be."""

    NEW = "new"
    JUDGED = "judged"
    FAILED = "failed"
    JUNK = "junk"
    BEFORE_START = "before-start"
    UNFETCHABLE = "unfetchable"


STATES = {
    State.NEW: "判定待ち",
    State.JUDGED: "判定済み",
    State.FAILED: "処理できません",
    State.JUNK: "迷惑メール",
    State.BEFORE_START: "運用開始前",
    State.UNFETCHABLE: "取り込めません",
}
StateOption = Annotated[
    State | None,
    typer.Option(
        "--state", help="この状態のものだけ（new・judged・failed・junk・before-start・unfetchable）。", metavar="STATE"
    ),
]


@app.command("import")
def take(
    files: Annotated[
        list[Path], typer.Argument(help="メールのファイル（.eml か Outlook の .msg）。", metavar="FILE.eml…")
    ],
    as_json: Json = False,
) -> None:
    """メールのファイルを手で取り込みます。届いた日時は、自分の側の入口のサーバーが書いたものだけを使います。

    それがなければ、取り込んだ時刻になります。どちらも、人が確かめるまで手紙は出ません。
    取り込んだメールは、worker か run が判定します。同じメールは2度入りません。

    例
      mailflow import 転送されたもの.eml
      mailflow import *.eml *.msg && mailflow worker --once
    """
    from mailflow.mail import read_mail_and_id
    from mailflow.mailbox.importing import NotAMail, eml_of, import_place, received_time
    from mailflow.model import Arrival
    from mailflow.pipeline import read_context
    from mailflow.store.arrivals import Headers

    store, now = session.store(), session.clock().now()
    context = read_context(session.settings())
    code = OK
    for name, content in each_file(files):
        if content is None:
            code = WRONG
            continue
        try:
            raw = eml_of(content)
        except NotAMail as error:
            say(f"{name}: {error.reason}")
            code = WRONG
            continue
        mail, content_id = read_mail_and_id(raw, context=context)
        arrival = Arrival(
            raw=raw,
            place=import_place(raw),
            received_at=received_time(mail.received, context.boundary_hosts, now),
            content_id=content_id,
        )
        headers = Headers(message_id=mail.message_id, subject=mail.subject, sender=mail.sender, date=mail.date)
        (result,) = store.arrive([arrival], headers={content_id: headers})
        if as_json:
            document = {"file": name, "id": result.mail_id, "new": result.new, "received_at": iso(arrival.received_at)}
            print_json(document)
        else:
            said = f"取り込みました（{shown_time(arrival.received_at)} 着）" if result.new else "すでにあるメールです"
            print(f"{result.mail_id}\t{name}\t{said}")
    raise typer.Exit(code)


@mails.callback()
def bare(context: typer.Context, as_json: Json = False, state: StateOption = None) -> None:
    if context.invoked_subcommand is None:
        listing(as_json=as_json, state=state)


@mails.command("list")
def listing(as_json: Json = False, state: StateOption = None) -> None:
    """届いたメールを一覧します（mailflow mails と同じ）。

    例
      mailflow mails list --state failed
    """
    from mailflow.store.arrivals import MailState

    store = session.store()
    only_unfetchable = state is State.UNFETCHABLE
    wanted = MailState(state.value) if state and not only_unfetchable else None
    found = [] if only_unfetchable else without_hidden_subjects(store.mails(state=wanted))
    unfetchable = store.unfetchable_lines() if state is None or only_unfetchable else []
    if as_json:
        for one in found:
            print_json(line_document(one))
        for lost in unfetchable:
            print_json(unfetchable_document(lost))
        return
    table(
        None,
        ("番号", "届いた日時", "状態", "種類", "団体", "差出人", "件名"),
        [
            (
                one.id,
                shown_time(one.received_at),
                shown_state(one),
                shown_kind(one),
                one.organization,
                shown_addresses([one.sender] if one.sender else []),
                one.subject,
            )
            for one in found
        ]
        + [
            (
                f"place-{lost.id}",
                shown_time(lost.received_at),
                STATES[State.UNFETCHABLE],
                "",
                None,
                f"フォルダー {lost.place.folder} の UID {lost.place.uid}",
                lost.reason,
            )
            for lost in unfetchable
        ],
        empty="メールはありません。",
        spare=("差出人", "種類"),
    )


def shown_state(one: MailLine) -> str:
    word = STATES[State(one.state.value)]
    return f"{word}（処理中）" if one.working else word


def shown_kind(one: MailLine) -> str:
    marks = [mark for mark, holds in (("人が見ます", one.review), ("当事者以外", one.claim)) if holds]
    kind = KINDS[one.kind] if one.kind else ""
    return f"{kind}（{'・'.join(marks)}）" if marks else kind


def without_hidden_subjects(lines: list[MailLine]) -> list[MailLine]:
    """What stands in the subject of a mail that was sent by mistake is not for every eye either (situations row 37)."""
    from mailflow.store.hidden import hidden_mails

    hidden = hidden_mails(session.store())
    return [replace(one, subject=HIDDEN_SUBJECT) if one.id in hidden else one for one in lines]


def line_document(one: MailLine) -> dict[str, Any]:
    return {
        "id": one.id,
        "message_id": one.message_id,
        "received_at": iso(one.received_at),
        "kind": one.kind,
        "state": one.state.value,
        "case": one.case_id,
        "label": one.label,
        "subject": one.subject,
        "from": {"name": one.sender.name, "address": one.sender.address} if one.sender else None,
        "organization": one.organization,
        "case_number": one.case_number,
        "claim": one.claim,
        "review": one.review,
        "reason": one.reason,
        "attempts": one.attempts,
    }


def unfetchable_document(lost: Unfetchable) -> dict[str, Any]:
    """A mail of which there is nothing but its place; the keys of `line_document`."""
    return {
        "id": f"place-{lost.id}",
        "message_id": None,
        "received_at": iso(lost.received_at),
        "kind": None,
        "state": State.UNFETCHABLE.value,
        "case": None,
        "label": None,
        "subject": None,
        "from": None,
        "organization": None,
        "case_number": None,
        "claim": False,
        "review": False,
        "reason": lost.reason,
        "attempts": 0,
        "place": place_document(lost.place),
    }


def place_document(place: Place) -> dict[str, Any]:
    return {"mailbox": place.mailbox, "folder": place.folder, "uidvalidity": place.uidvalidity, "uid": place.uid}


@mails.command("show")
def show(
    mail_id: Annotated[int, typer.Argument(metavar="ID", help="メールの番号（mailflow mails にあります）。")],
    as_json: Json = False,
    hidden: Annotated[
        bool, typer.Option("--hidden", help="隠したメールの中身も見せます（承認者。見たことが記録に残ります）。")
    ] = False,
    user: As = None,
) -> None:
    """1通のメールと、その判定を表示します。誤送信などで隠したメールは、中身を見せません。

    例
      mailflow mails show 12
    """
    from mailflow.desk.mails import look_at_hidden
    from mailflow.mail import mail_document, read_mail
    from mailflow.store.cases import judged

    line = found_mail(mail_id)
    shut = session.store().is_hidden(mail_id)
    if shut and hidden:
        done(look_at_hidden(session.store(), mail_id, user=acting_user(user)))
        shut = False
    if shut:
        line = replace(line, subject=HIDDEN_SUBJECT)
    raw = session.store().raw(mail_id) if not shut else None
    content = mail_document(read_mail(raw), str(mail_id)) if raw is not None else None
    places = session.store().places(mail_id)
    verdict = judged(session.store(), mail_id)
    findings = verdict.verdict.findings if verdict and not shut else ()
    actions = verdict.actions if verdict else ()
    if as_json:
        print_json(
            {
                **line_document(line),
                "rule": verdict.verdict.understood.rule if verdict else None,
                "config": verdict.verdict.config_hash if verdict else None,
                "hidden": shut,
                "places": [place_document(one) for one in places],
                "findings": [documents.finding(one) for one in findings],
                "actions": [documents.action(one) for one in actions],
                "text": content["text"] if content else None,
                "attachments": content["attachments"] if content else [],
            }
        )
        return
    rows = [
        ("差出人", shown_addresses([line.sender] if line.sender else [])),
        ("件名", line.subject),
        ("届いた日時", shown_time(line.received_at)),
        ("場所", "\n".join(f"{p.mailbox} {p.folder} {p.uid}" for p in places)),
        ("状態", shown_state(line)),
        ("わけ", HIDDEN if shut else line.reason),
        ("種類", shown_kind(line)),
        ("印", line.label),
        ("規則", verdict.verdict.understood.rule if verdict else None),
        ("団体", line.organization),
        ("案件", f"{line.case_id}（{line.case_number}）" if line.case_id else None),
        ("すること", documents.shown_actions(actions)),
        ("設定の版", verdict.verdict.config_hash[:12] if verdict else None),
        ("添付", "\n".join(documents.shown_attachment(one) for one in content["attachments"]) if content else None),
        ("本文", content["text"].rstrip() if content and content["text"] else None),
    ]
    table(f"メール {mail_id}", ("項目", "内容"), [row for row in rows if row[1]])
    if findings:
        documents.findings_table(findings)


@mails.command("retry")
def retry(
    ids: Annotated[list[int], typer.Argument(metavar="ID…", help="処理できなかったメールの番号。")],
    user: As = None,
) -> None:
    """処理できなかったメールを、もう一度判定に回します。

    例
      mailflow mails --state failed
      mailflow mails retry 12
    """
    from mailflow.desk import Refused, retry_failed_mail

    actor, code = acting_user(user), OK
    for mail_id in [found_mail(one).id for one in dict.fromkeys(ids)]:
        result = retry_failed_mail(session.store(), mail_id, user=actor)
        if isinstance(result, Refused):
            say(f"{mail_id}: {result.reason}。")
            code = NO
        else:
            print(f"{mail_id}\t判定に回しました")
    raise typer.Exit(code)


def found_mail(mail_id: int) -> MailLine:
    from mailflow.numbering import is_row

    lines = session.store().mails(after_id=mail_id - 1, limit=1) if is_row(mail_id) else []
    if not lines or lines[0].id != mail_id:
        raise Failed(f"番号 {mail_id} のメールはありません。")
    return lines[0]
