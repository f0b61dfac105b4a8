"""A stored mail as pymap wants to see it.

Answers come from the row and the raw bytes wherever they can: pymap's parser takes seconds for a mail of tens of MB, and
broken mails make it raise. It is used only for ENVELOPE, BODYSTRUCTURE, single parts and SEARCH of texts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from email.parser import BytesHeaderParser

from pymap.bytes import Writeable
from pymap.message import BaseLoadedMessage, BaseMessage
from pymap.mime import MessageContent
from pymap.parsing.specials import FetchRequirement, ObjectId
from pymap.parsing.specials.flag import Flag, Recent, Wildcard

from mailflow.demo.imap_store import MailStore, MessageRow

UNSTORABLE_FLAGS = frozenset({Recent, Wildcard})


class StoredMessage(BaseMessage):
    """A mail of a folder; its bytes stay on the disk until somebody asks."""

    __slots__ = ["id", "size", "store"]

    def __init__(self, row: MessageRow, store: MailStore, *, expunged: bool = False) -> None:
        super().__init__(
            row.uid,
            row.internal_date,
            [Flag(flag) for flag in row.flags],
            email_id=ObjectId(b"M%d" % row.id),
            expunged=expunged,
        )
        self.id = row.id
        self.size = row.size
        self.store = store

    def as_expunged(self) -> StoredMessage:
        row = MessageRow(self.id, self.uid, self.internal_date, flag_texts(self.permanent_flags), self.size)
        return StoredMessage(row, self.store, expunged=True)

    async def load_content(self, requirement: FetchRequirement) -> LoadedMessage:
        return LoadedMessage(self, requirement)


class LoadedMessage(BaseLoadedMessage):
    """The content, read and parsed no earlier than needed."""

    __slots__ = ["_raw", "_stored"]

    def __init__(self, stored: StoredMessage, requirement: FetchRequirement) -> None:
        super().__init__(stored, requirement, None)
        self._stored = stored
        self._raw: bytes | None = None

    def _bytes(self) -> bytes:
        if self._raw is None:
            self._raw = self._stored.store.raw(self._stored.id) or b""
        return self._raw

    @property
    def content(self) -> MessageContent:
        if self._content is None:
            self._content = MessageContent.parse(self._bytes())
        return self._content

    def __bytes__(self) -> bytes:
        return self._bytes()

    def get_body(self, section: Sequence[int] | None = None, binary: bool = False) -> Writeable:
        if not section and not binary:
            return Writeable.wrap(self._bytes())
        return super().get_body(section, binary)

    def get_size(self, section: Sequence[int] | None = None) -> int:
        return super().get_size(section) if section else self._stored.size

    def get_header(self, name: bytes) -> Sequence[str]:
        header = BytesHeaderParser().parsebytes(_header_block(self._bytes()))
        return [str(value) for value in header.get_all(name.decode("ascii", "replace"), [])]

    def get_message_headers(
        self, section: Sequence[int] | None = None, subset: Collection[bytes] | None = None, inverse: bool = False
    ) -> Writeable:
        if section:
            return super().get_message_headers(section, subset, inverse)
        header = _header_block(self._bytes())
        if subset is None:
            return Writeable.wrap(header)
        kept = [field for name, field in _header_fields(header) if inverse != (name in subset)]
        return Writeable.wrap(b"".join([*kept, b"\r\n"]))


def _header_block(raw: bytes) -> bytes:
    """The header with the empty line that ends it."""
    ends = [end + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (end := raw.find(mark)) >= 0]
    return raw[: min(ends)] if ends else raw


def _header_fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """Each field's name in capitals with its lines; what is no field belongs to the one above."""
    fields: list[tuple[bytes, bytes]] = []
    for line in header.splitlines(keepends=True):
        name, colon, _ = line.partition(b":")
        if not line.strip():
            break
        if colon and line[:1] not in b" \t":
            fields.append((name.strip().upper(), line))
        elif fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + line)
    return fields


def flag_texts(flags: Iterable[Flag]) -> frozenset[str]:
    return frozenset(str(flag) for flag in flags if flag not in UNSTORABLE_FLAGS)
