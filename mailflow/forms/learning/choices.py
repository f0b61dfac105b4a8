"""Where a drop-down's choices stand: in the cell's own rule, on another sheet, under a name, in a table of the guide.

In: BlankBook, a box, its label. Out: `Choices`. Pure; no formula is computed: 「INDIRECT(…)」 is told, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from mailflow.forms.grid import Area, CellValue
from mailflow.forms.heads import TABLE_HEADS
from mailflow.forms.learning.asked import Asked
from mailflow.forms.learning.blank import BlankBook, BlankSheet, area_of, values_at
from mailflow.forms.learning.look import Validation
from mailflow.forms.learning.words import ONE, SEVERAL, one_line
from mailflow.forms.text import LABEL_MAX, fold, is_placeholder, label_forms
from mailflow.settings.form import CHOOSING, FieldSpec

MOST = 120  # choices of one field; a longer list (every municipality) is told in a comment
_REFERENCE = re.compile(
    r"=?(?:'((?:[^']|''){1,80})'!|([^'!,()\s]{1,80})!)?(\$?[A-Z]{1,3}\$?[0-9]{1,7}(?::\$?[A-Z]{1,3}\$?[0-9]{1,7})?)"
)
_WHOLE_COLUMN = re.compile(r"=?(?:'((?:[^']|''){1,80})'!|([^'!,()\s]{1,80})!)?\$?([A-Z]{1,3}):\$?([A-Z]{1,3})")
_NAME = re.compile(r"=?([^\W\d][\w.\\]{0,120})")
_CHOICE_HEADS = frozenset({"選択肢", "選択項目", "選択肢一覧", "選択値", "リスト"})
_TEXT_HEADS = frozenset({"内容", "説明", "意味", "備考"})


@dataclass(frozen=True, slots=True)
class Choices:
    """`values` with their explanations (None where there is none). `remark`: why they are not known, Japanese."""

    values: tuple[tuple[str, str | None], ...] = ()
    remark: str | None = None


def of_rule(book: BlankBook, sheet: BlankSheet, rule: Validation) -> Choices:
    """The choices of a drop-down."""
    formula = rule.formula1.strip()
    if formula.startswith('"') and formula.endswith('"') and len(formula) >= 2:
        return _made([one_line(piece) for piece in re.split("[,，]", formula[1:-1].replace('""', '"'))])
    for _ in range(3):  # a name may stand for a name
        if found := _REFERENCE.fullmatch(formula):
            return _from(book, sheet, found[1] or found[2], found[3])
        if found := _WHOLE_COLUMN.fullmatch(formula):
            return _from(book, sheet, found[1] or found[2], f"{found[3]}1:{found[4]}400")
        name = _NAME.fullmatch(formula)
        if name is None or name[1].casefold() not in book.names:
            break
        formula = book.names[name[1].casefold()].strip()
    shown = formula if len(formula) <= 60 else formula[:60] + "…"
    return Choices(remark=f"プルダウンの一覧（{shown}）は計算で決まるため、選択肢を読み取れませんでした。")


def _from(book: BlankBook, sheet: BlankSheet, name: str | None, reference: str) -> Choices:
    at = book.sheet(name.replace("''", "'")) if name else sheet
    if at is None:
        return Choices(remark=f"プルダウンの一覧のシート「{name}」がありません。")
    area = area_of(reference)
    if area is None:
        return Choices(remark=f"プルダウンの一覧（{reference}）を読み取れませんでした。")
    made = _made([_plain(value) for value in values_at(at, [area])])
    if not made.values:
        return made if made.remark else Choices(remark=f"プルダウンの一覧（{at.name}!{reference}）が空です。")
    if area[1] != area[3] or len(made.values) > MOST:
        return made
    beside = {fold(value): _plain(at.grid.at(r, area[1] + 1)) for r in range(area[0], min(area[2], area[0] + 400) + 1)
              if (value := _plain(at.grid.at(r, area[1])))}  # fmt: skip
    if at is sheet or not _explains(at, area):
        return made
    return Choices(tuple((value, beside.get(fold(value)) or None) for value, _ in made.values))


def _explains(sheet: BlankSheet, area: Area) -> bool:
    """The head of the column beside a list says that it explains: 「選択肢 | 内容」."""
    for row in range(area[0] - 1, max(-1, area[0] - 200), -1):
        head = sheet.grid.at(row, area[1])
        if isinstance(head, str) and fold(head) in _CHOICE_HEADS:
            beside = sheet.grid.at(row, area[1] + 1)
            return isinstance(beside, str) and fold(beside) in _TEXT_HEADS
    return False


def _plain(value: CellValue) -> str:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g}"
    return ""


def _made(values: Sequence[str]) -> Choices:
    kept = [value for value in dict.fromkeys(values) if value and not is_placeholder(value) and len(value) <= 200]
    if len(kept) > MOST:
        return Choices(remark=f"プルダウンの選択肢が{len(kept)}個あるため、書き出していません。")
    return Choices(tuple((value, None) for value in kept))


def guide_tables(book: BlankBook) -> dict[str, Choices]:
    """Label (folded) → its choices, from tables of the guide 「項目 | 選択肢 | 内容」, and from sheets of lists whose
    columns are headed by labels."""
    found: dict[str, Choices] = {}
    for sheet in book.sheets:
        for row in range(min(sheet.grid.height, 400)):
            heads = {
                fold(value): column
                for column, value in enumerate(sheet.grid.rows[row][:60])
                if isinstance(value, str) and len(value) <= 20
            }
            column = next((at for head, at in heads.items() if head in _CHOICE_HEADS), None)
            label = next(
                (at for head, at in heads.items() if head in TABLE_HEADS and (column is None or at < column)), None
            )
            if column is not None and label is not None:
                text = next((at for head, at in heads.items() if head in _TEXT_HEADS and at > column), None)
                found |= _table(sheet, row + 1, label, column, text)
    return found


def _table(sheet: BlankSheet, first: int, label: int, column: int, text: int | None) -> dict[str, Choices]:
    grid = sheet.grid
    found: dict[str, list[tuple[str, str | None]]] = {}
    current = ""
    for row in range(first, min(grid.height, first + 400)):
        said = grid.at(row, label)
        value = _plain(grid.at(row, column))
        if isinstance(said, str) and said.strip():
            forms = label_forms(said) if len(said) <= LABEL_MAX else ()
            current = forms[0] if forms and value else ""
        if not value or not current:
            if not value and said is None:
                break
            continue
        explained = grid.at(row, text) if text is not None else None
        words = "／".join(filter(None, map(str.strip, explained.splitlines()))) if isinstance(explained, str) else None
        found.setdefault(current, []).append((value, words or None))
    return {key: Choices(tuple(values)) for key, values in found.items() if 2 <= len(values) <= MOST}


def list_columns(sheet: BlankSheet) -> dict[str, Choices]:
    """A sheet of lists: each column headed by a label, its choices below."""
    grid = sheet.grid
    found = {}
    for column in range(min(grid.width, 60)):
        head = grid.at(0, column)
        values = []
        for row in range(1, min(grid.height, MOST + 1)):
            value = _plain(grid.at(row, column))
            if not value:
                break
            values.append(value)
        if isinstance(head, str) and len(head) <= LABEL_MAX and len(values) >= 2 and (forms := label_forms(head)):
            found[forms[0]] = _made(values)
    return found


# 「年代」「自己評価」: of what nobody has two.
_EXCLUSIVE = re.compile(r"(?:年代|年齢層?|性別|評価|有無|可否|要否|[のを]別|頻度|規模)(?:[()]|$)")


def one_or_several(
    asked: Asked, rule: Validation | None, known: FieldSpec | None, count: int
) -> tuple[str, str | None]:
    """`choice` or `choices`, and a remark (Japanese) where the form doesn't say which."""
    words = normalize("NFKC", "\n".join(asked.says))
    several, single = bool(SEVERAL.search(words)), bool(ONE.search(words))
    if several and not single:
        return "choices", None
    if single or count == 1 or (rule is not None and rule.kind == "list"):
        return ("choice" if count > 1 else "choices"), None
    if known is not None and known.type in CHOOSING:
        return known.type.value, None
    if count == 2 or _EXCLUSIVE.search((label_forms(asked.label) or ("",))[0]):
        return "choice", None
    drawn = bool(asked.options) and asked.boxes
    kept = "いくつでも選べる（choices）" if drawn else "1つだけ選ぶ（choice）"
    return ("choices" if drawn else "choice"), f"いくつ選べるかが書かれていないため、{kept}としました。"


_YES, _NO = ("はい", "○"), ("いいえ", "×")
_THERE, _NOT_THERE = ("有", "有り", "あり"), ("無", "無し", "なし", "ない")
_OF_YES = re.compile(
    r"はい|有り?|あり|ある|(?:予定|経験|実績)あり|可能?|含む|該当(?:する)?|(?:同意|希望|承諾|参加|実施)?する|yes"
)
_OF_NO = re.compile(
    r"いいえ|無し?|なし|ない|(?:予定|経験|実績)なし|不可能?|含まない|非該当|(?:該当|同意|希望|承諾|参加|実施)?しない|no"
)


def said_otherwise(values: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What people type for a yes and a no where a form offers just these two: 「はい」 for あり."""
    yes = [value for value in values if _OF_YES.fullmatch(fold(value))]
    no = [value for value in values if _OF_NO.fullmatch(fold(value))]
    if len(values) != 2 or len(yes) != 1 or len(no) != 1:
        return {}
    return {
        value: tuple(word for word in (*words, *(other if value in other else ())) if fold(word) != fold(value))
        for value, words, other in ((yes[0], _YES, _THERE), (no[0], _NO, _NOT_THERE))
    }
