"""A proposed spec as YAML that people read and go on with: the keys in the order of form.yaml, comments before what they
are about.

In: plain data, remarks by field. Out: text. Pure. Words of the form are quoted wherever YAML could take them for
something else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Plain in YAML 1.2 whatever stands around: no sign at the start, no 「: 」, no 「 #」, nothing that is a number or a word
# of YAML's own.
_PLAIN = re.compile(r"[^\W\d_](?:[^\x00-\x1f\x7f-\xa0:#,\[\]{}&*!|>'\"%@`\\\u2028\u2029\ufeff]{0,198})")
_WORDS = re.compile(r"(?:true|false|yes|no|on|off|null|y|n|nan|inf)", re.IGNORECASE)


def written(file: Mapping[str, Any], notes: Mapping[str, Sequence[str]], remarks: Sequence[str], count: int) -> str:
    form = file["forms"][0]
    lines = [
        "# 白紙の様式から作った、様式の定義の案です。「要確認」の行を見て、直してから使ってください。",
        f"# 項目 {count} 個、要確認 {sum(map(len, notes.values())) + len(remarks)} 件。確かめるには: mailflow form read 様式.xlsx --spec この定義",
    ]
    lines += [f"# 要確認: {_comment(remark)}" for remark in remarks]
    lines.append("forms:")
    lines += _mapping({key: value for key, value in form.items() if key != "sections"}, 4, "  - ")
    lines.append("    sections:")
    for section in form["sections"]:
        lines += _mapping({key: value for key, value in section.items() if key != "fields"}, 8, "      - ")
        lines.append("        fields:")
        for field in section["fields"]:
            lines += [f"          # 要確認: {_comment(note)}" for note in notes.get(field["key"], ())]
            lines += _mapping(field, 12, "          - ")
    return "\n".join(lines) + "\n"


def _mapping(data: Mapping[str, Any], indent: int, first: str) -> Iterator[str]:
    start = first
    for key, value in data.items():
        yield from _entry(key, value, indent, start)
        start = " " * indent


def _entry(key: str, value: Any, indent: int, start: str) -> Iterator[str]:
    if isinstance(value, (list, tuple)) and value and (isinstance(value[0], dict) or key in ("notes", "instructions")):
        yield f"{start}{key}:"
        for item in value:
            shown = _flow(item) if isinstance(item, dict) else _scalar(item)
            yield f"{' ' * (indent + 2)}- {shown}"
    else:
        yield f"{start}{key}: {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and not _WORDS.fullmatch(text) and text == text.strip():
        return text
    # JSON's escapes are YAML's; what neither prints stays readable otherwise.
    return re.sub(
        r"[\x7f-\xa0\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False)
    )


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)[:600]
