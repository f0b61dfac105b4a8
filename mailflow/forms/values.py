"""What a typed value means, for each type of field.

In: FieldSpec and a cell's value. Out: `Meaning(value, problem)`; problem `type`, `choice`, `error`, `length` or None.
Pure; never raises on what is typed; input longer than `READ_MAX` is not searched for numbers or choices.
Decisions:
- Text keeps its characters (髙, 𠮷, widths); only spaces around it go. Everything else is read in half width.
- A number may carry its unit and 約, 週, 程度, 以上 … (「週５時間程度」 → 5). 「2〜3時間」 is its lower bound where the
  field says `ranges: lower`, else a problem. Per month or day where the unit says week: a problem, never a guess.
- A phone number of nine digits is one whose leading zero Excel dropped. A code of five digits is one too where its
  check digit then fits, else a code without its check digit.
- One choice asked and two given is a problem with no value; `named_choices` tells which were named.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

from mailflow.forms.grid import CellValue, ExcelError
from mailflow.forms.text import LABEL_MAX, fold, is_placeholder, label_forms
from mailflow.model import FieldContent
from mailflow.settings.form import NUMERIC, Choice, FieldSpec, FieldType, Ranges

READ_MAX = 400
_UNIT_WORDS = re.compile(r"[(){}/・:~〜]|週間?(?:当たり|あたり|に)?|(?:約|合計|計|毎|程度|以上)")


@dataclass(frozen=True, slots=True)
class Meaning:
    value: FieldContent = None
    problem: str | None = None


def typed(cell: CellValue) -> str | int | float | None:
    """What the applicant sees in the cell, as JSON knows it. Dates in ISO 8601, error values by their code."""
    if isinstance(cell, ExcelError):
        return cell.code
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if cell is None or isinstance(cell, (str, int, float)):
        return cell
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, dt.timedelta):
        return f"{cell.total_seconds() / 3600:g}時間"
    return cell.isoformat() if isinstance(cell, dt.date) else cell.isoformat("minutes")


def is_blank(field: FieldSpec, cell: CellValue) -> bool:
    """Empty, or only what the form's maker printed into the box: 「選択してください」, 「　時間/週」, 「□ 可　□ 不可」."""
    if cell is None:
        return True
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    if not text or is_placeholder(text) or (field.printed is not None and fold(text) == fold(field.printed)):
        return True
    if field.type in NUMERIC and len(text) <= 30:
        return (
            not re.search(r"[0-9一二三四五六七八九十]", normalize("NFKC", text))
            and bool(field.unit)
            and _UNIT_WORDS.sub("", fold(text)) in {_UNIT_WORDS.sub("", fold(field.unit or "")), ""}
        )
    if field.choices and len(text) <= READ_MAX and not _exact(text, field.choices):
        drawn = _drawn(text, field.choices)
        return drawn is not None and not drawn
    return False


def understand(field: FieldSpec, cell: CellValue, context: Mapping[str, FieldContent] | None = None) -> Meaning:
    """`context`: values of other fields by key, for choices that hang on them."""
    if isinstance(cell, ExcelError):
        return Meaning(problem="error")
    if is_blank(field, cell):
        return Meaning()
    match field.type:
        case FieldType.TEXT:
            return _text(field, cell)
        case FieldType.NUMBER | FieldType.INTEGER:
            return _number(field, cell)
        case FieldType.PHONE:
            return _phone(cell)
        case FieldType.EMAIL:
            return _email(cell)
        case FieldType.DATE:
            return _date(cell)
        case FieldType.ORGANIZATION_CODE:
            return _code(cell)
        case FieldType.CHOICE | FieldType.CHOICES:
            return _choice(field, cell, context or {})


# --- text, phone, email, code, date -----------------------------------------------------------------------------------


def _text(field: FieldSpec, cell: CellValue) -> Meaning:
    text = str(typed(cell)).strip()
    if field.max_length and len("".join(text.splitlines())) > field.max_length:
        return Meaning(text, "length")
    return Meaning(text)


_DIGIT_LIKE = str.maketrans("０１２３４５６７８９＋＃", "0123456789+#")
_HYPHENS = re.compile(r"(?<=[0-9])[\s　]{0,3}[‐‑‒–—―−－ｰー─][\s　]{0,3}(?=[0-9])")
_PHONE = re.compile(r"(?:\+81[-\s]?|0)[0-9()（）\-\s]{8,18}")
_EXTENSION = re.compile(r"内線|ext|ﾅｲｾﾝ", re.IGNORECASE)


