"""The demo's applicant: what is written there arrives as a mail with a form that reads as it was filled in."""

from __future__ import annotations

import html
import imaplib
import re
import smtplib
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from starlette.testclient import TestClient

from mailflow.clock import Clock
from mailflow.console.app import create_app
from mailflow.console.office import Office
from mailflow.demo.applicant import START, applicant_pages
from mailflow.demo.servers import DemoServers
from mailflow.pipeline import take_in
from mailflow.store import Store
from tests.integration.round.office import SHIPPED, at

CONFIG = Path(__file__).parents[2] / "config"


def arrived(servers: DemoServers, number: str = "1") -> bytes:
    place = urlsplit(servers.imap_url)
    with imaplib.IMAP4(place.hostname or "", place.port or 0) as imap:
        imap.login(unquote(place.username or ""), unquote(place.password or ""))
        imap.select("INBOX", readonly=True)
        _, parts = imap.fetch(number, "(BODY.PEEK[])")
    (found,) = [part[1] for part in parts if isinstance(part, tuple)]
    return bytes(found)


def test_a_mail_with_a_form_goes_and_an_answer_comes(store: Store, tmp_path: Path) -> None:
    clock = Clock.starting_at(at(26, 10))
    with DemoServers(tmp_path / "mail", clock) as servers:
        office = Office(store=store, settings=SHIPPED, clock=clock, config_dir=CONFIG, env={})
        browser = TestClient(create_app(office, more=[applicant_pages(servers)]), base_url="http://127.0.0.1:8765")
        assert "応募者として書く" in browser.get("/applicant").text
        typed = {
            **START,
            "theme": "<b>橋</b>の点検",
            "contact_phone": "",
            "subject": "【長野県飯田市】計画策定支援\r\nBcc: x@evil.example",
            "text": "応募します。",
        }
        refused = browser.post("/applicant", data={**typed, "contact_email": "だれか"})
        assert refused.status_code == 422
        assert "&lt;b&gt;橋" in refused.text  # what was typed is still there
        box = browser.post("/applicant", data={**typed, "fill": "yes"})
        assert "受信箱に届くのを待っています" in box.text
        reading = take_in(arrived(servers), SHIPPED, at(26, 10))
        form = reading.understood.form
        assert form is not None
        assert form.text("theme") == "<b>橋</b>の点検"
        assert form.fields["contact_phone"].empty
        assert form.text("contact_name") == "山口 さくら"
        assert reading.mail.subject == "【長野県飯田市】計画策定支援 Bcc: x@evil.example"
        assert reading.understood.organization.full_name == "長野県飯田市"

        answer = EmailMessage()
        answer["From"], answer["To"], answer["Subject"] = (
            servers.address,
            START["contact_email"],
            "【受領】確かに受け取りました",
        )
        answer["Message-ID"] = "<letter.1@jp.ey.com>"
        answer.set_content("受け取りました。<script>alert(1)</script>")
        place = urlsplit(servers.smtp_url)
        with smtplib.SMTP(place.hostname or "", place.port or 0) as smtp:
            smtp.send_message(answer)
        page = browser.get("/applicant/box", params={"of": START["contact_email"]}).text
        assert "【受領】確かに受け取りました" in page
        assert "<script>" not in page.split("<main")[1]
        link = re.search(r'href="(/applicant\?of=[^"]+answer=[^"]+)"', page)
        assert link
        form = browser.get(html.unescape(link[1])).text
        assert "Re: 【受領】確かに受け取りました" in form
        assert "&gt; 受け取りました。" in form
        sent = {
            key: html.unescape(value) for key, value in re.findall(r'name="(references|subject)" value="([^"]*)"', form)
        }
        browser.post("/applicant", data={**START, **sent, "text": "ありがとうございます。"})
        back = take_in(arrived(servers, "2"), SHIPPED, at(26, 10)).mail
        assert back.in_reply_to == "<letter.1@jp.ey.com>"
        assert "確かに" not in browser.get("/applicant/box", params={"of": "other@town.example"}).text


def test_other_sites_cannot_write_for_the_applicant(store: Store, tmp_path: Path) -> None:
    clock = Clock.starting_at(at(26, 10))
    office = Office(store=store, settings=SHIPPED, clock=clock, config_dir=CONFIG, env={})
    browser = TestClient(
        create_app(office, more=[applicant_pages(DemoServers(tmp_path, clock))]), base_url="http://127.0.0.1:8765"
    )
    assert browser.post("/applicant", data=dict(START), headers={"origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize("path", ["/applicant", "/applicant/box"])
def test_production_has_no_such_page(store: Store, path: str) -> None:
    office = Office(store=store, settings=SHIPPED, clock=store.clock(at(26, 10)), config_dir=CONFIG, env={})
    assert TestClient(create_app(office), base_url="http://127.0.0.1:8765").get(path).status_code == 404
