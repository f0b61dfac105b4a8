"""The demo's sample mails, made once a process: filling their forms takes seconds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mailflow.demo.samples import SampleMail, sample_mails
from mailflow.settings.load import load

MAILBOX = "jimukyoku@demo.example"

# What each is called, in the order of arrival: known without filling a form, so that collecting the tests stays quick.
SAMPLE_IDS = (
    "last-year",
    "before-opening",
    "question",
    "advertising",
    "quarantine",
    "kamiyama",
    "dated-request",
    "shiojiri",
    "out-of-office",
    "other-programme",
    "half-filled",
    "office-network",
    "iida-first",
    "few-hours",
    "kuzumaki",
    "web-form",
    "wrong-subject",
    "wrong-file-name",
    "gaps",
    "yurihonjo",
    "nagai",
    "bounce",
    "iida-replacement",
    "no-attachment",
    "resent",
    "xls",
    "pdf",
    "docx",
    "corrected",
    "still-locked",
    "ministry",
    "fiscal-index",
    "prefecture",
    "nonprofit",
    "date-hokkaido",
    "date-fukushima",
    "arrived",
    "cover-letter",
    "cover-letter-again",
    "takasaki-utf8",
    "takasaki-cp932",
    "locked-zip",
    "password",
    "split-1",
    "split-2",
    "blank-form",
    "gateway",
    "also-asks",
    "contact-change",
    "claim",
    "missent-file",
    "missent-recall",
    "last-years-form",
    "file-link",
    "bureau-forwards",
    "withdrawal",
    "several-forms",
    "read-receipt",
    "extension",
    "eve",
    "ojika",
    "late",
    "released",
)


@cache
def demo_mails(address: str = MAILBOX) -> tuple[SampleMail, ...]:
    """All of them, as sent to `address`, with the form that ships."""
    return sample_mails(load(Path(__file__).parents[1] / "config", {}).form, address)


@cache
def _by_id(address: str) -> dict[str, SampleMail]:
    return {one.id: one for one in demo_mails(address)}


def sample(mail_id: str, address: str = MAILBOX) -> SampleMail:
    """One of them."""
    return _by_id(address)[mail_id]