def _phone(cell: CellValue) -> Meaning:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        digits = f"{cell:.0f}"
        if len(digits) in (9, 10) and digits[0] != "0":
            return Meaning("0" + digits)
        return Meaning(problem="type")
    text = str(typed(cell)).strip()
    if len(text) > READ_MAX:
        return Meaning(problem="type")
    plain = _HYPHENS.sub("-", text.translate(_DIGIT_LIKE))
    main = _EXTENSION.split(plain)[0]
    if found := _PHONE.search(main):
        digits = re.sub(r"[^0-9]", "", found[0].removeprefix("+81"))
        national = len(digits) + (1 if found[0].startswith("+") and not digits.startswith("0") else 0)
        if national in (10, 11):
            return Meaning(plain)
    digits = re.sub(r"[^0-9]", "", main)
    if plain == digits and len(digits) in (9, 10) and digits[0] != "0":
        return Meaning("0" + digits)
    if len(digits) >= 20 and _PHONE.search(main):  # two numbers, 「0265-00-0000、090-0000-0000」
        return Meaning(plain)
    return Meaning(problem="type")


_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")


def _email(cell: CellValue) -> Meaning:
    text = str(typed(cell)).strip()
    if len(text) > READ_MAX:
        return Meaning(problem="type")
    plain = normalize("NFKC", text).replace("●", "@") if "@" not in normalize("NFKC", text) else normalize("NFKC", text)
    found = _EMAIL.findall("".join(plain.split()) if plain.count("@") == 1 else plain)
    return Meaning(found[0]) if found else Meaning(problem="type")


def check_digit(five: str) -> str:
    """The sixth digit of a local government code (総務省「全国地方公共団体コード」: weights 6 5 4 3 2, modulus 11)."""
    total = sum(weight * int(digit) for weight, digit in zip((6, 5, 4, 3, 2), five, strict=True))
    return str((11 - total % 11) % 10)


def _code(cell: CellValue) -> Meaning:
    digits = re.sub(r"[\s\-]", "", normalize("NFKC", str(typed(cell)))[:READ_MAX])
    if not re.fullmatch(r"[0-9]{5,6}", digits):
        return Meaning(problem="type")
    for code in (digits.zfill(6), digits + check_digit(digits) if len(digits) == 5 else digits):
        if check_digit(code[:5]) == code[5]:
            return Meaning(code)
    return Meaning(problem="type")


_ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
_DATE = re.compile(r"(令和|平成|昭和|(?<![a-z])[rhs])?\.?(元|[0-9]{1,4})[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?")
_EIGHT = re.compile(r"(?<![0-9])(20[0-9]{2})([01][0-9])([0-3][0-9])(?![0-9])")
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000  # 1954 to 2119, as Excel counts days


def _date(cell: CellValue) -> Meaning:
    """A day; its year must be told: 「3/19」 and 「26/3/19」 are problems, never guessed."""
    if isinstance(cell, dt.datetime):
        return Meaning(cell.date().isoformat())
    if isinstance(cell, dt.date):
        return Meaning(cell.isoformat())
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and _FIRST_SERIAL <= cell < _LAST_SERIAL:
        return Meaning((dt.date(1899, 12, 30) + dt.timedelta(int(cell))).isoformat())
    text = fold(str(typed(cell))[:READ_MAX])
    found = list(_DATE.finditer(text))
    if len(found) > 1:
        return Meaning(problem="type")  # from one day to another
    if found:
        era, said = found[0][1], found[0][2]
        if era or len(said) == 4:
            year = (1 if said == "元" else int(said)) + _ERAS.get(era or "", 0)
            return _day(year, found[0][3], found[0][4])
        return Meaning(problem="type")
    if eight := _EIGHT.search(text):
        return _day(int(eight[1]), eight[2], eight[3])
    return Meaning(problem="type")


def _day(year: int, month: str, day: str) -> Meaning:
    try:
        return Meaning(dt.date(year, int(month), int(day)).isoformat())
    except ValueError:
        return Meaning(problem="type")


# --- numbers ----------------------------------------------------------------------------------------------------------

_NUM = r"[0-9]{1,9}(?:,[0-9]{3}){0,3}(?:\.[0-9]{1,9})?"
_RANGE = re.compile(rf"({_NUM})([^0-9]{{0,6}}?)(?:~|〜|-|から|ないし|乃至|・)(?:週)?({_NUM})")
# Of which year or over how many a figure is, and which of the people are what: 「0.51（R6）」「3か年平均」「5人（うち専任1人）」.
_BESIDE = re.compile(
    r"\(?(?:令和|平成|(?<![a-z])[rh])\.?[0-9元]{1,2}(?:年度?)?\)?|\(?[0-9]{1,2}(?:か|ヶ|ヵ|カ|ケ|箇)?年(?:度)?の?(?:単純)?平均\)?|\(?20[0-9]{2}年度?\)?"
    r"|\((?:うち|内)[^()]{1,40}\)"
)
_KANJI = {char: number for number, char in enumerate("〇一二三四五六七八九")}
_KANJI_NUMBER = re.compile(r"([一二三四五六七八九])?(十)?([一二三四五六七八九])?")
_PERIODS = {"週": ("月", "日", "年"), "月": ("週", "日", "年"), "日": ("週", "月", "年"), "年": ("週", "月", "日")}


