"""What belongs to a case, written along with a mail's verdict: the case itself, its parties, its files and identifiers.

A case that changed since it was loaded is a LostRace, which rolls the transaction back.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.model import (
    Organization,
)
from mailflow.numbering import OF_MAIL
from mailflow.store import audit, own_case
from mailflow.store.case_read import ACCEPTED, CC, DISPLACED, PARTY, PROVISIONAL, VERSION, party_key
from mailflow.store.commit_letters import CommitLetters
from mailflow.store.commit_rows import (
    Job,
    Parties,
    party_name,
)
from mailflow.store.known import LoadedKnown
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, D, pull_back
from mailflow.store.own_case import IDENTIFIER
from mailflow.store.tables import CaseBlobRow, ClaimRow, table_of

CASE_BLOB, CLAIM = table_of(CaseBlobRow), table_of(ClaimRow)


class LostRaceError(Exception):
    """Rolls the transaction back."""


# Built once: making a statement costs as much as running it.
_RAISE_REVISION = (
    sa.update(CASE)
    .where(CASE.c.id == sa.bindparam("of"), CASE.c.revision == sa.bindparam("was"))
    .values(revision=CASE.c.revision + 1)
)


_LAST_NUMBER = sa.select(sa.func.max(VERSION.c.number)).where(VERSION.c.case_id == sa.bindparam("of"))


_CASE_OF_KEY = sa.select(CASE.c.id).where(
    CASE.c.round_id == sa.bindparam("round"), CASE.c.org_key == sa.bindparam("key")
)


class CommitCase(CommitLetters):
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
        """A file that the case has stays as it is, but where it came with a mail that is another case's or nobody's now, or a
        stranger's."""
        insert = self.upsert(CASE_BLOB)
        # Of the row that is there, which is no table of the question.
        there = {name: sa.literal_column(f"case_blob.{name}", sa.Integer) for name in ("mail_id", "case_id")}
        elsewhere = sa.select(VERDICT.c.mail_id).where(
            VERDICT.c.mail_id == there["mail_id"],
            VERDICT.c.claim | VERDICT.c.case_id.is_distinct_from(there["case_id"]),
        )
        return insert.on_conflict_do_update(
            index_elements=["case_id", "sha256"],
            set_={"mail_id": insert.excluded.mail_id, "filename": insert.excluded.filename},
            where=sa.exists(elsewhere),
        )

    @cached_property
    def _insert_identifiers(self) -> Any:
        return self.upsert(IDENTIFIER).on_conflict_do_nothing()

    def _raise_revision(self, db: sa.Connection, loaded: LoadedKnown) -> None:
        changed = db.execute(_RAISE_REVISION, {"of": loaded.case_id, "was": loaded.revision}).rowcount
        if not changed:
            raise LostRaceError("case")

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
            raise LostRaceError("case")
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


def next_number(db: sa.Connection, case_id: int) -> int:
    """What letters call the new version. `replies.view` counts alike, on what was known under the same revision."""
    return int(db.execute(_LAST_NUMBER, {"of": case_id}).scalar() or 0) + 1
