"""Rows 15 and 16 in a round: who gets the letter about an application that somebody else sent for the body, and that the store lets it."""

from __future__ import annotations

import pytest

from mailflow.store import Store
from tests.integration.round.forms import form
from tests.integration.round.office import IIDA, SHIPPED, Round, at
from tests.integration.round.story import NAME, SUBJECT

TOWN = "kikaku@city.iida.lg.jp"
PREFECTURE = "長野県市町村課 <shichoson@pref.nagano.lg.jp>"
AGENT = "比嘉 翔 <higa@consul.example>"


@pytest.fixture
def office(store: Store) -> Round:
    return Round(store, SHIPPED)


@pytest.mark.parametrize(
    ("sender", "contact", "to", "cc"),
    [
        pytest.param(PREFECTURE, TOWN, ["shichoson@pref.nagano.lg.jp"], [TOWN], id="its-prefecture"),
        pytest.param(
            PREFECTURE, "iida@provider.example", ["shichoson@pref.nagano.lg.jp"], [], id="a-contact-that-nobody-knows"
        ),
        pytest.param("岡山県 <x@pref.okayama.jp>", TOWN, ["x@pref.okayama.jp"], [], id="another-prefecture"),
        pytest.param(AGENT, TOWN, [TOWN], [], id="by-order"),
        pytest.param(AGENT, "higa@consul.example", ["higa@consul.example"], [], id="his-own-address-in-the-form"),
        pytest.param("山口 <yama@gmail.com>", TOWN, ["yama@gmail.com"], [], id="a-private-address"),
    ],
)
def test_who_is_written_to(office: Round, sender: str, contact: str, to: list[str], cc: list[str]) -> None:
    judged = office.mail(
        "飯田市の応募様式を送付します。",
        when=at(16),
        sender=sender,
        subject=SUBJECT,
        files=[(NAME, form(contact_email=contact))],
    )
    (line,) = office.store.drafts(states=["waiting"])
    view = office.store.draft(line.id)
    assert view is not None
    draft = view.draft
    assert ([one.address for one in draft.to], [one.address for one in draft.cc]) == (to, cc)
    assert draft.warnings == ()
    assert draft.review or contact == "higa@consul.example"
    assert not any(part.origin.startswith("derived:") for part in draft.parts)
    assert judged.outcome.verdict.understood.organization.full_name == "長野県飯田市"


def test_the_town_is_told_who_sent_it(office: Round) -> None:
    office.mail(
        "代行してお送りします。", when=at(16), sender=AGENT, subject=SUBJECT, files=[(NAME, form(contact_email=TOWN))]
    )
    (line,) = office.store.drafts(states=["waiting"])
    view = office.store.draft(line.id)
    assert view is not None
    assert "長野県飯田市の応募のメールが、higa@consul.example から" in view.draft.text
    assert "比嘉" not in view.draft.text


def test_a_sender_of_the_body_is_written_to_as_before(office: Round) -> None:
    office.mail("送付します。", when=at(16), sender=IIDA, subject=SUBJECT, files=[(NAME, form(contact_email=TOWN))])
    (line,) = office.store.drafts(states=["waiting"])
    assert [one.address for one in line.to] == [TOWN]
