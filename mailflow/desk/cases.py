"""What people decide on a case (DESIGN §4 "The case", "Parties and joining"; situations rows 38, 39, 42).

Withdrawals after the call-back and their undoing, exceptions for one applicant, values told in words, parties, claims, contacts,
notes. Each act names the case's revision that was on the screen (None: whatever it is now), raises it, and writes its audit
row; what it changes of a verdict is judged again by the worker. Times are business time, aware.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json, to_json
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.forms.values import is_blank, understand
from mailflow.intake.deadlines import in_time
from mailflow.model import Address, CaseState, Recorded, Severity, Verdict
from mailflow.recipients import mailable
from mailflow.replies.wording import era_time
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings
from mailflow.store import Store, audit
from mailflow.store.again import CLAIM
from mailflow.store.case_known import CONTACT, RECORDED
from mailflow.store.case_read import ACCEPTED, DISPLACED, PARTY, parties_of, state_of, versions_of
from mailflow.store.commit_rows import NOTE
from mailflow.store.dossier import Dossier, dossier
from mailflow.store.known import EXCEPTION
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.own_case import IDENTIFIER
from mailflow.store.people import Role
from mailflow.store.rejudge import reopen
from mailflow.store.tables import table_of
from mailflow.store.tables_case import WithdrawalRow

WITHDRAWAL = table_of(WithdrawalRow)
DEADLINE = "deadline"
LONGEST = 1000  # characters of a reason
_CHANGED = "ほかの人の操作か、新しいメールで、案件が変わりました。もう一度ご覧ください"
_OVER = (CaseState.DECIDED, CaseState.NOTIFIED)


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """It is written down; these mails are judged again on it. None where nothing judged depends on it."""

    mails: tuple[int, ...]
    id: int | None = None  # of what was made: an exception


# --- withdrawal (situations row 38) -----------------------------------------------------------------------------------


def record_withdrawal(
    store: Store,
    case_id: int,
    *,
    user: str,
    now: datetime,
    confirmed_with: str,
    how: str,
    mail_id: int | None = None,
    revision: int | None = None,
) -> Done | Refused:
    """The application is withdrawn: somebody called the contact back, who confirmed it. `mail_id`: the mail that asked for it.

    The letters that wait on the application stop. Refused where a form came after that mail: it may be meant to stand.
    """

    def do(db: sa.Connection) -> Done:
        case = held(db, case_id, revision)
        said = words(confirmed_with, "だれに確かめたか"), words(how, "どうやって確かめたか")
        rows = versions_of(db, case_id)
        state = state_of(case, rows)
        if state is CaseState.WITHDRAWN:
            raise RefusedError("この応募は、すでに取り下げられています")
        if state is None:
            raise RefusedError("この案件に、応募はありません")
        if state in _OVER:
            raise RefusedError("選定の決定のあとです。総務省に確かめてください")
        at = now
        if mail_id is not None:
            at = _mail_of(db, case_id, mail_id).received_at
            if any(row.counted and row.received_at > at for row in rows):
                raise RefusedError("取下げのメールのあとに応募様式が届いています。どちらが本意か、確かめてください")
        db.execute(sa.update(CASE).where(CASE.c.id == case_id).values(withdrawn_at=at))
        db.execute(
            sa.insert(WITHDRAWAL),
            {"case_id": case_id, "mail_id": mail_id, "confirmed_with": said[0], "how": said[1], "by": user, "at": now},
        )
        stop_letters(db, case_id, because="応募が取り下げられました", actor=user)
        _audit(db, user, "withdrawal-recorded", case_id, {"mail": mail_id})
        return Done()

    return act(store, user, Role.STAFF, do)


def undo_withdrawal(
    store: Store,
    settings: Settings,
    case_id: int,
    *,
    user: str,
    now: datetime,
    why: str,
    revision: int | None = None,
) -> Done | Refused:
    """The application stands again as it was, until the round's close."""

    def do(db: sa.Connection) -> Done:
        case = held(db, case_id, revision)
        reason = words(why, "わけ")
        if case.withdrawn_at is None or state_of(case, versions_of(db, case_id)) is not CaseState.WITHDRAWN:
            raise RefusedError("取り下げられている応募ではありません")
        round_ = _round(settings, case.round_id)
        if not in_time(now, round_.closes, inclusive=round_.closes_inclusive):
            raise RefusedError(f"取下げを取り消せるのは、公募の締切（{era_time(round_.closes)}）までです")
        db.execute(sa.update(CASE).where(CASE.c.id == case_id).values(withdrawn_at=None))
        db.execute(
            sa.update(WITHDRAWAL)
            .where(WITHDRAWAL.c.case_id == case_id, WITHDRAWAL.c.undone_at.is_(None))
            .values(undone_by=user, undone_why=reason, undone_at=now)
        )
        _audit(db, user, "withdrawal-undone", case_id)
        return Done()

    return act(store, user, Role.STAFF, do)


