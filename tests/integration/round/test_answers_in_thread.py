"""Answers that are answers only in their thread: judged again, beside what others took, with meetings of their own."""

from __future__ import annotations

import pytest

from mailflow.desk import add_operator
from mailflow.store import Store
from mailflow.store.rejudge import reopen
from tests.integration.round.office import Round, at
from tests.integration.round.test_dialogue import booked
from tests.integration.round.test_dialogue_answers import offered, reply

LAST = "最後の候補でお願いします。"


@pytest.fixture
def office(store: Store) -> Round:
    add_operator(store, "係", sys_now=at(10))
    return Round(store)


@pytest.mark.parametrize("why", ["letters", "quiet"])
def test_a_choice_in_words_that_was_answered_is_not_answered_again(office: Round, why: str) -> None:
    letter, _ = offered(office)
    judged = reply(office, LAST, letter)
    assert len(office.send(at(10, 16))) == 1
    with office.store.write() as db:
        assert reopen(db, judged.mail_id, why, actor="係", at=at(11))
    office.judge_rest(at(11))
    assert office.send(at(11, 16)) == []


def test_a_shift_that_was_told_is_not_told_again(office: Round) -> None:
    office.mail("長野県飯田市です。3/18(水)14時から、オンラインで事前相談をお願いします。", when=at(10))
    (confirmed,) = office.send(at(10, 10))
    judged = office.mail("1時間遅らせてください。", when=at(10, 11), answers=confirmed)
    assert booked(office) == [("18 15:00", "held", "online")]
    assert len(office.send(at(10, 16))) == 1
    with office.store.write() as db:
        assert reopen(db, judged.mail_id, "letters", actor="係", at=at(11))
    office.judge_rest(at(11))
    assert office.send(at(11, 16)) == []


def test_a_slot_that_others_took_meanwhile_is_offered_anew(office: Round) -> None:
    letter, times = offered(office)
    day, clock = times[-1].split()
    office.mail(
        f"長野県諏訪市です。3/{day} {clock}から事前相談をお願いします。オンラインか電話のどちらでも構いません。",
        when=at(10, 11),
        sender="dx@city.suwa.lg.jp",
    )
    assert reply(office, LAST, letter).templates == ["consultation-offer"]
