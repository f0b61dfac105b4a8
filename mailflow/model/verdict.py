"""What we find and do: findings, steps, actions, the verdict (DESIGN §1, §4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailflow.model.findings import HOLDING, Finding, Severity
from mailflow.model.known import MORE_QUESTIONS, Booking, FileSeen, Known, LetterItem, Question, Slot
from mailflow.model.understanding import CalendarAnswer, Understood

MOST_ANSWERED = 40  # questions in one letter

StepName = Literal["book", "reschedule", "cancel", "offer", "closed", "full", "person", "nothing", "remind"]
# Why there is an offer and no appointment, where its letter has words for it.
WhyOffered = Literal[
    "day-off", "off-hours", "taken", "chosen-gone", "no-offer", "which-offer", "no-such-number", "mismatch"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationStep:
    """What follows from a request for a consultation (DESIGN §6). `template`: None where no letter goes. `booking`: the
    one that is moved or cancelled. `offered`: in the numbering of the letter, from 1. `reply_by`: until when, business
    time. `answer`: of a calendar program, to be noted with
    `booking`. `review`: why a person looks first, in Japanese. `because`: the decision in words, for people; `why`: of an offer, for its letter. `uid`: of the calendar
    entry of a new booking (a moved one keeps its own). `link`, `access`: the way into its online meeting, where one is left."""

    step: StepName
    because: str
    why: WhyOffered | None = None
    template: str | None = None
    slot: Slot | None = None
    booking: Booking | None = None
    offered: tuple[Slot, ...] = ()
    reply_by: datetime | None = None
    review: str | None = None
    uid: str | None = None
    link: str | None = None
    access: str | None = None
    answer: CalendarAnswer | None = None


ActionName = Literal["reply", "enqueue", "book", "reschedule", "cancel", "withdraw", "label", "notify", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What follows from a verdict. `template` for reply, `slot` for book/reschedule, `note` for label/notify/file, `booking`:
    the one that is moved or cancelled, `seats`: how many the slot's host has then."""

    action: ActionName
    template: str | None = None
    slot: Slot | None = None
    note: str | None = None
    booking: int | None = None
    seats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One mail's judgement with all it was made on (invariant 8)."""

    understood: Understood
    findings: tuple[Finding, ...]
    config_hash: str
    known: Known
    judged_at: datetime
    received_at: datetime
    case_key: str | None = None  # `012025`, `name:…`, or `mail:…` for a mail of no body
    round_id: str | None = None
    step: ConsultationStep | None = None  # what follows from its request for a consultation
    files: tuple[FileSeen, ...] = ()
    answered: tuple[LetterItem, ...] = ()  # questions of ours that this mail answers by 記入のとおり
    promised: datetime | None = None  # until when it says the answer will come
    questions: tuple[Question, ...] = ()  # in the order of the mail; a letter numbers them from 1

    def open(self, *severities: Severity) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity in severities)

    @property
    def to_answer(self) -> tuple[Question, ...]:
        """Its own questions behind those of earlier mails that nobody has answered, each once; of very many, and where a mail asks
        more than was listed, the last one says so, for a person."""
        before = () if self.known.claim else self.known.unanswered
        found = {one.text: one for one in (*before, *self.questions)}
        more = found.pop(MORE_QUESTIONS, None) is not None
        asked = tuple(found.values())
        if len(asked) > MOST_ANSWERED or more:
            return (*asked[: MOST_ANSWERED - 1], Question(text=MORE_QUESTIONS))
        return asked

    @property
    def needs_review(self) -> bool:
        return any(f.severity is Severity.REVIEW for f in self.findings)

    @property
    def complete(self) -> bool:
        """A form was read and nothing holds the application back."""
        return self.understood.form is not None and not self.open(*HOLDING)
