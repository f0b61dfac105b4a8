"""What people corrected becomes a test that `config test` takes, and that says what they said."""

from __future__ import annotations

from datetime import datetime

from mailflow.clock import TOKYO
from mailflow.model import Address, FieldValue, FormData, Mail
from mailflow.rehearsal.propose import Proposal, proposed_tests
from tests.unit.rehearsal.test_cases import ran, suite

AT = datetime(2026, 3, 10, 10, 0, 30, tzinfo=TOKYO)
SENDER = Address(name="山口 さくら", address="kikaku@city.iida.nagano.jp")


def test_a_corrected_mail_is_a_test() -> None:
    mail = Mail(
        sender=SENDER,
        subject="計画策定支援についての「質問」: 期間",
        new_text="支援の期間は何か月でしょうか。\n教えてください。\t: # '\"\\",
    )
    text = proposed_tests(
        [
            Proposal(
                mail_id=12,
                mail=mail,
                received_at=AT,
                why="相談だった",
                rule="question",
                kind="inquiry",
                organization="長野県飯田市",
            )
        ]
    )
    (file,) = suite(text).files
    assert file.cases.cases[0].text == mail.new_text
    assert file.cases.cases[0].at == AT
    (result,) = ran(text)
    assert result.ok, result.failures


def test_its_form_goes_with_it() -> None:
    fields = {
        "prefecture": FieldValue(label="都道府県名", value="長野県", raw="長野県", cell="応募様式!C5"),
        "municipality": FieldValue(label="市区町村名", value="飯田市", raw="飯田市", cell="応募様式!C6"),
        "weekly_hours": FieldValue(label="時間", value=5, raw="週５時間程度", cell="応募様式!C9"),
        "theme": FieldValue(label="取組", value=None, raw=None, cell="応募様式!C10"),
    }
    mail = Mail(sender=SENDER, subject="【長野県飯田市】計画策定支援", new_text="応募様式を提出します。")
    form = FormData(edition="r8-1", fields=fields, filename="様式.xlsx")
    proposal = Proposal(mail_id=3, mail=mail, received_at=AT, why="電話で確認", form=form, organization="長野県飯田市")
    (result,) = ran(proposed_tests([proposal]))
    assert result.ok, result.failures


def test_nothing_corrected_is_no_test() -> None:
    assert proposed_tests([]).startswith("#")
    assert all(line.startswith("#") for line in proposed_tests([]).splitlines())
