"""What judging is told of a case beside its parties, versions and letters. Inside a read; each function is bounded.

Earlier mails come out of their stored verdicts, so that what a letter says of them is what was judged of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Address, Current, EarlierMail, FileSeen, Kind, Question, Recorded, Verdict
from mailflow.store.answered import answered_otherwise
from mailflow.store.hidden import HIDDEN_NOW
from mailflow.store.mails import VERDICT
from mailflow.store.moves import DRAFT
from mailflow.store.tables import table_of
from mailflow.store.tables_case import ContactRow, RecordedRow
from mailflow.store.tables_letters import DraftMailRow

RECORDED, CONTACT = table_of(RecordedRow), table_of(ContactRow)
DRAFT_MAIL = table_of(DraftMailRow)

MAX_FILES = 50  # of one earlier mail, as shown
MAX_PARTS = 40  # mails of a case that are looked at for the other parts of a split one
PARTS_WITHIN = timedelta(days=7)  # parts of one mail come minutes apart; the same subject a week later is another try
MAX_RECORDED = 200
FILES = tuple[FileSeen, ...]
QUESTIONS = tuple[Question, ...]
REPLY = "reply"

_VERDICT_TEXTS = sa.select(VERDICT.c.mail_id, VERDICT.c.received_at, VERDICT.c.verdict).where(
    VERDICT.c.mail_id.in_(sa.bindparam("mails", expanding=True))
)
_ELSEWHERE = (
    sa.select(DRAFT_MAIL.c.mail_id)
    .join(DRAFT, DRAFT.c.id == DRAFT_MAIL.c.draft_id)
    .where(DRAFT_MAIL.c.mail_id.in_(sa.bindparam("mails", expanding=True)), DRAFT.c.live, DRAFT.c.purpose != REPLY)
)
_OF_CASE = (
    sa.select(VERDICT.c.mail_id, VERDICT.c.received_at, VERDICT.c.verdict)
    .where(
        VERDICT.c.case_id == sa.bindparam("of"),
        VERDICT.c.claim.is_(False),
        VERDICT.c.mail_id != sa.bindparam("but"),
        VERDICT.c.received_at >= sa.bindparam("since"),
    )
    .order_by(VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
    .limit(MAX_PARTS)
)
_APPLIED = (
    sa.select(VERDICT.c.mail_id, VERDICT.c.received_at, VERDICT.c.verdict)
    .where(
        VERDICT.c.case_id == sa.bindparam("of"),
        VERDICT.c.claim.is_(False),
        VERDICT.c.kind == Kind.APPLICATION.value,
        VERDICT.c.received_at < sa.bindparam("before"),
    )
    .order_by(VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
    .limit(MAX_PARTS)
)
_MATERIAL = (
    sa.select(VERDICT.c.mail_id)
    .where(
        VERDICT.c.case_id == sa.bindparam("of"),
        VERDICT.c.claim.is_(False),
        VERDICT.c.kind == Kind.CONSULTATION.value,
        VERDICT.c.received_at < sa.bindparam("before"),
        VERDICT.c.mail_id != sa.bindparam("but"),
        VERDICT.c.mail_id.not_in(HIDDEN_NOW),
        VERDICT.c.verdict.contains('"forms":[{', autoescape=True),
    )
    .limit(1)
)
_ONE = sa.select(VERDICT.c.verdict, VERDICT.c.correspondent).where(VERDICT.c.mail_id == sa.bindparam("mail"))
_RECORDED = (
    sa.select(RECORDED.c.content)
    .where(RECORDED.c.case_id == sa.bindparam("of"))
    .order_by(RECORDED.c.id.desc())
    .limit(MAX_RECORDED)
)
_CONTACTS = sa.select(CONTACT).where(CONTACT.c.case_id == sa.bindparam("of")).order_by(CONTACT.c.id)


def earlier_mails(
    db: sa.Connection,
    case_id: int,
    unacknowledged: Sequence[int],
    *,
    but: int,
    part: tuple[int, int] | None,
    at: datetime,
) -> tuple[EarlierMail, ...]:
    """The mails that no letter has acknowledged, and the other parts of a split mail, oldest first."""
    found: dict[int, EarlierMail] = {}
    if unacknowledged:
        wanted = list(unacknowledged)
        elsewhere = set(db.execute(_ELSEWHERE, {"mails": wanted}).scalars())
        rows = db.execute(_VERDICT_TEXTS, {"mails": [one for one in wanted if one not in elsewhere]})
        found = {row.mail_id: _earlier(row) for row in rows}
    if part is not None:
        since = at - PARTS_WITHIN
        for row in db.execute(_OF_CASE, {"of": case_id, "but": but, "since": since}):
            one = _earlier(row)
            if one.part is not None and one.part[1] == part[1]:
                found.setdefault(one.mail_id, one)
    return tuple(sorted(found.values(), key=lambda one: (one.received_at, one.mail_id)))


def unanswered_of(db: sa.Connection, unacknowledged: Sequence[int]) -> tuple[Question, ...]:
    """What these mails ask, oldest first: whichever letter waits on one of them, its questions may stand in the next answer. Only the
    questions: the answers of that day may have changed. None that a person has answered."""
    answered = answered_otherwise(db, unacknowledged)
    open_still = [one for one in unacknowledged if one not in answered]
    if not open_still:
        return ()
    rows = db.execute(_VERDICT_TEXTS.order_by(VERDICT.c.received_at, VERDICT.c.mail_id), {"mails": open_still})
    found = (json.loads(row.verdict).get("questions", []) for row in rows)
    return tuple(Question(text=one.text) for asked in found for one in from_json(QUESTIONS, json.dumps(asked)))


def brought_material(db: sa.Connection, case_id: int, before: datetime, but: int) -> bool:
    """A mail about the consultation brought a half-filled form; one that was sent by mistake isn't spoken of."""
    return db.execute(_MATERIAL, {"of": case_id, "before": before, "but": but}).first() is not None