# --- exceptions (DESIGN §3) -------------------------------------------------------------------------------------------


def grant_exception(
    store: Store,
    settings: Settings,
    case_id: int,
    *,
    what: str,
    until: datetime | None,
    why: str,
    consent: str,
    user: str,
    now: datetime,
    revision: int | None = None,
) -> JudgedAgain | Refused:
    """Something counts otherwise for this applicant alone. `what`: `deadline` (with `until`), or `check:<id>` of rules.yaml.

    `consent`: the ministry's (who, when, how): the secretariat makes no exception by itself.
    """

    def do(db: sa.Connection) -> JudgedAgain:
        case = held(db, case_id, revision)
        reason, given = words(why, "わけ"), words(consent, "総務省の了解（だれが、いつ、どうやって）")
        if what == DEADLINE:
            if until is None:
                raise RefusedError("締切の例外には、いつまで（--until）を書いてください")
            if until <= _round(settings, case.round_id).closes:
                raise RefusedError("締切の例外が、公募の締切より前になっています")
        elif settings.rules.check(what.removeprefix("check:")) is None or not what.startswith("check:"):
            raise RefusedError("例外にできるのは deadline（締切）か、check:検査の名前（rules.yaml の checks）です")
        made = db.execute(
            sa.insert(EXCEPTION).returning(EXCEPTION.c.id),
            {
                "case_id": case_id, "what": what, "until": until, "by": user, "why": reason, "consent": given, "at": now,
            },
        ).scalar_one()  # fmt: skip
        _audit(db, user, "exception-granted", case_id, {"exception": made, "what": what})
        return JudgedAgain(_again(db, _concerned(db, case_id, what), user, now), id=made)

    return act(store, user, Role.APPROVER, do)


def end_exception(store: Store, exception_id: int, *, why: str, user: str, now: datetime) -> JudgedAgain | Refused:
    """It holds no longer, not for mails that are judged from now on."""

    def do(db: sa.Connection) -> JudgedAgain:
        reason = words(why, "わけ")
        row = db.execute(
            sa.update(EXCEPTION)
            .where(EXCEPTION.c.id == exception_id, EXCEPTION.c.ended_at.is_(None))
            .values(ended_at=now)
            .returning(EXCEPTION.c.case_id, EXCEPTION.c.what)
        ).one_or_none()
        if row is None:
            raise RefusedError("その番号の例外は、いまはありません", "unknown")
        held(db, row.case_id, None)
        note(db, row.case_id, None, f"例外 {row.what} を終えた：{reason}", user=user, now=now)
        _audit(db, user, "exception-ended", row.case_id, {"exception": exception_id})
        return JudgedAgain(())

    return act(store, user, Role.APPROVER, do)


# --- answers in words (situations row 42) -----------------------------------------------------------------------------


def record_value(
    store: Store,
    settings: Settings,
    case_id: int,
    *,
    field: str,
    value: str,
    source: str,
    user: str,
    now: datetime,
    revision: int | None = None,
) -> JudgedAgain | Refused:
    """A value of the form that counts, as it was told by mail or phone. `source`: 「メール 12」, 「電話 3月17日 山口様」.

    The file stays as it is; the value is judged as if it stood there, and shown with its source wherever it is shown.
    """

    def do(db: sa.Connection) -> JudgedAgain:
        held(db, case_id, revision)
        told, where = words(value, "値"), words(source, "だれから、どうやって聞いたか")
        verdict, mail_id = _current(db, case_id)
        form = verdict.understood.form
        spec = next((one for one in settings.form.forms if form is not None and one.id == form.edition), None)
        if form is None or spec is None or field not in spec.fields or field not in form.fields:
            raise RefusedError(f"「{field}」という項目は、この応募様式にありません（form.yaml の key で書きます）")
        context = {key: one.value for key, one in form.fields.items()}
        meaning = understand(spec.fields[field], told, context)
        if is_blank(spec.fields[field], told) or meaning.problem is not None:
            raise RefusedError(f"「{told}」は、{spec.fields[field].label}の値として読み取れません")
        _record(db, case_id, Recorded(mail_id=mail_id, field=field, value=told, source=where, by=user, at=now), now)
        _audit(db, user, "value-recorded", case_id, {"mail": mail_id, "field": field})
        return JudgedAgain(_again(db, (mail_id,), user, now))

    return act(store, user, Role.STAFF, do)


