"""Colours as people call them: of a cell, and in a form's legend (「黄色のセルに入力してください」). Pure."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterable

from openpyxl.cell.cell import Cell
from openpyxl.styles.colors import COLOR_INDEX

_COLOURS = {
    "黄": "yellow", "オレンジ": "orange", "橙": "orange", "赤": "red", "ピンク": "pink", "桃": "pink", "緑": "green", "青": "blue", "水色": "blue", "紫": "purple",
    "灰": "grey", "グレー": "grey", "白": "white",
}  # fmt: skip
_CELLS_OF = re.compile(
    rf"(?:薄い|うすい|淡い|薄)?({'|'.join(sorted(_COLOURS, key=len, reverse=True))})色?(?:の|で)?(?:塗りつぶし(?:た|の)?|着色(?:した|された)?|網掛け(?:の)?|網かけ(?:の)?)?(?:セル|欄|部分|箇所|枠|項目|ところ)([^。\n]{{0,40}})"
)
_NOT_TO_FILL = re.compile(r"自動|計算|不要|しないで|触らない|変更不可|入力不可|記入不可|編集不可|事務局|記入例")
_TO_FILL = re.compile(r"記入|入力|選択|記載|回答")


def legend_colours(texts: Iterable[str]) -> dict[str | None, bool]:
    """Which colours the form says to fill in, and which not: 「黄色のセルに入力してください。灰色のセルは自動計算です。」"""
    found: dict[str | None, bool] = {}
    for text in texts:
        for colour, said in _CELLS_OF.findall(text[:600]):
            if _NOT_TO_FILL.search(said):
                found[_COLOURS[colour]] = False
            elif _TO_FILL.search(said):
                found[_COLOURS[colour]] = True
    return found


# The colours of Office's own theme, by its number (ECMA-376 part 1 §20.1.6.2).
_THEME = ("FFFFFF", "000000", "E7E6E6", "44546A", "4472C4", "ED7D31", "A5A5A5", "FFC000", "5B9BD5", "70AD47")
_HUES = (
    (20, "red"),
    (45, "orange"),
    (70, "yellow"),
    (170, "green"),
    (255, "blue"),
    (290, "purple"),
    (345, "pink"),
    (361, "red"),
)


def hue_of(cell: Cell) -> str | None:
    """yellow, blue, grey …; None where the cell isn't filled, or nobody knows the colour."""
    if cell.fill.fill_type != "solid":
        return None
    colour = cell.fill.fgColor
    if colour.type == "rgb" and isinstance(colour.rgb, str):
        said = colour.rgb[-6:]
    elif colour.type == "theme" and isinstance(colour.theme, int) and colour.theme < len(_THEME):
        said = _THEME[colour.theme]
    elif colour.type == "indexed" and isinstance(colour.indexed, int) and colour.indexed < len(COLOR_INDEX):
        said = COLOR_INDEX[colour.indexed][-6:]
    else:
        return None
    return hue_of_rgb(said)


def hue_of_rgb(said: str) -> str | None:
    """「ffff99」 → yellow; None for what is no colour."""
    if not re.fullmatch(r"[0-9A-Fa-f]{6}", said):
        return None
    red, green, blue = (int(said[at : at + 2], 16) / 255 for at in (0, 2, 4))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    if saturation < _NO_COLOUR or max(red, green, blue) - min(red, green, blue) < _NO_COLOUR / 2:
        return "white" if light > _ALL_BUT_WHITE else "grey"
    return next(name for limit, name in _HUES if hue * 360 < limit)


_NO_COLOUR, _ALL_BUT_WHITE = 0.12, 0.97
