"""JSON Schema (draft 2020-12) of each YAML file, with its Japanese descriptions: for editors and the reference page.

`json_schema("mailflow")` gives one; `SCHEMAS` lists the names. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from mailflow.settings.cases import CasesFile
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.faq import FaqFile
from mailflow.settings.form import FormFile
from mailflow.settings.models import MailflowFile, PartiesFile
from mailflow.settings.rules import RulesFile

SCHEMAS: dict[str, tuple[type[BaseModel], str]] = {
    "mailflow": (MailflowFile, "事業、公募の回と日付、受信と送信、承認の決まり。"),
    "rules": (RulesFile, "どのメールを何とみなし、何を調べ、何を返すか。"),
    "form": (FormFile, "応募様式の項目。"),
    "consultation": (ConsultationFile, "事前相談会の枠、担当、候補の出し方。"),
    "parties": (PartiesFile, "応募者ではない、知っている差出人。"),
    "faq": (FaqFile, "よくある質問と回答。質問のメールに、ここから番号を付けて答える案を作ります。"),
    "tests": (CasesFile, "規則のテスト（config/tests/*.yaml）。メールと、期待すること。"),
}


def json_schema(name: str) -> dict[str, Any]:
    """The schema of one file. KeyError for a name that is not in SCHEMAS."""
    model, about = SCHEMAS[name]
    made = model.model_json_schema(mode="validation")
    _without_titles(made)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{name}.yaml",
        "description": about,
    }
    made.pop("description", None)
    return {**head, **made}


@lru_cache(maxsize=1)
def key_names() -> frozenset[str]:
    """Every name that some file may have before a colon."""
    return frozenset(_keys([model.model_json_schema() for model, _ in SCHEMAS.values()]))


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        if isinstance(properties, dict):
            yield from properties
    for one in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _keys(one)


def _without_titles(node: Any) -> None:
    """Titles made of English class names, and docstrings meant for programmers, help no operator."""
    if isinstance(node, list):
        for item in node:
            _without_titles(item)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("title"), str):
        del node["title"]
    for key, definition in node.get("$defs", {}).items() if isinstance(node.get("$defs"), dict) else ():
        if isinstance(definition, dict):
            definition["title"] = key
            definition.pop("description", None)
    for key, value in node.items():
        if key == "$defs":
            for definition in value.values():
                title = definition.pop("title", None)
                _without_titles(definition)
                if title:
                    definition["title"] = title
        elif key == "properties":
            for name, one in value.items():
                if name == "when" and one.get("type") == "string":
                    one["type"] = ["string", "boolean"]  # `when: true` needs no quotes
                _without_titles(one)
        elif key not in ("default", "examples", "enum", "const"):
            _without_titles(value)
