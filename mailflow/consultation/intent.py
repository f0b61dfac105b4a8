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
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from mailflow.consultation.cancelling import CANCEL, CANCEL_BOOKING, IF_EVER, as_planned, cancels, concluded
from mailflow.consultation.changes import BOOKED, another_talk, asks_to_move, moves_the_booking, read_shift, rescheduled
from mailflow.consultation.choices import CIRCLED, any_week, meant, picked, read_choices
from mailflow.consultation.itip import read_answer
from mailflow.consultation.methods import (
    PHONE_NUMBER,
    asked_method,
    elsewhere,
    only_method,
    other_method,
    other_tool,
    phone_instead,
    read_method,
    without_methods,
)
from mailflow.consultation.offer_answers import all_told
from mailflow.consultation.quoted_offer import NUMBERED_DAY, marked_slot, offered_days, without_our_offer
from mailflow.consultation.reading.clauses import Act
from mailflow.consultation.reading.conditions import conditions
from mailflow.consultation.reading.doubts import hesitates, several
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.thread import NO_THREAD, Thread
from mailflow.consultation.reading.tokens import Reader, T
from mailflow.consultation.reading.topics import passed_over
from mailflow.consultation.reading.windows import IF_NOT, Wishes, read_wishes
from mailflow.consultation.said import as_said
from mailflow.model import Intent, Method, Request, RequestIntent, Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_TEXT = 20_000
_OLD_SUBJECT = re.compile(r"^\s?(?:re|fw|fwd|返信|転送)\s?[::]|まで|締め?切|期限|会期|公募|変更", re.IGNORECASE)
_HOW_TO_CANCEL = re.compile(
    r"(?:キャンセル|取り?消し?)の?(?:方法|手続き?|料|期限|連絡先)(?:を|は|について|が)[^。\n]{0,20}(?:教|ご教示|知り)"
    r"|(?:キャンセル|取り?消し?)の?(?:方法|料|期限|連絡先)は[^。\n]{0,20}(?:でしょう|です)か"
)
_ANOTHER_DAY = "別の日時も書かれています"
_OF_DAYS = re.compile(r"\d\s?[日時/月番]|候補|ご?提示|他の日|日程")
_OF_THE_TALK = re.compile(r"相談(?:会)?[はをの]|予約")
MIN_OFFERED = 2  # numbered days below a mail that are an offer of ours


@dataclass(frozen=True, slots=True)
class Heard:
    """One mail about the consultation, heard once: what each of the readers below decides by.

    `text`: its words of one width; `told`: those without what would be done if something came between; `plain`: as the
    readers of days want it. `wishes`: every day as it stands; `own`: the same, where all that is named is the body's booking.
    `chosen`: numbers of an offer; `shift`: from the booking's own time. `base`: the Request that they fill.
    """

    subject: str
    text: str
    told: str
    plain: str
    wishes: Wishes
    own: Wishes
    chosen: tuple[int, ...]
    shift: timedelta | None
    base: Request
    quoted: tuple[Window, ...]
    received_at: datetime
    consultation: ConsultationFile
    thread: Thread

    def asks(self, request: Request, act: Act) -> Request:
        """With what of its words nobody accounts for."""
        wishes = self.own if act == "method" else self.wishes
        understood = act == "move" and bool(self.thread.booked)  # another time for what there is
        return all_told(request, act, self.plain, wishes, understood=understood)


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
    text = re.sub(r"(?<=[1-9])ばん", "番", normalize("NFKC", CIRCLED.sub(r"\1番", said)))
    text = text.replace("おねがい", "お願い").replace("うしろ", "後ろ").replace("でんわ", "電話")
    plain = readable(without_methods(said))
    if Intent.CONSULT not in intents:
        answer = answer_to_an_offer(text, consultation)
        quoted = offered_days(full_text, new_text, received_at, consultation, round_) if answer is None else []
        if answer is None and len(quoted) < MIN_OFFERED:
            return None
        wishes = read_wishes(plain, received_at, consultation, round_)
        if answer is not None and answer.same_time and wishes.dated:
            return None
        if answer is not None:
            return all_told(answer, "book", plain, wishes) if answer.choices else answer
        return _day_of_the_offer(wishes, quoted, plain, read_method(text))
    wishes = read_wishes(plain, received_at, consultation, round_, booked=thread.booked)
    marked = marked_slot(full_text)
    heard = Heard(
        subject=normalize("NFKC", (mail_subject or "")[:500]),
        text=text,
        told=IF_EVER.sub(" ", IF_NOT.sub(" ", text)),
        plain=plain,
        wishes=wishes,
        own=wishes.of_the_booking(),
        chosen=read_choices(text) or ((marked,) if marked else ()),
        shift=read_shift(text),
        base=_base(text, consultation),
        quoted=tuple(offered_days(full_text, new_text, received_at, consultation, round_)),
        received_at=received_at,
        consultation=consultation,
        thread=thread,
    )
    readers = (_other_means, _another_time, _means_of_the_booking, _taken_back, _of_the_offer, _day_agreed)
    return next((request for read in readers if (request := read(heard)) is not None), None) or _asked(heard)


