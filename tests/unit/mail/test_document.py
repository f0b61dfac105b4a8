"""`mailflow read --json`: every key, always, in the types of the contract."""

from __future__ import annotations

import json
from datetime import datetime

from mailflow.mail import mail_document, read_mail
from tests.unit.mail.mails import TEXT, attached, multi, word, xlsx, zipped

KEYS = {
    "file",
    "subject",
    "from",
    "reply_to",
    "to",
    "cc",
    "date",
    "message_id",
    "text",
    "html",
    "attachments",
    "defects",
    "machine",
}


def test_whole_document():
    raw = multi(
        [TEXT, attached(zipped({"様式.xlsx": xlsx()}), b'filename="a.zip"')],
        subject=word("【川原町】計画策定支援", "utf-8"),
    )
    document = mail_document(read_mail(raw), "mails/a.eml")
    assert json.loads(json.dumps(document)) == document
    assert set(document) >= KEYS
    assert document["file"] == "mails/a.eml"
    assert document["from"] == {"name": None, "address": "yamada@town.kawahara.example"}
    assert document["date"] == "2026-03-04T10:00:00+09:00"
    assert datetime.fromisoformat(document["date"]).utcoffset() is not None
    assert [(one["filename"], one["path"], one["inline"]) for one in document["attachments"]] == [
        ("a.zip", None, False),
        ("様式.xlsx", ["a.zip", "様式.xlsx"], False),
    ]
    assert document["attachments"][1]["size"] == len(xlsx())
    assert document["machine"] is None


def test_nothing_is_null_or_an_empty_list():
    document = mail_document(read_mail(b""), "x")
    assert set(document) >= KEYS
    assert [document[key] for key in ("subject", "from", "date", "message_id", "html", "machine")] == [None] * 6
    assert [document[key] for key in ("reply_to", "to", "cc", "attachments")] == [[], [], [], []]
