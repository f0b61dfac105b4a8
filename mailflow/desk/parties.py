"""Whom a case is written to, and who writes for it: parties, claims, contacts (DESIGN §4 "Parties and joining")."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from mailflow.codec import clean_text, from_json
from mailflow.desk.holding import JudgedAgain, held, judge_again, note, on_record, stop_letters, words
from mailflow.desk.refusal import Done, Refused, RefusedError, act
from mailflow.model import Address, Verdict
from mailflow.recipients import mailable
from mailflow.store import Store, ties
from mailflow.store.again import CLAIM
from mailflow.store.case_known import CONTACT
from mailflow.store.case_read import DISPLACED, PARTY, parties_of
from mailflow.store.mails import VERDICT
from mailflow.store.people import Role


def add_party(
    store: Store,
    case_id: int,
    *,
    address: str,
    name: str | None,
    why: str,
    user: str,
    now: datetime,
    revision: int | None = None,
) -> JudgedAgain | Refused:
    """A person ties an address to the body: letters may go there, its mails join the case from now on."""

    def do(db: sa.Connection) -> JudgedAgain:
        held(db, case_id, revision)
        reason = words(why, "確かめた方法")
        key = party_address(address)
        ties.accept(db, case_id, Address(name=name, address=key), now)
        note(db, case_id, None, f"{key} を関係者に加えた：{reason}", user=user, now=now)
        on_record(db, user, "party-added", case_id)
        return JudgedAgain(())

    return act(store, user, Role.STAFF, do)


def drop_party(
    store: Store, case_id: int, *, address: str, why: str, user: str, now: datetime, revision: int | None = None
) -> Done | Refused:
    """An address is no party any more: no letter of the case goes there, its mails are claims. Its earlier mails stay."""

    def do(db: sa.Connection) -> Done:
        held(db, case_id, revision)
        reason = words(why, "わけ")
        key = party_address(address)
        found = parties_of(db, case_id)
        if key not in found.rows or found.rows[key].standing == DISPLACED:
            raise RefusedError("そのアドレスは、この案件の関係者ではありません")
        if found.admits(key) and not any(found.admits(one) for one in found.rows if one != key):
            raise RefusedError("最後の関係者は外せません。先に、ほかの関係者を加えてください")
        db.execute(
            sa.update(PARTY).where(PARTY.c.case_id == case_id, PARTY.c.address == key).values(standing=DISPLACED)
        )
        note(db, case_id, None, f"{key} を関係者から外した：{reason}", user=user, now=now)
        stop_letters(db, case_id, because="関係者が変わりました", actor=user)
        on_record(db, user, "party-dropped", case_id)
        return Done()

    return act(store, user, Role.APPROVER, do)


def settle_claim(
    store: Store, mail_id: int, *, accept: bool, why: str, user: str, now: datetime
) -> JudgedAgain | Done | Refused:
    """A mail of somebody who was no party. Accepted: its sender is one from now on, and the mail is judged as the case's."""

    def do(db: sa.Connection) -> JudgedAgain | Done:
        reason = words(why, "確かめた方法")
        claim = db.execute(sa.select(CLAIM).where(CLAIM.c.mail_id == mail_id)).one_or_none()
        if claim is None or claim.settled is not None:
            raise RefusedError("当事者かどうかの判断を待っているメールではありません", "unknown")
        held(db, claim.case_id, None)
        settled = "accepted" if accept else "refused"
        db.execute(sa.update(CLAIM).where(CLAIM.c.mail_id == mail_id).values(settled=settled, settled_by=user))
        word = "加えた" if accept else "加えない"
        note(db, claim.case_id, mail_id, f"メール {mail_id} を案件に{word}：{reason}", user=user, now=now)
        on_record(db, user, f"claim-{settled}", claim.case_id, {"mail": mail_id})
        if not accept:
            db.execute(sa.update(VERDICT).where(VERDICT.c.mail_id == mail_id).values(review=False))
            return Done()
        if not claim.address:
            raise RefusedError("差出人のアドレスがないため、関係者にできません")
        verdict = db.execute(sa.select(VERDICT.c.verdict).where(VERDICT.c.mail_id == mail_id)).scalar_one()
        if from_json(Verdict, verdict).known.claim and not mailable(claim.address):
            raise RefusedError("差出人のアドレスに、メールを送れません")
        ties.accept(db, claim.case_id, Address(name=None, address=claim.address), now)
        return JudgedAgain(judge_again(db, (mail_id,), user, now))

    return act(store, user, Role.STAFF, do)


def change_contact(
    store: Store,
    case_id: int,
    *,
    address: str,
    name: str | None,
    since: datetime,
    instead_of: str | None,
    source: str,
    user: str,
    now: datetime,
    revision: int | None = None,
) -> Done | Refused:
    """From `since` on letters go to `address`. `instead_of`: whose time ends then (None: nobody's). The old one keeps its dates."""

    def do(db: sa.Connection) -> Done:
        held(db, case_id, revision)
        where = words(source, "どこから聞いたか")
        key = party_address(address)
        ties.accept(db, case_id, Address(name=name, address=key), now)
        common = {"case_id": case_id, "source": where, "by": user}
        ends = sa.and_(CONTACT.c.case_id == case_id, CONTACT.c.until.is_(None))
        db.execute(sa.update(CONTACT).where(ends, CONTACT.c.address != key).values(until=since))
        if instead_of is not None:
            before = party_address(instead_of)
            row = db.execute(
                sa.select(PARTY).where(PARTY.c.case_id == case_id, PARTY.c.address == before)
            ).one_or_none()
            if row is None:
                raise RefusedError(f"{before} は、この案件の関係者ではありません")
            kept = db.execute(sa.select(CONTACT.c.id).where(CONTACT.c.case_id == case_id, CONTACT.c.address == before))
            if kept.first() is None:
                db.execute(
                    sa.insert(CONTACT),
                    common | {"address": before, "name": row.name, "since": row.since, "until": since},
                )
        db.execute(
            sa.insert(CONTACT),
            common | {"address": key, "name": clean_text(name)[:300] if name else None, "since": since, "until": None},
        )
        on_record(db, user, "contact-changed", case_id)
        return Done()

    return act(store, user, Role.STAFF, do)


def party_address(address: str) -> str:
    """The address as parties are kept. Raises RefusedError for one that no mail can be sent to."""
    key = Address(name=None, address=clean_text(address)).key[:320]
    if not mailable(key):
        raise RefusedError("メールを送れるアドレスではありません")
    return key
