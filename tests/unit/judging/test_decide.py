"""What follows: findings in order, enqueue or not, which letter, when it may leave and until when it is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailflow.intake.checks.registry import REGISTRY, Entry
from mailflow.intake.decide import decide, letter_plan, no_letter_because
from mailflow.intake.facts import Facts
from mailflow.intake.judge import case_key, judge
from mailflow.intake.letter_times import limits_of
from mailflow.model import (
    NO_ORGANIZATION,
    Address,
    ConsultationStep,
    Current,
    Intent,
    Kind,
    Known,
    KnownException,
    LetterPlan,
    MachineKind,
    Naming,
    Request,
    RequestIntent,
    Severity,
    Understood,
    Verdict,
)
from mailflow.settings.check_base import OwnCheck
from mailflow.settings.faq import FaqFile
from tests.unit.judging.build import (
    PDF,
    SHIOJIRI,
    TOYOTA,
    ZIP,
    at,
    body,
    corporation,
    facts,
    file,
    form,
    guess,
    hop,
    mail,
    party,
    plain_settings,
    rules,
    settings,
    version,
)

Case = Callable[[], Facts]
OFFICE = plain_settings().programme.address


def questioned() -> Understood:
    """As rules of an office would have it that asks nothing of the sender."""
    return Understood(kind=Kind.INQUIRY, rule="question")


def notice(address: str) -> Facts:
    """Of the call's web form: a robot sends it, an officer of this address wrote it."""
    request = Request(intent=RequestIntent.REQUEST, contact=Address(name=None, address=address))
    return facts(mail(sender="no-reply@survey.example"), known_sender=party("web-form"), request=request)


def verdict(given: Facts) -> Verdict:
    return judge(given, content_id="c1")


def plan(given: Facts) -> LetterPlan | None:
    return letter_plan(given, verdict(given))


def done(given: Facts) -> list[str]:
    """Actions in short: `reply:receipt`, `enqueue`, `notify`."""
    acts = decide(given, verdict(given))
    return [f"{act.action}:{act.template}" if act.template else act.action for act in acts]


LATE = "2026-03-26 16:00:01"
LOCKED = (file("様式.zip", ZIP, problem="locked"),)


