"""Letters that people write: to one mail, to a selection, never to or about anybody else's case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from mailflow.console.office import Office
from mailflow.desk import Refused
from mailflow.desk.mails import hide_mail
from mailflow.desk.writing import Words, write_letter
from mailflow.model import Draft
from mailflow.pipeline import take_in
from mailflow.replies.render import LetterError
from mailflow.replies.view import CaseView
from mailflow.settings.settings import Settings
from mailflow.store.mails import CASE
from mailflow.store.people import Role
from mailflow.store.queue import received_files
from tests.integration.round.office import SHIPPED, Round, at
from tests.unit.console.conftest import Browser, letters

Browsers = Callable[..., Browser]
TEXT = "お電話でいただいたご質問について、次のとおりお答えします。"


def newest(office: Office) -> tuple[int, str, str]:
    """(case, to, text) of the letter that was written last."""
    line = max(office.store.drafts(states=["waiting"]), key=lambda one: one.id)
    view = office.store.draft(line.id)
    assert view is not None
    return line.case_id, view.draft.to[0].address, view.draft.text


def test_an_answer_is_looked_at_made_and_approved_as_any_letter(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    view = busy.store.draft(letters(busy)["fix"])
    assert view is not None
    before = len(busy.store.drafts())
    one.see(f"/cases/{view.line.case_id}/write")
    look = one.press("/mails/1/write", subject="Re: ご質問", text=TEXT, act="look")
    assert "長野県飯田市" in look
    assert "このように送ります" in look
    assert len(busy.store.drafts()) == before  # nothing is saved by a look
    page = one.press("/mails/1/write", subject="Re: ご質問", text=TEXT, act="make")
    assert "手紙を承認待ちに入れました" in page
    case_id, to, text = newest(busy)
    assert (case_id, to) == (view.line.case_id, "kikaku@city.iida.lg.jp")
    assert TEXT in text
    assert "佐藤さんが作成" in one.see("/queue?pane=list")
    draft = max(line.id for line in busy.store.drafts())
    sha = busy.store.draft(draft)
    assert sha is not None
    one.see(f"/queue/{draft}")
    one.press(f"/queue/{draft}/approve", sha=sha.line.content_sha256, then="stay")
    approved = busy.store.draft(draft)
    assert approved is not None
    assert approved.line.state == "approved"


@pytest.mark.parametrize(
    ("subject", "text", "status"),
    [
        pytest.param("", TEXT, 422, id="no-subject"),
        pytest.param("件名", "  ", 422, id="no-text"),
        pytest.param("件名", "x" * 20_001, 422, id="long"),
        pytest.param("件名", "塩尻市の dx@city.shiojiri.lg.jp に聞いてください", 422, id="another-towns-address"),
        pytest.param("件名", "R8-1-202151 のとおりです", 422, id="another-towns-number"),
    ],
)
def test_what_can_not_be_a_letter_stays_in_the_form(
    busy: Office, browser: Browsers, subject: str, text: str, status: int
) -> None:
    one, before = browser("佐藤"), len(busy.store.drafts())
    one.see("/mails/1/write")
    page = one.press("/mails/1/write", status, subject=subject, text=text, act="make")
    assert len(busy.store.drafts()) == before
    assert text[:30] in page


def test_words_are_no_template(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/mails/1/write")
    one.press(
        "/mails/1/write", subject="件名", text="{{ 7 * 7 }}{% include 'x' %}<script>alert(1)</script>", act="make"
    )
    _, _, text = newest(busy)
    assert "{{ 7 * 7 }}" in text
    assert "<script>alert(1)" not in one.last.text


def test_one_letter_of_ours_at_a_time(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/mails/1/write")
    one.press("/mails/1/write", subject="件名", text=TEXT, act="make")
    one.see("/mails/1/write")
    page = one.press("/mails/1/write", 409, subject="件名", text=TEXT, act="make")
    assert "もう1通、承認を待っています" in page


def test_a_newer_mail_makes_it_a_persons_choice(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/mails/1/write")
    one.press("/mails/1/write", subject="件名", text=TEXT, act="make")
    draft = max(line.id for line in busy.store.drafts())
    round_ = Round(busy.store)
    round_._uids = iter(range(900, 999))  # type: ignore[assignment]
    round_._ids = iter(range(900, 999))  # type: ignore[assignment]
    round_.mail(
        "質問は解決しました。", when=at(26, 9, 50), sender="担当 <kikaku@city.iida.lg.jp>", subject="ご質問について"
    )
    view = busy.store.draft(draft)
    assert view is not None
    assert (view.line.state, view.line.review) == ("waiting", True)  # it stays, nobody sends it in bulk


def test_a_stranger_gets_an_answer_and_nothing_of_the_case(busy: Office, browser: Browsers) -> None:
    round_ = Round(busy.store)
    round_._uids = iter(range(900, 999))  # type: ignore[assignment]
    round_._ids = iter(range(900, 999))  # type: ignore[assignment]
    asked = round_.mail(
        "飯田市の応募は届いていますか。",
        when=at(26, 9, 50),
        sender="someone@freemail.example",
        subject="長野県飯田市の応募について",
    )
    one = browser("佐藤")
    one.see(f"/mails/{asked.mail_id}/write")
    one.press(
        f"/mails/{asked.mail_id}/write",
        subject="お問い合わせの件",
        text="ほかの方の応募についてはお答えできません。",
        act="make",
    )
    case_id, to, text = newest(busy)
    view = busy.store.draft(letters(busy)["fix"])
    assert view is not None
    assert case_id != view.line.case_id
    assert to == "someone@freemail.example"
    assert "202053" not in text


def test_letters_to_a_selection_are_one_a_case(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    cases = [line.id for line in busy.applications()]
    one.see("/letters")
    assert "送る団体を選んでください" in one.press("/letters", 422, subject="お知らせ", text=TEXT, act="look")
    every = one.press("/letters", subject="お知らせ", text=TEXT, act="all")
    assert every.count(" checked") == len(cases)
    assert TEXT in every  # what was typed stays
    look = one.press("/letters", subject="お知らせ", text=TEXT, act="look", case=[str(cases[0]), str(cases[1])])
    assert "2通をこのように作ります" in look
    before = len(busy.store.drafts())
    one.press("/letters", subject="お知らせ", text=TEXT, act="make", case=[str(cases[0]), str(cases[1])])
    made = busy.store.drafts()[before:]
    assert [line.case_id for line in made] == cases[:2]
    assert len({line.to[0].address for line in made}) == 2
    page = one.see("/letters")
    assert page.count("事務局の手紙が承認を待っています") == 2
    again = one.press("/letters", subject="お知らせ", text=TEXT, act="make", case=[str(cases[0]), str(cases[2])])
    assert "1通を承認待ちに入れました" in again
    assert "1団体には作れませんでした" in again


def test_who_may_write(busy: Office, browser: Browsers) -> None:
    one = browser("見る人", Role.VIEWER)
    for path in ("/mails/1/write", "/letters", "/cases/1/write"):
        one.see(path, 403)
    browser("佐藤").see("/mails/999/write", 404)


def test_the_contact_changes_hands(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    view = busy.store.draft(letters(busy)["fix"])
    assert view is not None
    case = f"/cases/{view.line.case_id}"
    one.see(case)
    page = one.press(
        f"{case}/contact", address="tanaka@city.iida.lg.jp", name="田中 一郎", since="", instead_of="kikaku@city.iida.lg.jp",
        source="電話 3月26日 山口様",
    )  # fmt: skip
    assert "手紙の宛先を変えました" in page
    one.see("/mails/1/write")
    one.press("/mails/1/write", subject="件名", text=TEXT, act="make")
    assert newest(busy)[1] == "tanaka@city.iida.lg.jp"
    one.see(case)
    assert "いつからかが読めません" in one.press(
        f"{case}/contact", 422, address="x@city.iida.lg.jp", since="あした", source="電話"
    )


def test_a_selection_loses_nobody_in_silence(busy: Office, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one press takes: the rest stay ticked. A body without a mail to answer is named with the reason."""
    monkeypatch.setattr("mailflow.console.pages.selection.MOST", 2)
    one, cases = browser("佐藤"), [line.id for line in busy.applications()]
    lost = case_without_mail(busy)
    one.see("/letters")
    chosen = [*map(str, cases), str(lost)]
    page = one.press("/letters", subject="お知らせ", text=TEXT, act="make", case=chosen)
    assert "2通を承認待ちに入れました" in page
    assert f"あと{len(cases) - 2}団体あります" in page
    assert page.count(" checked") == len(cases) - 2
    assert "お返事できるメールがありません" in page
    one.press("/letters", subject="お知らせ", text=TEXT, act="make", case=[str(one_id) for one_id in cases[2:]])
    made = [line.case_id for line in busy.store.drafts(states=["waiting"]) if line.template == "letter"]
    assert sorted(made) == sorted(cases)  # each once


