"""Amounts as officers write them, in figures: 「1億2千万円」「５百万円」「一万二千人」「￥5,000,000-」「4割」.

In: folded text of a cell, the field's unit (folded). Out: the text with such an amount as a plain number before the unit; as it was where it
holds none. Pure, bounded by the caller; patterns without nested quantifiers. Simple ones (「500万円」) are numbers.py's, which this leaves.
"""

from __future__ import annotations

import re

_NUM = r"[0-9]{1,9}(?:,[0-9]{3}){0,3}(?:\.[0-9]{1,4})?"
_STEP = {"億": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "千": 10**3, "百": 10**2}
_STEPS = "億|千万|百万|十万|万|千|百"
_PARTS = re.compile(rf"(?P<one>{_NUM})(?P<step>{_STEPS})")
_COMPOUND = re.compile(rf"(?<![0-9.,])(?:{_NUM}(?:{_STEPS})){{1,4}}(?:[0-9]{{1,4}})?")
_KANJI = {char: value for value, char in enumerate("〇一二三四五六七八九")}
_KANJI_RUN = re.compile("[一二三四五六七八九十百千万億]{2,16}")
_YEN = re.compile(rf"^[¥\\]({_NUM})(?:-|円|\.-)?$")
_TENTHS = re.compile(r"^(約|およそ|概ね)?([1-9])割(?:(?P<tenth>[1-9])分)?(強|弱)?(程度)?$")


def in_figures(text: str, unit: str) -> str:
    """With the amount as one number, in the field's own unit."""
    if unit == "円" and (yen := _YEN.match(text)):
        return f"{yen[1]}円"
    if unit == "%" and (tenths := _TENTHS.match(text)) and not tenths[4]:
        return f"{int(tenths[2]) * 10 + int(tenths['tenth'] or 0)}%"
    bare = unit.partition("/")[0]
    if not bare or bare[:1] in "万千百億" or "時間" in unit:
        return text
    if not re.search("[0-9]", text):
        text = _KANJI_RUN.sub(lambda run: _of_kanji(run, text, bare), text)
    return _COMPOUND.sub(lambda found: _in_one(found, text, bare), text)


def _in_one(found: re.Match[str], text: str, unit: str) -> str:
    """「1億2千万」 as 120000000, where the unit stands behind it and its steps go down."""
    if not text[found.end() :].startswith(unit):
        return found[0]
    parts = [(float(part["one"].replace(",", "")), _STEP[part["step"]]) for part in _PARTS.finditer(found[0])]
    steps = [step for _, step in parts]
    if steps != sorted(set(steps), reverse=True):
        return found[0]
    rest = re.search(r"(?<=[億万千百])[0-9]{1,4}$", found[0])
    total = sum(number * step for number, step in parts) + (int(rest[0]) if rest else 0)
    return f"{total:.0f}" if float(total).is_integer() else found[0]


def _of_kanji(run: re.Match[str], text: str, unit: str) -> str:
    """「一万二千」 as 12000, where the unit stands behind it."""
    if not text[run.end() :].startswith(unit) or not set(run[0]) & set("百千万億"):
        return run[0]
    total = section = digit = 0
    for char in run[0]:
        if char in _KANJI:
            if digit:
                return run[0]  # 「二三百」 is a guess
            digit = _KANJI[char]
        elif char in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            total += (section + digit or 1) * {"万": 10**4, "億": 10**8}[char]
            section = digit = 0
    return str(total + section + digit)
