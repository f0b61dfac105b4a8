"""All that rules and checks may look at, in one frozen value.

In: a mail, what was understood of it, what is known of its case, the settings, the round, the two times and the form's
spec in force. Out: the derived facts that several checks share, and `context()`: the same as nested plain dicts for
conditions and messages, of the shape that `mailflow.settings.names` documents. Pure; computed once each, on demand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, Literal

from mailflow.clock import tokyo
from mailflow.intake.answers import answered, only_promises, points_answered, promised
from mailflow.intake.context import context_of
from mailflow.intake.deadlines import in_time
from mailflow.intake.enquiries import asked_questions, one_line
from mailflow.intake.faq_answers import answered_by_faq
from mailflow.intake.folding import fold
from mailflow.intake.intents import intents
from mailflow.model import (
    Address,
    Attachment,
    ConsultationStep,
    FormData,
    Intent,
    Known,
    Letter,
    LetterItem,
    Mail,
    Question,
    Resolved,
    Understood,
)
from mailflow.recipients import BESIDE
from mailflow.settings.checks import AlsoAsks
from mailflow.settings.form import FormSpec
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings

Need = Literal["form", "filled", "current", "no-form"]

_REPLY = re.compile(r"(?:re|aw|sv|antw|返信)(?:\[\d{1,3}\]|\^\d{1,3})?[:：]", re.IGNORECASE)
# What a mail program hangs on by itself; nobody means it as a paper.
_TRIVIAL_TYPES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "text/calendar",
        "text/vcard",
        "text/x-vcard",
        "text/directory",
    }
)
_LOGO = re.compile(
    r"(?:image|logo|icon|sign(?:ature)?|outlook-?)[\w .()-]{0,40}\.(?:png|gif|jpe?g|bmp|svg)", re.IGNORECASE
)
_CONTAINERS = frozenset(
    {
        "application/zip",
        "application/x-zip-compressed",
        "application/x-7z-compressed",
        "application/x-lzh-compressed",
        "application/x-rar-compressed",
        "application/vnd.rar",
        "application/gzip",
        "application/x-tar",
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        "message/rfc822",
        "application/vnd.ms-outlook",
    }
)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One mail before the judge. `junk`: it lay in a junk folder. `imported`: a person took it in by hand. `spec`: the newest edition of the form in force.
    `step`: what follows from its request for a consultation, once the kind is decided."""

    mail: Mail
    understood: Understood
    known: Known
    settings: Settings
    round: Round
    received_at: datetime
    now: datetime
    spec: FormSpec | None = None
    junk: bool = False
    imported: bool = False
    step: ConsultationStep | None = None

    def classified(self, understood: Understood) -> Facts:
        """The same with the kind decided."""
        return replace(self, understood=understood)

    def stepped(self, step: ConsultationStep | None) -> Facts:
        """The same with what follows from the request for a consultation."""
        return replace(self, step=step)

    # --- the form -----------------------------------------------------------------------------------------------------

    @property
    def form(self) -> FormData | None:
        """The one form that counts: None where there is none, and where there are forms of several bodies."""
        return self.understood.form

    @cached_property
    def form_spec(self) -> FormSpec | None:
        """The edition that the form itself was made from, if form.yaml has it; else the one in force."""
        if self.form is not None:
            for spec in self.settings.form.forms:
                if spec.id == self.form.edition:
                    return spec
        return self.spec

    @cached_property
    def form_is_current(self) -> bool:
        """Its edition counts on the day the mail came, within the round: a form sent before the opening is not an old
        one. An edition that form.yaml doesn't have is taken as it is."""
        if self.form is None:
            return False
        edition = self.form_spec
        on = tokyo(min(max(self.received_at, self.round.opens), self.round.closes)).date()
        return edition is None or edition.id != self.form.edition or edition.valid(on)

    @cached_property
    def form_in_a_mail(self) -> bool:
        """The form came inside an attached mail: whoever sent that on is not the applicant."""
        if self.form is None or not self.mail.attached:
            return False
        outer = None  # each container stands before what it holds
        for one in self.mail.attachments:
            outer = one if one.path is None else outer
            if one.path is not None and one.sha256 == self.form.sha256:
                return outer is not None and outer.content_type == "message/rfc822"
        return False

    @property
    def contact(self) -> Address | None:
        """The officer's address inside a notice of the call's web form."""
        party, request = self.understood.known_sender, self.understood.request
        return request.contact if party is not None and party.kind == "web-form" and request is not None else None

    def has(self, need: Need) -> bool:
        """Does what a check needs to be meaningful hold?"""
        match need:
            case "form":
                return self.form is not None
            case "no-form":
                return not self.understood.forms
            case "filled":
                return self.form is not None and not self.form.untouched
            case "current":
                return self.form is not None and not self.form.untouched and self.form_is_current

    # --- the mail -----------------------------------------------------------------------------------------------------

    @cached_property
    def is_reply(self) -> bool:
        return bool(self.mail.thread_ids) or _REPLY.match((self.mail.subject or "").lstrip()) is not None

    @cached_property
    def papers(self) -> tuple[Attachment, ...]:
        """What the sender meant to send: no inline pictures, signatures, logos, and no container that opened."""
        opened = any(a.path for a in self.mail.attachments)
        return tuple(a for a in self.mail.attachments if _is_paper(a, opened=opened))

    @cached_property
    def locked(self) -> tuple[Attachment, ...]:
        return tuple(a for a in self.mail.attachments if a.problem == "locked")

    @cached_property
    def unreadable(self) -> tuple[Attachment, ...]:
        return tuple(a for a in self.mail.attachments if a.problem not in (None, "locked") and not a.inline)

    @cached_property
    def like_form(self) -> bool:
        return any(self.named_like_form(a) for a in self.mail.attachments if not a.inline)

    def named_like_form(self, attachment: Attachment) -> bool:
        """Does the file call itself the application form?"""
        name = unicodedata.normalize("NFKC", attachment.filename or "")[:300]
        return any(word in name for word in self._form_words)

    @cached_property
    def _form_words(self) -> tuple[str, ...]:
        """What form.yaml says the form is called, without the words that every paper of the programme has."""
        every = {word for spec in self.settings.form.forms for word in spec.programme}
        own = every - {self.settings.programme.subject}
        return tuple(unicodedata.normalize("NFKC", word) for word in own or every)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What the mail asks, and what its form asks in 備考, each with the answer that faq.yaml has for it."""
        if self.mail.machine is not None:
            return ()
        asked: tuple[str, ...] = ()
        if Intent.ASK in self.understood.intents:
            told = asked_questions(self.mail.subject, self.mail.new_text)
            asked = told or (one_line(self.mail.subject or self.mail.new_text),)
        every = dict.fromkeys((*asked, *self._asked_in_the_form))
        return tuple(answered_by_faq(one, self.settings, self.round) for one in every)

    @cached_property
    def told_before(self) -> frozenset[str]:
        """Fields that say what they said in the version before, which a letter has acknowledged: what they ask is on the list."""
        current = self.known.current
        if current is None or self.form is None or current.mail_id in self.known.unacknowledged:
            return frozenset()
        return frozenset(key for key in self.form.fields if self.form.text(key) == current.form.text(key))

    @property
    def _asked_in_the_form(self) -> tuple[str, ...]:
        """In the fields that `also-asks` reads: whoever writes a question there expects an answer."""
        configured = self.settings.rules.check("also-asks")
        if self.form is None or not self.has("current") or not isinstance(configured, AlsoAsks):
            return ()
        texts = [self.form.text(key) for key in configured.fields if key not in self.told_before]
        return tuple(one for text in texts if Intent.ASK in intents(None, text) for one in asked_questions(None, text))

    @cached_property
    def carried(self) -> Known:
        """What is known, with today's answers to what earlier mails ask: faq.yaml may have changed since."""
        before = tuple(answered_by_faq(one.text, self.settings, self.round) for one in self.known.unanswered)
        return replace(self.known, unanswered=before) if before else self.known

    # --- its case -----------------------------------------------------------------------------------------------------

    @property
    def part(self) -> tuple[int, int] | None:
        """（1/2）of a mail that was split for its size. An answer that only keeps such a subject is no part."""
        part = self.understood.part
        return part if part is not None and part[1] > 1 and not self.is_reply else None

    @cached_property
    def missing_parts(self) -> tuple[int, ...]:
        """The parts of a split mail that aren't here yet."""
        if self.part is None:
            return ()
        number, of = self.part
        here = {number, *(one.part[0] for one in self.known.earlier if one.part is not None and one.part[1] == of)}
        return tuple(one for one in range(1, of + 1) if one not in here)

    @property
    def form_in_another_part(self) -> bool:
        return self.part is not None and any(one.part is not None and one.form for one in self.known.earlier)

    @property
    def adds_to_current(self) -> bool:
        """A part without the form, which came in another one: its letter speaks of the version that this belongs to."""
        return not self.understood.forms and self.form_in_another_part and self.known.current is not None

    @cached_property
    def letter_in_hand(self) -> Letter | None:
        """The letter whose numbers the sender speaks of: the one answered, else the newest with numbered points."""
        answers = self.known.answers
        if answers is not None and answers.items:
            return answers
        own = (one for one in reversed(self.known.letters) if not one.purpose.startswith(BESIDE))
        return next((one for one in own if one.items), None)

    @cached_property
    def answered(self) -> tuple[LetterItem, ...]:
        """Questions of ours that the text answers by 記入のとおり. Only a party answers."""
        if self.known.claim or self.letter_in_hand is None:
            return ()
        return answered(self.mail.new_text, self.letter_in_hand.items)

    @cached_property
    def points_answered(self) -> tuple[int, ...]:
        """Points of our letter that the text speaks to by their numbers, without a form."""
        asked = self.letter_in_hand
        return () if asked is None or self.known.claim else points_answered(self.mail.new_text, asked.items)

    @cached_property
    def only_promises(self) -> bool:
        """In answer to a letter of ours it says only when the answer will come, before the round closes (row 43)."""
        asked = self.known.answers is not None or self.letter_in_hand is not None
        text, at = self.mail.new_text, self.received_at
        until = promised(text, at) if asked and self.form is None and not self.known.claim else None
        return until is not None and until <= self.round.closes and only_promises(text, at)

    @property
    def form_labels(self) -> frozenset[str]:
        """What the form in force calls its fields, folded."""
        fields = self.spec.fields.values() if self.spec is not None else ()
        return _folded(tuple(label for field in fields for label in field.spellings))

    # --- the body and the time ----------------------------------------------------------------------------------------

    @property
    def body_known(self) -> bool:
        return self.understood.organization.resolved in (Resolved.EXACT, Resolved.VARIANT)

    @cached_property
    def came_in_time(self) -> bool:
        return in_time(self.received_at, self.round.closes, inclusive=self.round.closes_inclusive)

    @property
    def sender_accepted(self) -> bool:
        """The sender is already a party of the case: somebody, or the domain table, has said so."""
        sender = self.mail.sender
        return (
            not self.known.untied
            and sender is not None
            and any(sender.key == party.key for party in self.known.parties)
        )

    @property
    def from_own_address(self) -> bool:
        sender = self.mail.sender
        return sender is not None and sender.key == self.settings.programme.address.strip().casefold()

    @cached_property
    def in_our_thread(self) -> bool:
        """It answers one of our letters, or quotes the number that only our letters name."""
        return self.known.answers is not None or self.understood.case_number is not None

    # --- for conditions and messages ----------------------------------------------------------------------------------

    def context(self) -> Mapping[str, Any]:
        """Nested plain dicts of the shape of `mailflow.settings.names.names_for`. Texts but those of the form are never None."""
        return self._context

    @cached_property
    def _context(self) -> Mapping[str, Any]:
        return context_of(self)


