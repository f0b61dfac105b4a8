"""A bureau's people see the cases of its prefectures, what was sent to them, and nothing else: no page, no file, no act."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute

from mailflow.console.app import create_app
from mailflow.console.office import Office
from mailflow.desk import Refused, add_user
from mailflow.desk.access import set_area, set_role
from mailflow.desk.cases import add_note, record_value
from mailflow.desk.together import hand_over
from mailflow.store.people import Role
from tests.integration.round.forms import form
from tests.integration.round.office import SHIPPED, Round, at
from tests.unit.console.conftest import PASSWORD, Browser, letters

Browsers = Callable[..., Browser]
SHINETSU = "信越総合通信局"
OPEN = {
    "/",
    "/cases",
    "/cases/{key}",
    "/mails/{mail_id}",
    "/mails/{mail_id}/raw",
    "/mails/{mail_id}/files/{number}",
    "/regions",
    "/me",
}


@pytest.fixture
def bureau(busy: Office, browser: Browsers) -> Browser:
    """Somebody of the bureau of 長野: 飯田 and 塩尻 are theirs, 由布 and 箱根 aren't."""
    browser("管理", Role.ADMIN)
    made = browser("信越", Role.STAFF)
    assert not isinstance(set_area(busy.store, "信越", SHINETSU, user="管理"), Refused)
    return made


def cases(office: Office) -> dict[str, int]:
    return {line.organization.name or "": line.id for line in office.applications()}


def test_lists_hold_their_own_cases(busy: Office, bureau: Browser) -> None:
    assert "由布市" in [line.organization.name for line in busy.applications()]
    for path in ("/", "/cases", "/cases?q=市", "/cases?q=kikaku", "/regions", "/regions?by=bureau", "/cases?who=mine"):
        page = bureau.see(path)
        assert "由布" not in page, path
        assert "箱根" not in page, path
        assert "大分県" not in page, path
    assert "飯田市" in bureau.see("/cases")
    assert 'href="/queue' not in bureau.last.text


def test_pages_of_other_cases_are_none(busy: Office, bureau: Browser) -> None:
    theirs, others = cases(busy)["飯田市"], cases(busy)["由布市"]
    assert "計画策定支援" in bureau.see(f"/cases/{theirs}")
    assert "/queue/" not in bureau.last.text  # a letter that hasn't left is the office's
    bureau.see(f"/cases/{others}", 404)
    bureau.see("/cases/R8-1-442135", 404)
    mails = {line.case_id: line.id for line in busy.store.mails()}
    for path in ("", "/raw", "/files/0"):
        bureau.see(f"/mails/{mails[theirs]}{path}")
        bureau.see(f"/mails/{mails[others]}{path}", 404)


def test_every_other_page_is_closed_and_no_act_is_open(busy: Office, bureau: Browser) -> None:
    """Each route there is, so that one added tomorrow is closed until somebody opens it."""
    bureau.see("/me")
    fixed = {"key": "1", "case_id": "1", "draft_id": str(letters(busy)["fix"]), "mail_id": "1", "number": "0"}
    app = create_app(busy)._app  # type: ignore[attr-defined]
    routes = _routes(app.routes)
    assert len(routes) > 70  # all of them are looked at
    for route in routes:
        path = route.path
        if path in OPEN or path.startswith(
            ("/login", "/logout", "/welcome", "/healthz", "/static", "/me/", "/sessions/")
        ):
            continue
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", fixed.get(name, "1"))
        if "GET" in route.methods:
            assert bureau.get(path).status_code == 403, path
        else:
            answer = bureau.post(path, data={"_csrf": bureau.csrf})
            assert answer.status_code in (403, 405), path  # 405: its address is open for reading


def _routes(routes: object) -> list[APIRoute]:
    found: list[APIRoute] = []
    for one in routes:  # type: ignore[attr-defined]
        inner = getattr(one, "original_router", None) or getattr(one, "routes", None)
        if isinstance(one, APIRoute):
            found.append(one)
        elif inner is not None:
            found += _routes(getattr(inner, "routes", inner))
    assert found
    return found


