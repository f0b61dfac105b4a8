"""Several workers on PostgreSQL, killed at random while mail comes in and letters go out: nothing lost, nothing twice.

The whole soak is 10,000 mails and ten minutes of kills (`--long`); `--soak "600 60"` (mails, seconds) is a quick form of it. At the end
all is counted from outside: the mailbox, the lists, the server that took the letters. The figures stand at the end of the run.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import pytest

from mailflow.clock import sys_now
from mailflow.desk import add_operator
from mailflow.desk.approval import approve_all
from mailflow.store import Store, open_store
from tests.e2e.office import Office
from tests.e2e.round_mails import FIRST, SORTS, compose, towns
from tests.e2e.test_kill import started
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import Fault, SmtpSink

WORKERS = 3


@pytest.fixture
def size(request: pytest.FixtureRequest) -> tuple[int, float]:
    mails, seconds = request.config.getoption("--soak").split()
    return int(mails), float(seconds)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_three_workers_killed_at_random(
    postgres_url: str,
    mailbox: Mailbox,
    smtp_sink: SmtpSink,
    tmp_path: Path,
    size: tuple[int, float],
    record_property: Callable[[str, object], None],
) -> None:
    mails, seconds = size
    chance = random.Random(20260326)
    office = Office(tmp_path / "office", mailbox.url, smtp_sink.url)
    office.extra_env["MAILFLOW_DATABASE"] = postgres_url
    yaml = office.config / "mailflow.yaml"
    quick = (("undo: 30s", "undo: 0s"), ("rate: 30", "rate: 6000"), ("reply_budget: 10", "reply_budget: 100"))
    text = yaml.read_text(encoding="utf-8")
    for old, new in quick:
        assert old in text
        text = text.replace(old, new)
    yaml.write_text(text, encoding="utf-8")
    smtp_sink.fail(Fault(at="DOT", delay_s=0.02, times=None))
    sent_in = [
        compose(number, towns()[number % len(towns())], chance.choice(SORTS), FIRST + timedelta(seconds=7 * number))
        for number in range(mails)
    ]
    with closing(open_store(postgres_url)) as store:
        add_operator(store, "係", sys_now=sys_now())
        workers: list[Popen[bytes]] = [started(office) for _ in range(WORKERS)]
        kills = 0
        try:
            kills = _soak(
                office, store, mailbox, workers, chance, [(one.raw, one.received_at) for one in sent_in], seconds
            )
            _settle(store, mails)
        finally:
            for one in workers:
                one.send_signal(signal.SIGTERM)
            for one in workers:
                one.wait(timeout=120)
        figures = _check(store, smtp_sink, Counter(one.message_id for one in sent_in), kills)
    record_property("figures", f"{mails} mails, {WORKERS} workers, {seconds:.0f} s of kills: {figures}")


def _soak(
    office: Office, store: Store, mailbox: Mailbox, workers: list[Popen[bytes]], chance: random.Random, mails: list[tuple[bytes, object]],
    seconds: float,
) -> int:  # fmt: skip
    """Mail comes in over half the time, people approve what waits, a worker dies every second or two. How many died."""
    ends, kills, came = time.monotonic() + seconds, 0, 0
    while (left := ends - time.monotonic()) > 0:
        due = min(len(mails), int(len(mails) * min(1.0, 2 * (1 - left / seconds))) + 1)
        if due > came:
            mailbox.append_many(mails[came:due])  # type: ignore[arg-type]
            came = due
        approve_all(store, user="係", now=store.clock().now(), sys_now=sys_now(), undo=timedelta(0))
        time.sleep(chance.uniform(0.5, 2.0))
        place = chance.randrange(len(workers))
        workers[place].kill()
        workers[place].wait()
        kills += 1
        workers[place] = started(office, wait=chance.random() < 0.7)  # some die while they start
    if came < len(mails):
        mailbox.append_many(mails[came:])  # type: ignore[arg-type]
    return kills


def _settle(store: Store, mails: int) -> None:
    """Living workers finish: nothing waits to be judged, nothing is on its way. No limit but the test's own."""
    still = ("mail.new", "outgoing.approved", "outgoing.sending", "outgoing.retry")
    quiet = 0
    while quiet < 5:
        approve_all(store, user="係", now=store.clock().now(), sys_now=sys_now(), undo=timedelta(0))
        states = store.status_facts().states
        busy = len(store.mails()) < mails or any(states.get(one) for one in still)
        quiet = 0 if busy else quiet + 1
        time.sleep(2.0)


def _check(store: Store, sink: SmtpSink, sent_in: Counter[str | None], kills: int) -> str:
    rows = store.mails()
    assert Counter(one.message_id for one in rows) == sent_in, "each mail once"
    assert {one.state.value for one in rows} == {"judged"}
    taken = Counter(one.mailflow_id for one in sink.accepted())
    letters = store.outbox()
    marks = {(one.message_id or "").strip("<>").partition(".mailflow@")[0]: one.state.value for one in letters}
    duplicates = sum(count - 1 for count in taken.values())
    lost = [mark for mark, state in marks.items() if state == "sent" and mark not in taken]
    assert (duplicates, lost) == (0, [])
    assert set(taken) <= set(marks), "what left is known"
    assert {one.state.value for one in letters} <= {"sent", "uncertain", "dropped"}
    assert store.imbalances() == []
    store.seal()
    assert store.verify_audit().problems == ()
    uncertain = sum(state == "uncertain" for state in marks.values())
    assert uncertain <= kills
    return f"{kills} kills, {len(rows)} mails judged, {len(taken)} letters taken, duplicates 0, losses 0, uncertain {uncertain}"
