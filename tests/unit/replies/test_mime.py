"""The bytes of a letter say what was approved, to any reader (DESIGN §5)."""

from __future__ import annotations

import email
import email.policy
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailflow.model import Address, Approval, Draft, Part
from mailflow.replies.mime import build_mime

AT = datetime(2026, 3, 19, 7, 32, 7, tzinfo=UTC)


def part(filename: str, content: bytes = b"PK\x03\x04 form") -> Part:
    return Part(
        filename=filename,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        origin=f"case:{hashlib.sha256(content).hexdigest()}",
    )


DRAFT = Draft(
    template="receipt",
    purpose="reply",
    approval=Approval.ONE,
    consent=False,
    sender=Address(name="計画策定支援 事務局", address="office@secretariat.example"),
    to=(Address(name="山口 さくら", address="kikaku@town.kawara.example"),),
    cc=(Address(name=None, address="section@town.kawara.example"),),
    subject="【受領】計画策定支援 1次公募（朝日県川原町）［R8-1-999999］",
    text="お世話になっております。\n髙﨑 𠮷田 様 〜①㈱\n.\n行頭の点\n",
    parts=(part("【朝日県川原町】1次公募応募様式_修正箇所.xlsx"),),
    in_reply_to="<a.b@town.kawara.example>",
    references=("<0@town.kawara.example>", "<a.b@town.kawara.example>"),
)


def parsed(draft: Draft) -> EmailMessage:
    raw = build_mime(draft, message_id="<m1@secretariat.example>", at=AT, mailflow_id="d1-abc")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_reads_back_as_approved() -> None:
    message = parsed(DRAFT)
    assert message["Subject"] == DRAFT.subject
    assert [a.addr_spec for a in message["To"].addresses] == ["kikaku@town.kawara.example"]
    assert [a.display_name for a in message["To"].addresses] == ["山口 さくら"]
    assert message["Message-ID"] == "<m1@secretariat.example>"
    assert message["In-Reply-To"] == DRAFT.in_reply_to
    assert message["References"].split() == list(DRAFT.references)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Date"].datetime == AT
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == DRAFT.text
    (attachment,) = message.iter_attachments()
    assert attachment.get_filename() == DRAFT.parts[0].filename
    assert attachment.get_content() == DRAFT.parts[0].content


def test_any_server_can_carry_it() -> None:
    raw = build_mime(DRAFT, message_id="<m1@secretariat.example>", at=AT, mailflow_id="d1")
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_the_same_content_gives_the_same_bytes() -> None:
    assert build_mime(DRAFT, message_id="<m@x.example>", at=AT, mailflow_id="d1") == build_mime(
        DRAFT, message_id="<m@x.example>", at=AT, mailflow_id="d1"
    )


def test_a_name_cannot_bring_a_header() -> None:
    draft = replace(DRAFT, to=(Address(name="山口\r\nBcc: all@elsewhere.example", address="a@town.kawara.example"),))
    message = parsed(draft)
    assert message["Bcc"] is None
    assert message.defects == []


@pytest.mark.parametrize(
    "address", ["a@b\r\nBcc: c@d", "日本@例え.example", "", "no-at-sign", "a b@c.example"], ids=repr
)
def test_an_address_that_cannot_be_mailed_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        build_mime(
            replace(DRAFT, to=(Address(name=None, address=address),)), message_id="<m@x>", at=AT, mailflow_id="d"
        )


def test_a_message_id_of_theirs_that_is_none_is_left_out() -> None:
    message = parsed(replace(DRAFT, in_reply_to="<a@b>\r\nBcc: x@y.example", references=("evil\r\nX: y", "<a@b>")))
    assert message["Bcc"] is None
    assert message["In-Reply-To"] is None
    assert message["References"] == "<a@b>"


@settings(max_examples=150, deadline=None)
@given(
    name=st.text(
        alphabet=st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters='"\\/'), min_size=1, max_size=120
    ).filter(lambda name: name == name.strip()),
)
def test_every_file_name_reads_back(name: str) -> None:
    (attachment,) = parsed(replace(DRAFT, parts=(part(name),))).iter_attachments()
    assert attachment.get_filename() == name


@settings(max_examples=100, deadline=None)
@given(text=st.text(alphabet=st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\x00"), max_size=500))
def test_every_text_reads_back(text: str) -> None:
    body = parsed(replace(DRAFT, text=text, parts=())).get_content()
    assert body.replace("\r\n", "\n") == text
