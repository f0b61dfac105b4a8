"""Which mails quote words that are hidden, or are to be deleted: answers to the mail, or to a letter of ours about it, and what brings
such a letter back. Reading only.

Told by the thread (In-Reply-To, References) and by what bounces returned. A mail that repeats words without either isn't found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from email.policy import compat32

import sqlalchemy as sa

from mailflow.store.arrivals import BLOB, MAIL
from mailflow.store.base import Base, among
from mailflow.store.bounces import BOUNCE
from mailflow.store.case_read import CASE, LETTER_ID, MOVE, VERDICT
from mailflow.store.hidden import HIDDEN_NOW
from mailflow.store.moves import DRAFT, OUTGOING
from mailflow.store.purging_scope import letters_going, listed

_ID = re.compile(r"<[^<>\s]+>")
_HEAD = 200_000  # bytes in which the lines of the thread stand


def quoting(db: sa.Connection, mail_ids: Sequence[int], drafts: Sequence[int]) -> list[int]:
    """Mails beside `mail_ids`, still there, that answer one of these or one of the letters `drafts`, or return such a letter."""
    out = among(db, OUTGOING.c.draft_id, drafts)
    returned = sa.select(BOUNCE.c.mail_id).join(OUTGOING, OUTGOING.c.id == BOUNCE.c.outgoing_id).where(out)
    letters = sa.select(LETTER_ID.c.message_id).join(OUTGOING, OUTGOING.c.id == LETTER_ID.c.outgoing_id).where(out)
    own = sa.select(MAIL.c.message_id).where(among(db, MAIL.c.id, mail_ids), MAIL.c.message_id.is_not(None))
    threads = {*listed(db, letters), *listed(db, own)}
    lying = sa.select(VERDICT.c.mail_id).where(among(db, VERDICT.c.case_id, _cases(db, mail_ids, drafts)))
    kept = sa.select(MAIL.c.id).where(
        MAIL.c.raw_sha256.is_not(None), MAIL.c.id.in_(lying) | MAIL.c.id.in_(returned)
    )  # fmt: skip
    others = sorted({*listed(db, kept)} - set(mail_ids))
    back = {*listed(db, returned)}
    return [one for one in others if one in back or not threads.isdisjoint(_thread(db, one))]


def in_sight_quoting(db: sa.Connection, mail_ids: Sequence[int]) -> tuple[int, ...]:
    """Those of them that everybody sees."""
    drafts, _ = letters_going(db, [], mail_ids)
    hidden = {*listed(db, HIDDEN_NOW)}
    return tuple(one for one in quoting(db, mail_ids, drafts) if one not in hidden)


def quoted_in(store: Base, mail_id: int) -> tuple[int, ...]:
    """The same of one mail, for who has no transaction open."""
    with store.read() as db:
        return in_sight_quoting(db, [mail_id])


def _cases(db: sa.Connection, mail_ids: Sequence[int], drafts: Sequence[int]) -> set[int]:
    """Where such mails may lie: the cases of the mails and letters, and those that people joined to them or parted from them."""
    cases = {
        *listed(db, sa.select(VERDICT.c.case_id).where(among(db, VERDICT.c.mail_id, mail_ids), VERDICT.c.case_id.is_not(None))),
        *listed(db, sa.select(DRAFT.c.case_id).where(among(db, DRAFT.c.id, drafts))),
    }  # fmt: skip
    while True:
        more = {
            *listed(db, sa.select(MOVE.c.to_case).where(among(db, MOVE.c.from_case, cases))),
            *listed(db, sa.select(MOVE.c.from_case).where(among(db, MOVE.c.to_case, cases))),
            *listed(db, sa.select(CASE.c.id).where(among(db, CASE.c.merged_into, cases))),
        } - cases
        if not more:
            return cases
        cases |= more


def _thread(db: sa.Connection, mail_id: int) -> set[str]:
    """The Message-IDs that the mail names in its thread."""
    start = sa.func.substr(BLOB.c.content, 1, _HEAD)
    query = sa.select(start).join(MAIL, MAIL.c.raw_sha256 == BLOB.c.sha256).where(MAIL.c.id == mail_id)
    raw = db.execute(query).scalar() or b""
    head = BytesHeaderParser(policy=compat32).parsebytes(bytes(raw))
    lines = [str(line) for name in ("In-Reply-To", "References") for line in head.get_all(name, [])]
    return {one for line in lines for one in _ID.findall(line)}
