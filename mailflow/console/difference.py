"""What differs between two texts, for the eye: pieces that are the same, gone, or new. Pure; bounded.

Lines are matched first, then the characters of lines that took each other's place: Japanese has no words to compare by.
"""

from __future__ import annotations

from difflib import SequenceMatcher

Piece = tuple[str, str]  # ("same" | "gone" | "new", text)
MOST = 40_000  # characters; longer texts are shown one after the other
MOST_LINE = 2_000


def pieces(old: str, new: str) -> list[Piece]:
    """`old` turned into `new`."""
    if old == new:
        return [("same", old)] if old else []
    if len(old) + len(new) > MOST:
        return _joined([("gone", old), ("new", new)])
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        gone, came = "".join(before[a:b]), "".join(after[c:d])
        if kind == "equal":
            found.append(("same", gone))
        elif kind == "replace" and len(gone) + len(came) <= MOST_LINE:
            found += _within(gone, came)
        else:
            found += [("gone", gone), ("new", came)]
    return _joined(found)


def _within(old: str, new: str) -> list[Piece]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.35:  # hardly alike: crumbs of single characters help nobody
        return [("gone", old), ("new", new)]
    found: list[Piece] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        found += [("same", old[a:b])] if kind == "equal" else [("gone", old[a:b]), ("new", new[c:d])]
    return found


def _joined(found: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for kind, text in found:
        if not text:
            continue
        if joined and joined[-1][0] == kind:
            joined[-1] = (kind, joined[-1][1] + text)
        else:
            joined.append((kind, text))
    return joined


def changes(found: list[Piece]) -> int:
    """How many places differ: a replacement is one."""
    return sum(
        kind != "same" and (position == 0 or found[position - 1][0] == "same")
        for position, (kind, _) in enumerate(found)
    )
