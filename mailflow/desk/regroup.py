"""Two cases that are one, and one that is two: people put them together and take them apart (DESIGN §4; issue 7, item 4).

Every mail is kept, and lies in exactly one case. Letters that wait are composed anew where their mail goes; a letter that somebody
wrote or changed, that was stopped, or that no mail's judging composes must be decided first; one on its way to a server too. Each act can be taken back as long as nothing was decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow import numbering
from mailflow.codec import clean_text, from_json, to_json
from mailflow.desk.holding import held, note, on_record, words
from mailflow.desk.moved_letters import stop_letters, take_out
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.intake.organizations import directory_of
from mailflow.intake.senders import sender_class
from mailflow.model import Address, Corrected, Organization, Resolved
from mailflow.settings.settings import Settings
from mailflow.store import Store, ties
from mailflow.store import regrouping as rows
from mailflow.store.case_read import ACCEPTED, CC, DISPLACED, MOVE, parties_of
from mailflow.store.joining import stands_in
from mailflow.store.mails import CASE
from mailflow.store.people import Role
from mailflow.store.regrouping import Moved, MovedMail


@dataclass(frozen=True, slots=True)
class Regrouped:
    """It is done: `move` takes it back. `case_id`: where the mails lie now."""

    move: int
    case_id: int
    mails: tuple[int, ...]


def merge_cases(
    store: Store,
    settings: Settings,
    source: int,
    target: int,
    *,
    why: str,
    user: str,
    now: datetime,
    revision: int | None = None,
    target_revision: int | None = None,
) -> Regrouped | Refused:
    """All of `source` goes into `target`, which is the same body's: its mails, bookings, notes and exceptions. Who may write for
    one may write for the other. `source` stays as an empty case that leads there."""

    def do(db: sa.Connection) -> Regrouped:
        reason = words(why, "わけ")
        if source == target:
            raise RefusedError("同じ案件です", "empty")
        left, into = _both(db, source, target, revision, target_revision)
        if into.org_name is None:
            raise RefusedError("まとめる先は、団体の決まった案件にしてください")
        if left.round_id != into.round_id:
            raise RefusedError("公募の回の違う案件は、まとめられません")
        for case in (left, into):
            _open(case)
        if rows.answers_claims(db, source):
            raise RefusedError(
                "当事者かどうかの判断を待っているメールへの手紙だけの案件です。先に、そのメールの判断をしてください"
            )
        mails = rows.mails_of(db, source)
        stop_letters(db, source, None, user)
        standings, before = ties.join_parties(db, source, target, now)
        marks, added = ties.share_marks(db, source, target)
        kept, offers = rows.move_rows(db, source, target)
        moved = _move(db, settings, mails, target, ties.body_of(into), why=reason, user=user, now=now)
        db.execute(sa.update(CASE).where(CASE.c.id == source).values(merged_into=target))
        found = Moved(mails=moved, parties=standings, joined=before, rows=kept, offers=offers, marks=marks, added=added)
        return _done(db, "merge", source, target, found, why=reason, user=user, now=now)

    return act(store, user, Role.APPROVER, do)


def split_case(
    store: Store,
    settings: Settings,
    source: int,
    mails: Sequence[int],
    *,
    organization: str,
    why: str,
    user: str,
    now: datetime,
    revision: int | None = None,
) -> Regrouped | Refused:
    """These mails are another body's: they go into its case, which is opened where there is none. `organization`: name or code."""

    def do(db: sa.Connection) -> Regrouped:
        reason = words(why, "わけ")
        body, round_id = _body(settings, organization), _round_of(db, source)
        target = _case_of(db, store, round_id, body, now)
        if target == source:
            raise RefusedError("そのメールは、すでにその団体の案件にあります")
        left, into = _both(db, source, target, revision, None)
        for case in (left, into):
            _open(case)
        chosen = rows.mails_of(db, source, mails)
        if not mails or len(chosen) != len(set(mails)):
            raise RefusedError("分けるメールを、この案件のメールから選んでください", "empty")

        def put() -> tuple[MovedMail, ...]:
            _accept_senders(db, target, chosen, now)
            return _move(db, settings, chosen, target, body, why=reason, user=user, now=now)

        moved = take_out(db, source, chosen, put, user=user, now=now)
        return _done(db, "split", source, target, Moved(mails=moved), why=reason, user=user, now=now)

    return act(store, user, Role.APPROVER, do)


