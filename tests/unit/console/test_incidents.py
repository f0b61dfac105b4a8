"""誤送信: who has the letter, who was told, what is still open; the report says the same."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from mailflow.console.office import Office
from mailflow.desk import Refused
from mailflow.desk.approval import approve
from mailflow.desk.incidents import open_incident
from mailflow.store.incidents import incidents, readers
from mailflow.store.people import Role
from tests.integration.round.office import at
from tests.unit.console.conftest import Browser, letters
from tests.unit.store.flow import send_all

Browsers = Callable[..., Browser]


@pytest.fixture
def sent(busy: Office, browser: Browsers) -> tuple[Browser, int]:
    """An approver, and the letter to 塩尻 that has left."""
    one, draft = browser("佐藤"), letters(busy)["receipt"]
    now = at(26, 10)
    approve(busy.store, draft, user="佐藤", content_sha256=None, now=now, sys_now=now, undo=timedelta(0))
    send_all(busy.store, now=now)
    (line,) = [row for row in busy.store.outbox() if row.draft_id == draft]
    return one, line.id


def test_from_the_first_word_to_the_last(busy: Office, sent: tuple[Browser, int]) -> None:
    one, letter = sent
    one.see(f"/incidents?letter={letter}")
    page = one.press(
        "/incidents",
        title="塩尻市への誤送信",
        what="別の団体の様式を添付した",
        about="飯田市の電話番号",
        letter=str(letter),
    )
    assert "dx@city.shiojiri.lg.jp" in page
    assert "020-021-2151" in page  # whom to phone
    (line,) = incidents(busy.store)
    told = page.split("/told/")[1].split('"')[0]
    page = one.press(f"/incidents/{line.id}/close", 409, closing="総務省に報告済み")
    assert "まだ連絡していない相手が1人います" in page
    assert "総務省に報告済み" in page  # nothing typed is lost
    page = one.press(f"/incidents/{line.id}/told/{told}", 422, said="　", deleted="yes")
    assert 'name="deleted" value="yes" checked' in page
    page = one.press(f"/incidents/{line.id}/told/{told}", said="担当者に電話し、削除をお願いした")
    assert "連絡済み・削除がまだ" in page
    page = one.press(f"/incidents/{line.id}/told/{told}", said="削除したと電話があった", deleted="yes")
    assert "全員が削除" in page
    assert f"incident={line.id}" in page  # the request to delete goes to these
    asked = one.see(f"/letters?t=letter-deletion&incident={line.id}")
    assert "誤ってお送りしたメールの削除について" in asked
    assert "checked" in asked
    text = one.get(f"/incidents/{line.id}/report").content.decode()
    for words in ("塩尻市への誤送信", "dx@city.shiojiri.lg.jp", "削除したと確認", "佐藤"):
        assert words in text
    assert "終了" in one.press(f"/incidents/{line.id}/close", closing="総務省に報告した")


def test_letters_are_added_and_only_those_that_left(busy: Office, sent: tuple[Browser, int]) -> None:
    one, letter = sent
    now = at(26)
    none = open_incident(
        busy.store, title="a", what="b", about="c", found_at=now, letters=[letter + 100], user="佐藤", now=now
    )
    assert isinstance(none, Refused)
    one.see("/incidents")
    one.press("/incidents", title="見出し", what="何か", about="だれか")
    (line,) = incidents(busy.store)
    assert "塩尻市" in one.see(f"/incidents/{line.id}?q=塩尻")
    assert "連絡がまだ" in one.press(f"/incidents/{line.id}/letters", letter=str(letter))
    assert "加える手紙がありません" in one.press(f"/incidents/{line.id}/letters", 409, letter=str(letter))


def test_what_was_typed_stays(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/incidents")
    page = one.press("/incidents", 422, title="見出し", what="消えては困る", about="だれか", found_at="きのう")
    assert "消えては困る" in page
    assert incidents(busy.store) == []


def test_who_may(busy: Office, browser: Browsers) -> None:
    browser("見る人", Role.VIEWER).see("/incidents", 403)
    browser("佐藤").see("/incidents/99", 404)


def test_noticed_in_the_future_is_a_slip(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/incidents")
    page = one.press("/incidents", 422, title="見出し", what="何か", about="だれか", found_at="2026-03-27 10:00")
    assert "いまより先" in page
    assert "2026-03-27 10:00" in page
    assert incidents(busy.store) == []


def test_a_reader_is_told_under_their_own_incident_only(busy: Office, sent: tuple[Browser, int]) -> None:
    one, letter = sent
    for title in ("1件目", "2件目"):
        one.see(f"/incidents?letter={letter}")
        one.press("/incidents", title=title, what="何か", about="だれか", letter=str(letter))
    second, first = incidents(busy.store)
    (theirs,) = readers(busy.store, first.id)
    one.press(f"/incidents/{second.id}/told/{theirs.id}", 404, said="伝えた")
    assert readers(busy.store, first.id)[0].told_at is None


def test_the_request_to_delete_goes_to_whom_the_letter_went(busy: Office, sent: tuple[Browser, int]) -> None:
    one, letter = sent
    one.see(f"/incidents?letter={letter}")
    page = one.press("/incidents", title="見出し", what="何か", about="だれか", letter=str(letter))
    link = re.search(r'href="(/cases/\d+/write\?t=letter-deletion&amp;to=[^"]+)"', page)
    assert link
    form = one.see(html.unescape(link[1]))
    assert "誤ってお送りしたメールの削除について" in form
    assert '<option value="dx@city.shiojiri.lg.jp" selected>' in form
