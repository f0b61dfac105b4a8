"""One test of config/tests: the mail judged, what came out held against what is expected.

In: a TestCase with its file's Defaults, Settings, the files that lie beside. Out: `Result`; its failures say what was
expected, what came out, and where in the YAML the expectation stands. An expectation that nothing could look at (a check
that the rule doesn't run, a letter that isn't there) is a failure. Raises nothing: a mail that can't be made, a letter that
can't be rendered are failures too. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mailflow.clock import tokyo
from mailflow.intake.checks import unmet
from mailflow.intake.classify import asked
from mailflow.intake.facts import Facts, facts_for
from mailflow.model import Draft, Finding, Known, Outcome, Severity
from mailflow.pipeline import Reading, with_told
from mailflow.rehearsal.explain import NEEDS
from mailflow.rehearsal.known import THIS_MAIL, Case, Judged, judge
from mailflow.rehearsal.mails import Unwritable, message_id, received_at, written
from mailflow.rehearsal.text import fact
from mailflow.replies.render import LetterError
from mailflow.settings.case_checks import BUILT_IN
from mailflow.settings.cases import Defaults, Expect, ExpectedFinding, TestCase, TestMail
from mailflow.settings.rules import Rule
from mailflow.settings.settings import Settings

Path = tuple[str | int, ...]
MAX_LINES = 12  # of why a rule held or not


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that didn't hold. `path`: in the case; `details`: more lines for people."""

    path: Path
    what: str
    expected: str
    found: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one test. `rule`: the one that decided; `looked_at`: how many expectations were held against it."""

    test: str
    failures: tuple[Failure, ...]
    rule: str | None = None
    looked_at: int = 0

    @property
    def ok(self) -> bool:
        return not self.failures and self.looked_at > 0


@dataclass(frozen=True, slots=True)
class Came:
    """What came out of the test's mail."""

    facts: Facts
    reading: Reading
    known: Known
    outcome: Outcome

    @property
    def draft(self) -> Draft | None:
        return self.outcome.drafts[0] if self.outcome.drafts else None

    @property
    def rule(self) -> Rule | None:
        return self.facts.settings.rules.rule(self.outcome.verdict.understood.rule)


def run_case(case: TestCase, defaults: Defaults, settings: Settings, beside: Mapping[str, bytes]) -> Result:
    """The test's verdict."""
    try:
        came = _play(case, defaults, settings, beside)
    except Unwritable as error:
        return Result(case.test, (Failure(error.path, "メール", "作れること", error.reason),))
    except LetterError as error:
        return Result(case.test, (Failure((), "手紙", "作れること", str(error)),))
    except Exception as error:  # a fault of ours must fail this test, not hide the others
        reason = f"処理の途中で止まりました（{type(error).__name__}: {error}）"
        return Result(case.test, (Failure((), "処理", "終わること", reason),))
    looks = list(_looks(case.expect, came))
    failures = tuple(replace(one, path=("expect", *one.path)) for _, one in looks if one is not None)
    return Result(case.test, failures, came.outcome.verdict.understood.rule, len(looks))


def _play(case: TestCase, defaults: Defaults, settings: Settings, beside: Mapping[str, bytes]) -> Came:
    so_far = Case(settings)
    for number, earlier in enumerate(case.before, 1):
        try:
            _add_earlier(so_far, case.test, number, earlier, defaults, beside, sent=earlier.sent)
        except Unwritable as error:
            raise Unwritable(error.reason, "before", number - 1, *error.path) from error
    at = received_at(case, defaults)
    letter = (so_far.letter_id(case.answers) or message_id(f"{case.test}\nletter")) if case.answers else None
    raw = written(case, defaults, settings, beside, key=f"{case.test}\n{THIS_MAIL}", answers=letter)
    now = case.now or at
    reading, known, outcome = judge(so_far, case, raw, at, now, case.known, imported=case.imported, junk=case.junk)
    understood = with_told(reading.understood, known, settings)
    facts = facts_for(
        reading.mail, understood, known, settings, at, now, imported=case.imported, junk=case.junk
    ).classified(outcome.verdict.understood)
    return Came(facts, reading, known, outcome)


