"""Every clause accounted for: what touches the appointment and is known neither as the request nor as harmless is asked back.

The readers say what is wished (`groups`), on what it hangs (`conditions`), where it is doubted (`doubts`). This one closes the
books. A clause that holds a wish must be made of words that ask, and of nothing else; any other one must not hold a hard word:
an act, a place, another body, a second thought, a time or number that no reader took. What is left over is unknown, and
nothing is booked, moved or cancelled on it (DESIGN §6: never a guess). Ordinary words that nobody here has met cost nothing.

In: an officer's words of one width, and where what was understood stands in them. Out: the clauses left over, in Japanese.
The words: `vocabulary.touching`, `vocabulary.asking`. Pure; patterns bounded, without nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from mailflow.consultation.reading.topics import passed_over
from mailflow.consultation.reading.vocabulary import touching
from mailflow.consultation.reading.vocabulary.asking import ASKING, CANCELLING, MOVING
from mailflow.consultation.reading.words import any_of, either

WISHED, SPOKEN_OF = "\x03", "\x04"
_ENDS = r"。\n!?、,;|()「」『』【】\[\]※"
_CLAUSE = re.compile(rf"[^{_ENDS}]{{1,300}}?(?:ので|ため|により|につき|ことから|(?=[{_ENDS}])|$)")

_TOUCHES = re.compile(either(touching.TIME, touching.ACT, touching.WISH, touching.PLACE, touching.WHO))
_HARD = re.compile(either(touching.ACT, touching.PLACE, touching.WHO, touching.AGAIN))
_HARD_REASON = re.compile(either(touching.ACT, touching.PLACE))
_SECOND_THOUGHTS = re.compile(touching.SECOND_THOUGHTS)
_COURTESY = re.compile(touching.COURTESY)
_IF = re.compile(touching.IF)
_REASON = re.compile(touching.REASON)

_WORDS = {
    "book": re.compile(ASKING, re.IGNORECASE),
    "move": re.compile(either(MOVING, ASKING), re.IGNORECASE),
    "method": re.compile(either(MOVING, ASKING), re.IGNORECASE),
    "cancel": re.compile(either(CANCELLING, ASKING), re.IGNORECASE),
}
_ACTS_ELSE = {
    "book": re.compile(touching.ELSE_THAN_BOOKING),
    "move": re.compile(touching.ELSE_THAN_MOVING),
    "method": re.compile(touching.ELSE_THAN_THE_METHOD),
    "cancel": re.compile(touching.ELSE_THAN_CANCELLING),
}
_DONE = {
    "book": re.compile(r"(?!)"),
    "move": re.compile(touching.MOVES),
    "method": re.compile(touching.CHANGES_THE_METHOD),
    "cancel": re.compile(touching.CANCELS),
}
_GIVEN_UP = re.compile(touching.GIVEN_UP)
_WITHDRAWN = re.compile(r"辞退|取り?下げ")  # of an application: for people
# Told of, not asked for: 「取り消しいたしましたが」「キャンセルになりました件」.
CANCELLED = re.compile(
    r"(?:キャンセル|取り?消し?|取りやめ|辞退|中止)(?:を|に)?"
    + any_of(
        r"(?:し|いたし|致し|させて(?:いただき|頂き))まし?た(?:が|けれど|件|ところ|ものの|[。、\n]|$)",
        r"なりまし?た(?:が|けれど|件|ところ|ものの)",
    )
)
_BESIDE = re.compile(touching.BESIDE)
_STAYS = re.compile(touching.STAYS)
_HEARSAY = re.compile(r"(?<!空いている)(?<!空きがある)とのこと|との声|たいそう")
_SLIP = re.compile(r"曜日(?:を|に|の)(?:誤|間違)")  # the day that is read fits its weekday, or is asked back
_THE_APPLICATION = re.compile(r"(?:応募|申請|方針)[^。、]{0,16}(?:調整|検討|協議|決ま|決め)|結果を踏まえ")
_PHONE_AT_NOON = re.compile(r"(?:昼休み?|正午)[^。、]{0,16}(?:留守番|つなが|繋が)")
# 「電話での実施に変更をお願いします」 beside a wish; the method is read by itself.
_BY_ANOTHER_MEANS = re.compile(
    r"(?:電話|オンライン|web(?:会議)?|teams)(?:会議)?(?:での?(?:ご?相談|実施|対応|面談))?[にへ]の?(?:変更|切り?替)",
    re.IGNORECASE,
)
_THE_APPLICATIONS_QUESTION = re.compile(
    r"(?:応募|申請|様式|経費|公募|対象)[^。、]{0,16}(?:でしょう|です|ます)か?$|(?:応募|申請)の?様式の?\s?\d番"
)
_NEXT_FIELD = re.compile(
    r"[/／](?=[^\d/\n。、\x03\x04]{1,12}[市町村県課係室][^\d。、\n\x03\x04]{0,20}$)|[\s/／](?:担当|氏名|TEL|連絡先|内線|参加者?|参加人数|人数|内容|団体名?|所属)\s?:?",
    re.IGNORECASE,
)
# Why, with hard words in it: 「学校訪問の日程が動いたため」「会議室の工事が決まり」「送付先が変更となったため」.
_WHAT_CAME_UP = re.compile(
    r"(?:予約|お?申し?込み?|確定)(?:を|し|させて|いただ|済)[^。]{0,10}(?:日[時程]?|時間|枠)(?=[はにがも])|[一-龥ァ-ヶ]{2,}訪問|(?<!日程)(?<!日時)(?<!時間)(?<!予約)(?<!相談)(?<!参加)(?<!枠)が決ま|会場の?(?:設営|準備|当番|対応|受付|応援|整理)"
)
_SUBJECT = re.compile(r"[がはをも]\s?$")
_OTHER_BODY = re.compile(touching.OTHER_BODY)
_TAKES_PART = re.compile(r"(?:同席|参加|出席)(?:者|し|さ|予定|いた|を|で|の|も|は|$)")
_STAYS_AWAY = re.compile(r"見合わ|見送|辞退|取り?やめ|断念|控え|できなく|難しく")
_LEFT = re.compile(
    r"[一-龥々ァ-ヶA-Za-z]{2,}|[誤仮隣譲]|係(?!る)|(?<![一-龥])県[がは]|他の|別(?![の途])|出(?![席来]|られま?せ|な)"
)
_FROM_TO = re.compile(f"{SPOKEN_OF}\\s{{0,3}}(?:→|⇒)\\s{{0,3}}{WISHED}")  # 「18日→19日」
_ANOTHERS_BOOKING = re.compile(
    r"(?:隣|近隣|他)[^、。]{0,12}(?:でも|の|が|は)[^、。]{0,14}予約|[市町村県](?:さん|様)[がの]|て(?:あげ|やっ)て"
)
_SLIP_OF_THE_PEN = re.compile(r"正しくは|誤り|誤っ|間違")  # why one moves
_OF_A_MOVE = re.compile(
    r"代わりに|正しくは|(?:やはり|やっぱり)(?=.{0,24}(?:でき(?:な|ま?せ)|間に合|難し|都合が|不在|入っ|無理|変わ))"
)
_OF_THE_ACT = {"move": _OF_A_MOVE, "cancel": re.compile(r"[無な]し[でに]お?願い|なくて結構")}
Act = Literal["book", "move", "method", "cancel"]


def unaccounted(
    text: str,
    act: Act,
    wished: Sequence[tuple[int, int]],
    spoken_of: Sequence[tuple[int, int]] = (),
    *,
    understood: bool = False,
) -> Iterator[str]:
    """What would keep the act from being done. `wished`, `spoken_of`: begin and end of the days, times and numbers that were
    read as wished, and as anything else known. `understood`: that it is this act need not be said in so many words."""
    marked = list(text)
    for mark, spans in ((SPOKEN_OF, spoken_of), (WISHED, wished)):
        for begin, end in spans:
            marked[begin:end] = [one if one == "\n" else mark for one in marked[begin:end]]
    left = passed_over("".join(marked), (WISHED, SPOKEN_OF))
    said_there = "".join(" " if new != old else one for one, old, new in zip(text, marked, left, strict=True))
    marked = list(left)
    said = understood or act in ("book", "method") or (act == "move" and bool(_FROM_TO.search("".join(marked))))
    for clause in _CLAUSE.finditer("".join(marked)):
        words = text[clause.start() : clause.end()]
        said = said or (bool(_DONE[act].search(said_there[clause.start() : clause.end()])) and _asks(clause[0], act))
        if not _known(clause[0].strip(), act):
            yield f"「{words.strip()[:40]}」が何のことか分かりません"
    if not said:
        yield "何を取り消すのか分かりません" if act == "cancel" else "何を変更するのか分かりません"


def _known(clause: str, act: Act) -> bool:
    if _BESIDE.search(clause) and WISHED not in clause:
        return True
    if act == "cancel" and not _DONE[act].search(clause):
        return not (_STAYS.search(clause) or _ANOTHERS_BOOKING.search(clause))
    if WISHED not in clause and _SECOND_THOUGHTS.search(
        _OF_THE_ACT[act].sub("", clause) if act in _OF_THE_ACT else clause
    ):
        return False
    if act == "method" and WISHED not in clause and not _DONE["method"].search(clause):
        return not _ACTS_ELSE["method"].search(clause)  # why the other means fails
    if act == "move" and WISHED not in clause and _SLIP_OF_THE_PEN.search(clause):
        return not _ACTS_ELSE["move"].search(clause)
    asks = _asks(clause, act)
    reason = bool(_REASON.search(clause))
    if WISHED in clause and _HEARSAY.search(clause):
        return False  # others' words
    if WISHED in clause or _DONE[act].search(clause):
        return asks or (
            bool(_GIVEN_UP.search(clause)) and (reason or (act == "cancel" and not _WITHDRAWN.search(clause)))
        )
    if SPOKEN_OF in clause or not _TOUCHES.search(clause) or _COURTESY.search(clause):
        return True
    if asks and not _ACTS_ELSE[act].search(clause):
        return True
    if _SLIP.search(clause) or (act == "book" and (CANCELLED.search(clause) or _BY_ANOTHER_MEANS.search(clause))):
        return True
    if _THE_APPLICATIONS_QUESTION.search(clause):
        return True
    if _PHONE_AT_NOON.search(clause):
        return True
    if _IF.search(clause) or _THE_APPLICATION.search(clause):  # what wishes hang on, `conditions` says
        return True
    if reason:
        return not _HARD_REASON.search(_WHAT_CAME_UP.sub(" ", clause))
    if _TAKES_PART.search(clause):
        return not (_OTHER_BODY.search(clause) or _STAYS_AWAY.search(clause))
    return not _HARD.search(clause)


def _asks(clause: str, act: Act) -> bool:
    """Made of words that ask for the act, and of no others."""
    said = _NEXT_FIELD.split(clause)[0]
    head, wish, tail = said.partition(WISHED)
    if wish and not _SUBJECT.search(head) and not _TOUCHES.search(_WORDS[act].sub(" ", head)):
        said = tail  # 「様式ができあがる26日に」: what day it is
    return not _LEFT.search(_WORDS[act].sub(" ", said))
