"""What people decide on one mail (DESIGN §4; situations rows 24, 37): lift a finding, correct what it is, open it, hide it.

What changes a verdict is written down and judged again by the worker; the corrected verdict stays explained by who said what and
why. Each act raises the revision of the mail's case, takes one transaction, and leaves an audit row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow import numbering
from mailflow.codec import clean_text, from_json, to_json
from mailflow.desk.holding import JudgedAgain, held, note, words
from mailflow.desk.moved_letters import take_out
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.intake.organizations import directory_of
from mailflow.intake.senders import sender_class
from mailflow.model import HOLDING, Address, Again, Corrected, Finding, Kind, Recorded, Resolved, Severity, Verdict
from mailflow.settings.settings import Settings
from mailflow.store import Store, audit, booking_letters, hidden
from mailflow.store.again import NOTE, lie_nowhere, settled, was_answered
from mailflow.store.answered import ANSWERED
from mailflow.store.arrivals import MAIL
from mailflow.store.case_known import RECORDED
from mailflow.store.corrections import CORRECTION
from mailflow.store.following import LONGEST_PASSWORD
from mailflow.store.mails import VERDICT
from mailflow.store.passwords import LOCKED, TOLD
from mailflow.store.people import Role
from mailflow.store.quoting import in_sight_quoting
from mailflow.store.rejudge import reopen

# Which rule a person means by a kind, where its own name is none.
_PLAIN = {
    Kind.CONSULTATION: "consultation-request",
    Kind.INQUIRY: "question",
    Kind.INTERNAL: "known-sender",
}


def clear_finding(
    store: Store,
    mail_id: int,
    *,
    check: str,
    why: str,
    user: str,
    now: datetime,
    where: str | None = None,
    up: bool = False,
) -> JudgedAgain | Refused:
    """A person has looked: what this check found in this mail holds it back no longer. `where`: only of that place.

    `up`: takes that back. What would refuse an applicant is lifted by an approver. A later mail is judged by itself.
    """

    def do(db: sa.Connection) -> JudgedAgain:
        row, verdict = _judged(db, mail_id)
        reason = words(why, "わけ")
        if row.case_id is None:
            raise RefusedError("案件のないメールです。種類を直してください（mails correct）")
        held(db, row.case_id, None)
        found = [one for one in verdict.findings if one.check == check and (where is None or one.where == where)]
        if not up:
            found = [one for one in found if one.severity in (*HOLDING, Severity.CONFIRM)]
        if not found:
            raise RefusedError(f"このメールに「{check}」の指摘はありません", "unknown")
        if any(one.severity is Severity.REFUSE for one in found):
            _must_approve(db, user)
        for one in found:
            _keep(db, row.case_id, mail_id, one, cleared=not up, source=reason, user=user, now=now)
        _audit(db, user, "finding-restored" if up else "finding-cleared", mail_id, row.case_id, detail={"check": check})
        return _again(db, mail_id, user, now)

    return act(store, user, Role.STAFF, do)


def correct_mail(
    store: Store,
    settings: Settings,
    mail_id: int,
    *,
    why: str,
    user: str,
    now: datetime,
    kind: Kind | None = None,
    rule: str | None = None,
    organization: str | None = None,
) -> JudgedAgain | Refused:
    """The mail is of another kind (or rule), or of another body, than was judged. `organization`: its name or code.

    Kept as what was, what became, why; offered to the operator as a test of the rules. Refused where a letter rests on the
    verdict: that can't be taken back.
    """

    def do(db: sa.Connection) -> JudgedAgain:
        row, verdict = _judged(db, mail_id)
        reason = words(why, "わけ")
        understood = verdict.understood
        if kind is None and rule is None and organization is None:
            raise RefusedError("種類（--kind）、規則（--rule）、団体（--organization）のどれかを書いてください")
        if settled(db, [mail_id]):
            raise RefusedError("このメールへの手紙がもう出ている（または人が手を入れた）ため、判定は直せません")
        home = held(db, row.case_id, None) if row.case_id is not None else None
        if kind is not None or rule is not None:
            named = rule or _rule_of(settings, kind)
            if settings.rules.rule(named) is None:
                raise RefusedError(f"{named} という規則は rules.yaml にありません")
            _correct(db, mail_id, "rule", was=understood.rule or "", became=named, why=reason, user=user, now=now)
        if organization is not None:
            body = directory_of(settings).lookup(organization)
            if organization.strip().isdigit():
                body = directory_of(settings).by_code(organization.strip())
            if body.resolved not in (Resolved.EXACT, Resolved.VARIANT):
                near = f"（{'、'.join(body.suggestions[:3])} ではありませんか）" if body.suggestions else ""
                raise RefusedError(f"「{organization}」という団体は見当たりません{near}")
            sender = db.execute(sa.select(MAIL.c.sender_address).where(MAIL.c.id == mail_id)).scalar()
            who = Address(name=None, address=sender) if sender else None
            said = Corrected(organization=body, sender_class=sender_class(who, body, directory_of(settings), settings))
            was = understood.organization.full_name or ""
            _correct(db, mail_id, "organization", was=was, became=to_json(said), why=reason, user=user, now=now)
            if home is not None and home.org_key != numbering.case_key(body):
                take_out(db, row.case_id, [row], lambda: lie_nowhere(db, mail_id), user=user, now=now)
                booking_letters.give_up(db, mail_id, settings.consultation.capacities, now=now, actor=user)
        note(db, None, mail_id, f"判定を直した：{reason}", user=user, now=now)
        _audit(db, user, "mail-corrected", mail_id, row.case_id)
        return _again(db, mail_id, user, now)

    return act(store, user, Role.STAFF, do)


def tell_password(
    store: Store, mail_id: int, *, password: str, source: str, user: str, now: datetime
) -> JudgedAgain | Refused:
    """A password for the locked file of this mail, told by phone. It is content: never in the audit."""

    def do(db: sa.Connection) -> JudgedAgain:
        told, where = password.strip("\r\n"), words(source, "だれから聞いたか")
        locked = db.execute(sa.select(LOCKED).where(LOCKED.c.mail_id == mail_id)).one_or_none()
        if locked is None:
            raise RefusedError("パスワードのかかったファイルのあるメールではありません", "unknown")
        if not told or len(told) > LONGEST_PASSWORD:
            raise RefusedError(f"パスワードは、1文字から{LONGEST_PASSWORD}文字までで入れてください")
        if locked.case_id is not None:
            held(db, locked.case_id, None)
        db.execute(
            sa.insert(TOLD),
            {
                "mail_id": None, "for_mail_id": mail_id, "case_id": None, "correspondent": None,
                "password": clean_text(told), "source": where, "by": user, "at": now,
            },
        )  # fmt: skip
        _audit(db, user, "password-told", mail_id, locked.case_id)
        return _again(db, mail_id, user, now)

    return act(store, user, Role.STAFF, do)


def mail_answered(store: Store, mail_id: int, *, how: str, user: str, now: datetime) -> Done | Refused:
    """A question is answered otherwise than by a letter of ours here, or the ministry's word has come: what, and how.

    It waits for nobody any more; the words are kept for the next who asks the same (situations rows 35, 36)."""

    def do(db: sa.Connection) -> Done:
        row, _ = _judged(db, mail_id)
        said = words(how, "どう答えたか")
        if row.case_id is not None:
            held(db, row.case_id, None)
        db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(review=False))
        line = {"case_id": row.case_id, "mail_id": mail_id, "kind": ANSWERED, "text": said, "by": user, "at": now}
        db.execute(sa.insert(NOTE), line)
        _audit(db, user, "mail-answered", mail_id, row.case_id)
        return Done()

    return act(store, user, Role.STAFF, do)


@dataclass(frozen=True, slots=True)
class Hidden:
    """`quoted_in`: mails in everybody's sight that quote it, or a letter of ours about it; a person says whether they are hidden too."""

    quoted_in: tuple[int, ...]


