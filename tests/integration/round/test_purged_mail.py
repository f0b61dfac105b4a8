"""Row 37: one mail that was sent by mistake is deleted alone, by two people; its case stays whole, and a line says what went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.desk import Refused, add_operator
from mailflow.desk.mails import hide_mail
from mailflow.desk.purge import Asked, Purged, ask_purge, confirm_purge
from mailflow.store import Store
from mailflow.store.arrivals import BLOB, MAIL
from mailflow.store.casebook import casebook
from mailflow.store.cases import application
from mailflow.store.dossier import dossier
from mailflow.store.hidden import hidden_mails
from mailflow.store.mails import VERDICT
from mailflow.store.questions import questions_asked
from tests.integration.round.forms import form
from tests.integration.round.office import Judged, Round, at
from tests.integration.round.story import NAME, SUBJECT

SECRET = "住民の名簿を使った見守り"
LIST = "住民名簿_川上様.xlsx"
PHONE = "0265-99-1234"


@pytest.fixture
def office(store: Store) -> Round:
    for name in ("鈴木", "田中"):
        add_operator(store, name, sys_now=sys_now())
    return Round(store)


def apply(
    office: Round, day: int, *, text: str = "応募様式を提出します。", more: tuple[str, ...] = (), **changes: object
) -> Judged:
    files = [(NAME, form(**changes)), *((name, name.encode()) for name in more)]
    return office.mail(text, when=at(day), subject=SUBJECT, files=files)


def mistaken(office: Round) -> tuple[Judged, Judged, Judged]:
    """A form, another one by mistake whose fix request has left, a question after it; the second is hidden."""
    first = apply(office, 16)
    office.send(at(16, 10))
    wrong = apply(
        office, 17, text=f"差し替えます。{SECRET}について、費用はかかりますか。", more=(LIST,), theme=SECRET, contact_phone=PHONE, weekly_hours=None,
    )  # fmt: skip
    office.send(at(17, 10))
    after = office.mail("長野県飯田市です。押印は必要ですか。", when=at(18), subject="質問")
    hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(18, 10))
    return first, wrong, after


def purge(office: Round, *mails: int) -> Purged:
    asked = ask_purge(office.store, [], hidden=mails, why="住民の個人情報", user="鈴木", at=at(18, 11))
    assert isinstance(asked, Asked), asked
    assert asked.hidden == mails
    done = confirm_purge(office.store, asked.id, user="田中", at=at(18, 12))
    assert isinstance(done, Purged), done
    return done


def everything(store: Store) -> str:
    """All that the tables hold, as text; on SQLite the file itself too."""
    with store.read() as db:
        names = sa.inspect(db).get_table_names()
        rows = "\n".join(str(row) for name in names for row in db.execute(sa.text(f'SELECT * FROM "{name}"')))
    if store.is_sqlite:
        rows += Path(str(store.engine.url.database)).read_bytes().decode("utf-8", "replace")
    return rows


def test_its_words_are_nowhere_and_the_case_is_whole(office: Round) -> None:
    first, wrong, after = mistaken(office)
    store = office.store
    raw = raw_of(store, wrong.mail_id)
    before = everything(store)
    for word in (SECRET, LIST, PHONE.replace("-", "")):
        assert word in before
    purge(office, wrong.mail_id)
    found = everything(store)
    for word in (SECRET, LIST, PHONE, PHONE.replace("-", "")):
        assert word not in found
    with store.read() as db:
        assert db.execute(sa.select(BLOB.c.sha256).where(BLOB.c.sha256 == raw)).first() is None
        left = set(db.execute(sa.select(VERDICT.c.mail_id)).scalars())
    assert left == {first.mail_id, after.mail_id}
    assert store.imbalances() == []
    assert store.verify_audit().problems == ()
    assert hidden_mails(store) == frozenset()
    assert {one.text for one in questions_asked(store, at(10), at(30))} == {"押印は必要ですか。"}
    office.judge_rest(at(18, 13))
    sheet = application(store, "1")
    assert sheet is not None
    assert sheet.line.version == 1
    assert sheet.mails == (first.mail_id, after.mail_id)
    assert [line.template for line in store.drafts(states=["waiting"])] == ["inquiry-received"]
    again = apply(office, 19, text="差し替えます。", theme="別")
    assert application(store, "1").line.version == 2 or again.outcome.verdict.needs_review  # type: ignore[union-attr]


def raw_of(store: Store, mail_id: int) -> Any:
    with store.read() as db:
        return db.execute(sa.select(MAIL.c.raw_sha256).where(MAIL.c.id == mail_id)).scalar_one()


def test_a_line_stays_that_says_what_went(office: Round) -> None:
    _, wrong, _ = mistaken(office)
    store, raw = office.store, raw_of(office.store, wrong.mail_id)
    done = purge(office, wrong.mail_id)
    (said,) = [one for one in (casebook(store, 1)).notes if one.kind == "purged"]  # type: ignore[union-attr]
    for word in (f"メール{wrong.mail_id}", "応募", "3月17日", "住民の個人情報", "申し出 鈴木", "確認 田中", raw):
        assert word in said.text
    (line,) = store.purges()
    told = json.loads(line.certificate or "")
    (one,) = told["of_cases"]["mails"]
    assert (one["mail"], one["kind"], one["raw_sha256"]) == (wrong.mail_id, "application", raw)
    assert line.sha256 == done.sha256
    with store.read() as db:
        whole = dossier(db, store, 1)
    assert whole is not None
    assert any("mail-purged" in one.text for one in whole.happened)
    assert [name for name, _ in whole.files if name.startswith("届いたメール/")] == [
        "届いたメール/1.eml",
        "届いたメール/3.eml",
    ]


def test_it_takes_two_people_a_reason_and_a_hidden_mail_at_rest(office: Round) -> None:
    first, wrong, _ = mistaken(office)
    store = office.store

    def ask(*mails: int, numbers: tuple[str, ...] = (), why: str = "個人情報", user: str = "鈴木") -> str:
        asked = ask_purge(store, numbers, hidden=mails, why=why, user=user, at=at(18, 11))
        return asked.reason if isinstance(asked, Refused) else ""

    assert "先に隠してください" in ask(first.mail_id)
    assert "先に隠してください" in ask(wrong.mail_id, 999)
    assert "理由" in ask(wrong.mail_id, why=" ")
    assert "別に申し出てください" in ask(wrong.mail_id, numbers=("R8-1-202053",))
    assert ask(wrong.mail_id, user="だれか")
    assert ask(wrong.mail_id) == ""
    (line,) = store.purges()
    assert "2人" in confirm_purge(store, line.id, user="鈴木", at=at(18, 12)).reason  # type: ignore[union-attr]
    assert SECRET in everything(store)
    assert isinstance(confirm_purge(store, line.id, user="田中", at=at(18, 12)), Purged)
    assert "先に隠してください" in ask(wrong.mail_id), "what is gone is gone"


def test_a_booking_that_the_town_was_told_of_is_cancelled_first(office: Round) -> None:
    asked = office.mail(
        "3月19日 14時からオンラインで相談を希望します。", when=at(16), subject="【長野県飯田市】事前相談の申込み"
    )
    assert "book" in asked.actions
    hide_mail(office.store, asked.mail_id, why="誤送信", user="鈴木", now=at(16, 10))
    refused = ask_purge(office.store, [], hidden=[asked.mail_id], why="誤送信", user="鈴木", at=at(16, 11))
    assert isinstance(refused, Refused)
    assert "予約" in refused.reason


def test_a_strangers_mail_goes_with_the_letters_to_the_stranger(office: Round) -> None:
    first = apply(office, 16)
    claim = office.mail(
        "差し替えます。",
        when=at(17),
        subject=SUBJECT,
        sender="川上 <kawakami@free.example>",
        files=[(NAME, form(theme=SECRET))],
    )
    assert claim.outcome.verdict.known.claim
    hide_mail(office.store, claim.mail_id, why="別の省庁あて", user="鈴木", now=at(17, 10))
    purge(office, claim.mail_id)
    found = everything(office.store)
    assert SECRET not in found
    assert "kawakami@free.example" not in found
    sheet = application(office.store, "1")
    assert sheet is not None
    assert sheet.mails == (first.mail_id,)
    assert office.store.imbalances() == []


def test_a_notice_that_is_deleted_leaves_hidden_what_it_hid(office: Round) -> None:
    apply(office, 16, theme=SECRET)
    notice = office.mail(
        "先ほどのメールは誤送信です。削除をお願いいたします。", when=at(16, 9, 5), subject="誤送信のお詫び"
    )
    assert hidden_mails(office.store) == {1}
    hide_mail(office.store, notice.mail_id, why="わけに個人名がある", user="鈴木", now=at(16, 10))
    purge(office, notice.mail_id)
    assert hidden_mails(office.store) == {1}


def test_what_later_mails_were_judged_on_forgets_it(office: Round) -> None:
    wrong = apply(office, 16, more=(LIST,), theme=SECRET)
    after = office.mail("長野県飯田市です。押印は必要ですか。", when=at(17), subject="質問")
    assert SECRET in verdict_of(office.store, after.mail_id)
    hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(17, 10))
    purge(office, wrong.mail_id)
    assert "押印" in verdict_of(office.store, after.mail_id)
    found = everything(office.store)
    assert SECRET not in found
    assert LIST not in found
    assert application(office.store, "1") is None
    assert office.store.imbalances() == []


def verdict_of(store: Store, mail_id: int) -> str:
    with store.read() as db:
        return str(db.execute(sa.select(VERDICT.c.verdict).where(VERDICT.c.mail_id == mail_id)).scalar_one())


def test_the_mail_that_its_letter_answered_too_gets_a_letter_of_its_own(office: Round) -> None:
    first = apply(office, 16)
    wrong = apply(office, 16, text="差し替えます。", theme=SECRET)
    hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(17, 10))
    assert [one.state for one in office.store.drafts() if one.mail_id == wrong.mail_id] == ["stale"]
    purge(office, wrong.mail_id)
    office.judge_rest(at(18, 13))
    (letter,) = office.store.drafts(states=["waiting"])
    assert (letter.template, letter.mail_id) == ("receipt", first.mail_id)
    assert SECRET not in everything(office.store)


def test_what_a_letter_gone_out_answered_beside_stays_answered(office: Round) -> None:
    first = apply(office, 16)
    wrong = apply(office, 16, text="差し替えます。", theme=SECRET)
    office.send(at(16, 10))
    hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(17, 10))
    purge(office, wrong.mail_id)
    later = apply(office, 19, text="差し替えます。", theme="別")
    assert first.mail_id not in later.outcome.verdict.known.unacknowledged
