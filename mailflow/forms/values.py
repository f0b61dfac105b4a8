"""What a typed value means, for each type of field.

In: FieldSpec and a cell's value. Out: `Meaning(value, problem)`; problem `type`, `choice`, `error`, `length`, `unclear` (readable, with words
beside it that a person should see, or near to an answer that no choice fits) or None.
Pure; never raises on what is typed; input longer than `READ_MAX` is not searched for numbers or choices.
Decisions:
- Text keeps its characters (髙, 𠮷, widths); only spaces around it go. Everything else is read in half width.
- A phone number of nine digits is one whose leading zero Excel dropped; one of zeros only is none. A code of five digits is one too where its
  check digit then fits, else a code without its check digit.
- Numbers: numbers.py; choices: choosing.py. One choice asked and two given is a problem with no value, unless the field
  says `several: first`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from unicodedata import normalize

from mailflow.forms.choosing import is_left_standing, named, says_all
from mailflow.forms.drawing import drawn
from mailflow.forms.grid import CellValue, ExcelError
from mailflow.forms.hedges import Doubt
from mailflow.forms.numbers import READ_MAX, kanji_number, number_of
from mailflow.forms.spelling import exact, spelled
from mailflow.forms.text import fold, is_placeholder
from mailflow.model import FieldContent
from mailflow.settings.form import NUMERIC, Choice, FieldSpec, FieldType, Several

_UNIT_WORDS = re.compile(r"[(){}/・:~〜]|週間?(?:当たり|あたり|に)?|(?:約|合計|計|毎|程度|以上)")

_CROSSES = re.compile("[×✕✗✖☓]")


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
    if field.choices and len(text) <= READ_MAX and not exact(text, field.choices):
        ticked = drawn(text, field.choices)
        return ticked is not None and not ticked and _CROSSES.search(text) is None  # 「×」 is said, not left out
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


def evident(field: FieldSpec, cell: CellValue) -> bool:
    """Whether a cell is an answer of this field by its looks alone: no sentence that only mentions a choice, as a label may."""
    if field.choices and isinstance(cell, str):
        text = cell[: READ_MAX * 4]
        return bool(spelled(text, field.choices) or drawn(text, field.choices)) or (
            field.type is FieldType.CHOICES and understand(field, cell).problem is None
        )
    return understand(field, cell).problem is None


# --- text, phone, email, code, date -----------------------------------------------------------------------------------


def _text(field: FieldSpec, cell: CellValue) -> Meaning:
    text = _behind_the_note(field, str(typed(cell)).strip())
    if field.max_length and len("".join(text.splitlines())) > field.max_length:
        return Meaning(text, "length")
    return Meaning(text)


def _behind_the_note(field: FieldSpec, text: str) -> str:
    """What was written on behind the form's own note in the box."""
    printed = {fold(line) for line in (field.note or "").splitlines()} - {""}
    lines = text.split("\n")
    while printed and len(lines) > 1 and fold(lines[0]) in printed:
        lines = lines[1:]
    return "\n".join(lines).strip() if printed else text


_DIGIT_LIKE = str.maketrans("０１２３４５６７８９＋＃", "0123456789+#")
_HYPHENS = re.compile(r"(?<=[0-9])[\s　]{0,3}[‐‑‒–—―−－ｰー─][\s　]{0,3}(?=[0-9])")
_PHONE = re.compile(r"(?:\+81[-\s]?|0)[0-9()（）\-\s]{8,18}")
_DOTS = re.compile(r"(?<=[0-9])[.．・](?=[0-9])")
_LETTER_O = re.compile(
    r"(?<![A-NP-Za-np-zＡ-ＮＰ-Ｚａ-ｎｐ-ｚ])[OoＯｏ](?![A-NP-Za-np-zＡ-ＮＰ-Ｚａ-ｎｐ-ｚ])"
)  # a letter where a zero was meant
_EXTENSION = re.compile(r"(?:内線|ext|ﾅｲｾﾝ)[番号]{0,2}[)）.．:：\s　]{0,3}[0-9]{0,6}", re.IGNORECASE)


