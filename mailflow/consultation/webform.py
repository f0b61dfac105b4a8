"""A notice of the call's own web form, as a request (募集要領 2(4); DESIGN §4 "Kinds").

In: the notice's text, the labels of parties.yaml, when it was received (aware). Out: a Request with the form's own time and the
officer's address. A robot wrote the mail, an officer its values: whatever a value holds, it is read as that value only. A value
given twice in different words, an address that isn't one, a time in the future are not believed. Pure; bounded; never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from unicodedata import normalize

from mailflow.clock import TOKYO
from mailflow.consultation.methods import read_method
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.windows import read_wishes
from mailflow.model import Address, Method, Request, RequestIntent
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_TEXT, MAX_LINES, MAX_VALUE = 30_000, 400, 1_000
CLOCKS_APART = timedelta(minutes=5)
OLDEST = timedelta(days=7)  # a notice that its robot kept longer than that is looked at

_BULLET = re.compile(r"^[\s■●◆◇○・*>|#-]{0,6}(?:(?:Q|問|質問)?\s?\d{1,2}\s?[.)、:]\s?)?")
_BRACKETED = re.compile(r"^[\[【「<]([^\]】」>]{1,40})[\]】」>]\s?[:=]?\s?(.*)$")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,188}[A-Za-z0-9])?")
_PHONE = re.compile(r"[0-9+()\s-]{9,20}")
_TIME = re.compile(
    r"(?:(?P<y>20\d\d)\s?[/.年-]\s?|(?:令和|R)\s?(?P<r>\d{1,2})\s?[/.年-]\s?)(?P<m>\d{1,2})\s?[/.月-]\s?(?P<d>\d{1,2})日?(?:\([^)]{1,4}\))?[\sT]{0,3}(?P<half>午前|午後|AM|PM)?\s?"
    r"(?P<h>\d{1,2})\s?[:時]\s?(?P<min>\d{1,2})(?:\s?[:分]\s?(?P<s>\d{1,2}))?秒?(?:\.\d{1,6})?\s?(?P<half2>AM|PM)?\s?(?P<zone>Z|UTC|[+]\d\d:?\d\d|JST)?",
    re.IGNORECASE,
)


def fields_of(text: str, labels: Mapping[str, Iterable[str]]) -> dict[str, list[tuple[str, str]]]:
    """(label as written, value) by key of parties.yaml, in the notice's order. A line that is only a label has its value on the
    lines below, up to the next label or an empty line."""
    by_label = {folded_label(label): key for key, several in labels.items() for label in several}
    found: dict[str, list[tuple[str, str]]] = {}
    open_value: list[str] | None = None
    for raw in normalize("NFKC", text[:MAX_TEXT]).replace("\r", "").split("\n")[:MAX_LINES]:
        label, value = _split(raw, by_label)
        if label is not None:
            key = by_label[folded_label(label)]
            found.setdefault(key, []).append((label, value))
            open_value = [] if not value else None
            if open_value is not None:
                place = (key, len(found[key]) - 1)
        elif open_value is not None:
            line = raw.strip()
            if not line:
                open_value = None if open_value else open_value
                continue
            open_value.append(line)
            key, number = place
            found[key][number] = (found[key][number][0], "\n".join(open_value)[:MAX_VALUE])
    return found


def _split(raw: str, by_label: Mapping[str, str]) -> tuple[str | None, str]:
    line = _BULLET.sub("", raw.strip(), count=1)[:2_000]
    candidates: list[tuple[str, str]] = []
    if bracketed := _BRACKETED.match(line):
        candidates.append((bracketed[1], bracketed[2]))
    for mark in (":", "\t", "=", "|"):
        before, found, after = line.partition(mark)
        if found:
            candidates.append((before, after))
    candidates.append((line, ""))
    for label, value in candidates:
        if folded_label(label) in by_label:
            return label.strip(), value.strip(" \t:|")[:MAX_VALUE]
    return None, ""


def folded_label(label: str) -> str:
    """Labels are compared without spaces, brackets and marks: 「第１希望（必須）」 is 「第1希望」."""
    plain = normalize("NFKC", label).casefold()
    plain = re.sub(r"\((?:必須|任意|required|[^)]{0,12}選択[^)]{0,6})\)|[*※\s_:]", "", plain)
    return plain.strip("[]【】「」■●・")


def read_notice(
    text: str,
    labels: Mapping[str, Iterable[str]],
    *,
    received_at: datetime,
    consultation: ConsultationFile,
    round_: Round,
) -> Request:
    """What an officer wrote into the form."""
    found = fields_of(text, labels)
    asked_at, doubt = _asked_at(found.get("submitted_at", ()), received_at)
    wishes = read_wishes(
        readable("\n".join(_wishes(found.get("wishes", ())))), asked_at or received_at, consultation, round_
    )
    method = read_method("\n".join(f"方法:{value}" for _, value in found.get("method", ())) or " ")
    unclear = (*doubt, *wishes.unclear)
    return Request(
        intent=RequestIntent.REQUEST,
        method=method or _only_method(found.get("method", ())),
        windows=wishes.windows,
        unclear=unclear,
        topic=_one(found.get("topic", ())),
        phone=_phone(found.get("phone", ())),
        asked_at=asked_at,
        contact=read_contact(found.get("email", ()), found.get("name", ())),
        leaves_open=wishes.leaves_open and not unclear,
        form=True,
    )


def _wishes(values: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Each with its label: 「第1希望: …」 is read as such. What an officer left empty is no wish."""
    for label, value in values:
        if value and value.strip(" -ー—なし無"):
            yield f"{label}:{value}"


