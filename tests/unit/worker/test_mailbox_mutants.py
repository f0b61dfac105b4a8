"""The model of the mailbox finds what it is there for: each way of reading a mailbox wrong below makes it fail.

A mutant is the watch with one mistake that mail programs do make; the model runs on it and must break an invariant. One that
survives says that the model has gone blind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase

from mailflow.mailbox.errors import Refused
from mailflow.mailbox.imap import Imap
from mailflow.mailbox.listing import Fetched, Listed, Selected
from mailflow.model import Arrival
from mailflow.settings.models import Folders, Mailbox
from mailflow.store.arrivals import PLACE, Arrivals
from mailflow.store.watching import Watching
from mailflow.worker.arrive import Stock, Taker
from tests.unit.worker.mailbox_model import Server
from tests.unit.worker.test_mailbox_model import run

Patch = Callable[[pytest.MonkeyPatch], None]
MUTANTS: dict[str, Patch] = {}


def mutant(patch: Patch) -> Patch:
    MUTANTS[patch.__name__.replace("_", "-")] = patch
    return patch


@mutant
def uidvalidity_ignored(patch: pytest.MonkeyPatch) -> None:
    """paperless-ngx#8944."""

    def known_uids(
        self: Arrivals, mailbox: str, folder: str, _uidvalidity: int, *, unfetchable: bool = True
    ) -> set[int]:
        with self.read() as db:
            return set(db.execute(sa.select(PLACE.c.uid).where(PLACE.c.folder == folder)).scalars())

    patch.setattr(Arrivals, "known_uids", known_uids)


@mutant
def watermark_outlives_uidvalidity(patch: pytest.MonkeyPatch) -> None:
    select, watermark = Server.select, Watching.watermark
    now = {}

    def selecting(self: Server, folder: str, *, readonly: bool = False) -> Selected:
        found = select(self, folder, readonly=readonly)
        now[folder] = found.uidvalidity
        return found

    def kept(self: Watching, mailbox: str, folder: str) -> tuple[int, int] | None:
        mark = watermark(self, mailbox, folder)
        return None if mark is None else (now.get(folder, mark[0]), mark[1])

    real = Taker.take_stock
    patch.setattr(Server, "select", selecting)
    patch.setattr(Watching, "watermark", kept)
    patch.setattr(Taker, "take_stock", lambda self, imap, folder, *, whole: real(self, imap, folder, whole=False))


@mutant
def uids_taken_for_numbers_in_a_row(patch: pytest.MonkeyPatch) -> None:
    """An expunge leaves a gap; who counts on from the watermark by position skips one."""
    real = Server.uids
    patch.setattr(Server, "uids", lambda self, *, since_uid=1: real(self)[since_uid - 1 :])


@mutant
def seen_is_decided(patch: pytest.MonkeyPatch) -> None:
    """SEARCH UNSEEN: what a colleague opened is never read."""
    real = Server.uids

    def unseen(self: Server, *, since_uid: int = 1) -> list[int]:
        return [uid for uid in real(self, since_uid=since_uid) if not self._selected.mails[uid].seen]

    patch.setattr(Server, "uids", unseen)


@mutant
def reading_sets_the_flag(patch: pytest.MonkeyPatch) -> None:
    """BODY[] for BODY.PEEK[]."""
    real = Server.fetch

    def fetch(self: Server, uids: Sequence[int]) -> tuple[Fetched, ...]:
        for uid in uids:
            if uid in self._selected.mails:
                self._selected.mails[uid].seen = True
        return real(self, uids)

    patch.setattr(Server, "fetch", fetch)


@mutant
def flagged_before_it_is_committed(patch: pytest.MonkeyPatch) -> None:
    """Flagged as fetched, then the line breaks, and unflagged is what is asked for."""
    uids_of, fetch_of = Server.uids, Server.fetch

    def flagged(self: Server) -> set[tuple[int, int]]:
        found: set[tuple[int, int]] = self.__dict__.setdefault("flagged", set())
        return found

    def uids(self: Server, *, since_uid: int = 1) -> list[int]:
        there = uids_of(self, since_uid=since_uid)
        return [uid for uid in there if (self._selected.uidvalidity, uid) not in flagged(self)]

    def fetch(self: Server, wanted: Sequence[int]) -> tuple[Fetched, ...]:
        flagged(self).update((self._selected.uidvalidity, uid) for uid in wanted)
        return fetch_of(self, wanted)

    patch.setattr(Server, "uids", uids)
    patch.setattr(Server, "fetch", fetch)


@mutant
def a_folder_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    real, one = Taker.folders, Mailbox(folders=Folders(watch=("INBOX",)))
    patch.setattr(Taker, "folders", lambda self, imap, *, whole: real(replace(self, mailbox=one), imap, whole=whole))


@mutant
def one_missing_folder_stops_the_look(patch: pytest.MonkeyPatch) -> None:
    def folders(self: Taker, imap: Imap, *, whole: bool) -> Stock:
        total = Stock()
        for folder in ("応募", "INBOX", "Junk"):
            try:
                total += self.take_stock(imap, folder, whole=whole)
            except Refused as error:
                return total + Stock(failed_folders=((folder, error.reason),))
        return total

    patch.setattr(Taker, "folders", folders)


@mutant
def a_moved_mail_is_another_one(patch: pytest.MonkeyPatch) -> None:
    real = Taker._arrival

    def arrival(self: Taker, imap: Imap, selected: Selected, one: Fetched) -> tuple[Arrival, Any]:
        found, headers = real(self, imap, selected, one)
        return replace(found, content_id=f"{selected.folder} {found.content_id}"), headers

    patch.setattr(Taker, "_arrival", arrival)


@mutant
def nothing_is_listed_after_a_reconnect(patch: pytest.MonkeyPatch) -> None:
    """Waiting in IDLE at once: what came while the line was down is never told of."""
    real = Taker.folders
    patch.setattr(Taker, "folders", lambda self, imap, *, whole: Stock() if whole else real(self, imap, whole=False))


@mutant
def the_watermark_goes_before_the_mail(patch: pytest.MonkeyPatch) -> None:
    """…and nothing is compared, so what the line broke at stays behind it."""
    take, stock = Taker._take, Taker.take_stock

    def taking(self: Taker, imap: Imap, selected: Selected, listed: Sequence[Listed], rows: set[int]) -> Stock:
        if listed:
            newest = max(one.uid for one in listed)
            self.store.set_watermark(imap.account, selected.folder, selected.uidvalidity, newest)
        return take(self, imap, selected, listed, rows)

    patch.setattr(Taker, "_take", taking)
    patch.setattr(Taker, "take_stock", lambda self, imap, folder, *, whole: stock(self, imap, folder, whole=False))


@mutant
def the_time_of_the_first_copy_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Arrivals, "_received_earlier", staticmethod(lambda *_: None))


@mutant
def what_was_in_junk_stays_junk(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Arrivals, "_rescue", staticmethod(lambda *_: None))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_the_model_finds_it(empty_database: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    MUTANTS[name](monkeypatch)
    with pytest.raises(Exception) as found:
        run(empty_database, max_examples=100, stateful_step_count=30, phases=(Phase.generate,))  # found, not made small
    told = found.value.exceptions if isinstance(found.value, ExceptionGroup) else (found.value,)
    assert all(isinstance(one, AssertionError) for one in told), told
