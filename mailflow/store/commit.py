"""Step (c) of DESIGN §1: what a mail gives, written in one short transaction or not at all.

`commit_outcome` first raises the case's revision where it is still the loaded one (or opens the case); a lost race is a
`Conflict`: load and judge again. Then the verdict, parties, versions, files and claims; a party's new letter takes the
place of the one of the same case and purpose that hasn't left. Everything costly (JSON, hashes) is made before the
transaction begins. Raises OwnCaseViolation for a letter to someone who is no party: nothing is written then, and the
mail should `fail`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.codec import clean_text
from mailflow.model import (
    Address,
    Approval,
    Mail,
    Organization,
    Outcome,
)
from mailflow.numbering import OF_MAIL
from mailflow.store import again, audit, own_case
from mailflow.store.addressing import NOBODY, addressed
from mailflow.store.arrivals import MAIL, Headers, MailState, header_values
from mailflow.store.case_read import ACCEPTED, CC, DISPLACED, PARTY, PROVISIONAL, VERSION, party_key
from mailflow.store.commit_rows import (
    Job,
    Parties,
    add_note,
    add_notes,
    may_open,
    parties_by,
    party_name,
    verdict_values,
    version_values,
)
from mailflow.store.consulting import settle_slot
from mailflow.store.drafts import POLICY, NewDraft
from mailflow.store.errors import Gone
from mailflow.store.following import follow
from mailflow.store.known import DRAFT_MAIL, LoadedKnown
from mailflow.store.mail_text import keep_text, searchable
from mailflow.store.mails import CASE, VERDICT, PendingMail
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.outbox import Outbox
from mailflow.store.own_case import IDENTIFIER
from mailflow.store.rejudge import done_again, void_former
from mailflow.store.reminders import NOT_REMINDED
from mailflow.store.tables import CaseBlobRow, ClaimRow, table_of

CASE_BLOB, CLAIM = table_of(CaseBlobRow), table_of(ClaimRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """`case_id`: where the mail is kept (None: no case). `drafts`: ids of its letters, in the outcome's order."""

    case_id: int | None
    drafts: tuple[int, ...]
    refused: tuple[own_case.Foreign, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written. `case`: it changed since it was loaded: load, judge, commit again. `apart`: the same, but
    load it with `apart=True`: it may not open the body's case. `taken`: the mail is judged already, or another
    worker's: let it go."""

    reason: str

    @property
    def again(self) -> bool:
        return self.reason != "taken"

    @property
    def apart(self) -> bool:
        return self.reason == "apart"


class _LostRaceError(Exception):
    """Rolls the transaction back."""


# Built once: making a statement costs as much as running it.
_RAISE_REVISION = (
    sa.update(CASE)
    .where(CASE.c.id == sa.bindparam("of"), CASE.c.revision == sa.bindparam("was"))
    .values(revision=CASE.c.revision + 1)
)
_TAKE = (
    sa.update(MAIL)
    .where(
        MAIL.c.id == sa.bindparam("of"), MAIL.c.state == MailState.NEW.value, MAIL.c.claimant == sa.bindparam("holder")
    )
    .values(
        state=sa.bindparam("new_state"),
        claimant=None,
        claimed_at=None,
        reason=None,
        **{name: sa.bindparam(f"new_{name}") for name in header_values(Headers())},
    )
)
REMINDING = ("remind", "appointment")  # a letter is added, the verdict stays
JUDGED_LATE = "このあとに届いたメールへの手紙がもうあるため、このメールへの手紙は作っていません。"
_LIVE_DRAFT = sa.select(DRAFT.c.id).where(
    DRAFT.c.case_id == sa.bindparam("of"), DRAFT.c.purpose == sa.bindparam("for"), DRAFT.c.live
)
_HELD = (
    sa.select(DRAFT_MAIL.c.mail_id)
    .join(DRAFT, DRAFT.c.id == DRAFT_MAIL.c.draft_id)
    .where(DRAFT.c.case_id == sa.bindparam("of"), DRAFT.c.live)
)
_OWN_MAIL = sa.select(DRAFT.c.mail_id).where(DRAFT.c.id == sa.bindparam("of")).scalar_subquery()
_ONLY_ITS_OWN = sa.delete(DRAFT_MAIL).where(
    DRAFT_MAIL.c.draft_id == sa.bindparam("of"), DRAFT_MAIL.c.mail_id != _OWN_MAIL
)
_LAST_NUMBER = sa.select(sa.func.max(VERSION.c.number)).where(VERSION.c.case_id == sa.bindparam("of"))
_CASE_OF_KEY = sa.select(CASE.c.id).where(
    CASE.c.round_id == sa.bindparam("round"), CASE.c.org_key == sa.bindparam("key")
)
_INSERT_VERDICT, _INSERT_VERSION = sa.insert(VERDICT), sa.insert(VERSION)


class Committing(Outbox):
    @cached_property
    def _insert_case(self) -> Any:
        return self.upsert(CASE).on_conflict_do_nothing(index_elements=["round_id", "org_key"]).returning(CASE.c.id)

    @cached_property
    def _insert_parties(self) -> Any:
        """An accepted party stays one; nobody falls back to reading along."""
        insert = self.upsert(PARTY)
        return insert.on_conflict_do_update(
            index_elements=["case_id", "address"],
            set_={"standing": insert.excluded.standing},
            where=sa.and_(PARTY.c.standing != ACCEPTED, insert.excluded.standing != CC),
        )

    @cached_property
    def _insert_files(self) -> Any:
        return self.upsert(CASE_BLOB).on_conflict_do_nothing()

    @cached_property
    def _insert_identifiers(self) -> Any:
        return self.upsert(IDENTIFIER).on_conflict_do_nothing()

    def commit_outcome(
        self,
        pending: PendingMail,
        mail: Mail,
        outcome: Outcome,
        loaded: LoadedKnown,
        *,
        claimant: str,
        now: datetime,
        cc_parties: Sequence[Address] = (),
        passwords: Sequence[str] = (),
        capacities: Mapping[str, int] | None = None,
    ) -> Committed | Conflict:
        """Write a judged mail. `cc_parties`: who may read along by rule (the bureau in charge). `now`: business time.
        `passwords`: that its text may tell for files that came before or come after. `capacities`: of the consultation's hosts.

        Mail before the go-live fence gets its verdict, never a letter.
        """
        verdict = outcome.verdict
        if not may_open(loaded, verdict.understood.kind):
            return Conflict("apart")
        version = version_values(pending, verdict)
        overtaken = loaded.overtaken and version is not None
        silent = loaded.known.before_start or pending.junk or overtaken or pending.again == "quiet"
        drafts = () if silent else outcome.drafts
        job = Job(
            pending=pending,
            mail=mail,
            outcome=outcome,
            loaded=loaded,
            claimant=claimant,
            now=now,
            cc_parties=cc_parties,
            passwords=tuple(passwords),
            verdict=verdict_values(pending, outcome, loaded, answerable=bool(drafts)),
            headers=header_values(
                Headers(message_id=mail.message_id, subject=mail.subject, sender=mail.sender, date=mail.date)
            ),
            version=version,
            drafts=[NewDraft.of(draft, config_hash=verdict.config_hash) for draft in drafts],
            text=searchable(mail, verdict),
            capacities=capacities or {},
        )
        try:
            with self.write() as db:
                return self._commit(db, job)
        except _LostRaceError as lost:
            return Conflict(str(lost))
        except Gone:  # a letter that this one takes the place of went to a server just now
            return Conflict("case")

    def _commit(self, db: sa.Connection, job: Job) -> Committed:
        loaded = job.loaded
        if loaded.case_id is not None and job.joins:
            self._raise_revision(db, loaded)
        self._take(db, job)
        if job.pending.again in REMINDING:
            return self._remind(db, job)
        if job.pending.again:
            again.forget(db, (job.pending.id,))
        elif job.version is not None and not again.reopen(
            db, loaded.judged_early, because="an earlier mail was judged later", actor=job.claimant
        ):
            raise _LostRaceError("case")
        case_id, letter_case, opened = self._cases(db, job)
        db.execute(_INSERT_VERDICT, job.verdict | {"case_id": case_id})
        keep_text(db, self, job.pending.id, job.text)
        if case_id is not None and loaded.known.claim:
            address = party_key(loaded.correspondent)
            db.execute(
                sa.insert(CLAIM),
                {"mail_id": job.pending.id, "case_id": case_id, "address": address, "at": job.pending.received_at},
            )
        if case_id is not None and job.joins:
            self._join(db, job, case_id)
        elif letter_case is not None:
            self._keep_apart(db, job, letter_case)
        add_notes(db, job, case_id)
        if loaded.overtaken and job.version is not None and case_id is not None:
            again.tell(db, job.pending.id, again.OVERTAKEN)
            add_note(db, job, case_id, again.OVERTAKEN)
        judged = audit.Event(
            actor=job.claimant, act="mail-judged", entity="mail", entity_id=job.pending.id, case_id=case_id,
            detail={"kind": job.verdict["kind"], "config": job.verdict["config_hash"], "claim": loaded.known.claim},
        )  # fmt: skip
        drafts, refused = self._add_drafts(db, job, letter_case, opened=opened, judged=judged)
        if not settle_slot(db, job, letter_case, drafts):
            raise _LostRaceError("case")
        if job.pending.again == "letters":
            void_former(db, job.pending.id, drafts, actor=POLICY)
        elif case_id is not None and job.joins and not opened and not job.repeats:
            _overtake(db, case_id, drafts, job)
        follow(db, job, case_id)
        return Committed(case_id=case_id, drafts=drafts, refused=refused)

    def _remind(self, db: sa.Connection, job: Job) -> Committed:
        """The one reminder of a letter that wasn't answered. The mail's verdict stays as it is."""
        done_again(db, job.pending.id)
        case_id = job.loaded.case_id
        event = audit.Event(
            actor=job.claimant, act="mail-reminded", entity="mail", entity_id=job.pending.id, case_id=case_id
        )
        drafts, refused = self._add_drafts(db, job, case_id if job.joins else None, opened=False, judged=event)
        if job.pending.again == "remind" and not drafts:
            add_note(db, job, case_id, NOT_REMINDED)
        return Committed(case_id=case_id, drafts=drafts, refused=refused)

    def _cases(self, db: sa.Connection, job: Job) -> tuple[int | None, int | None, bool]:
        """(where the mail is kept, where its letters belong, whether that one was opened just now)."""
        loaded = job.loaded
        case_id = loaded.case_id
        opened = case_id is None and loaded.case_key is not None and job.joins
        if opened and loaded.case_key is not None:
            case_id = self._open_case(db, job, loaded.case_key, loaded.number, job.body)
        if case_id is not None and job.joins:
            return case_id, case_id, opened
        if not job.drafts:
            return case_id, None, False
        letter_case = self._open_case(db, job, loaded.letter_key, loaded.letter_number, None)
        return (letter_case if case_id is None else case_id), letter_case, not job.pending.again

    def _join(self, db: sa.Connection, job: Job, case_id: int) -> None:
        """A party's mail: its version, who becomes a party by it, its files."""
        if job.loaded.displaced:
            self._displace(db, job, case_id)
        if job.version is not None:
            number = job.loaded.known.own_number or _next_number(db, case_id)
            db.execute(_INSERT_VERSION, job.version | {"case_id": case_id, "number": number})
        parties = parties_by(job)
        self._add_parties(db, job, case_id, parties)
        self._add_files(db, job, case_id, parties, number=job.loaded.number, body=job.body)
        if any(one.action == "withdraw" for one in job.outcome.actions):
            db.execute(sa.update(CASE).where(CASE.c.id == case_id).values(withdrawn_at=job.pending.received_at))

    def _keep_apart(self, db: sa.Connection, job: Job, letter_case: int) -> None:
        """Letters of a claim, a machine's mail, a mail of no body lie in a case of that mail alone."""
        loaded = job.loaded
        address = party_key(loaded.correspondent)
        parties: Parties = parties_by(job) if job.joins else {}
        if not parties and address is not None and loaded.correspondent is not None:
            parties[address] = (loaded.correspondent, loaded.role, PROVISIONAL)
        self._add_parties(db, job, letter_case, parties)
        self._add_files(db, job, letter_case, parties, number=loaded.letter_number, body=None)

    # --- the case -----------------------------------------------------------------------------------------------------

    def _raise_revision(self, db: sa.Connection, loaded: LoadedKnown) -> None:
        changed = db.execute(_RAISE_REVISION, {"of": loaded.case_id, "was": loaded.revision}).rowcount
        if not changed:
            raise _LostRaceError("case")

    def _take(self, db: sa.Connection, job: Job) -> None:
        state = MailState.JUNK if job.pending.junk else MailState.JUDGED
        held = {"of": job.pending.id, "holder": job.claimant, "new_state": state.value}
        changed = db.execute(_TAKE, held | {f"new_{name}": value for name, value in job.headers.items()}).rowcount
        if not changed:
            raise _LostRaceError("taken")

    def _open_case(self, db: sa.Connection, job: Job, key: str, number: str, org: Organization | None) -> int:
        values = {
            "round_id": job.loaded.round_id, "org_key": key, "number": number, "revision": 1, "opened_at": job.now,
            "org_code": org.code if org else None, "org_prefecture": org.prefecture if org else None,
            "org_name": clean_text(org.name) if org and org.name else None,
            "org_kind": org.kind.value if org and org.kind else None, "org_bureau": org.bureau if org else None,
        }  # fmt: skip
        made: int | None = db.execute(self._insert_case, values).scalar()
        if made is None and key.startswith(OF_MAIL):  # this very mail was judged before
            made = db.execute(_CASE_OF_KEY, {"round": values["round_id"], "key": key}).scalar()
        if made is None:
            raise _LostRaceError("case")
        return made

    def _displace(self, db: sa.Connection, job: Job, case_id: int) -> None:
        """Who opened the case without being tied to the body is a claim, now that the body has written."""
        mails, actor = list(job.loaded.displaced), job.claimant
        rows = db.execute(
            sa.update(VERDICT).where(VERDICT.c.mail_id.in_(mails)).values(claim=True, review=True)
            .returning(VERDICT.c.mail_id, VERDICT.c.correspondent, VERDICT.c.received_at)
        ).all()  # fmt: skip
        db.execute(
            sa.insert(CLAIM),
            [{"mail_id": r.mail_id, "case_id": case_id, "address": r.correspondent, "at": r.received_at} for r in rows],
        )
        db.execute(sa.delete(VERSION).where(VERSION.c.mail_id.in_(mails)))
        strangers = sorted({row.correspondent for row in rows})
        gone = [PARTY.c.case_id == case_id, PARTY.c.standing == PROVISIONAL]
        db.execute(sa.update(PARTY).where(*gone).values(standing=DISPLACED))
        db.execute(sa.delete(IDENTIFIER).where(IDENTIFIER.c.case_id == case_id, IDENTIFIER.c.value.in_(strangers)))
        for draft_id in (
            db.execute(sa.select(DRAFT.c.id).where(DRAFT.c.case_id == case_id, DRAFT.c.live)).scalars().all()
        ):
            pull_back(db, draft_id, D.STALE, because="the body itself has written", actor=actor)
        audit.record(
            db,
            *(
                audit.Event(actor=actor, act="mail-became-claim", entity="mail", entity_id=one, case_id=case_id)
                for one in mails
            ),
        )

    # --- what belongs to it -------------------------------------------------------------------------------------------

    def _add_parties(self, db: sa.Connection, job: Job, case_id: int, parties: Parties) -> None:
        rows = [
            {
                "case_id": case_id,
                "address": key,
                "name": party_name(one),
                "role": role,
                "standing": standing,
                "since": job.now,
            }
            for key, (one, role, standing) in parties.items()
        ]
        rows += [
            {
                "case_id": case_id,
                "address": key,
                "name": party_name(one),
                "role": "bureau",
                "standing": CC,
                "since": job.now,
            }
            for one in job.cc_parties
            if (key := party_key(one)) and key not in parties
        ]
        if rows:
            db.execute(self._insert_parties, rows)

    def _add_files(
        self, db: sa.Connection, job: Job, case_id: int, parties: Parties, *, number: str, body: Organization | None
    ) -> None:
        """The mail's files, and what would tell others whose case this is."""
        files = {one.sha256: one.filename for one in job.mail.attachments}
        if files:
            db.execute(
                self._insert_files,
                [
                    {
                        "case_id": case_id,
                        "sha256": digest,
                        "filename": clean_text(name)[:500] if name else None,
                        "mail_id": job.pending.id,
                        "source_sha256": None,
                    }
                    for digest, name in files.items()
                ],
            )
        form = job.outcome.verdict.understood.form if body is not None else None
        found = own_case.identifiers(
            number=number,
            organization=body,
            addresses=parties,
            phones=[form.text("contact_phone")] if form else [],
            filenames=[name for name in files.values() if name],
        )
        db.execute(
            self._insert_identifiers,
            [{"value": clean_text(one.value), "case_id": case_id, "kind": one.kind} for one in found],
        )

    # --- its letters --------------------------------------------------------------------------------------------------

    def _add_drafts(
        self, db: sa.Connection, job: Job, case_id: int | None, *, opened: bool, judged: audit.Event
    ) -> tuple[tuple[int, ...], tuple[own_case.Foreign, ...]]:
        """The letters; the audit row of the judging is written with that of the first."""
        if case_id is None or not job.drafts:
            audit.record(db, judged)
            return (), ()
        mail_id = job.pending.id
        made: list[int] = []
        events: tuple[audit.Event, ...] = (judged,)
        refused: list[own_case.Foreign] = []
        for composed in job.drafts:
            new = addressed(db, case_id, composed, job.loaded.correspondent)
            if new is None:
                add_note(db, job, case_id, NOBODY)
                continue
            acknowledges: tuple[int, ...] = (mail_id,)
            if made or not opened:  # a case just opened has no letter yet
                if (
                    not made
                    and job.joins
                    and job.pending.again not in REMINDING
                    and _answered_later(db, case_id, new.draft.purpose, job)
                ):
                    add_note(db, job, case_id, JUDGED_LATE)
                    continue
                self._supersede(
                    db, case_id, new.draft.purpose, because="judged again" if job.pending.again else "newer mail"
                )
                if job.joins:
                    acknowledges = _acknowledged(db, case_id, job)
            foreign = own_case.foreign(db, case_id, new.candidates)
            refused += foreign
            draft_id = self.insert_draft(
                db,
                new,
                case_id=case_id,
                mail_id=mail_id,
                acknowledges=acknowledges,
                foreign=foreign,
                now=job.now,
                events=events,
            )
            events = ()
            made.append(draft_id)
            if new.draft.approval is Approval.AUTO and not new.draft.review and not foreign and not new.draft.consent:
                self.approve_in(db, draft_id, user=POLICY, now=job.now, undo_until=sys_now())
        audit.record(db, *events)  # where no letter carried it
        return tuple(made), tuple(refused)

    def _supersede(self, db: sa.Connection, case_id: int, purpose: str, *, because: str) -> None:
        old = db.execute(_LIVE_DRAFT, {"of": case_id, "for": purpose}).scalars().all()
        for draft_id in old:
            if pull_back(db, draft_id, D.SUPERSEDED, because=because, actor=POLICY):
                db.execute(_ONLY_ITS_OWN, {"of": draft_id})


def _next_number(db: sa.Connection, case_id: int) -> int:
    """What letters call the new version. `replies.view` counts alike, on what was known under the same revision."""
    return int(db.execute(_LAST_NUMBER, {"of": case_id}).scalar() or 0) + 1


def _answered_later(db: sa.Connection, case_id: int, purpose: str, job: Job) -> bool:
    """Whether the case's live letter answers a mail that was received after this one, which was judged late (it had failed,
    or lay elsewhere). What counts is the order of arrival: an old mail's letter never takes a newer one's place."""
    newer = (
        sa.select(DRAFT.c.id)
        .join(MAIL, MAIL.c.id == DRAFT.c.mail_id)
        .where(
            DRAFT.c.case_id == case_id,
            DRAFT.c.purpose == purpose,
            DRAFT.c.live,
            MAIL.c.received_at > job.pending.received_at,
        )
        .limit(1)
    )
    return db.execute(newer).first() is not None


def _acknowledged(db: sa.Connection, case_id: int, job: Job) -> tuple[int, ...]:
    """What the new letter answers for: this mail, and earlier ones that no letter gone out or still alive does.

    What the superseded letter answered for moves over: however often a sender writes, rows grow with the mails."""
    waiting = job.loaded.known.unacknowledged
    held = set(db.execute(_HELD, {"of": case_id}).scalars()) if waiting else set()
    return (*(one for one in waiting if one not in held), job.pending.id)


def _overtake(db: sa.Connection, case_id: int, drafts: tuple[int, ...], job: Job) -> None:
    """The case's other letters were composed before this mail: a person looks at them first, none goes out in bulk.

    The password that a letter asks for may have come, the application that it acknowledges may be withdrawn.
    """
    overtaken = (
        db.execute(
            sa.update(DRAFT)
            .where(
                DRAFT.c.case_id == case_id, DRAFT.c.live, DRAFT.c.state == D.WAITING.value, DRAFT.c.review.is_(False),
                DRAFT.c.id.not_in(drafts),
            )
            .values(review=True, reason=f"この団体から別のメール（{job.pending.id}）も届いています")
            .returning(DRAFT.c.id)
        )
        .scalars()
        .all()
    )  # fmt: skip
    audit.record(
        db,
        *(
            audit.Event(
                actor=POLICY, act="draft-overtaken", entity="draft", entity_id=one, case_id=case_id,
                detail={"mail": job.pending.id},
            )
            for one in overtaken
        ),
    )  # fmt: skip
