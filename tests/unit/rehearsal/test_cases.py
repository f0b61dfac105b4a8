"""`config test`: an expectation that doesn't hold fails at its line; one that nothing would look at never passes."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mailflow.intake import judge
from mailflow.rehearsal.cases import Result, run_case
from mailflow.settings.case_checks import BUILT_IN
from mailflow.settings.load import load
from mailflow.settings.settings import Settings
from mailflow.settings.suite import Suite, suite_of

ROOT = Path(__file__).parents[3]
HEAD = """\
defaults: {at: 2026-03-10 10:00, from: 企画課 <kikaku@city.iida.nagano.jp>}
cases:
"""
QUESTION = """\
  - test: 質問
    subject: 計画策定支援についての質問
    text: 支援の期間は何か月でしょうか。教えてください。
"""
ASKING = """\
  - test: 相談
    subject: 事前相談会の申込み（長野県飯田市）
    text: 事前相談会を申し込みます。3月12日（木）14時からオンラインで希望します。
"""
MISSING = """\
  - test: 添付忘れ
    subject: 【長野県飯田市】計画策定支援
    text: 応募様式を添付のとおり提出します。
"""


@cache
def settings() -> Settings:
    return load(ROOT / "config", {})


def suite(text: str, beside: dict[str, bytes] | None = None) -> Suite:
    return suite_of({"one.yaml": text.encode(), **(beside or {})}, settings())


def ran(text: str, beside: dict[str, bytes] | None = None) -> list[Result]:
    found = suite(text, beside)
    assert not found.problems, [one.render() for one in found.problems]
    return [run_case(case, file.cases.defaults, settings(), file.beside) for file, _, case in found]


def expecting(mail: str, expect: str) -> str:
    return f"{HEAD}{mail}    expect: {expect}\n"


@pytest.mark.parametrize(
    ("mail", "expect"),
    [
        (QUESTION, "{kind: inquiry, rule: question, label: question, template: inquiry-received, review: false}"),
        (QUESTION, "{organization: 長野県飯田市, form_found: false, findings: []}"),
        (QUESTION, "{to: [kikaku@city.iida.nagano.jp], approval: one, no_words: [締め切りました], no_actions: [enqueue]}"),
        (ASKING, "{intent: request, slot: 2026-03-12 14:00, method: online, actions: [book, reply]}"),
        (MISSING, "{findings: [{check: attachment-missing, severity: fix, where: 添付}], no_actions: [enqueue]}"),
        (MISSING, "{findings: [attachment-missing], only_these: true, template: fix-request}"),
    ],
)  # fmt: skip
def test_what_holds_passes(mail: str, expect: str) -> None:
    (result,) = ran(expecting(mail, expect))
    assert result.ok, result.failures


@pytest.mark.parametrize(
    ("mail", "expect", "path", "says"),
    [
        (QUESTION, "{kind: application}", ("expect", "kind"), "inquiry"),
        (QUESTION, "{rule: extension}", ("expect", "rule"), "question"),
        (QUESTION, "{label: null}", ("expect", "label"), "question"),
        (QUESTION, "{organization: null}", ("expect", "organization"), "長野県飯田市"),
        (QUESTION, "{resolved: none}", ("expect", "resolved"), "variant"),
        (QUESTION, "{form_found: true}", ("expect", "form_found"), "false"),
        (QUESTION, "{form: {course: B}}", ("expect", "form", "course"), "読み取れません"),
        (QUESTION, "{review: true}", ("expect", "review"), "false"),
        (QUESTION, "{template: null}", ("expect", "template"), "inquiry-received"),
        (QUESTION, "{template: receipt}", ("expect", "template"), "inquiry-received"),
        (QUESTION, "{approval: two}", ("expect", "approval"), "one"),
        (QUESTION, "{to: [other@example.jp]}", ("expect", "to"), "kikaku@city.iida.nagano.jp"),
        (QUESTION, "{subject: 受け取れません}", ("expect", "subject"), "【"),
        (QUESTION, "{words: [選定されました]}", ("expect", "words", 0), "含みません"),
        (QUESTION, "{no_words: [事務局]}", ("expect", "no_words", 0), "含みます"),
        (QUESTION, "{actions: [reply, enqueue]}", ("expect", "actions", 1), "reply"),
        (QUESTION, "{no_actions: [reply]}", ("expect", "no_actions", 0), "reply"),
        (QUESTION, "{findings: [also-asks]}", ("expect", "findings", 0), "ありません"),
        (QUESTION, "{intent: request}", ("expect", "intent"), "なし"),
        (QUESTION, "{slot: 2026-03-12 14:00}", ("expect", "slot"), "なし"),
        (ASKING, "{slot: 2026-03-12 14:30}", ("expect", "slot"), "2026-03-12 14:00"),
        (ASKING, "{slot: null}", ("expect", "slot"), "2026-03-12 14:00"),
        (ASKING, "{method: phone}", ("expect", "method"), "online"),
        (MISSING, "{findings: []}", ("expect", "findings"), "attachment-missing"),
        (MISSING, "{findings: [{check: attachment-missing, severity: review}]}", ("expect", "findings", 0), "fix"),
        (MISSING, "{findings: [{check: attachment-missing, message: 押印}]}", ("expect", "findings", 0), "fix"),
        (MISSING, "{no_findings: [attachment-missing]}", ("expect", "no_findings", 0), "attachment-missing"),
        # nobody looks at these: they must not pass
        (QUESTION, "{no_findings: [weekly-hours]}", ("expect", "no_findings", 0), "行われていません"),
        (QUESTION, "{findings: [weekly-hours]}", ("expect", "findings", 0), "ありません"),
    ],
)  # fmt: skip
def test_what_does_not_hold_fails_at_its_place(mail: str, expect: str, path: tuple[str | int, ...], says: str) -> None:
    (result,) = ran(expecting(mail, expect))
    assert not result.ok
    (failure,) = result.failures
    assert failure.path == path
    assert says in failure.found


def test_a_letter_that_is_not_there_has_no_words() -> None:
    mail = QUESTION.replace("    text", "    headers: {Auto-Submitted: auto-replied}\n    text")
    (result,) = ran(expecting(mail, "{no_words: [選定]}"))
    (failure,) = result.failures
    assert failure.found == "返信の案がありません"


def test_says_which_rule_won_and_why_the_other_did_not() -> None:
    (result,) = ran(expecting(QUESTION, "{rule: extension}"))
    details = "\n".join(result.failures[0].details)
    assert "当てはまった規則：question" in details
    assert "規則 extension は成り立ちませんでした" in details
    assert "'extension' in intents → false" in details
    (result,) = ran(expecting(QUESTION, "{rule: unknown}"))
    assert "規則 unknown も成り立ちますが、上にある question が先に" in "\n".join(result.failures[0].details)


def test_a_check_that_is_skipped_says_why() -> None:
    (result,) = ran(expecting(MISSING, "{findings: [weekly-hours]}"))
    assert "応募様式が" in "\n".join(result.failures[0].details)


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        (expecting(QUESTION, "{}"), "6:13", "何も確かめていません", "expect"),
        (f"{HEAD}{QUESTION}", "3:5", "`expect` がありません", "期待すること"),
        (expecting(QUESTION, "{knd: inquiry}"), "6:14", "`knd` という項目はありません", "`kind`"),
        (expecting(QUESTION, "{kind: inqiry}"), "6:20", "inqiry", "inquiry"),
        (expecting(QUESTION, "{rule: qestion}"), "6:20", "`qestion` という規則はありません", "`question`"),
        (expecting(QUESTION, "{template: reciept}"), "6:24", "`reciept` というひな形はありません", "`receipt`"),
        (expecting(QUESTION, "{findings: [form-complet]}"), "6:25", "という検査はありません", "`form-complete`"),
        (expecting(QUESTION, "{no_findings: [form-complet]}"), "6:28", "という検査はありません", "`form-complete`"),
        (expecting(QUESTION, "{no_findings: []}"), "6:27", "", None),
        (expecting(QUESTION, "{words: []}"), "6:21", "", None),
        (expecting(QUESTION, "{form: {}}"), "6:20", "", None),
        (expecting(QUESTION, "{form: {weekly_hour: 3}}"), "6:21", "`weekly_hour` という項目", "`weekly_hours`"),
        (expecting(QUESTION, "{template: null, words: [a]}"), "6:30", "返信しない", None),
        (expecting(QUESTION, "{kind: null}"), "6:14", "値がありません", None),
        (expecting(QUESTION, "{only_these: true}"), "6:26", "findings と一緒に", None),
        (expecting(QUESTION, "{findings: [also-asks], no_findings: [also-asks]}"), "6:51", "あるはず", None),
        (expecting(QUESTION, "{actions: [reply], no_actions: [reply]}"), "6:45", "あるはず", None),
        (expecting(QUESTION, "{slot: 2026/3/12 14:00}"), "6:20", "2026-03-12 14:00", None),
        (f"{HEAD}{QUESTION}    form: {{cource: B}}\n    expect: {{kind: inquiry}}\n", "6:12", "cource", "`course`"),
        (f"{HEAD}{QUESTION}    answers: fix-requst\n    expect: {{kind: inquiry}}\n", "6:14", "fix-requst", "fix-request"),
        (f"{HEAD}  - {{test: a, eml: no.eml, expect: {{kind: inquiry}}}}\n", "3:20", "no.eml というファイルがありません", "config/tests"),
        (f"{HEAD}  - {{test: a, eml: no.eml, text: a, expect: {{kind: inquiry}}}}\n", "3:28", "eml を書いたとき", None),
        ("cases:\n  - {test: a, from: a@b.example, expect: {kind: inquiry}}\n", "2:5", "届いた日時（at）がありません", None),
        ("cases:\n  - {test: a, at: 2026-03-10 10:00, expect: {kind: inquiry}}\n", "2:5", "差出人（from）がありません", None),
        ("cases: []\n", "1:8", "", None),
        (f"{expecting(QUESTION, '{kind: inquiry}')}{QUESTION}    expect: {{kind: inquiry}}\n", "7:11", "同じ名前のテスト", None),
    ],
)  # fmt: skip
def test_a_wrong_test_is_told_at_its_place(text: str, place: str, message: str, hint: str | None) -> None:
    problems = [one for one in suite(text).problems if one.severity == "error"]
    assert [one.place for one in problems] == [f"config/tests/one.yaml:{place}"], [one.render() for one in problems]
    assert message in problems[0].message
    assert (hint or "") in (problems[0].hint or "") + problems[0].message


def test_a_mail_beside_the_yaml() -> None:
    raw = b"From: kikaku@city.iida.nagano.jp\r\nSubject: =?utf-8?b?6LOq5ZWP?=\r\n\r\n"
    raw += "支援の期間は何か月でしょうか。教えてください。\r\n".encode()
    text = "cases:\n  - {test: a, at: 2026-03-10 10:00, eml: mails/a.eml, expect: {kind: inquiry}}\n"
    (result,) = ran(text, {"mails/a.eml": raw})
    assert result.ok, result.failures
    unused = suite(text, {"mails/a.eml": raw, "mails/b.eml": raw}).problems
    assert [(one.file, one.severity) for one in unused] == [("config/tests/mails/b.eml", "warning")]


def test_one_broken_file_spoils_only_itself() -> None:
    found = suite_of({"a.yaml": b"cases: [\n", "b.yaml": expecting(QUESTION, "{kind: inquiry}").encode()}, settings())
    assert [one.file for one in found.problems] == ["config/tests/a.yaml"]
    assert [file.path for file in found.files] == ["config/tests/b.yaml"]


def test_findings_that_no_check_makes_may_be_expected_too() -> None:
    assert set(BUILT_IN) == {judge.LOOK, judge.JUNK, judge.CHECK_FAILED}


def test_what_is_known_changes_what_comes() -> None:
    before = "    before: [{at: 2026-03-09 10:00, text: 応募様式を添付のとおり提出します。, subject: 【長野県飯田市】計画策定支援, sent: true}]\n"
    answer = "  - test: 返事\n    subject: 'Re: 計画策定支援'\n    text: 承知しました。ありがとうございます。\n    answers: fix-request\n"
    (result,) = ran(f"{HEAD}{answer}{before}    expect: {{rule: thanks, template: null}}\n")
    assert result.ok, result.failures
    (result,) = ran(
        f"{HEAD}{QUESTION}    known: {{before_start: true}}\n    expect: {{kind: inquiry, template: null}}\n"
    )
    assert result.ok, result.failures
