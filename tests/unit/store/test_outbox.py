"""The claim rule, the stages of sending, and what the dead leave behind (DESIGN §5, §8.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailflow.model import Approval, Draft
from mailflow.store import Store, open_store
from mailflow.store.errors import Gone, IllegalMove
from mailflow.store.liveness import Liveness
from mailflow.store.moves import DRAFT, OUTGOING, D, pull_back
from mailflow.store.outbox import Claimed
from tests.unit.store.flow import KAWARA, MINATO, NOW, SAKURA, TARO, Letter, build, form, process

SYS = datetime(2026, 11, 24, tzinfo=NOW.tzinfo)
MINUTE = timedelta(minutes=1)
FAR = SYS + timedelta(days=1)


def approve(store: Store, draft_id: int = 1, *, undo_until: datetime = SYS) -> None:
    with store.write() as db:
        store.approve_in(db, draft_id, user="policy", now=NOW, undo_until=undo_until)


def claim(store: Store, **options: Any) -> Claimed | None:
    rule = {"now": NOW, "sys_now": SYS, "sending_allowed": True, "claimant": "s1", "build": build} | options
    return store.claim_next(**rule)


def one_approved(store: Store, **change: object) -> None:
    process(store, Letter(change=change))
    approve(store)


@pytest.mark.parametrize(
    ("change", "options", "leaves"),
    [
        pytest.param({}, {}, True, id="plain"),
        pytest.param({}, {"sys_now": SYS - MINUTE}, False, id="inside-the-undo-window"),
        pytest.param({}, {"sys_now": SYS - MINUTE, "undo": False}, True, id="no-undo-wait"),
        pytest.param({}, {"now": NOW - timedelta(days=300)}, True, id="undo-is-system-time"),
        pytest.param({"not_before": NOW}, {}, True, id="not-before-now"),
        pytest.param({"not_before": NOW + MINUTE}, {}, False, id="embargo"),
        pytest.param(
            {"not_before": NOW + MINUTE}, {"sys_now": SYS + timedelta(days=9)}, False, id="embargo-is-business-time"
        ),
        pytest.param({"valid_until": NOW + MINUTE}, {}, True, id="still-valid"),
        pytest.param({"valid_until": NOW}, {}, False, id="valid-until-is-exclusive"),
        pytest.param({}, {"sending_allowed": False}, False, id="switched-off-in-yaml"),
    ],
)
def test_the_claim_rule(store: Store, change: dict[str, object], options: dict[str, Any], leaves: bool) -> None:
    one_approved(store, **change)
    assert (claim(store, **options) is not None) == leaves


def test_the_consoles_switch_is_read_in_the_same_statement(store: Store) -> None:
    one_approved(store)
    for on, leaves in ((False, False), (True, True)):
        with store.write() as db:
            store.set_sending_in(db, on, actor="佐藤")
        assert (claim(store) is not None) == leaves


def test_a_waiting_letter_never_leaves(store: Store) -> None:
    process(store, Letter())
    assert claim(store) is None


def test_receipts_before_notices(store: Store) -> None:
    process(store, Letter(change={"priority": 90}))
    process(store, Letter(organization=MINATO, sender=TARO, change={"priority": 10}))
    approve(store, 1)
    approve(store, 2)
    assert [one.draft_id for one in (claim(store), claim(store)) if one] == [2, 1]


def test_bytes_are_made_once(store: Store) -> None:
    one_approved(store)
    first = claim(store)
    assert first is not None
    assert first.to == (SAKURA.address,)
    store.retry(first.id, "s1", answer="451 try later", next_at=SYS + MINUTE)
    assert claim(store) is None  # not yet
    second = claim(store, sys_now=SYS + MINUTE, build=_must_not_build)
    assert second is not None
    assert (second.message_id, second.mime, second.attempts) == (first.message_id, first.mime, 2)


def test_a_letter_taken_back_while_it_waited_to_retry_can_be_approved_again(store: Store) -> None:
    one_approved(store)
    first = claim(store)
    assert first is not None
    store.retry(first.id, "s1", answer="451 try later", next_at=SYS + MINUTE)
    with store.write() as db:
        assert pull_back(db, first.draft_id, D.WAITING, because="taken back", actor="s")
        db.execute(sa.update(DRAFT).values(revision=DRAFT.c.revision + 1))  # as `desk.take_back` does
    approve(store, first.draft_id)
    again = claim(store, sys_now=SYS + MINUTE)
    assert again is not None
    assert again.draft_id == first.draft_id


def test_a_letter_dropped_while_it_was_uncertain_stays_dropped(store: Store) -> None:
    """It may have gone out: nobody takes it back and sends it again under another Message-ID."""
    one_approved(store)
    first = claim(store)
    assert first is not None
    store.uncertain(first.id, "s1", answer="cut after the dot")
    with store.write() as db:
        store.settle_uncertain(db, first.id, "drop", actor="s", at=NOW)
    with store.write() as db:
        assert not pull_back(db, first.draft_id, D.WAITING, because="taken back", actor="s")
    store.expire(NOW + timedelta(days=300))
    assert store.drafts()[0].state == "dropped"


def _must_not_build(_: Draft) -> tuple[str, bytes]:
    raise AssertionError("the bytes exist already")


def test_what_cannot_be_built_fails_and_the_next_goes_on(store: Store) -> None:
    process(store, Letter(change={"priority": 1}))
    process(store, Letter(organization=MINATO, sender=TARO))
    approve(store, 1)
    approve(store, 2)

    def picky(draft: Draft) -> tuple[str, bytes]:
        if draft.priority == 1:
            raise ValueError("no such charset")
        return build(draft)

    claimed = claim(store, build=picky)
    assert claimed is not None
    assert claimed.draft_id == 2
    failed = store.outbox()[0]
    assert failed.state == "failed"
    assert failed.answer is not None
    assert "組み立てられません" in failed.answer


def test_a_disk_that_fails_while_it_is_built_is_no_fault_of_the_letter(store: Store) -> None:
    one_approved(store)

    def full(_: Draft) -> tuple[str, bytes]:
        raise sa.exc.OperationalError("SELECT", {}, OSError("disk I/O error"))

    with pytest.raises(sa.exc.OperationalError):
        claim(store, build=full)
    assert store.outbox()[0].state == "approved"
    assert claim(store) is not None


def test_content_changed_behind_the_approval_does_not_leave(store: Store) -> None:
    one_approved(store)
    with store.write() as db:
        text = db.execute(sa.select(DRAFT.c.content)).scalar_one()
        db.execute(sa.update(DRAFT).values(content=text.replace("受け取りました", "受理しました")))
    assert claim(store) is None
    assert store.outbox()[0].state == "failed"


def test_bytes_changed_between_two_attempts_do_not_leave(store: Store) -> None:
    one_approved(store)
    first = claim(store)
    assert first is not None
    store.retry(first.id, "s1", answer="451 try later", next_at=SYS)
    with store.write() as db:
        db.execute(sa.update(OUTGOING).values(mime=first.mime + b"P.S."))
    assert claim(store) is None
    (line,) = store.outbox()
    assert line.state == "failed"
    assert line.answer is not None
    assert "違います" in line.answer
    assert "outgoing-failed" in {one.act for one in store.audit(entity="outgoing", entity_id=line.id)}


def test_an_identifier_that_became_anothers_meanwhile_stops_the_letter(store: Store) -> None:
    process(store, Letter(text="お問い合わせは dx@city.minato.example へ。"))
    approve(store)
    process(store, Letter(organization=MINATO, sender=TARO))
    assert claim(store) is None
    (line,) = store.outbox()
    assert line.state == "failed"
    assert "dx@city.minato.example" in str(line.answer)


def test_the_whole_way(store: Store) -> None:
    one_approved(store)
    claimed = claim(store)
    assert claimed is not None
    store.mark_data_stage(claimed.id, "s1")
    store.sent(claimed.id, "s1", at=NOW, answer="250 Ok", accepted_id="<rewritten@relay.example>")
    (line,) = store.drafts()
    assert line.state == "sent"
    (todo,) = store.to_file(FAR)
    assert (todo.message_id, todo.mime) == (claimed.message_id, claimed.mime)
    store.filed(todo.id, at=NOW, folder="Sent")
    assert store.to_file(FAR) == []
    answer = process(store, Letter(in_reply_to="<rewritten@relay.example>"))
    assert answer.loaded.known.answers is not None
    assert set(answer.loaded.known.answers.message_ids) == {claimed.message_id, "<rewritten@relay.example>"}
    assert store.status_facts().last_send == NOW


@pytest.mark.parametrize(
    ("stage", "state"),
    [pytest.param(False, "approved", id="before-data"), pytest.param(True, "uncertain", id="from-data-on")],
)
def test_a_dead_claimants_letter(store: Store, stage: bool, state: str) -> None:
    one_approved(store)
    claimed = claim(store, claimant="dead")
    assert claimed is not None
    if stage:
        store.mark_data_stage(claimed.id, "dead")
    store.recover()
    assert store.outbox()[0].state == state
    for late in (
        lambda: store.mark_data_stage(claimed.id, "dead"),
        lambda: store.sent(claimed.id, "dead", at=NOW, answer="250"),
    ):
        with pytest.raises(Gone):
            late()
    assert (claim(store) is not None) == (not stage)  # never silently sent again


def test_a_living_claimants_letter_is_left_alone(store: Store) -> None:
    one_approved(store)
    with Liveness(store, "alive"):
        claim(store, claimant="alive")
        assert store.recover() == (0, 0, 0)
        assert store.outbox()[0].state == "sending"


def test_a_letter_overtaken_while_it_was_with_the_server(store: Store) -> None:
    """A new mail came while the server was asked; the server says 451: the older letter must not follow the newer."""
    one_approved(store)
    claimed = claim(store)
    assert claimed is not None
    process(store, Letter(form=form("b")))
    store.retry(claimed.id, "s1", answer="451", next_at=SYS)
    assert [line.state for line in store.outbox()] == ["dropped"]
    assert [line.state for line in store.drafts()] == ["superseded", "waiting"]


def test_expired_letters(store: Store) -> None:
    process(store, Letter(change={"valid_until": NOW + MINUTE}))
    process(
        store,
        Letter(
            organization=MINATO,
            sender=TARO,
            approval=Approval.AUTO,
            change={"valid_until": NOW + MINUTE, "not_before": NOW + 2 * MINUTE},
        ),
    )
    assert store.expire(NOW) == 0
    assert store.expire(NOW + MINUTE) == 2
    assert [line.state for line in store.drafts()] == ["expired", "expired"]
    assert claim(store, now=NOW + 3 * MINUTE) is None


def test_letters_that_sent_refuses_stand_behind_all_others(store: Store) -> None:
    """Fifty refused ones once kept every later letter out of Sent."""
    for _ in range(3):
        one_more = process(store, Letter(change={"purpose": f"p{len(store.drafts())}"})).committed.drafts[0]
        approve(store, one_more)
        claimed = claim(store)
        assert claimed is not None
        store.mark_data_stage(claimed.id, "s1")
        store.sent(claimed.id, "s1", at=NOW, answer="250 Ok")
    (first,) = store.to_file(SYS, 1)
    store.not_filed(first.id, next_at=SYS + MINUTE)
    assert [one.id for one in store.to_file(SYS)] == [2, 3]
    assert [(one.id, one.attempts) for one in store.to_file(SYS + MINUTE)] == [(2, 0), (3, 0), (1, 1)]
    (other,) = store.to_file(SYS + MINUTE, 1)
    assert other.id == 2
    store.filed(first.id, at=NOW, folder="Sent")
    assert [one.id for one in store.to_file(FAR)] == [2, 3]
    with store.write() as db:
        db.execute(sa.text("UPDATE outgoing SET mime = NULL WHERE id = 2"))
    assert [one.id for one in store.to_file(FAR)] == [3], "one that was purged has nothing to file"


def test_only_uncertain_letters_are_read_to_settle_them(store: Store) -> None:
    one_approved(store)
    assert (store.any_uncertain(), store.uncertain_letters()) == (False, [])
    claimed = claim(store)
    assert claimed is not None
    assert store.uncertain_letters() == []
    store.mark_data_stage(claimed.id, "s1")
    store.uncertain(claimed.id, "s1", answer="line broken")
    assert (store.any_uncertain(), store.uncertain_letters()) == (True, [(claimed.id, claimed.mime)])


def test_the_server_filed_it_by_itself(store: Store) -> None:
    one_approved(store)
    claimed = claim(store)
    assert claimed is not None
    assert not store.found_in_sent(claimed.id, at=NOW)  # it isn't uncertain
    store.mark_data_stage(claimed.id, "s1")
    store.uncertain(claimed.id, "s1", answer="line broken")
    assert store.found_in_sent(claimed.id, at=NOW)
    assert store.outbox()[0].state == "sent"
    assert store.to_file(FAR) == []


def test_the_schema_binds_recipients_and_files_to_the_case(store: Store) -> None:
    process(store, Letter(organization=MINATO, sender=TARO))
    process(store, Letter())
    approve(store, 2)
    with store.read() as db:
        row = db.execute(sa.select(OUTGOING)).one()
    minato = 1 if row.case_id != 1 else 2
    party = "INSERT INTO outgoing_party (outgoing_id, address, case_id, header) VALUES (:o, :a, :c, 'cc')"
    piece = (
        "INSERT INTO outgoing_part (outgoing_id, position, letter_case_id, origin, case_id, public_sha256, sha256, filename, content_type)"
        " SELECT :o, 0, :l, :origin, :c, :p, sha256, 'x', 'x' FROM blob LIMIT 1"
    )
    for text, values in (
        (party, {"o": row.id, "a": TARO.address, "c": row.case_id}),
        (party, {"o": row.id, "a": TARO.address, "c": minato}),
        (piece, {"o": row.id, "l": row.case_id, "origin": "case", "c": row.case_id, "p": None}),
        (piece, {"o": row.id, "l": row.case_id, "origin": "case", "c": minato, "p": None}),
        (piece, {"o": row.id, "l": row.case_id, "origin": "case", "c": None, "p": None}),
        (piece, {"o": row.id, "l": row.case_id, "origin": "public", "c": None, "p": None}),
        (piece, {"o": row.id, "l": row.case_id, "origin": "anything", "c": None, "p": None}),
    ):
        with pytest.raises(sa.exc.IntegrityError), store.write() as db:
            db.execute(sa.text(text), values)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(workers=st.integers(2, 4), count=st.integers(1, 12))
def test_no_letter_is_ever_claimed_twice(url: str, workers: int, count: int) -> None:
    from dataclasses import replace

    stores = [open_store(url) for _ in range(workers)]
    before = {one.id for one in stores[0].outbox()}
    for number in range(count):
        body = replace(KAWARA, code=f"{900000 + number + 100 * len(before)}", name=f"町{number}")
        process(stores[0], Letter(organization=body, approval=Approval.AUTO))
    taken: list[int] = []

    def work(one: Store, name: str) -> None:
        while found := claim(one, claimant=name, undo=False):
            taken.append(found.id)

    threads = [Thread(target=work, args=(one, f"w{at}")) for at, one in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == count
    for one in stores:
        one.close()


def test_only_the_holder_ends_an_attempt(store: Store) -> None:
    one_approved(store)
    claimed = claim(store)
    assert claimed is not None
    with pytest.raises(Gone):
        store.failed(claimed.id, "s2", answer="550")
    store.failed(claimed.id, "s1", answer="550 no such user")
    with pytest.raises((Gone, IllegalMove)):
        store.retry(claimed.id, "s1", answer="451", next_at=SYS)
