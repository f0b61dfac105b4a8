"""Who gets in: links, passwords, sessions, forms of other sites, what a session that ran out leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mailflow.console.office import Office
from mailflow.desk import Refused, access, add_user
from mailflow.desk.administration import UserAdded
from mailflow.store.people import Role
from mailflow.store.sessions import IDLE, LASTS, SESSION
from tests import contract
from tests.unit.console.conftest import HOST, PASSWORD, Browser

Browsers = Callable[..., Browser]


def test_nobody_sees_anything_without_logging_in(browser: Browsers) -> None:
    nobody = browser()
    for path in ("/", "/config", "/audit", "/people", "/me"):
        page = nobody.see(path)
        assert "ログイン" in page
        assert "概況</a>" not in page


def test_the_first_start_gives_one_link_until_somebody_has_a_password(office: Office, browser: Browsers) -> None:
    first = access.first_link(office.store, sys_now=office.clock.sys_now())
    second = access.first_link(office.store, sys_now=office.clock.sys_now())
    assert first is not None
    assert second is not None
    admin = browser()
    admin.see(f"/welcome/{first.token}", 404)  # the newer one took its place
    assert "adminさんのパスワード" in admin.see(f"/welcome/{second.token}")
    admin.last = admin.post(f"/welcome/{second.token}", data={"password": PASSWORD, "again": PASSWORD})
    assert "概況" in admin.last.text
    admin.see(f"/welcome/{second.token}", 404)  # used up
    assert access.first_link(office.store, sys_now=office.clock.sys_now()) is None


@pytest.mark.parametrize(
    ("password", "again", "said"),
    [
        pytest.param("短い", "短い", "12文字以上", id="short"),
        pytest.param(PASSWORD, PASSWORD + "。", "違います", id="typed-differently"),
        pytest.param("a" * 20, "a" * 20, "推測", id="one-letter"),
        pytest.param("sato-sato-sato", "sato-sato-sato", "推測", id="the-name"),
        pytest.param("x1y2" * 40, "x1y2" * 40, "128文字まで", id="long"),
    ],
)
def test_passwords_that_are_none(office: Office, browser: Browsers, password: str, again: str, said: str) -> None:
    added = add_user(office.store, "sato", Role.STAFF, by=None, sys_now=office.clock.sys_now())
    assert isinstance(added, UserAdded)
    sato = browser()
    sato.last = sato.post(f"/welcome/{added.token}", data={"password": password, "again": again})
    assert sato.last.status_code == 422
    assert said in sato.last.text
    assert sato.see(f"/welcome/{added.token}")  # the link is still good


def log_in(one: Browser, name: str, password: str, **more: str) -> int:
    one.last = one.post("/login", data={"name": name, "password": password, **more})
    return one.last.status_code


def test_log_in_by_any_spelling_of_the_name(browser: Browsers) -> None:
    browser("Suzuki")
    assert log_in(browser(), "ＳＵＺＵＫＩ ", PASSWORD) == 200
    assert log_in(browser(), "suzuki", PASSWORD + "x") == 401


def test_after_five_wrong_passwords_the_right_one_waits_too(office: Office, browser: Browsers) -> None:
    browser("佐藤")
    other = browser()
    for _ in range(access.TRIES_NAME):
        assert log_in(other, "佐藤", "まちがったパスワード") == 401
    assert log_in(other, "佐藤", PASSWORD) == 429
    assert "しばらく" in other.last.text
    later = office.clock.sys_now() + access.WINDOW + timedelta(seconds=1)
    again = access.log_in(office.store, "佐藤", PASSWORD, address="192.0.2.1", agent="", sys_now=later)
    assert isinstance(again, access.LoggedIn)


def test_an_unknown_name_sounds_like_a_wrong_password(browser: Browsers) -> None:
    browser("佐藤")
    one = browser()
    log_in(one, "佐藤", "まちがったパスワード")
    wrong = one.last.text
    log_in(one, "だれか", "まちがったパスワード")
    assert one.last.text.replace("だれか", "佐藤") == wrong


@pytest.mark.parametrize(
    ("after", "open_still"),
    [
        pytest.param(timedelta(minutes=5), True, id="soon"),
        pytest.param(IDLE + timedelta(minutes=2), False, id="idle"),
        pytest.param(LASTS + timedelta(seconds=1), False, id="a-day-later"),
    ],
)
def test_a_session_ends_by_itself(office: Office, after: timedelta, open_still: bool) -> None:
    store, now = office.store, office.clock.sys_now()
    made = access.first_link(store, sys_now=now)
    assert made is not None
    access.set_password(store, made.token, PASSWORD, sys_now=now)
    entered = access.log_in(store, "admin", PASSWORD, address="", agent="", sys_now=now)
    assert isinstance(entered, access.LoggedIn)
    assert (store.session(entered.token, now + after) is not None) is open_still


def test_only_a_hash_of_the_session_is_stored(office: Office, browser: Browsers) -> None:
    one = browser("佐藤")
    token = one.cookies["mailflow_session"]
    with office.store.read() as db:
        stored = db.execute(sa.select(SESSION)).all()
    assert len(stored) == 1
    assert token not in str(stored)


def test_a_session_can_be_ended_from_elsewhere(browser: Browsers) -> None:
    admin, sato = browser("管理", Role.ADMIN), browser("佐藤")
    page = admin.see("/people")
    key = page.split('name="key" value="')[1].split('"')[0]
    admin.press("/sessions/end", key=key, back="/people")
    assert "ログイン" in sato.see("/")


def test_another_session_of_somebody_else_is_not_ones_own_to_end(browser: Browsers, office: Office) -> None:
    sato, other = browser("佐藤"), browser("鈴木")
    key = office.store.sessions(office.clock.sys_now(), user="鈴木")[0].key
    sato.see("/me")
    sato.press("/sessions/end", 409, key=key)
    assert "概況" in other.see("/")


def test_disabled_means_out_at_once_but_never_the_last_admin(browser: Browsers) -> None:
    admin, sato = browser("管理", Role.ADMIN), browser("佐藤")
    admin.see("/people")
    assert "ほかにいません" in admin.press("/people/disable", 409, name="管理", on="no")
    admin.see("/people")
    admin.press("/people/disable", name="佐藤", on="no")
    assert "ログイン" in sato.see("/")
    assert log_in(browser(), "佐藤", PASSWORD) == 401


@pytest.mark.parametrize("role", [Role.VIEWER, Role.STAFF, Role.APPROVER])
def test_only_administrators_change_people(browser: Browsers, role: Role, office: Office) -> None:
    one = browser("佐藤", role)
    one.see("/me")
    one.press("/people/add", 403, name="だれか", role="admin")
    one.see("/me")
    one.press("/people/role", 403, name="佐藤", role="admin")
    assert [(user.name, user.role) for user in office.store.users()] == [("佐藤", role)]


def test_forms_need_the_sessions_token(browser: Browsers, office: Office) -> None:
    admin = browser("管理", Role.ADMIN)
    for csrf in ("", "x", "é"):
        answer = admin.post("/sending", data={"_csrf": csrf, "on": "no"})
        assert answer.status_code == 403
    assert office.store.sending_switch


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": HOST + "0"},
    ],
    ids=str,
)
def test_forms_of_other_sites_are_refused(browser: Browsers, office: Office, headers: dict[str, str]) -> None:
    admin = browser("管理", Role.ADMIN)
    admin.see("/")
    answer = admin.post("/sending", data={"_csrf": admin.csrf, "on": "no"}, headers=headers)
    assert answer.status_code == 403
    assert browser().post("/login", data={"name": "管理", "password": PASSWORD}, headers=headers).status_code == 403
    assert office.store.sending_switch


def test_another_name_for_this_machine_is_refused(browser: Browsers) -> None:
    assert browser().get("/login", headers={"host": "evil.example"}).status_code == 421
    assert browser().get("/healthz", headers={"host": "10.0.0.1"}).status_code in (200, 503)


def test_healthz_is_status_and_tells_strangers_nothing_more_than_well_or_ill(office: Office) -> None:
    from mailflow.console.app import create_app

    near = Browser(create_app(office), base_url="http://127.0.0.1", client=("127.0.0.1", 50_000))
    far = Browser(create_app(office), base_url="http://127.0.0.1", client=("192.0.2.7", 50_000))
    for fetched, code in ((None, 503), (office.clock.now(), 200)):
        if fetched is not None:
            office.store.fetched(fetched)
        answer = near.get("/healthz")
        assert answer.status_code == code
        contract.validate("status", answer.json())
        assert answer.json()["ok"] is (code == 200)
        assert near.get("/healthz", headers={"x-forwarded-for": "192.0.2.7"}).json() == {"ok": code == 200}
        assert (far.get("/healthz").status_code, far.get("/healthz").json()) == (code, {"ok": code == 200})


def test_without_encryption_nobody_logs_in_from_elsewhere(office: Office) -> None:
    from mailflow.console.app import create_app

    add_user(office.store, "佐藤", Role.STAFF, by=None, sys_now=office.clock.sys_now())
    outside = Browser(create_app(office), base_url="http://console.town.example", follow_redirects=True)
    assert "暗号化されていません" in outside.see("/login")
    assert log_in(outside, "佐藤", PASSWORD) == 403
    inside = Browser(create_app(office), base_url="https://console.town.example", follow_redirects=True)
    assert "暗号化されていません" not in inside.see("/login")


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(office: Office) -> None:
    from mailflow.console.app import create_app

    added = add_user(office.store, "佐藤", Role.STAFF, by=None, sys_now=office.clock.sys_now())
    assert isinstance(added, UserAdded)
    one = Browser(create_app(office), base_url="https://console.town.example", follow_redirects=False)
    answer = one.post(f"/welcome/{added.token}", data={"password": PASSWORD, "again": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__host-mailflow_session=")
    for word in ("secure", "httponly", "samesite=lax", "path=/"):
        assert word in cookie
    assert "max-age=31536000" in answer.headers["strict-transport-security"]


def test_every_answer_has_its_headers(browser: Browsers) -> None:
    one = browser("佐藤")
    for path in ("/", "/login", "/nowhere", "/static/none.css", "/healthz"):
        headers = one.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_static_files_stay_for_ever_under_their_hash(browser: Browsers, office: Office) -> None:
    for name in ("console.css", "tokens.css", "more.css", "console.js", "icons.svg"):
        answer = browser().get(office.static.url(name))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert browser().get("/static/console.css").status_code == 404


def test_what_was_typed_outlives_the_session(browser: Browsers, office: Office) -> None:
    """The session runs out while somebody writes: the log-in carries the text, and one button sends it."""
    admin = browser("管理", Role.ADMIN)
    admin.see("/people")
    csrf = admin.csrf
    admin.cookies.clear()
    admin.last = admin.post("/people/add", data={"_csrf": csrf, "name": "新しい<b>人", "role": "staff"})
    assert admin.last.status_code == 401
    assert 'name="carried:name" value="新しい&lt;b&gt;人"' in admin.last.text
    carried = {"carried:name": "新しい人", "carried:role": "staff", "next": "/people/add"}
    assert log_in(admin, "管理", PASSWORD, **carried) == 200
    assert "続ける" in admin.last.text
    assert "新しい人さんのリンク" in admin.press("/people/add", name="新しい人", role="staff")
    assert {one.name for one in office.store.users()} == {"管理", "新しい人"}


def test_passwords_are_never_carried(browser: Browsers) -> None:
    one = browser("佐藤")
    one.see("/me")
    csrf = one.csrf
    one.cookies.clear()
    answer = one.post("/me/password", data={"_csrf": csrf, "old": PASSWORD, "new": "とても新しいことば", "again": "x"})
    assert answer.status_code == 401
    assert "carried:" not in answer.text
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_log_in_leads_nowhere_else(browser: Browsers, target: str) -> None:
    browser("佐藤")
    one = Browser(browser().app, base_url=HOST, follow_redirects=False)
    answer = one.post("/login", data={"name": "佐藤", "password": PASSWORD, "next": target})
    assert answer.headers["location"] == "/"


def test_a_body_over_the_limit_is_not_read(browser: Browsers) -> None:
    one = browser("佐藤")
    answer = one.post(
        "/me/look", content=b"x" * 5_000_000, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


def test_changing_the_password_ends_the_other_sessions(browser: Browsers) -> None:
    first = browser("佐藤")
    second = browser()
    assert log_in(second, "佐藤", PASSWORD) == 200
    second.see("/me")
    assert "いまのパスワード" in second.press(
        "/me/password", 422, old="ちがう", new=PASSWORD + "2", again=PASSWORD + "2"
    )
    second.press("/me/password", old=PASSWORD, new=PASSWORD + "2", again=PASSWORD + "2")
    assert "ログイン" in first.see("/")
    assert "概況" in second.see("/")


def test_the_desk_refuses_a_link_twice(office: Office) -> None:
    now = office.clock.sys_now()
    made = access.first_link(office.store, sys_now=now)
    assert made is not None
    access.set_password(office.store, made.token, PASSWORD, sys_now=now)
    assert isinstance(access.set_password(office.store, made.token, PASSWORD, sys_now=now), Refused)
