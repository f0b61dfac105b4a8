"""A rush for one hour: every mail its own town, every town the same slot, eight workers. No slot twice, nobody without an answer.
And two mails of one town in two workers' hands at once: one case, ordered by arrival."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import pytest

from mailflow import pipeline
from mailflow.model import Arrival, Place
from mailflow.settings.settings import Settings
from mailflow.store import Store, open_store
from mailflow.store.cases import applications
from mailflow.store.commit import Committed, Conflict
from tests.e2e.round_mails import compose, domains
from tests.e2e.round_mails import towns as towns_of_round
from tests.integration.round.office import OFFICE, SHIPPED, START, at

WORKERS, SEATS = 8, 3
DOMAINS = Path(__file__).parents[3] / "mailflow" / "data" / "domains.csv"


def with_seats(seats: int) -> Settings:
    """The shipped configuration with one host for so many at a time."""
    hosts = tuple(host.model_copy(update={"capacity": seats}) for host in SHIPPED.consultation.hosts)
    return replace(SHIPPED, consultation=SHIPPED.consultation.model_copy(update={"hosts": hosts}))


def towns(count: int) -> list[str]:
    """Domains of different municipalities."""
    found: dict[str, str] = {}
    with DOMAINS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["domain"].startswith(("city.", "town.")):
                found.setdefault(row["code"], row["domain"])
    return list(found.values())[:count]


def request(number: int, domain: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"kikaku@{domain}", OFFICE, "事前相談会の申込み"
    mail["Date"], mail["Message-ID"] = format_datetime(at(10)), f"<{number}@{domain}>"
    mail.set_content("3/18(水)14時から、電話で事前相談をお願いします。")
    return mail.as_bytes()


def judge_all(store: Store, settings: Settings, worker: str) -> int:
    """As a worker does, until nothing waits. Returns how often somebody else was quicker."""
    conflicts = 0
    while claimed := store.claim_new(1, worker):
        (pending,) = claimed
        reading = pipeline.take_in(pending.raw, settings, pending.received_at)
        for _ in range(50):
            loaded = store.load_known(
                pending, reading.mail, reading.understood, start=START, now=at(10, 9, 30),
                round_id=settings.round_for(pending.received_at).id,
            )  # fmt: skip
            outcome = pipeline.conclude(reading, loaded.known, settings, pending.received_at, at(10, 9, 30))
            done = store.commit_outcome(pending, reading.mail, outcome, loaded, claimant=worker, now=at(10, 9, 30))
            if isinstance(done, Committed):
                break
            assert isinstance(done, Conflict)
            conflicts += 1
        else:
            raise AssertionError("fifty times somebody else was quicker")
    return conflicts


@pytest.mark.parametrize(
    "count", [pytest.param(24, id="24-requests"), pytest.param(200, id="200-requests", marks=pytest.mark.long)]
)
def test_requests_for_three_seats_from_eight_workers(store: Store, count: int) -> None:
    settings = with_seats(SEATS)
    raws = [request(number, domain) for number, domain in enumerate(towns(count))]
    assert len(raws) == count
    for number, raw in enumerate(raws, start=1):
        place = Place(mailbox="office", folder="INBOX", uidvalidity=1, uid=number)
        content_id = pipeline.take_in(raw, settings, at(10)).content_id
        store.arrive([Arrival(raw=raw, place=place, received_at=at(10), content_id=content_id)])
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda number: judge_all(store, settings, f"worker-{number}"), range(WORKERS)))
    assert [one.booking.start for one in store.bookings()] == [at(18, 14)] * SEATS
    templates = [one.template for one in store.drafts()]
    assert templates.count("consultation-confirmed") == SEATS
    assert templates.count("consultation-offer") == count - SEATS
    assert {one.state.value for one in store.mails()} == {"judged"}


def arrive(store: Store, raw: bytes, received_at: datetime, uid: int) -> None:
    place = Place(mailbox="office", folder="INBOX", uidvalidity=1, uid=uid)
    content_id = pipeline.take_in(raw, SHIPPED, received_at).content_id
    store.arrive([Arrival(raw=raw, place=place, received_at=received_at, content_id=content_id)])


def withdrawal(number: int) -> bytes:
    town = towns_of_round()[number]
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = f"kikaku{number}@{domains()[town['code']]}", OFFICE
    mail["Subject"] = f"【{town['prefecture']}{town['name']}】計画策定支援 応募の取下げ"
    mail["Date"], mail["Message-ID"] = format_datetime(at(10, 11)), "<withdrawal@town.example>"
    mail.set_content("応募を取り下げます。よろしくお願いいたします。")
    return mail.as_bytes()


@pytest.mark.parametrize("first", [0, 1], ids=["in-order", "the-newer-first"])
@pytest.mark.parametrize("second", ["fix", "withdrawal"])
def test_two_mails_of_one_town_at_once(store: Store, url: str, second: str, first: int) -> None:
    """v1 with gaps, and its fix or the withdrawal: each claimed by a worker of its own, whichever is quicker."""
    raws = [compose(3, towns_of_round()[3], "gaps", at(10, 9)).raw]
    raws.append(compose(3, towns_of_round()[3], "good", at(10, 11)).raw if second == "fix" else withdrawal(3))
    for number, raw in enumerate(raws):
        arrive(store, raw, at(10, 9 + 2 * number), number + 1)
    with ThreadPoolExecutor(2) as pool:
        stores = [open_store(url), open_store(url)]
        list(pool.map(lambda number: judge_all(stores[number], SHIPPED, f"worker-{number}"), (first, 1 - first)))
        for one in stores:
            one.close()
    (case,) = applications(store)
    assert {one.state.value for one in store.mails()} == {"judged"}
    assert {one.case_id for one in store.mails()} == {case.id}
    live = [one for one in store.drafts(states=["waiting"]) if one.purpose == "reply"]
    assert len(live) <= 1
    if second == "fix":
        assert (case.state.value, case.version, case.versions) == ("complete", 2, 2)
        assert case.received_at == at(10, 11)
        assert [one.template for one in live] != ["fix-request"], "the fix has answered it"
    assert store.imbalances() == []