def _phone(cell: CellValue) -> Meaning:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        digits = f"{cell:.0f}"
        if len(digits) in (9, 10) and digits[0] != "0":
            return Meaning("0" + digits)
        return Meaning(problem="type")
    text = str(typed(cell)).strip()
    if len(text) > READ_MAX:
        return Meaning(problem="type")
    plain = _DOTS.sub("-", _HYPHENS.sub("-", _LETTER_O.sub("0", text.translate(_DIGIT_LIKE))))
    main = _EXTENSION.sub(" ", plain)
    numbers = [re.sub(r"[^0-9]", "", each[0].removeprefix("+81")) for each in _PHONE.finditer(main)]
    if numbers and not any(number.strip("0") for number in numbers):
        return Meaning(problem="type")
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
    plain = normalize("NFKC", text)
    if not _EMAIL.search(plain):  # 「kikaku●town.example（●を@に置換）」
        plain = _AT.sub("@", plain, count=1)
    mended = _COMMA.search(plain) if plain.count("@") == 1 else None
    if mended and _EMAIL.fullmatch(
        mended[0].replace(",", ".")
    ):  # 「…@town.kawara.lg,jp」: results go there, so a person sees it
        return Meaning(mended[0].replace(",", "."), "unclear")
    found = _EMAIL.findall("".join(plain.split()) if plain.count("@") == 1 else plain)
    return Meaning(found[0]) if found else Meaning(problem="type")


# A comma between two labels of a domain that hasn't ended yet.
_COMMA = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}(?<!\.jp)(?<!\.com)(?<!\.net)(?<!\.org),[A-Za-z][A-Za-z0-9-]{0,62}"
    r"(?:[.,][A-Za-z][A-Za-z0-9-]{0,62}){0,8}(?![A-Za-z0-9@])"
)
# What stands for @ where someone fears the collectors of addresses.
_AT = re.compile(r"\s{0,3}(?:[(\[【〔](?:at|アット(?:マーク)?|@)[)\]】〕]|[●★☆■◆◎])\s{0,3}", re.IGNORECASE)


def check_digit(five: str) -> str:
    """The sixth digit of a local government code (総務省「全国地方公共団体コード」: weights 6 5 4 3 2, modulus 11)."""
    total = sum(weight * int(digit) for weight, digit in zip((6, 5, 4, 3, 2), five, strict=True))
    return str((11 - total % 11) % 10)


def _code(cell: CellValue) -> Meaning:
    """「202053（飯田市）」「団体コード：20205-3」: the one run of digits."""
    plain = re.sub(r"(?<=[0-9])[\s\-]+(?=[0-9])", "", normalize("NFKC", str(typed(cell)))[:READ_MAX]).removesuffix(".0")
    found = re.findall(r"[0-9A-Za-z]*[0-9][0-9A-Za-z]*", plain)
    if len(found) != 1 or not re.fullmatch("[0-9]{5,6}", found[0]):
        return Meaning(problem="type")
    digits = found[0]
    for code in (digits.zfill(6), digits + check_digit(digits) if len(digits) == 5 else digits):
        if check_digit(code[:5]) == code[5]:
            return Meaning(code)
    return Meaning(problem="type")


_ERAS = {"令和": 2018, "令": 2018, "r": 2018, "平成": 1988, "平": 1988, "h": 1988, "昭和": 1925, "昭": 1925, "s": 1925}
_DATE = re.compile(
    r"(令和?|平成?|昭和?|(?<![a-z])[rhs])?\.?(元|[0-9]{1,4})[年./・-]([0-9]{1,2})[月./・-]([0-9]{1,2})日?"
)
_EIGHT = re.compile(r"(?<![0-9])(20[0-9]{2})([01][0-9])([0-3][0-9])(?![0-9])")
_YEAR_AGAIN = re.compile(r"(?<=年)\((?:令和|平成|昭和|西暦)?(?:元|[0-9]{1,4})年\)")  # 「令和8年（2026年）」
_KANJI_DAY = re.compile(r"[一二三四五六七八九十]{1,3}(?=[年月日])")
_KANJI_YEAR = re.compile(r"二〇[〇一二三四五六七八九]{2}(?=年)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH = re.compile(
    rf"([0-9]{{1,2}})-({'|'.join(_MONTHS)})-([0-9]{{2}}|20[0-9]{{2}})"
)  # as a spreadsheet in English shows days
_FIRST_SERIAL, _LAST_SERIAL = 20_000, 80_000  # 1954 to 2119, as Excel counts days


