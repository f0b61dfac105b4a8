"""One field of the proposed spec: its type, limit, choices, mark, note, from what the form prints around the box.

In: Asked, the book, what is known of the field. Out: `Proposal`: data as form.yaml has it, and remarks (Japanese) for
everything that a person should look at. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from mailflow.forms.learning.asked import Asked
from mailflow.forms.learning.blank import BlankBook, BlankSheet
from mailflow.forms.learning.choices import Choices, of_rule, one_or_several, said_otherwise
from mailflow.forms.learning.look import Validation
from mailflow.forms.learning.printed import listed_options
from mailflow.forms.learning.words import (
    is_date_skeleton,
    is_skeleton,
    is_whole_unit,
    legend_marks,
    limit_in,
    says_conditional,
    says_only_if,
    says_required,
    unit_in_label,
)
from mailflow.forms.text import fold, is_example, is_joint, is_placeholder, label_forms
from mailflow.forms.values import understand
from mailflow.settings.form import CHOOSING, NUMERIC, FieldSpec, FieldType, Several

_PHONE = re.compile(r"電話|tel|fax|ファクス|ファックス|携帯", re.IGNORECASE)
_EMAIL = re.compile(r"メール|e-?mail|^mail", re.IGNORECASE)
_DATE = re.compile(r"(?:年月日|日付|申請日|提出日|記入日|作成日|開始日|終了日|完了日|期日|予定日|希望日)(?:\(|$)")
_CODE = re.compile(r"(?:地方公共団体|自治体|市区町村|市町村)コード|^団体コード$")
_NEVER_ASKED = re.compile(
    r"^(?:備考|特記事項|その他|その他特記事項|連絡事項|補足|参考|自由記述|fax|内線|文書番号|整理番号)"
)
_SAID_EXAMPLE = re.compile(r"^[(（【\[〔<＜※\s　]{0,3}(?:記入例|記載例|入力例|例)[)）】\]〕>＞]?[：:)）\s　]?")
_COMMON = frozenset(
    {"organization_name", "name", "contact_name", "contact_kana", "contact_phone", "contact_email", "department", "prefecture", "municipality", "address",
     "postal_code", "phone", "fax", "email", "organization_code", "remarks", "representative_name", "position"}
)  # fmt: skip


@dataclass(slots=True)
class Proposal:
    key: str
    asked: Asked
    data: dict[str, Any]
    remarks: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the whole form says: signs that mean 必須, whether any field is marked, choices and examples told elsewhere
    by label (folded)."""

    book: BlankBook
    signs: frozenset[str]
    marked: bool
    choices: Mapping[str, Choices]
    examples: Mapping[str, str]
    same_programme: bool


def is_marked(asked: Sequence[Asked], texts: Sequence[str]) -> tuple[frozenset[str], bool]:
    """The signs that mean 必須, and whether any field has a mark or sign that says so."""
    signs = legend_marks(texts)
    if not signs:  # 「団体名*」「※ 氏名」 on some labels and not on others speak for themselves
        for sign in "*※":
            with_it = sum(_has_sign(one.label, sign) or sign in map(_nfkc, one.marks) for one in asked)
            if 0 < with_it < len(asked):
                signs |= {sign}
    marked = any(says_required([*one.marks, one.wording]) for one in asked)
    return signs, marked or any(_has_sign(one.label, sign) for one in asked for sign in signs)


def _nfkc(text: str) -> str:
    return normalize("NFKC", text).strip()


def _has_sign(label: str, sign: str) -> bool:
    """「※ 氏名」「氏名＊」「相談の内容 ★　※具体的に（400字以内）」"""
    plain = _nfkc(label)
    return plain.startswith(sign) or any(
        _LIMIT_BEHIND.sub("", piece).rstrip().endswith(sign) for piece in (plain, *plain.split())
    )


_LIMIT_BEHIND = re.compile(r"(?<=.)\([^()]{1,30}\)$")  # 「業務の内容＊（200字程度）」


