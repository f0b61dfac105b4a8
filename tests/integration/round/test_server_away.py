"""The letters' server is away for hours, by a clock of the test's own: one log-in at a time asks for all that waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailflow.outbox.errors import NoConnection, NoLogin, NoServer
from mailflow.outbox.smtp import Delivered
from mailflow.settings.connection import Connection
from mailflow.store import Store
from mailflow.worker.send import Sender
from tests.integration.round.office import SHIPPED, Round, at

LETTERS = 6
HOUR = 3600.0


@dataclass
class Server:
    """Takes everything, or nothing while `trouble` says why; `never`: an address whose letters it never lets begin."""

    trouble: NoServer | None = None
    never: str | None = None
    takes_s: float = 0.2
    seconds: float = 0.0
    asked: list[float] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    connection: Connection = field(default_factory=lambda: Connection("smtp", "smtp.example", 25, "a", "old", "plain"))

    def use(self, *_: object, **__: object) -> None: ...

    def close(self) -> None: ...

    def check(self, sender: str | None = None) -> str:
        self.asked.append(self.seconds)
        self.seconds += self.takes_s
        if self.trouble is not None:
            raise self.trouble
        return f"250 {sender}"

    def deliver(self, _mime: bytes, *, to: tuple[str, ...], before_data: Callable[[], None], **_: Any) -> Delivered:
        self.check()
        if self.never in to:
            raise NoServer("452 4.3.1 not this one")
        before_data()
        self.taken.append(to[0])
        return Delivered("250 ok")

    def now(self) -> datetime:
        return at(17, 11) + timedelta(seconds=self.seconds)

    def sys_now(self) -> datetime:
        return self.now()

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def server(store: Store) -> Server:
    """With letters that wait to leave."""
    office = Round(store)
    for one in range(LETTERS):
        office.mail("押印は必要ですか。", when=at(17, 9, one), subject="質問", sender=f"x <u{one}@city{one}.example>")
    for line in store.drafts(states=["waiting"]):
        with store.write() as db:
            store.approve_in(db, line.id, user="policy", now=at(17, 10), undo_until=at(17, 10))
    assert len(store.outbox()) == LETTERS
    return Server()


def sender(store: Store, server: Server) -> Sender:
    return Sender(
        store=store, smtp=server, smtp_at=lambda: server.connection, settings=lambda: SHIPPED, clock=server,  # type: ignore[arg-type]
        claimant="here", seconds=lambda: server.seconds, wait=server.wait,
    )  # fmt: skip


def run(one: Sender, server: Server, until_s: float, tick_s: float = 11.0) -> float:
    """The job's ticks. Returns how long the longest one took."""
    longest = 0.0
    while server.seconds < until_s:
        began = server.seconds
        one.drain()
        longest = max(longest, server.seconds - began)
        server.seconds += tick_s
    return longest


def test_a_wrong_password_is_tried_a_dozen_times_an_hour_however_many_wait(store: Store, server: Server) -> None:
    server.trouble = NoLogin("535 5.7.8 bad credentials")
    one = sender(store, server)
    before = len(store.audit(entity="outgoing"))
    run(one, server, HOUR)
    assert 10 <= len(server.asked) <= 18
    pauses = [later - earlier for earlier, later in zip(server.asked, server.asked[1:], strict=False)]
    assert 25 <= pauses[0] <= 45
    assert 250 <= pauses[-1] <= 350
    assert len(store.audit(entity="outgoing")) - before <= 2, "an hour's asking is no hour's record"
    assert {line.attempts for line in store.outbox()} == {0}
    count, answer = store.not_leaving(server.now(), server.now() - timedelta(minutes=30))
    assert (count, answer[:3]) == (LETTERS, "535"), "those that wait behind are told of, too"
    server.trouble = None
    run(one, server, HOUR + 400)
    assert len(server.taken) == LETTERS
    server.trouble = NoLogin("535 5.7.8 bad credentials")


def test_a_new_password_is_tried_at_once_and_nothing_is_asked_for_nobody(store: Store, server: Server) -> None:
    server.trouble = NoLogin("535 5.7.8 bad credentials")
    one = sender(store, server)
    run(one, server, HOUR)
    server.trouble = None
    server.connection = Connection("smtp", "smtp.example", 25, "a", "new", "plain")
    began = server.seconds
    run(one, server, began + 30)
    assert len(server.taken) == LETTERS
    server.asked.clear()
    run(one, server, server.seconds + HOUR)
    assert server.asked == []


def test_where_packets_are_lost_a_tick_lasts_one_time_limit(store: Store, server: Server) -> None:
    server.trouble, server.takes_s = NoConnection("timed out"), 30.0
    assert run(sender(store, server), server, HOUR) <= 31


def test_a_letter_that_is_never_let_begin_holds_no_other_up_and_the_next_outage_begins_anew(
    store: Store, server: Server
) -> None:
    server.never = "u0@city0.example"
    one = sender(store, server)
    run(one, server, 600.0)
    assert sorted(server.taken) == [f"u{number}@city{number}.example" for number in range(1, LETTERS)]
    server.never = None
    run(one, server, server.seconds + 400)
    assert len(server.taken) == LETTERS
    assert one._away is None
