"""What people of the office are told of the consultation. The host's sheet of the day by mail: on the business day before, once, once more when the day changed, to hosts only."""

from __future__ import annotations

import email
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import pytest

from mailflow import pipeline
from mailflow.clock import Clock
from mailflow.desk import Done, add_operator
from mailflow.desk.booking_letters import ByLetter, ByPhone
from mailflow.desk.bureaus import Asked, ask_bureau, bureau_answered
from mailflow.desk.consultation import Changed, cancel, close
from mailflow.desk.health import health
from mailflow.outbox.errors import DeliveryError, Permanent, Retryable, Uncertain
from mailflow.outbox.smtp import Delivered, SmtpSession
from mailflow.settings.connection import Connection
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.worker.day_sheets import PAUSE_S, REFUSED_PAUSE_S, DaySheets
from tests.integration.round.office import SHIPPED, Round, at

HOST_MAIL = "sodan@jp.ey.com"


@dataclass
class Server:
    """Takes what comes, or answers with `trouble` before DATA, or behind it."""

    trouble: DeliveryError | None = None
    behind: bool = False
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)

    def deliver(self, mime: bytes, *, to: Sequence[str], before_data: Callable[[], None], **_: Any) -> Delivered:
        if self.trouble is not None and not self.behind:
            raise self.trouble
        before_data()
        if self.trouble is not None:
            raise self.trouble
        self.taken.append((list(to), cast(EmailMessage, email.message_from_bytes(mime, policy=default))))
        return Delivered("250 ok")

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Desk:
    """One worker's sheets, at moments of our choice."""

    office: Round
    server: Server = field(default_factory=Server)
    settings: Settings = SHIPPED
    on_duty: bool = True
    seconds: float = 0.0
    _sheets: DaySheets | None = None

    def tick(self, when: datetime) -> int:
        if self._sheets is None:
            self._sheets = DaySheets(
                store=self.office.store,
                clock=Clock.starting_at(when),
                settings=lambda: self.settings,
                smtp_at=lambda: cast(Connection, None),
                on_duty=lambda: self.on_duty,
                session=lambda *_: cast(SmtpSession, self.server),
                seconds=lambda: self.seconds,
            )
        self._sheets.clock = Clock.starting_at(when)
        return self._sheets.tick()


def with_host(mail: str | None = HOST_MAIL, **sheet: Any) -> Settings:
    consultation = SHIPPED.consultation
    host = consultation.hosts[0].model_copy(update={"mail": mail})
    changed = {"hosts": (host,), "day_sheet": consultation.day_sheet.model_copy(update=sheet)}
    return replace(SHIPPED, consultation=consultation.model_copy(update=changed))


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(Round(store), settings=with_host())
    made.office.mail("長野県飯田市です。3/18(水)14時から、電話でお願いします。0265-22-4511です。", when=at(10))
    made.office.send(at(10, 10))
    return made


def test_on_the_business_day_before_once(desk: Desk) -> None:
    assert desk.tick(at(17, 15, 59)) == 0
    assert desk.tick(at(17, 16)) == 1
    assert desk.tick(at(17, 16, 1)) == 0
    ((to, mail),) = desk.server.taken
    assert (to, str(mail["To"]), mail["Auto-Submitted"]) == ([HOST_MAIL], HOST_MAIL, "auto-generated")
    assert mail["Subject"] == "事前相談会　3月18日（水）　事務局 相談担当"
    text = mail.get_content()
    assert "14時00分〜14時30分　長野県飯田市" in text
    assert "0265-22-4511" in text


def test_a_day_that_changed_is_sent_once_more(desk: Desk) -> None:
    assert desk.tick(at(17, 16)) == 1
    desk.office.mail("3/18の事前相談をキャンセルさせてください。", when=at(17, 16, 30))
    desk.office.mail(
        "松川町です。3/18(水)15時から事前相談をお願いします。",
        when=at(17, 16, 40),
        sender="池田 <kikaku@town.matsukawa.lg.jp>",
    )
    assert desk.tick(at(17, 17)) == 1
    assert desk.tick(at(17, 17, 1)) == 0
    mail = desk.server.taken[-1][1]
    assert str(mail["Subject"]).startswith("【変更】")
    assert "飯田市" not in mail.get_content()
    assert "松川町" in mail.get_content()


@pytest.mark.parametrize("behind", [False, True], ids=["before-data", "behind-data"])
def test_a_server_that_takes_nothing_is_asked_again_later(desk: Desk, behind: bool) -> None:
    """Whether it says so before DATA or behind it, the sheet is not lost, and is no change."""
    desk.server.trouble, desk.server.behind = Retryable("451 後で"), behind
    assert desk.tick(at(17, 16)) == 0
    desk.server.trouble = None
    assert desk.tick(at(17, 16, 1)) == 0, "not every minute"
    desk.seconds += PAUSE_S
    assert desk.tick(at(17, 16, 11)) == 1
    assert not str(desk.server.taken[-1][1]["Subject"]).startswith("【変更】")


def told(store: Store, when: datetime) -> list[str]:
    return [
        one.text for one in health(store, SHIPPED, Clock.starting_at(when)).keyed if one.key.startswith("office-mail")
    ]


def test_what_a_server_refuses_is_seen_by_people(desk: Desk) -> None:
    store = desk.office.store
    desk.server.trouble, desk.server.behind = Permanent("550 no such user"), True
    assert desk.tick(at(17, 16)) == 0
    assert told(store, at(17, 16)) == [
        "事務局 相談担当への予定表（3月18日）を送れません。宛先を確かめてください（550 no such user）"
    ]
    desk.server.trouble = None
    desk.seconds += REFUSED_PAUSE_S
    assert desk.tick(at(17, 17)) == 1
    assert told(store, at(17, 17)) == []


