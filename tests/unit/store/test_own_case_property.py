"""Whatever a template, a person's edit or somebody at the database puts into a letter: another case's identifier never leaves,
and nobody who is no party gets one (invariant 6). Refused when it is built, when it is approved, or at the claim.
"""

from __future__ import annotations

import html
import shutil
import tempfile
import unicodedata
from dataclasses import replace
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailflow.clock import sys_now
from mailflow.codec import from_json, to_json
from mailflow.desk import Refused, add_operator, approve
from mailflow.desk.editing import edit
from mailflow.model import Action, Address, Authentication, Draft, Intent, Severity
from mailflow.store import Store, open_store
from mailflow.store.cases import applications
from mailflow.store.errors import OwnCaseViolation
from mailflow.store.letter_check import row_terms
from mailflow.store.letter_text import LetterText, letter_sha256
from mailflow.store.moves import DRAFT
from tests.unit.store.flow import (
    KAWARA,
    MINATO,
    NOW,
    SAKURA,
    STRANGER,
    TARO,
    Letter,
    attachment,
    finding,
    form,
    load,
    process,
    take,
)

PHONE, OWN_PHONE = "0158-22-3344", "0265-33-4455"
WORDS = "本件について、担当の方にお伝えください。よろしくお願いします。"


def wide(text: str) -> str:
    """As a Japanese keyboard types it."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


DISGUISES = {
    "as-it-is": lambda text: text,
    "upper": str.upper,
    "wide": wide,
    "in-brackets": lambda text: f"「{text}」",
    "entity": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "angle": lambda text: f"<{text}>",
    "glued": lambda text: f"連絡先{text}まで" if text[0].isascii() and "@" not in text else f"連絡先 {text} まで",
}
SECRETS = ("address", "phone", "phone-spaced", "number", "code")
NUMBERS = count(1)
PLACES = ("text", "subject", "html")
ROADS = ("composed", "edited", "at-the-database")


def secret(store: Store, which: str) -> str:
    number = {one.organization.name: one.number for one in applications(store)}["湊市"]
    return {
        "address": TARO.address, "phone": PHONE, "phone-spaced": PHONE.replace("-", " "), "number": number,
        "code": str(MINATO.code),
    }[which]  # fmt: skip


def two_cases(template: Path, folder: Path) -> Store:
    shutil.copyfile(template, folder / "mailflow.db")
    store = open_store(f"sqlite:///{folder / 'mailflow.db'}")
    add_operator(store, "鈴木", sys_now=sys_now())
    own = attachment("【朝日県湊市】応募様式.xlsx", b"minato")
    process(store, Letter(organization=MINATO, sender=TARO, form=form(contact_phone=PHONE), attachments=(own,)))
    return store


def build(draft: Draft) -> tuple[str, bytes]:
    """All that a reader sees, the targets of links too."""
    shown = html.unescape(draft.html or "")
    return f"<{next(NUMBERS)}@secretariat.example>", f"Subject: {draft.subject}\r\n\r\n{draft.text}\n{shown}".encode()


def put(text: str, place: str, words: str) -> dict[str, object]:
    """The letter's text, subject or html with the words in it."""
    if place == "subject":
        return {"subject": f"【受領】{words}", "text": text}
    if place == "html":
        return {"html": f"<p>{text}<b>{words}</b></p>", "text": text}
    return {"text": f"{text}\n{words}\n{text}"}


def all_that_leaves(store: Store) -> list[bytes]:
    """Approve whatever can be approved, send whatever may leave."""
    for line in store.drafts(states=["waiting"]):
        approve(store, line.id, user="鈴木", content_sha256=line.content_sha256, now=NOW, sys_now=NOW)
    return claimed(store)


def claimed(store: Store) -> list[bytes]:
    found = []
    while one := store.claim_next(
        now=NOW, sys_now=sys_now(), sending_allowed=True, claimant="s", build=build, undo=False
    ):
        found.append(one.mime)
        store.mark_data_stage(one.id, "s")
        store.sent(one.id, "s", at=NOW, answer="250 ok")
    return found


def told(mimes: list[bytes]) -> str:
    text = unicodedata.normalize("NFKC", "\n".join(one.decode() for one in mimes)).casefold()
    return text.replace("-", "").replace(" ", "")


