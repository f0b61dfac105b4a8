"""One spelling for what officers write in several, where the wishes are looked for: 「ﾃﾞﾝﾜ ｷﾎﾞｳ」「午后」「三月十六日」「御相談」.

In: a sentence of `sentences`. Out: the same with these words as most people write them. For comparing only, never shown or stored.
Pure; patterns bounded.
"""

from __future__ import annotations

import re

# Whole mails in katakana come out of old machines and of who can't switch; only words of these matters are put back.
_SPELLED = {
    "ジゼンソウダン": "事前相談",
    "ソウダン": "相談",
    "キボウ": "希望",
    "デンワ": "電話",
    "オネガイ": "お願い",
    "ヨヤク": "予約",
    "ニチジ": "日時",
    "ニッテイ": "日程",
    "ヘンコウ": "変更",
    "トリケシ": "取消し",
    "モウシコミ": "申込み",
    "ゴゼン": "午前",
    "ゴゴ": "午後",
    "オウボ": "応募",
    "シツモン": "質問",
    # Of who types on a telephone.
    "おねがい": "お願い",
    "でんわ": "電話",
    "そうだん": "相談",
    "きぼう": "希望",
}
_IN_KANA = re.compile("|".join(sorted(_SPELLED, key=len, reverse=True)))
_POLITE_KANJI = re.compile(r"御(?=相談|面談|時間|希望|予約|都合|指定|提示)")
_ASKED_FOR = re.compile(r"(?:お)?(?:たの|頼)み(?=ます|たい|たく|申)")
_KANJI_NUMBER = re.compile(
    r"[一二三四五六七八九十]{1,3}(?=月[一二三四五六七八九十\d]|時(?=[半かにごよりの~頃で、\s0-9一二三四五]|まで|$)|日(?:\(|の?午|[にはのをで、 ]))"
)
_DIGITS = {char: number for number, char in enumerate("一二三四五六七八九", 1)}


def plain_words(sentence: str) -> str:
    plain = _IN_KANA.sub(lambda found: _SPELLED[found[0]], sentence).replace("午后", "午後")
    plain = re.sub(r"(?<=\d)(?:にち|じ(?!かん|[ゃゅょ]))", lambda found: "日" if found[0] == "にち" else "時", plain)
    plain = _ASKED_FOR.sub("お願いし", _POLITE_KANJI.sub("ご", plain))
    return _KANJI_NUMBER.sub(lambda found: str(_number(found[0])), plain)


def _number(kanji: str) -> int:
    tens, ten, ones = kanji.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
