"""Why a person looks at a letter first, in the few words that fit into its row of the list. Pure.

In: what the store holds of a letter under `review`. Out: the first reason, shortened, and how many there are besides. The reasons whole
stand beside the letter.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from mailflow.console import words
from mailflow.model import ANSWERING, Severity, unwritten
from mailflow.store.overtaken import is_overtaken
from mailflow.store.queue import QueueRow
from mailflow.words import CHECKS

LONGEST = 60
_OPENING, _CLOSING = "（「『", "）」』"
TO_READ = "よくある質問の答えを確かめる"


class Why(NamedTuple):
    first: str
    more: int


def why_look(row: QueueRow, look_first: Collection[str]) -> Why | None:
    """`look_first`: the checks whose findings a person sees first, whatever their severity. None where the row says nothing of it."""
    said = row.under_review
    if said is None:
        return None
    found = [gist(one.message) for one in said.findings if one.severity is Severity.REVIEW]
    found += [
        CHECKS.get(one.check, one.where)  # its message speaks to the applicant
        for one in said.findings
        if one.check in look_first and one.severity not in (Severity.REVIEW, Severity.NOTE)
    ]
    found += [gist(one) for one in said.warnings]
    if row.reason is not None and is_overtaken(row.reason):
        found.append(gist(row.reason))
    if row.template == ANSWERING:
        left = unwritten(said.text)
        found.append(f"回答がまだ書かれていない質問が{left}問" if left else TO_READ)
    different = list(dict.fromkeys(words.short(one, LONGEST) for one in found if one))
    return Why(different[0], len(different) - 1) if different else None


def gist(message: str) -> str:
    """Its first sentence without what stands in brackets: 「公募期間の外に届きました」. A full stop within a quotation ends none."""
    kept: list[str] = []
    open_: list[str] = []
    for character in message[: LONGEST * 8]:
        if character in _OPENING:
            open_.append(character)
        if character == "。" and not open_:
            break
        if "（" not in open_:
            kept.append(character)
        if character in _CLOSING and open_:
            open_.pop()
    return "".join(kept).strip() or message