def undo_move(store: Store, move_id: int, *, why: str, user: str, now: datetime) -> Done | Refused:
    """The mails go back to where they were. What came in since stays where it is."""

    def do(db: sa.Connection) -> Done:
        reason = words(why, "わけ")
        move = db.execute(sa.select(MOVE).where(MOVE.c.id == move_id, MOVE.c.undone_at.is_(None))).one_or_none()
        if move is None:
            raise RefusedError("その番号の、まとめた・分けた記録はありません（または、もう戻しました）", "unknown")
        home, now_in = _both(db, move.from_case, move.to_case, None, None)
        if now_in.merged_into is not None or (move.kind == "split" and home.merged_into is not None):
            raise RefusedError("その案件は、そのあとで別の案件にまとめられています。先に、そちらを戻してください")
        _not_decided(home)
        _not_decided(now_in)
        moved = from_json(Moved, move.moved)
        was = {one.mail_id: one for one in moved.mails}
        chosen = rows.mails_of(db, move.to_case, list(was))

        def put() -> None:
            if move.kind == "merge":
                _part(db, move, moved)
            else:
                _accept_senders(db, move.from_case, chosen, now)
            for row in chosen:
                one = was[row.mail_id]
                rows.move_mail(db, row, move.from_case, _before(one), was=one, why=reason, user=user, now=now)

        take_out(db, move.to_case, chosen, put, user=user, now=now, bookings=moved.rows.get("booking", ()))
        if move.kind == "merge":
            ties.give_marks_back(db, moved.marks, moved.added, move.from_case, move.to_case, without=list(was))
        values = {"undone_by": user, "undone_why": reason, "undone_at": now}
        db.execute(sa.update(MOVE).where(MOVE.c.id == move_id).values(values))
        for case_id in (move.from_case, move.to_case):
            said = f"{_WORDS[move.kind]}ことを取り消した：{reason}"
            note(db, case_id, None, said, user=user, now=now)
        on_record(db, user, "cases-regrouping-undone", move.from_case, {"other": move.to_case, "mails": len(was)})
        return Done()

    return act(store, user, Role.APPROVER, do)


def _accept_senders(db: sa.Connection, case_id: int, mails: Sequence[Any], now: datetime) -> None:
    """Who sent these mails, as a party and not as a claim, may write for the case into which a person puts them."""
    for row in mails:
        if row.correspondent and not row.claim:
            ties.accept(db, case_id, Address(name=None, address=row.correspondent), now)


def _part(db: sa.Connection, move: Any, moved: Moved) -> None:
    """Who writes for which of the two cases that were put together, and what was written down on them, is as before."""
    db.execute(sa.update(CASE).where(CASE.c.id == move.from_case).values(merged_into=None))
    ties.restore_parties(db, move.from_case, moved.parties, made=DISPLACED)
    rows.bring_rows_back(db, moved, move.from_case)
    ties.restore_parties(db, move.to_case, moved.joined, made=ACCEPTED)
    # Whatever they wrote since: they are not of this body. A bureau that reads along has been given its place here.
    along = {one for one, row in parties_of(db, move.to_case).rows.items() if row.standing == CC}
    for address in moved.parties.keys() - moved.joined.keys() - along:
        ties.drop_party(db, move.to_case, address)


def _before(one: MovedMail) -> Corrected:
    """What people had said of the mail's body before."""
    return from_json(Corrected, one.before) if one.before is not None else Corrected()


_WORDS = {"merge": "案件をまとめた", "split": "案件を分けた"}


