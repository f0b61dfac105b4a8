"""Why one mail became what it became: each rule, each check, the letter (`try --explain`).

In: Facts that are classified, the Outcome. Out: `Explanation`, values only, in the order in which things were decided.
Nothing is decided here: it is asked again of the same functions. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mailflow.intake.checks import unmet
from mailflow.intake.classify import RuleTrace
from mailflow.intake.classify import explain as explain_rules
from mailflow.intake.decide import Silence, no_letter_because
from mailflow.intake.facts import Facts, Need, facts_for
from mailflow.model import Known, Outcome, Severity
from mailflow.pipeline import Reading, with_told
from mailflow.settings.check_base import OwnCheck
from mailflow.settings.rules import BY_FINDINGS, BY_REQUEST
from mailflow.settings.settings import Settings

NEEDS: dict[Need, str] = {
    "form": "応募様式が読み取れていない",
    "no-form": "応募様式がある",
    "filled": "記入された応募様式がない",
    "current": "この公募の、記入された応募様式がない",
}
SILENCES: dict[Silence, str] = {
    "machine": "機械のメールには返信しません",
    "known-sender": "知っている差出人（parties.yaml）や事務局自身には、返信しません",
    "before-start": "運用開始（start）より前に届いたメールには、返信しません",
    "junk": "迷惑メールのフォルダーにあるものには、返信しません",
    "nobody": "差出人に、メールを送れるアドレスがありません",
    "robot": "返信を受け取らないアドレス（noreply など）です",
    "missent": "誤送信の連絡には、自動では返信しません",
    "duplicate": "同じ内容の様式がもう届いています",
    "told-already": "知らせることがもうありません",
    "rule": "規則の reply が none です",
    "nothing-to-say": "返す言葉がありません",
}

State = Literal["found", "silent", "skipped"]


@dataclass(frozen=True, slots=True)
class CheckTrace:
    """One check of the rule that decided. `why`: what it found (severities), or why it did not run."""

    check: str
    state: State
    why: str
    values: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """`idle`: checks that are configured and that this rule doesn't ask for."""

    rules: tuple[RuleTrace, ...]
    checks: tuple[CheckTrace, ...]
    idle: tuple[str, ...]
    letter: str


def facts_of(  # noqa: PLR0917  (what `pipeline.conclude` is given)
    reading: Reading, known: Known, settings: Settings, received_at: datetime, now: datetime, outcome: Outcome
) -> Facts:
    """The facts as the judge had them."""
    understood = with_told(reading.understood, known, settings)
    facts = facts_for(reading.mail, understood, known, settings, received_at, now)
    return facts.classified(outcome.verdict.understood)


def explanation(facts: Facts, outcome: Outcome) -> Explanation:
    """All of it."""
    rules = facts.settings.rules
    rule = rules.rule(outcome.verdict.understood.rule)
    checks = tuple(_check(facts, outcome, one.name) for one in (rules.checks_of(rule) if rule else ()))
    asked = {one.check for one in checks}
    idle = tuple(one.name for one in rules.checks if one.name not in asked)
    return Explanation(explain_rules(facts), checks, idle, _letter(facts, outcome))


def _check(facts: Facts, outcome: Outcome, name: str) -> CheckTrace:
    rules = facts.settings.rules
    configured = rules.check(name)
    values: tuple[tuple[str, object], ...] = ()
    if isinstance(configured, OwnCheck):
        values = rules.expression(configured.when, facts.settings.form).because(facts.context())
    found = [one for one in outcome.verdict.findings if one.check == name]
    if found:
        weights = "、".join(f"{one.severity}" + (f"（{one.where}）" if one.where else "") for one in found)
        return CheckTrace(name, "found", weights, values)
    need = unmet(facts, configured) if configured is not None else None
    if need is not None:
        return CheckTrace(name, "skipped", f"{NEEDS[need]}ため", values)
    return CheckTrace(name, "silent", "問題なし", values)


def _letter(facts: Facts, outcome: Outcome) -> str:
    verdict = outcome.verdict
    if outcome.drafts:
        return f"{outcome.drafts[0].template}：{_chosen(facts, outcome)}"
    silence = no_letter_because(facts, verdict)
    if silence is not None:
        return f"なし：{SILENCES[silence]}"
    if verdict.step is not None:
        return f"なし：{verdict.step.because}"
    return "なし：指摘から選ぶ手紙（応募様式についての手紙）がありません"


def _chosen(facts: Facts, outcome: Outcome) -> str:
    rule, verdict = facts.settings.rules.rule(outcome.verdict.understood.rule), outcome.verdict
    if rule is None:
        return ""
    if rule.then.reply == BY_REQUEST:
        return verdict.step.because if verdict.step is not None else "事前相談会の申込みに応じて"
    if rule.then.reply != BY_FINDINGS:
        return f"規則 {rule.id} の reply"
    if facts.known.claim:
        return "当事者ではない差出人には、届いたことだけを知らせるため"
    for severity, words in ((Severity.REFUSE, "refuse"), (Severity.FIX, "fix")):
        if named := list(dict.fromkeys(one.check for one in verdict.open(severity))):
            return f"{words} の指摘（{'、'.join(named)}）があるため"
    if named := list(dict.fromkeys(one.check for one in verdict.open(Severity.REVIEW))):
        return f"先に人が見る指摘（{'、'.join(named)}）があり、修正をお願いする点はないため"
    return "修正をお願いする点がないため"
