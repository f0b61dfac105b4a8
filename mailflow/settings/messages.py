"""The words of a check: plain text with `{{ name }}` places, and values as letters write them.

Nothing is computed in a message, so it ends by construction: a place is a dotted name, its value is cut at 300
characters, and what a value says is never read as a place. Pure; `fill` and `written` never raise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints

from mailflow.clock import tokyo
from mailflow.settings.vocabulary import ExpressionError, Name, Names

_PLACE = re.compile(r"\{\{ ?([a-z_]{1,40}(?:\.[a-z_0-9]{1,40}){0,3}) ?\}\}")
_LONGEST_VALUE = 300  # characters of one value inside a message
_WEEKDAYS = "月火水木金土日"


_SAID = {
    "found": "現在の値。",
    "expected": "正しい書き方。",
    "where": "どこか。",
    "example": "記入例。",
    "label": "項目名。",
    "cell": "セルの番地。",
    "choices": "選択肢。",
    "refused": "ほかの項目の記入のために選べない選択肢。",
    "needs": "その選択肢が選べるのはどんなときか。例：応募コースがB",
    "read": "読み取った値。読み取れなければ「なし」。",
    "length": "文字数。",
    "limit": "文字数の目安。",
    "minimum": "目安の時間。",
    "suggestions": "似た名前の団体。",
    "table": "総務省の表の財政力指数。",
    "table_year": "その表の年度（西暦）。",
    "clocks": "信じられる時計の時刻。",
    "asked": "用件。",
}
WORDING_NAMES: Names = {key: Name("text", description) for key, description in _SAID.items()}
"""What messages may show beside the names of conditions: the first four always, the others where a check GIVES them."""


def places(text: str) -> Iterator[tuple[int, str]]:
    """(offset, dotted name) of each `{{ name }}` of a message."""
    for match in _PLACE.finditer(text):
        yield match.start(1), match[1]


def is_name(dotted: str, names: Names) -> bool:
    """`round.closes` is the name of a value in `names`, no object."""
    scope: Names = names
    *objects, last = dotted.split(".")
    for part in objects:
        found = scope.get(part)
        if found is None:
            return False
        scope = found.members
    return last in scope and scope[last].kind != "object"


def fill(text: str, values: Mapping[str, Any]) -> str:
    """The message with each place filled. An unknown name or an empty value leaves nothing in its place."""
    return _PLACE.sub(lambda match: written(look_up(match[1], values)), text)


def look_up(name: str, values: Mapping[str, Any]) -> Any:
    """The value of a dotted name, None where there is none."""
    found: Any = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def written(value: Any) -> str:
    """A value as a letter writes it: times in full (令和8年3月26日（木）16時00分), lists with 「、」, whole numbers bare."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, datetime):
        return written_time(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (list, tuple)):
        value = "、".join(written(one) for one in value[:30])
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def written_time(at: datetime) -> str:
    """「令和8年3月26日（木）16時00分」; with seconds where they are not zero. Before 2019-05-01 the western year."""
    at = tokyo(at)
    era = (at.year, at.month) >= (2019, 5)
    year = f"令和{'元' if at.year == 2019 else at.year - 2018}年" if era else f"{at.year}年"
    seconds = f"{at.second:02}秒" if at.second else ""
    day = f"{at.month}月{at.day}日（{_WEEKDAYS[at.weekday()]}）"
    return f"{year}{day}{at.hour}時{at.minute:02}分{seconds}"


def _well_formed(text: str) -> str:
    rest = _PLACE.sub(lambda place: " " * len(place[0]), text)
    if found := re.search(r"\{\{|\}\}|\{%", rest):
        message = "文の中で使えるのは {{ 名前 }} だけです。計算や条件は書けません"
        if found[0] == "{{" and "}}" not in rest[found.start() :]:
            message = "`{{` が `}}` で閉じていません"
        raise ExpressionError(message, offset=found.start(), length=2, hint="`{{ expected }}` のように書きます")
    return text


Words = Annotated[str, StringConstraints(min_length=1, max_length=600), AfterValidator(_well_formed)]
