"""What people decide on a case (DESIGN §4 "The case", "Parties and joining"; situations rows 38, 39, 42).

Withdrawals after the call-back and their undoing, exceptions for one applicant, values told in words, parties, claims, contacts,
notes. Each act names the case's revision that was on the screen (None: whatever it is now), raises it, and writes its audit
row; what it changes of a verdict is judged again by the worker. Times are business time, aware.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json, to_json
from mailflow.desk.exceptions import area_exception
from mailflow.desk.holding import JudgedAgain, held, judge_again, note, on_record, stop_letters, words
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.forms.values import is_blank, understand
from mailflow.intake.deadlines import in_time
from mailflow.model import CaseState, KnownException, Recorded, Severity, Verdict
from mailflow.replies.wording import era_time
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.case_known import RECORDED
from mailflow.store.case_read import state_of, versions_of
from mailflow.store.cases import organization_of
from mailflow.store.dossier import Dossier, Happened, dossier
from mailflow.store.known import EXCEPTION
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.people import Role
from mailflow.store.tables import table_of
from mailflow.store.tables_case import WithdrawalRow

WITHDRAWAL = table_of(WithdrawalRow)
DEADLINE = "deadline"
_OVER = (CaseState.DECIDED, CaseState.NOTIFIED)


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
        on_record(db, user, "withdrawal-recorded", case_id, {"mail": mail_id})
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
    """The application stands again as it was, until the round's close for this body."""

    def do(db: sa.Connection) -> Done:
        case = held(db, case_id, revision)
        reason = words(why, "わけ")
        if case.withdrawn_at is None or state_of(case, versions_of(db, case_id)) is not CaseState.WITHDRAWN:
            raise RefusedError("取り下げられている応募ではありません")
        round_ = _round(settings, case)
        if not in_time(now, round_.closes, inclusive=round_.closes_inclusive):
            raise RefusedError(f"取下げを取り消せるのは、公募の締切（{era_time(round_.closes)}）までです")
        db.execute(sa.update(CASE).where(CASE.c.id == case_id).values(withdrawn_at=None))
        db.execute(
            sa.update(WITHDRAWAL)
            .where(WITHDRAWAL.c.case_id == case_id, WITHDRAWAL.c.undone_at.is_(None))
            .values(undone_by=user, undone_why=reason, undone_at=now)
        )
        on_record(db, user, "withdrawal-undone", case_id)
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
            if until <= _round(settings, case).closes:
                raise RefusedError("締切の例外が、公募の締切より前になっています")
        elif settings.rules.check(what.removeprefix("check:")) is None or not what.startswith("check:"):
            raise RefusedError("例外にできるのは deadline（締切）か、check:検査の名前（rules.yaml の checks）です")
        made = db.execute(
            sa.insert(EXCEPTION).returning(EXCEPTION.c.id),
            {
                "case_id": case_id, "what": what, "until": until, "by": user, "why": reason, "consent": given, "at": now,
            },
        ).scalar_one()  # fmt: skip
        on_record(db, user, "exception-granted", case_id, {"exception": made, "what": what})
        return JudgedAgain(judge_again(db, _concerned(db, case_id, what), user, now), id=made)

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
        on_record(db, user, "exception-ended", row.case_id, {"exception": exception_id})
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
        on_record(db, user, "value-recorded", case_id, {"mail": mail_id, "field": field})
        return JudgedAgain(judge_again(db, (mail_id,), user, now))

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
        on_record(db, user, "answer-recorded", case_id, {"mail": mail_id, "check": check})
        return JudgedAgain(judge_again(db, (mail_id,), user, now, why="quiet"))

    return act(store, user, Role.STAFF, do)


# --- notes ------------------------------------------------------------------------------------------------------------


def add_note(store: Store, case_id: int, *, text: str, user: str, now: datetime) -> Done | Refused:
    """A remark or a phone record. It is part of what a disclosure request gets (situations row 50)."""

    def do(db: sa.Connection) -> Done:
        held(db, case_id, None)
        note(db, case_id, None, words(text, "メモ"), user=user, now=now)
        on_record(db, user, "note-added", case_id)
        return Done()

    return act(store, user, Role.STAFF, do)


def open_dossier(store: Store, settings: Settings, case_id: int, *, user: str) -> Dossier | Refused:
    """The whole case for a disclosure request, the later close of its area among what happened; that it was taken out stays on
    record."""
    area = area_exception(store, settings, case_id)

    def do(db: sa.Connection) -> Dossier:
        found = dossier(db, store, case_id)
        if found is None:
            raise RefusedError("その案件はありません", "unknown")
        on_record(db, user, "case-exported", case_id)
        return found if area is None or area.until is None else _with_later_close(found, area, area.until)

    return act(store, user, Role.APPROVER, do)


def _with_later_close(found: Dossier, area: KnownException, until: datetime) -> Dossier:
    """The configuration says until when, not since when it was granted: the line stands where this area's round closes."""
    text = f"ほかの地域より遅い締切：{area.why}（了解 {area.consent}）"
    line = Happened(at=until, what="この地域の締切（例外）", who=area.by, text=text)
    return replace(found, happened=tuple(sorted((*found.happened, line), key=lambda one: one.at)))


# --- shared -----------------------------------------------------------------------------------------------------------


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


def _record(db: sa.Connection, case_id: int, told: Recorded, now: datetime) -> None:
    row = {"case_id": case_id, "mail_id": told.mail_id, "content": to_json(told), "at": now}
    db.execute(sa.insert(RECORDED), row)


def _round(settings: Settings, case: Any) -> Round:
    """The round of the case, with the close that holds for its body."""
    found = next((one for one in settings.rounds if one.id == case.round_id), None)
    if found is None:
        raise RefusedError(f"公募の回 {case.round_id} が、いまの設定にありません")
    return found.of(organization_of(case, None))
