"""The names a letter's template may use (docs/templates.md is made from this). Checked at load; see DESIGN §3.

What stands here is what `mailflow.replies.names.letter_names` (and `replies.digest.digest_names`) hands over; a test holds
the two equal.
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
    "cells": Name(
        "list",
        "いくつかの空欄やファイルを1点にまとめたときの、それぞれ",
        {
            "where": _text("項目名とセル、またはファイル名"),
            "message": _text("お願いの文。ほかと同じなら空"),
            "example": _text("記入例。なければ空"),
        },
    ),
}

_SLOT = {
    "number": _number("候補の番号（1 から）"),
    "start": _time("始まり"),
    "end": _time("終わり"),
    "text": _text("令和8年3月19日（木）13時00分〜13時30分 の形"),
}
_TASK = {
    "what": _text("何をするか"),
    "number": _text("受付番号"),
    "organization": _text("団体名。分からなければ空"),
    "until": _time("いつまでに。なければ空"),
}
_FILE = {"name": _text("ファイル名"), "size": _number("バイト数"), "status": _text("開けたか、何として扱うか")}
_COUNT = {"label": _text("何の数か"), "count": _number("数")}

_CONSULTATION = {
    "number": _text("事前相談会の番号。R8-1-999999-S1 の形"),
    "wished": _text("ご希望の日時（3月18日（水）午後 など）。読み取れなければ空"),
    "offers": Name("list", "候補の日時", _SLOT),
    "booked": _object("決まった日時。なければ空", _SLOT),
    "previous": _object("変更や取り消しの前の日時。なければ空", _SLOT),
    "method": Name("text", "方法", choices=("online", "phone")),
    "tool": _text("オンライン会議の名前。Microsoft Teams など"),
    "link": _text("オンライン会議のURL"),
    "access": _text("会議IDとパスコードの行"),
    "phone": _text("団体の電話番号（電話の場合）"),
    "host": _text("担当"),
    "reply_by": _time("お返事の期日"),
    "material_by": _time("記入途中の応募様式をお送りいただく期日"),
    "material": Name("bool", "相談の資料として応募様式が届いているか"),
    "by_office": Name("bool", "事務局の都合による変更・取り消しか"),
    "reason": _text("事務局の都合による変更・取り消しの理由。なければ空"),
    "calendar": Name("bool", "予定表のファイル（.ics）を添付するか"),
    "opens_minutes": _number("オンライン会議に入れる時間（開始の何分前か）"),
    "other_method": Name("bool", "ご希望の方法に空きがなく、候補（offers）がもう一方の方法（method）か"),
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
            "elsewhere": _text("同じパッケージの別の事業の窓口。なければ空"),
        },
    ),
    "round": _object(
        "公募の回（mailflow.yaml の rounds）",
        {
            "id": _text("略号"),
            "name": _text("1次公募 など"),
            "opens": _time("始まり"),
            "closes": _time("締切"),
            "usual_closes": _time("ほかの地域の締切。この団体の締切（closes）が地域の特例で遅いときだけ。なければ空"),
            "closes_inclusive": Name("bool", "締切ちょうどを含むか"),
            "consultation_closes": _time("事前相談会の申込期限"),
            "result": _text("選定結果の時期"),
            "next_round": _text("次の公募の時期。なければ空"),
            "support": _text("計画策定支援の時期。なければ空"),
            "transfers": _text("担当が変わりやすい時期。なければ空"),
            "form_url": _text("応募様式のダウンロード先。なければ空"),
            "fix_grace": _object("締切後の修正", {"until": _time("いつまで"), "consent": _text("了解の記録")}),
            "settle": Name("any", "再送を待つ時間"),
            "settle_near_close": Name("any", "締切当日の settle"),
            "parts_wait": Name("any", "分割送信の残りを待つ時間"),
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
            "counts": Name("bool", "この手紙が述べる版が有効か。false なら前の版が有効なまま"),
            "withdrawn": Name("bool", "取下げのご連絡を受けている応募か"),
            "in_time": Name("bool", "公募期間の中に届いたか（人が決めるまでは false）"),
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
    "mail": _object(
        "お返事するメール",
        {
            "subject": _text("件名"),
            "received_at": _time("サーバーに届いた日時"),
            "part": _number("分割送信（1/2）の何通目か。分割でなければ空"),
            "parts": _number("分割送信の全部の通数。分割でなければ空"),
        },
    ),
    "earlier": Name(
        "list",
        "この手紙であわせてお返事する、先に届いたメール",
        {"received_at": _time("サーバーに届いた日時"), "files": Name("list", "そのファイル", _FILE)},
    ),
    "missing_parts": Name("list", "分割して送られたメールの、まだ届いていない番号"),
    "questions": Name(
        "list",
        "メールの質問（1つでも faq.yaml に答えがあるとき。inquiry-received の手紙だけ）",
        {
            "number": _number("番号（1 から）"),
            "asked": _text("質問の文"),
            "answer": Name(
                "list", "回答の行。faq.yaml に答えがなければ、人が書くところを示す1行（書くまで承認できません）"
            ),
            "clause": _text("募集要領の箇所。なければ空"),
        },
    ),
    "asks": Name("bool", "応募などのメールに質問も書かれているか（この手紙では答えず、別の手紙で答えます）"),
    "tells_contact": Name("bool", "応募のメールに、担当者や連絡先の変更も書かれているか（記録は人が改めます）"),
    "wishes_talk": Name("bool", "応募のメールに、事前相談会の希望も書かれているか（別の手紙でお返事します）"),
    "for_town": Name("bool", "都道府県が、市区町村の応募を送ったか（手紙は都道府県あて）"),
    "sent_from": _text("団体の代わりに送った人のアドレス（手紙は応募様式の連絡先あて）。団体が送ったときは空"),
    "replaces": Name("bool", "メールに、差し替え・再送と書かれているか"),
    "password_wrong": Name("bool", "知らされたパスワードで開けなかったか"),
    "files": Name(
        "list",
        "届いたファイル（name 名前・size バイト数・status 読めたか）",
        _FILE,
    ),
    "more_files": _number("files に並べきれなかったファイルの数"),
    "course": _text("応募コース。なければ空"),
    "fixes": Name("list", "修正をお願いする点", _ITEM),
    "confirms": Name("list", "確認をお願いする点", _ITEM),
    "refusals": Name("list", "対象外とする理由", _ITEM),
    "progress": _object(
        "前の修正のお願いの点がどうなったか。初めてのお願いなら空",
        {
            "corrected": Name("list", "修正を確認した点の番号"),
            "still": Name("list", "残っている点の番号"),
            "new": Name("list", "新しくお願いする点の番号"),
        },
    ),
    "form_read": Name("bool", "応募様式を読み取れたか"),
    "form_asked": Name("bool", "応募様式そのものをお願いしているか"),
    "subject_asked": Name("bool", "件名の修正をお願いしているか"),
    "confirmed": Name("list", "このメールの返事で「記入のとおり」と分かった、前の手紙の番号"),
    "fix_by": _time("修正をお願いする期日。なければ空"),
    "near_close": Name(
        "bool", "締切が近いか（お願いの手紙では業務時間で4時間、受領の手紙では2時間を切っているか）、締切の後か"
    ),
    "after_close": Name("bool", "締切の後に出す手紙か"),
    "asked_at": _time("先に修正をお願いした手紙を出した日時。なければ空"),
    "attached": Name("list", "この手紙に添付するファイルの名前"),
    "marked_copy": _text("添付する、修正箇所に印を付けた応募様式の名前。なければ空"),
    "blank_form": _text("添付する、白紙の応募様式の名前。なければ空"),
    "tells": Name("bool", "差出人に、届いているものの記録を伝えてよいか"),
    "records": Name(
        "list",
        "届いている応募様式の記録",
        {
            "version": _number("版"),
            "received_at": _time("届いた日時"),
            "file": _text("ファイル名"),
            "counts": Name("bool", "いま有効な版か"),
            "replaced": Name("bool", "この後の版が有効か"),
        },
    ),
    "towns": Name(
        "list",
        "1通で届いた複数の団体の応募",
        {
            "organization": _text("団体名"),
            "number": _text("受付番号。まだなければ空"),
            "file": _text("ファイル名"),
            "result": _text("様式の状態（読み取れたか）"),
        },
    ),
    "consultation": _object("事前相談会（consultation-… の手紙だけ）", _CONSULTATION),
    "hearing": _object(
        "ヒアリング（hearing の手紙だけ）",
        {
            "offers": Name("list", "候補の日時", _SLOT),
            "method": _text("方法"),
            "topics": Name("list", "お聞きしたいこと"),
            "reply_by": _time("お返事の期日"),
            "minutes": _number("かかる時間（分）"),
        },
    ),
    "result": _object(
        "選定結果（result-… と course-change-proposal の手紙だけ）",
        {
            "course": _text("応募コース"),
            "decided": _text("選定または提案のコース。なければ空"),
            "published": _time("報道発表の日"),
            "informed_by": _text("結果をお知らせする総合通信局など。なければ空"),
            "contact_by": _time("事務局から連絡する期日。なければ空"),
            "reason": _text("コースの提案の理由（総務省の了解を得た文）。なければ空"),
            "reply_by": _time("お返事の期日。なければ空"),
        },
    ),
    "notice": _object(
        "応募様式の差し替えのお知らせ（form-corrected の手紙だけ）",
        {
            "changes": Name("list", "変わったところ"),
            "since": _time("新しい応募様式の日付"),
            "old_accepted": Name("bool", "前の応募様式での応募も有効か"),
        },
    ),
    "written": _object(
        "事務局の人が画面で書いた手紙（letter と、名前が letter- で始まる手紙だけ）",
        {"subject": _text("書いた件名"), "text": _text("書いた本文")},
    ),
    "digest": _object(
        "事務局の日報（staff-digest だけ。ほかの手紙では使えません）",
        {
            "at": _time("数えた日時"),
            "arrived": Name("list", "届いたもの", _COUNT),
            "letters": Name("list", "手紙", _COUNT),
            "tasks": Name("list", "人がすること", _TASK),
            "calls": Name("list", "電話連絡票", _TASK),
            "problems": Name("list", "警報"),
            "oldest_unjudged": _time("判定を待っているいちばん古いメールの時刻。なければ空"),
            "balanced": Name("bool", "突合（reconcile）が合っているか"),
            "head": _text("監査の鎖の頭（番号:ハッシュ）"),
        },
    ),
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
