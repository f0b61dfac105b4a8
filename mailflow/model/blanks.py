"""The place in a letter where a person still has to write an answer (situations row 36).

A letter that holds one can't be approved, however the mark was broken, quoted or respelt; words of applicants never hold one. Pure.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

UNWRITTEN = "〔ここに回答を書いてください〕"

_GAP = r"[\s>|]*"  # as mail programs break and quote lines
_WORDS = ("ここに", "〔", "[", "【")


def _spelt(*words: str) -> str:
    return _GAP.join(re.escape(char) for word in words for char in word)


_MARK = re.compile(
    "|".join(
        rf"{_spelt(before)}{_GAP}(?:ご{_GAP})?(?:{_spelt('回答')}|{_spelt('答え')}){_GAP}を{_GAP}(?:お{_GAP})?書{_GAP}[いかき]"
        for before in _WORDS
    )
)
_OTHER = str.maketrans({"［": "[", "〚": "[", "﹝": "〔", "❲": "〔", "＞": ">", "｜": "|"})
_SAID = "（回答欄）"


def unwritten(text: str) -> int:
    """How many answers of a letter a person still has to write."""
    return len(_MARK.findall(_plain(text)))


def without_mark(text: str) -> str:
    """Words of somebody else: what would read as the mark says only what it is called."""
    if "書" not in text or not unwritten(text):
        return text
    return _MARK.sub(_SAID, _plain(text))


def _plain(text: str) -> str:
    return normalize("NFKC", "".join(char for char in text.translate(_OTHER) if category(char) != "Cf"))
