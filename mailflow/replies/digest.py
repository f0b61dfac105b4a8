"""The staff's daily letter (staff-digest): from the office to itself, about all cases at once (DESIGN §5, §8). Pure.

It is no letter of a case, and the only one that counts. `compose_digest` takes the addresses of the staff and refuses any
other: what is said here never leaves the office. Raises `LetterError`, and ValueError without a recipient.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailflow.model import Address, Draft
from mailflow.replies.render import render
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings

TEMPLATE = "staff-digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """「応募（記入漏れなし）」, 12."""

    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing for a person: what, of which case, until when it is useful."""

    what: str
    number: str
    organization: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """`at`: when it was counted. `calls`: the call sheet (電話連絡票). `head`: the audit chain's `SEQ:HASH`."""

    at: datetime
    arrived: tuple[Count, ...]
    letters: tuple[Count, ...]
    tasks: tuple[Task, ...]
    calls: tuple[Task, ...]
    problems: tuple[str, ...]
    oldest_unjudged: datetime | None
    balanced: bool
    head: str


def digest_names(view: DigestView, round_: Round, settings: Settings) -> dict[str, Any]:
    """The names that staff-digest may use: those of the programme and the round, and `digest`."""
    return {
        "programme": settings.programme.model_dump(),
        "round": round_.model_dump(),
        "digest": dataclasses.asdict(view),
    }


def compose_digest(view: DigestView, staff: tuple[Address, ...], settings: Settings) -> Draft:
    """The letter to the staff. Nobody outside the programme's own domain gets it."""
    own = settings.programme.address.casefold().rpartition("@")[2]
    if not staff or any(one.domain != own for one in staff):
        raise ValueError(f"the digest goes to addresses of {own} only")
    policy = settings.file.approval.for_template(TEMPLATE)
    rendered = render(TEMPLATE, digest_names(view, settings.round_for(view.at), settings), settings)
    return Draft(
        template=TEMPLATE,
        purpose="digest",
        approval=policy.approval,
        consent=policy.consent,
        sender=Address(name=settings.programme.office, address=settings.programme.address),
        to=staff,
        cc=(),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
    )
