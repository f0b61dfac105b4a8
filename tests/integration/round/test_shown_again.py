"""Row 37: a mail that was hidden and is shown again is judged again; what its sender has been told is not told twice."""

from __future__ import annotations

import pytest

from mailflow.clock import sys_now
from mailflow.desk import Refused, add_operator
from mailflow.desk.approval import reject
from mailflow.desk.mails import hide_mail, show_mail_again
from mailflow.store import Store
from mailflow.store.cases import applications
from tests.integration.round.forms import form
from tests.integration.round.office import Judged, Round, at
from tests.integration.round.story import NAME, SUBJECT


@pytest.fixture
def office(store: Store) -> Round:
    add_operator(store, "鈴木", sys_now=sys_now())
    return Round(store)


def hidden_and_shown(office: Round, mail: Judged) -> list[Judged]:
    done = hide_mail(office.store, mail.mail_id, why="誤送信", user="鈴木", now=at(18, 10))
    assert not isinstance(done, Refused)
    assert not isinstance(
        show_mail_again(office.store, mail.mail_id, why="違った", user="鈴木", now=at(18, 11)), Refused
    )
    return office.judge_rest(at(18, 12))


@pytest.mark.parametrize("what", ["application", "question"])
def test_whose_letter_has_left_gets_no_second_one(office: Round, what: str) -> None:
    if what == "application":
        mail = office.mail("応募します。", when=at(17), subject=SUBJECT, files=[(NAME, form())])
    else:
        mail = office.mail("長野県飯田市です。押印は必要ですか。", when=at(17), subject="質問")
    assert len(office.send(at(17, 10))) == 1
    (again,) = hidden_and_shown(office, mail)
    assert again.drafts == ()
    assert office.store.drafts(states=["waiting"]) == []
    if what == "application":
        assert [(one.version, one.state) for one in applications(office.store)] == [(1, "complete")], "it counts again"


def test_whose_letter_was_turned_down_gets_none(office: Round) -> None:
    mail = office.mail("応募します。", when=at(17), subject=SUBJECT, files=[(NAME, form())])
    (line,) = office.store.drafts(states=["waiting"])
    reject(office.store, line.id, reason="電話で伝えた", user="鈴木", capacities={}, now=at(17, 10))
    hidden_and_shown(office, mail)
    assert office.store.drafts(states=["waiting"]) == []


def test_whose_letter_was_only_stopped_gets_it_anew(office: Round) -> None:
    mail = office.mail("応募します。", when=at(17), subject=SUBJECT, files=[(NAME, form())])
    (again,) = hidden_and_shown(office, mail)
    assert again.templates == mail.templates
