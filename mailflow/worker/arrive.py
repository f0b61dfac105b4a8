"""Step 1: every mail of the watched folders into the database, before anything else (DESIGN §8.1).

`take_stock` looks at one folder over an open connection and stores what has no row yet: raw mails in batches, one
transaction each; headers only for what is older than the history; a row with a reason for what can't be fetched. It
never sets a flag and moves nothing. A folder that the server refuses doesn't stop the others; a mail whose FETCH breaks
the connection is asked for last and alone, and after PATIENCE times only once in a while. Times: INTERNALDATE, aware;
`start` business time.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from mailflow.mail import identify
from mailflow.mailbox.errors import MailboxError, Refused
from mailflow.mailbox.imap import Imap
from mailflow.mailbox.listing import Fetched, Listed, Selected, batches
from mailflow.model import Address, Arrival, Place
from mailflow.settings.models import Mailbox
from mailflow.store.arrivals import Headers, HeadersOnly
from mailflow.store.errors import StoreError
from mailflow.store.store import Store
from mailflow.store.watching import Watch
from mailflow.worker.trouble import MACHINE, words

T = TypeVar("T")
log = structlog.get_logger()

UID_WINDOW = 2_000  # UIDs asked for in one go: bounds the answer at a first start with an old mailbox
HEADERS_AT_ONCE = 100  # header blocks in one answer and one commit


@dataclass(frozen=True, slots=True)
class Stock:
    """What one look at the folders brought."""

    new: int = 0
    headers_only: int = 0
    unfetchable: int = 0
    failed_folders: tuple[tuple[str, str], ...] = ()  # name, reason

    def __add__(self, other: Stock) -> Stock:
        return Stock(
            self.new + other.new,
            self.headers_only + other.headers_only,
            self.unfetchable + other.unfetchable,
            self.failed_folders + other.failed_folders,
        )


PATIENCE = 3  # a UID whose FETCH alone breaks the connection this often gets a row with the reason
FORGIVEN_S = 3600.0  # …and is asked for again after this time, once


class Patience:
    """Which mails a FETCH broke with, how often and when, while this process lives."""

    def __init__(self) -> None:
        self._blamed: dict[Place, tuple[int, float]] = {}

    def times(self, place: Place) -> int:
        return self._blamed.get(place, (0, 0.0))[0]

    def worn_out(self, place: Place) -> bool:
        """Leave it alone for now."""
        times, at = self._blamed.get(place, (0, 0.0))
        return times >= PATIENCE and time.monotonic() - at < FORGIVEN_S

    def blame(self, place: Place) -> int:
        times = self.times(place) + 1
        self._blamed[place] = (times, time.monotonic())
        return times

    def clear(self, place: Place) -> None:
        self._blamed.pop(place, None)


@dataclass(frozen=True, slots=True)
class Taker:
    """What storing mails needs beside the connection. `start`: the go-live fence, None while there is none. `limits`: the
    moments at which a judgement may turn, None: any."""

    store: Store
    mailbox: Mailbox
    start: datetime | None
    patience: Patience = field(default_factory=Patience)
    watch: Watch | None = None
    stopping: Callable[[], bool] = lambda: False
    limits: Sequence[datetime] | None = None

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
            except Refused as error:
                log.error("folder not read", folder=folder, reason=error.reason)
                total += Stock(failed_folders=((folder, error.reason),))
        return total

    def take_stock(self, imap: Imap, folder: str, *, whole: bool) -> Stock:
        """Store what one folder holds that has no row yet. Raises MailboxError."""
        selected = imap.select(folder, readonly=True)
        mark = self.store.watermark(imap.account, folder)
        since = mark[1] + 1 if mark and mark[0] == selected.uidvalidity and not whole else 1
        uids = imap.uids(since_uid=since)
        rows = self.store.known_uids(imap.account, folder, selected.uidvalidity)
        known = self.store.known_uids(imap.account, folder, selected.uidvalidity, unfetchable=False) if whole else rows
        if whole:
            self._note_gone(imap, selected, rows - known - set(uids))
        missing = [uid for uid in uids if uid not in known]
        blamed = {uid: self.patience.times(self._place(imap, selected, uid)) for uid in missing}
        listed: list[Listed] = []
        for window in _windows([uid for uid in missing if not blamed[uid]], UID_WINDOW):
            listed += imap.listed(window)
        total = self._take(imap, selected, listed, rows)
        for uid in sorted((uid for uid in missing if blamed[uid]), key=lambda uid: blamed[uid]):
            # Last, the most suspect at the very end, so that nobody waits for them.
            if not self.patience.worn_out(self._place(imap, selected, uid)):
                total += self._take(imap, selected, imap.listed([uid]), rows)
        if uids and not self.stopping():
            self.store.set_watermark(imap.account, folder, selected.uidvalidity, max(uids), watch=self.watch)
        return total

    def _take(self, imap: Imap, selected: Selected, listed: Sequence[Listed], rows: set[int]) -> Stock:
        """`rows`: UIDs that have a row already, be it only a reason. What is to be judged comes first: at a first start it may
        lie behind years of old mail."""
        total = Stock()
        old = [one for one in listed if self._too_old(one)]
        young = [one for one in listed if not self._too_old(one)]
        large = [one for one in young if one.size > self.mailbox.max_size]
        total += self._store_large(imap, selected, [one for one in large if one.uid not in rows])
        for group in batches([one for one in young if one.size <= self.mailbox.max_size]):
            if self.stopping():
                break
            total += self._store_group(imap, selected, group)
        return total + self._store_old(imap, selected, old)

    def _too_old(self, one: Listed) -> bool:
        return self.start is not None and one.received_at < self.start - self.mailbox.history

    def _place(self, imap: Imap, selected: Selected, uid: int) -> Place:
        return Place(mailbox=imap.account, folder=selected.folder, uidvalidity=selected.uidvalidity, uid=uid)

    @contextmanager
    def _blaming(self, places: Collection[Place]) -> Iterator[None]:
        """If the answer breaks, and the connection with it, one of these mails may be why: next time they are asked for
        one by one, and what breaks the answer alone PATIENCE times gets a row."""
        try:
            yield
        except Refused:
            raise
        except MailboxError as error:
            for place in places:
                if self.patience.blame(place) >= PATIENCE and len(places) == 1:
                    self._record(place, error.reason)
            raise
        for place in places:
            self.patience.clear(place)

    def _store_group(self, imap: Imap, selected: Selected, group: Sequence[Listed]) -> Stock:
        places = {one.uid: self._place(imap, selected, one.uid) for one in group}
        try:
            with self._blaming(places.values()):
                fetched = imap.fetch([one.uid for one in group])
        except Refused as error:
            if len(group) > 1:
                return sum((self._store_group(imap, selected, [one]) for one in group), Stock())
            return self._unfetchable(imap, selected, group, error.reason)
        arrivals, headers = [], {}
        for one in fetched:
            arrival, shown = self._arrival(imap, selected, one)
            arrivals.append(arrival)
            headers[arrival.content_id] = shown
        try:
            results = self.store.arrive(
                arrivals,
                headers=headers,
                junk_folders=frozenset(self.mailbox.folders.junk),
                limits=self.limits,
                watch=self.watch,
            )
        except (StoreError, *MACHINE):
            raise
        except Exception as error:  # a value that the database can't hold: one mail's fault
            if len(group) > 1:
                return sum((self._store_group(imap, selected, [one]) for one in group), Stock())
            return self._unfetchable(imap, selected, group, words(error))
        came = {one.uid for one in fetched}
        silent = [one for one in group if one.uid not in came]
        return Stock(new=sum(result.new for result in results)) + self._unfetchable(
            imap, selected, silent, "サーバーが中身を返しません"
        )

    def _unfetchable(self, imap: Imap, selected: Selected, refused: Sequence[Listed], reason: str) -> Stock:
        """What the server doesn't give has a row, unless it is gone: a person moves mail between two commands."""
        if not refused:
            return Stock()
        imap.noop()
        there = set(imap.uids(since_uid=min(one.uid for one in refused)))
        left = [one for one in refused if one.uid in there]
        for one in left:
            self._record(self._place(imap, selected, one.uid), reason, one.received_at)
        return Stock(unfetchable=len(left))

    def _record(self, place: Place, reason: str, received_at: datetime | None = None) -> None:
        self.store.record_unfetchable(
            place, f"サーバーから取り出せません：{reason}", received_at=received_at, watch=self.watch
        )
        log.error("mail not fetched", folder=place.folder, uid=place.uid, reason=reason)

    def _note_gone(self, imap: Imap, selected: Selected, uids: set[int]) -> None:
        """What couldn't be fetched and lies there no more: its row stays and says so."""
        if uids:
            places = [self._place(imap, selected, uid) for uid in sorted(uids)]
            self.store.unfetchable_gone(places, watch=self.watch)

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
        total = 0
        for group in _windows(old, HEADERS_AT_ONCE):
            if self.stopping():
                break
            shown = self._shown(imap, selected, group)
            rows = [
                HeadersOnly(
                    place=self._place(imap, selected, one.uid),
                    received_at=one.received_at,
                    size=one.size,
                    headers=shown[one.uid],
                )
                for one in group
            ]
            total += self.store.arrive_headers(rows, watch=self.watch)
        return Stock(headers_only=total)

    def _shown(self, imap: Imap, selected: Selected, group: Sequence[Listed]) -> dict[int, Headers]:
        """The headers of what isn't fetched whole; empty ones where the server refuses even those."""
        with self._blaming([self._place(imap, selected, one.uid) for one in group]):
            try:
                blocks = imap.fetch_headers([one.uid for one in group])
            except Refused:
                if len(group) == 1:
                    return {group[0].uid: Headers()}
                return {uid: headers for one in group for uid, headers in self._shown(imap, selected, [one]).items()}
        return {one.uid: _headers(blocks.get(one.uid, b"")) for one in group}

    def _store_large(self, imap: Imap, selected: Selected, large: Sequence[Listed]) -> Stock:
        for one in large:
            limit = self.mailbox.max_size / 1_000_000
            reason = f"大きすぎるため読んでいません（{one.size / 1_000_000:.1f}MB、上限 {limit:g}MB）"
            shown = self._shown(imap, selected, [one])[one.uid]
            sender = shown.sender.address if shown.sender else "不明"
            self.store.record_unfetchable(
                self._place(imap, selected, one.uid),
                f"{reason}。差出人 {sender[:200]}、件名「{(shown.subject or '')[:120]}」",
                received_at=one.received_at,
                watch=self.watch,
            )
            log.warning("mail too large", folder=selected.folder, uid=one.uid, size=one.size)
        return Stock(unfetchable=len(large))


def _windows(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for i in range(0, len(items), size):
        yield items[i : i + size]


def _headers(block: bytes) -> Headers:
    try:
        known = identify(block)
    except Exception:
        return Headers()
    sender: Address | None = known.sender
    return Headers(message_id=known.message_id, subject=known.subject, sender=sender, date=known.date)
