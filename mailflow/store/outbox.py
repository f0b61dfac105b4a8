"""The durable side of sending (DESIGN §5 "One claim rule", §8.3). SMTP itself is in `mailflow.outbox`.

    claim_next -> (connect, MAIL, RCPT) -> mark_data_stage -> DATA -> sent | retry | failed | uncertain

A letter leaves only by `claim_next`, one conditional statement a mail. The claim is committed before anybody connects;
`mark_data_stage` before DATA. A claimant that died before DATA can't have sent anything: `approved` again. One that
died later leaves `uncertain`, which a person settles. Nothing is sent again in silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json
from mailflow.model import Address, Draft
from mailflow.store import audit
from mailflow.store.budget import HELD, hold, letters_of_a_day
from mailflow.store.case_read import LETTER_ID
from mailflow.store.drafts import Drafts, check_letter, contents, row_terms
from mailflow.store.errors import Gone, OwnCaseViolation
from mailflow.store.facts import META, SENDING_OFF
from mailflow.store.letter_text import LetterText, restored
from mailflow.store.moves import AT_REST, DRAFT, OUTGOING, D, O, OutgoingState, move_draft, move_outgoing
from mailflow.store.rejudge import reopen

Build = Callable[[Draft], tuple[str, bytes]]
"""Message-ID (with angle brackets) and the bytes of a letter. Called once a letter, inside the claim's transaction."""

DATA = "data"
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
CLAIMED = "claimed"
_REFUSED = "直前の確認で止めました："


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A letter to be sent now by this claimant. `to`, `cc`: the envelope's addresses. `mime`: the same bytes at
    every attempt."""

    id: int
    draft_id: int
    case_id: int
    message_id: str
    mime: bytes = field(repr=False)
    sender: Address
    to: tuple[str, ...]
    cc: tuple[str, ...]
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingLine:
    """One approved letter in a list. `to`: the header's, names included."""

    id: int
    draft_id: int
    case_id: int
    message_id: str | None
    state: OutgoingState
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    attempts: int
    answer: str | None
    next_at: datetime | None
    undo_until: datetime
    not_before: datetime | None
    valid_until: datetime | None
    approved_at: datetime
    sent_at: datetime | None
    filed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToFile:
    """A sent letter that isn't in Sent yet. `attempts`: how often that was tried."""

    id: int
    message_id: str
    mime: bytes = field(repr=False)
    sent_at: datetime
    attempts: int = 0