@pytest.mark.parametrize(
    ("make", "acts"),
    [
        pytest.param(lambda: facts(form_=form()), ["reply:receipt", "enqueue"], id="complete"),
        pytest.param(
            lambda: facts(form_=form(weekly_hours=2)), ["reply:receipt", "enqueue"], id="a-question-holds-nothing-up"
        ),
        pytest.param(
            lambda: facts(mail("取り急ぎ", files=(file(),)), form_=form()),
            ["reply:receipt", "enqueue"],
            id="harmless-subject",
        ),
        pytest.param(lambda: facts(form_=form(goal=None)), ["reply:fix-request"], id="a-gap"),
        pytest.param(lambda: facts(mail()), ["reply:fix-request"], id="form-forgotten"),
        pytest.param(lambda: facts(mail(files=LOCKED)), ["reply:password-request"], id="locked"),
        pytest.param(
            lambda: facts(mail("計画策定支援", files=LOCKED), organization=NO_ORGANIZATION),
            ["reply:fix-request"],
            id="locked-and-nobody-knows-who",
        ),
        pytest.param(lambda: facts(form_=form(goal=None), received=LATE), ["reply:late"], id="late-before-gaps"),
        pytest.param(lambda: facts(mail(), received=LATE), ["reply:late"], id="late-without-the-form"),
        pytest.param(
            lambda: facts(form_=form(fiscal_index=1.41), organization=body(TOYOTA)), ["reply:refused"], id="too-rich"
        ),
        pytest.param(
            lambda: facts(form_=form(fiscal_index=1.41), organization=body(TOYOTA), received=LATE),
            ["reply:late"],
            id="late-and-too-rich",
        ),
        pytest.param(
            lambda: facts(form_=form(), sender_class="free"), ["reply:arrival"], id="free-mail-is-composed-not-enqueued"
        ),
        pytest.param(lambda: facts(form_=form(), organization=corporation()), ["reply:arrival"], id="corporation"),
        pytest.param(lambda: facts(form_=replace(form(), untouched=True)), ["reply:arrival"], id="blank-form"),
        pytest.param(lambda: facts(form_=form(), forms=(form(), form(theme="別"))), ["reply:arrival"], id="two-forms"),
        pytest.param(
            lambda: facts(mail(files=(file("a.xlsx"),)), forms=(form(), form(theme="別"))),
            ["reply:arrival"],
            id="two-bodies'-forms",
        ),
        pytest.param(
            lambda: facts(form_=form(), received="2026-03-03 10:00"), ["reply:arrival"], id="before-the-opening"
        ),
        pytest.param(
            lambda: facts(mail(files=(file("位置図.pdf", PDF),)), part=(2, 2)), ["reply:part-missing"], id="second-part"
        ),
        pytest.param(
            lambda: facts(form_=form(), intents=(Intent.REPLACE,), known=Known(case_id=1, versions=(version(),))),
            ["reply:replacement", "enqueue"],
            id="replaces",
        ),
        pytest.param(
            lambda: facts(form_=form(), known=Known(case_id=1, versions=(version(),))),
            ["reply:arrival"],  # 「有効とします」 is said when a person has said so
            id="a-newer-form-that-replaces-nothing-yet",
        ),
        pytest.param(
            lambda: facts(form_=form(), known=Known(case_id=1, versions=(version(),), claim=True, party=False)),
            ["reply:arrival"],
            id="a-claim-is-answered-alone",
        ),
        pytest.param(
            lambda: facts(form_=form(**GAP), known=Known(case_id=1, claim=True, party=False)),
            ["reply:arrival"],
            id="a-claim-with-gaps-is-asked-for-nothing",
        ),
        pytest.param(
            lambda: facts(form_=form(), received="2026-03-26 16:30", known=Known(case_id=1, claim=True, party=False)),
            ["reply:arrival"],
            id="a-late-claim-is-told-nothing-of-it",
        ),
        pytest.param(lambda: facts(form_=form(), known=Known(case_id=1, duplicate_of=4)), [], id="the-same-again"),
        pytest.param(
            lambda: facts(form_=form(), intents=(Intent.APPLY, Intent.ASK)), ["reply:receipt"], id="also-asks"
        ),
        pytest.param(
            lambda: facts(form_=form(), links=("https://files.example/1",)),
            ["reply:receipt", "enqueue"],
            id="a-link-beside",
        ),
        pytest.param(
            lambda: facts(mail("質問", "教えてください。"), intents=(Intent.ASK,)),
            ["label", "reply:inquiry-received"],
            id="question",
        ),
        pytest.param(
            lambda: facts(mail("取下げ", "取り下げます。"), intents=(Intent.WITHDRAW,)),
            ["reply:withdrawal-received", "notify"],
            id="withdrawal-is-a-person's",
        ),
        pytest.param(lambda: facts(mail("相談", ""), intents=(Intent.CONSULT,)), ["label"], id="consultation"),
        pytest.param(lambda: facts(mail("パスワード", ""), intents=(Intent.PASSWORD,)), ["notify"], id="password"),
        pytest.param(lambda: facts(mail("誤送信", ""), intents=(Intent.MISSENT,)), ["label", "notify"], id="missent"),
        pytest.param(lambda: facts(mail("ご提案", "")), [], id="unknown"),
        pytest.param(
            lambda: facts(mail(sender="企画@city.iida.nagano.jp"), form_=form()),
            ["enqueue", "notify"],
            id="no-server-takes-its-from",
        ),
        pytest.param(lambda: facts(mail(machine=MachineKind.AUTO_REPLY)), ["label"], id="auto-reply"),
        pytest.param(
            lambda: facts(mail(machine=MachineKind.LIST, files=(file(),)), form_=form()),
            ["label"],
            id="a-list-with-a-form",
        ),
        pytest.param(lambda: facts(form_=form(), known_sender=party("ministry")), ["label", "notify"], id="ministry"),
        pytest.param(
            lambda: facts(form_=form(), known_sender=party("bureau")), ["label", "notify"], id="bureau-forwards"
        ),
        pytest.param(
            lambda: facts(mail("回答通知"), known_sender=party("web-form")), ["label", "notify"], id="web-form"
        ),
    ],
)
def test_what_follows(make: Case, acts: list[str]) -> None:
    assert done(make()) == acts


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        pytest.param(lambda: facts(form_=form()), None, id="a-letter-may-go"),
        pytest.param(
            lambda: facts(form_=form(), known=Known(before_start=True)), "before-start", id="before-the-fence"
        ),
        pytest.param(lambda: facts(mail(machine=MachineKind.OTHER)), "machine", id="machine"),
        pytest.param(lambda: facts(known_sender=party("vendor")), "known-sender", id="vendor"),
        pytest.param(lambda: facts(form_=form(), junk=True), "junk", id="junk"),
        pytest.param(lambda: facts(mail(sender=OFFICE), form_=form()), "known-sender", id="our-own-address"),
        pytest.param(
            lambda: replace(facts(mail(sender=OFFICE), classified=False)).classified(questioned()),
            "known-sender",
            id="our-own-address-whatever-the-rules-say",
        ),
        pytest.param(lambda: facts(mail(sender=None), form_=form()), "nobody", id="no-from"),
        pytest.param(
            lambda: facts(mail(sender="企画@city.iida.nagano.jp"), form_=form()),
            "nobody",
            id="no-server-takes-its-from",
        ),
        pytest.param(lambda: facts(mail(sender="no-reply@city.iida.nagano.jp")), "robot", id="robot"),
        pytest.param(lambda: facts(mail(sender="NoReply@city.iida.nagano.jp")), "robot", id="robot-in-capitals"),
        pytest.param(lambda: facts(form_=form(), intents=(Intent.MISSENT,)), "missent", id="missent-with-a-form"),
        pytest.param(lambda: facts(form_=form(), known=Known(case_id=1, duplicate_of=2)), "duplicate", id="duplicate"),
        pytest.param(lambda: facts(mail("ご提案")), "rule", id="unknown"),
        pytest.param(lambda: facts(form_=form(), known=Known(again="quiet")), "told-already", id="told-already"),
        pytest.param(lambda: notice("kikaku@city.iida.nagano.jp"), None, id="a-notice-of-the-calls-form"),
        pytest.param(lambda: notice("企画@city.iida.nagano.jp"), "nobody", id="a-notice-of-nobody-to-write-to"),
    ],
)
def test_why_nothing_answers(make: Case, reason: str | None) -> None:
    given = make()
    assert no_letter_because(given, verdict(given)) == reason
    if reason:
        assert plan(given) is None