def _only_method(values: Iterable[tuple[str, str]]) -> Method | None:
    said = " ".join(value for _, value in values)
    return Method.PHONE if "電話" in said and not re.search(r"オンライン|Web|Teams|Zoom", said, re.IGNORECASE) else None


def _asked_at(values: Iterable[tuple[str, str]], received_at: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    """The form's own time. One that can't be read leaves the mail's; one that can't be true is a person's."""
    times = {made for _, value in values if (made := read_moment(value)) is not None}
    if len(times) != 1:
        return None, ("回答日時が2つあります",) if times else ()
    at = times.pop()
    if at > received_at + CLOCKS_APART or at < received_at - OLDEST:
        return None, ("申込みフォームの回答日時と、通知の届いた時刻が合いません",)
    return min(at, received_at), ()


def read_moment(value: str) -> datetime | None:
    match = _TIME.search(value)
    if match is None:
        return None
    hour = int(match["h"])
    half = (match["half"] or match["half2"] or "").upper()
    if half in ("午後", "PM") and hour < 12:
        hour += 12
    elif half in ("午前", "AM") and hour == 12:
        hour = 0
    zone = (match["zone"] or "").upper()
    year = int(match["y"]) if match["y"] else 2018 + int(match["r"])
    try:
        local = datetime(
            year, int(match["m"]), int(match["d"]), hour, int(match["min"]), int(match["s"] or 0), tzinfo=TOKYO
        )
        if zone in ("Z", "UTC"):
            return local + timedelta(hours=9)
        if zone.startswith("+"):
            return local + timedelta(hours=9) - timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    except ValueError:
        return None
    return local


def read_contact(emails: Iterable[tuple[str, str]], names: Iterable[tuple[str, str]]) -> Address | None:
    """One address, whole, or none: the answer goes there."""
    said = {value.strip().removeprefix("mailto:") for _, value in emails if value.strip()}
    if len({one.casefold() for one in said}) != 1:
        return None
    address = said.pop()
    if _ADDRESS.fullmatch(address) is None:
        return None
    name = _one(names)
    return Address(name=" ".join(name.split())[:60] if name else None, address=address)


def _phone(values: Iterable[tuple[str, str]]) -> str | None:
    one = _one(values)
    found = _PHONE.search(one) if one else None
    return found[0].strip() if found else None


def _one(values: Iterable[tuple[str, str]]) -> str | None:
    said = list(dict.fromkeys(value for _, value in values if value))
    return said[0][:500] if len(said) == 1 else None
