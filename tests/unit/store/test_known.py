"""Which case a mail goes to, who is a party, what is known (DESIGN §4 "Parties and joining")."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from mailflow.model import (
    Address,
    Authentication,
    CaseState,
    Intent,
    Kind,
    MachineKind,
    Naming,
    Party,
    Request,
    RequestIntent,
    Severity,
)
from mailflow.store import Store
from mailflow.store.known import LoadedKnown
from tests.unit.store.flow import (
    KAWARA,
    MINATO,
    NO_BODY,
    NOW,
    SAKURA,
    START,
    STRANGER,
    TARO,
    Letter,
    build,
    finding,
    form,
    load,
    process,
    process_next,
    send_all,
    take,
)

COLLEAGUE = Address(name="企画課", address="section@town.kawara.example")


def look(store: Store, letter: Letter, **options: object) -> LoadedKnown:
    """What would be known, without committing."""
    step = load(store, letter, take(store, letter), **options)  # type: ignore[arg-type]
    store.release([step.pending.id], "w1")
    return step.loaded


def test_the_first_mail_of_a_body_opens_its_case(store: Store) -> None:
    loaded = look(store, Letter(form=form()))
    assert (loaded.known.case_id, loaded.known.party, loaded.known.claim) == (None, True, False)
    assert loaded.known.case_number == "R8-1-999991"
    assert process(store, Letter(form=form())).committed.case_id is not None


@pytest.mark.parametrize(
    ("letter", "party", "claim"),
    [
        pytest.param(Letter(), True, False, id="the-same-officer"),
        pytest.param(Letter(sender=COLLEAGUE), True, False, id="a-colleague-of-the-same-domain"),
        pytest.param(Letter(sender=replace(SAKURA, address="KIKAKU@Town.Kawara.example"), sender_class="unlisted"), True, False, id="a-party-in-other-case"),
        pytest.param(Letter(sender=STRANGER, sender_class="free"), False, True, id="a-stranger"),
        pytest.param(Letter(sender=TARO, sender_class="other-body"), False, True, id="another-body"),
        pytest.param(Letter(authentication=Authentication(results={"dmarc": "fail"})), False, True, id="forged-officer"),
        pytest.param(Letter(naming=Naming(form=KAWARA, subject=MINATO)), False, True, id="form-and-subject-disagree"),
        pytest.param(Letter(naming=Naming(form=KAWARA, sender=MINATO)), True, False, id="only-the-domain-is-another's"),
        pytest.param(Letter(sender=None, sender_class="unlisted"), False, True, id="no-sender"),
    ],
)  # fmt: skip
def test_who_joins_a_case_that_exists(store: Store, letter: Letter, party: bool, claim: bool) -> None:
    process(store, Letter(form=form()))
    loaded = look(store, letter)
    assert (loaded.known.party, loaded.known.claim) == (party, claim)


def test_a_stranger_learns_nothing_and_changes_nothing(store: Store) -> None:
    """zammad#2444: a stranger's mail was joined to another one's case."""
    own = process(store, Letter(form=form()))
    claim = process(
        store,
        Letter(
            sender=STRANGER, sender_class="free", form=form("b"), findings=(finding("sender-domain", Severity.REVIEW),)
        ),
    )
    known = claim.loaded.known
    assert known.claim
    assert (known.versions, known.letters, known.parties, known.unacknowledged) == ((), (), (), ())
    assert known.case_number is not None
    assert "999991" not in known.case_number
    assert claim.committed.case_id == own.committed.case_id  # kept there
    drafts = {line.id: line for line in store.drafts()}
    assert drafts[own.committed.drafts[0]].state == "waiting"  # not superseded
    assert drafts[claim.committed.drafts[0]].case_id != own.committed.case_id  # its letter has a case of its own
    after = look(store, Letter())
    assert [version.mail_id for version in after.known.versions] == [own.pending.id]
    assert after.known.unacknowledged == (own.pending.id,)
    assert after.revision == own.loaded.revision + 1


