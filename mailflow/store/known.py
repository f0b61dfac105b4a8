"""Step (b) of DESIGN §1: what is known when a mail is judged, loaded in one read with the case's revision.

Which case: a mail of a body goes to the case of (round, key), which it joins only as a party (DESIGN §4, "Parties and
joining"); case number and Message-ID only choose among the party's own cases; anything else that names a body with a
case is a *claim*, and gets to know nothing of that case. A mail of no body has a case of its own, so that the own-case
lock covers every letter; so has what a sender not tied to the body writes before it has a case, unless it applies. A machine's mail is matched to the letter it answers, and changes nothing.

The caller says who speaks: `understood.sender_class == "body"` means that the data ties the sender's domain (for the
call's web form: the domain of the address inside) to `understood.organization`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow import numbering
from mailflow.clock import tokyo
from mailflow.model import Address, CaseState, Intent, Known, KnownException, Mail, Understood
from mailflow.store import booking_letters, booking_list, seats
from mailflow.store.case_known import (
    arrived_of,
    brought_material,
    contacts_of,
    current_version,
    earlier_mails,
    recorded_of,
    unanswered_of,
)
from mailflow.store.case_read import (
    ACCEPTED,
    PARTY,
    PROVISIONAL,
    letters_of,
    parties_of,
    party_key,
    state_of,
    version,
    versions_of,
)
from mailflow.store.facts import Facts
from mailflow.store.hidden import hidden_now
from mailflow.store.joining import (
    came_after,
    case_and_standing,
    case_of_party,
    displaced_by,
    nobodys,
    threads_of,
    untied,
)
from mailflow.store.mails import CASE, VERDICT, PendingMail
from mailflow.store.moves import OUTGOING, OutgoingState
from mailflow.store.tables import ExceptionRow, table_of
from mailflow.store.tables_letters import DraftMailRow, OutgoingPartyRow

EXCEPTION, DRAFT_MAIL, OUTGOING_PARTY = table_of(ExceptionRow), table_of(DraftMailRow), table_of(OutgoingPartyRow)

_GONE_OUT = ("sending", "sent", "uncertain")
MAX_ACKNOWLEDGED = 50  # by one letter: a sender who writes hundreds of times is acknowledged for the newest

_NONE: tuple[int, ...] = ()

# Built once: making a statement costs more than running it.
_CASE = sa.select(CASE).where(CASE.c.id == sa.bindparam("of"))
_CASE_OF_BODY = sa.select(CASE).where(CASE.c.round_id == sa.bindparam("round"), CASE.c.org_key == sa.bindparam("key"))
_ACTIVE_PARTIES = (
    sa.select(PARTY)
    .where(PARTY.c.case_id == sa.bindparam("of"), PARTY.c.standing.in_([ACCEPTED, PROVISIONAL]))
    .order_by(PARTY.c.since)
)
_NEWEST = (
    sa.select(VERDICT.c.mail_id, VERDICT.c.received_at)
    .where(
        VERDICT.c.case_id == sa.bindparam("of"), VERDICT.c.claim.is_(False), VERDICT.c.answerable,
        VERDICT.c.mail_id != sa.bindparam("but"),
    )
    .order_by(VERDICT.c.received_at.desc(), VERDICT.c.mail_id.desc())
    .limit(MAX_ACKNOWLEDGED - 1)
    .subquery()
)  # fmt: skip
_ANSWERED = (
    sa.select(DRAFT_MAIL.c.mail_id)
    .join(OUTGOING, OUTGOING.c.draft_id == DRAFT_MAIL.c.draft_id)
    .where(DRAFT_MAIL.c.mail_id == _NEWEST.c.mail_id, OUTGOING.c.state.in_(_GONE_OUT))
)
_UNACKNOWLEDGED = (
    sa.select(_NEWEST.c.mail_id).where(~sa.exists(_ANSWERED)).order_by(_NEWEST.c.received_at, _NEWEST.c.mail_id)
)
_EXCEPTIONS = sa.select(EXCEPTION).where(
    EXCEPTION.c.case_id == sa.bindparam("of"),
    EXCEPTION.c.ended_at.is_(None),
    EXCEPTION.c.until.is_(None) | (EXCEPTION.c.until >= sa.bindparam("at")),
)
_REPLIES_SINCE = (
    sa.select(sa.func.count())
    .select_from(OUTGOING_PARTY.join(OUTGOING, OUTGOING.c.id == OUTGOING_PARTY.c.outgoing_id))
    .where(
        OUTGOING_PARTY.c.address == sa.bindparam("to"),
        OUTGOING_PARTY.c.header == "to",
        OUTGOING.c.approved_at >= sa.bindparam("midnight"),
        OUTGOING.c.state != OutgoingState.DROPPED.value,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedKnown:
    """`known` for judging, and where the mail goes: all that `commit_outcome` must find unchanged.

    `case_id` None: the mail opens the case `case_key`, or (both None) has none so far. `letter_key`: the case its
    letters belong to: the same one, but for a claim or a mail of no body the mail's own. `number`: what a letter may
    quote, also before the case exists. `correspondent`: who writes (the address inside a web form's notice).
    `standing`: as a party (`accepted`, `provisional`), None for a claim or a machine. `displaced`: mails of senders who
    opened the case without being tied to the body, before somebody who is came: they become claims. `judged_early`:
    applications of the case that came after this one and were judged without it: where this one is a version, they are
    judged again, and what is known leaves them out. `overtaken`: it came before such a one whose letter has left.
    """

    known: Known
    round_id: str
    case_key: str | None
    case_id: int | None
    revision: int
    letter_key: str
    number: str
    letter_number: str
    correspondent: Address | None
    role: str
    standing: str | None
    displaced: tuple[int, ...] = ()
    judged_early: tuple[int, ...] = ()
    overtaken: bool = False


class Knowing(Facts):
    def load_known(
        self,
        pending: PendingMail,
        mail: Mail,
        understood: Understood,
        *,
        round_id: str,
        start: datetime | None,
        now: datetime,
        apart: bool = False,
    ) -> LoadedKnown:
        """What is known for judging this mail. `round_id`: of `settings.round_for(received_at)`; `start`: the fence.

        `apart`: `commit_outcome` said that it may not open the case of the body it names: it gets one of its own.
        """
        secret, own_key = self.mark_secret, numbering.mail_key(pending.content_id)
        understood = pending.corrected.applied(understood) if pending.corrected is not None else understood
        web_form = understood.known_sender is not None and understood.known_sender.kind == "web-form"
        contact = understood.request.contact if web_form and understood.request else None
        correspondent = contact or understood.writer or mail.sender
        address = party_key(correspondent)
        machine = nobodys(mail, understood) or pending.junk  # what lies in Junk is read, and changes nothing either
        trusted = not mail.sender_doubtful and understood.writer is None  # whom a mail inside names, nobody has proven
        body = None if machine or apart else numbering.case_key(understood.organization)

        with self.read() as db:
            threads = threads_of(db, mail)
            letter, case, standing, claim = None, None, None, False
            if machine:
                if threads.letters and nobodys(mail, understood):
                    letter = threads.letters[0]
                    case = db.execute(_CASE, {"of": letter.case_id}).one_or_none()
            elif body is not None:
                named = _case_of_key(db, round_id, body)
                case, standing, claim = case_and_standing(db, named, address, understood, threads, trusted=trusted)
            else:
                case = case_of_party(db, address, threads, understood, round_id) if trusted else None
                if apart and case is not None and not case.org_key.startswith(numbering.OF_MAIL):
                    case = None  # the sender's case of another body than the one that the mail names
                if case is not None:
                    standing = parties_of(db, case.id).rows[address or ""].standing
                elif pending.again:  # what the mail has for itself since it was judged first
                    case = _case_of_key(db, round_id, own_key)
                    standing = PROVISIONAL if case is not None else None
            if letter is None and case is not None and not claim:
                letter = next((one for one in threads.letters if case.id in one.cases), None)

            key = case.org_key if case is not None else body
            quiet = claim or machine
            letter_key = own_key if quiet or key is None else key
            opens = case is None and not machine
            if opens:
                tied = trusted and understood.sender_class == "body" and not numbering.contradictory(understood.naming)
                standing = ACCEPTED if tied and body is not None else PROVISIONAL
            letter_round = case.round_id if case is not None and not quiet else round_id
            number = case.number if case is not None else numbering.case_number(round_id, key or own_key, secret)
            letter_number = numbering.case_number(letter_round, letter_key, secret) if letter_key != key else number
            base = Known(
                case_id=case.id if case is not None else None,
                case_number=letter_number,
                party=not quiet,
                claim=claim,
                untied=not quiet and untied(standing, key),
                before_start=start is not None and pending.received_at < start,
                replies_today=_replies_today(db, address, now),
                passwords_tried=len(pending.passwords),
                again=pending.again,
                corrected=pending.corrected,
                entered=pending.place.entered,
            )
            displaced, judged_early, overtaken = _NONE, _NONE, False
            if case is not None and not claim:
                displaced = displaced_by(db, case.id, address) if standing == ACCEPTED else ()
                if understood.form is not None and not machine and not pending.again:
                    judged_early, overtaken = came_after(db, case.id, pending, displaced)
                base = _with_case(
                    db,
                    base,
                    case,
                    understood=understood,
                    pending=pending,
                    now=now,
                    without=displaced + judged_early,
                    letter=letter,
                    machine=machine,
                )
            # An answer may be one only in its thread (consultation/in_thread.py), which `conclude` knows and we don't yet.
            if understood.request is not None or base.offer is not None or base.bookings:
                base = _with_calendar(db, base, pending, now)
        return LoadedKnown(
            known=base,
            round_id=letter_round,
            case_key=key,
            case_id=base.case_id,
            revision=base.revision,
            letter_key=letter_key,
            number=number,
            letter_number=letter_number,
            correspondent=correspondent,
            role="web-form" if contact else "sender",
            standing=standing if not quiet else None,
            displaced=displaced,
            judged_early=judged_early,
            overtaken=overtaken,
        )


def _case_of_key(db: sa.Connection, round_id: str, key: str) -> Any:
    """The case of a body or of a mail of its own; where a person put it into another one, that one."""
    case = db.execute(_CASE_OF_BODY, {"round": round_id, "key": key}).one_or_none()
    while case is not None and case.merged_into is not None:  # a case is never put into one that lies in another
        case = db.execute(_CASE, {"of": case.merged_into}).one()
    return case


# --- what is known of it ----------------------------------------------------------------------------------------------


def _with_case(
    db: sa.Connection,
    base: Known,
    case: Any,
    *,
    understood: Understood,
    pending: PendingMail,
    now: datetime,
    without: tuple[int, ...],
    letter: Any,
    machine: bool,
) -> Known:
    every = versions_of(db, case.id)
    # A mail that is judged once more is judged on what was there before it.
    later = after(every, pending.received_at, pending.place.uid) if pending.again else ()
    rows = [row for row in every if row.mail_id not in (*without, *later, pending.id)]
    letters = letters_of(db, case.id)
    unacknowledged = () if machine else _unacknowledged(db, case.id, pending.id, without)
    contact, ended = contacts_of(db, case.id, now)
    fingerprint = understood.form.fingerprint if understood.form else ""
    # Only a version that stands makes a later mail with the same form a mere repetition.
    stands = fingerprint and state_of(case, rows) is not CaseState.WITHDRAWN
    twin = (
        next((r.mail_id for r in rows if r.counted and r.fingerprint == fingerprint and r.mail_id != pending.id), None)
        if stands
        else None
    )
    parties = db.execute(_ACTIVE_PARTIES, {"of": case.id})
    return Known(
        case_id=case.id,
        case_number=case.number if not machine else base.case_number,
        case_state=state_of(case, rows),
        revision=case.revision,
        party=base.party,
        untied=base.untied,
        parties=tuple(Address(name=row.name, address=row.address) for row in parties),
        versions=tuple(version(row) for row in rows),
        letters=letters,
        answers=next((one for one in letters if letter is not None and one.draft_id == letter.draft_id), None),
        exceptions=_exceptions(db, case.id, pending.received_at),
        unacknowledged=unacknowledged,
        earlier=()
        if machine
        else earlier_mails(db, case.id, unacknowledged, but=pending.id, part=understood.part, at=pending.received_at),
        unanswered=unanswered_of(db, unacknowledged) if Intent.ASK in understood.intents else (),
        current=None if machine else current_version(db, rows),
        recorded=() if machine else recorded_of(db, case.id, pending.id),
        passwords_tried=base.passwords_tried,
        again=base.again,
        corrected=base.corrected,
        entered=base.entered,
        arrived=arrived_of(db, case.id, pending.received_at)
        if Intent.CONFIRM_RECEIPT in understood.intents and not machine
        else (),
        contact=contact,
        ended=ended,
        own_number=next((row.number for row in every if row.mail_id == pending.id), None),
        duplicate_of=twin,
        before_start=base.before_start,
        replies_today=base.replies_today,
        bookings=booking_list.bookings_of(db, case.id, pending.id),
        acted=booking_letters.acted(db, case.id, pending.id)
        if understood.request is not None or pending.again
        else None,
        offer=booking_letters.offer_of(db, case.id, letter.draft_id if letter is not None else None),
    )


def _with_calendar(db: sa.Connection, base: Known, pending: PendingMail, now: datetime) -> Known:
    """What a talk about a slot needs beside the case's own offer and bookings."""
    material = (
        base.case_id is not None
        and not base.claim
        and brought_material(db, base.case_id, pending.received_at, pending.id)
    )
    return replace(base, taken=seats.taken_from(db, now), links=booking_list.links_used(db, now), material=material)


def after(versions: Sequence[Any], at: datetime, uid: int) -> tuple[int, ...]:
    """The mails of versions that were received after (`at`, `uid`)."""
    return tuple(row.mail_id for row in versions if (row.received_at, row.uid) > (at, uid))


def _unacknowledged(db: sa.Connection, case_id: int, mail_id: int, without: tuple[int, ...]) -> tuple[int, ...]:
    mails = db.execute(_UNACKNOWLEDGED, {"of": case_id, "but": mail_id}).scalars()
    found = tuple(one for one in mails if one not in without)
    hidden = hidden_now(db, found) if found else frozenset()
    return tuple(one for one in found if one not in hidden)


def _exceptions(db: sa.Connection, case_id: int, received_at: datetime) -> tuple[KnownException, ...]:
    """Those that cover a mail of that time, however late it is judged."""
    rows = db.execute(_EXCEPTIONS, {"of": case_id, "at": received_at})
    return tuple(KnownException(what=r.what, until=r.until, by=r.by, why=r.why, consent=r.consent) for r in rows)


def _replies_today(db: sa.Connection, address: str | None, now: datetime) -> int:
    """Letters approved for this address since midnight in Tokyo that weren't pulled back."""
    if not address:
        return 0
    midnight = tokyo(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(db.execute(_REPLIES_SINCE, {"to": address, "midnight": midnight}).scalar() or 0)
