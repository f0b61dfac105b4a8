"""Letters waiting for approval: saved, listed, approved, taken back (DESIGN §5).

Acts of people come through `desk`, which checks roles; here are the conditions that hold whoever acts. What is approved
is a hash of the whole content; an approval holds for one revision and one hash. `approve_in` makes the outgoing mail
with its recipients and files, which the schema binds to the letter's case.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mailflow.codec import from_json, to_json
from mailflow.model import Address, Approval, Draft
from mailflow.store import audit, own_case
from mailflow.store.arrivals import BLOB
from mailflow.store.case_read import LETTER_ID
from mailflow.store.errors import Gone, OwnCaseViolation
from mailflow.store.hidden import HIDDEN_FILE, HIDDEN_LETTER, SUBJECT, mails_behind
from mailflow.store.known import DRAFT_MAIL, OUTGOING_PARTY, Knowing
from mailflow.store.letter_check import (
    CASE_BLOB,
    check_letter,
    check_part,
    check_recipients,
    contents,
    in_case,
    row_terms,
    terms_of,
)
from mailflow.store.letter_text import LetterText, StoredPart, letter_sha256, restored, stored
from mailflow.store.mails import CASE
from mailflow.store.moves import DRAFT, OUTGOING, D, DraftState, O, move_draft
from mailflow.store.overview import name_of
from mailflow.store.people import person_key, person_name
from mailflow.store.tables import table_of
from mailflow.store.tables_letters import ConsentRow, DraftApprovalRow, OutgoingPartRow

APPROVAL, CONSENT, OUTGOING_PART = table_of(DraftApprovalRow), table_of(ConsentRow), table_of(OutgoingPartRow)
_INSERT_DRAFT, _INSERT_DRAFT_MAIL = sa.insert(DRAFT).returning(DRAFT.c.id), sa.insert(DRAFT_MAIL)
POLICY = "policy"
_FEW = 500  # letters that are asked for by name; of more, all rows are read
NEEDED = {Approval.AUTO: 1, Approval.ONE: 1, Approval.TWO: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """A composed letter with all that is costly already made."""

    draft: Draft
    letter: LetterText
    content: str
    content_sha256: str
    checks: str
    config_hash: str
    candidates: frozenset[str]

    @classmethod
    def of(cls, draft: Draft, *, config_hash: str) -> NewDraft:
        """Raises OwnCaseViolation for a part whose bytes aren't what its hash says."""
        letter = stored(draft)
        return cls(
            draft=draft,
            letter=letter,
            content=to_json(letter),
            content_sha256=letter_sha256(letter, terms_of(draft)),
            checks=json.dumps(sorted({finding.check for finding in draft.findings})),
            config_hash=config_hash,
            candidates=frozenset(own_case.candidates(letter)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """One letter in a list. `state`: the draft's, then that of its outgoing mail (DESIGN §9)."""

    id: int
    case_id: int
    case_number: str
    organization: str | None
    mail_id: int | None
    in_reply_to: str | None
    template: str
    purpose: str
    approval: Approval
    consent_required: bool
    consent_given: bool
    approvals: tuple[str, ...]
    state: str
    reason: str | None
    revision: int
    review: bool
    to: tuple[Address, ...]
    subject: str
    content_sha256: str
    not_before: datetime | None
    valid_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """A letter as a person decides on it. `line.content_sha256` is what the approval must carry. `hidden`: the mails sent by mistake
    of which it speaks: who shows it hides its words too (`in_sight`)."""

    line: DraftLine
    draft: Draft
    acknowledges: tuple[int, ...]
    outgoing_id: int | None
    warnings: tuple[str, ...]
    hidden: tuple[int, ...] = ()


def in_sight(view: DraftView) -> DraftView:
    """A letter about mails that were sent by mistake as it may be shown: to whom, and what becomes of it, but none of its words."""
    if not view.hidden:
        return view
    parts = tuple(replace(one, filename=HIDDEN_FILE, content=b"") for one in view.draft.parts)
    draft = replace(
        view.draft, subject=HIDDEN_LETTER, text="", html=None, parts=parts, findings=(), items=(), warnings=()
    )
    return replace(view, draft=draft, warnings=())


class Drafts(Knowing):
    # --- saving -------------------------------------------------------------------------------------------------------

    def insert_draft(
        self,
        db: sa.Connection,
        new: NewDraft,
        *,
        case_id: int,
        mail_id: int | None,
        acknowledges: Iterable[int],
        foreign: Sequence[own_case.Foreign],
        now: datetime,
        events: Sequence[audit.Event] = (),
    ) -> int:
        """Save a letter inside the caller's transaction. One with `foreign` identifiers is saved for a person's eyes:
        it can't be approved as it is. `events` are audited along with it. Raises OwnCaseViolation for a recipient or
        a file that isn't the case's."""
        draft = new.draft
        check_recipients(db, case_id, new.letter)
        self._keep_parts(db, case_id, draft)
        content = new.content
        if foreign:
            content = to_json(stored(draft, warnings=tuple(one.words for one in foreign)))
        draft_id: int = db.execute(
            _INSERT_DRAFT,
            {
                "case_id": case_id, "mail_id": mail_id, "template": draft.template, "purpose": draft.purpose,
                "approval": draft.approval.value, "consent_required": draft.consent, "state": D.WAITING.value, "live": True,
                "revision": 1, "subject": new.letter.subject, "content": content, "content_sha256": new.content_sha256,
                "checks": new.checks, "review": draft.review or bool(foreign), "not_before": draft.not_before,
                "valid_until": draft.valid_until, "priority": draft.priority, "in_reply_to": new.letter.in_reply_to,
                "config_hash": new.config_hash, "created_at": now,
            },
        ).scalar_one()  # fmt: skip
        mails = [{"draft_id": draft_id, "mail_id": one} for one in dict.fromkeys(acknowledges)]
        if mails:
            db.execute(_INSERT_DRAFT_MAIL, mails)
        audit.record(
            db,
            *events,
            audit.Event(
                actor=POLICY, act="draft-composed", entity="draft", entity_id=draft_id, case_id=case_id,
                detail={"template": draft.template, "sha256": new.content_sha256, "foreign": len(foreign)},
            ),
        )  # fmt: skip
        return draft_id

    def _keep_parts(self, db: sa.Connection, case_id: int, draft: Draft) -> None:
        for part in draft.parts:
            kind, _, said = part.origin.partition(":")
            if kind == "derived":
                source = said if said != part.sha256 else None
                if source is not None and not in_case(db, case_id, source):
                    raise OwnCaseViolation(
                        f"添付ファイル「{part.filename}」の元のファイルは、この案件のものではありません"
                    )
                db.execute(
                    self.upsert(CASE_BLOB)
                    .values(
                        case_id=case_id, sha256=part.sha256, filename=part.filename, mail_id=None, source_sha256=source
                    )
                    .on_conflict_do_nothing()
                )
            check_part(db, case_id, part.filename, part.sha256, part.origin)
            db.execute(self.upsert(BLOB).values(sha256=part.sha256, content=part.content).on_conflict_do_nothing())

    # --- reading ------------------------------------------------------------------------------------------------------

    def drafts(
        self, *, states: Iterable[str] | None = None, case_id: int | None = None, ids: Collection[int] | None = None
    ) -> list[DraftLine]:
        """Letters, oldest first; `states` as in `DraftLine.state`. `ids`: of these only."""
        query = _lines()
        if ids is not None:
            query = query.where(DRAFT.c.id.in_(ids))
        if case_id is not None:
            query = query.where(DRAFT.c.case_id == case_id)
        wanted = None if states is None else set(states)
        with self.read() as db:
            rows = db.execute(query.order_by(DRAFT.c.id)).all()
            people, consents = _approvals(db, [row.id for row in rows])
        lines = [
            _line(row, people.get((row.id, row.revision), ()), (row.id, row.content_sha256) in consents) for row in rows
        ]
        return [line for line in lines if wanted is None or line.state in wanted]

    def draft(self, draft_id: int) -> DraftView | None:
        """One letter whole, with its files; None for an unknown id."""
        with self.read() as db:
            row = db.execute(_lines().where(DRAFT.c.id == draft_id)).one_or_none()
            if row is None:
                return None
            people, consents = _approvals(db, [draft_id])
            letter = from_json(LetterText, row.content)
            draft = restored(letter, row_terms(row), contents(db, letter.parts))
            mails = db.execute(
                sa.select(DRAFT_MAIL.c.mail_id).where(DRAFT_MAIL.c.draft_id == draft_id).order_by(DRAFT_MAIL.c.mail_id)
            )
            names = own_case.other_names(db, row.case_id, letter)
            return DraftView(
                line=_line(row, people.get((row.id, row.revision), ()), (row.id, row.content_sha256) in consents),
                draft=draft,
                acknowledges=tuple(mails.scalars()),
                outgoing_id=row.outgoing_id,
                warnings=(*letter.warnings, *(f"ほかの団体の名前「{name}」が書かれています" for name in names)),
                hidden=mails_behind(db, draft_id),
            )

    # --- acts, inside the caller's transaction -----------------------------------------------------------------------

    def approve_in(
        self, db: sa.Connection, draft_id: int, *, user: str, now: datetime, undo_until: datetime
    ) -> int | None:
        """One more yes to the letter as it stands. The outgoing mail's id once there are enough, else None.

        The caller has checked hash, role, consent and time. Raises Gone when the letter isn't waiting or this person
        has approved it already, OwnCaseViolation when it holds what isn't of its case.
        """
        waiting = sa.select(DRAFT).where(DRAFT.c.id == draft_id, DRAFT.c.state == D.WAITING.value)
        row = db.execute(waiting.with_for_update()).one_or_none()  # what is approved is what is read here
        if row is None:
            raise Gone("この手紙は、承認を待っている手紙ではありません")
        made = db.execute(
            self.upsert(APPROVAL)
            .values(
                draft_id=draft_id,
                revision=row.revision,
                user=person_name(user),
                user_key=person_key(user),
                content_sha256=row.content_sha256,
                at=now,
            )
            .on_conflict_do_nothing()
            .returning(APPROVAL.c.id)
        ).scalar()
        if made is None:
            raise Gone("すでに承認しています。もう1人は、別の人が承認してください")
        audit.record(
            db,
            audit.Event(
                actor=user, act="draft-yes", entity="draft", entity_id=draft_id, case_id=row.case_id,
                detail={"revision": row.revision, "sha256": row.content_sha256},
            ),
        )  # fmt: skip
        count = db.execute(
            sa.select(sa.func.count()).where(
                APPROVAL.c.draft_id == draft_id,
                APPROVAL.c.revision == row.revision,
                APPROVAL.c.content_sha256 == row.content_sha256,
            )
        ).scalar_one()
        if count < NEEDED[Approval(row.approval)]:
            return None
        letter = from_json(LetterText, row.content)
        check_letter(db, row, letter)
        move_draft(db, draft_id, D.WAITING, D.APPROVED, because="approved", actor=user)
        return self._insert_outgoing(db, row, letter, now=now, undo_until=undo_until)

    def _insert_outgoing(
        self, db: sa.Connection, row: Any, letter: LetterText, *, now: datetime, undo_until: datetime
    ) -> int:
        undone = db.execute(
            sa.select(OUTGOING.c.id).where(OUTGOING.c.draft_id == row.id, OUTGOING.c.state == O.DROPPED.value)
        ).scalar()
        if undone is not None:  # approved once, taken back before any server took it, approved again
            for table in (OUTGOING_PARTY, OUTGOING_PART, LETTER_ID):
                db.execute(sa.delete(table).where(table.c.outgoing_id == undone))
            db.execute(sa.delete(OUTGOING).where(OUTGOING.c.id == undone))
        outgoing_id: int = db.execute(
            sa.insert(OUTGOING).returning(OUTGOING.c.id),
            {
                "draft_id": row.id, "case_id": row.case_id, "content_sha256": row.content_sha256, "state": O.APPROVED.value,
                "attempts": 0, "file_attempts": 0, "undo_until": undo_until, "not_before": row.not_before, "valid_until": row.valid_until,
                "priority": row.priority, "approved_at": now,
            },
        ).scalar_one()  # fmt: skip
        people: dict[str, str] = {}
        for header, addresses in (("to", letter.to), ("cc", letter.cc)):
            for one in addresses:
                people.setdefault(one.key, header)
        db.execute(
            sa.insert(OUTGOING_PARTY),
            [
                {"outgoing_id": outgoing_id, "address": key, "case_id": row.case_id, "header": header}
                for key, header in people.items()
            ],
        )
        parts = [_part_row(outgoing_id, row.case_id, position, part) for position, part in enumerate(letter.parts)]
        if parts:
            db.execute(sa.insert(OUTGOING_PART), parts)
        return outgoing_id


def _part_row(outgoing_id: int, case_id: int, position: int, part: StoredPart) -> dict[str, Any]:
    origin = part.origin.partition(":")[0]
    public = origin == "public"
    return {
        "outgoing_id": outgoing_id, "position": position, "letter_case_id": case_id, "origin": origin,
        "case_id": None if public else case_id, "public_sha256": part.sha256 if public else None, "sha256": part.sha256,
        "filename": part.filename, "content_type": part.content_type,
    }  # fmt: skip


def _lines() -> Any:
    return sa.select(
        *(column for column in DRAFT.c if column.name != "subject"),
        SUBJECT,
        OUTGOING.c.id.label("outgoing_id"),
        OUTGOING.c.state.label("sending"),
        CASE.c.number,
        CASE.c.org_prefecture,
        CASE.c.org_name,
    ).select_from(DRAFT.join(CASE, CASE.c.id == DRAFT.c.case_id).outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id))


def _approvals(
    db: sa.Connection, ids: Sequence[int]
) -> tuple[dict[tuple[int, int], tuple[str, ...]], set[tuple[int, str]]]:
    people: dict[tuple[int, int], tuple[str, ...]] = {}
    few = len(ids) <= _FEW
    query = sa.select(APPROVAL).order_by(APPROVAL.c.id)
    for row in db.execute(query.where(APPROVAL.c.draft_id.in_(ids)) if few else query):
        key = (row.draft_id, row.revision)
        people[key] = (*people.get(key, ()), row.user)
    given = sa.select(CONSENT.c.draft_id, CONSENT.c.content_sha256)
    rows = db.execute(given.where(CONSENT.c.draft_id.in_(ids)) if few else given)
    return people, {(row.draft_id, row.content_sha256) for row in rows}


def _line(row: Any, people: tuple[str, ...], consent: bool) -> DraftLine:
    letter = from_json(LetterText, row.content)
    return DraftLine(
        id=row.id, case_id=row.case_id, case_number=row.number, organization=name_of(row), mail_id=row.mail_id,
        in_reply_to=row.in_reply_to, template=row.template, purpose=row.purpose, approval=Approval(row.approval),
        consent_required=row.consent_required, consent_given=consent, approvals=people,
        state=row.sending if row.state == DraftState.APPROVED and row.sending else row.state, reason=row.reason,
        revision=row.revision, review=row.review, to=letter.to, subject=row.subject, content_sha256=row.content_sha256,
        not_before=row.not_before, valid_until=row.valid_until, created_at=row.created_at,
    )  # fmt: skip
