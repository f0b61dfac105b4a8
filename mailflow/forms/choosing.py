"""Which of a field's choices a cell names: typed, listed, drawn (「☑可　□不可」), or said in a sentence.

In: text of a cell, the choices. Out: their values in the order of the form, and whether something is left that is none.
Pure; the caller bounds the text. Decisions:
- What spells one choice as a whole names it; then what is ticked in a drawing; then lists; last a sentence that mentions
  one choice and says nothing that takes it back (「企画部長了承」, never 「副市長了承」 nor 「首長了承を得る予定」).
- A remark in brackets that only says what is still to come (「部局長了承（首長了承は3月予定）」) names nothing.
- Where a choice and its like could both be meant, none is named: a person is asked, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

from mailflow.forms.grid import CellValue
from mailflow.forms.text import LABEL_MAX, fold, label_forms
from mailflow.settings.form import Choice

_TICKED, _RINGED, _UNTICKED = "☑☒✓✔✅■●◉◎⦿", "○〇◯", "□☐◻▢×✕✗"
_MARKED = re.compile(
    rf"(?:([{_TICKED}{_RINGED}{_UNTICKED}])|\[([\sxXvVレ✓])\]|\(([\sxXvVレ✓○])\)|(?:(?<=\s)|^)([レﾚ✓vV])(?=[\s　]|(?:[^\s\w]|[^ァ-ン])))"
)
_CIRCLED_LETTER = re.compile("[Ⓐ-Ⓩⓐ-ⓩ]")
_ALL = re.compile(r"(?:全て|すべて|全部|全項目|全めにゅー)(?:の(?:めにゅー|項目))?(?:を?(?:希望|選択)(?:する)?)?")
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_CIRCLED_RANGE = re.compile(f"([{_CIRCLED}])[\\s]?(?:[~〜～-]|から)[\\s]?([{_CIRCLED}])")
_NUMBER_RANGE = re.compile(r"(?<![0-9])([0-9]{1,2})\s?(?:[~〜～-]|から)\s?([0-9]{1,2})(?![0-9])")
_NUMBERS_APART = re.compile(r"\s*[0-9]{1,2}(?:[\s　]+[0-9]{1,2})+\s*")
# Numbers in other circles: ❶ ⓫ ➀ ➊ ⓵
_OTHER_CIRCLES = {
    ord(first) + at: _CIRCLED[base + at]
    for first, base, count in (("❶", 0, 10), ("⓫", 10, 10), ("➀", 0, 10), ("➊", 0, 10), ("⓵", 0, 10))
    for at in range(count)
}
_LONGEST_SENTENCE = 120


def is_mark(cell: CellValue) -> bool:
    """A cell that holds nothing but a drawn mark, ticked or not."""
    return (
        isinstance(cell, str) and len(cell.strip()) == 1 and cell.strip() in _TICKED + _RINGED + _UNTICKED + "レﾚvVxX"
    )


def is_tick(cell: CellValue) -> bool:
    return is_mark(cell) and str(cell).strip() in _TICKED + _RINGED + "レﾚvVxX"


def says_all(text: str) -> bool:
    """「すべて」「全メニューを希望」"""
    return len(text) <= LABEL_MAX and _ALL.fullmatch(fold(text)) is not None


def named(text: str, choices: tuple[Choice, ...], *, several: bool = False) -> tuple[tuple[str, ...], bool]:
    """The choices named, and whether something is left that is no choice. `several`: of a field for any number of them, in
    which what is only planned counts as well."""
    if value := exact(text, choices):
        return (value,), False
    if not several:
        if _ONLY_PLANNED.search(text):
            return (), True
        text = _WITHOUT_PLANS.sub("", text)
    table = _table_of(choices)
    if whole := _one(text, table):
        return (whole,), False
    ticked = drawn(text, choices)
    if ticked is not None:
        return tuple(choice.value for choice in choices if choice.value in ticked), False
    values = {choice.value for choice in choices}
    if values & set(_CIRCLED):
        text = _in_circles(text)
        circled = [char for char in text if char in _CIRCLED]
        if circled:
            left_open = _OR.search("".join(text.split())) is not None
            return _ordered(circled, choices), left_open or not values.issuperset(circled)
    found, rest = _by_words(text, table, several)
    if rest and (mentioned := _mentioned(text, table, 3 if several else 1)):
        return _ordered(mentioned, choices), False
    return _ordered(found, choices), rest


def exact(text: str, choices: tuple[Choice, ...]) -> str | None:
    """What a drop-down leaves."""
    return next((choice.value for choice in choices if choice.value == text), None)


def spelled(text: str, choices: tuple[Choice, ...]) -> str | None:
    """The choice that the whole text spells; None for a drawing, a list or a sentence about it."""
    return exact(text, choices) or _one(text, _table_of(choices))


def _ordered(found: Iterable[str], choices: tuple[Choice, ...]) -> tuple[str, ...]:
    kept = set(found)
    return tuple(choice.value for choice in choices if choice.value in kept)


# --- the words of the choices -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    """`whole`: a form that the whole text may have → the value. `longest`: (folded, value), the longest first. `heads`:
    folded value and its short spellings → value. `words`: value → its spellings as they may stand in a sentence."""

    values: tuple[str, ...]
    whole: dict[str, str]
    longest: tuple[tuple[str, str], ...]
    heads: dict[str, str]
    words: dict[str, tuple[str, ...]]


def _table_of(choices: tuple[Choice, ...]) -> _Table:
    return _made(tuple((choice.value, choice.label, choice.spellings) for choice in choices))


@lru_cache(maxsize=512)
def _made(choices: tuple[tuple[str, str | None, tuple[str, ...]], ...]) -> _Table:
    whole: dict[str, str] = {}
    heads: dict[str, str] = {}
    for value, label, spellings in choices:
        forms = {fold(value)}.union(*((_core(one), _loose(one)) for one in spellings))
        if label:
            forms.add(_core(value + label))
        for form in forms:
            whole.setdefault(form, value)
        for one in spellings:
            if one != label:
                heads.setdefault(fold(one), value)
    spelled = {(fold(one), value) for value, _, spellings in choices for one in spellings}
    spelled |= {(loose, value) for form, value in spelled if len(loose := _loose(form)) >= 2}
    return _Table(
        tuple(value for value, _, _ in choices),
        whole,
        tuple(sorted(spelled, key=lambda pair: (-len(pair[0]), pair))),
        heads,
        {value: tuple(dict.fromkeys(map(fold, (value, *spellings)))) for value, _, spellings in choices},
    )


def _core(text: str) -> str:
    return re.sub(r"[()\[\]「」『』【】〈〉<>\"'・:.、。,]", "", fold(text)).translate(_SIGNS)


_SIGNS = str.maketrans({"〇": "○", "◯": "○", "◎": "○", "⭕": "○", "✕": "×", "✗": "×", "☓": "×", "✖": "×"})


def _loose(text: str) -> str:
    """Without 「の」 and what an officer ends a sentence with: 「町長の了承済みです」「Bコースを希望します」."""
    plain = _without_politeness(_core(text)).replace("の", "")
    for _ in range(2):
        plain = _ENDING.sub("", plain) or plain
    return plain


def _without_politeness(text: str) -> str:
    for polite, said in _POLITE:
        text = text.replace(polite, said)
    return text


_POLITE = (
    ("ております", "ている"), ("ています", "ている"), ("ていません", "ていない"), ("致します", "する"), ("いたします", "する"), ("します", "する"),
    ("しました", "した"), ("しません", "しない"), ("ありません", "ない"), ("みません", "まない"), ("みます", "む"), ("ました", "た"), ("でございます", ""), ("です", ""),
)  # fmt: skip
_ENDING = re.compile(
    r"(?:済み?|とする|となる|とした|となった|にする|である|ます|を?得(?:た|ている|て)?|を?(?:いただ|頂)い(?:た|ている)|をもらっ(?:た|ている)|(?:を|で)?(?:希望|選択|応募|申請)(?:する|したい)?|で?お願いする|する)$"
)


def _one(text: str, table: _Table) -> str | None:
    """The choice that the whole text spells: 「Ａコース」, 「(A)」, 「A：…」, 「A（地域課題整理…）」, 「1」 for ①."""
    found = {table.whole[form] for form in (fold(text), _core(text), _loose(text)) if form in table.whole}
    if found:
        return next(value for value in table.values if value in found)
    if (
        not any(value in _CIRCLED for value in table.values) and len(text) <= LABEL_MAX
    ):  # 「1. A」「① A」, not 「(A)(B)」
        value = next((table.whole[_core(form)] for form in label_forms(text)[:1] if _core(form) in table.whole), None)
        if value is not None:
            return None if _mentions_another(text, value, table) else value
    head = _HEAD.match(text.strip())
    if head:
        value = table.heads.get(fold(head[1])) or table.heads.get(_loose(head[1]))
        if value and not _mentions_another(text.strip()[head.end() :], value, table):
            return value
    return None


def _mentions_another(text: str, value: str, table: _Table) -> bool:
    return any(_mentions(text, table.words[other]) for other in table.values if other != value)


_HEAD = re.compile(r"[(（「【]?([^\s()（）「」【】:：.．、・]{1,20})[)）」】]?(?:コース)?[\s　]{0,9}[(（:：.．\s　]")


def _mentions(text: str, words: Iterable[str]) -> bool:
    """Whether the text names this choice too, by a word of its own: 「A（Bも検討）」 names B, 「可（許可済み）」 names 可 once."""
    folded = fold(text)
    plain = normalize("NFKC", text).casefold()
    for word in words:
        if len(word) > 1 and not word.isdigit():
            if word in folded:
                return True
        elif re.search(rf"(?<!{(near := _NEAR[word.isascii()])}){re.escape(word)}(?!{near})", plain):
            return True
    return False


_NEAR = {True: "[a-z0-9]", False: "[一-龥ぁ-んァ-ヶ]"}


# --- drawings ---------------------------------------------------------------------------------------------------------

_BETWEEN = " 　・、,/／:：\n"
# 「（○）可（　）不可」: a mark in brackets, or the room for one.
_IN_BRACKETS = re.compile(r"[(（\[［〔【]([○◯〇レﾚ✓✔☑■●xXvV])?[\s　]{0,6}[)）\]］〕】]")
_BOXES = re.compile("[□☐◻☑☒■]")


def drawn(text: str, choices: tuple[Choice, ...]) -> list[str] | None:
    """The choices ticked in a drawing of all of them: 「☑可　□不可」, 「A ・ Ⓑ」. None where nothing is drawn."""
    table = _table_of(choices)
    if ringed := _CIRCLED_LETTER.findall(text):
        letters = {normalize("NFKC", letter).casefold() for letter in ringed}
        return [value for value in table.values if fold(value) in letters]
    if not _BOXES.search(text):
        text = _IN_BRACKETS.sub(lambda found: "☑" if found[1] else "□", text)
    marks = list(_MARKED.finditer(text))
    pairs: list[tuple[str, str]] = []
    # 「A☑ B□」「A○・B」: the marks stand behind, where the text begins with a choice and ends with a mark, or where each
    # clings to what stands before it.
    first = bool(marks) and marks[0].start() > len(text) - len(text.lstrip())
    behind = first and (text[marks[-1].end() :].strip() == "" or all(_clings_back(text, mark) for mark in marks))
    if first and not behind and any(_clings_back(text, mark) for mark in marks):
        return None  # 「A○ ○B」: which is meant is not for us to say
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        if behind:
            begin = marks[index - 1].end() if index else 0
            option = re.split(r"[\n/／]|[\s　]{2,}", text[begin : mark.start()].strip(_BETWEEN))[-1].strip(_BETWEEN)
            value = _one(re.split(r"[\s　・、,]+", option)[-1], table) or _one(option, table)
        else:
            option = re.split(r"[\n/／]|[\s　]{2,}", text[mark.end() : end].strip(_BETWEEN))[0].strip(_BETWEEN)
            value = _one(option, table) or _one(option.split()[0] if option else "", table)
        value = value or _begins(option, table)
        if value is not None:
            pairs.append((mark[1] or mark[2] or mark[3] or mark[4], value))
    if not pairs:
        return None
    ticked = [value for mark, value in pairs if mark in _TICKED + "xXvVレﾚ✓"]
    ringed_values = [value for mark, value in pairs if mark in _RINGED]
    if ticked:
        return ticked
    if ringed_values and (len(ringed_values) < len(pairs) or len(pairs) < len(choices)):
        return ringed_values
    return []


def _clings_back(text: str, mark: re.Match[str]) -> bool:
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    apart = " 　・、,/／\n"
    return bool(before) and before not in apart and (not after or after in apart)


def _begins(text: str, table: _Table) -> str | None:
    """The choice whose spelling a text begins with, the longest first: 「その他（住民説明会）」."""
    folded = fold(text)
    return next((value for word, value in table.longest if len(word) > 1 and folded.startswith(word)), None)


# --- lists and sentences ----------------------------------------------------------------------------------------------


def _in_circles(text: str) -> str:
    """Lists of numbers as the choices have them: 「❶」「1〜5」「1 3 11」 as ①, ①②③④⑤, ①、③、⑪."""
    text = _CIRCLED_RANGE.sub(_spread, text.translate(_OTHER_CIRCLES))
    plain = normalize("NFKC", text) if not any(char in _CIRCLED for char in text) else ""
    if _NUMBERS_APART.fullmatch(plain):
        return "、".join(_circle(number) for number in plain.split())
    if found := _NUMBER_RANGE.fullmatch(plain.strip()):
        first, last = int(found[1]), int(found[2])
        if 1 <= first < last <= len(_CIRCLED):
            return _CIRCLED[first - 1 : last]
    return text


def _circle(number: str) -> str:
    at = int(number)
    return _CIRCLED[at - 1] if 1 <= at <= len(_CIRCLED) else number


def _spread(found: re.Match[str]) -> str:
    return _CIRCLED[_CIRCLED.index(found[1]) : _CIRCLED.index(found[2]) + 1] or found[0]


# What stands between choices that names nothing: years, numbers of a list, the end of the sentence; the second where
# plans count.
_FILLER = re.compile(
    r"(?:令和|r)?[0-9元]{1,4}(?:年度?)?(?:当初|補正)?の?|[0-9]{1,2}[).]?|(?:とも|ともに|両方とも|いずれも)(?:了承|可|同意)?(?:済み?)?"
    r"|\(.{0,80}\)|(?:を|に|へ|の)?(?:希望|応募|申請|選択)?(?:する|している|したい|します|しています|です)?"
)
_FILLER_OF_SEVERAL = re.compile(
    rf"{_FILLER.pattern}|のみ|だけ|(?:を|に|へ|の)?(?:検討|予定|活用|提案|想定)(?:中|する|している|したい|します|しています|です)?"
)
_OF_A_COURSE = re.compile(r"[a-z](?:こーす)?の?-?([0-9]{1,2})")  # 「B-3」: menu ③ of course B
_OR = re.compile(f"[{_CIRCLED}](?:か|又は|または|もしくは|or)[{_CIRCLED}]")
# 「、首長は3月中に説明予定」 beside what is agreed already
_STILL_TO_COME = re.compile(r".{3,60}(?:予定|未了|これから|調整中|協議中|説明中|手続中|見込み?|待ち)(?:です)?")
_SEPARATORS = re.compile(r"[、,;/\n・]+|及び|および|と(?!も)|又は|または")


def _by_words(text: str, table: _Table, several: bool) -> tuple[list[str], bool]:
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


def _piece_by_piece(pieces: Iterable[str], found: list[str], table: _Table, several: bool) -> tuple[list[str], bool]:
    # The pieces were folded, so separators are half-width and spaces are gone.
    filler = _FILLER_OF_SEVERAL if several else _FILLER
    rest = False
    for piece in pieces:
        if not _core(piece):
            continue
        value = _one(piece, table)
        if value is None and (of_course := _OF_A_COURSE.fullmatch(piece)):
            value = _one(of_course[1], table)
        if value is not None:
            found.append(value)
        elif not (found and filler.fullmatch(piece)):
            rest = True
    return found, rest


# 「首長了承（調整中）」 names nothing yet; 「部局長了承（予定）」, 「部局長了承（首長了承は3月予定）」 say what stands before it.
_ONLY_PLANNED = re.compile(r"[(（][\s　]*(?:調整中|協議中|説明中|手続中|未了)(?:です)?[\s　]*[)）][\s　]*$")
_WITHOUT_PLANS = re.compile(
    r"[(（][^()（）]{0,60}(?:予定|今後|これから|後日|見込|説明中|調整中|協議中|まだ|未)[^()（）]{0,60}[)）]"
)
_IN_DOUBT = re.compile(
    r"未|予定|今後|これから|まだ|検討|調整|協議|説明|難|かね|条件|場合|相談|次第|限り|のみ|だけ|以外|除|見込|手続|待ち|なし|無|前|中$|ない|ず|否|不|非|副|代理|元|次|又は|または|もしくは|or|か$|[?？]"
)


def _mentioned(text: str, table: _Table, shortest: int) -> list[str]:
    """The choices that a sentence mentions by words of that length; none where what is left of it may take them back."""
    left = _without_politeness(fold(text))
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
            clear = len(word) >= 3 or _loose(left).endswith(word)
        if clear:
            left = left.replace(word, "\n")
            found.append(value)
        elif len(word) == 1 and not word.isdigit():  # 「有　無」: another one that stands there, too
            return []
    return [] if _IN_DOUBT.search(left) else found
