"""What a mail wants of the consultation (事前相談会, 募集要領 2(4); DESIGN §6).

In: subject, new text, the intents found in them, the text of each text/calendar part. Out: `Request`, or None where the
mail wants nothing of the kind. Pure; never raises on what a mail says.

Days and hours are read by `reading`; what isn't understood stands in `unclear`, so that nothing is booked on a guess and an
offer with numbers settles the time. The answer of a calendar program (iTIP REPLY, RFC 5546 §3.2.3) and a bare number in
a reply need no reading of times.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from unicodedata import normalize

from mailflow.clock import tokyo
from mailflow.consultation.choices import (
    CIRCLED,
    NUMBERED_DAY,
    any_week,
    bare_choices,
    behind_the_last_number,
    marked_slot,
    offered_days,
    picked,
    read_choices,
    without_our_offer,
)
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
from mailflow.consultation.reading.clauses import CANCELLED, Act, unaccounted
from mailflow.consultation.reading.conditions import conditions
from mailflow.consultation.reading.doubts import doubts, hesitates, several, taken_back
from mailflow.consultation.reading.lines import unwrapped
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.tokens import Reader, T
from mailflow.consultation.reading.windows import IF_NOT, Wishes, read_wishes
from mailflow.model import Intent, Method, Request, RequestIntent, Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_TEXT = 20_000
_OLD_SUBJECT = re.compile(r"^\s?(?:re|fw|fwd|返信|転送)\s?[::]|まで|締め?切|期限|会期|公募|変更", re.IGNORECASE)
MIN_OFFERED = 2  # numbered days below a mail that are an offer of ours
_OF_THE_OFFER = re.compile(
    r"(?:ご?提示|お?示し|候補日?|ご案内)(?:いただい(?:た|ている))?(?:もの|日程|日時|枠)?の(?:中|うち)(?:で|から|の)[^。\n]{0,24}(?:枠|日程|方|ほう|候補)"
)
_MATTER = re.compile(r"相談|面談|候補|日程|打ち?合わ?せ")
_ANY_OF_OFFER = re.compile(
    r"(?:どれ|どちら(?=の)|(?<=番)どちら|いずれ|どの(?:候補|日程|日|枠|時間)|すべて|全て)(?:の(?:候補|日程|日時|日|枠|時間))?(?:でも|も)[^。\n]{0,8}(?:大丈夫|構い|可能|OK|結構|問題|(?:差し?支え|支障|異存)(?:は|も|が)?(?:な|あ?りませ|ございませ)|お願い|よい|良い|対応でき|参加でき|都合がつき)",
    re.IGNORECASE,
)
_FIRST_OF_OFFER = re.compile(
    r"(?:候補|ご?提示|お?示し)[^。\n]{0,12}(?:うち|中|なか)(?:で|から)?[、\s]?(?:一番|最も|もっとも|いちばん)早い[^。\n]{0,8}[でをに][^。\n]{0,10}(?:お?願|希望|参加|結構|確定)"
)
_EXCEPTED = re.compile(r"\d\s?番|[1-5]と[1-5]|難し|都合が(?:悪|つか)")  # not each of the offer, then
_CANCEL = re.compile(
    r"キャンセル(?!待|で?はな|せず|しな|して(?:い|お)りませ|していませ|した(?:と|覚え))|取り?消(?!しで?はな|線)|白紙に|取りやめ|取り止め|見送|中止|辞退|欠席(?!し(?:まし|た))|(?:相談(?:会)?|予約)(?:は|が|も|につきまして[はも]|については|の必要[がは])[^。\n]{0,10}(?:不要|必要(?:なく|がなく)|なくなり)"
)
# 「急に欠席する場合はお電話します」 cancels nothing, nor does 「課長は欠席します」.
_IF_EVER = re.compile(
    r"(?:場合|ときは|時は|だったら|でしたら)[^。\n、]{0,3}[、]?[^。\n]{0,8}(?:キャンセル|取り?消|辞退|欠席)[^。\n]{0,10}|(?:前倒し|後ろ倒し)[^。\n]{0,8}も[^。\n]{0,6}(?:対応|可能|構い)|(?:キャンセル|取り?消|取り[やや止]め|欠席|中止|延期|辞退)[^。\n]{0,10}(?:場合|際|ときは|時は|なら|でしたら|たら|れば|可能性|かもしれ)[^。\n]{0,40}|(?:長|名|者|員|係|課|[一-龥]さん)(?:[はがも]|のみ)[^。\n]{0,10}欠席"
)
_REASON = re.compile(r"^.*(?:ので|ため|ことから|につき|により)[、,]\s?")
_ANEW = re.compile(r"(?:改めて|後日|追って)[^。\n\d]{0,12}申し?込[^。\n]{0,12}$")
_ABOUT_CANCELLING = re.compile(
    r"昨年|前年|過去|以前|経緯|(?:見送|取りや|断念|中止|辞退|延期)(?:っ|め|し|とな|にな)?(?:っ)?た(?=[一-龥])|(?:応募|採択|選定|支援|事業)(?:後|の?途中)|(?:[長名者員]の?(?:出席|参加)|オンラインでの参加|使用|共有|録画|カメラ|画面|様式案?|資料|予定していた打ち?合わ?せ|質問)[^。\n]{0,4}[はをがも][^。\n]{0,8}(?:見送|取り?や|取り?消|辞退|中止|キャンセル)|録画|\d名(?:が|は)?[^。\n]{0,4}(?:キャンセル|欠席)|料(?![^。\n]{0,4}不要)|ポリシー|規定|方法|手続|期限|いつ(?!も)|教えて|撤回|なかったこと|必要(?:です|でしょう|[はが](?:あり|ござい)ます)|誤り|間違|可能性|(?:ほう|方)が(?:よ|良|い)|べき|の(?:ご?連絡|お?知らせ|ご?案内)[^。\n]{0,8}ありがとう|[1-3一二]件|重複|二重"
)
_ELSE_CANCELLED = re.compile(
    r"(?:説明会|応募|会議|委員会|資料|様式|差し?替え|依頼|出張|提出|申請|コース|イベント|大会|行事|番|メール|工事|研修|議会|総会)(?:自体)?[をはがの][^、。\n]{0,8}$"
)
_AS_PLANNED = re.compile(
    r"(?:予定|当初)の?(?:どおり|通り|とおり)|(?<!方法は)(?<!方式は)そのまま(?:で|に|と)"
)  # 「取り消しの件、やはり予定どおり」
_CHANGE = re.compile(
    r"変更|振り?替え|別(?:の)?日|別の(?:日程|時間)|後ろ倒し|前倒し|ずらし|リスケ|延期|改めて.{0,20}(?:お願い|希望)|日(?:時|程)?を(?:改め|あらため|変え|移)"
)
# 「参加者を2名から3名に変更します」: who takes part, by which number, about what; not when.
_ELSE_CHANGED = re.compile(
    r"(?:参加者|出席者|同席者|人数|電話番号|連絡先|アドレス|担当者?|端末|機器|内容|議題|テーマ|資料|名簿)(?:の(?:氏名|数|一部))?[をがは](?:(?!日時|日程|時間|\d日|\d時|\d/\d)[^。\n、]){0,24}変更"
    r"|変更や(?:キャンセル|取り?消し?)[^。\n]{0,30}|変更(?:の可否|(?:が|は|も)?(?:可能か|できるか))"
    r"|変更(?:は|が|など(?:は|が)?)?(?:ござい|あり)ま(?:す|せん)(?:でしょう)?か"  # asked whether it was moved
)
_BOOKED = re.compile(
    r"予約|予定|決定|確定|(?:日時|日程|時間|相談).{0,14}(?:変更|ずらし|後ろ倒し|前倒し)|別(?:の)?日[にへ](?:変更|振|して)|都合が(?:悪|つか)"
)
_MOVED = re.compile(
    r"(?<!電話)(?<!ライン)(?<!会議)(?<!eams)(?<!Zoom)(?<!担当)(?<!者)[にへ](?:日時を?|日程を?)?(?:変更|振り?替え?|ずらし|移し|変え|前倒し|後ろ倒し|繰り(?:上|下)げ)(?:を|て|して|いただ|頂|でき|可能|願|お願|希望|させ|た[いく]|$)",
    re.MULTILINE,
)
_AFTER_THE_CHANGE = re.compile(r"変更後(?:の?(?:希望)?(?:日[時程]?|時間))?\s?[:は)】]?\s{0,3}[^\s\d]{0,4}\d")
_NONE_FITS = re.compile(
    r"いずれ(?:の日(?:時|程))?も[^。\n]{0,12}(?:都合が?つ|難し|合わ|不可|できま|参加でき|厳し)|どれも[^。\n]{0,12}(?:都合が?つ|難し|合わ|不可|できま|厳し)|すべて[^。\n]{0,12}(?:都合が?つ|難し|不可)"
)
_TALK = re.compile(r"開始|相談|面談|打ち?合わ?せ|予約")
_SHIFT = re.compile(
    r"(\d{1,3})(分|時間)(半)?(?:ほど|程度|くらい)?\s?(後ろ倒し|後ろに|後に(?:ずら|変更|し)|遅ら|遅く|繰り下|前倒し|前に(?:ずら|変更|し)|早め|早く|繰り上)"
)
_DAYS_ON = re.compile(
    r"(?:(\d{1,2})日後|(翌日)|(翌々日)|(?:ちょうど)?(?:([1一])週間後|(翌週)))の?(?:同じ曜日の?)?(?:同じ(?:時間|時刻)|同時刻)(?:に|へ|で)[^。\n]{0,12}(?:変更|延期|ずら|振|移|お?願|リスケ)"
)
_NEXT_WEEK = re.compile(r"翌々?週|次の?週|翌々日|翌日")


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
) -> Request | None:
    """What is asked for, when, and by which means. `full_text`: with what the mail quotes, where our offer may stand."""
    answer = read_answer(calendar)
    if answer is not None:
        return answer
    new_text = without_our_offer(new_text[:MAX_TEXT])
    said = _as_said(new_text, full_text)
    text = re.sub(r"(?<=[1-9])ばん", "番", normalize("NFKC", CIRCLED.sub(r"\1番", said)).replace("おねがい", "お願い"))
    if Intent.CONSULT not in intents:
        answer = _answer_to_an_offer(text, consultation)
        quoted = offered_days(full_text, new_text, received_at, consultation, round_) if answer is None else ()
        if answer is None and len(quoted) < MIN_OFFERED:
            return None
        plain = readable(without_methods(said))
        wishes = read_wishes(plain, received_at, consultation, round_)
        if answer is not None:
            return _all_told(answer, "book", plain, wishes) if answer.choices else answer
        return _day_of_the_offer(wishes, quoted, plain, read_method(text))
    subject = normalize("NFKC", (mail_subject or "")[:500])
    method, phone = read_method(text), PHONE_NUMBER.search(text)
    number = phone[0].strip() if phone and method is Method.PHONE else None
    plain = readable(without_methods(said))
    wishes = read_wishes(plain, received_at, consultation, round_)
    base = Request(intent=RequestIntent.REQUEST, method=method, phone=number, elsewhere=elsewhere(text))
    words, told = f"{subject}\n{text}", _IF_EVER.sub(" ", IF_NOT.sub(" ", text))
    moved = _ELSE_CHANGED.sub(" ", told)
    shift = _shift(text)
    chosen = read_choices(text)
    if not chosen and (marked := marked_slot(full_text)):
        chosen = (marked,)
    if only_method(text) and not (wishes.dated or chosen or shift is not None or _CANCEL.search(text)):
        return _all_told(other_method(base, text), "method", plain, wishes)
    if (
        (_CHANGE.search(moved) and not _AS_PLANNED.search(text) and (_BOOKED.search(told) or wishes.refers_to))
        or (wishes.dated and (_MOVED.search(moved) or _AFTER_THE_CHANGE.search(text)))
        or shift is not None
    ):
        return _all_told(_rescheduled(base, wishes, shift, consultation, text), "move", plain, wishes)
    cancelling = [one for one in re.split(r"[。\n]", told) if _cancels(one)]
    if (
        cancelling
        and not _AS_PLANNED.search(text)
        and (_MATTER.search(words) or _BOOKED.search(text) or wishes.refers_to)
    ):
        if wishes.dated and wishes.refers_to:  # 「取り消し、改めて3/23で」
            return _all_told(_rescheduled(base, wishes, None, consultation, text), "move", plain, wishes)
        if doubts := tuple(
            doubt for one in cancelling for doubt in (*conditions(_concluded(one)), *hesitates(_concluded(one)))
        ):  # 「了承が得られなければ見送ります」
            return replace(base, windows=wishes.windows, unclear=doubts)
        day = wishes.refers_to or (wishes.windows[0].start.date() if wishes.dated and wishes.windows else None)
        return _all_told(replace(base, intent=RequestIntent.CANCEL, refers_to=day), "cancel", plain, wishes)
    if _NONE_FITS.search(told) and not (wishes.dated and wishes.windows and not wishes.unclear):
        return replace(base, windows=wishes.windows, unclear=wishes.unclear, leaves_open=True, none_fits=True)
    if chosen and not wishes.dated:
        chooses = replace(base, intent=RequestIntent.CHOICE, choices=chosen, unclear=_hanging(text, consultation))
        return _all_told(chooses, "book", plain, wishes)
    if not wishes.dated and _FIRST_OF_OFFER.search(text):
        return _all_told(replace(base, intent=RequestIntent.CHOICE, any_of_offer=True), "book", plain, wishes)
    if not wishes.dated and _ANY_OF_OFFER.search(text):
        return replace(
            base,
            intent=RequestIntent.CHOICE,
            any_of_offer=True,
            windows=wishes.windows if wishes.spoken_at else (),  # 「18日以外ならどれでも」
            unclear=("除く候補があるようです",) if _EXCEPTED.search(text) or wishes.unclear else (),
        )
    quoted = offered_days(full_text, new_text, received_at, consultation, round_)
    if wishes.agreed and not wishes.unclear and (one := picked(wishes.agreed, quoted)):
        return _all_told(replace(base, windows=(quoted[one - 1],), choices=(one,)), "book", plain, wishes)
    if wishes.agreed:
        return replace(
            base,
            intent=RequestIntent.ACCEPT,
            windows=wishes.agreed,
            unclear=tuple(one for one in wishes.unclear if "合いません" in one),
        )
    open_still = wishes.leaves_open and not _OF_THE_OFFER.search(text)  # 「23日以降で新たな日程を」
    if quoted and wishes.dated and not wishes.unclear and not open_still:
        windows = any_week(wishes.windows) if wishes.nearest else wishes.windows
        one = picked(windows, quoted)
        if one and chosen and one not in chosen:
            return replace(base, windows=windows, unclear=("番号と日時が、お出しした候補と合いません",))
        if one:
            return _all_told(replace(base, windows=(quoted[one - 1],), choices=(one,)), "book", plain, wishes)
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
    return _all_told(request, "book", plain, wishes)


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


def _all_told(request: Request, act: Act, plain: str, wishes: Wishes) -> Request:
    """With what of the text nobody accounts for; a request that is asked back anyway, or that only wants an offer, stays as it is."""
    if request.unclear or request.leaves_open:
        return request
    left = tuple(unaccounted(plain, act, wishes.wished_at, wishes.spoken_at))[:3]
    return replace(request, unclear=left) if left else request


def _cancels(sentence: str) -> bool:
    """「事前相談をキャンセルします」; not 「説明会が中止になったので」, nor a question about cancelling."""
    sentence = CANCELLED.sub(" ", sentence)
    if _ABOUT_CANCELLING.search(sentence):
        return False
    return any(not _ELSE_CANCELLED.search(sentence[: one.start()]) for one in _CANCEL.finditer(sentence))


def _concluded(sentence: str) -> str:
    """What one comes to behind one's reasons: 「庁内で検討中のため、キャンセルします」."""
    return _ANEW.sub("", _REASON.sub("", sentence))


