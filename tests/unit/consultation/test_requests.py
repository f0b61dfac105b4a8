"""Requests in officers' words: what is read, and what is held on an empty calendar. A wrong booking is worse than any offer."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.clock import TOKYO
from mailflow.consultation.dialogue import next_step
from mailflow.consultation.intent import read_request
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.windows import read_wishes
from mailflow.consultation.situation import Situation
from mailflow.intake.intents import intents
from mailflow.model import ConsultationStep, Known, Request, RequestIntent, Window
from mailflow.settings.load import load
from tests.unit.consultation.requests import ALL, Row

SHIPPED = load(Path(__file__).parents[3] / "config", {})
CONSULTATION, ROUND = SHIPPED.consultation, SHIPPED.rounds[0]
SUBJECT = "事前相談会について"
SAMPLES = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "sample_requests.jsonl").read_text("utf-8").splitlines()
]


def asked(text: str, at: datetime) -> tuple[Request | None, ConsultationStep | None]:
    new = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    request = read_request(
        SUBJECT, new, text, intents(SUBJECT, new), (), received_at=at, consultation=CONSULTATION, round_=ROUND
    )
    if request is None:
        return None, None
    return request, next_step(Situation(request, Known.empty(), CONSULTATION, ROUND, at, at, "uid"))


def moment(row: Row) -> datetime:
    day, clock = row.at.split()
    hour, minute, second = (*(int(part) for part in clock.split(":")), 0)[:3]
    return datetime(2026, 3, int(day), hour, minute, second, tzinfo=TOKYO)


def said(request: Request | None, step: ConsultationStep | None) -> str:
    """As the rows write it."""
    if request is None or step is None:
        return "none"
    if request.intent is RequestIntent.CHOICE:
        numbers = ",".join(str(one) for one in request.choices)
        return f"choice {'any' if request.any_of_offer else 'none' if request.none_fits else numbers}"
    if request.same_time:
        return "method"
    if request.intent in (RequestIntent.CANCEL, RequestIntent.ACCEPT):
        return request.intent.value
    name = "move" if step.step == "reschedule" else step.step
    return f"{name} {step.slot.start.day} {step.slot.start:%H:%M}" if step.slot else name


def shown(window: Window) -> str:
    return f"{window.start.day} {window.start.hour}:{window.start:%M}-{window.end.hour}:{window.end:%M}"


def named(rows: tuple[Row, ...]) -> list[object]:
    number = count(1)
    return [pytest.param(row, id=f"{next(number)}-{row.id}") for row in rows]


@pytest.mark.parametrize("row", named(ALL))
def test_what_officers_write(row: Row) -> None:
    request, step = asked(row.text, moment(row))
    assert said(request, step) == row.then
    if row.windows is not None:
        assert request is not None
        assert ", ".join(shown(one) for one in request.windows) == row.windows
    if row.method is not None:
        assert request is not None
        assert request.method == row.method


def test_every_window_says_which_words_gave_it() -> None:
    """Whole weeks that were left open are nobody's words; every named day is in the text that it names."""
    for row in ALL:
        request, step = asked(row.text, moment(row))
        if request is not None and step is not None and step.slot is not None and request.windows:
            assert all(one.text for one in request.windows), row.id


# What the pages beside the samples call otherwise: DESIGN §9 settles that a bare number is a `choice` and that what is asked
# back is an offer; number 46 is no request at all.
_STEPS = {"ask": "offer"}


@pytest.mark.parametrize("sample", [pytest.param(one, id=f"{one['n']}-{one['text'][:16]}") for one in SAMPLES])
def test_the_sample_requests(sample: dict[str, object]) -> None:
    text, at = str(sample["text"]), datetime.fromisoformat(str(sample["received"]))
    request, step = asked(text, at)
    if sample["expect"] == "inquiry":
        assert request is None
        return
    assert request is not None
    assert step is not None
    windows = [[one.start.isoformat(), one.end.isoformat()] for one in request.windows]
    assert windows == sample["windows"]
    assert (request.method.value if request.method else "any") == sample["method"]
    if request.intent is RequestIntent.CHOICE:
        assert step.step == "offer"
        return
    assert request.intent.value == sample["kind"]
    assert step.step == _STEPS.get(str(sample["expect"]), sample["expect"])
    if sample["expect"] == "ask":
        assert request.unclear


