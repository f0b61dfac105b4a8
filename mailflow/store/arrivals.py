"""Step 1, *arrive*: raw mails and their places, kept before any flag or folder is touched (DESIGN §8.1).

`arrive` is one transaction a batch and idempotent: the same place twice is one place, the same `content_id` is one mail
with all its places and the earliest INTERNALDATE; where that is found for a judged mail, it is judged again or put before
a person (`again`). A mail in Junk is read and judged, answered never; once it shows up in another folder it is a new one
with its first time. All times aware. The mailbox is not touched here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.codec import clean_text
from mailflow.model import Address, Arrival, Place
from mailflow.store import again, audit
from mailflow.store.tables import BlobRow, MailRow, PlaceRow, table_of
from mailflow.store.unfetchable import Unfetchables, place_values
from mailflow.store.watching import Watch

BLOB, MAIL, PLACE = table_of(BlobRow), table_of(MailRow), table_of(PlaceRow)


class MailState(StrEnum):
    """Where a mail stands. `new` with a claimant is being worked on. `junk`: judged as it lies in Junk, never answered.
    `before-start`: headers only, never judged."""

    NEW = "new"
    JUDGED = "judged"
    FAILED = "failed"
    JUNK = "junk"
    BEFORE_START = "before-start"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What lists show of a mail before it is judged. All optional: a mail is kept without any of them."""

    message_id: str | None = None
    subject: str | None = None
    sender: Address | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadersOnly:
    """A mail older than the history: its place and headers are kept, its content never fetched."""

    place: Place
    received_at: datetime
    size: int
    headers: Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class ArriveResult:
    """What became of one Arrival. `new`: first seen now. `earlier`: an already judged mail turned out to have been
    received earlier than it was judged on; `state` says whether it is judged again."""

    mail_id: int
    content_id: str
    state: MailState
    new: bool
    earlier: bool = False


@dataclass(slots=True)
class _Known:
    mail_id: int
    state: str
    received_at: datetime
    new: bool
    junk: bool
    earlier: bool = False


