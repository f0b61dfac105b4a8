"""What people decide on letters (DESIGN §5): approve, reject, take back, choose on a stale one, record consent.

An approval carries the hash that was on the screen and fails on any other. `two` needs two different people; `consent`
needs the ministry's, recorded for this very content. Everything the own-case lock asks is asked again here.

A yes to a letter is none to its reader: it ties nobody to a body (DESIGN §4, "Parties and joining").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from mailflow.clock import tokyo
from mailflow.codec import clean_text, from_json
from mailflow.desk.refusal import Done, Refused, RefusedError, act, may
from mailflow.model import unwritten
from mailflow.store import Store, audit, booking_letters
from mailflow.store.drafts import CONSENT
from mailflow.store.hidden import unseen
from mailflow.store.letter_text import LetterText
from mailflow.store.moves import DRAFT, D, move_draft, pull_back
from mailflow.store.people import Role

UNDO = timedelta(seconds=30)
UNSEEN = "隠したメールの内容を書いた手紙です。手紙を開いて見てから（記録が残ります）、もう一度選んでください"
_NOBODY = frozenset({"policy", "timer"})  # who acts where no person does
_STATE_WORDS = {
    D.APPROVED: "すでに承認されています",
    D.REJECTED: "却下されています",
    D.SUPERSEDED: "新しい手紙に置きかわっています",
    D.STALE: "状況が変わったため止まっています。送るか送らないかを先に選んでください",
    D.EXPIRED: "期限が過ぎたため、もう送れません",
}


@dataclass(frozen=True, slots=True)
class Approved:
    """The letter leaves after `undo_until` (system time), when its own times allow."""

    outgoing_id: int
    undo_until: datetime


@dataclass(frozen=True, slots=True)
class HalfApproved:
    """The first of two people has said yes."""


@dataclass(frozen=True, slots=True)
class ApprovedAll:
    """`approved` and `half`: draft ids. `left_out`: how many, by cause (`review`, `consent`, `stale`, `expired`,
    `own-case`, `twice`, `unwritten`, `hidden`, `state`). `refused`: the reasons that a person should read, by draft id."""

    approved: tuple[int, ...]
    half: tuple[int, ...]
    left_out: Mapping[str, int]
    refused: Mapping[int, str]


def approve(
    store: Store,
    draft_id: int,
    *,
    user: str,
    content_sha256: str | None,
    now: datetime,
    sys_now: datetime,
    undo: timedelta = UNDO,
) -> Approved | HalfApproved | Refused:
    """One person's yes. `content_sha256`: what was on the screen (None: what is stored at this moment). To a letter about a hidden
    mail only once this person has opened it, on record."""

    def do(db: sa.Connection) -> Approved | HalfApproved:
        row = _held(db, draft_id)
        _approvable(db, row, content_sha256, now)
        if unseen(db, draft_id, user):
            raise RefusedError(UNSEEN, "hidden")
        outgoing_id = store.approve_in(db, draft_id, user=user, now=now, undo_until=sys_now + undo)
        if outgoing_id is None:
            return HalfApproved()
        return Approved(outgoing_id, sys_now + undo)

    return act(store, user, Role.APPROVER, do)


def approve_all(
    store: Store, *, user: str, now: datetime, sys_now: datetime, undo: timedelta = UNDO
) -> ApprovedAll | Refused:
    """Approve what may be approved in bulk: nothing stale, expired, under `review` or without its consent.

    Refused where this person may approve nothing at all."""
    refusal = may(store, user, Role.APPROVER)
    if refusal is not None:
        return refusal
    approved: list[int] = []
    half: list[int] = []
    left_out: Counter[str] = Counter()
    refused: dict[int, str] = {}
    for line in store.drafts(states=[D.WAITING, D.STALE, D.EXPIRED]):
        if line.state != D.WAITING:
            left_out[line.state] += 1
        elif line.review:
            left_out["review"] += 1
        else:
            result = approve(
                store, line.id, user=user, content_sha256=line.content_sha256, now=now, sys_now=sys_now, undo=undo
            )
            if isinstance(result, Approved):
                approved.append(line.id)
            elif isinstance(result, HalfApproved):
                half.append(line.id)
            else:
                left_out[result.cause] += 1
                refused[line.id] = result.reason
    return ApprovedAll(tuple(approved), tuple(half), dict(left_out), refused)


def reject(
    store: Store, draft_id: int, *, capacities: Mapping[str, int], user: str, reason: str, now: datetime
) -> Done | Refused:
    """This letter will not be sent, and a slot that it would have told of is free again. `reason` is kept for people. `now`: business time."""

    def do(db: sa.Connection) -> Done:
        row = _held(db, draft_id)
        if D(row.state) not in (D.WAITING, D.STALE):
            raise RefusedError(_became(db, row))
        _reject(db, row, capacities, because=clean_text(reason)[:500], user=user, now=now)
        return Done()

    return act(store, user, Role.STAFF, do)


def take_back(store: Store, draft_id: int, *, user: str) -> Done | Refused:
    """Undo an approval: the letter waits again, its approvals are void. Refused once a server has it."""

    def do(db: sa.Connection) -> Done:
        row = _draft(db, draft_id)
        if row.state != D.APPROVED:
            raise RefusedError("承認されていない手紙です")
        if not pull_back(db, draft_id, D.WAITING, because="taken back", actor=user):
            raise RefusedError("送信が始まっているため、取り消せません")
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft_id).values(revision=DRAFT.c.revision + 1))
        return Done()

    return act(store, user, Role.STAFF, do)


def choose_stale(
    store: Store, draft_id: int, *, capacities: Mapping[str, int], user: str, keep: bool, now: datetime
) -> Done | Refused:
    """A stale letter waits for approval again (`keep`), or is rejected."""

    def do(db: sa.Connection) -> Done:
        row = _held(db, draft_id)
        if row.state != D.STALE:
            raise RefusedError("止まっている手紙ではありません")
        if not keep:
            _reject(db, row, capacities, because="chosen", user=user, now=now)
            return Done()
        if not booking_letters.tells_truth(db, draft_id, row.template):
            raise RefusedError("この手紙の日時は、取り消されたか、変更されています。送らないを選んでください")
        rival = sa.select(DRAFT.c.id).where(
            DRAFT.c.case_id == row.case_id, DRAFT.c.purpose == row.purpose, DRAFT.c.live
        )
        if db.execute(rival).first() is not None:
            raise RefusedError("同じ案件に、新しい手紙があります。先にそちらを承認するか却下してください")
        move_draft(db, draft_id, D.STALE, D.WAITING, because="chosen", actor=user)
        return Done()

    return act(store, user, Role.APPROVER, do)


def record_consent(
    store: Store,
    draft_id: int,
    *,
    user: str,
    content_sha256: str,
    given_by: str,
    given_at: datetime,
    how: str,
    sys_now: datetime,
) -> Done | Refused:
    """The ministry's consent to this very content: who gave it, when, how. An edit makes it void."""

    def do(db: sa.Connection) -> Done:
        row = _held(db, draft_id)
        if not given_by.strip() or not how.strip():
            raise RefusedError("了解を、だれが、どうやって出したかを書いてください")
        if row.content_sha256 != content_sha256:
            raise RefusedError("画面に表示された内容から変わりました。もう一度ご覧ください", "changed")
        db.execute(
            sa.insert(CONSENT),
            {
                "draft_id": draft_id,
                "revision": row.revision,
                "content_sha256": content_sha256,
                "given_by": clean_text(given_by)[:300],
                "given_at": given_at,
                "how": clean_text(how)[:1000],
                "recorded_by": user,
                "recorded_at": sys_now,
            },
        )
        detail: audit.Detail = {"revision": row.revision, "sha256": content_sha256}
        audit.record(
            db,
            audit.Event(
                actor=user, act="consent", entity="draft", entity_id=draft_id, case_id=row.case_id, detail=detail
            ),
        )
        return Done()

    return act(store, user, Role.STAFF, do)


