"""Header fields -> addresses, ids, times and hops.

In: `Headers` of the top entity. Out: plain values of `mailflow.model`; times aware, each with the offset that its writer used.
Never raises.

mail-parser decides structure: which mailboxes a field names, which clauses a Received line has, which moment a date is. It
is given the skeleton of the mail: only the fields it is asked about, no body. Characters are ours: each encoded word and
each run of 8-bit or JIS text is handed over as a plain atom and put back afterwards, so that a comma or an angle bracket
inside a decoded name can't become an address, and names that no library decodes (cp932, raw JIS) come out whole. What
mail-parser refuses though people use it (`a..b.@docomo.ne.jp`) is read here, one mailbox per item at most.
"""

from __future__ import annotations

import email.utils
import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import mailparser

from mailflow.mail.charsets import decode
from mailflow.mail.limits import Limits
from mailflow.mail.structure import Headers, note
from mailflow.mail.words import compose, header_text, unfold, visible, word_groups
from mailflow.model import Address, Hop

logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs what headers say; our logs never carry contents

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_ID = re.compile(r"<([^<>]{1,998})>")
_ANGLE = re.compile(r"<\s*([^<>@\s]{1,200}@[^<>\s@,;]{1,253})\s*>")
_BARE = re.compile(r"(?<![^\s<>,;:\"'()\[\]])([^\s<>,;:\"'()\[\]@]{1,200}@[^\s<>,;:\"'()\[\]@]{1,253})")
_ZONE_NAME = re.compile(r"(\d)\s+(JST|KST)\b", re.I)  # RFC 5322 knows no zones of Asia: mail-parser takes them for UTC
_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]{1,255})", re.I)
_FROM = re.compile(r"(?:^|\s)from\s+([^\s;()]{1,255})", re.I)
_ADDRESS_FIELDS = ("from", "to", "cc", "reply-to")
_SUBJECT = 1_000  # characters
_IDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the header says of who wrote to whom, when and by which way."""

    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    received: tuple[Hop, ...]


def sender_and_date(headers: Headers, limits: Limits) -> tuple[Address | None, datetime | None]:
    """What `read_envelope` makes of From and Date, without the rest: a list of mails asks for no more."""
    few = Headers([one for one in headers.fields if one[0] in ("from", "date")])
    envelope = read_envelope(few, limits, [])
    return envelope.sender, envelope.date


def read_envelope(headers: Headers, limits: Limits, defects: list[str]) -> Envelope:
    """Addresses, date and hops. Defects noted: `no-from`, `bad-address`, `no-date`, `bad-date`."""
    masks: dict[str, str] = {}
    lines = []
    for name in _ADDRESS_FIELDS:
        values = headers.all(name)
        if name == "from":
            if len(values) > 1:
                note(defects, "several-from")
            values = values[:1]
        if values:
            lines.append(f"{name}: {', '.join(_masked(value, masks) for value in values)}")
    date_text = _ascii(headers.get("date"))
    if date_text:
        lines.append(f"date: {date_text}")
    hops = [_ascii(value) for value in headers.all("received")[: limits.received]]
    lines += [f"received: {hop}" for hop in hops]
    parsed = mailparser.parse_from_bytes("\r\n".join((*lines, "", "")).encode("ascii", "replace"))

    found = {name: _addresses(parsed, name, masks, limits, defects) for name in _ADDRESS_FIELDS}
    if not found["from"]:
        note(defects, "no-from")
    if len({one.key for one in found["from"]}) > 1:  # servers judge one of them, people see the other
        note(defects, "several-from")
    date = _date(parsed.date, parsed.timezone, date_text)
    if date is None:
        note(defects, "bad-date" if date_text else "no-date")
    return Envelope(
        sender=found["from"][0] if found["from"] else None,
        reply_to=found["reply-to"],
        to=found["to"],
        cc=found["cc"],
        date=date,
        received=_hops(parsed.received, hops),
    )


def subject_of(headers: Headers, defects: list[str]) -> str | None:
    """The subject, decoded; None where there is no such field."""
    raw = headers.get("subject")
    if raw is None:
        note(defects, "no-subject")
        return None
    subject = header_text(raw)
    if len(subject) > _SUBJECT:
        note(defects, "subject-too-long")
        subject = subject[:_SUBJECT]
    if "\ufffd" in subject:
        note(defects, "bad-subject")
    return subject


def ids_of(raw: bytes | None) -> tuple[str, ...]:
    """Message-IDs of a field, with angle brackets, each once, blanks of broken folding taken out."""
    if raw is None:
        return ()
    text = _ascii(raw)
    found = [f"<{''.join(match.split())}>" for match in _ID.findall(text)]
    if not found and "@" in text and " " not in text:
        found = [f"<{text.strip('<>')}>"]  # written without brackets
    return tuple(dict.fromkeys(found))[-_IDS:]


def message_id_of(headers: Headers) -> str | None:
    """The mail's own id; what stands there when it is no id at all; None where nothing does."""
    raw = headers.get("message-id")
    if raw is None:
        return None
    return (ids_of(raw) or (_ascii(raw)[:998] or None,))[0]


