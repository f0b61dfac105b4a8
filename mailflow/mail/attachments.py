"""The files of a mail: every leaf that is not its text, and the files inside containers.

In: `Skeleton`, the parts that are its text, context and limits. Out: `Attachment`s in the mail's order, each container before
what it holds. Never raises. Opened: zip, TNEF, attached mails, Office files whose password is known. Not opened, and said so
(`problem="unsupported"`): 7z, rar, lzh, gzip, tar, cab, Outlook .msg, opaque S/MIME.

`inline` is what the mail says: Content-Disposition inline, or a part of multipart/related that the html may refer to. Apple
Mail writes inline for real attachments too: never judge a file by it alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from mailflow.mail.archives import Opened, open_zip, unlock_workbook
from mailflow.mail.bodies import text_parts
from mailflow.mail.charsets import decode
from mailflow.mail.headers import read_envelope, subject_of
from mailflow.mail.limits import Limits, ReadContext
from mailflow.mail.media import OLE, RFC822, TNEF, ZIP, sniff
from mailflow.mail.parameters import clean_name, filename_of
from mailflow.mail.structure import Part, Skeleton, note, parse
from mailflow.mail.tnef import read_tnef
from mailflow.mail.transfer import uuencoded
from mailflow.mail.words import decode_words
from mailflow.model import AttachedMail, Attachment

_NAMELESS = "noname"
_MAILS = 20  # attached mails that are told of


@dataclass(frozen=True, slots=True)
class _Place:
    """Where we are: the containers' names from outside in, how many mails and how many archives deep."""

    outer: tuple[str, ...] = ()
    mails: int = 0
    archives: int = 0


@dataclass(frozen=True, slots=True)
class _File:
    """A file before it is looked at."""

    content: bytes
    name: str | None
    label: str = ""
    inline: bool = False
    sha256: str | None = None


