"""What a judged mail makes of mails that came before it: passwords told, questions answered, promises (inside its commit).

Only a mail whose sender's authentication did not fail tells a password; only a party's answers a question.
"""

from __future__ import annotations

import sqlalchemy as sa

from mailflow.codec import clean_text, to_json
from mailflow.model import Intent, Kind, LetterItem, Recorded, Verdict
from mailflow.recipients import is_version
from mailflow.store.again import PROMISE
from mailflow.store.bounces import record_returned
from mailflow.store.case_read import party_key
from mailflow.store.commit_rows import Job
from mailflow.store.drafts import POLICY
from mailflow.store.hidden import hide, meant
from mailflow.store.passwords import LOCKED, TOLD, openable
from mailflow.store.rejudge import reopen
from mailflow.store.tables import table_of
from mailflow.store.tables_case import RecordedRow

RECORDED = table_of(RecordedRow)
LONGEST_PASSWORD = 128
MISSENT = "誤送信の連絡が届いた"
_UNLOCK = sa.delete(LOCKED).where(LOCKED.c.mail_id == sa.bindparam("of"))


def follow(db: sa.Connection, job: Job, case_id: int | None) -> None:
    record_returned(db, job)
    _passwords(db, job, case_id)
    _missent(db, job)
    if case_id is not None and job.joins:
        _answers(db, job, case_id)
        promised = job.outcome.verdict.promised
        if promised is not None:
            db.execute(sa.insert(PROMISE), {"mail_id": job.pending.id, "case_id": case_id, "promised": promised})


def _passwords(db: sa.Connection, job: Job, case_id: int | None) -> None:
    """Keep what was told, and have the files that it may open read again."""
    mail_id, verdict = job.pending.id, job.outcome.verdict
    if _unproven(job) or verdict.understood.kind in (Kind.MACHINE, Kind.INTERNAL):
        return
    address = party_key(job.loaded.correspondent)
    own = case_id if job.joins else None
    if job.passwords and not job.pending.again:
        db.execute(
            sa.insert(TOLD),
            [
                {
                    "mail_id": mail_id, "for_mail_id": None, "case_id": own, "correspondent": address,
                    "password": clean_text(one)[:LONGEST_PASSWORD], "source": f"mail:{mail_id}", "by": POLICY,
                    "at": job.now,
                }
                for one in job.passwords
            ],
        )  # fmt: skip
    db.execute(_UNLOCK, {"of": mail_id})  # what an earlier judging said
    if any(one.problem == "locked" for one in verdict.files) and not verdict.understood.forms:
        row = {
            "mail_id": mail_id, "case_id": own, "correspondent": address, "received_at": job.pending.received_at,
            "tried": job.pending.passwords_upto,
        }  # fmt: skip
        db.execute(sa.insert(LOCKED), row)
    if address is not None:
        for one in openable(db, own, address):
            reopen(db, one, "letters", actor=POLICY, at=job.now)


def _unproven(job: Job) -> bool:
    """Nobody has proven who wrote: our server's word is against the sender, or the writer is whom a mail inside names."""
    return job.mail.sender_doubtful or job.outcome.verdict.understood.writer is not None


def _missent(db: sa.Connection, job: Job) -> None:
    """「先ほどのメールは誤送信です」: what its sender sent is hidden at once and its letters stop; a person does the rest."""
    verdict = job.outcome.verdict
    address = party_key(job.loaded.correspondent)
    if Intent.MISSENT not in verdict.understood.intents or address is None or job.pending.again:
        return
    if _unproven(job) or verdict.understood.kind in (Kind.MACHINE, Kind.INTERNAL):
        return
    mails = meant(db, address, job.mail.thread_ids, but=job.pending.id, at=job.pending.received_at)
    for one in mails:
        hide(db, one, why=MISSENT, by=POLICY, at=job.now, because=job.pending.id)


def _answers(db: sa.Connection, job: Job, case_id: int) -> None:
    """記入のとおり is told of the version that the question was about: the one in force, or the one that came with the answer.
    It holds for every later version that says the same there."""
    verdict = job.outcome.verdict
    current = verdict.known.current
    with_form = verdict.understood.form is not None
    if not verdict.answered or job.pending.again or (current is None and not with_form):
        return
    of_mail = job.pending.id if with_form or current is None else current.mail_id
    for item in verdict.answered:
        found = _said_now(item, verdict) if with_form else item.found
        told = Recorded(
            mail_id=of_mail, check=item.checks[0] if item.checks else None, fields=item.fields, found=found,
            source=f"mail:{job.pending.id}", by=POLICY, at=job.now,
        )  # fmt: skip
        row = {"case_id": case_id, "mail_id": of_mail, "content": to_json(told), "at": job.now}
        db.execute(sa.insert(RECORDED), row)
    if current is not None and not is_version(verdict):
        reopen(db, current.mail_id, "quiet", actor=POLICY, at=job.now)


def _said_now(item: LetterItem, verdict: Verdict) -> str | None:
    """What the form that came with the answer holds there; what the letter named, where nothing is to be asked of it."""
    about = [one for one in verdict.findings if one.check in item.checks and set(one.fields) == set(item.fields)]
    return about[0].found if len(about) == 1 else item.found