def facts_for(  # noqa: PLR0917  (in the order in which they come to be known)
    mail: Mail,
    understood: Understood,
    known: Known,
    settings: Settings,
    received_at: datetime,
    now: datetime,
    *,
    junk: bool = False,
    imported: bool = False,
) -> Facts:
    """With the round and the form's edition that the settings name for `received_at`."""
    editions = settings.form.specs_at(tokyo(received_at).date())
    return Facts(
        mail=mail,
        understood=understood,
        known=known,
        settings=settings,
        round=settings.round_for(received_at).of(understood.organization),
        received_at=received_at,
        now=now,
        spec=editions[0] if editions else None,
        junk=junk,
        imported=imported,
    )


@lru_cache(maxsize=8)
def _folded(labels: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, labels))


def _is_paper(attachment: Attachment, *, opened: bool) -> bool:
    if attachment.inline or attachment.content_type in _TRIVIAL_TYPES:
        return False
    name = attachment.filename or ""
    if attachment.content_type.startswith("image/") and _LOGO.fullmatch(name):
        return False
    if name.casefold() in ("smime.p7s", "winmail.dat") and attachment.problem is None:
        return False
    if attachment.problem is not None or attachment.content_type not in _CONTAINERS:
        return True
    return not opened  # an archive in which nothing was found is all that the sender sent
