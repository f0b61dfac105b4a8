"""The names that conditions in rules.yaml may speak of, each with its Japanese description (DESIGN §3).

`names_for(form_file)` is `NAMES` with one `form.<key>` for each key of form.yaml. `intake.facts.Facts.context` gives the
values, of the same shape. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailflow.model import BodyKind, CaseState, Intent, MachineKind, Method, RequestIntent, Resolved
from mailflow.settings.form import FieldType, FormFile
from mailflow.settings.vocabulary import Kind as NameKind
from mailflow.settings.vocabulary import Name, Names

SENDER_CLASSES = ("body", "other-body", "unlisted-lg", "free", "unlisted")
PARTY_KINDS = ("ministry", "bureau", "own-firm", "web-form", "quarantine", "vendor", "file-service")
INTENTS = tuple(str(intent) for intent in Intent)

_KINDS: Mapping[FieldType, NameKind] = {
    FieldType.NUMBER: "number",
    FieldType.INTEGER: "number",
    FieldType.CHOICES: "list",
}


def _text(description: str, choices: tuple[str, ...] = ()) -> Name:
    return Name("text", description, choices=choices)


def _number(description: str) -> Name:
    return Name("number", description)


def _bool(description: str) -> Name:
    return Name("bool", description)


def _time(description: str) -> Name:
    return Name("time", description)


def _list(description: str) -> Name:
    return Name("list", description)


def _object(description: str, **members: Name) -> Name:
    return Name("object", description, members=members)


_FORM = {
    "found": _bool("応募様式が1つ以上読み取れたか。"),
    "count": _number("見つかった応募様式の数。"),
    "untouched": _bool("何も記入されていない応募様式か。"),
    "in_a_mail": _bool("添付されたメールの中に入っていた応募様式か（総合通信局からの転送など）。"),
    "marked": _bool("事務局が印を付けて送った応募様式が戻ってきたものか。"),
    "edition": _text("応募様式の版（form.yaml の id）。"),
    "filename": _text("応募様式のファイル名。"),
    "names_round": _text("応募様式が名乗っている公募の回や年度。"),
}

NAMES: Names = {
    "mail": _object(
        "届いたメール。",
        subject=_text("件名。"),
        new_text=_text("新しく書かれた本文（引用と署名を除く）。"),
        words=_text("件名と新しい本文を続けたもの。"),
        questions=_number("本文にある質問の文（「…か」「また、…を教えてください」）の数。"),
        asked=_text(
            "件名と、本文のうち質問の文（「…の場合、」のような仮定を除く）。件名だけが質問のときは本文も。質問でなければ空。"
        ),
        sender=_text("差出人のアドレス。"),
        sender_name=_text("差出人の名前。"),
        domain=_text("差出人のドメイン。"),
        attachments=_list("添付ファイルの名前（圧縮ファイルの中も含む）。"),
        has_files=_bool("書類が添付されているか（署名の画像や名刺のファイルは数えない）。"),
        like_form=_bool("応募様式らしい名前のファイルがあるか。"),
        locked=_bool("パスワードで開けないファイルがあるか。"),
        links=_list("ファイル送信サービスのURL。"),
        is_reply=_bool("返信か（返信の印、または件名の頭の Re:）。"),
        covering=_bool(
            "送り状の言葉だけの本文か（何かを送る・応募すると書かれているか、挨拶のほかに何も書かれていない）。"
        ),
        pasted=_number(
            "応募様式が読み取れないとき、本文の行の頭に書かれている応募様式の項目の数（「担当部署：企画課」）。"
        ),
        thanks=_bool("返信で、お礼や承知の挨拶のほかに何も書かれていない本文か。"),
        programme_subject=_bool("件名が、この事業の応募の件名（計画策定支援）か。"),
        quotes_number=_bool("受付番号が書かれているか。"),
        part=_number("分割送信（1/2）の何通目か。分割でなければ空。"),
        calendar=_bool("予定表の返事（承諾・辞退）が入っているか。"),
        machine=_text("機械が出したメールの種類。人のメールなら空。", ("", *(str(kind) for kind in MachineKind))),
        junk=_bool("迷惑メールのフォルダーにあったか。"),
    ),
    "form": Name("object", "読み取った応募様式。form.<項目> で値を使えます。", members=_FORM),
    "organization": _object(
        "応募（または照会）した団体。",
        known=_bool("団体が分かったか（似た名前があるだけのときは false）。"),
        resolved=_text("どのくらい確かか。", tuple(str(one) for one in Resolved)),
        code=_text("全国地方公共団体コード（6桁）。"),
        prefecture=_text("都道府県名。"),
        name=_text("団体名。"),
        full_name=_text("都道府県名と団体名。例：長野県飯田市"),
        kind=_text("団体の種類。", ("", *(str(kind) for kind in BodyKind))),
        ward=_text("政令指定都市の区の名前で来たときの、区。"),
        bureau=_text("受け持ちの総合通信局。"),
    ),
    "sender": _object(
        "差出人。",
        known=_bool("parties.yaml にある、応募者ではない差出人か。"),
        own=_bool("事務局のアドレス（programme.address）か。"),
        kind=_text("parties.yaml の種類。なければ空。", ("", *PARTY_KINDS)),
        id=_text("parties.yaml の id。なければ空。"),
        domain_class=_text("ドメインの種類。body は団体自身のもの。", SENDER_CLASSES),
    ),
    "intents": Name("list", "本文から読み取った用件。例：'withdraw' in intents", choices=INTENTS),
    "request": _object(
        "事前相談会の申込み。",
        found=_bool("申込み・変更・取消しなどが読み取れたか。"),
        intent=_text("何をしたいか。", ("", *(str(one) for one in RequestIntent))),
        method=_text("方法。", ("", *(str(one) for one in Method))),
        windows=_number("読み取れた希望日時の数。"),
        unclear=_bool("読み取れなかったところがあるか。"),
    ),
    "now": _time("今（判定する時刻）。"),
    "received_at": _time("事務局のメールサーバーに届いた時刻。"),
    "round": _object(
        "この公募の回。",
        id=_text("略号。例：R8-1"),
        name=_text("名前。例：1次公募"),
        opens=_time("公募の始まり。"),
        closes=_time("公募の締切。"),
        consultation_closes=_time("事前相談会の申込期限。"),
        is_open=_bool("公募期間の中に届いたか。"),
    ),
    "programme": _object(
        "事業。",
        name=_text("事業の名前。"),
        subject=_text("応募メールの件名の決まり文句。例：計画策定支援"),
        office=_text("事務局の名前。"),
        address=_text("事務局のメールアドレス。"),
        ministry=_text("所管の省・課。"),
    ),
    "case": _object(
        "この団体の案件。",
        exists=_bool("案件がもうあるか。"),
        number=_text("受付番号。"),
        state=_text("案件の状態。なければ空。", ("", *(str(state) for state in CaseState))),
        versions=_number("これまでに届いた版の数。"),
        party=_bool("差出人が案件の当事者か（最初のメールも true）。"),
        claim=_bool("当事者ではない差出人から、案件のある団体について来たメールか。"),
    ),
    "thread": _object(
        "どの手紙への返信か。",
        answers=_text("返信のもとになった事務局の手紙（テンプレート名）。なければ空。"),
        purpose=_text("その手紙の目的。なければ空。"),
        confirmed=_number("このメールが「記入のとおり」と答えた、前の手紙の質問の数。"),
        points=_number("このメールが番号を挙げて答えている、前の手紙の点の数（「2番はAコースでお願いします」）。"),
        promises=_bool(
            "いつ返事をするか（公募の締切まで）のほかに、何も書かれていない返事か（「決裁者が不在のため明日になります」）。"
        ),
    ),
}


def names_for(form_file: FormFile) -> Names:
    """`NAMES` with the fields of every edition in form.yaml."""
    fields: dict[str, Name] = {}
    for spec in form_file.forms:
        for key, field in spec.fields.items():
            kind = _KINDS.get(field.type, "text")
            choices = ("", *(choice.value for choice in field.choices)) if field.type is FieldType.CHOICE else ()
            known = fields[key].choices if key in fields else ()
            merged = tuple(dict.fromkeys((*known, *choices))) if choices else ()
            fields[key] = Name(kind, f"応募様式の「{field.label}」。", choices=merged)
    form = NAMES["form"]
    return {**NAMES, "form": Name("object", form.description, members={**fields, **form.members})}
