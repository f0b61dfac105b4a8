"""The tables of this folder: a mail in a few lines, and what an experienced clerk makes of it.

    seven-bit-tag-of-a-gateway                 the case's name, at the margin
      subject [EXTERNAL] 【長野県飯田市】計画策定支援      what is peculiar to the mail (below)
      => application 長野県飯田市 exact | - | receipt | enqueue

The line `=>` has four columns: kind[/label], body, how it was resolved (`~府中市…` behind a suggestion: names that must be
suggested) · every finding as check:severity, `@field` where it matters, `*3` for three · the letter or `-` · the actions
but reply and label, in their order. `-` is nothing. It is all compared: a finding more or less fails the case.

A mail's lines, any of them left out for an ordinary application of 長野県飯田市:
    of BODY             who applies (form, domain, subject, file name follow)
    from NAME <ADDRESS> · from -                 subject TEXT · subject - · subject ""
    form FILENAME · form -      no form          set KEY=VALUE; KEY=      cells of the form; empty; "…": a text
    form-is blank · form-is last-year · form-is broken        zipped NAME · locked NAME      the form inside a zip
    also-form FILENAME | BODY | KEY=VALUE        file NAME      any other file, by its ending
    text LINE           once for each line       quote LINE · unsigned · style CLIENT · html-only
    header NAME: VALUE · cc ADDRESS · at TIME · clock TIME (our server's) · known NAME (states.py)
    inner …             the same, for the mail that hangs inside
`defaults` before the first case holds for the whole table. `#` begins a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tests.judging.letterbox import AlsoForm, Body, Written, body

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TEXTS = {"organization_code", "contact_phone", "menus"}


@dataclass(frozen=True)
class Expected:
    kind: str
    label: str | None
    body: str | None
    resolved: str
    suggested: tuple[str, ...]
    findings: tuple[str, ...]  # sorted; repeated as often as they come
    letter: str | None
    actions: tuple[str, ...]

    def __str__(self) -> str:
        """As a table writes it, findings in the order of the alphabet."""
        times = {one: self.findings.count(one) for one in dict.fromkeys(self.findings)}
        findings = " ".join(one if count == 1 else f"{one}*{count}" for one, count in times.items())
        kind = f"{self.kind}/{self.label}" if self.label else self.kind
        suggested = "".join(f" ~{one}" for one in self.suggested)
        who = f"{kind} {self.body or '-'} {self.resolved}{suggested}"
        return f"{who} | {findings or '-'} | {self.letter or '-'} | {' '.join(self.actions) or '-'}"


@dataclass(frozen=True)
class Case:
    table: str
    line: int
    mail: Written
    known: str | None
    expected: Expected | None

    @property
    def id(self) -> str:
        return f"{self.table}-{self.mail.case}"


class TableError(ValueError):
    pass


def read_table(path: Path) -> list[Case]:
    """The cases of a table. Raises TableError with file and line for what isn't of the language."""
    blocks: list[tuple[int, str, list[tuple[int, str]]]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            blocks.append((number, line.strip(), []))
        elif not blocks:
            raise TableError(f"{path.name}:{number}: a line before the first case")
        else:
            blocks[-1][2].append((number, line.strip()))
    shared: list[tuple[int, str]] = []
    cases: list[Case] = []
    for number, name, lines in blocks:
        if name == "defaults":
            shared = lines
            continue
        try:
            cases.append(_case(path.stem, number, name, [*shared, *lines]))
        except (ValueError, KeyError) as error:
            raise TableError(f"{path.name}:{number}: {name}: {error}") from error
    names = [one.mail.case for one in cases]
    if twice := {name for name in names if names.count(name) > 1}:
        raise TableError(f"{path.name}: twice: {', '.join(sorted(twice))}")
    return cases


def _case(table: str, number: int, name: str, lines: list[tuple[int, str]]) -> Case:
    expectation = [line[2:].strip() for _, line in lines if line.startswith("=>")]
    said = [line for _, line in lines if not line.startswith("=>")]
    known = next((line.split(None, 1)[1] for line in reversed(said) if line.startswith("known ")), None)
    mail = written(f"{table}-{name}", [line for line in said if not line.startswith("known ")])
    expected = _expected(expectation[-1]) if expectation else None
    return Case(table, number, replace(mail, case=name), known, expected)


def written(case: str, lines: list[str]) -> Written:
    mail = Written(case=case, body=body("長野県飯田市"))
    text: list[str] = []
    quoted: list[str] = []
    inner: list[str] = []
    for line in lines:
        key, _, value = line.partition(" ")
        value = value.strip()
        match key:
            case "of":
                mail = replace(mail, body=body(value))
            case "from":
                mail = replace(mail, sender=None if value == "-" else value)
            case "subject":
                mail = replace(mail, subject=None if value == "-" else " " if value == '""' else value)
            case "form":
                mail = replace(mail, form=None if value == "-" else value)
            case "form-is":
                broken = value == "broken"
                mail = replace(mail, broken=broken, edition="" if broken else value)
            case "set":
                mail = replace(mail, changes={**mail.changes, **_changes(value)})
            case "zipped" | "locked":
                mail = replace(mail, inside=value, locked=key == "locked")
            case "also-form":
                mail = replace(mail, more_forms=(*mail.more_forms, _also(value)))
            case "file":
                mail = replace(mail, files=(*mail.files, value))
            case "text":
                text.append(value)
            case "quote":
                quoted.append(value)
            case "inner":
                inner.append(value)
            case "unsigned":
                mail = replace(mail, signed=False)
            case "html-only":
                mail = replace(mail, html_only=True)
            case "style":
                mail = replace(mail, style=value)
            case "header":
                name, _, content = value.partition(":")
                mail = replace(mail, headers=(*mail.headers, (name.strip(), content.strip())))
            case "cc":
                mail = replace(mail, cc=(*mail.cc, value))
            case "at":
                mail = replace(mail, at=_time(value))
            case "clock":
                mail = replace(mail, clock=_time(value))
            case _:
                raise ValueError(f"no such line: {line}")
    if text:
        mail = replace(mail, text="\n".join(text))
    if quoted:
        mail = replace(mail, quoted="\n".join(quoted))
    return replace(mail, inner=written(f"{case}-inner", inner)) if inner else mail


def _also(value: str) -> AlsoForm:
    name, _, rest = value.partition("|")
    whose, _, changes = rest.partition("|")
    applicant: Body = body(whose.strip() or "長野県飯田市")
    return AlsoForm(name.strip(), applicant, _changes(changes))


def _changes(text: str) -> dict[str, object]:
    changes: dict[str, object] = {}
    for pair in filter(None, (one.strip() for one in text.split(";"))):
        key, _, value = pair.partition("=")
        key, value = key.strip(), value.strip()
        if value[:1] == value[-1:] == '"' and len(value) > 1:
            changes[key] = value[1:-1]
        elif _NUMBER.fullmatch(value) and key not in _TEXTS:
            changes[key] = float(value) if "." in value else int(value)
        else:
            changes[key] = value.replace("\\n", "\n") or None
    return changes


def _time(value: str) -> datetime:
    return datetime.fromisoformat(f"2026-{value}+09:00" if value[4:5] != "-" else f"{value}+09:00")


def _expected(line: str) -> Expected:
    columns = [column.strip() for column in line.split("|")]
    if len(columns) != 4:
        raise ValueError(f"four columns behind =>, not {len(columns)}")
    who, findings, letter, actions = columns
    kind, *named = who.split()
    kind, _, label = kind.partition("/")
    if len(named) < 2:
        raise ValueError("kind, body, resolved")
    return Expected(
        kind=kind,
        label=label or None,
        body=None if named[0] == "-" else named[0],
        resolved=named[1],
        suggested=tuple(one.removeprefix("~") for one in named[2:]),
        findings=tuple(sorted(_repeated(findings))),
        letter=None if letter == "-" else letter,
        actions=() if actions == "-" else tuple(actions.split()),
    )


def _repeated(findings: str) -> Iterator[str]:
    for one in findings.split() if findings != "-" else ():
        said, _, times = one.partition("*")
        yield from [said] * int(times or 1)