def hide_mail(store: Store, mail_id: int, *, why: str, user: str, now: datetime) -> Hidden | Refused:
    """Its content is for approvers' eyes, its form counts for nothing, the letters about it stop. Nothing is deleted."""

    def do(db: sa.Connection) -> Hidden:
        row = db.execute(
            sa.select(MAIL.c.id, VERDICT.c.case_id)
            .select_from(MAIL.outerjoin(VERDICT, VERDICT.c.mail_id == MAIL.c.id))
            .where(MAIL.c.id == mail_id)
        ).one_or_none()
        if row is None:
            raise RefusedError(f"番号 {mail_id} のメールはありません", "unknown")
        reason = words(why, "わけ")
        if row.case_id is not None:
            held(db, row.case_id, None)
        if not hidden.hide(db, mail_id, why=reason, by=user, at=now):
            raise RefusedError("このメールは、すでに隠されています")
        return Hidden(in_sight_quoting(db, [mail_id]))

    return act(store, user, Role.STAFF, do)


def show_mail_again(store: Store, mail_id: int, *, why: str, user: str, now: datetime) -> JudgedAgain | Refused:
    """It was no mistake, or the right form lies in it: the mail counts again and is judged again; where its letter has left
    (or a person dealt with it), without another one."""

    def do(db: sa.Connection) -> JudgedAgain:
        reason = words(why, "わけ")
        if not hidden.lift(db, mail_id, by=user, why=reason, at=now):
            raise RefusedError("隠されているメールではありません", "unknown")
        case_id = db.execute(sa.select(VERDICT.c.case_id).where(VERDICT.c.mail_id == mail_id)).scalar()
        if case_id is not None:
            held(db, case_id, None)
        return _again(db, mail_id, user, now, "quiet" if was_answered(db, mail_id) else "letters")

    return act(store, user, Role.APPROVER, do)


