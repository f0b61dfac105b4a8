"""What the talk is to be about, passed over: it says nothing of the appointment, whatever words it uses.

A matter may be anything: a booking system, a neighbour that applies too, a decision that an office has to make. What stands under a
topic's label (「相談内容：」「聞きたいこと」), before 「について」 where talk is asked for, or in a clause that tells what an office
is thinking of doing, is replaced by spaces before clauses, conditions and doubts are looked at. A passage that speaks of a
time, of the slot itself, of a second thought or of a wish is never passed over: it stays, whatever label it stands under.

In: an officer's words of one width. Out: the same, as long, with spaces. The words: `vocabulary.topics`. Pure; patterns
bounded, without nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from mailflow.consultation.reading.vocabulary import topics as words

_MOST = 14  # lines under one heading
_MARK = r"[\s\x01■●◆◇・○▼□※*#-]{0,6}(?:\d{1,2}[.)]?\x01?[.)]?\s{0,3})?[【\[<《「(〔]?\s?"
_FIELD = re.compile(
    rf"^({_MARK}(?:{words.LABEL})(?:\s?(?:[】\]>》」)〕]\s?:?|:|は)[、\s]{{0,4}}|[ \t]{{1,6}}))([^\n]{{1,200}})",
    re.MULTILINE,
)
_SAID = re.compile(rf"(?<=。)(?:なお、)?(?:{words.LABEL})は、?([^。\n]{{1,120}})")
_HEADING = re.compile(rf"{_MARK}(?:{words.LABEL}){words.HEADED}\s?[】\]>》」)〕]?\s?[:。]?\s{{0,8}}")
_ITEM = re.compile(r"\s{0,8}(?:[・･●○■◆▪*-]|\x01?\(?[\dア-オa-e]{1,2}\x01?[.:、)\x01 ]|Q\d)|[\s]{1,8}\S")
_ANOTHER_LABEL = re.compile(r"\s{0,8}[■●◆【\[<《]|\s{0,8}[^\s:、。]{2,10}\s?:|[-=_*ー―─━~]{3}")
_OPENS = re.compile(r"以上|よろしく|宜しく|何卒|お忙し|お手数|ご多|どうぞ|なお|また、|ただし|当日|方法|日時|希望")
_ABOUT = re.compile(
    rf"(?<![^。、\n(「\x03\x04])[^。、\n\x03\x04]{{2,80}}?{words.ABOUT}(?=[^。、\n]{{0,24}}(?:{words.TALK}))"
)
_PROJECT = re.compile(rf"(?<![^。、\n(\x03\x04])[^。、\n\x03\x04]{{3,100}}?{words.PROJECT}(?=[、。\n]|$)")
_PLAN = re.compile(
    rf"(?<![^。、\n(\x03\x04])[^。、\n\x03\x04]{{0,100}}?{words.PLAN}(?=[、。\n]|$|お?聞|お?伺|お?尋|ご?教示|教え|ご?相談|助言|お?話)"
)
_OF_A_PLAN = re.compile(words.OF_A_PLAN)
_COMPOUND = re.compile(words.COMPOUNDS, re.IGNORECASE)
_KEPT = re.compile(words.KEPT)
# 「1町村が辞退した場合の扱い」「交付金との重複」: a thing to be talked about, whatever it is.
_NAMES_A_MATTER = re.compile(words.MATTER_ENDS)
_TIMES = re.compile(words.KEPT_TIMES)
_MATTER = re.compile(rf"(?<![^。、\n・])[^。、\n\x03\x04]{{2,40}}?{words.MATTER}(?=[、。\n・]|$)")
_OF_THE_TALK = re.compile(words.OF_THE_TALK)
_OTHERS = re.compile(words.OTHERS)
_WHO_COMES = re.compile(
    rf"^({_MARK}(?:{words.WHO_COMES})\s?(?:[】\]>》」)〕]\s?:?|:)[\s]{{0,4}})([^\n]{{1,80}})", re.MULTILINE
)
_OTHERS_COME = re.compile(words.OTHERS_COME)
_SENTENCE_END = re.compile(r"[。!?]")
_WISHED = "\x03"


def passed_over(text: str, marks: Sequence[str] = ()) -> str:
    """`marks`: what stands for a day or time that was read; a passage that holds one stays."""
    made = _COMPOUND.sub(_spaces, text)
    for start, end in (*_fields(made), *_lists(made)):
        made = _blanked(made, start, end, marks)
    for found in list(_WHO_COMES.finditer(made)):
        if not _OTHERS_COME.search(found[2]):
            made = _blanked(made, found.start(2), found.end(2), marks)
    for found in list(_MATTER.finditer(made)):
        if not _beside_a_wish(made, found):
            made = _blanked(made, found.start(), found.end(), marks)
    for pattern in (_ABOUT, _PROJECT):
        for found in list(pattern.finditer(made)):
            talk = pattern is _PROJECT and _OF_THE_TALK.search(found[0])
            if not (talk or (_beside_a_wish(made, found) and _OTHERS.search(found[0]))):
                made = _blanked(made, found.start(), found.end(), marks)
    for found in list(_PLAN.finditer(made)):
        if not (_OF_THE_TALK.search(found[0]) or _beside_a_wish(made, found)):
            made = _blanked(made, found.start(), found.end(), marks, _OF_A_PLAN)
    return made


def _spaces(found: re.Match[str]) -> str:
    return "".join("\n" if one == "\n" else " " for one in found[0])


def _blanked(text: str, start: int, end: int, marks: Sequence[str], harmless: re.Pattern[str] | None = None) -> str:
    passage = text[start:end]
    if _NAMES_A_MATTER.search(passage) and not (_TIMES.search(passage) or any(one in passage for one in marks)):
        return text[:start] + " " * (end - start) + text[end:]
    if _KEPT.search(harmless.sub(" ", passage) if harmless else passage) or any(one in passage for one in marks):
        return text
    return text[:start] + " " * (end - start) + text[end:]


def _beside_a_wish(text: str, found: re.Match[str]) -> bool:
    """In the sentence of a wish."""
    begin = max(text.rfind("。", 0, found.start()), text.rfind("\n", 0, found.start())) + 1
    stop = re.compile(r"[。\n]|$").search(text, found.end())
    return _WISHED in text[begin : stop.start() if stop else len(text)]


def _fields(text: str) -> list[tuple[int, int]]:
    """What stands behind a label on its line, sentence by sentence; in a sentence that begins with one, what it tells."""
    spans = [(field.start(2), field.end(2)) for field in _FIELD.finditer(text)]
    told = [found.span(1) for found in _SAID.finditer(text)]
    return [*(one for span in spans for one in _sentences(text, *span)), *told]


def _sentences(text: str, begin: int, end: int) -> list[tuple[int, int]]:
    ends = [one.end() for one in _SENTENCE_END.finditer(text, begin, end)]
    cuts = [begin, *ends, end]
    return [(first, last) for first, last in pairwise(cuts) if first < last]


def _lists(text: str) -> list[tuple[int, int]]:
    """The lines under a heading: its items, or, where it stands in brackets or behind a mark, what is written there."""
    found: list[tuple[int, int]] = []
    at, left, free = 0, 0, False
    for line in text.split("\n"):
        end = at + len(line)
        if _HEADING.fullmatch(line.rstrip("。 ").rsplit("。", 1)[-1]):
            left, free = _MOST, bool(re.match(r"\s{0,8}[■●◆◇【\[<《〔]", line))
        elif left and line.strip():
            item = bool(_ITEM.match(line))
            if (_ANOTHER_LABEL.match(line) and not item) or _OPENS.match(line.strip()) or not (item or free):
                left = 0
            else:
                found += _sentences(text, at, end)
                left -= 1
        elif left < _MOST:
            left = 0  # a blank line ends it, unless nothing has come yet
        at = end + 1
    return found