def _number(field: FieldSpec, cell: CellValue) -> Meaning:
    if isinstance(cell, (dt.time, dt.timedelta)) and "時間" in (field.unit or ""):  # typed as 5:00
        seconds = cell.total_seconds() if isinstance(cell, dt.timedelta) else cell.hour * 3600 + cell.minute * 60
        return _as_type(field, seconds / 3600)
    if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
        return Meaning(problem="type")
    if isinstance(cell, (int, float)):
        return _as_type(field, float(cell))
    text = fold(cell) if len(cell) <= READ_MAX else ""
    if not text:
        return Meaning(problem="type")
    value = _said(field, text.replace("~", "〜"))
    return Meaning(problem="type") if value is None else _as_type(field, value)


def _as_type(field: FieldSpec, value: float) -> Meaning:
    if field.type is FieldType.INTEGER:
        return Meaning(int(value)) if value.is_integer() else Meaning(problem="type")
    return Meaning(int(value) if value.is_integer() else value)


def _said(field: FieldSpec, text: str) -> float | None:
    """The one number that a phrase says, in the field's unit. None where it says none, two, or another unit's."""
    unit = fold(field.unit or "")
    if re.search(r"[0-9]", unit):  # ㎡ folds to m2: its 2 is no second number
        text = re.sub(rf"(?<=[0-9])\s?{re.escape(unit)}(?![0-9])", " ", text)
    if other := next((periods for period, periods in _PERIODS.items() if period in unit), None):
        text = text.replace("毎週", "週")
        if any(re.search(rf"{period}(?!曜)", text) for period in other):
            return None
    text = re.sub(r"(?:週|1?週間)(?:当たり|あたり|に)?", " ", text)
    text = re.sub(r"/1(?![0-9.])|1(?=人|名)(?:人|名)(?:当たり|あたり)", " ", text)
    hours_counted = "時間" in unit
    if hours_counted:  # of how many people the hours are the sum
        text = re.sub(rf"\(?{_NUM}(?:名|人)(?:の?合計|分の?合計|体制)\)?|\({_NUM}(?:名|人)\)", " ", text)
    text = _BESIDE.sub(" ", text)
    if re.search(r"[0-9][,、][0-9]{1,2}(?![0-9])", text):  # 「5、6」: two numbers, no thousands
        return None
    if re.search(r"[0-9][^0-9]{0,4}(?:未満|以下|足らず)", text):  # no number is said, only a bound above it
        return None
    if hours_counted and (found := re.fullmatch(rf"\D{{0,12}}({_NUM})(?:時間|h)({_NUM})分\D{{0,12}}", text)):
        return _float(found[1]) + _float(found[2]) / 60
    if hours_counted and (found := re.fullmatch(rf"\D{{0,12}}({_NUM})時間半\D{{0,12}}", text)):
        return _float(found[1]) + 0.5
    if hours_counted and (found := re.fullmatch(rf"\D{{0,12}}({_NUM})分\D{{0,12}}", text)):
        return _float(found[1]) / 60
    if found := _RANGE.search(text):
        rest = text[: found.start()] + text[found.end() :]
        lower = field.ranges is Ranges.LOWER and not re.search(r"[0-9]", rest) and _float(found[1]) < _float(found[3])
        return _float(found[1]) if lower else None
    numbers = re.findall(rf"(?<![0-9.,]){_NUM}(?![0-9])", text)
    if len(numbers) == 1 and re.search(r"(?<![0-9a-z])(?:-|マイナス|▲|△)\s?[0-9]", text) is None:
        return _float(numbers[0])
    if (
        not numbers
        and (found := _KANJI_NUMBER.search(re.sub(r"^[^一二三四五六七八九十]{0,12}", "", text)))
        and found[0]
    ):
        tens = _KANJI.get(found[1] or "", 1) * 10 if found[2] else 0
        ones = _KANJI.get(found[3] or "", 0) if found[2] else _KANJI.get(found[1] or "", 0)
        return float(tens + ones)
    return None


def _float(text: str) -> float:
    return float(text.replace(",", ""))