def test_people_are_told_until_when_the_ministry_asks() -> None:
    given = facts(mail("応募状況について", "本日17時までにご報告ください。"), known_sender=party("ministry"))
    notes = [one.note or "" for one in decide(given, verdict(given)) if one.action == "notify"]
    assert any("17時00分までに、と書かれています" in one for one in notes), notes


@pytest.mark.parametrize(("today", "told"), [(0, False), (999, True)])
def test_people_are_told_that_an_address_has_had_its_letters_of_the_day(today: int, told: bool) -> None:
    given = facts(form_=form(), known=Known(replies_today=today))
    notes = [one.note or "" for one in decide(given, verdict(given)) if one.action == "notify"]
    assert any("上限" in one for one in notes) == told
    made = plan(given)
    assert made is not None
    assert made.review == told


@pytest.mark.parametrize(
    ("known", "until"),
    [
        pytest.param(Known(), "2026-03-26T16:00:00", id="nothing-here-send-it-before-the-close"),
        pytest.param(Known(versions=(version(),)), None, id="it-is-here-nothing-is-asked"),
    ],
)
def test_what_an_answer_on_the_record_is_good_for(known: Known, until: str | None) -> None:
    limits = limits_of(facts(known=known), "on-record", at("2026-03-16T10:00:00"))
    assert limits.valid_until == (at(until) if until else None)