def failing(office: Office, monkeypatch: pytest.MonkeyPatch, *which: int) -> list[int]:
    """The letters with these numbers, from 1 on, can't be composed. Returns the numbers of those that were tried."""
    tried: list[int] = []
    compose = office.reader.compose

    def some(view: CaseView, settings: Settings) -> Draft:
        tried.append(len(tried) + 1)
        if tried[-1] in which:
            raise LetterError("letter", None, "時間内に終わりません")
        return compose(view, settings)

    monkeypatch.setattr(office.reader, "compose", some)
    return tried


def test_a_letter_that_fails_stops_no_other(busy: Office, browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    one, cases = browser("佐藤"), [line.id for line in busy.applications()]
    failing(busy, monkeypatch, 2)
    one.see("/letters")
    page = one.press("/letters", subject="お知らせ", text=TEXT, act="make", case=[*map(str, cases)])
    assert "1団体には作れませんでした" in page
    assert "時間内に終わりません" in page
    made = [line.case_id for line in busy.store.drafts(states=["waiting"]) if line.template == "letter"]
    assert sorted(made) == sorted({*cases} - {sorted(cases)[1]})


def test_where_none_can_be_composed_the_rest_stay_ticked(
    busy: Office, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailflow.console.pages.selection.GIVE_UP", 2)
    one, cases = browser("佐藤"), [line.id for line in busy.applications()]
    tried = failing(busy, monkeypatch, *range(2, 100))
    one.see("/letters")
    page = one.press("/letters", subject="お知らせ", text=TEXT, act="make", case=[*map(str, cases)])
    assert len(tried) == min(3, len(cases))
    assert "1通を承認待ちに入れました" in page
    assert len(cases) <= 3 or f"あと{len(cases) - 3}団体あります" in page
    assert page.count(" checked") == max(0, len(cases) - 3)


def case_without_mail(office: Office) -> int:
    """A case that no mail has reached."""
    with office.store.write() as db:
        values = {"round_id": "R8-1", "org_key": "999999", "number": "R8-1-999999", "revision": 1, "opened_at": at(20)}
        made: int = db.execute(sa.insert(CASE).returning(CASE.c.id), values).scalar_one()
    return made


def test_a_form_with_a_thousand_bodies_is_read(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/letters")
    page = one.press("/letters", subject="お知らせ", text=TEXT, act="look", case=[str(n) for n in range(1, 1001)])
    assert "このように作ります" in page


def test_a_hidden_mail_is_answered_by_no_road(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/mails/1/write")
    assert not isinstance(hide_mail(busy.store, 1, why="誤送信", user="佐藤", now=at(26, 10)), Refused)
    before = len(busy.store.drafts())
    for act in ("look", "make"):
        one.see("/me")
        one.press("/mails/1/write", 404, subject="件名", text=TEXT, act=act)
    one.see("/mails/1/write", 404)
    mail = take_in(busy.store.raw(1) or b"", SHIPPED, at(25)).mail
    result = write_letter(busy.store, SHIPPED, 1, mail, Words(subject="件名", text=TEXT), user="佐藤", now=at(26, 10))
    assert isinstance(result, Refused)
    assert len(busy.store.drafts()) == before


def test_a_letter_half_written_is_kept_for_its_writer(busy: Office, browser: Browsers) -> None:
    one, other = browser("佐藤"), browser("鈴木")
    one.see("/mails/1/write")
    assert "自動で保存しました" in one.press(
        "/mails/1/write/keep", subject="件名", text="書きかけの本文", template="letter"
    )
    assert "書きかけの本文" in one.see("/mails/1/write")
    assert "書きかけの本文" not in other.see("/mails/1/write")
    one.see("/mails/1/write")
    one.press("/mails/1/write", subject="件名", text=TEXT, act="make")
    assert "書きかけの本文" not in one.see("/mails/1/write")
    one.press("/letters/keep", subject="件名", text="みなさまへ", template="letter")
    assert "みなさまへ" in one.see("/letters")


def test_files_of_the_case_and_public_ones_go_along_and_no_others(busy: Office, browser: Browsers) -> None:
    one, ours, theirs = browser("佐藤"), received_files(busy.store, 1), received_files(busy.store, 2)
    (mine,), (other,) = ours, theirs
    form = one.see("/mails/1/write")
    assert f"case:{mine}" in form
    assert f"case:{other}" not in form
    for bad in (f"case:{other}", "public:nothing.pdf", "case:../../etc/passwd"):
        assert "付けられません" in one.press("/mails/1/write", 422, subject="件名", text=TEXT, act="make", file=bad)
    look = one.press("/mails/1/write", subject="件名", text=TEXT, act="look", file=f"case:{mine}")
    assert "【長野県飯田市】1次公募応募様式.xlsx" in look
    assert f'value="case:{mine}" checked' in look
    one.press("/mails/1/write", subject="件名", text=TEXT, act="make", file=f"case:{mine}")
    view = busy.store.draft(max(line.id for line in busy.store.drafts()))
    assert view is not None
    assert [(part.sha256, part.origin) for part in view.draft.parts] == [(mine, f"case:{mine}")]
    page = one.see(f"/queue/{view.line.id}")
    assert "この団体から届いたファイル" in page


def test_another_party_is_chosen_and_a_stranger_is_not(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/cases/1")
    one.press("/cases/1/party", address="tanaka@city.iida.lg.jp", name="田中 一郎", why="電話で確認")
    one.see("/mails/1/write")
    page = one.press("/mails/1/write", 409, subject="件名", text=TEXT, act="make", to="dx@city.shiojiri.lg.jp")
    assert "関係者ではありません" in page
    one.press("/mails/1/write", subject="件名", text=TEXT, act="make", to="tanaka@city.iida.lg.jp")
    _, to, text = newest(busy)
    assert to == "tanaka@city.iida.lg.jp"
    assert "田中 一郎 様" in text


def test_without_its_template_it_says_which_file_to_add(busy: Office, browser: Browsers) -> None:
    left = {name: text for name, text in busy.settings.templates.items() if name != "letter"}
    busy.settings = replace(busy.settings, templates=left)
    one = browser("佐藤")
    one.see("/letters")
    page = one.press("/mails/1/write", 409, subject="Re: ご質問", text=TEXT, act="make")
    assert "templates/letter.j2 がありません" in page
    assert "mailflow init" in page
