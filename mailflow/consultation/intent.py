"""What a mail wants of the consultation (事前相談会, 募集要領 2(4); DESIGN §6).

In: subject, new text, the intents found in them, the text of each text/calendar part. Out: `Request`, or None where the
mail wants nothing of the kind. Pure; never raises on what a mail says.

Days and hours are read by `reading`; what isn't understood stands in `unclear`, so that nothing is booked on a guess and an
offer with numbers settles the time. The answer of a calendar program (iTIP REPLY, RFC 5546 §3.2.3) and a bare number in
a reply need no reading of times.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from unicodedata import normalize

from mailflow.consultation.itip import read_answer
from mailflow.consultation.reading.conditions import conditions
from mailflow.consultation.reading.doubts import doubts, hesitates, several, taken_back
from mailflow.consultation.reading.roles import GLUE, Role, role_behind
from mailflow.consultation.reading.text import readable
from mailflow.consultation.reading.windows import IF_NOT, Wishes, read_wishes
from mailflow.model import Intent, Method, Request, RequestIntent, Window
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

MAX_TEXT = 20_000
MAX_CHOICES = 5
WEEKS_OF_AN_OFFER = 4

_MATTER = re.compile(r"相談|面談|候補|日程|打ち?合わ?せ")
_CIRCLED = re.compile(r"([①-⑨])(?!\s?[\d０-９])")  # before a date it only counts wishes: 「①3/16」
_NUMBER = re.compile(
    r"(?<![\d/:.-])(?:第\s?([1-9一二三四五])\s?(?:希望|候補)(?:の(?:方|ほう)|(?=で(?!す)|\())|([1-9])\s?(?:番目?|つ目)(?!号)|候補(?:日|の)?\s?([1-9])(?=\s?\()|([1-9])(?=(?:(?:または|か|、|・)[1-9])?で(?:お?願い|よろし|結構|大丈夫|確定|決定|参加)))"
)
_KANJI = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5}
# A phrase that is nothing but numbers of an offer: 「2」, 「候補2でお願いします」, 「2、だめなら3」, 「1→3の順」.
_ITEM = r"(?:第\s?)?(?:候補(?:日)?の?|番号\s?[::]?|No\.?|#)?\s?\(?([1-9])(?![月日時分名人年回点件社:/.\d])\)?\s?(?:番目?|つ目|希望)?(?:の?(?:方|ほう|日程|日時|日|枠|候補))?"
_BETWEEN = r"\s?(?:[、,・→>]|か|または|もしくは|(?:が|で)?(?:だめ|ダメ|駄目|難し|無理|埋ま|不可)[^\d\n]{0,14}|次に|次点で?|第2希望は?|\s){1,3}\s?"
_ASKING = r"(?:の順)?(?:で|を|に|が)?(?:、|\s)?(?:(?:OK|よろし|結構|します|いたします|選択|選び|お?願い|希望|大丈夫|構い|参加(?:し|で|可)|決め|確定|いい|良い|よい|都合が(?:よ|良|つきま)|です|承知|了解)(?:(?!(?:まし|でし|いた)たが|都合が(?:悪|つか|合わ)|難し|不可|検討|ません(?!か|でしょうか)|かも)[^\d\n。]){0,24})?[。.!]?"
_PHRASE = re.compile(
    rf"\s{{0,5}}{_ITEM}(?:{_BETWEEN}{_ITEM})?(?:{_BETWEEN}{_ITEM})?(?:{_BETWEEN}{_ITEM})?{_ASKING}\s{{0,5}}",
    re.IGNORECASE,
)
_ORDINAL_WISH = re.compile(
    r"第\s?[1-5一二三四五]\s?希望\s?[:はが]?\s?(?=[1-9]番?\s?(?:$|[、,。\n]))|第\s?[1-5一二三四五]\s?希望\s?[:はが]\s?(?=[^\n]{0,6}[1-9])|(?<=[、,\s])第\s?[1-5一二三四五]\s?希望(?=\s?[1-9])"
)
_PREFERENCE = re.compile(
    r"(?:ご?希望の?番号|選択番号|ご?回答)\s?[:は]\s{0,3}|(?:ご?希望(?:の?順(?:位|番)?)?|優先順位?)\s?[:は]?\s{0,3}(?=[1-9](?:番)?\s?[→>、,])"
)
_RULED_OUT = re.compile(  # 「1と2は都合が悪いので、3で」
    r"(?:候補の?)?[1-9]番?目?(?:\s?[、,・と]\s?[1-9]番?目?){0,3}(?:は|が)[^。\n\d]{0,12}(?:都合|難し|不可|会議|無理|厳し|合わ|埋ま|議会|予定|公務|出張|不在|塞が|用務|行事)[^。\n\d]{0,14}(?:ので|ため|為)[、,]?\s?(?=[^\n]{0,4}[1-9])"
)
_STILL_FREE = re.compile(r"(?:空いて|残って)(?:い|お)?り?ます(?:でしょう)?か?$")
_RANKED_CHOICE = re.compile(r"([1-9])(?:番目?)?\s?[をがは]\s?第\s?([1-5一二三四五])\s?希望")
_BOTH = re.compile(r"\s?(?:と|及び|および|＋|\+)\s?")
_ANY_OF_OFFER = re.compile(
    r"(?:どれ|どちら(?=の)|(?<=番)どちら|いずれ|どの(?:候補|日程|日|枠|時間)|すべて|全て)(?:の(?:候補|日程|日時|日|枠|時間))?(?:でも|も)[^。\n]{0,8}(?:大丈夫|構い|可能|OK|結構|問題|お願い|よい|良い|対応でき|参加でき|都合がつき)",
    re.IGNORECASE,
)
_CANCEL = re.compile(
    r"キャンセル(?!待|で?はな|せず|しな|して(?:い|お)りませ|していませ|した(?:と|覚え))|取り?消(?!しで?はな|線)|白紙に|取りやめ|取り止め|見送|中止|辞退|欠席(?!し(?:まし|た))|(?:相談(?:会)?|予約)(?:は|が|の必要[がは])[^。\n]{0,10}(?:不要|必要(?:なく|がなく)|なくなり)"
)
# 「急に欠席する場合はお電話します」 cancels nothing, nor does 「課長は欠席します」.
_IF_EVER = re.compile(
    r"(?:場合|ときは|時は|だったら|でしたら)[^。\n、]{0,3}[、]?[^。\n]{0,8}(?:キャンセル|取り?消|辞退|欠席)[^。\n]{0,10}|(?:前倒し|後ろ倒し)[^。\n]{0,8}も[^。\n]{0,6}(?:対応|可能|構い)|(?:キャンセル|取り?消|取り[やや止]め|欠席|中止|延期|辞退)[^。\n]{0,10}(?:場合|際|ときは|時は|なら|でしたら|たら|れば|可能性|かもしれ)[^。\n]{0,40}|(?:長|名|者|員|係|課|[一-龥]さん)(?:[はがも]|のみ)[^。\n]{0,10}欠席"
)
_ABOUT_CANCELLING = re.compile(
    r"料(?![^。\n]{0,4}不要)|ポリシー|規定|方法|手続|いつまで|教えて|撤回|なかったこと|必要(?:です|でしょう|[はが](?:あり|ござい)ます)|誤り|間違|可能性"
)
_ELSE_CANCELLED = re.compile(
    r"(?:説明会|応募|会議|委員会|資料|様式|差し?替え|依頼|出張|提出|申請|コース|イベント|大会|行事|番|メール|工事|研修|議会|総会)(?:自体)?[をはがの][^、。\n]{0,8}$"
)
_AS_PLANNED = re.compile(
    r"(?:予定|当初)の?(?:どおり|通り|とおり)|(?<!方法は)(?<!方式は)そのまま(?:で|に|と)"
)  # 「取り消しの件、やはり予定どおり」
_CHANGE = re.compile(
    r"変更|振り?替え|別(?:の)?日|別の(?:日程|時間)|後ろ倒し|前倒し|ずらし|リスケ|延期|改めて.{0,20}(?:お願い|希望)"
)
_BOOKED = re.compile(
    r"予約|予定|決定|確定|(?:日時|日程|時間|相談).{0,14}(?:変更|ずらし|後ろ倒し|前倒し)|別(?:の)?日[にへ](?:変更|振|して)|都合が(?:悪|つか)"
)
_MOVED = re.compile(
    r"(?<!電話)(?<!ライン)(?<!会議)(?<!eams)(?<!Zoom)(?<!担当)(?<!者)[にへ](?:日時を?|日程を?)?(?:変更|振り?替え?|ずらし|移し|変え|前倒し|後ろ倒し|繰り(?:上|下)げ)(?:を|て|して|いただ|頂|でき|可能|願|お願|希望|させ|た[いく]|$)",
    re.MULTILINE,
)
_NOT_ONLINE = re.compile(
    r"対面[^。、\n]{0,8}(?:難し|不可|でき)[^、。\n]{0,12}|(?:Web(?:会議)?|ウェブ会議|オンライン|Teams|Zoom|Webex).{0,14}(?:使え|使用でき|利用でき|参加でき|接続でき|つなが|繋が|入れ(?:な|ず|ませ)|不可|難し|でき(?:ない|ませ))",
    re.IGNORECASE,
)
_ONLINE = re.compile(r"オンライン|Web|ウェブ|Teams|Zoom|Webex|Meet(?![a-z])", re.IGNORECASE)
_TICKED, _UNTICKED = (
    re.compile(r"[■☑✓✔☒]\s?(?:オンライン|Web|電話|Teams|Zoom)", re.IGNORECASE),
    re.compile(r"[□☐][^\s□■☑☐]{1,16}"),
)
_EITHER = re.compile(r"どちらでも|いずれでも|どちらも可")
_PHONE = re.compile(
    r"[■☑✓✔☒]\s?電話|電話(?:にて|で|相談|による|を?希望|のみ|会議|での)|お電話を?(?:いただ|頂|くださ)|方法\s?[:は]\s?電話|\(電話\)"
)
_OUR_NUMBER = re.compile(r"\(?0\d{1,4}\)?[- (]{0,2}\d{1,4}[-) ]{1,2}\d{3,4}")
_NONE_FITS = re.compile(
    r"いずれ(?:の日(?:時|程))?も[^。\n]{0,12}(?:都合が?つ|難し|合わ|不可|できま|参加でき|厳し)|どれも[^。\n]{0,12}(?:都合が?つ|難し|合わ|不可|できま|厳し)|すべて[^。\n]{0,12}(?:都合が?つ|難し|不可)"
)
_TALK = re.compile(r"開始|相談|面談|打ち?合わ?せ|予約")
_SHIFT = re.compile(
    r"(\d{1,3})(分|時間)(半)?(?:ほど|程度|くらい)?\s?(後ろ倒し|後ろに|後に(?:ずら|変更|し)|遅ら|遅く|繰り下|前倒し|前に(?:ずら|変更|し)|早め|早く|繰り上)"
)
_ONLY_METHOD = re.compile(
    r"(?:やはり|やっぱり|当日は)[^。\n]{0,12}(?:電話|オンライン|Web|Teams|Zoom)|(?:方法|オンライン|Web(?:会議)?|Teams|Zoom|電話)(?:会議|相談)?(?:から|を|は|での相談を)[^。\n]{0,12}(?:電話|オンライン|Web(?:会議)?|Teams|Zoom)[^。\n]{0,8}(?:変更|切り?替え|お願い|希望)|(?:電話|オンライン|Web会議)(?:会議|相談)?(?:(?:で|による)の?ご?相談)?に(?:変更|切り?替え)",
    re.IGNORECASE,
)
_TOOL = re.compile(
    r"(Zoom|Webex|Meet|Skype|Teams)(?:会議)?(?:でしたら|であれば|なら|だと|のみ|で(?:の|お願い|希望))", re.IGNORECASE
)
_TO_METHOD = re.compile(r"(?:に|へ)(?:変更|切り?替)")
_NEXT_WEEK = re.compile(r"翌々?週|次の?週|翌々日|翌日")
_OUR_LINE = re.compile(
    r"\s{0,8}[1-5]\s{1,4}令和\d{1,2}年\d{1,2}月\d{1,2}日\([月火水木金土日]\)\d\d時\d\d分[~〜～]\d\d時\d\d分\s{0,5}"
)
_OUR_LIMIT = re.compile(
    r"\s{0,8}令和\d{1,2}年\d{1,2}月\d{1,2}日\([月火水木金土日]\)\d\d時\d\d分までにお願いします。\s{0,5}"
)
_NUMBERED_DAY = re.compile(r"^(\s{0,8}(?:候補)?[1-9１-９])(?=\s?[（(][月火水木金])", re.MULTILINE)
_QUOTED_SLOT = re.compile(r"[>\s|]{0,12}\(?([1-9])[).:、]?\s{1,4}(.{6,100})$")


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
    new_text = _without_our_offer(new_text[:MAX_TEXT])
    if len(full_text) > len(new_text) + 5:  # below an answer stands our offer: 「2（水曜11時）」 is no 2nd of the month
        new_text = _NUMBERED_DAY.sub(r"\1番", new_text)
    text = normalize("NFKC", _CIRCLED.sub(r"\1番", new_text))
    if Intent.CONSULT not in intents:
        return _answer_to_an_offer(text, consultation)
    subject = normalize("NFKC", (mail_subject or "")[:500])
    method, phone = read_method(text), _OUR_NUMBER.search(text)
    number = phone[0].strip() if phone and method is Method.PHONE else None
    wishes = read_wishes(readable(_without_methods(new_text)), received_at, consultation, round_)
    base = Request(intent=RequestIntent.REQUEST, method=method, phone=number)
    words, told = f"{subject}\n{text}", _IF_EVER.sub(" ", IF_NOT.sub(" ", text))
    shift = _shift(text)
    chosen = _choices(text)
    if _ONLY_METHOD.search(text) and not (wishes.dated or chosen or shift is not None or _CANCEL.search(text)):
        return _other_method(base, text)
    if (
        (_CHANGE.search(told) and not _AS_PLANNED.search(text) and (_BOOKED.search(told) or wishes.refers_to))
        or (wishes.dated and (_MOVED.search(told) or "変更後" in text))
        or shift is not None
    ):
        return _rescheduled(base, wishes, shift, consultation, text)
    cancelling = [one for one in re.split(r"[。\n]", told) if _cancels(one)]
    if (
        cancelling
        and not _AS_PLANNED.search(text)
        and (_MATTER.search(words) or _BOOKED.search(text) or wishes.refers_to)
    ):
        if wishes.dated and wishes.refers_to:  # 「取り消し、改めて3/23で」
            return _rescheduled(base, wishes, None, consultation, text)
        if doubts := tuple(
            doubt for one in cancelling for doubt in conditions(one)
        ):  # 「了承が得られなければ見送ります」
            return replace(base, windows=wishes.windows, unclear=doubts)
        day = wishes.refers_to or (wishes.windows[0].start.date() if wishes.dated and wishes.windows else None)
        return replace(base, intent=RequestIntent.CANCEL, refers_to=day)
    if _NONE_FITS.search(told) and not (wishes.dated and wishes.windows and not wishes.unclear):
        return replace(base, windows=wishes.windows, unclear=wishes.unclear, leaves_open=True, none_fits=True)
    if chosen and not wishes.dated:
        return replace(base, intent=RequestIntent.CHOICE, choices=chosen, unclear=_hanging(text, consultation))
    if not wishes.dated and _ANY_OF_OFFER.search(text):
        return replace(base, intent=RequestIntent.CHOICE, any_of_offer=True)
    if wishes.agreed:
        return replace(
            base,
            intent=RequestIntent.ACCEPT,
            windows=wishes.agreed,
            unclear=tuple(one for one in wishes.unclear if "合いません" in one),
        )
    quoted = _offered_days(full_text, new_text, received_at, consultation, round_)
    if quoted and wishes.dated and not wishes.unclear:
        windows = _any_week(wishes.windows) if wishes.nearest else wishes.windows
        picked = _picked(windows, quoted)
        if picked and chosen and picked not in chosen:
            return replace(base, windows=windows, unclear=("番号と日時が、お出しした候補と合いません",))
        if picked:
            return replace(base, windows=(quoted[picked - 1],), choices=(picked,))
        if wishes.nearest:
            return replace(base, windows=windows, unclear=("曜日だけでは、どの候補か決められません",))
    hours = ("「同じ時間」が何時か分かりません",) if wishes.same_hours and wishes.dated else ()
    return replace(
        base,
        windows=wishes.windows,
        choices=chosen if len(chosen) == 1 else (),
        unclear=(*wishes.unclear, *hours, *filter(None, [several(text)]), *_other_tool(text, consultation)),
        leaves_open=wishes.leaves_open,
    )


def _cancels(sentence: str) -> bool:
    """「事前相談をキャンセルします」; not 「説明会が中止になったので」, nor a question about cancelling."""
    if _ABOUT_CANCELLING.search(sentence):
        return False
    return any(not _ELSE_CANCELLED.search(sentence[: one.start()]) for one in _CANCEL.finditer(sentence))


def _answer_to_an_offer(text: str, consultation: ConsultationFile) -> Request | None:
    """All that an answer to an offer may say without a word of what it is about. What it means, the letter it answers tells."""
    method = read_method(text)
    if chosen := _choices(text) if _MATTER.search(text) else _bare_choices(text):
        return Request(intent=RequestIntent.CHOICE, choices=chosen, method=method, unclear=_hanging(text, consultation))
    if _NONE_FITS.search(text):
        return Request(intent=RequestIntent.CHOICE, none_fits=True, leaves_open=True, method=method)
    if _ANY_OF_OFFER.search(text):
        return Request(intent=RequestIntent.CHOICE, any_of_offer=True, method=method)
    if (shift := _shift(text)) is not None and _TALK.search(text):
        return Request(intent=RequestIntent.RESCHEDULE, method=method, shift=shift)
    if _ONLY_METHOD.search(text):
        return _other_method(Request(intent=RequestIntent.RESCHEDULE, method=method), text)
    return None


def _other_tool(text: str, consultation: ConsultationFile) -> Iterator[str]:
    """「Zoomでしたら」: by a tool that isn't ours."""
    found = _TOOL.search(text)
    if found and found[1].casefold() not in consultation.platform.casefold():
        yield f"「{found[0]}」のご希望ですが、{consultation.platform}を使います"


