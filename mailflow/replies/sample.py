"""A case that doesn't exist, to show every letter with (`templates preview`, the wording's consent). Pure.

朝日県川原町 is no municipality and 山口さくら no officer. Dates are those of the configured round.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from mailflow.clock import TOKYO
from mailflow.model import Address, LetterPlan, Mail, Organization, Resolved
from mailflow.numbering import case_number
from mailflow.replies.view import Addressee, CaseView, FileView, Item
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings

SENDER = Address(name="山口 さくら", address="yamaguchi@town.kawara.example")
SECTION = Address(name="川原町 企画課", address="kikaku@town.kawara.example")
BODY = Organization(resolved=Resolved.EXACT, prefecture="朝日県", name="川原町", bureau="朝日総合通信局")
CODE = "999999"

FIXES = (
    Item(
        number=1,
        where="連絡先の電話番号（応募様式!D14）",
        found="空欄です",
        message="日中につながる番号をご記入ください",
        example="0000-00-0000（内線123）",
        clause=None,
    ),
    Item(
        number=2,
        where="応募コース（応募様式!D20）",
        found="「A・B」と記入されています",
        message="A、Bのいずれか一方を選んでください",
        example="B",
        clause="1(2)",
    ),
    Item(
        number=3,
        where="「４　取組の内容」の欄（2か所）",
        found="次の欄が空欄です",
        message="それぞれご記入ください",
        example=None,
        clause=None,
        cells=("地域課題（応募様式!D24）", "目指す姿（応募様式!D26）"),
    ),
)
CONFIRM = Item(
    number=1,
    where="週あたりの作業時間（応募様式!D38）",
    found="「2時間」と記入されています",
    message="募集要領では最低週3時間を目安としています",
    example=None,
    clause="1(2)留意事項2",
)
REFUSAL = Item(
    number=1,
    where="財政力指数",
    found="1.05",
    message="財政力指数が1以上の地方公共団体は、本支援の対象外です",
    example=None,
    clause="2(1)",
)
_FIXING = ("fix-request", "password-request")
_REFUSING = ("refused",)


def sample_view(template: str, settings: Settings, *, near_close: bool = False) -> CaseView:
    """What the letter `template` would be made of in the first round. Every name that a letter may use has a value."""
    round_ = settings.rounds[0]
    received_at = _received_at(template, round_, near_close=near_close)
    fixes = FIXES if template in _FIXING else ()
    confirm = dataclasses.replace(CONFIRM, number=len(fixes) + 1)
    fix_by = (round_.closes - round_.fix_by_before_close).astimezone(TOKYO).replace(hour=17, minute=0)
    plan = LetterPlan(
        template=template,
        purpose="reply",
        near_close=near_close,
        fix_by=None if near_close else fix_by,
        valid_until=round_.closes,
    )
    return CaseView(
        number=case_number(round_.id, CODE),
        version=2 if template == "replacement" else 1,
        previous=1 if template == "replacement" else None,
        previous_at=received_at - timedelta(days=2) if template == "replacement" else None,
        organization=BODY,
        addressee=Addressee(organization=BODY.full_name, person="企画課　山口 さくら 様", carbon="川原町 企画課 御中"),
        round=round_,
        mail=_mail(settings, round_, received_at),
        received_at=received_at,
        plan=plan,
        to=(SENDER,),
        cc=(SECTION,),
        files=_files(template, round_),
        course="B（ソリューション実装計画の策定支援）",
        form_read=True,
        fixes=fixes,
        confirms=() if template in _REFUSING else (confirm,),
        refusals=(REFUSAL,) if template in _REFUSING else (),
        findings=(),
    )


def near_close_letters(settings: Settings) -> frozenset[str]:
    """Letters that read otherwise when the close is near."""
    return frozenset(name for name in _FIXING if "near_close" in settings.templates.get(name, ""))


def _received_at(template: str, round_: Round, *, near_close: bool) -> datetime:
    if template == "late":
        return round_.closes + timedelta(minutes=4, seconds=12)
    if near_close:
        return round_.closes - timedelta(hours=1, minutes=27, seconds=53)
    return round_.closes - timedelta(days=6, hours=23, minutes=27, seconds=53)


def _mail(settings: Settings, round_: Round, received_at: datetime) -> Mail:
    return Mail(
        sender=SENDER,
        to=(Address(name=None, address=settings.programme.address),),
        cc=(SECTION,),
        subject=f"【{BODY.full_name}】{settings.programme.subject}",
        date=received_at,
        message_id="<sample@town.kawara.example>",
        new_text=f"{round_.name}に応募します。",
    )


def _files(template: str, round_: Round) -> tuple[FileView, ...]:
    form = f"【{BODY.full_name}】{round_.name}応募様式.xlsx"
    if template == "password-request":
        locked = "パスワードがかかっているため、まだ開けていません"
        return (FileView(name=form.removesuffix(".xlsx") + ".zip", size=45_120, status=locked),)
    return (
        FileView(name=form, size=48_640, status="応募様式として読み取れました"),
        FileView(name="川企第123号.pdf", size=114_688, status="参考資料として保管します"),
    )
