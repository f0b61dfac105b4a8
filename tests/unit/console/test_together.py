"""Several people on one heap: whose letter, whose case, handed over with a word; nobody is barred by it."""

from __future__ import annotations

from collections.abc import Callable

from mailflow.console.office import Office
from mailflow.desk import Refused
from mailflow.desk.together import assign_letter, hand_over, take_letters
from mailflow.store.people import Role
from mailflow.store.queue import assigned_to, queue
from tests.integration.round.office import at
from tests.unit.console.conftest import Browser, letters

Browsers = Callable[..., Browser]


def whose(office: Office) -> dict[int, str | None]:
    return {row.id: row.assigned for row in queue(office.store)}


def test_a_letter_is_taken_given_and_freed(busy: Office, browser: Browsers) -> None:
    one, _ = browser("佐藤"), browser("鈴木", Role.STAFF)
    fix = letters(busy)["fix"]
    one.see(f"/queue/{fix}")
    page = one.press(f"/queue/{fix}/assign", to="佐藤")
    assert "担当を変えました" in page
    assert whose(busy)[fix] == "佐藤"
    mine = one.see("/queue?f=mine&pane=list")
    assert "飯田市" in mine
    assert "由布市" not in mine
    one.see(f"/queue/{fix}")
    one.press(f"/queue/{fix}/assign", to="鈴木")
    assert "担当 鈴木さん" in one.see("/queue?pane=list")
    one.see(f"/queue/{fix}")
    one.press(f"/queue/{fix}/assign", to="")
    assert whose(busy)[fix] is None
    one.see(f"/queue/{fix}")
    one.press(f"/queue/{fix}/assign", 404, to="だれか")


def test_the_heap_is_shared_out(busy: Office, browser: Browsers) -> None:
    first, second = browser("佐藤"), browser("鈴木")
    fix = letters(busy)["fix"]
    assign_letter(busy.store, fix, to="鈴木", user="鈴木", now=busy.now())
    first.see("/queue?f=free&pane=list")
    page = first.press("/queue-take", f="free")
    assert "箱根町" in page
    assert set(whose(busy).values()) == {"佐藤", "鈴木"}
    second.see("/queue?f=free&pane=list")
    assert "条件に合う案はありません" in second.last.text


def test_who_comes_after_a_letter_has_it_too(busy: Office, browser: Browsers) -> None:
    browser("佐藤")
    fix = letters(busy)["fix"]
    view = busy.store.draft(fix)
    assert view is not None
    assign_letter(busy.store, fix, to="佐藤", user="佐藤", now=busy.now())
    assert assigned_to(busy.store, view.line.case_id, view.line.purpose) == ("佐藤", None)  # by purpose, not by number


def test_a_case_is_handed_over_with_a_word(busy: Office, browser: Browsers) -> None:
    one, _ = browser("佐藤"), browser("鈴木", Role.STAFF)
    fix = letters(busy)["fix"]
    view = busy.store.draft(fix)
    assert view is not None
    case = f"/cases/{view.line.case_id}"
    one.see(case)
    assert "決まっていません" in one.last.text
    one.press(f"{case}/owner", to="佐藤", was="", word="")
    assert whose(busy)[fix] == "佐藤"
    page = one.press(f"{case}/owner", to="鈴木", was="佐藤", word="山口様に 11時までに折り返す約束です")
    assert "山口様に 11時までに折り返す約束です" in page
    assert "担当：佐藤 → 鈴木" in page
    assert whose(busy)[fix] == "鈴木"
    page = one.press(f"{case}/owner", 409, to="佐藤", was="佐藤", word="わたしが続けます")
    assert "いま鈴木さん" in page
    assert "わたしが続けます" in page  # what was typed stays
    assert "自分の担当" in one.see("/cases?who=mine")


def test_who_may(busy: Office, browser: Browsers) -> None:
    viewer, _ = browser("見る人", Role.VIEWER), browser("佐藤")
    fix = letters(busy)["fix"]
    now = at(26, 10)
    for result in (
        assign_letter(busy.store, fix, to="佐藤", user="見る人", now=now),
        take_letters(busy.store, [fix], user="見る人", now=now),
        hand_over(busy.store, 1, to="佐藤", was=None, word="", user="見る人", now=now),
        assign_letter(busy.store, fix, to="見る人", user="佐藤", now=now),
        assign_letter(busy.store, 999, to="佐藤", user="佐藤", now=now),
        hand_over(busy.store, 999, to="佐藤", was=None, word="", user="佐藤", now=now),
    ):
        assert isinstance(result, Refused), result
    assert "担当を変える" not in viewer.see(f"/queue/{fix}")


def test_search_looks_into_text_and_forms(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    for words, found in (
        ("応募様式を提出します", True), ("ｋｉｋａｋｕ@city.iida", True), ("飯田市 提出", True), ("1次公募応募様式.xlsx", True),
        ("どこにもない語", False), ("飯田市 どこにもない語", False), ("R8-1-202053", True), ("%", False), ("_", False),
    ):  # fmt: skip
        page = one.see(f"/mails?q={words}")
        assert ("計画策定支援</a>" in page) is found, words
