"""Of what shape names and what stands beside them are: offices, officers, kana; how a name is shown.

Folded texts unless said otherwise (kana are katakana, ー is -). Pure; the patterns are linear.
"""

from __future__ import annotations

import re

from mailflow.intake.folding import squeeze

# What may stand behind a place without making it another body. Folded text: kana are katakana, ー is -.
_TITLE = r"(?:副?[都道府県市区町村]?長|副?知事|長|担当|担当者|担当官|監|官|主幹|主査|主任|参事|理事|職員|事務局)"
OFFICE = re.compile(
    r"(?:役所|役場|庁舎?|本庁舎?|議会)?(?:本庁舎?)?"
    r"(?:.{0,24}(?:課|部|局|室|係|班|担当|グル-プ|チ-ム|委員会|本部|支所|補佐|センタ-|公民[館舘]|消防署|推進))?"
    + _TITLE
    + "?"
)
OFFICER = re.compile(r"[^0-9A-Za-z()市区町村都道府県]{1,12}")  # a person's name behind the office
KANA = re.compile(r"(?:.{2,3}[都道府県])?[ァ-ヺ-]{2,30}[市区町村都府県]?")
# A prefecture in front of one of these words is part of the name: 「愛知県後期高齢者医療広域連合」「長野県立大学」.
GENERIC = re.compile(
    r"[立営内民]|後期|市町|町村|土地|住宅|道路|社会福祉|社協|国民健康|信用|農業|林業|漁業|森林|観光|国際|文化|産業|中小|商工|医療|看護|介護"
    r"|教育|消防|地方税|自治|競馬|競輪|企業|水道|都市|情報|電子|環境|公|総合|緑|育英|体育|スポ|青少年|暴力|建設|下水"
    r"|[東西南北中]部|中央|県[央東西南北]"
)
REGION = frozenset({"東部", "西部", "南部", "北部", "中部"})  # 「長野県南部」 is no department
PLACE_ENDINGS = "都道府県市区町村"
MISTYPED_ENDINGS = "氏巾師句丁"  # what a keyboard gives for 市, 区, 町


def display(written: str) -> str:
    """The name as written, on one line, without the bracket around it."""
    name = " ".join(written.split())
    if name[:1] in "【[〔「『" and name[-1:] in "】]〕」』":
        name = name[1:-1].strip()
    return name


def drop_lead(name: str, prefecture: str) -> str:
    """`name` without the prefecture at its start, however wide it was typed."""
    seen = ""
    for at, character in enumerate(name):
        seen += squeeze(character)
        if len(seen) >= len(prefecture):
            return name[at + 1 :].strip()
    return name
