"""Who a letter is addressed to, from a display name alone (letters.md §5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from mailflow.model import (
    Address,
    BodyKind,
    FieldValue,
    FormData,
    Known,
    Mail,
    Naming,
    Organization,
    Resolved,
    Understood,
    Verdict,
)
from mailflow.replies.addressee import addressee, called

AT = datetime(2026, 3, 16, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("display_name", "expected"),
    [
        pytest.param("山口 さくら", "山口 さくら 様", id="person"),
        pytest.param("村上 町子", "村上 町子 様", id="a-surname-that-could-be-a-village"),
        pytest.param("髙﨑　𠮷郎", "髙﨑　𠮷郎 様", id="full-width-space-kept"),
        pytest.param("山口 さくら 様", "山口 さくら 様", id="already-sama"),
        pytest.param("企画課", "企画課 御中", id="section"),
        pytest.param("川原町企画課", "川原町企画課 御中", id="town-and-section"),
        pytest.param("川原町役場", "ご担当者 様", id="office"),
        pytest.param("川原町 企画", "ご担当者 様", id="not-a-person"),
        pytest.param("kikaku@town.kawara.example", "ご担当者 様", id="address"),
        pytest.param("山口", "山口 様", id="family-name-alone"),
        pytest.param("阿部", "阿部 様", id="a-family-that-ends-like-a-section"),
        pytest.param("企画課 佐藤", "企画課 佐藤 様", id="section-and-family-name"),
        *(
            pytest.param(name, f"{name} 様", id=f"three-characters-{at}")
            for at, name in enumerate(("佐々木", "長谷川", "日下部", "長谷部", "五十嵐", "久保田"))
        ),
        pytest.param("総務部", "総務部 御中", id="three-characters-of-a-department"),
        pytest.param("企画課 日下部", "企画課 日下部 様", id="a-family-that-ends-like-a-department-and-a-section"),
        pytest.param("佐々木 企画課", "企画課　佐々木 様", id="family-name-before-its-section"),
        pytest.param("総務部 企画課", "総務部 企画課 御中", id="a-department-is-no-family"),
        pytest.param("広報", "ご担当者 様", id="a-duty-is-no-name"),
        pytest.param("川原町", "ご担当者 様", id="a-place-is-no-name"),
        pytest.param("未来創造", "ご担当者 様", id="four-characters-may-be-anything"),
        pytest.param("国岡山 千晴（企画課）", "企画課　国岡山 千晴 様", id="section-in-brackets"),
        pytest.param("阿部 章子（企画課）", "企画課　阿部 章子 様", id="such-a-family-and-a-section"),
        pytest.param("国岡山 千晴(企画課主査)", "企画課主査　国岡山 千晴 様", id="post-in-brackets"),
        pytest.param("企画課（国岡山 千晴）", "企画課　国岡山 千晴 様", id="person-in-brackets"),
        pytest.param("企画課（佐藤）", "企画課　佐藤 様", id="family-name-in-brackets"),
        pytest.param("国岡山 千晴（くにおかやま ちはる）", "国岡山 千晴 様", id="reading-in-brackets"),
        pytest.param("国岡山 千晴（企画課", "企画課　国岡山 千晴 様", id="bracket-cut-off"),
        pytest.param("企画課 国岡山 千晴（企画課）", "企画課 国岡山 千晴 様", id="section-twice"),
        pytest.param("?山 太郎", "ご担当者 様", id="spoilt-by-a-gateway"),
        pytest.param("〓﨑 太郎", "ご担当者 様", id="geta"),
        pytest.param("", "ご担当者 様", id="none"),
        pytest.param("山口 さくら\r\nBcc: a@b.example", "ご担当者 様", id="header-injection"),
    ],
)
def test_called(display_name: str, expected: str) -> None:
    assert called(display_name) == expected


TOWN = Organization(resolved=Resolved.EXACT, code="313289", prefecture="鳥取県", name="智頭町", kind=BodyKind.TOWN)


@pytest.mark.parametrize(
    ("display_name", "expected"),
    [
        pytest.param("智頭町企画課", "企画課 御中", id="town-and-section"),
        pytest.param("鳥取県智頭町 企画課 国岡山 千晴", "企画課 国岡山 千晴 様", id="all-in-one"),
        pytest.param("国岡山 千晴（智頭町役場企画課）", "企画課　国岡山 千晴 様", id="in-brackets"),
        pytest.param("【智頭町】国岡山", "国岡山 様", id="square-brackets"),
        pytest.param("智頭町長 国岡山 千晴", "智頭町長 国岡山 千晴 様", id="mayor"),
        pytest.param("智頭", "ご担当者 様", id="short-for-the-town"),
        pytest.param("智頭町役場", "ご担当者 様", id="the-town-itself"),
    ],
)
def test_the_body_is_not_said_twice(display_name: str, expected: str) -> None:
    assert called(display_name, TOWN) == expected


@pytest.mark.parametrize(
    ("department", "name", "expected"),
    [
        pytest.param("総務課", "田中 一郎（総務課）", "総務課　田中 一郎 様", id="section-in-the-name"),
        pytest.param(
            "智頭町総務課", "総務課　田中 一郎", "総務課　田中 一郎 様", id="town-and-section-before-the-name"
        ),
        pytest.param("総務課", "阿部", "総務課　阿部 様", id="family-name-like-a-section"),
        pytest.param("企画課", "日下部", "企画課　日下部 様", id="family-name-like-a-department"),
        pytest.param("佐々木", "", "佐々木 様", id="a-name-in-the-box-of-the-section"),
        pytest.param("長谷川", "長谷川", "長谷川 様", id="a-name-in-both-boxes"),
        pytest.param("企画課 佐々木", "佐々木", "企画課 佐々木 様", id="section-and-name-in-one-box"),
        pytest.param("総務課", "企画係", "総務課　企画係 御中", id="a-section-for-a-name"),
    ],
)
def test_the_section_is_not_said_twice(department: str, name: str, expected: str) -> None:
    fields = {
        "department": FieldValue(label="部署", value=department, raw=department),
        "contact_name": FieldValue(label="氏名", value=name, raw=name),
    }
    assert addressee(Mail(sender=Address(name=None, address="a@b.example")), judged(fields), ()).person == expected


def judged(fields: dict[str, FieldValue], **understood: Any) -> Verdict:
    return Verdict(
        understood=Understood(organization=TOWN, form=FormData(edition="f", fields=fields), **understood),
        findings=(),
        config_hash="",
        known=Known.empty(),
        judged_at=AT,
        received_at=AT,
        case_key=None,
        round_id="r",
    )


def typed(department: str, name: str, address: str) -> dict[str, FieldValue]:
    cells = {"department": department, "contact_name": name, "contact_email": address}
    return {key: FieldValue(label=key, value=value, raw=value) for key, value in cells.items()}


SECTION = Address(name=None, address="kikaku@town.chizu.example")


@pytest.mark.parametrize(
    ("shown", "department", "name", "person", "carbon"),
    [
        pytest.param("田中 一郎", "総務課", "田中　一郎", "総務課　田中　一郎 様", None, id="another-space"),
        pytest.param(
            "田中一郎（総務課）", "総務課", "田中 一郎", "総務課　田中 一郎 様", None, id="section-in-brackets"
        ),
        pytest.param("総務課 主任 田中一郎", "総務課", "田中 一郎", "総務課　田中 一郎 様", None, id="with-his-post"),
        pytest.param("阿部 章子", "総務課", "阿部章子", "総務課　阿部章子 様", None, id="a-family-like-a-section"),
        pytest.param("林 要", "総務課", "林 要", "総務課　林 要 様", None, id="two-characters"),
        pytest.param("田中 一郎", "総務課", "田中 次郎", "田中 一郎 様", "総務課　田中 次郎 様", id="a-namesake"),
        pytest.param("田中", "総務課", "田中", "田中 様", "総務課　田中 様", id="a-family-name-may-be-a-colleagues"),
        pytest.param(
            "智頭町長 田中 一郎", "総務課", "田中 一郎", "智頭町長 田中 一郎 様", "総務課　田中 一郎 様", id="the-mayor"
        ),
        pytest.param("総務課", "総務課", "田中 一郎", "総務課 御中", "総務課　田中 一郎 様", id="the-section-sends"),
        pytest.param(
            "田中 一郎",
            "総務課 情報係　主任　田中 一郎（たなか いちろう）",
            "総務課 情報係　主任　田中 一郎（たなか いちろう）",
            "総務課 情報係　主任　田中 一郎 様",
            None,
            id="both-boxes-made-one",
        ),
    ],
)
def test_one_person_with_two_addresses_is_named_once(
    shown: str, department: str, name: str, person: str, carbon: str | None
) -> None:
    mail = Mail(sender=Address(name=shown, address="tanaka@town.chizu.example"))
    found = addressee(mail, judged(typed(department, name, SECTION.address)), (SECTION,))
    assert (found.person, found.carbon) == (person, carbon)


PREFECTURE = Organization(
    resolved=Resolved.EXACT, code="310000", prefecture="鳥取県", name="鳥取県", kind=BodyKind.PREFECTURE
)


@pytest.mark.parametrize(
    ("owner", "cc", "expected"),
    [
        pytest.param(PREFECTURE, (), ("鳥取県", "市町村課 御中", None), id="its-prefecture"),
        pytest.param(
            PREFECTURE,
            (SECTION,),
            ("鳥取県", "市町村課 御中", "鳥取県智頭町　総務課　田中 一郎 様"),
            id="the-town-reads-along",
        ),
        pytest.param(
            replace(PREFECTURE, code="330001", prefecture="岡山県", name="岡山県"),
            (),
            ("鳥取県智頭町", "市町村課 御中", None),
            id="another-prefecture",
        ),
        pytest.param(
            replace(TOWN, code="313254", name="若桜町"), (), ("鳥取県智頭町", "市町村課 御中", None), id="a-neighbour"
        ),
    ],
)
def test_a_prefecture_that_sends_for_a_town_is_addressed_as_itself(
    owner: Organization, cc: tuple[Address, ...], expected: tuple[str, str, str | None]
) -> None:
    verdict = judged(
        typed("総務課", "田中 一郎", SECTION.address), sender_class="other-body", naming=Naming(sender=owner)
    )
    mail = Mail(sender=Address(name="鳥取県市町村課", address="shichoson@pref.tottori.example"))
    found = addressee(mail, verdict, cc)
    assert (found.organization, found.person, found.carbon) == expected
