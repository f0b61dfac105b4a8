"""Every letter that the sample mails bring, read as letters.md asks: width, words, dates, who it is for."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from mailflow import pipeline
from mailflow.demo.samples import SampleMail, boundary_host
from mailflow.mail import read_mail
from mailflow.model import Draft, Known
from mailflow.replies.wrap import WIDTH, columns
from mailflow.settings.load import load
from mailflow.settings.settings import Settings
from tests.samples import MAILBOX, demo_mails

ROOT = Path(__file__).parents[2]
# Words of other programmes, of a verdict, of haste or blame (letters.md 1 to 8).
FORBIDDEN = ("申請書", "採択", "審査", "受理", "要件", "不備", "本日", "明日", "至急", "応募者数", "殿")


def _settings() -> Settings:
    shipped = load(ROOT / "config", {})
    host = boundary_host(MAILBOX)
    mailbox = shipped.file.mailbox.model_copy(update={"boundary_hosts": (host,), "authserv_id": host})
    programme = shipped.file.programme.model_copy(update={"address": MAILBOX})
    return replace(shipped, file=shipped.file.model_copy(update={"mailbox": mailbox, "programme": programme}))


@cache
def letters() -> dict[str, tuple[SampleMail, Draft]]:
    """By the mail's id. Made when first asked for: the suite's collecting needs none of it."""
    settings = _settings()
    found = []
    for mail in demo_mails():
        reading = pipeline.take_in(mail.raw, settings, mail.received_at)
        outcome = pipeline.conclude(reading, Known.empty(), settings, mail.received_at, mail.received_at)
        found += [(mail.id, (mail, draft)) for draft in outcome.drafts]
    assert len(dict(found)) == len(found), "one letter a mail"
    return dict(found)


def test_letters(subtests: pytest.Subtests) -> None:
    assert len(letters()) > 45
    for name, (mail, draft) in letters().items():
        with subtests.test(name):
            reads_well(mail, draft)


def reads_well(mail: SampleMail, draft: Draft) -> None:
    text, lines = draft.text, draft.text.split("\n")
    assert [line for line in lines if columns(line) > WIDTH and not line.strip().isascii()] == []
    assert "\t" not in text
    quoted = re.sub(r"「[^」]*」|【[^】]*】", "", text)  # the applicant's own words stay as they are
    assert [word for word in FORBIDDEN if word in quoted] == []
    assert "不備" not in draft.subject
    assert "至急" not in draft.subject
    # Addressed once, never 様 after an address.
    head = lines[:4]
    assert sum(line.endswith(("様", "御中")) for line in head) == 1, head
    assert not re.search(r"@\S+ ?様", text)
    # A number to quote, whom to call, who writes.
    assert re.search(r"R8-1-[0-9A-Z]{6,8}", draft.subject + text)
    assert "070-8785-2714（平日10時00分〜17時00分）" in text
    assert lines[-1] == ""
    # Weekdays with every date, 24 hours.
    assert re.findall(r"令和\d+年\d+月\d+日(?!（[月火水木金土日]）)", text.replace("\n", "").replace("　", "")) == []
    # To the sender of this mail and to nobody else.
    assert len(draft.to) == 1
    assert draft.in_reply_to is not None


def test_only_what_the_mail_brought_is_listed() -> None:
    bodies = {other.expect.organization for other, _ in letters().values() if other.expect.organization}
    for mail, draft in letters().values():
        others = bodies - {mail.expect.organization}
        flat = draft.text.replace("\n", "").replace("　", "")
        brought = " ".join(file.filename or "" for file in read_mail(mail.raw).attachments)
        others = {name for name in others if name not in brought}  # a prefecture is told which towns' forms it sent
        assert not [name for name in others if name in flat and name not in (mail.expect.organization or "")], mail.id
