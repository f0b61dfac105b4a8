"""What the way of one mail adds to its parts: whose mail is ours, what one mail may cost, what a person took in."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from mailflow import pipeline
from mailflow.forms.build import build_form
from mailflow.forms.package import unpacked_size
from mailflow.model import Attachment, Known, Mail
from mailflow.settings.load import load
from mailflow.settings.settings import Settings

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
AT = datetime.fromisoformat("2026-03-16T09:00:00+09:00")
QUESTION = "計画策定支援についての質問"


@cache
def shipped() -> Settings:
    return load(Path(__file__).parents[2] / "config", {})


@cache
def blank() -> bytes:
    return build_form(shipped().form.forms[0])


def workbook(number: int, name: str | None = None, padding: int = 0) -> Attachment:
    """A form like no other; `padding` bytes more when unpacked."""
    out = io.BytesIO(blank())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"xl/x{number}.xml", b"<x>" + bytes(range(32, 59)) * (padding // 27) + b"</x>")
    content = out.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    return Attachment(filename=name or f"{number}.xlsx", content_type=XLSX, content=content, sha256=sha256)


def problems(*files: Attachment) -> list[str | None]:
    mail, forms = pipeline.read_forms(Mail(sender=None, attachments=files), shipped(), AT)
    assert len(forms) == sum(one.problem is None for one in mail.attachments)
    assert [one.filename for one in mail.attachments] == [one.filename for one in files]
    return [one.problem for one in mail.attachments]


def test_ten_workbooks_of_one_mail_are_opened() -> None:
    assert problems(*map(workbook, range(12))) == [None] * 10 + ["too-many"] * 2


def test_what_is_called_a_form_comes_first() -> None:
    files = [*map(workbook, range(11)), workbook(11, "【長野県飯田市】1次公募応募様式.xlsx")]
    assert problems(*files) == [None] * 9 + ["too-many"] * 2 + [None]


def test_workbooks_of_one_mail_share_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    large = [workbook(number, padding=400_000) for number in range(3)]
    small = workbook(3)
    monkeypatch.setattr(pipeline, "MAX_UNPACKED", unpacked_size(large[0].content) * 2 + unpacked_size(small.content))
    assert problems(*large, small) == [None, None, "too-many", None]


def test_a_huge_workbook_does_not_keep_the_form_from_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    huge, small = workbook(0, padding=400_000), workbook(1)
    monkeypatch.setattr(pipeline, "MAX_UNPACKED", unpacked_size(huge.content) - 1)
    assert problems(huge, small) == ["too-many", None]
    assert problems(huge) == [None]  # alone: the form's own limits decide


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"PK\x03\x04 broken", "broken", id="broken"),
        pytest.param(b"\xd0\xcf\x11\xe0", "not-xlsx", id="no-workbook"),
    ],
)
def test_a_second_copy_of_a_broken_workbook_is_as_broken(content: bytes, problem: str) -> None:
    digest = hashlib.sha256(content).hexdigest()
    one = Attachment(filename="様式.xlsx", content_type=XLSX, content=content, sha256=digest)
    other = dataclasses.replace(one, filename="様式.xlsx", path=("添付.zip", "様式.xlsx"))
    mail, forms = pipeline.read_forms(Mail(sender=None, attachments=(one, other)), shipped(), AT)
    assert forms == ()
    assert [each.problem for each in mail.attachments] == [problem] * 2


def test_the_size_is_what_opening_reads() -> None:
    grown = unpacked_size(workbook(0, padding=270_000).content) - unpacked_size(workbook(0).content)
    assert grown == 270_000
    assert unpacked_size(b"PK\x03\x04 broken") == len(b"PK\x03\x04 broken")


def raw(sender: str, *fields: str) -> bytes:
    head = [f"From: {sender}", "To: x@office.example", f"Subject: {QUESTION}", "Message-ID: <q@town.example>", *fields]
    return "\r\n".join((*head, "", "様式の書き方について教えてください。", "")).encode()


MARK = "X-Mailflow-Id: 0a1b"


@pytest.mark.parametrize(
    ("mail", "rule", "letters", "seen"),
    [
        pytest.param(raw("kikaku@city.iida.nagano.jp"), "question", 1, False, id="a-question"),
        pytest.param(raw("kikaku@city.iida.nagano.jp", MARK), "question", 1, False, id="a-question-with-our-mark"),
        pytest.param(raw(shipped().programme.address, MARK), "own-mail", 0, False, id="our-letter"),
        pytest.param(raw(shipped().programme.address), "from-the-office", 0, True, id="a-colleague"),
        pytest.param(
            raw(shipped().programme.address, MARK, "Resent-From: a@office.example"),
            "from-the-office",
            0,
            True,
            id="our-letter-sent-on",
        ),
        pytest.param(raw("kikaku@city.iida.nagano.jp", "From: x@evil.example"), "question", 1, True, id="two-senders"),
    ],
)
def test_whose_mail_it_is(mail: bytes, rule: str, letters: int, seen: bool) -> None:
    outcome = pipeline.conclude(pipeline.take_in(mail, shipped(), AT), Known.empty(), shipped(), AT, AT)
    verdict = outcome.verdict
    assert (verdict.understood.rule, len(outcome.drafts), verdict.needs_review) == (rule, letters, seen)


def test_a_mail_by_hand_is_looked_at() -> None:
    reading = pipeline.take_in(raw("kikaku@city.iida.nagano.jp"), shipped(), AT)
    outcome = pipeline.conclude(reading, Known.empty(), shipped(), AT, AT, imported=True)
    assert outcome.verdict.needs_review
    assert [letter.review for letter in outcome.drafts] == [True]