def test_who_opened_it_untied_is_a_party_until_the_body_writes(store: Store) -> None:
    outsider = Letter(sender=STRANGER, sender_class="free", form=form("a"))
    first = process(store, outsider)
    second = process(store, replace(outsider, form=form("b")))
    assert not second.loaded.known.claim
    body = process(store, Letter(form=form("c")))
    assert set(body.loaded.displaced) == {first.pending.id, second.pending.id}
    assert body.loaded.known.versions == ()
    assert body.loaded.known.unacknowledged == ()
    states = {line.mail_id: line.state for line in store.drafts()}
    assert states == {first.pending.id: "superseded", second.pending.id: "stale", body.pending.id: "waiting"}
    assert look(store, outsider).known.claim
    assert [v.mail_id for v in look(store, Letter()).known.versions] == [body.pending.id]
    assert STRANGER.address not in {one.address for one in look(store, Letter()).known.parties}


UNLISTED = Letter(sender=STRANGER, sender_class="unlisted", form=form("a"))
REPLACING = frozenset({Intent.REPLACE})


@pytest.mark.parametrize("bulk", [True, False], ids=["approved-in-bulk", "approved-by-a-person"])
def test_an_approved_reply_ties_nobody_to_the_body(store: Store, bulk: bool) -> None:
    """The body itself displaces whoever wrote first, and what that one sends then replaces nothing."""
    from mailflow.desk import add_operator, approve, approve_all

    add_operator(store, "佐藤", sys_now=NOW)
    first = process(store, UNLISTED)
    if bulk:
        approve_all(store, user="佐藤", now=NOW, sys_now=NOW)
    else:
        approve(store, first.committed.drafts[0], user="佐藤", content_sha256=None, now=NOW, sys_now=NOW)
    assert store.claim_next(now=NOW, sys_now=NOW, sending_allowed=True, claimant="s", build=build, undo=False)
    body = process(store, Letter(form=form("c")))
    assert body.loaded.displaced == (first.pending.id,)
    again = process(store, replace(UNLISTED, form=form("d"), intents=REPLACING))
    assert again.loaded.known.claim
    assert [v.mail_id for v in look(store, Letter()).known.versions] == [body.pending.id]
    seen = {line.id: line.review for line in store.mails()}
    assert seen[first.pending.id]  # a person sees what was displaced


def test_an_untied_sender_is_told_so_to_the_judge(store: Store) -> None:
    assert look(store, UNLISTED).known.untied
    process(store, UNLISTED)
    assert look(store, replace(UNLISTED, form=form("b"), intents=REPLACING)).known.untied
    assert not look(store, Letter()).known.untied
    assert not look(store, replace(NO_BODY, sender=TARO)).known.untied


@pytest.mark.parametrize(
    ("letter", "opens"),
    [
        pytest.param(replace(UNLISTED, form=None, kind=Kind.INQUIRY), False, id="a-stranger's-question"),
        pytest.param(replace(UNLISTED, form=None, kind=Kind.WITHDRAWAL), False, id="a-stranger's-withdrawal"),
        pytest.param(replace(UNLISTED, form=None, kind=Kind.UNKNOWN), False, id="nobody-knows-what"),
        pytest.param(UNLISTED, True, id="a-stranger's-application"),
        pytest.param(replace(UNLISTED, form=None, kind=Kind.CONSULTATION), True, id="a-stranger's-consultation"),
        pytest.param(Letter(kind=Kind.INQUIRY), True, id="the-body's-own-question"),
    ],
)
def test_who_opens_the_case_of_a_body(store: Store, letter: Letter, opens: bool) -> None:
    step = process(store, letter)
    assert (look(store, Letter()).known.case_id is not None) == opens
    (line,) = store.drafts()
    assert (line.case_number == "R8-1-999991") == opens
    assert line.case_id == step.committed.case_id
    later = process(store, Letter(form=form("c")))
    assert not later.loaded.known.claim


