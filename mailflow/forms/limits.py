"""What a workbook may cost to open, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["broken", "locked", "too-large", "not-xlsx"]

REASONS: dict[Reason, str] = {
    "broken": "ファイルが壊れているため、開けませんでした。",
    "locked": "ファイルにパスワードが設定されているため、開けませんでした。",
    "too-large": "ファイルが大きすぎるため、開けませんでした。",
    "not-xlsx": "Excelのファイルではないため、応募様式として開けませんでした。",
}


class FormUnreadable(Exception):
    """The file can't be opened as a workbook. `reason` says which of the four; `str()` is a Japanese line."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(REASONS[reason])
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a workbook may cost. Defaults: ten times the largest form that a ministry would publish."""

    file_bytes: int = 20_000_000
    unpacked_bytes: int = 60_000_000
    slow_bytes: int = 10_000_000  # of one part in a format that is looked through record by record (ods, xlsb)
    ratio: int = 400  # of one part above a megabyte; sheets full of styled empty cells reach 200
    entries: int = 2_000
    sheets: int = 60
    rows: int = 20_000
    columns: int = 1_000
    cells: int = 400_000  # rows × columns, since readers hold the whole rectangle
    labels: int = 20_000  # cells with text that are looked at
    strings: int = 50_000  # shared strings: 400,000 fit into 240 kB and cost 0.6 s