# --- choices ----------------------------------------------------------------------------------------------------------

_TICKED, _RINGED, _UNTICKED = "☑☒✓✔✅■●◉◎⦿", "○〇◯", "□☐◻▢×✕✗"
_MARKED = re.compile(
    rf"(?:([{_TICKED}{_RINGED}{_UNTICKED}])|\[([\sxXvVレ✓])\]|\(([\sxXvVレ✓○])\)|(?:(?<=\s)|^)([レﾚ✓vV])(?=[\s　]|(?:[^\s\w]|[^ァ-ン])))"
)
_CIRCLED_LETTER = re.compile("[Ⓐ-Ⓩⓐ-ⓩ]")

_ALL = frozenset({"全て", "すべて", "全部", "全項目"})
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_CIRCLED_RANGE = re.compile(f"([{_CIRCLED}])[\\s]?(?:[~〜～-]|から)[\\s]?([{_CIRCLED}])")


def is_mark(cell: CellValue) -> bool:
    """A cell that holds nothing but a drawn mark, ticked or not."""
    return (
        isinstance(cell, str) and len(cell.strip()) == 1 and cell.strip() in _TICKED + _RINGED + _UNTICKED + "レﾚvVxX"
    )


def is_tick(cell: CellValue) -> bool:
    return is_mark(cell) and str(cell).strip() in _TICKED + _RINGED + "レﾚvVxX"


def named_choices(field: FieldSpec, cell: CellValue) -> tuple[str, ...]:
    """Every choice that a cell names, in the order of the form; () where none can be told."""
    text = str(typed(cell) if cell is not None else "")
    return _named(text, field.choices)[0] if len(text) <= READ_MAX * 4 else ()


def _choice(field: FieldSpec, cell: CellValue, context: Mapping[str, FieldContent]) -> Meaning:
    text = str(typed(cell))
    if len(text) > READ_MAX * 4:
        return Meaning(problem="choice")
    named, rest = _named(text, field.choices)
    allowed = {choice.value for choice in field.choices if _open(choice, context)}
    if field.type is FieldType.CHOICE:
        good = len(named) == 1 and not rest and named[0] in allowed
        return Meaning(named[0]) if good else Meaning(problem="choice")
    if not named and fold(text) in _ALL:
        named, rest = tuple(choice.value for choice in field.choices if choice.value in allowed), False
    if not named:
        return Meaning(problem="choice")
    return Meaning(named, "choice" if rest or not allowed.issuperset(named) else None)


def _open(choice: Choice, context: Mapping[str, FieldContent]) -> bool:
    """A choice hangs on another field only once that field is understood."""
    return all(context.get(key) is None or context[key] in values for key, values in choice.only_if.items())


def _named(text: str, choices: tuple[Choice, ...]) -> tuple[tuple[str, ...], bool]:
    """The choices named, and whether something is left that is no choice."""
    if whole := _exact(text, choices) or _one(text, choices):
        return (whole,), False
    drawn = _drawn(text, choices)
    if drawn is not None:
        return tuple(choice.value for choice in choices if choice.value in drawn), False
    text = _CIRCLED_RANGE.sub(_spread, text)
    values = {choice.value for choice in choices}
    circled = [char for char in text if char in _CIRCLED]
    if circled and values & set(_CIRCLED):
        return _ordered(circled, choices), not values.issuperset(circled)
    found, rest = _by_words(text, choices)
    return _ordered(found, choices), rest


def _exact(text: str, choices: tuple[Choice, ...]) -> str | None:
    """What a drop-down leaves."""
    return next((choice.value for choice in choices if choice.value == text), None)


def _ordered(found: list[str], choices: tuple[Choice, ...]) -> tuple[str, ...]:
    return tuple(choice.value for choice in choices if choice.value in found)


def _spread(found: re.Match[str]) -> str:
    return _CIRCLED[_CIRCLED.index(found[1]) : _CIRCLED.index(found[2]) + 1] or found[0]


def _one(text: str, choices: tuple[Choice, ...]) -> str | None:
    """The choice that the whole text spells: 「Ａコース」, 「(A)」, 「A：…」, 「A（地域課題整理…）」, 「1」 for ①."""
    forms = {fold(text), _core(text), _loose(text)}
    if not any(choice.value in _CIRCLED for choice in choices) and len(text) <= LABEL_MAX:
        forms |= {_core(form) for form in label_forms(text)[:1]}  # 「1. A」「① A」
    for choice in choices:
        spelled = {fold(choice.value)}.union(*map(_spelled, choice.spellings))
        if choice.label:
            spelled |= {_core(choice.value + choice.label)}
        if forms & spelled:
            return choice.value
    head = re.match(
        r"[(（「【]?([^\s()（）「」【】:：.．、・]{1,12})[)）」】]?(?:コース)?[\s　]{0,9}[(（:：.．\s　]", text.strip()
    )
    if head:
        heads = [c.value for c in choices if fold(head[1]) in map(fold, (c.value, *c.accept))]
        others = [c.value for c in choices if c.value not in heads and _mentions(text[head.end() :], c)]
        if len(heads) == 1 and not others:
            return heads[0]
    return None


