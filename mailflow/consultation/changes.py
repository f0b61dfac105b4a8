"""Whether a mail asks for another time, and which: 「18日を19日に変更」「30分後ろ倒し」. Pure; patterns bounded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from mailflow.consultation.cancelling import as_planned
from mailflow.consultation.reading.doubts import hesitates
from mailflow.consultation.reading.topics import passed_over
from mailflow.consultation.reading.vocabulary.touching import MOVES
from mailflow.consultation.reading.windows import Wishes
from mailflow.consultation.reading.words import any_of, either
from mailflow.model import Request, RequestIntent, Window
from mailflow.settings.consultation import ConsultationFile

_CHANGE = re.compile(
    either(
        r"変更|振り?替え|リスケ|延期|再調整|調整し直",
        r"別(?:の)?日(?!にお?願いした)|別の(?:日程|時間)",
        r"後ろ倒し|前倒し|ずらし",
        r"改めて.{0,20}(?:お願い|希望)",
        r"日(?:時|程)?を(?:改め|あらため|変え|移)",
    )
)
# 「参加者を2名から3名に変更します」: who takes part, by which number, about what; not when.
_ELSE_CHANGED = re.compile(
    either(
        any_of(
            r"参加者|出席者|同席者|人数",
            r"電話番号|連絡先|アドレス|担当者?|端末|機器",
            r"内容|議題|テーマ|資料|名簿",
        )
        + r"(?:の(?:氏名|数|一部))?[をがは](?:(?!日時|日程|時間|\d日|\d時|\d/\d|曜|午[前後]|週)[^。\n、]){0,24}変更",
        r"(?:所管|担当|課|体制|方針|組織|部署)の?変更(?:に伴|によ|のため)",  # why, not what
        r"(?:実施)?(?:方法|方式|形式)の変更|変更[前後](?=\)?\s?:?[^\n\d]{0,6}(?:電話|オンライン|Web))|日\s{0,3}時[^。\n]{0,6}変更な[しく]",
        r"(?:送付先|宛先|アドレス|番号|担当者?|連絡先|URL)を[^。\n]{0,24}(?:変え|変更|替え)|(?:担当者?|参加者|出席者|人数|番号|連絡先|宛先)の変更",
        r"変更ではな[くい]|(?:別の?(?:日程?|日時)|再調整|日程調整)[^。\n]{0,8}[はも][^。\n]{0,6}(?:希望(?:は|も)?(?:いた)?し(?:ま?せん|ない)|不要|結構|必要(?:あ|ござ|な))",
        r"提出(?:予定)?日[^。\n]{0,40}変更",
        r"(?:応募|申請|事業)の?(?:延期|変更)",
        r"(?:資料|様式|書類|回答|ファイル)[^。\n]{0,24}(?:提出|送付|お送り|期限|締め?切)[^。\n]{0,60}(?:変更|延期|ずら|延ば)",
        r"変更や(?:キャンセル|取り?消し?)[^。\n]{0,30}",
        r"変更(?:の可否|(?:が|は|も)?(?:可能か|できるか))",
        r"変更(?:は|が|など(?:は|が)?)?(?:ござい|あり)ま(?:す|せん)(?:でしょう)?か",  # asked whether it was moved
        r"(?:別の?日(?:程|時)?|振り?替え?|日程変更)(?:へ)?の?(?:設定|調整|候補|振り?替え?)?は"
        r"(?:必要|不要|結構|希望(?:いた)?し(?:ま?せん|ない))[^。\n]{0,12}",  # 「別の日の設定は必要ございません」
        r"変更の?(?:お?手続き?)?は?(?:な[しく]|不要|(?:あり|ござい|要り|いり)ませ)",  # 「変更なしです」
        r"(?:日を)?改めて[^。\n\d]{0,12}(?:申し?込|ご?連絡)[^。\n]{0,12}",  # 「日を改めてこちらから申し込みます」
    )
)
# 「電話でのご対応に変更を」: by which means, not when.
_MEANS_CHANGED = re.compile(
    r"(?:電話|オンライン|Web(?:会議)?|Teams)(?:会議|相談)?(?:での?(?:ご?対応|実施|ご?相談|面談))?[にへ]の?変更",
    re.IGNORECASE,
)
# 「議会の日程により変更が生じる場合は、早めにご連絡します」
_IF_CHANGED = re.compile(r"変更が?(?:生じ|あ|ござ|必要)[^。\n]{0,8}(?:場合|際|とき|たら|れば)[^。\n]{0,30}")
# A word of the booking itself.
BOOKED = re.compile(
    either(
        r"予約|予定|決定|確定",
        r"(?:日時|日程|時間|相談).{0,14}(?:変更|ずらし|後ろ倒し|前倒し)",
        r"別(?:の)?日[にへ](?:変更|振|して)",
        r"都合が(?:悪|つか)",
    )
)
# 「19日に変更」, not 「電話に変更」「担当者に変更」.
_MOVED = re.compile(
    r"(?<!電話)(?<!ライン)(?<!会議)(?<!eams)(?<!Zoom)(?<!担当)(?<!者)[にへ](?:日時を?|日程を?)?"
    + any_of(r"変更|振り?替え?|ずら[しせ]|移[しせ]|変え|前倒し|後ろ倒し|繰り(?:上|下)げ")
    + any_of(r"を|て|して|いただ|頂|でき|可能|願|お願|希望|させ|た[いく]|$")
    + r"|[にへ]改め(?:て(?:いただ|頂|もら|くだ|下さ|ほし|欲し)|させ)",
    re.MULTILINE,
)
# Said by who has a booking: 「別の日に移したい」「日を改めさせていただきたく」.
_WANTS_ANOTHER = re.compile(
    r"(?:別の?(?:日程?|日時|時間)|他の日)[にへでを][^。\n]{0,8}(?:移|変更|変え|ず?らし|して(?:いただ|頂|もら|くだ)|お?願い|振)"
    r"|日(?:時|程)?を(?:改め|変え)(?:させて|た[いく]|て(?:いただ|頂|もら|くだ))"
)
_AFTER_THE_CHANGE = re.compile(r"変更後(?:の?(?:希望)?(?:日[時程]?|時間))?\s?[:は)】]?\s{0,3}[^\s\d]{0,4}\d")

# 「30分後ろ倒し」「1時間早めて」
_SHIFT = re.compile(
    r"(\d{1,3}|[一二三])(分|時間|週間?|日)(半)?(?:ほど|程度|くらい|だけ)?\s?("
    + either(
        r"後ろ倒し|後ろ(?:[にへ]|の同じ)|(?:後|あと|先)に(?:ずら|変更|し|延|移)|遅ら|遅く|繰り下|延期|先延ば|先送",
        r"前倒し|前[にへ](?:ずら|変更|し)|早め|早く|繰り上",
    )
    + ")"
)
# 「ちょうど一週間延ばしてください」; of minutes and hours that says how long it takes.
_LATER_BY_DAYS = re.compile(r"(\d{1,2}|[一二三])(週間?|日)(半)?(?:ほど|程度|くらい|だけ)?\s?(延ば)")
_HOW_LONG = re.compile(r"終了|終わ|(?:計画|事業|公募|支援)の?(?:開始|期間)")
# 「翌日の同じ時間に変更」
_DAYS_ON = re.compile(
    r"(?:(\d{1,2})日後|(翌日)|(翌々日)|(?:ちょうど)?(?:([1一])週間後|(翌週)))"
    r"の?(?:同じ曜日の?)?(?:同じ(?:時間|時刻)|同時刻)(?:に|へ|で)"
    r"[^。\n]{0,12}(?:変更|延期|ずら|振|移|お?願|リスケ|でき(?:ます|ない|れば))"
)
_MOVES = re.compile(either(MOVES, r"→|⇒"))
# 「17日の予約を3/19(木)10:00へ。」「時間だけ15時からに」: no word of moving.
_FROM_THIS = re.compile(
    r"(?:時間|時刻|日(?:にち|付)?)(?:だけ|のみ)[^。\n]{0,14}\d[^。\n]{0,8}にして|"
    r"\d(?:日|時|分|:\d\d)?(?:\([月火水木金]\))?(?:の?(?:予約|枠|分))?を、?[^。\n]{2,28}\d?[^。\n]{0,12}[にへ](?=。|$)",
    re.MULTILINE,
)
_THE_BOOKING = re.compile(r"(?:下記|上記|標記|この|その|当)の?(?:ご?予約|日程|枠)(?:です|の件|につ|は|に)")
_DOES_NOT_FIT = re.compile(
    r"都合が?(?:悪|つか|つきま|合)|(?:出|来)られ(?:な|ませ)|(?:参加|出席|対応)[がはも]?(?:でき(?:な|ま?せ)|難し)|難し|不在|急用|無理|厳し|NG|間違"
    r"|(?:が|も)(?:急に|急遽)?(?:入り|入っ|重な)|と重な|(?:では|じゃ)なく|にして(?:いただ|頂|もら|くだ)"
)
_SOMETHING_ELSE = re.compile(
    r"お?電話(?:を|で)?(?:いただ|頂|くださ|ください|お?願)|連絡|資料|接続|テスト|確認の|次は|次回"
)
_AGREES = re.compile(r"承知|了解|かしこまり|承り")
_ANOTHER_TALK = re.compile(
    r"相談(?:の日時|日)?とは(?:別|関係)|提出(?:予定)?日|加えて|別件(?!が(?:入|ござい|あり))|もう[一1]|追加[でのを]|[2２二]回目|とは別|続けて|延長"
)
_NEXT_WEEK = re.compile(r"(?:翌々?週|次の?週|翌々日|翌日)(?!から|まで|以降も)")  # not 「翌日からの休暇」


def asks_to_move(text: str, told: str, wishes: Wishes, *, of_booking: bool = False) -> bool:
    """`told`: the text without what would be done if something came between. `of_booking`: there is one."""
    moved = _IF_CHANGED.sub(" ", _MEANS_CHANGED.sub(" ", _ELSE_CHANGED.sub(" ", told)))
    if as_planned(told):
        return False
    if (of_booking and _WANTS_ANOTHER.search(moved)) or (
        _CHANGE.search(moved) and (BOOKED.search(told) or wishes.refers_to)
    ):
        return True
    return wishes.dated and bool(_MOVED.search(moved) or _AFTER_THE_CHANGE.search(text))


def moves_the_booking(told: str, wishes: Wishes) -> bool:
    """Another time for the one booking that its body may have: in words of moving, or beside its day that doesn't fit (「18日は出られな
    くなりました。24日なら」); no second consultation, no call on another day."""
    if not wishes.dated or _ANOTHER_TALK.search(told) or as_planned(told) or _ELSE_CHANGED.search(told):
        return False
    if _MOVES.search(told) or _FROM_THIS.search(told):
        return True
    named = wishes.refers_to is not None or _THE_BOOKING.search(told)
    if not named or _AGREES.search(told):
        return False
    return bool(_DOES_NOT_FIT.search(told)) or (
        wishes.refers_to is not None and wishes.asked and not _SOMETHING_ELSE.search(told)
    )


def another_talk(told: str) -> bool:
    """A second consultation, or another matter, beside the one that is booked."""
    return _ANOTHER_TALK.search(told) is not None


def rescheduled(
    base: Request, wishes: Wishes, shift: timedelta | None, consultation: ConsultationFile, text: str
) -> Request:
    windows = _without_the_booked_day(wishes.windows, consultation) if wishes.dated else ()
    vague = _NEXT_WEEK.search(text)
    near = vague is not None and vague[0] in ("翌日", "翌々日") and bool(windows)
    if (
        vague
        and not near
        and shift is None
        and "同じ曜日" not in text[vague.end() :][:6]
        and not re.search(r"\d\s?(?:日|/\s?\d)", text[vague.end() :][:12])
    ):
        return replace(  # of the booking's week, or of this one?
            base,
            intent=RequestIntent.RESCHEDULE,
            unclear=(f"「{vague[0]}」がどの週か分かりません",),
            refers_to=wishes.refers_to,
        )
    shifted = shift is not None
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
        unclear=(*(one for one in wishes.unclear if not (shifted and "翌日" in one)), *hesitates(_about_moving(text))),
        leaves_open=(not windows and shift is None) or (wishes.dated and wishes.leaves_open),
        refers_to=wishes.refers_to,
        shift=shift,
    )


def _about_moving(text: str) -> str:
    """The sentences that speak of another time: 「変更の可能性があります」."""
    return "".join(one for one in re.split(r"(?<=[。\n])", text) if _MOVES.search(one))


def _without_the_booked_day(windows: Sequence[Window], consultation: ConsultationFile) -> tuple[Window, ...]:
    """「18日の相談は、19日の14時に変更」: a whole day named first, before a closer time on another day, is the booking's."""
    day = windows[0].start.date() if windows else None
    first = [one for one in windows if one.start.date() == day]
    rest = tuple(one for one in windows if one.start.date() != day)
    hours = [(one.start.time(), one.end.time()) for one in first]
    whole = hours == list(consultation.pattern.hours)
    closer = any((one.start.time(), one.end.time()) not in consultation.pattern.hours for one in rest[:1])
    return rest if whole and closer else tuple(windows)


def read_shift(text: str) -> timedelta | None:
    """「30分後ろ倒し」「1時間早めて」「翌日の同じ時間に」: as seen from the booking."""
    if on := _DAYS_ON.search(text):
        return timedelta(days=int(on[1]) if on[1] else 1 if on[2] else 2 if on[3] else 7)
    found = _SHIFT.search(passed_over(text)) or _LATER_BY_DAYS.search(passed_over(text))
    if not found or _HOW_LONG.search(text, max(0, found.start() - 10), found.end() + 4):
        return None
    units = {"分": timedelta(minutes=1), "時間": timedelta(hours=1), "日": timedelta(days=1)}
    number = {"一": 1, "二": 2, "三": 3}.get(found[1]) or int(found[1])
    length = number * units.get(found[2], timedelta(weeks=1))
    if found[3]:
        length += timedelta(minutes=30)
    return -length if found[4][0] in "前早" or found[4].startswith("繰り上") else length
