"""The letters of a judged mail, inside the transaction that writes its verdict (DESIGN §1, §5).

A new letter takes the place of the live one of the same case and purpose; what answered a mail received later stays.
"""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.model import (
    Approval,
)
from mailflow.store import audit, own_case
from mailflow.store.addressing import NOBODY, addressed
from mailflow.store.arrivals import MAIL
from mailflow.store.commit_rows import (
    Job,
    add_note,
)
from mailflow.store.drafts import POLICY
from mailflow.store.known import DRAFT_MAIL
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.outbox import Outbox
from mailflow.store.overtaken import overtaken_by

REMINDING = ("remind", "appointment")  # a letter is added, the verdict stays


JUDGED_LATE = "このあとに届いたメールへの手紙がもうあるため、このメールへの手紙は作っていません。"


_LIVE_DRAFT = sa.select(DRAFT.c.id).where(
    DRAFT.c.case_id == sa.bindparam("of"), DRAFT.c.purpose == sa.bindparam("for"), DRAFT.c.live
)


_HELD = (
    sa.select(DRAFT_MAIL.c.mail_id)
    .join(DRAFT, DRAFT.c.id == DRAFT_MAIL.c.draft_id)
    .where(DRAFT.c.case_id == sa.bindparam("of"), DRAFT.c.live)
)


_OWN_MAIL = sa.select(DRAFT.c.mail_id).where(DRAFT.c.id == sa.bindparam("of")).scalar_subquery()


_ONLY_ITS_OWN = sa.delete(DRAFT_MAIL).where(
    DRAFT_MAIL.c.draft_id == sa.bindparam("of"), DRAFT_MAIL.c.mail_id != _OWN_MAIL
)


class CommitLetters(Outbox):
    def _add_drafts(
        self, db: sa.Connection, job: Job, case_id: int | None, *, opened: bool, judged: audit.Event
    ) -> tuple[tuple[int, ...], tuple[own_case.Foreign, ...]]:
        """The letters; the audit row of the judging is written with that of the first."""
        if case_id is None or not job.drafts:
            audit.record(db, judged)
            return (), ()
        mail_id = job.pending.id
        made: list[int] = []
        events: tuple[audit.Event, ...] = (judged,)
        refused: list[own_case.Foreign] = []
        for composed in job.drafts:
            new = addressed(db, case_id, composed, job.loaded.correspondent)
            if new is None:
                add_note(db, job, case_id, NOBODY)
                continue
            acknowledges: tuple[int, ...] = (mail_id,)
            if made or not opened:  # a case just opened has no letter yet
                if (
                    not made
                    and job.joins
                    and job.pending.again not in REMINDING
                    and _answered_later(db, case_id, new.draft.purpose, job)
                ):
                    add_note(db, job, case_id, JUDGED_LATE)
                    continue
                self._supersede(
                    db, case_id, new.draft.purpose, because="judged again" if job.pending.again else "newer mail"
                )
                if job.joins:
                    acknowledges = _acknowledged(db, case_id, job)
            foreign = own_case.foreign(db, case_id, new.candidates)
            refused += foreign
            draft_id = self.insert_draft(
                db,
                new,
                case_id=case_id,
                mail_id=mail_id,
                acknowledges=acknowledges,
                foreign=foreign,
                now=job.now,
                events=events,
            )
            events = ()
            made.append(draft_id)
            if new.draft.approval is Approval.AUTO and not new.draft.review and not foreign and not new.draft.consent:
                self.approve_in(db, draft_id, user=POLICY, now=job.now, undo_until=sys_now())
        audit.record(db, *events)  # where no letter carried it
        return tuple(made), tuple(refused)

    def _supersede(self, db: sa.Connection, case_id: int, purpose: str, *, because: str) -> None:
        old = db.execute(_LIVE_DRAFT, {"of": case_id, "for": purpose}).scalars().all()
        for draft_id in old:
            if pull_back(db, draft_id, D.SUPERSEDED, because=because, actor=POLICY):
                db.execute(_ONLY_ITS_OWN, {"of": draft_id})


def _answered_later(db: sa.Connection, case_id: int, purpose: str, job: Job) -> bool:
    """Whether the case's live letter answers a mail that was received after this one, which was judged late (it had failed,
    or lay elsewhere). What counts is the order of arrival: an old mail's letter never takes a newer one's place."""
    newer = (
        sa.select(DRAFT.c.id)
        .join(MAIL, MAIL.c.id == DRAFT.c.mail_id)
        .where(
            DRAFT.c.case_id == case_id,
            DRAFT.c.purpose == purpose,
            DRAFT.c.live,
            MAIL.c.received_at > job.pending.received_at,
        )
        .limit(1)
    )
    return db.execute(newer).first() is not None


def _acknowledged(db: sa.Connection, case_id: int, job: Job) -> tuple[int, ...]:
    """What the new letter answers for: this mail, and earlier ones that no letter gone out or still alive does.

    What the superseded letter answered for moves over: however often a sender writes, rows grow with the mails."""
    waiting = job.loaded.known.unacknowledged
    held = set(db.execute(_HELD, {"of": case_id}).scalars()) if waiting else set()
    return (*(one for one in waiting if one not in held), job.pending.id)


def overtake(db: sa.Connection, case_id: int, drafts: tuple[int, ...], job: Job) -> None:
    """The case's other letters were composed before this mail: a person looks at them first, none goes out in bulk.

    The password that a letter asks for may have come, the application that it acknowledges may be withdrawn.
    """
    overtaken = (
        db.execute(
            sa.update(DRAFT)
            .where(
                DRAFT.c.case_id == case_id, DRAFT.c.live, DRAFT.c.state == D.WAITING.value, DRAFT.c.review.is_(False),
                DRAFT.c.id.not_in(drafts),
            )
            .values(review=True, reason=overtaken_by(job.pending.id))
            .returning(DRAFT.c.id)
        )
        .scalars()
        .all()
    )  # fmt: skip
    audit.record(
        db,
        *(
            audit.Event(
                actor=POLICY, act="draft-overtaken", entity="draft", entity_id=one, case_id=case_id,
                detail={"mail": job.pending.id},
            )
            for one in overtaken
        ),
    )  # fmt: skip
