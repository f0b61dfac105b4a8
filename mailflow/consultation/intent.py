"""What a mail wants of the consultation (事前相談会, 募集要領 2(4); DESIGN §6).

In: subject, new text, the intents found in them, the text of each text/calendar part. Out: `Request`, or None where the
mail wants nothing of the kind. Pure; never raises on what a mail says.

Days and hours in prose are not read: a request has no windows and says so in `unclear`, so that nothing is booked on a
guess and people, or an offer with numbers, settle the time. The answer of a calendar program (iTIP REPLY, RFC 5546
§3.2.3) and a bare number in a reply need no reading of times.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from unicodedata import normalize

from mailflow.model import Intent, Method, Request, RequestIntent

UNREAD = "ご希望の日時は、まだ自動では読み取れません。担当者が本文を確かめます。"
UNREAD_OFFER = "どの候補をお選びか、番号だけでは決められません。担当者が本文を確かめます。"
UNREAD_COUNTER = "予定表から別の日時の提案が届きました。担当者が確かめます。"

MAX_TEXT = 20_000
MAX_CALENDAR = 100_000
MAX_CHOICES = 5

_MATTER = re.compile(r"相談|面談|候補|日程|打ち?合わ?せ")
_CIRCLED = re.compile(r"([①-⑨])(?!\s?[\d０-９])")  # before a date it only counts wishes: 「①3/16」
_NUMBER = re.compile(r"(?<![\d/:.-])([1-9])\s?(?:番目?|つ目)(?!号)")
_BARE = re.compile(
    r"\s{0,5}(?:候補(?:日)?の?|No\.?|#)?\s{0,3}([1-9])\s{0,3}(?:番目?)?\s{0,3}(?:で(?:お願い.{0,20}|大丈夫.{0,10})|を希望.{0,10}|です)?[。.]?\s{0,5}",
    re.IGNORECASE,
)
_CANCEL = re.compile(r"キャンセル|取り?消|取りやめ|取り止め|見送|中止|辞退")
_CHANGE = re.compile(
    r"変更|別(?:の)?日|別の(?:日程|時間)|後ろ倒し|前倒し|ずらし|リスケ|延期|改めて.{0,20}(?:お願い|希望)"
)
_BOOKED = re.compile(
    r"予約|予定|決定|確定|(?:日時|日程|時間|相談).{0,14}(?:変更|ずらし|後ろ倒し|前倒し)|別(?:の)?日|都合が(?:悪|つか)"
)
_NOT_ONLINE = re.compile(
    r"(?:Web会議|ウェブ会議|オンライン|Teams|Zoom|Webex).{0,14}(?:使え|使用でき|利用でき|参加でき|接続でき|つなが|繋が|不可|難し|でき(?:ない|ませ))",
    re.IGNORECASE,
)
_ONLINE = re.compile(r"オンライン|Web|ウェブ|Teams|Zoom|Webex|Meet(?![a-z])", re.IGNORECASE)
_EITHER = re.compile(r"どちらでも|いずれでも|どちらも可")
_PHONE = re.compile(
    r"電話(?:にて|で|相談|による|を?希望|のみ|会議|での)|お電話(?:いただ|頂|くださ|をいただ)|方法\s?[::]\s?電話|\(電話\)"
)
_OUR_NUMBER = re.compile(r"\(?0\d{1,4}\)?[- (]{0,2}\d{1,4}[-) ]{1,2}\d{3,4}")
_PARTSTAT = re.compile(
    r"^ATTENDEE[^\r\n]{0,900}?PARTSTAT=\"?(ACCEPTED|DECLINED|TENTATIVE)", re.IGNORECASE | re.MULTILINE
)
_METHOD = re.compile(r"^METHOD:\s?([A-Z]{3,20})\s*$", re.IGNORECASE | re.MULTILINE)


def read_intent(
    mail_subject: str | None, new_text: str, intents: Collection[Intent], calendar: Sequence[str]
) -> Request | None:
    """What is asked for, and by which means."""
    answer = _calendar_answer(calendar)
    if answer is not None:
        return answer
    subject = normalize("NFKC", (mail_subject or "")[:500])
    text = normalize("NFKC", _CIRCLED.sub(r"\1番", new_text[:MAX_TEXT]))
    if Intent.CONSULT not in intents:
        return None
    method, phone = read_method(text), _OUR_NUMBER.search(text)
    number = phone[0] if phone and method is Method.PHONE else None
    words = f"{subject}\n{text}"
    if _CHANGE.search(text) and _BOOKED.search(text):
        return Request(intent=RequestIntent.RESCHEDULE, method=method, unclear=(UNREAD,), phone=number)
    if _CANCEL.search(text) and (_MATTER.search(words) or _BOOKED.search(text)):
        return Request(intent=RequestIntent.CANCEL, method=method, phone=number)
    if chosen := _choices(text):
        unclear = () if len(chosen) == 1 else (UNREAD_OFFER,)
        return Request(intent=RequestIntent.CHOICE, method=method, choices=chosen, unclear=unclear, phone=number)
    return Request(intent=RequestIntent.REQUEST, method=method, unclear=(UNREAD,), phone=number)


def read_method(text: str) -> Method | None:
    """Online or by phone, where one of them is named and not ruled out."""
    if _EITHER.search(text):
        return None
    phone, online = bool(_PHONE.search(text)), bool(_ONLINE.search(text))
    if _NOT_ONLINE.search(text):
        return Method.PHONE if phone else None
    if phone == online:
        return None
    return Method.PHONE if phone else Method.ONLINE


def _choices(text: str) -> tuple[int, ...]:
    """Numbers of an offer, in the order named: 「2番でお願いします」, a line that is only a number."""
    found = [int(number) for number in _NUMBER.findall(text)]
    if not found:
        lines = [line for line in text.split("\n") if line.strip()]
        found = [int(match[1]) for line in lines[:5] if (match := _BARE.fullmatch(line[:60]))]
    return tuple(dict.fromkeys(found))[:MAX_CHOICES]


def _calendar_answer(calendar: Sequence[str]) -> Request | None:
    """iTIP: REPLY with PARTSTAT, COUNTER (another time), CANCEL. TENTATIVE is no answer yet."""
    for part in calendar[:5]:
        lines = re.sub(r"\r?\n[ \t]", "", part[:MAX_CALENDAR])  # RFC 5545 §3.1: unfold
        method = _METHOD.search(lines.replace("\r", ""))
        match method[1].upper() if method else "":
            case "REPLY":
                status = _PARTSTAT.search(lines)
                if status and status[1].upper() == "ACCEPTED":
                    return Request(intent=RequestIntent.ACCEPT)
                if status and status[1].upper() == "DECLINED":
                    return Request(intent=RequestIntent.DECLINE)
            case "COUNTER":
                return Request(intent=RequestIntent.RESCHEDULE, unclear=(UNREAD_COUNTER,))
            case "CANCEL":
                return Request(intent=RequestIntent.CANCEL)
    return None
