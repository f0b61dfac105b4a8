"""Subjects and file names as people, gateways and downloads leave them (募集要領 2(2))."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import pytest

from mailflow.intake.naming import (
    bodies_named,
    expected_filename,
    expected_subject,
    is_expected_filename,
    is_expected_subject,
    read_filename,
    read_subject,
)
from mailflow.intake.organizations import directory_of
from mailflow.intake.subject_numbers import case_number, part_of
from mailflow.model import Resolved
from mailflow.settings.models import MailflowFile, PartiesFile
from mailflow.settings.reference import load_reference
from mailflow.settings.settings import Bundle, Settings


@cache
def settings() -> Settings:
    folder = files("mailflow") / "data"
    programme = dict.fromkeys(
        ("name", "package", "office", "contractor", "address", "phone", "phone_hours", "ministry"), "x"
    ) | {"id": "dx", "subject": "計画策定支援", "address": "office@dx.example", "fiscal_year_of_index": 2024}
    rounds = [
        {
            "id": f"R8-{n}",
            "name": f"{n}次公募",
            "opens": opens,
            "closes": closes,
            "consultation_closes": closes,
            "result": "x",
        }
        for n, opens, closes in ((1, "2026-03-04", "2026-03-26 16:00"), (2, "2026-09-01", "2026-09-25 16:00"))
    ]
    return Settings(
        bundle=Bundle(files={}, hash="test-naming"),
        file=MailflowFile.model_validate({"programme": programme, "rounds": rounds}),
        rules=None,
        parties=PartiesFile(),
        form=None,
        reference=load_reference({f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".csv")}),
        templates={},
        public_files={},
    )


# --- subjects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param("【長野県飯田市】計画策定支援", id="as-the-call-asks"),
        pytest.param("【長野県　飯田市】　計画策定支援", id="wide-spaces"),
        pytest.param("［長野県飯田市］計画策定支援", id="wide-square-brackets"),
        pytest.param("[長野県 飯田市] 計画策定支援", id="square-brackets"),
        pytest.param("〔長野県飯田市〕計画策定支援", id="tortoise-shell"),
        pytest.param("（長野県飯田市）計画策定支援", id="round-brackets"),
        pytest.param("「長野県飯田市」計画策定支援", id="corner-brackets"),
        pytest.param("＜長野県飯田市＞計画策定支援", id="angle-brackets"),
        pytest.param("『長野県飯田市]計画策定支援", id="brackets-that-do-not-match"),
        pytest.param("RE: 【長野県飯田市】計画策定支援", id="re"),
        pytest.param("Re: Fwd: FW：返信: 転送：【長野県飯田市】計画策定支援", id="many-prefixes"),
        pytest.param("Re[2]: 【長野県飯田市】計画策定支援", id="numbered-re"),
        pytest.param("[EXTERNAL] 【長野県飯田市】計画策定支援", id="gateway"),
        pytest.param("[無害化] RE: [SPAM] 【長野県飯田市】計画策定支援", id="two-gateways-around-re"),
        pytest.param("(庁外) [dx-ml 00123] 【長野県飯田市】計画策定支援", id="tags-that-are-not-configured"),
        pytest.param("【再送】【長野県飯田市】計画策定支援", id="sent-again"),
        pytest.param("【長野県飯田市】計画策定支援（差し替え）", id="replacement"),
        pytest.param("【長野県飯田市】計画策定支援（1/2）", id="first-of-two"),
        pytest.param("【至急】【長野県飯田市】計画策定支援", id="urgent"),
    ],
)
def test_as_the_call_asks(subject):
    read = read_subject(subject, settings())
    assert (read.programme, read.exact, read.ours) == (True, True, False)
    assert read.organization.code == "202053"
    assert is_expected_subject(subject, read.organization, settings())


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        pytest.param("【飯田市】計画策定支援", "長野県飯田市", id="no-prefecture"),
        pytest.param("【長野県下伊那郡阿智村】計画策定支援", "長野県阿智村", id="county"),
        pytest.param("【青森県六ケ所村】計画策定支援", "青森県六ヶ所村", id="large-ke"),
        pytest.param("【札幌市中央区】計画策定支援", "北海道札幌市", id="ward"),
        pytest.param("長野県飯田市 計画策定支援", "長野県飯田市", id="no-bracket-space"),
        pytest.param("長野県飯田市計画策定支援", "長野県飯田市", id="no-bracket-no-space"),
        pytest.param("計画策定支援_長野県飯田市_企画課", "長野県飯田市", id="behind-underscores"),
        pytest.param("計画策定支援　応募様式の送付（長野県飯田市）", "長野県飯田市", id="words-and-brackets-behind"),
        pytest.param("【計画策定支援】長野県飯田市", "長野県飯田市", id="the-other-way-round"),
        pytest.param(
            "【長野県飯田市】地域社会DX推進パッケージ事業（計画策定支援）への応募について",
            "長野県飯田市",
            id="long-name",
        ),
        pytest.param(
            "【長野県飯田市】計画策定支援 1次公募 応募書類の提出（デジタル推進課 山口）",
            "長野県飯田市",
            id="section-and-officer",
        ),
        pytest.param("【長野県飯田市】計画作定支援", "長野県飯田市", id="one-character-mistyped"),
        pytest.param("【長野県】【飯田市】計画策定支援", "長野県飯田市", id="two-brackets"),
        pytest.param("【府中市】計画策定支援（広島県）", "広島県府中市", id="prefecture-in-another-bracket"),
        pytest.param("【南信州広域連合】計画策定支援", "南信州広域連合", id="regional-union"),
        pytest.param("【一般社団法人飯田ＤＸ】計画策定支援", "一般社団法人飯田DX", id="non-profit"),
        pytest.param("【長野県】計画策定支援（管内4町分）", "長野県", id="prefecture-for-its-towns"),
    ],
)
def test_understood_though_not_as_asked(subject, name):
    read = read_subject(subject, settings())
    assert read.organization.full_name == name
    assert read.programme
    assert not read.exact or read.organization.code is None


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param("【長野県飯田市】計画策定支援に関する質問", id="a-question"),
        pytest.param("計画策定支援の事前相談について（長野県飯田市）", id="a-consultation"),
        pytest.param("【長野県飯田市】計画策定支援への応募の取下げ", id="a-withdrawal"),
        pytest.param("【長野県飯田市】計画策定支援 パスワードのお知らせ", id="a-password"),
        pytest.param("【ご提案】計画策定支援サービスのご案内", id="an-offer"),
        pytest.param("自治体の計画策定支援を行うコンサルティング会社です", id="a-consultant"),
        pytest.param("【長野県飯田市】担当変更のお知らせ（計画策定支援）", id="new-contact"),
        pytest.param("Re: 【受領】計画策定支援 1次公募（長野県飯田市）［R8-1-202053］", id="answer-to-our-letter"),
        pytest.param("実証事業への応募について", id="other-programme"),
        pytest.param("先ほどお電話した件です", id="harmless"),
        pytest.param("", id="empty"),
        pytest.param(None, id="no-subject"),
        pytest.param("【" * 5000, id="brackets-only"),
    ],
)
def test_no_application_by_its_subject(subject):
    read = read_subject(subject, settings())
    assert not read.programme
    assert not read.exact


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        pytest.param(
            "Re: 【受領】計画策定支援 1次公募（長野県飯田市）［R8-1-202053］", "長野県飯田市", id="our-receipt"
        ),
        pytest.param(
            "RE: 【修正のお願い・3月25日17時まで】計画策定支援 1次公募（長野県飯田市）[R8-1-202053]",
            "長野県飯田市",
            id="our-fix-request",
        ),
        pytest.param("事前相談の申込み（長野県飯田市）", "長野県飯田市", id="consultation"),
        pytest.param("【至急】応募状況の報告について", None, id="the-ministry"),
        pytest.param("【お知らせ】セミナー開催", None, id="a-notice"),
        pytest.param("【株式会社デジタル提案】ご案内", None, id="a-vendor-is-no-applicant"),
        pytest.param("飯田市の観光について", None, id="a-citizen"),
        pytest.param("計画策定支援 応募様式 山口", None, id="an-officer-called-like-a-prefecture"),
    ],
)
def test_body_in_other_subjects(subject, name):
    assert read_subject(subject, settings()).organization.full_name == name


@pytest.mark.parametrize(
    ("subject", "bracket", "name", "marks"),
    [
        pytest.param("【長野県飯田市】計画策定支援】", "長野県飯田市", "長野県飯田市", (), id="a-bracket-too-many"),
        pytest.param(
            "(飯田市)【再送】計画策定支援", "飯田市", "長野県飯田市", ("再送",), id="a-body-is-no-gateways-tag"
        ),
        pytest.param("【飯田市】計画策定支援_修正版", "飯田市", "長野県飯田市", ("修正版",), id="a-mark-behind"),
        pytest.param("【【長野県飯田市】計画策定支援", "長野県飯田市", "長野県飯田市", (), id="one-that-is-not-closed"),
        pytest.param(
            "(再送) 【飯田市】計画策定支援", "飯田市", "長野県飯田市", ("再送",), id="a-mark-is-no-gateways-tag"
        ),
        pytest.param("津市 計画策定支援", "津市", "三重県津市", (), id="two-characters-without-brackets"),
        pytest.param(
            "飯田市 計画策定支援 阿智村", "飯田市", "長野県飯田市", (), id="the-first-of-two-without-brackets"
        ),
        pytest.param("【みどりの課】【府中市】計画策定支援", "府中市", None, (), id="a-homonym-before-no-body"),
        pytest.param("計画策定支援 山口", None, None, (), id="the-officers-name"),
        pytest.param(
            "南信州広域連合 計画策定支援", "南信州広域連合", "南信州広域連合", (), id="a-union-without-brackets"
        ),
    ],
)
def test_what_a_subject_says(subject, bracket, name, marks):
    found = read_subject(subject, settings())
    assert found.programme
    assert (found.bracket, found.organization.full_name, found.marks, found.prefixes) == (bracket, name, marks, ())


def test_a_union_in_the_bracket_of_a_form_alone():
    assert (
        read_filename("【南信州広域連合】1次公募応募様式.xlsx", settings()).organization.full_name == "南信州広域連合"
    )
    assert read_filename("【南信州広域連合】位置図.pdf", settings()).organization.resolved is Resolved.NONE


def test_a_homonym_in_the_bracket_of_any_file_is_suggested():
    found = read_filename("【府中市】資料.pdf", settings())
    assert (found.bracket, set(found.organization.suggestions)) == ("府中市", {"東京都府中市", "広島県府中市"})


def test_a_homonym_is_suggested_and_its_bracket_kept():
    read = read_subject("【府中市】計画策定支援", settings())
    assert (read.bracket, read.organization.resolved, read.exact) == ("府中市", Resolved.SUGGESTION, False)
    assert read.programme


def test_an_unknown_bracket_is_kept_as_written():
    read = read_subject("【朝日県川原町】計画策定支援", settings())
    assert (read.programme, read.bracket, read.organization.resolved) == (True, "朝日県川原町", Resolved.NONE)


def test_what_the_call_asks_for():
    body = directory_of(settings()).lookup("飯田市")
    assert expected_subject(body, settings()) == "【長野県飯田市】計画策定支援"
    assert expected_filename(body, settings().rounds[1], settings()) == "【長野県飯田市】2次公募応募様式.xlsx"


# --- file names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("【長野県飯田市】1次公募応募様式.xlsx", id="as-the-call-asks"),
        pytest.param("【長野県　飯田市】１次公募応募様式.XLSX", id="wide"),
        pytest.param("【長野県飯田市】一次公募応募様式.xlsx", id="kanji-number"),
        pytest.param("【長野県飯田市】第1次公募応募様式.xlsx", id="dai"),
        pytest.param("【長野県飯田市】1次公募 応募様式 (1).xlsx", id="downloaded-twice"),
        pytest.param("【長野県飯田市】1次公募応募様式（２）.xlsx", id="wide-copy-number"),
        pytest.param("【長野県飯田市】1次公募応募様式 - コピー.xlsx", id="windows-copy"),
        pytest.param("コピー ～ 【長野県飯田市】1次公募応募様式.xlsx", id="old-windows-copy"),
        pytest.param("【長野県飯田市】1次公募応募様式のコピー.xlsx", id="mac-copy"),
        pytest.param("【長野県飯田市】1次公募応募様式_修正.xlsx", id="corrected"),
        pytest.param("【長野県飯田市】1次公募応募様式（差し替え）.xlsx", id="replacement"),
        pytest.param("【長野県飯田市】1次公募応募様式_20260318.xlsx", id="dated"),
    ],
)
def test_file_as_the_call_asks(name):
    read = read_filename(name, settings())
    assert (read.organization.code, read.round_name, read.exact) == ("202053", "1次公募", True)
    assert not is_expected_filename(name, read.organization, settings().rounds[1], settings())


@pytest.mark.parametrize(
    ("name", "body", "round_name", "extension"),
    [
        pytest.param("応募様式.xlsx", None, None, "xlsx", id="bare"),
        pytest.param("001057807.xlsx", None, None, "xlsx", id="as-downloaded"),
        pytest.param("【飯田市】2次公募応募様式.xlsx", "長野県飯田市", "2次公募", "xlsx", id="other-round"),
        pytest.param("長野県飯田市_1次公募応募様式.xlsx", "長野県飯田市", "1次公募", "xlsx", id="underscore"),
        pytest.param("_長野県飯田市_1次公募応募様式.xlsx", "長野県飯田市", "1次公募", "xlsx", id="brackets-lost"),
        pytest.param("応募様式（長野県飯田市）.xlsx", "長野県飯田市", None, "xlsx", id="body-behind"),
        pytest.param("飯田市応募様式.xls", "長野県飯田市", None, "xls", id="no-separator"),
        pytest.param(
            "【長野県飯田市】1次公募応募様式.xlsx.pdf", "長野県飯田市", "1次公募", "pdf", id="rebuilt-by-a-gateway"
        ),
        pytest.param("【長野県飯田市】.zip", "長野県飯田市", None, "zip", id="archive"),
        pytest.param("川企第123号.pdf", None, None, "pdf", id="cover-letter"),
        pytest.param("位置図（飯田市）.pptx", "長野県飯田市", None, "pptx", id="map"),
        pytest.param(None, None, None, "", id="no-name"),
        pytest.param("." * 3000, None, None, "", id="dots"),
    ],
)
def test_other_files(name, body, round_name, extension):
    read = read_filename(name, settings())
    assert (read.organization.full_name, read.round_name, read.extension) == (body, round_name, extension)
    assert not read.exact


def test_the_year_that_a_file_names():
    assert read_filename("【飯田市】令和７年度応募様式.xlsx", settings()).year == "令和7年度"
    assert read_filename("R7_応募様式.xlsx", settings()).year == "令和7年度"
    assert read_filename("応募様式R8-1-202053.xlsx", settings()).year is None


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("Re: 【受領】計画策定支援（長野県飯田市）［R8-1-202053］", "R8-1-202053", id="subject"),
        pytest.param("受付番号　Ｒ８－１－２０２０５３（第1版）", "R8-1-202053", id="full-width"),
        pytest.param("> 受付番号 R8-2-7KX2QA", "R8-2-7KX2QA", id="random-mark"),
        pytest.param("電話 0265-22-4511", None, id="phone"),
        pytest.param("AR8-1-2020531", None, id="part-of-something-else"),
        pytest.param("R9-1-202053", None, id="no-such-round"),
        pytest.param("", None, id="empty"),
    ],
)
def test_case_number(text, number):
    assert case_number(text, ("R8-1", "R8-2")) == number


def test_without_rounds_whatever_looks_like_a_number_is_one():
    assert case_number("受付番号 R9-1-202053") == "R9-1-202053"
    assert case_number("電話 0265-22-4511") is None


@pytest.mark.parametrize(
    ("subject", "part"),
    [
        pytest.param("【長野県飯田市】計画策定支援（1/2）", (1, 2), id="first"),
        pytest.param("【長野県飯田市】計画策定支援（２／２）", (2, 2), id="wide"),
        pytest.param("【長野県飯田市】計画策定支援 2/3通目", (2, 3), id="tsume"),
        pytest.param("事前相談の希望（3/9）", None, id="date-of-a-consultation"),
        pytest.param("【長野県飯田市】計画策定支援（3/18）", None, id="date"),
        pytest.param("【長野県飯田市】計画策定支援（2/1）", None, id="more-than-there-are"),
        pytest.param("【長野県飯田市】計画策定支援（5/5）", (5, 5), id="the-most-there-may-be"),
        pytest.param("【長野県飯田市】計画策定支援（5/6）", None, id="a-date-in-may"),
        pytest.param("【長野県飯田市】計画策定支援 2通のうち1通目", (1, 2), id="the-whole-first"),
        pytest.param("【長野県飯田市】計画策定支援", None, id="whole"),
        pytest.param(None, None, id="no-subject"),
    ],
)
def test_part_of(subject, part):
    assert part_of(subject) == part


@pytest.mark.parametrize(
    ("name", "bodies"),
    [
        pytest.param("【長野県】【飯田市】計画策定支援", (), id="a-prefecture-and-its-city"),
        pytest.param(
            "【長野県】【鳥取市】計画策定支援", ("鳥取県鳥取市", "長野県"), id="a-prefecture-and-anothers-city"
        ),
        pytest.param("【飯田市】【阿智村】計画策定支援", ("長野県飯田市", "長野県阿智村"), id="two-brackets"),
        pytest.param("【飯田市】計画策定支援", (), id="one"),
    ],
)
def test_bodies_named_together(name, bodies):
    assert bodies_named(name, settings()) == bodies


def test_a_body_between_separators_of_a_file_name_is_found():
    assert read_filename("提出用_長野県飯田市_応募様式_山口.xlsx", settings()).organization.full_name == "長野県飯田市"


def test_a_bracket_that_names_no_body_is_told_of_a_form_alone():
    assert read_filename("【みどりの課】応募様式.xlsx", settings()).bracket == "みどりの課"
    assert read_filename("【みどりの課】位置図.pdf", settings()).bracket is None