# --- any day and time, in any spelling --------------------------------------------------------------------------------

_WIDE = str.maketrans("0123456789:/", "０１２３４５６７８９：／")
_DIGITS = "〇一二三四五六七八九"
_WEEK = "月火水木金土日"


def kanji(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _DIGITS[tens]) + "十" if tens else "") + (_DIGITS[ones] if ones or not tens else "")


DAYS = (
    lambda d: f"{d.month}/{d.day}",
    lambda d: f"{d.month:02}/{d.day:02}",
    lambda d: f"{d.month}/{d.day}({_WEEK[d.weekday()]})",
    lambda d: f"{d.month}月{d.day}日",
    lambda d: f"{d.month}月{d.day}日（{_WEEK[d.weekday()]}）",
    lambda d: f"{d.month}月{d.day}日{_WEEK[d.weekday()]}曜日",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d.year}/{d.month:02}/{d.day:02}",
    lambda d: f"{d.year}-{d.month:02}-{d.day:02}",
    lambda d: f"令和{d.year - 2018}年{d.month}月{d.day}日（{_WEEK[d.weekday()]}曜日）",
    lambda d: f"R{d.year - 2018}.{d.month}.{d.day}",
    lambda d: f"{kanji(d.month)}月{kanji(d.day)}日",
    lambda d: f"{d.month}.{d.day}({_WEEK[d.weekday()]})",
    lambda d: f"{d.day}日（{_WEEK[d.weekday()]}）",
)
TIMES = (
    lambda t: f"{t.hour}:{t.minute:02}",
    lambda t: f"{t.hour}時{t.minute}分" if t.minute else f"{t.hour}時",
    lambda t: f"{t.hour}時半" if t.minute == 30 else f"{t.hour}時{t.minute:02}分" if t.minute else f"{t.hour}時",
    lambda t: f"{'午前' if t.hour < 12 else '午後'}{(t.hour - 1) % 12 + 1}時{f'{t.minute}分' if t.minute else ''}",
    lambda t: f"{'AM' if t.hour < 12 else 'PM'}{(t.hour - 1) % 12 + 1}:{t.minute:02}",
    lambda t: f"{kanji(t.hour)}時{f'{kanji(t.minute)}分' if t.minute else ''}",
)
FRAMES = (
    "{0}でお願いします。",
    "{0}からの相談を希望いたします。",
    "希望日時：{0}",
    "つきましては、{0}はいかがでしょうか。",
    "第1希望　{0}\n",
)
AT = datetime(2026, 3, 10, 9, tzinfo=TOKYO)


