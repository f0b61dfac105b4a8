"""What a day or time is in its sentence: a wish, not wished, a booking spoken of, something else (DESIGN §6: never a guess).

In: the words before and behind it. Out: `Role`. A wish must be said as one (「でお願いします」「いかがでしょう」) or stand as one
of a list; words that nobody here knows make it OTHER, and what is OTHER is never booked. The words: `vocabulary`. Pure; patterns bounded.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from mailflow.consultation.reading.vocabulary import behind
from mailflow.consultation.reading.vocabulary.beside import (
    EVENT,
    JOINER,
    LIGHT,
    LIST_TAIL,
    NEXT_FIELD,
    OTHER_HEAD,
    OUR_SUBJECT,
    POLITE_IF,
    WISH_LABEL,
)
from mailflow.consultation.reading.words import either


class Role(Enum):
    WISH = auto()  # said as a wish
    LISTED = auto()  # nothing is said of it: one of a list, if its heading doesn't say otherwise
    JOINED = auto()  # a joiner follows: what the next one is, it is too
    ELSE = auto()  # 「18日が難しければ」: a wish, the next one comes after it
    EXCLUDED = auto()
    UNCERTAIN = auto()  # 「18日は未定」
    BOOKED = auto()  # names a booking
    AGREED = auto()  # 「3/18 14時で承知しました」
    OTHER = auto()  # tells of something else
    UNKNOWN = auto()  # in words not known


GLUE = re.compile(rf"{LIGHT}{{0,12}}")
_JOINER = re.compile(rf"{JOINER}{{0,8}}")
_EACH = re.compile(
    r"[)の間でをは、\s]{0,6}(?:いずれ(?:の日)?も|どちら(?:の日)?も|どの日も|両日とも)[、\s]?"
)  # the time behind is said of all
_LIST_TAIL = re.compile(rf"{LIST_TAIL}{{0,16}}[!。]?", re.IGNORECASE)
_NEXT_LABEL = re.compile(NEXT_FIELD)
_PATTERNS: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(words, re.IGNORECASE))
    for role, words in (  # where two begin at one place, the first
        (Role.ELSE, behind.ELSE),
        (Role.UNCERTAIN, behind.UNCERTAIN),
        (Role.AGREED, behind.AGREED),
        (Role.BOOKED, behind.BOOKED),
        (Role.EXCLUDED, behind.EXCLUDED),
        (Role.OTHER, behind.OTHER),
        (Role.WISH, behind.WISH),
    )
)
_ANOTHER_DAY = re.compile(r"の?(?:翌週|前週)")  # 「19日の翌週」
_NEITHER = re.compile(r"も[、,\s]{0,3}")  # 「16日10時も17日11時も難しいです」
_DONE_WITH = re.compile(
    r"(?:ので|ため|から|ますが|ですが|ており|不可|NG|×|難しく|できず|無理(?:で|です)?)[、,]\s{0,2}$"
)  # 「18日は委員会がありますので、」
_STATED = re.compile(r"(?:です|でございます|になります|となります)(?:ので|から|ため)")
_WISHED_HEAD = re.compile(r"希望|日時は|日程は|候補日は|の[がは]\s?$")
_ONE_EACH = re.compile(
    r"は[^\s、。\d]{1,12}(?<!です)(?<!ます)(?<!せん)(?<!たい)(?<!ない)(?<!した)が[、,]"
)  # 「16日は私が、18日は課長が不在です」
_HELD = re.compile(
    r"(?:の|から|より){0,2}(?:ご?(?:予定|予約|約束|(?:事前)?相談(?:会)?|面談|打ち?合わ?せ)|開始|枠|回|分)?を[、\s]{0,3}"
)  # 「10時からの予定を11時に変更」
_REASON = re.compile(
    r"[^。、\n\d]{0,30}(?:ため|ので|為|もので|ことから|関係で|都合で|につき|ており(?:まして)?)(?:[、,]|です|でござ)"
)

# Before a day.
_ANOTHERS = re.compile(
    r"([^\s、。,()「」:]{1,20})(?<!です)(?<!ます)(?<!した)(?<!った)(?<!せん)(?<!ない)(?<!たい)が\s?$"
)
_OUR_SUBJECT = re.compile(OUR_SUBJECT)
_EVENT = re.compile(rf"{EVENT}\s?\($", re.IGNORECASE)
_OTHER_HEAD = re.compile(OTHER_HEAD)
ANSWER_HEAD = re.compile(r"(?:お返事|ご?回答|ご?返信|ご返答)(?:は|を|も)[、\s]?$")
_BOOKED_HEAD = re.compile(
    r"(?:予約|確保)(?:を)?(?:お?取り|して)?(?:いただい|頂い)て?(?:た|(?:い|お)(?:る|りました|ります))\s?$"
)
_END_HEAD = re.compile(r"終了(?:予定)?(?:時刻|時間)?は[、\s]?$")
_LABEL = re.compile(r"([^\s:。、,()\[\]【】]{2,16})[】\]]?\s?:\s{0,3}$")
_WISH_LABEL = re.compile(WISH_LABEL, re.IGNORECASE)
# A field without a colon: 「２　庁内検討会　　令和８年３月１２日」.
_FIELD = re.compile(
    r"(?:^|\n)[^\S\n]{0,4}(?:\d{1,2}[.)]?[^\S\n]{1,4}([^\s:。、,()\d\x01]{2,16})[^\S\n]{1,12}|([^\s:。、,()\d\x01]{2,16})[^\S\n]{2,12})$"
)
_WRITTEN_ON = re.compile(r"(?:申込み?|申し込み|申請|作成|記入|提出|送信|発信|起案)日")
_IF_BEFORE = re.compile(r"(?:れば|たら|場合(?:は|に|には)?|であれば|でしたら|なら|次第)[、,\s]{0,3}$")
_POLITE_IF = re.compile(either(POLITE_IF, behind.NEGATIVE))


def role_behind(tail: str) -> Role:
    """What the words behind say: the first that says anything."""
    tail = tail[:160]
    if _JOINER.fullmatch(tail) and tail.strip():
        return Role.JOINED
    if _EACH.fullmatch(tail):
        return Role.JOINED
    if _ANOTHER_DAY.match(tail):
        return Role.UNKNOWN
    if _HELD.fullmatch(tail):
        return Role.BOOKED
    if _ONE_EACH.fullmatch(tail) or _NEITHER.fullmatch(tail):
        return Role.JOINED
    if GLUE.fullmatch(tail) or _LIST_TAIL.fullmatch(_NEXT_LABEL.split(tail)[0]):
        return Role.LISTED
    found = [
        (match.start(), order, role)
        for order, (role, pattern) in enumerate(_PATTERNS)
        if (match := pattern.search(tail))
    ]
    if not found:  # 「方針が固まるのが来週末の見込みのため、」 tells why
        return Role.OTHER if _REASON.match(tail) else Role.UNKNOWN
    return min(found)[2]


def role_of(head: str, tail: str) -> Role:
    """`head`: the words since the day before or the sentence's begin; `tail`: up to the next day or the sentence's end."""
    role = role_behind(tail)
    if role is Role.WISH and _STATED.match(tail) and not _WISHED_HEAD.search(head):
        return Role.UNKNOWN  # 「候補3がちょうど24日ですので、確認させてください」
    if role is not Role.AGREED and _BOOKED_HEAD.search(head):
        return Role.BOOKED  # 「予約をお取りいただいた3月17日の13時につきまして、」
    subject = _ANOTHERS.search(head)
    if role in (Role.WISH, Role.LISTED, Role.JOINED) and subject and not _OUR_SUBJECT.search(subject[1]):
        return Role.UNKNOWN  # 「議会運営委員会が3/17 10時に…」
    clause = "" if _DONE_WITH.search(head) else re.split(r"[、,]", head.strip(" 、,"))[-1][-40:]
    if role is Role.WISH and (ANSWER_HEAD.search(head) or _END_HEAD.search(head)):
        return Role.OTHER  # 「お返事は13日以降で構いません」「終了は10時半になりますことをご了承ください」
    if _EVENT.search(head):
        return Role.OTHER  # 「財政課との打合せ（17日10時）の後」
    if role in (Role.LISTED, Role.JOINED, Role.UNKNOWN) and _OTHER_HEAD.search(clause):
        return Role.OTHER
    if role in (Role.LISTED, Role.JOINED) and (label := _LABEL.search(head)) and not _WISH_LABEL.search(label[1]):
        return Role.OTHER  # 「財政課ヒアリング：3/17 10:00」
    field = _FIELD.search(head) if role in (Role.LISTED, Role.JOINED) else None
    of_field = (field[1] or field[2]) if field else ""
    if of_field and (_WRITTEN_ON.fullmatch(of_field) or not _WISH_LABEL.search(of_field)):
        return Role.OTHER
    if role in (Role.WISH, Role.LISTED, Role.JOINED) and (conditional := _IF_BEFORE.search(head[-30:])):
        before = head[-30:][: conditional.end()]
        if not _POLITE_IF.search(re.split(r"[、,]", before.strip(" 、,"))[-1]):
            return Role.UNCERTAIN
    return role
