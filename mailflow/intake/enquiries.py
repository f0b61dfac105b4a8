"""What a mail asks, question by question, in the order in which its writer numbered it (situations row 36).

In: subject and new text. Out: the questions, NFKC, one line each, without numbers: the points of a numbered (or dotted) list where
the list is one of questions; else each sentence that wants words for an answer. Sentences that only say that questions follow are
none. Pure, never raises; no nested quantifiers, at most `MOST` questions of `LONGEST` characters.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.intake.intents import questions
from mailflow.intake.sentences import MAX_TEXT, URL, WRAPPED, sentences

MOST = 20
LONGEST = 300  # characters
_CIRCLED = {ord(mark): f"{number}. " for number, mark in enumerate("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", start=1)}
_POINT = re.compile(
    r"[ \t]{0,8}(?:[(\[【<]?(?:ご?質問|問|Q|No\.?)?[ .]?(?P<number>\d{1,2})(?:[)\]】>.:、)]|[ \t]|番目?[:、 ])(?P<decimal>\d)?|(?P<dot>[・●○■◆▪◇*-])[ \t]{0,3})",
    re.IGNORECASE,
)
_FOLLOW = re.compile(r"以下|下記|次の|つぎの|後述|\d{1,2} ?(?:点|つ|件|問|項目)")
_BACK = re.compile(r"(?:以上|上記|前記)(?:の|に|、|について|につき)?")
# What may stand around a question without being one.
_FILLER = re.compile(
    r"以下|以上|下記|上記|標記|表記|次の|本件|[\d一二三四五六七八九十]+(?:点|つ|件|問|項目)ほど?|内容|事項|について|に関して|につきまして|につき|とおり|通り"
    r"|ご?質問|お?問い?合わ?せ|ご?照会|ご?教示|お?教え|ご?回答|お?答え|ご?返信|お?伺い|お?尋ね|お?聞き|ご?確認|お知らせ"
    r"|させて|した[いく]|いただ[きくけい]?|頂[きくけい]?|ください|下さい|賜り|幸い|存じ|です|ます|ました|ません|でしょうか|でしょう|ので|から|たび|度"
    r"|お願い|いたし|致し|申し上げ|申し|よろしく|宜しく|何卒|お忙しい|ところ|ご?多忙|恐れ入り|恐縮|すみ|大変|ございます|ございま|あります|ありま|点|件|方"
    r"|計画策定支援|事業|公募|応募|様式|記載|書き方|募集要領|[ぁ-ん、。,.!?・「」()\[\]\s]"
)
_TELLING = 2  # characters that must be left


def asked_questions(subject: str | None, new_text: str) -> tuple[str, ...]:
    """The questions of a mail that asks something. Where its sentences name none, what the subject asks; else ()."""
    lines = _lines(new_text)
    points, rest = _points(lines)
    found = [*points, *(one for one in questions("\n".join(rest)) if not (points and _FOLLOW.search(one)))]
    found = [one for one in (one_line(one) for one in found) if _says(one) and not _BACK.match(one)]
    if not found and (title := one_line(subject or "")) and questions(title):
        found = [title]
    return tuple(dict.fromkeys(found))[:MOST]


def _lines(new_text: str) -> list[str]:
    plain = normalize("NFKC", new_text[:MAX_TEXT].translate(_CIRCLED))
    return [line.rstrip() for line in URL.sub(" ", plain).replace("\r", "").split("\n")]


def _points(lines: list[str]) -> tuple[list[str], list[str]]:
    """(points of the first list of questions, the other lines). A list of other things (days, papers) is none."""
    rest: list[str] = []
    at = 0
    while at < len(lines):
        points, end = _list_at(lines, at)
        if len(points) > 1 and (any(questions(one) for one in points) or _announced(rest)):
            return points, [*rest, "", *lines[end:]]
        rest.append(lines[at])
        at += 1
    return [], rest


def _list_at(lines: list[str], start: int) -> tuple[list[str], int]:
    """The points of a list that begins at this line, and the line behind it: 1, 2, 3 … in their order, or the same dots."""
    points: list[str] = []
    dot, at = "", start
    while at < len(lines):
        mark = _POINT.match(lines[at])
        if mark is not None and mark["decimal"] is None and _goes_on(mark, dot, len(points)):
            dot = mark["dot"] or dot
            points.append(lines[at][mark.end() :].strip())
        elif not points or (mark is not None and mark["number"]):
            break
        elif _same_point(lines[at - 1], lines[at]):
            points[-1] += lines[at].strip()
        elif lines[at].strip():
            break
        at += 1
    return points, at


def _same_point(before: str, line: str) -> bool:
    """A point that goes on in the next line: set in, or wrapped by a mail program."""
    wrapped = len(before.strip()) >= WRAPPED and before[-1] not in "。?!"
    return bool(line.strip() and before.strip()) and (line[0] in " \t" or wrapped)


def _goes_on(mark: re.Match[str], dot: str, so_far: int) -> bool:
    if mark["number"] is not None:
        return not dot and int(mark["number"]) == so_far + 1
    return mark["dot"] == dot or not so_far


def _announced(before: list[str]) -> bool:
    """「次の点をご教示ください。」 as the last words before the list."""
    told = [one for one in sentences("\n".join(before)) if one.strip()]
    return bool(told) and _FOLLOW.search(told[-1]) is not None and bool(questions(told[-1]))


def one_line(text: str) -> str:
    """As a question stands in lists."""
    return " ".join(normalize("NFKC", text).split())[:LONGEST]


def _says(question: str) -> bool:
    """Something is left of it beside courtesies and the word for a question."""
    return len(_FILLER.sub("", question)) >= _TELLING
