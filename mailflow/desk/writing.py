"""Letters that people write themselves: an answer to a mail, or one text to several cases, one mail a case (DESIGN §5).

A letter of theirs is composed from its own case's view as any other, goes only to parties of that case, waits for approval like any
other, and is refused where it holds what is another case's. What a person wrote is never thrown away by a machine: a newer mail makes
the letter `review` or `stale`, and a person chooses. At most one such letter waits a case.

Mails are read by the caller, outside of any transaction (DESIGN §8.2); nothing is rendered inside one.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from mailflow import numbering, recipients
from mailflow.codec import clean_text, from_json
from mailflow.desk.holding import held
from mailflow.desk.refusal import Refused, RefusedError, act
from mailflow.intake.deadlines import WorkingDay, office_moment
from mailflow.model import Address, Draft, LetterPlan, Mail, Part, Verdict
from mailflow.replies.addressee import Addressee, called
from mailflow.replies.compose import compose
from mailflow.replies.occasions import WrittenView
from mailflow.replies.render import LetterError
from mailflow.replies.view import CaseView, case_view
from mailflow.settings.needed import COPY
from mailflow.settings.settings import Settings
from mailflow.store import Store, audit, own_case
from mailflow.store.addressing import addressed
from mailflow.store.answered import BY_PEOPLE
from mailflow.store.arrivals import MAIL
from mailflow.store.case_known import contacts_of
from mailflow.store.case_read import PARTY, PROVISIONAL, parties_of
from mailflow.store.drafts import NewDraft
from mailflow.store.hidden import hidden_now
from mailflow.store.mails import CASE, VERDICT
from mailflow.store.moves import DRAFT, D
from mailflow.store.own_case import IDENTIFIER
from mailflow.store.people import Role

TEMPLATE, PURPOSE = "letter", BY_PEOPLE
MOST_SUBJECT, MOST_TEXT = 200, 20_000  # characters
MOST_FILES, MOST_BYTES = 10, 10_000_000  # of the files of one letter
_MACHINES = ("machine", "internal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the person wrote, and by which template it becomes a letter. `to`: a party of the case; None: whom its letters go to.
    `files`: of templates/files and of the case itself, read by the caller."""

    subject: str
    text: str
    template: str = TEMPLATE
    to: str | None = None
    files: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A composed letter that is saved nowhere yet. `case_id` None: the mail has no case, `save` opens one for it alone.

    `foreign`: why it can't be sent as it is (other cases' identifiers), one sentence each."""

    mail_id: int
    case_id: int | None
    organization: str | None
    new: NewDraft
    foreign: tuple[str, ...]


def letter_templates(settings: Settings) -> tuple[str, ...]:
    """The templates that a person's words may go into: `letter`, and those that operators added as `letter-…`."""
    return tuple(sorted(one for one in settings.templates if one == TEMPLATE or one.startswith(f"{TEMPLATE}-")))


def newest_mails(store: Store, case_ids: Sequence[int]) -> dict[int, int]:
    """By case: the newest mail of a party, which a letter to the case answers. Cases without one are left out."""
    query = (
        sa.select(VERDICT.c.case_id, VERDICT.c.mail_id)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .where(
            VERDICT.c.case_id.in_(list(case_ids)), VERDICT.c.claim.is_(False), VERDICT.c.kind.not_in(_MACHINES),
            MAIL.c.raw_sha256.is_not(None),
        )
        .order_by(VERDICT.c.received_at, VERDICT.c.mail_id)
    )  # fmt: skip
    with store.read() as db:
        found = db.execute(query).all()
        out_of_sight = hidden_now(db, [row.mail_id for row in found])
    return {row.case_id: row.mail_id for row in found if row.mail_id not in out_of_sight}


def public_part(settings: Settings, path: str) -> Part | None:
    """A file of templates/files as a letter carries it; None where there is none."""
    content = settings.public_files.get(path)
    if content is None:
        return None
    name = path.rpartition("/")[2]
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    sha256 = hashlib.sha256(content).hexdigest()
    return Part(filename=name, content_type=kind, content=content, sha256=sha256, origin=f"public:{path}")


