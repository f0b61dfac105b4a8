"""Letters about mails that a person puts into another case (DESIGN §4): taken out, composed anew, or to be decided first.

Inside a transaction. Nothing that a person wrote is thrown away, and no letter of the old case carries another body's file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from mailflow.codec import from_json
from mailflow.desk.refusal import RefusedError
from mailflow.store import ties
from mailflow.store.arrivals import MAIL
from mailflow.store.judged import NO_ANSWERS
from mailflow.store.known import DRAFT_MAIL
from mailflow.store.letter_text import LetterText
from mailflow.store.moves import DRAFT, OUTGOING, D, O, pull_back
from mailflow.store.rejudge import reopen
from mailflow.store.seats import BOOKING

T = TypeVar("T")
_BECAUSE = "moved"
_NOT_KNOWN = (
    O.SENDING.value,
    O.UNCERTAIN.value,
    O.FAILED.value,
)  # what comes next is said of the case they were made for
_WAITS = (D.WAITING.value, D.APPROVED.value, D.STALE.value)


def stop_letters(
    db: sa.Connection, case_id: int, mails: Sequence[int] | None, user: str, *, bookings: Sequence[int] = ()
) -> None:
    """Letters about these mails (None: all of the case) that haven't left are taken out: they are composed anew. So are those that
    carry one of their files, or a file made of it. What a person wrote is never thrown away, nor what nothing composes again: it is
    to be decided first. Mails that such a letter answered too, and that stay, get another one.
    `bookings`: those that leave the case too; a letter that tells of one is about what leaves."""
    files = ties.files_of_mails(db, case_id, mails) if mails is not None else set()
    moves = BOOKING.c.id.in_(list(bookings)) | BOOKING.c.mail_id.in_(list(mails or ()))
    telling = set(db.execute(sa.select(BOOKING.c.draft_id).where(BOOKING.c.case_id == case_id, moves)).scalars())
    staying: set[int] = set()
    for draft, about in _unsent(db, case_id):
        leaves = mails is None or about & set(mails) or draft.id in telling
        if leaves or _carries(draft, files):
            _take_out(db, draft, user)
            if mails is not None:
                staying |= about - set(mails)
    _answer_again(db, staying, user)


def take_out(
    db: sa.Connection,
    case_id: int,
    mails: Sequence[Any],
    put: Callable[[], T],
    *,
    user: str,
    now: datetime,
    bookings: Sequence[int] = (),
) -> T:
    """These mails (verdicts' rows) are of another body than the case's, or go back to the case that they came from: the one road for
    letters, ties and files. `put` says where they lie from now on; what it returns is returned. `bookings`: as of `stop_letters`.
    Raises RefusedError as that does."""
    ids = [row.mail_id for row in mails]
    stop_letters(db, case_id, ids, user, bookings=bookings)
    found = put()
    of_parties = [row for row in mails if not row.claim]
    if of_parties:
        ties.leave_case(db, case_id, of_parties)
    ties.leave_files(db, case_id, ids, user=user, now=now)
    return found


def _unsent(db: sa.Connection, case_id: int) -> Iterator[tuple[Any, set[int]]]:
    """Letters of the case that haven't left, each with the mails that it answers."""
    answered: dict[int, set[int]] = {}
    for row in db.execute(
        sa.select(DRAFT_MAIL).join(DRAFT, DRAFT.c.id == DRAFT_MAIL.c.draft_id).where(DRAFT.c.case_id == case_id)
    ):
        answered.setdefault(row.draft_id, set()).add(row.mail_id)
    query = (
        sa.select(DRAFT, OUTGOING.c.state.label("sending"))
        .select_from(DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))
        .where(DRAFT.c.case_id == case_id, DRAFT.c.state.in_(_WAITS))
        .order_by(DRAFT.c.id)
    )
    for draft in db.execute(query).all():
        if draft.state == D.APPROVED.value and not draft.live and draft.sending not in _NOT_KNOWN:
            continue  # it has left, or was dropped
        yield draft, answered.get(draft.id, set()) | ({draft.mail_id} if draft.mail_id is not None else set())


def _carries(draft: Any, files: set[str]) -> bool:
    return bool(files) and any(one.sha256 in files for one in from_json(LetterText, draft.content).parts)


def _take_out(db: sa.Connection, draft: Any, user: str) -> None:
    """Judging its mail composes it again. Raises RefusedError where it must be decided first, or is leaving just now."""
    if draft.state == D.APPROVED.value and draft.sending in (O.UNCERTAIN.value, O.FAILED.value):
        what = "送れなかった" if draft.sending == O.FAILED.value else "送れたかどうか分からない"
        raise RefusedError(f"{what}手紙があります（返信案 {draft.id}）。先に「送信」で、どうするか決めてください")
    if draft.edited_at is not None:
        raise RefusedError(f"人が書いた（直した）返信案 {draft.id} が待っています。先に、承認か却下をしてください")
    if draft.state == D.STALE.value:
        raise RefusedError(f"止まっている返信案 {draft.id} があります。先に、送るか送らないかを選んでください")
    if draft.state == D.APPROVED.value and (draft.mail_id is None or draft.purpose in NO_ANSWERS):
        raise RefusedError(
            f"承認した返信案 {draft.id} がまだ出ていません。出るのを待つか、承認を取り消して却下してください"
        )
    if draft.mail_id is None or draft.purpose in NO_ANSWERS:
        raise RefusedError(f"返信案 {draft.id} が待っています。先に、承認か却下をしてください")
    if not pull_back(db, draft.id, D.SUPERSEDED, because=_BECAUSE, actor=user):
        raise RefusedError("この団体への手紙を、いま送っています。少し待ってから、もう一度行ってください", "busy")


def _answer_again(db: sa.Connection, mails: set[int], user: str) -> None:
    if mails:
        reopen(db, max(mails), "letters", actor=user, at=_newest(db, max(mails)))


def _newest(db: sa.Connection, mail_id: int) -> datetime:
    found: datetime = db.execute(sa.select(MAIL.c.received_at).where(MAIL.c.id == mail_id)).scalar_one()
    return found