def propose(asked: Asked, key: str, sheet: BlankSheet, around: Surroundings, known: FieldSpec | None) -> Proposal:
    one = Proposal(key, asked, {"key": key, "label": asked.label[:200]})
    rule = sheet.validation(asked.area[0], asked.area[1])
    if asked.repeated:
        one.data["lines"] = asked.repeated + 1
        one.remarks.append(
            f"表の列です。{asked.repeated + 1}行分の記入を、上から順に改行でつないで一つの値として読みます（文章の欄）。"
        )
        rule, choices = None, []
    else:
        choices = _choices(one, sheet, rule, around, known)
        _type(one, sheet, rule, choices, known)
    kind = FieldType(one.data.get("type", "text"))
    _required(one, around, known)
    if kind is FieldType.TEXT:
        _length(one, rule)
    if not asked.repeated:
        _unit(one, kind, known)
    _words(one, around)
    if (
        kind is FieldType.TEXT
        and asked.rows > 1
        and ("max_length" in one.data or asked.area[3] - asked.area[1] >= 2 or asked.area[2] > asked.area[0])
    ):
        one.data["rows"] = asked.rows
    if known is not None and known.key == key:
        if known.ranges != FieldSpec.model_fields["ranges"].default and kind in NUMERIC:
            one.data["ranges"] = known.ranges.value
        if known.several is Several.FIRST and kind is FieldType.CHOICE:
            one.data["several"] = known.several.value
        if known.done and kind is FieldType.CHOICE:
            one.data["done"] = True
        for name, bound in (("least", known.least), ("most", known.most)):
            if bound is not None and kind in NUMERIC:
                one.data[name] = bound
        if known.distinctive:
            one.data["distinctive"] = True
    elif key not in _COMMON and (kind in CHOOSING or "max_length" in one.data):
        one.data["distinctive"] = True
    return one


# --- choices ----------------------------------------------------------------------------------------------------------


def _choices(
    one: Proposal, sheet: BlankSheet, rule: Validation | None, around: Surroundings, known: FieldSpec | None
) -> list[dict[str, Any]]:
    asked = one.asked
    found: tuple[tuple[str, str | None], ...] = ()
    elsewhere = next((around.choices[form] for form in label_forms(asked.label) if form in around.choices), None)
    if rule is not None and rule.kind == "list":
        told = of_rule(around.book, sheet, rule)
        found = told.values
        if told.remark:
            one.remarks.append(told.remark)
    if not found and asked.options:
        found = tuple((option, None) for option in asked.options)
    if not found and elsewhere is not None:
        found = elsewhere.values
    if not found:
        for hint in asked.hints:
            if listed := listed_options(hint):
                found = tuple((option, None) for option in listed)
                one.remarks.append("選択肢は、注記の文言から読み取りました。")
                break
    if len(found) == 1:
        one.remarks.append(f"印を付ける欄が「{found[0][0]}」の1つだけです。付けたときだけ、この値になります。")
    if not found:
        return _known_choices(one, around, known)
    if elsewhere is not None and elsewhere.values:
        words = {fold(value): label for value, label in elsewhere.values}
        found = tuple((value, label or words.get(fold(value))) for value, label in found)
    if known is not None and known.choices:
        return _as_known(one, found, known)
    also = said_otherwise([value for value, _ in found])
    return [
        {"value": value}
        | ({"label": label} if label and fold(label) != fold(value) else {})
        | ({"accept": list(also[value])} if value in also else {})
        for value, label in found
    ]


def _known_choices(one: Proposal, around: Surroundings, known: FieldSpec | None) -> list[dict[str, Any]]:
    if known is None or not known.choices:
        return []
    if not around.same_programme:
        one.remarks.append("選択肢が見当たらないため、文章の欄としました。")
        return []
    one.remarks.append(f"様式に選択肢が見当たらないため、いまの設定の {known.key} の選択肢にしました。")
    return _plain_choices(known)


