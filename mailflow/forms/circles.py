"""Lists of numbers, as choices that are numbered ①, ② … have them: 「❶」「1〜5」「1 3 11」「①〜⑤（④を除く）」.

In: text of a cell. Out: the text with those numbers in circles. Pure; the caller bounds the text.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.forms.spelling import CIRCLED

_CIRCLED_RANGE = re.compile(f"([{CIRCLED}])[\\s]?(?:[~〜～-]|から)[\\s]?([{CIRCLED}])")
_NUMBER_RANGE = re.compile(r"(?<![0-9])([0-9]{1,2})\s?(?:[~〜～-]|から)\s?([0-9]{1,2})(?![0-9])")
_NUMBERS_APART = re.compile(r"\s*[0-9]{1,2}(?:[\s　]+[0-9]{1,2})+\s*")
_DOTTED = re.compile(r"\s*[0-9]{1,2}(?:\.[0-9]{1,2}){2,10}\.?\s*")  # 「6.7.8」; 「6.7」 may be a number
_OTHER_CIRCLES = {  # ❶ ⓫ ➀ ➊ ⓵
    ord(first) + at: CIRCLED[base + at]
    for first, base, count in (("❶", 0, 10), ("⓫", 10, 10), ("➀", 0, 10), ("➊", 0, 10), ("⓵", 0, 10))
    for at in range(count)
}
# 「①〜⑤のうち①③⑤」 are three; 「①〜⑤（④を除く）」 four.
_OUT_OF = re.compile(f"^[^。]{{0,40}}?(?:のうち|の内|の中(?:から|で|より)|より)[、,:：\\s　]{{0,3}}(?=[{CIRCLED}])")
_LEFT_OUT = re.compile(
    f"[(（、\\s　]?([{CIRCLED}、,・と]{{1,20}})(?:は|を)?(?:(?:既に|すでに|昨年度に?)?(?:実施|策定|検討|整理)済|(?:自前|自力|独自|独力|直営|自団体|庁内|別途|別事業)(?:で|に|にて|実施|対応|検討|策定|整理)|除|以外|不要|要相談|相談|検討|未定|今後|次第|(?:希望|実施|選択|応募|申請|対象と)し(?:な|ませ)|含まな|含みませ)"
)
# 「①（②との連携を想定）」: another one that is only spoken of.
_BESIDE = re.compile(
    f"(?<=[{CIRCLED}])[(（][{CIRCLED}、,・と及び\\s　]{{1,12}}(?:と(?:の)?(?:連携|連動|連続|関連|一体|整合|併せ|合わせ|並行)|を(?:踏まえ|前提|見据え)|(?:の(?:後|結果|成果|次)))[^()（）]{{0,20}}[)）]"
)
_HEAD = re.compile(r"^[\s　]*(?:支援)?(?:メニュー|項目)(?:番号)?[\s　:：]{0,3}(?=[0-9０-９])")  # 「メニュー2及び4」
_ORDINAL = re.compile(r"(?<=[0-9０-９①-⑳])(?:番目?|つ目)")


def leaves_out(text: str) -> bool:
    """「①〜⑤（④は実施しない）」"""
    return _LEFT_OUT.search(text) is not None


def in_circles(text: str) -> str:
    """Lists of numbers as the choices have them: 「❶」「1〜5」「1 3 11」 as ①, ①②③④⑤, ①、③、⑪."""
    text = _ORDINAL.sub("", _CIRCLED_RANGE.sub(_spread, text.translate(_OTHER_CIRCLES)))
    text = _BESIDE.sub("", _HEAD.sub("", text))
    if left_out := _LEFT_OUT.search(text):
        kept = text[: left_out.start()] + text[left_out.end() :]
        text = "".join(char for char in kept if char not in left_out[1])
    else:
        text = _OUT_OF.sub("", text)
    plain = normalize("NFKC", text) if not any(char in CIRCLED for char in text) else ""
    plain = re.sub("(?<=[0-9])の?(?:すべて|全て|全部)$", "", plain)  # 「1〜11すべて」
    if _DOTTED.fullmatch(plain):
        return "、".join(_circle(number) for number in re.findall("[0-9]+", plain))
    if _NUMBERS_APART.fullmatch(plain):
        return "、".join(_circle(number) for number in plain.split())
    if _ONLY_NUMBERS.fullmatch(plain):
        plain = re.sub(r"\(([0-9]{1,2})\)", r" \1 ", plain)
        return "、".join(_circle(number) for number in re.findall("[0-9]+", _NUMBER_RANGE.sub(_counted_up, plain)))
    return text


_ONLY_NUMBERS = re.compile(r"(?!.*[0-9]{3})(?=.*(?:[~〜～\-(]|から))(?:[0-9()、,・/.\s~〜～-]|から)+")


def _counted_up(found: re.Match[str]) -> str:
    first, last = int(found[1]), int(found[2])
    return "、".join(map(str, range(first, last + 1))) if 1 <= first < last <= len(CIRCLED) else found[0]


def _circle(number: str) -> str:
    at = int(number)
    return CIRCLED[at - 1] if 1 <= at <= len(CIRCLED) else number


def _spread(found: re.Match[str]) -> str:
    return CIRCLED[CIRCLED.index(found[1]) : CIRCLED.index(found[2]) + 1] or found[0]
