"""The tests of rules (`before:` in config/tests) know of a case what the store would: the same mails both ways, and what is
known when the last one comes is compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import pytest

from mailflow import pipeline
from mailflow.model import Known, Outcome
from mailflow.rehearsal.known import Case, Judged
from mailflow.store import Store
from tests.integration.round.forms import form
from tests.integration.round.office import IIDA, OFFICE, SHIPPED, Round, at

SUBJECT = "【長野県飯田市】計画策定支援"
NAME = "【長野県飯田市】1次公募応募様式.xlsx"
COLLEAGUE = "井上 一郎 <soumu@city.iida.lg.jp>"
UNLISTED = "山口 さくら <yamaguchi@iida-kikaku.example>"
STRANGER = "匿名 <dareka@example.com>"


@dataclass(frozen=True)
class Mail:
    text: str = "応募様式を提出します。"
    sender: str = IIDA
    subject: str = SUBJECT
    form: bytes | None = None
    sent: bool = True  # its letter has left before the next mail comes


COMPLETE, OTHER = form(), form(theme="山あいの集落の見守り")
LACKING = form(theme=None)
QUESTION = Mail("公印は必要でしょうか。", subject="【長野県飯田市】応募様式について")


@pytest.mark.parametrize(
    "mails",
    [
        pytest.param([Mail(form=LACKING), Mail("直しました。", form=COMPLETE)], id="corrected"),
        pytest.param(
            [Mail(form=LACKING, sent=False), Mail("直しました。", form=COMPLETE)], id="corrected-before-asked"
        ),
        pytest.param([Mail(form=COMPLETE), Mail(form=COMPLETE)], id="the-same-again"),
        pytest.param([Mail(form=COMPLETE), Mail("差し替えます。", form=OTHER)], id="replaced"),
        pytest.param([Mail(form=COMPLETE), Mail(form=OTHER)], id="another-without-a-word"),
        pytest.param(
            [Mail(form=COMPLETE), Mail(form=OTHER), Mail("差し替えます。", form=OTHER)], id="another-then-the-word"
        ),
        pytest.param([Mail(form=COMPLETE), QUESTION], id="a-question-afterwards"),
        pytest.param([QUESTION, Mail(form=COMPLETE)], id="a-question-before"),
        pytest.param([Mail(form=COMPLETE), Mail("応募を取り下げます。")], id="withdrawal"),
        pytest.param([Mail(form=COMPLETE), Mail(sender=COLLEAGUE, form=OTHER)], id="a-colleague-of-the-city"),
        pytest.param([Mail(form=COMPLETE), Mail(sender=STRANGER, form=OTHER)], id="a-stranger-afterwards"),
        pytest.param(
            [Mail(form=COMPLETE), Mail("差し替えます。", sender=UNLISTED, form=OTHER)], id="unlisted-afterwards"
        ),
        pytest.param([Mail(sender=UNLISTED, form=COMPLETE), Mail(sender=UNLISTED, form=OTHER)], id="unlisted-twice"),
        pytest.param([Mail(sender=STRANGER, form=COMPLETE), Mail(form=OTHER)], id="a-stranger-first"),
        pytest.param(
            [Mail(form=LACKING), Mail(form=None), Mail("直しました。", form=COMPLETE)], id="forgot-it-between"
        ),
    ],
)
def test_the_tests_of_rules_know_what_the_store_knows(store: Store, mails: list[Mail]) -> None:
    office, case = Round(store), Case(SHIPPED)
    for number, mail in enumerate(mails, 1):
        when = at(9 + number)
        raw = _raw(mail, number, when)
        stored = office.raw(raw, when=when)
        reading = pipeline.take_in(raw, SHIPPED, when)
        known = case.known_for(reading, when)
        outcome = pipeline.conclude(reading, known, SHIPPED, when, when)
        if number == len(mails):
            assert _told(outcome) == _told(stored.outcome)
            assert _of(known) == _of(stored.outcome.verdict.known)
        case.judged.append(Judged(number, reading, outcome, when, f"<letter-{number}@office.example>", mail.sent))
        if mail.sent:
            office.send(at(9 + number, 18))


def _raw(mail: Mail, number: int, when: datetime) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = mail.sender, OFFICE, mail.subject
    made["Date"], made["Message-ID"] = format_datetime(when), f"<{number}@sender.example>"
    made.set_content(mail.text)
    if mail.form is not None:
        made.add_attachment(mail.form, maintype="application", subtype="octet-stream", filename=NAME)
    return made.as_bytes()


def _told(outcome: Outcome) -> dict[str, object]:
    verdict = outcome.verdict
    return {
        "rule": verdict.understood.rule,
        "findings": sorted((one.check, one.severity.value) for one in verdict.findings),
        "letters": [one.template for one in outcome.drafts],
        "actions": [one.action for one in outcome.actions],
    }


def _of(known: Known) -> dict[str, object]:
    return {
        "case": known.case_id is not None,
        "party": known.party,
        "claim": known.claim,
        "untied": known.untied,
        "versions": [(one.number, one.complete, one.counted, one.filled) for one in known.versions],
        "duplicate": known.duplicate_of is not None,
        "state": known.case_state,
        "letters": [one.template for one in known.letters],
        "unacknowledged": len(known.unacknowledged),
        "current": known.current.number if known.current else None,
    }
