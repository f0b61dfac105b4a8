"""What one mail says, without any case: the body it speaks for, its form, its wishes (DESIGN §1 (a), §4).

In: Mail, the forms read from its attachments (in their order), Settings, when it was received (aware), the request for a
consultation if it holds one. Out: `Understood`, with `kind` UNKNOWN: `classify` decides that. Pure; never raises on what
a mail says.

**The body.** Form, subject, file name, sender's domain, in this order: the first source that names one without doubt is
reported. One that leaves doubt (府中市, a misspelling) is settled by a later source that names one of its suggestions; if
a later source names something else, the doubt stays and nobody is reported. A place in the new text is weaker: where
nothing else tells, it is suggested; it is reported where the configured web form wrote it, or where the writer, by no private address, says
with prefecture, name and section whose office he is (「岩手県紫波町企画課の高橋です」, or a signature).

**The form.** Blank forms, our own marked copies and second copies of the same content step back where there is another.
Of several forms of one body the fuller counts, of equals the first; of several bodies none does (a person splits them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from unicodedata import normalize

from mailflow.intake.folding import fold, squeeze
from mailflow.intake.intents import intents, with_form
from mailflow.intake.introductions import of_words
from mailflow.intake.links import file_service_links
from mailflow.intake.naming import FORM_TITLE, read_filename, read_subject
from mailflow.intake.organizations import Directory, directory_of
from mailflow.intake.senders import below_any, known_sender, sender_class
from mailflow.intake.sentences import MAX_TEXT
from mailflow.intake.subject_numbers import MAX_NAME, case_number, part_of, round_ids
from mailflow.model import (
    NO_ORGANIZATION,
    Address,
    BodyKind,
    FormData,
    Intent,
    Mail,
    Naming,
    Organization,
    Party,
    Request,
    Resolved,
    Understood,
)
from mailflow.recipients import ROBOTS, mailable
from mailflow.settings.settings import Settings

WEB_FORM = "web-form"
MAX_FILES = 50

_BRACKETS = frozenset("【[［〔")
_SURE = (Resolved.EXACT, Resolved.VARIANT)
_OUTSIDE = {"組合": BodyKind.UNION, "連合": BodyKind.UNION, "出資": BodyKind.CORPORATION, "非営利": BodyKind.NONPROFIT}


def understand(
    mail: Mail, forms: Sequence[FormData], settings: Settings, received_at: datetime, request: Request | None
) -> Understood:
    del received_at  # which round a mail speaks of is judged later; kept so that every step of the flow is called alike
    directory = directory_of(settings)
    party = known_sender(mail, settings)
    subject = read_subject(mail.subject, settings)
    writer = sent_on(mail, forms, party, settings) if subject.programme else None
    sender = writer or _speaking(mail, party, request)
    form = counting_form(forms, directory)
    said, in_full = of_words(mail, party, directory)
    if in_full and (said.full_name or "") in (mail.text or mail.new_text):
        said = replace(said, resolved=Resolved.EXACT)
    naming = Naming(
        form=body_of_form(form, directory) if form else NO_ORGANIZATION,
        subject=subject.organization,
        attachment=_of_files(mail, form, settings),
        sender=directory.by_domain(sender.domain) if sender else NO_ORGANIZATION,
        body=_of_notice(mail.new_text, party, settings) or said,
    )
    by_form = party is not None and party.kind == WEB_FORM
    private = sender is None or below_any(sender.domain, settings.parties.free_mail)
    introduced = party is None and in_full and not private
    organization, naming = _reported(naming, taken_at_its_word=by_form or introduced)
    return Understood(
        organization=organization,
        naming=naming,
        form=form,
        forms=tuple(forms),
        request=request,
        intents=_wishes(mail, form),
        known_sender=party,
        sender_class=sender_class(sender, organization, directory, settings),
        contact_class=sender_class(_contact(form), organization, directory, settings),
        programme_subject=subject.programme,
        case_number=_number(mail, settings),
        links=file_service_links(mail.new_text, settings),
        part=part_of(mail.subject),
        writer=writer,
        sent_on_by=mail.sender if writer else None,
    )


def sent_on(mail: Mail, forms: Sequence[FormData], party: Party | None, settings: Settings) -> Address | None:
    """Who wrote the application that a bureau sent on (row 2): the sender of the one mail that hangs inside, with every form in it.

    Only where our own server proved the bureau's sender, whose address parties.yaml names; never somebody known, a machine or the
    office itself. What the inner mail says of its sender nobody has proven: it opens a case at most, and joins none.
    """
    if party is None or party.kind != "bureau" or not mail.authentication.passed or mail.sender_doubtful:
        return None
    inner = mail.attached[0].sender if len(mail.attached) == 1 and mail.machine is None else None
    if inner is None or not mailable(inner.address) or inner.key == settings.programme.address.strip().casefold():
        return None
    if inner.key.startswith(ROBOTS) or known_sender(replace(mail, sender=inner), settings) is not None:
        return None
    return inner if forms and all(_inside_a_mail(mail, one) for one in forms) else None


def _inside_a_mail(mail: Mail, form: FormData) -> bool:
    """Each copy of the form's file lies in the attached mail."""
    outer, found = None, False  # each container stands before what it holds
    for one in mail.attachments:
        outer = one if one.path is None else outer
        if one.sha256 == form.sha256:
            if one.path is None or outer is None or outer.content_type != "message/rfc822":
                return False
            found = True
    return found


