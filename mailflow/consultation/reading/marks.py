"""○, × and △ beside days and times: lists and small tables, written out one day and time a line.

In: plain text of one width. Out: the same with 「3/16 ○10:00-12:00 ×午後」 as 「3/16 10:00-12:00○ 午後×」, and each table of
days against hours as one line a cell. A table whose columns don't fit becomes UNREADABLE. Pure; patterns bounded.
"""

from __future__ import annotations

import re

UNREADABLE = "\x02"
MAX_LINES = 200
_MARK = r"[○◎△▲×✕✖]"
_DAY = r"(?:20\d\d[/年])?(?:\d{1,2}[/月]\d{1,2}日?|\d{1,2}日)(?:\s?\([月火水木金土日](?:曜日?)?(?:[・,]?祝)?\))?"
_TIME = r"\d{1,2}(?::\d{2}|時(?:半|\d{1,2}分)?)"
_HOURS = rf"(?:午前中?|午後|終日|夕方|AM|PM|{_TIME}(?:\s?[~-]\s?(?:{_TIME})?)?)"
_DAYS, _PARTS, _MARKS = re.compile(_DAY), re.compile(_HOURS), re.compile(rf"{_MARK}|(?<=[\s|])-(?=[\s|]|$)")
_PREFIXED = re.compile(rf"({_MARK})\s?({_HOURS})")
_MARKED_DAY = re.compile(rf"({_MARK})\s?({_DAY}[^○◎△▲×✕✖、,\n]{{0,60}})")
_ENDS_MARKED = re.compile(rf"{_MARK}[\s)。、,|]{{0,5}}$")


def written_out(text: str) -> str:
    """The text with every mark behind what it marks."""
    if not re.search(_MARK, text):
        return text
    lines, made, at = text.split("\n"), list[str](), 0
    while at < len(lines):
        rows = _table(lines[at : at + MAX_LINES])
        if rows is not None:
            made += rows[1]
            at += rows[0]
            continue
        line = lines[at]
        if len(_MARKED_DAY.findall(line)) == len(re.findall(_MARK, line)):  # 「×3/16 10時、○3/17 13時」
            line = _MARKED_DAY.sub(r"\2\1", line)
        made.append(line if _ENDS_MARKED.search(line) else _PREFIXED.sub(r" \2\1", line))
        at += 1
    return "\n".join(made)


def _table(lines: list[str]) -> tuple[int, list[str]] | None:
    """How many lines a table takes, and its cells, one a line; None where none begins here."""
    head = lines[0]
    if _MARKS.search(head):
        return None
    days, parts = _DAYS.findall(head), _PARTS.findall(_DAYS.sub(" ", head))
    columns = days if len(days) >= 2 and not parts else parts if len(parts) >= 2 and not days else []
    if not columns:
        return None
    cells: list[str] = []
    taken = 1
    for line in lines[1:]:
        marks = _MARKS.findall(line)
        label = (_PARTS if columns is days else _DAYS).search(line)
        if not marks or label is None:
            break
        taken += 1
        if len(marks) != len(columns):
            return taken, [UNREADABLE]
        for column, mark in zip(columns, marks, strict=True):
            day, part = (column, label[0]) if columns is days else (label[0], column)
            cells.append(f"{day} {part}{'×' if mark == '-' else mark}")
    return (taken, cells) if taken > 1 else None
