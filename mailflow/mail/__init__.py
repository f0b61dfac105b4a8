"""The pure package that turns the bytes of a mail into `mailflow.model.Mail`.

`read_mail` and `content_id` take any bytes and never raise on what a mail says; `mail_document` is the JSON of
`mailflow read --json`. No I/O, no clock, no network.

Defects, stable ids: `empty` `no-from` `several-from` `bad-address` `no-subject` `bad-subject` `subject-too-long` `no-date`
`bad-date` `no-message-id` `no-header-end` `bad-header-line` `header-too-large` `too-many-header-fields` `mail-too-large`
`no-boundary` `wrong-boundary` `truncated-multipart` `too-many-parts` `too-deep` `bad-charset` `bad-base64` `truncated-base64`
`text-after-base64` `bad-uuencode` `bad-transfer-encoding` `no-transfer-encoding` `html-only` `text-too-large`; and
`attachment-` + problem for each problem that an attachment has: `attachment-locked` `attachment-broken`
`attachment-too-large` `attachment-too-deep` `attachment-too-many` `attachment-unsupported`.
"""

from mailflow.mail.document import mail_document
from mailflow.mail.limits import Limits, ReadContext
from mailflow.mail.reader import Identity, content_id, identify, read_mail, read_mail_and_id

__all__ = [
    "Identity",
    "Limits",
    "ReadContext",
    "content_id",
    "identify",
    "mail_document",
    "read_mail",
    "read_mail_and_id",
]
