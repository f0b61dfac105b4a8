"""What people write in form.yaml: the application form, field by field (DESIGN §3, §4).

In: plain data from YAML (`FormFile.model_validate`). Out: frozen models; unknown keys are refused. Pure.
Raises pydantic.ValidationError for anything that contradicts itself: a key or label given twice, a condition on a
field or choice that isn't there, a choice without choices, dates the wrong way round.
Dates are days in Asia/Tokyo; `valid_from` and `valid_until` both count.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from mailflow.settings.problems import Misplaced

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]
SheetName = Annotated[str, StringConstraints(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\]+$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"
    ORGANIZATION_CODE = "organization_code"


NUMERIC = frozenset({FieldType.NUMBER, FieldType.INTEGER})
CHOOSING = frozenset({FieldType.CHOICE, FieldType.CHOICES})


class Ranges(StrEnum):
    """What 「2〜3時間」 means: its lower bound, or nothing until the applicant names one number."""

    LOWER = "lower"
    REFUSE = "refuse"


class Several(StrEnum):
    """What several choices in a field for one mean: the first of them in the order of the form, or nothing."""

    FIRST = "first"
    REFUSE = "refuse"


class Box(StrEnum):
    """Where the box of a label stands; `auto`: right of it, else below it, as what is written there tells. `row`: cells right
    of it, one for each number of a date or a time."""

    AUTO = "auto"
    RIGHT = "right"
    BELOW = "below"
    LEFT = "left"
    ROW = "row"


_IN_BRACES = re.compile(r"\{([^{}]*)\}")
_MOST_SPELLINGS = 600


def spelled_out(text: str) -> tuple[str, ...]:
    """「{市長,町長}{,の}了承」 as its four spellings; a text without braces as it is. ValueError for too many."""
    count = 1
    parts = [part.split(",") if at % 2 else [part] for at, part in enumerate(_IN_BRACES.split(text))]
    for part in parts:
        count *= len(part)
    if count > _MOST_SPELLINGS:
        raise ValueError(f"波括弧の組合せが{_MOST_SPELLINGS}通りを超えます: {text}")
    return tuple(spelling for pieces in itertools.product(*parts) if (spelling := "".join(pieces).strip()))


class Choice(Strict):
    value: Line = Field(description="セルに記入される値。読み取った結果もこの値になる。")
    label: Text | None = Field(default=None, description="選択肢の説明。記入要領に載り、この文言での記入も受け付ける。")
    accept: tuple[Line, ...] = Field(
        default=(),
        description="同じ選択肢とみなす、ほかの書き方。"
        "波括弧の中はどれでもよい（例：「{市長,町長}{,の}了承」は「市長了承」「町長の了承」など）。「〜です」「〜済み」「〜を得ている」などの文末は書かなくてよい。",
    )
    decides: tuple[Line, ...] = Field(
        default=(),
        description="一つだけ選ぶ項目で、ほかの選択肢の名前に添えられていれば、こちらとみなす言葉（例：「一般社団法人（町が出資）」の「出資」）。その記入は人も見る。",
    )
    only_if: Mapping[Key, tuple[Line, ...]] = Field(
        default_factory=dict, description="ほかの項目が挙げた値のときだけ選べる（例：course が B のとき）。"
    )

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        spelled = [spelling for one in self.accept for spelling in spelled_out(one)]
        return (self.value, *((self.label,) if self.label else ()), *spelled)

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        _ = self.spellings
        return self


class Condition(Strict):
    """When a field must be filled. An unfilled field never satisfies `unless`, nor `when`."""

    unless: Mapping[Key, tuple[Line, ...]] = Field(
        default_factory=dict, description="ほかの項目が挙げた値のどれかなら、記入しなくてよい。"
    )
    when: Mapping[Key, tuple[Line, ...]] = Field(
        default_factory=dict, description="ほかの項目が挙げた値のどれかのときだけ、記入が必要になる。"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if bool(self.unless) == bool(self.when):
            raise ValueError("unless か when のどちらか一方を書いてください")
        return self


class FieldSpec(Strict):
    key: Key = Field(description="項目の名前（英小文字）。規則やひな形の中では form.<key> と書く。")
    label: Line = Field(description="様式に印刷する項目名。読み取るときの手がかりにもなる。")
    labels: tuple[Line, ...] = Field(default=(), description="同じ項目とみなす、ほかの項目名。")
    within: Line | None = Field(
        default=None,
        description="同じ項目名が様式に何度も出るとき、その左か上にある見出し（例：代表者）。labels は、その中にあるときだけ数える。",
    )
    column: Line | None = Field(
        default=None,
        description="表の中の欄のとき、その列の見出し（例：R8目標）。labels には行の見出しを書く（例：利用者数）。",
    )
    box: Box = Field(
        default=Box.AUTO,
        description="記入欄が項目名のどちら側にあるか。auto は、記入のようすから右か下かを判断する。row は、年・月・日や時・分ごとに分かれた右の欄をつないで読む。",
    )
    lines: int = Field(
        default=1,
        ge=1,
        le=200,
        description="見出しの下に同じ欄が並ぶ表のとき、その行数（type が text の項目だけ）。記入のある行を上から順に改行でつないだものが値になる。",
    )
    type: FieldType = Field(default=FieldType.TEXT, description="値の種類。")
    required: bool | Condition = Field(default=True, description="記入が必要か。条件を書くこともできる。")
    choices: tuple[Choice, ...] = Field(default=(), description="選択肢（type が choice か choices のとき）。")
    max_length: int | None = Field(default=None, ge=1, le=32767, description="文字数の上限。")
    unit: Line | None = Field(default=None, description="単位（例：時間/週）。付けて記入されても読み取る。")
    ranges: Ranges = Field(
        default=Ranges.REFUSE, description="「2〜3」のような幅の扱い。lower は下限を値とし、refuse は修正をお願いする。"
    )
    several: Several = Field(
        default=Several.REFUSE,
        description="一つだけ選ぶ項目に二つ以上書かれたときの扱い。first は選択肢の並びで先のものを値とし（例：首長了承、部局長了承）、refuse は修正をお願いする。",
    )
    done: bool = Field(
        default=False,
        description="すでに済んでいることを答える項目か（例：首長了承）。true なら、「（予定）」と添えられた答えは選択肢とみなさず、届いた日より先の月日が添えられた答えは人が見る。",
    )
    least: float | None = Field(
        default=None, description="あり得る最小の数（例：人数は1）。これより小さい数は読み取れない値とみなす。"
    )
    most: float | None = Field(default=None, description="あり得る最大の数。これより大きい数は読み取れない値とみなす。")
    example: Text | None = Field(default=None, description="記入例。様式と修正のお願いに載る。")
    note: Text | None = Field(default=None, description="記入上の注意。")
    printed: Text | None = Field(
        default=None,
        description="白紙の様式で、記入欄に初めから印刷されている文字（例：可　・　不可）。そのままなら空欄とみなす。",
    )
    rows: int = Field(default=1, ge=1, le=40, description="記入欄の高さ（行数）。")
    distinctive: bool = Field(
        default=False,
        description="この様式に特有の項目か。よその様式と見分けるときに重く見る（団体名や電話番号は false）。",
    )

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.label, *self.labels)

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type in CHOOSING) != bool(self.choices):
            where = "choices" if self.choices else "type"
            raise Misplaced(f"{self.key}: choices は type が choice か choices の項目にだけ、必ず書きます", where)
        if self.unit and self.type not in NUMERIC:
            raise Misplaced(f"{self.key}: unit は type が number か integer の項目にだけ書けます", "unit")
        if self.lines > 1 and (self.type is not FieldType.TEXT or self.column):
            raise Misplaced(f"{self.key}: lines は type が text で column のない項目にだけ書けます", "lines")
        if self.column and not self.labels:
            raise Misplaced(f"{self.key}: column があるときは、labels に行の見出しを書きます", "column")
        if self.several is Several.FIRST and self.type is not FieldType.CHOICE:
            raise Misplaced(f"{self.key}: several は type が choice の項目にだけ書けます", "several")
        if self.done and self.type is not FieldType.CHOICE:
            raise Misplaced(f"{self.key}: done は type が choice の項目にだけ書けます", "done")
        for name, bound in (("least", self.least), ("most", self.most)):
            if bound is not None and self.type not in NUMERIC:
                raise Misplaced(f"{self.key}: {name} は type が number か integer の項目にだけ書けます", name)
        if self.least is not None and self.most is not None and self.most < self.least:
            raise Misplaced(f"{self.key}: most が least より小さい数です", "most")
        if self.max_length and self.type is not FieldType.TEXT:
            raise Misplaced(f"{self.key}: max_length は type が text の項目にだけ書けます", "max_length")
        values = [choice.value for choice in self.choices]
        if twice := _twice(values):
            second = len(values) - 1 - values[::-1].index(twice)
            raise Misplaced(f"{self.key}: 選択肢「{twice}」が二つあります", "choices", second, "value")
        return self


class Section(Strict):
    title: Line = Field(description="見出し（例：１　応募団体）。")
    note: Text | None = Field(default=None, description="見出しの下の説明。")
    fields: tuple[FieldSpec, ...] = Field(min_length=1, description="項目。様式に並ぶ順に書く。")


class FormSpec(Strict):
    """One edition of the form."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")] = Field(
        description="版の名前（例：r8-1）。判定の記録に残る。"
    )
    valid_from: date | None = Field(default=None, description="この版を使い始める日。")
    valid_until: date | None = Field(default=None, description="この版を受け付ける最後の日。")
    title: Line = Field(description="様式の表題。")
    round: Line | None = Field(default=None, description="表題に添える公募の名前（例：１次公募）。")
    programme: tuple[Line, ...] = Field(
        min_length=1,
        description="表題のあたりにすべて現れる言葉。この様式と見分ける手がかり（例：計画策定支援、応募様式）。",
    )
    file: Line = Field(description="ファイル名の付け方。様式の注意書きに載る。")
    sheet: SheetName = Field(default="応募様式", description="記入するシートの名前。")
    guide: SheetName = Field(default="記入要領", description="記入要領と選択肢のシートの名前。")
    notes: tuple[Text, ...] = Field(default=(), description="表題の下の注意書き（一行ずつ）。")
    instructions: tuple[Text, ...] = Field(default=(), description="記入要領のシートに載せる説明（一項目ずつ）。")
    sections: tuple[Section, ...] = Field(min_length=1, description="見出しと項目。")

    @cached_property
    def fields(self) -> Mapping[str, FieldSpec]:
        """Every field by its key, in the order of the form."""
        return {field.key: field for section in self.sections for field in section.fields}

    def valid(self, at: date) -> bool:
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at <= self.valid_until
        )

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        every = [
            (("sections", part, "fields", place), field)
            for part, section in enumerate(self.sections)
            for place, field in enumerate(section.fields)
        ]
        seen: set[str] = set()
        owner: dict[str, str] = {}
        for at, field in every:
            if field.key in seen:
                raise Misplaced(f"項目 {field.key} が二つあります", *at, "key")
            seen.add(field.key)
            for number, label in enumerate(field.spellings):
                inside = f"{_folded(field.within or '')}/{_folded(field.column or '')}/" if number else "//"
                inside = "" if inside == "//" else inside
                other = owner.setdefault(inside + _folded(label), field.key)
                if other != field.key:
                    where = ("labels", number - 1) if number else ("label",)
                    raise Misplaced(f"項目名「{label}」が {other} と {field.key} の両方にあります", *at, *where)
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise Misplaced("valid_until が valid_from より前です", "valid_until")
        if self.sheet == self.guide:
            raise Misplaced("sheet と guide が同じ名前です", "guide")
        for at, field in every:
            for path, key, values in _conditions(field):
                _known_choices(self.fields, field.key, key, values, (*at, *path))
        return self


