"""`mailflow questions`: what was asked in a week, for the ministry and for the page of questions and answers (situations row 36)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import Failed, app, session
from mailflow.cli.files import write
from mailflow.cli.output import iso, print_json, shown_time, table

if TYPE_CHECKING:
    from mailflow.store.questions import QuestionLine


@app.command("questions")
def questions(
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="この日から（既定 今週の月曜日）。")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="この日まで（その日を含む。既定 --since から7日間）。")
    ] = None,
    unanswered: Annotated[
        bool, typer.Option("--unanswered", help="よくある質問（faq.yaml）に答えのないものだけ。")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.xlsx", help="表（.xlsx）に書き出します。")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="1問を1行の JSON で出します。")] = False,
) -> None:
    """1週間に届いた質問を、だれが何を尋ねたか、1問ずつ一覧します（総務省への報告、Q&Aのページの材料）。

    よくある質問（faq.yaml）に当てはまった項目と、返信の状態も出ます。隠したメールと、消去したメールの質問は出ません。

    例
      mailflow questions
      mailflow questions --since 2026-03-09 -o 質問一覧.xlsx
      mailflow questions --unanswered --json
    """
    from mailflow.cli.workbook import workbook
    from mailflow.store.questions import questions_asked

    if out is not None and out.suffix.lower() != ".xlsx":
        raise Failed(f"{out}: 名前の終わりを .xlsx にしてください。")
    found = questions_asked(session.store(), *_stretch(since, until))
    shown = [one for one in found if one.entry is None] if unanswered else found
    if out is not None:
        columns = ("届いた日時", "団体", "差出人", "番号", "質問", "よくある質問の項目", "返信", "答えた記録", "メール")
        rows = [
            (one.received_at, one.organization, one.sender or one.address, one.number, one.text, one.entry, state(one), one.answered, one.mail_id)
            for one in shown
        ]  # fmt: skip
        write(out, workbook("質問一覧", columns, rows))
        print(f"{out} に {len(shown)}問を書きました。")
        return
    if as_json:
        for one in shown:
            print_json(document(one))
        return
    table(
        None,
        ("届いた日時", "団体", "差出人", "質問", "項目", "返信", "メール"),
        [
            (shown_time(one.received_at), one.organization, one.sender or one.address, f"{one.number} {one.text}", one.entry or "該当なし", state(one), one.mail_id)
            for one in shown
        ],
        empty="質問はありません。",
        spare=("メール", "差出人"),
    )  # fmt: skip


def _stretch(since: str | None, until: str | None) -> tuple[datetime, datetime]:
    """Both days whole, Tokyo's. Without a day: the week of this moment, from Monday on."""
    from mailflow.cli.times import given_day
    from mailflow.clock import TOKYO, tokyo

    today = tokyo(session.clock().now()).date()
    first = given_day(since) if since else today - timedelta(days=today.weekday())
    last = given_day(until) if until else first + timedelta(days=6)
    if last < first:
        raise Failed("--until が --since より前です。")
    return datetime.combine(first, time(0), TOKYO), datetime.combine(last + timedelta(days=1), time(0), TOKYO)


def state(one: QuestionLine) -> str:
    """How its mail was answered so far."""
    from mailflow.cli.drafts import STATES

    if one.answered:
        return "答えた"
    if one.letter is None:
        return "手紙なし"
    said = STATES.get(one.letter, one.letter)
    return said if one.answers else f"{said}（質問の答えは別）"


def document(one: QuestionLine) -> dict[str, Any]:
    return {
        "mail": one.mail_id,
        "number": one.number,
        "question": one.text,
        "entry": one.entry,
        "received_at": iso(one.received_at),
        "sender": {"name": one.sender, "address": one.address},
        "case": one.case_id,
        "case_number": one.case_number,
        "organization": one.organization,
        "label": one.label,
        "claim": one.claim,
        "letter": one.letter_id,
        "letter_state": one.letter,
        "letter_answers": one.answers,
        "answered": one.answered,
    }
