"""Two checks of what stands in the form's cells: the form's own examples left in them, and answers a row off their cell.

As `settings.checks`, whose catalogue they are in. Raises nothing but pydantic.ValidationError.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mailflow.model import Severity
from mailflow.settings.check_base import Shipped
from mailflow.settings.messages import Words


class FormExample(Shipped):
    GIVES = frozenset({"label", "cell"})
    check: Literal["form-example"] = Field(description="form.yaml の記入例（example）が、そのまま残っていないか。")
    severity: Severity = Field(Severity.FIX, description="連絡先が記入例のままのときの重さ。")
    contacts: tuple[str, ...] = Field(
        (), description="記入例のままではあり得ない連絡先の項目（form.yaml の key）。修正をお願いします。"
    )
    beside: tuple[str, ...] = Field(
        (),
        description="contacts のどれかが記入例のままのときだけ、いっしょに指摘する項目（同じ氏名や課の名前はあり得るため）。",
    )
    prose: tuple[str, ...] = Field((), description="文章の項目。記入例と一字一句同じなら、人が見ます。")
    severity_prose: Severity = Field(Severity.REVIEW, description="文章が記入例と同じときの重さ。")
    message_prose: Words | None = Field(
        None, description="文章が記入例と同じときの文。書かなければ message と同じです。"
    )


class FormShifted(Shipped):
    GIVES = frozenset({"label", "cell"})
    check: Literal["form-shifted"] = Field(
        description="連絡先の記入が、1行ずつずれていないか（氏名の欄に部署、ふりがなの欄に漢字など）。"
    )
    severity: Severity = Field(Severity.REVIEW, description="ずれているようなときの重さ。")
    names: tuple[str, ...] = Field((), description="人の名前を書く項目（form.yaml の key）。")
    kana: tuple[str, ...] = Field((), description="ふりがなを書く項目（form.yaml の key）。")
