"""What interrupts the work of the day, in a real browser: a call about a town, a letter nobody knows the end of, the ministry's word,
two people at once, a telephone's width, several people sharing out the heap."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from mailflow.desk.approval import approve
from mailflow.model import Approval, BodyKind, Organization, Resolved
from tests.browser.running import Running
from tests.browser.test_journeys import TOWNS, browser, person, place, states
from tests.integration.round.office import at
from tests.unit.store.flow import SAKURA, Letter, build, process

__all__ = ["browser", "person", "place"]
pytestmark = pytest.mark.long


def test_a_call_about_a_town(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤")
    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page.locator("#cases")).to_contain_text("第03町")
    page.keyboard.type("第03町")  # the search waits for it
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q="))
    expect(page.locator("#cases")).not_to_contain_text("第04町")
    page.get_by_role("link", name="朝日県第03町").click()
    expect(page.locator("#timeline")).to_be_visible()
    page.get_by_label("受電").check()
    page.get_by_label("相手（電話のとき）").fill("山口様")
    page.locator("#note").fill("様式は今日の夕方に差し替えるとのこと")
    page.locator("#note").press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("【受電】山口様：様式は今日の夕方に差し替えるとのこと")
    page.get_by_role("link", name="返信案を開く").click()
    expect(page.locator("#draft")).to_contain_text("朝日県第03町", timeout=30_000)  # the first mail that is read here


def test_a_letter_of_which_nobody_knows_the_end(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤")
    store, now = place.office.store, at(26, 10)
    approve(store, 1, user="佐藤", content_sha256=None, now=now, sys_now=now - timedelta(hours=1), undo=timedelta(0))
    claimed = store.claim_next(
        now=now,
        sys_now=place.office.clock.sys_now() + timedelta(hours=1),
        sending_allowed=True,
        claimant="s1",
        build=build,
    )
    assert claimed is not None
    store.mark_data_stage(claimed.id, "s1")
    store.uncertain(claimed.id, "s1", answer="送信の途中で回線が切れました")
    page.goto(f"{place.url}/")
    page.get_by_role("link", name="結果を選ぶ").click()
    expect(page.locator("#letters")).to_contain_text("届いたか分かりません")
    page.get_by_role("button", name="届いたとする").click()
    expect(page.locator("main")).to_contain_text("送信済みとしました")
    assert states(place).count("sent") == 1


def test_two_people_and_the_ministrys_word(person: Callable[..., Page], place: Running) -> None:
    body = Organization(
        resolved=Resolved.EXACT, code="199999", prefecture="朝日県", name="対象外町", kind=BodyKind.TOWN
    )
    letter = Letter(
        organization=body, sender=replace(SAKURA, address="x@taisho.example"), received_at=at(26, 9, 58), approval=Approval.TWO,
        change={"consent": True, "template": "refused"},
    )  # fmt: skip
    process(place.office.store, letter, now=at(26, 9, 59))
    first, second = person("佐藤"), person("鈴木")
    first.goto(f"{place.url}/queue/{TOWNS + 1}")
    expect(first.get_by_role("button", name="承認して次へ")).to_be_disabled()
    first.locator("#given_by").fill("総務省 ○○係長")
    first.locator("#how").fill("電話")
    first.get_by_role("button", name="了解を記録する").click()
    expect(first.locator("#draft")).to_contain_text("総務省の了解を記録済み")
    first.get_by_role("button", name="承認する", exact=True).click()
    expect(first.locator("#draft")).to_contain_text("2人目は別の人です")
    expect(first.get_by_role("button", name="承認して次へ")).to_be_disabled()
    second.goto(f"{place.url}/queue/{TOWNS + 1}")
    second.get_by_role("button", name="承認する", exact=True).click()
    expect(second.locator("#undo")).to_contain_text("を承認")
    assert states(place).count("approved") == 1


def test_two_approve_the_same_letter(person: Callable[..., Page], place: Running) -> None:
    first, second = person("佐藤"), person("鈴木")
    first.goto(f"{place.url}/queue/1")
    second.goto(f"{place.url}/queue/1")
    first.get_by_role("button", name="承認して次へ").click()
    expect(first.locator("#undo")).to_contain_text("を承認")
    second.get_by_role("button", name="承認して次へ").click()
    expect(second.locator(".notices")).to_contain_text("すでに承認されています")
    assert states(place).count("approved") == 1


def test_on_a_telephone(person: Callable[..., Page], place: Running) -> None:
    page = person("佐藤", viewport={"width": 375, "height": 700}, has_touch=True)
    page.goto(f"{place.url}/queue/1")
    expect(page.locator("#draft .letter")).to_be_visible()
    expect(page.locator("#mail")).to_be_hidden()
    page.locator("#draft").get_by_role("link", name="メールと様式").click()
    expect(page.locator("#mail")).to_be_visible()
    page.locator("#mail").get_by_role("link", name="一覧").click()
    expect(page.locator("#list")).to_be_visible()
    page.locator("#list").get_by_role("link", name=re.compile("朝日県第05町")).click()
    page.get_by_role("button", name="承認して次へ").click()
    expect(page.locator("#undo")).to_contain_text("朝日県第05町への")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_heap_is_shared_out(person: Callable[..., Page], place: Running) -> None:
    sato, suzuki = person("佐藤"), person("鈴木")
    sato.goto(f"{place.url}/queue?f=free&pane=list")
    sato.get_by_role("button", name="上から20件を自分の担当にする").click()
    expect(sato.locator("#list h2")).to_contain_text("20件")
    suzuki.goto(f"{place.url}/queue?f=free")
    expect(suzuki.locator("#list h2")).to_contain_text(f"{TOWNS - 20}件")
    suzuki.keyboard.press("t")
    expect(suzuki.locator("#undo")).to_contain_text("担当を変えました")
    suzuki.goto(f"{place.url}/queue?f=mine&pane=list")
    expect(suzuki.locator("#list h2")).to_contain_text("1件")
