"""The way of one mail, on one screen: start reading here (DESIGN §1).

    bytes ─ read ─▶ Mail ─ understand ─▶ Understood        (a) pure, no case needed: `take_in`
    the worker loads Known for it, with the case's revision (b)
    Understood ─ in_its_thread ─▶ its request read again, in the light of our offer and of the bookings
    Facts ─ classify ─▶ kind ─ judge ─▶ findings ─ decide ─▶ actions ─ compose ─▶ drafts     (c) pure: `conclude`

The same functions serve the worker, `try`, `replay` and the rule tests. Values in, values out: no I/O, no clock, no
database. Times are aware. Nothing a mail says makes them raise; a broken template is a `LetterError`, which the worker
records against that mail.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailflow.clock import tokyo
from mailflow.consultation.dialogue import next_step, reminder_step
from mailflow.consultation.in_thread import read_in_thread
from mailflow.consultation.invitation import FILENAME as CALENDAR_FILE
from mailflow.consultation.invitation import Invitation, booking_uid, invitation_file
from mailflow.consultation.reading.thread import NO_THREAD, Thread
from mailflow.consultation.situation import Situation, thread_of
from mailflow.consultation.webform import read_notice
from mailflow.forms.package import unpacked_size
from mailflow.forms.read import FormUnreadable, read_form
from mailflow.forms.recorded import with_recorded
from mailflow.intake.classify import classify
from mailflow.intake.decide import decide, letter_plan
from mailflow.intake.facts import Facts, facts_for
from mailflow.intake.intents import intents
from mailflow.intake.judge import judge, still_asked
from mailflow.intake.letter_times import ANSWERED
from mailflow.intake.passwords import told_passwords
from mailflow.intake.senders import known_sender
from mailflow.intake.talks import other_office
from mailflow.intake.understand import WEB_FORM, understand
from mailflow.mail import ReadContext, read_mail_and_id
from mailflow.model import (
    Address,
    Attachment,
    ConsultationStep,
    Draft,
    Finding,
    FormData,
    Known,
    Mail,
    Outcome,
    Part,
    Request,
    Understood,
    Verdict,
)
from mailflow.replies.compose import compose
from mailflow.replies.marking import XLSX, form_to_mark, numbered, with_marked_copy
from mailflow.replies.talk import consultation_view, invitation_texts
from mailflow.replies.view import CaseView, case_view
from mailflow.settings.rules import BY_REQUEST
from mailflow.settings.settings import Settings

WORKBOOKS = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml",
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
)
MAX_WORKBOOKS = 10  # of one mail: a prefecture that collects sends a few; each may cost half a second
MAX_UNPACKED = 60_000_000  # bytes of all workbooks of one mail
FORM_WORD = "様式"


@dataclass(frozen=True, slots=True)
class Reading:
    """One mail read and understood, before anything is known of its case: `conclude` reads what it wants of the consultation
    again once that is known (consultation/in_thread.py)."""

    mail: Mail
    content_id: str
    understood: Understood
    passwords: tuple[str, ...] = field(default=(), repr=False)  # that its text may tell


def take_in(raw: bytes, settings: Settings, received_at: datetime, passwords: tuple[str, ...] = ()) -> Reading:
    """(a) What the mail says. `passwords`: that were told for its locked files."""
    mail, content_id = opened(raw, settings, passwords)
    mail, forms = read_forms(mail, settings, received_at)
    request = _request(mail, settings, received_at)
    understood = understand(mail, forms, settings, received_at, request)
    return Reading(mail, content_id, understood, told_passwords(mail.subject, mail.new_text))


def opened(raw: bytes, settings: Settings, passwords: tuple[str, ...] = ()) -> tuple[Mail, str]:
    """The mail and its content id, locked files tried with the passwords given and with those that its own text tells."""
    context = read_context(settings)
    mail, content_id = read_mail_and_id(raw, context=replace(context, passwords=passwords))
    told = told_passwords(mail.subject, mail.new_text)
    if set(told) - set(passwords) and any(one.problem == "locked" for one in mail.attachments):
        return read_mail_and_id(raw, context=replace(context, passwords=(*told, *passwords)))
    return mail, content_id


def _request(mail: Mail, settings: Settings, received_at: datetime, thread: Thread = NO_THREAD) -> Request | None:
    """What the mail wants of the consultation: in an officer's words, a calendar program's, or those of the call's web form."""
    consultation, round_ = settings.consultation, settings.round_for(received_at)
    party = known_sender(mail, settings)
    if party is not None and party.kind == WEB_FORM:
        layout = next((one.labels for one in settings.parties.parties if one.id == party.id), {})
        return read_notice(mail.new_text, layout, received_at=received_at, consultation=consultation, round_=round_)
    asked = intents(mail.subject, mail.new_text)
    if other_office(mail.subject or "", mail.new_text) and not mail.calendar:
        return None
    words = mail.subject, mail.new_text, mail.text or "", asked, mail.calendar
    return read_in_thread(*words, received_at=received_at, consultation=consultation, round_=round_, thread=thread)


