"""What the commands print, held against the contract (DESIGN §9 as JSON Schema, draft 2020-12, in `contract/`).

`validate("try", document)`; for lists the name is the command: `validate("drafts", document)`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parent / "contract"
LISTS = "lists"
"""One file for all lists, one definition a command."""


def names() -> list[str]:
    """Every name that `validate` knows."""
    whole = [path.name.removesuffix(".schema.json") for path in SCHEMAS.glob("*.schema.json")]
    return sorted([name for name in whole if name != LISTS] + list(_schema(LISTS)["$defs"]))


def validate(name: str, document: object) -> None:
    """AssertionError that names each place and what is wrong there. KeyError for a name the contract hasn't."""
    wrong = sorted(_validator(name).iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    if wrong:
        lines = "\n".join(f"  {error.json_path}: {error.message[:300]}" for error in wrong)
        raise AssertionError(f"{name}: not as the contract says\n{lines}")


@cache
def _validator(name: str) -> Draft202012Validator:
    if name not in names():
        raise KeyError(f"the contract has no {name!r}, only {', '.join(names())}")
    lists = _schema(LISTS)
    schema = {"$ref": f"#/$defs/{name}", **lists} if name in lists["$defs"] else _schema(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded
