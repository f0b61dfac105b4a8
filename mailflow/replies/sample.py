"""A case that doesn't exist, to show every letter with (`templates preview`, the wording's consent). Pure.

朝日県川原町 is no municipality and 山口さくら no officer. Dates are those of the configured round.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from mailflow.clock import TOKYO
from mailflow.model import ANSWERING, UNWRITTEN, Address, Draft, LetterPlan, Mail, Method, Organization, Resolved, Slot
from mailflow.numbering import case_number
from mailflow.replies.addressee import Addressee
from mailflow.replies.compose import compose
from mailflow.replies.digest import TEMPLATE as DIGEST
from mailflow.replies.digest import Count, DigestView, Task, compose_digest
from mailflow.replies.files import FileView
from mailflow.replies.items import Cell, Item
from mailflow.replies.occasions import (
    ConsultationView,
    FormNotice,
    HearingView,
    QuestionView,
    RecordView,
    ResultView,
    TownView,
    WrittenView,
    offered,
)
from mailflow.replies.view import CaseView
from mailflow.settings.models import Round
from mailflow.settings.settings import Settings

SENDER = Address(name="山口 さくら", address="yamaguchi@town.kawara.example")
SECTION = Address(name="川原町 企画課", address="kikaku@town.kawara.example")
BODY = Organization(resolved=Resolved.EXACT, prefecture="朝日県", name="川原町", bureau="朝日総合通信局")
CODE = "999999"

FIXES = (
    Item(
        number=1,
        where="連絡先の電話番号（シート「応募様式」D14）",
        found="空欄です",
        message="日中につながる番号をご記入ください",
        example="0000-00-0000（内線123）",
        clause=None,
    ),
    Item(
        number=2,
        where="応募コース（同 D20）",
        found="「A・B」と記入されています",
        message="A、Bのいずれか一方を選んでください",
        example=None,
        clause="1(2)",
    ),
    Item(
        number=3,
        where="「４　取組の内容」の欄（2か所）",
        found="下の欄が空欄です",
        message="それぞれご記入ください",
        example=None,
        clause=None,
        cells=(
            Cell(where="地域課題（同 D24）", example="高齢化率が46％に達し、通院や買い物が難しい世帯が増えている。"),
            Cell(where="目指す姿（同 D26）", example="予約制の乗合交通と見守りを一体で運営したい。"),
        ),
    ),
)
CONFIRM = Item(
    number=1,
    where="週あたりの作業時間（シート「応募様式」D38）",
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
QUESTIONS = (
    QuestionView(
        number=1,
        asked="専門家の支援に費用はかかりますか。",
        answer=("専門家の支援について、支援先団体の費用負担はありません。",),
        clause="募集要領1(2)",
    ),
    QuestionView(number=2, asked="添付する図は何枚までですか。", answer=(UNWRITTEN,), clause=None),
)
_FIXING = ("fix-request", "password-request", "reminder")
_ANSWERED = "answer-recorded"
_ASKED = (*_FIXING, _ANSWERED)
_REFUSING = ("refused",)


def sample_view(template: str, settings: Settings, *, near_close: bool = False) -> CaseView:
    """What the letter `template` would be made of in the first round. Every name that a letter may use has a value."""
    round_ = settings.rounds[0]
    if template == "deadline-moved":
        round_ = round_.model_copy(update={"closes": round_.closes + timedelta(days=7)})
    received_at = _received_at(template, round_, near_close=near_close)
    fixes = FIXES if template in _ASKED else ()
    confirm = dataclasses.replace(CONFIRM, number=len(fixes) + 1)
    fix_by = (round_.closes - round_.fix_by_before_close).astimezone(TOKYO).replace(hour=17, minute=0)
    plan = LetterPlan(
        template=template,
        purpose="reply",
        near_close=near_close,
        fix_by=None if near_close else fix_by,
        valid_until=round_.closes,
    )
    addressed = Addressee(organization=BODY.full_name, person="企画課　山口 さくら 様", carbon="川原町 企画課 御中")
    to: tuple[Address, ...] = (SENDER,)
    cc: tuple[Address, ...] = (SECTION,)
    if template == "consultation-bureau":
        to, cc = (Address(name="朝日総合通信局", address="sodan@bureau.example"),), ()
        addressed = Addressee(organization="朝日総合通信局", person="ご担当者 様")
    return CaseView(
        number=case_number(round_.id, CODE),
        version=2 if template == "replacement" else 1,
        previous=1 if template == "replacement" else None,
        previous_at=received_at - timedelta(days=2) if template == "replacement" else None,
        organization=BODY,
        addressee=addressed,
        round=round_,
        mail=_mail(settings, round_, received_at),
        received_at=received_at,
        plan=plan,
        to=to,
        cc=cc,
        files=_files(template, round_),
        course="B（ソリューション実装計画の策定支援）",
        form_read=True,
        fixes=fixes,
        confirms=() if template in (*_REFUSING, _ANSWERED) else (confirm,),
        confirmed=(confirm.number,) if template == _ANSWERED else (),
        refusals=(REFUSAL,) if template in _REFUSING else (),
        findings=(),
        asked_at=received_at + timedelta(hours=2) if template == "reminder" else None,
        tells=True,
        records=(RecordView(version=1, received_at=received_at, file=_form_name(round_), counts=True),),
        questions=QUESTIONS if template == ANSWERING else (),
        towns=_towns(round_) if template == "several-towns" else (),
        part=(2, 3) if template == "part-missing" else None,
        **_occasion(template, settings, round_),
    )


def _occasion(template: str, settings: Settings, round_: Round) -> dict[str, Any]:
    """What a letter beyond the application speaks of."""
    if template.startswith("consultation-"):
        return {"consultation": _consultation(template, settings, round_)}
    if template == "letter" or template.startswith("letter-"):
        said = "お問い合わせの件について、次のとおりお答えします。\n\n（ここに、担当者が書いた文が入ります。）"
        return {"written": WrittenView(subject="お問い合わせの件", text=said)}
    slots = offered(_slots(round_))
    match template:
        case "hearing":
            topics = ("庁内の体制と、週あたりの作業時間", "地域課題と、目指す姿のつながり")
            due = round_.closes + timedelta(days=4)
            return {"hearing": HearingView(offers=slots, method="オンライン", topics=topics, reply_by=due, minutes=30)}
        case "result-selected" | "result-not-selected" | "course-change-proposal":
            course = "B（ソリューション実装計画の策定支援）"
            return {
                "result": ResultView(
                    course=course,
                    decided="A（地域課題の整理と計画の骨子の策定支援）"
                    if template == "course-change-proposal"
                    else course,
                    published=(round_.closes + timedelta(days=20)).date(),
                    contact_by=(round_.closes + timedelta(days=27)).date(),
                    reply_by=round_.closes + timedelta(days=11),
                )
            }
        case "form-corrected":
            changes = ("「4 取組の内容」の選択肢を改めました",)
            return {"notice": FormNotice(changes=changes, since=(round_.opens + timedelta(days=6)).date())}
    return {}


def _slots(round_: Round) -> list[Slot]:
    """Two days before requests close: 11:00, the next day 13:00 and 15:30."""
    first = round_.consultation_closes.astimezone(TOKYO).replace(hour=11, minute=0) - timedelta(days=6)
    starts = (first, first + timedelta(days=1, hours=2), first + timedelta(days=1, hours=4, minutes=30))
    half = timedelta(minutes=30)
    return [Slot(start=one, end=one + half, host="office-1", method=Method.ONLINE) for one in starts]


def _consultation(template: str, settings: Settings, round_: Round) -> ConsultationView:
    first, second, _ = offered(_slots(round_))
    offering, bureau = template == "consultation-offer", template == "consultation-bureau"
    moved = template in ("consultation-changed", "consultation-cancelled")
    return ConsultationView(
        number=f"{case_number(round_.id, CODE)}-S1",
        wished="3月18日（水）午後" if offering or bureau else None,
        reason="対面での相談を希望しています。" if bureau else None,
        offers=offered(_slots(round_)) if offering else (),
        booked=None if offering or template == "consultation-cancelled" else second,
        previous=first if moved else None,
        tool=settings.consultation.platform,
        link="https://teams.example/l/meetup/xxxx",
        access="会議ID　000 000 000 000　パスコード　AbCdEf",
        host="事務局　佐藤",
        reply_by=first.start - timedelta(hours=23) if offering or bureau else None,
        material_by=second.start.replace(hour=17, minute=0) - timedelta(days=1),
        calendar=template in ("consultation-confirmed", "consultation-changed"),
    )


def _towns(round_: Round) -> tuple[TownView, ...]:
    read = "応募様式として読み取れました"
    return tuple(
        TownView(
            organization=f"朝日県{name}", number=None, file=f"【朝日県{name}】{round_.name}応募様式.xlsx", result=read
        )
        for name in ("川原町", "湊市", "大川村")
    )


def sample_digest(settings: Settings) -> DigestView:
    """A day of the office, for staff-digest."""
    round_ = settings.rounds[0]
    at = round_.closes - timedelta(days=6, hours=7)
    number = case_number(round_.id, CODE)
    return DigestView(
        at=at,
        arrived=(Count(label="応募（記入漏れなし）", count=12), Count(label="応募（修正をお願い中）", count=5)),
        letters=(Count(label="承認待ち", count=7), Count(label="送信済み", count=31)),
        tasks=(Task(what="承認", number=number, organization=BODY.full_name, until=at + timedelta(hours=5)),),
        calls=(Task(what="手紙が届いていません", number=number, organization=BODY.full_name),),
        problems=(),
        oldest_unjudged=None,
        balanced=True,
        head="1204:9f2c41ab",
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


def _form_name(round_: Round) -> str:
    return f"【{BODY.full_name}】{round_.name}応募様式.xlsx"


def _files(template: str, round_: Round) -> tuple[FileView, ...]:
    form = _form_name(round_)
    if template == "password-request":
        locked = "パスワードがかかっているため、まだ開けていません"
        return (FileView(name=form.removesuffix(".xlsx") + ".zip", size=45_120, status=locked),)
    return (
        FileView(name=form, size=48_640, status="応募様式として読み取れました"),
        FileView(name="川企第123号.pdf", size=114_688, status="参考資料として保管します"),
    )


def sample_letter(template: str, settings: Settings, *, near_close: bool = False, answers: bool = True) -> Draft:
    """The letter `template` with sample values. Raises LetterError."""
    if template == DIGEST:
        own = Address(name=settings.programme.office, address=settings.programme.address)
        return compose_digest(sample_digest(settings), (own,), settings)
    view = sample_view(template, settings, near_close=near_close)
    return compose(view if answers else dataclasses.replace(view, questions=()), settings)
