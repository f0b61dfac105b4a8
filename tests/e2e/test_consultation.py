"""The talk about a slot by mail alone, over a real mailbox and a real SMTP server: request, offer, number, move, calendar
program, cancellation. Each calendar file is read by two parsers that know nothing of each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import icalendar
import pytest
import vobject

from mailflow.clock import TOKYO
from tests.e2e.office import Office
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import Accepted, SmtpSink

OFFICE = "mic.dx.shinsei@jp.ey.com"
IIDA, MATSUKAWA = "山口 さくら <kikaku@city.iida.lg.jp>", "池田 一郎 <kikaku@town.matsukawa.lg.jp>"
FIRST = datetime(2026, 3, 19, 9, 0, tzinfo=TOKYO)  # a Thursday; the next day is a holiday


class Talk:
    """Officers write, the office works, letters come back."""

    def __init__(self, office: Office, mailbox: Mailbox, sink: SmtpSink) -> None:
        self.office, self.mailbox, self.sink = office, mailbox, sink
        self.at, self.seen = FIRST, 0

    def write(self, text: str, sender: str, answers: EmailMessage | None = None, calendar: str | None = None) -> None:
        self.at += timedelta(minutes=1)
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Date"] = sender, OFFICE, format_datetime(self.at)
        mail["Subject"] = f"Re: {answers['Subject']}" if answers is not None else "事前相談会の申込み"
        mail["Message-ID"] = f"<{self.at:%H%M}@applicant.example>"
        if answers is not None:
            mail["In-Reply-To"] = mail["References"] = answers["Message-ID"]
        mail.set_content(text)
        if calendar is not None:
            mail.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
        self.mailbox.server.append(self.mailbox.user, mail.as_bytes(), self.at, "INBOX")

    def letters(self) -> list[Accepted]:
        """What leaves once everything that waits is approved."""
        self.office.once()
        self.office.ok("drafts", "approve", "--all")
        self.office.once()
        new = self.sink.accepted()[self.seen :]
        self.seen += len(new)
        return new

    def booked(self) -> list[tuple[str, str, str]]:
        return [(row["start"][5:16], row["state"], row["method"]) for row in self.office.rows("bookings", "bookings")]


def entry(letter: EmailMessage) -> tuple[str, str, int, datetime, datetime]:
    """(method, uid, sequence, start, end) of the calendar file, the same to both parsers."""
    (part,) = [one for one in letter.walk() if one.get_content_type() == "text/calendar"]
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n")), "RFC 5545 §3.1"
    calendar = icalendar.Calendar.from_ical(raw)
    (event,) = calendar.walk("VEVENT")
    other = vobject.readOne(raw.decode())
    found = (
        str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]),
        event.decoded("DTSTART"), event.decoded("DTEND"),
    )  # fmt: skip
    assert found == (
        other.method.value, other.vevent.uid.value, int(other.vevent.sequence.value),
        other.vevent.dtstart.value, other.vevent.dtend.value,
    )  # fmt: skip
    assert part.get_param("method") == found[0]
    assert str(event["ORGANIZER"]) == f"mailto:{OFFICE}"
    assert str(event["ATTENDEE"]) == "mailto:kikaku@city.iida.lg.jp"
    assert str(event["SUMMARY"]).startswith("事前相談会（長野県飯田市）")
    assert event["DTSTART"].params["TZID"] == "Asia/Tokyo"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Tokyo"]
    # Letter and file name one day and one time.
    body = letter.get_body(("plain",))
    assert body is not None
    start = found[3].astimezone(TOKYO)
    assert f"{start.month}月{start.day}日" in body.get_content()
    assert f"{start:%H時%M分}" in body.get_content()
    return found


@pytest.mark.timeout(600)
@pytest.mark.long
def test_the_whole_talk(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    office = Office(
        tmp_path / "office", mailbox.server.url(mailbox.user), smtp_sink.url, now="2026-03-19T10:00:00+09:00"
    )
    talk = Talk(office, mailbox, smtp_sink)

    talk.write("長野県飯田市です。3/23(月)14時から、オンラインでお願いします。", IIDA)
    talk.write("長野県松川町です。3/23(月)14時から、オンラインでお願いします。", MATSUKAWA)
    first = {one.message["Subject"][:8]: one.message for one in talk.letters()}
    confirmed, offer = first["【日時の確定】3"], first["【日程の候補】計"]
    assert talk.booked() == [("03-23T14:00", "booked", "online")]
    request = entry(confirmed)
    assert (request[0], request[2], request[3].astimezone(TOKYO)) == ("REQUEST", 0, FIRST.replace(day=23, hour=14))

    numbered = offer.get_body(("plain",)).get_content()
    second = next(line.split()[1] for line in numbered.splitlines() if line.strip().startswith("2"))
    talk.write("2、だめなら3でお願いします。", MATSUKAWA, offer)
    talk.write("やっぱり電話でお願いします。番号は0265-22-4511です。", IIDA, confirmed)
    letters = {one.message["To"]: one.message for one in talk.letters()}
    assert len(letters) == 2
    assert len(talk.booked()) == 2
    assert second in next(
        body
        for to, one in letters.items()
        if "matsukawa" in to
        for body in [one.get_content() if not one.is_multipart() else one.get_body(("plain",)).get_content()]
    )
    by_phone = next(one for to, one in letters.items() if "iida" in to)
    assert entry(by_phone)[:3] == ("REQUEST", request[1], 1)
    assert "0265-22-4511" in by_phone.get_body(("plain",)).get_content()

    yes = (
        "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{request[1]}\r\nSEQUENCE:1\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:kikaku@city.iida.lg.jp\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    talk.write("", IIDA, by_phone, calendar=yes)
    talk.write("今回の事前相談は取り消しでお願いします。", IIDA, by_phone)
    # The calendar program gets none; the other town is reminded of Monday on the business day before it.
    letters = {one.message["To"]: one for one in talk.letters()}
    assert len(letters) == 2
    cancelled = next(one for to, one in letters.items() if "iida" in to)
    assert next(one for to, one in letters.items() if "matsukawa" in to).message["Subject"].startswith("【ご確認】")
    assert entry(cancelled.message)[:3] == ("CANCEL", request[1], 2)
    assert sorted(state for _, state, _ in talk.booked()) == ["booked", "cancelled"]
    assert len(smtp_sink.accepted()) == 6
