"""pydantic's error types in plain Japanese: what is expected, what is there, how to write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

from mailflow.settings import meant
from mailflow.settings.moments import moment
from mailflow.settings.patterns import unfit

_QUOTED = re.compile(r"'([^']{0,200})'")
_LONGEST = 40


class Said(NamedTuple):
    """`inside`: where in the value, (offset, length) in characters."""

    message: str
    hint: str | None = None
    inside: tuple[int, int] | None = None


# errors that say "another shape altogether", by which an arm of a union was not the one meant
MISSHAPEN = frozenset(
    {
        "bool_type",
        "bool_parsing",
        "dict_type",
        "float_type",
        "int_type",
        "list_type",
        "mapping_type",
        "model_type",
        "none_required",
        "string_type",
        "tuple_type",
    }
)

_EXPECTED = {
    "bool": "true か false ",
    "int": "整数",
    "float": "数",
    "string": "文字",
    "list": "並び（`- ` で始まる行、または [ ]）",
    "tuple": "並び（`- ` で始まる行、または [ ]）",
    "set": "並び（`- ` で始まる行、または [ ]）",
    "frozen_set": "並び（`- ` で始まる行、または [ ]）",
    "iterable": "並び（`- ` で始まる行、または [ ]）",
    "dict": "`名前: 値` のまとまり",
    "mapping": "`名前: 値` のまとまり",
    "model": "`名前: 値` のまとまり",
    "model_attributes": "`名前: 値` のまとまり",
}
_TYPE = re.compile(r"(bool|int|float|string|list|tuple|set|frozen_set|iterable|dict|mapping|model|model_attributes)_.*")


def shown(value: Any) -> str:
    """The value as it may stand in a message: 「…」, cut short."""
    if value is None:
        return "空"
    if isinstance(value, bool):
        return f"「{str(value).lower()}」"
    if isinstance(value, dict):
        return "`名前: 値` のまとまり"
    if isinstance(value, list):
        return "並び"
    if isinstance(value, (date, datetime)):
        return f"「{value.isoformat(' ') if isinstance(value, datetime) else value.isoformat()}」"
    text = str(value).replace("\n", " ")
    return f"「{text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}」"


def say(
    kind: str, context: Mapping[str, Any], value: Any, written: str | None = None, about: str | None = None
) -> Said:
    """What a pydantic error of this type means. The hint is None where the field's description says more.

    `written`: a scalar as it stands in the YAML (`007`, where the value is 7). `about`: the field's description.
    """
    if kind in ("value_error", "assertion_error"):
        return Said(str(context.get("error", "")) or "値が正しくありません")
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        return _choice(context, value, about)
    if kind.startswith(("date_", "datetime_")):
        return _date(value, "日付" if kind.startswith("date_") else "日時")
    if kind.startswith("time_"):
        return Said(f"時刻は 8:30 のように書きます（今は{shown(value)}）")
    return _limit(kind, context, value) or _type(kind, value, written)


def _choice(context: Mapping[str, Any], value: Any, about: str | None) -> Said:
    listed = str(context.get("expected") or context.get("expected_tags") or "")
    choices = _QUOTED.findall(listed)
    given = str(context.get("tag", value)) if not isinstance(value, (dict, list)) or "tag" in context else ""
    if not given:
        return Said(f"選択肢から1つを書くところです（今は{shown(value)}）", "選べるもの: " + "、".join(choices))
    near = process.extractOne(given, choices, scorer=fuzz.ratio, score_cutoff=60)
    if written := meant.choice(given, choices, about):
        return Said(
            f"{shown(given)}は選べません", f"`{written}` と書いてください。選べるもの: {'、'.join(choices[:60])}"
        )
    hint = f"`{near[0]}` ではありませんか。" if near else ""
    return Said(f"{shown(given)}は選べません", f"{hint}選べるもの: {'、'.join(choices[:60])}")


def _date(value: Any, word: str) -> Said:
    form = f"{word}は 2026-03-26{' 16:00' if word == '日時' else ''} のように書きます"
    if isinstance(value, str):
        try:
            at = moment(value)
        except ValueError as error:
            text = str(error)
            if "。ここでは " in text:
                return Said(
                    f"{form}（今は{shown(value)}）",
                    "ここでは " + text.partition("。ここでは ")[2][: 10 if word == "日付" else 16],
                )
            return Said(f"{form}（今は{shown(value)}）" if text.startswith("日時は") else text)
        return Said(f"{word}だけを書くところです（今は{shown(value)}）", f"ここでは {at:%Y-%m-%d}")
    return Said(f"{form}（今は{shown(value)}）")


_LIMITS = {
    "greater_than_equal": "{ge} 以上の数を書くところです",
    "greater_than": "{gt} より大きい数を書くところです",
    "less_than_equal": "{le} 以下の数を書くところです",
    "less_than": "{lt} より小さい数を書くところです",
    "string_too_short": "{min_length} 字以上の文字が要ります",
    "string_too_long": "{max_length} 字までです",
    "too_short": "少なくとも {min_length} つ要ります",
    "too_long": "{max_length} つまでです",
    "finite_number": "数を書くところです",
    "multiple_of": "{multiple_of} の倍数を書くところです",
}


def _limit(kind: str, context: Mapping[str, Any], value: Any) -> Said | None:
    if kind == "string_pattern_mismatch":
        if told := unfit(str(context.get("pattern", "")), str(value)):
            return Said(told.message, told.hint, (told.offset, told.length))
        return Said(f"{shown(value)}は、この項目の書き方に合いません")
    words = _LIMITS.get(kind)
    if words is None:
        return None
    if kind == "string_too_short" and value == "":
        return Said("値が空です")
    return Said(f"{words.format_map(context)}（今は{shown(value)}）")


def _type(kind: str, value: Any, written: str | None) -> Said:
    match = _TYPE.fullmatch(kind)
    if not match:
        return Said(f"値が正しくありません（今は{shown(value)}）")
    expected = _EXPECTED[match[1]]
    if value is None:
        return Said(f"値が空です。{expected}を書くところです")
    now = shown(value if written is None else written)
    message = f"{expected}を書くところです（今は{now}）"
    if match[1] == "bool":
        return Said(message, _true_or_false(value))
    if match[1] == "string" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return Said(message, f"文字として扱うときは引用符で囲みます: '{written or value}'")
    if match[1] in ("list", "tuple", "set", "frozen_set") and isinstance(value, (str, int, float)):
        return _list(value, message)
    if match[1] in ("int", "float") and isinstance(value, str) and not value.isascii():
        digits = meant.number(value)
        return Said(
            message, f"`{digits}` と、半角の数字だけで書いてください" if digits else "半角の数字だけで書いてください"
        )
    if match[1] == "int" and isinstance(value, str) and (digits := meant.number(value)):
        return Said(message, f"`{digits}` と、数字だけで書いてください")
    return Said(message)


def _true_or_false(value: Any) -> str:
    written = meant.boolean(value) if isinstance(value, str) else None
    return f"`{written}` と書いてください" if written else "はいなら `true`、いいえなら `false` と書いてください"


def _list(value: Any, message: str) -> Said:
    text = str(value)
    if re.match(r"-[^\s\d]", text):
        hint = "`- 値` のように、空白を1つ入れてください"
        return Said("`-` のあとに空白がありません", hint, (0, 1))
    written, several = meant.listed(value)
    if text[:1] in "［〔" or text[-1:] in "］〕":
        return Said("並びのかっこが全角です", f"半角で `{written[:200]}` と書いてください")
    if written == "[]":
        return Said(message, "1つもないときは `[]` と書いてください")
    said = f"`{written[:200]}` のように書きます"
    return Said(message, said if several else f"1つだけでも {said}")
