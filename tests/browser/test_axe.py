"""No page of the console breaks a rule that axe-core can check (WCAG 2.2 A and AA, good practice), light, dark and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from mailflow.store.cases import applications
from mailflow.store.people import Role
from tests.browser.axe import violations
from tests.browser.running import Running
from tests.browser.test_journeys import browser, person, place

__all__ = ["browser", "person", "place"]
PAGES = (
    "/", "/mails", "/mails/1", "/mails/1/write", "/queue", "/queue/1", "/queue/1?pane=mail", "/queue/1?pane=list", "/queue/1?act=edit",
    "/queue/1?act=reject", "/queue/1?view=form", "/queue?q=どこにもない", "/queue-bulk", "/cases", "/cases/1", "/letters", "/incidents", "/consultation",
    "/outbox", "/calls", "/regions", "/config", "/audit", "/people", "/me",
)  # fmt: skip


def test_the_page_that_is_open_all_day(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤")
    page.goto(f"{place.url}/queue/1")
    assert violations(page) == []
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [one.partition(":")[0] for one in violations(page)] == ["html-has-lang"]  # it does look


@pytest.mark.long
@pytest.mark.parametrize(("width", "scheme"), [(1366, "light"), (375, "dark")])
def test_every_page(person: Callable[..., Page], place: Running, width: int, scheme: str) -> None:
    page = person("管理", Role.ADMIN, viewport={"width": width, "height": 800}, color_scheme=scheme)
    found: dict[str, Any] = {}
    for path in PAGES:
        page.goto(place.url + path)
        found |= {path: said} if (said := violations(page)) else {}
    one, other = applications(place.office.store)[:2]
    page.goto(f"{place.url}/cases/{one.id}")
    for part in ("split", "merge"):
        page.click(f"#{part} > summary")
    page.fill("#mi", other.number)
    page.fill("#mw", "電話で確認")
    found |= {"opened": said} if (said := violations(page)) else {}
    page.click("#merge button")
    page.wait_for_selector("#h-tgt")
    found |= {"merge": said} if (said := violations(page)) else {}
    assert found == {}


@pytest.mark.long
def test_before_the_log_in(browser: Browser, place: Running) -> None:
    page = browser.new_page()
    page.goto(f"{place.url}/login")
    assert violations(page) == []
    page.close()