@example(which="address", disguise="angle", place="html", road="at-the-database")  # inside a tag
@example(which="number", disguise="entity", place="html", road="composed")
@example(which="address", disguise="entity", place="text", road="at-the-database")
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.sampled_from(SECRETS),
    disguise=st.sampled_from(sorted(DISGUISES)),
    place=st.sampled_from(PLACES),
    road=st.sampled_from(ROADS),
)
def test_another_cases_identifier_never_leaves(
    empty_database: Path, which: str, disguise: str, place: str, road: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = two_cases(empty_database, Path(folder))
        try:
            all_that_leaves(store)  # Minato's own letter, which may say all that
            words = DISGUISES[disguise](secret(store, which))
            letter = Letter(organization=KAWARA, sender=SAKURA)
            if road == "composed":
                process(store, Letter(organization=KAWARA, sender=SAKURA, change=put(WORDS, place, words)))
                left = all_that_leaves(store)
            else:
                process(store, letter)
                left = changed(store, road, put(WORDS, place, words))
            plain = told([secret(store, which).encode()])
            assert plain not in told(left), (which, disguise, place, road)
        finally:
            store.close()


def changed(store: Store, road: str, change: dict[str, object]) -> list[bytes]:
    (line,) = store.drafts(states=["waiting"])
    if road == "edited":
        subject, text = str(change.get("subject", line.subject)), str(change["text"])
        done = edit(store, line.id, user="鈴木", subject=subject, text=text, base_sha256=line.content_sha256, now=NOW)
        if "html" not in change:
            assert isinstance(done, Refused) or all_that_leaves(store) == []
        return all_that_leaves(store) if "html" not in change else []
    assert not isinstance(
        approve(store, line.id, user="鈴木", content_sha256=line.content_sha256, now=NOW, sys_now=NOW), Refused
    )
    with store.write() as db:  # somebody changes the letter and both hashes after the approval
        text = db.execute(sa.text("SELECT content FROM draft WHERE id = :id"), {"id": line.id}).scalar_one()
        stored = from_json(LetterText, text)
        forged = replace(stored, **change)  # type: ignore[arg-type]
        row = db.execute(sa.select(DRAFT).where(DRAFT.c.id == line.id)).one()
        sha = letter_sha256(forged, row_terms(row))
        db.execute(
            sa.text("UPDATE draft SET content = :c, content_sha256 = :s WHERE id = :id"),
            {"c": to_json(forged), "s": sha, "id": line.id},
        )
        db.execute(sa.text("UPDATE outgoing SET content_sha256 = :s WHERE draft_id = :id"), {"s": sha, "id": line.id})
    left = claimed(store)
    assert left == []
    assert [one.state.value for one in store.outbox()][-1] == "failed"
    return left


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(who=st.sampled_from((TARO, STRANGER, Address(name="山口", address="kikaku@town.kawara.example.evil.example"))),
       header=st.sampled_from(("to", "cc")))  # fmt: skip
def test_nobody_who_is_no_party_gets_a_letter(empty_database: Path, who: Address, header: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = two_cases(empty_database, Path(folder))
        try:
            all_that_leaves(store)
            try:
                process(store, Letter(organization=KAWARA, sender=SAKURA, change={header: (who,)}))
            except OwnCaseViolation:
                return
            for _ in all_that_leaves(store):
                assert who.key not in {one.key for line in store.outbox()[1:] for one in (*line.to, *line.cc)}
        finally:
            store.close()


LOOKALIKE = Address(name="山口 さくら", address="kikaku@town.kawara.example.evil.example")
FORGERS = {
    "free-mail": {"sender": STRANGER, "sender_class": "free"},
    "the-officers-name": {
        "sender": replace(STRANGER, name="山口 さくら <kikaku@town.kawara.example>"), "sender_class": "free",
    },
    "a-domain-that-looks-alike": {"sender": LOOKALIKE, "sender_class": "unlisted"},
    "another-body": {"sender": TARO, "sender_class": "other-body"},
    "the-officers-address": {"authentication": Authentication(results={"dmarc": "fail"})},
    "nobody": {"sender": None, "sender_class": "unlisted"},
}  # fmt: skip
ASKS: dict[str, dict[str, object]] = {
    "replace": {"form": form("forged", contact_phone="090-0000-0000"), "intents": frozenset({Intent.REPLACE})},
    "withdraw": {"actions": (Action(action="withdraw"),), "intents": frozenset({Intent.WITHDRAW})},
    "be-told": {"intents": frozenset({Intent.CONFIRM_RECEIPT}), "text": "受付番号を教えてください。"},
    "write-to-me": {"reply_to": (STRANGER,), "form": form("forged", contact_email=STRANGER.address)},
}
MAILS = st.lists(
    st.tuples(st.sampled_from(sorted(FORGERS)), st.sampled_from(sorted(ASKS)), st.booleans(), st.booleans()),
    min_size=1, max_size=4,
)  # fmt: skip


@example(mails=[(who, "replace", True, True) for who in sorted(FORGERS)])
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mails=MAILS)
def test_no_forged_mail_takes_a_case_over(empty_database: Path, mails: list[tuple[str, str, bool, bool]]) -> None:
    """Whoever writes in a town's name, with the Message-ID of our letter and the number of its case: its form stays the one that
    counts, its letters go to it alone, and who forged it is told nothing of the case."""
    with tempfile.TemporaryDirectory() as folder:
        store = two_cases(empty_database, Path(folder))
        try:
            own = process(
                store, Letter(form=form("own", contact_phone=OWN_PHONE), attachments=(attachment("k.xlsx", b"k"),))
            )
            all_that_leaves(store)
            sent = store.outbox()
            ours = next(one for one in sent if SAKURA.key in {to.key for to in one.to})
            number = {one.organization.name: one.number for one in applications(store)}["川原町"]
            for who, ask, thread, named in mails:
                forged = Letter(
                    in_reply_to=ours.message_id if thread else None, case_number=number if named else None,
                    findings=(finding("sender-domain", Severity.REVIEW),),
                )  # fmt: skip
                process(store, replace(forged, **(FORGERS[who] | ASKS[ask])))  # type: ignore[arg-type]
            after = load(store, Letter(), take(store, Letter())).loaded.known
            assert [one.mail_id for one in after.versions] == [own.pending.id]
            assert after.case_state == "complete"
            assert {one.key for one in after.parties} == {SAKURA.key}
            told_now = all_that_leaves(store)
            for line in store.outbox()[len(sent) :]:
                if own.committed.case_id == line.case_id:
                    assert {one.key for one in (*line.to, *line.cc)} <= {SAKURA.key}
            for word in (number, OWN_PHONE):
                assert told([word.encode()]) not in told(told_now)
        finally:
            store.close()