def test_before_the_fence_an_application_still_counts() -> None:
    assert done(facts(form_=form(), known=Known(before_start=True))) == ["enqueue"]


# --- the verdict ------------------------------------------------------------------------------------------------------


def checks(given: Facts) -> list[str]:
    return [f"{one.severity}:{one.check}" for one in verdict(given).findings]


def test_a_good_application_has_nothing_to_say() -> None:
    assert checks(facts(form_=form())) == []
    assert verdict(facts(form_=form())).complete


def test_one_fix_request_names_everything() -> None:
    given = facts(
        mail("取り急ぎ", files=(file("様式.xlsx"),)),
        form_=form(
            filename="様式.xlsx",
            contact_phone=None,
            goal=None,
            weekly_hours=2,
            trouble={"course": ("A・B", "choice"), "contact_email": ("kikaku", "type")},
        ),
    )
    assert checks(given) == [
        "fix:course-chosen",
        "fix:form-complete",
        "fix:form-complete",
        "fix:form-type",
        "confirm:weekly-hours",
        "note:subject-name",
        "note:attachment-name",
    ]


def test_without_a_form_no_field_is_asked_for() -> None:
    assert checks(facts(mail())) == ["fix:attachment-missing"]


def test_a_blank_form_is_one_review_and_no_list_of_empty_fields() -> None:
    blank = replace(form(**dict.fromkeys(form().fields)), untouched=True)
    assert checks(facts(form_=blank)) == ["review:form-untouched"]


def test_the_form_of_another_round_is_asked_for_once() -> None:
    assert checks(facts(form_=replace(form(), names_round="2次公募"))) == ["fix:form-version"]


def test_a_check_that_breaks_is_a_review_and_the_others_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(REGISTRY, "scope", Entry(breaks, ()))
    given = facts(form_=form(goal=None))
    assert checks(given) == ["fix:form-complete", "review:check-failed"]
    (failed,) = verdict(given).open(Severity.REVIEW)
    assert failed.where == "scope"
    assert "scope" in failed.message


def test_an_exception_for_one_applicant_turns_a_finding_into_a_note() -> None:
    granted = KnownException(what="check:applicant-type", until=None, by="佐藤", why="総務省に確認", consent="総務省")
    given = facts(form_=form(), organization=corporation(), known=Known(exceptions=(granted,)))
    assert "note:applicant-type" in checks(given)
    assert "enqueue" in done(given)


def test_an_exception_that_ran_out_counts_no_more() -> None:
    granted = KnownException(what="check:applicant-type", until=at("2026-03-09 00:00"), by="佐藤", why="", consent=None)
    given = facts(form_=form(), organization=corporation(), known=Known(exceptions=(granted,)))
    assert "review:applicant-type" in checks(given)
    assert "enqueue" not in done(given)


def test_what_was_taken_in_by_hand_is_looked_at_by_a_person() -> None:
    given = facts(form_=form(), imported=True)
    assert checks(given) == ["review:look"]
    assert "enqueue" not in done(given)
    letter = plan(given)
    assert letter is not None
    assert letter.review


def test_junk_is_looked_at_by_a_person() -> None:
    assert checks(facts(form_=form(), junk=True)) == ["review:junk"]


