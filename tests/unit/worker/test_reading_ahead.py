"""Which mails the sandbox is asked to read before the one in hand is done with."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from mailflow.model import Place
from mailflow.store.mails import PendingMail
from mailflow.worker.process import _Ahead
from mailflow.worker.sandbox import Sandbox


class Asked:
    """Stands for the sandbox: notes what it is asked to read."""

    def __init__(self) -> None:
        self.mails: list[int] = []

    def ask_take_in(self, key: int, _raw: bytes, _received_at: datetime, _passwords: tuple[str, ...] = ()) -> Any:
        self.mails.append(key)
        return key


def _mail(number: int) -> PendingMail:
    place = Place(mailbox="m@mailbox.example", folder="INBOX", uidvalidity=1, uid=number)
    at = datetime(2026, 3, 11, tzinfo=UTC)
    return PendingMail(id=number, content_id=str(number), raw=b"", received_at=at, place=place, attempts=0)


@pytest.mark.parametrize(
    ("limit", "before", "while_judged"),
    [
        pytest.param(3, [1, 2, 3], [1, 2, 3, 4], id="one-more-while-the-first-is-judged"),
        pytest.param(1, [1], [1], id="one-at-a-time-after-a-loss"),
    ],
)
def test_what_is_asked_for(limit: int, before: list[int], while_judged: list[int]) -> None:
    asked = Asked()
    ahead = _Ahead(cast(Sandbox, asked), deque(map(_mail, range(1, 9))), limit)
    ahead.first()
    assert asked.mails == before
    ahead.fill(judging=True)
    assert asked.mails == while_judged


def test_each_mail_is_asked_for_once() -> None:
    asked, batch = Asked(), deque(map(_mail, range(1, 6)))
    ahead = _Ahead(cast(Sandbox, asked), batch, 3)
    while batch:
        ahead.first()
        ahead.fill(judging=True)
        batch.popleft()
    assert asked.mails == [1, 2, 3, 4, 5]