def compose_letter(
    store: Store,
    settings: Settings,
    mail_id: int,
    mail: Mail,
    written: Words,
    *,
    now: datetime,
    render: Callable[[CaseView, Settings], Draft] = compose,
) -> Letter | Refused:
    """The letter as it would be sent, for a look at it. `mail`: the mail it answers, read by the caller. `render`: who composes
    it, where the caller has a process with limits for that."""
    problem = problem_with(settings, written)
    if problem is not None:
        return problem
    with store.read() as db:
        if hidden_now(db, [mail_id]):  # its subject and files may not stand in a letter
            return Refused("誤って送られたため隠したメールには、手紙を書けません", "hidden")
        row = _judged(db, mail_id)
        if row is None:
            return Refused("まだ判定していないメールには、手紙を書けません", "unknown")
        verdict = from_json(Verdict, row.verdict)
        round_ = next((one for one in settings.rounds if one.id == verdict.round_id), None)
        if round_ is None:
            return Refused(f"公募の回 {verdict.round_id or ''} が、いまの設定にありません")
        case = row.home
        known = verdict.known
        number = db.execute(sa.select(CASE.c.number).where(CASE.c.id == case)).scalar() if case is not None else None
        if case is not None:
            contact, ended = contacts_of(db, case, now)
            known = replace(known, case_id=case, case_number=number, contact=contact, ended=ended)
        else:
            known = replace(known, case_number=numbering.case_number(round_.id, row.key, store.mark_secret))
    office = settings.file.office_hours
    leaves = office_moment(now, WorkingDay(office.opens, office.closes))
    plan = LetterPlan(
        template=written.template, purpose=PURPOSE, not_before=leaves if leaves > now else None, valid_until=None
    )
    view = case_view(mail, verdict, known, plan, settings)
    if written.to is not None:
        chosen = _party(store, case, written.to)
        if chosen is None:
            return Refused("その宛先は、この案件の関係者ではありません", "recipient")
        person = called(chosen.name or "", view.organization)
        view = replace(
            view, to=(chosen,), cc=(), addressee=Addressee(organization=view.addressee.organization, person=person)
        )
    said = WrittenView(subject=" ".join(written.subject.split()), text=clean_text(written.text).strip("\n"))
    try:
        draft = render(replace(view, parts=written.files, written=said), settings)
    except LetterError as error:
        return Refused(f"この手紙は作れません：{error}", "template")
    new = NewDraft.of(replace(draft, findings=(), items=(), fix_by=None), config_hash=settings.hash)
    if case is not None:
        with store.read() as db:
            found = addressed(db, case, new, recipients.correspondent(mail, verdict))
            if found is None:
                return Refused("送れる宛先がありません。先に、関係者を加えてください", "recipient")
            foreign = own_case.foreign(db, case, found.candidates)
    else:
        who = recipients.correspondent(mail, verdict)
        if who is None or not recipients.mailable(who.address):
            return Refused("差出人に、メールを送れません", "recipient")
        found = NewDraft.of(replace(new.draft, to=(who,), cc=()), config_hash=settings.hash)
        with store.read() as db:
            foreign = own_case.foreign(db, None, found.candidates - {who.key})
    return Letter(
        mail_id=mail_id, case_id=case, organization=view.organization.full_name, new=found,
        foreign=tuple(one.words for one in foreign),
    )  # fmt: skip


def _party(store: Store, case_id: int | None, address: str) -> Address | None:
    """The party of the case that letters may go to."""
    if case_id is None:
        return None
    key = Address(name=None, address=clean_text(address)).key
    with store.read() as db:
        parties = parties_of(db, case_id)
    if not parties.admits(key) or not recipients.mailable(key):
        return None
    return Address(name=parties.rows[key].name, address=key)


def write_letter(
    store: Store,
    settings: Settings,
    mail_id: int,
    mail: Mail,
    written: Words,
    *,
    user: str,
    now: datetime,
    render: Callable[[CaseView, Settings], Draft] = compose,
) -> int | Refused:
    """The letter as a draft that waits for approval: its id. What a letter to a mail of no case needs is opened with it."""
    letter = compose_letter(store, settings, mail_id, mail, written, now=now, render=render)
    if isinstance(letter, Refused):
        return letter
    if letter.foreign:
        return Refused("。".join(letter.foreign[:5]), "own-case")

    def do(db: sa.Connection) -> int:
        row = _judged(db, mail_id)
        if row is None:
            raise RefusedError("判定をやり直しているところです。少し待ってから、もう一度行ってください", "busy")
        if hidden_now(db, [mail_id]):
            raise RefusedError("誤って送られたため隠したメールには、手紙を書けません", "hidden")
        case_id = letter.case_id
        if row.home != case_id:
            raise RefusedError("このメールは、いま別の案件に移されました。もう一度、書いてください", "busy")
        if case_id is None:
            case_id = _own_case(db, store, row, letter.new.draft.to[0], now)
        else:
            held(db, case_id, None)
        waiting = sa.select(DRAFT.c.id).where(DRAFT.c.case_id == case_id, DRAFT.c.purpose == PURPOSE, DRAFT.c.live)
        if (other := db.execute(waiting).scalar()) is not None:
            raise RefusedError(f"この団体には、事務局の手紙がもう1通、承認を待っています（案 {other}）", "twice")
        foreign = own_case.foreign(db, case_id, letter.new.candidates)
        if foreign:
            raise RefusedError("。".join(one.words for one in foreign[:5]), "own-case")
        draft_id = store.insert_draft(
            db, letter.new, case_id=case_id, mail_id=mail_id, acknowledges=(), foreign=(), now=now
        )
        db.execute(sa.update(DRAFT).where(DRAFT.c.id == draft_id).values(edited_by=user, edited_at=now))
        event = audit.Event(
            actor=user, act="letter-written", entity="draft", entity_id=draft_id, case_id=case_id,
            detail={"template": written.template, "sha256": letter.new.content_sha256},
        )  # fmt: skip
        audit.record(db, event)
        return draft_id

    return act(store, user, Role.STAFF, do)


