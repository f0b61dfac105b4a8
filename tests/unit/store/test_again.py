"""What came first is judged first, also where we came to know of it late; junk; and what a letter once said stays true."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from mailflow.desk import add_operator, reject
from mailflow.model import Intent, Kind, Severity
from mailflow.store import Store
from mailflow.store.again import EARLIER, OVERTAKEN
from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.cases import application, applications
from mailflow.store.mails import VERDICT, MailLine
from tests.unit.store.flow import (
    NO_BODY,
    NOW,
    STRANGER,
    Letter,
    Step,
    arrival,
    commit,
    finding,
    form,
    load,
    process,
    process_next,
    send_all,
    take,
)

JUNK = frozenset({"Junk"})
EARLY = NOW - timedelta(hours=3)
LIMIT = NOW - timedelta(hours=1)
SECOND = Letter(form=form("b"), intents=frozenset({Intent.REPLACE}))
FIRST = Letter(form=form("a"), received_at=EARLY)


def line(store: Store, step: Step) -> MailLine:
    return next(one for one in store.mails() if one.id == step.pending.id)


def numbers(store: Store) -> list[tuple[int, int]]:
    sheet = application(store, "R8-1-999991")
    assert sheet is not None
    return [(one.number, one.mail_id) for one in sheet.versions]


def copy(step: Step, *, at: datetime, folder: str = "受付"):  # type: ignore[no-untyped-def]
    """The same mail in another place."""
    other = arrival(b"x", uid=900_001, folder=folder, received_at=at)
    return replace(other, content_id=step.pending.content_id)


# --- versions judged out of order -------------------------------------------------------------------------------------


def test_versions_judged_out_of_order_end_as_if_judged_in_order(store: Store) -> None:
    """Two workers, or a first try that failed: the newer form was judged first. Its letter says 第2版 all the same."""
    newer = process(store, SECOND)
    older = process(store, FIRST)
    assert older.loaded.known.versions == ()  # it is judged as if it had been first
    assert line(store, newer).state is MailState.NEW
    second = process_next(store, SECOND)
    assert [(one.number, one.mail_id) for one in second.loaded.known.versions] == [(1, older.pending.id)]
    assert numbers(store) == [(1, older.pending.id), (2, newer.pending.id)]
    (shown,) = applications(store)
    assert (shown.version, shown.versions) == (2, 2)
    (waiting,) = store.drafts(states=["waiting"])
    assert waiting.mail_id == newer.pending.id


def test_mails_of_one_second_stand_in_the_order_of_their_uids(store: Store) -> None:
    at = NOW - timedelta(minutes=1)
    store.arrive([arrival(b"second", uid=71, received_at=at), arrival(b"first", uid=70, received_at=at)])
    one, other = store.claim_new(2, "w1")
    second, first = (one, other) if one.place.uid == 71 else (other, one)
    commit(store, load(store, SECOND, second))
    commit(store, load(store, Letter(form=form("a")), first))
    process_next(store, SECOND)
    assert numbers(store) == [(1, first.id), (2, second.id)]


def test_a_number_that_a_letter_said_stays_and_the_older_mail_is_looked_at(store: Store) -> None:
    newer = process(store, SECOND)
    send_all(store)
    older = process(store, FIRST)
    assert older.committed.drafts == ()  # never a second letter that contradicts the first
    assert numbers(store) == [(2, older.pending.id), (1, newer.pending.id)]  # in the order of arrival
    (shown,) = applications(store)
    assert shown.version == 1  # the newer one counts, under the number that its letter said
    told = line(store, older)
    assert (told.review, told.reason) == (True, OVERTAKEN)
    third = process(store, Letter(form=form("c"), intents=frozenset({Intent.REPLACE}), received_at=NOW))
    assert (3, third.pending.id) in numbers(store)


def test_an_older_question_changes_no_verdict(store: Store) -> None:
    newer = process(store, SECOND)
    process(store, Letter(kind=Kind.INQUIRY, received_at=EARLY))
    assert line(store, newer).state is MailState.JUDGED


def test_a_claim_received_earlier_changes_no_verdict(store: Store) -> None:
    newer = process(store, SECOND)
    process(store, replace(FIRST, sender=STRANGER, sender_class="free"))
    assert line(store, newer).state is MailState.JUDGED


def test_a_letter_that_leaves_meanwhile_is_a_lost_race(store: Store) -> None:
    newer = process(store, SECOND)
    step = load(store, FIRST, take(store, FIRST))
    assert step.loaded.judged_early == (newer.pending.id,)
    send_all(store)
    commit(store, step)
    assert step.result is not None
    assert getattr(step.result, "again", False)
    again = commit(store, load(store, FIRST, step.pending))
    assert again.loaded.overtaken
    assert len(numbers(store)) == 2


# --- an earlier INTERNALDATE found later ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "again"),
    [
        pytest.param([LIMIT], True, id="other-side-of-a-limit"),
        pytest.param([NOW + timedelta(days=1)], False, id="no-limit-between"),
        pytest.param(None, True, id="limits-not-known"),
    ],
)
def test_an_earlier_time_is_judged_again_where_it_may_matter(
    store: Store, limits: list[datetime] | None, again: bool
) -> None:
    step = process(store, Letter(form=form("a")))
    (result,) = store.arrive([copy(step, at=EARLY)], limits=limits)
    assert (result.earlier, result.state) == (True, MailState.NEW if again else MailState.JUDGED)
    assert [one.state for one in store.drafts()] == ["superseded" if again else "waiting"]
    assert line(store, step).received_at == EARLY
    if again:
        second = process_next(store, Letter(form=form("a")))
        assert second.pending.received_at == EARLY
        assert numbers(store) == [(1, step.pending.id)]
        acts = [entry.act for entry in store.audit(entity="mail", entity_id=step.pending.id)]
        assert acts.count("mail-judged-again") == 1
        assert "received-earlier" in acts


def test_a_late_verdict_is_always_judged_again(store: Store) -> None:
    step = process(store, Letter(form=form("a"), findings=(finding("round-late", Severity.REFUSE),)))
    (result,) = store.arrive([copy(step, at=EARLY)], limits=[])
    assert result.state is MailState.NEW


def test_an_earlier_time_that_changes_the_order_of_versions(store: Store) -> None:
    first = process(store, replace(FIRST, received_at=NOW - timedelta(hours=2)))
    second = process(store, SECOND)
    store.arrive([copy(second, at=EARLY)], limits=[])
    assert [line(store, one).state for one in (first, second)] == [MailState.NEW, MailState.NEW]
    process_next(store, SECOND)
    process_next(store, FIRST)
    assert numbers(store) == [(1, second.pending.id), (2, first.pending.id)]


def test_where_the_letter_has_left_a_person_is_told(store: Store) -> None:
    step = process(store, Letter(form=form("a")))
    send_all(store)
    store.arrive([copy(step, at=EARLY)], limits=[LIMIT])
    told = line(store, step)
    assert (told.state, told.review, told.reason) == (MailState.JUDGED, True, EARLIER)
    assert [one.state for one in store.drafts()] == ["sent"]
    assert store.claim_new(5, "w") == []


def test_a_letter_that_a_person_turned_down_is_not_composed_again(store: Store) -> None:
    step = process(store, Letter(form=form("a")))
    add_operator(store, "田中", sys_now=NOW)
    reject(store, step.committed.drafts[0], capacities={}, user="田中", reason="電話で済みました", now=NOW)
    store.arrive([copy(step, at=EARLY)], limits=[LIMIT])
    assert line(store, step).reason == EARLIER
    assert [one.state for one in store.drafts()] == ["rejected"]


def test_an_earlier_time_while_the_mail_is_being_judged(store: Store) -> None:
    step = load(store, Letter(form=form("a")), take(store, Letter()))
    store.arrive([copy(step, at=EARLY)])
    commit(store, step)
    assert step.result is not None
    assert not getattr(step.result, "again", True)  # let go
    assert process_next(store, Letter(form=form("a"))).pending.received_at == EARLY


def test_a_mail_of_no_body_is_judged_again_in_its_own_case(store: Store) -> None:
    step = process(store, NO_BODY)
    store.arrive([copy(step, at=EARLY)])
    again = process_next(store, NO_BODY)
    assert again.committed.case_id == step.committed.case_id
    assert [one.state for one in store.drafts()] == ["superseded", "waiting"]


# --- Junk -------------------------------------------------------------------------------------------------------------


def junk(store: Store, letter: Letter, *, uid: int = 3) -> Step:
    store.arrive([arrival(b"app", uid=uid, folder="Junk", received_at=EARLY)], junk_folders=JUNK)
    return process_next(store, letter)


def test_junk_is_judged_shown_and_neither_answered_nor_joined(store: Store) -> None:
    process(store, FIRST)
    step = junk(store, replace(SECOND, findings=(finding("junk", Severity.REVIEW),)))
    assert step.pending.junk
    assert (step.committed.case_id, step.committed.drafts) == (None, ())
    told = line(store, step)
    assert (told.state, told.kind, told.review) == (MailState.JUNK, "application", True)
    assert len(numbers(store)) == 1
    assert len(store.drafts()) == 1


def test_what_nobody_knows_in_junk_asks_for_no_look(store: Store) -> None:
    letter = replace(NO_BODY, kind=Kind.UNKNOWN, findings=(finding("look", Severity.REVIEW),))
    assert not line(store, junk(store, letter)).review


def test_rescued_from_junk_it_is_a_new_mail_with_its_first_time(store: Store) -> None:
    step = junk(store, SECOND)
    (result,) = store.arrive([copy(step, at=NOW, folder="INBOX")], junk_folders=JUNK)
    assert result.state is MailState.NEW
    again = process_next(store, SECOND)
    assert (again.pending.received_at, again.pending.junk) == (EARLY, False)
    assert numbers(store) == [(1, step.pending.id)]
    assert len(again.committed.drafts) == 1


def test_rescued_while_it_is_judged_as_junk(store: Store) -> None:
    store.arrive([arrival(b"app", uid=3, folder="Junk", received_at=EARLY)], junk_folders=JUNK)
    (pending,) = store.claim_new(1, "w1")
    step = load(store, SECOND, pending)
    store.arrive([copy(step, at=NOW, folder="INBOX")], junk_folders=JUNK)
    commit(store, step)
    assert not getattr(step.result, "again", True)
    assert not process_next(store, SECOND).pending.junk


def test_a_failed_mail_is_tried_again_when_rescued(store: Store) -> None:
    store.arrive([arrival(b"app", uid=3, folder="Junk", received_at=EARLY)], junk_folders=JUNK)
    (pending,) = store.claim_new(1, "w1")
    assert store.fail(pending.id, "壊れています", claimant="w1") is MailState.FAILED
    store.arrive([replace(arrival(uid=4), content_id=pending.content_id, received_at=NOW)], junk_folders=JUNK)
    assert process_next(store, SECOND).committed.drafts


def test_every_judged_mail_has_one_verdict(store: Store) -> None:
    process(store, SECOND)
    process(store, FIRST)
    process_next(store, SECOND)
    junk(store, NO_BODY)
    with store.read() as db:
        judged = set(db.execute(sa.select(MAIL.c.id).where(MAIL.c.state.in_(["judged", "junk"]))).scalars())
        assert sorted(db.execute(sa.select(VERDICT.c.mail_id)).scalars()) == sorted(judged)
