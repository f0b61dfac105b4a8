"""Which parts of a workbook hold the sheets that nobody is going to read. Pure.

In: the parts `xl/workbook.xml` and its relations, which sheets' names are left aside. Out: names of parts, in lower case.
A form comes with sheets of examples and lists, often larger than itself. In any doubt nothing is left out: a part that a
wanted sheet needs as well, a relation that leads elsewhere, XML that expat won't read.
Source: ECMA-376 part 1, 18.2.19 (sheet), part 2, 9.3 (relationships).
"""

from __future__ import annotations

import re
from xml.parsers import expat

WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
MOST = 200_000  # bytes of either part: a workbook of sixty sheets needs a tenth


def left_aside(workbook: bytes, relations: bytes, skip: re.Pattern[str]) -> frozenset[str]:
    """The parts of the sheets whose name matches `skip`."""
    try:
        sheets = [(said.get("name", ""), _id(said)) for said in _elements(workbook, "sheet")]
        targets = {said.get("Id"): _part(said.get("Target", "")) for said in _elements(relations, "Relationship")}
    except expat.ExpatError:
        return frozenset()
    unwanted = {targets.get(key) for name, key in sheets if skip.search(name)}
    wanted = {targets.get(key) for name, key in sheets if not skip.search(name)}
    return frozenset(part for part in unwanted - wanted if part is not None)


def names_of_sheets(workbook: bytes, relations: bytes) -> dict[str, str]:
    """Part (in lower case) → the name of its sheet; empty where the workbook isn't laid out as everybody's is."""
    try:
        targets = {said.get("Id"): _part(said.get("Target", "")) for said in _elements(relations, "Relationship")}
        found = {targets.get(_id(said)): said.get("name", "") for said in _elements(workbook, "sheet")}
    except expat.ExpatError:
        return {}
    return {part: name for part, name in found.items() if part is not None}


def _elements(part: bytes, name: str) -> list[dict[str, str]]:
    """The attributes of each element of that name, whatever its prefix."""
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == name:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(part, True)
    return found


def _id(attributes: dict[str, str]) -> str | None:
    """`r:id`, whatever the prefix is; `sheetId` is another thing."""
    return next((value for key, value in attributes.items() if key.endswith(":id")), None)


def _part(target: str) -> str | None:
    """Where a relation of the workbook leads, as the name of a part; None for any but a plain sheet."""
    name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return name.lower() if name.lower().startswith("xl/worksheets/") and ".." not in name else None
