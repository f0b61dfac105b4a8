"""What is known when a test's mail is judged: what its earlier mails left (`before`), and the facts written down (`known`).

The same rules as the store's (`store.known`), over a handful of mails in memory: who is a party, which versions there
are, what no letter has acknowledged yet. Pure; raises LetterError where a letter can't be rendered.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from mailflow import numbering, pipeline, recipients
from mailflow.intake.decide import purpose_of
from mailflow.model import (
    Address,
    Booking,
    CaseState,
    Current,
    EarlierMail,
    Kind,
    Known,
    KnownException,
    Letter,
    Method,
    Offer,
    Outcome,
    Severity,
    Slot,
    Taken,
    Version,
)
from mailflow.pipeline import Reading
from mailflow.settings.cases import BookedSlot, KnownFacts, TakenSeat, TestMail
from mailflow.settings.settings import Settings

CASE_ID = 1
THIS_MAIL = 10_000  # above any earlier one


@dataclass(frozen=True, slots=True)
class Judged:
    """An earlier mail of the case, and what became of it. `sent`: its letter has gone out."""

    mail_id: int
    reading: Reading
    outcome: Outcome
    received_at: datetime
    letter_id: str  # Message-ID of its letter
    sent: bool

    @property
    def brought_material(self) -> bool:
        understood = self.outcome.verdict.understood
        return understood.kind is Kind.CONSULTATION and bool(understood.forms)


@dataclass(slots=True)
class Case:
    """The case so far, in the order of arrival."""

    settings: Settings
    judged: list[Judged] = field(default_factory=list)

    def known_for(self, reading: Reading, received_at: datetime, answers: str | None = None) -> Known:
        """What is known for this mail. `answers`: the letter that it answers, by its template."""
        if not self.judged:
            return self._answering(Known.empty(), answers)
        keys = {one.outcome.verdict.case_key for one in self.judged}
        key = numbering.case_key(reading.understood.organization)
        sender = reading.mail.sender
        of_the_body = _tied(reading) and key in keys
        own = self._of_the_case(of_the_body, sender)
        party = sender is not None and sender.key in {one.key for one in own.parties()}
        if not (party or of_the_body):
            claim = key is not None and key in keys
            number = self.number(received_at) if claim else None
            return Known(case_id=CASE_ID if claim else None, case_number=number, party=not claim, claim=claim)
        return self._answering(
            Known(
                case_id=CASE_ID,
                case_number=self.number(received_at),
                case_state=own.state(),
                revision=len(self.judged),
                parties=tuple(own.parties()),
                untied=not of_the_body and key is not None and not any(_tied(one.reading) for one in own.judged),
                versions=own.versions(),
                letters=self._sent_or(own).letters(),
                unacknowledged=tuple(one.mail_id for one in own.judged if not one.sent),
                unanswered=tuple(
                    asked for one in own.judged if not one.sent for asked in one.outcome.verdict.questions
                ),
                material=any(one.brought_material for one in own.judged),
                earlier=tuple(_seen(one) for one in own.judged if not one.sent or one.reading.understood.part),
                current=own.current(),
                duplicate_of=own._twin(reading),
            ),
            answers,
        )

    def _of_the_case(self, of_the_body: bool, sender: Address | None) -> Case:
        """Without claims; and where the body itself has written, or does now, without what others sent who opened the case
        before it: a domain table ties nobody but the body (DESIGN §4, "Parties and joining")."""
        joined = [one for one in self.judged if not one.outcome.verdict.known.claim]
        tied = Case(self.settings, [one for one in joined if _tied(one.reading)])
        if not (tied.judged or of_the_body):
            return Case(self.settings, joined)
        parties = {one.key for one in tied.parties()} | ({sender.key} if of_the_body and sender else set())
        by = [(one, one.reading.mail.sender) for one in joined]
        return Case(self.settings, [one for one, who in by if who is not None and who.key in parties])

    def _sent_or(self, own: Case) -> Case:
        """`own`, and what else was answered of the case: a letter that has gone out stays one of it."""
        kept = [one for one in self.judged if one in own.judged or (one.sent and not one.outcome.verdict.known.claim)]
        return Case(self.settings, kept)

    def letter_id(self, template: str | None) -> str | None:
        """The Message-ID of the last letter of that name that was sent; None where there is none."""
        return next((one.letter_id for one in reversed(self.judged) if one.sent and _template(one) == template), None)

    def parties(self) -> list[Address]:
        found: dict[str, Address] = {}
        for one in self.judged:
            form = one.outcome.verdict.understood.form
            contact = form.text("contact_email") if form else ""
            senders = [one.reading.mail.sender, Address(name=None, address=contact) if contact else None]
            for address in senders:
                if address is not None:
                    found.setdefault(address.key, address)
        return list(found.values())

    def versions(self) -> tuple[Version, ...]:
        found: list[Version] = []
        for one in self.judged:
            verdict, form = one.outcome.verdict, one.outcome.verdict.understood.form
            if form is None or not recipients.is_version(verdict):
                continue
            found.append(
                Version(
                    number=len(found) + 1,
                    mail_id=one.mail_id,
                    received_at=one.received_at,
                    fingerprint=form.fingerprint,
                    filename=form.filename,
                    complete=verdict.complete,
                    counted=recipients.counts(verdict),
                    open_fix=tuple(sorted({finding.check for finding in verdict.open(Severity.FIX)})),
                    filled=sum(not value.empty for value in form.fields.values()),
                )
            )
        return tuple(found)

    def current(self) -> Current | None:
        counted = [one for one in self.versions() if one.counted]
        if not counted:
            return None
        judged = next(one for one in self.judged if one.mail_id == counted[-1].mail_id)
        verdict = judged.outcome.verdict
        if verdict.understood.form is None:
            return None
        return Current(
            number=counted[-1].number,
            mail_id=judged.mail_id,
            received_at=judged.received_at,
            form=verdict.understood.form,
            findings=verdict.findings,
        )

    def state(self) -> CaseState | None:
        versions = self.versions()
        if not versions:
            return None
        complete = any(one.complete and one.counted for one in versions)
        return CaseState.COMPLETE if complete else CaseState.INCOMPLETE

    def letters(self) -> tuple[Letter, ...]:
        """Those that went out, and of each purpose the newest that waits: it took the place of the others."""
        waiting = {draft.purpose: one.mail_id for one in self.judged if not one.sent for draft in one.outcome.drafts}
        found = []
        for one in self.judged:
            for draft in one.outcome.drafts:
                if not one.sent and waiting[draft.purpose] != one.mail_id:
                    continue
                found.append(
                    Letter(
                        draft_id=one.mail_id,
                        purpose=draft.purpose,
                        template=draft.template,
                        state="sent" if one.sent else "waiting",
                        message_ids=(one.letter_id,) if one.sent else (),
                        sent_at=one.received_at if one.sent else None,
                        findings=tuple(sorted({finding.check for finding in draft.findings})),
                        items=draft.items,
                        fix_by=draft.fix_by,
                        mail_id=one.mail_id,
                    )
                )
        return tuple(found)

    def number(self, at: datetime) -> str:
        key = next((one.outcome.verdict.case_key for one in self.judged if one.outcome.verdict.case_key), None)
        return numbering.case_number(self.settings.round_for(at).id, key or "mail:")

    def _twin(self, reading: Reading) -> int | None:
        form = reading.understood.form
        if form is None:
            return None
        return next(
            (one.mail_id for one in self.versions() if one.counted and one.fingerprint == form.fingerprint), None
        )

    def _answering(self, known: Known, template: str | None) -> Known:
        if template is None:
            return known
        own = next((one for one in reversed(known.letters) if one.template == template), None)
        letter = own or Letter(draft_id=CASE_ID, purpose=purpose_of(template), template=template, state="sent")
        letters = known.letters if own else (*known.letters, letter)
        return replace(
            known,
            case_id=known.case_id or CASE_ID,
            case_state=known.case_state or CaseState.INCOMPLETE,
            letters=letters,
            answers=letter,
        )


def _tied(reading: Reading) -> bool:
    return reading.understood.sender_class == "body" and not numbering.contradictory(reading.understood.naming)


def _template(one: Judged) -> str | None:
    return one.outcome.drafts[0].template if one.outcome.drafts else None


def _seen(one: Judged) -> EarlierMail:
    understood = one.outcome.verdict.understood
    return EarlierMail(
        mail_id=one.mail_id,
        received_at=one.received_at,
        files=one.outcome.verdict.files,
        part=understood.part,
        form=bool(understood.forms),
    )


def with_facts(known: Known, facts: KnownFacts, settings: Settings, received_at: datetime) -> Known:
    """With what the test says beside its earlier mails."""
    given = facts.model_fields_set
    if facts.state is not None:
        known = replace(known, case_id=known.case_id or CASE_ID, case_state=facts.state)
    if facts.bookings or facts.offer:
        known = replace(known, case_id=known.case_id or CASE_ID, case_state=known.case_state or CaseState.INCOMPLETE)
    if "party" in given and facts.party is not None:
        known = replace(known, party=facts.party)
    if "claim" in given and facts.claim is not None:
        known = replace(known, claim=facts.claim, party=known.party and not facts.claim)
    length = settings.consultation.pattern.length
    seats: tuple[TakenSeat | BookedSlot, ...] = (*facts.taken, *facts.bookings)
    host = settings.consultation.hosts[0].id if settings.consultation.hosts else ""
    return replace(
        known,
        before_start=facts.before_start,
        replies_today=facts.replies_today,
        passwords_tried=facts.passwords_tried,
        exceptions=tuple(
            KnownException(what=one.what, until=one.until, by="test", why=one.why, consent=None)
            for one in facts.exceptions
        ),
        bookings=tuple(
            Booking(
                id=number, start=one.start, end=one.start + length, host=one.host or host, method=one.method,
                state="confirmed", uid=f"test-{number}@tests.example",
            )
            for number, one in enumerate(facts.bookings, 1)
        ),
        taken=tuple(
            Taken(start=one.start, end=one.start + length, host=one.host or host)
            for one in seats
        ),
        offer=Offer(
            draft_id=CASE_ID,
            slots=tuple(
                Slot(start=start, end=start + length, host=host, method=Method.ONLINE) for start in facts.offer
            ),
            asked_at=received_at,
        )
        if facts.offer
        else None,
    )  # fmt: skip


def judge(  # noqa: PLR0917  (a mail, its bytes, when it came, when it is judged)
    case: Case,
    mail: TestMail,
    raw: bytes,
    received_at: datetime,
    now: datetime,
    facts: KnownFacts | None = None,
    *,
    imported: bool = False,
    junk: bool = False,
) -> tuple[Reading, Known, Outcome]:
    """One mail of the test through the pipeline, with what is known of its case."""
    reading = pipeline.take_in(raw, case.settings, received_at)
    known = case.known_for(reading, received_at, mail.answers)
    if facts is not None:
        known = with_facts(known, facts, case.settings, received_at)
    outcome = pipeline.conclude(reading, known, case.settings, received_at, now, imported=imported, junk=junk)
    return reading, known, outcome
