"""What one mail says: its body from four sources, its form, its wishes."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

import pytest

from mailflow.intake.organizations import directory_of
from mailflow.intake.understand import understand
from mailflow.model import (
    Address,
    Attachment,
    BodyKind,
    FieldValue,
    FormData,
    Intent,
    Kind,
    Mail,
    Request,
    RequestIntent,
    Resolved,
)
from mailflow.settings.models import MailflowFile, PartiesFile
from mailflow.settings.reference import load_reference
from mailflow.settings.settings import Bundle, Settings

AT = datetime(2026, 3, 18, 1, tzinfo=UTC)


@cache
def settings() -> Settings:
    folder = files("mailflow") / "data"
    programme = dict.fromkeys(
        ("name", "package", "office", "contractor", "address", "phone", "phone_hours", "ministry"), "x"
    ) | {"id": "dx", "subject": "計画策定支援", "address": "office@dx.example", "fiscal_year_of_index": 2024}
    one = {"id": "R8-1", "name": "1次公募", "opens": "2026-03-04", "closes": "2026-03-26 16:00", "result": "x"}
    parties = [
        {"id": "bureau", "kind": "bureau", "name": "総合通信局", "domains": ["soumu.example"]},
        {
            "id": "web-form",
            "kind": "web-form",
            "name": "フォーム",
            "addresses": ["no-reply@survey.example"],
            "labels": {"organization": ["地方公共団体名", "団体名"]},
        },
    ]
    return Settings(
        bundle=Bundle(files={}, hash="test-understand"),
        file=MailflowFile.model_validate(
            {"programme": programme, "rounds": [one | {"consultation_closes": "2026-03-24 17:00"}]}
        ),
        rules=None,
        parties=PartiesFile.model_validate(
            {"parties": parties, "free_mail": ["gmail.com"], "file_services": ["files.example"]}
        ),
        form=None,
        reference=load_reference({f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".csv")}),
        templates={},
        public_files={},
    )


def form(
    filename: str | None = "応募様式.xlsx", *, marked=False, untouched=False, fingerprint="", **values
) -> FormData:
    keys = ("applicant_type", "prefecture", "municipality", "organization_name", "organization_code", "theme")
    fields = {key: FieldValue(label=key, value=values.get(key), raw=values.get(key)) for key in keys}
    return FormData(
        edition="r8-1",
        fields=fields,
        filename=filename,
        marked=marked,
        untouched=untouched,
        fingerprint=fingerprint or repr(sorted(values.items())),
    )


def file(name: str, path: tuple[str, ...] | None = None) -> Attachment:
    return Attachment(filename=name, content_type="application/octet-stream", content=b"", sha256="0" * 64, path=path)


def read(
    *forms: FormData,
    subject="計画策定支援",
    sender="someone@company.example",
    text="",
    attached=(),
    request=None,
    **more,
):
    mail = Mail(
        sender=Address(name=None, address=sender) if sender else None,
        subject=subject,
        new_text=text,
        text=more.pop("whole", text),
        attachments=tuple(attached),
        **more,
    )
    return understand(mail, forms, settings(), AT, request)


# --- the body ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name", "resolved"),
    [
        pytest.param({"prefecture": "長野県", "municipality": "飯田市"}, "長野県飯田市", "exact", id="two-cells"),
        pytest.param(
            {"prefecture": "長野", "municipality": "飯田市"}, "長野県飯田市", "exact", id="prefecture-abbreviated"
        ),
        pytest.param({"municipality": "長野県飯田市"}, "長野県飯田市", "exact", id="all-in-one-cell"),
        pytest.param({"prefecture": "長野県", "municipality": "下伊那郡阿智村"}, "長野県阿智村", "exact", id="county"),
        pytest.param(
            {"prefecture": "広島県", "municipality": "府中市"}, "広島県府中市", "exact", id="homonym-with-prefecture"
        ),
        pytest.param(
            {"municipality": "府中市", "organization_code": "342084"}, "広島県府中市", "variant", id="homonym-with-code"
        ),
        pytest.param({"municipality": "府中市"}, None, "suggestion", id="homonym-alone"),
        pytest.param(
            {"prefecture": "愛知県", "municipality": "飯田市"}, None, "suggestion", id="prefecture-contradicts"
        ),
        pytest.param({"organization_code": "202053"}, "長野県飯田市", "exact", id="code-alone"),
        pytest.param({"organization_code": 12025}, "北海道函館市", "exact", id="code-as-a-number"),
        pytest.param(
            {"organization_code": "202053", "municipality": "飯山市"},
            "長野県飯山市",
            "exact",
            id="code-of-another-name",
        ),
        pytest.param(
            {"organization_code": "202054", "municipality": "飯田市"}, "長野県飯田市", "exact", id="wrong-check-digit"
        ),
        pytest.param({"applicant_type": "都道府県", "prefecture": "長野県"}, "長野県", "exact", id="prefecture"),
        pytest.param(
            {"applicant_type": "都道府県", "prefecture": "長野県", "municipality": "－"},
            "長野県",
            "exact",
            id="prefecture-and-dash",
        ),
        pytest.param({"prefecture": "長野県"}, None, "none", id="only-a-prefecture-of-no-sort"),
        pytest.param(
            {"applicant_type": "市区町村", "organization_name": "長野県飯田市"},
            "長野県飯田市",
            "exact",
            id="in-the-name-cell",
        ),
        pytest.param({}, None, "none", id="empty"),
    ],
)
def test_the_form_names_the_body(values, name, resolved):
    found = read(form(**values), subject="応募").organization
    assert (found.full_name, found.resolved) == (name, resolved)


@pytest.mark.parametrize(
    ("sort", "name", "kind"),
    [
        pytest.param("一部事務組合・広域連合", "南信州広域連合", BodyKind.UNION, id="union"),
        pytest.param("出資法人", "いいだ未来機構", BodyKind.CORPORATION, id="no-legal-form-in-its-name"),
        pytest.param("非営利法人", "一般社団法人いいだＤＸ", BodyKind.NONPROFIT, id="non-profit"),
        pytest.param(None, "NPO法人いいだ", BodyKind.NONPROFIT, id="sort-left-open"),
    ],
)
def test_a_body_outside_the_code_list(sort, name, kind):
    found = read(
        form(applicant_type=sort, prefecture="長野県", municipality="飯田市", organization_name=name)
    ).organization
    assert (found.resolved, found.code, found.name, found.prefecture, found.kind) == (
        Resolved.EXACT,
        None,
        name,
        "長野県",
        kind,
    )
    assert found.bureau == "信越総合通信局"


def test_a_sort_of_body_without_its_name_names_nobody():
    found = read(form(applicant_type="出資法人", prefecture="長野県"), subject="応募").organization
    assert found.resolved is Resolved.NONE


def test_form_then_subject_then_file_then_sender():
    iida = form("【愛知県半田市】1次公募応募様式.xlsx", prefecture="長野県", municipality="飯田市")
    all_four = read(iida, subject="【長野県飯山市】計画策定支援", sender="x@city.nagoya.lg.jp")
    assert [getattr(all_four.naming, s).full_name for s in ("form", "subject", "attachment", "sender")] == [
        "長野県飯田市",
        "長野県飯山市",
        "愛知県半田市",
        "愛知県名古屋市",
    ]
    assert all_four.organization.full_name == "長野県飯田市"
    assert all_four.sender_class == "other-body"
    blank = form("【愛知県半田市】1次公募応募様式.xlsx")
    assert read(blank, subject="【長野県飯山市】計画策定支援").organization.full_name == "長野県飯山市"
    assert read(blank, sender="x@city.nagoya.lg.jp").organization.full_name == "愛知県半田市"
    assert read(sender="x@city.iida.lg.jp", subject="ご相談").organization.full_name == "長野県飯田市"
    assert read(sender="x@gmail.com", subject="ご相談").organization.resolved is Resolved.NONE


@pytest.mark.parametrize(
    ("more", "name"),
    [
        pytest.param({"sender": "x@city.fuchu.hiroshima.jp"}, "広島県府中市", id="by-the-domain"),
        pytest.param({"attached": [file("【広島県府中市】.zip")]}, "広島県府中市", id="by-a-file-name"),
        pytest.param({"sender": "x@gmail.com"}, None, id="by-nothing"),
        pytest.param({"sender": "x@city.iida.lg.jp"}, None, id="another-bodys-domain-settles-nothing"),
    ],
)
def test_a_homonym_in_the_subject_is_settled_by_another_source(more, name):
    found = read(subject="【府中市】計画策定支援", **more)
    assert found.organization.full_name == name
    if name:
        assert (found.naming.subject.full_name, found.naming.subject.resolved) == (name, Resolved.VARIANT)
    else:
        assert set(found.organization.suggestions) == {"東京都府中市", "広島県府中市"}


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        pytest.param("お世話になっております。長野県飯田市企画課の山口です。", ("長野県飯田市",), id="who-I-am"),
        pytest.param(
            "いつもお世話になっております。\n飯田市役所デジタル推進課 山口と申します。",
            ("長野県飯田市",),
            id="office-and-name",
        ),
        pytest.param("団体名：長野県飯田市\n氏名：山口 さくら", ("長野県飯田市",), id="labelled"),
        pytest.param("府中市の佐藤です。", ("東京都府中市", "広島県府中市"), id="homonym"),
        pytest.param("飯田市は応募しましたか。", (), id="spoken-of"),
        pytest.param("飯田市の応募状況が知りたいです。", (), id="asked-about"),
        pytest.param("飯田市の住民です。", (), id="a-resident"),
        pytest.param("飯田市から応募は可能ですか。", (), id="from-there"),
        pytest.param("よろしくお願いします。", (), id="nothing"),
    ],
)
def test_a_place_in_the_text_is_only_suggested(text, suggested):
    found = read(sender="x@gmail.com", subject="お問い合わせ", text=text).organization
    assert found.name is None
    assert found.suggestions == suggested
    assert (
        read(sender="x@city.iiyama.nagano.jp", subject="お問い合わせ", text=text).organization.full_name
        == "長野県飯山市"
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("団体名：長野県飯田市\n電話：0265", id="label-and-value"),
        pytest.param("■ 地方公共団体名\n\n　長野県飯田市\n■ 氏名\n山口", id="value-below"),
    ],
)
def test_the_web_form_is_taken_at_its_word_and_its_robot_is_nobody(text):
    request = Request(intent=RequestIntent.REQUEST, contact=Address(name=None, address="y@gmail.com"))
    found = read(sender="no-reply@survey.example", subject="回答通知", text=text, request=request)
    assert (found.known_sender.kind, found.organization.full_name) == ("web-form", "長野県飯田市")
    assert found.sender_class == "free"


def test_a_known_senders_request_speaks_for_nobody():
    request = Request(intent=RequestIntent.REQUEST, contact=Address(name=None, address="y@city.iida.lg.jp"))
    found = read(sender="x@soumu.example", subject="日程調整", text="ご都合をお知らせください。", request=request)
    assert found.naming.sender.resolved is Resolved.NONE


def test_a_body_named_by_its_code_alone_is_shown_by_it():
    assert read(form(organization_code="202053"), subject="応募").organization.written == "202053"


def test_a_bureau_that_passes_a_mail_on_is_not_the_applicant():
    found = read(
        sender="x@soumu.example",
        subject="FW: 【長野県飯田市】計画策定支援",
        text="誤って当局に届きましたので転送します。",
    )
    assert (found.known_sender.id, found.organization.full_name) == ("bureau", "長野県飯田市")
    assert found.naming.sender.resolved is Resolved.NONE


# --- the form ---------------------------------------------------------------------------------------------------------

IIDA = {"prefecture": "長野県", "municipality": "飯田市"}
IIYAMA = {"prefecture": "長野県", "municipality": "飯山市"}


@pytest.mark.parametrize(
    ("forms", "counts"),
    [
        pytest.param([], None, id="none"),
        pytest.param([form(**IIDA)], 0, id="one"),
        pytest.param([form(untouched=True), form(**IIDA)], 1, id="blank-beside-it"),
        pytest.param([form(untouched=True)], 0, id="only-a-blank"),
        pytest.param([form(**IIDA, marked=True), form(**IIDA, theme="x")], 1, id="our-marked-copy-beside-it"),
        pytest.param([form(**IIDA), form(**IIDA)], 0, id="the-same-twice"),
        pytest.param([form(**IIDA), form(**IIDA, theme="x")], 1, id="the-fuller-of-one-body"),
        pytest.param([form(**IIDA, theme="a"), form(**IIDA, theme="b")], 0, id="equals-of-one-body"),
        pytest.param([form(**IIDA), form(**IIYAMA)], None, id="two-bodies"),
        pytest.param([form(municipality="朝日県川原町"), form(theme="x", **IIDA)], 1, id="one-of-no-known-body"),
    ],
)
def test_which_form_counts(forms, counts):
    found = read(*forms, subject="【長野県】計画策定支援（管内2市分）")
    assert found.forms == tuple(forms)
    assert found.form is (None if counts is None else forms[counts])


def test_with_forms_of_several_bodies_the_subject_tells():
    found = read(
        form("【長野県飯田市】1次公募応募様式.xlsx", **IIDA),
        form("【長野県飯山市】1次公募応募様式.xlsx", **IIYAMA),
        subject="【長野県】計画策定支援（管内2市分）",
        attached=[file("【長野県飯田市】1次公募応募様式.xlsx"), file("【長野県飯山市】1次公募応募様式.xlsx")],
    )
    assert found.organization.full_name == "長野県"
    assert found.naming.attachment.resolved is Resolved.NONE


def test_the_name_of_an_archive_counts_too():
    found = read(
        form("応募様式.xlsx"), attached=[file("応募様式.xlsx", path=("【長野県飯田市】.zip", "応募様式.xlsx"))]
    )
    assert found.naming.attachment.full_name == "長野県飯田市"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("【長野県飯山市】資料.pdf", "長野県飯山市", id="opens-with-the-bracket"),
        pytest.param("応募様式（長野県飯山市）.pdf", "長野県飯山市", id="calls-itself-the-form"),
        pytest.param("参考事例（長野県飯山市）.pdf", "長野県飯田市", id="a-paper-about-another-town"),
    ],
)
def test_which_files_speak_for_the_body_without_a_form(name, body):
    found = read(subject="資料の送付", attached=[file(name)], sender="x@city.iida.lg.jp")
    assert found.organization.full_name == body


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_wishes_links_numbers_parts():
    found = read(
        subject="【長野県飯田市】計画策定支援（1/2）",
        text="応募様式を提出いたします。 https://files.example/abc",
        whole="応募様式を提出いたします。\n> 受付番号 R8-1-202053",
    )
    assert found.kind is Kind.UNKNOWN
    assert found.intents == {Intent.APPLY}
    assert found.links == ("https://files.example/abc",)
    assert (found.case_number, found.part, found.programme_subject) == ("R8-1-202053", (1, 2), True)


@pytest.mark.parametrize(
    "mail",
    [
        Mail(sender=None),
        Mail(sender=Address(name=None, address="")),
        Mail(sender=Address(name=None, address="@" * 5000), subject="【" * 5000, new_text="市" * 50_000),
        Mail(
            sender=Address(name="x", address="x@" + "a." * 3000),
            subject="\x00\ufffd🗾",
            new_text="\x00" * 1000,
            text=None,
        ),
        Mail(sender=None, attachments=tuple(file("【飯田市】" * 100) for _ in range(300))),
    ],
    ids=["nothing", "empty-address", "endless", "rubbish", "many-files"],
)
def test_whatever_comes_it_is_understood(mail):
    found = understand(mail, (), settings(), AT, None)
    assert found.kind is Kind.UNKNOWN


def test_the_directory_is_made_once_for_a_configuration():
    assert directory_of(settings()) is directory_of(settings())