@pytest.mark.parametrize(("size", "found"), [(1, ["confirm:small-team"]), (3, []), (None, ["fix:form-complete"])])
def test_a_check_an_operator_wrote(size: int | None, found: list[str]) -> None:
    own = OwnCheck(
        id="small-team",
        when="form.team_size < 2",
        severity=Severity.CONFIRM,
        message="{{ organization.full_name }}の体制は{{ form.team_size }}人でよろしいですか。",
        found="{{ form.team_size }}人",
        field="team_size",
    )
    groups = {**rules().groups, "application": (*rules().groups["application"], "small-team")}
    mine = rules().model_copy(update={"checks": (*rules().checks, own), "groups": groups})
    given = facts(form_=form(team_size=size), config=settings(rules_file=mine))
    assert checks(given) == found
    if size == 1:
        (one,) = verdict(given).findings
        assert (one.found, one.message) == ("1人", "長野県飯田市の体制は1人でよろしいですか。")
        assert one.fields == ("team_size",)
        assert one.where.startswith("担当体制")


@pytest.mark.parametrize(
    ("severity", "acts"),
    [
        pytest.param(Severity.REVIEW, ["reply:arrival"], id="nobody-has-said-yet-that-it-is-complete"),
        pytest.param(Severity.NOTE, ["reply:receipt", "enqueue"], id="a-note-holds-nothing-up"),
    ],
)
def test_an_operators_review_holds_the_receipt(severity: Severity, acts: list[str]) -> None:
    own = OwnCheck(id="big-team", when="form.team_size > 2", severity=severity, message="体制を確かめてください。")
    groups = {**rules().groups, "application": (*rules().groups["application"], "big-team")}
    mine = rules().model_copy(update={"checks": (*rules().checks, own), "groups": groups})
    given = facts(form_=form(team_size=3), config=settings(rules_file=mine))
    assert done(given) == acts
    letter = plan(given)
    assert letter is not None
    assert letter.review is (severity is Severity.REVIEW)


@pytest.mark.parametrize(
    ("make", "key"),
    [
        pytest.param(lambda: facts(form_=form()), "202053", id="code"),
        pytest.param(lambda: facts(form_=form(), organization=corporation()), "name:", id="name"),
        pytest.param(lambda: facts(mail("計画策定支援"), organization=NO_ORGANIZATION), "mail:c1", id="nobody"),
        pytest.param(lambda: facts(organization=guess("東京都府中市")), "mail:c1", id="a-guess-joins-nothing"),
        pytest.param(
            lambda: facts(form_=form(), naming=Naming(form=body(), subject=body(SHIOJIRI))),
            "mail:c1",
            id="a-contradiction-joins-nothing",
        ),
        pytest.param(lambda: facts(mail(machine=MachineKind.BOUNCE)), None, id="machine"),
        pytest.param(lambda: facts(known_sender=party("ministry")), None, id="known-sender"),
    ],
)
def test_case_key(make: Case, key: str | None) -> None:
    found = case_key(make(), "c1")
    assert found == key or (key == "name:" and str(found).startswith("name:長野県"))


def test_two_spellings_of_a_corporation_are_one_case() -> None:
    one = case_key(facts(organization=corporation("公益財団法人　飯田産業センター")))
    other = case_key(facts(organization=corporation("公益財団法人飯田産業ｾﾝﾀｰ")))
    assert one == other


@pytest.mark.parametrize(
    ("templates", "letter"),
    [({"organization-asked": ""}, "organization-asked"), ({}, "fix-request")],
    ids=["there", "none"],
)
def test_a_form_that_names_nobody_is_asked_for_the_body_where_that_letter_is_there(
    templates: dict[str, str], letter: str
) -> None:
    config = replace(plain_settings(), templates=templates)
    nobody = facts(form_=form(**GAP), organization=NO_ORGANIZATION, sender_class="free", naming=Naming(), config=config)
    assert [act for act in done(nobody) if act.startswith("reply")] == [f"reply:{letter}"]