def word_of(headers: Headers, name: str) -> str:
    """A field of plain words (Auto-Submitted …) in lower case, "" where absent."""
    return _ascii(headers.get(name)).lower()


def _ascii(raw: bytes | None) -> str:
    if raw is None:
        return ""
    return visible(unfold(raw).decode("ascii", "replace"))


def _masked(raw: bytes, masks: dict[str, str]) -> str:
    """The field with every foreign run replaced by an atom, which `masks` remembers."""
    text = visible(decode(unfold(raw))[0])

    def mask(content: str) -> str:
        atom = f"q{len(masks)}zq7x"
        while atom in text:
            atom += "q"
        masks[atom] = content
        return atom

    out: list[str] = []
    at = 0
    for start, end, content in word_groups(text):
        out += (text[at:start], mask(content))
        at = end
    out.append(text[at:])
    return _FOREIGN.sub(lambda m: mask(m[0]), "".join(out))


def _unmasked(text: str, masks: dict[str, str]) -> str:
    for found in dict.fromkeys(re.findall(r"q\d{1,6}zq7xq*", text)):
        if found in masks:
            text = text.replace(found, masks[found])
    return text


def _addresses(
    parsed: mailparser.MailParser, name: str, masks: dict[str, str], limits: Limits, defects: list[str]
) -> tuple[Address, ...]:
    pairs = list(getattr(parsed, "from_" if name == "from" else name.replace("-", "_")) or [])
    for item in parsed.address_header_defects:
        if item["header"] == name and not item["recovered"] and len(pairs) < limits.addresses:
            pairs.append(_rescued(item["raw"]))
    found = []
    for written, address in pairs[: limits.addresses]:
        if not address:
            continue
        shown = compose(visible(_unmasked(written, masks))).strip()
        if len(shown) > 2 and shown[0] == shown[-1] and shown[0] in "'\"":
            shown = shown[1:-1].strip()
        found.append(Address(name=shown or None, address=visible(_unmasked(address, masks))))
    if any(not item["recovered"] for item in parsed.address_header_defects if item["header"] == name):
        note(defects, "bad-address")
    return tuple(found)


def _rescued(item: str) -> tuple[str, str]:
    """The one mailbox of an item that is no RFC 5322 mailbox; ("", "") where it names none or several."""
    angles = _ANGLE.findall(item[:2_000])
    if len(angles) == 1:
        return item[: item.index("<")].strip(' "\t'), angles[0]
    bare = _BARE.findall(item[:2_000])
    return ("", bare[0]) if len(bare) == 1 and not angles else ("", "")


def _date(moment: datetime | None, offset: str | int, text: str) -> datetime | None:
    if moment is None:
        text = _ZONE_NAME.sub(r"\1 +0900", text[:200])
        try:
            moment = email.utils.parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        if moment.tzinfo is None:
            return None  # a time without a zone is no moment
    elif _ZONE_NAME.search(text):
        zone = timezone(timedelta(hours=9))
        moment = (moment - timedelta(hours=9)).astimezone(zone)
    else:
        with suppress(ValueError, OverflowError):  # an offset of more than a day: the moment counts
            moment = moment.astimezone(timezone(timedelta(hours=float(offset))))
    return moment if 1970 <= moment.year <= 2200 else None


def _hops(parsed: list[dict[str, str]], raw: list[str]) -> tuple[Hop, ...]:
    """Newest first. mail-parser numbers them from the oldest, and keeps the text of those it can't read."""
    hops = []
    for clauses, text in zip(reversed(parsed), raw, strict=False):
        _, _, date = text.rpartition(";")
        by, from_ = clauses.get("by") or _BY.search(text), clauses.get("from") or _FROM.search(text)
        moment = datetime.fromisoformat(clauses["date_utc"]) if clauses.get("date_utc") else None
        at = _received_at(moment, clauses.get("date") or date)
        hops.append(Hop(by=_host(by), from_=_host(from_), at=at))
    return tuple(hops)


def _received_at(moment: datetime | None, text: str) -> datetime | None:
    found = re.search(r"([+-])(\d\d)(\d\d)\b", text)
    hours = (int(found[2]) + int(found[3]) / 60) * (-1 if found[1] == "-" else 1) if found else 0
    return _date(
        moment,
        str(hours),
        re.sub(r"\([^()]*\)", "", text).strip() if moment is None else text.split("(", maxsplit=1)[0],
    )


def _host(clause: str | re.Match[str] | None) -> str | None:
    if clause is None:
        return None
    text = clause if isinstance(clause, str) else clause[1]
    return text.split()[0] if text.split() else None
