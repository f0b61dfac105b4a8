"""What stands beside a line of the audit, in the words of the office. Pure.

The audit keeps ids, codes and reasons in few words, some of them the program's own: here each has its Japanese. Hashes are for
`mailflow audit --json`: nobody reads them on a page.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailflow import words as common
from mailflow.console import words
from mailflow.store.audit import AuditEntry
from mailflow.store.people import Role

MACHINE_KEYS = frozenset({"sha256", "copy"})
_ONLY_IF_ANY = frozenset({"claim", "foreign", "problems", "left_out"})  # what is said only where there is something
KEYS: Mapping[str, str] = {
    "answer": "返事", "attempt": "回目", "balanced": "過不足なし", "because": "わけ", "case": "団体の番号", "check": "指摘", "claim": "当事者以外",
    "config": "設定の版", "deleted": "削除の確認", "draft": "返信案", "exception": "特例", "field": "項目", "folder": "フォルダー", "foreign": "ほかの団体の情報",
    "from": "前の状態", "kind": "種類", "left_out": "作らなかった数", "letters": "作った数", "mail": "メール", "mails": "メール", "other": "相手の案件", "problems": "問題の数",
    "reader": "相手", "readers": "相手の数", "revision": "文面の版", "role": "役割", "state": "状態", "template": "手紙", "to": "担当", "what": "特例", "why": "わけ",
}  # fmt: skip
_ANSWERS = {
    "accepted": "出席",
    "tentative": "仮の出席",
    "declined": "欠席",
    "counter": "別の時刻",
    "cancelled": "取り消し",
}


def said(entry: AuditEntry) -> list[str]:
    """Each detail as 「わけ 承認がそろった」; those that only machines read are left out."""
    return [
        f"{KEYS.get(key, key)} {_value(key, value)}"
        for key, value in entry.detail.items()
        if value not in (None, "") and key not in MACHINE_KEYS and not (key in _ONLY_IF_ANY and not value)
    ]


def _value(key: str, value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    text = str(value)
    if key in ("because", "why"):
        return words.short(words.because(text), 60)
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
