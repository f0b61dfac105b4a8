"""受信 and 送信: finding a mail, reading it safely, settling what only a person can."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from mailflow.console.office import Office
from mailflow.console.reading import Reader
from mailflow.desk.approval import approve
from mailflow.desk.mails import hide_mail
from mailflow.store.moves import DRAFT, OUTGOING
from mailflow.store.people import Role
from mailflow.store.queue import received_files
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


def test_letters_that_no_server_takes_are_seen_at_the_top_of_every_page(busy: Office, browser: Browsers) -> None:
    store, now = busy.store, busy.clock.sys_now()
    assert "送信が止まっています" not in browser("佐藤").see("/mails")
    for minutes, seen in ((29, False), (31, True)):
        with store.write() as db:
            if not store.outbox():
                store.approve_in(db, letters(busy)["receipt"], user="policy", now=busy.now(), undo_until=now)
            db.execute(sa.update(OUTGOING).values(undo_until=now - timedelta(minutes=minutes)))
        claimed = store.claim_next(
            now=at(26, 11), sys_now=now, sending_allowed=True, claimant="s", build=lambda _: ("<x@example>", b"Subject: x\r\n\r\n")
        )  # fmt: skip
        assert claimed is not None
        store.retry(claimed.id, "s", answer="接続できません", next_at=now, counted=False)
        busy.forget_standing()
        assert ("送信が止まっています" in browser(f"人{minutes}").see("/mails")) is seen


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


@pytest.mark.parametrize(
    ("act", "fields", "status"),
    [
        pytest.param(
            "correct", {"kind": "inquiry", "organization": "火星市", "why": "電話で確かめた"}, 409, id="no-such-body"
        ),
        pytest.param("correct", {"why": "電話で確かめた", "organization": ""}, 409, id="nothing-chosen"),
        pytest.param("hide", {"why": " ", "show": ""}, 422, id="no-reason"),
        pytest.param("password", {"told": "ひみつの言葉", "source": "電話"}, 409, id="no-locked-file"),
    ],
)
def test_a_refused_form_comes_back_with_what_was_typed(
    busy: Office, browser: Browsers, act: str, fields: dict[str, str], status: int
) -> None:
    one = browser("佐藤")
    one.see("/mails/1")
    page = one.press(f"/mails/1/{act}", status, **fields)
    assert 'role="alert"' in page
    if act == "correct":
        for said in filter(None, fields.values()):
            assert said in page
        assert re.search(r'<details id="correct" open>', page)
    elif act == "hide":
        assert re.search(r'<details id="hide" open>', page)


def test_a_refused_call_keeps_its_words(busy: Office, browser: Browsers) -> None:
    """A letter that a server refused: a wrong address comes back as it was typed."""
    one, draft = browser("佐藤"), letters(busy)["receipt"]
    outgoing = refused_by_server(busy, draft)
    one.see("/calls")
    page = one.press(f"/outbox/{outgoing}/refused", 422, choice="to", address="だれか", name="山口", how="電話で聞いた")
    assert 'value="だれか"' in page
    assert 'value="電話で聞いた"' in page
    assert 'value="山口"' in page


def refused_by_server(office: Office, draft: int) -> int:
    now = at(26, 10)
    approve(office.store, draft, user="佐藤", content_sha256=None, now=now, sys_now=now, undo=timedelta(0))
    with office.store.write() as db:
        changed = (
            sa.update(OUTGOING).where(OUTGOING.c.draft_id == draft).values(state="failed", answer="550 no such user")
        )
        made: int = db.execute(changed.returning(OUTGOING.c.id)).scalar_one()
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft).values(live=False))
    return made


def test_hidden_files_are_named_nowhere_on_the_letter(busy: Office, browser: Browsers) -> None:
    """A letter that carries the applicant's own form back, once that mail is hidden."""
    one, seen = browser("佐藤"), browser("田中", Role.STAFF)
    ours = next(iter(received_files(busy.store, 1)))
    one.see("/mails/1/write")
    one.press("/mails/1/write", subject="件名", text="本文です。", act="make", file=f"case:{ours}")
    draft = max(line.id for line in busy.store.drafts())
    assert "1次公募応募様式.xlsx" in one.see(f"/queue/{draft}")
    hide_mail(busy.store, 1, why="誤送信", user="佐藤", now=at(26, 10))
    assert "1次公募応募様式.xlsx" not in one.see(f"/queue/{draft}")
    seen.see(f"/queue/{draft}/files/0", 403)
    one.see(f"/queue/{draft}/files/0")


def test_what_was_asked_in_the_week_and_the_letter_with_a_blank(busy: Office, browser: Browsers) -> None:
    asked = Round(busy.store, _uids=count(100), _ids=count(100)).mail(
        "次の点をご教示ください。\n1 費用はかかりますか。\n2 <b>見積書</b>は必要ですか。", when=at(26, 9, 40), subject="様式の書き方について",
    )  # fmt: skip
    (draft,) = [one for one in busy.store.drafts(states=["waiting"]) if one.template == "inquiry-received"]
    one = browser("佐藤")
    page = one.see("/questions")
    assert "2問・よくある質問に答えのないもの 1問" in page
    assert "<code>cost</code>" in page
    assert "2 &lt;b&gt;見積書&lt;/b&gt;は必要ですか。" in page
    assert "費用はかかりますか" not in one.see("/questions?f=open")
    assert "この週の質問はありません" in one.see("/questions?week=2026-03-02")
    assert "2問" in one.see("/questions?week=never")
    assert "よくある質問に答えがありません" in one.see(f"/mails/{asked.mail_id}")
    letter = one.see(f"/queue/{draft.id}")
    assert "回答がまだ書かれていない質問が1問あります" in letter
    assert re.search(r'data-key="a"[^>]* disabled', letter)


def test_a_letter_on_the_application_leaves_the_question_beside_the_application_open(
    busy: Office, browser: Browsers
) -> None:
    asked = Round(busy.store, _uids=count(100), _ids=count(100)).mail(
        "次の点をご教示ください。\n1 費用はかかりますか。", when=at(26, 9, 40), subject="様式の書き方について"
    )
    one = browser("佐藤")
    assert "質問の答えは別" not in one.see("/questions")
    with busy.store.write() as db:
        own = sa.update(DRAFT).where(DRAFT.c.mail_id == asked.mail_id)
        db.execute(own.values(purpose="reminder", template="reminder"))
    assert "質問の答えは別" in one.see("/questions")