def record_as_written(
    store: Store, case_id: int, *, check: str, source: str, user: str, now: datetime, revision: int | None = None
) -> JudgedAgain | Refused:
    """A question of ours (`confirm`) is answered by 記入のとおり, told by phone or in words that only a person understood."""

    def do(db: sa.Connection) -> JudgedAgain:
        held(db, case_id, revision)
        where = words(source, "だれから、どうやって聞いたか")
        verdict, mail_id = _current(db, case_id)
        asked = [one for one in verdict.open(Severity.CONFIRM) if one.check == check]
        if not asked:
            raise RefusedError(f"「{check}」の確認は、いまお願いしていません")
        for one in asked:
            said = Recorded(
                mail_id=mail_id, check=one.check, fields=one.fields, found=one.found, source=where, by=user, at=now
            )
            _record(db, case_id, said, now)
        _audit(db, user, "answer-recorded", case_id, {"mail": mail_id, "check": check})
        return JudgedAgain(_again(db, (mail_id,), user, now, why="quiet"))

    return act(store, user, Role.STAFF, do)


# --- parties, claims, contacts (DESIGN §4 "Parties and joining") ------------------------------------------------------


def add_party(
    store: Store,
    case_id: int,
    *,
    address: str,
    name: str | None,
    why: str,
    user: str,
    now: datetime,
    revision: int | None = None,
) -> JudgedAgain | Refused:
    """A person ties an address to the body: letters may go there, its mails join the case from now on."""

    def do(db: sa.Connection) -> JudgedAgain:
        held(db, case_id, revision)
        reason = words(why, "確かめた方法")
        key = party_address(address)
        accept_party(db, case_id, Address(name=name, address=key), now)
        note(db, case_id, None, f"{key} を関係者に加えた：{reason}", user=user, now=now)
        _audit(db, user, "party-added", case_id)
        return JudgedAgain(())

    return act(store, user, Role.STAFF, do)


def drop_party(
    store: Store, case_id: int, *, address: str, why: str, user: str, now: datetime, revision: int | None = None
) -> Done | Refused:
    """An address is no party any more: no letter of the case goes there, its mails are claims. Its earlier mails stay."""

    def do(db: sa.Connection) -> Done:
        held(db, case_id, revision)
        reason = words(why, "わけ")
        key = party_address(address)
        found = parties_of(db, case_id)
        if key not in found.rows or found.rows[key].standing == DISPLACED:
            raise RefusedError("そのアドレスは、この案件の関係者ではありません")
        if found.admits(key) and not any(found.admits(one) for one in found.rows if one != key):
            raise RefusedError("最後の関係者は外せません。先に、ほかの関係者を加えてください")
        db.execute(
            sa.update(PARTY).where(PARTY.c.case_id == case_id, PARTY.c.address == key).values(standing=DISPLACED)
        )
        note(db, case_id, None, f"{key} を関係者から外した：{reason}", user=user, now=now)
        stop_letters(db, case_id, because="関係者が変わりました", actor=user)
        _audit(db, user, "party-dropped", case_id)
        return Done()

    return act(store, user, Role.APPROVER, do)


def settle_claim(
    store: Store, mail_id: int, *, accept: bool, why: str, user: str, now: datetime
) -> JudgedAgain | Done | Refused:
    """A mail of somebody who was no party. Accepted: its sender is one from now on, and the mail is judged as the case's."""

    def do(db: sa.Connection) -> JudgedAgain | Done:
        reason = words(why, "確かめた方法")
        claim = db.execute(sa.select(CLAIM).where(CLAIM.c.mail_id == mail_id)).one_or_none()
        if claim is None or claim.settled is not None:
            raise RefusedError("当事者かどうかの判断を待っているメールではありません", "unknown")
        held(db, claim.case_id, None)
        settled = "accepted" if accept else "refused"
        db.execute(sa.update(CLAIM).where(CLAIM.c.mail_id == mail_id).values(settled=settled, settled_by=user))
        word = "加えた" if accept else "加えない"
        note(db, claim.case_id, mail_id, f"メール {mail_id} を案件に{word}：{reason}", user=user, now=now)
        _audit(db, user, f"claim-{settled}", claim.case_id, {"mail": mail_id})
        if not accept:
            db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(review=False))
            return Done()
        if not claim.address:
            raise RefusedError("差出人のアドレスがないため、関係者にできません")
        verdict = db.execute(sa.select(VERDICT.c.verdict).where(VERDICT.c.mail_id == mail_id)).scalar_one()
        if from_json(Verdict, verdict).known.claim and not mailable(claim.address):
            raise RefusedError("差出人のアドレスに、メールを送れません")
        accept_party(db, claim.case_id, Address(name=None, address=claim.address), now)
        return JudgedAgain(_again(db, (mail_id,), user, now))

    return act(store, user, Role.STAFF, do)