def _date(cell: CellValue) -> Meaning:
    """A day; its year must be told: 「3/19」 and 「26/3/19」 are problems, never guessed."""
    if isinstance(cell, dt.datetime):
        return Meaning(cell.date().isoformat())
    if isinstance(cell, dt.date):
        return Meaning(cell.isoformat())
    if isinstance(cell, str) and re.fullmatch(r"[0-9]{5}", cell.strip()):
        cell = int(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and _FIRST_SERIAL <= cell < _LAST_SERIAL:
        return Meaning((dt.date(1899, 12, 30) + dt.timedelta(int(cell))).isoformat())
    text = _YEAR_AGAIN.sub("", fold(str(typed(cell))[:READ_MAX]))
    text = _KANJI_YEAR.sub(lambda found: "".join(str("〇一二三四五六七八九".index(char)) for char in found[0]), text)
    if english := _ENGLISH.fullmatch(text):
        return _day(
            int(english[3]) + (2000 if len(english[3]) == 2 else 0), str(_MONTHS.index(english[2]) + 1), english[1]
        )
    text = _KANJI_DAY.sub(lambda found: str(kanji_number(found[0])), text)
    days = {_named_day(found) for found in _DATE.finditer(text)}
    if days:  # two of them lead from one to another
        return days.pop() if len(days) == 1 else Meaning(problem="type")
    if eight := _EIGHT.search(text):
        return _day(int(eight[1]), eight[2], eight[3])
    return Meaning(problem="type")


def _named_day(found: re.Match[str]) -> Meaning:
    era, said = found[1], found[2]
    if not era and len(said) != 4:
        return Meaning(problem="type")
    year = (1 if said == "元" else int(said)) + _ERAS.get(era or "", 0)
    return _day(year, found[3], found[4])


def _day(year: int, month: str, day: str) -> Meaning:
    try:
        return Meaning(dt.date(year, int(month), int(day)).isoformat())
    except ValueError:
        return Meaning(problem="type")


# --- numbers, choices -------------------------------------------------------------------------------------------------


def _number(field: FieldSpec, cell: CellValue) -> Meaning:
    value, doubt = number_of(field, cell)
    unclear = "unclear" if Doubt.NONE < doubt < Doubt.ASK else None
    if value is None:
        return Meaning(problem=unclear or "type")
    beyond = (field.least is not None and value < field.least) or (field.most is not None and value > field.most)
    if beyond or (field.type is FieldType.INTEGER and not value.is_integer()):
        return Meaning(problem="type")
    return Meaning(int(value) if value.is_integer() else value, unclear)


_PROBLEM = {Doubt.NONE: None, Doubt.LOOK: "unclear", Doubt.LIMITED: "unclear", Doubt.ASK: "choice"}


def _named(field: FieldSpec, text: str) -> tuple[tuple[str, ...], Doubt]:
    return named(text, field.choices, several=field.type is FieldType.CHOICES, done=field.done)


def _choice(field: FieldSpec, cell: CellValue, context: Mapping[str, FieldContent]) -> Meaning:
    text = str(typed(cell))
    if len(text) > READ_MAX * 4:
        return Meaning(problem="choice")
    found, doubt = _named(field, text)
    allowed = {choice.value for choice in field.choices if _open(choice, context)}
    if field.type is FieldType.CHOICE:
        ranked = len(found) > 1 and field.several is Several.FIRST and not is_left_standing(text, field.choices)
        one = len(found) == 1 or ranked
        if not one or found[0] not in allowed:
            return Meaning(problem="unclear" if doubt is Doubt.LIMITED else "choice")
        return Meaning(found[0], _PROBLEM[doubt]) if doubt <= Doubt.LOOK else Meaning(problem=_PROBLEM[doubt])
    if says_all(re.split("[(（、。]", text)[0]) and not re.search("除|以外|のうち", text):
        found, doubt = tuple(choice.value for choice in field.choices if choice.value in allowed), Doubt.NONE
    if not found:
        return Meaning(problem=_PROBLEM[max(doubt, Doubt.LIMITED)])
    return Meaning(found, _PROBLEM[doubt] if allowed.issuperset(found) else "choice")


def _open(choice: Choice, context: Mapping[str, FieldContent]) -> bool:
    """A choice hangs on another field only once that field is understood."""
    return all(context.get(key) is None or context[key] in values for key, values in choice.only_if.items())
