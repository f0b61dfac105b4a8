"""Row 37: one mail that was sent by mistake is deleted alone, by two people; its case stays whole, and a line says what went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.desk import Done, Refused, add_operator, readdress_refused, resolve_uncertain, send_refused_again
from mailflow.desk.approval import ApprovedAll, approve_all, choose_stale
from mailflow.desk.mails import Hidden, hide_mail, look_at_hidden
from mailflow.desk.purge import Asked, Purged, ask_purge, confirm_purge
from mailflow.desk.regroup import Regrouped, split_case
from mailflow.replies.mime import build_mime
from mailflow.store import Store, client_copies
from mailflow.store.arrivals import BLOB, MAIL
from mailflow.store.casebook import casebook
from mailflow.store.cases import application
from mailflow.store.dossier import dossier
from mailflow.store.hidden import hidden_mails
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import OUTGOING
from mailflow.store.people import Role, insert_user
from mailflow.store.questions import questions_asked
from tests.integration.round.forms import form
from tests.integration.round.office import SHIPPED, Judged, Round, at
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
        rows = "\n".join(str(tuple(row)) for name in names for row in db.execute(sa.text(f'SELECT * FROM "{name}"')))
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


def move(office: Round, mail_id: int) -> None:
    moved = split_case(
        office.store, SHIPPED, 1, [mail_id], organization="長野県諏訪市", why="別の市", user="鈴木", now=at(18, 10)
    )
    assert isinstance(moved, Regrouped), moved
    office.judge_rest(at(18, 11))


@pytest.mark.parametrize("moved", ["the purged one", "the other one"])
def test_mails_that_were_parted_from_it_forget_it_too(office: Round, moved: str) -> None:
    wrong = apply(office, 16, more=(LIST,), theme=SECRET, contact_phone=PHONE)
    office.send(at(16, 10))
    after = office.mail("長野県飯田市です。押印は必要ですか。", when=at(17), subject="質問")
    office.send(at(17, 10))
    move(office, wrong.mail_id if moved == "the purged one" else after.mail_id)
    assert SECRET in verdict_of(office.store, after.mail_id)
    hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(18, 11))
    purge(office, wrong.mail_id)
    found = everything(office.store)
    for word in (SECRET, LIST, PHONE.replace("-", "")):
        assert word not in found
    assert office.store.imbalances() == []


def test_the_person_whom_its_form_named_is_named_no_more_where_the_letter_went_to_them(office: Round) -> None:
    apply(office, 16)
    office.send(at(16, 10))
    wrong = apply(office, 17, text="差し替えます。", contact_email="hanako@city.iida.lg.jp", contact_name="飯田 花子")
    office.send(at(17, 10))
    office.mail("長野県飯田市です。押印は必要ですか。", when=at(17, 11), subject="質問")
    hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(18, 10))
    office.mail("長野県飯田市です。費用の上限はいくらですか。", when=at(18, 10, 5), subject="質問")
    before = everything(office.store)
    assert "hanako@city" in before
    purge(office, wrong.mail_id)
    found = everything(office.store)
    assert "hanako@city" not in found
    assert "飯田 花子" not in found
    assert "kikaku@city.iida.lg.jp" in found
    assert office.store.imbalances() == []


def test_a_whole_case_takes_its_words_out_of_the_case_that_its_mail_came_from(office: Round) -> None:
    wrong = apply(office, 16, more=(LIST,), theme=SECRET)
    office.send(at(16, 10))
    after = office.mail("長野県飯田市です。押印は必要ですか。", when=at(17), subject="質問")
    office.send(at(17, 10))
    move(office, wrong.mail_id)
    with office.store.read() as db:
        number = db.execute(sa.select(CASE.c.number).where(CASE.c.id == 2)).scalar_one()
    asked = ask_purge(office.store, [number], why="個人情報", user="鈴木", at=at(18, 12))
    assert isinstance(asked, Asked), asked
    assert isinstance(confirm_purge(office.store, asked.id, user="田中", at=at(18, 13)), Purged)
    found = everything(office.store)
    assert SECRET not in found
    assert LIST not in found
    assert "押印" in verdict_of(office.store, after.mail_id)
    assert json.loads(office.store.purges()[0].certificate or "")["verdicts_changed"] == 1


def test_who_asks_the_same_elsewhere_still_waits_for_an_answer(office: Round) -> None:
    """Two towns ask in the same words; one's mail goes, the other's next mail still knows what was asked."""
    asks = "{}です。費用の上限は何円でしょうか。"
    other = {"sender": "下田 <kikaku@city.suwa.lg.jp>", "subject": "質問"}
    office.mail(asks.format("長野県諏訪市"), when=at(16), **other)  # type: ignore[arg-type]
    again = office.mail("長野県諏訪市です。押印は必要ですか。", when=at(16, 10), **other)  # type: ignore[arg-type]
    wrong = office.mail(asks.format("長野県飯田市"), when=at(16), subject="質問")
    before = verdict_of(office.store, again.mail_id)
    assert "費用の上限" in before
    hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(17, 10))
    purge(office, wrong.mail_id)
    assert verdict_of(office.store, again.mail_id) == before


def quoted(text: str) -> str:
    return "承知しました。\n\n> " + text.replace("\n", "\n> ")


def test_mails_that_quote_it_are_named_and_those_that_stay_are_in_the_certificate(office: Round) -> None:
    apply(office, 16)
    office.send(at(16, 10))
    wrong = apply(office, 17, text="差し替えます。", more=(LIST,), theme=SECRET)
    (letter,) = office.send(at(17, 10))
    body = letter.get_body()
    assert body is not None
    words = body.get_content()
    assert LIST in words
    answer = office.mail(quoted(words), when=at(17, 11), answers=letter)
    bounce = office.raw(DSN + letter.as_bytes() + b"\r\n--B--\r\n", when=at(17, 10, 5))
    office.mail("押印は必要ですか。", when=at(17, 12), subject="質問")
    said = hide_mail(office.store, wrong.mail_id, why="誤送信", user="鈴木", now=at(18, 10))
    assert said == Hidden((answer.mail_id, bounce.mail_id))
    again = hide_mail(office.store, answer.mail_id, why="引用", user="鈴木", now=at(18, 10))
    assert again == Hidden(()), "what quotes the letter is no letter about the answer"
    office.judge_rest(at(18, 10))
    asked = ask_purge(office.store, [], hidden=[wrong.mail_id], why="個人情報", user="鈴木", at=at(18, 11))
    assert isinstance(asked, Asked), asked
    assert asked.quoted_in == (answer.mail_id, bounce.mail_id), "hidden or not: they stay"
    both = ask_purge(
        office.store, [], hidden=[wrong.mail_id, answer.mail_id], why="個人情報", user="鈴木", at=at(18, 11)
    )
    assert isinstance(both, Asked), both
    assert both.quoted_in == (bounce.mail_id,)
    assert isinstance(confirm_purge(office.store, both.id, user="田中", at=at(18, 12)), Purged)
    told = json.loads(office.store.purges()[1].certificate or "")
    assert told["of_cases"]["quoted_in"] == [bounce.mail_id]


DSN = """From: MAILER-DAEMON@mx.secretariat.example
To: mic.dx.shinsei@jp.ey.com
Subject: Undelivered Mail Returned to Sender
Date: Tue, 17 Mar 2026 10:05:00 +0900
Message-ID: <dsn1@mx.secretariat.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.secretariat.example

