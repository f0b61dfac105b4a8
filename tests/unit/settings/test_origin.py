"""`config show --origin`: every value says where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailflow.settings.load import load
from mailflow.settings.origin import Value, origins

ROOT = Path(__file__).parents[3]
ENV = {
    "MAILFLOW_IMAP_URL": "imaps://office:secret@mx.example:993",
    "MAILFLOW_START": "2026-03-04 00:00",
}


@pytest.fixture(scope="module")
def values() -> dict[tuple[str, str], Value]:
    return {(one.file, one.path): one for one in origins(load(ROOT / "config", ENV), ENV)}


def line_of(file: str, text: str) -> int:
    lines = (ROOT / "config" / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(text))


@pytest.mark.parametrize(
    ("file", "path", "source", "line"),
    [
        ("mailflow.yaml", "programme.subject", "file", "subject:"),
        ("mailflow.yaml", "rounds[0].closes", "file", "closes:"),
        ("mailflow.yaml", "rounds[0].settle", "default", None),
        ("mailflow.yaml", "limits.read_time", "default", None),
        ("mailflow.yaml", "smtp.url", "file", "url: smtp"),
        ("mailflow.yaml", "mailbox.url", "environment", None),
        ("mailflow.yaml", "start", "environment", None),
        ("mailflow.yaml", "approval.templates.late.approval", "file", "late: {approval"),
        ("rules.yaml", "timing.near_close", "file", "near_close:"),
        ("rules.yaml", "rules[0].id", "file", "- id: own-mail"),
        ("rules.yaml", "rules[0].then.enqueue", "default", None),
        ("form.yaml", "forms[0].id", "file", "- id:"),
        ("consultation.yaml", "pattern.length", "file", "length:"),
    ],
)
def test_each_value_has_its_place(
    values: dict[tuple[str, str], Value], file: str, path: str, source: str, line: str | None
) -> None:
    one = values[file, path]
    assert one.source == source
    assert one.line == (line_of(file, line) if line else None)


def test_no_password_is_shown(values: dict[tuple[str, str], Value]) -> None:
    one = values["mailflow.yaml", "mailbox.url"]
    assert one.place == "MAILFLOW_IMAP_URL"
    assert not [one for one in values.values() if "secret" in str(one.value)]
    assert "mx.example" in one.value
