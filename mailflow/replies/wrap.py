"""Break the lines of a letter where a reader pauses (letters.md: at most 36 full-width columns, at 文節).

In: text as a template gives it, one paragraph a line. Out: the same text, no line wider than `WIDTH` columns unless a
web or mail address is. Continuation lines hang under the text they continue. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import budoux

WIDTH = 72  # columns; a full-width character takes two

_LABEL = re.compile(r"(?P<lead>[ \u3000]*)(?P<label>[^\s\u3000]{1,10}\u3000+)(?=\S)")
_BULLET = re.compile(r"(?P<lead>[ \u3000]*)(?P<mark>[・※] ?|\d{1,2} )(?=\S)")
_LEAD = re.compile(r"[ \u3000]*")
_RUN = re.compile(r"[!-~]+|[^!-~]")
# Never at the head of a line, never at its end (JIS X 4051).
_NO_START = set("、。，．・：；？！）］｝〕〉》」』】〜ー々ゝゞ,.:;?!)]}")
# What BudouX cuts off and a reader would not: 「お知らせ／ください」, 「お電話を／します」.
_ENDINGS = ("ください", "します", "しました", "いたします", "ございます", "おります", "うえ、")
_NO_END = set("（［｛〔〈《「『【([{")


def columns(text: str) -> int:
    """Display width: full-width and ambiguous characters count two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


@lru_cache(maxsize=1)
def _parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def _pieces(text: str) -> list[str]:
    """Phrases that stay together: 文節 from BudouX, ASCII runs whole, punctuation with what it belongs to."""
    pieces: list[str] = []
    for phrase in _parser().parse(text):
        joined = (
            pieces
            and phrase
            and (
                (pieces[-1][-1].isascii() and phrase[0].isascii() and pieces[-1][-1] != " " and phrase[0] != " ")
                or phrase[0] in _NO_START
                or pieces[-1][-1] in _NO_END
                or phrase.startswith(_ENDINGS)
            )
        )
        if joined:
            pieces[-1] += phrase
        else:
            pieces.append(phrase)
    return pieces


def _cut(piece: str, room: int) -> list[str]:
    """A phrase wider than a line, cut between characters; ASCII runs stay whole, those that no line holds are cut too, but
    for what must be copied in one piece: web and mail addresses."""
    lines, line = [], ""
    runs: list[str] = []
    for run in _RUN.findall(piece):
        whole = len(run) <= room or "://" in run or "@" in run
        runs += [run] if whole else [run[at : at + room] for at in range(0, len(run), room)]
    for run in runs:
        if line and columns(line + run) > room and run[0] not in _NO_START:
            lines.append(line)
            line = ""
        line += run
    return [*lines, line]


@lru_cache(maxsize=8192)
def wrap_line(line: str, width: int = WIDTH) -> str:
    """One paragraph. Spaces at its head, a label (「団体名　　」) or a bullet (「・」, 「1 」) set the hanging indent."""
    line = line.rstrip()
    if columns(line) <= width:
        return line
    label = _LABEL.match(line) or _BULLET.match(line)
    head = label.group(0) if label else _LEAD.match(line).group(0)  # type: ignore[union-attr]
    indent = columns(head)
    if indent > width // 2:
        head, indent = "", 0
    hang = "\u3000" * (indent // 2) + " " * (indent % 2)
    room = width - indent
    lines, current = [], ""
    for piece in _pieces(line[len(head) :]):
        if columns(current + piece.rstrip()) <= room:
            current += piece
            continue
        if current:
            lines.append(current)
        *full, current = _cut(piece.lstrip(), room)
        lines += full
    lines.append(current)
    body = [part.rstrip() for part in lines if part.strip()]
    return "\n".join((head if i == 0 else hang) + part for i, part in enumerate(body))


def wrap(text: str, width: int = WIDTH) -> str:
    """The whole letter: every line by `wrap_line`, runs of blank lines as one, one newline at the end."""
    lines = "\n".join(wrap_line(line, width) for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"
