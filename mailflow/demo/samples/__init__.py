"""The sample mails: the story of one round, from the day before it opens to the morning after it closes.

`sample_mails(form, address)` gives some sixty mails in the order of their arrival, the same bytes on every machine and
day. `form`: the form.yaml in force, whose edition of the round the applicants fill in. `address`: the secretariat's
mailbox. The mails of a moment are those with `received_at <= now`; those of the last afternoon are there too, and come
when the clock gets there.
Raises LookupError where form.yaml has no edition for the round's first day.
"""

from __future__ import annotations

from datetime import date

from mailflow.demo.samples.desk import Post, boundary_host
from mailflow.demo.samples.detoured_applications import detoured_applications
from mailflow.demo.samples.early_applications import early_applications
from mailflow.demo.samples.faulty_applications import faulty_applications
from mailflow.demo.samples.later_applications import later_applications
from mailflow.demo.samples.letters import letters
from mailflow.demo.samples.model import Expectation, SampleMail, Sort
from mailflow.demo.samples.notices import notices
from mailflow.demo.samples.wrapped_applications import wrapped_applications
from mailflow.settings.form import FormFile

OPENING = date(2026, 3, 4)


def sample_mails(form: FormFile, address: str) -> tuple[SampleMail, ...]:
    """All mails of the story, oldest first."""
    post = Post(address, form.spec_for(OPENING))
    chapters = (
        early_applications,
        faulty_applications,
        wrapped_applications,
        detoured_applications,
        later_applications,
        letters,
        notices,
    )
    return tuple(sorted((mail for chapter in chapters for mail in chapter(post)), key=lambda mail: mail.received_at))


__all__ = ["Expectation", "SampleMail", "Sort", "boundary_host", "sample_mails"]
