"""Choices that a cell states one by one: 「首長：了承済　部局長：未」, tells where the ring was drawn: 「無・有（無に○）」, ranks:
「第1希望A、第2希望B」, settles at its end: 「B（Aも検討したが、Bとする）」「課題整理の方（A）」, or calls by the end of its name: 「ロードマップ作成」.

In: text of a cell. Out: what is stated to be so, or None. Pure; the caller bounds the text.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.forms.spelling import Table, mentions_another, word_for_word
from mailflow.forms.text import fold
from mailflow.settings.form import Choice


def paired(text: str, table: Table) -> list[str] | None:
    """「首長：了承済　部局長：了承済」「首長：未、部局長：済」: those that are. None where it isn't all such pairs, or none is."""
    text = re.sub(r"\([^()]{1,20}\)", "", normalize("NFKC", text))  # 「首長：済（口頭）」
    pairs = _PAIR.findall(text)
    values = [(table.heads.get(fold(head)) or word_for_word(head, table), fold(state)) for head, state in pairs]
    if not values or _PAIR.sub("", text).strip(" 、,/・。"):
        return None
    if any(value is None or not (_IS_SO.fullmatch(state) or _IS_NOT.match(state)) for value, state in values):
        return None
    return [value for value, state in values if value and _IS_SO.fullmatch(state)] or None


def first_wish(text: str, table: Table) -> str | None:
    """「第1希望：A、第2希望：B」: the first. None for anything else, or where both are the same."""
    found = _WISHES.fullmatch(fold(text))
    if found is None:
        return None
    first, second = (table.heads.get(one) or word_for_word(one, table) for one in found.groups())
    return first if first and second and first != second else None


_WISHES = re.compile(
    r"(?:第[1一]希望|[1一]番目の?希望)[はが::]?(.{1,30}?)[、,。/・]?(?:第[2二]希望|[2二]番目の?希望)[はが::]?(.{1,30}?)(?:です)?[。]?"
)
_RINGED = re.compile(r"[(（][\s　]*([^()（）\s　]{1,12})(?:に|を)[\s　]*(?:○|〇|◯|丸|まる|マル)[^()（）]{0,6}[)）]")
_PAIR = re.compile(r"([^\s:、,/・]{1,12})\s?:\s?([^\s:、,/・]{1,10})")
_IS_SO = re.compile(r"(?:了承|了解|承認|合意|同意|決裁)?(?:済み?|有り?|あり|○|得た|得ている)|了承|承認|合意|同意|可")
_IS_NOT = re.compile("未|×|無|否|なし|予定|これから|不|今後")


def ringed(text: str) -> str | None:
    found = _RINGED.search(text)
    return found[1] if found else None


def settled(text: str, choices: tuple[Choice, ...], table: Table) -> str | None:
    """The choice that the text comes to: what its last clause says it is to be, the same as what it begins with; what stands in
    brackets behind words of that choice's own; or the end of one choice's name. None for anything else."""
    plain = normalize("NFKC", text).strip()
    if (found := _COMES_TO.fullmatch(plain)) is not None:
        first, last = (word_for_word(one, table) for one in found.groups())
        return first if first and first == last else None
    if (found := _IN_BRACKETS.fullmatch(plain)) is not None:
        value = word_for_word(found[2], table)
        pieces = [fold(one) for one in re.split("[・、,/]|及び|の方$", found[1]) if one.strip()]
        own = [fold(word) for one in choices if one.value == value for word in (one.label or "", *one.spellings)]
        said = bool(value) and not mentions_another(found[1], value or "", table)
        return value if said and all(any(piece in word for word in own) for piece in pieces) else None
    if _NAME.fullmatch(plain) is None:
        return None
    ends = [one.value for one in choices if any(end.endswith(fold(plain)) for end in _parts(one))]
    return ends[0] if len(ends) == 1 else None


def _parts(choice: Choice) -> list[str]:
    """The parts of a choice's name, which may stand for two: 「A …・ロードマップ作成／B …」."""
    return [fold(part) for part in re.split("[・／/、]|及び", normalize("NFKC", choice.label or choice.value))]


_COMES_TO = re.compile(
    r"([^()、,。]{1,20})\([^()]{1,40}(?:が|けれど|けど|結果)[、,]([^()、,。]{1,20}?)(?:とする|とした|にする|にした|とします|にします|に決定(?:した|しました)?|を(?:希望|選択)(?:する|します)?)\)"
)
_IN_BRACKETS = re.compile(r"([^()]{3,60})\(([^()]{1,12})\)")
_NAME = re.compile("[ァ-ヴー一-龥A-Za-z]{5,40}")  # no sentence: nothing in it can deny
