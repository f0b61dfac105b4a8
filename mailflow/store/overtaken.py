"""What stands with a letter that was composed before another mail of its body came: a person looks at it first. Pure."""

from __future__ import annotations

_BEGINNING, _END = "この団体から別のメール（", "）も届いています"


def overtaken_by(mail_id: int) -> str:
    return f"{_BEGINNING}{mail_id}{_END}"


def is_overtaken(reason: str) -> bool:
    return reason.startswith(_BEGINNING) and reason.endswith(_END)
