"""The reply budget at the claim: how many letters one address gets within a day (DESIGN §5). Inside the claim's transaction.

It ends what no sign of a machine has ended: two programs that answer each other. Over it a letter stays approved and waits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.store.known import OUTGOING_PARTY
from mailflow.store.moves import OUTGOING, O, move_outgoing

DAY, HELD_FOR = timedelta(days=1), timedelta(hours=1)
HELD = "1つの宛先に1日に出せる上限に達したため、待っています"


def letters_of_a_day(db: sa.Connection, outgoing_id: int, sys_now: datetime) -> int:
    """How many other letters went to one of this letter's recipients within a day: the most of any."""
    mine = sa.select(OUTGOING_PARTY.c.address).where(
        OUTGOING_PARTY.c.outgoing_id == outgoing_id, OUTGOING_PARTY.c.header == "to"
    )
    query = (
        sa.select(sa.func.count().label("letters"))
        .select_from(OUTGOING_PARTY.join(OUTGOING, OUTGOING.c.id == OUTGOING_PARTY.c.outgoing_id))
        .where(
            OUTGOING_PARTY.c.address.in_(mine),
            OUTGOING_PARTY.c.header == "to",
            OUTGOING.c.id != outgoing_id,
            OUTGOING.c.state.in_([O.SENDING.value, O.SENT.value, O.UNCERTAIN.value]),
            OUTGOING.c.claimed_at > sys_now - DAY,
        )
        .group_by(OUTGOING_PARTY.c.address)
    )
    return max(db.execute(query).scalars(), default=0)


def hold(db: sa.Connection, row: Any, claimant: str, sys_now: datetime, budget: int) -> None:
    """It stays approved and is looked at again in an hour. No attempt was made."""
    move_outgoing(
        db, row.id, O.SENDING, O.APPROVED, because="reply budget", actor=claimant, attempts=0,
        next_at=sys_now + HELD_FOR, answer=f"{HELD}（{budget}通）",
    )  # fmt: skip
