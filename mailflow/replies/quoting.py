"""Applicants' words inside a letter of ours (DESIGN §10): one line, bounded, nothing hidden, nothing to click. Pure.

In: anything a mail or a form may hold. Out: text for one place of a letter. Never raises. What is kept and what is not
is docs/decisions/0040: spelling is kept (髙, 𠮷, IVS, half-width), control and invisible characters go, addresses of web pages
are named instead of repeated, quotation marks inside quotation marks become 『』.
"""

from __future__ import annotations

import re
import unicodedata

from mailflow.model import without_mark

URL = "（URL）"

_BLANKS = frozenset({"Cc", "Zl", "Zp", "Zs"})
_GONE = frozenset({"Cf", "Cs", "Cn"})
# Letters and marks that show nothing: fillers of Hangul and Mongolian, the grapheme joiner, the empty braille cell.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_MAX_MARKS = 4  # combining marks on one character: an IVS, a dakuten; not a tower of them
_URL = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]{1,20}\s?[:：]\s?[/／]{2}|(?<![A-Za-z0-9])www\s?[.．])[^\s\u3000、。「」（）]{0,2000}"
)
_SCHEME = re.compile(r"(?:javascript|data|mailto|tel|file)\s?[:：]", re.IGNORECASE)
MARKS = str.maketrans("「」", "『』")
# What a department or a person is called: letters, digits, and the marks that names of sections hold.
_CALLED = re.compile(r"[^\W_]+(?:[ \u3000・･、，,／/＆&（）()－~〜‐‑–-]{1,3}[^\W_]+){0,12}[）)]?")
_ADDRESS = re.compile(r"[@＠:：<>＜＞?？〓\ufffd]")


def one_line(text: str, limit: int = 200) -> str:
    """No line breaks, control or invisible characters; runs of blanks as one; bounded. For subjects too."""
    kept: list[str] = []
    marks = 0
    for c in text[: limit * 8]:
        kind = unicodedata.category(c)
        if kind in _GONE or c in _INVISIBLE:
            continue
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if marks > _MAX_MARKS:
            continue
        blank = kind in _BLANKS and c != "\u3000"
        kept.append(" " if blank else c)
    clean = re.sub(r"[ \u3000]{2,}", lambda run: "\u3000" if "\u3000" in run[0] else " ", "".join(kept)).strip(
        " \u3000"
    )
    clean = without_mark(clean)
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip(" \u3000") + "…"


def unlinked(text: str) -> str:
    """Web addresses as 「（URL）」: a letter in the ministry's name carries no link that an applicant chose."""
    return _SCHEME.sub(lambda found: found[0][:-1].rstrip() + "・", _URL.sub(URL, text))


def said(text: str | None, limit: int = 100) -> str:
    """Words of an applicant, as they stand in a sentence of ours."""
    return one_line(unlinked(one_line(text or "", limit * 4)), limit)


def quoted(text: str, limit: int = 100) -> str:
    """「A・B」: the words between quotation marks; marks inside become 『』."""
    return f"「{said(text, limit).translate(MARKS)}」"


def calling(text: str, limit: int = 40) -> str:
    """A department's or person's name for an address line, "" where it is none: a sentence, an address, something that a
    gateway spoilt (? or 〓). Spelled as written."""
    name = one_line(text, 200)
    if not name or len(name) > limit or _ADDRESS.search(name):
        return ""
    plain = "".join(c for c in name if unicodedata.category(c) not in ("Mn", "Co"))
    return name if _CALLED.fullmatch(plain) and not any(mark in name for mark in ("。", "//", "www")) else ""
