"""What a letter says of the points it asks for: mails of the tables' language, through the pipeline, as their reader sees them."""

from __future__ import annotations

import re

import pytest

from mailflow.model import Draft, Outcome
from tests.judging.table_language import Case, written
from tests.judging.test_tables import judged


def outcome(name: str, *lines: str) -> Outcome:
    return judged(Case("letters", 0, written(name, list(lines)), None, None))


def letter(name: str, *lines: str) -> Draft:
    (draft,) = outcome(name, *lines).drafts
    return draft


def test_a_blank_choice_is_told_what_may_be_chosen() -> None:
    text = letter("blank-choice", "set scope_internal=")
    assert "「含む、含まない」の中から選んでください" in text.text
    assert "記入例" not in text.text  # an example would be advice


def test_several_blanks_of_a_section_keep_their_cells_and_examples() -> None:
    text = letter("three-blanks", "set issues=", "set goal=", "set scope_internal=").text
    point = text[text.index("「４　取組の内容」の欄（3か所）") : text.index("■ 受け取ったファイル")]
    places = re.findall(r"・(\S+)（(?:シート「[^」]+」|同 )([A-Z]+\d+)）", point)
    assert [label for label, _ in places] == ["解決したい地域課題", "目指す姿", "庁舎内ネットワーク整備の有無"]
    assert point.count("記入例　") == 2
    assert "含む、含まない" in point
    assert point.count("ご記入ください") == 1  # said once for all


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        pytest.param(["set issues=－", "set goal=－"], "下の欄に「－」と記入されています", id="dashes"),
        pytest.param(["set issues=－", "set goal="], "下の欄が空欄か、「－」の記入だけです", id="a-dash-and-a-blank"),
        pytest.param(["set issues=", "set goal="], "下の欄が空欄です", id="blanks"),
    ],
)
def test_a_dash_is_not_called_a_blank(lines: list[str], found: str) -> None:
    assert f"現在　　{found}\n" in letter(f"dashes-{len(found)}", *lines).text


def test_what_was_withdrawn_is_not_said_to_stand() -> None:
    said = {}
    for known in ("complete", "withdrawn"):
        (draft,) = judged(Case("letters", 0, written(f"after-{known}", []), known, None)).drafts
        assert draft.template == "arrival"
        said[known] = "を有効として" in draft.text.replace("\n", "")
    assert said == {"complete": True, "withdrawn": False}


def test_the_points_follow_the_form() -> None:
    text = letter(
        "all-over", "set team_size=若干名", "set contact_phone=", "set course=A・B", "set visit_ok=要相談", "set theme="
    ).text
    rows = [int(row) for row in re.findall(r"(?m)^\d+ .*?[A-Z]+(\d+)）", text)]
    assert len(rows) == 5
    assert rows == sorted(rows)


NOBODY = (
    "from 高橋 <takahashi@gmail.com>",
    "subject 計画策定支援の応募",
    "form -",
    "unsigned",
    "text 応募様式を添付します。",
)


def test_one_way_to_send_it_where_form_and_body_are_missing() -> None:
    text = "".join(letter("form-and-body-missing", *NOBODY).text.split())
    assert "このメールへの返信に応募様式（Excel形式）を添付し、件名を下の記入例のように書き直して" in text
    assert "改めてお送り" not in text
    assert "件名は変えなくて" not in text


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["福島県天栄村です。"], id="says-so"),
        pytest.param(["福島県天栄村総務課の高橋です。"], id="says-so-and-who"),
        pytest.param(["", "--------", "福島県天栄村 総務課", "高橋 一郎", "TEL 0000-00-0000"], id="signs-so"),
        pytest.param(["", "-- ", "天栄村役場 総務課　高橋"], id="signs-so-with-the-office"),
        pytest.param(
            ["", "--------", "福島県天栄村 総務課", "TEL 0000-00-0000", "", "> 長野県飯田市 企画課"],
            id="quotes-another",
        ),
    ],
)
def test_the_only_candidate_is_named(lines: list[str]) -> None:
    found = outcome("-".join(lines), *NOBODY, *(f"text {line}" for line in lines)).verdict
    assert found.understood.organization.suggestions == ("福島県天栄村",)
    (one,) = [one for one in found.findings if one.check == "organization-known"]
    assert one.message.startswith("団体名がはっきり書かれていません。福島県天栄村からの")


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(["福島県天栄村の隣の町です。"], id="a-neighbour"),
        pytest.param(["", "--------", "天栄商事株式会社 福島支店営業部", "TEL 0000-00-0000"], id="a-firm"),
        pytest.param(
            ["", "--------", "福島県天栄村 総務課", "長野県飯田市 企画課", "TEL 0000-00-0000"], id="two-places"
        ),
    ],
)
def test_no_candidate_is_guessed(lines: list[str]) -> None:
    found = outcome("-".join(lines), *NOBODY, *(f"text {line}" for line in lines)).verdict
    assert found.understood.organization.suggestions == ()


@pytest.mark.parametrize(
    ("wished", "said"),
    [
        pytest.param("3月14日（土）13時", "ご希望の3月14日（土）は、相談を行っていない日です。", id="saturday"),
        pytest.param(
            "3月17日（火）18時", "ご希望の3月17日（火）18時00分は、相談を行っていない時間です。", id="evening"
        ),
    ],
)
def test_an_hour_without_consultation_is_not_called_taken(wished: str, said: str) -> None:
    text = letter(
        wished,
        "at 03-10T10:00:00",
        "form -",
        "subject 【長野県飯田市】事前相談",
        f"text 事前相談を{wished}からお願いします。",
    ).text
    assert said in text
    assert "空きがございません" not in text


