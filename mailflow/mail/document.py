"""The JSON document of `mailflow read --json` (DESIGN §9, contract/read.schema.json).

In: `Mail` and the file as it was given. Out: a dict of JSON types. Every key is always there; lists are [], absent is null; the
date keeps the mail's own offset. Beyond the contract each attachment carries `problem`, and the document `new_text`.
"""

from __future__ import annotations

from typing import Any

from mailflow.model import Address, Attachment, Mail


def mail_document(mail: Mail, file: str) -> dict[str, Any]:
    """One line of `mailflow read --json`, before it is serialized."""
    return {
        "file": file,
        "subject": mail.subject,
        "from": _address(mail.sender) if mail.sender else None,
        "reply_to": [_address(one) for one in mail.reply_to],
        "to": [_address(one) for one in mail.to],
        "cc": [_address(one) for one in mail.cc],
        "date": mail.date.isoformat() if mail.date else None,
        "message_id": mail.message_id,
        "text": mail.text,
        "new_text": mail.new_text,
        "html": mail.html,
        "attachments": [_attachment(one) for one in mail.attachments],
        "defects": list(mail.defects),
        "machine": str(mail.machine) if mail.machine else None,
    }


def _address(address: Address) -> dict[str, str | None]:
    return {"name": address.name, "address": address.address}


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "filename": attachment.filename,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "path": list(attachment.path) if attachment.path else None,
        "inline": attachment.inline,
        "problem": attachment.problem,
    }
