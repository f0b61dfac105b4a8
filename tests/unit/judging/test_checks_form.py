"""The checks that read the form field by field, and the 財政力指数 by table and form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from mailflow.intake.checks import run
from mailflow.intake.eligibility import compare_index, figure, table_index
from mailflow.intake.facts import Facts
from mailflow.model import NO_ORGANIZATION, FieldContent, Finding, FormData, Naming
from tests.unit.judging.build import (
    TOKYO_TO,
    TOYOTA,
    at,
    body,
    corporation,
    facts,
    form,
    form_file,
    plain_settings,
    rules,
    settings,
)


def findings(name: str, given: Facts) -> tuple[Finding, ...]:
    configured = given.settings.rules.check(name)
    assert configured is not None
    given = given.classified(replace(given.understood, rule="application"))
    return run(given, configured)


def fields(name: str, given: Facts) -> list[str]:
    return [key for one in findings(name, given) for key in one.fields]


def unnamed(data: FormData) -> Facts:
    """The form itself does not say without doubt whose it is; the subject does."""
    return facts(form_=data, naming=Naming(form=NO_ORGANIZATION, subject=body()))


@pytest.mark.parametrize(
    ("make", "asked"),
    [
        pytest.param(lambda: facts(form_=form()), [], id="complete"),
        pytest.param(lambda: facts(form_=form(contact_phone=None)), ["contact_phone"], id="one-gap"),
        pytest.param(
            lambda: facts(form_=form(goal=None, department=None, weekly_hours=None)),
            ["department", "goal", "weekly_hours"],
            id="three-gaps-in-the-form's-order",
        ),
        pytest.param(lambda: facts(form_=form(theme="　 ")), ["theme"], id="only-spaces"),
        pytest.param(lambda: facts(form_=form(course=None)), [], id="no-course-is-another-check's"),
        pytest.param(lambda: facts(form_=form(remarks=None, menus=None, fiscal_index=None)), [], id="may-be-empty"),
        pytest.param(lambda: facts(form_=form(prefecture=None)), [], id="the-body-is-named-anyway"),
        pytest.param(lambda: facts(form_=form(organization_name=None)), [], id="the-body-is-named-by-its-parts"),
        pytest.param(lambda: unnamed(form(prefecture=None)), ["prefecture"], id="the-form-does-not-name-it"),
        pytest.param(
            lambda: unnamed(form(applicant_type="出資法人", municipality=None)), [], id="municipality-of-a-corporation"
        ),
        pytest.param(
            lambda: unnamed(form(applicant_type=None, municipality=None)),
            ["applicant_type", "municipality"],
            id="an-empty-kind-excuses-nothing",
        ),
        pytest.param(
            lambda: facts(form_=form(trouble={"contact_phone": ("あとで", "type")})), [], id="filled-but-unread"
        ),
        pytest.param(lambda: facts(form_=replace(form(goal=None), untouched=True)), [], id="untouched"),
        pytest.param(facts, [], id="no-form"),
        pytest.param(lambda: facts(form_=form(goal=None, absent=("goal",))), ["goal"], id="the-row-was-deleted"),
        pytest.param(lambda: facts(form_=form(team_size=0)), [], id="nought-is-something"),
    ],
)
def test_form_complete(make: Callable[[], Facts], asked: list[str]) -> None:
    assert fields("form-complete", make()) == asked


def written(key: str, value: FieldContent, raw: str, problem: str | None = None) -> FormData:
    """A form in which a cell was read as `value` of other words."""
    filled = form()
    cell = replace(filled.fields[key], value=value, raw=raw, problem=problem)
    return replace(filled, fields={**filled.fields, key: cell})


def test_a_course_that_need_not_be_chosen_is_not_asked_for() -> None:
    (edition,) = form_file().forms
    free = edition.fields["course"].model_copy(update={"required": False})
    edition = edition.model_copy(update={"fields": {**edition.fields, "course": free}})
    config = replace(settings(), form=form_file().model_copy(update={"forms": (edition,)}))
    assert findings("course-chosen", facts(form_=form(course=None), config=config)) == ()


@pytest.mark.parametrize("check", ["form-complete", "course-chosen", "form-choice", "form-type", "form-length"])
def test_of_a_form_of_no_known_edition_nothing_is_asked_while_none_is_in_force(check: str) -> None:
    bad = form(edition="another", goal=None, course=None, theme="あ" * 3000, trouble={"team_size": ("若干名", "type")})
    given = replace(facts(form_=bad), spec=None)
    assert findings(check, given) == ()


@pytest.mark.parametrize(
    ("data", "read"),
    [
        pytest.param(written("visit_ok", "可", "可（要相談）", "unclear"), "（読み取り：可）", id="one"),
        pytest.param(written("menus", ("①", "⑪"), "①⑪（予定）", "unclear"), "（読み取り：①、⑪）", id="several"),
        pytest.param(written("visit_ok", None, "応相談", "unclear"), "（読み取り：なし）", id="nothing"),
    ],
)
def test_a_choice_with_words_beside_it_says_what_was_read(data: FormData, read: str) -> None:
    (one,) = findings("form-choice", facts(form_=data))
    assert one.severity == "review"
    assert read in one.message


def test_an_empty_cell_says_where_and_what_is_right() -> None:
    (one,) = findings("form-complete", facts(form_=form(contact_phone=None)))
    assert (one.found, one.severity) == (None, "fix")
    assert one.where == f"電話番号（{one.cells[0]}）"
    assert one.cells[0].startswith("応募様式!D")
    assert one.example == "0000-00-0000（内線123）"
    assert one.message == "日中につながる番号をご記入ください"


def test_a_row_that_is_gone_is_asked_for_in_other_words() -> None:
    (one,) = findings("form-complete", facts(form_=form(goal=None, absent=("goal",))))
    assert "見当たりません" in one.message
    assert one.cells == ()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(form(), None, id="one"),
        pytest.param(form(course=None), "", id="none"),
        pytest.param(form(trouble={"course": ("A・B", "choice")}), "A・B", id="both"),
        pytest.param(form(trouble={"course": ("ＡとＢの両方", "choice")}), "ＡとＢの両方", id="both-full-width"),
        pytest.param(
            form(trouble={"course": ("地域課題整理、ソリューション実装計画", "choice")}),
            "地域課題整理、ソリューション実装計画",
            id="both-by-name",
        ),
        pytest.param(form(trouble={"course": ("Bコース、AI活用", "choice")}), None, id="AI-is-no-course"),
        pytest.param(form(trouble={"course": ("未定", "choice")}), None, id="nonsense-is-another-check's"),
        pytest.param(replace(form(course=None), untouched=True), None, id="untouched"),
        pytest.param(written("course", "B", "Bコース（Aコースから変更）"), None, id="read-though-it-names-both"),
    ],
)
def test_course_chosen(data: FormData, found: str | None) -> None:
    said = findings("course-chosen", facts(form_=data))
    assert [one.found or "" for one in said] == ([] if found is None else [found])
    assert all(one.severity == "fix" for one in said)


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        pytest.param(form(), [], id="fine"),
        pytest.param(form(trouble={"course": ("未定", "choice")}), ["course"], id="no-such-course"),
        pytest.param(form(trouble={"course": ("A・B", "choice")}), [], id="both-is-another-check's"),
        pytest.param(form(trouble={"consensus": ("町長", "choice")}), ["consensus"], id="no-such-choice"),
        pytest.param(form(course="A", menus=("①", "⑪")), ["menus"], id="a-menu-of-the-other-course"),
        pytest.param(form(course="B", menus=("①", "⑪")), [], id="a-menu-of-this-course"),
        pytest.param(form(course=None, menus=("⑪",)), [], id="no-course-rules-nothing-out"),
        pytest.param(
            form(trouble={"visit_ok": ("要相談", "choice"), "publish_ok": ("△", "choice")}),
            ["visit_ok", "publish_ok"],
            id="two",
        ),
    ],
)
def test_form_choice(data: FormData, asked: list[str]) -> None:
    assert fields("form-choice", facts(form_=data)) == asked


def test_a_wrong_choice_names_the_right_ones() -> None:
    (one,) = findings("form-choice", facts(form_=form(trouble={"visit_ok": ("要相談", "choice")})))
    assert (one.found, one.expected) == ("要相談", "可、不可")
    assert "可、不可" in one.message


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        pytest.param(form(), [], id="fine"),
        pytest.param(
            form(trouble={"contact_email": ("kikaku.town.kawara", "type")}), ["contact_email"], id="no-at-sign"
        ),
        pytest.param(
            form(contact_email="kikaku@city.iida"), ["contact_email"], id="ends-before-the-senders-domain-does"
        ),
        pytest.param(form(contact_email="kikaku@city.iida.lg.jp"), [], id="another-domain-of-the-body"),
        pytest.param(form(contact_email="kikaku@iida-dx.example"), [], id="another-domain"),
        pytest.param(form(trouble={"weekly_hours": ("検討中", "type")}), ["weekly_hours"], id="no-number"),
        pytest.param(form(trouble={"team_size": ("#REF!", "error")}), ["team_size"], id="excel-error"),
        pytest.param(form(weekly_hours=None), [], id="empty-is-another-check's"),
        pytest.param(form(trouble={"course": ("未定", "choice")}), [], id="choice-is-another-check's"),
        pytest.param(replace(form(trouble={"team_size": ("#REF!", "error")}), untouched=True), [], id="untouched"),
    ],
)
def test_form_type(data: FormData, asked: list[str]) -> None:
    assert fields("form-type", facts(form_=data)) == asked


def test_each_type_has_its_own_words() -> None:
    (mail_,) = findings("form-type", facts(form_=form(trouble={"contact_email": ("kikaku.town.kawara", "type")})))
    (error,) = findings("form-type", facts(form_=form(trouble={"team_size": ("#REF!", "error")})))
    assert "「@」" in mail_.message
    assert "Excelのエラー" in error.message


@pytest.mark.parametrize(
    ("data", "long"),
    [
        pytest.param(form(), [], id="short"),
        pytest.param(form(issues="あ" * 800), [], id="on-the-limit"),
        pytest.param(form(issues="あ" * 801), ["issues"], id="one-more"),
        pytest.param(form(issues="あ" * 400 + "\n　" * 300 + "あ" * 400), [], id="line-breaks-do-not-count"),
        pytest.param(form(issues="あ" * 801, goal="い" * 900), ["issues", "goal"], id="two"),
        pytest.param(form(theme="あ" * 800), None, id="by-its-own-limit"),
        pytest.param(form(contact_phone="0" * 900), [], id="no-text-no-limit"),
    ],
)
def test_form_length_is_a_note(data: FormData, long: list[str] | None) -> None:
    said = findings("form-length", facts(form_=data))
    if long is None:
        limit = form_file().forms[0].fields["theme"].max_length
        long = ["theme"] if limit is not None and limit < 800 else []
    assert [one.fields[0] for one in said] == long
    assert all(one.severity == "note" for one in said)


@pytest.mark.parametrize(
    ("hours", "asked"),
    [
        pytest.param(5, False, id="five"),
        pytest.param(3, False, id="three"),
        pytest.param(3.0, False, id="three-point-nought"),
        pytest.param(2.9, True, id="a-little-less"),
        pytest.param(2, True, id="two"),
        pytest.param(0, True, id="nought"),
        pytest.param(None, False, id="empty-is-another-check's"),
    ],
)
def test_weekly_hours_are_asked_back_never_corrected(hours: float | None, asked: bool) -> None:
    said = findings("weekly-hours", facts(form_=form(weekly_hours=hours)))
    assert [one.severity for one in said] == (["confirm"] if asked else [])
    assert not any("要件" in one.message for one in said)


def named(round_: str) -> FormData:
    return replace(form(), names_round=round_)


@pytest.mark.parametrize(
    ("data", "severity"),
    [
        pytest.param(form(), None, id="silent-on-both"),
        pytest.param(named("1次公募"), None, id="this-round"),
        pytest.param(named("令和8年度 1次公募"), None, id="this-year"),
        pytest.param(named("2次公募"), "fix", id="the-second-round"),
        pytest.param(named("令和7年度"), "fix", id="last-year"),
        pytest.param(form(filename="【長野県飯田市】2次公募応募様式.xlsx"), "note", id="only-the-name-says-2"),
        pytest.param(form(filename="R7_応募様式.xlsx"), "note", id="only-the-name-says-last-year"),
        pytest.param(form(filename="【長野県飯田市】一次公募応募様式.xlsx"), None, id="kanji-figure"),
        pytest.param(form(filename=None), None, id="nameless"),
        pytest.param(replace(named("2次公募"), untouched=True), "fix", id="untouched-all-the-same"),
    ],
)
def test_form_version(data: FormData, severity: str | None) -> None:
    said = findings("form-version", facts(form_=data))
    assert [str(one.severity) for one in said] == ([severity] if severity else [])


def test_an_edition_that_counts_no_more_is_another_version_and_its_gaps_are_not_asked_for() -> None:
    file = form_file()
    old = file.forms[0].model_copy(
        update={"id": "r7-1", "valid_from": None, "valid_until": at("2025-12-31 00:00").date()}
    )
    config = settings()
    config = replace(config, form=file.model_copy(update={"forms": (*file.forms, old)}))
    given = facts(form_=form(edition="r7-1", goal=None), config=config)
    assert [str(one.severity) for one in findings("form-version", given)] == ["fix"]
    assert findings("form-complete", given) == ()


@pytest.mark.parametrize(
    ("data", "severity"),
    [
        pytest.param(form(), None, id="filled"),
        pytest.param(replace(form(), untouched=True), "review", id="blank"),
        pytest.param(form(goal=None, theme=None), None, id="half-filled"),
        pytest.param(replace(form(), marked=True), None, id="our-copy"),
        pytest.param(replace(form(filename=None), untouched=True), "review", id="blank-and-nameless"),
        pytest.param(None, None, id="no-form"),
    ],
)
def test_form_untouched(data: FormData | None, severity: str | None) -> None:
    said = findings("form-untouched", facts(form_=data))
    assert [str(one.severity) for one in said] == ([severity] if severity else [])


# --- 財政力指数 ---------------------------------------------------------------------------------------------------------

D = Decimal
LIMITS = {"limit": D(1), "tolerance": D("0.005")}


@pytest.mark.parametrize(
    ("table", "typed", "loaded", "outcome"),
    [
        pytest.param("0.51", "0.51", True, "fine", id="alike"),
        pytest.param("0.51", None, True, "fine", id="looked-up"),
        pytest.param("1.00", "1.00", True, "over", id="exactly-one-on-both"),
        pytest.param("1.36", "1.36", True, "over", id="over-on-both"),
        pytest.param("1.36", None, True, "one-side", id="over-by-the-table-alone"),
        pytest.param("1.36", "0.98", True, "one-side", id="the-form-says-less"),
        pytest.param("0.99", "1.00", True, "one-side", id="the-form-says-more"),
        pytest.param(None, "1.00", True, "one-side", id="a-body-the-table-lacks"),
        pytest.param(None, "1.00", False, "over", id="no-table-at-all"),
        pytest.param(None, "0.99", False, "fine", id="no-table-and-below"),
        pytest.param(None, None, True, "fine", id="nothing"),
        pytest.param("0.51", "0.60", True, "differs", id="unlike"),
        pytest.param("0.46275", "0.46", True, "fine", id="rounded"),
        pytest.param("0.51", "0.515", True, "fine", id="rounding's-edge"),
    ],
)
def test_figures_together(table: str | None, typed: str | None, loaded: bool, outcome: str) -> None:
    assert compare_index(D(table) if table else None, D(typed) if typed else None, loaded=loaded, **LIMITS) == outcome


@pytest.mark.parametrize(
    ("value", "number"),
    [
        pytest.param(0.51, D("0.51"), id="float"),
        pytest.param(1, D(1), id="whole"),
        pytest.param("０．５１", D("0.51"), id="full-width"),
        pytest.param("約0.5", None, id="words"),
        pytest.param("NaN", None, id="not-a-number"),
        pytest.param("Infinity", None, id="infinite"),
        pytest.param(True, None, id="truth"),
        pytest.param(None, None, id="empty"),
        pytest.param("", None, id="an-empty-text"),
        pytest.param(("0.5",), None, id="choices"),
    ],
)
def test_what_is_a_figure(value: object, number: Decimal | None) -> None:
    assert figure(value) == number


@pytest.mark.parametrize(
    ("make", "severity"),
    [
        pytest.param(lambda: facts(form_=form()), None, id="below-and-not-typed"),
        pytest.param(lambda: facts(form_=form(fiscal_index=0.9)), "note", id="unlike-the-table"),
        pytest.param(lambda: facts(form_=form(fiscal_index=1.4), organization=body(TOYOTA)), "refuse", id="toyota"),
        pytest.param(lambda: facts(form_=form(), organization=body(TOYOTA)), "review", id="toyota-not-typed"),
        pytest.param(lambda: facts(form_=form(fiscal_index=1.2), organization=body(TOKYO_TO)), "refuse", id="tokyo"),
        pytest.param(lambda: facts(form_=form(fiscal_index=1)), "review", id="typed-by-mistake"),
        pytest.param(lambda: facts(form_=form(fiscal_index=1), config=settings(tables=False)), "refuse", id="no-table"),
        pytest.param(
            lambda: facts(
                form_=form(prefecture="愛知県", municipality="豊田市", fiscal_index=1.4), organization=corporation()
            ),
            "refuse",
            id="a-corporation-in-toyota",
        ),
        pytest.param(
            lambda: facts(form_=form(prefecture="愛知県", municipality="豊田市"), organization=corporation()),
            "review",
            id="a-corporation-in-toyota-not-typed",
        ),
        pytest.param(lambda: facts(form_=form(), organization=corporation()), None, id="a-corporation-in-iida"),
        pytest.param(
            lambda: facts(form_=form(fiscal_index=1.4), organization=NO_ORGANIZATION), "review", id="nobody-knows-who"
        ),
        pytest.param(facts, None, id="no-form"),
    ],
)
def test_fiscal_index(make: Callable[[], Facts], severity: str | None) -> None:
    said = findings("fiscal-index", make())
    assert [str(one.severity) for one in said] == ([severity] if severity else [])


def test_the_review_shows_both_figures_and_the_year_of_the_table() -> None:
    (one,) = findings("fiscal-index", facts(form_=form(fiscal_index=1.2)))
    assert "令和6年度" in one.message
    assert str(table_index(plain_settings(), "202053")) in one.message
    assert "1.2" in one.message


@pytest.mark.parametrize(
    ("prefecture", "municipality", "name", "over"),
    [
        pytest.param("愛知県", "豊田市", "まちづくり公社", True, id="both"),
        pytest.param("", "豊田市", "まちづくり公社", True, id="the-only-one-of-its-name"),
        pytest.param("愛知県", "愛知県豊田市", "まちづくり公社", True, id="prefecture-twice"),
        pytest.param("神奈川県", "足柄下郡箱根町", "まちづくり公社", True, id="with-its-county"),
        pytest.param("愛知", "豊田", "まちづくり公社", True, id="shortened"),
        pytest.param("", "府中市", "まちづくり公社", False, id="homonym"),
        pytest.param("東京都", "豊田市", "まちづくり公社", False, id="not-there"),
        pytest.param("愛知県", "", "まちづくり公社", False, id="empty"),
        pytest.param("愛知県", "", "豊田市まちづくり公社", True, id="named-after-it"),
        pytest.param("長野県", "", "豊田市まちづくり公社", False, id="named-after-one-elsewhere"),
        pytest.param("東京都", "", "東京都まちづくり公社", False, id="named-after-a-prefecture"),
        pytest.param("長野県", "飯田市", "豊田市まちづくり公社", False, id="the-cell-before-the-name"),
    ],
)
def test_whose_figure_counts_for_a_body_in_the_area(prefecture: str, municipality: str, name: str, over: bool) -> None:
    typed = form(prefecture=prefecture, municipality=municipality, organization_name=name)
    kosha = replace(corporation(), name=name)
    assert [str(one.severity) for one in findings("fiscal-index", facts(form_=typed, organization=kosha))] == (
        ["review"] if over else []
    )


def test_a_homonym_in_the_cell_is_the_one_where_the_body_itself_is() -> None:
    typed = form(prefecture="", municipality="府中市", organization_name="まちづくり公社")
    for prefecture, over in (("東京都", ["review"]), ("広島県", [])):
        kosha = replace(corporation(), name="まちづくり公社", prefecture=prefecture)
        said = findings("fiscal-index", facts(form_=typed, organization=kosha))
        assert [str(one.severity) for one in said] == over


def test_a_form_without_that_field_is_still_measured_by_the_table() -> None:
    filled = form()
    lacking = replace(filled, fields={key: one for key, one in filled.fields.items() if key != "fiscal_index"})
    (one,) = findings("fiscal-index", facts(form_=lacking, organization=body(TOYOTA)))
    assert (str(one.severity), one.where, one.fields, one.cells) == ("review", "財政力指数", (), ())


def test_where_no_check_asks_for_the_course_it_is_a_gap_like_any_other() -> None:
    kept = tuple(one for one in rules().groups["application"] if one != "course-chosen")
    mine = rules().model_copy(update={"groups": {**rules().groups, "application": kept}})
    given = facts(form_=form(course=None), config=settings(rules_file=mine))
    assert fields("form-complete", given) == ["course"]


def test_words_of_its_own_are_for_an_empty_cell_alone() -> None:
    (named,) = findings("form-complete", facts(form_=form(contact_name="企画課担当者")))
    assert named.message.startswith("記入が「企画課担当者」となっています")
    (absent,) = findings("form-complete", facts(form_=form(contact_phone=None, absent=("contact_phone",))))
    assert "見当たりませんでした" in absent.message