def _wishes(mail: Mail, form: FormData | None) -> frozenset[Intent]:
    """What the words say, and what a form beside them makes of them."""
    said = intents(mail.subject, mail.new_text)
    if form is not None:
        return said if form.untouched or Intent.DRAFT_FORM in said else said | with_form(mail.new_text)
    return said


# --- the form ---------------------------------------------------------------------------------------------------------


def counting_form(forms: Sequence[FormData], directory: Directory) -> FormData | None:
    """The one form that counts; None if there is none, or if they are of different bodies."""
    candidates = distinct_forms(forms)
    bodies = [body_of_form(one, directory) for one in candidates]
    if len({_identity(body, directory) for body in bodies if body.resolved is not Resolved.NONE}) > 1:
        return None
    return max(candidates, key=_filled, default=None)


def distinct_forms(forms: Sequence[FormData]) -> list[FormData]:
    """The forms that say different things, without blank ones and our own marked copies where there is another."""
    candidates = _unless_all(forms, lambda one: one.untouched)
    candidates = _unless_all(candidates, lambda one: one.marked)
    distinct: dict[str, FormData] = {}
    for at, one in enumerate(candidates):
        distinct.setdefault(one.fingerprint or f"#{at}", one)
    return list(distinct.values())


def _unless_all(forms: Sequence[FormData], steps_back: Callable[[FormData], bool]) -> list[FormData]:
    kept = [one for one in forms if not steps_back(one)]
    return kept or list(forms)


def _filled(form: FormData) -> int:
    return sum(not value.empty for value in form.fields.values())


def _identity(body: Organization, directory: Directory) -> str:
    return body.code or directory.fold(body.full_name or body.written or "")


def body_of_form(form: FormData, directory: Directory) -> Organization:
    """The body that a form names: by a code whose check digit is right and that agrees with the name, else by the name.

    A name that leaves doubt is settled by such a code. A code beside no name counts. 市区町村: the prefecture's and the
    municipality's cells, else the name's; 都道府県: the prefecture's; any other: the name's, of the kind chosen.
    """
    named = _named_in_form(form, directory)
    coded = directory.by_code(form.text("organization_code"))
    if coded.code is None or named.code == coded.code:
        return named
    if named.resolved is Resolved.NONE:
        return replace(coded, written=form.text("organization_code"))
    if named.code is None and coded.full_name in named.suggestions:
        return replace(coded, resolved=Resolved.VARIANT, written=named.written)
    return named


def named_beside(form: FormData, directory: Directory) -> tuple[tuple[str, Organization], ...]:
    """What else the form names, beside the body that `body_of_form` reports: its 団体コード, and the name's cell where the
    municipality's told. Each with the label to show it by."""
    prefecture = form.text("prefecture").strip()
    return (
        ("応募様式の団体コード", directory.by_code(form.text("organization_code"))),
        ("応募様式の団体名", directory.lookup(form.text("organization_name").strip(), prefecture_hint=prefecture)),
    )


def _named_in_form(form: FormData, directory: Directory) -> Organization:
    sort = squeeze(form.text("applicant_type"))
    prefecture, municipality, name = (
        form.text(key).strip() for key in ("prefecture", "municipality", "organization_name")
    )
    outside = next((kind for word, kind in _OUTSIDE.items() if word in sort), None)
    if outside is not None:
        return _of_kind(directory.lookup(name, prefecture_hint=prefecture), outside, name, prefecture, directory)
    if sort == "都道府県" and directory.lookup(municipality).resolved is Resolved.NONE:
        return directory.lookup(prefecture or name)
    by_name = directory.lookup(name, prefecture_hint=prefecture) if name else NO_ORGANIZATION
    if not sort and by_name.name is not None and by_name.code is None:
        return by_name  # 「南信州広域連合」, and the sort of applicant left open
    if municipality:
        found = directory.lookup(municipality, prefecture_hint=prefecture)
        return found if found.code is not None or by_name.code is None else by_name
    if by_name.resolved is not Resolved.NONE:
        return by_name
    return NO_ORGANIZATION


def _of_kind(found: Organization, kind: BodyKind, name: str, prefecture: str, directory: Directory) -> Organization:
    """A body outside the code list under its own name, also where its name shows no legal form (「いいだ未来機構」)."""
    if not name:
        return NO_ORGANIZATION
    if found.resolved is Resolved.EXACT:
        return found if found.code is not None else replace(found, kind=kind)
    hint = directory.prefecture_named(prefecture)
    bureau = directory.lookup(hint).bureau if hint else None
    return Organization(resolved=Resolved.EXACT, prefecture=hint, name=name, kind=kind, bureau=bureau, written=name)