def in_its_thread(reading: Reading, known: Known, settings: Settings, received_at: datetime) -> Understood:
    """What the mail says once it is known what the body was offered and what it has."""
    thread = thread_of(known, received_at)
    if thread == NO_THREAD or (reading.understood.request is not None and reading.understood.request.form):
        return reading.understood
    return replace(reading.understood, request=_request(reading.mail, settings, received_at, thread))


def conclude(
    reading: Reading,
    known: Known,
    settings: Settings,
    received_at: datetime,
    now: datetime,
    *,
    imported: bool = False,
    junk: bool = False,
) -> Outcome:
    """(c) What we make of it, given what is known of its case. `imported`: taken in by hand; `junk`: out of such a folder."""
    mail = reading.mail
    understood = with_told(in_its_thread(reading, known, settings, received_at), known, settings)
    if known.corrected is not None:
        understood = known.corrected.applied(understood)
    facts = facts_for(mail, understood, known, settings, received_at, now, imported=imported, junk=junk)
    facts = facts.classified(classify(facts))
    facts = facts.stepped(step(facts, reading.content_id))
    verdict = judge(facts, content_id=reading.content_id)
    return Outcome(verdict=verdict, actions=decide(facts, verdict), drafts=drafts(facts, verdict))


def step(facts: Facts, content_id: str = "") -> ConsultationStep | None:
    """What to do about a request for a consultation; None where the rule leaves such mail to people."""
    if facts.known.again == "appointment":
        return reminder_step(facts.known, facts.now)
    rule, request = facts.settings.rules.rule(facts.understood.rule), facts.understood.request
    if rule is None or rule.then.reply != BY_REQUEST or request is None:
        return None
    settings = facts.settings
    uid = booking_uid(content_id, settings.programme.address)
    return next_step(
        Situation(
            request,
            facts.known,
            settings.consultation,
            facts.round,
            facts.received_at,
            facts.now,
            uid,
            unproven=request.form and _unproven(facts),
        )
    )


def _unproven(facts: Facts) -> bool:
    """Nobody of ours found the sender to be who it claims to be. A person's import is no mail; where no server of ours looks at
    senders, a notice is taken as any other mail is, unless the office wants a person to look first (`unproven_form: offer`)."""
    if facts.imported or facts.known.entered or facts.mail.authentication.passed:
        return False
    looked_at = facts.settings.file.mailbox.authserv_id is not None
    return looked_at or facts.settings.consultation.unproven_form == "offer"


def drafts(facts: Facts, verdict: Verdict) -> tuple[Draft, ...]:
    """The letter that answers this mail, if any."""
    plan = letter_plan(facts, verdict)
    if plan is None:
        return ()
    speaks_of, version = verdict, None
    if facts.adds_to_current and facts.known.current is not None:  # papers that came apart from their form
        current = facts.known.current
        seen = replace(verdict.understood, form=current.form, forms=(current.form,))
        speaks_of, version = replace(verdict, understood=seen, findings=current.findings), current.number
    if plan.template == ANSWERED and facts.known.current is not None:  # what the version in force is still asked for
        current = facts.known.current
        speaks_of = replace(verdict, findings=still_asked(facts, current.findings))
        version = current.number
    view = case_view(
        facts.mail, speaks_of, facts.known, plan, facts.settings, version=version, missing_parts=facts.missing_parts
    )
    if verdict.step is not None:
        view = invited(view, verdict, facts.settings)
    return (compose(_marked(view, verdict), facts.settings),)


def invited(view: CaseView, verdict: Verdict, settings: Settings) -> CaseView:
    """With what the consultation's letter says, and its entry for the calendar."""
    step = verdict.step
    if step is None:
        return view
    talk = consultation_view(step, verdict, view.number, settings)
    view = replace(view, consultation=talk)
    moved = step.booking
    cancelled = step.step == "cancel" and moved is not None
    if not (talk.calendar or cancelled) or not view.to:
        return view
    what = step.slot if step.slot is not None else moved
    if what is None:
        return view
    content = invitation_file(
        Invitation(
            method="CANCEL" if cancelled else "REQUEST",
            uid=moved.uid if moved else step.uid or "",
            sequence=moved.sequence + 1 if moved else 0,
            start=what.start,
            end=what.end,
            stamped_at=verdict.judged_at,
            **invitation_texts(view, talk, settings),
            organizer=Address(name=settings.programme.office, address=settings.programme.address),
            attendee=view.to[0],
        )
    )
    digest = hashlib.sha256(content).hexdigest()
    part = Part(
        filename=CALENDAR_FILE, content_type="text/calendar", content=content, sha256=digest, origin=f"derived:{digest}",
    )  # fmt: skip
    return replace(view, parts=(*view.parts, part))


