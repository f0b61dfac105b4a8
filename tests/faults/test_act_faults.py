"""What a person does at the command line, through a kill at its writes: done or not done, and done once when they do it again.

Three applications have come. A person approves all that waits, or tells every body that the form was corrected.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mailflow.worker.service import run_once
from tests.e2e.office import ROOT
from tests.faults.office import FaultOffice, Outcome, wait_no_longer
from tests.faults.points import MOMENTS
from tests.faults.test_client_faults import tell
from tests.faults.test_faults import ACTS, DATABASES, Tell
from tests.integration.working import AT, application
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

__all__ = ["tell"]
pytestmark = [pytest.mark.faults, pytest.mark.timeout(500)]
APPROVE = ("drafts", "approve", "--all")
COMMANDS = {
    "desk/refusal.py:act": APPROVE,
    "desk/notices.py:_notice_record": ("cases", "form-notice", "--since", "2026-03-17", "--change", "記入欄の説明"),
}


@pytest.fixture
def office(
    request: pytest.FixtureRequest, mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, database: str
) -> FaultOffice:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else None
    made = FaultOffice(
        tmp_path / "office", mailbox.url, smtp_sink.url, url=url, sink=smtp_sink, mailbox=mailbox,
        now="2026-03-17T10:00:00+09:00",
    )  # fmt: skip
    made.edit(("undo: 30s", "undo: 0s"))
    for number in (3, 5, 7):
        mailbox.append(application(number), AT)
    with made.worker() as worker:
        run_once(worker)
    return made


def person(office: FaultOffice, *command: str, point: str = "") -> int:
    """The command's exit code; -9 where it died."""
    with (office.folder / "child.log").open("ab") as log:
        return subprocess.run(
            [sys.executable, "-m", "tests.faults.acting", point, "--config", str(office.config), *command],
            env=office.env | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, stdout=log, stderr=log, check=False, timeout=120,
        ).returncode  # fmt: skip


@pytest.mark.parametrize("database", DATABASES)
@pytest.mark.parametrize("point", [f"{site} {moment}" for site in ACTS for moment in MOMENTS])
def test_a_person_is_killed_in_an_act(office: FaultOffice, tell: Tell, point: str) -> None:
    end = tell(f"kill act {point}")
    command = COMMANDS[point.rpartition(" ")[0]]
    assert person(office, *command, point=point) == -9, (office.folder / "child.log").read_text()[-2000:]
    assert person(office, *command) == 0
    with office.worker() as worker:
        for _ in range(3):
            wait_no_longer(worker)
            assert run_once(worker) == 0
        assert worker.store.imbalances() == []
        worker.store.seal()
        assert worker.store.verify_audit().problems == ()
        notices = [one for one in worker.store.drafts() if one.template == "form-corrected"]
        told = sorted(one.detail["letters"] for one in worker.store.audit() if one.act == "form-notice")
        letters = len(worker.store.outbox())
    sent = office.sink.accepted()
    assert max(Counter(one.mailflow_id for one in sent).values(), default=0) <= 1
    if command == APPROVE:
        assert (notices, len(sent)) == ([], 3), "each approved once, and sent"
    else:
        assert ([one.state for one in notices], sent) == (["waiting"] * 3, []), "each body is told once"
        assert told == ([0] if point.endswith("before") else [0, 3]), "what the record says"
    end(Outcome(mails=3, letters=letters, sent=len(sent), uncertain=0, duplicates=0, losses=0))
