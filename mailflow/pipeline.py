"""The way of one mail, on one screen: start reading here (DESIGN §1).

    bytes ─ read ─▶ Mail ─ understand ─▶ Understood        (a) pure, no case needed: `take_in`
    the worker loads Known for it, with the case's revision (b)
    Facts ─ classify ─▶ kind ─ judge ─▶ findings ─ decide ─▶ actions ─ compose ─▶ drafts     (c) pure: `conclude`

The same functions serve the worker, `try`, `replay` and the rule tests. Values in, values out: no I/O, no clock, no
database. Times are aware. Nothing a mail says makes them raise; a broken template is a `LetterError`, which the worker
records against that mail.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from mailflow.clock import tokyo
from mailflow.consultation.intent import read_intent
from mailflow.forms.package import unpacked_size
from mailflow.forms.read import FormUnreadable, read_form
from mailflow.intake.classify import classify
from mailflow.intake.decide import decide, letter_plan
from mailflow.intake.facts import Facts, facts_for
from mailflow.intake.intents import intents
from mailflow.intake.judge import judge
from mailflow.intake.understand import understand
from mailflow.mail import ReadContext, read_mail_and_id
from mailflow.model import Attachment, Draft, FormData, Known, Mail, Outcome, Understood, Verdict
from mailflow.replies.compose import compose
from mailflow.replies.view import case_view
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
    """One mail read and understood, before anything is known of its case."""

    mail: Mail
    content_id: str
    understood: Understood


def take_in(raw: bytes, settings: Settings, received_at: datetime) -> Reading:
    """(a) What the mail says."""
    mail, content_id = read_mail_and_id(raw, context=read_context(settings))
    mail, forms = read_forms(mail, settings, received_at)
    asked = intents(mail.subject, mail.new_text)
    request = read_intent(mail.subject, mail.new_text, asked, mail.calendar)
    return Reading(mail, content_id, understand(mail, forms, settings, received_at, request))


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
    mail, understood = reading.mail, reading.understood
    facts = facts_for(mail, understood, known, settings, received_at, now, imported=imported, junk=junk)
    facts = facts.classified(classify(facts))
    verdict = judge(facts, content_id=reading.content_id)
    return Outcome(verdict=verdict, actions=decide(facts, verdict), drafts=drafts(facts, verdict))


def drafts(facts: Facts, verdict: Verdict) -> tuple[Draft, ...]:
    """The letter that answers this mail, if any."""
    plan = letter_plan(facts, verdict)
    if plan is None:
        return ()
    view = case_view(facts.mail, verdict, facts.known, plan, facts.settings)
    return (compose(view, facts.settings),)


def read_forms(mail: Mail, settings: Settings, received_at: datetime) -> tuple[Mail, tuple[FormData, ...]]:
    """Every form among the attachments, in their order; what looked like a workbook and can't be read is marked so."""
    specs = settings.form.specs_at(tokyo(received_at).date()) or settings.form.forms
    attachments: list[Attachment] = []
    forms: list[FormData] = []
    worth_opening, seen = _within_budget(mail.attachments), set[str]()
    for one in mail.attachments:
        kept = one
        if _is_workbook(one) and one.sha256 not in seen:
            seen.add(one.sha256)
            if one.sha256 not in worth_opening:
                attachments.append(dataclasses.replace(one, problem="too-many"))
                continue
            try:
                form = read_form(one.content, specs, filename=one.filename)
            except FormUnreadable as error:
                kept = dataclasses.replace(one, problem=error.reason)
            else:
                if form is not None:
                    forms.append(dataclasses.replace(form, filename=one.filename, sha256=one.sha256))
        attachments.append(kept)
    return dataclasses.replace(mail, attachments=tuple(attachments)), tuple(forms)


def _within_budget(attachments: tuple[Attachment, ...]) -> frozenset[str]:
    """Which workbooks one mail may have opened: ten, of 60 MB unpacked together. Those called 様式 come first, then small ones:
    what is too large to be a form must not keep the form from being read."""
    books = {one.sha256: (FORM_WORD not in (one.filename or ""), one) for one in attachments if _is_workbook(one)}
    order = sorted((other, unpacked_size(one.content), number) for number, (other, one) in enumerate(books.values()))
    names, opened, left = list(books), set[str](), MAX_UNPACKED
    for _, size, number in order[:MAX_WORKBOOKS]:
        if size <= left or not opened:  # one alone has its own limits
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
