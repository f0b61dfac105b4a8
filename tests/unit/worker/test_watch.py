"""What the watch tells of a look, whatever becomes of the folders beside the watched ones; and judged mail moved away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from mailflow.clock import Clock, sys_now
from mailflow.mailbox.errors import MailboxError, Unreachable
from mailflow.mailbox.imap import Imap
from mailflow.mailbox.listing import Selected
from mailflow.settings.connection import Connection
from mailflow.settings.models import Folders, Mailbox
from mailflow.store import Store
from mailflow.store.errors import LostWatch
from mailflow.store.moves import OUTGOING
from mailflow.store.watching import Watch
from mailflow.worker import watch
from mailflow.worker.arrive import Patience, Stock, Taker
from mailflow.worker.send import file_sent
from mailflow.worker.tidy import Processed
from mailflow.worker.watch import Watcher
from tests.unit.store.flow import MINATO, NOW, TARO, Letter, process, send_all
from tests.unit.worker.mailbox_model import Lying, Server


@pytest.mark.parametrize("error", [Unreachable("切れました"), LostWatch("別のプロセス"), ValueError("a bug")])
def test_the_inbox_is_told_of_though_the_folders_beside_it_fail(store: Store, error: Exception) -> None:
    server, told = Server("INBOX"), []
    server.named["INBOX"].put(Lying(b"Message-ID: <1@city.example>\r\n\r\nyes\r\n", NOW))

    def fails(_imap: Imap, _watch: Watch) -> None:
        told.append("beside")
        raise error

    watcher = Watcher(
        store=store, connection=lambda: cast(Connection, None), mailbox=lambda: Mailbox(folders=Folders()),
        compare=lambda: timedelta(minutes=10), start=lambda: None, take_watch=lambda: None,
        arrived=lambda stock: told.append(f"arrived {stock.new}"), looked=lambda: told.append("looked"),
        trouble=told.append, stop=threading.Event(), beside=fails,
    )  # fmt: skip
    with pytest.raises((MailboxError, LostWatch, ValueError)):
        watcher._serve(cast(Imap, server), cast(Connection, None), cast(Watch, None), Patience())
    assert told == ["beside", "arrived 1", "looked"]


def test_all_uids_are_compared_by_the_clock_however_busy_the_mailbox_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rush: each look takes four seconds and IDLE ends at once, so that hardly anything is ever waited."""
    now, looks, stop = [0.0], [], threading.Event()

    def folders(_taker: Taker, _imap: Imap, *, whole: bool) -> Stock:
        looks.append((now[0], whole))
        now[0] += 4.0
        if now[0] > 2_000:
            stop.set()
        return Stock()

    monkeypatch.setattr(Taker, "folders", folders)
    monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: now[0]))
    watcher = Watcher(
        store=store, connection=lambda: cast(Connection, None), mailbox=lambda: Mailbox(folders=Folders()),
        compare=lambda: timedelta(minutes=10), start=lambda: None, take_watch=lambda: None, arrived=lambda _stock: None,
        looked=lambda: None, trouble=lambda _reason: None, stop=stop,
    )  # fmt: skip
    watcher._serve(cast(Imap, Server("INBOX")), cast(Connection, None), cast(Watch, None), Patience())
    assert [at for at, whole in looks if whole] == [0.0, 604.0, 1208.0, 1812.0]


class Movable:
    """As much of a connection as moving needs; counts what it is asked."""

    account = "office@mailbox.example"

    def __init__(self, *uids: int, can_move: bool = True) -> None:
        self.uids_there, self.can_move = list(uids), can_move
        self.asked: list[str] = []

    def select(self, folder: str, *, readonly: bool = False) -> Selected:
        self.asked.append("select")
        return Selected(folder, 7, len(self.uids_there))

    def uids(self, *, since_uid: int = 1) -> list[int]:
        self.asked.append("list")
        return self.uids_there

    def ensure(self, _folder: str) -> None:
        self.asked.append("ensure")

    def move(self, uids: Sequence[int], _folder: str) -> None:
        self.asked.append("move")
        self.uids_there = [one for one in self.uids_there if one not in uids]


ASIDE = Folders(processed="処理済み")


@pytest.fixture
def judged(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """So many UIDs of the folder have their verdict."""

    def say(count: int) -> None:
        monkeypatch.setattr(store, "judged_uids", lambda *_: set(range(1, count + 1)))

    return say


def test_where_nothing_was_judged_since_the_folder_is_not_listed(store: Store, judged: Callable[[int], None]) -> None:
    imap, processed = Movable(1, 2, 3), Processed(store)
    judged(2)
    assert processed.move(cast(Imap, imap), ASIDE) == 2
    assert processed.move(cast(Imap, imap), ASIDE) == 0
    assert imap.asked == ["select", "list", "ensure", "move", "select"]
    judged(3)
    assert processed.move(cast(Imap, imap), ASIDE) == 1


def test_a_server_that_cannot_move_safely_is_told_of_once(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    imap, processed = Movable(1, can_move=False), Processed(store)
    for _ in range(3):
        assert processed.move(cast(Imap, imap), ASIDE) == 0
    assert imap.asked == []
    assert capsys.readouterr().out.count("mails not moved") == 1


def test_the_uids_with_a_verdict(store: Store) -> None:
    process(store, Letter())
    (line,) = store.mails()
    (place,) = store.places(line.id)
    key: Any = (place.mailbox, place.folder)
    assert store.judged_uids(*key, place.uidvalidity) == {place.uid}
    assert store.judged_uids(*key, place.uidvalidity + 1) == set()


def test_a_letter_that_breaks_its_filing_stops_no_other(store: Store) -> None:
    process(store, Letter())
    process(store, Letter(organization=MINATO, sender=TARO))
    send_all(store)
    with store.write() as db:
        db.execute(sa.update(OUTGOING).values(mime=b"X-Mailflow-Id: 0123456789ab\r\n\r\ntext"))
    asked: list[str] = []

    class Folder:
        def ensure(self, _folder: str) -> None: ...

        def find_header(self, _folder: str, _name: str, value: str) -> list[int]:
            asked.append(value)
            if len(asked) == 1:
                raise ValueError("an answer that nobody foresaw")
            return []

        def append(self, *_: object) -> None: ...

    settings: Any = SimpleNamespace(
        file=SimpleNamespace(mailbox=SimpleNamespace(folders=Folders()), smtp=SimpleNamespace(server_files_sent=False))
    )
    count = len(store.to_file(sys_now()))
    assert count == 2
    assert file_sent(store, cast(Imap, Folder()), settings, Clock()) == 1
    (left,) = store.to_file(sys_now() + timedelta(days=1))
    assert left.attempts == 1
