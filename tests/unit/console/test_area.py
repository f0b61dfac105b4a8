"""A bureau's people see the cases of its prefectures, what was sent to them, and nothing else: no page, no file, no act."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.routing import APIRoute

from mailflow.console.app import create_app
from mailflow.console.office import Office
from mailflow.desk import Refused, add_user
from mailflow.desk.access import set_area, set_role
from mailflow.store.people import Role
from tests.unit.console.conftest import Browser, letters

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
