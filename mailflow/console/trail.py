"""What stands beside a line of the audit, in the words of the office. Pure.

The audit keeps ids, codes and reasons in few words, some of them the program's own: here each has its Japanese. Hashes are for
`mailflow audit --json`: nobody reads them on a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mailflow import words as common
from mailflow.console import words
from mailflow.store.audit import AuditEntry
from mailflow.store.bounces import BY_ID, BY_MARK, BY_RECIPIENT
from mailflow.store.people import Role

MACHINE_KEYS = frozenset({"certificate", "copy", "head", "raw_sha256", "sha256"})
_ONLY_IF_ANY = frozenset({"claim", "foreign", "problems", "left_out"})  # what is said only where there is something
_ANSWERS = {
    "accepted": "出席",
    "tentative": "仮の出席",
    "declined": "欠席",
    "counter": "別の時刻",
    "cancelled": "取り消し",
}


_MATCHED = {BY_ID: "手紙の番号", BY_MARK: "手紙の番号", BY_RECIPIENT: "宛先と時刻"}
_AGAIN = {
    "letters": "分かったことがある",
    "quiet": "分かったことがある（手紙なし）",
    "remind": "返事がない",
    "appointment": "相談が近い",
}


def said(entry: AuditEntry, labels: Mapping[str, str] | None = None) -> list[str]:
    """Each detail as 「わけ 承認がそろった」; those that only machines read are left out. `labels`: what the form calls its fields."""
    return [
        f"{common.AUDIT_KEYS.get(key, key)} {_value(key, value, labels or {})}"
        for key, value in entry.detail.items()
        if value not in (None, "") and key not in MACHINE_KEYS and not (key in _ONLY_IF_ANY and not value)
    ]


def _value(key: str, value: str | int | bool, labels: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    text = str(value)
    if key in ("because", "why"):
        return words.short(_AGAIN.get(text) or words.because(text), 60)
    if key == "field":
        return words.short(labels.get(text, text), 24)
    if key == "attempt":
        return f"{text}回目"
    if key == "start":
        return words.moment(datetime.fromisoformat(text))
    if key == "action":
        return common.RETURNED.get(text, text)
    if key == "matched_by":
        return _MATCHED.get(text, text)
    if key in ("from", "state"):
        mark = words.DRAFT_STATES.get(text) or words.MAIL_STATES.get(text) or words.BOOKING_STATES.get(text)
        return mark.word if mark else words.short(text, 24)
    if key == "template":
        return words.letter(text)
    if key == "kind":
        return common.KINDS.get(text, text)
    if key == "check":
        return common.CHECKS.get(text, text)
    if key == "what":
        return words.exception(text)
    if key == "role" and text in set(Role):
        return words.ROLES[Role(text)]
    if key == "answer":
        return _ANSWERS.get(text, text)
    return words.short(text[:7] if key == "config" else text, 24)
