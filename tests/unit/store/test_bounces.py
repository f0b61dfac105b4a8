"""Bounces beside their letters: matched by what only readers know, else shown as a guess; the letter stays `sent`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.desk import Refused, add_operator
from mailflow.desk.calls import call_sheet, settle_call
from mailflow.model import Address, Authentication, Draft, Kind, MachineKind, Returned
from mailflow.store import Store
from mailflow.store.bounces import Bounce
from mailflow.store.moves import DRAFT
from tests.unit.store import flow
from tests.unit.store.flow import MINATO, NOW, SAKURA, TARO, Letter, process

DAEMON = Address(name=None, address="MAILER-DAEMON@mx.example")
TOKENS = iter(f"{n:024x}" for n in range(1, 1000))


def build(draft: Draft) -> tuple[str, bytes]:
    return f"<{next(TOKENS)}.mailflow@secretariat.example>", f"Subject: {draft.subject}\r\n\r\n".encode()


@pytest.fixture
def sent(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A letter to Sakura and one to Taro."""
    monkeypatch.setattr(flow, "build", build)
    process(store, Letter(message_id="<a@town.kawara.example>"))
    process(store, Letter(organization=MINATO, sender=TARO, message_id="<b@city.minato.example>"))
    flow.send_all(store)
    return store


def bounced(
    store: Store, *said: Returned, ids: tuple[str, ...] = (), tokens: tuple[str, ...] = (), later: timedelta = timedelta(minutes=3),
    authentication: Authentication | None = None, kind: MachineKind = MachineKind.BOUNCE,
) -> list[Bounce]:  # fmt: skip
    letter = Letter(
        sender=DAEMON, kind=Kind.MACHINE, machine=kind, sender_class="unknown", drafts=0, received_at=NOW + later, returned_ids=ids,
        authentication=authentication or Authentication(),
    )  # fmt: skip
    pending = flow.take(store, letter)
    step = flow.load(store, letter, pending)
    step.mail = replace(step.mail, returned=said, returned_tokens=tokens)
    assert flow.commit(store, step).committed
    return store.bounces()


def says(recipient: str, action: str = "failed") -> Returned:
    return Returned(recipient=recipient, action=action, status="5.1.1", why="宛先がありません")  # type: ignore[arg-type]


def letters(store: Store) -> dict[str, tuple[int, str, str]]:
    return {line.to[0].address: (line.id, line.message_id or "", line.state.value) for line in store.outbox()}


def test_by_the_message_id_inside(sent: Store) -> None:
    number, message_id, _ = letters(sent)[SAKURA.address]
    (found,) = bounced(sent, says(SAKURA.address), ids=(message_id,))
    assert (found.outgoing_id, found.recipient, found.matched_by, found.sure) == (
        number,
        SAKURA.address,
        "message-id",
        True,
    )
    assert found.said_by == DAEMON.address
    assert {state for _, _, state in letters(sent).values()} == {"sent"}, "who says so changes no state"


def test_by_the_mark_where_a_relay_changed_the_message_id(sent: Store) -> None:
    number, message_id, _ = letters(sent)[TARO.address]
    token = message_id[1:25]
    (found,) = bounced(sent, says(TARO.address), tokens=(token,))
    assert (found.outgoing_id, found.matched_by) == (number, "mailflow-id")


def test_by_recipient_and_time_it_is_a_guess_and_said_to_be_one(sent: Store) -> None:
    (found,) = bounced(sent, says(SAKURA.address), says("nobody@elsewhere.example"))
    assert (found.matched_by, found.sure) == ("recipient", False)
    assert len(bounced(sent, says(SAKURA.address), later=timedelta(days=20))) == 1, "long after: of another letter"


def test_a_forged_one_is_shown_with_who_says_so(sent: Store) -> None:
    (found,) = bounced(sent, says(SAKURA.address), authentication=Authentication(results={"dmarc": "fail"}))
    assert "認証に失敗" in (found.said_by or "")
    assert letters(sent)[SAKURA.address][2] == "sent"


def test_forwarded_on_and_back_from_there(sent: Store) -> None:
    _, message_id, _ = letters(sent)[SAKURA.address]
    (found,) = bounced(sent, says("private@elsewhere.example"), ids=(message_id,))
    assert found.recipient == SAKURA.address
    assert "private@elsewhere.example" in found.why


def test_another_ones_letter_is_never_touched(sent: Store) -> None:
    _, message_id, _ = letters(sent)[SAKURA.address]
    (found,) = bounced(sent, says(TARO.address), ids=(message_id,))
    assert found.recipient == SAKURA.address, "the letter that it brings back is Sakura's"