# --- the other sources ------------------------------------------------------------------------------------------------


def _speaking(mail: Mail, party: Party | None, request: Request | None) -> Address | None:
    """Whose domain tells: the applicant inside a notice of the web form; nobody where another known sender wrote."""
    if party is None:
        return mail.sender
    return request.contact if party.kind == WEB_FORM and request is not None else None


def _contact(form: FormData | None) -> Address | None:
    address = form.text("contact_email").strip() if form else ""
    return Address(name=None, address=address) if address else None


def _of_files(mail: Mail, form: FormData | None, settings: Settings) -> Organization:
    """What file names name: the counting form's and the archives' it lay in. Without a form: names that call themselves
    応募様式, then archives and names that open with a bracket as the call asks. 「参考事例（…町）.pdf」 names nobody."""
    shown = [one for one in mail.attachments[:MAX_FILES] if not one.inline]
    if form is not None:
        paths = [one.path or () for one in shown if one.sha256 == form.sha256 or one.filename == form.filename]
        names = [form.filename or "", *(name for path in paths for name in path)]
    else:
        own = [one.filename or "" for one in shown]
        around = [name for one in shown for name in one.path or ()]
        names = [name for name in own if FORM_TITLE in squeeze(name[:MAX_NAME])]
        names += [*around, *(name for name in own if name.lstrip()[:1] in _BRACKETS)]
    read = (read_filename(name, settings) for name in dict.fromkeys(names) if name)
    named = [one.organization for one in read if one.organization.resolved is not Resolved.NONE]
    if form is None and len({one.full_name for one in named if one.resolved in _SURE}) > 1:
        return NO_ORGANIZATION  # four towns' forms in one mail
    return next((one for one in named if one.resolved in _SURE), named[0] if named else NO_ORGANIZATION)


def _of_notice(new_text: str, party: Party | None, settings: Settings) -> Organization | None:
    """The body in a notice of the web form: behind one of the labels of parties.yaml, or on the line below it."""
    layout = next((one for one in settings.parties.parties if party is not None and one.id == party.id), None)
    labels = tuple(fold(label) for label in layout.labels.get("organization", ())) if layout else ()
    lines = [line.strip() for line in normalize("NFKC", new_text[:MAX_TEXT]).split("\n") if line.strip()]
    for at, line in enumerate(lines if labels else ()):
        label, _, value = line.partition(":")
        if fold(label.strip(" \t■●・*【】[]")) in labels:
            value = value.strip() or (lines[at + 1] if at + 1 < len(lines) else "")
            found = directory_of(settings).lookup(value)
            if found.resolved is not Resolved.NONE:
                return found
    return None


def _number(mail: Mail, settings: Settings) -> str | None:
    ids = round_ids(settings)
    return case_number(mail.subject or "", ids) or case_number(mail.text or mail.new_text, ids)


# --- which body is reported -------------------------------------------------------------------------------------------


def _reported(naming: Naming, *, taken_at_its_word: bool) -> tuple[Organization, Naming]:
    sources = [naming.form, naming.subject, naming.attachment, naming.sender]
    if taken_at_its_word:
        sources.append(naming.body)
    chosen = _first(sources)
    if chosen.resolved is Resolved.NONE and naming.body.resolved is not Resolved.NONE:
        names = naming.body.suggestions or ((naming.body.full_name,) if naming.body.full_name else ())
        return Organization(resolved=Resolved.SUGGESTION, written=naming.body.written, suggestions=names), naming
    settled = replace(
        naming,
        form=_settled(naming.form, chosen),
        subject=_settled(naming.subject, chosen),
        attachment=_settled(naming.attachment, chosen),
        body=_settled(naming.body, chosen),
    )
    return chosen, settled


def _first(sources: Iterable[Organization]) -> Organization:
    """The first source's body; its doubt is settled by a later source or stays."""
    doubtful: Organization | None = None
    for body in sources:
        if body.resolved in _SURE:
            if doubtful is None:
                return body
            return body if body.full_name in doubtful.suggestions else doubtful
        if body.resolved is Resolved.SUGGESTION:
            if doubtful is None:
                doubtful = body
            elif shared := tuple(name for name in doubtful.suggestions if name in body.suggestions):
                doubtful = replace(doubtful, suggestions=shared)
    return doubtful or NO_ORGANIZATION


def _settled(source: Organization, chosen: Organization) -> Organization:
    """「府中市」 in the subject is 広島県府中市 once another source has said so."""
    if source.resolved is Resolved.SUGGESTION and chosen.name is not None and chosen.full_name in source.suggestions:
        return replace(chosen, resolved=Resolved.VARIANT, written=source.written, ward=None)
    return source
