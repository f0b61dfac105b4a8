"""The calendar file of a booking (RFC 5545, iTIP RFC 5546, iMIP RFC 6047).

In: an Invitation. Out: the bytes of one VCALENDAR with METHOD REQUEST or CANCEL. Day and time come from the same Slot as the
letter's; the zone is written out (VTIMEZONE), so that no program guesses it. The same input gives the same bytes, since a
person approves them by their hash: `stamped_at` is the caller's. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vCalAddress

from mailflow.clock import tokyo
from mailflow.model import Address

PRODUCT = "-//mailflow//consultation//JA"
FILENAME = "事前相談会.ics"
ZONE = "Asia/Tokyo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """`uid` never changes over moves, `sequence` grows by one with each (RFC 5545 §3.8.7.4)."""

    method: Literal["REQUEST", "CANCEL"]
    uid: str
    sequence: int
    start: datetime
    end: datetime
    stamped_at: datetime
    summary: str
    description: str
    location: str
    organizer: Address
    attendee: Address


def booking_uid(content_id: str, address: str) -> str:
    """The entry's name, made of the mail that asked for it: the same for every attempt at that mail, and nobody's to guess."""
    mark = hashlib.sha256(f"consultation\0{content_id}".encode()).hexdigest()[:32]
    return f"{mark}@{address.rpartition('@')[2]}"


def invitation_file(invitation: Invitation) -> bytes:
    """The .ics, lines folded at 75 octets and ended by CRLF (RFC 5545 §3.1)."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", invitation.method)
    calendar.add_component(_zone())
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.stamped_at)
    event.add("dtstart", tokyo(invitation.start))
    event.add("dtend", tokyo(invitation.end))
    event.add("summary", invitation.summary)
    event.add("description", invitation.description)
    event.add("location", invitation.location)
    event.add("status", "CANCELLED" if invitation.method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("organizer", _person(invitation.organizer))
    attendee = _person(invitation.attendee)
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    attendee.params["PARTSTAT"] = "NEEDS-ACTION"
    attendee.params["RSVP"] = "FALSE" if invitation.method == "CANCEL" else "TRUE"
    event.add("attendee", attendee)
    calendar.add_component(event)
    made: bytes = calendar.to_ical(sorted=False)
    return made


def _person(address: Address) -> vCalAddress:
    person = vCalAddress(f"mailto:{address.address}")
    if address.name:
        # A quote can't stand in a parameter's value at all (RFC 5545 §3.2).
        person.params["CN"] = address.name.replace('"', "'")
    return person


def _zone() -> Timezone:
    """Japan has had no summer time since 1951."""
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("tzid", ZONE)
    standard.add("dtstart", datetime(1951, 9, 9))  # noqa: DTZ001  (local by definition: RFC 5545 §3.6.5)
    standard.add("tzoffsetfrom", timedelta(hours=9))
    standard.add("tzoffsetto", timedelta(hours=9))
    standard.add("tzname", "JST")
    zone.add_component(standard)
    return zone
