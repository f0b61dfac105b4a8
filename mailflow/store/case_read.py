"""What is read of one case wherever it is needed: its parties, versions, letters, derived state. Inside a transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json
from mailflow.model import Address, CaseState, Letter, Version
from mailflow.numbering import OF_MAIL
from mailflow.store.case_state import CaseFacts, VersionFact, case_state
from mailflow.store.letter_text import LetterText
from mailflow.store.moves import DRAFT, OUTGOING, DraftState, OutgoingState
from mailflow.store.tables import CasePartyRow, CaseRow, VerdictRow, VersionRow, table_of
from mailflow.store.tables_case import CaseMoveRow, HiddenMailRow
from mailflow.store.tables_letters import LetterIdRow

PARTY, VERSION, LETTER_ID = table_of(CasePartyRow), table_of(VersionRow), table_of(LetterIdRow)
HIDDEN, MOVE, CASE, VERDICT = table_of(HiddenMailRow), table_of(CaseMoveRow), table_of(CaseRow), table_of(VerdictRow)
_PARTIES = sa.select(PARTY).where(PARTY.c.case_id == sa.bindparam("of"))
_HIDDEN = sa.select(HIDDEN.c.id).where(HIDDEN.c.mail_id == VERSION.c.mail_id, HIDDEN.c.lifted_at.is_(None))
# A version sent by mistake keeps its number and counts for nothing.
_ALL_VERSIONS = sa.select(
    *(one for one in VERSION.c if one.name != "counted"),
    sa.and_(VERSION.c.counted, ~sa.exists(_HIDDEN)).label("counted"),
).order_by(VERSION.c.received_at, VERSION.c.uid, VERSION.c.mail_id)
_VERSIONS = _ALL_VERSIONS.where(VERSION.c.case_id == sa.bindparam("of"))
_EVERY_LETTER = (
    sa.select(
        DRAFT.c.id, DRAFT.c.mail_id, DRAFT.c.purpose, DRAFT.c.template, DRAFT.c.state, DRAFT.c.checks, DRAFT.c.content,
        OUTGOING.c.id.label("outgoing_id"), OUTGOING.c.state.label("sending"), OUTGOING.c.sent_at,
    )
    .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
    .where(DRAFT.c.state.in_([DraftState.WAITING.value, DraftState.APPROVED.value, DraftState.STALE.value]))
    .order_by(DRAFT.c.id)
)  # fmt: skip
_LETTERS = _EVERY_LETTER.where(DRAFT.c.case_id == sa.bindparam("of"))
# Where people moved mails: a letter is of the case in which the mail lies that it answered; one that answered none, of its own case
# or the one that this was put into, and that one into another. A body's mail that lies in no case at all is to be judged again.
_LIES_IN = sa.select(VERDICT.c.mail_id).where(VERDICT.c.case_id == sa.bindparam("of"), VERDICT.c.claim.is_(False))
_OF_BODY = sa.exists(sa.select(CASE.c.id).where(CASE.c.id == DRAFT.c.case_id, CASE.c.org_key.not_like(f"{OF_MAIL}%")))
_LIES_ELSEWHERE = sa.select(VERDICT.c.mail_id).where(
    VERDICT.c.mail_id == DRAFT.c.mail_id, VERDICT.c.claim.is_(False),
    (VERDICT.c.case_id != sa.bindparam("of")) | (VERDICT.c.case_id.is_(None) & _OF_BODY),
)  # fmt: skip
_STRAIGHT = sa.select(CASE.c.id).where(CASE.c.merged_into == sa.bindparam("of")).cte("put_into", recursive=True)
_PUT_INTO = _STRAIGHT.union(sa.select(CASE.c.id).where(CASE.c.merged_into == _STRAIGHT.c.id))
_INTO = sa.select(_PUT_INTO.c.id)
_LETTERS_MOVED = _EVERY_LETTER.where(
    DRAFT.c.mail_id.in_(_LIES_IN)
    | ((DRAFT.c.case_id == sa.bindparam("of")) | DRAFT.c.case_id.in_(_INTO)) & ~sa.exists(_LIES_ELSEWHERE)
)
_MOVED = (
    sa.select(MOVE.c.id)
    .where((MOVE.c.from_case == sa.bindparam("of")) | (MOVE.c.to_case == sa.bindparam("of")))
    .limit(1)
)
ACCEPTED, PROVISIONAL, CC, DISPLACED = "accepted", "provisional", "cc", "displaced"


@dataclass(slots=True)
class Standing:
    """Who the parties of one case are."""

    rows: dict[str, Any] = field(default_factory=dict)

    def accepted(self) -> set[str]:
        return {address for address, row in self.rows.items() if row.standing == ACCEPTED}

    def admits(self, address: str | None) -> bool:
        """A provisional party counts only while nobody is accepted."""
        row = self.rows.get(address or "")
        if row is None or row.standing in (CC, DISPLACED):
            return False
        return row.standing == ACCEPTED or not self.accepted()

    def may_read(self, address: str) -> bool:
        """Whether a letter of the case may go to this address."""
        return address in self.rows and (self.rows[address].standing == CC or self.admits(address))


def parties_of(db: sa.Connection, case_id: int) -> Standing:
    """Who the parties of a case are now."""
    return Standing({row.address: row for row in db.execute(_PARTIES, {"of": case_id})})


def versions_of(db: sa.Connection, case_id: int) -> list[Any]:
    """The versions of a case in the order of (received_at, UID), which says what counts."""
    return list(db.execute(_VERSIONS, {"of": case_id}))


def all_versions() -> Any:
    """The statement for the versions of every case, in the same order."""
    return _ALL_VERSIONS


def state_of(case: Any, versions: Sequence[Any]) -> CaseState | None:
    """The derived state of a case row with its version rows."""
    return case_state(
        [
            VersionFact(
                received_at=v.received_at,
                counted=v.counted,
                complete=v.complete,
                late=v.late,
                refused=v.open_refuse != "[]",
            )
            for v in versions
        ],
        CaseFacts(
            withdrawn_at=case.withdrawn_at,
            screening_at=case.screening_at,
            decided_at=case.decided_at,
            notified_at=case.notified_at,
        ),
    )


def version(row: Any) -> Version:
    return Version(
        number=row.number, mail_id=row.mail_id, received_at=row.received_at, fingerprint=row.fingerprint, filename=row.filename,
        complete=row.complete, counted=row.counted, open_fix=tuple(json.loads(row.open_fix)), filled=row.filled,
    )  # fmt: skip


def letters_of(db: sa.Connection, case_id: int) -> tuple[Letter, ...]:
    """Letters alive or gone out, oldest first. What was superseded, rejected or never left is none."""
    moved = db.execute(_MOVED, {"of": case_id}).first() is not None
    rows = db.execute(_LETTERS_MOVED if moved else _LETTERS, {"of": case_id}).all()
    kept = [row for row in rows if row.sending not in (OutgoingState.DROPPED, OutgoingState.FAILED)]
    ids: dict[int, list[str]] = {}
    outgoing = [row.outgoing_id for row in kept if row.outgoing_id is not None]
    if outgoing:
        for one in db.execute(sa.select(LETTER_ID).where(LETTER_ID.c.outgoing_id.in_(outgoing))):
            ids.setdefault(one.outgoing_id, []).append(one.message_id)
    return tuple(_letter(row, tuple(ids.get(row.outgoing_id, ()))) for row in kept)


_READ = frozenset({OutgoingState.SENT.value, OutgoingState.SENDING.value, OutgoingState.UNCERTAIN.value})


def _letter(row: Any, message_ids: tuple[str, ...]) -> Letter:
    """Its points are read only where somebody may have them in hand."""
    content = from_json(LetterText, row.content) if row.sending in _READ else None
    return Letter(
        draft_id=row.id,
        purpose=row.purpose,
        template=row.template,
        state=row.sending or row.state,
        message_ids=message_ids,
        sent_at=row.sent_at,
        findings=tuple(json.loads(row.checks)),
        items=content.items if content else (),
        fix_by=content.fix_by if content else None,
        mail_id=row.mail_id,
    )


def party_key(address: Address | None) -> str | None:
    """The address as `case_party` holds it: folded, bounded; None for none."""
    return clean_text(address.key)[:320] or None if address else None