def _add_earlier(  # noqa: PLR0917  (a mail with all that makes it)
    so_far: Case,
    test: str,
    number: int,
    mail: TestMail,
    defaults: Defaults,
    beside: Mapping[str, bytes],
    *,
    sent: bool,
) -> None:
    at = received_at(mail, defaults)
    letter = so_far.letter_id(mail.answers) if mail.answers else None
    raw = written(mail, defaults, so_far.settings, beside, key=f"{test}\n{number}", answers=letter)
    reading, _, outcome = judge(so_far, mail, raw, at, at)
    own = message_id(f"{test}\nletter {number}")
    so_far.judged.append(Judged(number, reading, outcome, at, own, sent))


# --- what is expected, one by one -------------------------------------------------------------------------------------

Look = tuple[str, Failure | None]


def _looks(expect: Expect, came: Came) -> Iterator[Look]:
    """Every expectation that is written, with its failure or None."""
    verdict, understood = came.outcome.verdict, came.outcome.verdict.understood
    given = expect.model_fields_set
    why = tuple(_why_rule(expect, came))
    for key, what, wanted, found, details in (
        ("kind", "種類", expect.kind, understood.kind, why),
        ("label", "見出し", expect.label, understood.label, why if "rule" not in given else ()),
        ("rule", "規則", expect.rule, understood.rule, why if "kind" not in given else ()),
        ("organization", "団体", expect.organization, understood.organization.full_name, _naming(came)),
        ("resolved", "団体の確かさ", expect.resolved, understood.organization.resolved, _naming(came)),
        ("form_found", "様式が読み取れる", expect.form_found, bool(understood.forms), ()),
        ("review", "先に人が見る", expect.review, verdict.needs_review, _reviews(verdict.findings)),
        ("intent", "相談の用件", expect.intent, understood.request.intent if understood.request else None, ()),
    ):
        if key in given:
            yield key, _same((key,), what, wanted, found, details)
    if expect.form is not None:
        yield from _form(expect, came)
    if expect.findings is not None:
        yield from _findings(expect, came)
    for place, name in enumerate(expect.no_findings or ()):
        yield "no_findings", _absent(name, ("no_findings", place), came)
    yield from _actions(expect, came)
    yield from _slot(expect, came)
    yield from _letter(expect, came)


def _shown(value: Any) -> str:
    if value is None:
        return "なし"
    if isinstance(value, bool):
        return "はい（true）" if value else "いいえ（false）"
    if hasattr(value, "isoformat"):
        return f"{tokyo(value):%Y-%m-%d %H:%M}"
    return "、".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _same(path: Path, what: str, wanted: Any, found: Any, details: tuple[str, ...] = ()) -> Failure | None:
    if wanted == found:
        return None
    return Failure(path, what, _shown(wanted), _shown(found), details)


def _naming(came: Came) -> tuple[str, ...]:
    naming = came.outcome.verdict.understood.naming
    sources = (
        ("様式", naming.form),
        ("件名", naming.subject),
        ("ファイル名", naming.attachment),
        ("差出人", naming.sender),
    )
    return tuple(f"{name}では {body.full_name or '分からない'}" for name, body in sources)