def waiting_letters(store: Store, case_ids: Sequence[int]) -> frozenset[int]:
    """Those of the cases in which such a letter waits or is about to leave."""
    query = sa.select(DRAFT.c.case_id).where(
        DRAFT.c.case_id.in_(list(case_ids)), DRAFT.c.purpose == PURPOSE, DRAFT.c.live, DRAFT.c.state != D.STALE.value
    )
    with store.read() as db:
        return frozenset(db.execute(query).scalars())


def problem_with(settings: Settings, written: Words) -> Refused | None:
    """What is wrong with the words by themselves, to whomever they go."""
    if written.template not in letter_templates(settings):
        gone = f"手紙のひな形 templates/{TEMPLATE}.j2 がありません。{COPY}"
        return Refused(gone if written.template == TEMPLATE else "その手紙の型はありません", "unknown")
    if not written.subject.strip() or not written.text.strip():
        return Refused("件名と本文を書いてください", "empty")
    if len(written.subject) > MOST_SUBJECT or len(written.text) > MOST_TEXT:
        return Refused(f"件名は{MOST_SUBJECT}文字、本文は{MOST_TEXT}文字までです", "long")
    if len(written.files) > MOST_FILES or sum(one.size for one in written.files) > MOST_BYTES:
        return Refused(f"添付は{MOST_FILES}個まで、合わせて{MOST_BYTES // 1_000_000} MBまでです", "long")
    return None


def _judged(db: sa.Connection, mail_id: int) -> _Judged | None:
    """The verdict of a mail whose judging is done, with the key of the case that it has for itself."""
    row = db.execute(
        sa.select(VERDICT.c.case_id, VERDICT.c.claim, VERDICT.c.verdict, MAIL.c.content_id, MAIL.c.state)
        .join(MAIL, MAIL.c.id == VERDICT.c.mail_id)
        .where(VERDICT.c.mail_id == mail_id)
    ).one_or_none()
    if row is None or row.state != "judged":
        return None
    return _Judged(None if row.claim else row.case_id, row.verdict, numbering.mail_key(row.content_id))


@dataclass(frozen=True, slots=True)
class _Judged:
    """`home`: the case whose party wrote the mail."""

    home: int | None
    verdict: str
    key: str


def _own_case(db: sa.Connection, store: Store, row: _Judged, who: Address, now: datetime) -> int:
    """The case of this mail alone, opened where it has none: a stranger's answer never lies in a body's case."""
    round_id = from_json(Verdict, row.verdict).round_id or ""
    number = numbering.case_number(round_id, row.key, store.mark_secret)
    values = {"round_id": round_id, "org_key": row.key, "number": number, "revision": 1, "opened_at": now}
    made = db.execute(
        store.upsert(CASE)
        .values(values)
        .on_conflict_do_nothing(index_elements=["round_id", "org_key"])
        .returning(CASE.c.id)
    ).scalar()
    case_id: int = (
        made
        or db.execute(sa.select(CASE.c.id).where(CASE.c.round_id == round_id, CASE.c.org_key == row.key)).scalar_one()
    )
    party = {
        "case_id": case_id, "address": who.key, "name": clean_text(who.name)[:300] if who.name else None, "role": "sender",
        "standing": PROVISIONAL, "since": now,
    }  # fmt: skip
    db.execute(store.upsert(PARTY).values(party).on_conflict_do_nothing())
    for one in own_case.identifiers(number=number, organization=None, addresses=[who.key], phones=[], filenames=[]):
        mark = {"value": one.value, "case_id": case_id, "kind": one.kind}
        db.execute(store.upsert(IDENTIFIER).values(mark).on_conflict_do_nothing())
    return case_id