def _hanging(text: str, consultation: ConsultationFile) -> tuple[str, ...]:
    """What a number of an offer hangs on, or is doubted by."""
    tails = (_behind_the_last_number(one) for one in re.split(r"[。\n!?！？]", text))
    more = several(text)
    back = (taken_back(one) for one in tails if one)
    tools = _other_tool(text, consultation)
    return tuple(dict.fromkeys((*conditions(text), *doubts(text), *filter(None, back), *filter(None, [more]), *tools)))


def _behind_the_last_number(sentence: str) -> str:
    found = [one.end() for one in _NUMBER.finditer(sentence)]
    return sentence[found[-1] :] if found else ""


def _other_method(base: Request, text: str) -> Request:
    """「やっぱり電話で」「オンラインから電話に」: the time stays."""
    found = _ONLY_METHOD.search(text)
    said = found[0] if found else ""
    if _TO_METHOD.search(said):  # what stands before 「に変更」 is what is wished
        said = re.split(r"から|を|は", said)[-1]
    phone, online = "電話" in said, bool(_ONLINE.search(said))
    method = base.method if phone == online else (Method.PHONE if phone else Method.ONLINE)
    number = _OUR_NUMBER.search(text)
    return replace(
        base,
        intent=RequestIntent.RESCHEDULE,
        method=method,
        same_time=True,
        phone=number[0].strip() if number and method is Method.PHONE else None,
        unclear=hesitates(text) if method else ("相談の方法がはっきりしません",),
    )


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
        unclear=wishes.unclear,
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
    """「30分後ろ倒し」「1時間早めて」."""
    found = _SHIFT.search(text)
    if not found:
        return None
    length = timedelta(minutes=int(found[1])) if found[2] == "分" else timedelta(hours=int(found[1]))
    if found[3]:
        length += timedelta(minutes=30)
    return -length if found[4][0] in "前早" or found[4].startswith("繰り上") else length


