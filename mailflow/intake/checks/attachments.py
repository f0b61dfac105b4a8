"""What came with the mail: is the form there, and could it be opened (募集要領 2(2))?

Exactly one of these asks for the form, the one that says best why it could not be read. Beside a form that was read,
other papers are nothing, and a paper that could not be opened is at most a `note`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from mailflow.intake.checks.registry import check, report
from mailflow.intake.facts import Facts
from mailflow.intake.understand import distinct_forms
from mailflow.model import Attachment, Finding, Intent
from mailflow.settings.checks import (
    AttachmentFormat,
    AttachmentLink,
    AttachmentLocked,
    AttachmentMany,
    AttachmentMissing,
    AttachmentUnreadable,
)
from mailflow.settings.messages import fill

_WHERE = "添付ファイル"
_WORKBOOK_NAME = re.compile(r"\.xl(?:s|sx|sm|sb|t|tx)$", re.IGNORECASE)
_TEXT = "text/plain"  # what a gateway puts in the place of a file it took away
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOKS = frozenset(
    {
        _XLSX,
        "application/vnd.ms-excel",
        "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    }
)


@check("attachment-locked")
def attachment_locked(facts: Facts, rule: AttachmentLocked) -> Iterator[Finding]:
    """A file asks for a password. Its letter waits for a mail with the password first (DESIGN §4).

    A `note` where the form itself was read: then nothing is missing. Where a password was told and doesn't open it, that
    is said: asking as if nothing had come would be read as carelessness.
    """
    wrong = "wrong" if facts.known.passwords_tried else ""
    for one in facts.locked:
        yield report(
            facts,
            rule,
            "beside" if facts.understood.forms else wrong,
            where=_WHERE,
            found=_name(one),
            files=_names([one]),
        )


@check("attachment-unreadable")
def attachment_unreadable(facts: Facts, rule: AttachmentUnreadable) -> Iterator[Finding]:
    """A file can't be opened here (broken, too large, too deep): our situation, not their mistake (letters.md 6).

    `note` beside a form that was read; `review` where the form was opened but its reading is in doubt.
    """
    for one in facts.unreadable:
        yield report(
            facts,
            rule,
            "beside" if facts.understood.forms else "",
            where=_WHERE,
            found=_name(one),
            files=_names([one]),
        )
    if facts.form is not None and facts.form.problems and not facts.form.untouched:
        yield report(facts, rule, "doubt", where="応募様式", found=facts.form.problems)


@check("attachment-format")
def attachment_format(facts: Facts, rule: AttachmentFormat) -> Iterator[Finding]:
    """The form is an Excel file, not a PDF, Word file or photograph of it.

    A form read out of another format without doubt (.xls) is a `note`: nothing is asked that we can read anyway.
    """
    if facts.form is not None:
        source = next((a for a in facts.mail.attachments if a.sha256 == facts.form.sha256), None)
        if source is not None and source.content_type != _XLSX:
            yield report(facts, rule, "read", where=_WHERE, found=source.filename, files=_names([source]))
        return
    wrong = () if facts.understood.forms or _better_asked(facts) else form_in_other_format(facts, rule)
    if wrong:
        yield report(
            facts,
            rule,
            where=_WHERE,
            found=_names(wrong),
            files=_names(wrong),
        )


def _better_asked(facts: Facts) -> bool:
    """What can't be opened is most likely the form: its own check asks, and a scan beside it is only a scan."""
    return bool(facts.locked) or any(
        facts.named_like_form(one) or _WORKBOOK_NAME.search(one.filename or "") for one in facts.unreadable
    )


def form_in_other_format(facts: Facts, rule: AttachmentFormat) -> tuple[Attachment, ...]:
    """Papers that may be the form in another format: those named like it, else all but known companions. Where a form of the case
    is here already only what is named like it and is to take its place: other papers are `attachment-missing`'s matter, a person's."""
    others = [a for a in facts.papers if a.problem is None and a.content_type not in _WORKBOOKS]
    named = tuple(a for a in others if facts.named_like_form(a))
    if any(version.counted for version in facts.known.versions):
        return named if facts.known.answers is not None or Intent.REPLACE in facts.understood.intents else ()
    if named:
        return named
    apart = (
        facts.form_in_another_part or facts.missing_parts
    )  # the form comes, or came, in another part of a split mail
    if apart or any(a.content_type in _WORKBOOKS for a in facts.papers):
        return ()
    return tuple(a for a in others if a.content_type != _TEXT and not _is_companion(a, rule.not_the_form))


def _is_companion(attachment: Attachment, words: Iterable[str]) -> bool:
    """By its own name, or by that of the archive that it came in."""
    name = unicodedata.normalize("NFKC", " ".join((attachment.filename or "", *(attachment.path or ()))))
    return any(word in name for word in words)


@check("attachment-link", needs=("no-form",))
def attachment_link(facts: Facts, rule: AttachmentLink) -> Iterator[Finding]:
    """A download address stands where the file should be: often the town's own gateway did it, without blame.

    Links are never opened by us (DESIGN §10).
    """
    if facts.understood.links:
        yield report(facts, rule, where="本文", found=facts.understood.links[:3])


@check("attachment-missing", needs=("no-form",))
def attachment_missing(facts: Facts, rule: AttachmentMissing) -> Iterator[Finding]:
    """No form, and none of the other checks says why. Its letter waits `settle` for the mail that follows with it.

    One part of several (2/2) without the form is no omission while another part may still bring it. Nor is a mail to a case whose
    form is here already: papers sent after it, or words.
    """
    other_format = facts.settings.rules.check("attachment-format")
    explained = (
        facts.locked
        or facts.unreadable
        or facts.understood.links
        or (isinstance(other_format, AttachmentFormat) and form_in_other_format(facts, other_format))
    )
    if explained:
        return
    names = _names(facts.papers)
    if facts.form_in_another_part:
        return
    if facts.part is not None and facts.missing_parts:
        part, of = facts.part
        yield report(facts, rule, "part", where=_WHERE, found=f"{part}/{of}通目", files=names)
    elif any(version.counted for version in facts.known.versions):
        yield report(facts, rule, "more", where=_WHERE, found=names or _nothing(facts, rule), files=names)
    elif names:
        yield report(facts, rule, "other", where=_WHERE, found=names, files=names)
    else:
        yield report(facts, rule, where=_WHERE, found=_nothing(facts, rule))


def _nothing(facts: Facts, rule: AttachmentMissing) -> str:
    """An officer who wrote the form's content into the text is told that the text has come."""
    words = rule.found_text if facts.mail.new_text.strip() else None
    return fill(words or rule.found_nothing, facts.context())


@check("attachment-many")
def attachment_many(facts: Facts, rule: AttachmentMany) -> Iterator[Finding]:
    """Two forms with different content in one mail: which one counts, or whose they are, a person says.

    The same form twice, a blank one or our marked copy beside the filled one, a cover letter or a logo are nothing.
    """
    forms = distinct_forms(facts.understood.forms)
    if len(forms) > 1:
        names = tuple(form.filename for form in forms if form.filename)
        yield report(facts, rule, where=_WHERE, found=names or f"{len(forms)}件", files=names)


def _names(attachments: Iterable[Attachment]) -> tuple[str, ...]:
    return tuple(_name(one) for one in attachments)


def _name(attachment: Attachment) -> str:
    return attachment.filename or "（名前のないファイル）"