class Outbox(Drafts):
    def claim_next(
        self,
        *,
        now: datetime,
        sys_now: datetime,
        sending_allowed: bool,
        claimant: str,
        build: Build,
        undo: bool = True,
        budget: int | None = None,
    ) -> Claimed | None:
        """The next letter that may leave now, in the order of priority; None when none may.

        `now`: business time; `sys_now`: system time. `sending_allowed`: the YAML's switch; the console's is read in the
        statement itself. `undo=False` doesn't wait for the undo window (`worker --once`). A letter that fails the last
        check, or whose bytes can't be made, becomes `failed` with the reason, and the next one is tried. `budget`: how many
        letters may go to one address within 24 hours (system time); one over it waits, and says so.
        """
        if not sending_allowed:
            return None
        may_leave = self._may_leave(now, sys_now, undo=undo)
        with self.read() as db:  # an idle sender asks often: it takes no write lock for nothing
            if db.execute(may_leave.limit(1)).first() is None:
                return None
        while True:
            found = self._claim_one(may_leave, sys_now, claimant, build, budget)
            if not isinstance(found, _Refused):
                return found

    def _may_leave(self, now: datetime, sys_now: datetime, *, undo: bool) -> Any:
        """The claim rule. `retry` rows are approved letters that wait for their next attempt."""
        off = sa.select(META.c.key).where(META.c.key == "sending", META.c.value == SENDING_OFF)
        rule = [
            OUTGOING.c.state.in_([state.value for state in (O.APPROVED, O.RETRY)]),
            OUTGOING.c.not_before.is_(None) | (OUTGOING.c.not_before <= now),
            OUTGOING.c.valid_until.is_(None) | (OUTGOING.c.valid_until > now),
            OUTGOING.c.next_at.is_(None) | (OUTGOING.c.next_at <= sys_now),
            ~sa.exists(off),
        ]
        if undo:
            rule.append(OUTGOING.c.undo_until <= sys_now)
        return sa.select(OUTGOING.c.id).where(*rule).order_by(OUTGOING.c.priority, OUTGOING.c.id)

    def _claim_one(
        self, may_leave: Any, sys_now: datetime, claimant: str, build: Build, budget: int | None
    ) -> Claimed | _Refused | None:
        claim = (
            sa.update(OUTGOING)
            .where(
                OUTGOING.c.id == self.skip_locked(may_leave.limit(1)).scalar_subquery(),
                OUTGOING.c.state.in_([one.value for one in AT_REST]),
            )
            .values(
                state=O.SENDING.value,
                stage=CLAIMED,
                claimant=claimant,
                claimed_at=sys_now,
                attempts=OUTGOING.c.attempts + 1,
                next_at=None,
            )
            .returning(OUTGOING)
        )
        with self.write() as db:
            row = db.execute(claim).one_or_none()
            if row is None:
                return None
            if budget is not None and row.attempts == 1 and letters_of_a_day(db, row.id, sys_now) >= budget:
                hold(db, row, claimant, sys_now, budget)
                return _Refused()
            draft = db.execute(sa.select(DRAFT).where(DRAFT.c.id == row.draft_id)).one()
            letter = from_json(LetterText, draft.content)
            try:
                check_letter(db, draft, letter, approved=row.content_sha256)
                message_id, mime = row.message_id, row.mime
                if mime is None:
                    message_id, mime = build(restored(letter, row_terms(draft), contents(db, letter.parts)))
                    db.execute(
                        sa.update(OUTGOING)
                        .where(OUTGOING.c.id == row.id)
                        .values(message_id=message_id, mime=mime, mime_sha256=_sha256(mime))
                    )
                    db.execute(
                        self.upsert(LETTER_ID)
                        .values(message_id=message_id, outgoing_id=row.id)
                        .on_conflict_do_nothing()
                    )
                else:
                    _check_bytes(mime, row.mime_sha256)
            except Exception as error:  # one letter that can't be made must not stop the others
                why = (
                    str(error)
                    if isinstance(error, OwnCaseViolation)
                    else f"手紙を組み立てられません（{type(error).__name__}）"
                )
                move_outgoing(
                    db,
                    row.id,
                    O.SENDING,
                    O.FAILED,
                    because=why,
                    actor=claimant,
                    answer=_REFUSED + clean_text(why)[:900],
                )
                return _Refused()
            db.execute(sa.update(DRAFT).where(DRAFT.c.id == row.draft_id).values(live=False))
            audit.record(
                db,
                audit.Event(
                    actor=claimant, act="outgoing-sending", entity="outgoing", entity_id=row.id, case_id=row.case_id,
                    detail={"attempt": row.attempts, "sha256": row.content_sha256},
                ),
            )  # fmt: skip
        to = tuple(dict.fromkeys(one.address for one in letter.to))
        cc = tuple(dict.fromkeys(one.address for one in letter.cc if one.address not in to))
        return Claimed(
            id=row.id, draft_id=row.draft_id, case_id=row.case_id, message_id=str(message_id), mime=mime, sender=letter.sender,
            to=to, cc=cc, attempts=row.attempts,
        )  # fmt: skip

    def mark_data_stage(self, outgoing_id: int, claimant: str) -> None:
        """After the last RCPT was accepted, directly before DATA. Raises Gone when the claim was lost: don't send."""
        with self.write() as db:
            changed = db.execute(
                sa.update(OUTGOING)
                .where(
                    OUTGOING.c.id == outgoing_id, OUTGOING.c.state == O.SENDING.value, OUTGOING.c.claimant == claimant
                )
                .values(stage=DATA)
            ).rowcount
        if not changed:
            raise Gone("この手紙の送信は、別のプロセスに移りました")

    def sent(
        self, outgoing_id: int, claimant: str, *, at: datetime, answer: str, accepted_id: str | None = None
    ) -> None:
        """The server took it at `at` (business time). `accepted_id`: the Message-ID a relay gave it, if it says so."""
        with self.write() as db:
            move_outgoing(
                db, outgoing_id, O.SENDING, O.SENT, because="accepted", actor=claimant, claimant=claimant, sent_at=at,
                answer=clean_text(answer)[:1000],
            )  # fmt: skip
            self._sent_at(db, at)
            if accepted_id:
                self._add_letter_id(db, outgoing_id, accepted_id)

    def retry(self, outgoing_id: int, claimant: str, *, answer: str, next_at: datetime) -> None:
        """4xx or no connection: again from `next_at` (system time) on."""
        self._end_attempt(outgoing_id, claimant, O.RETRY, answer, next_at=next_at)

    def failed(self, outgoing_id: int, claimant: str, *, answer: str) -> None:
        """5xx: a person must look."""
        self._end_attempt(outgoing_id, claimant, O.FAILED, answer)

    def uncertain(self, outgoing_id: int, claimant: str, *, answer: str) -> None:
        """The line broke after DATA began: nobody knows whether it went out."""
        self._end_attempt(outgoing_id, claimant, O.UNCERTAIN, answer)

    def _end_attempt(self, outgoing_id: int, claimant: str, to: OutgoingState, answer: str, **values: Any) -> None:
        with self.write() as db:
            move_outgoing(
                db, outgoing_id, O.SENDING, to, because=to.value, actor=claimant, claimant=claimant,
                answer=clean_text(answer)[:1000], **values,
            )  # fmt: skip

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

    def found_in_sent(self, outgoing_id: int, *, at: datetime, found_id: str | None = None) -> bool:
        """The server filed it in Sent by itself (`smtp.server_files_sent`): an uncertain letter was sent. `found_id`: the
        Message-ID it has there."""
        try:
            with self.write() as db:
                self.settle_uncertain(db, outgoing_id, "sent", actor="timer", at=at)
                db.execute(sa.update(OUTGOING).where(OUTGOING.c.id == outgoing_id).values(filed_at=at))
                if found_id:
                    self._add_letter_id(db, outgoing_id, found_id)
        except Gone:
            return False
        return True

    def to_file(self, sys_now: datetime, limit: int = 50) -> list[ToFile]:
        """Sent letters that no one has filed in Sent yet and that are due (system time): the least tried first."""
        query = (
            sa.select(
                OUTGOING.c.id, OUTGOING.c.message_id, OUTGOING.c.mime, OUTGOING.c.sent_at, OUTGOING.c.file_attempts
            )
            .where(
                OUTGOING.c.state == O.SENT.value,
                OUTGOING.c.filed_at.is_(None),
                OUTGOING.c.file_next_at.is_(None) | (OUTGOING.c.file_next_at <= sys_now),
            )
            .order_by(OUTGOING.c.file_attempts, OUTGOING.c.sent_at, OUTGOING.c.id)
            .limit(limit)
        )
        with self.read() as db:
            return [
                ToFile(id=r.id, message_id=r.message_id, mime=r.mime, sent_at=r.sent_at, attempts=r.file_attempts)
                for r in db.execute(query)
            ]

    def not_filed(self, outgoing_id: int, *, next_at: datetime) -> None:
        """The server wouldn't take it into Sent: again from `next_at` (system time) on, others before it."""
        with self.write() as db:
            db.execute(
                sa.update(OUTGOING)
                .where(OUTGOING.c.id == outgoing_id, OUTGOING.c.filed_at.is_(None))
                .values(file_attempts=OUTGOING.c.file_attempts + 1, file_next_at=next_at)
            )

    def uncertain_letters(self) -> list[tuple[int, bytes]]:
        """Letters of which nobody knows whether they left, with their bytes."""
        query = sa.select(OUTGOING.c.id, OUTGOING.c.mime).where(
            OUTGOING.c.state == O.UNCERTAIN.value, OUTGOING.c.mime.is_not(None)
        )
        with self.read() as db:
            return [(row.id, row.mime) for row in db.execute(query.order_by(OUTGOING.c.id))]

    def any_uncertain(self) -> bool:
        with self.read() as db:
            return (
                db.execute(sa.select(OUTGOING.c.id).where(OUTGOING.c.state == O.UNCERTAIN.value).limit(1)).first()
                is not None
            )

    def filed(self, outgoing_id: int, *, at: datetime, folder: str, found_id: str | None = None) -> None:
        """It lies in Sent. `found_id`: the Message-ID it has there, where a relay rewrote it."""
        with self.write() as db:
            db.execute(
                sa.update(OUTGOING)
                .where(OUTGOING.c.id == outgoing_id, OUTGOING.c.state == O.SENT.value, OUTGOING.c.filed_at.is_(None))
                .values(filed_at=at, filed_as=clean_text(folder)[:300])
            )
            if found_id:
                self._add_letter_id(db, outgoing_id, found_id)

    def _add_letter_id(self, db: sa.Connection, outgoing_id: int, message_id: str) -> None:
        db.execute(
            self.upsert(LETTER_ID)
            .values(message_id=clean_text(message_id)[:998], outgoing_id=outgoing_id)
            .on_conflict_do_nothing()
        )

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
                # The stage is read here, not above: it may have changed before the claimant died.
                now = db.execute(
                    sa.select(OUTGOING.c.stage).where(
                        OUTGOING.c.id == row.id,
                        OUTGOING.c.state == O.SENDING.value,
                        OUTGOING.c.claimant == row.claimant,
                    )
                ).one_or_none()
                if now is None:
                    continue
                to = O.UNCERTAIN if now.stage == DATA else O.APPROVED
                because = "claimant died after DATA began" if to is O.UNCERTAIN else "claimant died before DATA"
                move_outgoing(db, row.id, O.SENDING, to, because=because, actor="timer", claimant=row.claimant)
            again, uncertain = again + (to is O.APPROVED), uncertain + (to is O.UNCERTAIN)
        return again, uncertain

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

    def outbox(
        self, *, states: Iterable[OutgoingState] | None = None, case_id: int | None = None
    ) -> list[OutgoingLine]:
        """Approved letters and what became of them, oldest first; of one case, where asked for."""
        query = (
            sa.select(OUTGOING, DRAFT.c.content, DRAFT.c.subject)
            .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
            .order_by(OUTGOING.c.id)
        )
        if case_id is not None:
            query = query.where(OUTGOING.c.case_id == case_id)
        if states is not None:
            query = query.where(OUTGOING.c.state.in_([state.value for state in states]))
        with self.read() as db:
            return [_line(row) for row in db.execute(query)]

    def outgoing(self, outgoing_id: int) -> OutgoingLine | None:
        with self.read() as db:
            row = db.execute(
                sa.select(OUTGOING, DRAFT.c.content, DRAFT.c.subject)
                .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
                .where(OUTGOING.c.id == outgoing_id)
            ).one_or_none()
        return _line(row) if row is not None else None

    def held_by_budget(self) -> int:
        """How many letters wait because their addressee had enough for a day."""
        query = sa.select(sa.func.count()).select_from(OUTGOING)
        with self.read() as db:
            held = query.where(OUTGOING.c.state == O.APPROVED.value, OUTGOING.c.answer.startswith(HELD))
            return int(db.execute(held).scalar_one())

    def mime(self, outgoing_id: int) -> bytes | None:
        """The exact bytes of a letter that left or was about to."""
        with self.read() as db:
            found: bytes | None = db.execute(sa.select(OUTGOING.c.mime).where(OUTGOING.c.id == outgoing_id)).scalar()
        return found


def _check_bytes(mime: bytes, made: str | None) -> None:
    if _sha256(mime) != made:
        raise OwnCaseViolation("保存された手紙のデータが、はじめに作ったものと違います")


def _sha256(mime: bytes) -> str:
    return hashlib.sha256(mime).hexdigest()


class _Refused:
    """The letter in hand was refused at the last check, or has to wait."""


def _line(row: Any) -> OutgoingLine:
    letter = from_json(LetterText, row.content)
    return OutgoingLine(
        id=row.id, draft_id=row.draft_id, case_id=row.case_id, message_id=row.message_id, state=OutgoingState(row.state),
        to=letter.to, cc=letter.cc, subject=row.subject, attempts=row.attempts, answer=row.answer, next_at=row.next_at,
        undo_until=row.undo_until, not_before=row.not_before, valid_until=row.valid_until, approved_at=row.approved_at,
        sent_at=row.sent_at, filed_at=row.filed_at,
    )  # fmt: skip
