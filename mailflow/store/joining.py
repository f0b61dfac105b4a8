"""Which case a mail means, and whether its sender may join it (DESIGN §4, "Parties and joining").

Case number and Message-ID only choose among the party's own cases; what names a body with a case and comes from nobody tied
to it is a claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mailflow import numbering
from mailflow.codec import clean_text
from mailflow.model import Mail, Understood
from mailflow.store import again, booking_list
from mailflow.store.arrivals import MAIL
from mailflow.store.case_read import (
    ACCEPTED,
    LETTER_ID,
    PARTY,
    PROVISIONAL,
    parties_of,
)
from mailflow.store.mails import CASE, VERDICT, PendingMail
from mailflow.store.moves import DRAFT, OUTGOING

MAX_THREAD_IDS = 50  # an applicant may write thousands of References


_CASES_OF_PARTY = (
    sa.select(CASE)
    .join(PARTY, PARTY.c.case_id == CASE.c.id)
    .where(PARTY.c.address == sa.bindparam("by"), PARTY.c.standing.in_([ACCEPTED, PROVISIONAL]))
)


_WRITERS = sa.select(VERDICT.c.mail_id, VERDICT.c.correspondent).where(
    VERDICT.c.case_id == sa.bindparam("of"), VERDICT.c.claim.is_(False), VERDICT.c.correspondent.is_not(None)
)


_MERGED_INTO = sa.select(CASE.c.merged_into).where(CASE.c.id == sa.bindparam("of"))


def untied(standing: str | None, key: str | None) -> bool:
    """Whether the sender of a body's mail is tied to that body by nobody."""
    return standing == PROVISIONAL and key is not None and not key.startswith(numbering.OF_MAIL)


def nobodys(mail: Mail, understood: Understood) -> bool:
    """A machine's mail or a known sender's (but the call's web form, seed 2(4), and an officer's mail that a bureau sent on): it is
    matched, and joins nothing.

    Told without the kind, which is decided only with what is known (docs/decisions/0001).
    """
    if understood.writer is not None:
        return False
    if understood.known_sender is not None:
        return understood.known_sender.kind != "web-form"
    return mail.machine is not None and entry_of(understood) is None


def entry_of(understood: Understood) -> str | None:
    """The calendar entry that a program answered for its user: Google and Outlook mark such mail as automatic."""
    request = understood.request
    return request.uid if request is not None and request.calendar is not None else None


@dataclass(frozen=True, slots=True)
class Answered:
    """A letter of ours that a mail answers. `cases`: where it belongs: first the case in which the mail lies that it answered (people
    may have put it there since), then the one that it was sent from, or that this one was put into."""

    message_id: str
    draft_id: int
    case_id: int
    cases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Threads:
    """What the mail answers: our letters (nearest first), and cases of earlier mails."""

    letters: Sequence[Answered]
    case_ids: Sequence[int]


def threads_of(db: sa.Connection, mail: Mail) -> Threads:
    ids = [clean_text(one)[:998] for one in (*mail.thread_ids, *mail.returned_ids)][:MAX_THREAD_IDS]
    if not ids:
        return Threads((), ())
    order = {one: at for at, one in reversed(list(enumerate(ids)))}
    rows = db.execute(
        sa.select(LETTER_ID.c.message_id, OUTGOING.c.case_id, OUTGOING.c.draft_id, VERDICT.c.case_id.label("lies_in"))
        .select_from(
            LETTER_ID.join(OUTGOING, OUTGOING.c.id == LETTER_ID.c.outgoing_id)
            .join(DRAFT, DRAFT.c.id == OUTGOING.c.draft_id)
            .outerjoin(VERDICT, sa.and_(VERDICT.c.mail_id == DRAFT.c.mail_id, VERDICT.c.claim.is_(False)))
        )
        .where(LETTER_ID.c.message_id.in_(ids))
    ).all()
    letters = [_answered(db, row) for row in sorted(rows, key=lambda row: order[row.message_id])]
    mails = db.execute(
        sa.select(MAIL.c.message_id, VERDICT.c.case_id)
        .join(VERDICT, VERDICT.c.mail_id == MAIL.c.id)
        .where(MAIL.c.message_id.in_(ids), VERDICT.c.case_id.is_not(None), VERDICT.c.claim.is_(False))
    ).all()
    found = [(order[one.message_id], at, case) for one in letters for at, case in enumerate(one.cases)]
    found += [(order[row.message_id], 0, row.case_id) for row in mails]
    return Threads(letters, [case for _, _, case in sorted(found)])


