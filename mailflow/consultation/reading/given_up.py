"""Wishes that are taken back in the words behind them: 「18日で、と書きかけたのですが、その日は議会でした。19日で」.

In: the text, what was found in it. Out: such days among those that are not wished. Pure; patterns bounded.
"""

from __future__ import annotations

import re

from mailflow.consultation.reading.gathered import Found, Group
from mailflow.consultation.reading.vocabulary.behind import NEGATIVE

MAX_TAIL = 160
_CORRECTLY = re.compile(r"正しくは[^。\n]{0,8}$")
_HARD = re.compile(NEGATIVE)
_BUT = r"(?:が|けれど|けど|ものの|ところ)"
# Said, and not meant any more.
_MEANT_ONCE = re.compile(
    rf"^[^。\n]{{0,24}}(?:"
    rf"と(?:このメールを)?(?:書き始め|書きかけ|書こうと|お伝えしようと|申し上げようと|返信しようと|お願いしようと|思いまし|思っ|考え)[^。\n]{{0,16}}{_BUT}"
    rf"|つもり(?:で|でし)[^。\n]{{0,20}}?{_BUT}"
    rf"|[^。\n]{{0,8}}と(?:申して|言って|希望して)(?:い|お)(?:た|りまし)[^。\n]{{0,8}}{_BUT}"
    rf"|」?は[^。\n]{{0,4}}(?:書き|打ち)?(?:間違|誤り|誤記|ミス)"
    rf"|たい(?:ところ|気持ち)(?:は山々)?(?:です|でした)?{_BUT}"
    rf"|(?:が|も)(?:理想|ベスト|希望|よかった|良かった|都合が[良よ]い)[^。\n]{{0,6}}(?:の(?:です|でした)|でした|です){_BUT}[、,]?[^。\n]{{0,20}}(?:難し|でき|厳し|無理|出席|都合)"
    r")"
)
# 「先週は19日に変更をお願いしましたが、18日のままで結構です」
_ASKED_ONCE = re.compile(r"^[^。\n]{0,14}を?お願い(?:いた|致)?しましたが")
_THAT_DAY = re.compile(
    r"(?:^|[、,。\n])\s{0,4}(?:その|同)(?:日|時間|時刻|日時|枠|回|週)(?:帯)?(?:だけ|ばかり)?[はもに][^。\n\d]{0,28}"
    r"(?:重な|議会|会議|委員会|公務|行事|不在|出張|難し|厳し|都合が(?:つか|合わ|悪)|(?:でき|出来|いたし)(?:ま?せん|な|かね)|入っ(?:て|た)|埋ま|先約|NG|不可)"
)


def set_given_up_apart(text: str, found: Found) -> None:
    """Where another wish stands behind it, which is the one that is meant."""
    last = max((one.start for one in found.wished), default=0)
    right = [one.start for one in found.wished if _CORRECTLY.search(text[max(0, one.start - 16) : one.start])]
    for group in [one for one in found.wished if right and one.start < right[-1]]:
        found.wished.remove(group)  # 「19日に変更を。追伸　正しくは23日です」
        found.excluded.append(group)
    for group in list(found.wished):
        tail = text[group.end : _until(text, group, found)]
        if _THAT_DAY.search(tail) or _ASKED_ONCE.search(tail) or (_MEANT_ONCE.search(tail) and _HARD.search(tail)):
            found.wished.remove(group)  # 「5番でお願いしたいところですが、厳しそうです」
            found.excluded.append(group)
        elif group.start < last and _given_up(tail):
            found.wished.remove(group)
            found.excluded.append(group)


def _until(text: str, group: Group, found: Found) -> int:
    """Where the next day or time begins, or a little further on."""
    every = (*found.wished, *found.excluded, *found.refers, *found.other, *found.unknown, *found.agreed)
    return min([one.start for one in every if one.start > group.start] + [group.end + MAX_TAIL, len(text)])


def _given_up(tail: str) -> bool:
    return bool(_MEANT_ONCE.search(tail) or _THAT_DAY.search(tail))
