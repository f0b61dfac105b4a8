"""kill -9 at any moment loses nothing and repeats nothing (invariants 1 to 3).

200 mails on Dovecot, a real SMTP server, one worker that is killed again and again: while it fetches, while it judges, while
it sends. Afterwards everything is counted from outside: the mailbox, the lists, the server that took the letters.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.office import Office
from tests.e2e.round_mails import round_mails
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import Fault, SmtpSink

MAILS = 200
KILLS = 24


STARTED = b"worker started"
STARTS_WITHIN_S = 120.0  # on a machine that is busy with other things


def started(office: Office, *, wait: bool = True) -> subprocess.Popen[bytes]:
    """A worker that has begun its work (`wait`), its log in the office's folder."""
    path = office.folder / "worker.log"
    with path.open("ab") as log:
        before = log.tell()
        process = office.start("worker", stdout=log, stderr=log)
    ends = time.monotonic() + STARTS_WITHIN_S
    while wait and process.poll() is None and STARTED not in path.read_bytes()[before:]:
        assert time.monotonic() < ends, "the worker doesn't begin"
        time.sleep(0.01)
    return process


def run_and_kill(office: Office, after_s: float, *, starting: bool = False) -> bool:
    """Start the worker and kill it that long after it began its work (`starting`: after its process began). False when it
    ended before by itself (it must not)."""
    process = started(office, wait=not starting)
    time.sleep(after_s)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return alive


def settled(office: Office) -> bool:
    waiting = [row for row in office.mails() if row["state"] not in ("judged", "failed")]
    moving = [row for row in office.outbox() if row["state"] in ("approved", "sending", "retry")]
    return not waiting and not moving


@pytest.mark.long
@pytest.mark.timeout(900)
def test_two_hundred_mails_and_a_worker_that_is_killed(
    mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(20260326)
    office = Office(tmp_path / "office", mailbox.url, smtp_sink.url)
    yaml = office.config / "mailflow.yaml"
    yaml.write_text(
        yaml.read_text(encoding="utf-8").replace("undo: 30s", "undo: 0s").replace("rate: 30", "rate: 1500"),
        encoding="utf-8",
    )
    sent_in = list(round_mails(MAILS))
    mailbox.append_many([(one.raw, one.received_at) for one in sent_in])
    smtp_sink.fail(Fault(at="DOT", delay_s=0.03, times=None), Fault(at="RCPT", delay_s=0.02, times=None))

    kills = 0
    for number in range(KILLS // 2):  # while it takes in and judges
        starting = number % 4 == 3
        assert run_and_kill(office, chance.uniform(0.0, 1.3), starting=starting), (
            office.folder / "worker.log"
        ).read_text()[-3000:]
        kills += 1
    while [row for row in office.mails() if row["state"] == "new"] or len(office.mails()) < MAILS:
        office.once()
    office.ok("drafts", "approve", "--all")
    while kills < KILLS:  # while it sends
        assert run_and_kill(office, chance.uniform(0.0, 1.2)), (office.folder / "worker.log").read_text()[-3000:]
        kills += 1
    ends = time.monotonic() + 90
    with office.working():
        while not settled(office):
            assert time.monotonic() < ends, "it never settles"
            time.sleep(0.5)

    # Each mail once, judged.
    mails = office.mails()
    assert Counter(row["message_id"] for row in mails) == Counter(one.message_id for one in sent_in)
    assert {row["state"] for row in mails} == {"judged"}
    # Each letter once with the server, or shown as uncertain.
    taken = Counter(one.message["Message-ID"] for one in smtp_sink.accepted())
    assert set(taken.values()) == {1}, taken.most_common(3)
    answered = Counter(one.message["In-Reply-To"] for one in smtp_sink.accepted())
    assert max(answered.values()) == 1, answered.most_common(3)
    letters = office.outbox()
    assert {row["state"] for row in letters} <= {"sent", "uncertain"}
    sent = {row["message_id"] for row in letters if row["state"] == "sent"}
    uncertain = {row["message_id"] for row in letters if row["state"] == "uncertain"}
    assert sent <= taken.keys() <= sent | uncertain
    assert len(uncertain) <= kills
    assert len(letters) > MAILS // 2
    # Nothing that had to wait for a person left by itself.
    reviewed = [row for row in office.drafts() if row["state"] == "waiting"]
    assert not {row["in_reply_to"] for row in reviewed} & answered.keys()
    record_property("figures", f"mails {len(mails)}, kills {kills}, sent {len(sent)}, uncertain {len(uncertain)}")


@pytest.mark.long
def test_an_orderly_stop_finishes_what_is_in_hand(mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path) -> None:
    office = Office(tmp_path / "office", mailbox.url, smtp_sink.url)
    mailbox.append_many([(one.raw, one.received_at) for one in round_mails(30, seed=2)])
    process = started(office)
    time.sleep(0.3)  # some of the mails are in hand
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    office.once()
    assert {row["state"] for row in office.mails()} == {"judged"}
