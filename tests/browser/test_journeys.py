"""What people do on deadline day, in a real browser: Debian's chromium, the console's own script, its own policy.

Whatever the browser reports as an error (a script, a broken policy, a missing file) fails the test.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mailflow.console.office import Office
from mailflow.desk import access
from mailflow.model import BodyKind, Organization, Resolved
from mailflow.store import open_store
from mailflow.store.people import Role
from tests.browser.running import PASSWORD, Running, chromium, log_in, running
from tests.integration.round.office import SHIPPED, at
from tests.unit.store.flow import SAKURA, Letter, process

ROOT = Path(__file__).parents[2]
TOWNS = 22
expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def place(tmp_path: Path, empty_database: Path) -> Iterator[Running]:
    """A console over the letters of some towns, all waiting."""
    path = tmp_path / "mailflow.db"
    shutil.copyfile(empty_database, path)
    store = open_store(f"sqlite:///{path}")
    store.clock(at(26, 10))
    for number in range(TOWNS):
        body = Organization(
            resolved=Resolved.EXACT,
            code=f"{100000 + number}",
            prefecture="朝日県",
            name=f"第{number:02}町",
            kind=BodyKind.TOWN,
        )
        process(
            store,
            Letter(
                organization=body,
                sender=replace(SAKURA, address=f"kikaku@town{number:02}.example"),
                received_at=at(26, 9, number),
            ),
            now=at(26, 9, 30),
        )
    office = Office(store=store, settings=SHIPPED, clock=store.clock(), config_dir=ROOT / "config", env={})
    with contextlib.closing(office), running(office) as place:
        yield place


@pytest.fixture
def person(browser: Browser, place: Running) -> Iterator[Callable[..., Page]]:
    """`person("佐藤")`: somebody who is logged in, in a browser of their own."""
    contexts: list[Any] = []
    said: list[str] = []

    def make(name: str, role: Role = Role.APPROVER, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1366, "height": 768}, "locale": "ja-JP", **options})
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        place.person(name, role)
        log_in(page, place, name)
        return page

    yield make
    for context in contexts:
        context.close()
    refused = [one for one in said if "409" not in one and "422" not in one and "401" not in one]
    assert refused == []


def states(place: Running) -> list[str]:
    return [line.state for line in place.office.store.drafts()]


@pytest.mark.long
def test_the_first_log_in(browser: Browser, place: Running) -> None:
    made = access.first_link(place.office.store, sys_now=place.office.clock.sys_now())
    assert made is not None
    page = browser.new_page()
    page.goto(f"{place.url}/welcome/{made.token}")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("#rail")).to_contain_text("承認待ち")
    expect(page.locator("#rail")).to_contain_text(str(TOWNS))
    page.close()


@pytest.mark.long
def test_twenty_letters_by_keyboard_alone(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤")
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("g")
    page.keyboard.press("q")
    expect(page.locator("#draft .letter")).to_be_visible()
    for number in range(20):
        expect(page.locator("#list h2")).to_contain_text(f"{TOWNS - number}件")
        page.keyboard.press("a")
        expect(page.locator("#undo")).to_contain_text("を承認")
    expect(page.locator("#list h2")).to_contain_text(f"{TOWNS - 20}件")
    assert states(place).count("approved") == 20
    page.keyboard.press("z")
    expect(page.locator("#undo")).to_contain_text("承認を取り消しました")
    assert states(place).count("approved") == 19
    first = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("aaa 電話で済みました")  # letters typed press nothing
    page.keyboard.press("Control+Enter")
    expect(page.locator("#undo")).to_contain_text("却下")
    assert states(place).count("approved") == 19
    assert states(place).count("rejected") == 1


def test_edit_keeps_what_is_typed_through_anothers_act(person: Callable[..., Page], place: Running) -> None:
    sato, suzuki = person("佐藤"), person("鈴木")
    sato.goto(f"{place.url}/queue/1")
    sato.keyboard.press("e")
    expect(sato.locator("#text")).to_be_focused()
    sato.locator("#text").fill("書きかけの文面です。")
    expect(sato.locator("[data-saved]")).to_contain_text("自動で保存しました")
    suzuki.goto(f"{place.url}/queue/1?act=edit")
    expect(suzuki.locator(".notices")).to_contain_text("佐藤さんも開いています")
    suzuki.locator("#text").fill("鈴木の文面です。")
    suzuki.locator("#text").press("Control+Enter")
    expect(suzuki.locator("#undo")).to_contain_text("変更を残しました")
    sato.locator("#text").fill("佐藤の文面です。")
    sato.locator("#text").press("Control+Enter")
    expect(sato.locator(".notices")).to_contain_text("ほかの人がこの文面を変えました")
    expect(sato.locator("#text")).to_have_value("佐藤の文面です。")
    sato.locator("#text").press("Control+Enter")  # having seen the difference
    expect(sato.locator("#undo")).to_contain_text("変更を残しました")
    expect(sato.locator(".letter")).to_contain_text("佐藤の文面です。")


@pytest.mark.long
def test_news_comes_by_itself_and_touches_nothing_that_is_typed(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤")
    page.goto(f"{place.url}/queue/1?act=edit")
    page.locator("#text").fill("まだ途中")
    body = Organization(resolved=Resolved.EXACT, code="999999", prefecture="朝日県", name="新着町", kind=BodyKind.TOWN)
    process(
        place.office.store,
        Letter(organization=body, sender=replace(SAKURA, address="new@town.example"), received_at=at(26, 9, 59)),
        now=at(26, 10),
    )
    expect(page.locator("#list")).to_contain_text("新着町")
    expect(page.locator("#rail")).to_contain_text(str(TOWNS + 1))
    expect(page.locator("#text")).to_have_value("まだ途中")
    expect(page.locator("#text")).to_be_focused()


@pytest.mark.long
def test_back_and_double_click(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤")
    page.goto(f"{place.url}/queue/1")
    page.locator("[data-key=a]").dblclick()
    expect(page.locator("#undo")).to_contain_text("を承認")
    assert states(place).count("approved") == 1
    page.go_back()
    expect(page.locator(".notices")).to_contain_text("承認しました")  # as it is now, not as it was


@pytest.mark.long
def test_a_session_that_ran_out_in_the_middle_of_an_edit(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤")
    page.goto(f"{place.url}/queue/1?act=edit")
    page.locator("#text").fill("消えては困る文面")
    page.context.clear_cookies()
    page.locator("#text").press("Control+Enter")
    expect(page.locator("body")).to_contain_text("もう一度ログインしてください")
    page.fill("#name", "佐藤")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("先ほどの操作を続けます")
    page.get_by_role("button", name="続ける").click()
    expect(page.locator("#draft .letter")).to_contain_text("消えては困る文面")


def test_without_javascript(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤", java_script_enabled=False)
    page.goto(f"{place.url}/queue/1")
    page.get_by_role("link", name="編集する").click()
    page.locator("#text").fill("スクリプトなしで書きました。")
    page.get_by_role("button", name="変更を残す").click()
    expect(page.locator("#draft .letter")).to_contain_text("スクリプトなし")
    page.get_by_role("button", name="承認して次へ").click()
    expect(page.locator("#undo")).to_contain_text("を承認")
    page.goto(f"{place.url}/queue-bulk")
    page.get_by_role("button", name=re.compile("承認する")).click()
    expect(page.locator("main")).to_contain_text(f"{TOWNS - 1}件を承認しました")
    assert states(place) == ["approved"] * TOWNS


@pytest.mark.long
@pytest.mark.parametrize("width", [375, 1366])
def test_no_page_is_wider_than_its_screen(person: Callable[..., Page], place: Running, width: int) -> None:
    page = person("管理", Role.ADMIN, viewport={"width": width, "height": 800})
    for path in ("/", "/mails", "/mails/1", "/queue", "/queue/1?pane=mail", "/queue/1?pane=list", "/queue/1?act=edit", "/cases", "/cases/1",
                 "/consultation", "/outbox", "/regions", "/config", "/audit", "/people", "/me", "/queue-bulk"):  # fmt: skip
        page.goto(place.url + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