def _base(text: str, consultation: ConsultationFile) -> Request:
    method = Method.PHONE if phone_instead(text, consultation) else read_method(text)
    phone = PHONE_NUMBER.search(text)
    number = phone[0].strip() if phone and method is Method.PHONE else None
    return Request(intent=RequestIntent.REQUEST, method=method, phone=number, elsewhere=elsewhere(text))


def _other_means(heard: Heard) -> Request | None:
    """「やっぱり電話で」: no other time."""
    other = heard.own.dated or (heard.thread.booked and heard.own.other_days)
    if heard.thread.offered and not heard.thread.booked:
        return None  # 「4が希望ですが、方法はオンラインに」
    if not only_method(heard.text) or other or heard.chosen or heard.shift is not None:
        return None
    return None if CANCEL.search(heard.text) else _by_other_means(heard)


def _by_other_means(heard: Heard) -> Request:
    return heard.asks(replace(other_method(heard.base, heard.text), refers_to=heard.own.refers_to), "method")


def _another_time(heard: Heard) -> Request | None:
    wishes, shift, thread = heard.wishes, heard.shift, heard.thread
    if thread.offered and not thread.booked and wishes.dated and shift is None:
        return None  # 「別の日で恐縮ですが」 to an offer
    moves = shift is not None or asks_to_move(heard.text, heard.told, wishes, of_booking=bool(thread.booked))
    if moves or (thread.booked and moves_the_booking(heard.told, heard.own)):
        return heard.asks(rescheduled(heard.base, wishes, shift, heard.consultation, heard.text), "move")
    return None


def _means_of_the_booking(heard: Heard) -> Request | None:
    """Another means than that of the one booking, asked for in words: 「電話ではなくオンラインで参加させてください」."""
    booked, own = heard.thread.method, heard.own
    if booked is None or own.dated or own.other_days or heard.chosen or (own.leaves_open and CANCEL.search(heard.text)):
        return None
    asked = asked_method(heard.text)
    if another_talk(heard.told) or asked in (None, booked) or CANCEL_BOOKING.search(heard.told):
        return None
    return _by_other_means(heard)


def _taken_back(heard: Heard) -> Request | None:
    wishes, booked = heard.wishes, bool(heard.thread.booked)
    held = booked or bool(heard.thread.offered)
    cancelling = [one for one in re.split(r"[。\n]", passed_over(heard.told)) if cancels(one, of_booking=held)]
    about = booked or MATTER.search(f"{heard.subject}\n{heard.text}") or BOOKED.search(heard.text) or wishes.refers_to
    if not cancelling or not about or as_planned(heard.text) or _HOW_TO_CANCEL.search(heard.told):
        return None
    clauses = [one for sentence in cancelling for one in re.split(r"[、,]", sentence) if CANCEL.search(one)]
    only_days = all(not _OF_THE_TALK.search(one) for one in clauses) and all(_OF_DAYS.search(one) for one in cancelling)
    if only_days and not booked and wishes.dated and wishes.windows and not wishes.refers_to:
        return None  # 「16日は見送りたく、17日で」「ご提示の日は見送らせてください。かわりに25日の午前」
    if wishes.dated and (wishes.refers_to or (booked and heard.own.dated)):  # 「取り消し、改めて3/23で」
        return heard.asks(rescheduled(heard.base, wishes, None, heard.consultation, heard.text), "move")
    if booked and wishes.unknown_days:
        return replace(heard.base, intent=RequestIntent.CANCEL, refers_to=wishes.refers_to, unclear=(_ANOTHER_DAY,))
    ends = [concluded(one) for one in cancelling]
    if doubts := tuple(doubt for one in ends for doubt in (*conditions(one), *hesitates(one))):
        return replace(heard.base, windows=wishes.windows, unclear=doubts)  # 「了承が得られなければ見送ります」
    day = wishes.refers_to or (wishes.windows[0].start.date() if wishes.dated and wishes.windows else None)
    return heard.asks(replace(heard.base, intent=RequestIntent.CANCEL, refers_to=day), "cancel")


