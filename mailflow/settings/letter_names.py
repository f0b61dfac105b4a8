"""The names a letter's template may use (docs/templates.md is made from this). Checked at load; see DESIGN §3.

What stands here is what `mailflow.replies.view.letter_names` hands over; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailflow.settings.expressions import Name, Names


def _text(description: str) -> Name:
    return Name("text", description)


def _time(description: str) -> Name:
    return Name("time", description)


def _number(description: str) -> Name:
    return Name("number", description)


def _object(description: str, members: Mapping[str, Name]) -> Name:
    return Name("object", description, members)


_ITEM = {
    "number": _number("手紙の中の番号"),
    "where": _text("どこ（項目名とセル）"),
    "found": _text("現在の記入"),
    "message": _text("お願い・確認の文"),
    "example": _text("記入例。なければ空"),
    "clause": _text("募集要領の箇所。なければ空"),
    "cells": Name("list", "同じ欄の空欄をまとめたときの、それぞれの項目名とセル"),
}

LETTER_NAMES: Names = {
    "programme": _object(
        "事業（mailflow.yaml の programme）",
        {
            "id": _text("略号"),
            "name": _text("事業の正式な名前"),
            "package": _text("パッケージの名前"),
            "subject": _text("件名の決まり文句"),
            "office": _text("事務局の名前"),
            "contractor": _text("受託会社"),
            "address": _text("事務局のメールアドレス"),
            "phone": _text("事務局の電話番号"),
            "phone_hours": _text("電話を受ける時間"),
            "ministry": _text("所管"),
            "fiscal_year_of_index": _number("財政力指数の年度（西暦）"),
        },
    ),
    "round": _object(
        "公募の回（mailflow.yaml の rounds）",
        {
            "id": _text("略号"),
            "name": _text("1次公募 など"),
            "opens": _time("始まり"),
            "closes": _time("締切"),
            "closes_inclusive": Name("bool", "締切ちょうどを含むか"),
            "consultation_closes": _time("事前相談会の申込期限"),
            "result": _text("選定結果の時期"),
            "next_round": _text("次の公募の時期。なければ空"),
            "fix_grace": _object("締切後の修正", {"until": _time("いつまで"), "consent": _text("了解の記録")}),
            "settle": Name("any", "再送を待つ時間"),
            "settle_near_close": Name("any", "締切当日の settle"),
            "fix_by_before_close": Name("any", "修正の期日を締切のどれだけ前に置くか"),
        },
    ),
    "case": _object(
        "案件",
        {
            "number": _text("受付番号"),
            "version": _number("この手紙が述べる版。様式がなければ 0"),
            "previous": _number("いま有効な前の版。なければ空"),
            "previous_at": _time("前の版が届いた日時。なければ空"),
        },
    ),
    "organization": _object(
        "団体",
        {
            "full_name": _text("長野県飯田市 など。分からなければ空"),
            "name": _text("飯田市 など"),
            "prefecture": _text("都道府県"),
            "bureau": _text("管轄の総合通信局"),
        },
    ),
    "addressee": _object(
        "宛名",
        {
            "organization": _text("団体名の行。分からなければ空"),
            "person": _text("部署と氏名の行"),
            "carbon": _text("写しの行。なければ空"),
        },
    ),
    "mail": _object("お返事するメール", {"subject": _text("件名"), "received_at": _time("サーバーに届いた日時")}),
    "files": Name(
        "list",
        "届いたファイル（name 名前・size バイト数・status 読めたか）",
        {"name": _text("ファイル名"), "size": _number("バイト数"), "status": _text("開けたか、何として扱うか")},
    ),
    "course": _text("応募コース。なければ空"),
    "fixes": Name("list", "修正をお願いする点", _ITEM),
    "confirms": Name("list", "確認をお願いする点", _ITEM),
    "refusals": Name("list", "対象外とする理由", _ITEM),
    "form_read": Name("bool", "応募様式を読み取れたか"),
    "subject_asked": Name("bool", "件名の修正をお願いしているか"),
    "fix_by": _time("修正をお願いする期日。なければ空"),
    "near_close": Name("bool", "締切まで業務時間で4時間を切っているか"),
    "attached": Name("list", "この手紙に添付するファイルの名前"),
}

# The filters that letters have beside Jinja2's own: `mailflow.replies.wording.FILTERS`; a test holds the two equal.
LETTER_FILTERS = frozenset(
    {
        "clock_time",
        "era_date",
        "era_seconds",
        "era_time",
        "file_size",
        "one_line",
        "short_date",
        "short_time",
    }
)
