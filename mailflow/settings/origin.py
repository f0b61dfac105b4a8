"""Where each value of the effective configuration comes from: a file's line, the default, the environment.

In: Settings, the environment, the documents as read. Out: `Value`s in the order of the files, one for each leaf; an empty
list or mapping is a leaf. Passwords are masked as in `show`. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mailflow.settings.problems import Path
from mailflow.settings.settings import Settings
from mailflow.settings.show import effective, mask_url
from mailflow.settings.yaml_reader import Document, read_yaml

FILES = ("mailflow.yaml", "rules.yaml", "form.yaml", "consultation.yaml", "parties.yaml", "faq.yaml")
# Which variable of the environment rules over which key of mailflow.yaml (DESIGN §9).
OVERRIDES: Mapping[Path, str] = {
    ("database", "url"): "MAILFLOW_DATABASE",
    ("mailbox", "url"): "MAILFLOW_IMAP_URL",
    ("smtp", "url"): "MAILFLOW_SMTP_URL",
    ("start",): "MAILFLOW_START",
}
Source = Literal["file", "default", "environment"]


@dataclass(frozen=True, slots=True)
class Value:
    """One value. `path`: `rounds[0].closes`. `place`: `config/mailflow.yaml:24:13`, or the variable's name; None: default."""

    file: str
    path: str
    value: Any
    source: Source
    place: str | None
    line: int | None = None
    column: int | None = None


def origins(settings: Settings, env: Mapping[str, str], folder: str = "config") -> Iterator[Value]:
    """Every value of every file. `folder`: config/ as the person calls it."""
    shown = effective(settings, env)
    for name in FILES:
        content = settings.bundle.files.get(f"config/{name}")
        document = read_yaml(f"{folder}/{name}", content) if content is not None else None
        for path, value in _leaves(shown[name], ()):
            yield _value(name, document, path, value, env)


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves(one, (*path, key))
    elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
        for index, one in enumerate(value):
            yield from _leaves(one, (*path, index))
    else:
        yield path, value


def _value(name: str, document: Document | None, path: Path, value: Any, env: Mapping[str, str]) -> Value:
    variable = OVERRIDES.get(path) if name == "mailflow.yaml" else None
    if variable is not None and (said := env.get(variable, "").strip()):
        secret = variable.endswith("_URL") or variable == "MAILFLOW_DATABASE"
        return Value(name, shown_path(path), mask_url(said) if secret else said, "environment", variable)
    span = _written(document, path) if document is not None else None
    if document is None or span is None:
        return Value(name, shown_path(path), value, "default", None)
    return Value(name, shown_path(path), value, "file", f"{document.file}:{span[0]}:{span[1]}", *span)


def _written(document: Document, path: Path) -> tuple[int, int] | None:
    """Where the value, or the shorthand that it was made of, stands; None for what nobody wrote."""
    for end in range(len(path), 0, -1):
        part = path[:end]
        if part in document.values and (end == len(path) or part in document.scalars):
            span = document.values[part]
            return span.line, span.column
    return None


def shown_path(path: Path) -> str:
    """`rounds[0].closes`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