def _answered(db: sa.Connection, row: Any) -> Answered:
    belongs = (row.lies_in, stands_in(db, row.case_id))
    cases = tuple(dict.fromkeys(one for one in belongs if one is not None))
    return Answered(row.message_id, row.draft_id, row.case_id, cases)


def standing_of(
    db: sa.Connection, case: Any, address: str | None, understood: Understood, *, trusted: bool
) -> tuple[str | None, bool]:
    """(standing, claim) of a mail that names the body of `case`."""
    if case is None:
        return None, False
    if not trusted or numbering.contradictory(understood.naming):
        return None, True
    if understood.sender_class == "body":
        return ACCEPTED, False
    parties = parties_of(db, case.id)
    if parties.admits(address):
        return parties.rows[address or ""].standing, False
    return None, True


def case_of_party(
    db: sa.Connection, address: str | None, threads: Threads, understood: Understood, round_id: str
) -> Any:
    """The party's case that a mail without a body means: by our calendar entry, by thread, by number, or because there is
    only one."""
    if not address:
        return None
    candidates = {row.id: row for row in db.execute(_CASES_OF_PARTY, {"by": address})}
    own = {case_id: row for case_id, row in candidates.items() if parties_of(db, case_id).admits(address)}
    for case_id in (booking_list.case_of_entry(db, entry_of(understood)), *threads.case_ids):
        if case_id is not None and (meant := stands_in(db, case_id)) in own:
            return own[meant]
    if (number := understood.case_number) is not None:
        named = db.execute(sa.select(CASE.c.id).where(CASE.c.number == number)).scalar()
        return own.get(stands_in(db, named)) if named is not None else None
    bodies = [row for row in own.values() if row.round_id == round_id and not row.org_key.startswith(numbering.OF_MAIL)]
    return bodies[0] if len(bodies) == 1 else None


def case_and_standing(
    db: sa.Connection, named: Any, address: str | None, understood: Understood, threads: Threads, *, trusted: bool
) -> tuple[Any, str | None, bool]:
    """(case, standing, claim) of a mail that names the body of the case `named`."""
    standing, claim = standing_of(db, named, address, understood, trusted=trusted)
    if (
        claim
        and trusted
        and understood.form is None
        and (meant := _put_elsewhere(db, address, threads, named)) is not None
    ):
        return meant, parties_of(db, meant.id).rows[address or ""].standing, False
    return named, standing, claim


def _put_elsewhere(db: sa.Connection, address: str | None, threads: Threads, named: Any) -> Any:
    """The case into which people put the mail whose letter this one answers, where its sender is a party there: the answer's subject
    still names the body that the first mail named (`named`: its case). None: there is no such case."""
    for letter in threads.letters:
        lies_in = letter.cases[0]
        if lies_in != letter.case_id and named.id in letter.cases[1:] and parties_of(db, lies_in).admits(address):
            return db.execute(sa.select(CASE).where(CASE.c.id == lies_in)).one()
    return None


def stands_in(db: sa.Connection, case_id: int) -> int:
    """The case itself; where a person put it into another one, that one."""
    while (into := db.execute(_MERGED_INTO, {"of": case_id}).scalar()) is not None:
        case_id = into
    return case_id


def displaced_by(db: sa.Connection, case_id: int, address: str | None) -> tuple[int, ...]:
    """Mails by which somebody not tied to the body opened the case, now that somebody who is has come."""
    parties = parties_of(db, case_id)
    if parties.accepted() or not parties.rows:
        return ()
    strangers = [one for one, row in parties.rows.items() if row.standing == PROVISIONAL and one != address]
    if not strangers:
        return ()
    rows = db.execute(_WRITERS, {"of": case_id})
    return tuple(row.mail_id for row in rows if row.correspondent != address)


def came_after(
    db: sa.Connection, case_id: int, pending: PendingMail, displaced: tuple[int, ...]
) -> tuple[tuple[int, ...], bool]:
    """The case's applications that came after this mail and are judged: (which can be judged again, whether they can't)."""
    found = again.later(db, case_id, pending.received_at, pending.place.uid, but=pending.id)
    after = tuple(one for one in found if one not in displaced)
    return ((), True) if again.settled(db, after) else (after, False)
