"""What two spellings of one name have in common, for comparing only: a folded text is never shown or stored as a name.

In: any text. Out: text. Pure, linear in the text, never raises. `squeeze` undoes width and spacing alone;
`fold` also letter case, kana kind, dashes, kinds of brackets, ideographic variation selectors (UTS #37) and, given the
groups of `char_folds.csv`, old and new forms of a character (龍・竜, ヶ・ケ・が).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Protocol

_OPENING, _CLOSING = "【〔［[（(「『｢〈《＜<≪«", "】〕］]）)」』｣〉》＞>≫»"
_DASHES = "-‐‑‒–—―−─━ーｰ﹣－"  # the prolonged sound mark too: people type either for the other
_TILDES = "~〜～∼˜"
_SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
_INVISIBLE = (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xAD, 0xFEFF, 0x180E, 0x3164)
_SPACES = (
    *range(0x21),
    *range(0x7F, 0xA1),
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
)

_SQUEEZE: Mapping[int, str | None] = dict.fromkeys((*_INVISIBLE, *_SPACES))
_BRACKETS: Mapping[int, str] = {**dict.fromkeys(map(ord, _OPENING), "【"), **dict.fromkeys(map(ord, _CLOSING), "】")}
_KATAKANA = {code: chr(code + 0x60) for code in range(0x3041, 0x3097)}
_FOLD: Mapping[int, str | None] = {
    **_SQUEEZE,
    **dict.fromkeys(_SELECTORS),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _TILDES), "~"),
    **_BRACKETS,
    **_KATAKANA,
}


class Group(Protocol):
    """A row of `char_folds.csv`: each character of `others` is taken as `canonical`."""

    @property
    def canonical(self) -> str: ...
    @property
    def others(self) -> str: ...


Table = Mapping[int, str | None]


def fold_table(groups: Iterable[Group] = ()) -> Table:
    """The table for `fold` with these character groups. Kana of a group count in both kinds."""
    table = dict(_FOLD)
    for group in groups:
        canonical = group.canonical.translate(_KATAKANA)
        for other in group.others:
            table[ord(other)] = canonical
    for code, katakana in _KATAKANA.items():
        table[code] = table.get(ord(katakana), katakana)  # け with ケ, where the rows name only one of them
    return table


def squeeze(text: str) -> str:
    """NFKC without spaces and invisible characters: 「ﾆｾｺ　町」 is 「ニセコ町」."""
    return unicodedata.normalize("NFKC", text).translate(_SQUEEZE)


def fold(text: str, table: Table = _FOLD) -> str:
    """For comparing: what `squeeze` does, and case, kana, dashes, brackets, selectors, the groups in `table`."""
    return unicodedata.normalize("NFKC", text).casefold().translate(table)


def plain_brackets(text: str) -> str:
    """NFKC with one space between words and 【】 for every kind of bracket."""
    normal = unicodedata.normalize("NFKC", text).translate(dict.fromkeys(_INVISIBLE))
    return " ".join(normal.translate(_BRACKETS).split())