def _mentions(text: str, choice: Choice) -> bool:
    """Whether the text also names this choice, by a word of its own: 「A（Bも検討）」 names B."""
    value = re.escape(normalize("NFKC", choice.value).casefold())
    plain = normalize("NFKC", text).casefold()
    if len(choice.value) > 1:
        return fold(choice.value) in fold(text)
    return bool(re.search(rf"(?<![a-z0-9]){value}(?![a-z0-9])", plain))


def _core(text: str) -> str:
    return re.sub(r"[()\[\]「」『』【】〈〉<>\"'・:.、。,]", "", fold(text))


@lru_cache(maxsize=4096)
def _spelled(spelling: str) -> frozenset[str]:
    """What counts as one of a choice's spellings."""
    return frozenset((_core(spelling), _loose(spelling)))


def _loose(text: str) -> str:
    """Without 「の」 and what an officer ends a sentence with: 「町長の了承済みです」."""
    return _ENDING.sub("", _core(text).replace("の", ""))


_ENDING = re.compile(r"(?:済み?)?(?:です|となります|とします|ます|でございます)?$")


def _drawn(text: str, choices: tuple[Choice, ...]) -> list[str] | None:
    """The choices ticked in a drawing of all of them: 「☑可　□不可」, 「A ・ Ⓑ」. None where nothing is drawn."""
    if ringed := _CIRCLED_LETTER.findall(text):
        letters = {normalize("NFKC", letter).casefold() for letter in ringed}
        return [choice.value for choice in choices if fold(choice.value) in letters]
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
            value = _one(re.split(r"[\s　・、,]+", option)[-1], choices) or _one(option, choices)
        else:
            option = re.split(r"[\n/／]|[\s　]{2,}", text[mark.end() : end].strip(_BETWEEN))[0].strip(_BETWEEN)
            value = _one(option, choices) or _one(option.split()[0] if option else "", choices)
        value = value or _begins(option, choices)
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


_BETWEEN = " 　・、,/／:：\n"
# 「（○）可（　）不可」: a mark in brackets, or the room for one.
_IN_BRACKETS = re.compile(r"[(（\[［〔【]([○◯〇レﾚ✓✔☑■●xXvV])?[\s　]{0,6}[)）\]］〕】]")
_BOXES = re.compile("[□☐◻☑☒■]")


def _clings_back(text: str, mark: re.Match[str]) -> bool:
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    apart = " 　・、,/／\n"
    return bool(before) and before not in apart and (not after or after in apart)


def _begins(text: str, choices: tuple[Choice, ...]) -> str | None:
    """The choice whose spelling a text begins with, the longest first: 「その他（住民説明会）」."""
    folded = fold(text)
    spelled = sorted(((fold(s), c.value) for c in choices for s in c.spellings), key=lambda pair: -len(pair[0]))
    return next((value for spelling, value in spelled if len(spelling) > 1 and folded.startswith(spelling)), None)


def _by_words(text: str, choices: tuple[Choice, ...]) -> tuple[list[str], bool]:
    """Spellings cut out of the text, the longest first; then what is between separators, one by one."""
    found: list[str] = []
    left = re.sub(r"no\.?(?=[0-9])", "", fold(text))
    spelled = sorted(((fold(s), c.value) for c in choices for s in c.spellings), key=lambda pair: -len(pair[0]))
    for spelling, value in spelled:
        if len(spelling) >= 3 and spelling in left:
            left = left.replace(spelling, "\n")
            found.append(value)
    rest = False
    # What is left was folded, so separators are half-width and spaces are gone.
    for piece in re.split(r"[、,;/\n・]+|及び|および|と|又は|または", left):
        if not _core(piece):
            continue
        value_of_piece = _one(piece, choices)
        if (
            value_of_piece is None
            and found
            and re.fullmatch(r"\(.{0,80}\)|を?(?:希望|予定|選択)(?:する|します)?", piece)
        ):
            continue  # 「その他（住民説明会）」
        rest = rest or value_of_piece is None
        if value_of_piece is not None:
            found.append(value_of_piece)
    return found, rest
