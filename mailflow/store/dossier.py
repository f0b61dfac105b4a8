"""One case whole: mails both ways, versions, what was decided and noted, in the order of time (situations row 50). Reading only.

For a disclosure request. What was sent by mistake is named and not opened. `personal`: names, addresses and numbers of people, for
whoever blackens them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.model import Verdict
from mailflow.store.arrivals import BLOB, MAIL
from mailflow.store.audit import AUDIT
from mailflow.store.base import Base
from mailflow.store.case_read import parties_of
from mailflow.store.casebook import Casebook, casebook
from mailflow.store.hidden import OF_HIDDEN, SUBJECT, hidden_now
from mailflow.store.mails import VERDICT, lying_in
from mailflow.store.moves import DRAFT, OUTGOING

_PERSONAL = {
    "contact_name": "氏名",
    "contact_kana": "氏名（カナ）",
    "contact_phone": "電話番号",
    "contact_email": "メールアドレス",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One line: when (business time but for `act`, which is the machine's), what, by whom, in which file of the dossier."""

    at: datetime
    what: str
    who: str
    text: str
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`files`: name in the dossier and bytes. `personal`: (kind, value, where)."""

    book: Casebook
    happened: tuple[Happened, ...]
    files: tuple[tuple[str, bytes], ...]
    personal: tuple[tuple[str, str, str], ...]


def dossier(db: sa.Connection, store: Base, case_id: int) -> Dossier | None:
    """None for an unknown case."""
    book = casebook(store, case_id)
    if book is None:
        return None
    every = [case_id, *lying_in(db, case_id)]
    happened: list[Happened] = []
    files: list[tuple[str, bytes]] = []
    personal: dict[tuple[str, str], str] = {}
    rows = db.execute(
        sa.select(MAIL, VERDICT.c.verdict, VERDICT.c.kind, VERDICT.c.claim, BLOB.c.content)
        .select_from(
            MAIL.join(VERDICT, VERDICT.c.mail_id == MAIL.c.id).outerjoin(BLOB, BLOB.c.sha256 == MAIL.c.raw_sha256)
        )
        .where(VERDICT.c.case_id == case_id)
        .order_by(MAIL.c.received_at, MAIL.c.id)
    ).all()
    hidden = hidden_now(db, [row.id for row in rows]) if rows else frozenset()
    for row in rows:
        shut = row.id in hidden
        name = f"届いたメール/{row.id}.eml"
        there = row.content is not None and not shut
        text = "（中身を隠しています）" if shut else row.subject or "（件名なし）"
        what = "メールが届いた（当事者以外）" if row.claim else "メールが届いた"
        sender = row.sender_address or ""
        happened.append(Happened(at=row.received_at, what=what, who=sender, text=text, file=name if there else None))
        if not there:
            continue
        files.append((name, row.content))
        if row.sender_name:
            personal.setdefault(("氏名", row.sender_name), f"メール {row.id} の差出人")
        form = from_json(Verdict, row.verdict).understood.form
        for key, kind in _PERSONAL.items():
            value = form.text(key).strip() if form is not None else ""
            if value:
                personal.setdefault((kind, value), f"メール {row.id} の応募様式")
    for address, party in parties_of(db, case_id).rows.items():
        personal.setdefault(("メールアドレス", address), "関係者")
        if party.name:
            personal.setdefault(("氏名", party.name), "関係者")
    letters = db.execute(
        sa.select(
            DRAFT.c.id,
            DRAFT.c.template,
            SUBJECT,
            DRAFT.c.id.in_(OF_HIDDEN).label("shut"),
            OUTGOING.c.sent_at,
            OUTGOING.c.state,
            OUTGOING.c.mime,
        )
        .join(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
        .where(DRAFT.c.case_id.in_(every), OUTGOING.c.mime.is_not(None))
        .order_by(DRAFT.c.id)
    )
    for row in letters:
        kept = None if row.shut else f"出した手紙/{row.id}.eml"
        if kept is not None:
            files.append((kept, row.mime))
        if row.sent_at is not None:
            happened.append(Happened(at=row.sent_at, what="手紙を出した", who="事務局", text=row.subject, file=kept))
    happened += _noted(book)
    acts = db.execute(sa.select(AUDIT).where(AUDIT.c.case_id.in_(every)).order_by(AUDIT.c.at, AUDIT.c.id))
    happened += [
        Happened(at=one.at, what="操作の記録", who=one.actor, text=f"{one.act} {one.entity} {one.entity_id}")
        for one in acts
    ]
    return Dossier(
        book=book,
        happened=tuple(sorted(happened, key=lambda one: one.at)),
        files=tuple(files),
        personal=tuple((kind, value, where) for (kind, value), where in personal.items()),
    )


def _noted(book: Casebook) -> list[Happened]:
    found = [Happened(at=one.at, what="メモ", who=one.by, text=one.text) for one in book.notes if one.text]
    for one in book.withdrawals:
        text = f"{one.confirmed_with}に確認（{one.how}）"
        found.append(Happened(at=one.at, what="取下げを記録した", who=one.by, text=text))
        if one.undone_at is not None:
            found.append(
                Happened(
                    at=one.undone_at, what="取下げを取り消した", who=one.undone_by or "", text=one.undone_why or ""
                )
            )
    for each in book.exceptions:
        text = f"{each.what}：{each.why}（了解 {each.consent}）"
        found.append(Happened(at=each.at, what="例外を記録した", who=each.by, text=text))
    for told in book.recorded:
        if told.at is not None:
            text = f"{told.field or told.check}：{told.value or told.found or ''}（{told.source}）"
            found.append(Happened(at=told.at, what="聞き取りを記録した", who=told.by, text=text))
    return found
