"""docs/rules.md and docs/templates.md: the names that conditions and letters may speak of, as hints promise them.

`python -m mailflow.settings.names_page docs` writes both; a test holds them up to date. Pure but for that command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from mailflow.settings.expressions import FILTERS, TESTS, Names
from mailflow.settings.letter_names import LETTER_FILTERS, LETTER_NAMES
from mailflow.settings.messages import WORDING_NAMES
from mailflow.settings.names import NAMES

_KINDS = {
    "text": "文字",
    "number": "数",
    "bool": "true / false",
    "time": "日時",
    "list": "並び",
    "object": "",
    "any": "値",
}


def _rows(names: Names, prefix: str = "") -> Iterator[str]:
    for key, name in names.items():
        path = f"{prefix}{key}"
        choices = "、".join(f"`{choice}`" for choice in name.choices if choice)
        about = name.description + (f" 値: {choices}" if choices else "")
        yield f"| `{path}` | {_KINDS[name.kind]} | {about} |"
        inner = f"{path}[]." if name.kind == "list" else f"{path}."
        yield from _rows(name.members, inner)


def _table(names: Names) -> str:
    return "\n".join(["| 名前 | 種類 | 説明 |", "|---|---|---|", *_rows(names)])


def rules_page() -> str:
    """What `when` and the messages in rules.yaml may say."""
    return f"""# 規則の条件（rules.yaml の when）と検査の文に書けること

このページは `python -m mailflow.settings.names_page docs` が書きます。手で直さないでください。

条件は Jinja2 の式です。次のものだけを使えます。ほかの書き方は `mailflow config check` が行と桁を示して止めます。

- くらべる: `==` `!=` `<` `<=` `>` `>=`、含む: `in` `not in`（例：`'計画策定支援' in mail.subject`）
- つなぐ: `and` `or` `not`、選ぶ: `A if 条件 else B`、足す・引く: `+` `-`（数どうし。文字は `+` だけ）
- 値: `'文字'`、数、`true`、`false`、`none`、並び `['A', 'B']`。日時は `'2026-03-26 16:00'`（日本時間）と書きます
- 加工: {"、".join(f"`|{name}`" for name in FILTERS)}（例：`mail.attachments|length > 1`）
- 判定: {"、".join(f"`is {name}`" for name in TESTS)}（例：`mail.subject is startingwith '【'`）

値のない名前は `none` です。`none` は `none` とだけ等しく、何にも含まれず、大小の比較は成り立ちません。

## 名前

`form.<項目>` には、このほかに form.yaml の項目がすべて使えます。

{_table(NAMES)}

## 検査の文だけで使える名前

`message` などの文に `{{{{ found }}}}` の形で書きます。上の名前も使えます。`found`・`expected`・`where`・`example` はどの検査でも、
ほかは、その値を出す検査の文でだけ使えます（使えない所では `config check` が止めます）。

{_table(WORDING_NAMES)}
"""


def templates_page() -> str:
    """What templates/*.j2 may say."""
    return f"""# 手紙のひな形（templates/*.j2）に書けること

このページは `python -m mailflow.settings.names_page docs` が書きます。手で直さないでください。

- 手紙には `{{% block subject %}}`（件名）と `{{% block text %}}`（本文）が要ります。`{{% block html %}}` は任意です
- block の外に書いたものは手紙に出ず、そこで決めた名前は block の中では使えません
- 名前が `_` で始まるひな形は部品です。`{{% include "_foot.j2" %}}` で入れると、入れた場所の名前が使えます
- `for`・`if`・`set`・マクロと、`|` の加工が使えます。関数の呼び出し、`*`、`**` は使えません
- 日付と大きさの加工: {"、".join(f"`|{name}`" for name in sorted(LETTER_FILTERS))}

## 名前

`fixes[].where` は、`{{% for f in fixes %}}` の中で `f.where` と書きます。

{_table(LETTER_NAMES)}
"""


def pages() -> dict[str, str]:
    return {"rules.md": rules_page(), "templates.md": templates_page()}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for file, text in pages().items():
        (folder / file).write_text(text, encoding="utf-8")
