"""The exact bytes of a letter (RFC 5322, 2045, 2231, 3834), made once when its first attempt is claimed (DESIGN §5).

In: the approved content and what only the claim knows (Message-ID, Date, boundary mark). Out: bytes with CRLF, ASCII
only, no line over 998 octets: any server takes them without 8BITMIME or SMTPUTF8. Pure: the same input gives the same
bytes. Raises ValueError on content that can't be mailed (an address that is not ASCII, no recipient).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr

from mailflow.clock import tokyo
from mailflow.model import Address, Draft, Part
from mailflow.recipients import mailable

CRLF = "\r\n"
_METHOD = re.compile(rb"METHOD:(REQUEST|CANCEL)\r\n")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}>")


def build_mime(draft: Draft, *, message_id: str, at: datetime, mailflow_id: str) -> bytes:
    """The whole mail. `message_id` with angle brackets; `at` aware; `mailflow_id` the token of X-Mailflow-Id."""
    if not draft.to:
        raise ValueError("a letter without a recipient")
    headers = [
        ("From", _addresses([draft.sender])),
        ("To", _addresses(draft.to)),
        *([("Cc", _addresses(draft.cc))] if draft.cc else []),
        ("Subject", _words(draft.subject)),
        ("Date", format_datetime(tokyo(at))),
        ("Message-ID", message_id),
        *([("In-Reply-To", draft.in_reply_to)] if _is_id(draft.in_reply_to) else []),
        *([("References", _fold_ids(draft.references))] if any(map(_is_id, draft.references)) else []),
        ("Auto-Submitted", "auto-replied" if draft.in_reply_to else "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Mailflow-Id", mailflow_id),
        ("MIME-Version", "1.0"),
    ]
    boundary = f"=_mailflow_{mailflow_id}"
    body = _text_part("plain", draft.text)
    if draft.html is not None:
        body = _multipart("alternative", f"{boundary}_a", [body, _text_part("html", draft.html)])
    if draft.parts:
        body = _multipart("mixed", f"{boundary}_m", [body, *(_file_part(part) for part in draft.parts)])
    return (CRLF.join(f"{name}: {value}" for name, value in headers) + CRLF + body).encode("ascii")


def _is_id(value: str | None) -> bool:
    return value is not None and _MESSAGE_ID.fullmatch(value) is not None


def _fold_ids(ids: Sequence[str]) -> str:
    return f"{CRLF} ".join(one for one in ids if _is_id(one))


def _words(text: str) -> str:
    """RFC 2047 words, never cut inside a character, folded at 76."""
    if text.isascii():
        return Header(text, "us-ascii", maxlinelen=76).encode(linesep=CRLF)
    return Header(text, "utf-8", maxlinelen=70).encode(linesep=CRLF)


def _addresses(addresses: Sequence[Address]) -> str:
    return f",{CRLF} ".join(_address(one) for one in addresses)


def _address(one: Address) -> str:
    if not mailable(one.address):
        raise ValueError(f"not an address that can be mailed: {one.address!r}")
    if not one.name:
        return one.address
    name = " ".join(one.name.split())
    if name.isascii():
        return formataddr((name, one.address))
    return f"{_words(name)}{CRLF} <{one.address}>"


def _text_part(subtype: str, text: str) -> str:
    """UTF-8 as base64: quoted-printable triples Japanese and some gateways refold 8-bit text."""
    lines = text.replace("\r\n", "\n").replace("\n", CRLF).encode()
    return f'Content-Type: text/{subtype}; charset="utf-8"{CRLF}Content-Transfer-Encoding: base64{CRLF}{CRLF}{_base64(lines)}'


def _base64(data: bytes) -> str:
    encoded = base64.b64encode(data).decode("ascii")
    return CRLF.join(encoded[i : i + 76] for i in range(0, len(encoded), 76)) + CRLF


def _multipart(subtype: str, boundary: str, bodies: Sequence[str]) -> str:
    opening = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{CRLF}{CRLF}'
    return opening + "".join(f"--{boundary}{CRLF}{body}" for body in bodies) + f"--{boundary}--{CRLF}"


def _file_part(part: Part) -> str:
    """RFC 2231 `filename*` for those who keep to it, RFC 2047 in `name` for the older readers many towns use."""
    star = "".join(chr(b) if _plain(b) else f"%{b:02X}" for b in part.filename.encode())
    pieces = _whole_triplets(star, 60)
    if len(pieces) == 1:
        filename = f"{CRLF} filename*=utf-8''{star}"
    else:
        marked = [
            f"filename*{i}*={chr(39).join(['utf-8', '', '']) if i == 0 else ''}{piece}"
            for i, piece in enumerate(pieces)
        ]
        filename = f"{CRLF} " + f";{CRLF} ".join(marked)
    words = _words(part.filename.replace('"', "'"))
    return (
        f'Content-Type: {part.content_type};{_parameters(part)}{CRLF} name="{words}"{CRLF}'
        f"Content-Transfer-Encoding: base64{CRLF}"
        f"Content-Disposition: attachment;{filename}{CRLF}{CRLF}{_base64(part.content)}"
    )


def _parameters(part: Part) -> str:
    """A calendar says its method again outside (RFC 6047 §2.4): Outlook and Google show it as an invitation by that."""
    method = _METHOD.search(part.content[:400]) if part.content_type == "text/calendar" else None
    return f" charset=utf-8; method={method[1].decode()};" if method else ""


def _plain(byte: int) -> bool:
    return (byte < 128 and chr(byte).isalnum()) or chr(byte) in "-._~"


def _whole_triplets(text: str, size: int) -> list[str]:
    """Cut percent-encoded text without cutting a %XX."""
    pieces = []
    while text:
        cut = size
        if "%" in text[cut - 2 : cut] and len(text) > cut:
            cut = text.rindex("%", 0, cut)
        pieces.append(text[:cut])
        text = text[cut:]
    return pieces