class FormFile(Strict):
    """form.yaml. Several editions may be valid on one day (a ministry replaces its form mid-round)."""

    forms: tuple[FormSpec, ...] = Field(min_length=1, description="様式の版。差し替えがあったときは並べて書く。")

    @model_validator(mode="after")
    def _one_id_each(self) -> Self:
        ids = [spec.id for spec in self.forms]
        if twice := _twice(ids):
            raise Misplaced(f"版 {twice} が二つあります", "forms", len(ids) - 1 - ids[::-1].index(twice), "id")
        return self

    def specs_at(self, at: date) -> tuple[FormSpec, ...]:
        """The editions valid on that day, the newest first (in the order written where they begin alike)."""
        valid = [spec for spec in self.forms if spec.valid(at)]
        return tuple(sorted(valid, key=lambda spec: spec.valid_from or date.min, reverse=True))

    def readable_at(self, at: date) -> tuple[FormSpec, ...]:
        """What a form that came on that day may be: the editions valid then, newest first, then those that were valid before.
        An old form is told from a spoilt new one only by its own edition."""
        valid = self.specs_at(at)
        past = [
            spec for spec in self.forms if spec not in valid and spec.valid_until is not None and spec.valid_until < at
        ]
        return (*valid, *past) if valid else self.forms

    def spec_for(self, at: date) -> FormSpec:
        """The newest edition valid on that day. LookupError where there is none."""
        valid = self.specs_at(at)
        if not valid:
            raise LookupError(f"{at.isoformat()} に使える様式が form.yaml にありません")
        return valid[0]


