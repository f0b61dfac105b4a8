"""The form field by field (募集要領 2(2); form.yaml). One finding a field: the letter gathers them.

Which fields are needed, what they may hold and what an example looks like stands in form.yaml. Nothing is asked that
can be read anyway: the body's name in another field answers an empty one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from mailflow.intake import no_answer
from mailflow.intake.bodies import body_kind
from mailflow.intake.checks.registry import cell_of, cells_of, check, report
from mailflow.intake.facts import Facts
from mailflow.intake.folding import squeeze
from mailflow.model import FieldValue, Finding, FormData, Resolved
from mailflow.settings.checks import (
    ApplicantType,
    CourseChosen,
    FormChoice,
    FormComplete,
    FormLength,
    FormType,
    FormUntouched,
    FormVersion,
    WeeklyHours,
)
from mailflow.settings.form import CHOOSING, Condition, FieldSpec, FieldType

# The fields that say who applies; a body that the form names without doubt answers each of them.
_NAME_FIELDS = frozenset({"prefecture", "municipality", "organization_name"})
_ORDINAL = re.compile(r"(?:第)?([0-9]{1,2}|[一二三四五])次")
_ERA_YEAR = re.compile(r"(?:令和|(?<![A-Za-z])R)([0-9]{1,2}|元)")
_LONGEST_CHOICE = 300
_SPACES_AND_DOTS = re.compile(r"[\s.。、・…]")
_NOTHING = re.compile(
    r"[-‐‑‒–—―−ー─/\\]{1,6}|(?:現時点で)?(?:は)?(?:該当|特に|とくに|記載|設定)?(?:の?(?:予定|希望|事項))?(?:は|も)?(?:なし|無し|無|ない|ありません|ございません)|未定|不明|不詳|(?:分か|わか)(?:りません|らない|らず)|(?:不明|不詳|(?:分か|わか)らない)(?:の)?(?:ため|ので)(?:空欄|空白|未記入|記載なし|省略)(?:と?(?:しました|します|しています|しております|です|にしています))?|未記入|対象外|[検討確認調整]{2}中|na|n/a"
)
_DASHES = re.compile(r"[-‐‑‒–—―−ー─－・/\s]{1,6}")
_SORT_OUTSIDE = re.compile(
    r"法人|組合|連合|団体職員|外郭|協議会|NPO|会社|企業|事業者|共同|公社|協会|任意団体|有志|自治会|商店街|会議所|商工会|大学",
    re.IGNORECASE,
)
_LONG_ANSWER = 500  # characters that a box asks for in sentences
_NOT_READ = {"type": "", "error": "error", "unclear": "unclear"}
_NOTHING_READ = "なし"
_KANJI = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}


@check("form-untouched", needs=("form",))
def form_untouched(facts: Facts, rule: FormUntouched) -> Iterator[Finding]:
    """A blank form: most likely the wrong file. A person looks; the empty fields are not counted up."""
    if facts.form is not None and facts.form.untouched:
        yield report(facts, rule, where="応募様式", found=facts.form.filename, files=_file(facts.form))


@check("form-version", needs=("form",))
def form_version(facts: Facts, rule: FormVersion) -> Iterator[Finding]:
    """The form of this round. Last year's, or another round's: `fix`, with the right blank form in the letter.

    Only the file name speaks of another round while the inside is right: a `note`.
    """
    form = facts.form
    if form is None:
        return
    another = names_another_round(form.names_round, facts)
    if another or not facts.form_is_current:
        found = form.names_round if another else form.filename  # a form that was replaced may say this very round
        yield report(facts, rule, where="応募様式", found=found, expected=facts.round.name, files=_file(form))
    elif names_another_round(form.filename, facts):
        yield report(
            facts, rule, "name", where="ファイル名", found=form.filename, expected=facts.round.name, files=_file(form)
        )


def names_another_round(text: str | None, facts: Facts) -> bool:
    """Does the text speak of another round or another year than this round's? Silence agrees.

    The round's year is that of its dates; the fiscal year before April is the year before, and both are right.
    """
    normal = unicodedata.normalize("NFKC", text or "")[:200]
    own = unicodedata.normalize("NFKC", facts.round.name)
    said, meant = _ORDINAL.search(normal), _ORDINAL.search(own)
    if said and meant and _number(said[1]) != _number(meant[1]):
        return True
    year = _ERA_YEAR.search(normal)
    if year is None or "補正" in normal:
        return False
    said_year = 1 if year[1] == "元" else int(year[1])
    return said_year != facts.round.opens.year - 2018


def _number(text: str) -> int:
    return _KANJI.get(text) or int(text)


@check("form-complete", needs=("current",))
def form_complete(facts: Facts, rule: FormComplete) -> Iterator[Finding]:
    """Every field that form.yaml requires has something in it.

    「後日連絡します」「未定」 is nothing; 「別紙のとおり」「同上」, and 「企画課担当者」 for a name, are a person's to look at. The course is `course-chosen`'s. Where the form names its body without doubt, no part of the name is asked for. What
    may be chosen is all said; one of it as an example would be advice.
    """
    form, spec = facts.form, facts.form_spec
    if form is None or spec is None:
        return
    named = facts.understood.naming.form.resolved in (Resolved.EXACT, Resolved.VARIANT)
    course = _course_field(facts)
    for key, field in spec.fields.items():
        if key == course or not is_required(field, form) or (named and key in _NAME_FIELDS):
            continue
        value = form.fields.get(key, FieldValue(label=field.label))
        put_off = value.empty or _only_dashes(field, value) or _put_off(field, value)
        elsewhere = not put_off and _elsewhere(field, value, rule)
        if not (put_off or elsewhere):
            continue
        variant = "elsewhere" if elsewhere else "" if value.cell else "absent"
        choices = tuple(choice.value for choice in field.choices if _may_be_chosen(choice.only_if, form))
        to_choose = rule.message_choice if choices else None
        yield report(
            facts,
            rule,
            variant,
            where=cell_of(field.label, value),
            found=None if value.empty else value.raw,
            example=None if to_choose else field.example,
            words=rule.messages.get(key) or to_choose if value.cell and not elsewhere else None,
            fields=(key,),
            cells=cells_of(value),
            gives={"label": field.label, "cell": value.cell, "choices": choices},
        )


def is_required(field: FieldSpec, form: FormData) -> bool:
    """Must this field be filled, given the others? An unfilled field satisfies no condition."""
    if isinstance(field.required, bool):
        return field.required
    condition: Condition = field.required
    if condition.unless:
        return not _holds(condition.unless, form)
    return _holds(condition.when, form)


def _holds(wanted: Mapping[str, tuple[str, ...]], form: FormData) -> bool:
    return any(form.text(key) in values for key, values in wanted.items())


@check("course-chosen", needs=("current",))
def course_chosen(facts: Facts, rule: CourseChosen) -> Iterator[Finding]:
    """One of the courses A and B. None, or both: `fix`. No example is given: it would be advice."""
    form, spec = facts.form, facts.form_spec
    field = spec.fields.get(rule.field) if spec else None
    if form is None or field is None or not is_required(field, form):
        return
    value = form.fields.get(rule.field, FieldValue(label=field.label))
    if not (value.empty or _names_both(value, field)):
        return
    yield report(
        facts,
        rule,
        "" if value.empty else "both",
        where=cell_of(field.label, value),
        found=value.raw,
        fields=(rule.field,),
        cells=cells_of(value),
        gives={"label": field.label, "cell": value.cell},
    )


def _names_both(value: FieldValue, field: FieldSpec) -> bool:
    """「A・B」「AとBの両方」: more than one of the choices stands in a field for one."""
    if value.problem != "choice" or not isinstance(value.raw, str):
        return False
    raw = unicodedata.normalize("NFKC", value.raw[:_LONGEST_CHOICE]).upper()
    return sum(any(_stands_in(raw, words) for words in choice.spellings) for choice in field.choices) > 1


def _stands_in(raw: str, words: str) -> bool:
    """A letter counts alone only: the A of AI names no course."""
    wanted = unicodedata.normalize("NFKC", words).upper()
    if len(wanted) == 1 and wanted.isascii():
        return re.search(rf"(?<![A-Z]){re.escape(wanted)}(?![A-Z])", raw) is not None
    return wanted in raw


def _course_field(facts: Facts) -> str | None:
    configured = facts.settings.rules.check("course-chosen")
    decided = facts.settings.rules.rule(facts.understood.rule)
    if not isinstance(configured, CourseChosen) or decided is None:
        return None
    asked = any(one is configured for one in facts.settings.rules.checks_of(decided))
    return configured.field if asked else None


def _only_dashes(field: FieldSpec, value: FieldValue) -> bool:
    """「－」 in a box of words says that nothing stands there. 「なし」 and 「該当なし」 are answers."""
    return field.type is FieldType.TEXT and isinstance(value.raw, str) and _DASHES.fullmatch(value.raw) is not None


def _put_off(field: FieldSpec, value: FieldValue) -> bool:
    return field.type is FieldType.TEXT and no_answer.is_put_off(squeeze(str(value.raw))[:_LONGEST_CHOICE])


def _elsewhere(field: FieldSpec, value: FieldValue, rule: FormComplete) -> bool:
    if field.type is not FieldType.TEXT:
        return False
    said = squeeze(str(value.raw))[:_LONGEST_CHOICE]
    if (field.max_length or 0) >= _LONG_ANSWER and no_answer.says_yes(said):
        return True
    return no_answer.is_elsewhere(said) or (field.key in rule.names and no_answer.names_nobody(said))


@check("form-choice", needs=("current",))
def form_choice(facts: Facts, rule: FormChoice) -> Iterator[Finding]:
    """A value that is none of the choices, or a choice that the others rule out (menu ⑧ in course A).

    An answer with words beside it that aren't understood, or one that says what is to be done later (`done` in form.yaml), is a
    person's to read: `unclear`.
    """
    form, spec = facts.form, facts.form_spec
    if form is None or spec is None:
        return
    course = _course_field(facts)
    for key, field in spec.fields.items():
        value = form.fields.get(key)
        if value is None or (key == course and _names_both(value, field)):
            continue
        refused = excluded_choices(field, value, form)
        unclear = not refused and _unclear(field, value, facts)
        if value.problem != "choice" and not refused and not unclear:
            continue
        if not refused and (_left_open(field, value, form) or _told_by_the_name(key, value, facts)):
            continue
        choices = tuple(choice.value for choice in field.choices if _may_be_chosen(choice.only_if, form))
        yield report(
            facts,
            rule,
            "unclear" if unclear else "",
            where=cell_of(field.label, value),
            found=refused or value.raw,
            expected=choices,
            example=field.example,
            fields=(key,),
            cells=cells_of(value),
            gives={"label": field.label, "cell": value.cell, "choices": choices, "read": _read(value)},
        )


def _unclear(field: FieldSpec, value: FieldValue, facts: Facts) -> bool:
    if field.type not in CHOOSING:
        return False
    return value.problem == "unclear" or (
        field.done
        and value.problem is None
        and no_answer.is_still_to_come(str(value.raw)[:_LONGEST_CHOICE], facts.received_at)
    )


def _read(value: FieldValue) -> str:
    if isinstance(value.value, tuple):
        return "、".join(value.value)
    return _NOTHING_READ if value.value is None else str(value.value)


def _left_open(field: FieldSpec, value: FieldValue, form: FormData) -> bool:
    """「－」「なし」「未定」 where nothing is needed."""
    said = _SPACES_AND_DOTS.sub("", unicodedata.normalize("NFKC", str(value.raw))[:24]).casefold()
    return not is_required(field, form) and _NOTHING.fullmatch(said) is not None


def _told_by_the_name(key: str, value: FieldValue, facts: Facts) -> bool:
    """「地方公共団体」 as the sort of a city of the code list: its name says it better, and doesn't say otherwise."""
    configured = facts.settings.rules.check("applicant-type")
    said = squeeze(str(value.raw))
    return (
        isinstance(configured, ApplicantType)
        and key == configured.field
        and facts.understood.naming.form.code is not None
        and body_kind(said) is None
        and _SORT_OUTSIDE.search(said) is None
    )


