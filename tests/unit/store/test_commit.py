"""One short transaction or nothing: revisions, races, crashes, the own-case lock at saving."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from mailflow.model import Action, Address, Approval, Kind, Severity
from mailflow.store import Store, open_store
from mailflow.store import commit as committing
from mailflow.store.arrivals import MailState
from mailflow.store.commit import Conflict
from mailflow.store.errors import OwnCaseViolation
from mailflow.store.tables import SQLModel
from tests.unit.store.flow import (
    KAWARA,
    MINATO,
    NOW,
    SAKURA,
    STRANGER,
    TARO,
    Letter,
    attachment,
    commit,
    finding,
    form,
    load,
    part,
    process,
    process_next,
    send_all,
    take,
)


def rows(store: Store) -> dict[str, int]:
    """How many rows each table has, but for who claims what."""
    with store.read() as db:
        return {
            name: db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }


def two_loaded(store: Store, first: Letter, second: Letter):  # type: ignore[no-untyped-def]
    pending = [take(store, first, claimant="w1"), take(store, second, claimant="w2")]
    return [load(store, letter, one) for letter, one in zip((first, second), pending, strict=True)]


def test_a_lost_race_for_an_open_case_is_a_conflict(store: Store, url: str) -> None:
    process(store, Letter(form=form("0")))
    one, two = two_loaded(store, Letter(form=form("a")), Letter(form=form("b")))
    commit(store, one, claimant="w1")
    before = rows(store)
    other = open_store(url)
    assert commit(other, two, claimant="w2").result == Conflict("case")
    assert rows(store) == before
    again = load(other, Letter(form=form("b")), two.pending)
    assert commit(other, again, claimant="w2").committed.case_id == one.committed.case_id
    assert len(again.loaded.known.versions) == 2
    other.close()


def test_a_lost_race_to_open_a_case_is_a_conflict(store: Store) -> None:
    one, two = two_loaded(store, Letter(form=form("a")), Letter(form=form("b")))
    commit(store, one, claimant="w1")
    assert commit(store, two, claimant="w2").result == Conflict("case")
    assert store.mails(state=MailState.NEW)[0].id == two.pending.id


def test_a_mail_is_judged_once(store: Store) -> None:
    step = load(store, Letter(), take(store, Letter()))
    commit(store, step)
    again = replace(step.loaded, case_id=step.committed.case_id, revision=1)
    assert store.commit_outcome(step.pending, step.mail, step.outcome, again, claimant="w1", now=NOW) == Conflict(
        "taken"
    )


def test_a_claim_that_was_lost_is_not_written(store: Store) -> None:
    step = load(store, Letter(), take(store, Letter(), claimant="dead"))
    store.recover()
    assert commit(store, step, claimant="dead").result == Conflict("taken")
    assert rows(store)["verdict"] == rows(store)["cases"] == 0


@pytest.mark.parametrize("at", range(1, 30))
def test_a_crash_inside_the_transaction_leaves_nothing(store: Store, at: int) -> None:
    process(store, Letter(form=form("0")))
    letter = Letter(form=form("a"), approval=Approval.AUTO, attachments=(attachment("【朝日県川原町】様式.xlsx"),))
    step = load(store, letter, take(store, letter))
    before, seen = rows(store), 0

    def crash(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise KeyboardInterrupt

    sa.event.listen(store.engine, "before_cursor_execute", crash)
    try:
        commit(store, step)
    except KeyboardInterrupt:
        sa.event.remove(store.engine, "before_cursor_execute", crash)
        assert rows(store) == before
        commit(store, step)
    else:
        sa.event.remove(store.engine, "before_cursor_execute", crash)
        assert seen < at, "a statement crashed and nobody noticed"
    assert step.committed.drafts
    assert rows(store)["verdict"] == 2
    assert rows(store)["outgoing"] == 1


def test_an_older_mail_judged_late_never_takes_a_newer_ones_letter(store: Store) -> None:
    """It had failed, or lay in Junk: what counts is when it was received."""
    newer = process(store, Letter(form=form("b")))
    older = process(
        store,
        Letter(
            form=form("a"),
            findings=(finding("form-complete", Severity.FIX),),
            received_at=Letter().received_at - timedelta(hours=2),
        ),
    )
    # The newer one's letter was composed without the older mail: it goes, and the newer mail is judged again.
    assert {line.id: line.state for line in store.drafts()} == {
        newer.committed.drafts[0]: "superseded",
        older.committed.drafts[0]: "waiting",
    }
    again = process_next(store, Letter(form=form("b")))
    assert again.pending.id == newer.pending.id
    (line,) = store.drafts(states=["waiting"])
    assert line.id == again.committed.drafts[0]
    view = store.draft(line.id)
    assert view is not None
    assert set(view.acknowledges) == {older.pending.id, newer.pending.id}


def test_a_new_letter_takes_the_place_of_the_waiting_one(store: Store) -> None:
    first = process(store, Letter(form=form("a"), findings=(finding("form-complete", Severity.FIX),)))
    second = process(store, Letter(form=form("b")))
    assert {line.id: line.state for line in store.drafts()} == {
        first.committed.drafts[0]: "superseded",
        second.committed.drafts[0]: "waiting",
    }


def test_acknowledgements_grow_with_the_mails_not_with_their_square(store: Store) -> None:
    count = 120
    for n in range(count):
        last = process(store, Letter(kind=Kind.INQUIRY, received_at=NOW - timedelta(minutes=count - n)))
    view = store.draft(last.committed.drafts[0])
    assert view is not None
    assert len(view.acknowledges) == 50
    assert view.acknowledges[-1] == last.pending.id
    assert rows(store)["draft_mail"] == count - 1 + 50


def test_what_a_living_letter_answers_for_no_other_one_does(store: Store) -> None:
    first = process(store, Letter(form=form()))
    second = process(store, Letter(kind=Kind.INQUIRY, change={"purpose": "inquiry"}))
    third = process(store, Letter(kind=Kind.INQUIRY, change={"purpose": "inquiry"}))
    answered = {line.id: store.draft(line.id).acknowledges for line in store.drafts(states=["waiting"])}  # type: ignore[union-attr]
    assert answered == {
        first.committed.drafts[0]: (first.pending.id,),
        third.committed.drafts[0]: (second.pending.id, third.pending.id),
    }


def test_another_purpose_stays(store: Store) -> None:
    process(store, Letter(form=form("a"), change={"purpose": "consultation"}))
    process(store, Letter(form=form("b")))
    assert [line.state for line in store.drafts()] == ["waiting", "waiting"]


def test_an_approved_letter_that_has_not_left_is_pulled_back(store: Store) -> None:
    """Settle time is for this: the second try with the attachment comes before the letter that asks for it leaves."""
    first = process(store, Letter(approval=Approval.AUTO, change={"not_before": NOW + timedelta(minutes=15)}))
    assert store.drafts()[0].state == "approved"
    process(store, Letter(form=form("b")))
    assert [line.state for line in store.outbox()] == ["dropped"]
    assert {line.id: line.state for line in store.drafts()}[first.committed.drafts[0]] == "superseded"


def test_a_letter_that_left_stays_and_the_new_one_is_beside_it(store: Store) -> None:
    process(store, Letter(form=form("a")))
    send_all(store)
    process(store, Letter(form=form("b")))
    assert [line.state for line in store.drafts()] == ["sent", "waiting"]


def test_the_schema_holds_one_live_letter_a_case_and_purpose(store: Store) -> None:
    process(store, Letter(form=form("a")))
    kept = ", ".join(one.name for one in SQLModel.metadata.tables["draft"].columns if one.name != "id")
    with pytest.raises(sa.exc.IntegrityError, match=r"UNIQUE|unique"), store.write() as db:
        db.execute(sa.text(f"INSERT INTO draft (id, {kept}) SELECT 99, {kept} FROM draft"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"parts": (part("x.pdf", b"other"),)}, id="a-file-of-nobody"),
        pytest.param({"parts": (part("x.pdf", b"minato"),)}, id="a-file-of-another-case"),
        pytest.param(
            {"parts": (part("x.pdf", b"m2", "derived:" + part("", b"minato").sha256),)},
            id="derived-from-another-cases-file",
        ),
        pytest.param({"parts": (part("x.pdf", b"p", "public:a.pdf"),)}, id="not-really-public"),
        pytest.param({"parts": (replace(part("x.pdf", b"kawara"), content=b"minato"),)}, id="bytes-under-a-false-hash"),
        pytest.param({"parts": (part("x.pdf", b"kawara", "file:/etc/passwd"),)}, id="unknown-origin"),
    ],
)
def test_a_letter_with_what_is_not_of_its_case_is_never_saved(store: Store, change: dict[str, object]) -> None:
    process(store, Letter(organization=MINATO, sender=TARO, attachments=(attachment("m.pdf", b"minato"),)))
    before = rows(store)
    letter = Letter(attachments=(attachment("k.pdf", b"kawara"),), change=change)
    pending = take(store, letter)
    with pytest.raises(OwnCaseViolation):
        commit(store, load(store, letter, pending))
    assert rows(store)["draft"] == before["draft"]
    assert rows(store)["verdict"] == before["verdict"]
    assert store.fail(pending.id, "手紙を作れません", claimant="w1") is MailState.FAILED


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        pytest.param({"to": (STRANGER,)}, STRANGER, id="to-a-stranger"),
        pytest.param({"cc": (TARO,)}, TARO, id="cc-to-another-applicant"),
        pytest.param({"to": ()}, None, id="to-nobody"),
        pytest.param({"to": (replace(SAKURA, address="企画@town.kawara.example"),)}, None, id="what-no-server-takes"),
    ],
)
def test_who_is_no_party_is_taken_off_the_letter_and_a_person_is_told(
    store: Store, change: dict[str, object], gone: Address | None
) -> None:
    process(store, Letter(organization=MINATO, sender=TARO, form=form()))
    step = process(store, Letter(form=form(), change=change, approval=Approval.AUTO))
    view = store.draft(step.committed.drafts[0])
    assert view is not None
    assert (view.draft.to, view.draft.cc) == ((SAKURA,), ())
    assert (view.line.state, view.line.review) == ("waiting", True)
    assert gone is None or gone.address in view.warnings[0]


def test_a_letter_to_nobody_takes_no_letters_place(store: Store) -> None:
    first = process(store, Letter(form=form()))
    broken = Address(name=None, address="企画@town.kawara.example")
    second = process(store, Letter(sender=broken, form=form("b")))
    assert second.committed.drafts == ()
    assert [(line.id, line.state) for line in store.drafts()] == [(first.committed.drafts[0], "waiting")]
    assert len(store.audit(entity="mail", entity_id=second.pending.id)) > 0  # judged, with nothing to carry it


def test_own_derived_and_public_files_may_go(store: Store) -> None:
    store.record_config("c" * 64, {"templates/files/記入例.pdf": b"public"})
    own = part("k.pdf", b"kawara")
    parts = (
        own,
        part("印付き.xlsx", b"marked", f"derived:{own.sha256}"),
        part("記入例.pdf", b"public", "public:記入例.pdf"),
    )
    process(store, Letter(attachments=(attachment("k.pdf", b"kawara"),), change={"parts": parts}))
    send_all(store)
    view = store.draft(1)
    assert view is not None
    assert view.draft.parts == parts
    assert [line.state for line in store.outbox()] == ["sent"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("連絡先は dx@city.minato.example です。", id="address"),
        pytest.param("連絡先は ＤＸ＠city.minato.example です。", id="address-full-width"),
        pytest.param("電話は 0999-12-3456 です。", id="phone"),
        pytest.param("電話は 0999(12)3456 です。", id="phone-in-brackets"),
        pytest.param("受付番号 R8-1-999983（第1版）", id="case-number"),
        pytest.param("団体コード９９９９８３", id="code-full-width"),
        pytest.param("  1 【朝日県湊市】1次公募応募様式.xlsx（48KB）", id="file-name"),
    ],
)
def test_another_cases_identifier_in_the_text_needs_a_person_who_mends_it(store: Store, text: str) -> None:
    theirs = Letter(
        organization=MINATO,
        sender=TARO,
        form=form(contact_phone="0999(12)3456"),
        attachments=(attachment("【朝日県湊市】1次公募応募様式.xlsx"),),
    )
    process(store, theirs)
    step = process(store, Letter(text=text, approval=Approval.AUTO))
    assert step.committed.refused
    (line,) = [line for line in store.drafts() if line.id == step.committed.drafts[0]]
    assert (line.state, line.review) == ("waiting", True)  # not approved by the policy, not in bulk
    with pytest.raises(OwnCaseViolation), store.write() as db:
        store.approve_in(db, line.id, user="policy", now=NOW, undo_until=NOW)


def test_a_claims_letter_may_name_its_own_file_though_the_bodys_is_called_so(store: Store) -> None:
    name = "【朝日県川原町】1次公募応募様式.xlsx"
    process(store, Letter(form=form(), attachments=(attachment(name, b"town"),)))
    claim = Letter(sender=STRANGER, sender_class="free", form=form("b"), text=f"  1 {name}（48KB）")
    allowed = process(store, replace(claim, attachments=(attachment(name, b"claim"),)))
    assert allowed.loaded.known.claim
    assert allowed.committed.refused == ()
    with store.write() as db:
        assert store.approve_in(db, allowed.committed.drafts[0], user="policy", now=NOW, undo_until=NOW) is not None
    assert process(store, claim).committed.refused  # who sent no such file hears nothing of the body's


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("連絡先は kikaku@town.kawara.example、受付番号 R8-1-999991 です。", id="own"),
        pytest.param("電話 03-1111-2222（平日9時から17時）", id="the-secretariats-phone"),
        pytest.param("様式は「1次公募応募様式.xlsx」の名前で送ってください。", id="everybodys-file-name"),
        pytest.param("記入例　0000-00-0000（内線123）", id="the-forms-own-example"),
        pytest.param("朝日県湊市と共同で提案されるとのこと、承知しました。", id="another-bodys-name-only-warns"),
    ],
)
def test_what_is_own_or_everybodys_passes(store: Store, text: str) -> None:
    store.record_config("c" * 64, {}, office=["office@secretariat.example", "０３－１１１１－２２２２"])
    store.record_config(
        "c" * 64, {}, office=["office@secretariat.example", "０３－１１１１－２２２２", "0000-00-0000（内線123）"]
    )
    number = "0000-00-0000" if "内線" in text else "03-1111-2222"
    theirs = form(contact_phone=number)  # they copied the office's number, or the example, into their form
    process(
        store, Letter(organization=MINATO, sender=TARO, form=theirs, attachments=(attachment("1次公募応募様式.xlsx"),))
    )
    step = process(store, Letter(text=text))
    assert step.committed.refused == ()
    view = store.draft(step.committed.drafts[0])
    assert view is not None
    assert bool(view.warnings) == ("湊市" in text)


def test_who_becomes_a_party(store: Store) -> None:
    bureau = Address(name="総合通信局", address="bureau@bureau.example")
    reply_to = Address(name=None, address="shared@town.kawara.example")
    letter = Letter(
        form=form(contact_email="Contact@town.kawara.example", contact_name="川 花子"), reply_to=(reply_to,)
    )
    contact = Address(name="川 花子", address="contact@town.kawara.example")
    letter = replace(letter, change={"to": (reply_to,), "cc": (contact, bureau)})
    commit(store, load(store, letter, take(store, letter)), cc=(bureau,))
    loaded = load(store, Letter(), take(store, Letter())).loaded
    assert {one.address for one in loaded.known.parties} == {
        SAKURA.address,
        contact.address,
        reply_to.address,
    }  # the bureau only reads


def test_withdrawal_is_kept_and_a_claims_is_not(store: Store) -> None:
    withdraw = (Action(action="withdraw"),)
    process(store, Letter(form=form()))
    process(store, Letter(sender=STRANGER, sender_class="free", actions=withdraw))
    assert load(store, Letter(), take(store, Letter())).loaded.known.case_state == "complete"
    process(store, Letter(actions=withdraw))
    assert load(store, Letter(), take(store, Letter())).loaded.known.case_state == "withdrawn"


def test_the_verdict_comes_back_as_it_was(store: Store) -> None:
    from mailflow.codec import from_json
    from mailflow.model import Verdict

    step = process(
        store,
        Letter(
            form=form("a", theme="地域\x00課題\n"), findings=(finding("form-type", Severity.FIX),), organization=KAWARA
        ),
    )
    with store.read() as db:
        text = db.execute(sa.select(committing.VERDICT.c.verdict)).scalar_one()
    assert from_json(Verdict, text) == step.outcome.verdict


def test_the_audit_can_only_grow(store: Store) -> None:
    process(store, Letter())
    with store.write() as db:
        db.exec_driver_sql("INSERT INTO audit_seal SELECT 1, id, 'h' FROM audit LIMIT 1")
    own_ways = {
        True: (
            "INSERT OR REPLACE INTO audit SELECT id, at, 'x', act, entity, entity_id, case_id, detail FROM audit",
            "INSERT OR REPLACE INTO audit_seal SELECT seq, audit_id, 'x' FROM audit_seal",
            "INSERT OR REPLACE INTO audit_seal SELECT 2, audit_id, 'x' FROM audit_seal",
        ),
        False: (
            "INSERT INTO audit SELECT * FROM audit ON CONFLICT (id) DO UPDATE SET actor = 'x'",
            "INSERT INTO audit_seal SELECT * FROM audit_seal ON CONFLICT (seq) DO UPDATE SET hash = 'x'",
            "TRUNCATE audit CASCADE",
            "TRUNCATE audit_seal",
        ),
    }
    for act in (
        "UPDATE audit SET actor = 'x'",
        "DELETE FROM audit",
        "UPDATE audit_seal SET hash = 'x'",
        "DELETE FROM audit_seal",
        *own_ways[store.is_sqlite],
    ):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.write() as db:
            db.exec_driver_sql(act)
    assert {entry.act for entry in store.audit()} == {"mail-judged", "draft-composed"}


def test_another_program_on_the_file_replaces_no_audit_row_either(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    process(store, Letter())
    store.close()
    with (
        closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other,
        pytest.raises(sqlite3.DatabaseError, match="append-only"),
    ):
        other.execute(
            "INSERT OR REPLACE INTO audit SELECT id, at, 'x', act, entity, entity_id, case_id, detail FROM audit"
        )