Final-Recipient: rfc822; kikaku@city.iida.lg.jp
Action: failed
Status: 5.1.1

--B
Content-Type: message/rfc822

""".replace("\n", "\r\n").encode()


@pytest.fixture
def refused(office: Round) -> tuple[int, int]:
    """(the mail, the letter about it that a server refused); the mail is hidden since."""
    apply(office, 16)
    office.send(at(16, 10))
    wrong = apply(office, 17, text="差し替えます。", theme=SECRET, weekly_hours=None)
    store = office.store
    for line in store.drafts(states=["waiting"]):
        with store.write() as db:
            store.approve_in(db, line.id, user="policy", now=at(17, 10), undo_until=at(17, 10))
    taken = store.claim_next(
        now=at(17, 11), sys_now=at(17, 11), sending_allowed=True, claimant="s",
        build=lambda one: ("<z@jp.ey.com>", build_mime(one, message_id="<z@jp.ey.com>", at=at(17, 11), mailflow_id="x")),
    )  # fmt: skip
    assert taken is not None
    store.failed(taken.id, "s", answer="550 no")
    hide_mail(store, wrong.mail_id, why="誤送信", user="鈴木", now=at(18, 10))
    return wrong.mail_id, taken.id


def test_a_refused_letter_about_it_goes_again_once_its_approver_has_looked(
    office: Round, refused: tuple[int, int]
) -> None:
    mail_id, letter = refused
    with office.store.write() as db:
        insert_user(db, "佐藤", Role.APPROVER, by="test", sys_now=sys_now(), link=False)
    assert isinstance(look_at_hidden(office.store, mail_id, user="佐藤"), Done)
    answer = send_refused_again(office.store, letter, user="鈴木")
    assert isinstance(answer, Refused), "another one has looked"
    assert "開いて見て" in answer.reason
    with office.store.write() as db:
        db.execute(sa.update(OUTGOING).where(OUTGOING.c.id == letter).values(state="uncertain"))
    assert isinstance(resolve_uncertain(office.store, letter, "again", user="鈴木", now=at(18, 11)), Refused)
    with office.store.write() as db:
        db.execute(sa.update(OUTGOING).where(OUTGOING.c.id == letter).values(state="failed"))
    assert isinstance(look_at_hidden(office.store, mail_id, user="鈴木"), Done)
    assert isinstance(send_refused_again(office.store, letter, user="鈴木"), Done)


def test_a_refused_letter_whose_words_are_gone_goes_to_nobody(office: Round, refused: tuple[int, int]) -> None:
    mail_id, letter = refused
    purge(office, mail_id)
    store = office.store
    assert isinstance(send_refused_again(store, letter, user="鈴木"), Refused)
    assert [line.state.value for line in store.outbox() if line.id == letter] == ["dropped"]
    assert store.imbalances() == []
    with store.write() as db:  # as an earlier version left it
        db.execute(sa.update(OUTGOING).where(OUTGOING.c.id == letter).values(state="failed"))
    for answer in (
        send_refused_again(store, letter, user="鈴木"),
        readdress_refused(store, letter, address="a@town.example", name=None, why="電話", user="鈴木", now=at(18, 13)),
    ):
        assert isinstance(answer, Refused)
        assert "消去した手紙" in answer.reason
    assert not office.send(at(18, 14))


def test_a_letter_about_it_is_for_no_shared_folder(office: Round) -> None:
    wrong = apply(office, 16, more=(LIST,), theme=SECRET)
    store = office.store
    (copy,) = client_copies.add(store, client_copies.to_show(store, 10), sys_now=sys_now())
    hide_mail(store, wrong.mail_id, why="誤送信", user="鈴木", now=at(16, 10))
    assert isinstance(choose_stale(store, copy.draft_id, capacities={}, user="鈴木", keep=True, now=at(16, 11)), Done)
    assert [line.state for line in store.drafts()] == ["waiting"]
    assert client_copies.to_show(store, 10) == []
    assert client_copies.withdraw_outdated(store, sys_now=sys_now()) == 1, "one that lay there already"


def test_a_letter_about_it_is_approved_by_nobody_who_has_not_looked(office: Round) -> None:
    wrong = apply(office, 16, theme=SECRET)
    store = office.store
    hide_mail(store, wrong.mail_id, why="誤送信", user="鈴木", now=at(16, 10))
    (line,) = store.drafts()
    assert isinstance(choose_stale(store, line.id, capacities={}, user="鈴木", keep=True, now=at(16, 11)), Done)
    every = approve_all(store, user="鈴木", now=at(16, 11), sys_now=sys_now())
    assert isinstance(every, ApprovedAll)
    assert (every.approved, every.left_out) == ((), {"hidden": 1})
    look_at_hidden(store, wrong.mail_id, user="鈴木")
    again = approve_all(store, user="鈴木", now=at(16, 11), sys_now=sys_now())
    assert isinstance(again, ApprovedAll)
    assert again.approved == (line.id,)