@dataclass(slots=True)
class Collector:
    """Gathers the attachments of one mail, nested mails and archives included, under one budget."""

    skeleton: Skeleton
    context: ReadContext
    limits: Limits
    found: list[Attachment] = field(default_factory=list)
    mails: list[AttachedMail] = field(default_factory=list)
    tnef_text: str | None = None
    entries_left: int = 0
    bytes_left: int = 0

    def collect(self, texts: set[int]) -> tuple[Attachment, ...]:
        """Everything but the leaves whose id() is in `texts`."""
        self.entries_left, self.bytes_left = self.limits.archive_entries, self.limits.attachments_total
        self._mail(self.skeleton, texts, _Place())
        for attachment in self.found:
            if attachment.problem:
                note(self.skeleton.defects, f"attachment-{attachment.problem}")
        return tuple(self.found)

    def _mail(self, skeleton: Skeleton, texts: set[int], place: _Place) -> None:
        for part in skeleton.leaves():
            if id(part) in texts:
                if part.label == "text/plain" and b"begin" in part.content:
                    for written, content in uuencoded(part.content)[0]:
                        name = clean_name(decode_words(decode(written)[0]), self.limits.filename)
                        self._add(_File(content, name), place)
            elif part.content or part.type_field.parameters or part.disposition.value:
                name = filename_of(part.disposition, part.type_field, self.limits.filename)
                self._add(_File(part.content, name, part.label, _inline(part), part.sha256), place)

    def _add(self, file: _File, place: _Place) -> None:
        kind = sniff(file.content, file.label, file.name or "")
        media_type, problem = kind.content_type, kind.problem
        if file.label == RFC822 and file.content:
            media_type = RFC822
        elif file.label.startswith("multipart/"):
            media_type, problem = file.label, "too-deep" if "too-deep" in self.skeleton.defects else "broken"
        elif file.label in ("message/partial", "message/external-body"):
            problem = "unsupported"
        position = len(self.found)
        path = (*place.outer, file.name or _nameless(media_type, file.content, self.limits))
        if problem == "locked" and media_type == OLE and self.context.passwords:
            problem = self._unlock(file, _Place(path, place.mails, place.archives))
        elif problem is None:
            problem = self._open(file.content, media_type, _Place(path, place.mails, place.archives))
        attachment = Attachment(
            filename=file.name,
            content_type=media_type,
            content=file.content,
            sha256=file.sha256 or hashlib.sha256(file.content).hexdigest(),
            path=path if place.outer else None,
            inline=file.inline,
            problem=problem,
        )
        self.found.insert(position, attachment)

    def _open(self, content: bytes, media_type: str, place: _Place) -> str | None:
        """Adds what a container holds; why it could not, or None."""
        if media_type == RFC822:
            return self._open_mail(content, place)
        if media_type not in (ZIP, TNEF):
            return None
        if place.archives >= self.limits.archive_depth:
            return "too-deep"
        if media_type == TNEF:
            return self._add_all(self._open_tnef(content), place)
        opened = open_zip(content, self.limits, self.context.passwords, self.entries_left, self.bytes_left)
        return self._add_all(opened, place)

    def _unlock(self, file: _File, place: _Place) -> str | None:
        """A workbook whose password is known holds itself, readable."""
        plain = unlock_workbook(file.content, self.limits, self.context.passwords)
        if plain is None:
            return "locked"
        return self._add_all(Opened([(file.name or _NAMELESS, plain)]), place)

    def _add_all(self, opened: Opened, place: _Place) -> str | None:
        for written, data in opened.files:
            self.entries_left -= 1
            self.bytes_left -= len(data)
            if self.entries_left < 0 or self.bytes_left < 0:
                return "too-many" if self.entries_left < 0 else "too-large"
            file = _File(data, clean_name(written, self.limits.filename))
            self._add(file, _Place(place.outer, place.mails, place.archives + 1))
        return opened.problem

    def _open_mail(self, content: bytes, place: _Place) -> str | None:
        self.bytes_left -= len(content)
        if place.mails + 1 >= self.limits.nesting:
            return "too-deep"
        if self.bytes_left < 0:
            return "too-large"
        if self.skeleton.budget.parts <= 0:
            return "too-many"
        self.skeleton.budget.parts -= 1
        inner = parse(content, self.limits, depth=place.mails + 1, budget=self.skeleton.budget)
        if place.mails == 0 and len(self.mails) < _MAILS:
            self.mails.append(_attached(inner, self.limits))
        texts = {id(part) for part in text_parts(inner)}
        self._mail(inner, texts, _Place(place.outer, place.mails + 1, place.archives))
        return "too-many" if "too-many-parts" in inner.defects else None

    def _open_tnef(self, content: bytes) -> Opened:
        try:
            tnef = read_tnef(content)
        except ValueError:
            return Opened(problem="broken")
        if tnef.body and self.tnef_text is None:
            self.tnef_text = tnef.body
        return Opened([(file.name or "", file.content) for file in tnef.files])


def _attached(inner: Skeleton, limits: Limits) -> AttachedMail:
    envelope = read_envelope(inner.headers, limits, [])
    arrived = next((hop.at for hop in envelope.received if hop.at is not None), None)
    subject = subject_of(inner.headers, [])
    return AttachedMail(sender=envelope.sender, subject=subject, date=envelope.date, arrived_at=arrived)


def _inline(part: Part) -> bool:
    value = part.disposition.value
    if value:
        return value == "inline"
    return part.parent == "multipart/related" and ("content-id" in part.headers or part.label.startswith("image/"))


def _nameless(media_type: str, content: bytes, limits: Limits) -> str:
    """What a container without a name is called in `path`: an attached mail by its subject, as mail programs show it."""
    if media_type == RFC822:
        subject = subject_of(parse(content[:20_000], limits, depth=limits.nesting).headers, [])
        return (
            clean_name((subject or "message").replace("/", "／").replace("\\", "＼") + ".eml", limits.filename)
            or _NAMELESS
        )
    return "winmail.dat" if media_type == TNEF else _NAMELESS
