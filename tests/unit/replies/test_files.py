"""What a letter says of each file that came (DESIGN §5, the attachment receipt)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mailflow.model import Address, Attachment, Finding, FormData, Known, Mail, Severity, Understood, Verdict
from mailflow.replies.files import FORM_INSIDE, FORM_READ, KEPT, NOT_CURRENT, OPENED, files_of

AT = datetime(2026, 3, 16, 1, tzinfo=UTC)
FORM = FormData(edition="f", fields={}, filename="様式.xlsx", sha256="form")


def file(name: str | None, *path: str, kind: str = "application/pdf", **more: Any) -> Attachment:
    sha = "form" if name == "様式.xlsx" else f"{name}{path}"
    values = {"filename": name, "content_type": kind, "content": b"x", "sha256": sha, "path": path or None} | more
    return Attachment(**values)


def judged(*findings: Finding, writer: Address | None = None) -> Verdict:
    return Verdict(
        understood=Understood(form=FORM, forms=(FORM,), writer=writer),
        findings=findings,
        config_hash="",
        known=Known.empty(),
        judged_at=AT,
        received_at=AT,
    )


def told(verdict: Verdict, *files: Attachment) -> list[tuple[str, str]]:
    return [(one.name, one.status) for one in files_of(Mail(sender=None, attachments=files), verdict)]


ZIPPED = (
    file("町.zip", kind="application/zip"),
    file("一式.zip", "町.zip", "一式.zip", kind="application/zip"),
    file("様式.xlsx", "町.zip", "一式.zip", "様式.xlsx"),
    file("位置図.pdf", "町.zip", "一式.zip", "位置図.pdf"),
)


def test_an_archive_in_an_archive() -> None:
    assert told(judged(), *ZIPPED, file("送り状.pdf")) == [
        ("町.zip", FORM_INSIDE),
        ("様式.xlsx（町.zipの中）", FORM_READ),
        ("位置図.pdf（町.zipの中）", KEPT),
        ("送り状.pdf", KEPT),
    ]


def test_an_archive_without_the_form_is_no_paper_of_its_own() -> None:
    papers = (file("図.zip", kind="application/zip"), file("位置図.pdf", "図.zip", "位置図.pdf"))
    assert told(judged(), file("様式.xlsx"), *papers) == [
        ("様式.xlsx", FORM_READ),
        ("図.zip", OPENED),
        ("位置図.pdf（図.zipの中）", KEPT),
    ]


def test_an_archive_inside_that_stays_shut_is_told() -> None:
    shut = file("鍵.zip", "町.zip", "鍵.zip", kind="application/zip", problem="locked")
    assert told(judged(), file("町.zip", kind="application/zip"), shut)[1] == (
        "鍵.zip（町.zipの中）",
        "パスワードがかかっているため、まだ開けていません",
    )


def test_a_mail_that_was_hung_on() -> None:
    outer = file(None, kind="message/rfc822")
    assert told(judged(), outer, file("様式.xlsx", "件名.eml", "様式.xlsx"), file("印影.png", inline=True)) == [
        ("転送されたメール", FORM_INSIDE),
        ("様式.xlsx（転送されたメールの中）", FORM_READ),
    ]


def test_a_mail_that_a_bureau_sent_on_is_no_file_of_the_officers() -> None:
    outer = file(None, kind="message/rfc822")
    sent = judged(writer=Address(name=None, address="a@town.example"))
    assert told(sent, outer, file("様式.xlsx", "件名.eml", "様式.xlsx")) == [("様式.xlsx", FORM_READ)]


def test_a_form_of_another_round_inside_an_archive() -> None:
    wrong = Finding(
        check="form-version", severity=Severity.FIX, where="応募様式", found="2次公募", expected="1次公募", message="m", clause=None,
        files=("様式.xlsx",),
    )  # fmt: skip
    assert told(judged(wrong), *ZIPPED)[:2] == [("町.zip", OPENED), ("様式.xlsx（町.zipの中）", NOT_CURRENT)]
