"""What a model's pattern asks of a name, in Japanese, where a word breaks it, and how it would fit.

In: the pattern (`^[a-z][a-z0-9-]{1,40}$`) and what was written. Out: `Unfit`, whose offset and length count characters of the
word. Patterns of another build are said by `_OTHERS`, or not at all. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

_SHAPE = re.compile(r"\^(?:\[([^\]]+)\])?\[([^\]]+)\]\{(\d+),(\d+)\}\$")
_RANGES = (("a-z", "英小文字"), ("A-Z", "英大文字"), ("0-9", "数字"))
_SIGNS = {"-": "ハイフン（-）", "_": "下線（_）", ".": "点（.）", ":": "コロン（:）", "+": "プラス（+）"}
_OTHERS = (
    ("^https://", "会議のURLは https:// から、半角で、空白を入れずに書きます"),
    ("^forever$", "`forever` とだけ書けます（消すのは、人が purge を命じたときだけです）"),
    ("^[a-z]+/", "ファイルの種類は application/pdf のように、半角で書きます"),
    (r"^[^\[\]", "シートの名前は31字までで、`[ ] : * ? / \\` を使えません"),
)


class Unfit(NamedTuple):
    message: str
    hint: str | None
    offset: int
    length: int


def unfit(pattern: str, written: str) -> Unfit | None:
    """What is wrong with the word; None for a pattern that nobody has words for."""
    shape = _SHAPE.fullmatch(pattern)
    if shape is None:
        said = next((words for start, words in _OTHERS if pattern.startswith(start)), None)
        return Unfit(f"{said}（今は「{written[:40]}」）", None, 0, len(written)) if said else None
    first, rest = shape[1], shape[2]
    extra = 1 if first else 0
    least, most = int(shape[3]) + extra, int(shape[4]) + extra
    length = f"{least}字から{most}字まで" if least > 1 else f"{most}字まで"
    begins = f"{_said(first)}で始め、" if first and first != rest else ""
    message = f"{begins}{_said(rest)}だけで、{length}で書きます（今は「{written[:40]}」）"
    reason, offset, many = _reason(first or rest, rest, least, most, written)
    meant = fitting(pattern, written)
    example = f"`{meant}` と書けます" if meant else f"例：`{_example(rest)}`"
    return Unfit(message, f"{reason}。{example}", offset, many)


def fitting(pattern: str, written: str) -> str | None:
    """The word as it would fit: half-width, in small letters, with the sign that is admitted; None where it can't be told."""
    shape = _SHAPE.fullmatch(pattern)
    if shape is None:
        return None
    text = unicodedata.normalize("NFKC", written).strip()
    if "A-Z" not in shape[2]:
        text = text.lower()
    joint = "_" if "_" in shape[2] and not shape[2].endswith("-") else "-"
    text = re.sub(r"[\s_./・‐‑–—−ー-]+", joint, text).strip(joint)
    return text if text != written and re.fullmatch(pattern, text) else None


def _reason(first: str, rest: str, least: int, most: int, written: str) -> tuple[str, int, int]:
    """Why it doesn't fit, and where: the first character that may not stand there, else the whole."""
    for at, char in enumerate(written):
        if not re.fullmatch(f"[{first if at == 0 else rest}]", char):
            where = "初めには" if at == 0 and re.fullmatch(f"[{rest}]", char) else ""
            named = "空白" if char.isspace() else f"「{char}」"
            end = at + 1
            while not where and end < len(written) and not re.fullmatch(f"[{rest}]", written[end]):
                end += 1
            return f"{where}{named}は{'' if where else 'ここに'}使えません", at, end - at
    if len(written) < least:
        return f"{len(written)}字では足りません", 0, len(written)
    return f"{len(written)}字あります。{most}字までにしてください", 0, len(written)


def _said(wanted: str) -> str:
    words = [word for sign, word in _RANGES if sign in wanted]
    left = wanted
    for sign, _ in _RANGES:
        left = left.replace(sign, "")
    return "・".join([*words, *(_SIGNS.get(one, one) for one in left)])


def _example(rest: str) -> str:
    if "_" in rest and not rest.endswith("-"):
        return "due_date"
    return "R8-1" if "A-Z" in rest else "late-form"
