"""Deleting what was written about cases, with a certificate of it (DESIGN §8.5). Nothing here runs by itself.

What goes: mails with all that was read from them, letters, files, names, addresses, phone numbers, notes. What stays:
the case's number, body and dates, each mail's place and content id (so that it isn't fetched and answered anew), the
audit (ids and hashes). The certificate names every deleted content by its sha256.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from mailflow.clock import sys_now
from mailflow.store import audit, purging_mails
from mailflow.store.arrivals import BLOB, MAIL, PLACE, MailState
from mailflow.store.base import Base, among
from mailflow.store.begun import about_mail
from mailflow.store.bounces import BOUNCE
from mailflow.store.case_read import PARTY
from mailflow.store.client_copies import COPY, CopyState
from mailflow.store.hand_replies import HAND_REPLY
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, OUTGOING, D, O, move_draft, move_outgoing
from mailflow.store.purging_scope import apart_of, concerned, letters_going, listed
from mailflow.store.quoting import quoting
from mailflow.store.tables import CaseBlobRow, ClaimRow, table_of
from mailflow.store.tables_letters import DraftMailRow, OutgoingPartRow
from mailflow.store.tables_safety import PurgeRow
from mailflow.store.unfetchable import PURGED

PURGE, CASE_BLOB, CLAIM, DRAFT_MAIL, OUTGOING_PART = (
    table_of(PurgeRow), table_of(CaseBlobRow), table_of(ClaimRow), table_of(DraftMailRow), table_of(OutgoingPartRow),
)  # fmt: skip

# Tables whose rows go, children first; each has `mail_id`, `case_id`, `draft_id` or `outgoing_id`, or its own line in `_delete_rows`. What isn't named here
# or in KEPT is found by a test.
GONE = (
    "hidden_mail", "case_move", "begun_letter", "incident_reader", "bureau_request", "mail_text", "letter_assigned", "case_owner", "unfinished_edit", "draft_text", "draft_seen",
    "outgoing_part", "outgoing_party", "bounce", "consent", "offer", "booking_seat", "booking", "draft_mail",
    "case_blob", "case_identifier", "case_contact", "case_exception", "correction", "recorded", "promise", "withdrawal",
    "told_password", "locked_mail", "mail_again", "version", "claim", "note", "task", "verdict",
)  # fmt: skip
EMPTIED = ("mail", "place", "draft", "outgoing", "case_party", "hand_reply")
KEPT = (
    "meta", "config_version", "public_file", "blob", "watermark", "cases", "draft_approval", "client_copy", "letter_id", "user", "audit",
    "audit_seal", "liveness", "watch", "closing", "closing_signature", "alarm", "purge", "slot_block",
    "console_session", "login_attempt", "incident",
)  # fmt: skip
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNREAD = "place:"  # before the id of a UID that couldn't be fetched, whose reason may name its sender
_MAIL = "mail:"  # before the id of a mail among the case numbers of a purge
_HIDDEN = "hidden:"  # before the id of a hidden mail of a case, which goes alone


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeLine:
    """`cases`: numbers; `mails`: ids of mails that are of no case; `unread`: of UIDs that couldn't be fetched. `hidden`: hidden mails
    of cases that stay."""

    id: int
    cases: tuple[str, ...]
    mails: tuple[int, ...]
    unread: tuple[int, ...]
    hidden: tuple[int, ...]
    why: str
    asked_by: str
    asked_at: datetime
    done_by: str | None
    done_at: datetime | None
    sha256: str | None
    certificate: str | None


class Purging(Base):
    def purges(self) -> list[PurgeLine]:
        """What was asked for and done, oldest first."""
        with self.read() as db:
            return [_line(row) for row in db.execute(sa.select(PURGE).order_by(PURGE.c.id))]

    def case_ids(self, db: sa.Connection, numbers: Sequence[str]) -> dict[str, int]:
        """The cases with these numbers."""
        rows = db.execute(sa.select(CASE.c.number, CASE.c.id).where(among(db, CASE.c.number, numbers)))
        return {row.number: row.id for row in rows}

    def numbers_of_round(self, db: sa.Connection, round_id: str) -> list[str]:
        return list(
            db.execute(sa.select(CASE.c.number).where(CASE.c.round_id == round_id).order_by(CASE.c.id)).scalars()
        )

    def caseless_mails(
        self, db: sa.Connection, *, before: datetime | None = None, among: Sequence[int] | None = None
    ) -> list[int]:
        """Mails done with that are of no case and nobody's claim: inquiries without a body, machines' mail, junk, what came
        before the start. `before`: received earlier than that; `among`: of these. One that says a letter came back
        stays until somebody dealt with it."""
        of_a_case = sa.select(VERDICT.c.mail_id).where(VERDICT.c.case_id.is_not(None))
        open_call = sa.select(BOUNCE.c.mail_id).where(BOUNCE.c.settled_at.is_(None))
        query = sa.select(MAIL.c.id).where(
            MAIL.c.state != MailState.NEW.value,
            MAIL.c.reason.is_(None) | (MAIL.c.reason != PURGED),
            MAIL.c.id.not_in(of_a_case),
            MAIL.c.id.not_in(sa.select(CLAIM.c.mail_id)),
            MAIL.c.id.not_in(open_call),
        )
        if before is not None:
            query = query.where(MAIL.c.received_at < before)
        found = listed(db, query.order_by(MAIL.c.id))
        return found if among is None else sorted(set(found) & set(among))

    def unread_places(self, db: sa.Connection, before: datetime) -> list[int]:
        """UIDs that couldn't be fetched and came before a moment: the reason of one names its sender and subject."""
        when = sa.func.coalesce(PLACE.c.received_at, PLACE.c.seen_at)
        query = sa.select(PLACE.c.id).where(PLACE.c.mail_id.is_(None), PLACE.c.reason != PURGED, when < before)
        return listed(db, query.order_by(PLACE.c.id))

    def ask_purge(
        self,
        db: sa.Connection,
        numbers: Sequence[str],
        mails: Sequence[int],
        *,
        unread: Sequence[int] = (),
        hidden: Sequence[int] = (),
        why: str,
        by: str,
        at: datetime,
    ) -> int:
        """`unread`: of `unread_places`."""
        scope = [*numbers, *(f"{_MAIL}{one}" for one in mails), *(f"{_UNREAD}{one}" for one in unread)]
        scope += [f"{_HIDDEN}{one}" for one in hidden]
        row = {"scope": json.dumps(scope), "why": why, "asked_by": by, "asked_at": at}
        made: int = db.execute(sa.insert(PURGE).returning(PURGE.c.id), row).scalar_one()
        detail: audit.Detail = {"cases": len(numbers), "mails": len(mails) + len(unread) + len(hidden)}
        audit.record(db, audit.Event(actor=by, act="purge-asked", entity="purge", entity_id=made, detail=detail))
        return made

    def do_purge(self, db: sa.Connection, line: PurgeLine, case_ids: dict[str, int], *, by: str, at: datetime) -> str:
        """Delete what `line` asks for, and write the certificate. Returns its sha256. Of its mails those that are still of no
        case."""
        purge_id = line.id
        alone = self._delete_alone(db, line, by=by, at=at) if line.hidden else {}
        forgotten = _forget_unread(db, sorted(case_ids.values()), line.unread)
        certificate = self._delete(db, sorted(case_ids.values()), line.mails, by=by) | {
            **({"of_cases": alone} if alone else {}), "unread": forgotten, "purge": purge_id, "cases": sorted(case_ids), "by": by, "at": at.astimezone(UTC).isoformat(),
        }  # fmt: skip
        text = json.dumps(certificate, ensure_ascii=False, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        db.execute(
            sa.update(PURGE)
            .where(PURGE.c.id == purge_id)
            .values(done_by=by, done_at=at, certificate=text, sha256=digest)
        )
        detail: audit.Detail = {"cases": len(case_ids), "certificate": digest}
        audit.record(db, audit.Event(actor=by, act="purged", entity="purge", entity_id=purge_id, detail=detail))
        return digest

    def _delete(self, db: sa.Connection, asked: list[int], caseless: Sequence[int], *, by: str) -> dict[str, Any]:
        cases, mails = concerned(db, asked)
        mails = sorted({*mails, *self.caseless_mails(db, among=caseless)})
        drafts, made = letters_going(db, cases, mails)
        letters = listed(db, sa.select(OUTGOING.c.id).where(among(db, OUTGOING.c.draft_id, drafts)))
        raw = listed(
            db, sa.select(MAIL.c.raw_sha256).where(among(db, MAIL.c.id, mails), MAIL.c.raw_sha256.is_not(None))
        )
        files = listed(db, sa.select(OUTGOING_PART.c.sha256).where(among(db, OUTGOING_PART.c.outgoing_id, letters)))
        files += listed(db, sa.select(CASE_BLOB.c.sha256).where(among(db, CASE_BLOB.c.case_id, cases)))
        sent = listed(
            db, sa.select(OUTGOING.c.mime_sha256).where(among(db, OUTGOING.c.id, letters), OUTGOING.c.mime.is_not(None))
        )
        said, staying = purging_mails.said_by(db, mails, drafts), quoting(db, mails, drafts)
        of = {
            "mail_id": mails,
            "case_id": cases,
            "draft_id": drafts,
            "outgoing_id": letters,
            "for_mail_id": mails,
            "because_mail_id": mails,
        }
        counts: dict[str, int] = {}
        for name in GONE:
            counts[name] = _delete_rows(db, SQLModel.metadata.tables[name], of, made)
        _end_letters(db, drafts, by=by)
        self._empty(db, cases, mails, drafts, letters)
        changed = purging_mails.forget(db, mails, drafts, said) if mails or drafts else 0
        blobs = _unused(db)
        db.execute(sa.delete(BLOB).where(among(db, BLOB.c.sha256, blobs)))
        apart = sa.select(CASE.c.number).where(among(db, CASE.c.id, set(cases) - set(asked))).order_by(CASE.c.number)
        return {
            "cases_of_their_mails": listed(db, apart), "mails": len(mails), "letters": len(letters), "rows": {k: v for k, v in counts.items() if v},
            "raw_sha256": sorted(set(raw)), "mime_sha256": sorted(set(sent)), "blobs_deleted": len(blobs),
            "verdicts_changed": changed, "quoted_in": staying,
        }  # fmt: skip

    def _delete_alone(self, db: sa.Connection, line: PurgeLine, *, by: str, at: datetime) -> dict[str, Any]:
        """The hidden mails of `line`, out of cases that stay. Returns their part of the certificate."""
        mails = purging_mails.going(db, line.hidden)
        ids, apart = [one.mail_id for one in mails], apart_of(mails)
        drafts, made = letters_going(db, apart, ids)
        letters = listed(db, sa.select(OUTGOING.c.id).where(among(db, OUTGOING.c.draft_id, drafts)))
        beside = purging_mails.waits_beside(db, drafts, ids)
        told, staying = purging_mails.said_by(db, ids, drafts), quoting(db, ids, drafts)
        purging_mails.leave(db, mails)
        of = {"mail_id": ids, "case_id": apart, "draft_id": drafts, "outgoing_id": letters, "for_mail_id": ids}
        only = {"mail_id": ids}  # which other mails a letter answered is no word of these
        for name in GONE:
            _delete_rows(db, SQLModel.metadata.tables[name], only if name == "draft_mail" else of, made)
        _end_letters(db, drafts, by=by)
        self._empty(db, apart, ids, drafts, letters)
        changed = purging_mails.forget(db, ids, drafts, told)
        purging_mails.leave_a_line(db, mails, purge_id=line.id, why=line.why, asked_by=line.asked_by, by=by, at=at)
        purging_mails.judge_beside(db, beside, by=by, at=at)
        said = [
            {
                "mail": one.mail_id, "case": one.case_id, "kind": one.kind, "received_at": one.received_at.astimezone(UTC).isoformat(),
                "raw_sha256": one.raw_sha256,
            }
            for one in mails
        ]  # fmt: skip
        return {"mails": said, "letters": len(drafts), "verdicts_changed": changed, "quoted_in": staying}

    def _empty(
        self, db: sa.Connection, cases: list[int], mails: list[int], drafts: list[int], letters: list[int]
    ) -> None:
        named = sa.select(MAIL.c.message_id).where(among(db, MAIL.c.id, mails), MAIL.c.message_id.is_not(None))
        db.execute(sa.delete(HAND_REPLY).where(HAND_REPLY.c.message_id.in_(named)))
        db.execute(
            sa.update(MAIL)
            .where(among(db, MAIL.c.id, mails))
            .values(
                raw_sha256=None, message_id=None, subject=None, sender_name=None, sender_address=None, reason=PURGED,
                size=0,
            )
        )  # fmt: skip
        db.execute(sa.update(PLACE).where(among(db, PLACE.c.mail_id, mails)).values(reason=None))
        db.execute(
            sa.update(DRAFT)
            .where(among(db, DRAFT.c.id, drafts))
            .values(content=_EMPTY_LETTER, subject=PURGED, reason=None, in_reply_to=None, checks="[]")
        )
        db.execute(sa.update(OUTGOING).where(among(db, OUTGOING.c.id, letters)).values(mime=None, answer=PURGED))
        db.execute(sa.delete(PARTY).where(among(db, PARTY.c.case_id, cases)))

    def compact(self) -> None:
        """SQLite: overwrite what was deleted, in the file and its log. PostgreSQL does so by VACUUM in its own time."""
        if self.is_sqlite:
            with self.engine.connect() as db:
                raw: Any = db.connection.driver_connection
                raw.execute("PRAGMA secure_delete=ON")
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
                db.execute(sa.text("VACUUM"))


_EMPTY_LETTER = json.dumps(
    {
        "sender": {"name": None, "address": ""}, "to": [], "cc": [], "subject": PURGED, "text": PURGED, "html": None,
        "parts": [], "in_reply_to": None, "references": [], "findings": [], "warnings": [],
    },
    ensure_ascii=False,
)  # fmt: skip


def _forget_unread(db: sa.Connection, asked: Sequence[int], unread: Sequence[int]) -> int:
    """The words about UIDs that couldn't be fetched: those asked for, and those that name a party of these cases."""
    cases, _ = concerned(db, asked)
    people = {one.casefold() for one in listed(db, sa.select(PARTY.c.address).where(among(db, PARTY.c.case_id, cases)))}
    open_rows = sa.select(PLACE.c.id, PLACE.c.reason).where(PLACE.c.mail_id.is_(None), PLACE.c.reason != PURGED)
    rows = db.execute(open_rows).all()
    wanted = set(unread)
    found = [r.id for r in rows if r.id in wanted or any(one in r.reason.casefold() for one in people)]
    db.execute(sa.update(PLACE).where(among(db, PLACE.c.id, found)).values(reason=PURGED))
    return len(found)


def _end_letters(db: sa.Connection, drafts: Sequence[int], *, by: str) -> None:
    """What waits for a person, or was refused by a server, has no words any more: nobody sends it again. Its copies in the mail
    client's folder are taken out at the next look."""
    waiting = sa.select(DRAFT.c.id, DRAFT.c.state).where(
        among(db, DRAFT.c.id, drafts), DRAFT.c.state.in_([D.WAITING.value, D.STALE.value])
    )
    for row in db.execute(waiting).all():
        move_draft(db, row.id, D(row.state), D.REJECTED, because=PURGED, actor=by)
    failed = sa.select(OUTGOING.c.id).where(among(db, OUTGOING.c.draft_id, drafts), OUTGOING.c.state == O.FAILED.value)
    for outgoing_id in listed(db, failed):
        move_outgoing(db, outgoing_id, O.FAILED, O.DROPPED, because=PURGED, actor=by)
    shown = sa.update(COPY).where(among(db, COPY.c.draft_id, drafts), COPY.c.state != CopyState.SETTLED.value)
    db.execute(shown.values(state=CopyState.SETTLED.value, outcome="withdrawn", settled_at=sys_now()))


def _delete_rows(db: sa.Connection, table: sa.Table, of: dict[str, list[int]], made: Sequence[tuple[int, str]]) -> int:
    where = [among(db, table.c[name], ids) for name, ids in of.items() if name in table.c]
    gone = 0
    if table.name in ("booking", "booking_seat"):
        booking = SQLModel.metadata.tables["booking"]  # another case's stays, whichever letter told of it
        where = [among(db, booking.c.case_id, of["case_id"]), among(db, booking.c.mail_id, of["mail_id"])]
        if table.name == "booking_seat":
            where = [table.c.booking_id.in_(sa.select(booking.c.id).where(sa.or_(*where)))]
    elif table.name == "case_move":
        where = [among(db, table.c.from_case, of["case_id"]), among(db, table.c.to_case, of["case_id"])]
    elif table.name == "begun_letter":
        where = [among(db, table.c.about, [about_mail(one) for one in of["mail_id"]])]
    elif table.name == "case_blob":
        for case_id, sha256 in made:
            mine = sa.and_(table.c.case_id == case_id, table.c.sha256 == sha256)
            db.execute(sa.update(table).where(mine).values(source_sha256=None))  # one may be made of another
        for case_id, sha256 in made:
            mine = sa.and_(table.c.case_id == case_id, table.c.sha256 == sha256)
            gone += int(db.execute(sa.delete(table).where(mine)).rowcount)
    return gone + int(db.execute(sa.delete(table).where(sa.or_(*where))).rowcount)


def _unused(db: sa.Connection) -> list[str]:
    """Contents that nothing needs any more, of these cases and of earlier days. A file may have come in another case's mail
    too."""
    query = sa.select(BLOB.c.sha256)
    for column in (MAIL.c.raw_sha256, CASE_BLOB.c.sha256, OUTGOING_PART.c.sha256):
        query = query.where(~sa.select(sa.literal(1)).where(column == BLOB.c.sha256).exists())
    return sorted(set(listed(db, query)) - _parts_of_drafts(db))


def _parts_of_drafts(db: sa.Connection) -> set[str]:
    """Contents that a letter not yet approved will carry: named in its JSON."""
    query = sa.select(DRAFT.c.content).where(DRAFT.c.content.contains("sha256"))
    texts = db.execute(query.execution_options(yield_per=200))
    return {digest for (text,) in texts for digest in _DIGEST.findall(text)}


def _line(row: Any) -> PurgeLine:
    scope: list[str] = json.loads(row.scope)
    return PurgeLine(
        id=row.id, cases=tuple(one for one in scope if not one.startswith((_MAIL, _UNREAD, _HIDDEN))),
        mails=tuple(int(one.removeprefix(_MAIL)) for one in scope if one.startswith(_MAIL)),
        unread=tuple(int(one.removeprefix(_UNREAD)) for one in scope if one.startswith(_UNREAD)),
        hidden=tuple(int(one.removeprefix(_HIDDEN)) for one in scope if one.startswith(_HIDDEN)), why=row.why, asked_by=row.asked_by, asked_at=row.asked_at,
        done_by=row.done_by, done_at=row.done_at, sha256=row.sha256, certificate=row.certificate,
    )  # fmt: skip
