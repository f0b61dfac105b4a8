"""Deleting one hidden mail of a case alone, while the case stays whole (situations row 37). Inside a transaction.

What goes: the mail with all that was read from it, the files, letters and remembered facts of the case that hold its words. What stays:
the case with its other mails, the mail's place, id and content id, and a line on the case: what kind of mail, when, why, who, its hash.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.clock import tokyo
from mailflow.codec import from_json, to_json
from mailflow.model import Known, Verdict
from mailflow.numbering import mail_key
from mailflow.store import audit
from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.base import among
from mailflow.store.bookings import CANCELLED
from mailflow.store.commit_rows import NOTE
from mailflow.store.hidden import HIDDEN, HIDDEN_NOW
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, D
from mailflow.store.rejudge import reopen
from mailflow.store.seats import BOOKING
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import DraftMailRow
from mailflow.store.ties import addresses_in, forget_people, leave_case
from mailflow.words import KINDS

DRAFT_MAIL = table_of(DraftMailRow)
_NAMED = re.compile(r'"(?:mail_id|draft_id|duplicate_of|unacknowledged)":\[?(\d+(?:,\d+)*)')
PURGED_MAIL = "purged"  # the kind of the note that stays on the case


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingMail:
    """`case_id`: where it is kept. `apart`: the case of its own that its letters belong to, None where there is none."""

    mail_id: int
    case_id: int | None
    apart: int | None
    kind: str
    claim: bool
    received_at: datetime
    raw_sha256: str | None
    row: Any
    verdict: Verdict


def going(db: sa.Connection, mail_ids: Sequence[int]) -> list[GoingMail]:
    """Those of the mails that are hidden now, judged, and not deleted yet."""
    query = (
        sa.select(VERDICT, MAIL.c.raw_sha256, MAIL.c.content_id, MAIL.c.state)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .where(
            among(db, VERDICT.c.mail_id, mail_ids),
            VERDICT.c.mail_id.in_(HIDDEN_NOW),
            MAIL.c.state != MailState.NEW.value,
        )
        .order_by(VERDICT.c.mail_id)
    )
    found = []
    for row in db.execute(query).all():
        own = sa.select(CASE.c.id).where(CASE.c.org_key == mail_key(row.content_id))
        found.append(
            GoingMail(
                mail_id=row.mail_id, case_id=row.case_id, apart=db.execute(own).scalar(), kind=row.kind, claim=bool(row.claim),
                received_at=row.received_at, raw_sha256=row.raw_sha256, row=row, verdict=from_json(Verdict, row.verdict),
            )
        )  # fmt: skip
    return found


def booked_by(db: sa.Connection, mail_ids: Sequence[int]) -> int:
    """Consultations that stand and were asked for in one of these mails: the town was told of them."""
    query = sa.select(sa.func.count()).where(
        among(db, BOOKING.c.mail_id, mail_ids), BOOKING.c.state.not_in([CANCELLED])
    )
    return int(db.execute(query).scalar_one())


def waits_beside(db: sa.Connection, drafts: Sequence[int], mail_ids: Sequence[int]) -> list[int]:
    """The other mails that letters still waiting would have answered: they need new ones."""
    query = (
        sa.select(DRAFT_MAIL.c.mail_id)
        .join(DRAFT, DRAFT.c.id == DRAFT_MAIL.c.draft_id)
        .where(among(db, DRAFT.c.id, drafts), DRAFT.c.state.in_([D.WAITING.value, D.STALE.value]), DRAFT_MAIL.c.mail_id.not_in(list(mail_ids)))
        .distinct()
        .order_by(DRAFT_MAIL.c.mail_id)
    )  # fmt: skip
    return list(db.execute(query).scalars())


def leave(db: sa.Connection, mails: Sequence[GoingMail]) -> None:
    """Addresses, phones and names of files that only these mails told of their cases; that one of them hid others is forgotten,
    they stay hidden."""
    ids = [one.mail_id for one in mails]
    for case_id in sorted({one.case_id for one in mails if one.case_id is not None}):
        rows = [one.row for one in mails if one.case_id == case_id and not one.claim]
        if rows:
            leave_case(db, case_id, rows)
    db.execute(sa.update(HIDDEN).where(among(db, HIDDEN.c.because_mail_id, ids)).values(because_mail_id=None))


@dataclass(frozen=True, slots=True)
class Said:
    """What mails that go have told others: `asked`, their questions word for word; `addresses`; `cases`, where they or letters about
    them lie."""

    asked: frozenset[str]
    addresses: frozenset[str]
    cases: frozenset[int]


def said_by(db: sa.Connection, mail_ids: Sequence[int], drafts: Sequence[int]) -> Said:
    """Asked while they are there."""
    columns = (VERDICT.c.verdict, VERDICT.c.correspondent, VERDICT.c.case_id)
    rows = db.execute(sa.select(*columns).where(among(db, VERDICT.c.mail_id, mail_ids))).all()
    cases = set(db.execute(sa.select(DRAFT.c.case_id).where(among(db, DRAFT.c.id, drafts))).scalars())
    return Said(
        frozenset(one.text for row in rows for one in from_json(Verdict, row.verdict).questions),
        frozenset(addresses_in(rows)),
        frozenset(cases | {row.case_id for row in rows if row.case_id is not None}),
    )


def forget(db: sa.Connection, mail_ids: Sequence[int], drafts: Sequence[int], said: Said) -> int:
    """What these mails, gone by now, have told the cases that stay: people whom no other mail names; and in verdicts on other mails,
    wherever those lie by now, their forms, files, questions and people. Returns how many verdicts were changed."""
    people = forget_people(db, said.cases, said.addresses)
    names = set().union(*people.values())
    ids, letters = set(mail_ids), set(drafts)
    either = ids | letters
    changed: dict[int, str] = {}
    rows = db.execute(sa.select(VERDICT.c.mail_id, VERDICT.c.verdict).execution_options(yield_per=200))
    for row in rows:
        if either.isdisjoint(_numbers(row.verdict)) and not any(one in row.verdict for one in names):
            continue
        verdict = from_json(Verdict, row.verdict)
        known = _without(verdict.known, ids, letters, said.asked, people.get(verdict.known.case_id or 0, set()))
        if known != verdict.known:
            changed[row.mail_id] = to_json(replace(verdict, known=known))
    for mail_id, text in changed.items():
        db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(verdict=text))
    return len(changed)


def _numbers(verdict: str) -> set[int]:
    """The ids of mails and letters that a stored verdict names; some may be neither. Quicker than to read it."""
    return {int(one) for named in _NAMED.findall(verdict) for one in named.split(",")}


def _without(
    known: Known, mails: set[int], letters: set[int], asked: Collection[str], people: Collection[str]
) -> Known:
    waiting = not mails.isdisjoint(known.unacknowledged)  # whose questions were known; others may ask the same
    return replace(
        known,
        parties=tuple(one for one in known.parties if one.key not in people),
        versions=tuple(one for one in known.versions if one.mail_id not in mails),
        current=None if known.current is not None and known.current.mail_id in mails else known.current,
        earlier=tuple(one for one in known.earlier if one.mail_id not in mails),
        arrived=tuple(one for one in known.arrived if one.mail_id not in mails),
        recorded=tuple(one for one in known.recorded if one.mail_id not in mails),
        letters=tuple(one for one in known.letters if one.draft_id not in letters),
        answers=None if known.answers is not None and known.answers.draft_id in letters else known.answers,
        unanswered=tuple(one for one in known.unanswered if not (waiting and one.text in asked)),
        duplicate_of=None if known.duplicate_of in mails else known.duplicate_of,
    )


def leave_a_line(
    db: sa.Connection, mails: Sequence[GoingMail], *, purge_id: int, why: str, asked_by: str, by: str, at: datetime
) -> None:
    """What stays on the case and in the record of acts: kind, when it had come, why, who, its hash. The case's revision is raised."""
    for one in mails:
        came = tokyo(one.received_at)
        text = (
            f"メール{one.mail_id}（{KINDS.get(one.kind, one.kind)}、{came.month}月{came.day}日{came:%H:%M}到着）の内容を消去しました。わけ：{why}。"
            f"申し出 {asked_by}、確認 {by}（消去 {purge_id}）。ハッシュ {one.raw_sha256}"
        )
        db.execute(
            sa.insert(NOTE),
            {"case_id": one.case_id, "mail_id": one.mail_id, "kind": PURGED_MAIL, "text": text, "by": by, "at": at},
        )
        detail: audit.Detail = {"purge": purge_id, "kind": one.kind, "raw_sha256": one.raw_sha256}
        audit.record(
            db,
            audit.Event(
                actor=by, act="mail-purged", entity="mail", entity_id=one.mail_id, case_id=one.case_id, detail=detail
            ),
        )
        db.execute(sa.update(CASE).where(CASE.c.id == one.case_id).values(revision=CASE.c.revision + 1))


def judge_beside(db: sa.Connection, mail_ids: Sequence[int], *, by: str, at: datetime) -> None:
    """Mails whose waiting letter is gone get a new one."""
    for one in mail_ids:
        reopen(db, one, "letters", actor=by, at=at)