def test_a_strangers_next_question_stays_in_his_own_case(store: Store) -> None:
    question = replace(UNLISTED, form=None, kind=Kind.INQUIRY)
    first = process(store, replace(question, message_id="<q1@freemail.example>"))
    second = process(store, replace(question, in_reply_to="<q1@freemail.example>"))
    assert second.committed.case_id == first.committed.case_id


@pytest.mark.parametrize("by", ["thread", "number"])
def test_thread_and_number_choose_among_the_partys_own_cases(store: Store, by: str) -> None:
    for body in (KAWARA, MINATO):  # one officer writes for two bodies
        process(store, Letter(organization=body, form=form()))
    send_all(store)
    letters = {one.subject[-12:-1]: one for one in store.outbox()}
    wanted = letters["R8-1-999983"]
    hint = {"in_reply_to": wanted.message_id} if by == "thread" else {"case_number": "R8-1-999983"}
    loaded = look(store, replace(NO_BODY, **hint))  # type: ignore[arg-type]
    assert loaded.case_key == MINATO.code
    assert (loaded.known.answers is not None) == (by == "thread")
    assert look(store, NO_BODY).case_key is None  # two cases, nothing to choose by
    foreign = look(store, replace(NO_BODY, sender=STRANGER, **hint))  # type: ignore[arg-type]
    assert foreign.case_key is None
    assert foreign.known.answers is None


def test_a_party_of_one_case_needs_no_thread(store: Store) -> None:
    process(store, Letter(form=form()))
    assert look(store, NO_BODY).case_key == KAWARA.code
    forged = replace(NO_BODY, authentication=Authentication(results={"spf": "fail", "dkim": "fail"}))
    assert look(store, forged).case_key is None


def test_a_mail_of_no_body_has_a_case_of_its_own(store: Store) -> None:
    step = process(store, replace(NO_BODY, sender=STRANGER))
    (line,) = store.drafts()
    assert line.case_id == step.committed.case_id
    assert step.loaded.letter_number == line.case_number
    assert look(store, Letter(form=form())).known.case_id is None  # nobody's body


def test_a_mail_of_no_body_without_a_letter_has_no_case(store: Store) -> None:
    assert process(store, replace(NO_BODY, sender=STRANGER, drafts=0)).committed.case_id is None


def test_a_bounce_is_matched_to_its_letter_and_changes_nothing(store: Store) -> None:
    own = process(store, Letter(form=form()))
    send_all(store)
    (sent,) = store.outbox()
    bounce = Letter(
        kind=Kind.MACHINE,
        machine=MachineKind.BOUNCE,
        sender=Address(name=None, address="mailer-daemon@mx.example"),
        drafts=0,
        returned_ids=(str(sent.message_id),),
    )
    step = process(store, bounce)
    assert step.committed.case_id == own.committed.case_id
    assert step.loaded.known.answers is not None
    assert step.loaded.known.answers.draft_id == sent.draft_id
    assert look(store, Letter()).revision == own.loaded.revision + 1


MINISTRY = Party(id="ministry", kind="ministry", name="総務省")


@pytest.mark.parametrize(
    "letter",
    [
        pytest.param(Letter(kind=Kind.MACHINE, machine=MachineKind.AUTO_REPLY, drafts=0), id="out-of-office"),
        pytest.param(
            Letter(kind=Kind.INTERNAL, change_understood={"known_sender": MINISTRY}, drafts=0), id="the-ministry"
        ),
        pytest.param(Letter(kind=Kind.MACHINE, drafts=0), id="a-machine-only-by-a-rule"),
    ],
)
def test_a_robot_or_the_ministry_opens_no_case_and_changes_none(store: Store, letter: Letter) -> None:
    assert process(store, letter).committed.case_id is None
    process(store, Letter(form=form()))
    before = look(store, Letter())
    process(store, replace(letter, form=form("b")))
    assert look(store, Letter()).known == before.known


def test_the_web_forms_notice_speaks_for_the_address_inside(store: Store) -> None:
    notice = Letter(
        sender=Address(name=None, address="form@webform.example"),
        kind=Kind.CONSULTATION,
        change_understood={
            "known_sender": Party(id="web", kind="web-form", name="申込みフォーム"),
            "request": Request(intent=RequestIntent.REQUEST, contact=SAKURA),
        },
    )
    step = process(store, notice)
    assert store.drafts()[0].to == (SAKURA,)
    assert step.loaded.role == "web-form"