def test_they_only_look(busy: Office, bureau: Browser) -> None:
    people = {one.name: one for one in busy.store.users()}
    assert (people["信越"].role, people["信越"].bureau) == (Role.VIEWER, SHINETSU)
    assert isinstance(set_role(busy.store, "信越", Role.APPROVER, user="管理"), Refused)
    assert isinstance(set_area(busy.store, "管理", SHINETSU, user="管理"), Refused)  # the last administrator
    assert isinstance(set_area(busy.store, "信越", None, user="信越"), Refused)
    assert "信越" not in busy.store.deputies()


def test_the_office_says_it_on_the_page(busy: Office, browser: Browsers) -> None:
    one = browser("管理", Role.ADMIN)
    add_user(busy.store, "中国", Role.STAFF, by=None, sys_now=busy.clock.sys_now())
    one.see("/people")
    assert "中国総合通信局の管内だけ" in one.press("/people/area", name="中国", bureau="中国総合通信局")
    one.press("/people/area", 422, name="中国", bureau="火星総合通信局")
    assert "中国総合通信局の管内だけ" not in one.press("/people/area", name="中国", bureau="")


def test_what_the_office_says_among_itself_is_not_the_bureaus(busy: Office, bureau: Browser) -> None:
    """Claims, values told by telephone, notes, exceptions, owners: none of it, in no corner of the page."""
    iida, round_ = cases(busy)["飯田市"], Round(busy.store)
    round_._uids = iter(range(900, 999))  # type: ignore[assignment]
    round_._ids = iter(range(900, 999))  # type: ignore[assignment]
    add_user(busy.store, "佐藤", Role.APPROVER, by=None, sys_now=busy.clock.sys_now())
    stranger = round_.mail(
        "応募様式を提出します。", when=at(26, 9, 50), sender="dareka@freemail.example", subject="【長野県飯田市】計画策定支援",
        files=[("【長野県飯田市】1次公募応募様式.xlsx", form(contact_email="dareka@freemail.example"))],
    )  # fmt: skip
    now = at(26, 10)
    add_note(busy.store, iida, text="部長が難色", user="佐藤", now=now)
    record_value(
        busy.store, SHIPPED, iida, field="theme", value="橋の点検の省力化", source="電話 山口様", user="佐藤", now=now
    )
    hand_over(busy.store, iida, to="佐藤", was=None, word="急ぎ", user="佐藤", now=now)
    page = bureau.see(f"/cases/{iida}")
    for words in ("部長が難色", "橋の点検の省力化", "電話 山口様", "dareka", "急ぎ", "当事者か分からない"):
        assert words not in page, words
    bureau.see(f"/mails/{stranger.mail_id}", 404)
    whole = busy_page(busy, iida)
    for words in ("部長が難色", "dareka", "急ぎ"):
        assert words in whole, words  # the office sees it: the test looks for what is there


def busy_page(office: Office, case_id: int) -> str:
    made = Browser(create_app(office), base_url="http://127.0.0.1:8765", follow_redirects=True)
    added = add_user(office.store, "中の人", Role.STAFF, by=None, sys_now=office.clock.sys_now())
    made.post(f"/welcome/{added.token}", data={"password": PASSWORD, "again": PASSWORD})  # type: ignore[union-attr]
    return made.see(f"/cases/{case_id}")


@pytest.mark.parametrize("who", ["bureau", "viewer"])
def test_no_link_of_their_pages_is_closed_to_them(busy: Office, bureau: Browser, browser: Browsers, who: str) -> None:
    one = bureau if who == "bureau" else browser("見る人", Role.VIEWER)
    iida = cases(busy)["飯田市"]
    mail = next(line.id for line in busy.store.mails() if line.case_id == iida)
    for path in ("/cases", "/regions", f"/cases/{iida}", f"/mails/{mail}", "/me"):
        page = one.see(path)
        for link in sorted(set(re.findall(r'href="(/[^"#]*)"', page.split("<main")[1]))):
            assert one.get(html.unescape(link)).status_code == 200, (path, link)
        assert not re.search(r'href="#h-n"', page), "no way to a form that isn't there"
