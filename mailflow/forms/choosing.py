"""Which of a field's choices a cell names: typed, listed, drawn (「☑可　□不可」), or said in a sentence.

In: text of a cell, the choices. Out: their values in the order of the form, and whether something is left that is none.
Pure; the caller bounds the text. Decisions:
- What spells one choice as a whole names it; then what is ticked in a drawing; then lists; last a sentence that mentions
  one choice and says nothing that takes it back (「企画部長了承」, never 「副市長了承」 nor 「首長了承を得る予定」).
- A remark in brackets that only says what is still to come (「部局長了承（首長了承は3月予定）」) names nothing.
- Where a choice and its like could both be meant (「首長了承または部局長了承」), or something limits it (「一部含まない」), none is
  named: a person is asked, nothing is guessed (hedges.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from mailflow.forms.drawing import drawn
from mailflow.forms.hedges import is_hedged, leaves_open
from mailflow.forms.spelling import (
    CIRCLED,
    Table,
    core,
    exact,
    loose,
    mentions_another,
    one,
    table_of,
    without_politeness,
    word_for_word,
)
from mailflow.forms.text import LABEL_MAX, fold
from mailflow.settings.form import Choice

_ALL = re.compile(r"(?:全て|すべて|全部|全項目|全めにゅー)(?:の(?:めにゅー|項目))?(?:を?(?:希望|選択)(?:する)?)?")
_CIRCLED_RANGE = re.compile(f"([{CIRCLED}])[\\s]?(?:[~〜～-]|から)[\\s]?([{CIRCLED}])")
_NUMBER_RANGE = re.compile(r"(?<![0-9])([0-9]{1,2})\s?(?:[~〜～-]|から)\s?([0-9]{1,2})(?![0-9])")
_NUMBERS_APART = re.compile(r"\s*[0-9]{1,2}(?:[\s　]+[0-9]{1,2})+\s*")
# Numbers in other circles: ❶ ⓫ ➀ ➊ ⓵
_OTHER_CIRCLES = {
    ord(first) + at: CIRCLED[base + at]
    for first, base, count in (("❶", 0, 10), ("⓫", 10, 10), ("➀", 0, 10), ("➊", 0, 10), ("⓵", 0, 10))
    for at in range(count)
}
_LONGEST_SENTENCE = 120


def says_all(text: str) -> bool:
    """「すべて」「全メニューを希望」"""
    return len(text) <= LABEL_MAX and _ALL.fullmatch(fold(text)) is not None


def named(text: str, choices: tuple[Choice, ...], *, several: bool = False) -> tuple[tuple[str, ...], bool]:
    """The choices named, and whether something is left that is no choice. `several`: of a field for any number of them, in
    which what is only planned counts as well."""
    if value := exact(text, choices):
        return (value,), False
    table, written = table_of(choices), fold(text)
    if not several:
        if _ONLY_PLANNED.search(text):
            return (), True
        text = _without_denied(_WITHOUT_PLANS.sub("", text), table)
    if (whole := word_for_word(text, table)) and fold(text) == written:
        return (whole,), False
    found, rest = _named(text, choices, table, several)
    folded = fold(text)
    if found and not several and not drawn(text, choices) and is_hedged(folded, written, found, table):
        return (), True
    if found and leaves_open(folded) and (len(found) > 1 or mentions_another(text, found[0], table)):
        return (found if several else ()), True
    return found, rest


def _named(text: str, choices: tuple[Choice, ...], table: Table, several: bool) -> tuple[tuple[str, ...], bool]:
    if value := one(text, table):
        return (value,), False
    ticked = drawn(text, choices)
    if ticked is not None:
        return tuple(choice.value for choice in choices if choice.value in ticked), False
    values = {choice.value for choice in choices}
    if values & set(CIRCLED):
        text = _in_circles(text)
        circled = [char for char in text if char in CIRCLED]
        if circled:
            left_open = _OR.search("".join(text.split())) is not None
            return _ordered(circled, choices), left_open or not values.issuperset(circled)
    found, rest = _by_words(text, table, several)
    if rest and (mentioned := _mentioned(text, table, 3 if several else 1)):
        return _ordered(mentioned, choices), False
    return _ordered(found, choices), rest


def _without_denied(text: str, table: Table) -> str:
    """「AではなくB」 names B alone, 「B（Aではない）」 too."""
    if "なく" not in text and "ない" not in text and "ありません" not in text:
        return text
    folded = rest = fold(text)
    for word, _ in table.longest:
        if word in rest:
            own = rf"(?<![a-z0-9]){re.escape(word)}(?:こーす)?"
            rest = re.sub(rf"\({own}では?(?:ない|ありません)\)|{own}(?:では?|じゃ)なくて?[、,]?(?=.)", "", rest)
    return text if rest == folded else rest


def is_left_standing(text: str, choices: tuple[Choice, ...]) -> bool:
    """All of three and more choices one after the other, as the form prints them."""
    plain = _SEPARATORS.sub("", fold(text))
    return len(choices) >= 3 and plain == _SEPARATORS.sub("", fold("".join(choice.value for choice in choices)))


def _ordered(found: Iterable[str], choices: tuple[Choice, ...]) -> tuple[str, ...]:
    kept = set(found)
    return tuple(choice.value for choice in choices if choice.value in kept)


# --- lists and sentences ----------------------------------------------------------------------------------------------


def _in_circles(text: str) -> str:
    """Lists of numbers as the choices have them: 「❶」「1〜5」「1 3 11」 as ①, ①②③④⑤, ①、③、⑪."""
    text = _CIRCLED_RANGE.sub(_spread, text.translate(_OTHER_CIRCLES))
    plain = normalize("NFKC", text) if not any(char in CIRCLED for char in text) else ""
    if _NUMBERS_APART.fullmatch(plain):
        return "、".join(_circle(number) for number in plain.split())
    if found := _NUMBER_RANGE.fullmatch(plain.strip()):
        first, last = int(found[1]), int(found[2])
        if 1 <= first < last <= len(CIRCLED):
            return CIRCLED[first - 1 : last]
    return text


def _circle(number: str) -> str:
    at = int(number)
    return CIRCLED[at - 1] if 1 <= at <= len(CIRCLED) else number


def _spread(found: re.Match[str]) -> str:
    return CIRCLED[CIRCLED.index(found[1]) : CIRCLED.index(found[2]) + 1] or found[0]


# What stands between choices that names nothing: years, numbers of a list, the end of the sentence; the second where
# plans count.
_FILLER = re.compile(
    r"(?:令和|r)?(?:[0-9]{1,4}(?:年度?)?|元年度?)(?:当初|補正)?の?|[0-9]{1,2}[).]?|(?:とも|ともに|両方とも|いずれも)(?:了承|可|同意)?(?:済み?)?"
    r"|\(.{0,80}\)|(?:を|に|へ|の)?(?:希望|応募|申請|選択)?(?:する|している|したい|します|しています|です)?"
)
_FILLER_OF_SEVERAL = re.compile(
    rf"{_FILLER.pattern}|のみ|だけ|(?:を|に|へ|の)?(?:検討|予定|活用|提案|想定)(?:中|する|している|したい|します|しています|です)?"
)
_OF_A_COURSE = re.compile(r"[a-z](?:こーす)?の?-?([0-9]{1,2})")  # 「B-3」: menu ③ of course B
_OR = re.compile(f"[{CIRCLED}](?:か|又は|または|もしくは|or)[{CIRCLED}]")
# 「、首長は3月中に説明予定」 beside what is agreed already
_STILL_TO_COME = re.compile(r".{3,60}(?:予定|未了|今後|これから|調整中|協議中|説明中|手続中|見込み?|待ち)(?:です)?")
_SEPARATORS = re.compile(r"[、,;/\n・]+|及び|および|と(?!も)|又は|または")


def _by_words(text: str, table: Table, several: bool) -> tuple[list[str], bool]:
    """What is between separators, one by one; where that isn't all, spellings cut out of the text, the longest first, and
    then what is left."""
    plain = re.sub(r"no\.?(?=[0-9])", "", fold(text))
    pieces = [piece for piece in _SEPARATORS.split(plain.replace("。", "\n")) if piece]
    said = [piece for piece in pieces if several or not _STILL_TO_COME.fullmatch(piece)]
    found, rest = _piece_by_piece(said, [], table, several)
    if found and not rest:
        return found, rest
    cut: list[str] = []
    for spelling, value in table.longest:
        if len(spelling) >= 3 and spelling in plain:
            plain = plain.replace(spelling, "\n")
            cut.append(value)
    return _piece_by_piece(_SEPARATORS.split(plain), cut, table, several)


def _piece_by_piece(pieces: Iterable[str], found: list[str], table: Table, several: bool) -> tuple[list[str], bool]:
    # The pieces were folded, so separators are half-width and spaces are gone.
    filler = _FILLER_OF_SEVERAL if several else _FILLER
    rest = False
    for piece in pieces:
        if not core(piece):
            continue
        value = one(piece, table)
        if value is None and (of_course := _OF_A_COURSE.fullmatch(piece)):
            value = one(of_course[1], table)
        if value is not None:
            found.append(value)
        elif not (found and filler.fullmatch(piece)):
            rest = True
    return found, rest


# 「首長了承（調整中）」 names nothing yet; 「部局長了承（予定）」, 「部局長了承（首長了承は3月予定）」 say what stands before it.
_ONLY_PLANNED = re.compile(r"[(（][\s　]*(?:調整中|協議中|説明中|手続中|未了)(?:です)?[\s　]*[)）][\s　]*$")
_WITHOUT_PLANS = re.compile(
    r"[(（][^()（）]{0,60}(?:予定|今後|これから|後日|(?:採択|選定|決定)後|見込|説明中|調整中|協議中|まだ|未)[^()（）]{0,60}[)）]"
)
_IN_DOUBT = re.compile(
    r"未|予定|今後|これから|まだ|検討|調整|協議|説明|難|かね|条件|場合|相談|次第|限り|のみ|だけ|以外|除|見込|手続|待ち|なし|無|前|中$|ない|ず|否|不|非|副|代理|元|次|又は|または|もしくは|or|か$|[?？]"
)


# 「書きあり」「いえない」: the end of another word.
_HALF_A_WORD = re.compile("(?![にはもがとで])[ぁ-んー][ぁ-ん]")


def _mentioned(text: str, table: Table, shortest: int) -> list[str]:
    """The choices that a sentence mentions by words of that length; none where what is left of it may take them back."""
    left = without_politeness(fold(text))
    if len(left) > _LONGEST_SENTENCE:
        return []
    found: list[str] = []
    for word, value in table.longest:
        at = left.find(word)
        if at < 0 or len(word) < shortest:
            continue
        if len(word) == 1 and word.isascii():
            clear = re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", left) is not None
        else:  # a short word counts at the end: 「2回とも可」, not 「首長の考えによる」
            half = at > 0 and _HALF_A_WORD.match(left[at - 1 :]) is not None
            clear = len(word) >= 3 or (not half and loose(left).endswith(word))
        if clear:
            left = left.replace(word, "\n")
            found.append(value)
        elif len(word) == 1 and not word.isdigit():  # 「有　無」: another one that stands there, too
            return []
    return [] if _IN_DOUBT.search(left) else found