def _reviews(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(f"{one.check}：{one.message}" for one in findings if one.severity is Severity.REVIEW)[:MAX_LINES]


def _why_rule(expect: Expect, came: Came) -> Iterator[str]:
    """Which rule won instead, and why the expected one didn't hold."""
    rules, won = came.facts.settings.rules, came.rule
    wanted = rules.rule(expect.rule)
    if expect.rule is None and expect.kind is not None and (won is None or won.kind is not expect.kind):
        wanted = next((one for one in rules.rules if one.kind is expect.kind and asked(one, came.facts)[0]), None)
    if won is None:
        yield "当てはまった規則はありません。"
    elif wanted is not won:
        yield f"当てはまった規則：{won.id}（{won.description}）"
        yield f"  when: {_one_line(won.when)}"
        yield from _values(asked(won, came.facts)[1])
    if wanted is None or wanted is won:
        return
    held, because = asked(wanted, came.facts)
    order = [one.id for one in rules.rules]
    if held and won is not None and order.index(won.id) < order.index(wanted.id):
        yield f"規則 {wanted.id} も成り立ちますが、上にある {won.id} が先に当てはまりました。"
    else:
        yield f"規則 {wanted.id} は成り立ちませんでした："
        yield f"  when: {_one_line(wanted.when)}"
        yield from _values(because)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _values(because: tuple[tuple[str, Any], ...]) -> Iterator[str]:
    for text, value in because[:MAX_LINES]:
        yield f"    {text} → {fact(value)}"


def _form(expect: Expect, came: Came) -> Iterator[Look]:
    form = came.outcome.verdict.understood.form
    for key, wanted in (expect.form or {}).items():
        path = ("form", key)
        if form is None:
            yield "form", Failure(path, f"様式の {key}", _shown(wanted), "応募様式が読み取れません")
            continue
        found = form.value(key)
        held = form.fields.get(key)
        cell = (f"セル {held.cell} に「{held.raw}」",) if held is not None and held.cell else ()
        same = wanted == found or (wanted is not None and found is not None and _shown(wanted) == _shown(found))
        yield "form", None if same else Failure(path, f"様式の {key}", _shown(wanted), _shown(found), cell)


def _told(one: Finding) -> str:
    fields = f"・{'、'.join(one.fields)}" if one.fields else ""
    return f"{one.check}（{one.severity}{fields}）"


def _findings(expect: Expect, came: Came) -> Iterator[Look]:
    found = came.outcome.verdict.findings
    matched: set[int] = set()
    for place, wanted in enumerate(expect.findings or ()):
        path: Path = ("findings", place)
        hits = [index for index, one in enumerate(found) if _fits(wanted, one)]
        matched.update(hits)
        yield "findings", None if hits else _not_found(wanted, path, came)
    if expect.only_these or expect.findings == ():
        others = [one for index, one in enumerate(found) if index not in matched and one.severity is not Severity.NOTE]
        key = "only_these" if expect.findings else "findings"
        wanted_only = "ほかの指摘がないこと（note を除く）" if expect.findings else "指摘がないこと（note を除く）"
        details = tuple(f"{_told(one)}：{one.message}" for one in others)
        failure = Failure((key,), "指摘", wanted_only, "、".join(map(_told, others)), details) if others else None
        yield "findings", failure


def _fits(wanted: ExpectedFinding, one: Finding) -> bool:
    return (
        wanted.check == one.check
        and (wanted.severity is None or wanted.severity is one.severity)
        and (wanted.field is None or wanted.field in one.fields)
        and (wanted.where is None or wanted.where in one.where)
        and (wanted.found is None or wanted.found in (one.found or ""))
        and (wanted.message is None or wanted.message in one.message)
    )


def _not_found(wanted: ExpectedFinding, path: Path, came: Came) -> Failure:
    same = [one for one in came.outcome.verdict.findings if one.check == wanted.check]
    asked_for = ("severity", "field", "where", "found", "message")
    more = "・".join(f"{key} {_shown(getattr(wanted, key))}" for key in asked_for if getattr(wanted, key) is not None)
    expected = f"{wanted.check}{f'（{more}）' if more else ''} があること"
    if same:
        details = tuple(f"{_told(one)}：{one.where}　現在 {one.found or 'なし'}　{one.message}" for one in same)
        return Failure(path, "指摘", expected, "、".join(map(_told, same)), details)
    return Failure(path, "指摘", expected, "ありません", tuple(_why_silent(wanted.check, came)))


def _runs(check: str, came: Came) -> bool:
    """Whether the rule that decided looks at this check at all."""
    rule = came.rule
    rules = came.facts.settings.rules
    return check in BUILT_IN or (rule is not None and any(one.name == check for one in rules.checks_of(rule)))


def _why_silent(check: str, came: Came) -> Iterator[str]:
    rule, rules = came.rule, came.facts.settings.rules
    if not _runs(check, came):
        named = rule.id if rule is not None else "（なし）"
        yield f"当てはまった規則 {named} は、検査 {check} を行いません（rules の checks と groups を確かめてください）。"
        return
    configured = rules.check(check)
    need = unmet(came.facts, configured) if configured is not None else None
    if need is not None:
        yield f"検査 {check} は行いませんでした：{NEEDS[need]}ため。"
    others = came.outcome.verdict.findings
    if others:
        yield f"あった指摘：{'、'.join(map(_told, others))}"


def _absent(name: str, path: Path, came: Came) -> Failure | None:
    there = [one for one in came.outcome.verdict.findings if one.check == name]
    if there:
        details = tuple(f"{one.where}　現在 {one.found or 'なし'}　{one.message}" for one in there)
        return Failure(path, "指摘", f"{name} がないこと", "、".join(map(_told, there)), details)
    if not _runs(name, came):
        return Failure(
            path,
            "指摘",
            f"{name} がないこと",
            "この検査は行われていません（確かめたことになりません）",
            tuple(_why_silent(name, came)),
        )
    return None


def _actions(expect: Expect, came: Came) -> Iterator[Look]:
    done = tuple(one.action for one in came.outcome.actions)
    found = _shown(done) if done else "なし"
    for place, action in enumerate(expect.actions or ()):
        failure = Failure(("actions", place), "すること", f"{action} があること", found)
        yield "actions", None if action in done else failure
    for place, action in enumerate(expect.no_actions or ()):
        failure = Failure(("no_actions", place), "すること", f"{action} がないこと", found)
        yield "no_actions", failure if action in done else None


def _slot(expect: Expect, came: Came) -> Iterator[Look]:
    slot = next((one.slot for one in came.outcome.actions if one.slot is not None), None)
    step = came.outcome.verdict.step
    because = (f"理由：{step.because}",) if step is not None else ()
    if "slot" in expect.model_fields_set:
        yield "slot", _same(("slot",), "予約の始まり", expect.slot, slot.start if slot else None, because)
    if expect.method is not None:
        yield "method", _same(("method",), "予約の方法", expect.method, slot.method if slot else None, because)


def _letter(expect: Expect, came: Came) -> Iterator[Look]:
    draft, given = came.draft, expect.model_fields_set
    findings = tuple(f"{_told(one)}：{one.message}" for one in came.outcome.verdict.findings)[:MAX_LINES]
    if "template" in given:
        yield "template", _same(("template",), "手紙", expect.template, draft.template if draft else None, findings)
    about = [key for key in ("approval", "to", "subject", "words", "no_words") if key in given]
    if draft is None:
        for key in about:
            yield key, Failure((key,), "手紙", "手紙があること", "返信の案がありません", findings)
        return
    if expect.approval is not None:
        yield "approval", _same(("approval",), "承認", expect.approval, draft.approval)
    if expect.to is not None:
        yield "to", _same(("to",), "宛先", sorted(expect.to), sorted(one.address for one in draft.to))
    if expect.subject is not None:
        failure = Failure(("subject",), "件名", f"「{expect.subject}」を含むこと", draft.subject)
        yield "subject", None if expect.subject in draft.subject else failure
    text = "".join(draft.text.split())  # a letter is wrapped: a word may go over the end of a line
    letter = tuple(f"｜{line}" for line in draft.text.splitlines())
    for place, word in enumerate(expect.words or ()):
        failure = Failure(("words", place), f"手紙 {draft.template}", f"「{word}」を含むこと", "含みません", letter)
        yield "words", None if "".join(word.split()) in text else failure
    for place, word in enumerate(expect.no_words or ()):
        failure = Failure(
            ("no_words", place), f"手紙 {draft.template}", f"「{word}」を含まないこと", "含みます", letter
        )
        yield "no_words", failure if "".join(word.split()) in text else None