@pytest.mark.parametrize(
    ("known", "told"),
    [
        pytest.param("complete", [], id="in-force"),
        pytest.param("same-then-another", ["この後の版を有効としています"], id="a-later-one-is"),
        pytest.param("withdrawn", ["取下げのご連絡を受けています"], id="withdrawn"),
    ],
)
def test_what_is_on_record_is_told_as_it_stands(known: str, told: list[str]) -> None:
    lines = ["form -", "subject 応募様式の到着確認", "text 先日お送りした応募様式は届いておりますでしょうか。"]
    (draft,) = judged(Case("letters", 0, written(f"on-record-{known}", lines), known, None)).drafts
    assert draft.template == "on-record"
    assert [
        one for one in ("この後の版を有効としています", "取下げのご連絡を受けています") if one in draft.text
    ] == told


def listed(text: str) -> dict[str, str]:
    """The files of a letter, each with what is said of it."""
    joined = re.sub(r"\n　{3,4}(?=\S)", "", text)  # a long name goes on below
    return dict(re.findall(r"(?m)^　　\d+ (.+?)（\d+KB）\n　　　 (.+)$", joined))


@pytest.mark.parametrize(
    ("lines", "said", "unsaid"),
    [
        pytest.param([], [], ["も受け取りました。内容", "事前相談会のご希望"], id="nothing-besides"),
        pytest.param(
            ["text 応募様式を提出します。", "text 4月1日以降の担当は田中（tanaka@city.iida.lg.jp）に変わります。"],
            ["ご担当・連絡先の変更のお知らせも受け取りました。内容は担当者が確認します。"],
            ["異動などで", "別にご連絡"],
            id="a-successor",
        ),
        pytest.param(
            [
                "text 応募様式を提出します。",
                "text あわせて、事前相談会も申し込みたいです。3月19日（木）午後でお願いします。",
            ],
            ["事前相談会のご希望も受け取りました。確認し、別にご連絡します。", "異動などで"],
            ["確定"],
            id="a-talk",
        ),
        pytest.param(
            [
                "text 応募様式を提出します。",
                "text 4月1日以降の担当は田中に変わります。",
                "text あわせて、事前相談会も申し込みたいです。",
            ],
            ["ご担当・連絡先の変更のお知らせと、事前相談会のご希望も受け取りました。確認し、別にご連絡します。"],
            ["異動などで"],
            id="both",
        ),
    ],
)
def test_what_an_application_says_besides_is_not_passed_over(
    request: pytest.FixtureRequest, lines: list[str], said: list[str], unsaid: list[str]
) -> None:
    draft = letter(f"besides-{request.node.callspec.id}", *lines)
    text = "".join(draft.text.split())
    assert draft.template == "receipt"
    assert [one for one in said if one not in text] == []
    assert [one for one in unsaid if one in text] == []


def test_the_form_inside_an_archive_is_told_of_the_archive() -> None:
    files = listed(letter("zipped", "zipped 応募書類.zip").text)
    assert files["応募書類.zip"] == "中の応募様式を読み取れました"
    assert "参考資料として保管します" not in files.values()


def test_another_rounds_form_is_not_called_read() -> None:
    draft = letter("last-years", "form-is last-year")
    assert set(listed(draft.text).values()) == {"現在の応募様式ではありませんでした"}
    assert "別の公募の応募様式のようです" not in draft.text


@pytest.mark.parametrize("name", ["【長野県飯田市】1次公募応募様式.pdf", "【長野県飯田市】1次公募応募様式.docx"])
def test_what_is_asked_for_as_a_workbook_is_no_paper_beside_it(name: str) -> None:
    files = listed(letter(f"as-{name[-4:]}", "form -", f"file {name}", "file 位置図.pdf").text)
    assert files[name] == "Excel形式ではないため、応募様式として読み取れていません"
    assert files["位置図.pdf"] == "参考資料として保管します"


def test_of_two_forms_no_course_and_no_version_is_said() -> None:
    draft = letter(
        "two-forms",
        "also-form 【長野県飯田市】1次公募応募様式（町長修正後）.xlsx | 長野県飯田市 | theme=町長修正後のテーマ",
    )
    assert draft.template == "arrival"
    assert "応募コース" not in draft.text
    assert "第1版" not in draft.text
    assert list(listed(draft.text).values()) == ["応募様式として読み取れました"] * 2


@pytest.mark.parametrize(
    ("known", "text", "template", "said", "unsaid"),
    [
        pytest.param(None, "応募様式を提出します。", "late", "お送りいただいた応募は", "その扱いは変わりません", id="first"),
        pytest.param(
            None, "15時50分の様式の差し替えをお願いします。", "late",
            "締切までに届いた応募様式がある場合、その扱いは変わりません", "お送りいただいた応募は", id="replaces-what-is-not-on-record",
        ),
        pytest.param(
            "complete", "差し替えをお願いします。", "arrival", "（第1版）を有効としています", "対象とすることができません",
            id="replaces-what-came-in-time",
        ),
    ],
)  # fmt: skip
def test_what_came_late_does_not_end_what_came_in_time(
    known: str | None, text: str, template: str, said: str, unsaid: str
) -> None:
    lines = ["at 03-26T16:00:09", f"text {text}", "set theme=別のテーマ"]
    (draft,) = judged(Case("letters", 0, written(f"late-{known}-{len(text)}", lines), known, None)).drafts
    flat = "".join(draft.text.split())
    assert draft.template == template
    assert said in flat
    assert unsaid not in flat
