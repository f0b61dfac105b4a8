"""What an officer adds to a plain answer without changing it: 「可。日程は相談させてください」「選定された場合は可」「…のでよろしくお願いします」.

In: text of a cell. Out: the text without it, or whether a clause is no more than that. Pure; patterns without nested quantifiers.
An aside speaks of a detail that nobody asked for, wishes for a word beforehand, or repeats what the call itself supposes. What may
take the answer back is hedges.py's.
"""

from __future__ import annotations

import re

from mailflow.forms.text import fold

_CLOSING = re.compile(
    r"(?:の|ます|です|おります)?(?:ので|ため|が)?[、。,\s　]*(?:(?:何卒|どうぞ|ご対応の?ほど|ご高配の?ほど|ご査収の?ほど)[、\s　]*)?(?:よろしく|宜しく)[、\s　]*(?:お願い|御願い)[^。、]{0,12}[。\s　]*$"
)
# 「知事まで説明済み・了承」
_EXPLAINED = re.compile(
    r"(?:に|から|より)(?:も)?(?:口頭|文書|書面|電話|直接|口頭と文書)(?:にて|で|の|により)?(?=(?:了承|了解|承認|同意|決裁|合意))|(?:まで|に|へ|にも)?(?:ご?説明|レク|報告)(?:を?(?:済み?|し(?:た|て)?|の?うえ|の?上))?(?:で)?[、・,\s　]{0,2}(?=(?:了承|了解|承認|同意|決裁|合意))"
)
_THINKING = re.compile(
    r"(?:もの)?と(?:考え(?:ており?ます|ています|ます|ている|る)|存じます|存じております|認識して(?:おり|い)ます|承知して(?:おり|い)ます)(?=[。\s　]*$)"
)
# What the call itself supposes of every answer.
_SUPPOSED = re.compile(
    r"(?:もし|仮に)?(?:選定|採択)(?:して)?(?:され(?:た|ました)|いただ(?:け|い)(?:た|ました|れば)|となっ(?:た|ました))?(?:場合|際|とき|後|あかつき|暁)(?:に)?(?:は|であれば|なら|のみ|限り|限って)?[、,]?(?=[^\s)）])"
)
_DAYS = r"(?:月|日|期間?|会期中?|年末年始|[上中下]旬|週|曜|時期|季節?|議会|閉庁|お?盆)"
_BUT_FOR_DAYS = re.compile(
    rf"[^、。,]{{0,20}}{_DAYS}[^、。,]{{0,10}}(?:を除(?:き|いて|けば)(?:、|ます)?|以外(?:は|であれば|なら|で)、?|を避けて(?:いただければ)?、?)"
)
_CLAUSES = re.compile(
    r"(?:です|ます)?(?:が|けれども?|けど)[、,]|[。、,\n;；!！]|[\s　]*※|[\s　]{1,4}(?=なお|ただし|但し)"
)
_JOINED = re.compile(r"^(?:なお|ただし|但し|ただ|尚|また)[、,]?")
_DETAIL = re.compile(
    r"^[^は、]{0,12}(?:日程|日時|時期|日にち|スケジュール|詳細|時間帯|時間|場所|会場|訪問日|訪問先|候補日|人数|内容|方法|文言|表記|掲載|たいみんぐ|写真|資料|駐車場|宿泊|交通|受付)[^は、]{0,10}(?:は|も|につい(?:て|ては|ましては)|に関して|の?調整|を)"
)
_NOT_ON_THESE_DAYS = re.compile(rf"(?:{_DAYS}|連休|祝日|休日|年度[末初])[^。]{{0,24}}(?:除[きくい]|避け|外し|以外)")
_WISHES = re.compile(
    r"^要(?:日程)?調整|(?:連絡|一報|お知らせ|知らせて|共有|配慮|事前に[^。]{0,8}(?:相談|調整|協議)|個別に[^。]{0,8}(?:相談|調整))[^。]{0,14}(?:ください|下さい|いただけ|いただき|いただく|頂|幸い|願|助か|欲し|ほし)"
)
_GREETS = re.compile(
    r"^(?:何卒|どうぞ)?(?:よろしく|宜しく|お待ち|ぜひ|是非|歓迎|ありがとう|お世話)|(?:お待ちして|歓迎し|楽しみにして)"
)
_AS_PROPOSED = re.compile(
    r"(?:提案|審査|判断|助言)[^。]{0,16}(?:場合|際|あれば|とき|れば)[^。]{0,12}(?:相談|可|応じ|構わ|従|検討|対応|お受け)"
)


def plainly(text: str) -> str:
    """The answer without what closes it politely and what every answer supposes."""
    if len(text) < 5:
        return text
    plain = _THINKING.sub("", _CLOSING.sub("", text))
    plain = _EXPLAINED.sub("", _BUT_FOR_DAYS.sub("", _SUPPOSED.sub("", plain)))
    return plain if fold(plain) else text


def but(text: str) -> str:
    """What an answer goes on to say behind 「ただし」, in brackets or not: nothing, where it is an aside."""
    found = _BUT.search(text)
    return "" if found is None or is_aside(found[1], other=False) else found[1]


_BUT = re.compile(r"(?:ただし|但し)[、,\s　]?([^)）。]{1,80})")


def clauses(text: str) -> list[str]:
    """The clauses of an answer, the first one what it begins with; never empty."""
    parts = [part.strip() for part in _CLAUSES.split(text)]
    return [part for part in parts if part] or [text]


def is_aside(clause: str, *, other: bool) -> bool:
    """Whether a clause behind an answer only speaks of a detail, asks to be told, greets, or grants what the call itself supposes.
    `other`: it names another choice, which only the last may."""
    folded = _JOINED.sub("", fold(clause))
    if not folded:
        return True
    if _AS_PROPOSED.search(folded):
        return True
    return not other and any(one.search(folded) for one in (_WISHES, _GREETS, _DETAIL, _NOT_ON_THESE_DAYS))