def _answer_to_an_offer(text: str, consultation: ConsultationFile) -> Request | None:
    """All that an answer to an offer may say without a word of what it is about. What it means, the letter it answers tells."""
    method = read_method(text)
    if chosen := read_choices(text) if _MATTER.search(text) else bare_choices(text):
        return Request(intent=RequestIntent.CHOICE, choices=chosen, method=method, unclear=_hanging(text, consultation))
    if _NONE_FITS.search(text):
        return Request(intent=RequestIntent.CHOICE, none_fits=True, leaves_open=True, method=method)
    if _ANY_OF_OFFER.search(text) and not re.search(r"以外|除[きくい]|\d\s?日", text) and not _EXCEPTED.search(text):
        return Request(intent=RequestIntent.CHOICE, any_of_offer=True, method=method)
    if (shift := _shift(text)) is not None and _TALK.search(text):
        return Request(intent=RequestIntent.RESCHEDULE, method=method, shift=shift)
    if only_method(text):
        return other_method(Request(intent=RequestIntent.RESCHEDULE, method=method), text)
    return None


def _day_of_the_offer(wishes: Wishes, quoted: Sequence[Window], plain: str, method: Method | None) -> Request | None:
    """「12日で承知しました」 above the quoted offer: the one slot of it that this can mean."""
    number = picked(wishes.agreed or (wishes.windows if wishes.dated else ()), quoted)
    if number is None or wishes.unclear:
        return None
    chosen = Request(intent=RequestIntent.REQUEST, windows=(quoted[number - 1],), choices=(number,), method=method)
    return _all_told(chosen, "book", plain, wishes)


