"""What two spellings of one label have in common, and what is no value: marks, hints, placeholders.

In: text of cells, bounded by the caller. Out: folded text. Pure; patterns have no nested quantifiers.
Only for comparing: nothing folded here is ever shown or stored as what an applicant wrote.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

LABEL_MAX = 80  # a longer text is no label

_KANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－ｰ─━"), "-")
_NUMBER = re.compile(
    r"[①-⑳㉑-㊿❶-❿⓵-⓾■□◆◇●○◎・▼▽▶►◼◻☐★☆※＊*]+"
    r"|[(（]?[0-9０-９]{1,2}(?:[-－.．‐][0-9０-９]{1,2})?[)）.．、:：](?![0-9０-９])"
    r"|[(（]?[0-9０-９]{1,2}(?:[-－.．‐][0-9０-９]{1,2})?[\s　]+"
    r"|[(（](?:[ア-ン]|[a-zａ-ｚ]|[一二三四五六七八九十]{1,3})[)）]"
    r"|(?:[ア-ンa-z一二三四五六七八九十])[)）.．、](?=.)"
    r"|問[0-9０-９]{1,2}[.．、\s　]?"
)
_MARK = re.compile(
    r"[(\[【〔<＜《（［]\s{0,3}(?:必須|任意|条件付|必須項目|要記入|必ず記入)\s{0,3}[)\]】〕>＞》）］]|[*＊※]必須|必須$|任意$"
)
_NOTE_NUMBER = re.compile(r"[(（]?[※*＊注][0-9０-９]{0,2}[)）]?$")
_BRACKETS = re.compile(r"[(\[〔【<「][^()\[\]〔〕【】<>「」]{0,60}[)\]〕】>」]")
_HINT = re.compile(
    r"^[\s　]{0,8}[(（【\[〔<＜]{0,2}[\s　]{0,4}(?:※|＊|\*|注[)）0-9０-９:：]|\(注|（注|例[)）:：]|記入例|記載例|入力例|プルダウン|ドロップダウン)"
)
_EXAMPLE = re.compile(r"^[(（【\[〔<＜]{0,2}(?:例|記入例|記載例|入力例)[)）:：】\]〕>＞]")
_PLACEHOLDER = re.compile(
    r"^[▼▽\-－\s　（(【\[]{0,4}(?:プルダウン(?:から|より|で)?|ドロップダウン(?:から|より|で)?|リスト(?:から|より)?|一覧(?:から|より)?|いずれか(?:を|一つを)?)?"
    r"(?:お?選択|お選び)(?:してください|して下さい|ください|下さい)?[▼▽。）)】\]\s　]{0,3}$"
)
MARKS = frozenset({"必須", "任意", "条件付", "条件付き", "必須項目", "◎必須"})
ARROWS = frozenset({":", "→", "⇒"})  # between a label and its box


def fold(text: str) -> str:
    """Width, case, spaces, kind of kana and of dash do not count."""
    return _fold_short(text) if len(text) <= LABEL_MAX else _fold(text)


def _fold(text: str) -> str:
    return "".join(normalize("NFKC", text).casefold().split()).translate(_KANA).translate(_DASHES)


_fold_short = lru_cache(maxsize=8192)(_fold)


@lru_cache(maxsize=8192)
def label_forms(text: str) -> tuple[str, ...]:
    """What a cell may be as a label, the nearest to what is written first: without 「１．」「※」「（必須）」 and the
    colon; then without what stands in brackets; then the first line alone. Empty for what is no label."""
    found: list[str] = []
    lines = [line for line in text.strip().splitlines() if line.strip()]
    whole = "".join(lines)
    for written in (whole, lines[0]) if len(lines) > 1 else (whole,):
        if len(written) > LABEL_MAX:
            continue
        bare = _bare(written)
        for form in (bare, fold(_BRACKETS.sub("", normalize("NFKC", bare)))):
            if form and form not in found:
                found.append(form)
    return tuple(found)


def _bare(text: str) -> str:
    text = text.strip()
    for _ in range(3):  # 「※ １．（１）」
        if number := _NUMBER.match(text):
            text = text[number.end() :].lstrip() or text
    text = _MARK.sub("", text.strip())
    text = _NOTE_NUMBER.sub("", text.strip())
    return fold(text).strip(":*※・。.") if text else ""


def is_hint(text: str) -> bool:
    """A note of the form's maker: 「※…」「（注）…」「記入例：…」."""
    return bool(_HINT.match(text[:40]))


def is_example(text: str) -> bool:
    """An example left standing in the box: 「例）長野県飯田市」. 「例えば、…」 is an applicant's sentence."""
    return len(text) <= 60 and bool(_EXAMPLE.match(text.strip()[:20]))


def is_placeholder(text: str) -> bool:
    """「選択してください」 and the like: the field is empty."""
    return len(text) <= 30 and bool(_PLACEHOLDER.match(text.strip()))
