"""What letters beyond the application speak of: consultation, hearing, result, a corrected form, several towns (DESIGN §5–§7).

Values in `CaseView`, filled by those who know them (consultation/, screening/, desk/); None or empty in any other letter.
A template that asks for one that isn't there is a `LetterError`, never a letter with a hole. All times aware. Texts from
applicants must have gone through `replies.quoting`. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from mailflow.clock import tokyo
from mailflow.model import Method, Slot
from mailflow.replies.wording import clock_time, era_date

MAX_OFFERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotView:
    """One stretch of time. `number`: in an offer, answerable by it. `text`: 「令和8年3月19日（木）13時00分〜13時30分」."""

    number: int
    start: datetime
    end: datetime
    text: str


def slot_view(start: datetime, end: datetime, number: int = 0) -> SlotView:
    last = clock_time(end) if tokyo(start).date() == tokyo(end).date() else f"{era_date(end)}{clock_time(end)}"
    return SlotView(number=number, start=start, end=end, text=f"{era_date(start)}{clock_time(start)}〜{last}")


def offered(slots: Sequence[Slot]) -> tuple[SlotView, ...]:
    """At most five, numbered from 1 (DESIGN §6)."""
    return tuple(slot_view(one.start, one.end, number) for number, one in enumerate(slots[:MAX_OFFERS], start=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationView:
    """事前相談会 (seed 2(4); letters.md §3, §4).

    `number`: 「R8-1-999999-S1」. `wished`: what was asked for, in our words (「3月18日（水）午後」), None where nothing could be
    read of it. `booked`: the slot held; `previous`: the one it takes the place of, or that was cancelled. `phone`: the
    applicant's number, for `method` phone. `link`, `access`: the way into the meeting and its ID and passcode in one line.
    `reply_by`: until when an offer waits; `material_by`: until when a draft form helps. `material`: a form came with the
    request and is kept as material. `by_office`: we cancel, not the applicant. `calendar`: an .ics is attached. `opens_minutes`: how
    early the meeting lets people in. `other_method`: no slot is left by the method asked for, the offers are by the other one (`method`).
    """

    number: str
    wished: str | None = None
    offers: tuple[SlotView, ...] = ()
    booked: SlotView | None = None
    previous: SlotView | None = None
    method: Method = Method.ONLINE
    tool: str | None = None
    link: str | None = None
    access: str | None = None
    phone: str | None = None
    host: str | None = None
    reply_by: datetime | None = None
    material_by: datetime | None = None
    material: bool = False
    by_office: bool = False
    reason: str | None = None
    calendar: bool = False
    opens_minutes: int = 10
    other_method: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenView:
    """What a person of the secretariat wrote: subject and text of a letter of theirs."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingView:
    """ヒアリング等 (seed 3(1)). `topics`: what will be asked, in the secretariat's words."""

    offers: tuple[SlotView, ...]
    method: str
    topics: tuple[str, ...]
    reply_by: datetime
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultView:
    """選定結果 (seed 3(2), 4, 5), or a course that the ministry proposes instead (seed 1(2) 留意事項1).

    `course`: applied for, `decided`: selected in; both with their name. `reason`: words that the ministry has agreed to, for
    the proposal only: reviewers' words never stand in a letter. `informed_by`: who tells, 「朝日総合通信局」. `published`: the day
    of the ministry's press release. `contact_by`: until when the secretariat calls about the start.
    """

    course: str
    decided: str | None = None
    published: date | None = None
    informed_by: str | None = None
    contact_by: date | None = None
    reason: str | None = None
    reply_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormNotice:
    """The ministry has put a corrected form in the place of the one before (situations.md row 46)."""

    changes: tuple[str, ...]
    since: date
    old_accepted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TownView:
    """One of several applications in one mail (situations.md row 15): what is said of it, and nothing of its content."""

    organization: str
    number: str | None
    file: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question of the mail (situations.md row 36). `answer`: by lines; `UNWRITTEN` where faq.yaml has none, or not to all of it: no letter that still
    says so can be approved."""

    number: int
    asked: str
    answer: tuple[str, ...]
    clause: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """One form on record. `counts`: it is the one in force; `replaced`: a later one is. `version` 0: a mail whose form could not be read."""

    version: int
    received_at: datetime
    file: str
    counts: bool
    replaced: bool = False
