"""CaseView: the one object a letter is composed from (DESIGN §5 "own-case lock").

`case_view` is the only function that makes one, from one mail's verdict and what is known of its own case. Builders
and templates are given nothing else, so that nothing of another case is within reach. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from mailflow import recipients
from mailflow.clock import tokyo
from mailflow.model import (
    ANSWERING,
    UNWRITTEN,
    Address,
    CaseState,
    Finding,
    FormData,
    Intent,
    Kind,
    Known,
    LetterItem,
    LetterPlan,
    Mail,
    Organization,
    Part,
    Question,
    Severity,
    Verdict,
)
from mailflow.numbering import case_number
from mailflow.replies.addressee import Addressee, addressee
from mailflow.replies.bureau import bureau_copy
from mailflow.replies.files import MAX_FILES, EarlierView, FileView, earlier_mails, files_of
from mailflow.replies.items import Item, Points, Progress
from mailflow.replies.occasions import (
    ConsultationView,
    FormNotice,
    HearingView,
    QuestionView,
    RecordView,
    ResultView,
    TownView,
    WrittenView,
)
from mailflow.replies.progress import letter_in_hand, numbered_points
from mailflow.replies.quoting import one_line, said
from mailflow.replies.records import records, tells, towns
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What one letter may speak of. `version` is the one that this mail brought, else the case's last, 0 where there is none, or
    nobody has said yet which of its forms it is.

    `counts`: that version is the one in force, else `previous` is. `in_time`: it came within the round, as far as nobody
    has to decide that first. `form_asked`: the letter asks for the form itself, not for a cell of it. `part`: (2, 3) of a
    mail that was split. `asked_at`: when our last fix request left. `records`: what is on record, for those who may hear
    of it (`tells`). The rest are occasions of their own (`occasions`), None or empty in all other letters.
    """

    number: str
    version: int
    previous: int | None
    previous_at: datetime | None
    organization: Organization
    addressee: Addressee
    round: Round
    mail: Mail = field(repr=False)
    received_at: datetime
    plan: LetterPlan
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    files: tuple[FileView, ...]
    course: str | None
    form_read: bool
    fixes: tuple[Item, ...]
    confirms: tuple[Item, ...]
    refusals: tuple[Item, ...]
    findings: tuple[Finding, ...]
    parts: tuple[Part, ...] = ()
    marked_copy: bool = False  # one of `parts` is the applicant's own form with marks (replies/marking.py)
    warnings: tuple[str, ...] = ()
    more_files: int = 0
    counts: bool = True
    withdrawn: bool = False
    in_time: bool = True
    form_asked: bool = False
    progress: Progress | None = None
    part: tuple[int, int] | None = None
    asked_at: datetime | None = None
    tells: bool = False
    records: tuple[RecordView, ...] = ()
    towns: tuple[TownView, ...] = ()
    consultation: ConsultationView | None = None
    hearing: HearingView | None = None
    result: ResultView | None = None
    notice: FormNotice | None = None
    written: WrittenView | None = None
    items: tuple[LetterItem, ...] = ()  # its numbered points, as its reader will quote them
    confirmed: tuple[int, ...] = ()  # points of the letter in hand that this mail answers by 記入のとおり
    earlier: tuple[EarlierView, ...] = ()
    missing_parts: tuple[int, ...] = ()
    password_wrong: bool = False
    questions: tuple[QuestionView, ...] = ()  # those of the mail, where the letter answers one of them
    # What the mail says beside what the letter is about, which that leaves to another letter, or to a person:
    asks: bool = False  # a question
    tells_contact: bool = False  # another contact
    wishes_talk: bool = False  # 事前相談会
    replaces: bool = False  # it says so: 差し替え, 再送
    for_town: bool = False  # a prefecture sent the application of one of its towns
    sent_from: str | None = None  # somebody sent it by order of the body, which the letter goes to: from which address

    @property
    def after_close(self) -> bool:
        """The letter leaves when the round is over: what it asks for is due by the grace, or by nothing."""
        due = self.plan.valid_until
        return self.plan.near_close and (due is None or due > self.round.closes)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _recipients(
    mail: Mail, verdict: Verdict, known: Known
) -> tuple[tuple[Address, ...], tuple[Address, ...], list[str]]:
    """To = From of the mail answered, or its Reply-To; the case's new contact where a person said that this one has left; the form's
    contact where somebody sent it for the body. Cc = the form's contact where it is another address of the same
    domain, or of the body for which its prefecture sent. All of them are, or become, parties of this very case (`mailflow.recipients`)."""
    wanted = recipients.reply_to(mail, verdict)
    warnings = [wanted.warning] if wanted.warning else []
    writer = recipients.correspondent(mail, verdict)
    to = wanted.addresses or ((writer,) if writer else ())
    if known.contact is not None and to and all(one.key in known.ended for one in to):
        return (known.contact,), (), warnings
    one = recipients.contact(verdict)
    if one is None or not to or one.key in {each.key for each in to}:
        return to, (), warnings
    named = Address(name=one_line(one.name or "", 60) or None, address=one.address)
    if recipients.in_place_of(mail, verdict) is not None:
        return (named,), (), []  # what is warned of is where it would have gone
    for_town = recipients.sent_by_prefecture(verdict) is not None and verdict.understood.contact_class == "body"
    return to, (named,) if for_town or one.domain == to[0].domain else (), warnings