# --- the close of an area (situations row 33) ---

SNOW = {"areas": ["長野県"], "until": "2026-03-30 16:00", "why": "大雪", "consent": "3月26日 電話"}


@pytest.mark.parametrize(
    ("areas", "received", "acts", "found"),
    [
        pytest.param(
            ["長野県"], "2026-03-27 10:00", ["reply:receipt", "enqueue"], ["note:round-late"], id="prefecture"
        ),
        pytest.param(
            ["長野県飯田市"], "2026-03-30 16:00:00", ["reply:receipt", "enqueue"], ["note:round-late"], id="town"
        ),
        pytest.param(["長野県"], "2026-03-30 16:00:01", ["reply:late"], ["refuse:round-late"], id="a-second-late"),
        pytest.param(
            ["長野県塩尻市", "石川県"], "2026-03-27 10:00", ["reply:late"], ["refuse:round-late"], id="another-area"
        ),
        pytest.param(["長野県"], "2026-03-26 15:00", ["reply:receipt", "enqueue"], [], id="before-the-usual-close"),
    ],
)
def test_the_close_of_an_area(areas: list[str], received: str, acts: list[str], found: list[str]) -> None:
    given = facts(form_=form(), received=received, config=settings(round_={"extensions": [{**SNOW, "areas": areas}]}))
    assert checks(given) == found
    assert done(given) == acts


def test_a_letter_in_such_an_area_names_its_close() -> None:
    moved = settings(round_={"extensions": [SNOW]})
    letter = plan(facts(form_=form(**GAP), received="2026-03-26 15:00", config=moved))
    assert letter is not None
    assert not letter.near_close
    assert letter.fix_by == at("2026-03-27 17:00")
    assert plan(facts(form_=form(**GAP), received="2026-03-30 15:00", config=moved)).valid_until == at(
        "2026-03-30 16:00"
    )  # type: ignore[union-attr]


def test_a_body_that_is_only_guessed_has_no_later_close() -> None:
    moved = settings(round_={"extensions": [{**SNOW, "areas": ["東京都"]}]})
    given = facts(form_=form(), received=LATE, organization=guess("東京都府中市"), config=moved)
    assert "refuse:round-late" in checks(given)


# --- when it may leave ------------------------------------------------------------------------------------------------

GAP = {"goal": None}


@pytest.mark.parametrize(
    ("received", "files", "leaves"),
    [
        pytest.param("2026-03-10 10:00", (), "2026-03-10 10:15", id="forgotten-form-settles"),
        pytest.param("2026-03-10 10:00", LOCKED, "2026-03-10 10:15", id="locked-waits-for-the-password"),
        pytest.param("2026-03-26 10:00", (), "2026-03-26 10:05", id="on-the-last-day"),
        pytest.param("2026-03-10 18:50", (), "2026-03-11 08:30", id="settles-into-the-night"),
        pytest.param("2026-03-10 10:00", (file("応募様式.pdf", PDF),), None, id="a-pdf-will-not-settle"),
    ],
)
def test_settling(received: str, files: tuple, leaves: str | None) -> None:
    found = plan(facts(mail(files=files), received=received))
    assert found is not None
    assert found.not_before == (at(leaves) if leaves else None)


@pytest.mark.parametrize(
    ("data", "now", "leaves"),
    [
        pytest.param(form(), "2026-03-19 23:58", None, id="a-receipt-goes-at-night"),
        pytest.param(form(**GAP), "2026-03-10 10:00", None, id="a-fix-request-by-day"),
        pytest.param(form(**GAP), "2026-03-19 23:58", "2026-03-23 08:30", id="a-fix-request-waits-for-monday"),
        pytest.param(form(**GAP), "2026-03-26 04:10", "2026-03-26 08:30", id="the-last-morning"),
        pytest.param(replace(form(), untouched=True), "2026-03-21 12:00", None, id="arrival-on-a-saturday"),
    ],
)
def test_quiet_hours(data: object, now: str, leaves: str | None) -> None:
    found = plan(facts(form_=data, received=now))
    assert found is not None
    assert found.not_before == (at(leaves) if leaves else None)