def _as_known(one: Proposal, found: Sequence[tuple[str, str | None]], known: FieldSpec) -> list[dict[str, Any]]:
    """The known field's values where each printed choice means exactly one of them: rules name those values."""
    meant = [understand(known, value).value for value, _ in found]
    single = [value[0] if isinstance(value, tuple) and len(value) == 1 else value for value in meant]
    names = [value for value in single if isinstance(value, str)]
    if len(names) != len(found) or len(set(names)) != len(names):
        one.remarks.append(f"選択肢が、いまの設定の {known.key} と違います。規則の中の値も合わせてください。")
        return [{"value": value} | ({"label": label} if label else {}) for value, label in found]
    if missing := [choice.value for choice in known.choices if choice.value not in names]:
        one.remarks.append(f"いまの設定にある選択肢（{'、'.join(missing)}）が、この様式にはありません。")
    made = []
    printed = {name: value for name, (value, _) in zip(names, found, strict=True)}
    words = {name: label for name, (_, label) in zip(names, found, strict=True)}
    for choice in _plain_choices(known):
        name = choice["value"]
        if name in printed:
            if words[name] and "label" not in choice:
                choice["label"] = words[name]
            if printed[name] not in (name, choice.get("label"), *choice.get("accept", ())):
                choice["accept"] = [printed[name], *choice.get("accept", ())]
            made.append(choice)
    if any(printed[name] != name for name in names):
        shown = "、".join(f"「{printed[name]}」→{name}" for name in names if printed[name] != name)
        one.remarks.append(f"規則が使う値に読み替えます（{shown[:300]}）。")
    return made


def _plain_choices(known: FieldSpec) -> list[dict[str, Any]]:
    return [
        {"value": choice.value}
        | ({"label": choice.label} if choice.label else {})
        | ({"accept": list(choice.accept)} if choice.accept else {})
        | ({"decides": list(choice.decides)} if choice.decides else {})
        | ({"only_if": {key: list(values) for key, values in choice.only_if.items()}} if choice.only_if else {})
        for choice in known.choices
    ]


# --- type -------------------------------------------------------------------------------------------------------------


def _type(
    one: Proposal,
    sheet: BlankSheet,
    rule: Validation | None,
    choices: list[dict[str, Any]],
    known: FieldSpec | None,
) -> None:
    if choices:
        one.data["type"], remark = one_or_several(one.asked, rule, known, len(choices))
        one.remarks += [remark] if remark else []
        one.data["choices"] = choices
        return
    kind = _kind(one, sheet, rule, known)
    if kind is not FieldType.TEXT:
        one.data["type"] = kind.value


def _kind(one: Proposal, sheet: BlankSheet, rule: Validation | None, known: FieldSpec | None) -> FieldType:
    asked = one.asked
    label = _nfkc(asked.wording)
    if rule is not None and rule.kind in ("whole", "decimal"):
        return FieldType.INTEGER if rule.kind == "whole" else FieldType.NUMBER
    if rule is not None and rule.kind == "date":
        return FieldType.DATE
    if known is not None and known.type not in CHOOSING:
        return known.type
    if _CODE.search(label):
        return FieldType.ORGANIZATION_CODE
    if _EMAIL.search(label):
        return FieldType.EMAIL
    if _PHONE.search(label) and not re.search("有無|可否|時間帯", label):
        return FieldType.PHONE
    if asked.spread:
        between = "".join(map(fold, asked.hints[-1:]))
        return FieldType.DATE if re.fullmatch("(?:令和|平成|西暦)?年月日(?:[(]曜?日?[)])?", between) else FieldType.TEXT
    look = sheet.look(asked.area[0], asked.area[1])
    printed_date = any(is_date_skeleton(hint) for hint in asked.hints) and "日" in (asked.printed or "日")
    if printed_date and not re.search("から|〜|~|至", _nfkc(asked.printed or "")):
        return FieldType.DATE
    dated = re.search(r"[yge]+.{0,6}m+.{0,6}d|yyyy", look.number_format.lower()) or _DATE.search(label)
    if dated and "期間" not in label:
        return FieldType.DATE
    unit = _stated_unit(asked)
    if unit and unit not in ("年", "月", "日", "年度", "週"):
        return FieldType.INTEGER if is_whole_unit(unit) else FieldType.NUMBER
    if re.fullmatch(r"#,##0(?:[;_].*)?|0", look.number_format):
        one.remarks.append("セルの表示形式から、整数としました。")
        return FieldType.INTEGER
    if re.fullmatch(r"#?,?#*0\.0+(?:[;_].*)?", look.number_format):
        one.remarks.append("セルの表示形式から、数値としました。")
        return FieldType.NUMBER
    return FieldType.TEXT


_OF_WORDS = re.compile(r"方法|根拠|理由|内訳|備考|説明|内容|考え方|出典|積算|摘要|区分|名称?$")


def _stated_unit(asked: Asked) -> str | None:
    """Of a table's box its column's, else its row's; none where the column asks for words."""
    if asked.column and _OF_WORDS.search(asked.column):
        return None
    return asked.unit or unit_in_label(asked.column or "") or unit_in_label(asked.label)


