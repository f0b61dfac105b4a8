"""The offer of ours that an answer quotes, with or without a mark of quoting: its slots, and what was written beside one. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from unicodedata import normalize

from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.windows import read_wishes
from mailflow.consultation.reading.words import any_of
from mailflow.model import Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_TEXT = 20_000
_OUR_DAY = r"令和\d{1,2}年\d{1,2}月\d{1,2}日\([月火水木金土日]\)\d\d時\d\d分"
_OUR_LINE = re.compile(rf"\s{{0,8}}[1-5]\s{{1,4}}{_OUR_DAY}[~〜～]\d\d時\d\d分\s{{0,5}}")
_OUR_LIMIT = re.compile(rf"\s{{0,8}}{_OUR_DAY}までにお願いします。\s{{0,5}}")
NUMBERED_DAY = re.compile(r"^(\s{0,8}(?:候補)?[1-9１-９])(?=\s?[（(][月火水木金])", re.MULTILINE)
_QUOTED_SLOT = re.compile(r"[>\s|]{0,12}\(?([1-9])[).:、]?\s{1,4}(.{6,100})$")
_MARKED = re.compile(
    r"(?:\d分|\d{2}|\))\s{0,4}"
    + any_of(
        r"[←⇐<]-?\s?[^×\n]{0,12}(?:お?願い|希望|こちら|これ)",  # 「←こちらでお願いします」
        r"[○◎](?:\s|$)",
    )
)


def offered_days(
    full_text: str, new_text: str, received_at: datetime, consultation: ConsultationFile, round_: Round
) -> list[Window]:
    """The numbered slots of the offer that the mail quotes, in its numbering."""
    if len(full_text) <= len(new_text) + 5:
        return []
    offered: list[Window] = []
    for line in full_text[:MAX_TEXT].split("\n"):
        found = _QUOTED_SLOT.match(normalize("NFKC", line[:120]))
        if found and int(found[1]) == len(offered) + 1:
            windows = read_wishes(readable(found[2]), received_at, consultation, round_).windows
            if len(windows) == 1:
                offered.append(windows[0])
    return offered


def marked_slot(full_text: str) -> int | None:
    """The one slot of the quoted offer behind which 「←こちらでお願いします」 or ○ was written."""
    lines = (_QUOTED_SLOT.match(normalize("NFKC", line[:120])) for line in full_text[:MAX_TEXT].split("\n"))
    marked = [int(one[1]) for one in lines if one and _MARKED.search(one[2])]
    return marked[0] if len(marked) == 1 else None


def without_our_offer(new_text: str) -> str:
    """The numbered lines of our own letter, left below an answer without any mark of quoting, are no wishes."""
    lines = new_text.split("\n")
    ours = [number for number, line in enumerate(lines) if _OUR_LINE.fullmatch(normalize("NFKC", line[:100]))]
    if len(ours) < 2:
        return new_text
    gone = {
        *ours,
        *(number for number, line in enumerate(lines) if _OUR_LIMIT.fullmatch(normalize("NFKC", line[:100]))),
    }
    return "\n".join("" if number in gone else line for number, line in enumerate(lines))
