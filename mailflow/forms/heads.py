"""What stands over the columns of a form laid out as a table; folded (text.fold)."""

from __future__ import annotations

import re

from mailflow.forms.text import fold

TABLE_HEADS = frozenset(
    {"項目", "項目名", "記入項目", "設問", "質問", "質問事項", "事項", "記入欄", "回答", "回答欄", "記入内容", "入力欄", "記載欄", "内容", "入力内容",
     "調査項目", "質問項目", "申請項目", "記載項目", "入力項目", "調査事項", "記載事項", "回答内容", "ご回答", "回答記入欄"}
)  # fmt: skip
EXAMPLE_HEADS = frozenset(
    {"記入例", "記載例", "入力例", "回答例", "例", "見本", "記入見本", "(例)", "(記入例)", "【記入例】", "※記入例", "記入例(参考)", "参考例", "(参考)記入例"}
)  # fmt: skip
NOTE_HEADS = frozenset(
    {"記入上の注意", "注意事項", "注意", "記入要領", "説明", "留意事項", "留意点", "補足", "補足説明", "備考", "記入方法", "記入上の留意点", "記載要領",
     "記入上の留意事項", "文字数", "字数", "必須", "必須/任意", "区分", "no", "no.", "番号"}
)  # fmt: skip
_HEADS = TABLE_HEADS | EXAMPLE_HEADS | NOTE_HEADS


def head_of(text: str) -> str:
    """What a cell says as the head of a column, folded: of 「備考・記入上の注意」, each a head of notes, the first."""
    whole = fold(text)
    parts = (
        [fold(part) for part in re.split("[・／/、()（）]|及び", text.strip("()（） 　"))]
        if whole not in _HEADS
        else []
    )
    same = next((kind for kind in (NOTE_HEADS, EXAMPLE_HEADS) if parts and kind.issuperset(parts)), None)
    return parts[0] if same else whole