def _of_the_offer(heard: Heard) -> Request | None:
    """None of our offer, some of it by number, the first, any."""
    wishes, text, base = heard.wishes, heard.text, heard.base
    if NONE_FITS.search(heard.told) and not (wishes.dated and wishes.windows and not wishes.unclear):
        return replace(base, windows=wishes.windows, unclear=wishes.unclear, leaves_open=True, none_fits=True)
    if wishes.dated:
        return None
    choice = replace(base, intent=RequestIntent.CHOICE)
    if heard.chosen:
        unclear = hanging(text, heard.consultation)
        return heard.asks(replace(choice, choices=heard.chosen, unclear=unclear), "book")
    if FIRST_OF_OFFER.search(text):
        return heard.asks(replace(choice, any_of_offer=True), "book")
    if ANY_OF_OFFER.search(text):
        excepted = EXCEPTED.search(text) or wishes.unclear
        return replace(
            choice,
            any_of_offer=True,
            windows=wishes.windows if wishes.spoken_at else (),  # 「18日以外ならどれでも」
            unclear=("除く候補があるようです",) if excepted else (),
        )
    return None


def _day_agreed(heard: Heard) -> Request | None:
    """「3/18 14時で承知しました」."""
    wishes = heard.wishes
    if not wishes.agreed:
        return None
    if not wishes.unclear and (one := picked(wishes.agreed, heard.quoted)):
        return _slot_of(heard, one)
    unclear = tuple(one for one in wishes.unclear if "合いません" in one)
    return replace(heard.base, intent=RequestIntent.ACCEPT, windows=wishes.agreed, unclear=unclear)


def _slot_of(heard: Heard, number: int) -> Request:
    """The one slot of the quoted offer that a day can mean."""
    return heard.asks(replace(heard.base, windows=(heard.quoted[number - 1],), choices=(number,)), "book")


def _asked(heard: Heard) -> Request:
    """A slot, on the days that are wished."""
    wishes, text, base = heard.wishes, heard.text, heard.base
    open_still = wishes.leaves_open and not OF_THE_OFFER.search(text)  # 「23日以降で新たな日程を」
    settled = wishes.dated and not wishes.unclear and not wishes.same_hours
    if heard.quoted and settled and not open_still:
        windows = any_week(wishes.windows) if wishes.nearest else wishes.windows
        one = picked(windows, heard.quoted) if wishes.nearest else meant(windows, heard.quoted)
        if one and heard.chosen and one not in heard.chosen:
            return replace(base, windows=windows, unclear=("番号と日時が、お出しした候補と合いません",))
        if one:
            return _slot_of(heard, one)
        if wishes.nearest:
            return replace(base, windows=windows, unclear=("曜日だけでは、どの候補か決められません",))
    hours = ("「同じ時間」が何時か分かりません",) if wishes.same_hours and wishes.dated else ()
    request = replace(
        base,
        windows=wishes.windows,
        choices=heard.chosen if len(heard.chosen) == 1 else (),
        unclear=(
            *wishes.unclear, *hours, *filter(None, [several(text), _of_the_subject(heard)]),
            *other_tool(text, heard.consultation),
        ),
        leaves_open=open_still,
    )  # fmt: skip
    return heard.asks(request, "book")


def _as_said(new_text: str, full_text: str) -> str:
    """Its lines as they were written; below an answer stands our offer: 「2（水曜11時）」 is no 2nd of the month."""
    if len(full_text) > len(new_text) + 5:
        new_text = NUMBERED_DAY.sub(r"\1番", new_text)
    return as_said(new_text)


def _of_the_subject(heard: Heard) -> str | None:
    """「3/17(火)10時 事前相談希望」 above a text that wishes the 18th."""
    wishes = heard.wishes
    if not wishes.dated or not wishes.windows or _OLD_SUBJECT.search(heard.subject):
        return None
    today = tokyo(heard.received_at).date()
    named = [one.day for one in Reader(today).read(readable(heard.subject)) if one.kind is T.DAY and one.day]
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
