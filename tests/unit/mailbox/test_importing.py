"""Mails by hand: what is a mail at all, and whose times are believed."""

from __future__ import annotations

from datetime import datetime

import pytest

from mailflow.mailbox.importing import NotAMail, eml_of, import_place, received_time
from mailflow.model import Hop

NOW = datetime.fromisoformat("2026-03-26T18:00:00+09:00")
HOSTS = ("mx.office.example",)
MAIL = b"From: a@town.example\r\nSubject: x\r\n\r\ntext\r\n"


def hop(by: str | None, clock: str | None) -> Hop:
    return Hop(by=by, from_=None, at=datetime.fromisoformat(f"2026-03-26T{clock}+09:00") if clock else None)


@pytest.mark.parametrize(
    ("hops", "hosts", "clock"),
    [
        pytest.param((hop("mx.office.example", "15:58:00"), hop("mail.town.example", "15:57:00")), HOSTS, "15:58", id="ours"),
        pytest.param((hop("MX.Office.Example.", "15:58:00"),), HOSTS, "15:58", id="another-spelling"),
        pytest.param((hop("in1.mx.office.example", "15:58:00"),), HOSTS, "15:58", id="a-host-below-ours"),
        pytest.param((hop("store.example", "15:59:00"), hop("mx.office.example", "15:58:00")), HOSTS, "15:58", id="inner-hop-above"),
        pytest.param((hop("mx.office.example", "16:02:00"), hop("mx.office.example", "15:00:00")), HOSTS, "16:02", id="ours-forged-below"),
        pytest.param((hop("evil.example", "15:00:00"),), HOSTS, "18:00", id="only-the-applicant's-own"),
        pytest.param((hop("evilmx.office.example", "15:00:00"),), HOSTS, "18:00", id="a-name-that-ends-alike"),
        pytest.param((hop(None, "15:00:00"),), HOSTS, "18:00", id="no-by"),
        pytest.param((hop("mx.office.example", None), hop("mx.office.example", "15:00:00")), HOSTS, "18:00", id="ours-without-a-time"),
        pytest.param((hop("mx.office.example", "19:00:00"),), HOSTS, "18:00", id="never-after-now"),
        pytest.param((hop("mx.office.example", "15:00:00"),), (), "18:00", id="no-boundary-configured"),
        pytest.param((), HOSTS, "18:00", id="no-hop"),
    ],
)  # fmt: skip
def test_received_time(hops: tuple[Hop, ...], hosts: tuple[str, ...], clock: str) -> None:
    assert received_time(hops, hosts, NOW) == datetime.fromisoformat(f"2026-03-26T{clock}:00+09:00")


@pytest.mark.parametrize(
    ("content", "mail"),
    [
        pytest.param(MAIL, MAIL, id="as-it-is"),
        pytest.param(b"\r\n\r\n" + MAIL, MAIL, id="blank-lines-first"),
        pytest.param(b"\xef\xbb\xbf" + MAIL, MAIL, id="byte-order-mark"),
        pytest.param(b"From a@town.example Thu Mar 26 15:00:00 2026\r\n" + MAIL, MAIL, id="mbox"),
        pytest.param(b"X-Long: " + b"a" * 2000 + b"\0\r\n" + MAIL, b"X-Long: " + b"a" * 2000 + b"\0\r\n" + MAIL, id="nul-far-below"),
    ],
)  # fmt: skip
def test_a_mail(content: bytes, mail: bytes) -> None:
    assert eml_of(content) == mail


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \r\n\t\n", id="blank"),
        pytest.param(b"srv-office-01\n", id="a-host-name"),
        pytest.param(b"PK\x03\x04\x14\0\x06\0:" + b"x" * 100, id="workbook"),
        pytest.param(b"\x89PNG: \r\n\x1a\n" + b"\0" * 10, id="picture"),
        pytest.param("件名: 計画策定支援\r\n".encode(), id="text-with-a-colon"),
        pytest.param("From: a".encode("utf-16"), id="utf-16"),
        pytest.param(MAIL + b"\0", id="nul-near-the-head"),
        pytest.param(b"two words: x\r\n", id="no-field-name"),
        pytest.param(b"a" * 77 + b": x\r\n", id="name-too-long"),
        pytest.param(b"From here on nothing\r\nno header\r\n", id="prose-that-begins-with-from"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, id="broken-msg"),
    ],
)
def test_no_mail(content: bytes) -> None:
    with pytest.raises(NotAMail) as refused:
        eml_of(content)
    assert refused.value.reason


def test_the_place_says_that_it_was_by_hand() -> None:
    assert import_place(MAIL).by_hand
