"""Several lines of YAML that are out of line for one cause: told once, mended together, so that the search goes on behind them.

In: the lines and the number of the one where reading stopped. Out: `Layout`: the place of the cause and the lines as they were
meant. Nothing that is made up here is used: the file stays refused. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_KEY = re.compile(r"^( {0,80})((?:- +){0,3})([A-Za-z_][\w-]{0,60}|'[^']{1,60}'|\"[^\"]{1,60}\"):(?:\s+(.*))?$")
_ITEM = re.compile(r"^( {0,80})- ")
_BLOCK = re.compile(r"[|>][-+0-9]{0,3}\s*(?:#.*)?$")
FAR = 40  # lines


class Layout(NamedTuple):
    """`line`, `column` from 1."""

    line: int
    column: int
    length: int
    message: str
    hint: str
    mended: Mapping[int, str]
    lost: bool = False  # lines were left out: what they said is not known to be missing


def layout(lines: Sequence[str], number: int) -> Layout | None:
    """What is out of line at or above the line `number` (from 1)."""
    if not 1 <= number <= len(lines):
        return None
    return (
        _text_of_a_block(lines, number)
        or _line_of_a_text(lines, number)
        or _first_out_of_line(lines, number)
        or _below_its_key(lines, number)
        or _item_without_its_sign(lines, number)
        or _item_out_of_line(lines, number)
        or _without_heading(lines, number)
    )


def _said(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _value(match: re.Match[str]) -> str:
    return re.sub(r"(?:^|\s)#.*$", "", match[4] or "").strip()


def _text_of_a_block(lines: Sequence[str], number: int) -> Layout | None:
    """`answer: |` whose text stands no deeper than `answer`."""
    for at in range(number, max(number - FAR, 0), -1):
        match = _KEY.match(lines[at - 1])
        if match is None:
            continue
        if not _BLOCK.match(match[4] or ""):
            if at < number:
                return None
            continue
        depth = len(match[1]) + len(match[2])
        first = next((n for n in range(at + 1, min(at + FAR, len(lines)) + 1) if lines[n - 1].strip()), None)
        if first is None or _indent(lines[first - 1]) > depth or _KEY.match(lines[first - 1]):
            return None
        mended: dict[int, str] = {}
        for n in range(first, min(first + FAR, len(lines)) + 1):
            line = lines[n - 1]
            if _KEY.match(line) or _ITEM.match(line):
                break
            if line.strip():
                mended[n] = " " * (depth + 2) + line.lstrip()
        sign = (match[4] or "|")[0]
        hint = f"`{sign}` の下の文は、どの行も `{match[3]}` より深く、頭に空白を {depth + 2} 個入れて書きます"
        start = _indent(lines[first - 1])
        length = len(lines[first - 1].strip())
        return Layout(first, start + 1, length, f"`{match[3]}: {sign}` の文が字下げされていません", hint, mended)
    return None


def _line_of_a_text(lines: Sequence[str], number: int) -> Layout | None:
    """`when: >` whose text goes on below in a line that stands no deeper than `when`."""
    if _KEY.match(lines[number - 1]) or _ITEM.match(lines[number - 1]):
        return None
    deep: int | None = None
    for at in range(number - 1, max(number - FAR, 0), -1):
        line = lines[at - 1]
        if not line.strip():
            continue
        match = _KEY.match(line)
        if match and _BLOCK.match(match[4] or ""):
            if deep is None or deep <= len(match[1]) + len(match[2]):
                return None
            hint = f"上の行と同じに、頭に空白を {deep} 個入れます。覚え書きなら、行の頭に `# ` を付けます"
            said = f"`{match[3]}: {(match[4] or '|')[0]}` の文の字下げがそろっていません"
            text = lines[number - 1].strip()
            return Layout(number, _indent(lines[number - 1]) + 1, len(text), said, hint, {number: " " * deep + text})
        if match or _ITEM.match(line):
            return None
        deep = _indent(line)
    return None


def _first_out_of_line(lines: Sequence[str], number: int) -> Layout | None:
    """`pattern:` whose first key stands a space deeper, or less deep, than those that follow."""
    above = _said_above(lines, number)
    header = _said_above(lines, above) if above else None
    if above is None or header is None or not _KEY.match(lines[number - 1]):
        return None
    first, part = _KEY.match(lines[above - 1]), _KEY.match(lines[header - 1])
    own = _indent(lines[number - 1])
    if first is None or part is None or first[2] or not _value(first) or _value(part) or _goes_on(_value(first)):
        return None
    depth = len(part[1]) + len(part[2])
    at = len(first[1])
    if own == at or min(own, at) <= depth or abs(own - at) > 2:
        return None
    hint = f"{number}行目の `{_name(lines[number - 1])}` と同じに、頭に空白を {own} 個入れます"
    said = f"`{first[3]}` と、次の行の頭がそろっていません"
    return Layout(above, at + 1, len(first[3]), said, hint, {above: " " * own + lines[above - 1].lstrip()})


def _without_heading(lines: Sequence[str], number: int) -> Layout | None:
    """Lines of a part whose heading (`pattern:`) is gone: deeper than the key above, which has a value of its own."""
    above = _said_above(lines, number)
    match = _KEY.match(lines[above - 1]) if above else None
    own, item = _indent(lines[number - 1]), _ITEM.match(lines[number - 1])
    key = _KEY.match(lines[number - 1])
    if match is None or key is None or not _value(match) or _goes_on(_value(match)):
        return None
    depth = len(match[1]) + len(match[2])
    if own < depth or (own == depth and not item):
        return None
    inside: list[int] = []
    for at in range(number, len(lines) + 1):
        line = lines[at - 1]
        if _said(line) and (_indent(line) < own or (own == depth and _indent(line) == own and not _ITEM.match(line))):
            break
        if _said(line):
            inside.append(at)
    beside = [at for at in inside if _indent(lines[at - 1]) == own]
    if not all(_KEY.match(lines[at - 1]) for at in beside) or (len(beside) < 2 and not (item and len(inside) > 1)):
        return None
    hint = "この上に、まとまりの名前（`名前:`）の行が抜けています。消した行を戻してください"
    if not item:
        hint += f"。上の `{match[3]}` と同じまとまりなら、頭をそろえます（空白 {depth} 個）"
    said = f"`{'- ' if item else ''}{key[3]}` が、値のある `{match[3]}` の中に字下げされています"
    mended = dict.fromkeys(inside, "")
    return Layout(number, len(key[1]) + 1, len(key[2]) + len(key[3]), said, hint, mended, lost=True)


def _goes_on(value: str) -> bool:
    """Whether a value may go on in the lines below it."""
    sign = value[0]
    if sign in "[{":
        return value.count(sign) != value.count("]" if sign == "[" else "}")
    return sign in "|>&*" or (sign in "'\"" and (len(value) < 2 or value[-1] != sign))


def _said_above(lines: Sequence[str], number: int) -> int | None:
    return next((at for at in range(number - 1, max(number - FAR, 0), -1) if _said(lines[at - 1])), None)


def _name(line: str) -> str:
    match = _KEY.match(line)
    return match[3] if match else line.strip()


def _below_its_key(lines: Sequence[str], number: int) -> Layout | None:
    """`expect:` and below it some of its keys no deeper than itself, the others deeper."""
    depth = _indent(lines[number - 1])
    flat: list[int] = []
    for at in range(number - 1, max(number - FAR, 0), -1):
        line = lines[at - 1]
        if not _said(line):
            continue
        match = _KEY.match(line)
        if match is None:
            return None
        column = len(match[1]) + len(match[2])
        if column >= depth or (flat and column != _indent(lines[flat[-1] - 1])):
            return None
        if not _value(match):
            if not flat:
                return None
            first = flat[-1]
            name = (_KEY.match(lines[first - 1]) or match)[3]
            hint = f"`{match[3]}` の中なら、`{name}` の行の頭を、{number}行目と同じ空白 {depth} 個にします"
            mended = {one: " " * depth + lines[one - 1].lstrip() for one in flat}
            said = f"`{match[3]}:` の下の行の字下げがそろっていません"
            return Layout(first, column + 1, len(name), said, hint, mended)
        if match[2]:
            return None
        flat.append(at)
    return None


def _item_without_its_sign(lines: Sequence[str], number: int) -> Layout | None:
    """The keys of a first item whose `- …` line was deleted, above the items that are left."""
    item = _ITEM.match(lines[number - 1])
    if item is None:
        return None
    first: re.Match[str] | None = None
    for at in range(number - 1, max(number - FAR, 0), -1):
        line = lines[at - 1]
        match = _KEY.match(line)
        if not _said(line) or (match is None and _indent(line) > len(item[1])):
            continue
        if match is None or match[2]:
            return None
        if len(match[1]) > len(item[1]):
            first, place = match, at
            continue
        if first is None or _value(match) or len(match[1]) >= len(item[1]):
            return None
        hint = f"`{match[3]}` の中は `- ` で始まる項目の並びです。消した行が残っていれば、ここも消してください"
        mended = {place: f"{item[0]}{lines[place - 1].lstrip()}"}
        said = f"`{first[3]}` の前に、`- ` で始まる行がありません"
        return Layout(place, len(first[1]) + 1, len(first[3]), said, hint, mended)
    return None


def _item_out_of_line(lines: Sequence[str], number: int) -> Layout | None:
    """`- id: x` whose other keys, all alike, don't begin where `id` does."""
    depth = _indent(lines[number - 1])
    above = next((at for at in range(number - 1, max(number - FAR, 0), -1) if _said(lines[at - 1])), None)
    below = next((at for at in range(number + 1, min(number + FAR, len(lines)) + 1) if _said(lines[at - 1])), None)
    if above is None or below is None or not _KEY.match(lines[number - 1]):
        return None
    match = _KEY.match(lines[above - 1])
    if match is None or not match[2] or not _value(match):
        return None
    column = len(match[1]) + len(match[2])
    if column == depth or _indent(lines[below - 1]) != depth:
        return None
    start = max(depth - len(match[2]), 0)
    hint = f"`- ` の前の空白を {start} 個にすると、次の行とそろいます"
    said = f"`- {match[3]}` と、次の行の頭がそろっていません"
    mended = {above: " " * start + lines[above - 1].lstrip()}
    return Layout(above, len(match[1]) + 1, len(match[2]) + len(match[3]), said, hint, mended)
