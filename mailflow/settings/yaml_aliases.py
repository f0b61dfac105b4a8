"""Where aliases (`*name`) make a YAML file too large or endless: the alias to blame, and what to write instead.

Told from the parser's events, which keep the place of each alias; the tree of nodes doesn't. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent


class AliasTrouble(NamedTuple):
    """`start`, `length`: the characters of the alias in the text."""

    start: int
    length: int
    message: str
    hint: str


_COPIES = "`*名前` は、`&名前` の中身をそこに丸ごと写したのと同じです。"


def alias_trouble(text: str, most: int) -> AliasTrouble | None:
    """The first alias inside its own anchor, else the one with which the items become more than `most`; None if neither.

    Raises what the parser raises: ask only of a text that could be read.
    """
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []  # anchors of the collections that are open, and how many items each has
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, AliasEvent):
            name = event.anchor
            index, length = event.start_mark.index, len(name) + 1
            if any(name == anchor for anchor, _ in opened):
                hint = f"{_COPIES}`&{name}` の外に書くか、`*{name}` を消して、要る値を書いてください"
                return AliasTrouble(index, length, f"`*{name}` が、自分自身（`&{name}`）の中にあります", hint)
            count = sizes.get(name, 1)
            if sum(items for _, items in opened) + count > most:
                hint = f"{_COPIES}引用の中の引用は、掛け算で増えます。この行の `*{name}` を消し、要る値だけを書いてください"
                message = (
                    f"`*{name}`（{count}個の項目の引用）で、このファイルの項目が多すぎます（引用を含めて {most} まで）"
                )
                return AliasTrouble(index, length, message, hint)
        elif isinstance(event, CollectionStartEvent):
            opened.append((event.anchor, 1))
            continue
        elif isinstance(event, CollectionEndEvent):
            anchor, count = opened.pop()
            if anchor:
                sizes[anchor] = count
        elif isinstance(event, ScalarEvent):
            count = 1
            if event.anchor:
                sizes[event.anchor] = 1
        else:
            continue
        if opened:
            opened[-1] = (opened[-1][0], opened[-1][1] + count)
    return None