def test_two_rounds_are_two_cases(store: Store) -> None:
    process(store, Letter(form=form()))
    step = load(store, Letter(), take(store, Letter()))
    other = store.load_known(step.pending, step.mail, step.understood, round_id="R8-2", start=START, now=NOW)
    assert other.known.case_id is None
    assert other.number == "R8-2-999991"


def test_versions_stand_in_the_order_they_were_received(store: Store) -> None:
    late = process(store, Letter(form=form("late"), received_at=NOW - timedelta(hours=1)))
    early = process(store, Letter(form=form("early"), received_at=NOW - timedelta(hours=3)))
    process_next(store, Letter(form=form("late")))
    known = look(store, Letter()).known
    assert [(v.number, v.mail_id) for v in known.versions] == [(1, early.pending.id), (2, late.pending.id)]


@pytest.mark.parametrize(
    ("second", "counted", "state"),
    [
        pytest.param(Letter(form=form("b")), False, CaseState.COMPLETE, id="unasked-newer-form-does-not-replace"),
        pytest.param(Letter(form=form("b"), intents=frozenset({Intent.REPLACE})), True, CaseState.COMPLETE, id="said-to-replace"),
        pytest.param(
            Letter(form=form("b"), intents=frozenset({Intent.REPLACE}), findings=(finding("form-complete", Severity.FIX),)),
            True, CaseState.INCOMPLETE, id="replaced-by-one-with-gaps",
        ),
        pytest.param(
            Letter(form=form("b"), intents=frozenset({Intent.REPLACE}), findings=(finding("round-late", Severity.REFUSE),)),
            False, CaseState.COMPLETE, id="late-replacement",
        ),
    ],
)  # fmt: skip
def test_a_newer_form_over_a_complete_one(store: Store, second: Letter, counted: bool, state: CaseState) -> None:
    process(store, Letter(form=form("a")))
    process(store, second)
    known = look(store, Letter()).known
    assert [v.counted for v in known.versions] == [True, counted]
    assert known.case_state is state


def test_the_same_content_again_is_no_version(store: Store) -> None:
    first = process(store, Letter(form=form("a")))
    again = process(store, Letter(form=form("a")))
    assert again.loaded.known.duplicate_of == first.pending.id
    assert len(look(store, Letter()).known.versions) == 1


def test_a_form_of_a_consultation_is_no_version(store: Store) -> None:
    process(store, Letter(kind=Kind.CONSULTATION, form=form("draft")))
    assert look(store, Letter()).known.versions == ()
    assert look(store, Letter()).known.case_state is None


def test_what_no_letter_has_answered_is_unacknowledged(store: Store) -> None:
    first = process(store, Letter(form=form("a")))
    second = process(store, Letter(form=form("b")))
    assert second.loaded.known.unacknowledged == (first.pending.id,)
    view = store.draft(second.committed.drafts[0])
    assert view is not None
    assert view.acknowledges == (first.pending.id, second.pending.id)
    send_all(store)
    assert look(store, Letter()).known.unacknowledged == ()


def test_mail_before_the_fence_gets_no_letter(store: Store) -> None:
    step = process(store, Letter(received_at=START - timedelta(seconds=1), form=form()))
    assert step.loaded.known.before_start
    assert step.committed.drafts == ()
    assert store.drafts() == []
    assert look(store, Letter()).known.unacknowledged == ()


def test_replies_today_counts_letters_to_this_address(store: Store) -> None:
    process(store, Letter(form=form()))
    assert look(store, Letter()).known.replies_today == 0
    send_all(store)
    assert look(store, Letter()).known.replies_today == 1
    assert look(store, Letter(), now=NOW + timedelta(days=1)).known.replies_today == 0
    assert look(store, replace(NO_BODY, sender=STRANGER)).known.replies_today == 0
