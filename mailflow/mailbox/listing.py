"""What a folder tells of its mails before and after they are fetched, and how many are fetched at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.parser import HeaderParser

BATCH = 20  # mails a FETCH: more brings nothing (FACTS §2)
HEADER_BYTES = 20_000  # References may grow without end
_IDS = re.compile(r"<[^<>\s]{1,250}>")
BATCH_BYTES = 20_000_000  # …and what a batch may weigh in memory; a single larger mail comes alone


@dataclass(frozen=True, slots=True)
class Selected:
    """`uidnext`: every UID that will come is at least this one; None where the server doesn't say."""

    folder: str
    uidvalidity: int
    exists: int
    uidnext: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One mail before it is fetched. `received_at` aware; `size` bytes."""

    uid: int
    received_at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Fetched:
    uid: int
    received_at: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class SentHeader:
    """What the header of a mail in Sent tells: our mark ("" for a mail of a person), its ids, what it answers. `deleted`: a
    client marked it as gone."""

    uid: int
    received_at: datetime
    mailflow_id: str
    message_id: str
    answers: tuple[str, ...]
    deleted: bool = False


def sent_header(uid: int, received_at: datetime, block: bytes, *, deleted: bool) -> SentHeader:
    """Of the header's bytes, bounded."""
    fields = HeaderParser().parsestr(block[:HEADER_BYTES].decode("ascii", "replace"))
    answers = _IDS.findall(f"{fields.get('In-Reply-To', '')} {fields.get('References', '')}")
    return SentHeader(
        uid=uid,
        received_at=received_at,
        mailflow_id=fields.get("X-Mailflow-Id", "").strip(),
        message_id=fields.get("Message-ID", "").strip(),
        answers=tuple(dict.fromkeys(answers)),
        deleted=deleted,
    )


def batches(listed: Sequence[Listed]) -> Iterator[list[Listed]]:
    """Groups for one FETCH and one commit each: at most BATCH mails and BATCH_BYTES."""
    group: list[Listed] = []
    weight = 0
    for one in listed:
        if group and (len(group) == BATCH or weight + one.size > BATCH_BYTES):
            yield group
            group, weight = [], 0
        group.append(one)
        weight += one.size
    if group:
        yield group