def _unit(one: Proposal, kind: FieldType, known: FieldSpec | None) -> None:
    unit = _stated_unit(one.asked)
    if kind in NUMERIC:
        if unit or (known is not None and known.unit and known.key == one.key):
            one.data["unit"] = unit or (known.unit if known else None)
    elif one.asked.unit and kind is FieldType.TEXT:
        one.remarks.append(
            f"欄の右に「{one.asked.unit}」とあります。数値の欄なら type: number と unit を書いてください。"
        )


# --- required, length, words ------------------------------------------------------------------------------------------


def _required(one: Proposal, around: Surroundings, known: FieldSpec | None) -> None:
    asked = one.asked
    own = [*asked.marks, asked.wording]
    if says_conditional(own):
        condition = known.required if known is not None and not isinstance(known.required, bool) else None
        if condition is None:
            one.data["required"] = False
            one.remarks.append("「条件付」の欄です。条件が分からないため required: false としました。")
        else:
            one.data["required"] = condition.model_dump(mode="json", exclude_defaults=True)
        return
    marked = says_required(own)
    if marked is None and any(_has_sign(asked.label, sign) or sign in map(_nfkc, asked.marks) for sign in around.signs):
        marked = True
    if marked is None:
        marked = says_required(asked.hints)
    if marked is None and (says_only_if(asked.label) or says_only_if(asked.heading or asked.group or "")):
        marked = False
        one.remarks.append("条件に当てはまるときだけ記入する欄と思われるため、required: false としました。")
    if marked is None and not around.marked:
        if known is not None and around.same_programme:
            if isinstance(known.required, bool):
                marked = known.required
            else:
                one.data["required"] = known.required.model_dump(mode="json", exclude_defaults=True)
                return
        else:
            marked = not _NEVER_ASKED.search((label_forms(asked.column or asked.label) or ("",))[0])
    if not marked:
        one.data["required"] = False


def _length(one: Proposal, rule: Validation | None) -> None:
    limit = limit_in(one.asked.says)
    stated = (
        rule.formula1
        if rule and rule.operator in ("lessThanOrEqual", "lessThan")
        else rule.formula2
        if rule and rule.operator == "between"
        else ""
    )
    checked = int(stated) if rule and rule.kind == "textLength" and stated.isdecimal() and len(stated) < 6 else None
    if checked and rule and rule.operator == "lessThan":
        checked -= 1
    if limit and checked and limit != checked:
        one.remarks.append(f"注記は{limit}字、入力規則は{checked}字です。大きい方にしました。")
    best = max(filter(None, (limit, checked)), default=None)
    if best and 1 <= best <= 32_767:
        one.data["max_length"] = best


def _words(one: Proposal, around: Surroundings) -> None:
    """Note and example."""
    asked = one.asked
    notes: list[str] = []
    examples = [_example(text, asked) for text in asked.examples]
    for hint in asked.hints:
        for line in hint.splitlines():
            text = line.strip()
            if (
                not text
                or is_placeholder(text)
                or is_date_skeleton(text)
                or is_skeleton(text)
                or is_joint(text)
                or text in {choice["value"] for choice in one.data.get("choices", ())}
                or fold(text) in {fold(note) for note in notes}
            ):
                continue
            if _SAID_EXAMPLE.match(text) and (
                is_example(text) or re.match(r"[※(（\s　]{0,3}記[入載]例|例[：:）)]", text)
            ):
                examples.append(_example(text, asked))
            else:
                notes.append(text)
    told = next((around.examples[form] for form in label_forms(asked.label) if form in around.examples), None)
    if told:
        examples.append(_example(told, asked))
    if example := next(filter(None, examples), None):
        one.data["example"] = example
    if note := "\n".join(notes)[:2000].strip():
        one.data["note"] = note


def _example(text: str, asked: Asked) -> str:
    plain = _SAID_EXAMPLE.sub("", text.strip()).strip()
    if plain.endswith((")", "）")) and plain.count("(") + plain.count("（") < plain.count(")") + plain.count("）"):
        plain = plain[:-1].strip()  # 「（例：飯田市）」
    unit = asked.unit
    return (plain.removesuffix(unit).strip() if unit and plain.endswith(unit) else plain)[:2000]
