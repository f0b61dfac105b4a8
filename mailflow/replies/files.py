"""The files of a mail as the attachment receipt lists them (DESIGN §5): name, size, what became of each. Pure.

A container (an archive, a mail hung on) stands once, under its own name, and what lies in it below it: its sender packed files, and looks for
them by name. Pictures inside the text are no files to an officer. A status says nothing that another line of the letter contradicts: what the
letter asks for again is neither read nor kept as a paper beside the form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mailflow.model import Attachment, Known, Mail, Severity, Verdict
from mailflow.replies.quoting import one_line

MAX_FILES = 20
FORM_READ = "応募様式として読み取れました"
FORM_INSIDE = "中の応募様式を読み取れました"
OPENED = "開いて、中のファイルを確かめました"
NOT_CURRENT = "現在の応募様式ではありませんでした"
NOT_EXCEL = "Excel形式ではないため、応募様式として読み取れていません"
KEPT = "参考資料として保管します"
FORWARDED = "転送されたメール"
NAMELESS = "（名前のないファイル）"
_MAIL = "message/rfc822"
_STATUS = {
    "locked": "パスワードがかかっているため、まだ開けていません",
    "broken": "事務局の環境では開けませんでした",
    "too-large": "大きさの上限を超えるため、開いていません",
    "too-deep": "事務局の環境では開けませんでした",
    "too-many": "事務局の環境では開けませんでした",
    "unsupported": "事務局の環境では開けない形式です",
}
# Files whose finding asks for the form once more, and what is said of them instead of 「読み取れました」 or 「参考資料」.
_ASKED_AGAIN = {"form-version": NOT_CURRENT, "attachment-format": NOT_EXCEL}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file of the mail, for the attachment receipt. `status`: 「応募様式として読み取れました」."""

    name: str
    size: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierView:
    """A mail that no letter has acknowledged yet: this one does."""

    received_at: datetime
    files: tuple[FileView, ...]


def files_of(mail: Mail, verdict: Verdict) -> tuple[FileView, ...]:
    """Each file as stored. Where a bureau hung the officer's mail on its own, what lies in that is what the officer sent: the bureau's mail is
    no file of his."""
    sent_on = verdict.understood.writer is not None
    read = {form.sha256 for form in verdict.understood.forms if form.sha256}
    again = {
        name: _ASKED_AGAIN[one.check]
        for one in verdict.open(Severity.FIX)
        if one.check in _ASKED_AGAIN
        for name in one.files
    }
    views: list[FileView] = []
    forwarded = False
    for one, inside in _with_contents(mail):
        within = one.path or ()
        forwarded = one.filename is None and one.content_type == _MAIL if not within else forwarded
        if one.inline or (sent_on and not within) or (len(within) > 1 and inside and one.problem is None):
            continue
        views.append(
            FileView(
                name=_name(one, sent_on=sent_on, forwarded=forwarded),
                size=one.size,
                status=_status(one, inside, read, again),
            )
        )
    return tuple(views)


def _with_contents(mail: Mail) -> list[tuple[Attachment, list[Attachment]]]:
    """Each attachment with what lies in it: the reader lists a container before its contents."""
    found: list[tuple[Attachment, list[Attachment]]] = []
    for at, one in enumerate(mail.attachments):
        inside: list[Attachment] = []
        for other in mail.attachments[at + 1 :]:
            if other.path is None or (one.path is not None and other.path[: len(one.path)] != one.path):
                break
            inside.append(other)
        found.append((one, inside))
    return found


def _name(one: Attachment, *, sent_on: bool, forwarded: bool) -> str:
    """`forwarded`: it lies in a mail that was hung on without a name; the reader made one up."""
    nameless = FORWARDED if one.content_type == _MAIL else NAMELESS
    name = one_line(one.filename or nameless, 120)
    outermost = 1 if sent_on else 0  # the mail that the bureau hung on is none of the officer's containers
    path = (one.path or ())[outermost:]
    return f"{name}（{FORWARDED if forwarded else one_line(path[0], 80)}の中）" if len(path) > 1 else name


def _status(one: Attachment, inside: list[Attachment], read: set[str], again: dict[str, str]) -> str:
    if one.problem is not None:
        return _STATUS.get(one.problem, KEPT)
    if one.filename in again:
        return again[one.filename]
    if one.sha256 in read:
        return FORM_READ
    if any(other.sha256 in read and other.filename not in again for other in inside):
        return FORM_INSIDE
    return OPENED if inside else KEPT


def earlier_mails(known: Known) -> tuple[EarlierView, ...]:
    """What the letter acknowledges beside the mail it answers, oldest first."""
    return tuple(
        EarlierView(
            received_at=mail.received_at,
            files=tuple(
                FileView(
                    name=one_line(one.name, 120),
                    size=one.size,
                    status=FORM_READ if one.form else _STATUS.get(one.problem or "", KEPT),
                )
                for one in mail.files
            ),
        )
        for mail in known.earlier
    )
