"""The answer of a calendar program to our invitation (iTIP, RFC 5546 §3.2; iMIP, RFC 6047).

In: the text of each text/calendar part. Out: a Request, or None where none is an answer. What it proposes is shown to a person
and never booked by itself; no calendar program is ever answered. Pure; bounded; never raises on what a part says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailflow.model import CalendarAnswer, Request, RequestIntent

MAX_CALENDAR = 100_000
MAX_PARTS = 5

_FOLD = re.compile(r"\r?\n[ \t]")  # RFC 5545 §3.1
_METHOD = re.compile(r"^METHOD:\s?([A-Z-]{3,20})\s*$", re.IGNORECASE | re.MULTILINE)
_UID = re.compile(r"^UID(?:;[^:\r\n]{0,200})?:([^\r\n]{1,300})$", re.IGNORECASE | re.MULTILINE)
_SEQUENCE = re.compile(r"^SEQUENCE:(\d{1,9})\s*$", re.IGNORECASE | re.MULTILINE)
_PARTSTAT = re.compile(
    r"^ATTENDEE[^\r\n]{0,900}?PARTSTAT=\"?(ACCEPTED|DECLINED|TENTATIVE)", re.IGNORECASE | re.MULTILINE
)
_START = re.compile(
    r"^DTSTART[^:\r\n]{0,100}:(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})\d{0,2}(Z?)\s*$", re.IGNORECASE | re.MULTILINE
)
_COMMENT = re.compile(r"^COMMENT[^:\r\n]{0,100}:([^\r\n]{1,300})", re.IGNORECASE | re.MULTILINE)

_INTENTS = {
    ("REPLY", "ACCEPTED"): (CalendarAnswer.ACCEPTED, RequestIntent.ACCEPT),
    ("REPLY", "TENTATIVE"): (CalendarAnswer.TENTATIVE, RequestIntent.ACCEPT),
    ("REPLY", "DECLINED"): (CalendarAnswer.DECLINED, RequestIntent.DECLINE),
    ("COUNTER", None): (CalendarAnswer.COUNTER, RequestIntent.RESCHEDULE),
    ("CANCEL", None): (CalendarAnswer.CANCELLED, RequestIntent.CANCEL),
}
COUNTER = "予定表から別の日時の提案が届きました。"


def read_answer(calendar: Sequence[str]) -> Request | None:
    """What the first part that is an answer says. `uid`: of the booking it is about."""
    for part in calendar[:MAX_PARTS]:
        lines = _FOLD.sub("", part[:MAX_CALENDAR]).replace("\r", "")
        method = _METHOD.search(lines)
        name = method[1].upper() if method else ""
        status = _PARTSTAT.search(lines) if name == "REPLY" else None
        found = _INTENTS.get((name, status[1].upper() if status else None))
        if found is None:
            continue
        answer, intent = found
        uid, sequence = _UID.search(lines), _SEQUENCE.search(lines)
        return Request(
            intent=intent,
            calendar=answer,
            uid=uid[1].strip() if uid else None,
            sequence=int(sequence[1]) if sequence else None,
            unclear=(_proposal(lines),) if answer is CalendarAnswer.COUNTER else (),
        )
    return None


def _proposal(lines: str) -> str:
    """The time proposed, as the part wrote it: its zone may be anything, so a person reads it."""
    start, comment = _START.search(lines), _COMMENT.search(lines)
    said = COUNTER
    if start is not None:
        zone = "（協定世界時）" if start[6] else ""
        said += f"提案：{int(start[2])}月{int(start[3])}日{start[4]}時{start[5]}分{zone}。"
    return said + (f"ことば：{comment[1].strip()}" if comment is not None else "")
