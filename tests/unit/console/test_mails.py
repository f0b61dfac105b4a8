"""受信 and 送信: finding a mail, reading it safely, settling what only a person can."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from mailflow.console.office import Office
from mailflow.console.reading import Reader
from tests.integration.round.office import SHIPPED, Round, at
from tests.unit.console.conftest import Browser, letters

Browsers = Callable[..., Browser]


def rows(page: str) -> list[str]:
    return re.findall(r'class="subjectcell"><a href="/mails/\d+">(.*?)</a>', page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", 4, id="all"),
        pytest.param("?f=application", 4, id="applications"),
        pytest.param("?f=machine", 0, id="machines"),
        pytest.param("?q=飯田", 1, id="subject"),
        pytest.param("?q=KIKAKU%40town", 1, id="address-any-case"),
        pytest.param("?q=塩尻+計画", 1, id="two-words"),
        pytest.param("?q=乗合交通", 4, id="in-the-form"),
        pytest.param("?q=100%25", 0, id="percent-is-a-character"),
        pytest.param("?f=review", 0, id="review"),
        pytest.param("?b=nonsense", 4, id="broken-page"),
    ],
)
def test_mails_are_found(busy: Office, browser: Browsers, query: str, found: int) -> None:
    assert len(rows(browser("佐藤").see(f"/mails{query}"))) == found


def test_newest_first_page_by_page(busy: Office, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailflow.console.pages.inbox.PAGE", 3)
    one = browser("佐藤")
    first = one.see("/mails")
    older = re.search(r'href="(/mails\?b=[^"]+)"', first)
    assert older
    rest = one.see(older[1].replace("&amp;", "&"))
    assert len(rows(first)) == 3
    assert len(rows(rest)) == 1
    assert "箱根町" in rows(first)[0]
    assert "飯田市" in rows(rest)[0]


def test_one_mail_with_all_that_was_made_of_it(busy: Office, browser: Browsers) -> None:
    page = browser("佐藤").see("/mails/1")
    for shown in (
        "飯田市",
        "応募様式を提出します。",
        "電話番号",
        "（空欄）",
        "修正依頼",
        "応募様式.xlsx",
        "3月25日（水）9:15:00",
        "application",
    ):
        assert shown in page, shown


def test_a_file_comes_out_as_it_went_in(busy: Office, browser: Browsers) -> None:
    """By the reader of production: in a process of its own, with the bytes."""
    busy.reader = Reader(SHIPPED)
    try:
        one = browser("佐藤")
        page = one.see("/mails/1")
        assert "0 B" not in page
        answer = one.get("/mails/1/files/0")
    finally:
        busy.reader.close()
    raw = busy.store.raw(1)
    assert raw is not None
    from mailflow.mail import read_mail

    assert answer.content == read_mail(raw).attachments[0].content
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "attachment" in answer.headers["content-disposition"]
    assert "%E9%A3%AF%E7%94%B0" in answer.headers["content-disposition"]  # 飯田
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_raw_mail(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    assert one.get("/mails/1/raw").content == busy.store.raw(1)
    assert one.get("/mails/99/raw").status_code == 404
    assert one.get("/mails/1/files/99").status_code == 404


def test_a_failed_mail_is_tried_again(busy: Office, browser: Browsers) -> None:
    store = busy.store
    Round(store)
    from tests.unit.store.flow import arrival

    store.arrive([arrival(b"Subject: broken\r\n\r\n")])
    (pending,) = store.claim_new(1, "w")
    store.fail(pending.id, "読み取りに使うメモリーが上限をこえました", claimant="w")
    one = browser("佐藤")
    assert "メモリーが上限" in one.see(f"/mails/{pending.id}")
    assert len(rows(one.see("/mails?f=failed"))) == 1
    one.see(f"/mails/{pending.id}")
    one.press(f"/mails/{pending.id}/retry")
    assert rows(one.see("/mails?f=failed")) == []
    one.see("/me")
    one.press(f"/mails/{pending.id}/retry", 409)


def leave_uncertain(office: Office) -> int:
    """The first receipt left for a server that never answered."""
    store, draft = office.store, letters(office)["receipt"]
    now = office.now()
    with store.write() as db:
        store.approve_in(db, draft, user="policy", now=now, undo_until=now)
    later = now + timedelta(days=1)
    claimed = store.claim_next(
        now=at(26, 11),
        sys_now=later,
        sending_allowed=True,
        claimant="s",
        build=lambda _: ("<x@example>", b"Subject: x\r\n\r\n"),
    )
    assert claimed is not None
    store.mark_data_stage(claimed.id, "s")
    store.uncertain(claimed.id, "s", answer="line broke")
    return claimed.id


@pytest.mark.parametrize(("choice", "state"), [("sent", "sent"), ("again", "approved"), ("drop", "dropped")])
def test_an_uncertain_letter_is_settled(busy: Office, browser: Browsers, choice: str, state: str) -> None:
    outgoing = leave_uncertain(busy)
    one = browser("佐藤")
    page = one.see("/outbox?f=uncertain")
    assert "届いたか分かりません" in page
    assert "結果が不明な送信" in one.see("/")
    one.see("/outbox")
    one.press(f"/outbox/{outgoing}/settle", choice=choice)
    line = busy.store.outgoing(outgoing)
    assert line is not None
    assert line.state == state
    one.see("/me")
    one.press(f"/outbox/{outgoing}/settle", 409, choice=choice)
    one.see("/me")
    one.press(f"/outbox/{outgoing}/settle", 404, choice="burn")


def test_what_left_and_to_whom(busy: Office, browser: Browsers) -> None:
    leave_uncertain(busy)
    one = browser("佐藤")
    assert one.get("/outbox/1/raw").content == b"Subject: x\r\n\r\n"
    assert "条件に合う手紙はありません" in one.see("/outbox?q=ないはず")
    assert "塩尻市" in one.see("/outbox?q=shiojiri")
    assert "電話する相手はいません" in one.see("/calls")
