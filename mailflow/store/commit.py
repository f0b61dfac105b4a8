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

import sqlalchemy as sa

from mailflow.model import (
    Address,
    Mail,
    Outcome,
)
from mailflow.store import again, audit, own_case
from mailflow.store.arrivals import MAIL, Headers, MailState, header_values
from mailflow.store.case_read import PROVISIONAL, VERSION, party_key
from mailflow.store.commit_case import CLAIM, CommitCase, LostRaceError, next_number
from mailflow.store.commit_letters import REMINDING, overtake
from mailflow.store.commit_rows import (
    Job,
    Parties,
    add_note,
    add_notes,
    may_open,
    parties_by,
    verdict_values,
    version_values,
)
from mailflow.store.consulting import settle_slot
from mailflow.store.drafts import POLICY, NewDraft
from mailflow.store.errors import Gone
from mailflow.store.following import follow
from mailflow.store.known import LoadedKnown
from mailflow.store.mail_text import keep_text, searchable
from mailflow.store.mails import CASE, VERDICT, PendingMail
from mailflow.store.rejudge import done_again, void_former
from mailflow.store.reminders import NOT_REMINDED
from mailflow.store.waiting import stays_answered


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
_INSERT_VERDICT, _INSERT_VERSION = sa.insert(VERDICT), sa.insert(VERSION)


class Committing(CommitCase):
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
        except LostRaceError as lost:
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
        elif job.version is not None and not again.take_back(
            db, loaded.judged_early, because="an earlier mail was judged later", actor=job.claimant
        ):
            raise LostRaceError("case")
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
            raise LostRaceError("case")
        if job.pending.again == "quiet":
            stays_answered(db, job.pending.id)
        if job.pending.again == "letters":
            void_former(db, job.pending.id, drafts, actor=POLICY)
        elif case_id is not None and job.joins and not opened and not job.repeats:
            overtake(db, case_id, drafts, job)
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
            number = job.loaded.known.own_number or next_number(db, case_id)
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

    def _take(self, db: sa.Connection, job: Job) -> None:
        state = MailState.JUNK if job.pending.junk else MailState.JUDGED
        held = {"of": job.pending.id, "holder": job.claimant, "new_state": state.value}
        changed = db.execute(_TAKE, held | {f"new_{name}": value for name, value in job.headers.items()}).rowcount
        if not changed:
            raise LostRaceError("taken")

    # --- what belongs to it -------------------------------------------------------------------------------------------

    # --- its letters --------------------------------------------------------------------------------------------------
