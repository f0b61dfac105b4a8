"""The database's answer is lost after the commit, or the read after a claim fails: nothing waits for the next start."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailflow.worker.service import run_once
from tests.integration.test_sending_faults import approved
from tests.integration.working import AT, Desk, letter, states
from tests.servers.dovecot import Mailbox
from tests.servers.smtp import SmtpSink

__all__ = ["approved"]  # the fixture
LOST = sa.exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("the connection is lost"))


def once(act: Callable[..., object], *, before: bool = False) -> Callable[..., object]:
    """The act is done, and its first answer lost (`before`: the first try fails at once)."""
    struck = []

    def lossy(*arguments: object, **named: object) -> object:
        if struck:
            return act(*arguments, **named)
        struck.append(True)
        if not before:
            act(*arguments, **named)
        raise LOST

    return lossy


@pytest.mark.parametrize(
    ("name", "before"),
    [
        pytest.param("claim_new", False, id="the-claims-answer"),
        pytest.param("_pending", True, id="reading-what-was-claimed"),
        pytest.param("commit_outcome", False, id="the-outcomes-answer"),
    ],
)
def test_a_mail_whose_claim_was_not_heard_is_judged_at_the_next_tick(
    mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, before: bool
) -> None:
    mailbox.append(letter(1), AT)
    with Desk(tmp_path / "office", mailbox.url, smtp_sink.url).worker() as worker:
        monkeypatch.setattr(worker.store, name, once(getattr(worker.store, name), before=before))
        assert run_once(worker) == 1
        worker.processor.drain()
        assert states(worker) == ["judged"]
        assert len(worker.store.drafts()) == 1


def test_a_letter_whose_claim_was_not_heard_leaves_at_the_next_tick(
    approved: Path, mailbox: Mailbox, smtp_sink: SmtpSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(approved, tmp_path / "office")
    with Desk(tmp_path / "office", mailbox.url, smtp_sink.url).worker() as worker:
        monkeypatch.setattr(worker.store, "claim_next", once(worker.store.claim_next))
        with pytest.raises(sa.exc.OperationalError):
            worker.sender.drain()
        worker.sender.drain()
        assert {one.state.value for one in worker.store.outbox()} == {"sent"}
        assert len(smtp_sink.accepted()) == 2