def _held(db: sa.Connection, draft_id: int) -> Any:
    """The letter, held until the act is done: on PostgreSQL an edit could slip in between what is read and what is written.
    For acts on letters that no server was offered; the sender holds the outgoing mail first, then the letter."""
    return _found(db.execute(sa.select(DRAFT).where(DRAFT.c.id == draft_id).with_for_update()).one_or_none(), draft_id)


def _draft(db: sa.Connection, draft_id: int) -> Any:
    return _found(db.execute(sa.select(DRAFT).where(DRAFT.c.id == draft_id)).one_or_none(), draft_id)


def _found(row: Any, draft_id: int) -> Any:
    if row is None:
        raise RefusedError(f"番号 {draft_id} の手紙はありません", "unknown")
    return row


def _reject(
    db: sa.Connection, row: Any, capacities: Mapping[str, int], *, because: str, user: str, now: datetime
) -> None:
    """The letter will not go, and the slot that it would have told of is free again, or as it was before a move."""
    move_draft(db, row.id, D(row.state), D.REJECTED, because=because, actor=user)
    booking_letters.letter_rejected(db, row.id, capacities, now=now, actor=user)


def _approvable(db: sa.Connection, row: Any, content_sha256: str | None, now: datetime) -> None:
    """Everything but roles and the own-case lock."""
    if row.state != D.WAITING:
        raise RefusedError(_became(db, row), row.state)
    if row.valid_until is not None and row.valid_until <= now:
        raise RefusedError("この手紙に書かれた期限が過ぎたため、もう送れません", "expired")
    if content_sha256 is not None and content_sha256 != row.content_sha256:
        raise RefusedError(f"画面に表示された内容から変わりました{_edited(row)}。もう一度ご覧ください", "changed")
    if unwritten(from_json(LetterText, row.content).text):
        raise RefusedError("まだ書かれていない回答があります。回答を書いてから承認してください", "unwritten")
    if row.consent_required and not _consent_given(db, row):
        raise RefusedError("総務省の了解の記録がまだありません", "consent")


def _became(db: sa.Connection, row: Any) -> str:
    """What the letter is now, and where a person made it that, who and when: of two people one is always second."""
    who = db.execute(
        sa.select(audit.AUDIT.c.actor, audit.AUDIT.c.at)
        .where(
            audit.AUDIT.c.entity == "draft", audit.AUDIT.c.entity_id == str(row.id), audit.AUDIT.c.act == f"draft-{row.state}"
        )
        .order_by(audit.AUDIT.c.at.desc())
        .limit(1)
    ).one_or_none()  # fmt: skip
    by = f"（{_person(who.actor, who.at)}）" if who is not None and who.actor not in _NOBODY else ""
    return f"この手紙は{_STATE_WORDS[D(row.state)]}{by}"


def _edited(row: Any) -> str:
    return f"（{_person(row.edited_by, row.edited_at)}が直しました）" if row.edited_by and row.edited_at else ""


def _person(name: str, at: datetime) -> str:
    local = tokyo(at)
    return f"{name}さん、{local.month}月{local.day}日 {local:%H:%M}"


def _consent_given(db: sa.Connection, row: Any) -> bool:
    """For the very content: taking an approval back makes no consent void, an edit does."""
    query = sa.select(CONSENT.c.id).where(CONSENT.c.draft_id == row.id, CONSENT.c.content_sha256 == row.content_sha256)
    return db.execute(query.limit(1)).first() is not None
