"""`mailflow try`: what would become of a mail. Touches nothing, needs no database."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from mailflow.cli import documents
from mailflow.cli.app import OK, WRONG, app, say, session, told
from mailflow.cli.files import as_mail, each_file
from mailflow.cli.output import plain_line, print_json, shown_addresses, table
from mailflow.cli.times import given_moment
from mailflow.clock import sys_now, tokyo
from mailflow.model import Known, Outcome
from mailflow.rehearsal.text import fact
from mailflow.words import KINDS

if TYPE_CHECKING:
    from mailflow.rehearsal.explain import Explanation
    from mailflow.settings.settings import Settings


def judged_at(text: str | None) -> datetime:
    """`--at`; None is now (MAILFLOW_NOW, else this machine's clock)."""
    from mailflow.settings.env import business_now

    return tokyo(given_moment(text, "--at")) if text else business_now(session.environment) or sys_now()


@app.command("try")
def attempt(
    files: Annotated[list[Path], typer.Argument(help="メールのファイル（.eml）。", metavar="FILE.eml…")],
    at: Annotated[
        str | None, typer.Option("--at", help="届いたことにする日時（既定 いま）。例 2026-03-19T10:00", metavar="TIME")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="どの規則がなぜ当てはまったか、どの検査を行ったかも表示します。")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="1通を1行の JSON で出します。")] = False,
) -> None:
    """試しに判定します。何も保存せず、何も送りません。

    届いた日時も、いまの日時も、--at の日時とします。データベースは要りません。

    例
      mailflow try sample.eml --at 2026-03-19T10:00
      mailflow try sample.eml --explain
      mailflow try --json *.eml
    """
    from mailflow.worker.apart import each
    from mailflow.worker.sandbox import Spoiled

    now = judged_at(at)
    settings = session.settings()
    code, limits = OK, settings.file.limits
    acts = [partial(tried, path, settings, now, explained=explain) for path in files]
    answers = each(acts, time_limit=limits.read_time, memory=limits.memory)
    for path, answer in zip(files, answers, strict=True):
        if isinstance(answer, Spoiled):  # the other files are still judged
            say(f"{path}: {answer.reason}")
            code = WRONG
        elif isinstance(answer, int):
            code = answer
        else:
            if as_json:
                print_json(documents.outcome(str(path), answer.outcome))
            else:
                show(str(path), answer.outcome)
            if answer.explanation is not None:
                explain_decision(answer.explanation, sys.stderr if as_json else sys.stdout)
    raise typer.Exit(code)


@dataclass(frozen=True)
class Tried:
    """What became of one file."""

    outcome: Outcome
    explanation: Explanation | None


def tried(path: Path, settings: Settings, now: datetime, *, explained: bool) -> Tried | int:
    """One file, judged in a process that can be killed. An exit code where it can't be read: the line is on stderr."""
    from mailflow import pipeline
    from mailflow.rehearsal.explain import explanation, facts_of

    ((name, content),) = each_file([path])
    if content is None:
        return WRONG
    try:
        reading = pipeline.take_in(as_mail(content), settings, now)
        outcome = pipeline.conclude(reading, Known.empty(), settings, now, now)
    except MemoryError:
        raise
    except Exception as error:
        return told(error, name)
    if not explained:
        return Tried(outcome, None)
    facts = facts_of(reading, Known.empty(), settings, now, now, outcome)
    return Tried(outcome, explanation(facts, outcome))


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
                f"{KINDS[understood.kind.value]}{f'（{understood.label}）' if understood.label else ''}",
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


MARKS = {"found": "!", "silent": "○", "skipped": "－"}


def explain_decision(one: Explanation, out: TextIO) -> None:
    """Each rule in turn, each check, the letter: what was decided and why, with the values it looked at."""
    print("\n── 規則（上から順に見て、最初に当てはまったものに決まります）", file=out)
    for rule in one.rules:
        mark = "○" if rule.held else "×" if rule.reached else "－"
        end = "" if rule.reached else "（見ていません）"
        print(f"{mark} {rule.rule}　{rule.description or ''}{end}", file=out)
        if rule.reached:
            print(f"    when: {rule.when}", file=out)
            for name, value in rule.because:
                print(f"      {name} → {plain_line(fact(value))}", file=out)
            told_already = dict(rule.because)
            rest = [(name, value) for name, value in rule.values if name not in told_already]
            if rest:
                print("      （ほかの値）", file=out)
            for name, value in rest:
                print(f"      {name} → {plain_line(fact(value))}", file=out)
    print("\n── 検査（当てはまった規則が行うもの。! 指摘あり・○ 問題なし・－ 行わず）", file=out)
    for check in one.checks:
        print(f"{MARKS[check.state]} {check.check}　{check.why}", file=out)
        for name, value in check.values:
            print(f"      {name} → {plain_line(fact(value))}", file=out)
    if one.idle:
        print(f"－ この規則では行わない検査：{'、'.join(one.idle)}", file=out)
    print(f"\n── 手紙\n{one.letter}", file=out)
