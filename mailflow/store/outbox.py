"""The durable side of sending (DESIGN §5 "One claim rule", §8.3). SMTP itself is in `mailflow.outbox`.

    claim_next -> (connect, MAIL, RCPT) -> mark_data_stage -> DATA -> sent | retry | failed | uncertain

A letter leaves only by `claim_next`, one conditional statement a mail. The claim is committed before anybody connects;
`mark_data_stage` before DATA. A claimant that died before DATA can't have sent anything: `approved` again. One that
died later leaves `uncertain`, which a person settles. Nothing is sent again in silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json
from mailflow.model import Address, Draft
from mailflow.store import audit
from mailflow.store.budget import hold, letters_of_a_day
from mailflow.store.case_read import LETTER_ID
from mailflow.store.drafts import Drafts
from mailflow.store.errors import Gone, OwnCaseViolation
from mailflow.store.facts import META, SENDING_OFF
from mailflow.store.letter_check import check_letter, contents, row_terms
from mailflow.store.letter_text import LetterText, restored
from mailflow.store.moves import AT_REST, DRAFT, OUTGOING, O, OutgoingState, move_outgoing
from mailflow.store.outbox_lines import OutboxLines
from mailflow.store.sent_copies import SentCopies
from mailflow.store.settling import DATA

Build = Callable[[Draft], tuple[str, bytes]]
"""Message-ID (with angle brackets) and the bytes of a letter. Called once a letter, inside the claim's transaction."""

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


class Outbox(SentCopies, OutboxLines, Drafts):
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
        if not self.any_may_leave(
            now, sys_now, undo=undo
        ):  # an idle sender asks often: it takes no write lock for nothing
            return None
        may_leave = self._may_leave(now, sys_now, undo=undo)
        while True:
            found = self._claim_one(may_leave, sys_now, claimant, build, budget)
            if not isinstance(found, _Refused):
                return found

    def any_may_leave(self, now: datetime, sys_now: datetime, *, undo: bool = True) -> bool:
        """Whether `claim_next` would find a letter."""
        with self.read() as db:
            return db.execute(self._may_leave(now, sys_now, undo=undo).limit(1)).first() is not None

    def not_leaving(self, now: datetime, since: datetime) -> tuple[int, str]:
        """How many letters have been tried again and again since before `since` (system time), with those that wait behind one
        for a server that isn't there; and what was said last."""
        tried = (OUTGOING.c.state == O.RETRY.value, OUTGOING.c.undo_until <= since)
        newest = (
            sa.select(OUTGOING.c.answer, OUTGOING.c.attempts)
            .where(*tried)
            .order_by(OUTGOING.c.claimed_at.desc(), OUTGOING.c.id.desc())
        )
        behind = self._may_leave(now, since, undo=True).where(OUTGOING.c.state == O.APPROVED.value)
        no_server = sa.exists().where(*tried, OUTGOING.c.attempts == 0)
        with self.read() as db:
            last = db.execute(newest.limit(1)).first()
            if last is None:
                return 0, ""
            late = sa.and_(*tried) | (OUTGOING.c.id.in_(behind.order_by(None)) & no_server)
            count = int(db.execute(sa.select(sa.func.count()).select_from(OUTGOING).where(late)).scalar_one())
            return count, last.answer or ""

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
            except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError):
                raise  # the disk, the line: no fault of this letter, and nothing is claimed
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

    def retry(self, outgoing_id: int, claimant: str, *, answer: str, next_at: datetime, counted: bool = True) -> None:
        """4xx or no connection: again from `next_at` (system time) on. `counted`: whether it was an attempt of this letter."""
        uncounted = {} if counted else {"attempts": OUTGOING.c.attempts - 1}
        self._end_attempt(outgoing_id, claimant, O.RETRY, answer, next_at=next_at, **uncounted)

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


def _check_bytes(mime: bytes, made: str | None) -> None:
    if _sha256(mime) != made:
        raise OwnCaseViolation("保存された手紙のデータが、はじめに作ったものと違います")


def _sha256(mime: bytes) -> str:
    return hashlib.sha256(mime).hexdigest()


class _Refused:
    """The letter in hand was refused at the last check, or has to wait."""