def _hanging(text: str, consultation: ConsultationFile) -> tuple[str, ...]:
    """What a number of an offer hangs on, or is doubted by."""
    tails = (behind_the_last_number(one) for one in re.split(r"[。\n!?！？]", text))
    more = several(text)
    back = (taken_back(one) for one in tails if one)
    tools = other_tool(text, consultation)
    return tuple(dict.fromkeys((*conditions(text), *doubts(text), *filter(None, back), *filter(None, [more]), *tools)))


def _rescheduled(
    base: Request, wishes: Wishes, shift: timedelta | None, consultation: ConsultationFile, text: str
) -> Request:
    windows = _without_the_booked_day(wishes.windows, consultation) if wishes.dated else ()
    vague = _NEXT_WEEK.search(text)
    if vague and shift is None and not re.search(r"\d\s?(?:日|/\s?\d)", text[vague.end() :][:12]):
        return replace(  # of the booking's week, or of this one?
            base,
            intent=RequestIntent.RESCHEDULE,
            unclear=(f"「{vague[0]}」がどの週か分かりません",),
            refers_to=wishes.refers_to,
        )
    if shift is not None and wishes.refers_at is not None:
        start = wishes.refers_at + shift
        words = _SHIFT.search(text)
        windows = (Window(start=start, end=start + consultation.pattern.length, text=words[0] if words else ""),)
        shift = None
    return replace(
        base,
        intent=RequestIntent.RESCHEDULE,
        windows=windows,
        same_hours=wishes.same_hours,
        unclear=wishes.unclear if shift is None else tuple(one for one in wishes.unclear if "翌日" not in one),
        leaves_open=(not windows and shift is None) or (wishes.dated and wishes.leaves_open),
        refers_to=wishes.refers_to,
        shift=shift,
    )


