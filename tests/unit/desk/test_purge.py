"""`purge`: by two people, with a certificate; what was deleted is in the file no more, everything else stays."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from mailflow.clock import sys_now
from mailflow.desk import Refused, add_operator
from mailflow.desk.purge import Asked, Purged, ask_purge, confirm_purge
from mailflow.model import Kind, MachineKind, Organization, Place, Resolved
from mailflow.store import Store, client_copies
from mailflow.store.arrivals import BLOB, MAIL
from mailflow.store.base import among
from mailflow.store.cases import applications
from mailflow.store.purging import EMPTIED, GONE, KEPT
from tests.unit.store.flow import (
    KAWARA,
    MINATO,
    NOW,
    SAKURA,
    STRANGER,
    TARO,
    Letter,
    attachment,
    form,
    part,
    process,
    send_all,
)

SECRET = "内密の地域課題".encode()


@pytest.fixture
def office(store: Store) -> Store:
    for name in ("鈴木", "田中"):
        add_operator(store, name, sys_now=sys_now())
    shared = attachment("共通.pdf", b"PK the same file in both")
    for organization, sender in ((KAWARA, SAKURA), (MINATO, TARO)):
        own = attachment(f"{sender.address}.xlsx", sender.address.encode())
        process(
            store,
            Letter(
                organization=organization, sender=sender, form=form(contact_phone="0123-45-6789"), message_id=f"<1@{sender.domain}>",
                attachments=(own, shared), text=f"{sender.address} 様",
                change={"parts": (part(f"{sender.domain}.pdf", sender.address.encode() * 3, origin=f"derived:{own.sha256}"),)},
            ),
        )  # fmt: skip
    send_all(store)
    process(store, Letter(sender=SAKURA, text="まだ承認していない手紙"))
    store.seal()
    return store


def numbers(store: Store) -> dict[str | None, str]:
    return {one.organization.name: one.number for one in applications(store)}


def purged(store: Store) -> Purged:
    asked = ask_purge(store, [numbers(store)["川原町"]], why="保存期間", user="鈴木", at=NOW)
    assert isinstance(asked, Asked), asked
    done = confirm_purge(store, asked.id, user="田中", at=NOW)
    assert isinstance(done, Purged), done
    return done


def everything(store: Store) -> bytes:
    """All that the database holds, as it lies there."""
    if store.is_sqlite:
        file = Path(str(store.engine.url.database))
        return b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*") if one.is_file())
    with store.read() as db:
        rows = [str(tuple(row)) for table in SQLModel.metadata.sorted_tables for row in db.execute(table.select())]
    return "\n".join(rows).encode()


def test_the_applicants_words_are_nowhere_and_the_others_are_untouched(office: Store) -> None:
    (waiting,) = office.drafts(states=["waiting"])
    (shown,) = client_copies.add(office, [(waiting.id, waiting.content_sha256)], sys_now=sys_now())
    before = everything(office)
    assert SAKURA.address.encode() in before
    purged(office)
    after = everything(office)
    for word in (SAKURA.address.encode(), "山口 さくら".encode(), b"<1@town.kawara.example>"):
        assert word not in after
    assert TARO.address.encode() in after
    assert office.imbalances() == []
    assert [one.organization.name for one in applications(office)] == ["湊市"]
    assert len(office.mails()) == 3
    assert len({line.subject for line in office.outbox()}) == 2
    assert office.drafts(states=["waiting"]) == [], "an empty letter waits for nobody"
    assert client_copies.withdraw_outdated(office, sys_now=sys_now()) == 0
    assert (copy := client_copies.of(office, shown.token)) is not None
    assert copy.state is client_copies.CopyState.SETTLED, "the mail client's folder is cleared"
    with office.read() as db:
        shared = hashlib.sha256(b"PK the same file in both").hexdigest()
        assert db.execute(SQLModel.metadata.tables["case_blob"].select()).all()
        assert shared in str(db.execute(SQLModel.metadata.tables["case_blob"].select()).all())
    assert office.verify_audit().problems == ()


def test_a_claimant_goes_with_the_case_that_was_claimed(office: Store) -> None:
    claim = Letter(sender=STRANGER, sender_class="free", form=form("b"), message_id="<c@freemail.example>")
    mine = attachment("【川原町】別の様式.xlsx", b"PK of a stranger")
    claimed = process(office, replace(claim, attachments=(mine,), text=f"{STRANGER.address} 様"))
    assert claimed.loaded.known.claim
    asked = ask_purge(office, [numbers(office)["川原町"]], why="保存期間", user="鈴木", at=NOW)
    assert isinstance(asked, Asked)
    (waiting,) = [one for one in office.drafts(states=["waiting"]) if STRANGER.address in str(one.to)]
    with office.write() as db:
        office.approve_in(db, waiting.id, user="policy", now=NOW, undo_until=NOW)
    assert isinstance(confirm_purge(office, asked.id, user="田中", at=NOW), Refused), (
        "the claimant's letter is on its way"
    )
    send_all(office)
    assert isinstance(confirm_purge(office, asked.id, user="田中", at=NOW), Purged)
    after = everything(office)
    for word in (STRANGER.address.encode(), b"<c@freemail.example>", "別の様式".encode()):
        assert word not in after
    assert TARO.address.encode() in after
    (line,) = office.purges()
    assert json.loads(line.certificate or "")["cases_of_their_mails"] == [waiting.case_number]
    assert office.imbalances() == []


def test_the_certificate_says_what_went(office: Store) -> None:
    raws = {hashlib.sha256(office.raw(line.id) or b"").hexdigest() for line in office.mails()[:1]}
    done = purged(office)
    (line,) = office.purges()
    assert line.certificate is not None
    assert hashlib.sha256(line.certificate.encode()).hexdigest() == line.sha256 == done.sha256
    told = json.loads(line.certificate)
    assert (told["mails"], told["letters"], told["by"]) == (2, 1, "田中")
    assert raws <= set(told["raw_sha256"])
    assert done.sha256 in str(office.audit(entity="purge"))


def test_it_takes_two_people_a_reason_and_a_case_at_rest(office: Store) -> None:
    number = numbers(office)["川原町"]
    assert isinstance(ask_purge(office, [number], why=" ", user="鈴木", at=NOW), Refused)
    assert isinstance(ask_purge(office, [], why="理由", user="鈴木", at=NOW), Refused)
    assert isinstance(ask_purge(office, ["R8-1-0"], why="理由", user="鈴木", at=NOW), Refused)
    asked = ask_purge(office, [number], why="理由", user="鈴木", at=NOW)
    assert isinstance(asked, Asked)
    assert isinstance(confirm_purge(office, asked.id, user="鈴木", at=NOW), Refused)
    for line in office.drafts(states=["waiting"]):
        with office.write() as db:
            office.approve_in(db, line.id, user="policy", now=NOW, undo_until=NOW)
    refused = confirm_purge(office, asked.id, user="田中", at=NOW)
    assert isinstance(refused, Refused)
    assert "送信の途中" in refused.reason
    assert len(applications(office)) == 2, "nothing was deleted"
    send_all(office)
    assert isinstance(confirm_purge(office, asked.id, user="田中", at=NOW), Purged)
    assert isinstance(confirm_purge(office, asked.id, user="田中", at=NOW), Refused), "once"


def test_a_purged_mail_that_is_delivered_again_is_not_answered(office: Store) -> None:
    raw = office.raw(office.mails()[0].id)
    assert raw is not None
    purged(office)
    from tests.unit.store.flow import arrival

    (result,) = office.arrive([arrival(raw)])
    assert (result.new, result.state.value) == (False, "judged")
    assert office.claim_new(5, "w1") == []


def test_every_table_is_thought_of() -> None:
    named = [*GONE, *EMPTIED, *KEPT]
    assert sorted(named) == sorted(SQLModel.metadata.tables)


def test_mails_of_no_case_go_by_their_age_and_the_others_stay(office: Store) -> None:
    """Machines' mail, junk, what came before the start: personal data too. One that joined a case meanwhile stays with it."""
    robot = Letter(
        sender=STRANGER, organization=Organization(resolved=Resolved.NONE), sender_class="unlisted", kind=Kind.MACHINE,
        machine=MachineKind.AUTO_REPLY, drafts=0, message_id="<away@freemail.example>",
    )  # fmt: skip
    before = {one.id for one in office.mails()}
    process(office, robot)
    process(office, replace(robot, received_at=NOW, message_id="<later@freemail.example>"))
    old, later = sorted({one.id for one in office.mails()} - before)
    raw = office.raw(old)
    asked = ask_purge(office, [], why="保存期間", user="鈴木", at=NOW, caseless_before=NOW - timedelta(minutes=1))
    assert isinstance(asked, Asked), asked
    assert (asked.cases, asked.mails) == ((), 1)
    assert isinstance(confirm_purge(office, asked.id, user="田中", at=NOW), Purged)
    assert raw is not None
    assert raw not in everything(office)
    assert b"<away@freemail.example>" not in everything(office)
    assert office.raw(later) is not None
    assert SAKURA.address.encode() in everything(office), "the cases are untouched"
    (line,) = office.purges()
    assert json.loads(line.certificate or "")["mails"] == 1
    assert office.imbalances() == []
    again = ask_purge(office, [], why="保存期間", user="鈴木", at=NOW, caseless_before=NOW - timedelta(minutes=1))
    assert isinstance(again, Refused), "nothing is left of them"