def change_contact(
    store: Store,
    case_id: int,
    *,
    address: str,
    name: str | None,
    since: datetime,
    instead_of: str | None,
    source: str,
    user: str,
    now: datetime,
    revision: int | None = None,
) -> Done | Refused:
    """From `since` on letters go to `address`. `instead_of`: whose time ends then (None: nobody's). The old one keeps its dates."""

    def do(db: sa.Connection) -> Done:
        held(db, case_id, revision)
        where = words(source, "どこから聞いたか")
        key = party_address(address)
        accept_party(db, case_id, Address(name=name, address=key), now)
        common = {"case_id": case_id, "source": where, "by": user}
        ends = sa.and_(CONTACT.c.case_id == case_id, CONTACT.c.until.is_(None))
        db.execute(sa.update(CONTACT).where(ends, CONTACT.c.address != key).values(until=since))
        if instead_of is not None:
            before = party_address(instead_of)
            row = db.execute(
                sa.select(PARTY).where(PARTY.c.case_id == case_id, PARTY.c.address == before)
            ).one_or_none()
            if row is None:
                raise RefusedError(f"{before} は、この案件の関係者ではありません")
            kept = db.execute(sa.select(CONTACT.c.id).where(CONTACT.c.case_id == case_id, CONTACT.c.address == before))
            if kept.first() is None:
                db.execute(
                    sa.insert(CONTACT),
                    common | {"address": before, "name": row.name, "since": row.since, "until": since},
                )
        db.execute(
            sa.insert(CONTACT),
            common | {"address": key, "name": clean_text(name)[:300] if name else None, "since": since, "until": None},
        )
        _audit(db, user, "contact-changed", case_id)
        return Done()

    return act(store, user, Role.STAFF, do)


def add_note(store: Store, case_id: int, *, text: str, user: str, now: datetime) -> Done | Refused:
    """A remark or a phone record. It is part of what a disclosure request gets (situations row 50)."""

    def do(db: sa.Connection) -> Done:
        held(db, case_id, None)
        note(db, case_id, None, words(text, "メモ"), user=user, now=now)
        _audit(db, user, "note-added", case_id)
        return Done()

    return act(store, user, Role.STAFF, do)


def open_dossier(store: Store, case_id: int, *, user: str) -> Dossier | Refused:
    """The whole case for a disclosure request; that it was taken out stays on record."""

    def do(db: sa.Connection) -> Dossier:
        found = dossier(db, store, case_id)
        if found is None:
            raise RefusedError("その案件はありません", "unknown")
        _audit(db, user, "case-exported", case_id)
        return found

    return act(store, user, Role.APPROVER, do)


# --- shared -----------------------------------------------------------------------------------------------------------


def held(db: sa.Connection, case_id: int, revision: int | None) -> Any:
    """The case, with its revision raised: whoever judges or acts on it at this moment begins again. Raises RefusedError."""
    row = db.execute(sa.select(CASE).where(CASE.c.id == case_id)).one_or_none()
    if row is None:
        raise RefusedError("その案件はありません", "unknown")
    if revision is not None and row.revision != revision:
        raise RefusedError(_CHANGED, "changed")
    changed = db.execute(
        sa.update(CASE)
        .where(CASE.c.id == case_id, CASE.c.revision == row.revision)
        .values(revision=CASE.c.revision + 1)
    ).rowcount
    if not changed:
        raise RefusedError(_CHANGED, "changed")
    return row


def words(text: str, what: str) -> str:
    """What a person wrote, bounded. Raises RefusedError where it is empty."""
    found = clean_text(text).strip()[:LONGEST]
    if not found:
        raise RefusedError(f"{what}を書いてください", "empty")
    return found


def note(db: sa.Connection, case_id: int | None, mail_id: int | None, text: str, *, user: str, now: datetime) -> None:
    row = {"case_id": case_id, "mail_id": mail_id, "kind": "person", "text": text, "by": user, "at": now}
    db.execute(sa.insert(NOTE), row)


