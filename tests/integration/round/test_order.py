"""Versions stand in the order of arrival (DESIGN §4): whatever order mails are judged in, the case ends the same.

Random sets of mails of one town and a stranger, each set judged in the order of arrival and in shuffled orders. As long as no
letter has left, nothing may differ: state, the version that counts, its number, which mails are versions, whose are claims, and
the town's letters that wait.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from shutil import copyfile

import pytest

from mailflow import pipeline
from mailflow.model import Arrival, Place
from mailflow.store import Store, open_store
from mailflow.store.cases import application, applications
from tests.integration.round.forms import form
from tests.integration.round.office import IIDA, OFFICE, SHIPPED, Round, at
from tests.integration.round.story import NAME, SUBJECT

COLLEAGUE = "上司 <joshi@city.iida.lg.jp>"
STRANGER = "x <x@free.example>"
# (sender, subject, text, what the form holds otherwise or None for no form)
LETTERS: list[tuple[str, str, str, dict[str, object] | None]] = [
    (IIDA, SUBJECT, "応募します。", {}),
    (IIDA, SUBJECT, "応募します。", {"contact_phone": None}),
    (IIDA, f"{SUBJECT}（差し替え）", "差し替えます。", {"theme": "別のテーマ"}),
    (IIDA, SUBJECT, "差し替えます。", {"theme": None}),
    (IIDA, SUBJECT, "念のため再送します。", {}),
    (COLLEAGUE, SUBJECT, "差し替えます。", {"theme": "三つ目", "contact_email": "joshi@city.iida.lg.jp"}),
    (STRANGER, SUBJECT, "差し替えます。", {"theme": "他人のもの"}),
    (IIDA, SUBJECT, "応募します。添付を忘れました。", None),
    (IIDA, "届いておりますでしょうか", "届いておりますでしょうか。", None),
    (IIDA, SUBJECT, "応募します。", {"course": "A・B", "theme": "四つ目"}),
]
Made = list[tuple[int, bytes]]  # (which letter of LETTERS, its bytes), in the order of arrival


@pytest.fixture(autouse=True)
def _without_marked_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailflow.pipeline._marked", lambda view, _verdict: view)


def made(random_: random.Random) -> Made:
    found: Made = []
    for position, which in enumerate(random_.sample(range(len(LETTERS)), random_.randint(3, 4))):
        sender, subject, text, filled = LETTERS[which]
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, OFFICE, subject
        mail["Message-ID"] = f"<{position}@{sender.rpartition('@')[2].rstrip('>')}>"
        mail.set_content(text)
        if filled is not None:
            content = form(**filled)
            mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=NAME)
        found.append((which, mail.as_bytes()))
    return found


def judged(store: Store, mails: Made, order: tuple[int, ...]) -> dict[str, object]:
    """How the case stands once all are judged, taken in by `order`."""
    office = Round(store)
    now = at(20)
    for position in order:
        raw = mails[position][1]
        when = at(16) + timedelta(minutes=10 * position)
        reading = pipeline.take_in(raw, SHIPPED, when)
        place = Place(mailbox="office", folder="INBOX", uidvalidity=1, uid=position + 1)
        store.arrive([Arrival(raw=raw, place=place, received_at=when, content_id=reading.content_id)])
        office.judge_rest(now)
    subjects = {line.message_id: line.id for line in store.mails()}
    back = {mail_id: message_id for message_id, mail_id in subjects.items()}
    lines = {}
    for line in applications(store):
        sheet = application(store, str(line.id))
        assert sheet is not None
        lines[line.organization.full_name] = {
            "state": line.state.value,
            "counts": line.version,
            "fix": line.open_fix,
            "versions": [(one.number, back[one.mail_id], one.counted, one.complete) for one in sheet.versions],
            "mails": [back[one] for one in sheet.mails],
            "claims": [back[one] for one in sheet.claims],
        }
    # A stranger who opened the case and is displaced gets no letter by itself, one who comes later does (decision 0020).
    waiting = sorted(
        (line.template, line.purpose, back.get(line.mail_id or 0))
        for line in store.drafts(states=["waiting"])
        if "free.example" not in str(back.get(line.mail_id or 0))
    )
    return {"cases": lines, "waiting": waiting}


@pytest.fixture
def stores(tmp_path: Path, empty_database: Path) -> Iterator[Iterator[Store]]:
    opened: list[Store] = []

    def fresh() -> Iterator[Store]:
        for number in itertools.count():
            path = tmp_path / f"{number}.db"
            copyfile(empty_database, path)
            opened.append(open_store(f"sqlite:///{path}"))
            yield opened[-1]

    yield fresh()
    for one in opened:
        one.close()


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(one, marks=pytest.mark.long) for one in range(3, 60))])
def test_the_order_of_judging_changes_nothing(stores: Iterator[Store], seed: int) -> None:
    random_ = random.Random(seed)
    mails = made(random_)
    straight = tuple(range(len(mails)))
    expected = judged(next(stores), mails, straight)
    orders = [one for one in itertools.permutations(straight) if one != straight]
    for order in random_.sample(orders, 2):
        assert judged(next(stores), mails, order) == expected, ([one for one, _ in mails], order)
