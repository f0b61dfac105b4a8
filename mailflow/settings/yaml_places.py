"""Where each character of a YAML scalar's value stands in the text, whatever the scalar's style. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ruamel.yaml.nodes import ScalarNode


def character_places(text: str, node: ScalarNode) -> Iterator[int]:
    """For each character of the scalar's value the index in `text` where it stands."""
    at, stop = node.start_mark.index, node.end_mark.index
    style = node.style
    if style in ("|", ">"):
        at = text.find("\n", at, stop) + 1 or stop
    elif style in ("'", '"'):
        at += 1
    for char in node.value:
        if style == '"' and text[at : at + 1] == "\\":
            while text[at : at + 2] in ("\\\n", "\\\r"):  # a line that goes on below
                at = _skip_white(text, at + 1, stop)
            if text[at : at + 1] == "\\":
                yield min(at, stop - 1)
                at += {"x": 4, "u": 6, "U": 10}.get(text[at + 1 : at + 2], 2)
                continue
        if text[at : at + 1] != char:
            after = _skip_white(text, at, stop)
            if char in " \n":  # a folded line end
                yield min(at, stop - 1)
                at = after
                continue
            at = after
        yield min(at, max(stop - 1, 0))
        at += 2 if style == "'" and char == "'" else 1


def _skip_white(text: str, at: int, stop: int) -> int:
    while at < stop and text[at] in " \t\r\n":
        at += 1
    return at
