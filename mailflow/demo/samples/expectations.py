"""The few answers that most mails of the story have in common."""

from __future__ import annotations

from mailflow.demo.samples.model import Expectation
from mailflow.demo.samples.officers import Officer
from mailflow.model import Kind


def complete(officer: Officer) -> Expectation:
    """An application with nothing to ask about."""
    return Expectation(kind=Kind.APPLICATION, organization=officer.body, enqueue=True, template="receipt")


def to_fix(officer: Officer, template: str = "fix-request") -> Expectation:
    """An application that the applicant can put right."""
    return Expectation(kind=Kind.APPLICATION, organization=officer.body, template=template)


def held(officer: Officer, template: str | None = "receipt") -> Expectation:
    """An application that a person looks at first."""
    return Expectation(kind=Kind.APPLICATION, organization=officer.body, template=template, review=True)


def by_hand(kind: Kind, officer: Officer | None = None, template: str | None = None) -> Expectation:
    """A mail that a person answers."""
    return Expectation(kind=kind, organization=officer.body if officer else None, template=template, review=True)


def nothing(kind: Kind, officer: Officer | None = None) -> Expectation:
    """A mail that nobody answers."""
    return Expectation(kind=kind, organization=officer.body if officer else None)


def booked(officer: Officer) -> Expectation:
    """A consultation that is held at once and confirmed."""
    return Expectation(kind=Kind.CONSULTATION, organization=officer.body, template="consultation-confirmed")
