"""The sample mails through the pipeline, with the configuration that ships: each is what its story says.

Each mail alone, as `try` sees it (`Known.empty()`): received when it was received, judged at the same moment.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from mailflow import pipeline
from mailflow.demo.samples import boundary_host
from mailflow.model import Kind, Known
from mailflow.settings.load import load
from tests.samples import MAILBOX, SAMPLE_IDS, demo_mails, sample

ROOT = Path(__file__).parents[2]


WRITTEN_INSIDE = {
    "web-form": "kurashi-sample@town.tsuwano.lg.jp"
}  # a robot sent it; the officer's address stands in it


@pytest.fixture(scope="module")
def settings():
    """The shipped configuration with the demo's mailbox, as the demo sets it."""
    shipped = load(ROOT / "config", {})
    file = shipped.file
    mailbox = file.mailbox.model_copy(
        update={"boundary_hosts": (boundary_host(MAILBOX),), "authserv_id": boundary_host(MAILBOX)}
    )
    programme = file.programme.model_copy(update={"address": MAILBOX})
    return replace(shipped, file=file.model_copy(update={"mailbox": mailbox, "programme": programme}))


def judged(mail, settings):
    reading = pipeline.take_in(mail.raw, settings, mail.received_at)
    return reading, pipeline.conclude(reading, Known.empty(), settings, mail.received_at, mail.received_at)


@pytest.mark.parametrize("mail_id", SAMPLE_IDS)
def test_each_mail_is_what_its_story_says(mail_id, settings):
    mail = sample(mail_id)
    _, outcome = judged(mail, settings)
    verdict, expect = outcome.verdict, mail.expect
    found = {
        "kind": verdict.understood.kind,
        "organization": verdict.understood.organization.full_name,
        "enqueue": any(action.action == "enqueue" for action in outcome.actions),
        "template": outcome.drafts[0].template if outcome.drafts else None,
        "review": verdict.needs_review,
    }
    assert found == {
        "kind": expect.kind,
        "organization": expect.organization,
        "enqueue": expect.enqueue,
        "template": expect.template,
        "review": expect.review,
    }, (mail.story, verdict.understood.rule, [(f.check, f.severity.value, f.found) for f in verdict.findings])


@pytest.mark.parametrize("mail_id", SAMPLE_IDS)
def test_letters_go_to_the_sender_alone(mail_id, settings):
    reading, outcome = judged(sample(mail_id), settings)
    officer = WRITTEN_INSIDE.get(mail_id, reading.mail.sender and reading.mail.sender.address)
    for draft in outcome.drafts:
        assert [one.address for one in draft.to] == [officer]


def test_the_mail_that_came_twice_is_one_arrival(settings):
    first, again = (judged(sample(one), settings)[0] for one in ("cover-letter", "cover-letter-again"))
    assert first.content_id == again.content_id
    others = [pipeline.take_in(m.raw, settings, m.received_at).content_id for m in demo_mails()]
    assert len(set(others)) == len(others) - 1


def test_names_of_files_are_read_as_meant(settings):
    names = {
        mail_id: [one.filename for one in judged(sample(mail_id), settings)[0].mail.attachments if not one.path]
        for mail_id in ("kuzumaki", "takasaki-utf8", "takasaki-cp932", "gateway")
    }
    assert names == {
        "kuzumaki": ["【岩手県葛巻町】1次公募応募様式.xlsx"],
        "takasaki-utf8": ["【鳥取県日南町】1次公募応募様式（担当　髙﨑　𠮷郎）.xlsx"],
        "takasaki-cp932": ["【島根県雲南市】1次公募応募様式（髙﨑）.xlsx"],
        "gateway": ["【熊本県多良木町】１次公募応募様式(1).xlsx"],
    }


def test_nothing_answers_a_machine(settings):
    for mail in demo_mails():
        if mail.expect.kind in (Kind.MACHINE, Kind.INTERNAL):
            assert judged(mail, settings)[1].drafts == (), mail.id
