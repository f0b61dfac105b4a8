"""What goes with a case or a mail when it is purged, and what must come to rest before (DESIGN §8.5). Reading only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from mailflow.numbering import OF_MAIL
from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.base import among
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, O
from mailflow.store.purging_mails import GoingMail
from mailflow.store.tables import CaseBlobRow, ClaimRow, table_of
from mailflow.store.tables_letters import DraftMailRow, OutgoingPartRow

CASE_BLOB, CLAIM, DRAFT_MAIL, OUTGOING_PART = (
    table_of(CaseBlobRow), table_of(ClaimRow), table_of(DraftMailRow), table_of(OutgoingPartRow),
)  # fmt: skip
_IN_FLIGHT = tuple(one.value for one in (O.APPROVED, O.SENDING, O.RETRY, O.UNCERTAIN))


def in_flight(db: sa.Connection, case_ids: Sequence[int]) -> int:
    """Letters of these cases that are on their way or uncertain, and mails of theirs that are to be judged, once more too: one whose
    verdict was taken back, or that lies in no case meanwhile, has letters or files here, and may lie here again."""
    cases, mails = concerned(db, case_ids)
    waiting = (
        sa.select(sa.func.count())
        .select_from(MAIL.outerjoin(VERDICT, VERDICT.c.mail_id == MAIL.c.id))
        .where(
            MAIL.c.state == MailState.NEW.value,
            among(db, VERDICT.c.case_id, cases)
            | VERDICT.c.case_id.is_(None)
            & (
                MAIL.c.id.in_(sa.select(DRAFT.c.mail_id).where(among(db, DRAFT.c.case_id, cases)))
                | MAIL.c.id.in_(sa.select(CASE_BLOB.c.mail_id).where(among(db, CASE_BLOB.c.case_id, cases)))
            ),
        )
    )
    return _on_their_way(db, cases, mails) + int(db.execute(waiting).scalar_one())


def in_flight_of(db: sa.Connection, mails: Sequence[GoingMail]) -> int:
    """Letters that hold words of these mails and are on their way or uncertain."""
    return _on_their_way(db, apart_of(mails), [one.mail_id for one in mails])


def _on_their_way(db: sa.Connection, cases: Sequence[int], mails: Sequence[int]) -> int:
    drafts, _ = letters_going(db, cases, mails)
    query = sa.select(sa.func.count()).where(among(db, OUTGOING.c.draft_id, drafts), OUTGOING.c.state.in_(_IN_FLIGHT))
    return int(db.execute(query).scalar_one())


def concerned(db: sa.Connection, asked: Sequence[int]) -> tuple[list[int], list[int]]:
    """(cases, mails) that go when these cases go: a mail of somebody who is no party has a case of its own for its letters
    (`numbering.mail_key`), and what was answered to those lies there too; so do letters of a case that was put into another one."""
    cases = set(asked)
    while True:
        mails = {*listed(db, sa.select(VERDICT.c.mail_id).where(among(db, VERDICT.c.case_id, cases)))}
        mails |= {*listed(db, sa.select(CLAIM.c.mail_id).where(among(db, CLAIM.c.case_id, cases)))}
        key = sa.literal(OF_MAIL) + MAIL.c.content_id
        apart = sa.select(CASE.c.id).join(MAIL, CASE.c.org_key == key).where(among(db, MAIL.c.id, mails))
        inside = sa.select(CASE.c.id).where(among(db, CASE.c.merged_into, cases))
        more = {*listed(db, apart), *listed(db, inside)} - cases
        if not more:
            return sorted(cases), sorted(mails)
        cases |= more


def apart_of(mails: Sequence[GoingMail]) -> list[int]:
    """The cases that are these mails' own."""
    return sorted({one.apart for one in mails if one.apart is not None})


def letters_going(
    db: sa.Connection, cases: Sequence[int], mails: Sequence[int]
) -> tuple[list[int], list[tuple[int, str]]]:
    """(letters that go, files of other cases that were made of one of these mails'). A mail that people put into another case has
    letters and files in the one that it came from: their words and contents are the mail's."""
    source, part = CASE_BLOB.alias("source"), OUTGOING_PART
    pair = (source.c.case_id == CASE_BLOB.c.case_id) & (source.c.sha256 == CASE_BLOB.c.source_sha256)
    doomed = {
        (row.case_id, row.sha256)
        for row in db.execute(
            sa.select(CASE_BLOB.c.case_id, CASE_BLOB.c.sha256).where(among(db, CASE_BLOB.c.mail_id, mails))
        )
    }
    made: set[tuple[int, str]] = set()
    query = sa.select(CASE_BLOB.c.case_id, CASE_BLOB.c.sha256, CASE_BLOB.c.source_sha256).join(source, pair)
    new = doomed
    while new:
        among_sources = query.where(among(db, source.c.sha256, {sha256 for _, sha256 in new}))
        rows = db.execute(among_sources).all()
        new = {(r.case_id, r.sha256) for r in rows if (r.case_id, r.source_sha256) in new} - made
        made |= new
    drafts = {
        *listed(db, sa.select(DRAFT.c.id).where(among(db, DRAFT.c.case_id, cases))),
        *listed(db, sa.select(DRAFT.c.id).where(among(db, DRAFT.c.mail_id, mails))),
        *listed(db, sa.select(DRAFT_MAIL.c.draft_id).where(among(db, DRAFT_MAIL.c.mail_id, mails))),
    }
    files = doomed | made
    carrying = (
        sa.select(OUTGOING.c.draft_id, part.c.case_id, part.c.sha256)
        .join(part, part.c.outgoing_id == OUTGOING.c.id)
        .where(among(db, part.c.sha256, {sha256 for _, sha256 in files}))
    )
    drafts |= {row.draft_id for row in db.execute(carrying) if (row.case_id, row.sha256) in files}
    return sorted(drafts), sorted(made)


def listed(db: sa.Connection, query: Any) -> list[Any]:
    return list(db.execute(query).scalars())
