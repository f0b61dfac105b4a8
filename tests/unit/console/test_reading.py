"""What was read last is kept, as far as the memory for it goes."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import pytest

from mailflow import pipeline
from mailflow.console import reading
from mailflow.console.reading import Reader, weight_of
from mailflow.pipeline import Reading
from tests.integration.round.office import SHIPPED, at


def packed(size: int) -> bytes:
    """A small mail with a file that is large once it is unpacked."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("大きな表.csv", b"0" * size)
    mail = EmailMessage()
    mail["Subject"] = "x"
    mail.set_content("x")
    mail.add_attachment(archive.getvalue(), maintype="application", subtype="zip", filename="a.zip")
    return mail.as_bytes()


class Here:
    """Reads in this process, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def ask_whole(self, raw: bytes, _: object) -> bytes:
        return raw

    def reading(self, raw: bytes) -> Reading:
        self.count += 1
        return pipeline.take_in(raw, SHIPPED, at(16))


def test_it_weighs_what_was_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = packed(400_000)
    assert len(raw) < 20_000
    assert weight_of(pipeline.take_in(raw, SHIPPED, at(16)), len(raw)) > 400_000
    monkeypatch.setattr(reading, "KEPT_BYTES", 1_000_000)
    reader = Reader(SHIPPED)
    sandbox = Here()
    monkeypatch.setattr(reader, "_sandbox", sandbox)
    for mail_id in (1, 2, 1, 2, 3, 3, 1):  # the third drives out the first
        assert reader.read(mail_id, raw, at(16)) is not None
    assert sandbox.count == 4
    monkeypatch.setattr(reading, "KEPT_BYTES", 100_000)
    for _ in range(2):  # too heavy to be kept at all
        assert reader.read(4, raw, at(16)) is not None
    assert sandbox.count == 6
    assert (reader._weight, len(reader._kept)) == (0, 0)
