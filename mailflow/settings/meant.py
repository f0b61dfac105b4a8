"""What a value that is refused was most likely meant to be: 「30分」 is `30m`, 「１０時」 is `10:00`, 「はい」 is `true`.

In: what stands in the YAML. Out: the text to write instead, None where nobody can tell. Nothing here is ever used in the
operator's place: it stands in a hint. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

_UNITS = {
    "s": ("s", "sec", "secs", "second", "seconds", "秒", "秒間"),
    "m": ("m", "min", "mins", "minute", "minutes", "分", "分間"),
    "h": ("h", "hr", "hrs", "hour", "hours", "時間"),
    "d": ("d", "day", "days", "日", "日間"),
    "w": ("w", "week", "weeks", "週", "週間"),
}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_PART = re.compile(r"(\d{1,6}(?:\.\d{1,2})?)\s{0,3}([a-z]{1,8}|[秒分時間日週]{1,3})\s{0,3}")
_CLOCKED = re.compile(r"(\d{1,2}):(\d{2})")
_HOUR = re.compile(
    r"(午前|午後|am|pm)?\s{0,3}(\d{1,2})\s{0,3}(?:時?(半)|[:時.]\s{0,3}(\d{1,2})?\s{0,3}分?)?\s{0,3}(am|pm)?"
)
_DASHES = re.compile(r"\s{0,3}(?:[-~〜～‐‑–—−]|から)\s{0,3}")
_COUNT = re.compile(r"(\d{1,9})\s{0,3}(?:[a-z%]{1,8}|[^\d\s,.:/-]{1,6})?#?")
_YES = frozenset({"はい", "する", "有", "有り", "あり", "on", "y", "yes", "○", "〇", "可", "真", "true"})
_NO = frozenset({"いいえ", "しない", "無", "無し", "なし", "off", "n", "no", "×", "不可", "偽", "false"})
_DAYS = "月火水木金土日"
_ENGLISH_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def plain(value: Any) -> str:
    """Half-width, small letters, without white space around."""
    return unicodedata.normalize("NFKC", str(value)[:200]).casefold().strip()


def duration(value: Any) -> str | None:
    text = plain(value)  # 「3営業日」 may be another length than 3d
    if match := _CLOCKED.fullmatch(text):
        minutes = int(match[1]) * 60 + int(match[2])
        return f"{minutes}m" if minutes else None
    seconds, at, used = 0.0, 0, []
    while match := _PART.match(text, at):
        unit = _UNIT.get(match[2])
        if unit is None:
            return None
        seconds, at = seconds + float(match[1]) * _SECONDS[unit], match.end()
        used.append((match[1], unit))
    if not used or at < len(text) or seconds != int(seconds):
        return None
    if len(used) == 1 and used[0][0].isdigit() and used[0][1] != "w":
        return "".join(used[0])
    unit = next(unit for unit in "dhms" if int(seconds) % _SECONDS[unit] == 0)
    return f"{int(seconds) // _SECONDS[unit]}{unit}"


def of_half(hour: int, half: str) -> int:
    """「午後3時」 is 15, 「午前12時」 0, 「午後12時」 12."""
    if half in ("午後", "pm"):
        return hour + 12 if hour < 12 else hour
    return 0 if half in ("午前", "am") and hour == 12 else hour


def clock(value: Any) -> str | None:
    """A time of day as it is written: `10:00`."""
    text = plain(value)
    if re.fullmatch(r"\d{3,4}", text):
        text = f"{text[:-2]}:{text[-2:]}"
    match = _HOUR.fullmatch(text)
    if match is None:
        return None
    hour, minute = of_half(int(match[2]), match[1] or match[5] or ""), 30 if match[3] else int(match[4] or 0)
    return f"{hour}:{minute:02d}" if hour < 24 and minute < 60 else None


def span(value: Any) -> str | None:
    """`10:00-12:00`."""
    parts = _DASHES.split(plain(value).removesuffix("まで"))
    clocks = [clock(part) for part in parts]
    return "-".join(one for one in clocks if one) if len(parts) == 2 and all(clocks) else None


def number(value: Any) -> str | None:
    match = _COUNT.fullmatch(plain(value))
    return match[1] if match else None


def boolean(value: Any) -> str | None:
    text = plain(value)
    return "true" if text in _YES else "false" if text in _NO else None


def listed(value: Any) -> tuple[str, bool]:
    """A text where a list belongs, as one; whether it names more than one thing."""
    text = unicodedata.normalize("NFKC", str(value)) if str(value)[:1] in "［〔【" else str(value)
    text = text.strip().removeprefix("[").removesuffix("]").strip()
    if text in ("なし", "無し", "無", "休み", "none"):
        return "[]", False
    if len(text) > 1 and set(text) <= set(_DAYS):
        return f"[{', '.join(text)}]", True
    if (match := re.fullmatch(rf"([{_DAYS}])\s?[-~〜～]\s?([{_DAYS}])", text)) and match[1] != match[2]:
        return f"[{', '.join(_between(match[1], match[2]))}]", True
    parts = [part.strip() for part in re.split(r"[、，,]| - ", text) if part.strip()]
    return f"[{', '.join(parts)}]", len(parts) > 1


def _between(first: str, last: str) -> str:
    start, end = _DAYS.index(first), _DAYS.index(last)
    return _DAYS[start : end + 1] if start <= end else _DAYS[start:] + _DAYS[: end + 1]


def choice(given: str, choices: Sequence[str], told: str | None) -> str | None:
    """Which of the choices a Japanese or English word stands for; several, `月, 水`, where it says several.

    `told`: the description, 「online オンライン・phone 電話」.
    """
    text = plain(given)
    if "月" in choices:
        if (match := re.fullmatch(rf"([{_DAYS}])\s?[-~〜～]\s?([{_DAYS}])", text)) and match[1] != match[2]:
            return ", ".join(_between(match[1], match[2]))
        if len(text) > 1 and set(text) <= set(_DAYS):
            return ", ".join(dict.fromkeys(text))
    if (one := _one_choice(text, choices, told)) is not None:
        return one
    parts = [part for part in _TOGETHER.split(text) if part]
    found = [one for part in parts if (one := _one_choice(part, choices, told))]
    return ", ".join(dict.fromkeys(found)) if found and len(found) == len(parts) else None


_TOGETHER = re.compile(r"\s{0,3}[、,・/＋+とや]\s{0,3}")


def _one_choice(text: str, choices: Sequence[str], told: str | None) -> str | None:
    if "月" in choices:
        if match := re.fullmatch(rf"([{_DAYS}])(?:曜日?)?", text):
            return match[1]
        return next(
            (day for day, en in zip(_DAYS, _ENGLISH_DAYS, strict=True) if re.fullmatch(rf"{en}[a-z]{{0,6}}\.?", text)),
            None,
        )
    found = []
    for one in choices:
        if text == one.casefold():
            return one
        if match := re.search(rf"(?<![A-Za-z-]){re.escape(one)} ([^・。、（]{{1,20}})", told or ""):
            words = match[1].split(" ")[0]
            if len(text) > 1 and (text in words or words in text):
                found.append(one)
    return found[0] if len(found) == 1 else None


def domain(value: str) -> str | None:
    """`soumu.go.jp` of an address, a page, `*.soumu.go.jp`."""
    text = re.sub(r"^[a-z]{1,6}://", "", plain(value)).partition("/")[0].rpartition("@")[2]
    text = text.removeprefix("*").removeprefix(".").rstrip(".")
    label = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    return text if re.fullmatch(rf"{label}(?:\.{label}){{1,10}}", text) else None


def address(value: str) -> str | None:
    """The address in 「局 <a@b.jp>」, in full width, behind `mailto:`."""
    text = unicodedata.normalize("NFKC", value[:300])
    found = re.findall(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,24}", text)
    return found[0] if len(found) == 1 else None
