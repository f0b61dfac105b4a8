"""`mailflow cases`: what people write down and decide on one case (DESIGN §4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import iso, print_json, shown_time, table
from mailflow.cli.times import given_moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailflow.desk.exceptions import Written
    from mailflow.store.casebook import Casebook

cases = Family(
    help="""案件の記録を見る。取下げ、例外、言葉での回答、担当者の変更などを記録する。

    例
      mailflow cases show R8-1-202053
      mailflow cases waiting
    """
)
app.add_typer(cases, name="cases")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]
Key = Annotated[str, typer.Argument(metavar="ID", help="案件の番号か受付番号（例 R8-1-202053）。")]
WHAT = {
    "promise": "約束の時刻を過ぎた返事",
    "withdrawal": "取下げの確認の電話",
    "claim": "当事者か確かめていないメール",
    "missent": "誤送信のメール",
    "asking-ministry": "総務省に確認中",
}
BECAUSE = {
    "ended": "担当だった方の期間が終わります",
    "auto-reply": "不在・異動の自動応答がありました",
    "unconfirmed": "だれも確かめていません",
}


def found_case(key: str) -> int:
    from mailflow.store.casebook import find_case

    case_id = find_case(session.store(), key)
    if case_id is None:
        raise Failed(f"{key} という案件はありません。")
    return case_id


@cases.command("show")
def show(key: Key, as_json: Json = False) -> None:
    """人が書いた記録（取下げ、例外、聞き取った値、連絡先、メモ）を表示します。応募の内容は applications show です。

    例
      mailflow cases show R8-1-202053
    """
    from mailflow.desk.exceptions import written
    from mailflow.store.casebook import casebook

    book = casebook(session.store(), found_case(key))
    if book is None:
        raise Failed(f"{key} という案件はありません。")
    exceptions = tuple(written(session.store(), session.settings(), book))
    if as_json:
        print_json(document(book, exceptions))
        return
    rows: list[tuple[str, str | None]] = [
        ("受付番号", book.number),
        ("案件の版", str(book.revision)),
        ("返事の約束", shown_time(book.promised) if book.promised else None),
        ("隠しているメール", "、".join(map(str, book.hidden)) or None),
    ]
    table(f"案件 {book.case_id}", ("項目", "内容"), [row for row in rows if row[1]])
    if book.withdrawals:
        table(
            "取下げ",
            ("記録した日時", "確かめた相手", "確かめ方", "記録した人", "取り消し"),
            [
                (
                    shown_time(one.at),
                    one.confirmed_with,
                    one.how,
                    one.by,
                    f"{shown_time(one.undone_at)} {one.undone_by}：{one.undone_why}" if one.undone_at else "",
                )
                for one in book.withdrawals
            ],
        )
    if exceptions:
        table(
            "例外",
            ("番号", "何を", "いつまで", "わけ", "総務省の了解", "だれが", "終わり"),
            [(x.id, x.what, shown_time(x.until), x.why, x.consent, x.by, shown_time(x.ended_at)) for x in exceptions],
        )
    if book.recorded:
        table(
            "聞き取ったこと",
            ("メール", "項目・検査", "値", "もと", "記録した人"),
            [(r.mail_id, r.field or r.check, r.value or recorded_word(r), r.source, r.by) for r in book.recorded],
        )
    if book.contacts:
        table(
            "連絡先",
            ("アドレス", "名前", "いつから", "いつまで", "もと"),
            [(c.address, c.name, shown_time(c.since), shown_time(c.until), c.source) for c in book.contacts],
        )
    if book.notes:
        table(
            "メモ",
            ("日時", "だれが", "内容"),
            [(shown_time(one.at), one.by, one.text) for one in book.notes if one.text],
        )


def recorded_word(one: Any) -> str:
    return {None: "記入のとおり", True: "指摘を外した", False: "指摘を戻した"}[one.cleared]


def document(book: Casebook, exceptions: Iterable[Written]) -> dict[str, Any]:
    """`exceptions`: the case's and its area's."""
    return {
        "id": book.case_id,
        "number": book.number,
        "revision": book.revision,
        "promised": iso(book.promised),
        "hidden": list(book.hidden),
        "withdrawals": [
            {
                "at": iso(one.at), "mail": one.mail_id, "confirmed_with": one.confirmed_with, "how": one.how,
                "by": one.by, "undone_at": iso(one.undone_at), "undone_by": one.undone_by, "undone_why": one.undone_why,
            }
            for one in book.withdrawals
        ],
        "exceptions": [
            {
                "id": x.id, "what": x.what, "until": iso(x.until), "why": x.why, "consent": x.consent, "by": x.by,
                "at": iso(x.at), "ended_at": iso(x.ended_at),
            }
            for x in exceptions
        ],
        "recorded": [
            {
                "mail": r.mail_id, "field": r.field, "value": r.value, "check": r.check, "cleared": r.cleared,
                "source": r.source, "by": r.by, "at": iso(r.at),
            }
            for r in book.recorded
        ],
        "contacts": [
            {"address": c.address, "name": c.name, "since": iso(c.since), "until": iso(c.until), "source": c.source}
            for c in book.contacts
        ],
        "notes": [
            {"at": iso(one.at), "by": one.by, "kind": one.kind, "text": one.text, "mail": one.mail_id}
            for one in book.notes
        ],
    }  # fmt: skip


@cases.command("waiting")
def waiting(as_json: Json = False) -> None:
    """電話や確認を待つ案件を一覧します（取下げの確認、当事者か分からないメール、誤送信、約束を過ぎた返事、総務省に確認中の質問）。

    例
      mailflow cases waiting
    """
    from mailflow.store.waiting import waiting_cases

    found = waiting_cases(session.store(), session.clock().now())
    if as_json:
        for one in found:
            print_json(
                {
                    "what": one.what, "case": one.case_id, "number": one.number, "organization": one.organization,
                    "mail": one.mail_id, "since": iso(one.since),
                }
            )  # fmt: skip
        return
    table(
        None,
        ("いつから", "何を", "受付番号", "団体", "メール"),
        [(shown_time(one.since), WHAT[one.what], one.number, one.organization, one.mail_id) for one in found],
        empty="人の手を待つ案件はありません。",
    )


@cases.command("contacts")
def contacts(
    at: Annotated[str, typer.Argument(metavar="DATE", help="この日に連絡がつくか。例 2026-04-01")],
    as_json: Json = False,
) -> None:
    """その日の連絡先を、だれも確かめていない応募を一覧します。年度末（3月31日）に見てください。

    例
      mailflow cases contacts 2026-04-01
    """
    from mailflow.store.casebook import contacts_in_doubt

    found = contacts_in_doubt(session.store(), given_moment(at, "DATE"))
    if as_json:
        for one in found:
            print_json(
                {
                    "case": one.case_id, "number": one.number, "organization": one.organization,
                    "because": one.because, "addresses": list(one.addresses),
                }
            )  # fmt: skip
        return
    table(
        None,
        ("受付番号", "団体", "わけ", "これまでの差出人"),
        [(one.number, one.organization, BECAUSE[one.because], "、".join(one.addresses)) for one in found],
        empty="どの応募にも、その日の連絡先があります。",
    )


@cases.command("diff")
def diff(
    key: Key,
    older: Annotated[int | None, typer.Argument(metavar="OLD", help="前の版（既定 1つ前）。")] = None,
    newer: Annotated[int | None, typer.Argument(metavar="NEW", help="あとの版（既定 最後の版）。")] = None,
    as_json: Json = False,
) -> None:
    """2つの版の応募様式で、違う欄だけを表示します。

    例
      mailflow cases diff R8-1-202053
      mailflow cases diff R8-1-202053 1 3
    """
    from mailflow.intake.differences import differences
    from mailflow.store.casebook import version_forms

    forms = version_forms(session.store(), found_case(key))
    by_number = {one.number: one for one in forms}
    if len(forms) < 2 and (older is None or newer is None):
        raise Failed("比べる版が2つありません。")
    first, second = older or forms[-2].number, newer or forms[-1].number
    missing = [one for one in (first, second) if one not in by_number]
    if missing:
        raise Failed(f"第{missing[0]}版はありません。あるのは {'、'.join(map(str, by_number))} です。")
    found = differences(by_number[first].form, by_number[second].form)
    if as_json:
        for one in found:
            print_json({"key": one.key, "label": one.label, "cell": one.cell, "before": one.before, "after": one.after})
        return
    table(
        f"第{first}版 → 第{second}版",
        ("項目", "セル", "前", "あと"),
        [(one.label, one.cell, one.before or "（空欄）", one.after or "（空欄）") for one in found],
        empty="記入内容は同じです。",
    )


@cases.command("export")
def export(
    key: Key, out: Annotated[Path, typer.Argument(metavar="FILE.zip", help="書き出す先。")], user: As = None
) -> None:
    """1件の記録をすべて書き出します（情報公開請求など）。メール、手紙、版、決定、メモ、操作の記録が入ります（承認者）。

    個人の氏名や連絡先は、墨消しの候補として一覧になります。誤送信などで隠したメールの中身は入りません。

    例
      mailflow cases export R8-1-202053 開示.zip
    """
    import io
    import zipfile

    from mailflow.cli.files import write
    from mailflow.cli.workbook import workbook
    from mailflow.desk.cases import open_dossier
    from mailflow.desk.exceptions import written

    if out.suffix.lower() != ".zip":
        raise Failed(f"{out}: 名前の終わりを .zip にしてください。")
    case_id = found_case(key)
    found = done(open_dossier(session.store(), session.settings(), case_id, user=acting_user(user)))
    exceptions = written(session.store(), session.settings(), found.book)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = [(one.at, one.what, one.who, one.text, one.file) for one in found.happened]
        archive.writestr("経過.xlsx", workbook("経過", ("日時", "できごと", "だれ", "内容", "ファイル"), rows))
        archive.writestr("墨消しの候補.xlsx", workbook("墨消しの候補", ("種類", "値", "どこに"), found.personal))
        archive.writestr("記録.json", json.dumps(document(found.book, exceptions), ensure_ascii=False, indent=1))
        for name, content in found.files:
            archive.writestr(name, content)
    write(out, packed.getvalue())
    print(f"{out} に {len(found.files)}通と経過 {len(found.happened)}行を書きました。")
