"""When a letter leaves, until when it is true and which day it names: letters of every kind, to the minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mailflow.intake.decide import decide, letter_plan, purpose_of
from mailflow.intake.judge import judge
from mailflow.intake.letter_times import Limits, leaving_time, limits_of, may_still_answer
from mailflow.model import (
    Booking,
    ConsultationStep,
    Current,
    EarlierMail,
    Finding,
    Known,
    KnownException,
    LetterItem,
    Method,
    Severity,
    Slot,
)
from mailflow.settings.models import Reminder
from tests.unit.judging.build import at, facts, file, form, letter, mail, settings, version

GRACE = {"fix_grace": {"until": "2026-03-27 17:00", "consent": "総務省 3/20 電話"}}
SLOT = Slot(start=at("2026-03-18 10:00"), end=at("2026-03-18 10:30"), host="kikaku", method=Method.ONLINE)
BOOKED = Booking(
    id=7,
    start=at("2026-03-19 14:00"),
    end=at("2026-03-19 14:30"),
    host="kikaku",
    method=Method.PHONE,
    state="confirmed",
)
GAP = Finding(
    check="form-complete", severity=Severity.FIX, where="目指す姿", found=None, expected=None, message="", clause=None,
    fields=("goal",),
)  # fmt: skip


def step(name: Any, **more: Any) -> ConsultationStep:
    return ConsultationStep(step=name, because="", template=f"consultation-{name}", **more)


def limits(until: str | None = None, fix_by: str | None = None, *, near_close: bool = False) -> Limits:
    return Limits(at(until) if until else None, at(fix_by) if fix_by else None, near_close)


@pytest.mark.parametrize(
    ("asked", "leaves", "until"),
    [
        (step("offer", reply_by=at("2026-03-12 17:00")), "2026-03-10 10:00", "2026-03-12 15:00"),
        (step("offer", reply_by=at("2026-03-12 17:00")), "2026-03-12 14:59", "2026-03-12 15:00"),
        (step("offer", reply_by=at("2026-03-12 17:00")), "2026-03-12 15:00", "2026-03-12 17:00"),
        (step("offer"), "2026-03-10 10:00", "2026-03-26 16:00"),
        (step("book", slot=SLOT, reply_by=at("2026-03-12 17:00")), "2026-03-10 10:00", "2026-03-18 10:00"),
        (step("reschedule", slot=SLOT, booking=BOOKED), "2026-03-10 10:00", "2026-03-18 10:00"),
        (step("cancel", booking=BOOKED), "2026-03-10 10:00", "2026-03-19 14:00"),
        (step("full"), "2026-03-10 10:00", "2026-03-26 16:00"),
    ],
)
def test_a_letter_of_the_consultation(asked: ConsultationStep, leaves: str, until: str) -> None:
    assert limits_of(facts().stepped(asked), asked.template or "", at(leaves)) == limits(until)


def in_force(*found: Finding) -> Current:
    return Current(number=1, mail_id=1, received_at=at("2026-03-05 10:00"), form=form(), findings=found)


def asking(fix_by: str | None) -> Any:
    item = LetterItem(number=1, checks=("form-complete",), fields=("goal",))
    return replace(letter(), items=(item,), fix_by=at(fix_by) if fix_by else None)


@pytest.mark.parametrize(
    ("template", "known", "leaves", "wanted"),
    [
        pytest.param("arrival", Known(), "2026-03-10 10:00", limits(), id="arrival"),
        pytest.param("arrival", Known(), "2026-03-26 16:00:01", limits(near_close=True), id="arrival-after-the-close"),
        pytest.param("receipt", Known(), "2026-03-26 16:00:00", limits("2026-03-26 16:00", near_close=True), id="receipt-at-the-close"),
        pytest.param("replacement", Known(), "2026-03-26 13:59", limits("2026-03-26 14:00"), id="two-hours-for-another"),
        pytest.param("receipt", Known(), "2026-03-26 14:00", limits("2026-03-26 16:00", near_close=True), id="too-near"),
        pytest.param("receipt", Known(), "2026-03-26 16:00:01", limits(near_close=True), id="receipt-after-the-close"),
        pytest.param("inquiry-received", Known(), "2026-03-10 10:00", limits(), id="names-no-day"),
        pytest.param(
            "on-record", Known(arrived=(EarlierMail(mail_id=1, received_at=at("2026-03-05 10:00")),)),
            "2026-03-10 10:00", limits(), id="on-record-of-what-arrived",
        ),
        pytest.param("answer-recorded", Known(), "2026-03-10 10:00", limits(), id="an-answer-and-nothing-in-force"),
        pytest.param(
            "answer-recorded", Known(current=in_force()), "2026-03-10 10:00", limits(), id="an-answer-and-nothing-open"
        ),
        pytest.param(
            "answer-recorded", Known(current=in_force(GAP), answers=asking("2026-03-12 17:00")),
            "2026-03-10 10:00", limits("2026-03-12 15:00", "2026-03-12 17:00"), id="an-answer-by-the-day-we-asked",
        ),
        pytest.param(
            "answer-recorded", Known(current=in_force(GAP), answers=asking("2026-03-12 17:00")),
            "2026-03-12 14:59", limits("2026-03-12 15:00", "2026-03-12 17:00"), id="an-answer-with-just-enough-notice",
        ),
        pytest.param(
            "answer-recorded", Known(current=in_force(GAP), answers=asking("2026-03-12 17:00")),
            "2026-03-12 15:00", limits("2026-03-26 16:00"), id="an-answer-too-near-the-day",
        ),
        pytest.param(
            "answer-recorded", Known(current=in_force(GAP), answers=asking(None)),
            "2026-03-10 10:00", limits("2026-03-26 16:00"), id="an-answer-and-no-day",
        ),
        pytest.param(
            "answer-recorded", Known(current=in_force(GAP)),
            "2026-03-26 16:00:01", limits(near_close=True), id="an-answer-after-the-close",
        ),
        pytest.param("fix-request", Known(), "2026-03-26 16:00:01", limits(near_close=True), id="too-late-to-fix"),
    ],
)  # fmt: skip
def test_what_a_letter_names(template: str, known: Known, leaves: str, wanted: Limits) -> None:
    assert limits_of(facts(known=known), template, at(leaves)) == wanted


@pytest.mark.parametrize(
    ("leaves", "wanted"),
    [
        ("2026-03-26 16:00:01", limits("2026-03-27 17:00", "2026-03-27 17:00", near_close=True)),
        ("2026-03-27 16:59:59", limits("2026-03-27 17:00", "2026-03-27 17:00", near_close=True)),
        ("2026-03-27 17:00:00", limits(near_close=True)),
    ],
)
def test_a_grace_after_the_close(leaves: str, wanted: Limits) -> None:
    assert limits_of(facts(config=settings(round_=GRACE)), "fix-request", at(leaves)) == wanted


def excepted(what: str, until: str | None) -> Known:
    given = KnownException(what=what, until=at(until) if until else None, by="佐藤", why="災害", consent="総務省")
    return Known(exceptions=(given,))


@pytest.mark.parametrize(
    ("config", "known", "leaves", "answer"),
    [
        pytest.param({}, Known(), "2026-03-26 16:00:00", True, id="at-the-close"),
        pytest.param({}, Known(), "2026-03-26 16:00:01", False, id="after-it"),
        pytest.param({"closes_inclusive": False}, Known(), "2026-03-26 16:00:00", False, id="at-a-close-that-is-over"),
        pytest.param(GRACE, Known(), "2026-03-27 16:59:59", True, id="in-a-grace"),
        pytest.param(GRACE, Known(), "2026-03-27 17:00:00", False, id="at-its-end"),
        pytest.param({}, excepted("deadline", "2026-03-31 16:00"), "2026-03-31 15:59", True, id="excepted"),
        pytest.param({}, excepted("deadline", "2026-03-31 16:00"), "2026-03-31 16:00", False, id="excepted-until-now"),
        pytest.param({}, excepted("deadline", None), "2026-06-01 10:00", True, id="excepted-for-good"),
        pytest.param({}, excepted("check:round-late", None), "2026-06-01 10:00", False, id="another-exception"),
    ],
)
def test_whether_what_is_asked_for_would_still_count(config: Any, known: Known, leaves: str, answer: bool) -> None:
    given = facts(known=known, config=settings(round_=config))
    assert may_still_answer(given, at(leaves)) == answer


def leaves(template: str, received: str, **more: Any) -> datetime:
    given = facts(received=received, **more)
    return leaving_time(given, judge(given, content_id="c1"), template)


@pytest.mark.parametrize(
    ("template", "received", "more", "moment"),
    [
        pytest.param("part-missing", "2026-03-10 10:00", {"part": (1, 2)}, "parts_wait", id="waits-for-the-other-part"),
        pytest.param("part-missing", "2026-03-26 10:00", {"part": (1, 2)}, "settle", id="on-the-last-day-less"),
        pytest.param("part-missing", "2026-03-10 10:00", {}, "at-once", id="a-whole-mail"),
        pytest.param(
            "fix-request", "2026-03-10 10:00", {"known": Known(passwords_tried=1)}, "at-once", id="a-password-was-told"
        ),
        pytest.param("fix-request", "2026-03-10 10:00", {}, "settle", id="a-form-that-was-forgotten"),
        pytest.param("arrival", "2026-03-10 10:00", {}, "at-once", id="asks-for-nothing"),
    ],
)
def test_what_a_letter_waits_for(template: str, received: str, more: Any, moment: str) -> None:
    round_ = facts().round
    wait = {"parts_wait": round_.parts_wait, "settle": round_.settle}.get(moment)
    started = at(received)
    expected = started + wait if wait is not None else started
    assert leaves(template, received, message=mail(), **more) == expected


@pytest.mark.parametrize(
    ("template", "purpose"),
    [
        ("consultation-offer", "consultation"),
        ("inquiry-received", "inquiry"),
        ("on-record", "inquiry"),
        ("extension", "inquiry"),
        ("when-results", "inquiry"),
        ("outside", "inquiry"),
        ("answer-recorded", "answer"),
        ("withdrawal-received", "withdrawal"),
        ("fix-request", "reply"),
        ("receipt", "reply"),
    ],
)
def test_what_a_letter_was_for(template: str, purpose: str) -> None:
    assert purpose_of(template) == purpose


@pytest.mark.parametrize(
    ("now", "config", "template"),
    [
        pytest.param("2026-03-26 15:59", {}, "fix-request", id="before-the-close"),
        pytest.param("2026-03-26 19:30", {}, "arrival", id="judged-after-it"),
        pytest.param("2026-03-27 10:00", GRACE, "fix-request", id="in-a-grace"),
    ],
)
def test_nothing_is_asked_for_that_would_not_count(now: str, config: Any, template: str) -> None:
    given = facts(form_=form(goal=None), received="2026-03-26 15:50", now=now, config=settings(round_=config))
    found = letter_plan(given, judge(given, content_id="c1"))
    assert found is not None
    assert (found.template, found.purpose, found.not_before) == (template, "reply", None)


@pytest.mark.parametrize(
    ("asked", "done"),
    [
        (step("book", slot=SLOT), ("book", SLOT, None, 1)),
        (step("reschedule", slot=SLOT, booking=BOOKED), ("reschedule", SLOT, 7, 1)),
        (step("cancel", booking=BOOKED), ("cancel", None, 7, 1)),
        (step("offer", offered=(SLOT,)), None),
        (None, None),
    ],
)
def test_what_happens_to_a_slot(asked: ConsultationStep | None, done: Any) -> None:
    given = facts(form_=form()).stepped(asked)
    acts = [
        (one.action, one.slot, one.booking, one.seats)
        for one in decide(given, judge(given, content_id="c1"))
        if one.action in ("book", "reschedule", "cancel")
    ]
    assert acts == ([done] if done else [])


# --- reminders --------------------------------------------------------------------------------------------------------


REMINDING = replace(settings(), file=settings().file.model_copy(update={"reminder": Reminder()}))


def reminded(now: str, *, fix_by: str | None = "2026-03-25 17:00", goal: str | None = None, **more: Any) -> Any:
    known = Known(case_id=1, again="remind", letters=(asking(fix_by),), versions=(version(complete=False),), **more)
    given = facts(mail(files=(file(),)), form_=form(goal=goal), known=known, now=now, config=REMINDING)
    return letter_plan(given, judge(given, content_id="c1"))


@pytest.mark.parametrize(
    ("now", "more", "until"),
    [
        pytest.param("2026-03-16 10:00", {}, "2026-03-25 17:00", id="by-the-day-we-asked"),
        pytest.param("2026-03-25 12:59", {}, "2026-03-25 17:00", id="just-early-enough"),
        pytest.param("2026-03-25 13:00", {}, None, id="too-near-the-day"),
        pytest.param("2026-03-16 10:00", {"fix_by": None}, "2026-03-25 17:00", id="a-letter-that-named-no-day"),
        pytest.param("2026-03-16 10:00", {"goal": "見守りの仕組み"}, None, id="nothing-is-open"),
    ],
)
def test_one_reminder_of_the_same_points_and_day(now: str, more: Any, until: str | None) -> None:
    found = reminded(now, **more)
    if until is None:
        assert found is None
        return
    assert (found.template, found.purpose, found.priority, found.not_before) == ("reminder", "reminder", 20, None)
    assert (found.fix_by, found.valid_until) == (at(until), at(until))


def test_without_a_letter_nothing_is_reminded_of() -> None:
    given = facts(form_=form(goal=None), known=Known(case_id=1, again="remind"), config=REMINDING)
    assert letter_plan(given, judge(given, content_id="c1")) is None


def test_an_office_without_reminders_sends_none() -> None:
    known = Known(case_id=1, again="remind", letters=(asking("2026-03-25 17:00"),), versions=(version(complete=False),))
    given = facts(mail(files=(file(),)), form_=form(goal=None), known=known, now="2026-03-16 10:00")
    assert letter_plan(given, judge(given, content_id="c1")) is None


@pytest.mark.parametrize(
    ("now", "asked", "sent"),
    [
        pytest.param("2026-03-18 10:00", step("remind", booking=BOOKED), True, id="the-day-before"),
        pytest.param("2026-03-19 13:59", step("remind", booking=BOOKED), True, id="just-before"),
        pytest.param("2026-03-19 14:00", step("remind", booking=BOOKED), False, id="it-has-begun"),
        pytest.param("2026-03-18 10:00", step("remind"), False, id="no-appointment-is-left"),
        pytest.param("2026-03-18 10:00", step("nothing", booking=BOOKED), False, id="nothing-to-say"),
        pytest.param("2026-03-18 10:00", None, False, id="no-consultation"),
    ],
)
def test_the_reminder_of_an_appointment(now: str, asked: ConsultationStep | None, sent: bool) -> None:
    given = facts(form_=form(), known=Known(case_id=1, again="appointment"), now=now).stepped(asked)
    found = letter_plan(given, judge(given, content_id="c1"))
    assert (found is not None) == sent
    if found is not None:
        assert (found.template, found.purpose) == ("consultation-remind", "consultation-remind")
        assert (found.valid_until, found.priority, found.not_before) == (BOOKED.start, 20, None)
