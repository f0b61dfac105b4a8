"""What is read of one case wherever it is needed: its parties, versions, letters, derived state. Inside a transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.model import Address, CaseState, Letter, Version
from mailflow.store.case_state import CaseFacts, VersionFact, case_state
from mailflow.store.moves import DRAFT, OUTGOING, DraftState, OutgoingState
from mailflow.store.tables import CasePartyRow, VersionRow, table_of
from mailflow.store.tables_letters import LetterIdRow

PARTY, VERSION, LETTER_ID = table_of(CasePartyRow), table_of(VersionRow), table_of(LetterIdRow)
_PARTIES = sa.select(PARTY).where(PARTY.c.case_id == sa.bindparam("of"))
_VERSIONS = (
    sa.select(VERSION)
    .where(VERSION.c.case_id == sa.bindparam("of"))
    .order_by(VERSION.c.received_at, VERSION.c.uid, VERSION.c.mail_id)
)
_LETTERS = (
    sa.select(
        DRAFT.c.id, DRAFT.c.purpose, DRAFT.c.template, DRAFT.c.state, DRAFT.c.checks,
        OUTGOING.c.id.label("outgoing_id"), OUTGOING.c.state.label("sending"), OUTGOING.c.sent_at,
    )
    .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
    .where(
        DRAFT.c.case_id == sa.bindparam("of"),
        DRAFT.c.state.in_([DraftState.WAITING.value, DraftState.APPROVED.value, DraftState.STALE.value]),
    )
    .order_by(DRAFT.c.id)
)  # fmt: skip
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
    """The versions of a case in the order that numbers them."""
    return list(db.execute(_VERSIONS, {"of": case_id}))


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


def version(number: int, row: Any) -> Version:
    return Version(
        number=number, mail_id=row.mail_id, received_at=row.received_at, fingerprint=row.fingerprint, filename=row.filename,
        complete=row.complete, counted=row.counted, open_fix=tuple(json.loads(row.open_fix)), filled=row.filled,
    )  # fmt: skip


def letters_of(db: sa.Connection, case_id: int) -> tuple[Letter, ...]:
    """Letters alive or gone out, oldest first. What was superseded, rejected or never left is none."""
    rows = db.execute(_LETTERS, {"of": case_id}).all()
    kept = [row for row in rows if row.sending not in (OutgoingState.DROPPED, OutgoingState.FAILED)]
    ids: dict[int, list[str]] = {}
    outgoing = [row.outgoing_id for row in kept if row.outgoing_id is not None]
    if outgoing:
        for one in db.execute(sa.select(LETTER_ID).where(LETTER_ID.c.outgoing_id.in_(outgoing))):
            ids.setdefault(one.outgoing_id, []).append(one.message_id)
    return tuple(
        Letter(
            draft_id=row.id, purpose=row.purpose, template=row.template, state=row.sending or row.state,
            message_ids=tuple(ids.get(row.outgoing_id, ())), sent_at=row.sent_at, findings=tuple(json.loads(row.checks)),
        )
        for row in kept
    )  # fmt: skip


def party_key(address: Address | None) -> str | None:
    """The address as `case_party` holds it: folded, bounded; None for none."""
    return clean_text(address.key)[:320] or None if address else None
