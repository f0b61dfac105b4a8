"""Step 1: every mail of the watched folders into the database, before anything else (DESIGN §8.1).

`take_stock` looks at one folder over an open connection and stores what has no row yet: raw mails in batches, one
transaction each; headers only for what is older than the history; a row with a reason for what can't be fetched. It
never sets a flag and moves nothing. A folder that fails doesn't stop the others; a mail that fails doesn't stop the
batch. Times: INTERNALDATE, aware; `start` business time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from mailflow.mail import identify
from mailflow.mailbox.errors import MailboxError, NoSuchFolder
from mailflow.mailbox.imap import Fetched, Imap, Listed, Selected, batches
from mailflow.model import Address, Arrival, Place
from mailflow.settings.models import Mailbox
from mailflow.store.arrivals import Headers, HeadersOnly, Watch
from mailflow.store.store import Store

log = structlog.get_logger()

UID_WINDOW = 2_000  # UIDs asked for in one go: bounds the answer at a first start with an old mailbox


@dataclass(frozen=True, slots=True)
class Stock:
    """What one look at the folders brought."""

    new: int = 0
    headers_only: int = 0
    unfetchable: int = 0
    failed_folders: tuple[str, ...] = ()

    def __add__(self, other: Stock) -> Stock:
        return Stock(
            self.new + other.new,
            self.headers_only + other.headers_only,
            self.unfetchable + other.unfetchable,
            self.failed_folders + other.failed_folders,
        )


PATIENCE = 3  # a UID whose FETCH alone breaks the connection this often gets a row with the reason


class Patience:
    """How often a FETCH broke with which mails in it, while this process lives."""

    def __init__(self) -> None:
        self._blamed: Counter[Place] = Counter()

    def tried(self, place: Place) -> bool:
        return self._blamed[place] > 0

    def blame(self, place: Place) -> int:
        self._blamed[place] += 1
        return self._blamed[place]


@dataclass(frozen=True, slots=True)
class Taker:
    """What storing mails needs beside the connection. `start`: the go-live fence, None while there is none."""

    store: Store
    mailbox: Mailbox
    start: datetime | None
    patience: Patience = field(default_factory=Patience)
    watch: Watch | None = None
    stopping: Callable[[], bool] = lambda: False

    def folders(self, imap: Imap, *, whole: bool) -> Stock:
        """All watched folders. `whole`: compare the sets of UIDs instead of trusting the watermark."""
        junk = frozenset(self.mailbox.folders.junk)
        there = set(imap.folders())
        total = Stock()
        for folder in dict.fromkeys((*self.mailbox.folders.watch, *self.mailbox.folders.junk)):
            if self.stopping():
                break
            if folder in junk and folder not in there:
                continue  # a mailbox without a junk folder has no junk
            try:
                total += self.take_stock(imap, folder, whole=whole)
            except NoSuchFolder as error:
                log.error("folder missing", folder=folder, reason=error.reason)
                total += Stock(failed_folders=(folder,))
        return total

    def take_stock(self, imap: Imap, folder: str, *, whole: bool) -> Stock:
        """Store what one folder holds that has no row yet. Raises MailboxError."""
        selected = imap.select(folder, readonly=True)
        mark = self.store.watermark(imap.account, folder)
        since = mark[1] + 1 if mark and mark[0] == selected.uidvalidity and not whole else 1
        uids = imap.uids(since_uid=since)
        known = self.store.known_uids(imap.account, folder, selected.uidvalidity, unfetchable=not whole)
        missing = [uid for uid in uids if uid not in known]
        total = Stock()
        for window in _windows(missing):
            listed = imap.listed(window)
            total += self._store_old(imap, selected, [one for one in listed if self._too_old(one)])
            total += self._store_large(
                imap, selected, [one for one in listed if not self._too_old(one) and self._too_large(one)]
            )
            for group in batches([one for one in listed if not self._too_old(one) and not self._too_large(one)]):
                if self.stopping():
                    return total
                total += self._store_group(imap, selected, group)
        if uids and not self.stopping():
            self.store.set_watermark(imap.account, folder, selected.uidvalidity, max(uids), watch=self.watch)
        return total

    def _too_old(self, one: Listed) -> bool:
        return self.start is not None and one.received_at < self.start - self.mailbox.history

    def _too_large(self, one: Listed) -> bool:
        return one.size > self.mailbox.max_size

    def _place(self, imap: Imap, selected: Selected, uid: int) -> Place:
        return Place(mailbox=imap.account, folder=selected.folder, uidvalidity=selected.uidvalidity, uid=uid)

    def _store_group(self, imap: Imap, selected: Selected, group: Sequence[Listed]) -> Stock:
        places = {one.uid: self._place(imap, selected, one.uid) for one in group}
        if len(group) > 1 and any(self.patience.tried(place) for place in places.values()):
            return sum((self._store_group(imap, selected, [one]) for one in group), Stock())
        try:
            fetched = imap.fetch([one.uid for one in group])
        except MailboxError as error:
            # The answer broke, and the connection with it. One of these mails may be why: next time they are asked
            # for one by one, and what breaks the answer alone PATIENCE times gets a row and is left.
            for place in places.values():
                if self.patience.blame(place) >= PATIENCE and len(group) == 1:
                    self.store.record_unfetchable(
                        place, f"サーバーから取り出せません：{error.reason}", watch=self.watch
                    )
            raise
        arrivals, headers = [], {}
        for one in fetched:
            arrival, shown = self._arrival(imap, selected, one)
            arrivals.append(arrival)
            headers[arrival.content_id] = shown
        results = self.store.arrive(
            arrivals, headers=headers, junk_folders=frozenset(self.mailbox.folders.junk), watch=self.watch
        )
        return Stock(new=sum(result.new for result in results))

    def _arrival(self, imap: Imap, selected: Selected, one: Fetched) -> tuple[Arrival, Headers]:
        try:
            known = identify(one.raw)
            content_id, shown = (
                known.content_id,
                Headers(message_id=known.message_id, subject=known.subject, sender=known.sender, date=known.date),
            )
        except Exception as error:
            log.error("mail without identity", uid=one.uid, error=f"{type(error).__name__}: {error}")
            content_id, shown = f"raw:{hashlib.sha256(one.raw).hexdigest()}", Headers()
        place = self._place(imap, selected, one.uid)
        return Arrival(raw=one.raw, place=place, received_at=one.received_at, content_id=content_id), shown

    def _store_old(self, imap: Imap, selected: Selected, old: Sequence[Listed]) -> Stock:
        rows = []
        for one in old:
            if self.stopping():
                break
            rows.append(
                HeadersOnly(
                    place=self._place(imap, selected, one.uid),
                    received_at=one.received_at,
                    size=one.size,
                    headers=_headers(imap.fetch_headers(one.uid)),
                )
            )
        return Stock(headers_only=self.store.arrive_headers(rows, watch=self.watch) if rows else 0)

    def _store_large(self, imap: Imap, selected: Selected, large: Sequence[Listed]) -> Stock:
        for one in large:
            limit = self.mailbox.max_size // 1_000_000
            reason = f"大きすぎるため読んでいません（{one.size / 1_000_000:.1f}MB、上限 {limit}MB）"
            self.store.record_unfetchable(self._place(imap, selected, one.uid), reason, watch=self.watch)
            log.warning("mail too large", folder=selected.folder, uid=one.uid, size=one.size)
        return Stock(unfetchable=len(large))


def _windows(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for i in range(0, len(uids), UID_WINDOW):
        yield uids[i : i + UID_WINDOW]


def _headers(block: bytes) -> Headers:
    try:
        known = identify(block)
    except Exception:
        return Headers()
    sender: Address | None = known.sender
    return Headers(message_id=known.message_id, subject=known.subject, sender=sender, date=known.date)
