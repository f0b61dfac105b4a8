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
from mailflow.words import APPROVALS, KINDS, letter_name

if TYPE_CHECKING:
    from mailflow.intake.classify import RuleTrace
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
        bool, typer.Option("--explain", help="決まった規則とそのわけ、惜しかった規則、行った検査も表示します。")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="--explain で、すべての規則と検査、見た値を表示します。")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="1通を1行の JSON で出します。")] = False,
) -> None:
    """試しに判定します。何も保存せず、何も送りません。

    届いた日時も、いまの日時も、--at の日時とします。データベースは要りません。

    例
      mailflow try sample.eml --at 2026-03-19T10:00
      mailflow try sample.eml --explain
      mailflow try sample.eml --explain --all
      mailflow try --json *.eml
    """
    from mailflow.worker.apart import each
    from mailflow.worker.sandbox import Spoiled

    explain = explain or everything
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
                explain_decision(answer.explanation, sys.stderr if as_json else sys.stdout, everything=everything)
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
        looked_at = "先に人が見ます・" if draft.review else ""
        print(f"\n── 返信案 {letter_name(draft.template)}・{looked_at}{APPROVALS[draft.approval.value]}")
        print(f"宛先：{shown_addresses(draft.to)}")
        if draft.cc:
            print(f"写し：{shown_addresses(draft.cc)}")
        documents.letter(draft.subject, draft.text)


MARKS = {"found": "!", "silent": "○", "skipped": "－"}


def explain_decision(one: Explanation, out: TextIO, *, everything: bool) -> None:
    """What was decided and why: the rule that held, those that nearly did, the checks, the letter; or all of it."""
    if everything:
        _every_rule(one.rules, out)
    else:
        _rules_that_matter(one.rules, out)
    _checks(one, out, everything=everything)
    print(f"\n── 手紙\n{one.letter}", file=out)


NEARLY = 5  # rules that lacked one condition, as shown
FEW = 4  # of the values that decided


def _rules_that_matter(rules: tuple[RuleTrace, ...], out: TextIO) -> None:
    held = next((one for one in rules if one.held), None)
    print("\n── 規則", file=out)
    if held is None:
        print("× どの規則にも当てはまりませんでした", file=out)
    else:
        print(f"○ {held.rule}　{held.description or ''}", file=out)
        _values(held.because, out)
    lost = [one for one in rules if one.reached and not one.held]
    nearly = sorted((one for one in lost if one.lacking[0] == 1 < one.lacking[1]), key=lambda one: -one.lacking[1])
    near = [one for one in lost if one in nearly[:NEARLY]]
    if near:
        print("── 惜しかった規則（あと1つの条件が合いませんでした）", file=out)
    for one in near:
        print(f"× {one.rule}　{one.description or ''}", file=out)
        _values(one.because[:FEW], out)
        if len(one.because) > FEW:
            print(f"      （ほか{len(one.because) - FEW}件）", file=out)
    same = [one for one in lost if held is not None and one.kind == held.kind and one not in near]
    if same:
        print("── 上にある、同じ種類の規則（合わなかった条件）", file=out)
    for one in same:
        name, value = one.because[0] if one.because else (one.when, False)
        print(f"× {one.rule}　{plain_line(name)} → {plain_line(fact(value))}", file=out)
    if hidden := len(rules) - len(near) - len(same) - (held is not None):
        print(f"（ほかの{hidden}個の規則は --all で表示します）", file=out)


def _every_rule(rules: tuple[RuleTrace, ...], out: TextIO) -> None:
    """Each in turn, with the values it looked at."""
    print("\n── 規則（上から順に見て、最初に当てはまったものに決まります）", file=out)
    for rule in rules:
        mark = "○" if rule.held else "×" if rule.reached else "－"
        end = "" if rule.reached else "（見ていません）"
        print(f"{mark} {rule.rule}　{rule.description or ''}{end}", file=out)
        if rule.reached:
            print(f"    when: {rule.when}", file=out)
            _values(rule.because, out)
            told_already = dict(rule.because)
            rest = tuple((name, value) for name, value in rule.values if name not in told_already)
            if rest:
                print("      （ほかの値）", file=out)
            _values(rest, out)


def _values(values: tuple[tuple[str, object], ...], out: TextIO) -> None:
    for name, value in values:
        print(f"      {name} → {plain_line(fact(value))}", file=out)


def _checks(one: Explanation, out: TextIO, *, everything: bool) -> None:
    """Those that found something each on a line; the others by why they said nothing."""
    print("\n── 検査（当てはまった規則が行うもの。! 指摘あり・○ 問題なし・－ 行わず）", file=out)
    quiet: dict[tuple[str, str], list[str]] = {}
    for check in one.checks:
        if check.state == "found" or everything:
            print(f"{MARKS[check.state]} {check.check}　{check.why}", file=out)
            _values(check.values, out)
        else:
            quiet.setdefault((check.state, check.why), []).append(check.check)
    for (state, why), names in quiet.items():
        print(f"{MARKS[state]} {why}：{'、'.join(names)}", file=out)
    if one.idle and everything:
        print(f"－ この規則では行わない検査：{'、'.join(one.idle)}", file=out)