def excluded_choices(field: FieldSpec, value: FieldValue, form: FormData) -> tuple[str, ...]:
    """The chosen values that other fields rule out. Nothing is ruled out by a field that is itself empty."""
    chosen = value.value if isinstance(value.value, tuple) else (value.value,)
    return tuple(
        choice.value for choice in field.choices if choice.value in chosen and not _may_be_chosen(choice.only_if, form)
    )


def _may_be_chosen(only_if: Mapping[str, tuple[str, ...]], form: FormData) -> bool:
    return all(not form.text(key) or form.text(key) in values for key, values in only_if.items())


@check("form-type", needs=("current",))
def form_type(facts: Facts, rule: FormType) -> Iterator[Finding]:
    """A value that can't be read as what the field holds: a number, a telephone number, an address; or an Excel error.

    「－」「該当なし」 in a field that may be empty are nothing. What the office looks up itself is at most a `note`. An address whose
    domain is the beginning of the body's own (「kikaku@town.komono」) ends too early.
    """
    form, spec = facts.form, facts.form_spec
    if form is None or spec is None:
        return
    for key, field in spec.fields.items():
        value = form.fields.get(key)
        if value is None:
            continue
        cut = field.type is FieldType.EMAIL and value.problem is None and _ends_early(str(value.value or ""), facts)
        if not cut and (value.problem not in _NOT_READ or _left_open(field, value, form)):
            continue
        if value.problem == "unclear" and field.type in CHOOSING:  # form-choice tells it
            continue
        variant = _NOT_READ[value.problem or "type"]
        if key in rule.looked_up and facts.body_known:
            variant = "looked_up"
        yield report(
            facts,
            rule,
            variant,
            where=cell_of(field.label, value),
            found=value.raw,
            example=field.example,
            words=rule.messages.get(key) or rule.messages.get(str(field.type)) if not variant else None,
            fields=(key,),
            cells=cells_of(value),
            gives={"label": field.label, "cell": value.cell, "read": _read(value)},
        )