def _twice(names: list[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _folded(label: str) -> str:
    return "".join(normalize("NFKC", label).casefold().split())


Place = tuple[str | int, ...]


def _conditions(field: FieldSpec) -> Iterator[tuple[Place, str, tuple[str, ...]]]:
    """(path in the field, the other field's key, its values) of each condition."""
    if isinstance(field.required, Condition):
        for name, wanted in (("unless", field.required.unless), ("when", field.required.when)):
            for key, values in wanted.items():
                yield ("required", name, key), key, values
    for place, choice in enumerate(field.choices):
        for key, values in choice.only_if.items():
            yield ("choices", place, "only_if", key), key, values


def _known_choices(fields: Mapping[str, FieldSpec], where: str, key: str, values: tuple[str, ...], at: Place) -> None:
    other = fields.get(key)
    if other is None or other.type is not FieldType.CHOICE:
        choosing = [one.key for one in fields.values() if one.type is FieldType.CHOICE]
        near = difflib.get_close_matches(key, choosing, 1, 0.6)
        hint = f"`{near[0]}` ではありませんか" if near else "書けるもの: " + "、".join(choosing)
        raise Misplaced(f"{where}: 条件の {key} は type: choice の項目ではありません", *at, hint=hint, key=True)
    known = [choice.value for choice in other.choices]
    for place, value in enumerate(values):
        if value not in known:
            hint = "書けるもの: " + "、".join(known)
            raise Misplaced(f"{where}: 条件の「{value}」は {key} の選択肢にありません", *at, place, hint=hint)
