"""What people corrected, as tests of the rules (DESIGN §4: "offered to the operator as a rule test").

In: the mail as read, when it came, the form that was read of it, what it should have been. Out: YAML that `config test`
takes, for a person to look through: names and telephone numbers of the mail stand in it. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailflow.clock import tokyo
from mailflow.model import FormData, Mail

HEAD = "# 人が直した判定から作った、規則のテストの下書きです。氏名や電話番号を消してから config/tests/ に置いてください。\n"
MAX_TEXT = 1000
MAX_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One corrected mail. `rule`, `kind`, `organization`: what a person said; None where they said nothing of it."""

    mail_id: int
    mail: Mail
    received_at: datetime
    why: str
    form: FormData | None = None
    rule: str | None = None
    kind: str | None = None
    organization: str | None = None


def proposed_tests(proposals: Iterable[Proposal]) -> str:
    """The whole file."""
    cases = ["\n".join(_lines(one)) for one in proposals]
    return HEAD + ("cases:\n" + "\n".join(cases) + "\n" if cases else "# まだ、直した判定はありません。\n")


def _lines(one: Proposal) -> Iterator[str]:
    mail = one.mail
    said: dict[str, Any] = {
        "test": f"メール {one.mail_id}：{one.why}"[:MAX_NAME],
        "at": f"{tokyo(one.received_at):%Y-%m-%d %H:%M:%S}",
        "from": mail.sender.address if mail.sender else "unknown@example.jp",
        "subject": mail.subject or "",
        "text": mail.new_text[:MAX_TEXT],
    }
    if one.form is not None:
        said["form"] = {key: value.raw for key, value in one.form.fields.items() if not value.empty}
        if one.form.filename:
            said["form_name"] = one.form.filename[:MAX_NAME]
    for number, (key, value) in enumerate(said.items()):
        yield f"  {'- ' if number == 0 else '  '}{key}: {_yaml(value)}"
    yield "    expect:"
    for key, name in (("rule", one.rule), ("kind", one.kind)):  # names of rules.yaml need no quotes
        if name is not None:
            yield f"      {key}: {name}"
    if one.organization is not None:
        yield f"      organization: {_yaml(one.organization)}"


def _yaml(value: Any) -> str:
    """JSON is YAML, but for characters that YAML refuses."""
    text = json.dumps(value, ensure_ascii=False)
    return "".join(char if char.isprintable() or char == "\u3000" else f"\\u{ord(char):04x}" for char in text)