GRACE = {"fix_grace": {"until": "2026-03-27 17:00", "consent": "総務省 3/20 電話"}}


@pytest.mark.parametrize(
    ("now", "config", "fix_by", "valid_until", "near_close"),
    [
        pytest.param(
            "2026-03-10 10:00", {}, "2026-03-25 17:00", "2026-03-25 15:00", False, id="a-day-before-the-close"
        ),
        pytest.param("2026-03-25 14:59", {}, "2026-03-25 17:00", "2026-03-25 15:00", False, id="just-enough-notice"),
        pytest.param("2026-03-25 15:00", {}, "2026-03-26 16:00", "2026-03-26 14:00", False, id="too-near-so-the-close"),
        pytest.param("2026-03-26 12:00:00", {}, "2026-03-26 16:00", "2026-03-26 14:00", False, id="four-hours-left"),
        pytest.param("2026-03-26 12:00:01", {}, "2026-03-26 16:00", "2026-03-26 16:00", True, id="near-the-close"),
        pytest.param(
            "2026-03-26 12:30", GRACE, "2026-03-27 17:00", "2026-03-26 16:00", True, id="near-the-close-with-grace"
        ),
        pytest.param(
            "2026-03-10 10:00",
            {"closes": "2026-03-23 16:00", "consultation_closes": "2026-03-19 17:00"},
            "2026-03-19 17:00",
            "2026-03-19 15:00",
            False,
            id="over-the-holiday",
        ),
    ],
)
def test_limits_of_a_fix_request(now: str, config: dict, fix_by: str, valid_until: str, near_close: bool) -> None:
    found = plan(facts(form_=form(**GAP), received=now, config=settings(round_=config)))
    assert found is not None
    assert (found.fix_by, found.valid_until, found.near_close) == (at(fix_by), at(valid_until), near_close)


def test_a_letter_that_leaves_in_the_morning_is_measured_by_when_it_leaves() -> None:
    found = plan(facts(form_=form(**GAP), received="2026-03-25 20:00"))
    assert found is not None
    assert (found.not_before, found.fix_by) == (at("2026-03-26 08:30"), at("2026-03-26 16:00"))


def test_no_letter_names_a_day_that_is_past_or_too_near_when_it_leaves() -> None:
    for hour in range(24 * 23):
        day, clock = divmod(hour, 24)
        given = (
            facts(form_=form(**GAP), received=f"2026-03-{4 + day:02} {clock:02}:30")
            if (day, clock) < (22, 16)
            else None
        )
        found = plan(given) if given else None
        if found is None or found.near_close:
            continue
        leaves = found.not_before or given.now
        assert found.valid_until is not None
        assert found.fix_by is not None
        assert leaves < found.valid_until < found.fix_by <= at("2026-03-26 16:00")


@pytest.mark.parametrize(
    ("now", "valid_until", "near_close"),
    [
        pytest.param("2026-03-10 10:00", "2026-03-26 14:00", False, id="names-the-close"),
        pytest.param("2026-03-26 16:30", None, True, id="judged-after-the-close"),
    ],
)
def test_a_receipt_is_right_while_there_is_time_for_a_replacement(
    now: str, valid_until: str | None, near_close: bool
) -> None:
    found = plan(facts(form_=form(), now=now))
    assert found is not None
    assert (found.template, found.near_close) == ("receipt", near_close)
    assert found.valid_until == (at(valid_until) if valid_until else None)


def test_near_the_close_people_are_told_to_telephone() -> None:
    assert done(facts(form_=form(**GAP), received="2026-03-26 14:00")) == ["reply:fix-request", "notify"]