def _without_the_booked_day(windows: Sequence[Window], consultation: ConsultationFile) -> tuple[Window, ...]:
    """「18日の相談は、19日の14時に変更」: a whole day named first, before a closer time on another day, is the booking's."""
    day = windows[0].start.date() if windows else None
    first = [one for one in windows if one.start.date() == day]
    rest = tuple(one for one in windows if one.start.date() != day)
    hours = [(one.start.time(), one.end.time()) for one in first]
    whole = hours == list(consultation.pattern.hours)
    closer = any((one.start.time(), one.end.time()) not in consultation.pattern.hours for one in rest[:1])
    return rest if whole and closer else tuple(windows)


def _shift(text: str) -> timedelta | None:
    """「30分後ろ倒し」「1時間早めて」「翌日の同じ時間に」: as seen from the booking."""
    if on := _DAYS_ON.search(text):
        return timedelta(days=int(on[1]) if on[1] else 1 if on[2] else 2 if on[3] else 7)
    found = _SHIFT.search(text)
    if not found:
        return None
    length = timedelta(minutes=int(found[1])) if found[2] == "分" else timedelta(hours=int(found[1]))
    if found[3]:
        length += timedelta(minutes=30)
    return -length if found[4][0] in "前早" or found[4].startswith("繰り上") else length
