"""A mail as pages show it: its own words as text, its files as downloads, never as anything a browser would run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.responses import Response

from mailflow.console import words
from mailflow.console.visit import Visit
from mailflow.model import Attachment, Mail
from mailflow.numbering import is_row
from mailflow.store.case_page import case_head
from mailflow.store.hidden import hidden_mails
from mailflow.store.mails import MailLine

MOST_TEXT = 60_000  # characters of a mail's text on one page
PROBLEMS = {
    "locked": "パスワードがかかっています",
    "broken": "開けません（壊れています）",
    "too-large": "大きすぎるため開いていません",
    "too-deep": "入れ子が深いため開いていません",
    "too-many": "数が多いため開いていません",
    "unsupported": "開けない形式です",
}


@dataclass(frozen=True, slots=True)
class FileShown:
    number: int
    name: str
    size: str
    inside: str | None
    problem: str | None
    form: bool


@dataclass(frozen=True, slots=True)
class MailShown:
    """`text`: None where the mail can't be read; "" where it has none. `cut`: characters left out. `hidden`: sent here by mistake:
    nothing of its content is in here."""

    line: MailLine
    text: str | None
    cut: int
    files: tuple[FileShown, ...]
    inline: int
    to: tuple[str, ...]
    cc: tuple[str, ...]
    reply_to: tuple[str, ...]
    defects: tuple[str, ...]
    readable: bool
    hidden: bool = False


def is_hidden(here: Visit, mail_id: int) -> bool:
    return mail_id in hidden_mails(here.office.store, [mail_id])


def mail_line(here: Visit, mail_id: int | None) -> MailLine | None:
    """The mail; None where there is none, or none that this person may see."""
    if mail_id is None or not is_row(mail_id):
        return None
    lines = here.office.store.mails(after_id=mail_id - 1, limit=1)
    if not lines or lines[0].id != mail_id:
        return None
    return lines[0] if here.area is None or _of_area(here, lines[0]) else None


def _of_area(here: Visit, line: MailLine) -> bool:
    """A mail of a case of the bureau's; what somebody wrote who is no party is the office's alone."""
    if line.case_id is None or line.claim:
        return False
    head = case_head(here.office.store, line.case_id)
    return head is not None and head.bureau == here.area


def read(here: Visit, line: MailLine) -> tuple[Mail | None, frozenset[str]]:
    """The mail and the hashes of its forms; None where it can't be read or only its headers were kept."""
    raw = here.office.store.raw(line.id)
    reading = here.office.reader.read(line.id, raw, line.received_at) if raw is not None else None
    if reading is None:
        return None, frozenset()
    return reading.mail, frozenset(form.sha256 for form in reading.understood.forms if form.sha256)


def mail_shown(here: Visit, mail_id: int | None, *, opened: bool = False) -> MailShown | None:
    """`opened`: an approver asked to see what was hidden, which is on record."""
    line = mail_line(here, mail_id)
    if line is None:
        return None
    hidden = is_hidden(here, line.id)
    if hidden and not opened:
        line = replace(line, subject="（誤って送られたため、隠したメール）")
        return MailShown(line, "", 0, (), 0, (), (), (), (), readable=True, hidden=True)
    mail, forms = read(here, line)
    if mail is None:
        return MailShown(line, None, 0, (), 0, (), (), (), (), readable=False)
    text = mail.text or ""
    return MailShown(
        line=line,
        text=text[:MOST_TEXT],
        cut=max(0, len(text) - MOST_TEXT),
        files=tuple(_file(number, one, forms) for number, one in enumerate(mail.attachments) if not one.inline),
        inline=sum(one.inline for one in mail.attachments),
        to=tuple(words.who(one) for one in mail.to[:20]),
        cc=tuple(words.who(one) for one in mail.cc[:20]),
        reply_to=tuple(words.who(one) for one in mail.reply_to[:5]),
        defects=tuple(words.short(one, 200) for one in mail.defects[:10]),
        readable=True,
    )


def _file(number: int, one: Attachment, forms: frozenset[str]) -> FileShown:
    inside = " › ".join(words.short(part, 40) for part in one.path[:-1]) if one.path and len(one.path) > 1 else None
    return FileShown(
        number=number,
        name=words.short(one.filename, 160) or "（名前のないファイル）",
        size=words.size(one.size),
        inside=inside,
        problem=PROBLEMS.get(one.problem or ""),
        form=one.sha256 in forms,
    )


def attachment_response(filename: str | None, content: bytes) -> Response:
    """Bytes to be saved, whatever they are: no type that a browser shows, no name that leads anywhere."""
    name = "".join(char for char in (filename or "file") if char.isprintable() and char not in '/\\:*?"<>|') or "file"
    safe = quote(name[:150], safe="")
    return Response(
        content,
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename=\"file\"; filename*=UTF-8''{safe}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
