"""Passwords that a mail tells for files sent before or after it (PPAP; situations row 24).

In: subject and new text. Out: what may be the password, likeliest first, at most ten; () where the mail doesn't speak of
one. Nothing is decided here: reading tries them on the locked files of the same sender. Pure, never raises; lines and
counts are bounded, patterns linear. 「いつものパスワード」 and 「電話でお伝えします」 tell none.
"""

from __future__ import annotations

import re
from unicodedata import normalize

MAX_TOLD = 10
MAX_LINES = 300
MAX_LINE = 300
LONGEST = 64

_WORD = re.compile(
    r"パスワ-ド|パスワード|ﾊﾟｽﾜｰﾄﾞ|パスコード|暗号(?:鍵|キー)|(?:解凍|復号|開封|展開)(?:鍵|キー)"
    r"|password|passwd|passcode|(?<![a-z])pass(?![a-z])|(?<![a-z])p/?w(?![a-z])",
    re.IGNORECASE,
)
# What stands between the word and the password.
_BETWEEN = re.compile(r"[\s】\])〕>]{0,5}(?:は|が)?[\s、,]{0,3}(?::|=|⇒|→|->|=>|>|…){0,3}\s{0,20}")
_OPENING = {"「": "」", "『": "』", "[": "]", "(": ")", "【": "】", "<": ">", '"': '"', "'": "'", "“": "”", "〔": "〕"}
_TOKEN = re.compile(r"[!-~]{3,64}")
_ALONE = re.compile(r"[!-~]{4,64}")
_NO_PASSWORD = re.compile(
    r"https?://|^[\w.+-]{1,64}@[\w.-]{1,200}$|^[-=_*#~.+>|]{3,}$|^\d{2,4}[-/]\d{1,4}[-/]\d{1,4}$|^re:$", re.IGNORECASE
)
_ENDS = "。、,.;:」』)]】>"


def told_passwords(subject: str | None, new_text: str) -> tuple[str, ...]:
    """What may be the password, likeliest first."""
    lines = [(subject or "")[:MAX_LINE], *(line[:MAX_LINE] for line in new_text.split("\n")[:MAX_LINES])]
    wide = [normalize("NFKC", line).strip() for line in lines]
    if not any(_WORD.search(line) for line in wide):
        return ()
    found: dict[str, None] = {}
    for at, line in enumerate(wide):
        for match in _WORD.finditer(line):
            rest = line[match.end() :]
            for one in _behind(rest[_end_of(_BETWEEN, rest) :]):
                found.setdefault(one)
            if not found and at:  # 「パスワードは以下のとおりです。」, and it stands below
                for one in _below(wide[at + 1 : at + 6]):
                    found.setdefault(one)
    for line in wide[1:]:  # the subject alone says what it is: 「パスワード」
        if _ALONE.fullmatch(line) and not _NO_PASSWORD.search(line) and not _WORD.search(line):
            found.setdefault(line)
    as_typed = [one for line in lines for one in _as_typed(line, found)]
    return tuple(dict.fromkeys([*found, *as_typed]))[:MAX_TOLD]


def _end_of(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.match(text)
    return match.end() if match else 0


def _behind(text: str) -> list[str]:
    """What stands behind 「パスワード：」: in brackets, or up to the next blank or kanji."""
    closing = _OPENING.get(text[:1])
    found = []
    if closing:
        inside = text[1 : 1 + LONGEST].partition(closing)[0].strip()
        if inside and closing in text[1 : 2 + LONGEST]:
            found.append(inside)
    match = _TOKEN.match(text)
    if match and not _NO_PASSWORD.search(match[0]):
        found += [match[0].rstrip(_ENDS), match[0]]
    return [one for one in dict.fromkeys(found) if len(one) >= 3]


def _below(lines: list[str]) -> list[str]:
    for line in lines:
        bare = line.strip("「」『』[]【】()<>\"' ・*")
        if _ALONE.fullmatch(bare) and not _NO_PASSWORD.search(bare):
            return [bare]
    return []


def _as_typed(line: str, found: dict[str, None]) -> list[str]:
    """The same in full width, where it was typed so: a packer may have taken it as it stood."""
    folded = normalize("NFKC", line)
    if folded == line or len(folded) != len(line):
        return []
    return [
        line[at : at + len(one)] for one in found if (at := folded.find(one)) >= 0 and line[at : at + len(one)] != one
    ]