def _ends_early(address: str, facts: Facts) -> bool:
    """Is the domain a beginning, to a dot, of the sender's or of the body's? Where it is one of theirs, nothing is missing."""
    domain, sender = address.rpartition("@")[2].casefold(), facts.mail.sender
    theirs = [sender.domain.casefold()] if sender else []
    if "." not in domain or domain in theirs:
        return False
    code = facts.understood.organization.code
    theirs += [one.domain.casefold() for one in facts.settings.reference.domains if code and one.code == code]
    return domain not in theirs and any(one.startswith(f"{domain}.") for one in theirs)


@check("form-length", needs=("current",))
def form_length(facts: Facts, rule: FormLength) -> Iterator[Finding]:
    """Longer than the form suggests. The limits are ours: a `note`."""
    form, spec = facts.form, facts.form_spec
    if form is None or spec is None:
        return
    for key, field in spec.fields.items():
        value = form.fields.get(key)
        if value is None or field.max_length is None or field.type is not FieldType.TEXT:
            continue
        length = len("".join(str(value.raw or "").split()))
        if length > field.max_length:
            yield report(
                facts,
                rule,
                where=cell_of(field.label, value),
                found=f"{length}字",
                expected=f"{field.max_length}字",
                fields=(key,),
                cells=cells_of(value),
                gives={"label": field.label, "cell": value.cell, "length": length, "limit": field.max_length},
            )


@check("weekly-hours", needs=("current",))
def weekly_hours(facts: Facts, rule: WeeklyHours) -> Iterator[Finding]:
    """Fewer hours a week than the call's 目安 (1(2)留意事項2): asked back, never a correction. Empty is `form-complete`."""
    value = facts.form.fields.get(rule.field) if facts.form else None
    if value is None or isinstance(value.value, bool) or not isinstance(value.value, (int, float)):
        return
    if value.value < rule.minimum:
        yield report(
            facts,
            rule,
            where=cell_of(value.label, value),
            found=value.raw,
            expected=rule.minimum,
            fields=(rule.field,),
            cells=cells_of(value),
            gives={"label": value.label, "cell": value.cell, "minimum": rule.minimum},
        )


def _file(form: FormData) -> tuple[str, ...]:
    return (form.filename,) if form.filename else ()
