"""The .ics of a booking, read back by two parsers that know nothing of each other."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import icalendar
import pytest
import vobject

from mailflow.clock import TOKYO
from mailflow.consultation.invitation import Invitation, booking_uid, invitation_file
from mailflow.model import Address

START = datetime(2026, 3, 19, 13, tzinfo=TOKYO)
INVITATION = Invitation(
    method="REQUEST",
    uid=booking_uid("abc", "office@mailbox.example"),
    sequence=0,
    start=START.astimezone(UTC),
    end=(START + timedelta(minutes=30)).astimezone(UTC),
    stamped_at=datetime(2026, 3, 11, 3, 0, tzinfo=UTC),
    summary="事前相談会（朝日県川原町）［R8-1-999999-S1］",
    description="計画策定支援 1次公募の事前相談会です。\n会議ID　000 000 000 000、パスコード　AbCdEf\n"
    + "長い説明が続きます。" * 30,
    location="オンライン（Microsoft Teams）; 会議室, 第1",
    organizer=Address(name="地域社会DX推進パッケージ事業（計画策定支援）事務局", address="office@mailbox.example"),
    attendee=Address(name='山口 "さくら"; 髙﨑', address="kikaku@town.kawara.example"),
)


def test_icalendar_reads_what_was_meant() -> None:
    event = icalendar.Calendar.from_ical(invitation_file(INVITATION)).walk("VEVENT")[0]
    assert event["UID"] == INVITATION.uid
    assert event.decoded("SEQUENCE") == 0
    assert event.decoded("DTSTART") == START
    assert event.decoded("DTEND") == START + timedelta(minutes=30)
    assert str(event["SUMMARY"]) == INVITATION.summary
    assert str(event["DESCRIPTION"]) == INVITATION.description
    assert str(event["LOCATION"]) == INVITATION.location
    assert str(event["ORGANIZER"]) == "mailto:office@mailbox.example"
    assert event["ATTENDEE"].params["CN"] == "山口 'さくら'; 髙﨑"


def test_a_second_parser_reads_the_same() -> None:
    calendar = vobject.readOne(invitation_file(INVITATION).decode())
    event = calendar.vevent
    assert calendar.method.value == "REQUEST"
    assert event.dtstart.value == START
    assert event.dtend.value == START + timedelta(minutes=30)
    assert event.summary.value == INVITATION.summary
    assert event.description.value == INVITATION.description
    assert event.attendee.params["CN"] == ["山口 'さくら'; 髙﨑"]


def test_lines_are_folded_within_characters_and_ended_by_crlf() -> None:
    made = invitation_file(INVITATION)
    assert made.endswith(b"\r\n")
    lines = made.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line for line in lines)
    for line in lines:
        line.decode()  # a fold never cuts a character in two


def test_the_zone_is_written_out() -> None:
    zone = icalendar.Calendar.from_ical(invitation_file(INVITATION)).walk("VTIMEZONE")[0]
    assert str(zone["TZID"]) == "Asia/Tokyo"
    assert b"DTSTART;TZID=Asia/Tokyo:20260319T130000" in invitation_file(INVITATION)


def test_cancel_keeps_the_entry_and_says_so() -> None:
    made = invitation_file(dataclasses.replace(INVITATION, method="CANCEL", sequence=1))
    calendar = icalendar.Calendar.from_ical(made)
    event = calendar.walk("VEVENT")[0]
    assert (str(calendar["METHOD"]), str(event["STATUS"]), event.decoded("SEQUENCE")) == ("CANCEL", "CANCELLED", 1)
    assert event["UID"] == INVITATION.uid


def test_the_same_booking_gives_the_same_bytes() -> None:
    assert invitation_file(INVITATION) == invitation_file(dataclasses.replace(INVITATION))


@pytest.mark.parametrize(("one", "other", "same"), [("a", "a", True), ("a", "b", False)])
def test_uid_is_the_mails(one: str, other: str, same: bool) -> None:
    assert (booking_uid(one, "x@h.example") == booking_uid(other, "x@h.example")) is same