@pytest.mark.parametrize(
    ("make", "review"),
    [
        pytest.param(lambda: facts(form_=form()), False, id="nothing-open"),
        pytest.param(lambda: facts(form_=form(**GAP)), False, id="a-gap"),
        pytest.param(lambda: facts(form_=form(), sender_class="free"), True, id="an-open-review"),
        pytest.param(
            lambda: facts(mail(), links=("https://files.example/1",)), True, id="a-link-is-tried-by-a-person-first"
        ),
        pytest.param(lambda: facts(form_=form(), known=Known(replies_today=10)), True, id="the-budget-is-used-up"),
        pytest.param(lambda: facts(form_=form(), known=Known(replies_today=9)), False, id="the-last-of-the-budget"),
        pytest.param(lambda: facts(form_=form(), organization=corporation()), True, id="corporation"),
    ],
)
def test_who_looks_first(make: Case, review: bool) -> None:
    found = plan(make())
    assert found is not None
    assert found.review is review


def asks(text: str, *, look_first: bool) -> Facts:
    entry = {"id": "close", "asks": ["締切"], "answer": "{{ round.closes }}です。"}
    faq = FaqFile.model_validate({"look_first": look_first, "never": ["採択"], "entries": [entry]})
    return facts(mail("質問", text), intents=(Intent.ASK,), config=replace(plain_settings(), faq=faq))


@pytest.mark.parametrize(
    ("text", "look_first", "review"),
    [
        pytest.param("締切は何時ですか。", False, False, id="answered-and-sent"),
        pytest.param("締切は何時ですか。", True, True, id="answered-and-read-first"),
        pytest.param("締切は何時ですか。また、重複受給は認められますか。", False, True, id="one-is-left-to-write"),
        pytest.param("重複受給は認められますか。", True, False, id="nothing-is-answered"),
    ],
)
def test_who_reads_an_answer_first(text: str, look_first: bool, review: bool) -> None:
    found = plan(asks(text, look_first=look_first))
    assert found is not None
    assert (found.template, found.review) == ("inquiry-received", review)


def test_of_another_officers_form_nothing_is_asked_yet() -> None:
    theirs = Current(
        number=1, mail_id=1, received_at=at("2026-03-09 10:00"), form=form(), findings=(), correspondent="soumu@x.lg.jp"
    )
    known = Known(case_id=1, versions=(version(),), current=theirs)
    assert done(facts(form_=form(goal=None), known=known)) == ["reply:arrival"]
    same = replace(theirs, correspondent="kikaku@city.iida.nagano.jp")
    assert done(facts(form_=form(goal=None), known=replace(known, current=same))) == ["reply:fix-request"]


def test_a_letter_of_the_consultation_is_one_by_its_purpose() -> None:
    asked = ConsultationStep(step="full", because="", template="consultation-full")
    given = facts(mail("事前相談の希望", "相談をお願いします。"), intents=(Intent.CONSULT,))
    given = given.classified(replace(given.understood, rule="consultation-change")).stepped(asked)
    found = plan(given)
    assert found is not None
    assert (found.template, found.purpose, found.priority) == ("consultation-full", "consultation", 20)


def test_what_must_be_acted_on_leaves_before_receipts_and_those_before_the_rest() -> None:
    fix, receipt = plan(facts(form_=form(**GAP))), plan(facts(form_=form()))
    asked = plan(facts(mail("質問", "教えてください。"), intents=(Intent.ASK,)))
    assert fix is not None
    assert receipt is not None
    assert asked is not None
    assert fix.priority < receipt.priority < asked.priority


def test_quarantine_release_is_never_refused_by_itself() -> None:
    given = facts(
        mail(files=(file(),), received=(hop("mx.keikaku.example", "2026-03-26 15:12"),)),
        form_=form(),
        received="2026-03-27 09:20",
    )
    assert checks(given) == ["review:round-late"]
    assert done(given) == ["reply:arrival"]