def _marked(view: CaseView, verdict: Verdict) -> CaseView:
    """With the applicant's own form, marked, where the letter may carry it and marking loses nothing of the file."""
    source, form = form_to_mark(view, verdict), verdict.understood.form
    if source is None or form is None:
        return view
    from mailflow.forms.annotate import annotate  # openpyxl's writer, for this letter alone

    copy = annotate(source.content, form, *numbered(view))
    return with_marked_copy(view, source, copy.content) if copy.content is not None else view


def form_findings(content: bytes, filename: str, settings: Settings, at: datetime) -> tuple[Finding, ...]:
    """What the checks find in the fields of one form, were it to come in a mail of its own at `at`."""
    digest = hashlib.sha256(content).hexdigest()
    one = Attachment(filename=filename, content_type=XLSX, content=content, sha256=digest)
    mail, forms = read_forms(Mail(sender=None, subject=settings.programme.subject, attachments=(one,)), settings, at)
    understood = understand(mail, forms, settings, at, None)
    facts = facts_for(mail, understood, Known.empty(), settings, at, at)
    facts = facts.classified(classify(facts))
    return tuple(one for one in judge(facts, content_id=digest).findings if one.fields)


def with_told(understood: Understood, known: Known, settings: Settings) -> Understood:
    """With the values that people told of this very version beside its form."""
    told = [one for one in known.recorded if one.field is not None]
    form = understood.form
    spec = next((one for one in settings.form.forms if form is not None and one.id == form.edition), None)
    if not told or form is None or spec is None:
        return understood
    mended = with_recorded(form, spec, told)
    forms = tuple(mended if one is form else one for one in understood.forms)
    return replace(understood, form=mended, forms=forms)


def read_forms(mail: Mail, settings: Settings, received_at: datetime) -> tuple[Mail, tuple[FormData, ...]]:
    """Every form among the attachments, in their order; what looked like a workbook and can't be read is marked so."""
    specs = settings.form.readable_at(tokyo(received_at).date())
    attachments: list[Attachment] = []
    forms: list[FormData] = []
    worth_opening = _within_budget(mail.attachments)
    problems: dict[str, str | None] = {}  # by sha256: a second copy in another place is as broken as the first
    for one in mail.attachments:
        if _is_workbook(one) and one.sha256 not in problems:
            problems[one.sha256] = None if one.sha256 in worth_opening else "too-many"
            if problems[one.sha256] is None:
                try:
                    form = read_form(one.content, specs, filename=one.filename)
                except FormUnreadable as error:
                    problems[one.sha256] = error.reason
                else:
                    if form is not None:
                        forms.append(replace(form, filename=one.filename, sha256=one.sha256))
        problem = one.problem or problems.get(one.sha256)
        attachments.append(replace(one, problem=problem) if problem != one.problem else one)
    return replace(mail, attachments=tuple(attachments)), tuple(forms)


def _within_budget(attachments: tuple[Attachment, ...]) -> frozenset[str]:
    """Which workbooks one mail may have opened: ten, of 60 MB unpacked together. Those called 様式 come first, then small ones:
    what is too large to be a form must not keep the form from being read."""
    books = {one.sha256: (FORM_WORD not in (one.filename or ""), one) for one in attachments if _is_workbook(one)}
    if len(books) == 1:  # one alone has its own limits
        return frozenset(books)
    order = sorted((other, unpacked_size(one.content), number) for number, (other, one) in enumerate(books.values()))
    names, opened, left = list(books), set[str](), MAX_UNPACKED
    for _, size, number in order[:MAX_WORKBOOKS]:
        if size <= left or not opened:
            opened.add(names[number])
            left -= size
    return frozenset(opened)


def _is_workbook(attachment: Attachment) -> bool:
    return attachment.problem is None and attachment.content_type.startswith(WORKBOOKS)


def read_context(settings: Settings) -> ReadContext:
    """What reading a mail needs of the configuration: our own marks, whose authentication results we believe."""
    mailbox = settings.file.mailbox
    address = settings.programme.address.casefold()
    return ReadContext(
        own_ids=frozenset({f".mailflow@{address.rpartition('@')[2]}"}),
        own_addresses=frozenset({address}),
        authserv_id=mailbox.authserv_id,
        boundary_hosts=mailbox.boundary_hosts,
    )
