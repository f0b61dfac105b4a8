"""Whole stories of a case as tables: mails over days, letters sent, and what must hold after each step.

A story is a list of steps. `M` is a mail of the town's officer unless it says otherwise, `Send` sends what waits, `Rest` judges
what waits once more, `Do` is an act of a person. Each step may say what must hold after it (`Then`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from mailflow.store.cases import application, applications
from tests.integration.round.forms import form
from tests.integration.round.office import IIDA, Judged, Round

SUBJECT = "【長野県飯田市】計画策定支援"
NAME = "【長野県飯田市】1次公募応募様式.xlsx"
APPLY = "応募様式を提出します。よろしくお願いいたします。"
ANY: list[str] = ["…"]


@dataclass(frozen=True, kw_only=True)
class Then:
    """What must hold after a step; None: not asked. `templates`: of the letters this mail gave. `waiting`: all that wait.
    `counts`: the version that counts. `review`: the mail waits for a person. `checks`: among the findings that hold it back.
    `says`, `silent`: in the text of the newest letter that waits or went out (blanks aside)."""

    templates: list[str] | None = None
    waiting: list[str] | None = None
    state: str | None = None
    counts: int | None = None
    versions: int | None = None
    review: bool | None = None
    checks: Iterable[str] = ()
    without: Iterable[str] = ()
    says: Iterable[str] = ()
    silent: Iterable[str] = ()
    claim: bool | None = None
    kind: str | None = None
    label: str | None = None
    sent: int | None = None
    cases: int | None = None


@dataclass(frozen=True, kw_only=True)
class M:
    """`filled`: what the form holds otherwise, None for no form. `re`: answers the letter sent as the n-th (from 0; -1 the last)."""

    at: datetime
    text: str = APPLY
    filled: dict[str, object] | None = field(default_factory=dict)
    name: str = NAME
    files: Sequence[tuple[str, bytes]] = ()
    subject: str = SUBJECT
    sender: str = IIDA
    re: int | None = None
    headers: Sequence[tuple[str, str]] = ()
    then: Then | None = None


@dataclass(frozen=True, kw_only=True)
class Send:
    at: datetime
    then: Then | None = None


@dataclass(frozen=True, kw_only=True)
class Rest:
    at: datetime
    then: Then | None = None


@dataclass(frozen=True, kw_only=True)
class Do:
    """`act(office)`: an act of a person or a timer; what waits because of it is judged at `at`."""

    act: Callable[[Round], object]
    at: datetime
    then: Then | None = None


Step = M | Send | Rest | Do


def flat(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return "".join(str(part.get_content()).split())


def tell(office: Round, steps: Iterable[Step]) -> None:
    """Run the story; an assertion names the step."""
    for number, step in enumerate(steps, start=1):
        judged: Judged | None = None
        where = f"step {number}, {step.at:%m-%d %H:%M:%S}"
        match step:
            case M():
                judged = mail(office, step)
            case Send():
                office.send(step.at)
            case Rest():
                rest = office.judge_rest(step.at)
                judged = rest[-1] if rest else None
            case Do():
                step.act(office)
                rest = office.judge_rest(step.at)
                judged = rest[-1] if rest else None
        if step.then is not None:
            holds(office, judged, step.then, where)


def mail(office: Round, step: M) -> Judged:
    files = list(step.files)
    if step.filled is not None:
        files.insert(0, (step.name, form(**step.filled)))
    answers = office.sent[step.re] if step.re is not None else None
    return office.mail(
        step.text,
        when=step.at,
        sender=step.sender,
        subject=step.subject,
        answers=answers,
        files=files,
        headers=step.headers,
    )


def holds(office: Round, judged: Judged | None, then: Then, where: str) -> None:
    waiting = office.store.drafts(states=["waiting", "approved"])
    if judged is not None:
        verdict = judged.outcome.verdict
        shown = [
            (one.check, one.severity.value, one.found, one.message)
            for one in verdict.findings
            if one.severity.value != "note"
        ]
        if then.templates is not None:
            assert judged.templates == then.templates, (where, judged.templates, verdict.understood.rule, shown)
        if then.review is not None:
            assert verdict.needs_review == then.review, (where, verdict.understood.rule, shown)
        if then.claim is not None:
            assert verdict.known.claim == then.claim, (where, shown)
        if then.kind is not None:
            assert verdict.understood.kind.value == then.kind, (where, verdict.understood.rule, shown)
        if then.label is not None:
            assert verdict.understood.label == then.label, (where, verdict.understood.rule, shown)
        held = {one.check for one in verdict.findings if one.severity.value != "note"}
        assert set(then.checks) <= held, (where, shown)
        assert not set(then.without) & held, (where, shown)
    if then.waiting is not None:
        assert [one.template for one in waiting] == then.waiting, (where, [one.template for one in waiting])
    lines = applications(office.store)
    if then.cases is not None:
        assert len(lines) == then.cases, (where, lines)
    town = next((one for one in lines if one.organization.full_name == "長野県飯田市"), None)
    if then.state is not None:
        assert (town.state.value if town else "") == then.state, (where, town)
    if then.counts is not None:
        assert (town.version if town else 0) == then.counts, (where, town)
    if then.versions is not None:
        assert (town.versions if town else 0) == then.versions, (where, town)
    if then.sent is not None:
        assert len(office.sent) == then.sent, (where, [one["Subject"] for one in office.sent])
    if then.says or then.silent:
        text = newest_text(office)
        for words in then.says:
            assert "".join(words.split()) in text, (where, words, text)
        for words in then.silent:
            assert "".join(words.split()) not in text, (where, words, text)


def newest_text(office: Round) -> str:
    """The newest letter that waits, else the newest that went out; without blanks."""
    waiting = office.store.drafts(states=["waiting", "approved"])
    if waiting:
        view = office.store.draft(waiting[-1].id)
        assert view is not None
        return "".join((view.draft.subject + view.draft.text).split())
    return flat(office.sent[-1])


__all__ = ["APPLY", "NAME", "SUBJECT", "Do", "M", "Rest", "Send", "Step", "Then", "application", "tell"]
