"""The catalogue of checks, each over the situations of real mails: naming, attachments, sender, body, time, versions.

A row says what is different about a good application, and what the check says: severity, or None where it is silent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailflow.intake.checks import run
from mailflow.intake.facts import Facts
from mailflow.model import (
    NO_ORGANIZATION,
    Address,
    Authentication,
    BodyKind,
    Current,
    EarlierMail,
    Finding,
    Intent,
    Known,
    KnownException,
    MachineKind,
    Naming,
    Severity,
)
from tests.unit.judging.build import (
    DOCX,
    IIDA,
    IN_TIME,
    PDF,
    SHIOJIRI,
    TOYOTA,
    XLS,
    ZIP,
    at,
    body,
    corporation,
    facts,
    file,
    form,
    guess,
    hop,
    letter,
    mail,
    party,
    rules,
    settings,
    version,
)

Case = Callable[[], Facts]
APPLICATION = rules().rule("application")


def wanted(*addresses: str) -> tuple[Address, ...]:
    return tuple(Address(name=None, address=one) for one in addresses)


def findings(name: str, given: Facts) -> tuple[Finding, ...]:
    configured = given.settings.rules.check(name)
    assert configured is not None
    given = given.classified(replace(given.understood, rule="application"))
    return run(given, configured)


def said(name: str, given: Facts) -> str | None:
    """The severity of the one finding, None for silence."""
    found = findings(name, given)
    assert len(found) <= 1, found
    return str(found[0].severity) if found else None


def row(check: str, expected: str | None, make: Case, title: str) -> object:
    return pytest.param(check, expected, make, id=f"{check}-{title}")


def part(number: int, *, form: bool = False) -> EarlierMail:
    return EarlierMail(mail_id=number, received_at=at("2026-03-10 09:55"), part=(number, 2), form=form)


NOBODY = NO_ORGANIZATION
OTHER_FORM = form(filename="塩尻市.xlsx", organization_name="塩尻市")

NAMING = [
    row("subject-name", None, lambda: facts(form_=form()), "as-the-call-asks"),
    row(
        "subject-name",
        None,
        lambda: facts(mail("Re: [長野県　飯田市] 計画策定支援"), form_=form()),
        "reply-halfwidth-space",
    ),
    row(
        "subject-name",
        None,
        lambda: facts(mail("[EXTERNAL] 【長野県飯田市】計画策定支援"), form_=form()),
        "gateway-mark",
    ),
    row(
        "subject-name",
        None,
        lambda: facts(mail("【長野県飯田市】計画策定支援（差し替え）"), form_=form()),
        "replacement",
    ),
    row("subject-name", "note", lambda: facts(mail("先ほどお電話した件です"), form_=form()), "harmless"),
    row("subject-name", "note", lambda: facts(mail(None), form_=form()), "none-but-the-form-tells"),
    row("subject-name", "note", lambda: facts(mail("【飯田市】計画策定支援"), form_=form()), "no-prefecture"),
    row("subject-name", "fix", lambda: facts(mail("計画策定支援"), organization=NOBODY), "nobody-knows-who"),
    row("subject-name", "fix", lambda: facts(mail(""), organization=guess("東京都府中市", "広島県府中市")), "homonym"),
    row(
        "subject-name",
        None,
        lambda: facts(
            mail("Re: 【修正のお願い】計画策定支援 1次公募［R8-1-202053］"), form_=form(), case_number="R8-1-202053"
        ),
        "answer-to-our-letter",
    ),
    row("attachment-name", None, lambda: facts(form_=form()), "as-the-call-asks"),
    row(
        "attachment-name",
        None,
        lambda: facts(form_=form(filename="【長野県　飯田市】一次公募応募様式 (1).xlsx")),
        "download",
    ),
    row("attachment-name", "note", lambda: facts(form_=form(filename="応募様式.xlsx")), "without-the-body"),
    row("attachment-name", "note", lambda: facts(form_=form(filename=None)), "nameless"),
    row("attachment-name", None, lambda: facts(mail(files=(file("a.pdf", PDF),))), "no-form"),
    row(
        "attachment-name",
        "fix",
        lambda: facts(form_=form(filename="応募様式.xlsx"), organization=NOBODY),
        "nobody-knows-who",
    ),
    row(
        "attachment-name",
        None,
        lambda: facts(form_=replace(form(filename="応募様式_修正箇所.xlsx"), marked=True)),
        "our-marked-copy",
    ),
]

ATTACHMENTS = [
    row("attachment-missing", "fix", lambda: facts(mail()), "nothing"),
    row("attachment-missing", "fix", lambda: facts(mail(files=(file("image001.png", "image/png"),))), "only-a-logo"),
    row(
        "attachment-missing",
        "fix",
        lambda: facts(mail(files=(file("logo.gif", "image/gif", inline=True),))),
        "only-inline",
    ),
    row(
        "attachment-missing",
        "fix",
        lambda: facts(mail(files=(file("smime.p7s", "application/pkcs7-signature"),))),
        "only-a-signature",
    ),
    row("attachment-missing", "fix", lambda: facts(mail(files=(file("応募状況.xlsx"),))), "another-workbook"),
    row(
        "attachment-missing", "fix", lambda: facts(mail(files=(file("川企第123号.pdf", PDF),))), "only-the-cover-letter"
    ),
    row("attachment-missing", None, lambda: facts(form_=form()), "there"),
    row("attachment-missing", "review", lambda: facts(mail(), known=known(version())), "papers-after-the-form"),
    row("attachment-missing", "fix", lambda: facts(mail(), known=known(version(counted=False))), "no-form-that-counts"),
    row(
        "attachment-missing", None, lambda: facts(mail(files=(file("応募様式.pdf", PDF),))), "a-pdf-is-another-check's"
    ),
    row(
        "attachment-missing",
        None,
        lambda: facts(mail(files=(file("a.zip", ZIP, problem="locked"),))),
        "locked-is-another-check's",
    ),
    row(
        "attachment-missing",
        None,
        lambda: facts(mail(), links=("https://files.example/1",)),
        "a-link-is-another-check's",
    ),
    row("attachment-missing", "note", lambda: facts(mail(files=(file("位置図.pptx"),)), part=(2, 2)), "second-of-two"),
    row(
        "attachment-missing",
        "fix",
        lambda: facts(mail(files=(file("位置図.pptx"),)), part=(2, 2), known=Known(case_id=1, earlier=(part(1),))),
        "both-parts-here-and-the-form-in-none",
    ),
    row(
        "attachment-missing",
        None,
        lambda: facts(
            mail(files=(file("位置図.pptx"),)), part=(2, 2), known=Known(case_id=1, earlier=(part(1, form=True),))
        ),
        "the-form-came-in-the-first-part",
    ),
    row("attachment-format", "fix", lambda: facts(mail(files=(file("応募様式(押印).pdf", PDF),))), "scan"),
    row("attachment-format", "fix", lambda: facts(mail(files=(file("20260310.pdf", PDF),))), "pdf-of-no-name"),
    row("attachment-format", "fix", lambda: facts(mail(files=(file("応募様式.docx", DOCX),))), "word"),
    row("attachment-format", "fix", lambda: facts(mail(files=(file("IMG_1234.jpg", "image/jpeg"),))), "photograph"),
    row("attachment-format", None, lambda: facts(mail(files=(file("川企第123号.pdf", PDF),))), "cover-letter"),
    row(
        "attachment-format",
        "note",
        lambda: facts(mail(files=(file("様式.xls", XLS),)), form_=form(filename="様式.xls")),
        "xls-that-reads",
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(mail(files=(file(), file("鑑.pdf", PDF))), form_=form()),
        "pdf-beside-the-form",
    ),
    row("attachment-format", None, lambda: facts(mail()), "nothing"),
    row(
        "attachment-format",
        "fix",
        lambda: facts(mail(files=(file("応募様式.pdf", PDF),)), known=known(version()), intents=(Intent.REPLACE,)),
        "a-scan-that-is-to-replace-the-form",
    ),
    row(
        "attachment-format",
        "fix",
        lambda: facts(mail(files=(file("応募様式.pdf", PDF),)), known=known(version(), answers=letter())),
        "a-scan-in-answer-to-our-request",
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(mail(files=(file("応募様式.pdf", PDF),)), known=known(version())),
        "a-scan-after-the-form",
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(mail(files=(file("図.pdf", PDF),)), known=known(version()), intents=(Intent.REPLACE,)),
        "another-paper-after-the-form",
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(mail(files=(file("20260310.pdf", PDF), file("a.zip", ZIP, problem="locked")))),
        "a-scan-beside-a-locked-file",
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(mail(files=(file("20260310.pdf", PDF), file("資料.xlsx", problem="broken")))),
        "a-scan-beside-a-workbook-that-is-broken",
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(mail(files=(file("20260310.pdf", PDF), file("応募様式.docx", DOCX, problem="broken")))),
        "a-scan-beside-what-is-named-like-the-form-and-broken",
    ),
    row(
        "attachment-format",
        "fix",
        lambda: facts(mail(files=(file("20260310.pdf", PDF), file("図.zip", ZIP, problem="broken")))),
        "a-scan-beside-another-broken-file",
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(mail(files=(file("20260310.pdf", PDF), file("応募状況.xlsx")))),
        "a-scan-beside-another-workbook",
    ),
    row("attachment-format", None, lambda: facts(mail(files=(file("1.pdf", PDF, problem="broken"),))), "a-broken-scan"),
    row(
        "attachment-format", None, lambda: facts(mail(files=(file("図.pdf", PDF),)), part=(1, 2)), "the-form-may-follow"
    ),
    row(
        "attachment-format",
        None,
        lambda: facts(
            mail(files=(file("図.pdf", PDF),)), part=(2, 2), known=Known(case_id=1, earlier=(part(1, form=True),))
        ),
        "the-form-came-in-the-first-part",
    ),
    row("attachment-locked", "fix", lambda: facts(mail(files=(file("様式.zip", ZIP, problem="locked"),))), "zip"),
    row("attachment-locked", "fix", lambda: facts(mail(files=(file(problem="locked"),))), "workbook"),
    row(
        "attachment-locked",
        "note",
        lambda: facts(mail(files=(file(), file("図.zip", ZIP, problem="locked"))), form_=form()),
        "beside-the-form",
    ),
    row("attachment-locked", None, lambda: facts(form_=form()), "open"),
    row("attachment-locked", None, lambda: facts(mail(files=(file(problem="broken"),))), "broken-is-another-check's"),
    row("attachment-locked", None, lambda: facts(mail()), "nothing"),
    row("attachment-unreadable", "fix", lambda: facts(mail(files=(file(problem="broken"),))), "broken"),
    row(
        "attachment-unreadable",
        "fix",
        lambda: facts(mail(files=(file("a.zip", ZIP, problem="too-deep"),))),
        "zip-in-zips",
    ),
    row("attachment-unreadable", "fix", lambda: facts(mail(files=(file(problem="too-large"),))), "too-large"),
    row(
        "attachment-unreadable",
        "note",
        lambda: facts(mail(files=(file(), file("図.zip", ZIP, problem="broken"))), form_=form()),
        "beside-the-form",
    ),
    row(
        "attachment-unreadable",
        "review",
        lambda: facts(form_=form(problems=("様式のシートが複数あります",))),
        "reading-in-doubt",
    ),
    row("attachment-unreadable", None, lambda: facts(form_=form()), "fine"),
    row(
        "attachment-unreadable", None, lambda: facts(mail(files=(file(problem="locked"),))), "locked-is-another-check's"
    ),
    row("attachment-link", "fix", lambda: facts(mail(), links=("https://files.example/1",)), "gateway"),
    row(
        "attachment-link",
        "fix",
        lambda: facts(mail(files=(file("号.pdf", PDF),)), links=("https://files.example/1",)),
        "beside-a-letter",
    ),
    row("attachment-link", None, lambda: facts(form_=form(), links=("https://files.example/1",)), "beside-the-form"),
    row("attachment-link", None, lambda: facts(mail()), "no-link"),
    row("attachment-link", None, lambda: facts(form_=form()), "form-only"),
    row("attachment-link", None, lambda: facts(mail(files=(file("様式.pdf", PDF),))), "pdf-only"),
    row("attachment-many", "review", lambda: facts(form_=form(), forms=(form(), OTHER_FORM)), "two-bodies"),
    row(
        "attachment-many",
        None,
        lambda: facts(form_=form(), forms=(form(), form(filename="控え.xlsx"))),
        "the-same-twice",
    ),
    row(
        "attachment-many", None, lambda: facts(mail(files=(file(), file("号.pdf", PDF))), form_=form()), "cover-letter"
    ),
    row("attachment-many", None, lambda: facts(form_=form()), "one"),
    row("attachment-many", None, lambda: facts(mail()), "none"),
    row(
        "attachment-many", "review", lambda: facts(form_=form(), forms=(form(), OTHER_FORM, form(theme="別"))), "three"
    ),
]

SENDER = [
    row("sender-domain", None, lambda: facts(form_=form()), "own"),
    row(
        "sender-domain",
        "note",
        lambda: facts(form_=form(contact_email="kikaku@machi.example"), sender_class="unlisted"),
        "unlisted",
    ),
    row(
        "sender-domain",
        "review",
        lambda: facts(form_=form(contact_email="kikaku@city.iida.lg.jp"), sender_class="unlisted"),
        "unlisted-and-the-contact-is-the-bodys",
    ),
    row("sender-domain", "note", lambda: facts(form_=form(), sender_class="unlisted-lg"), "unlisted-lg"),
    row("sender-domain", "review", lambda: facts(form_=form(), sender_class="free"), "free"),
    row("sender-domain", "review", lambda: facts(form_=form(), sender_class="other-body"), "other-body"),
    row("sender-domain", "review", lambda: facts(mail(sender=None), form_=form()), "no-from"),
    row(
        "sender-domain",
        None,
        lambda: facts(
            mail(sender="tanaka@mail.example"),
            form_=form(),
            sender_class="free",
            known=Known(case_id=1, parties=(Address(name=None, address="Tanaka@mail.example"),)),
        ),
        "accepted-before",
    ),
    row(
        "sender-domain",
        "review",
        lambda: facts(
            mail(sender="tanaka@mail.example"),
            form_=form(),
            sender_class="free",
            known=Known(case_id=1, untied=True, parties=(Address(name=None, address="Tanaka@mail.example"),)),
        ),
        "wrote-before-but-nobody-accepted-it",
    ),
    row(
        "sender-domain",
        None,
        lambda: facts(form_=form(), sender_class="unlisted", known_sender=party("bureau")),
        "known-sender",
    ),
    row(
        "sender-authentic",
        "review",
        lambda: facts(mail(authentication=Authentication(results={"dmarc": "fail"}))),
        "dmarc-fail",
    ),
    row(
        "sender-authentic",
        None,
        lambda: facts(mail(authentication=Authentication(results={"dmarc": "pass", "spf": "fail"}))),
        "dmarc-pass",
    ),
    row(
        "sender-authentic",
        None,
        lambda: facts(mail(authentication=Authentication(results={"spf": "softfail"}))),
        "softfail",
    ),
    row(
        "sender-authentic",
        None,
        lambda: facts(mail(authentication=Authentication(results={"spf": "fail"}))),
        "spf-alone",
    ),
    row(
        "sender-authentic",
        "review",
        lambda: facts(mail(authentication=Authentication(results={"spf": "fail", "dkim": "fail"}))),
        "both-fail",
    ),
    row("sender-authentic", None, lambda: facts(mail()), "nothing-said"),
    row("sender-authentic", "review", lambda: facts(mail(defects=("several-from",))), "two-senders"),
    row("sender-reply-to", None, lambda: facts(mail()), "none"),
    row("sender-reply-to", None, lambda: facts(mail(reply_to=wanted("soumu@city.iida.nagano.jp"))), "of-the-city"),
    row("sender-reply-to", None, lambda: facts(mail(reply_to=wanted("SOUMU@CITY.IIDA.NAGANO.JP"))), "in-capitals"),
    row("sender-reply-to", "review", lambda: facts(mail(reply_to=wanted("a@shien.example"))), "of-a-vendor"),
    row("sender-reply-to", "review", lambda: facts(mail(reply_to=wanted("a@gmail.com"))), "private"),
    row("sender-reply-to", "review", lambda: facts(mail(reply_to=wanted("a@pref.nagano.lg.jp"))), "of-the-prefecture"),
    row(
        "sender-reply-to",
        "review",
        lambda: facts(mail(reply_to=wanted("soumu@city.iida.nagano.jp", "a@shien.example"))),
        "one-of-two",
    ),
    row("sender-reply-to", None, lambda: facts(mail(sender=None, reply_to=wanted("a@b.example"))), "without-from"),
    row(
        "sender-reply-to",
        None,
        lambda: facts(mail(machine=MachineKind.LIST, reply_to=wanted("list@b.example"))),
        "of-a-mailing-list",
    ),
    row(
        "sender-party", "review", lambda: facts(form_=form(), known=Known(case_id=1, party=False, claim=True)), "claim"
    ),
    row("sender-party", "review", lambda: facts(form_=form(), known=Known(case_id=1, party=False)), "no-party"),
    row("sender-party", None, lambda: facts(form_=form()), "opens-the-case"),
    row("sender-party", None, lambda: facts(form_=form(), known=Known(case_id=1)), "party"),
    row("sender-party", None, lambda: facts(mail()), "no-form"),
    row(
        "sender-party",
        "review",
        lambda: facts(form_=form(), known=Known(case_id=1, untied=True, versions=(version(),))),
        "untied-and-replaces",
    ),
    row("sender-party", None, lambda: facts(form_=form(), known=Known(untied=True)), "untied-and-first"),
    row(
        "sender-party",
        None,
        lambda: facts(mail(), known=Known(case_id=1, untied=True, versions=(version(),))),
        "untied-and-changes-nothing",
    ),
    row(
        "sender-party",
        "review",
        lambda: facts(mail(sender=None), known=Known(case_id=1, claim=True)),
        "claim-without-from",
    ),
]


def sources(form_: str | None = None, subject: str | None = None, attachment: str | None = None) -> Naming:
    def one(code: str | None) -> object:
        return body(code) if code else NOBODY

    return Naming(form=one(form_), subject=one(subject), attachment=one(attachment))


ORGANIZATION = [
    row("organization-known", None, lambda: facts(form_=form()), "known"),
    row("organization-known", "review", lambda: facts(mail("計画策定支援"), organization=NOBODY), "none"),
    row("organization-known", "review", lambda: facts(organization=guess("東京都府中市", "広島県府中市")), "homonym"),
    row(
        "organization-known", "review", lambda: facts(form_=form(), organization=body("011002", ward="中央区")), "ward"
    ),
    row("organization-known", None, lambda: facts(organization=corporation()), "corporation"),
    row(
        "organization-known",
        "review",
        lambda: facts(form_=form(municipality="飯田市・阿智村")),
        "two-bodies-in-the-municipalitys-cell",
    ),
    row(
        "organization-known",
        "review",
        lambda: facts(form_=form(organization_name="飯田市・阿智村")),
        "two-bodies-in-the-names-cell",
    ),
    row("organization-known", None, lambda: facts(organization=body("200000")), "prefecture"),
    row("organization-agrees", None, lambda: facts(form_=form(), naming=sources(IIDA, IIDA, IIDA)), "all-alike"),
    row(
        "organization-agrees", "review", lambda: facts(form_=form(), naming=sources(IIDA, SHIOJIRI)), "neighbour's-form"
    ),
    row(
        "organization-agrees", "review", lambda: facts(form_=form(), naming=sources(IIDA, IIDA, SHIOJIRI)), "file-name"
    ),
    row("organization-agrees", None, lambda: facts(form_=form(), naming=sources(IIDA)), "form-alone"),
    row("organization-agrees", "review", lambda: facts(mail(), naming=sources(None, IIDA, SHIOJIRI)), "without-a-form"),
    row(
        "organization-agrees",
        None,
        lambda: facts(form_=form(), naming=Naming(form=corporation(), subject=body()), organization=corporation()),
        "corporation-writes-its-town",
    ),
    row(
        "organization-agrees",
        None,
        lambda: facts(form_=form(), naming=Naming(form=body(), subject=guess("長野県飯山市", written="飯口市"))),
        "a-guess-contradicts-nobody",
    ),
    row(
        "organization-agrees",
        "review",
        lambda: facts(form_=form(), naming=Naming(form=body(), subject=guess("東京都府中市", "広島県府中市"))),
        "a-homonym-that-is-neither",
    ),
    row("applicant-type", None, lambda: facts(form_=form()), "municipality"),
    row(
        "applicant-type",
        None,
        lambda: facts(form_=form(applicant_type="都道府県"), organization=body("200000")),
        "prefecture",
    ),
    row(
        "applicant-type",
        "review",
        lambda: facts(form_=form(applicant_type="非営利法人"), organization=corporation()),
        "nonprofit",
    ),
    row("applicant-type", "review", lambda: facts(form_=form(applicant_type="一部事務組合・広域連合")), "union"),
    row(
        "applicant-type",
        "review",
        lambda: facts(form_=form(applicant_type=None), organization=corporation()),
        "by-its-name",
    ),
    row("applicant-type", None, lambda: facts(form_=form(applicant_type=None)), "empty-but-a-city"),
    row("applicant-type", "review", lambda: facts(mail(), organization=corporation(kind=BodyKind.UNION)), "no-form"),
    row("scope", None, lambda: facts(form_=form()), "not-included"),
    row("scope", "review", lambda: facts(form_=form(scope_internal="含む")), "included"),
    row("scope", None, lambda: facts(form_=form(scope_internal=None)), "empty"),
    row("scope", None, lambda: facts(mail()), "no-form"),
    row("scope", None, lambda: facts(form_=form(theme="庁舎内ネットワークは対象外とする")), "only-a-word-in-the-theme"),
    row("scope", None, lambda: facts(form_=replace(form(scope_internal="含む"), untouched=True)), "untouched"),
]

AFTER = "2026-03-26 16:00:01"
GRACE = {"fix_grace": {"until": "2026-03-27 17:00", "consent": "総務省 3/20 電話"}}


def late(received: str = AFTER, *hops: tuple[str, str], **more: object) -> Facts:
    message = mail(files=(file(),), received=tuple(hop(by, moment) for by, moment in hops))
    return facts(message, form_=form(), received=received, **more)


EXCEPTED = Known(
    exceptions=(KnownException(what="deadline", until=at("2026-03-31 16:00"), by="佐藤", why="災害", consent="総務省"),)
)

TIME = [
    row("round-late", None, lambda: late("2026-03-26 16:00:00"), "on-the-stroke"),
    row("round-late", "refuse", late, "a-second-late"),
    row(
        "round-late",
        "refuse",
        lambda: late("2026-03-26 16:00:00", config=settings(round_={"closes_inclusive": False})),
        "exclusive",
    ),
    row(
        "round-late",
        "refuse",
        lambda: late("2026-03-27 10:00", ("mx.keikaku.example", "2026-03-27 09:59:30")),
        "late-by-both-clocks",
    ),
    row(
        "round-late",
        "review",
        lambda: late("2026-03-27 09:20", ("mx.keikaku.example", "2026-03-26 15:12")),
        "quarantine",
    ),
    row(
        "round-late",
        "review",
        lambda: late("2026-03-26 16:00:20", ("mx.keikaku.example", "2026-03-26 15:59:58")),
        "seconds-across",
    ),
    row(
        "round-late",
        "review",
        lambda: late("2026-03-12 10:00", ("mx.keikaku.example", "2026-03-12 09:54:59")),
        "apart-in-mid-round",
    ),
    row(
        "round-late",
        None,
        lambda: late("2026-03-12 10:00", ("mx.keikaku.example", "2026-03-12 09:55:00")),
        "five-minutes",
    ),
    row("round-late", "refuse", lambda: late(AFTER, ("mx.other.example", "2026-03-26 15:12")), "a-strange-clock"),
    row("round-late", "refuse", lambda: late(config=settings(round_=GRACE)), "grace-is-for-fixes-only"),
    row(
        "round-late",
        "review",
        lambda: late("2026-03-27 12:00", known=Known(case_id=1, versions=(version(received="2026-03-27 10:00"),))),
        "correction-of-what-was-excepted",
    ),
    row(
        "round-late",
        "review",
        lambda: late(known=Known(case_id=1, versions=(version(counted=False),))),
        "correction-of-what-came-in-time-and-did-not-count",
    ),
    row(
        "round-late",
        "refuse",
        lambda: late(
            "2026-03-27 12:00",
            known=Known(case_id=1, versions=(version(received="2026-03-27 10:00", counted=False),)),
        ),
        "the-first-was-late-too",
    ),
    row(
        "round-late", "review", lambda: late(known=Known(case_id=1, versions=(version(complete=False),))), "correction"
    ),
    row(
        "round-late",
        "note",
        lambda: late(known=Known(case_id=1, versions=(version(),)), config=settings(round_=GRACE)),
        "in-grace",
    ),
    row(
        "round-late",
        "review",
        lambda: late(
            "2026-03-27 17:00:01", known=Known(case_id=1, versions=(version(),)), config=settings(round_=GRACE)
        ),
        "past-the-grace",
    ),
    row(
        "round-late",
        "note",
        lambda: late(known=EXCEPTED),
        "exception",
    ),
    row("round-late", "note", lambda: late("2026-03-31 16:00:00", known=EXCEPTED), "at-the-end-of-the-exception"),
    row("round-late", "refuse", lambda: late("2026-03-31 16:00:01", known=EXCEPTED), "past-the-exception"),
    row(
        "round-late",
        "note",
        lambda: late(
            "2026-03-27 17:00:00", known=Known(case_id=1, versions=(version(),)), config=settings(round_=GRACE)
        ),
        "at-the-end-of-the-grace",
    ),
    row("round-late", None, lambda: late("2026-08-01 10:00"), "months-after-is-another-check's"),
    row("round-late", None, lambda: late("2026-03-03 23:59:59"), "before-the-opening"),
    row("round-open", "review", lambda: late("2026-03-03 23:59:59"), "before"),
    row("round-open", None, lambda: late("2026-03-04 00:00:00"), "at-the-opening"),
    row("round-open", None, lambda: late(AFTER), "late-is-another-check's"),
    row("round-open", "review", lambda: late("2026-08-01 10:00"), "between-rounds"),
    row("round-late", "refuse", lambda: late("2026-04-25 16:00:00"), "the-last-moment-of-being-late"),
    row("round-open", None, lambda: late("2026-04-25 16:00:00"), "still-late"),
    row("round-late", None, lambda: late("2026-04-25 16:00:01"), "no-longer-late"),
    row("round-open", "review", lambda: late("2026-04-25 16:00:01"), "no-longer-late"),
    row("round-open", "review", lambda: late("2025-03-10 10:00"), "last-year"),
    row("round-open", None, lambda: late("2026-03-10 10:00"), "open"),
]


def known(*versions: object, **more: object) -> Known:
    return Known(case_id=1, versions=versions, **more)


SAME = form()
ASKED = replace(letter(), sent_at=at(IN_TIME))
OPEN = Finding(
    check="form-complete", severity=Severity.FIX, where="目指す姿", found=None, expected=None, message="", clause=None
)


def in_force(*found: Finding) -> Current:
    return Current(number=1, mail_id=1, received_at=at(IN_TIME), form=form(), findings=found)


def again(*, intents: tuple[Intent, ...] = (), **more: Any) -> Facts:
    """The very form that is in force, of which something is asked."""
    given: dict[str, Any] = {"current": in_force(OPEN), "letters": (ASKED,), **more}
    return facts(form_=SAME, intents=intents, known=known(version(fingerprint=SAME.fingerprint), **given))


def beside(
    *, intents: tuple[Intent, ...] = (), answers: Any = None, duplicate_of: int | None = None, **cells: Any
) -> Facts:
    """A form of the body beside the incomplete one in force of 企画課."""
    here = known(version(complete=False), current=in_force(OPEN), answers=answers, duplicate_of=duplicate_of)
    return facts(form_=form(**cells), intents=intents, known=here)


VERSIONS = [
    row(
        "duplicate",
        "note",
        lambda: facts(form_=SAME, known=known(version(fingerprint=SAME.fingerprint))),
        "same-content",
    ),
    row("duplicate", "note", lambda: facts(form_=SAME, known=Known(case_id=1, duplicate_of=3)), "known-mail"),
    row("duplicate", None, lambda: facts(form_=SAME, known=known(version())), "other-content"),
    row(
        "duplicate", None, lambda: facts(form_=replace(SAME, marked=True), known=known(version())), "our-copy-corrected"
    ),
    row("duplicate", None, lambda: facts(form_=SAME), "first"),
    row(
        "duplicate",
        None,
        lambda: facts(form_=SAME, known=known(version(fingerprint=SAME.fingerprint, counted=False))),
        "the-first-did-not-count",
    ),
    row("duplicate", None, lambda: facts(mail(), known=known(version())), "no-form"),
    row(
        "duplicate",
        "review",
        lambda: facts(
            form_=SAME,
            intents=(Intent.REPLACE,),
            known=known(version(1, fingerprint=SAME.fingerprint), version(2, fingerprint="v2")),
        ),
        "replaced-by-the-old-one",
    ),
    row("duplicate", "review", lambda: again(answers=ASKED), "answers-what-asked-and-corrects-nothing"),
    row("duplicate", "review", lambda: again(intents=(Intent.REPLACE,)), "is-to-replace-and-corrects-nothing"),
    row("duplicate", "note", again, "without-a-word-of-a-correction"),
    row("duplicate", "note", lambda: again(answers=letter("receipt")), "answers-a-receipt"),
    row(
        "duplicate",
        "note",
        lambda: again(intents=(Intent.REPLACE,), letters=(letter(),)),
        "is-to-replace-before-our-letter-left",
    ),
    row(
        "duplicate",
        "note",
        lambda: again(intents=(Intent.REPLACE,), letters=(replace(letter("receipt"), sent_at=at(IN_TIME)),)),
        "is-to-replace-and-nothing-was-asked",
    ),
    row("duplicate", "note", lambda: again(answers=ASKED, current=in_force()), "nothing-is-open"),
    row("duplicate", "note", lambda: again(answers=ASKED, current=None), "nothing-is-in-force"),
    row(
        "version-replaces", "review", lambda: beside(department="福祉課", contact_email="f@x.example"), "other-section"
    ),
    row(
        "version-replaces",
        "review",
        lambda: beside(department="福祉課", contact_email="f@x.example", intents=(Intent.REPLACE,)),
        "other-section-whatever-it-says",
    ),
    row("version-replaces", None, lambda: beside(department="福祉課"), "the-same-contact-has-moved"),
    row("version-replaces", None, lambda: beside(contact_email="f@x.example"), "another-contact-of-the-section"),
    row("version-replaces", None, lambda: beside(department=None, contact_email="f@x.example"), "no-section"),
    row("version-replaces", None, lambda: beside(department="福祉課", contact_email=None), "no-contact"),
    row(
        "version-replaces",
        None,
        lambda: beside(department="企 画課", contact_email="f@x.example"),
        "the-section-spelt-otherwise",
    ),
    row(
        "version-replaces",
        None,
        lambda: beside(department="福祉課", contact_email="KIKAKU@city.iida.nagano.jp"),
        "the-contact-spelt-otherwise",
    ),
    row(
        "version-replaces",
        None,
        lambda: beside(department="福祉課", contact_email="f@x.example", answers=letter()),
        "other-section-answers-our-letter",
    ),
    row(
        "version-replaces",
        None,
        lambda: beside(department="福祉課", contact_email="f@x.example", duplicate_of=3),
        "other-section-again",
    ),
    row("version-replaces", "review", lambda: facts(form_=SAME, known=known(version())), "without-a-word"),
    row(
        "version-replaces",
        None,
        lambda: facts(form_=SAME, intents=(Intent.REPLACE,), known=known(version())),
        "sashikae",
    ),
    row(
        "version-replaces",
        None,
        lambda: facts(form_=SAME, known=known(version(), answers=letter())),
        "answers-our-request",
    ),
    row(
        "version-replaces",
        "review",
        lambda: facts(form_=SAME, known=known(version(), answers=letter("receipt"))),
        "answers-a-receipt",
    ),
    row("version-replaces", None, lambda: facts(form_=SAME, known=known(version(complete=False))), "incomplete-before"),
    row(
        "version-replaces",
        None,
        lambda: facts(form_=SAME, known=known(version(fingerprint=SAME.fingerprint))),
        "duplicate",
    ),
    row(
        "version-replaces",
        "review",
        lambda: facts(form_=SAME, intents=(Intent.REPLACE,), known=known(version(filled=30))),
        "fewer-cells",
    ),
    row("version-replaces", None, lambda: facts(form_=SAME), "first"),
    row("also-asks", None, lambda: facts(form_=form(), intents=(Intent.APPLY,)), "only-applies"),
    row(
        "also-asks", "review", lambda: facts(form_=form(), intents=(Intent.APPLY, Intent.CONSULT)), "and-a-consultation"
    ),
    row(
        "also-asks",
        "review",
        lambda: facts(form_=form(), intents=(Intent.APPLY, Intent.CONTACT_CHANGE)),
        "and-a-new-contact",
    ),
    row(
        "also-asks",
        "review",
        lambda: facts(form_=form(), intents=(Intent.APPLY, Intent.EXTENSION, Intent.ASK)),
        "two-things",
    ),
    row(
        "also-asks",
        None,
        lambda: facts(form_=form(), intents=(Intent.APPLY, Intent.CONFIRM_RECEIPT)),
        "the-receipt-answers",
    ),
    row("also-asks", None, lambda: facts(form_=form(), intents=(Intent.REPLACE, Intent.PASSWORD)), "goes-with-it"),
]


@pytest.mark.parametrize(
    ("check", "expected", "make"), [*NAMING, *ATTACHMENTS, *SENDER, *ORGANIZATION, *TIME, *VERSIONS]
)
def test_check(check: str, expected: str | None, make: Case) -> None:
    assert said(check, make()) == expected


def test_an_uncertain_reading_beside_an_unreadable_paper_are_two_findings() -> None:
    given = facts(mail(files=(file(), file("図.zip", ZIP, problem="broken"))), form_=form(problems=("疑い",)))
    assert {one.severity for one in findings("attachment-unreadable", given)} == {Severity.NOTE, Severity.REVIEW}


def test_clocks_are_all_shown() -> None:
    (one,) = findings("round-late", late("2026-03-27 09:20", ("mx.keikaku.example", "2026-03-26 15:12")))
    assert "令和8年3月27日（金）9時20分" in one.message
    assert "令和8年3月26日（木）15時12分" in one.message


def test_one_candidate_is_asked_after_by_its_name() -> None:
    (one,) = findings("organization-known", facts(organization=guess("長野県飯山市", written="飯口市")))
    (two,) = findings("organization-known", facts(organization=guess("東京都府中市", "広島県府中市")))
    assert "長野県飯山市" in one.message
    assert "候補" not in one.message
    assert "候補：東京都府中市、広島県府中市" in two.message


def test_a_password_that_opens_nothing_is_told() -> None:
    locked = mail(files=(file("様式.zip", ZIP, problem="locked"),))
    (first,) = findings("attachment-locked", facts(locked))
    (again,) = findings("attachment-locked", facts(locked, known=Known(case_id=1, passwords_tried=1)))
    assert first.message != again.message
    assert "開けませんでした" in again.message


def test_toyota_is_named_by_code_in_the_tests() -> None:
    assert body(TOYOTA).full_name == "愛知県豊田市"
