"""Rows 1 to 31 of situations.md, where a row asks for more than the table tables/situations-1-31.txt can say: whom the letter
goes to, what it carries, when it may leave, how it names people."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import pytest

from mailflow.model import Approval, Draft, Kind, Outcome
from mailflow.replies.marking import FILENAME as MARKED
from tests.judging.table_language import Case, written
from tests.judging.test_tables import CASES, judged

ROWS = {case.mail.case: case for case in CASES if case.table == "situations-1-31"}


@cache
def outcome(row: str) -> Outcome:
    return judged(next(case for name, case in ROWS.items() if name == row))


def letter(row: str) -> Draft:
    (draft,) = outcome(row).drafts
    return draft


def test_every_row_has_a_mail() -> None:
    assert {int(name.split("-")[1]) for name in ROWS} == set(range(1, 32)) - {3}  # 3 has its own test below


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in ROWS.items()])
def test_no_letter_goes_to_a_robot_or_to_us(case: Case) -> None:
    for draft in outcome(case.mail.case).drafts:
        for one in (*draft.to, *draft.cc):
            assert not one.address.casefold().startswith(("no-reply", "noreply", "mailer-daemon"))
            assert not one.domain.endswith(("soumu.go.jp", "ey.com"))


@pytest.mark.parametrize(
    "row",
    [
        "row-16-a-vendor-and-gaps",
        "row-17-private-mail-without-an-official-address",
        "row-27-nobody-and-half-a-form",
        "row-31-the-neighbours-form-overwritten",
    ],
)
def test_the_marked_form_goes_to_nobody_whose_it_may_not_be(row: str) -> None:
    draft = letter(row)
    assert MARKED not in [part.filename for part in draft.parts]
    assert draft.review


def test_the_marked_form_goes_back_to_the_body_itself() -> None:
    assert MARKED in [part.filename for part in letter("row-28-before-dawn-with-a-gap").parts]


def test_row_1_tells_until_when_the_ministry_asks() -> None:
    notes = [one.note for one in outcome("row-1-ministry-asks-for-figures").actions if one.action == "notify"]
    assert "令和8年3月16日（月）17時00分までに、と書かれています。" in notes
    notes = [one.note for one in outcome("row-1-ministry-names-the-programme").actions if one.action == "notify"]
    assert "令和8年3月18日（水）12時00分までに、と書かれています。" in notes


def test_row_2_keeps_both_times_and_the_inner_sender() -> None:
    verdict = outcome("row-2-bureau-hangs-it-on-after-the-close").verdict
    said = " ".join(one.message for one in verdict.findings if one.check == "look")
    assert "kikaku-sample@vill.achi.lg.jp" in said
    assert "令和8年3月25日（水）16時10分" in said
    assert verdict.received_at == datetime.fromisoformat("2026-03-26T17:20:00+09:00")
    assert verdict.understood.sender_class != "other-body"


NOTICE = """
from 申込みフォーム <noreply@globaleysurvey.ey.com>
header Auto-Submitted: auto-generated
subject 事前相談会申込みフォーム　回答通知
form -
unsigned
text 回答日時：2026/03/16 09:58:12
text 団体名：長野県阿智村
text 部署名：総務課
text 氏名：園原 泉
text メールアドレス：kikaku-sample@vill.achi.lg.jp
text 電話番号：0000-00-0000
text 第1希望：3月18日（水）10:00～10:30
text 相談方法：電話
text 相談内容：コースの選び方
"""


def test_row_3_is_a_request_of_the_town_and_never_answered_to_the_robot() -> None:
    mail = written("row-3", NOTICE.strip().split("\n"))
    found = judged(Case("situations", 0, mail, None, None))
    understood = found.verdict.understood
    assert (understood.kind, understood.label) == (Kind.CONSULTATION, "web-form")
    assert understood.organization.full_name == "長野県阿智村"
    assert understood.request is not None
    assert [str(one.start) for one in understood.request.windows] == ["2026-03-18 10:00:00+09:00"]
    for draft in found.drafts:
        assert [one.address for one in draft.to] == ["kikaku-sample@vill.achi.lg.jp"]


def test_row_15_lists_the_four_and_says_nothing_of_their_content() -> None:
    draft = letter("row-15-a-prefecture-with-four-towns")
    for town in ("阿智村", "飯綱町", "木曽町", "高森町"):
        assert town in draft.text
    assert "高齢化" not in draft.text
    assert outcome("row-15-a-prefecture-with-four-towns").verdict.understood.form is None


def test_row_18_addresses_the_mayor() -> None:
    draft = letter("row-18-in-the-mayors-name")
    assert "飯田市長 佐藤 健 様" in draft.text
    assert "写し：企画課　山口　さくら 様" in draft.text
    assert [one.address for one in draft.cc] == ["kikaku-sample@city.iida.lg.jp"]


def test_row_19_leaves_other_bodies_out_of_the_copy() -> None:
    draft = letter("row-19-with-others-in-copy")
    assert not any("pref.nagano" in one.address for one in (*draft.to, *draft.cc))


def test_row_26_writes_names_as_the_form_spells_them() -> None:
    assert "企画課地域班　髙﨑　𠮷郎 様" in letter("row-26-rare-characters").text
    lost = letter("row-26-lost-characters").text
    assert "ご担当者 様" in lost or "企画課 御中" in lost
    assert "〓" not in lost
    assert "?郎" not in lost


def test_row_28_only_receipts_leave_at_night() -> None:
    assert letter("row-28-at-night").not_before is None
    morning = datetime.fromisoformat("2026-03-26T08:30:00+09:00")
    assert letter("row-28-before-dawn-with-a-gap").not_before == morning


def test_row_29_needs_two_people_and_the_ministry() -> None:
    draft = letter("row-29-forty-one-seconds-late")
    assert (draft.approval, draft.consent) == (Approval.TWO, True)
    assert "16時00分41秒" in draft.text


def test_row_30_shows_the_clocks() -> None:
    (one,) = [one for one in outcome("row-30-out-of-quarantine").verdict.findings if one.check == "round-late"]
    assert "15時12分" in one.message
    assert "9時20分" in one.message


def test_row_31_joins_no_case_by_itself() -> None:
    key = outcome("row-31-the-neighbours-form-overwritten").verdict.case_key
    assert key is not None
    assert key.startswith("mail:")