def test_words_about_mail_that_could_not_be_fetched_go_too(office: Store) -> None:
    """An oversized mail has no content here, but its reason names who sent it, and about what."""
    places = [
        Place(mailbox="office@imap.example", folder="INBOX", uidvalidity=1, uid=uid) for uid in (9001, 9002, 9003)
    ]
    for place, sender, at in zip(
        places,
        (SAKURA.address.upper(), "old@x.example", TARO.address),
        (NOW, NOW - timedelta(days=9), NOW),
        strict=True,
    ):
        office.record_unfetchable(place, f"大きすぎます。差出人 {sender}、件名「内密」", received_at=at)
    purged(office)
    assert [place for place, _ in office.unfetchable()] == places[1:]
    asked = ask_purge(office, [], why="期間", user="鈴木", at=NOW, caseless_before=NOW - timedelta(days=1))
    assert isinstance(asked, Asked)
    assert isinstance(confirm_purge(office, asked.id, user="田中", at=NOW), Purged)
    assert [place for place, _ in office.unfetchable()] == places[2:]
    assert b"old@x.example" not in everything(office)
    assert office.known_uids("office@imap.example", "INBOX", 1) >= {9001, 9002, 9003}, "their places stay"


def test_contents_that_nothing_needs_go_with_the_next_purge(office: Store) -> None:
    lost = hashlib.sha256(SECRET).hexdigest()
    with office.write() as db:
        db.execute(sa.insert(BLOB), {"sha256": lost, "content": SECRET})
    purged(office)
    assert SECRET not in everything(office)
    assert office.imbalances() == []


def test_any_number_of_values_is_one_parameter(office: Store) -> None:
    """Databases take 32,766 or 65,535 parameters: a purge of a whole round has more mails than that."""
    ids = [one.id for one in office.mails()]
    with office.read() as db:
        found = db.execute(sa.select(MAIL.c.id).where(among(db, MAIL.c.id, [*ids, *range(10_000, 110_000)])))
        assert sorted(found.scalars()) == sorted(ids)
        names = [f"<{number}@nowhere.example>" for number in range(70_000)]
        found = db.execute(sa.select(MAIL.c.id).where(among(db, MAIL.c.message_id, [*names, f"<1@{TARO.domain}>"])))
        assert len(found.all()) == 1
        assert db.execute(sa.select(MAIL.c.id).where(among(db, MAIL.c.id, []))).all() == []
