"""Step 2's queue: which worker judges which mail, what failed, what is tried again (DESIGN §8.2).

A claim is one conditional update (oldest first); a claimant that is dead loses its claims by `recover`. A mail that
can't be processed is `failed` with its reason, shown to people, and `new` again on command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.codec import clean_text
from mailflow.model import Address, Again, Corrected, Place
from mailflow.store import audit
from mailflow.store.arrivals import BLOB, MAIL, PLACE, Headers, MailState, header_values
from mailflow.store.base import Base
from mailflow.store.corrections import corrected_of
from mailflow.store.hidden import hidden_now
from mailflow.store.passwords import told_passwords
from mailflow.store.tables import CaseRow, VerdictRow, table_of
from mailflow.store.tables_case import AgainRow

VERDICT, CASE, AGAIN = table_of(VerdictRow), table_of(CaseRow), table_of(AgainRow)
MAX_CRASHES = 20  # a mail that was in hand this often when a worker died is looked at by a person
LOST_CONTENT = "データベースに、このメールの中身か届いた場所がありません（mailflow reconcile で確かめてください）"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingMail:
    """A mail claimed for judging. `place` is the one that gave `received_at`; `attempts` counts failures before; `junk`: it
    lies in Junk only: it is judged, and changes nothing."""

    id: int
    content_id: str
    raw: bytes = field(repr=False)
    received_at: datetime
    place: Place
    attempts: int
    junk: bool = False
    again: Again | None = None  # judged before: why once more
    passwords: tuple[str, ...] = field(default=(), repr=False)  # that were told for its locked files
    passwords_upto: int = 0
    corrected: Corrected | None = None  # by a person, after it was judged first


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """One mail in a list."""

    id: int
    content_id: str
    message_id: str | None
    subject: str | None
    sender: Address | None
    date: datetime | None
    received_at: datetime
    size: int
    state: MailState
    reason: str | None
    attempts: int
    working: bool
    kind: str | None
    label: str | None
    claim: bool
    review: bool
    case_id: int | None
    case_number: str | None
    organization: str | None

    @classmethod
    def of(cls, row: Any) -> MailLine:
        """A row of `mail_lines()`."""
        sender = Address(name=row.sender_name, address=row.sender_address) if row.sender_address else None
        return cls(
            id=row.id, content_id=row.content_id, message_id=row.message_id, subject=row.subject, sender=sender, date=row.date,
            received_at=row.received_at, size=row.size, state=MailState(row.state), reason=row.reason, attempts=row.attempts,
            working=row.claimant is not None, kind=row.kind, label=row.label, claim=bool(row.claim), review=bool(row.review),
            case_id=row.case_id, case_number=row.number, organization=row.org_name,
        )  # fmt: skip


class Mails(Base):
    def claim_new(self, limit: int, claimant: str) -> list[PendingMail]:
        """Claim up to `limit` new mails, oldest first. No mail is ever given to two claimants."""
        oldest = (
            sa.select(MAIL.c.id)
            .where(MAIL.c.state == MailState.NEW.value, MAIL.c.claimant.is_(None))
            .order_by(MAIL.c.received_at, MAIL.c.id)
            .limit(limit)
        )
        # MATERIALIZED: PostgreSQL may run a plain subquery once a row, and its LIMIT with it.
        chosen = self.skip_locked(oldest).cte("oldest").prefix_with("MATERIALIZED", dialect="postgresql")
        claim = (
            sa.update(MAIL)
            .where(
                MAIL.c.id.in_(sa.select(chosen.c.id)), MAIL.c.state == MailState.NEW.value, MAIL.c.claimant.is_(None)
            )
            .values(claimant=claimant, claimed_at=sys_now())
            .returning(MAIL.c.id)
        )
        with self.read() as db:  # an idle worker asks often: it takes no write lock for nothing
            if db.execute(oldest.limit(1)).first() is None:
                return []
        with self.write() as db:
            ids = list(db.execute(claim).scalars())
        found = self._pending(ids)
        for lost in sorted(set(ids) - {one.id for one in found}):
            # Else enough of them at the head of the queue would be all that is ever claimed.
            self.fail(lost, LOST_CONTENT, claimant=claimant)
        return found

    def give_back(self, claimant: str) -> int:
        """Release whatever this claimant holds: for one that knows to have no mail in hand. A claim whose mails couldn't be
        read, or whose commit went through while its answer was lost, would stay for as long as the process lives."""
        held = [MAIL.c.claimant == claimant, MAIL.c.state == MailState.NEW.value]
        with self.read() as db:
            if db.execute(sa.select(MAIL.c.id).where(*held).limit(1)).first() is None:
                return 0
        with self.write() as db:
            return db.execute(sa.update(MAIL).where(*held).values(claimant=None, claimed_at=None)).rowcount

    def _pending(self, ids: Sequence[int]) -> list[PendingMail]:
        if not ids:
            return []
        with self.read() as db:
            rows = db.execute(
                sa.select(
                    MAIL.c.id, MAIL.c.content_id, MAIL.c.received_at, MAIL.c.attempts, MAIL.c.junk, BLOB.c.content
                )
                .join(BLOB, BLOB.c.sha256 == MAIL.c.raw_sha256)
                .where(MAIL.c.id.in_(ids))
                .order_by(MAIL.c.received_at, MAIL.c.id)
            ).all()
            first: dict[int, Place] = {}
            for place in db.execute(
                sa.select(PLACE).where(PLACE.c.mail_id.in_(ids)).order_by(PLACE.c.received_at, PLACE.c.uid, PLACE.c.id)
            ):
                first.setdefault(
                    place.mail_id,
                    Place(mailbox=place.mailbox, folder=place.folder, uidvalidity=place.uidvalidity, uid=place.uid),
                )
            again: dict[int, Again] = {
                row.mail_id: row.why for row in db.execute(sa.select(AGAIN).where(AGAIN.c.mail_id.in_(ids)))
            }
            told = {one: told_passwords(db, one) for one in again}
            said = {one: corrected_of(db, one) for one in again}
        return [
            PendingMail(
                id=row.id, content_id=row.content_id, raw=row.content, received_at=row.received_at,
                place=first[row.id], attempts=row.attempts, junk=row.junk, again=again.get(row.id),
                passwords=told.get(row.id, ((), 0))[0], passwords_upto=told.get(row.id, ((), 0))[1],
                corrected=said.get(row.id),
            )
            for row in rows
            if row.id in first
        ]  # fmt: skip

    def release(self, mail_ids: Iterable[int], claimant: str) -> int:
        """Give claimed mails back (an orderly stop). Returns how many were still this claimant's."""
        with self.write() as db:
            return db.execute(
                sa.update(MAIL)
                .where(MAIL.c.id.in_(list(mail_ids)), MAIL.c.claimant == claimant, MAIL.c.state == MailState.NEW.value)
                .values(claimant=None, claimed_at=None)
            ).rowcount

    def fail(
        self, mail_id: int, reason: str, *, claimant: str, attempts: int = 1, headers: Headers | None = None
    ) -> MailState | None:
        """This attempt failed. The mail goes back to `new` until `attempts` are used up, then it is `failed`.

        `reason`: Japanese, for people. None when the mail was no longer this claimant's.
        """
        shown = {} if headers is None else header_values(headers)
        with self.write() as db:
            row = db.execute(
                sa.update(MAIL)
                .where(MAIL.c.id == mail_id, MAIL.c.claimant == claimant, MAIL.c.state == MailState.NEW.value)
                .values(
                    attempts=MAIL.c.attempts + 1,
                    state=sa.case((MAIL.c.attempts + 1 >= attempts, MailState.FAILED.value), else_=MailState.NEW.value),
                    reason=clean_text(reason)[:1000],
                    claimant=None,
                    claimed_at=None,
                    **shown,
                )
                .returning(MAIL.c.state)
            ).one_or_none()
            if row is None:
                return None
            audit.record(
                db,
                audit.Event(
                    actor=claimant,
                    act="mail-attempt-failed",
                    entity="mail",
                    entity_id=mail_id,
                    detail={"state": row.state},
                ),
            )
        return MailState(row.state)

    def retry_mail_in(self, db: sa.Connection, mail_id: int, *, actor: str) -> bool:
        """Inside the caller's transaction: a failed mail is new again, its attempts forgotten. False when it isn't failed."""
        changed = db.execute(
            sa.update(MAIL)
            .where(MAIL.c.id == mail_id, MAIL.c.state == MailState.FAILED.value)
            .values(state=MailState.NEW.value, attempts=0, crashes=0, reason=None)
        ).rowcount
        if changed:
            audit.record(db, audit.Event(actor=actor, act="mail-retry", entity="mail", entity_id=mail_id))
        return bool(changed)

    def recover_mails(self, is_alive: Callable[[str], bool]) -> int:
        """Take the claims of dead claimants back. Returns how many mails are new again or `failed` for crashing."""
        with self.read() as db:
            claimants = set(
                db.execute(sa.select(MAIL.c.claimant).where(MAIL.c.claimant.is_not(None)).distinct()).scalars()
            )
        dead = [one for one in claimants if not is_alive(one)]
        if not dead:
            return 0
        crashed = MAIL.c.crashes + 1
        with self.write() as db:
            return db.execute(
                sa.update(MAIL)
                .where(MAIL.c.claimant.in_(dead), MAIL.c.state == MailState.NEW.value)
                .values(
                    claimant=None,
                    claimed_at=None,
                    crashes=crashed,
                    state=sa.case((crashed >= MAX_CRASHES, MailState.FAILED.value), else_=MailState.NEW.value),
                    reason=sa.case(
                        (crashed >= MAX_CRASHES, "処理の途中で、プログラムが何度も止まりました"), else_=MAIL.c.reason
                    ),
                )
            ).rowcount

    def is_hidden(self, mail_id: int) -> bool:
        """Whether its content is for approvers only."""
        with self.read() as db:
            return bool(hidden_now(db, [mail_id]))

    def unjudged_before(self, at: datetime) -> int:
        """How many mails received up to `at` still wait to be judged."""
        query = sa.select(sa.func.count()).select_from(MAIL)
        with self.read() as db:
            return int(
                db.execute(query.where(MAIL.c.state == MailState.NEW.value, MAIL.c.received_at <= at)).scalar_one()
            )

    def raw(self, mail_id: int) -> bytes | None:
        """The exact bytes of a mail; None for an unknown one or one kept as headers only."""
        with self.read() as db:
            found: bytes | None = db.execute(
                sa.select(BLOB.c.content).join(MAIL, MAIL.c.raw_sha256 == BLOB.c.sha256).where(MAIL.c.id == mail_id)
            ).scalar()
        return found

    def mails(self, *, state: MailState | None = None, limit: int = 10_000, after_id: int = 0) -> list[MailLine]:
        """Mails in the order of arrival, for lists."""
        query = mail_lines().where(MAIL.c.id > after_id).order_by(MAIL.c.id).limit(limit)
        if state is not None:
            query = query.where(MAIL.c.state == state.value)
        with self.read() as db:
            return [MailLine.of(row) for row in db.execute(query)]


def mail_lines() -> Any:
    """What `MailLine.of` reads, without condition or order."""
    return sa.select(
        MAIL, VERDICT.c.kind, VERDICT.c.label, VERDICT.c.claim, VERDICT.c.review, VERDICT.c.case_id, VERDICT.c.org_name,
        CASE.c.number,
    ).select_from(MAIL.outerjoin(VERDICT, VERDICT.c.mail_id == MAIL.c.id).outerjoin(CASE, CASE.c.id == VERDICT.c.case_id))  # fmt: skip


def lying_in(db: sa.Connection, case_id: int) -> list[int]:
    """The cases that people put into this one: letters that left before stay theirs."""
    return list(db.execute(sa.select(CASE.c.id).where(CASE.c.merged_into == case_id).order_by(CASE.c.id)).scalars())
