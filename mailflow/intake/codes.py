"""団体コード: 5 digits and a check digit (総務省「全国地方公共団体コード」). Pure."""

from __future__ import annotations

import re

from mailflow.intake.folding import squeeze

MAX_TEXT = 20


def check_digit(five: str) -> str:
    """The sixth digit: 11 − Σ(6,5,4,3,2)·digits mod 11, its last digit."""
    total = sum(weight * int(digit) for weight, digit in zip((6, 5, 4, 3, 2), five, strict=True))
    return str((11 - total % 11) % 10)


def readings_of_code(text: str) -> tuple[str, ...]:
    """The six-digit codes with a right check digit that `text` may mean: six digits, five without the check digit, or
    either without the leading zero that a spreadsheet dropped."""
    if len(text) > MAX_TEXT:
        return ()
    digits = re.sub(r"[-‐‑–—−]", "", squeeze(text).removesuffix(".0"))
    if not (digits.isascii() and digits.isdecimal()):
        return ()
    codes = []
    if len(digits) in (5, 6):
        codes.append(digits.zfill(6))
    if len(digits) in (4, 5):
        head = digits.zfill(5)
        codes.append(head + check_digit(head))
    return tuple(code for code in dict.fromkeys(codes) if code[5] == check_digit(code[:5]))