def stop_letters(db: sa.Connection, case_id: int, *, because: str, actor: str) -> None:
    """Letters on the application that haven't left wait for a person's choice."""
    live = sa.select(DRAFT.c.id).where(
        DRAFT.c.case_id == case_id, DRAFT.c.live, DRAFT.c.purpose.in_(["reply", "reminder"])
    )
    for draft_id in db.execute(live).scalars().all():
        pull_back(db, draft_id, D.STALE, because=because, actor=actor)


def _audit(db: sa.Connection, user: str, name: str, case_id: int, detail: audit.Detail | None = None) -> None:
    audit.record(
        db, audit.Event(actor=user, act=name, entity="case", entity_id=case_id, case_id=case_id, detail=detail or {})
    )


def _mail_of(db: sa.Connection, case_id: int, mail_id: int) -> Any:
    row = db.execute(sa.select(VERDICT).where(VERDICT.c.mail_id == mail_id, VERDICT.c.case_id == case_id)).one_or_none()
    if row is None:
        raise RefusedError(f"メール {mail_id} は、この案件のものではありません", "unknown")
    return row


def _current(db: sa.Connection, case_id: int) -> tuple[Verdict, int]:
    """The verdict on the version that counts, else on the newest form."""
    rows = versions_of(db, case_id)
    if not rows:
        raise RefusedError("この案件には、まだ応募様式がありません")
    shown = next((row for row in reversed(rows) if row.counted), rows[-1])
    text = db.execute(sa.select(VERDICT.c.verdict).where(VERDICT.c.mail_id == shown.mail_id)).scalar()
    if text is None:
        raise RefusedError("判定をやり直しているところです。少し待ってから、もう一度行ってください", "busy")
    return from_json(Verdict, text), shown.mail_id


def _concerned(db: sa.Connection, case_id: int, what: str) -> tuple[int, ...]:
    """The mails whose verdict an exception may change: those whose open findings it is about."""
    wanted = ("round-late", "round-open") if what == DEADLINE else (what.removeprefix("check:"),)
    rows = db.execute(
        sa.select(VERDICT.c.mail_id, VERDICT.c.verdict)
        .where(VERDICT.c.case_id == case_id, VERDICT.c.claim.is_(False))
        .order_by(VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
        .limit(50)
    )
    found = []
    for row in rows:
        verdict = from_json(Verdict, row.verdict)
        if any(one.check in wanted for one in verdict.findings if one.severity is not Severity.NOTE):
            found.append(row.mail_id)
    return tuple(reversed(found))


def _again(
    db: sa.Connection, mails: tuple[int, ...], user: str, now: datetime, why: Any = "letters"
) -> tuple[int, ...]:
    return tuple(one for one in mails if reopen(db, one, why, actor=user, at=now))


def _record(db: sa.Connection, case_id: int, told: Recorded, now: datetime) -> None:
    row = {"case_id": case_id, "mail_id": told.mail_id, "content": to_json(told), "at": now}
    db.execute(sa.insert(RECORDED), row)


def party_address(address: str) -> str:
    """The address as parties are kept. Raises RefusedError for one that no mail can be sent to."""
    key = Address(name=None, address=clean_text(address)).key[:320]
    if not mailable(key):
        raise RefusedError("メールを送れるアドレスではありません")
    return key


def accept_party(db: sa.Connection, case_id: int, who: Address, now: datetime) -> None:
    """A party by a person's word; and what would tell others whose case this is."""
    changed = db.execute(
        sa.update(PARTY).where(PARTY.c.case_id == case_id, PARTY.c.address == who.key).values(standing=ACCEPTED)
    ).rowcount
    if not changed:
        db.execute(
            sa.insert(PARTY),
            {
                "case_id": case_id, "address": who.key, "name": clean_text(who.name)[:300] if who.name else None,
                "role": "person", "standing": ACCEPTED, "since": now,
            },
        )  # fmt: skip
    there = sa.select(IDENTIFIER.c.value).where(IDENTIFIER.c.case_id == case_id, IDENTIFIER.c.value == who.key)
    if db.execute(there).first() is None:
        db.execute(sa.insert(IDENTIFIER), {"value": who.key, "case_id": case_id, "kind": "address"})


def _round(settings: Settings, round_id: str) -> Round:
    found = next((one for one in settings.rounds if one.id == round_id), None)
    if found is None:
        raise RefusedError(f"公募の回 {round_id} が、いまの設定にありません")
    return found


__all__ = [
    "JudgedAgain",
    "add_note",
    "add_party",
    "change_contact",
    "drop_party",
    "end_exception",
    "grant_exception",
    "open_dossier",
    "record_as_written",
    "record_value",
    "record_withdrawal",
    "settle_claim",
    "undo_withdrawal",
]