def _course(form: FormData | None, settings: Settings) -> str | None:
    """「B（ソリューション実装計画の策定支援）」: the choice with what form.yaml calls it."""
    value = form.value("course") if form else None
    if form is None or not isinstance(value, str):
        return None
    for spec in settings.form.forms:
        if spec.id == form.edition and "course" in spec.fields:
            label = next((c.label for c in spec.fields["course"].choices if c.value == value), None)
            return f"{value}（{label}）" if label and label != value else said(value, 60)
    return said(value, 60)


def case_view(
    mail: Mail,
    verdict: Verdict,
    known: Known,
    plan: LetterPlan,
    settings: Settings,
    *,
    version: int | None = None,
    missing_parts: tuple[int, ...] = (),
) -> CaseView:
    """Everything a letter about this mail may say, and nothing else. The round must be configured.

    `version`: the one it speaks of, where this mail brings none itself. Points that the letter in hand asked for keep
    their numbers.
    """
    understood = verdict.understood
    round_ = next(r for r in settings.rounds if r.id == verdict.round_id).of(understood.organization)
    sections = {
        field.key: section.title
        for spec in settings.form.forms
        for section in spec.sections
        for field in section.fields
    }
    apart = plan.purpose.startswith(recipients.BESIDE)  # what the case's other letters say is for somebody else
    asked = None if apart else letter_in_hand(known.letters)
    points = Points(sections, asked.items if asked else (), _sheets(understood.form))
    open_fixes = verdict.open(Severity.FIX)
    fixes = points.of(open_fixes)
    confirms = points.of(verdict.open(Severity.CONFIRM))
    to, cc, warnings = _recipients(mail, verdict, known)
    bureau = bureau_copy(verdict, plan.template, settings) if to else ()
    counted = [one for one in known.versions if one.counted]
    stands = counted and not known.claim and known.case_state is not CaseState.WITHDRAWN
    previous = counted[-1] if stands else None
    files = files_of(mail, verdict)
    last = max((one.number for one in known.versions), default=0)
    unsure = any(one.check == "attachment-many" for one in verdict.open(Severity.REVIEW))  # which of its forms counts
    is_version = recipients.is_version(verdict)
    told = plan.purpose == "reply" or apart
    beside = _besides(verdict, settings)
    form_asked = any(asks_for_form(one) for one in open_fixes)
    blank = blank_form(settings, verdict.received_at) if form_asked else None
    return CaseView(
        number=known.case_number or case_number(round_.id, verdict.case_key or "mail:"),
        version=0 if unsure else version or ((known.own_number or last + 1) if is_version else last),
        previous=previous.number if previous else None,
        previous_at=previous.received_at if previous else None,
        organization=understood.organization,
        addressee=addressee(mail, verdict, cc, bureau),
        round=round_,
        mail=mail,
        received_at=verdict.received_at,
        plan=plan,
        to=to,
        cc=(*cc, *(one for one in bureau if one.key not in {each.key for each in (*to, *cc)})),
        files=files[:MAX_FILES],
        more_files=len(files[MAX_FILES:]),
        course=None if unsure else _course(understood.form, settings),
        form_read=understood.form is not None and not any(one.check == "form-version" for one in verdict.findings),
        fixes=fixes,
        confirms=confirms,
        refusals=Points(sections).of(verdict.open(Severity.REFUSE)),
        findings=verdict.findings,
        parts=(blank,) if blank is not None else (),
        warnings=tuple(warnings),
        counts=recipients.counts(verdict),
        withdrawn=known.case_state is CaseState.WITHDRAWN and not known.claim,
        in_time=_in_time(verdict, round_),
        form_asked=form_asked,
        progress=points.progress(fixes),
        part=understood.part,
        asked_at=asked.sent_at if asked else None,
        tells=tells(verdict, known),
        records=records(known) if tells(verdict, known) else (),
        towns=towns(understood.forms) if len(understood.forms) > 1 else (),
        # a letter that only notes an answer leaves the numbers to the one that was answered
        items=()
        if verdict.answered and understood.form is None
        else numbered_points(fixes, confirms, verdict.findings),
        confirmed=tuple(one.number for one in verdict.answered),
        earlier=() if apart else earlier_mails(known),
        missing_parts=missing_parts,
        password_wrong=known.passwords_tried > 0,
        questions=_questions(verdict, plan),
        asks=bool(verdict.questions) and (told or plan.template in recipients.LEAVE_QUESTIONS),
        tells_contact=told and Intent.CONTACT_CHANGE in beside,
        wishes_talk=told and Intent.CONSULT in beside,
        replaces=Intent.REPLACE in understood.intents,
        for_town=recipients.sent_by_prefecture(verdict) is not None,
        sent_from=writer.address if (writer := _sent_by_order(mail, verdict)) is not None else None,
    )


