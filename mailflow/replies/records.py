"""What a letter tells of what is on record: to whom, the case's forms and arrivals, the towns of a mail that brought several.

In: the verdict and what is known of its own case. Out: lines for `CaseView`. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from mailflow.model import CaseState, FormData, Known, Verdict
from mailflow.replies.occasions import RecordView, TownView
from mailflow.replies.quoting import said

MOST_LINES = 20


def tells(verdict: Verdict, known: Known) -> bool:
    """Whether the sender may hear what is on record: a party of the case, tied to the body; without a case, the body's own
    domain. To anybody else even 「記録がありません」 would tell whether a town has applied."""
    if (
        known.claim
        or not known.party
        or known.untied
        or any(one.check == "sender-authentic" for one in verdict.findings)
    ):
        return False
    return known.case_id is not None or verdict.understood.sender_class == "body"


def records(known: Known) -> tuple[RecordView, ...]:
    """The case's forms, and mails that apply without one that could be read: those have arrived too. Oldest first."""
    stands = [] if known.case_state is CaseState.WITHDRAWN else [one.number for one in known.versions if one.counted]
    found = [
        RecordView(
            version=one.number,
            received_at=one.received_at,
            file=said(one.filename, 120) or "（名前のないファイル）",
            counts=bool(stands) and one.number == stands[-1],
            replaced=bool(stands) and one.number < stands[-1],
        )
        for one in known.versions[-MOST_LINES:]
    ]
    for mail in known.arrived[-MOST_LINES:]:
        files = "、".join(said(one.name, 60) for one in mail.files[:3]) or "（添付ファイルはありませんでした）"
        found.append(RecordView(version=0, received_at=mail.received_at, file=files, counts=False))
    return tuple(sorted(found, key=lambda one: one.received_at))


def towns(forms: Sequence[FormData]) -> tuple[TownView, ...]:
    """Each form of a mail that brought several, by the name in it. Numbers come when a person has split the mail."""
    return tuple(
        TownView(
            organization=_named_in(form),
            number=None,
            file=said(form.filename, 120) or "（名前のないファイル）",
            result="記入のない応募様式でした" if form.untouched else "応募様式として読み取れました",
        )
        for form in forms[:MOST_LINES]
    )


def _named_in(form: FormData) -> str:
    town = said(form.text("municipality"), 40)
    name = said(form.text("organization_name"), 60)
    prefecture = said(form.text("prefecture"), 20)
    return (f"{prefecture}{town}" if town else name or prefecture) or "（団体名の記入がありません）"
