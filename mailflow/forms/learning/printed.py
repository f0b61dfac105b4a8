"""The choices that a blank form prints for someone to mark: 「□可　□不可」, 「A ・ B」, 「1. 有　2. 無」, and those that a note names.

In: the text of a cell, bounded by the caller. Out: the choices as written; () where there are none. Pure; patterns have no
nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from mailflow.forms.learning.words import CHOOSE_LIKE, one_line
from mailflow.forms.text import fold

_BOX = "□☐◻▢☑☒■"
_RING = "○〇◯"
_BOXED = re.compile(f"[{_BOX}]")
_DRAWN = re.compile(f"[{_BOX}{_RING}]")
_BLANK_BRACKETS = re.compile(
    r"[(（][\s　]{2,60}[^\s　()（）]{0,4}[)）]|[(（\[［][\s　_＿・…]{0,60}(?:名称|内容|具体的に|記入)?[\s　_＿：:…]{0,60}[)）\]］]"
)
_NUMBERED = re.compile(
    r"(?:^|[\s　、,／/])(?:[①-⑳]|[(（]?[0-9０-９]{1,2}[)）.．、:：]|[アイウエオカキクケコ][.．、:：)）])[\s　]{0,3}"
)
_ALTERNATIVES = re.compile(r"[\s　]{0,9}[・･／/|｜][\s　]{0,9}|[\s　]{2,}|　")
_OPPOSITES = frozenset(
    {"可", "不可", "有", "無", "有り", "無し", "あり", "なし", "はい", "いいえ", "含む", "含まない", "該当", "非該当", "該当する", "該当しない", "済", "未", "同意する",
     "同意しない", "希望する", "希望しない", "男", "女", "要", "不要", "実施", "未実施", "実施済", "a", "b", "c", "aコース", "bコース", "する", "しない", "新規", "継続",
     "昭和", "平成", "令和", "承諾する", "承諾しない", "可能", "不可能", "公開", "非公開", "課税", "非課税", "yes", "no", "予定あり", "予定なし", "ある", "ない",
     "変更", "更新", "廃止", "普通", "当座", "午前", "午後", "個人", "法人", "有料", "無料", "常勤", "非常勤"}
)  # fmt: skip


def printed_options(text: str, asked: bool = False) -> tuple[str, ...]:
    """The choices that a cell prints for someone to mark: 「□可　□不可」, 「A ・ B」, 「1. 有　2. 無」. `asked`: the label or a
    note says to choose, so that any short alternatives count. () where there are none."""
    if not 2 <= len(text.strip()) <= 800:
        return ()
    if not _DRAWN.search(text) and len(_ROOM_TO_MARK.findall(text)) >= 2:
        text = _ROOM_TO_MARK.sub("□", text)
    if boxes := _marked_pieces(text):
        return boxes
    plain = _counted_out(_HOW_TO_MARK.sub("", text).strip())
    if len(_NUMBERED.findall(plain)) >= 2:
        pieces = [_option(piece) for piece in _NUMBERED.split(plain)]
        return _distinct(pieces) if not _NUMBERED.split(plain)[0].strip() else ()
    pieces = [_option(piece) for piece in _ALTERNATIVES.split(_BLANK_BRACKETS.sub("", plain))]
    pieces = [piece for piece in pieces if piece]
    if 2 <= len(pieces) <= 8 and all(len(piece) <= 20 for piece in pieces) and not plain.endswith("。"):
        known = all(fold(piece) in _OPPOSITES for piece in pieces)
        return _distinct(pieces) if known or asked else ()
    return ()


_HOW_TO_MARK = re.compile(r"[(（][^()（）]{0,20}(?:[にへを][□☐☑✓○〇◯レ]|[□☐☑✓○〇◯レ]点?[をに印])[^()（）]{0,20}[)）]")
_ROOM_TO_MARK = re.compile(r"[(（\[［〔【][\s　]{1,6}[)）\]］〕】](?=[^\s　()（）]{1,20})")


_COUNT = re.compile(r"(?:^|(?<=[\s　]))([1-9１-９])[\s　]+(?=[^\s　0-9０-９])")


def _counted_out(text: str) -> str:
    """「１ 参加する　２ 検討中」 with a full stop behind each number, where they count from one."""
    numbers = [int(normalize("NFKC", number)) for number in _COUNT.findall(text)]
    return _COUNT.sub(r"\1．", text) if len(numbers) >= 2 and numbers == [*range(1, len(numbers) + 1)] else text


def _marked_pieces(text: str) -> tuple[str, ...]:
    text = _HOW_TO_MARK.sub("", text)
    boxed = _BOXED.findall(text)
    pattern = _BOXED if boxed else _DRAWN
    marks = list(pattern.finditer(text))
    if not boxed and len(marks) < 2:  # 「○○町」, 「○」 alone
        return ()
    if not boxed and re.search(f"[{_RING}]{{2}}", text):
        return ()
    if not marks or (len(marks) == 1 and boxed == ["■"]):  # 「■応募団体」 is a heading
        return ()
    if len(boxed) >= 1 and set(boxed) == {"■"}:
        return ()
    behind = bool(text[: marks[0].start()].strip()) and not text[marks[-1].end() :].strip()
    pieces = []
    for index, mark in enumerate(marks):
        if behind:
            piece = text[marks[index - 1].end() if index else 0 : mark.start()]
        else:
            piece = text[mark.end() : marks[index + 1].start() if index + 1 < len(marks) else len(text)]
        pieces.append(_option(piece.strip().splitlines()[0] if piece.strip() else ""))
    return _distinct(pieces)


def _option(piece: str) -> str:
    plain = _BLANK_BRACKETS.sub("", piece.strip(" 　・、,，/／\n\t:："))
    plain = re.sub(r"[(（][\s　]*$", "", plain)
    said = re.search(r"[(（][^()（）]{1,30}[)）]$", plain.rstrip())
    if said and CHOOSE_LIKE.search(said[0]):
        plain = plain[: said.start()]  # 「オンライン　（いずれかに○）」
    plain = plain.strip(" 　・、,，/／:：")
    return one_line(plain)[:200]


def _distinct(pieces: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def listed_options(text: str) -> tuple[str, ...]:
    """Choices named in a note: 「予算要求／実証事業／補助事業／その他」, 「「可」「不可」から選択」."""
    quoted = re.findall(r"「([^「」]{1,40})」", text)
    if len(quoted) >= 2 and re.search(r"(?:から|より|のいずれか|を|のどちらか)[^。]{0,6}(?:選|記入)", text):
        return _distinct(quoted)
    for line in re.split(r"[\n。]", text):
        pieces = [
            piece.strip(" 　")
            for piece in re.split("[／/]", re.sub(r"^[^：:]{0,12}選択[^：:]{0,6}[：:]", "", line.strip()))
        ]
        if len(pieces) >= 3 and all(1 <= len(piece) <= 20 for piece in pieces) and CHOOSE_LIKE.search(text):
            return _distinct(pieces)
    return ()
