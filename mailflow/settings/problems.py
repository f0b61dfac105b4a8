"""What is wrong in a configuration: where, what, how to mend (STYLE "Errors").

`Problem.render()` is what people read; the column counts characters from 1, the caret counts display width (a kanji is
2 wide). Pure. Passwords inside URLs are blotted out of the line shown.

Models say where *inside themselves* something is wrong by raising `Misplaced`; checks across files return `Trouble`s.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Path = tuple[str | int, ...]
Level = Literal["error", "warning"]

_TAB = " " * 4
_SHOWN = 160  # characters of a source line that still fit a window
_URL_PASSWORD = re.compile(r"(://[^\s:/@]{0,200}:)([^\s/]{1,500})(?=@)")


def width(text: str) -> int:
    """Columns that `text` takes on a terminal: wide and full-width characters 2, combining marks 0."""
    total = 0
    for char in text:
        if unicodedata.combining(char):
            continue
        total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total


def blot(text: str) -> str:
    """`text` with the password of every URL replaced by asterisks of the same length."""
    return _URL_PASSWORD.sub(lambda m: m[1] + "*" * len(m[2]), text)


def _visible(text: str) -> str:
    text = text.replace("\t", _TAB)
    return "".join(c if c.isprintable() or c == "\u3000" else "·" for c in text)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place. `line`, `column` count from 1; None where the file as a whole is meant.

    `length`: characters under the caret. `source_line`: the line as written, None where there is none to show.
    """

    file: str
    line: int | None
    column: int | None
    message: str
    hint: str | None = None
    source_line: str | None = None
    severity: Level = "error"
    length: int = 1

    @property
    def place(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)

    def excerpt(self) -> tuple[str, str] | None:
        """The line and the caret line below it, cut to a window around the place. None without a line."""
        if self.source_line is None or self.line is None:
            return None
        line = blot(self.source_line.rstrip("\r\n"))
        start = min(max((self.column or 1) - 1, 0), len(line))
        stop = max(min(start + self.length, len(line)), start + 1)
        before, marked, after = line[:start], line[start:stop], line[stop:]
        if len(line) > _SHOWN:
            before = before if len(before) <= 60 else "…" + before[-60:]
            marked = marked if len(marked) <= 80 else marked[:80]
            after = "" if len(marked) == 80 else after[:40]
        before, marked, after = _visible(before), _visible(marked), _visible(after)
        return before + marked + after, " " * width(before) + "^" * max(width(marked), 1)

    def render(self) -> str:
        """Where, what, the line, a caret, ヒント: the text for a terminal, without a newline at the end."""
        kind = "" if self.severity == "error" else "注意: "
        lines = [f"{self.place}: {kind}{self.message}"]
        excerpt = self.excerpt()
        if excerpt:
            lines += excerpt
        if self.hint:
            lines.append(f"  ヒント: {self.hint}")
        return "\n".join(lines)


class ConfigErrors(Exception):
    """A configuration that can't be used: all problems found in one go, errors first, then by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = in_order(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n\n".join(problem.render() for problem in self.problems)

    def moved(self, folders: dict[str, str]) -> ConfigErrors:
        """The same with the first part of each path as the person knows it (`config` → `/etc/mailflow/config`)."""
        moved = []
        for problem in self.problems:
            head, slash, rest = problem.file.partition("/")
            moved.append(replace(problem, file=folders.get(head, head) + slash + rest))
        return ConfigErrors(moved)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Without repetitions; errors before warnings, then by file, line, column."""
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda p: (p.severity != "error", p.file, p.line or 0, p.column or 0)))


def where_none_is_wrong(warnings: Iterable[Problem], errors: Iterable[Problem]) -> list[Problem]:
    """The warnings without those of lines in which something is wrong: that comes first, and is most often the same cause."""
    wrong = {(one.file, one.line) for one in errors if one.severity == "error"}
    return [one for one in warnings if (one.file, one.line) not in wrong]


class Misplaced(ValueError):
    """A validator's complaint about a key below the model it validates: `Misplaced("…", "rounds", 1, "opens")`.

    pydantic reports it at the model; `at` leads from there to the key. `key`: mark the key, not its value.
    """

    def __init__(self, message: str, *at: str | int, hint: str | None = None, key: bool = False) -> None:
        self.message = message
        self.at: Path = at
        self.hint = hint
        self.key = key
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong at a path of one file, found by a check that sees several files.

    `path`: keys and indices from the top of the YAML. `offset`, `length`: where inside the text of a scalar
    (an expression, a message); `key`: mark the key, not the value.
    """

    path: Path
    message: str
    hint: str | None = None
    offset: int | None = None
    length: int = 1
    key: bool = False
    severity: Level = "error"
    absent: str | None = None  # the template that isn't there: named in many places, it is one cause
