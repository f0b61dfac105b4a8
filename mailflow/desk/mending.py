"""What people settle that went wrong: a mail that couldn't be processed, a letter of which nobody knows if it left, a letter
that the server refused.

A refused letter is sent once more as it is (what refused it was mended: our own log-in, a full mailbox), goes to another
address as a new letter that is approved anew, or is dealt with by telephone and never sent. Times are business time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.desk.approval import UNSEEN
from mailflow.desk.holding import held, note, words
from mailflow.desk.parties import party_address
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.model import Address
from mailflow.store import Store, audit, own_case, ties
from mailflow.store.booking_letters import retold_by
from mailflow.store.case_read import PARTY
from mailflow.store.drafts import NewDraft
from mailflow.store.hidden import HIDDEN_LETTER, mails_behind, unseen
from mailflow.store.known import DRAFT_MAIL
from mailflow.store.letter_check import contents, row_terms
from mailflow.store.letter_text import LetterText, restored
from mailflow.store.moves import DRAFT, OUTGOING, O
from mailflow.store.people import Role
from mailflow.store.unfetchable import PURGED

HOW, WHY = "どうしたか（だれに電話したかなど）", "新しい宛先をどこから聞いたか"


@dataclass(frozen=True, slots=True)
class Readdressed:
    """`draft_id`: the letter to the other address; it waits for approval."""

    draft_id: int


def retry_failed_mail(store: Store, mail_id: int, *, user: str) -> Done | Refused:
    """Judge a failed mail again, its attempts forgotten."""

    def do(db: sa.Connection) -> Done:
        if not store.retry_mail_in(db, mail_id, actor=user):
            raise RefusedError("失敗しているメールではありません")
        return Done()

    return act(store, user, Role.STAFF, do)


def resolve_uncertain(
    store: Store, outgoing_id: int, choice: Literal["sent", "again", "drop"], *, user: str, now: datetime
) -> Done | Refused:
    """Say what became of a letter whose sending broke off: it was sent, send it again, or drop it."""

    def do(db: sa.Connection) -> Done:
        row = db.execute(
            sa.select(OUTGOING.c.state, OUTGOING.c.draft_id).where(OUTGOING.c.id == outgoing_id)
        ).one_or_none()
        if row is None or row.state != O.UNCERTAIN:
            raise RefusedError("送れたかどうか分からない手紙ではありません")
        if choice == "again" and unseen(db, row.draft_id, user):
            raise RefusedError(UNSEEN)
        store.settle_uncertain(db, outgoing_id, choice, actor=user, at=now)
        return Done()

    return act(store, user, Role.APPROVER, do)


def send_refused_again(store: Store, outgoing_id: int, *, user: str) -> Done | Refused:
    """The very letter that was approved, to the same addresses, once more: what refused it was mended. One about a mail that was
    hidden meanwhile goes only once this person has opened it, on record."""

    def do(db: sa.Connection) -> Done:
        row = _refused(db, outgoing_id)
        _has_words(row)
        if unseen(db, row.id, user):
            raise RefusedError(UNSEEN)
        store.settle_failed(db, outgoing_id, "again", actor=user)
        return Done()

    return act(store, user, Role.APPROVER, do)


def drop_refused(store: Store, outgoing_id: int, *, how: str, user: str, now: datetime) -> Done | Refused:
    """It won't be sent: what it said was told otherwise. `how` is kept as a note of the case."""

    def do(db: sa.Connection) -> Done:
        row = _refused(db, outgoing_id)
        told = words(how, HOW)
        held(db, row.case_id, None)
        subject = HIDDEN_LETTER if mails_behind(db, row.id) else row.subject
        note(db, row.case_id, row.mail_id, f"送れなかった手紙「{subject}」：{told}", user=user, now=now)
        store.settle_failed(db, outgoing_id, "drop", actor=user)
        return Done()

    return act(store, user, Role.STAFF, do)


def readdress_refused(
    store: Store, outgoing_id: int, *, address: str, name: str | None, why: str, user: str, now: datetime
) -> Readdressed | Refused:
    """The same words to another address, as a new letter that waits for approval. The address becomes a party of the case:
    `why` says who told it. Those who were in Cc stay there."""

    def do(db: sa.Connection) -> Readdressed:
        row = _refused(db, outgoing_id)
        _has_words(row)
        told, key = words(why, WHY), party_address(address)
        held(db, row.case_id, None)
        living = sa.select(DRAFT.c.id).where(
            DRAFT.c.case_id == row.case_id, DRAFT.c.purpose == row.purpose, DRAFT.c.live
        )
        if db.execute(living).first() is not None:
            raise RefusedError("この案件には、もう新しい手紙の案があります。そちらをご覧ください")
        ties.accept(db, row.case_id, Address(name=name, address=key), now)
        note(db, row.case_id, row.mail_id, f"{key} を関係者に加えた：{told}", user=user, now=now)
        letter = from_json(LetterText, row.content)
        draft = restored(letter, row_terms(row), contents(db, letter.parts))
        cc = tuple(one for one in draft.cc if one.key != key)
        elsewhere = _others_party(db, row.case_id, key)
        warnings = (
            ("この宛先は、別の案件の関係者でもあります。団体を取り違えていないか、確かめてください",)
            if elsewhere
            else ()
        )
        new = NewDraft.of(
            replace(
                draft, to=(Address(name=name, address=key),), cc=cc, review=draft.review or elsewhere, warnings=warnings
            ),
            config_hash=row.config_hash,
        )
        store.settle_failed(db, outgoing_id, "drop", actor=user)
        answers = db.execute(sa.select(DRAFT_MAIL.c.mail_id).where(DRAFT_MAIL.c.draft_id == row.id)).scalars().all()
        draft_id = store.insert_draft(
            db, new, case_id=row.case_id, mail_id=row.mail_id, acknowledges=answers,
            foreign=own_case.foreign(db, row.case_id, new.candidates), now=now,
        )  # fmt: skip
        retold_by(db, row.id, draft_id)
        audit.record(
            db,
            audit.Event(
                actor=user, act="letter-readdressed", entity="outgoing", entity_id=outgoing_id, case_id=row.case_id,
                detail={"draft": draft_id},
            ),
        )  # fmt: skip
        return Readdressed(draft_id)

    return act(store, user, Role.STAFF, do)


def _others_party(db: sa.Connection, case_id: int, key: str) -> bool:
    """Whether the address belongs to another case too: a slip of the hand, or a person who serves two bodies."""
    found = sa.select(PARTY.c.case_id).where(PARTY.c.address == key, PARTY.c.case_id != case_id).limit(1)
    return db.execute(found).first() is not None


def _refused(db: sa.Connection, outgoing_id: int) -> Any:
    """The draft of a letter that the server refused. Raises RefusedError."""
    row = db.execute(
        sa.select(DRAFT, OUTGOING.c.answer)
        .join(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
        .where(OUTGOING.c.id == outgoing_id, OUTGOING.c.state == O.FAILED.value)
    ).one_or_none()
    if row is None:
        raise RefusedError("送れなかった手紙ではありません")
    return row


def _has_words(row: Any) -> None:
    """Letters that a purge emptied before it ended those that had been refused. Raises RefusedError."""
    if row.answer == PURGED:
        raise RefusedError("内容を消去した手紙のため、送れません。「送らない」を選んでください")
