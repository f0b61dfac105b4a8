"""What becomes of letters that nobody is sending: those a dead process left, those a person settles, those whose time is over.

A claimant that died before DATA can't have sent anything: `approved` again. One that died later leaves `uncertain`, which
a person settles. Nothing is sent again in silence (DESIGN §5).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from mailflow.store.base import Base
from mailflow.store.moves import AT_REST, DRAFT, OUTGOING, D, O, OutgoingState, move_draft, move_outgoing
from mailflow.store.pauses import DOUBLED, longest, pause
from mailflow.store.rejudge import reopen

DATA = "data"
APART = timedelta(minutes=1)  # so far may the clocks of two machines be apart…
FAR_APART = timedelta(minutes=10)  # …or so far, where taking one for set back would make haste
NEVER_SO_FAR = timedelta(hours=2)  # no pause is longer

# Letters that read otherwise near and after the close. A reminder, an offer of slots that are gone, are not made anew.
_RENEWED = frozenset(
    {
        "fix-request",
        "password-request",
        "part-missing",
        "receipt",
        "replacement",
        "on-record",
        "extension",
        "answer-recorded",
    }
)


def _by_attempts(moment: Callable[[int], datetime]) -> Any:
    """The moment that depends on how often a letter was tried, as SQL."""
    kind = OUTGOING.c.next_at.type
    return sa.case(
        *((OUTGOING.c.attempts <= tried, sa.literal(moment(tried), kind)) for tried in range(1, DOUBLED + 1)),
        else_=sa.literal(moment(DOUBLED + 1), kind),
    )


class Settling(Base):
    def settle_uncertain(
        self, db: sa.Connection, outgoing_id: int, choice: Literal["sent", "again", "drop"], *, actor: str, at: datetime
    ) -> None:
        """What became of an uncertain letter. `again` sends the same bytes under the same Message-ID."""
        to = {"sent": O.SENT, "again": O.APPROVED, "drop": O.DROPPED}[choice]
        values: dict[str, Any] = {"sent_at": at} if to is O.SENT else {}
        move_outgoing(db, outgoing_id, O.UNCERTAIN, to, because=f"settled: {choice}", actor=actor, **values)

    def settle_failed(
        self, db: sa.Connection, outgoing_id: int, choice: Literal["again", "drop"], *, actor: str
    ) -> None:
        """What becomes of a refused letter. `again`: the same letter, its attempts forgotten (what refused it was mended)."""
        if choice == "again":
            move_outgoing(
                db, outgoing_id, O.FAILED, O.APPROVED, because="settled: again", actor=actor, attempts=0, next_at=None,
            )  # fmt: skip
        else:
            move_outgoing(db, outgoing_id, O.FAILED, O.DROPPED, because="settled: drop", actor=actor)

    def recover_outgoing(self, is_alive: Callable[[str], bool]) -> tuple[int, int]:
        """Settle what dead claimants left. Returns (approved again, uncertain)."""
        with self.read() as db:
            rows = db.execute(
                sa.select(OUTGOING.c.id, OUTGOING.c.claimant).where(OUTGOING.c.state == O.SENDING.value)
            ).all()
        living: dict[str, bool] = {}
        again = uncertain = 0
        for row in rows:
            if living.setdefault(row.claimant, is_alive(row.claimant)):
                continue
            with self.write() as db:
                # The stage is read here, not above: it may have changed before the claimant died. Locked: one that only lost its
                # lock (a restart of the database) lives, and must not say DATA between this line and the next.
                stage = sa.select(OUTGOING.c.stage).where(
                    OUTGOING.c.id == row.id,
                    OUTGOING.c.state == O.SENDING.value,
                    OUTGOING.c.claimant == row.claimant,
                )
                now = db.execute(stage.with_for_update()).one_or_none()
                if now is None:
                    continue
                to = O.UNCERTAIN if now.stage == DATA else O.APPROVED
                because = "claimant died after DATA began" if to is O.UNCERTAIN else "claimant died before DATA"
                move_outgoing(db, row.id, O.SENDING, to, because=because, actor="timer", claimant=row.claimant)
            again, uncertain = again + (to is O.APPROVED), uncertain + (to is O.UNCERTAIN)
        return again, uncertain

    def wait_as_long_as_meant(self, *, now: datetime, sys_now: datetime, undo: timedelta) -> int:
        """Where the machine's clock was set back, what waits for a moment of the old time would wait until that comes again: an
        undo window begins anew, a backoff is over. Returns how many letters. `now`: business time; `undo`: the YAML's.

        A letter that was approved or tried later than now shows that the clock went back. Nothing else shortens a window."""
        waits = OUTGOING.c.state.in_([one.value for one in AT_REST])
        changes: tuple[tuple[Any, dict[str, Any]], ...] = (
            (
                waits & (OUTGOING.c.approved_at > now + APART) & (OUTGOING.c.undo_until > sys_now + undo + APART),
                {"undo_until": sys_now + undo},
            ),
            (
                waits & (OUTGOING.c.next_at > _by_attempts(lambda tried: sys_now + longest(tried) + FAR_APART)),
                {"next_at": _by_attempts(lambda tried: sys_now + pause(tried))},
            ),
            (OUTGOING.c.file_next_at > sys_now + NEVER_SO_FAR, {"file_next_at": None}),
        )
        with self.read() as db:
            if (
                db.execute(sa.select(OUTGOING.c.id).where(sa.or_(*(rule for rule, _ in changes))).limit(1)).first()
                is None
            ):
                return 0
        with self.write() as db:
            return sum(int(db.execute(sa.update(OUTGOING).where(rule).values(**to)).rowcount) for rule, to in changes)

    def expire(self, now: datetime) -> int:
        """Letters whose time is over (business time): waiting and approved ones alike are `expired`.

        The mail that such a letter answered is judged once more, so that the letter which is right now takes its place
        (DESIGN §5): what can still be asked for, or a receipt of a round that is over.
        """
        query = (
            sa.select(
                DRAFT.c.id, DRAFT.c.state, DRAFT.c.template, DRAFT.c.mail_id,
                OUTGOING.c.id.label("outgoing_id"), OUTGOING.c.state.label("sending"),
            )
            .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
            .where(
                DRAFT.c.valid_until <= now,
                DRAFT.c.state.in_([D.WAITING.value, D.STALE.value, D.APPROVED.value]),
                OUTGOING.c.state.is_(None) | OUTGOING.c.state.in_([*AT_REST, O.DROPPED]),
                ~((DRAFT.c.state == D.APPROVED.value) & (OUTGOING.c.state == O.DROPPED.value)),  # dropped stays dropped
            )
        )  # fmt: skip
        with self.read() as db:
            if db.execute(query.limit(1)).first() is None:
                return 0
        with self.write() as db:
            rows = db.execute(query).all()
            for row in rows:
                if row.sending in AT_REST:
                    move_outgoing(
                        db, row.outgoing_id, OutgoingState(row.sending), O.DROPPED, because="valid_until", actor="timer"
                    )
                move_draft(db, row.id, D(row.state), D.EXPIRED, because="valid_until", actor="timer")
                if row.template in _RENEWED and row.state != D.STALE.value and row.mail_id is not None:
                    reopen(db, row.mail_id, "letters", actor="timer", at=now)
        return len(rows)