def _without_methods(text: str) -> str:
    """「Web会議が使えない」 says nothing of the days around it."""
    return _NOT_ONLINE.sub(" ", text)


def _offered_days(
    full_text: str, new_text: str, received_at: datetime, consultation: ConsultationFile, round_: Round
) -> list[Window]:
    """The numbered slots of the offer that the mail quotes, in its numbering."""
    if len(full_text) <= len(new_text) + 5:
        return []
    offered: list[Window] = []
    for line in full_text[:MAX_TEXT].split("\n"):
        found = _QUOTED_SLOT.match(normalize("NFKC", line[:120]))
        if found and int(found[1]) == len(offered) + 1:
            windows = read_wishes(readable(found[2]), received_at, consultation, round_).windows
            if len(windows) == 1:
                offered.append(windows[0])
    return offered


def _without_our_offer(new_text: str) -> str:
    """The numbered lines of our own letter, left below an answer without any mark of quoting, are no wishes."""
    lines = new_text.split("\n")
    ours = [number for number, line in enumerate(lines) if _OUR_LINE.fullmatch(normalize("NFKC", line[:100]))]
    if len(ours) < 2:
        return new_text
    gone = {
        *ours,
        *(number for number, line in enumerate(lines) if _OUR_LIMIT.fullmatch(normalize("NFKC", line[:100]))),
    }
    return "\n".join("" if number in gone else line for number, line in enumerate(lines))