def arrived_of(db: sa.Connection, case_id: int, before: datetime) -> tuple[EarlierMail, ...]:
    """Mails that apply and whose form couldn't be read (a PDF, a locked file, none): they are on record all the same."""
    rows = db.execute(_APPLIED, {"of": case_id, "before": before}).all()
    return tuple(one for one in (_earlier(row) for row in reversed(rows)) if not one.form)


def _earlier(row: Any) -> EarlierMail:
    """Only what is asked for is read out of the JSON: a verdict holds a whole form."""
    said = json.loads(row.verdict)
    understood = said["understood"]
    part = understood.get("part")
    files = from_json(FILES, json.dumps(said.get("files", [])[:MAX_FILES]))
    return EarlierMail(
        mail_id=row.mail_id,
        received_at=row.received_at,
        files=files,
        part=(part[0], part[1]) if part else None,
        form=bool(understood.get("forms")),
    )


def current_version(db: sa.Connection, rows: Sequence[Any]) -> Current | None:
    """The version that counts, with its form and findings. `rows`: the case's versions in their order."""
    counted = [(number, row) for number, row in enumerate(rows, 1) if row.counted]
    if not counted:
        return None
    number, row = counted[-1]
    judged = db.execute(_ONE, {"mail": row.mail_id}).first()
    verdict = from_json(Verdict, judged.verdict) if judged is not None and judged.verdict else None
    if judged is None or verdict is None or verdict.understood.form is None:
        return None
    return Current(
        number=number,
        mail_id=row.mail_id,
        received_at=row.received_at,
        form=verdict.understood.form,
        findings=verdict.findings,
        correspondent=judged.correspondent,
    )


def recorded_of(db: sa.Connection, case_id: int, mail_id: int) -> tuple[Recorded, ...]:
    """What people told, in the order in which it was written down: of this very mail its form's values and what was lifted,
    of the case the questions that were answered."""
    found = [from_json(Recorded, text) for text in db.execute(_RECORDED, {"of": case_id}).scalars()]
    return tuple(
        one for one in reversed(found) if one.mail_id == mail_id or (one.field is None and one.cleared is None)
    )


def contacts_of(db: sa.Connection, case_id: int, at: datetime) -> tuple[Address | None, tuple[str, ...]]:
    """(whom letters go to by a person's word, whose time has ended)."""
    rows = db.execute(_CONTACTS, {"of": case_id}).all()
    now = [row for row in rows if row.since <= at and (row.until is None or at < row.until)]
    ended = tuple(row.address for row in rows if row.until is not None and row.until <= at)
    if not now:
        return None, ended
    return Address(name=now[-1].name, address=now[-1].address), ended