def test_what_may_have_gone_out_is_shown_and_not_sent_again(desk: Desk) -> None:
    store = desk.office.store
    desk.server.trouble, desk.server.behind = Uncertain("切れました"), True
    assert desk.tick(at(17, 16)) == 0
    desk.server.trouble = None
    desk.seconds += REFUSED_PAUSE_S
    assert desk.tick(at(17, 17)) == 0
    (one,) = told(store, at(17, 17))
    assert "届いたか分かりません" in one
    assert desk.tick(at(19, 9)) == 0
    assert told(store, at(19, 9)) == [], "the day is over"


def test_a_server_that_only_says_later_is_told_of_after_a_while(desk: Desk) -> None:
    desk.server.trouble = Retryable("接続できません")
    desk.tick(at(17, 16))
    assert told(desk.office.store, at(17, 16)) == []
    desk.seconds += PAUSE_S
    desk.tick(at(17, 17, 10))
    assert told(desk.office.store, at(17, 17, 10)) != []


def test_what_the_office_notes_afterwards_is_no_news_for_the_host(desk: Desk) -> None:
    add_operator(desk.office.store, "係", sys_now=at(10))
    assert desk.tick(at(17, 16)) == 1
    booking_id = desk.office.store.bookings()[0].booking.id
    assert (
        close(desk.office.store, booking_id, came=True, minutes="様式の書き方", user="係", now=at(18, 14, 20)) == Done()
    )
    assert desk.tick(at(18, 14, 25)) == 0


def test_a_day_on_which_nothing_is_left_is_told(desk: Desk) -> None:
    add_operator(desk.office.store, "係", sys_now=at(10))
    assert desk.tick(at(17, 16)) == 1
    booking_id = desk.office.store.bookings()[0].booking.id
    assert cancel(desk.office.store, booking_id, told=ByPhone(), user="係", now=at(17, 17), reason="電話") == Changed()
    assert desk.tick(at(17, 17, 1)) == 1
    assert "予約はありません" in desk.server.taken[-1][1].get_content()
    assert desk.tick(at(17, 17, 2)) == 0


@pytest.mark.parametrize(
    ("settings", "when"),
    [
        pytest.param(with_host(policy="none"), at(17, 16), id="switched-off"),
        pytest.param(with_host(None), at(17, 16), id="a-host-without-address"),
        pytest.param(SHIPPED, at(17, 16), id="as-shipped"),
        pytest.param(with_host(), at(18, 14, 31), id="the-day-is-over"),
    ],
)
def test_nothing_is_sent(desk: Desk, settings: Settings, when: datetime) -> None:
    desk.settings = settings
    assert desk.tick(when) == 0


def test_nothing_is_sent_while_sending_is_off_or_another_is_on_duty(desk: Desk) -> None:
    desk.on_duty = False
    assert desk.tick(at(17, 16)) == 0
    desk.on_duty = True
    with desk.office.store.write() as db:
        desk.office.store.set_sending_in(db, False, actor="係")
    assert desk.tick(at(17, 16)) == 0


def test_a_bureau_that_does_not_answer_is_told_in_status(desk: Desk) -> None:
    store, case_id = desk.office.store, desk.office.store.bookings()[0].case_id
    add_operator(store, "係", sys_now=at(10))
    asked = ask_bureau(
        store, case_id, bureau="信越総合通信局", note="対面を希望", told=ByPhone(), user="係", now=at(10, 10)
    )
    assert isinstance(asked, Asked)

    def told(when: datetime) -> list[str]:
        found = health(store, SHIPPED, Clock.starting_at(when)).keyed
        return [one.text for one in found if one.key == f"bureau-{asked.request_id}"]

    assert told(at(11, 10)) == []
    assert told(at(13, 10)) == [
        "信越総合通信局にお願いした長野県飯田市の相談に、3月10日から返事がありません（mailflow bookings bureaus）"
    ]
    bureau_answered(store, asked.request_id, starts=at(17, 13), said="担当 鈴木", user="係", now=at(13, 11))
    assert told(at(13, 12)) == []


def test_the_letter_to_a_bureau(desk: Desk) -> None:
    """To the address that parties.yaml has, of this case alone; by itself it changes nothing that the applicant was told."""
    store, case_id = desk.office.store, desk.office.store.bookings()[0].case_id
    parties = [
        one.model_copy(update={"addresses": ("sodan@bureau.example",)}) if one.name == "信越総合通信局" else one
        for one in SHIPPED.parties.parties
    ]
    settings = replace(SHIPPED, parties=SHIPPED.parties.model_copy(update={"parties": tuple(parties)}))
    add_operator(store, "係", sys_now=at(10))
    told = ByLetter(settings=settings, read=lambda _id, raw, when: pipeline.take_in(raw, settings, when))
    asked = ask_bureau(store, case_id, bureau=None, note="対面を希望", told=told, user="係", now=at(10, 10))
    assert isinstance(asked, Asked)
    assert asked.draft_id is not None
    view = store.draft(asked.draft_id)
    assert view is not None
    assert [one.address for one in view.draft.to] == ["sodan@bureau.example"]
    assert view.draft.cc == ()
    assert view.line.template == "consultation-bureau"
    for shown in (
        "信越総合通信局\nご担当者 様",
        "長野県飯田市",
        "3月18日（水）14時00分　電話",
        "対面を希望",
        "3月12日（木）17時00分まで",
    ):
        assert shown in view.draft.text or shown in view.draft.text.replace("\n", ""), shown
    (letter,) = [one for one in desk.office.send(at(10, 11)) if "bureau" in str(one["To"])]
    assert letter["In-Reply-To"] is None
    assert [one.booking.state for one in store.bookings()] == ["confirmed"]
