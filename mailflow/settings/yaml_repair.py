"""A line of YAML that can't be read, made readable, so that the lines after it are looked at too.

`repairs` proposes what the line was meant to be, likeliest first; the reader takes the first with which it gets further.
The number of lines never changes. What is made up here is never used: the file stays refused, only the search goes on.
Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailflow.settings.schema import key_names

_WIDE_COLON = re.compile(r"^([\s\-]{0,80}[^\s#'\"：]{1,60})：[ \u3000]*")
_WIDE_AFTER = re.compile(r"^([\s\-]{0,80}[^\s#'\":]{1,60}:)[ \u3000]*\u3000[ \u3000]*")
_NO_SPACE = re.compile(r"^([\s\-]{0,80}[A-Za-z_][\w-]{0,60}:)(?=[^\s:/])")
_DASH = re.compile(r"^(\s{0,80}-)(?=[^\s-])")
_KEY_VALUE = re.compile(r"^([\s\-]{0,80}[^\s#'\":]{1,60}:[ \t]+)(.*)$")
_NO_COLON = re.compile(r"^([ \-]{0,80})([A-Za-z_][\w-]{0,60})(?:[ \t]+(?![#=<>!])(\S.*))?[ \t]*$")
_SIGN_IN_LIST = re.compile(r"([\[,]\s*)([*&@%`!][^\s,\]'\"][^,\]'\"]*)(?=[,\]])")
_ITEM = re.compile(r"^(\s{0,80}- +)(.*)$")


def without_colon(line: str) -> re.Match[str] | None:
    """`  - id own-mail`, `offers`: a key whose colon was forgotten; (indent, key, value). Other words are text that goes on."""
    match = _NO_COLON.match(line.split(" #", maxsplit=1)[0].rstrip())
    return match if match and match[2] in key_names() else None


def repairs(line: str, before: str | None) -> Iterator[tuple[str, bool]]:
    """(the line as it may have been meant, whether something of it is lost). `before`: the nearest line above that says
    something."""
    if match := without_colon(line):
        yield f"{match[1]}{match[2]}: {match[3] or ''}".rstrip(), False
    if ":" not in line and "：" not in line and not line.lstrip().startswith("-"):
        yield "", True  # a remark, most likely: put anywhere else it would become part of another value
        return
    wide = line.replace("\u3000", "  ") if line[: len(line) - len(line.lstrip())].count("\u3000") else line
    white = wide[: len(wide) - len(wide.lstrip())]
    indent = len(before) - len(before.lstrip(" ")) if before is not None else 0
    if "\t" in white:
        yield " " * indent + wide.lstrip(), False
        yield wide.expandtabs(4), False
    candidates = [wide]
    for pattern, put in ((_WIDE_COLON, r"\1: "), (_WIDE_AFTER, r"\1 "), (_DASH, r"\1 "), (_NO_SPACE, r"\1 ")):
        candidates += [pattern.sub(put, one, count=1) for one in candidates]
    for one in dict.fromkeys(reversed(candidates)):
        if one != line:
            yield one, False
    quoted = _SIGN_IN_LIST.sub(r"\1'\2'", candidates[-1])
    if quoted != candidates[-1]:
        yield quoted, False
    for pattern in (_KEY_VALUE, _ITEM):
        if match := pattern.match(candidates[-1]):
            value = match[2].split(" #")[0].strip().strip("'\"")
            yield f"{match[1]}'{value.replace(chr(39), chr(39) * 2)}'", False
    text = candidates[-1].strip()
    # Nobody is far off; ` rules:` opens a part of the file more likely than one in the part above.
    own = len(line) - len(line.lstrip(" "))
    depths = dict.fromkeys((indent, indent + 2, max(indent - 2, 0), max(indent - 4, 0), 0))
    for depth in sorted(depths, key=lambda one: (abs(one - own), one if text.endswith(":") else 0)):
        if (before is not None and not before.lstrip().startswith("- ")) or depth != indent:
            yield " " * depth + text, False
    yield "", True
