"""An answer to an offer of ours: none of it, any, the first, or one by number (`choices`). Pure; patterns bounded."""

from __future__ import annotations

import re

from mailflow.consultation.changes import read_shift
from mailflow.consultation.choices import bare_choices, behind_the_last_number, read_choices
from mailflow.consultation.methods import only_method, other_method, other_tool, read_method
from mailflow.consultation.reading.conditions import conditions
from mailflow.consultation.reading.doubts import doubts, several, taken_back
from mailflow.consultation.reading.topics import passed_over
from mailflow.consultation.reading.words import any_of, either
from mailflow.model import Request, RequestIntent
from mailflow.settings.consultation import ConsultationFile

# 「ご提示いただいた日程の中で早い枠を」
OF_THE_OFFER = re.compile(
    r"(?:ご?提示|お?示し|候補日?|ご案内)(?:いただい(?:た|ている))?(?:もの|日程|日時|枠)?"
    r"の(?:中|うち)(?:で|から|の)[^。\n]{0,24}(?:枠|日程|方|ほう|候補)"
)
# 「どの候補でも大丈夫です」
ANY_OF_OFFER = re.compile(
    any_of(
        r"どれ|どちら(?=の)|(?<=番)どちら|いずれ|どの(?:候補|日程|日|枠|時間)",
        r"すべて|全て|全部|ぜんぶ|全日程|[3-5三四五]つと(?=も)|両方と(?=も)",
    )
    + r"(?:の(?:候補|日程|日時|日|枠|時間))?(?:でも|も|、)?[^。\n]{0,8}"
    + any_of(
        r"大丈夫|構い|可能|OK|結構|問題",
        r"(?:差し?支え|支障|異存)(?:は|も|が)?(?:な|あ?りませ|ございませ)",
        r"お願い|よい|良い|(?:対応|参加)でき(?!ま?せん)|都合がつき(?!ま?せん)",
    ),
    re.IGNORECASE,
)
EXCEPTED = re.compile(r"\d\s?番|[1-5]と[1-5]|難し|都合が(?:悪|つか)")  # not each of the offer, then
# 「候補のうち一番早い日でお願いします」
FIRST_OF_OFFER = re.compile(
    r"(?:候補|ご?提示|お?示し)[^。\n]{0,12}(?:うち|中|なか)(?:で|から)?[、\s]?"
    r"(?:一番|最も|もっとも|いちばん)早い[^。\n]{0,8}[でをに][^。\n]{0,10}(?:お?願|希望|参加|結構|確定)"
)
_CANT = r"都合が?つ(?:か|きま?せん|きかね)|難し|合わ|不可|できま|無理|駄目|だめ|ダメ|NG"
# 「いずれの日も都合がつきません」
NONE_FITS = re.compile(
    either(
        rf"(?:いずれ(?:の日(?:時|程))?|[3-5三四五]つと|両方と|[3-5三四五]候補と)も[^。\n]{{0,12}}(?:{_CANT}|参加でき|厳し|先約が(?:あ|ござ)|伺え)",
        rf"どれも[^。\n]{{0,12}}(?:{_CANT}|厳し)",
        rf"(?:すべて|全て|全部|全日程)[^。\n]{{0,12}}(?:{_CANT})",
    )
)
MATTER = re.compile(r"相談|面談|候補|日程|打ち?合わ?せ")
_TALK = re.compile(r"開始|相談|面談|打ち?合わ?せ|予約")


def answer_to_an_offer(text: str, consultation: ConsultationFile) -> Request | None:
    """All that an answer to an offer may say without a word of what it is about. What it means, the letter it answers tells."""
    method = read_method(text)
    if chosen := read_choices(text) if MATTER.search(text) else bare_choices(text):
        return Request(intent=RequestIntent.CHOICE, choices=chosen, method=method, unclear=hanging(text, consultation))
    if NONE_FITS.search(text):
        return Request(intent=RequestIntent.CHOICE, none_fits=True, leaves_open=True, method=method)
    if ANY_OF_OFFER.search(text) and not re.search(r"以外|除[きくい]|\d\s?日", text) and not EXCEPTED.search(text):
        return Request(intent=RequestIntent.CHOICE, any_of_offer=True, method=method)
    if (shift := read_shift(text)) is not None and _TALK.search(text):
        return Request(intent=RequestIntent.RESCHEDULE, method=method, shift=shift)
    if only_method(text):
        return other_method(Request(intent=RequestIntent.RESCHEDULE, method=method), text)
    return None


def hanging(text: str, consultation: ConsultationFile) -> tuple[str, ...]:
    """What a number of an offer hangs on, or is doubted by."""
    tails = (behind_the_last_number(one) for one in re.split(r"[。\n!?！？]", text))
    more = several(text)
    back = (taken_back(one) for one in tails if one)
    tools = other_tool(text, consultation)
    return tuple(
        dict.fromkeys(
            (*conditions(passed_over(text)), *doubts(text), *filter(None, back), *filter(None, [more]), *tools)
        )
    )