def _any_week(windows: Sequence[Window]) -> tuple[Window, ...]:
    """「水曜日の15時」 in an answer: a Wednesday of the offer, not only the next one."""
    weeks = [timedelta(weeks=number) for number in range(WEEKS_OF_AN_OFFER)]
    return tuple(replace(one, start=one.start + ahead, end=one.end + ahead) for ahead in weeks for one in windows)


def _picked(windows: Sequence[Window], offered: Sequence[Window]) -> int | None:
    """Which one of the offer the words can only mean: one that lies in what was named, and no other."""
    inside = {
        number
        for number, one in enumerate(offered, start=1)
        for window in windows
        if window.start <= one.start and one.end <= window.end
    }
    return inside.pop() if len(inside) == 1 else None


def read_method(text: str) -> Method | None:
    """Online or by phone, where one of them is named and not ruled out."""
    if _EITHER.search(text):
        return None
    if _TICKED.search(text):
        text = _UNTICKED.sub(" ", text)
    phone, online = bool(_PHONE.search(text)), bool(_ONLINE.search(text))
    if _NOT_ONLINE.search(text):
        return Method.PHONE if phone else None
    if phone == online:
        return None
    return Method.PHONE if phone else Method.ONLINE


def _choices(text: str) -> tuple[int, ...]:
    """Numbers of an offer, in the order named: 「2番でお願いします」, a line that is only a number."""
    ranked = _RANKED_CHOICE.findall(text)
    if len(ranked) > 1:  # 「2番を第二希望、4番を第一希望」
        order = sorted(ranked, key=lambda one: _KANJI.get(one[1]) or int(one[1]))
        return tuple(dict.fromkeys(int(one[0]) for one in order))[:MAX_CHOICES]
    if bare := _bare_choices(text):
        return bare
    chosen: list[int] = []
    for sentence in re.split(r"[。\n!?！？]", text):
        chosen += _chosen_in(sentence[:300])
    return tuple(dict.fromkeys(chosen))[:MAX_CHOICES]


