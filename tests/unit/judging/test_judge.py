"""One mail's verdict beside what its checks find: files as they are listed, answers, exceptions, what a person looks at first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from mailflow.intake.checks import registry, unmet
from mailflow.intake.judge import files_of, judge
from mailflow.model import (
    Address,
    AttachedMail,
    Attachment,
    Current,
    Finding,
    Intent,
    Kind,
    Known,
    KnownException,
    LetterItem,
    Recorded,
    Severity,
    Verdict,
)
from mailflow.settings.check_base import OwnCheck
from tests.unit.judging.build import PDF, ZIP, at, corporation, facts, file, form, letter, mail, party, rules, settings

LOCKED = file("図.zip", ZIP, problem="locked", path=("束.zip",))


def verdict(given: Any) -> Verdict:
    return judge(given, content_id="c1")


def weights(given: Any) -> dict[str, str]:
    return {one.check: str(one.severity) for one in verdict(given).findings}


@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        pytest.param((file(),), [("【長野県飯田市】1次公募応募様式.xlsx", None, True)], id="the-form"),
        pytest.param((file("位置図.pdf", PDF),), [("位置図.pdf", None, False)], id="a-paper"),
        pytest.param((file("図.png", "image/png", inline=True),), [], id="a-picture-in-the-text"),
        pytest.param((file(None, PDF),), [("（名前のないファイル）", None, False)], id="without-a-name"),
        pytest.param(
            (file("束.zip", ZIP), file("位置図.pdf", PDF, path=("束.zip",))),
            [("束.zip", None, False)],
            id="an-archive-once",
        ),
        pytest.param(
            (file("束.zip", ZIP), file(path=("束.zip",))),
            [("束.zip", None, False), ("【長野県飯田市】1次公募応募様式.xlsx", None, True)],
            id="the-form-inside-one",
        ),
        pytest.param(
            (file("束.zip", ZIP), LOCKED),
            [("束.zip", None, False), ("図.zip", "locked", False)],
            id="a-locked-one-inside",
        ),
        pytest.param(
            (file("束.zip", ZIP), file("図.doc", PDF, problem="broken", path=("束.zip",))),
            [("束.zip", None, False)],
            id="a-broken-one-inside",
        ),
    ],
)
def test_files_as_an_acknowledgement_lists_them(
    sent: tuple[Attachment, ...], listed: list[tuple[str, str | None, bool]]
) -> None:
    shown = files_of(facts(mail(files=sent), form_=form()))
    assert [(one.name, one.problem, one.form) for one in shown] == listed


def test_fifty_files_are_listed() -> None:
    many = tuple(file(f"{number}.pdf", PDF) for number in range(60))
    assert [one.name for one in files_of(facts(mail(files=many)))] == [f"{number}.pdf" for number in range(50)]


ITEM = LetterItem(number=1, checks=("weekly-hours",), fields=("weekly_hours",), confirm=True)
ASKED = replace(letter(), items=(ITEM,))


@pytest.mark.parametrize(
    ("text", "known", "with_form", "until"),
    [
        pytest.param("修正版は明日お送りします。", Known(answers=ASKED), False, "2026-03-11 17:00", id="to-a-letter"),
        pytest.param(
            "修正版は明日お送りします。", Known(answers=letter()), False, "2026-03-11 17:00", id="without-points"
        ),
        pytest.param(
            "修正版は明日お送りします。", Known(letters=(ASKED,)), False, "2026-03-11 17:00", id="in-no-thread"
        ),
        pytest.param("修正版は明日お送りします。", Known(), False, None, id="nothing-was-asked"),
        pytest.param("修正版は明日お送りします。", Known(answers=ASKED), True, None, id="the-form-is-here"),
        pytest.param("修正しました。", Known(answers=ASKED), False, None, id="no-promise"),
    ],
)
def test_until_when_an_answer_is_promised(text: str, known: Known, with_form: bool, until: str | None) -> None:
    given = facts(mail(text=text), form_=form() if with_form else None, known=known)
    assert verdict(given).promised == (at(until) if until else None)


def recorded(found: str | None = "2", *, cleared: bool | None = None, check: str = "weekly-hours") -> Recorded:
    return Recorded(mail_id=1, check=check, fields=("weekly_hours",), found=found, cleared=cleared)


@pytest.mark.parametrize(
    ("text", "known", "severity"),
    [
        pytest.param("応募します。", Known(), "confirm", id="asked"),
        pytest.param("1は記入のとおりです。", Known(answers=ASKED), "note", id="answered-in-this-mail"),
        pytest.param("1は修正しました。", Known(answers=ASKED), "confirm", id="not-answered"),
        pytest.param(
            "1は記入のとおりです。",
            Known(answers=replace(ASKED, items=(replace(ITEM, checks=("form-type",)),))),
            "confirm",
            id="another-question-answered",
        ),
        pytest.param(
            "1は記入のとおりです。",
            Known(answers=replace(ASKED, items=(replace(ITEM, fields=("team_size",)),))),
            "confirm",
            id="another-field-answered",
        ),
        pytest.param("応募します。", Known(recorded=(recorded(),)), "note", id="answered-before"),
        pytest.param("応募します。", Known(recorded=(recorded("1"),)), "confirm", id="answered-of-other-words"),
        pytest.param(
            "応募します。", Known(recorded=(recorded(check="form-type"),)), "confirm", id="answered-otherwise"
        ),
        pytest.param("応募します。", Known(recorded=(recorded(cleared=True),)), "note", id="lifted-by-a-person"),
        pytest.param("応募します。", Known(recorded=(recorded(cleared=False),)), "confirm", id="not-lifted"),
        pytest.param(
            "応募します。",
            Known(recorded=(recorded(cleared=True), recorded(cleared=False))),
            "confirm",
            id="lifted-and-put-back",
        ),
        pytest.param(
            "応募します。",
            Known(recorded=(recorded(cleared=False), recorded(cleared=True))),
            "note",
            id="lifted-at-last",
        ),
        pytest.param(
            "応募します。", Known(recorded=(recorded("1", cleared=True),)), "confirm", id="another-was-lifted"
        ),
    ],
)
def test_a_question_of_ours(text: str, known: Known, severity: str) -> None:
    given = facts(mail(text=text, files=(file(),)), form_=form(weekly_hours=2), known=known)
    assert weights(given)["weekly-hours"] == severity


def test_a_correction_is_not_answered_by_words_but_may_be_lifted() -> None:
    gap = {"check": "form-complete", "fields": ("goal",), "found": None}
    assert weights(facts(form_=form(goal=None), known=Known(recorded=(Recorded(mail_id=1, **gap, cleared=None),)))) == {
        "form-complete": "fix"
    }
    assert weights(facts(form_=form(goal=None), known=Known(recorded=(Recorded(mail_id=1, **gap, cleared=True),)))) == {
        "form-complete": "note"
    }


@pytest.mark.parametrize(
    ("what", "until", "severity"),
    [
        pytest.param("check:applicant-type", None, "note", id="for-good"),
        pytest.param("check:applicant-type", "2026-03-10 10:00:00", "note", id="until-this-moment"),
        pytest.param("check:applicant-type", "2026-03-10 09:59:59", "review", id="until-a-second-ago"),
        pytest.param("check:scope", None, "review", id="another-check"),
    ],
)
def test_an_exception_for_one_applicant(what: str, until: str | None, severity: str) -> None:
    granted = KnownException(what=what, until=at(until) if until else None, by="佐藤", why="", consent=None)
    given = facts(form_=form(), organization=corporation(), known=Known(exceptions=(granted,)))
    assert weights(given)["applicant-type"] == severity


# --- what a person looks at first -------------------------------------------------------------------------------------


def looks(given: Any) -> list[str]:
    return [one.message for one in verdict(given).findings if one.check in ("look", "junk")]


def sent_on(sender: Address | None, arrived: datetime | None, times: int = 1) -> Any:
    inner = AttachedMail(sender=sender, subject=None, date=None, arrived_at=arrived)
    files = (file("転送.eml", "message/rfc822"), file(path=("転送.eml",)))
    return facts(mail(files=files, attached=(inner,) * times), form_=form())


def test_who_wrote_a_form_that_somebody_sent_on() -> None:
    written = Address(name=None, address="kikaku@vill.achi.lg.jp")
    assert looks(sent_on(written, at("2026-03-09 09:30"))) == [
        "転送された元のメール：差出人 kikaku@vill.achi.lg.jp、転送した側に届いた時刻 令和8年3月9日（月）9時30分（元のメールの記録による）。"
        "手紙は元の差出人あてにしてください。"
    ]
    assert looks(sent_on(None, None)) == [
        "転送された元のメール：差出人 差出人の記載なし、転送した側に届いた時刻 不明。手紙は元の差出人あてにしてください。"
    ]
    assert len(looks(sent_on(written, None, times=5))) == 3


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        pytest.param(
            facts(form_=form(), imported=True),
            ["手で取り込んだメールです。届いた時刻を確かめてください。"],
            id="taken-in-by-hand",
        ),
        pytest.param(
            facts(form_=form(), junk=True),
            ["迷惑メールのフォルダーに入っていたメールです。応募や照会であれば、受信箱へ移してください。"],
            id="junk",
        ),
        pytest.param(facts(mail("会議"), known_sender=party("ministry"), junk=True), [], id="the-ministrys-junk"),
        pytest.param(
            facts(form_=form()).classified(replace(facts(form_=form()).understood, rule=None)),
            ["どの規則にも当てはまらないメールです。種類を確かめてください。"],
            id="no-rule",
        ),
    ],
)
def test_why_a_person_looks_first(given: Any, messages: list[str]) -> None:
    assert looks(given) == messages


def answer(text: str, *files: Attachment) -> Any:
    """An answer to a letter of a complete case."""
    current = Current(number=1, mail_id=1, received_at=at("2026-03-09 10:00"), form=form(), findings=())
    known = Known(case_id=1, current=current, answers=ASKED)
    found = facts(mail("Re: 確認のお願い", text, files=files), known=known)
    reviewing = next(one for one in rules().rules if one.then.review is not None and one.kind is not Kind.MACHINE)
    return found.classified(replace(found.understood, rule=reviewing.id))


def test_nobody_looks_at_a_mere_answer() -> None:
    assert looks(answer("1は記入のとおりです。よろしくお願いいたします。")) == []
    assert len(looks(answer("1は記入のとおりです。\n別の件ですが、様式を直しました。"))) == 1
    assert len(looks(answer("1は記入のとおりです。", file("位置図.pdf", PDF)))) == 1
    assert len(looks(answer("よろしくお願いいたします。"))) == 1


def test_questions_of_a_machine_or_the_ministry_are_nobodys_to_answer() -> None:
    asks = mail("質問", "締切は何時ですか。")
    assert [one.text for one in verdict(facts(asks, intents=(Intent.ASK,))).questions] == ["締切は何時ですか。"]
    assert verdict(facts(asks, intents=(Intent.ASK,), known_sender=party("ministry"))).questions == ()


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_a_check_is_registered_once_and_stays_the_function_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(*_: Any) -> Any:
        yield from ()

    monkeypatch.setattr(registry, "REGISTRY", {})
    assert registry.check("own", needs=("form",))(own) is own
    assert {"own": registry.Entry(own, ("form",))} == registry.REGISTRY
    with pytest.raises(ValueError, match="two checks called own"):
        registry.check("own")(own)


def test_what_a_check_lacks_is_told() -> None:
    complete, missing = (rules().check(name) for name in ("form-complete", "attachment-missing"))
    assert complete is not None
    assert missing is not None
    assert (unmet(facts(mail()), complete), unmet(facts(form_=form()), complete)) == ("current", None)
    assert (unmet(facts(mail()), missing), unmet(facts(form_=form()), missing)) == (None, "no-form")
    assert unmet(facts(mail()), OwnCheck(id="own", when="true", severity=Severity.NOTE, message="―")) is None


def own_check(given: Any, **more: Any) -> Finding:
    own = OwnCheck(**{"id": "own", "when": "true", "severity": Severity.NOTE, "message": "〈{{ example }}〉", **more})
    groups = {**rules().groups, "application": (*rules().groups["application"], "own")}
    mine = rules().model_copy(update={"checks": (*rules().checks, own), "groups": groups})
    found = verdict(replace(given, settings=settings(rules_file=mine))).findings
    return next(one for one in found if one.check == "own")


def test_an_operators_check_says_where_and_an_example() -> None:
    whole = own_check(facts(form_=form()), found="あ" * 301, example="{{ round.name }}の例")
    assert (whole.where, whole.message, whole.fields) == ("メール全体", "〈1次公募の例〉", ())
    assert whole.found == "あ" * 299 + "…"
    assert own_check(facts(form_=form()), found="あ" * 300).found == "あ" * 300
    words = "{{ where }}：{{ found }}"
    assert own_check(facts(form_=form()), message=words, found="甲").message == "メール全体：甲"
    cell = own_check(facts(form_=form()), field="theme")
    assert (cell.found, cell.fields) == ("見守り", ("theme",))
    assert own_check(facts(mail()), field="theme").where == "メール全体"  # no form holds the field
