"""What of a form is the office's own: 「以下、事務局使用欄」 and all below, 「市処理欄」 over or left of its boxes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from mailflow.forms.grid import Area
from mailflow.forms.learning.ground import Ground, Kind

_WHO = "事務局|機構|施設|管理者|当課|担当課|担当者|主催者|受付者?|審査者?|協会|財団|センター|役場|市役所|都道府県|[都道府県市区町村]"
_FROM_HERE = re.compile(
    rf"以下.{{0,8}}(?:{_WHO}).{{0,4}}(?:使用|記入|処理|記載)欄?|(?:申請|応募|申込|提出)者は(?:ご)?記入しない"
)
_OWN = re.compile(
    rf"(?:{_WHO})(?:使用|記入|処理|記載)欄|(?:^|[(（【])※?(?:受付|整理|決裁|処理)欄(?:$|[)）】])|[(（]記入不要[)）]|記入しないで"
)
_MOST_ROWS = 40


def of_the_office(ground: Ground) -> Callable[[Area, str], bool]:
    """Tells of a label, by where it stands and what it says, whether the applicant has nothing to do with its box."""
    said = [(area, ground.text(area)) for area in ground.boxes() if ground.text(area)]
    last = next((area[0] for area, text in said if _FROM_HERE.search(text)), ground.height + 1)
    blocks = [_block(ground, area) for area, text in said if len(text) <= 40 and _OWN.search(text)]

    def is_the_offices(label: Area, words: str) -> bool:
        inside = any(
            block[0] <= label[0] <= block[2] and block[1] <= label[1] and label[3] <= block[3] for block in blocks
        )
        return label[0] >= last or bool(_OWN.search(words)) or inside

    return is_the_offices


def _block(ground: Ground, head: Area) -> Area:
    """The boxes under a heading and no wider, or right of one that stands upright beside them."""
    if head[2] > head[0] and ground.kind(ground.grid.area(head[0], head[3] + 1)) is Kind.TEXT:
        return (head[0], head[3] + 1, head[2], ground.width)
    row = head[2] + 1
    while row < min(ground.height, head[2] + _MOST_ROWS):
        cells = [area for area in ground.row(row, head[1]) if area[1] <= head[3]]
        if not any(ground.kind(a) is not Kind.EMPTY or ground.sheet.look(a[0], a[1]).drawn for a in cells):
            break
        row += 1
    return (head[2] + 1, head[1], row - 1, head[3])
