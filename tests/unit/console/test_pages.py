"""Every page opens, for each role, on a day with work and on a quiet one; hostile words stay words everywhere."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import mailflow.console
from mailflow.console.office import Office
from mailflow.store.people import Role
from tests.unit.console.conftest import Browser

Browsers = Callable[..., Browser]
PAGES = (
    "/", "/mails", "/mails/1", "/queue", "/queue?pane=list", "/queue/1", "/queue/1?view=form", "/queue/1?act=edit", "/queue/1?act=reject",
    "/queue?f=expired", "/cases", "/cases?q=飯田", "/cases?f=late", "/cases/1", "/cases/R8-1-202053", "/consultation",
    "/consultation?week=2026-03-16", "/consultation?week=x", "/outbox", "/outbox?f=sent", "/calls", "/regions", "/regions?by=bureau",
    "/me",
)  # fmt: skip
FOR_STAFF = ("/config", "/audit", "/audit?f=draft")


def test_every_page_opens(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤", Role.ADMIN)
    for path in (*PAGES, *FOR_STAFF, "/people", "/queue-bulk"):
        page = one.see(path)
        assert "</html>" in page, path
        assert "None" not in page.replace("None-", ""), path


def test_a_viewer_sees_but_presses_nothing(busy: Office, browser: Browsers) -> None:
    one = browser("見る人", Role.VIEWER)
    for path in PAGES:
        page = one.see(path)
        forms = [form for form in page.split("<form")[1:] if 'method="post"' in form.split(">")[0]]
        pressed = [form for form in forms if "/me/" not in form and "/logout" not in form and "/sessions/" not in form]
        assert not [form for form in pressed if "approve" not in form], path  # the disabled button's form alone
    for path in FOR_STAFF:
        one.see(path, 403)


def test_an_empty_office(office: Office, browser: Browsers) -> None:
    one = browser("佐藤", Role.ADMIN)
    for path in (
        "/",
        "/mails",
        "/queue",
        "/queue-bulk",
        "/cases",
        "/consultation",
        "/outbox",
        "/calls",
        "/regions",
        "/config",
        "/audit",
    ):
        one.see(path)


def test_pages_that_are_none(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤", Role.ADMIN)
    for path in (
        "/mails/999",
        "/mails/0",
        "/cases/999",
        "/cases/R8-9-000000",
        "/config/versions/a/b",
        "/outbox/5/raw",
        "/nowhere",
    ):
        assert "Traceback" not in one.see(path, 404)


def test_what_nobody_foresaw_shows_nothing_of_the_inside(
    busy: Office, browser: Browsers, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = browser("佐藤")

    def broken(*_: object) -> None:
        raise RuntimeError("secret of the inside: /etc/passwd")

    monkeypatch.setattr(Office, "applications", broken)
    page = one.see("/regions", 500)
    assert "secret" not in page
    assert "番号" in page
    assert "content-security-policy" in one.last.headers


# --- hostile words ----------------------------------------------------------------------------------------------------

PAYLOADS = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "{{ 7*7 }}{% raw %}${7*7}",
    "<a href=\"javascript:alert(1)\">ここ</a>",
    "<style>*{display:none}</style><!--",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "\u202exslx.exe\u2066 <b onmouseover=alert(1)>x",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "=HYPERLINK(\"http://evil.example\")",
    "<img src=//evil.example/pixel>",
)  # fmt: skip
ALARMS = (
    "<script>alert",
    "<img src=x",
    "<svg/onload",
    "<iframe",
    "<style>*",
    "<meta http",
    '<a href="javascript',
    "<b onmouseover",
    "<img src=//",
    'href="javascript:',
)


def test_hostile_words_stay_words(office: Office, browser: Browsers) -> None:
    """A payload in every field of a mail and of its form, on every page that shows them."""
    from tests.integration.round.forms import form
    from tests.integration.round.office import Round, at
    from tests.unit.console.conftest import HereReader

    office.reader = HereReader()  # type: ignore[assignment]
    round_ = Round(office.store)
    fields = ("theme", "issues", "goal", "remarks", "current_state", "necessity", "team_note")
    for number in range(2):
        mine = PAYLOADS[number::2]
        content = form(
            **dict(zip(fields, mine, strict=True)), department=mine[0][:30], contact_name=mine[1][:30], contact_phone=mine[2][:30],
            course=mine[3][:10], contact_email=f"x{number}@city.iida.lg.jp",
        )  # fmt: skip
        name = "".join(mine).replace('"', "")
        round_.mail(
            "応募します。\n" + "\n".join(mine), when=at(20, 9, number), sender=f'"{name}" <kikaku@city.iida.lg.jp>',
            subject=f"【長野県飯田市】計画策定支援 {name}", files=[(f"{mine[0][:40]}【長野県飯田市】1次公募応募様式.xlsx".replace("/", "／"), content)],
        )  # fmt: skip
    one = browser("佐藤", Role.ADMIN)
    ids = [line.id for line in office.store.mails()]
    drafts = [line.id for line in office.store.drafts()]
    paths = [
        "/",
        "/mails",
        "/queue",
        "/cases",
        "/cases/1",
        "/cases/1?view=form",
        "/regions",
        "/audit",
        "/queue-bulk",
        "/outbox",
    ]
    paths += [f"/mails/{one_id}" for one_id in ids]
    paths += [
        path
        for draft in drafts[-2:]
        for path in (f"/queue/{draft}", f"/queue/{draft}?view=form", f"/queue/{draft}?act=edit")
    ]
    paths += [f"/queue?q={payload}" for payload in PAYLOADS[:3]] + [
        f"/mails?q={PAYLOADS[1]}",
        f"/cases?q={PAYLOADS[0]}",
        f"/audit?n={PAYLOADS[0]}",
    ]
    seen = 0
    for path in paths:
        answer = one.get(path)
        assert answer.status_code == 200, path
        page = answer.text
        for alarm in ALARMS:
            assert alarm not in page, (path, alarm)
        assert "49" not in page.split("<main")[1].split("7*7")[0][-20:], path
        seen += html.escape(PAYLOADS[0]) in page or "&lt;script&gt;" in page
    assert seen > 5  # the words are there, as words


def test_words_of_people_are_words_too(busy: Office, browser: Browsers) -> None:
    one = browser("佐藤", Role.ADMIN)
    for payload in PAYLOADS[:6]:
        one.see("/cases/1")
        one.press("/cases/1/note", note=payload, call="in", whom=payload[:60])
        one.see("/people")
        page = one.press("/people/add", 422, name=payload, role="staff")
        for alarm in ALARMS:
            assert alarm not in page
    for payload in PAYLOADS[:2]:
        one.see("/incidents")
        one.press("/incidents", title=payload[:100], what=payload, about=payload)
        one.see("/mails/1/write")
        pages = [one.press("/mails/1/write", subject=payload, text=payload, act="look")]
        one.see("/letters")
        pages.append(one.press("/letters", subject=payload, text=payload, act="look", case="1"))
        for written in pages:
            assert not [alarm for alarm in ALARMS if alarm in written]
    one.see("/cases/1")
    one.press("/cases/1/owner", to="佐藤", was="", word=PAYLOADS[0])
    one.see("/mails/1/write")
    one.press("/mails/1/write", subject=PAYLOADS[0], text=PAYLOADS[1], act="make")
    draft = max(line.id for line in busy.store.drafts())
    for path in (
        "/cases/1", "/incidents", "/incidents/1", "/incidents/2?q=<b>", f"/queue/{draft}", "/queue?pane=list", "/queue-bulk", "/audit",
    ):  # fmt: skip
        page = one.see(path)
        assert not [alarm for alarm in ALARMS if alarm in page], path


def test_a_subject_of_5_mb(office: Office, browser: Browsers) -> None:
    """Cut for the screen, on every page that shows it; the mail itself stays whole."""
    from tests.integration.round.office import Round, at
    from tests.unit.console.conftest import HereReader

    office.reader = HereReader()  # type: ignore[assignment]
    raw = (
        b"From: kikaku@city.iida.lg.jp\r\nMessage-ID: <big@x>\r\nSubject: " + b"long " * 1_000_000 + b"\r\n\r\nbody\r\n"
    )
    Round(office.store).raw(raw, when=at(20))
    one = browser("佐藤", Role.ADMIN)
    for path in ("/", "/mails", "/mails?q=long", "/mails/1", "/mails/1/write", "/queue", "/cases", "/letters"):
        assert len(one.see(path)) < 150_000, path
    assert len(one.get("/mails/1/raw").content) == len(raw)


def test_long_values_are_cut_not_lost(office: Office, browser: Browsers) -> None:
    from tests.integration.round.forms import form
    from tests.integration.round.office import Round, at
    from tests.unit.console.conftest import HereReader

    office.reader = HereReader()  # type: ignore[assignment]
    long = "過疎" * 15_000
    Round(office.store).mail(
        "応募します。\n" + "資料のとおりです。よろしくお願いします。\n" * 3_500, when=at(20), subject="【長野県飯田市】計画策定支援" + "い" * 20_000,
        files=[("【長野県飯田市】1次公募応募様式.xlsx", form(issues=long))],
    )  # fmt: skip
    one = browser("佐藤")
    for path in ("/mails", "/queue", "/cases", "/"):
        assert len(one.see(path)) < 200_000, path
    assert "30000文字" in one.see("/queue/1").replace(",", "")
    assert long in one.see("/queue/1?view=form")
    assert "文字あります" in one.see("/mails/1")


def test_an_odd_address_is_no_trouble(busy: Office, browser: Browsers) -> None:
    """Digits that are none of ours, numbers that no column holds, days that no calendar has."""
    one = browser("佐藤", Role.ADMIN)
    for path in (
        "/outbox?b=²",
        "/outbox?b=99999999999",
        "/mails?b=2026-03-01T00:00:00%2B09:00~99999999999999999999999",
        "/mails?b=0001-01-01T00:00:00%2B09:00~1",
        "/consultation?week=9999-12-31",
        "/consultation?week=0001-01-01",
        "/consultation?booking=²",
        "/consultation?booking=9999999999999999",
        "/cases/1?a=²&b=99999999999",
        "/queue?n=²&done=approved",
        "/queue?n=999999999999999&done=approved",
        "/queue/1?act=edit&from=²",
        "/audit?n=²",
    ):
        one.see(path)
    for path in (
        "/cases/²",
        "/cases/99999999999999999999",
        "/cases/2147483648",
        "/queue/2147483648",
        "/mails/2147483648",
        "/mails/²",
        "/mails/2147483648/raw",
        "/outbox/99999999999999999999/raw",
    ):
        one.see(path, 404)


def test_every_class_of_the_style_sheets_is_used() -> None:
    """What no page bears is no style: it only hides what is."""
    console = Path(mailflow.console.__file__).parent
    pages = [
        *console.rglob("*.html"),
        *console.rglob("*.py"),
        *console.rglob("*.js"),
        *(console.parent / "demo").rglob("*.html"),
    ]
    written = "".join(file.read_text(encoding="utf-8") for file in pages)
    styles = "".join(file.read_text(encoding="utf-8") for file in (console / "static").glob("*.css"))
    named = set(
        re.findall(r"\.([a-zA-Z_][\w-]*)", re.sub(r"/\*.*?\*/|url\([^)]*\)|\{[^{}]*\}", "{}", styles, flags=re.S))
    )
    assert len(named) > 100
    assert [one for one in sorted(named) if not re.search(rf"(?<![\w-]){re.escape(one)}(?![\w-])", written)] == []


@pytest.mark.parametrize(
    ("path", "name"),
    [("/calls", "送信"), ("/incidents", "送信"), ("/questions", "受信"), ("/letters", "団体"), ("/queue-bulk", "承認待ち"), ("/mails/1", "受信")],
)  # fmt: skip
def test_the_rail_says_where_one_is(busy: Office, browser: Browsers, path: str, name: str) -> None:
    rail = browser("佐藤", Role.ADMIN).see(path).split('id="rail"')[1].split("</nav>")[0]
    assert re.findall(r'aria-current="page">([^<\s]+)', rail) == [name]


def test_when_the_configuration_was_read_is_told_by_the_clock_of_the_page(busy: Office, browser: Browsers) -> None:
    busy.store.set_fact("config_loaded_at", busy.clock.sys_now().isoformat())
    page = browser("佐藤").see("/")
    found = re.search(r"設定 版.*?<small[^>]*>(.*?) 読み込み", page)
    assert found
    assert re.fullmatch(r"(9|10):\d\d", found[1])  # of the 26th of March, as everything else on it