def _chosen_in(sentence: str) -> list[int]:
    """「2番は難しいので、3番でお願いします」: 3. Numbers still talked over choose nothing."""
    numbers = list(_NUMBER.finditer(sentence))
    chosen: list[int] = []
    role = Role.LISTED
    for place in range(len(numbers) - 1, -1, -1):
        found = numbers[place]
        until = numbers[place + 1].start() if place + 1 < len(numbers) else len(sentence)
        following, role = role, role_behind(sentence[found.end() : until])
        alone = role is Role.LISTED and place + 1 < len(numbers) and GLUE.fullmatch(sentence[found.end() : until])
        tail = sentence[found.end() : until]
        if _BOTH.fullmatch(tail) or _STILL_FREE.search(tail):
            return []  # 「2番と4番を押さえてください」「2番はまだ空いていますか」
        if role is Role.JOINED or alone:  # 「1番も2番も難しいです」
            role = following
        if role in (Role.WISH, Role.LISTED, Role.ELSE):
            number = next(one for one in found.groups() if one)
            chosen.insert(0, _KANJI.get(number) or int(number))
        elif role is not Role.EXCLUDED:
            return []
    return chosen


def _bare_choices(text: str) -> tuple[int, ...]:
    """A line or sentence that holds numbers of an offer and nothing else: 「2」, 「2、だめなら3」."""
    text = re.sub(r"[「【『\[]([1-9])[」】』\]]|([1-9])[.](?=で|\s|$)", r" \1\2 ", text)
    text = _RULED_OUT.sub("", _PREFERENCE.sub(" ", _ORDINAL_WISH.sub(" ", text)))
    text = re.sub(r"(?:第\s?)?([一二三四五])(?=番目?|つ目|希望)", lambda found: str(_KANJI[found[1]]), text)
    phrases = [one for line in text.split("\n") for one in re.split(r"(?<=[。!！])", line) if one.strip()]
    chosen: list[int] = []
    for phrase in phrases[:8]:
        match = _PHRASE.fullmatch(phrase[:80])
        if match:  # lines below one another are one list: 「第1希望 4 / 第2希望 2」
            chosen += [int(number) for number in match.groups() if number]
        elif chosen:
            break
    return tuple(dict.fromkeys(chosen))[:MAX_CHOICES]