def look_at_hidden(store: Store, mail_id: int, *, user: str) -> Done | Refused:
    """An approver opens what was hidden: that it was looked at stays on record."""

    def do(db: sa.Connection) -> Done:
        if not hidden.hidden_now(db, [mail_id]):
            raise RefusedError("隠されているメールではありません", "unknown")
        _audit(db, user, hidden.OPENED, mail_id, None)
        return Done()

    return act(store, user, Role.APPROVER, do)


def _judged(db: sa.Connection, mail_id: int) -> tuple[Any, Verdict]:
    row = db.execute(
        sa.select(VERDICT, MAIL.c.state).join(MAIL, MAIL.c.id == VERDICT.c.mail_id).where(VERDICT.c.mail_id == mail_id)
    ).one_or_none()
    if row is None:
        raise RefusedError("まだ判定していないメールです（または、ない番号です）", "unknown")
    if row.state != "judged":
        raise RefusedError("判定をやり直しているところです。少し待ってから、もう一度行ってください", "busy")
    return row, from_json(Verdict, row.verdict)


def _must_approve(db: sa.Connection, user: str) -> None:
    from mailflow.store.people import role_of

    role = role_of(db, user)
    if role is None or not role.covers(Role.APPROVER):
        raise RefusedError("対象外や締切後の指摘を外すには、承認者の権限が要ります", "role")


def _keep(
    db: sa.Connection, case_id: int, mail_id: int, one: Finding, *, cleared: bool, source: str, user: str, now: datetime
) -> None:
    said = Recorded(
        mail_id=mail_id, cleared=cleared, check=one.check, fields=one.fields, found=one.found, source=source, by=user,
        at=now,
    )  # fmt: skip
    db.execute(sa.insert(RECORDED), {"case_id": case_id, "mail_id": mail_id, "content": to_json(said), "at": now})


def _rule_of(settings: Settings, kind: Kind | None) -> str:
    if kind is None:
        return ""
    if settings.rules.rule(_PLAIN.get(kind, kind.value)) is not None:
        return _PLAIN.get(kind, kind.value)
    return next((one.id for one in settings.rules.rules if one.kind is kind), kind.value)


def _correct(
    db: sa.Connection, mail_id: int, what: str, *, was: str, became: str, why: str, user: str, now: datetime
) -> None:
    row = {"mail_id": mail_id, "what": what, "was": was, "became": became, "why": why, "by": user, "at": now}
    db.execute(sa.insert(CORRECTION), row)


def _audit(
    db: sa.Connection, user: str, name: str, mail_id: int, case_id: int | None, *, detail: audit.Detail | None = None
) -> None:
    audit.record(
        db, audit.Event(actor=user, act=name, entity="mail", entity_id=mail_id, case_id=case_id, detail=detail or {})
    )


def _again(db: sa.Connection, mail_id: int, user: str, now: datetime, why: Again = "letters") -> JudgedAgain:
    return JudgedAgain((mail_id,) if reopen(db, mail_id, why, actor=user, at=now) else ())
