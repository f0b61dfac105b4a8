"""One letter as its reader decides on it: to whom, with what, why, in which words; and the applicant's cells beside it.

In: what the store says of the letter and of the verdict on its mail. Out: plain values for the template, Japanese. Pure: no
decision is made here, and none is hidden: what the own-case lock would refuse stands beside the name it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from mailflow.console import words
from mailflow.console.words import Mark
from mailflow.model import (
    HOLDING,
    NO_ORGANIZATION,
    Draft,
    FieldValue,
    Finding,
    FormData,
    LetterItem,
    Naming,
    Organization,
    Part,
    Recorded,
    Severity,
    Verdict,
)
from mailflow.store.queue import FileOrigin

GOOD, DOUBT, WRONG, PLAIN = "good", "fix", "stop", "note"
_ICONS = {GOOD: "check", DOUBT: "warn", WRONG: "stop", PLAIN: "info"}
SOURCES = (("form", "様式"), ("subject", "件名"), ("attachment", "ファイル名"), ("sender", "差出人"))
LONGEST_CELL = 120


@dataclass(frozen=True, slots=True)
class Check:
    """What was held against what, beside a name."""

    tone: str
    said: str

    @property
    def mark(self) -> Mark:
        return Mark(self.tone, _ICONS[self.tone], self.said)


@dataclass(frozen=True, slots=True)
class Named:
    """A line of the block on top: the body, an address, a file. `number`: of a file, to fetch it."""

    name: str
    checks: tuple[Check, ...] = ()
    more: str = ""
    number: int | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding that the letter is made of. `number`: of its point in the letter. `position`: among the letter's findings.
    `ticked`: it holds; None: there is nothing to lift."""

    mark: Mark
    number: int | None
    where: str
    said: str
    position: int
    severity: Severity
    ticked: bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the form. `long`: the whole text where `value` is cut."""

    place: str
    label: str
    value: str
    empty: bool
    numbers: tuple[int | str, ...] = ()
    long: str | None = None
    hit: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    body: Named
    to: tuple[Named, ...]
    cc: tuple[Named, ...]
    files: tuple[Named, ...]
    reasons: tuple[Reason, ...]
    cells: tuple[Cell, ...] = ()
    rows: tuple[Cell, ...] = ()
    sheet: str | None = None
    refused: bool = False
    file_numbers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    subject_numbers: tuple[int | str, ...] = ()


def screen(
    draft: Draft,
    verdict: Verdict | None,
    organization: str | None,
    files: Mapping[str, FileOrigin],
    sender: str | None,
    *,
    mail_id: int | None = None,
    recorded: Sequence[Recorded] = (),
    hidden: bool = False,
) -> Screen:
    """All that the right side says beside the words themselves. `sender`: who the mail is from. `recorded`: what people told of
    the case. `hidden`: what stands in the mail is not for every eye."""
    numbered = [(finding, number_of(finding, draft.items)) for finding in draft.findings]
    form = verdict.understood.form if verdict and not hidden else None
    rows = cells_of(form, numbered) if form else ()
    parts = tuple(_file(number, part, files) for number, part in enumerate(draft.parts))
    return Screen(
        body=_body(organization, verdict),
        to=tuple(_address(one.address, one.name, sender, verdict) for one in draft.to),
        cc=tuple(_address(one.address, one.name, sender, verdict) for one in draft.cc),
        files=parts,
        reasons=()
        if hidden  # each says what stood there
        else tuple(
            _reason(position, finding, number, was_lifted=lifted(finding, recorded, mail_id))
            for position, (finding, number) in enumerate(numbered)
        ),
        cells=around(rows),
        rows=rows,
        sheet=form.sheet if form else None,
        refused=any(check.tone == WRONG for part in parts for check in part.checks),
        file_numbers=_file_numbers(numbered),
        subject_numbers=tuple(number or "･" for finding, number in numbered if finding.where == "件名"),
    )


def number_of(finding: Finding, items: Sequence[LetterItem]) -> int | None:
    """The point of the letter that speaks of this finding."""
    for item in items:
        if finding.check in item.checks and (bool(set(finding.fields) & set(item.fields)) or not item.fields):
            return item.number
    return None


LIFTABLE = frozenset({*HOLDING, Severity.CONFIRM})


def lifted(finding: Finding, recorded: Iterable[Recorded], mail_id: int | None) -> bool:
    """Whether a person has lifted this finding of this mail: the newest word on it holds."""
    said = [
        one.cleared
        for one in recorded
        if one.cleared is not None
        and one.mail_id == mail_id
        and (one.check, one.fields) == (finding.check, finding.fields)
    ]
    return bool(said and said[-1])


def _reason(position: int, finding: Finding, number: int | None, *, was_lifted: bool) -> Reason:
    ticked = True if finding.severity in LIFTABLE else False if was_lifted else None
    mark = words.SEVERITIES[finding.severity]
    found = "空欄" if finding.fields and not finding.found else words.short(finding.found, 60)
    said = f"{found} → {words.short(finding.message, 120)}" if found else words.short(finding.message, 160)
    if finding.severity in (Severity.NOTE, Severity.REVIEW) and finding.expected and not finding.fields:
        said += f"（{words.short(finding.expected, 60)}）"
    return Reason(mark, number, words.short(finding.where, 60), said, position, finding.severity, ticked)


def _body(organization: str | None, verdict: Verdict | None) -> Named:
    if verdict is None:
        return Named(organization or "団体が分かりません", ())
    body = verdict.understood.organization
    if organization is None:
        return Named("団体が分かりません", (Check(DOUBT, "どの団体か決まっていません"),))
    naming = verdict.understood.naming
    if verdict.understood.writer is not None:  # whom a mail inside names tells nothing
        naming = replace(naming, sender=NO_ORGANIZATION)
    agreeing, other = _sources(body, naming)
    checks = [Check(GOOD, f"{'・'.join(agreeing)}が一致")] if agreeing and not other else []
    checks += [Check(WRONG, f"{source}は「{words.short(name, 30)}」") for source, name in other]
    if not checks:
        checks = [Check(DOUBT, "団体名は本文か、人の判断によります")]
    return Named(organization, tuple(checks), body.code or "")


def _sources(body: Organization, naming: Naming) -> tuple[list[str], list[tuple[str, str]]]:
    agreeing, other = [], []
    for key, word in SOURCES:
        one: Organization = getattr(naming, key)
        if one.name is None:
            continue
        if (one.code, one.prefecture, one.name) == (body.code, body.prefecture, body.name):
            agreeing.append(word)
        else:
            other.append((word, one.full_name or one.name))
    return agreeing, other


def _address(address: str, name: str | None, sender: str | None, verdict: Verdict | None) -> Named:
    key = address.casefold()
    sent_on = verdict.understood if verdict and verdict.understood.writer else None
    if sent_on and sent_on.sent_on_by and key == sent_on.sent_on_by.key:
        return Named(address, (Check(PLAIN, "転送した総合通信局"),), f"{words.short(name, 40)} 様" if name else "")
    if sent_on and sent_on.writer and key == sent_on.writer.key:
        checks = [Check(DOUBT, "転送された元の差出人（未確認）")]
    elif sender is not None and key == sender.casefold():
        checks = [Check(GOOD, "差出人と同じ")]
    elif sender is not None and key.rpartition("@")[2] == sender.casefold().rpartition("@")[2]:
        checks = [Check(PLAIN, "差出人と同じドメイン")]
    else:
        checks = [Check(DOUBT, f"差出人と違います（差出人 {words.short(sender, 60) or 'なし'}）")]
    classes = {
        "body": Check(GOOD, "団体のドメインと一致"), "other-body": Check(WRONG, "ほかの団体のドメイン"),
        "free": Check(DOUBT, "個人向けのメール"),
    }  # fmt: skip
    told = classes.get(verdict.understood.sender_class) if verdict else None
    if told is not None:
        checks.append(told)
    return Named(address, tuple(checks), f"{words.short(name, 40)} 様" if name else "")


def _file(number: int, part: Part, files: Mapping[str, FileOrigin]) -> Named:
    kind, _, said = part.origin.partition(":")
    origin = files.get(part.sha256)
    size = words.size(part.size)
    if kind == "public":
        return Named(part.filename, (Check(GOOD, f"公開のファイル（{words.short(said, 40)}）"),), size, number)
    if origin is None:
        return Named(
            part.filename, (Check(WRONG, "この団体のファイルではありません"),), f"{size}・承認できません", number
        )
    if kind == "case":
        return Named(part.filename, (Check(GOOD, "この団体から届いたファイル"),), size, number)
    if said == part.sha256:
        return Named(part.filename, (Check(GOOD, "この団体のために作成"),), size, number)
    return Named(part.filename, (Check(GOOD, f"元はこの団体の「{words.short(origin.source, 40)}」"),), size, number)


def _file_numbers(numbered: Sequence[tuple[Finding, int | None]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for finding, number in numbered:
        for name in finding.files:
            if number is not None and number not in found.get(name, ()):
                found[name] = (*found.get(name, ()), number)
    return found


def cells_of(form: FormData, numbered: Sequence[tuple[Finding, int | None]] = ()) -> tuple[Cell, ...]:
    """Every field in the order of the form, those in question marked."""
    of_field: dict[str, list[int | str]] = {}
    for finding, number in numbered:
        for key in finding.fields:
            of_field.setdefault(key, []).append(number if number is not None else "･")
    return tuple(_cell(value, tuple(dict.fromkeys(of_field.get(key, ())))) for key, value in form.fields.items())


def _cell(value: FieldValue, numbers: tuple[int | str, ...]) -> Cell:
    text = written(value)
    return Cell(
        place=(value.cell or "").rpartition("!")[2],
        label=value.label,
        value=text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…",
        empty=value.empty,
        numbers=numbers,
        long=text if len(text) > LONGEST_CELL else None,
        hit=bool(numbers),
    )


def written(value: FieldValue) -> str:
    """What stands in the cell, as the applicant wrote it."""
    return "" if value.raw is None else str(value.raw)


def around(rows: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells in question, each with the one before and behind it."""
    shown = {near for position, cell in enumerate(rows) if cell.hit for near in (position - 1, position, position + 1)}
    return tuple(cell for position, cell in enumerate(rows) if position in shown)
