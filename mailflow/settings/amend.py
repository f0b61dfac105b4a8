"""One value more or another value in an operator's YAML, with every other line as it was written. Pure.

In: the text. Out: the new text. Raises AmendError (Japanese) where the text isn't as expected: then a person edits it.
Each change is read back: the document must hold what it held before and the new value, nothing else.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mailflow.clock import tokyo

Path = Sequence[str | int]
_START = re.compile(r"^#?[ ]?start:[^\r\n]*", re.MULTILINE)


class AmendError(Exception):
    """The text can't be changed without doubt. The message says what a person should write, in Japanese."""


def written_moment(at: datetime) -> str:
    """`2026-03-19 10:00:05`, Tokyo."""
    return f"{tokyo(at):%Y-%m-%d %H:%M:%S}"


def with_start(text: str, at: datetime) -> str:
    """mailflow.yaml with `start:`. Where the key stands already with a value, AmendError."""
    if _plain(text).get("start") is not None:
        raise AmendError("start: はもう書かれています")
    line = f"start: {written_moment(at)}"
    found = list(_START.finditer(text))
    if found:  # the key without a value, else the example that the starter has in a comment
        match = next((one for one in found if one[0].startswith("start:")), found[0])
        made = text[: match.start()] + line + text[match.end() :]
    else:
        made = text + ("" if text.endswith("\n") or not text else "\n") + f"\n{line}\n"
    return _checked(text, made, ("start",), written_moment(at), f"mailflow.yaml に「{line}」と書いてください")


def with_value(text: str, path: Path, value: str) -> str:
    """The scalar at `path` replaced by another plain one."""
    parent, key = _at(_parsed(text), path[:-1]), path[-1]
    try:
        line, column = parent.lc.value(key)
        if isinstance(parent[key], (dict, list)):
            raise AmendError(f"{_dotted(path)} は1つの値ではありません")
        old = str(parent[key])
    except (AttributeError, KeyError, TypeError, IndexError) as error:
        raise AmendError(f"{_dotted(path)} が見つかりません") from error
    lines = text.splitlines(keepends=True)
    if not lines[line][column:].startswith(old):
        raise AmendError(f"{_dotted(path)} の書き方が読み取れません")
    lines[line] = lines[line][:column] + value + lines[line][column + len(old) :]
    return _checked(text, "".join(lines), path, value, f"{_dotted(path)} を {value} にしてください")


def with_added(text: str, path: Path, value: object, *, after: str) -> str:
    """A key more in the block mapping that holds `after` (a scalar on one line), directly below it."""
    parent = _at(_parsed(text), path[:-1])
    try:
        line, column = parent.lc.key(after)
    except (AttributeError, KeyError, TypeError) as error:
        raise AmendError(f"{_dotted(path)} を書く所が見つかりません") from error
    if path[-1] in parent:
        raise AmendError(f"{_dotted(path)} はもう書かれています")
    lines = text.splitlines(keepends=True)
    if not lines[line].endswith("\n"):
        lines[line] += "\n"
    block = "".join(f"{' ' * column}{one}\n" for one in _written({str(path[-1]): value}).splitlines())
    lines.insert(line + 1, block)
    return _checked(text, "".join(lines), path, value, f"{_dotted(path)} を書いてください")


def _written(value: object) -> str:
    out = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = 4096
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.dump(value, out)
    return out.getvalue()


def _parsed(text: str) -> Any:
    try:
        return YAML(typ="rt").load(text)
    except YAMLError as error:
        raise AmendError("YAML として読めません") from error


def _plain(text: str) -> Any:
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise AmendError("YAML として読めません") from error
    if not isinstance(found, dict):
        raise AmendError("YAML として読めません")
    return found


def _at(document: Any, path: Path) -> Any:
    try:
        for part in path:
            document = document[part]
    except (KeyError, IndexError, TypeError) as error:
        raise AmendError(f"{_dotted(path)} が見つかりません") from error
    return document


def _checked(old: str, new: str, path: Path, value: object, advice: str) -> str:
    wanted = copy.deepcopy(_plain(old))
    found = _plain(new)
    inside = _at(wanted, path[:-1])
    there = _at(found, path[:-1]).get(path[-1])
    inside[path[-1]] = there
    if found != wanted or _words(there) != _words(value):
        raise AmendError(advice)
    return new


def _words(value: object) -> object:
    """What a value says, whatever type YAML gave it."""
    if isinstance(value, dict):
        return {key: _words(one) for key, one in value.items()}
    return value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