@settings(max_examples=300, deadline=None)
@given(
    ahead=st.integers(1, 20),
    minutes=st.integers(0, 95),
    spell_day=st.sampled_from(DAYS),
    spell_time=st.sampled_from(TIMES),
    between=st.sampled_from(["", " ", "の", "　"]),
    frame=st.sampled_from(FRAMES),
    wide=st.booleans(),
)
def test_any_day_and_time_is_read_back(ahead, minutes, spell_day, spell_time, between, frame, wide) -> None:  # type: ignore[no-untyped-def]
    day = AT.date() + timedelta(days=ahead)
    clock = time(9 + minutes // 12, 5 * (minutes % 12))
    written = spell_day(day) + between + spell_time(clock)
    if between == "" and written[len(spell_day(day)) - 1].isdigit():
        written = spell_day(day) + " " + spell_time(clock)  # 「3/1810:00」 is no spelling
    text = frame.format(written.translate(_WIDE) if wide else written)
    wishes = read_wishes(readable(text), AT, CONSULTATION, ROUND)
    start = datetime.combine(day, clock, TOKYO)
    assert [(one.start, one.end) for one in wishes.windows] == [(start, start + timedelta(minutes=30))], text
    assert wishes.unclear == ()


def relative(today: date, day: date, spelling: int) -> str:
    """「明日」「今週の金曜」「来週水曜日」「再来週（月）」, as said on `today`."""
    ahead, weeks = (
        (day - today).days,
        (day - timedelta(days=day.weekday()) - today + timedelta(days=today.weekday())).days // 7,
    )
    if ahead in (1, 2) and spelling % 2:
        return ("明日", "あさって")[ahead - 1] if spelling % 4 == 1 else ("あした", "明後日")[ahead - 1]
    name = _WEEK[day.weekday()]
    written = (f"{name}曜", f"の{name}曜日", f"{name}曜日", f"の{name}曜", f"（{name}）")[spelling % 5]
    return ("今週", "来週", "再来週")[weeks] + written


@settings(max_examples=300, deadline=None)
@given(
    today=st.integers(0, 11),
    ahead=st.integers(1, 18),
    minutes=st.integers(0, 13),
    spelling=st.integers(0, 19),
    spell_time=st.sampled_from(TIMES),
    between=st.sampled_from(["の", "、", " "]),
    frame=st.sampled_from(FRAMES[:2]),
)
def test_any_relative_day_is_read_back(today, ahead, minutes, spelling, spell_time, between, frame) -> None:  # type: ignore[no-untyped-def]
    at = datetime(2026, 3, 2, 9, tzinfo=TOKYO) + timedelta(days=today + today // 5 * 2)
    day = at.date() + timedelta(days=ahead)
    if day.weekday() > 4 or (day - at.date() + timedelta(days=at.weekday())).days >= 21:
        return
    clock = time(10 + minutes // 2, 30 * (minutes % 2))
    text = frame.format(relative(at.date(), day, spelling) + between + spell_time(clock))
    wishes = read_wishes(readable(text), at, CONSULTATION, ROUND)
    start = datetime.combine(day, clock, TOKYO)
    assert [(one.start, one.end) for one in wishes.windows] == [(start, start + timedelta(minutes=30))], (at, text)
    assert wishes.unclear == ()


NUMBERS = (
    lambda n: f"{n}番",
    lambda n: f"{n}番目",
    lambda n: f"候補{n}",
    lambda n: f"候補の{n}",
    lambda n: f"第{n}候補",
    lambda n: f"第{_DIGITS[n]}候補",
    lambda n: f"No.{n}",
    lambda n: chr(0x2460 + n - 1),
    lambda n: f"{n}",
)
ONE = (
    "{0}でお願いします。",
    "{0}でお願いいたします。",
    "{0}を希望します。",
    "お世話になっております。\n{0}でお願いできますでしょうか。",
    "{0}で参加します。",
)
TWO = (
    ("{0}でお願いします。だめなら{1}でお願いします。", True),
    ("{0}、だめなら{1}でお願いします。", True),
    ("{0}は都合が悪いため、{1}でお願いします。", False),
    ("{0}は難しいので{1}でお願いします。", False),
)


@settings(max_examples=300, deadline=None)
@given(
    first=st.integers(1, 5),
    step=st.integers(1, 4),
    spell=st.sampled_from(NUMBERS),
    one=st.sampled_from(ONE),
    two=st.sampled_from(TWO),
    wide=st.booleans(),
)
def test_any_number_of_an_offer_is_read_back(first, step, spell, one, two, wide) -> None:  # type: ignore[no-untyped-def]
    """Never another one; of two in one order, that order or the first alone, or people are asked."""
    second = (first + step - 1) % 5 + 1
    frame, both = two
    for text, wanted in (
        (one.format(spell(first)), (first,)),
        (frame.format(spell(first), spell(second)), (first, second) if both else (second,)),
    ):
        request, _ = asked(text.translate(_WIDE) if wide else text, AT)
        read = request.choices if request is not None else ()
        assert read in (wanted, wanted[:1], ()), text
        if wanted == (first,):
            assert read == wanted, text


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet="0123456789月火水木金日時分半午前後/:.-〜()①②○×△第希望番都合不可以降明後来週、。\n 候補の",
        max_size=120,
    )
)
def test_no_text_raises_or_takes_long(text: str) -> None:
    request, _ = asked(text + "事前相談をお願いします", AT)
    assert request is None or len(request.windows) <= 60


@settings(max_examples=200, deadline=None)
@given(ahead=st.integers(1, 14), other=st.integers(1, 6), hour=st.integers(10, 16))
def test_a_weekday_that_contradicts_the_date_is_never_booked(ahead: int, other: int, hour: int) -> None:
    day = date(2026, 3, 10) + timedelta(days=ahead)
    wrong = _WEEK[(day.weekday() + other) % 7]
    request, step = asked(f"3月{day.day}日（{wrong}）{hour}時でお願いします。", AT)
    assert request is not None
    assert step is not None
    assert request.unclear
    assert step.slot is None
