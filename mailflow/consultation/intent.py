"""What a mail wants of the consultation (事前相談会, 募集要領 2(4); DESIGN §6).

In: subject, new text, the intents found in them, the text of each text/calendar part. Out: `Request`, or None where the
mail wants nothing of the kind. Pure; never raises on what a mail says.

Days and hours are read by `reading`; what isn't understood stands in `unclear`, so that nothing is booked on a guess and an
offer with numbers settles the time. The answer of a calendar program (iTIP REPLY, RFC 5546 §3.2.3) and a bare number in
a reply need no reading of times. What cancels, what moves and what answers an offer: `cancelling`, `changes`, `answers`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from unicodedata import normalize

from mailflow.clock import tokyo
from mailflow.consultation.answers import (
    ANY_OF_OFFER,
    EXCEPTED,
    FIRST_OF_OFFER,
    MATTER,
    NONE_FITS,
    OF_THE_OFFER,
    answer_to_an_offer,
    hanging,
)
from mailflow.consultation.cancelling import AS_PLANNED, CANCEL, IF_EVER, cancels, concluded
from mailflow.consultation.changes import BOOKED, asks_to_move, moves_the_booking, read_shift, rescheduled
from mailflow.consultation.choices import CIRCLED, any_week, picked, read_choices
from mailflow.consultation.itip import read_answer
from mailflow.consultation.methods import (
    PHONE_NUMBER,
    elsewhere,
    only_method,
    other_method,
    other_tool,
    read_method,
    without_methods,
)
from mailflow.consultation.offer_answers import all_told
from mailflow.consultation.quoted_offer import NUMBERED_DAY, marked_slot, offered_days, without_our_offer
from mailflow.consultation.reading.conditions import conditions
from mailflow.consultation.reading.doubts import hesitates, several
from mailflow.consultation.reading.lines import unwrapped
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.thread import NO_THREAD, Thread
from mailflow.consultation.reading.tokens import Reader, T
from mailflow.consultation.reading.windows import IF_NOT, Wishes, read_wishes
from mailflow.model import Intent, Method, Request, RequestIntent, Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_TEXT = 20_000
_OLD_SUBJECT = re.compile(r"^\s?(?:re|fw|fwd|返信|転送)\s?[::]|まで|締め?切|期限|会期|公募|変更", re.IGNORECASE)
MIN_OFFERED = 2  # numbered days below a mail that are an offer of ours


def read_request(
    mail_subject: str | None,
    new_text: str,
    full_text: str,
    intents: Collection[Intent],
    calendar: Sequence[str],
    *,
    received_at: datetime,
    consultation: ConsultationFile,
    round_: Round,
    thread: Thread = NO_THREAD,
) -> Request | None:
    """What is asked for, when, and by which means. `full_text`: with what the mail quotes, where our offer may stand; `thread`:
    what its body has, once its case is known (`in_thread`)."""
    answer = read_answer(calendar)
    if answer is not None:
        return answer
    new_text = without_our_offer(new_text[:MAX_TEXT])
    said = _as_said(new_text, full_text)
    text = re.sub(r"(?<=[1-9])ばん", "番", normalize("NFKC", CIRCLED.sub(r"\1番", said)).replace("おねがい", "お願い"))
    if Intent.CONSULT not in intents:
        answer = answer_to_an_offer(text, consultation)
        quoted = offered_days(full_text, new_text, received_at, consultation, round_) if answer is None else ()
        if answer is None and len(quoted) < MIN_OFFERED:
            return None
        plain = readable(without_methods(said))
        wishes = read_wishes(plain, received_at, consultation, round_)
        if answer is not None:
            return all_told(answer, "book", plain, wishes) if answer.choices else answer
        return _day_of_the_offer(wishes, quoted, plain, read_method(text))
    subject = normalize("NFKC", (mail_subject or "")[:500])
    method, phone = read_method(text), PHONE_NUMBER.search(text)
    number = phone[0].strip() if phone and method is Method.PHONE else None
    plain = readable(without_methods(said))
    wishes = read_wishes(plain, received_at, consultation, round_, booked=thread.booked)
    base = Request(intent=RequestIntent.REQUEST, method=method, phone=number, elsewhere=elsewhere(text))
    told = IF_EVER.sub(" ", IF_NOT.sub(" ", text))
    shift = read_shift(text)
    chosen = read_choices(text)
    if not chosen and (marked := marked_slot(full_text)):
        chosen = (marked,)
    own = wishes.of_the_booking()
    if only_method(text) and not (own.dated or chosen or shift is not None or CANCEL.search(text)):
        return all_told(replace(other_method(base, text), refers_to=own.refers_to), "method", plain, own)
    if shift is not None or asks_to_move(text, told, wishes) or (thread.booked and moves_the_booking(told, own)):
        return all_told(rescheduled(base, wishes, shift, consultation, text), "move", plain, wishes)
    cancelling = [one for one in re.split(r"[。\n]", told) if cancels(one)]
    if (
        cancelling
        and not AS_PLANNED.search(text)
        and (MATTER.search(f"{subject}\n{text}") or BOOKED.search(text) or wishes.refers_to)
    ):
        if wishes.dated and wishes.refers_to:  # 「取り消し、改めて3/23で」
            return all_told(rescheduled(base, wishes, None, consultation, text), "move", plain, wishes)
        if doubts := tuple(
            doubt for one in cancelling for doubt in (*conditions(concluded(one)), *hesitates(concluded(one)))
        ):  # 「了承が得られなければ見送ります」
            return replace(base, windows=wishes.windows, unclear=doubts)
        day = wishes.refers_to or (wishes.windows[0].start.date() if wishes.dated and wishes.windows else None)
        return all_told(replace(base, intent=RequestIntent.CANCEL, refers_to=day), "cancel", plain, wishes)
    if NONE_FITS.search(told) and not (wishes.dated and wishes.windows and not wishes.unclear):
        return replace(base, windows=wishes.windows, unclear=wishes.unclear, leaves_open=True, none_fits=True)
    if chosen and not wishes.dated:
        chooses = replace(base, intent=RequestIntent.CHOICE, choices=chosen, unclear=hanging(text, consultation))
        return all_told(chooses, "book", plain, wishes)
    if not wishes.dated and FIRST_OF_OFFER.search(text):
        return all_told(replace(base, intent=RequestIntent.CHOICE, any_of_offer=True), "book", plain, wishes)
    if not wishes.dated and ANY_OF_OFFER.search(text):
        return replace(
            base,
            intent=RequestIntent.CHOICE,
            any_of_offer=True,
            windows=wishes.windows if wishes.spoken_at else (),  # 「18日以外ならどれでも」
            unclear=("除く候補があるようです",) if EXCEPTED.search(text) or wishes.unclear else (),
        )
    quoted = offered_days(full_text, new_text, received_at, consultation, round_)
    if wishes.agreed and not wishes.unclear and (one := picked(wishes.agreed, quoted)):
        return all_told(replace(base, windows=(quoted[one - 1],), choices=(one,)), "book", plain, wishes)
    if wishes.agreed:
        return replace(
            base,
            intent=RequestIntent.ACCEPT,
            windows=wishes.agreed,
            unclear=tuple(one for one in wishes.unclear if "合いません" in one),
        )
    open_still = wishes.leaves_open and not OF_THE_OFFER.search(text)  # 「23日以降で新たな日程を」
    if quoted and wishes.dated and not wishes.unclear and not open_still:
        windows = any_week(wishes.windows) if wishes.nearest else wishes.windows
        one = picked(windows, quoted)
        if one and chosen and one not in chosen:
            return replace(base, windows=windows, unclear=("番号と日時が、お出しした候補と合いません",))
        if one:
            return all_told(replace(base, windows=(quoted[one - 1],), choices=(one,)), "book", plain, wishes)
        if wishes.nearest:
            return replace(base, windows=windows, unclear=("曜日だけでは、どの候補か決められません",))
    hours = ("「同じ時間」が何時か分かりません",) if wishes.same_hours and wishes.dated else ()
    request = replace(
        base,
        windows=wishes.windows,
        choices=chosen if len(chosen) == 1 else (),
        unclear=(
            *wishes.unclear, *hours, *filter(None, [several(text), _of_the_subject(subject, wishes, received_at)]),
            *other_tool(text, consultation),
        ),
        leaves_open=open_still,
    )  # fmt: skip
    return all_told(request, "book", plain, wishes)


def _as_said(new_text: str, full_text: str) -> str:
    """Its lines as they were written; below an answer stands our offer: 「2（水曜11時）」 is no 2nd of the month."""
    if len(full_text) > len(new_text) + 5:
        new_text = NUMBERED_DAY.sub(r"\1番", new_text)
    return unwrapped(new_text)


def _of_the_subject(subject: str, wishes: Wishes, received_at: datetime) -> str | None:
    """「3/17(火)10時 事前相談希望」 above a text that wishes the 18th."""
    if not wishes.dated or not wishes.windows or _OLD_SUBJECT.search(subject):
        return None
    today = tokyo(received_at).date()
    named = [one.day for one in Reader(today).read(readable(subject)) if one.kind is T.DAY and one.day]
    days = {tokyo(one.start).date() for one in wishes.windows}
    if len(named) == 1 and named[0] > today and named[0] not in days:
        return f"件名の日付（{named[0].month}月{named[0].day}日）と本文の日付が合いません"
    return None


def _day_of_the_offer(wishes: Wishes, quoted: Sequence[Window], plain: str, method: Method | None) -> Request | None:
    """「12日で承知しました」 above the quoted offer: the one slot of it that this can mean."""
    number = picked(wishes.agreed or (wishes.windows if wishes.dated else ()), quoted)
    if number is None or wishes.unclear:
        return None
    chosen = Request(intent=RequestIntent.REQUEST, windows=(quoted[number - 1],), choices=(number,), method=method)
    return all_told(chosen, "book", plain, wishes)
