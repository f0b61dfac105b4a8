"""The whole way of a round's mails without servers: real mails in, verdicts, letters approved and sent, answers in.

`Round` takes raw mails at chosen moments through the same functions as the worker (pipeline, store), on the shipped
configuration. What is sent is built by `replies.mime` and read back, so that an answer answers the real thing.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from itertools import count
from pathlib import Path

from mailflow import pipeline
from mailflow.clock import TOKYO
from mailflow.model import Arrival, Draft, Outcome, Place
from mailflow.replies.bureau import reads_along
from mailflow.replies.mime import build_mime
from mailflow.settings.load import load
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.commit import Committed, Conflict

START = datetime(2026, 3, 4, tzinfo=TOKYO)
OFFICE = "mic.dx.shinsei@jp.ey.com"
IIDA = "山口 さくら <kikaku@city.iida.lg.jp>"
SHIPPED = load(Path(__file__).parents[3] / "config", {})


def at(day: int, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """A moment of March 2026, Tokyo."""
    return datetime(2026, 3, day, hour, minute, second, tzinfo=TOKYO)


@dataclass(frozen=True)
class Judged:
    """What one mail gave, and the mail's id in the store."""

    mail_id: int
    outcome: Outcome
    drafts: tuple[Draft, ...]

    @property
    def actions(self) -> list[str]:
        return [one.action for one in self.outcome.actions]

    @property
    def templates(self) -> list[str]:
        return [one.template for one in self.drafts]

    @property
    def findings(self) -> set[tuple[str, str]]:
        return {(one.check, one.severity.value) for one in self.outcome.verdict.findings}


@dataclass
class Round:
    store: Store
    settings: Settings = SHIPPED
    sent: list[EmailMessage] = field(default_factory=list)
    conflicts: int = 0
    _uids: count[int] = field(default_factory=lambda: count(1))
    _ids: count[int] = field(default_factory=lambda: count(1))

    def mail(
        self,
        text: str,
        *,
        when: datetime,
        sender: str = IIDA,
        subject: str = "事前相談の申込み",
        answers: EmailMessage | None = None,
        files: Iterable[tuple[str, bytes]] = (),
        calendar: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Judged:
        """A mail arrives at `when` and is judged at once."""
        made = EmailMessage(policy=SMTP)
        made["From"], made["To"] = sender, OFFICE
        made["Subject"] = f"Re: {answers['Subject']}" if answers is not None else subject
        made["Date"] = format_datetime(when)
        made["Message-ID"] = f"<{next(self._ids)}@{re.sub(r'.*@|>.*', '', sender)}>"
        if answers is not None:
            made["In-Reply-To"] = made["References"] = str(answers["Message-ID"])
        for name, value in headers:
            made[name] = value
        made.set_content(text)
        for filename, content in files:
            made.add_attachment(content, maintype="application", subtype="octet-stream", filename=filename)
        if calendar is not None:
            made.add_attachment(calendar.encode(), maintype="text", subtype="calendar", params={"method": "REPLY"})
        return self.raw(made.as_bytes(), when=when)

    def raw(self, raw: bytes, *, when: datetime, now: datetime | None = None) -> Judged:
        reading = pipeline.take_in(raw, self.settings, when)
        place = Place(mailbox="office", folder="INBOX", uidvalidity=1, uid=next(self._uids))
        self.store.arrive([Arrival(raw=raw, place=place, received_at=when, content_id=reading.content_id)])
        return self.judge_next(now or when)

    def found_elsewhere(self, judged: Judged, *, received_at: datetime) -> None:
        """The mail turns out to lie in another place too, where it was received at another time."""
        raw = self.store.raw(judged.mail_id)
        assert raw is not None
        place = Place(mailbox="office", folder="受付", uidvalidity=2, uid=next(self._uids))
        content_id = pipeline.take_in(raw, self.settings, received_at).content_id
        self.store.arrive([Arrival(raw=raw, place=place, received_at=received_at, content_id=content_id)])

    def judge_rest(self, now: datetime) -> list[Judged]:
        """Mails that wait once more, because of what came to be known."""
        done: list[Judged] = []
        while any(one.state.value == "new" for one in self.store.mails()):
            done.append(self.judge_next(now))
        return done

    def judge_next(self, now: datetime) -> Judged:
        """The oldest mail that waits."""
        (pending,) = self.store.claim_new(1, "worker")
        reading = pipeline.take_in(pending.raw, self.settings, pending.received_at, pending.passwords)
        apart = False
        for _ in range(5):
            loaded = self.store.load_known(
                pending, reading.mail, reading.understood, start=START, now=now, apart=apart,
                round_id=self.settings.round_for(pending.received_at).id,
            )  # fmt: skip
            outcome = pipeline.conclude(reading, loaded.known, self.settings, pending.received_at, now)
            result = self.store.commit_outcome(
                pending, reading.mail, outcome, loaded, claimant="worker", now=now, passwords=reading.passwords,
                cc_parties=reads_along(outcome, self.settings), capacities=self.settings.consultation.capacities,
            )  # fmt: skip
            if isinstance(result, Committed):
                return Judged(pending.id, outcome, outcome.drafts)
            assert isinstance(result, Conflict)
            self.conflicts += 1
            apart = apart or result.apart
        raise AssertionError("judged five times, and each time something else had changed")

    def send(self, when: datetime) -> list[EmailMessage]:
        """What waits is approved as the policy, and leaves where it may at `when`. Returns the letters as received."""
        for line in self.store.drafts(states=["waiting"]):
            with self.store.write() as db:
                self.store.approve_in(db, line.id, user="policy", now=when, undo_until=when)
        went: list[EmailMessage] = []

        def build(draft: Draft) -> tuple[str, bytes]:
            message_id = f"<{next(self._ids)}.mailflow@jp.ey.com>"
            raw = build_mime(draft, message_id=message_id, at=when, mailflow_id="x")
            went.append(email.message_from_bytes(raw, policy=default))  # type: ignore[arg-type]
            return message_id, raw

        while claimed := self.store.claim_next(
            now=when, sys_now=when, sending_allowed=True, claimant="sender", build=build
        ):
            self.store.mark_data_stage(claimed.id, "sender")
            self.store.sent(claimed.id, "sender", at=when, answer="250 ok")
        self.sent += went
        return went
