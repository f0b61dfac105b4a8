"""The letter its sender has in hand, and the numbered points of the one that answers (letters.md 2, "On a corrected version").

What is left of a point keeps the number it had, so that 「2は…」 means the same to both sides (`items.Points`). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailflow.model import Finding, Letter, LetterItem
from mailflow.recipients import BESIDE
from mailflow.replies.items import Item

# Letters that ask: their numbers are the ones people answer with.
_ASKING = frozenset({"fix-request", "reminder", "password-request", "receipt", "replacement"})
_READ = frozenset({"sent", "sending", "uncertain"})


def letter_in_hand(letters: Sequence[Letter]) -> Letter | None:
    """The newest letter that has gone out, where it has numbered points: a receipt without any closes what was asked."""
    own = [one for one in letters if not one.purpose.startswith(BESIDE)]  # nothing that another officer has in hand
    newest = next((one for one in reversed(own) if one.state in _READ and one.template in _ASKING), None)
    return newest if newest is not None and newest.items else None


def numbered_points(
    fixes: Sequence[Item], confirms: Sequence[Item], findings: Sequence[Finding]
) -> tuple[LetterItem, ...]:
    """What each number is about, for the day it is quoted. `found`: as the check said it, of a point about one thing."""
    points = [(one, False) for one in fixes] + [(one, True) for one in confirms]
    return tuple(
        LetterItem(
            number=item.number,
            checks=item.checks,
            fields=item.fields,
            where=item.where,
            confirm=confirm,
            found=_found(item, findings),
        )
        for item, confirm in sorted(points, key=lambda point: point[0].number)
    )


def _found(item: Item, findings: Sequence[Finding]) -> str | None:
    about = [one for one in findings if one.check in item.checks and one.fields == item.fields]
    return about[0].found if len(about) == 1 else None