def _done(
    db: sa.Connection, kind: str, source: int, target: int, moved: Moved, *, why: str, user: str, now: datetime
) -> Regrouped:
    row = {
        "kind": kind, "from_case": source, "to_case": target, "moved": to_json(moved), "why": why, "by": user, "at": now,
    }  # fmt: skip
    made: int = db.execute(sa.insert(MOVE).returning(MOVE.c.id), row).scalar_one()
    numbers = {one.id: one.number for one in db.execute(sa.select(CASE).where(CASE.c.id.in_([source, target])))}
    mails = tuple(one.mail_id for one in moved.mails)
    for case_id, other in ((source, target), (target, source)):
        way = "へ" if case_id == source else "から"
        said = f"{_WORDS[kind]}：メール {len(mails)}通を {numbers[other]} {way}移した。{why}"
        note(db, case_id, None, said, user=user, now=now)
    on_record(
        db, user, "cases-merged" if kind == "merge" else "case-split", source, {"other": target, "mails": len(mails)}
    )
    return Regrouped(made, target, mails)


def _move(
    db: sa.Connection, settings: Settings, mails: Sequence[Any], target: int, body: Organization, *, why: str, user: str,
    now: datetime,
) -> tuple[MovedMail, ...]:  # fmt: skip
    found = []
    for row in mails:
        who = Address(name=None, address=row.correspondent) if row.correspondent else None
        said = Corrected(organization=body, sender_class=sender_class(who, body, directory_of(settings), settings))
        found.append(rows.move_mail(db, row, target, said, was=None, why=why, user=user, now=now))
    return tuple(found)


def _open(case: Any) -> None:
    """Nothing has been decided on the case, and it stands by itself. Raises RefusedError."""
    if case.merged_into is not None:
        raise RefusedError(f"{case.number} は、すでに別の案件にまとめられています")
    if case.withdrawn_at is not None:
        raise RefusedError(f"{case.number} の応募は取り下げられています")
    _not_decided(case)


def _not_decided(case: Any) -> None:
    if case.screening_at is not None or case.decided_at is not None or case.notified_at is not None:
        raise RefusedError(f"{case.number} は審査に入っています。まとめたり分けたりできません")


def _body(settings: Settings, organization: str) -> Organization:
    directory = directory_of(settings)
    text = organization.strip()
    body = directory.by_code(text) if text.isdigit() else directory.lookup(text)
    if body.resolved not in (Resolved.EXACT, Resolved.VARIANT):
        near = f"（{'、'.join(body.suggestions[:3])} ではありませんか）" if body.suggestions else ""
        raise RefusedError(f"「{text}」という団体は見当たりません{near}", "empty")
    return body


def _round_of(db: sa.Connection, case_id: int) -> str:
    found: str | None = db.execute(sa.select(CASE.c.round_id).where(CASE.c.id == case_id)).scalar()
    if found is None:
        raise RefusedError("その案件はありません", "unknown")
    return found


def _both(db: sa.Connection, one: int, other: int, revision: int | None, other_revision: int | None) -> tuple[Any, Any]:
    """Both cases held, always in the same order: two people at it at once never wait for each other."""
    if one <= other:
        first = held(db, one, revision)
        return first, held(db, other, other_revision)
    second = held(db, other, other_revision)
    return held(db, one, revision), second


def _case_of(db: sa.Connection, store: Store, round_id: str, body: Organization, now: datetime) -> int:
    """The body's case of this round, opened where there is none; where a person put it into another one, that one."""
    key = numbering.case_key(body)
    if key is None:
        raise RefusedError("その団体の案件は作れません")
    values = {
        "round_id": round_id, "org_key": key, "number": numbering.case_number(round_id, key, store.mark_secret), "revision": 1,
        "opened_at": now, "org_code": body.code, "org_prefecture": body.prefecture,
        "org_name": clean_text(body.name) if body.name else None, "org_kind": body.kind.value if body.kind else None,
        "org_bureau": body.bureau,
    }  # fmt: skip
    db.execute(store.upsert(CASE).values(values).on_conflict_do_nothing(index_elements=["round_id", "org_key"]))
    of_body = sa.select(CASE.c.id).where(CASE.c.round_id == round_id, CASE.c.org_key == key)
    return stands_in(db, db.execute(of_body).scalar_one())
