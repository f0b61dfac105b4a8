"""The values that conditions and messages name, of mails that have them and of one that has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mailflow.intake.facts import Facts
from mailflow.model import NO_ORGANIZATION, CaseState, Intent, Known, MachineKind, Method, Request, RequestIntent
from mailflow.settings.messages import look_up
from tests.unit.judging.build import (
    ZIP,
    at,
    body,
    corporation,
    facts,
    file,
    form,
    guess,
    letter,
    mail,
    party,
    plain_settings,
    version,
)

TEXT = "お世話になっております。\n締切は何時ですか。押印は必要でしょうか。\n以上、お願いいたします。"
OFFICE = plain_settings().programme.address


def rich() -> Facts:
    return facts(
        mail("Re: 【長野県飯田市】計画策定支援", TEXT, files=(file(), file("logo.png", "image/png", inline=True))),
        form_=replace(form(menus=("①",), fiscal_index=0.51), names_round="1次公募"),
        intents=(Intent.ASK, Intent.APPLY),
        known=Known(
            case_id=1,
            case_number="R8-1-202053",
            case_state=CaseState.COMPLETE,
            versions=(version(), version(2)),
            answers=letter(),
            party=False,
            claim=True,
        ),
        part=(1, 2),
        case_number="R8-1-202053",
        links=("https://files.example/1",),
        junk=True,
        known_sender=party("bureau"),
        request=Request(intent=RequestIntent.REQUEST, method=Method.PHONE, unclear=("場所",)),
    )


RICH: dict[str, Any] = {
    "mail.subject": "Re: 【長野県飯田市】計画策定支援",
    "mail.new_text": TEXT,
    "mail.words": f"Re: 【長野県飯田市】計画策定支援\n{TEXT}",
    "mail.questions": 2,
    "mail.asked": "Re: 【長野県飯田市】計画策定支援\n締切は何時ですか。\n押印は必要でしょうか。",
    "mail.sender": "kikaku@city.iida.nagano.jp",
    "mail.sender_name": "企画課",
    "mail.domain": "city.iida.nagano.jp",
    "mail.attachments": ["【長野県飯田市】1次公募応募様式.xlsx"],
    "mail.has_files": True,
    "mail.like_form": True,
    "mail.locked": False,
    "mail.links": ["https://files.example/1"],
    "mail.is_reply": True,
    "mail.covering": False,
    "mail.thanks": False,
    "mail.quotes_number": True,
    "mail.part": 1,
    "mail.calendar": False,
    "mail.machine": "",
    "mail.junk": True,
    "form.found": True,
    "form.count": 1,
    "form.untouched": False,
    "form.marked": False,
    "form.in_a_mail": False,
    "form.edition": "r8-1",
    "form.filename": "【長野県飯田市】1次公募応募様式.xlsx",
    "form.names_round": "1次公募",
    "form.course": "B",
    "form.menus": ["①"],
    "form.fiscal_index": 0.51,
    "form.team_size": 3,
    "form.remarks": None,
    "organization.known": True,
    "organization.resolved": "exact",
    "organization.code": "202053",
    "organization.prefecture": "長野県",
    "organization.name": "飯田市",
    "organization.full_name": "長野県飯田市",
    "organization.kind": "city",
    "organization.ward": "",
    "organization.bureau": "信越総合通信局",
    "sender.known": True,
    "sender.own": False,
    "sender.kind": "bureau",
    "sender.id": "bureau",
    "sender.domain_class": "body",
    "intents": ["apply", "ask"],
    "request.found": True,
    "request.intent": "request",
    "request.method": "phone",
    "request.windows": 0,
    "request.unclear": True,
    "now": at("2026-03-10 10:00"),
    "received_at": at("2026-03-10 10:00"),
    "round.id": "R8-1",
    "round.name": "1次公募",
    "round.opens": at("2026-03-04 00:00"),
    "round.closes": at("2026-03-26 16:00"),
    "round.consultation_closes": at("2026-03-24 17:00"),
    "round.is_open": True,
    "programme.name": "地域社会DX推進パッケージ事業（計画策定支援）",
    "programme.subject": "計画策定支援",
    "programme.office": "計画策定支援事務局",
    "programme.address": OFFICE,
    "programme.ministry": "総務省 地域通信振興課",
    "case.exists": True,
    "case.number": "R8-1-202053",
    "case.state": "complete",
    "case.versions": 2,
    "case.party": False,
    "case.claim": True,
    "thread.answers": "fix-request",
    "thread.purpose": "reply",
    "thread.confirmed": 0,
}


@pytest.mark.parametrize(("name", "value"), RICH.items(), ids=RICH)
def test_of_a_mail_that_has_much(name: str, value: Any) -> None:
    assert look_up(name, rich().context()) == value


def test_of_a_mail_without_anything_every_value_is_empty() -> None:
    given = facts(mail(None, "", sender=None), organization=NO_ORGANIZATION).context()
    told = {
        f"{group}.{name}": value
        for group, values in given.items()
        if isinstance(values, dict) and group not in ("round", "programme")
        for name, value in values.items()
        if value not in ("", 0, None, [])
    }
    assert told == {
        "mail.words": "\n",
        "mail.covering": True,
        "organization.resolved": "none",
        "case.party": True,
        "sender.domain_class": "body",
    }


@pytest.mark.parametrize(
    ("name", "value", "make"),
    [
        pytest.param(
            "mail.asked", "取り急ぎ\n様式について", lambda: facts(mail("取り急ぎ", "様式について"), intents=(Intent.ASK,)),
            id="a-mail-that-asks-in-no-sentence",
        ),
        pytest.param("mail.asked", "", lambda: facts(mail("取り急ぎ", "締切は何時ですか。")), id="a-mail-that-asks-nothing"),
        pytest.param(
            "mail.questions", 1, lambda: facts(mail("質問", "締切は何時？費用を教えてください。"), intents=(Intent.ASK,)),
            id="a-request-is-no-question",
        ),
        pytest.param("mail.thanks", True, lambda: facts(mail("Re: 計画策定支援", "ありがとうございました。")), id="thanks"),
        pytest.param("mail.thanks", False, lambda: facts(mail("計画策定支援", "ありがとうございました。")), id="thanks-first"),
        pytest.param("mail.machine", "list", lambda: facts(mail(machine=MachineKind.LIST)), id="a-list"),
        pytest.param(
            "mail.locked", True, lambda: facts(mail(files=(file("様式.zip", ZIP, problem="locked"),))), id="a-locked-file",
        ),
        pytest.param("mail.calendar", True, lambda: facts(mail(calendar=("BEGIN:VCALENDAR",))), id="an-entry-of-a-calendar"),
        pytest.param(
            "mail.attachments", [""], lambda: facts(mail(files=(file(None, ZIP),))), id="a-file-without-a-name"
        ),
        pytest.param("mail.like_form", False, lambda: facts(mail(files=(file("応募状況.xlsx"),))), id="another-workbook"),
        pytest.param("form.filename", "", lambda: facts(form_=form(filename=None)), id="a-form-without-a-name"),
        pytest.param("form.untouched", True, lambda: facts(form_=replace(form(), untouched=True)), id="a-blank-form"),
        pytest.param("form.marked", True, lambda: facts(form_=replace(form(), marked=True)), id="our-marked-copy"),
        pytest.param("form.count", 2, lambda: facts(form_=form(), forms=(form(), form(theme="別"))), id="two-forms"),
        pytest.param("organization.ward", "中央区", lambda: facts(organization=body("011002", ward="中央区")), id="a-ward"),
        pytest.param("organization.code", "", lambda: facts(organization=corporation()), id="a-body-without-a-code"),
        pytest.param("organization.known", False, lambda: facts(organization=guess("東京都府中市")), id="a-guess"),
        pytest.param("sender.own", True, lambda: facts(mail(sender=OFFICE.upper())), id="the-offices-own-address"),
        pytest.param("sender.kind", "", lambda: facts(form_=form()), id="nobody-known"),
        pytest.param("round.is_open", True, lambda: facts(mail(), received="2026-03-04 00:00:00"), id="at-the-opening"),
        pytest.param("round.is_open", False, lambda: facts(mail(), received="2026-03-03 23:59:59"), id="before"),
        pytest.param("round.is_open", True, lambda: facts(mail(), received="2026-03-26 16:00:00"), id="at-the-close"),
        pytest.param("round.is_open", False, lambda: facts(mail(), received="2026-03-26 16:00:01"), id="after"),
    ],
)  # fmt: skip
def test_of_other_mails(name: str, value: Any, make: Callable[[], Facts]) -> None:
    assert look_up(name, make().context()) == value