def _besides(verdict: Verdict, settings: Settings) -> frozenset[Intent]:
    """What an application wants that its rule does not handle."""
    understood = verdict.understood
    rule = settings.rules.rule(understood.rule)
    wanted = understood.intents | ({Intent.CONSULT} if understood.request is not None else set())
    return wanted - frozenset(rule.handles if rule else ()) if understood.kind is Kind.APPLICATION else frozenset()


def _sent_by_order(mail: Mail, verdict: Verdict) -> Address | None:
    """Who sent what the letter answers, where it goes to somebody else."""
    return recipients.correspondent(mail, verdict) if recipients.in_place_of(mail, verdict) is not None else None


def _sheets(form: FormData | None) -> tuple[str, ...]:
    """The form's sheets, in the order in which its fields stand."""
    cells = (one.cell for one in form.fields.values() if one.cell) if form else ()
    return tuple(dict.fromkeys(cell.rpartition("!")[0] for cell in cells))


# What is asked for is the form itself; a blank one goes along.
_ASK_FOR_FORM = frozenset(
    {"attachment-missing", "attachment-format", "attachment-unreadable", "attachment-link", "form-version"}
)
_WHEN = frozenset({"round-late", "round-open"})


def asks_for_form(one: Finding) -> bool:
    """A missing, unreadable or wrong form; a field that the applicant's form doesn't have."""
    return one.check in _ASK_FOR_FORM or (one.check == "form-complete" and not one.cells)


def blank_form(settings: Settings, at: datetime) -> Part | None:
    """The round's blank form, where templates/files/ has a file of the name that form.yaml gives it."""
    for spec in settings.form.specs_at(tokyo(at).date()):
        content = settings.public_files.get(spec.file)
        if content is not None:
            return Part(
                filename=spec.file,
                content_type=XLSX,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
                origin=f"public:{spec.file}",
            )
    return None


def _in_time(verdict: Verdict, round_: Round) -> bool:
    held = any(one.check in _WHEN for one in verdict.open(Severity.FIX, Severity.REFUSE, Severity.REVIEW))
    return round_.opens <= verdict.received_at <= round_.closes and not held and not verdict.known.claim


def _questions(verdict: Verdict, plan: LetterPlan) -> tuple[QuestionView, ...]:
    """Every question by its number, where faq.yaml answers at least one; else the letter only says that the mail came."""
    if plan.template != ANSWERING or not any(one.answer is not None for one in verdict.to_answer):
        return ()
    return tuple(
        QuestionView(
            number=number,
            asked=said(one.text, 200),
            answer=_answer(one),
            clause=one.clause if one.settled else None,
        )
        for number, one in enumerate(verdict.to_answer, start=1)
    )


def _answer(question: Question) -> tuple[str, ...]:
    """Line by line, with a place to write in for what faq.yaml leaves open, below the clause of what it says."""
    told = (question.answer or "").splitlines()
    told += [f"（{question.clause}）"] if question.clause and not question.settled else []
    return tuple(line.strip() for line in (*told, *(() if question.settled else (UNWRITTEN,))) if line.strip())
