"""Arrive: kept once, wherever and however often a mail shows up."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
import sqlalchemy as sa

from mailflow.model import Place
from mailflow.store import Store, open_store
from mailflow.store.arrivals import MAIL, PLACE, Headers, HeadersOnly, MailState
from mailflow.store.errors import LostWatch
from mailflow.store.liveness import Liveness, WatchLock, new_claimant
from mailflow.store.unfetchable import PURGED
from tests.unit.store.flow import NOW, arrival


def test_a_batch_is_kept_with_its_places(store: Store) -> None:
    batch = [arrival(uid=number) for number in (7, 8, 9)]
    results = store.arrive(batch)
    assert [one.new for one in results] == [True] * 3
    assert store.known_uids("office@imap.example", "INBOX", 4_000_000_000) == {7, 8, 9}
    assert store.raw(results[0].mail_id) == batch[0].raw


def test_the_same_batch_twice_changes_nothing(store: Store) -> None:
    batch = [arrival(), arrival()]
    first = store.arrive(batch)
    again = store.arrive(batch)
    assert [one.mail_id for one in again] == [one.mail_id for one in first]
    assert not any(one.new for one in again)
    assert len(store.mails()) == 2


def test_one_content_in_two_folders_is_one_mail_with_the_earliest_time(store: Store) -> None:
    late = arrival(b"same", uid=5, folder="INBOX", received_at=NOW)
    early = replace(late, place=replace(late.place, folder="受付", uid=9), received_at=NOW - timedelta(hours=2))
    (first,) = store.arrive([late])
    (second,) = store.arrive([early])
    assert second.mail_id == first.mail_id
    assert store.mails()[0].received_at == early.received_at
    assert store.places(first.mail_id) == [late.place, early.place]
    (pending,) = store.claim_new(5, "w")
    assert pending.place == early.place  # the place that gave the time


def test_both_copies_in_one_batch(store: Store) -> None:
    one = arrival(b"same", uid=5)
    other = replace(one, place=replace(one.place, uid=6), received_at=NOW - timedelta(minutes=1))
    results = store.arrive([one, other])
    assert len({result.mail_id for result in results}) == 1
    assert store.mails()[0].received_at == other.received_at


def test_a_later_time_does_not_replace_an_earlier_one(store: Store) -> None:
    one = arrival(b"same", uid=5)
    store.arrive([one])
    store.arrive([replace(one, place=replace(one.place, uid=6), received_at=NOW + timedelta(days=1))])
    assert store.mails()[0].received_at == NOW


def test_a_mail_never_goes_back_to_junk(store: Store) -> None:
    one = arrival(b"app", uid=3, folder="INBOX")
    store.arrive([one])
    (result,) = store.arrive([replace(one, place=replace(one.place, folder="Junk"))], junk_folders=frozenset({"Junk"}))
    assert result.state is MailState.NEW


def test_an_unfetchable_uid_has_a_row_and_is_filled_later(store: Store) -> None:
    one = arrival(uid=11)
    store.record_unfetchable(one.place, "サーバーが本文を返しません")
    where = ("office@imap.example", "INBOX", 4_000_000_000)
    assert store.known_uids(*where) == {11}
    assert store.known_uids(*where, unfetchable=False) == set()
    (result,) = store.arrive([one])
    assert store.places(result.mail_id) == [one.place]
    store.record_unfetchable(one.place, "too late: it is fetched")
    assert store.known_uids(*where, unfetchable=False) == {11}


def test_what_was_purged_of_an_unfetchable_mail_does_not_come_back(store: Store) -> None:
    """It still lies in the mailbox, too large, and each look at it finds the same words."""
    place, why = arrival(uid=11).place, "大きすぎます。差出人 yamada@example.jp"
    store.record_unfetchable(place, why)
    with store.write() as db:
        db.execute(sa.update(PLACE).values(reason=PURGED))
    store.record_unfetchable(place, why)
    store.unfetchable_gone([place])
    assert [one.reason for one in store.unfetchable_lines()] == [PURGED]


def test_mail_before_the_history_is_a_row_of_headers(store: Store) -> None:
    place = Place(mailbox="m", folder="INBOX", uidvalidity=1, uid=1)
    old = HeadersOnly(
        place=place, received_at=NOW - timedelta(days=400), size=5, headers=Headers(subject="昨年度のメール")
    )
    assert store.arrive_headers([old]) == 1
    assert store.arrive_headers([old]) == 0
    (line,) = store.mails()
    assert (line.state, line.subject) == (MailState.BEFORE_START, "昨年度のメール")
    assert store.claim_new(5, "w") == []
    assert store.raw(line.id) is None


def test_headers_that_no_database_takes(store: Store) -> None:
    one = arrival()
    store.arrive([one], headers={one.content_id: Headers(subject="件\x00名\udce3" + "x" * 5000, message_id="<a@b>")})
    (line,) = store.mails()
    assert line.subject is not None
    assert line.subject.startswith("件名")
    assert len(line.subject) == 1000


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        pytest.param([(1, 5), (1, 9)], (1, 9), id="forward"),
        pytest.param([(1, 9), (1, 5)], (1, 9), id="never-back"),
        pytest.param([(1, 9), (2, 3)], (2, 3), id="new-uidvalidity-starts-over"),
    ],
)
def test_watermark(store: Store, steps: list[tuple[int, int]], expected: tuple[int, int]) -> None:
    assert store.watermark("m", "INBOX") is None
    for uidvalidity, uid in steps:
        store.set_watermark("m", "INBOX", uidvalidity, uid)
    assert store.watermark("m", "INBOX") == expected


def test_two_connections_bring_the_same_mails(store: Store, url: str) -> None:
    other = open_store(url)
    batches = [
        [arrival(f"double {number}".encode(), uid=number + 1) for number in range(start, start + 5)]
        for start in range(0, 60, 5)
    ]

    def bring(one: Store) -> None:
        for batch in batches:
            one.arrive(batch)

    threads = [Thread(target=bring, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.mails()) == 60
    assert len(store.known_uids("office@imap.example", "INBOX", 4_000_000_000)) == 60
    other.close()


def test_who_lost_the_watch_writes_nothing(store: Store, url: str) -> None:
    first = WatchLock(store, "m", "w1")
    watch = first.acquire()
    assert watch is not None
    assert WatchLock(store, "m", "w2").acquire() is None
    store.arrive([arrival(b"one")], watch=watch)
    first.close()
    newer = WatchLock(store, "m", "w2").acquire()
    assert newer is not None
    assert newer.epoch == watch.epoch + 1
    with pytest.raises(LostWatch):
        store.arrive([arrival(b"two")], watch=watch)
    assert len(store.mails()) == 1


def test_a_claimant_lives_as_long_as_its_lock(store: Store) -> None:
    name = new_claimant("worker")
    assert not store.is_alive(name)
    with Liveness(store, name):
        assert store.is_alive(name)
        assert store.is_alive(name)  # asking doesn't take the lock
    until = time.monotonic() + 10  # PostgreSQL gives the lock back when it sees that the session has ended
    while store.is_alive(name) and time.monotonic() < until:
        time.sleep(0.01)
    assert not store.is_alive(name)


def test_mails_whose_content_is_gone_do_not_hold_up_the_queue(store: Store) -> None:
    """A broken disk, a half restore: the oldest of all, and more of them than a worker claims at once."""
    first = [store.arrive([arrival(b"lost %d" % number)])[0].mail_id for number in range(4)]
    (last,) = store.arrive([arrival(b"whole")])
    with store.write() as db:
        db.execute(sa.update(MAIL).where(MAIL.c.id.in_(first[:2])).values(raw_sha256=None))
        db.execute(sa.delete(PLACE).where(PLACE.c.mail_id.in_(first[2:])))
    claimed = [store.claim_new(2, "w") for _ in range(3)]
    assert [one.id for batch in claimed for one in batch] == [last.mail_id]
    lost = [one for one in store.mails() if one.state is MailState.FAILED]
    assert [one.id for one in lost] == first
    assert all("reconcile" in (one.reason or "") for one in lost)