class Arrivals(Unfetchables):
    def arrive(
        self,
        batch: Sequence[Arrival],
        *,
        headers: Mapping[str, Headers] | None = None,
        junk_folders: frozenset[str] = frozenset(),
        limits: Sequence[datetime] | None = None,
        watch: Watch | None = None,
    ) -> list[ArriveResult]:
        """Keep the mails; one result an arrival, in order. `headers` by content_id. `limits`: the moments at which a
        judgement may turn, for mails that turn out to have come earlier; None: any moment.

        Raises LostWatch (nothing written) when `watch` is no longer the newest.
        """
        if not batch:
            return []
        now = sys_now()
        raws = {one.content_id: (hashlib.sha256(one.raw).hexdigest(), one) for one in reversed(batch)}
        with self.write() as db:
            self.check_watch(db, watch)
            known = self._known(db, raws)
            fresh = [cid for cid in dict.fromkeys(one.content_id for one in batch) if cid not in known]
            if fresh:
                rescued = {one.content_id for one in batch if one.place.folder not in junk_folders}
                self._insert(db, [raws[cid] for cid in fresh], headers or {}, rescued, now)
                known.update(self._known(db, fresh, new=True))
            self._insert_places(db, [(one, known[one.content_id].mail_id) for one in batch], now)
            self._settle(db, batch, known, junk_folders, limits)
        return [
            ArriveResult(
                mail_id=row.mail_id,
                content_id=one.content_id,
                state=MailState(row.state),
                new=row.new,
                earlier=row.earlier,
            )
            for one in batch
            for row in (known[one.content_id],)
        ]

    def arrive_headers(self, batch: Sequence[HeadersOnly], *, watch: Watch | None = None) -> int:
        """Keep rows of headers for mails before the history window. Returns how many were new."""
        now = sys_now()
        count = 0
        with self.write() as db:
            self.check_watch(db, watch)
            for one in batch:
                # Content is unknown, so the place stands for it.
                place = one.place
                cid = f"place:{place.mailbox}\n{place.folder}\n{place.uidvalidity}\n{place.uid}"
                row = _mail_values(
                    cid, one.received_at, now, MailState.BEFORE_START, one.headers, size=one.size, raw_sha256=None
                )
                made = db.execute(self.upsert(MAIL).values(row).on_conflict_do_nothing().returning(MAIL.c.id)).scalar()
                if made is not None:
                    count += 1
                    db.execute(self._place_upsert(), [place_values(place, one.received_at, made, now)])
        return count

    def known_uids(self, mailbox: str, folder: str, uidvalidity: int, *, unfetchable: bool = True) -> set[int]:
        """The UIDs that have a row. `unfetchable=False` leaves those out that are worth another try."""
        query = sa.select(PLACE.c.uid).where(
            PLACE.c.mailbox == mailbox, PLACE.c.folder == folder, PLACE.c.uidvalidity == uidvalidity
        )
        if not unfetchable:
            query = query.where(PLACE.c.mail_id.is_not(None))
        with self.read() as db:
            return set(db.execute(query).scalars())

    def has_content(self, content_id: str) -> bool:
        """Whether this very mail is there, wherever it lies."""
        with self.read() as db:
            return db.execute(sa.select(MAIL.c.id).where(MAIL.c.content_id == content_id)).first() is not None

    def known_places(self) -> int:
        """How many UIDs have a row, of whatever kind."""
        with self.read() as db:
            return int(db.execute(sa.select(sa.func.count()).select_from(PLACE)).scalar_one())

    def places(self, mail_id: int) -> list[Place]:
        """All places of a mail, oldest row first."""
        with self.read() as db:
            rows = db.execute(sa.select(PLACE).where(PLACE.c.mail_id == mail_id).order_by(PLACE.c.id))
            return [Place(mailbox=r.mailbox, folder=r.folder, uidvalidity=r.uidvalidity, uid=r.uid) for r in rows]

    def _known(self, db: sa.Connection, content_ids: Iterable[str], *, new: bool = False) -> dict[str, _Known]:
        query = sa.select(MAIL.c.id, MAIL.c.content_id, MAIL.c.state, MAIL.c.received_at, MAIL.c.junk).where(
            MAIL.c.content_id.in_(list(content_ids))
        )
        return {row.content_id: _Known(row.id, row.state, row.received_at, new, row.junk) for row in db.execute(query)}

    def _insert(
        self,
        db: sa.Connection,
        mails: list[tuple[str, Arrival]],
        headers: Mapping[str, Headers],
        rescued: set[str],
        now: datetime,
    ) -> None:
        db.execute(
            self.upsert(BLOB).on_conflict_do_nothing(),
            list({digest: {"sha256": digest, "content": one.raw} for digest, one in mails}.values()),
        )
        db.execute(
            self.upsert(MAIL).on_conflict_do_nothing(),
            [
                _mail_values(
                    one.content_id, one.received_at, now, MailState.NEW, headers.get(one.content_id, Headers()),
                    size=len(one.raw), raw_sha256=digest, junk=one.content_id not in rescued,
                )
                for digest, one in mails
            ],
        )  # fmt: skip

    def _place_upsert(self) -> Any:
        insert = self.upsert(PLACE)
        return insert.on_conflict_do_update(
            index_elements=["mailbox", "folder", "uidvalidity", "uid"],
            set_={"mail_id": insert.excluded.mail_id, "received_at": insert.excluded.received_at, "reason": None},
            where=PLACE.c.mail_id.is_(None),
        )

    def _insert_places(self, db: sa.Connection, found: Iterable[tuple[Arrival, int]], now: datetime) -> None:
        db.execute(
            self._place_upsert(), [place_values(one.place, one.received_at, mail_id, now) for one, mail_id in found]
        )

    def _settle(
        self,
        db: sa.Connection,
        batch: Sequence[Arrival],
        known: dict[str, _Known],
        junk_folders: frozenset[str],
        limits: Sequence[datetime] | None,
    ) -> None:
        """The earliest INTERNALDATE rules; what a person took out of Junk is new."""
        for one in batch:
            row = known[one.content_id]
            if one.received_at < row.received_at:
                self._received_earlier(db, one, row, limits)
            if row.junk and one.place.folder not in junk_folders:
                self._rescue(db, row)

    @staticmethod
    def _received_earlier(db: sa.Connection, one: Arrival, row: _Known, limits: Sequence[datetime] | None) -> None:
        was, row.received_at = row.received_at, one.received_at
        row.earlier = row.state in (MailState.JUDGED, MailState.JUNK)
        # Who is judging it at this moment does so on the wrong time: the claim is void.
        db.execute(
            sa.update(MAIL)
            .where(MAIL.c.id == row.mail_id)
            .values(received_at=one.received_at, claimant=None, claimed_at=None)
        )
        if row.earlier:
            audit.record(db, audit.Event(actor="timer", act="received-earlier", entity="mail", entity_id=row.mail_id))
            again.received_earlier(db, row.mail_id, was=was, at=one.received_at, uid=one.place.uid, limits=limits)
            row.state = db.execute(sa.select(MAIL.c.state).where(MAIL.c.id == row.mail_id)).scalar_one()

    @staticmethod
    def _rescue(db: sa.Connection, row: _Known) -> None:
        """A verdict on junk binds nobody: it goes, and who is judging it as junk at this moment finds it gone."""
        if row.state == MailState.JUNK:
            again.take_back(db, (row.mail_id,), because="rescued from junk", actor="timer")
        db.execute(
            sa.update(MAIL)
            .where(MAIL.c.id == row.mail_id)
            .values(
                junk=False,
                state=MailState.NEW.value,
                claimant=None,
                claimed_at=None,
                attempts=0,
                crashes=0,
                reason=None,
            )
        )
        row.state, row.junk = MailState.NEW, False
        audit.record(db, audit.Event(actor="timer", act="rescued-from-junk", entity="mail", entity_id=row.mail_id))


def _mail_values(
    content_id: str,
    received_at: datetime,
    now: datetime,
    state: MailState,
    headers: Headers,
    *,
    size: int,
    raw_sha256: str | None,
    junk: bool = False,
) -> dict[str, object]:
    return {
        "content_id": content_id,
        "raw_sha256": raw_sha256,
        "size": size,
        **header_values(headers),
        "received_at": received_at,
        "arrived_at": now,
        "state": state.value,
        "attempts": 0,
        "crashes": 0,
        "junk": junk,
    }


def header_values(headers: Headers) -> dict[str, object]:
    """The header columns of a mail, bounded: a list never needs more of them."""
    sender = headers.sender
    return {
        "message_id": _bounded(headers.message_id, 998),
        "subject": _bounded(headers.subject, 1000),
        "sender_name": _bounded(sender.name if sender else None, 300),
        "sender_address": _bounded(sender.address if sender else None, 320),
        "date": headers.date if headers.date and headers.date.tzinfo else None,
    }


def _bounded(text: str | None, limit: int) -> str | None:
    return None if text is None else clean_text(text)[:limit]
