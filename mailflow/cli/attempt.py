"""`mailflow try`: what would become of a mail. Touches nothing, needs no database."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from mailflow.cli import documents
from mailflow.cli.app import OK, WRONG, Failed, app, session, told
from mailflow.cli.files import as_mail, each_file
from mailflow.cli.output import plain_line, print_json, shown_addresses, table
from mailflow.clock import TOKYO, sys_now
from mailflow.model import Known, Outcome

if TYPE_CHECKING:
    from mailflow.pipeline import Reading
    from mailflow.settings.settings import Settings


def moment(text: str | None) -> datetime:
    """`--at`: ISO 8601, Tokyo where no zone is given; None is now (MAILFLOW_NOW, else this machine's clock)."""
    if text is None:
        from mailflow.settings.env import business_now

        return business_now(session.environment) or sys_now()
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise Failed(f"--at {text}: 2026-03-26T16:00:00 のように書いてください。") from error
    try:
        return (at if at.tzinfo else at.replace(tzinfo=TOKYO)).astimezone(TOKYO)
    except OverflowError as error:
        raise Failed(f"--at {text}: 2026-03-26T16:00:00 のように書いてください。") from error


@app.command("try")
def attempt(
    files: Annotated[list[Path], typer.Argument(help="メールのファイル（.eml）。", metavar="FILE.eml…")],
    at: Annotated[
        str | None, typer.Option("--at", help="届いたことにする日時（既定 いま）。例 2026-03-19T10:00", metavar="TIME")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="どの規則がなぜ当てはまったかも表示します。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="1通を1行の JSON で出します。")] = False,
) -> None:
    """試しに判定します。何も保存せず、何も送りません。

    届いた日時も、いまの日時も、--at の日時とします。データベースは要りません。

    例
      mailflow try sample.eml --at 2026-03-19T10:00
      mailflow try sample.eml --explain
      mailflow try --json *.eml
    """
    from mailflow import pipeline

    now = moment(at)
    settings = session.settings()
    code = OK
    for name, content in each_file(files):
        if content is None:
            code = WRONG
            continue
        try:
            reading = pipeline.take_in(as_mail(content), settings, now)
            outcome = pipeline.conclude(reading, Known.empty(), settings, now, now)
        except Exception as error:  # the other files are still judged
            code = told(error, name)
            continue
        if as_json:
            print_json(documents.outcome(name, outcome))
        else:
            show(name, outcome)
        if explain:
            explain_rules(reading, settings, now, sys.stderr if as_json else sys.stdout)
    raise typer.Exit(code)


def show(name: str, outcome: Outcome) -> None:
    """For people: what it is, what was found, what would go out."""
    understood = outcome.verdict.understood
    organization = understood.organization
    table(
        name,
        ("項目", "内容"),
        [
            (
                "種類",
                f"{documents.KINDS[understood.kind.value]}{f'（{understood.label}）' if understood.label else ''}",
            ),
            ("規則", understood.rule),
            (
                "団体",
                f"{organization.full_name or '分かりません'}（{documents.RESOLVED[organization.resolved.value]}）",
            ),
            ("様式", "あり" if understood.form else "なし"),
            ("すること", documents.shown_actions(outcome.actions)),
        ],
    )
    if outcome.verdict.findings:
        documents.findings_table(outcome.verdict.findings)
    for draft in outcome.drafts:
        print(f"\n── 返信案 {draft.template}（{draft.approval.value}）")
        print(f"宛先：{shown_addresses(draft.to)}")
        if draft.cc:
            print(f"写し：{shown_addresses(draft.cc)}")
        documents.letter(draft.subject, draft.text)


def explain_rules(reading: Reading, settings: Settings, now: datetime, out: TextIO) -> None:
    """Each rule in turn: whether it held, its condition and the values it looked at."""
    from mailflow.intake.classify import explain
    from mailflow.intake.facts import facts_for

    facts = facts_for(reading.mail, reading.understood, Known.empty(), settings, now, now)
    print("\n── 規則（上から順に見て、最初に当てはまったものに決まります）", file=out)
    for one in explain(facts):
        mark = "○" if one.held else "×" if one.reached else "－"
        print(f"{mark} {one.rule}　{one.description or ''}{'' if one.reached else '（見ていません）'}", file=out)
        if one.reached:
            print(f"    when: {one.when}", file=out)
            for name, value in one.values:
                print(f"      {name} → {plain_line(shown_fact(value))}", file=out)


def shown_fact(value: object) -> str:
    """A value as an expression would write it, cut to a line."""
    text = str(value).lower() if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
