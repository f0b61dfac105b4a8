"""Choices drawn with marks: 「☑可　□不可」「A ・ Ⓑ」「（○）可（　）不可」.

In: text of a cell, the choices. Out: the ticked ones. Pure; the caller bounds the text.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.forms.grid import CellValue
from mailflow.forms.spelling import Table, one, table_of, word_for_word
from mailflow.forms.text import fold
from mailflow.settings.form import Choice

_TICKED, _RINGED, _UNTICKED = "☑☒✓✔✅■●◉◎⦿", "○〇◯", "□☐◻▢×✕✗"
_MARKED = re.compile(
    rf"(?:([{_TICKED}{_RINGED}{_UNTICKED}])|\[([\sxXvVレ✓])\]|\(([\sxXvVレ✓○])\)|(?:(?<=\s)|^)([レﾚ✓vV])(?=[\s　]|(?:[^\s\w]|[^ァ-ン])))"
)
_CIRCLED_LETTER = re.compile("[Ⓐ-Ⓩⓐ-ⓩ]")


def is_mark(cell: CellValue) -> bool:
    """A cell that holds nothing but a drawn mark, ticked or not."""
    return (
        isinstance(cell, str) and len(cell.strip()) == 1 and cell.strip() in _TICKED + _RINGED + _UNTICKED + "レﾚvVxX"
    )


def is_tick(cell: CellValue) -> bool:
    return is_mark(cell) and str(cell).strip() in _TICKED + _RINGED + "レﾚvVxX"


_BETWEEN = " 　・、,/／:：\n"
# 「（○）可（　）不可」: a mark in brackets, or the room for one.
_IN_BRACKETS = re.compile(r"[(（\[［〔【]([○◯〇レﾚ✓✔☑■●xXvV])?[\s　]{0,6}[)）\]］〕】]")
_BOXES = re.compile("[□☐◻☑☒■]")


def drawn(text: str, choices: tuple[Choice, ...]) -> list[str] | None:
    """The choices ticked in a drawing of all of them: 「☑可　□不可」, 「A ・ Ⓑ」. None where nothing is drawn."""
    table = table_of(choices)
    if ringed := _CIRCLED_LETTER.findall(text):
        letters = {normalize("NFKC", letter).casefold() for letter in ringed}
        return [value for value in table.values if fold(value) in letters]
    if not _BOXES.search(text):
        text = _IN_BRACKETS.sub(lambda found: "☑" if found[1] else "□", text)
    marks = list(_MARKED.finditer(text))
    pairs: list[tuple[str, str]] = []
    # 「A☑ B□」「A○・B」: the marks stand behind, where the text begins with a choice and ends with a mark, or where each
    # clings to what stands before it.
    first = bool(marks) and marks[0].start() > len(text) - len(text.lstrip())
    behind = first and (text[marks[-1].end() :].strip() == "" or all(_clings_back(text, mark) for mark in marks))
    if first and not behind and any(_clings_back(text, mark) for mark in marks):
        return None  # 「A○ ○B」: which is meant is not for us to say
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        if behind:
            begin = marks[index - 1].end() if index else 0
            line = text[begin : mark.start()].strip(_BETWEEN)
            option = re.split(r"[\n/／]|[\s　]{2,}", line)[-1].strip(_BETWEEN)
            value = (
                word_for_word(line, table) or one(re.split(r"[\s　・、,]+", option)[-1], table) or one(option, table)
            )
        else:
            line = text[mark.end() : end].strip(_BETWEEN)
            option = re.split(r"[\n/／]|[\s　]{2,}", line)[0].strip(_BETWEEN)
            value = word_for_word(line, table) or one(option, table) or one(option.split()[0] if option else "", table)
        value = value or _begins(option, table)
        if value is not None:
            pairs.append((mark[1] or mark[2] or mark[3] or mark[4], value))
    if not pairs:
        return None
    ticked = [value for mark, value in pairs if mark in _TICKED + "xXvVレﾚ✓"]
    ringed_values = [value for mark, value in pairs if mark in _RINGED]
    if ticked:
        return ticked
    if ringed_values and (len(ringed_values) < len(pairs) or len(pairs) < len(choices)):
        return ringed_values
    return []


def _clings_back(text: str, mark: re.Match[str]) -> bool:
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    apart = " 　・、,/／\n"
    return bool(before) and before not in apart and (not after or after in apart)


def _begins(text: str, table: Table) -> str | None:
    """The choice whose spelling a text begins with, the longest first: 「その他（住民説明会）」."""
    folded = fold(text)
    return next((value for word, value in table.longest if len(word) > 1 and folded.startswith(word)), None)