@pytest.mark.parametrize(
    ("action", "hours", "listed"),
    [
        pytest.param("deleted", 24, 1, id="deleted-unread-before-the-limit"),
        pytest.param("deleted", -1, 0, id="deleted-when-the-limit-is-past"),
        pytest.param("deleted", None, 0, id="a-letter-without-a-limit"),
        pytest.param("opened", 24, 0, id="opened"),
    ],
)
def test_deleted_unread_before_a_limit_is_on_the_call_sheet(
    sent: Store, action: str, hours: int | None, listed: int
) -> None:
    _, message_id, _ = letters(sent)[SAKURA.address]
    with sent.write() as db:
        db.execute(sa.update(DRAFT).values(valid_until=None if hours is None else NOW + timedelta(hours=hours)))
    (found,) = bounced(sent, says(SAKURA.address, action), ids=(message_id,), kind=MachineKind.REPORT)
    assert found.action == action
    assert len(call_sheet(sent)) == listed
    assert len(bounced(sent, says(TARO.address, action), kind=MachineKind.REPORT)) == 1, "nobody who had no letter"


def test_a_delay_is_no_line_of_the_call_sheet(sent: Store) -> None:
    _, message_id, _ = letters(sent)[SAKURA.address]
    (found,) = bounced(sent, says(SAKURA.address, "delayed"), ids=(message_id,), kind=MachineKind.DELAY)
    assert found.action == "delayed"
    assert call_sheet(sent) == []


def test_the_call_sheet_and_what_was_done(sent: Store) -> None:
    _, message_id, _ = letters(sent)[SAKURA.address]
    (found,) = bounced(sent, says(SAKURA.address), ids=(message_id,))
    (call,) = call_sheet(sent)
    assert call.bounce.id == found.id
    add_operator(sent, "鈴木", sys_now=sys_now())
    assert isinstance(settle_call(sent, found.id, user="鈴木", how="", at=NOW), Refused)
    assert not isinstance(settle_call(sent, found.id, user="鈴木", how="電話した", at=NOW), Refused)
    assert isinstance(settle_call(sent, found.id, user="鈴木", how="電話した", at=NOW), Refused)
    assert call_sheet(sent) == []
    assert len(call_sheet(sent, every=True)) == 1


# --- the reply budget -------------------------------------------------------------------------------------------------


def attempt(store: Store, *, budget: int, at: timedelta = timedelta(0)) -> list[str]:
    """Approve all, send what may leave: the recipients."""
    for line in store.drafts(states=["waiting"]):
        with store.write() as db:
            store.approve_in(db, line.id, user="policy", now=NOW, undo_until=NOW)
    gone = []
    while claimed := store.claim_next(
        now=NOW + at, sys_now=NOW + at, sending_allowed=True, claimant="s", build=build, budget=budget
    ):
        store.mark_data_stage(claimed.id, "s")
        store.sent(claimed.id, "s", at=NOW + at, answer="250 ok")
        gone += claimed.to
    return gone


def test_one_address_gets_so_many_a_day_and_others_go_on(store: Store) -> None:
    for number in range(3):
        process(store, Letter(message_id=f"<{number}@town.kawara.example>"))
        assert attempt(store, budget=2) == ([SAKURA.address] if number < 2 else [])
    process(store, Letter(organization=MINATO, sender=TARO))
    assert attempt(store, budget=2) == [TARO.address]
    held = [line for line in store.outbox() if line.state == "approved"]
    assert [(line.to[0].address, line.attempts) for line in held] == [(SAKURA.address, 0)]
    assert "上限" in (held[0].answer or "")
    assert store.held_by_budget() == 1
    assert attempt(store, budget=2, at=timedelta(hours=2)) == [], "still the same day"
    assert attempt(store, budget=2, at=timedelta(hours=25)) == [SAKURA.address]
    assert store.held_by_budget() == 0


def test_a_letter_that_is_tried_again_is_not_counted_twice(store: Store) -> None:
    process(store, Letter())
    for line in store.drafts(states=["waiting"]):
        with store.write() as db:
            store.approve_in(db, line.id, user="policy", now=NOW, undo_until=NOW)
    for _ in range(4):
        claimed = store.claim_next(now=NOW, sys_now=NOW, sending_allowed=True, claimant="s", build=build, budget=1)
        assert claimed is not None
        store.retry(claimed.id, "s", answer="451 later", next_at=NOW)
