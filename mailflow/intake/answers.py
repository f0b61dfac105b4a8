"""Answers in words to a letter of ours (situations rows 42, 43): 「4は記入のとおり」, 「明日になります」.

In: the new text, the numbered points of the letter that the writer has in hand, when the mail came (aware). Out: the
questions that are answered, the points that are spoken to, whether the mail says nothing else, until when the answer is promised.
Conservative: what leaves doubt is no answer, a person reads it. Pure, never raises; sentences are bounded, patterns linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta
from unicodedata import normalize

from mailflow.clock import TOKYO, tokyo
from mailflow.intake.courtesies import is_courtesy
from mailflow.intake.references import mentions
from mailflow.intake.sentences import sentences
from mailflow.model import LetterItem
from mailflow.workdays import is_business_day

MAX_SENTENCES = 100
END_OF_DAY = time(17, 0)

_AS_WRITTEN = re.compile(
    r"(?:記入|記載|記述|様式|見込み|現状|お送りした)(?:した)?(?:内容)?の?(?:とお|どお|通)り|(?:そのまま|現状|現在の記入)で(?:結構|問題|お願い|よろしく|構い|大丈夫|相違|進め)"
    r"|(?:間違い|誤り|相違|変更)(?:は)?(?:ありません|ございません|なし|ないです)|(?:修正|変更)(?:は)?不要"
)
_NOT = re.compile(
    r"修正(?:し|いた|後|版|を)|訂正|差し?[替換]え|でしょうか|ですか|ますか|ではありません|ではなく|以外|除[きくい]|確認(?:し|のうえ|中)|のちほど|後ほど|後日|[?？]"
)
_FINE = re.compile(r"問題(?:は)?(?:ない|なく|あり|ござい)|大丈夫|結構|相違|差し?支え")
# 「4は修正済み、ほかは記入のとおりです」: not of the 4.
_OTHERS = re.compile(r"(?:その他|そのほか|それ以外|[ほ他][か]?|残り)(?:の(?:点|項目))?(?:は|も|について)|済|未了|まだ")
_COUNT = re.compile(r"(?<![\d.:/月日時第])(\d{1,2})(?:点|項目|件|つ|[かヶケ箇]所)(?!目)")
_NUMBER = re.compile(
    r"(?<![\d.:/月日時第(])(?:No\.?\s?)?\(?(\d{1,2})\)?(?:番目?|点目)?(?=[\s、,・とはも及およびと]|$|については|に関しては|の件)"
)
_CIRCLED = {
    chr(0x2460 + at): f" ({at + 1}) " for at in range(20)
}  # NFKC would make them bare digits, glued to their neighbours
_PROMISES = re.compile(
    r"(?:送付|お送り|送り|提出|回答|返信|返事|連絡|再送|修正|対応|差し?[替換]え)|(?:に|と|ごろ|頃)?なります|なる(?:見込|予定)"
)
_NO_PROMISE = re.compile(
    r"ください|下さい|いただ(?:け|き)|頂(?:け|き)|でしょうか|ですか|ますか|[?？]|締め?切|公募|相談会|昨日|先日|(?:ました|済み)[。]?$|予約|希望"
)
_REASON = re.compile(r"[^。]{1,80}?(?:ため|ので|により|につき|(?:おり|し)まして)[、,\s]?(?=[^。]{4})")
# 「前田です。」 at the beginning: who writes, and none of what else may be said in two words.
_WHO = re.compile(
    r"(?!.*(?:不要|未定|無理|困難|不可|可能|中止|延期|同意|必要|該当|不明|残念|結構|違|済))[一-龥々ヶケ]{1,4}(?:です|でございます|と申します)。?"
)
# What a promise stands beside that a person should read.
_MORE = re.compile(
    r"[\d?？]|とおり|通り|でしょうか|ますか|ですか|相談|確認させ|教え|教示|辞退|取り?下げ|変更|間に合|難し|延長"
)
# What the sentence of a promise itself may say besides: 「明日提出しますが、Aコースはやめます。」
_TURNS = re.compile(
    r"コース|やめ|取り?止め|見合わ?せ|見送|断念|辞退|取り?[下消]|撤回|中止|白紙|方向|方針|反対|否決|却下|得られ(?:な|ず|ま)|(?:[いおけ]ら|でき)ません"
    r"|(?:応募|申請|参加|実施|事業)[^。]{0,8}(?:難し|困難|無理|でき|出来)|間に合|延長|延期|変更(?:し|を|が|に|と)|教え|教示"
)
_SAYS = re.compile(r"(?:の?欄)?(?:は|については|につきましては|に関しては|[:、])\s*[^\s。]")  # behind the point's name
_IS = re.compile(r"(?:で|を|に|と|です)")  # behind it, where what is chosen stands before it
_SHORTEST_END = 3  # characters of a point's name
_ASKS = re.compile(r"[?？]|(?:でしょう|ます|です|ません)か|教え|教示")
_DAY = re.compile(
    r"(?:(\d{1,2})月|(\d{1,2})/)?(\d{1,2})(?:日|(?=\s?\((?:[月火水木金土日])\)))|(?:(\d{1,2})/(\d{1,2}))(?!\d)"
)
_RELATIVE = {"明後日": 2, "あさって": 2, "明日": 1, "あす": 1, "翌日": 1, "本日": 0, "今日": 0}
_HOUR = re.compile(r"(?:(午前|午後)\s?)?(\d{1,2})(?:時(半)?|:(\d{2}))(?!間)")
_WEEKDAY = re.compile(r"(今週|来週)(?:の)?([月火水木金])曜?日?")


def answered(new_text: str, items: Sequence[LetterItem]) -> tuple[LetterItem, ...]:
    """The questions of the letter that the text answers by 記入のとおり; all of them where it names no number."""
    questions = {one.number: one for one in items if one.confirm}
    if not questions:
        return ()
    every = {one.number for one in items}
    found: dict[int, LetterItem] = {}
    for sentence in _spoken(new_text):
        if not _AS_WRITTEN.search(sentence):
            continue
        if said := mentions(sentence):
            found |= {
                one: questions[one]
                for numbers, text in said
                if _is_as_written(text)
                for one in numbers
                if one in questions
            }
            continue
        if _NOT.search(sentence) or any(int(count) != len(questions) for count in _COUNT.findall(sentence)):
            continue
        before = sentence[: _start(_AS_WRITTEN, sentence)]
        numbers = [int(one) for one in _NUMBER.findall(before)]
        if numbers:
            found |= {one: questions[one] for one in numbers if one in questions}
        elif every == set(questions) or len(questions) == 1 or "確認" in before:
            found |= questions
    return tuple(found[one] for one in sorted(found))


def says_nothing_else(new_text: str) -> bool:
    """Beside 記入のとおり only greetings and thanks: nobody needs to read it."""
    return all(
        _is_only_as_written(one) or (is_courtesy(one) and not re.search(r"[?？]", one)) for one in _spoken(new_text)
    )


def _is_only_as_written(sentence: str) -> bool:
    """Of each point that it names, and nothing behind it: not 「4は記入のとおり、5は週5時間です」."""
    if _NOT.search(sentence) or not all(_is_as_written(text) for _, text in mentions(sentence)):
        return False
    *_, last = [0, *(each.end() for each in _AS_WRITTEN.finditer(sentence))]
    behind = re.split("[、,]", sentence[last:])[1:]
    return last > 0 and all(is_courtesy(clause) or _FINE.search(clause) for clause in behind)


def _is_as_written(text: str) -> bool:
    found = _AS_WRITTEN.search(text)
    return found is not None and not _NOT.search(text) and not _OTHERS.search(text[: found.start()])


def promised(new_text: str, received_at: datetime) -> datetime | None:
    """Until when the answer will come, where one sentence says so and names one day; 17:00 where it names no hour."""
    at = tokyo(received_at)
    found = {moment for one in _spoken(new_text) if (moment := _promise(one, at)) is not None}
    later = {one for one in found if one > at}
    return later.pop() if len(later) == 1 and len(found) == 1 else None


def only_promises(new_text: str, received_at: datetime) -> bool:
    """Beside greetings, and a reason in the same sentence, it says nothing but when the answer will come: 「決裁者が不在のため明日になります」."""
    at = tokyo(received_at)
    if promised(new_text, received_at) is None:
        return False
    first, *others = _spoken(new_text)
    said = others if _WHO.fullmatch(first) and not _MORE.search(first) else [first, *others]
    return all(
        (_promise(one, at) is not None and not _TURNS.search(one)) or (is_courtesy(one) and not _MORE.search(one))
        for one in said
    )


def points_answered(new_text: str, items: Sequence[LetterItem]) -> tuple[int, ...]:
    """The points of the letter that the text names, by number or name, and says something of: 「2番はAコースでお願いします」
    「①0265-00-0000　②A」「電話番号は…です」, no question."""
    known = {one.number for one in items}
    names = {normalize("NFKC", one.where.partition("（")[0]).strip(): one.number for one in items if one.where}
    names.pop("", None)
    ends = _ends(names)
    found: set[int] = set()
    for sentence in _spoken(new_text):
        said = [(numbers, text) for numbers, text in mentions(sentence) if not known.isdisjoint(numbers)]
        found |= {one for numbers, text in said if not _ASKS.search(text) for one in numbers if one in known}
        if not said and not _ASKS.search(sentence):
            found |= _by_name(sentence, names, ends)
    for line in _lines(new_text):  # a form's lines, that look like one sentence wrapped
        name, colon, rest = line.partition(":")
        if colon and name.strip() in names and rest.strip() and not _ASKS.search(rest):
            found.add(names[name.strip()])
    return tuple(sorted(found))


def _by_name(sentence: str, names: Mapping[str, int], ends: Mapping[str, Set[str]]) -> set[int]:
    """「コースはAで」「Aコースでお願いします」 of 応募コース, where no other point's name ends so."""
    found = {names[name] for name in names if sentence.startswith(name) and _SAYS.match(sentence[len(name) :])}
    longest = max(map(len, ends), default=0)
    named: set[str] = set()
    choice = re.match("[A-Za-z0-9]{0,2}", sentence)
    for start in range((choice.end() if choice else 0) + 1):
        for stop in range(start + _SHORTEST_END, min(start + longest, len(sentence)) + 1):
            if (owners := ends.get(sentence[start:stop])) and (_IS if start else _SAYS).match(sentence[stop:]):
                named |= owners
    return found | ({names[named.pop()]} if len(named) == 1 else set())


def _ends(names: Iterable[str]) -> dict[str, set[str]]:
    ends: dict[str, set[str]] = {}
    for name in names:
        for start in range(1, len(name) - _SHORTEST_END + 1):
            ends.setdefault(name[start:], set()).add(name)
    return ends


def _promise(sentence: str, at: datetime) -> datetime | None:
    """The moment that the sentence promises. What it gives as a reason names no day: 「本日、決裁者が不在のため、明日になります」."""
    if not _PROMISES.search(sentence) or _NO_PROMISE.search(sentence):
        return None
    reason = _REASON.match(sentence)
    told = sentence[reason.end() :] if reason is not None else sentence
    return _moment(told, at) or (_moment(sentence, at) if told != sentence else None)


def asked_until(new_text: str, received_at: datetime) -> datetime | None:
    """Until when somebody wants something of us (「本日17時までに」, row 1): the earliest moment that is still to come."""
    at = tokyo(received_at)
    asked = [one.replace("正午", "12時") for one in _spoken(new_text) if "まで" in one]
    moments = [moment for one in asked if (moment := _moment(one.partition("まで")[0], at)) is not None]
    return min((one for one in moments if one > at), default=None)


def _moment(sentence: str, at: datetime) -> datetime | None:
    days = _days(sentence, at.date())
    if len(days) != 1:
        return None
    (day,) = days
    hours = list(_HOUR.finditer(sentence))
    if len(hours) > 1:
        return None
    if not hours:
        return datetime.combine(day, END_OF_DAY, TOKYO)
    half, hour, thirty, minute = hours[0].groups()
    told = int(hour) + (12 if half == "午後" and int(hour) < 12 else 0)
    minutes = 30 if thirty else int(minute or 0)
    if told > 23 or minutes > 59:
        return None
    return datetime.combine(day, time(told, minutes), TOKYO)


def _days(sentence: str, today: date) -> set[date]:
    text = sentence
    found: set[date] = set()
    for word, ahead in _RELATIVE.items():
        if word in text:
            found.add(today + timedelta(days=ahead))
            text = text.replace(word, " ")
    for match in _WEEKDAY.finditer(text):
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7 if match[1] == "来週" else 0)
        found.add(monday + timedelta(days="月火水木金".index(match[2])))
    if "翌営業日" in text:
        day = today + timedelta(days=1)
        while not is_business_day(day):
            day += timedelta(days=1)
        found.add(day)
    for match in _DAY.finditer(text):
        month = match[1] or match[2] or match[4]
        day_of = match[3] or match[5]
        if (named := _date(today, int(month) if month else None, int(day_of))) is not None:
            found.add(named)
    return found


def _date(today: date, month: int | None, day: int) -> date | None:
    """The nearest such day from today on, at most three months ahead."""
    for ahead in range(4):
        year, at = divmod(today.month - 1 + ahead, 12)
        if month is not None and at + 1 != month:
            continue
        try:
            found = date(today.year + year, at + 1, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _lines(new_text: str) -> list[str]:
    return [normalize("NFKC", line).strip() for line in new_text[:20_000].split("\n")[:MAX_SENTENCES]]


def _spoken(new_text: str) -> list[str]:
    text = new_text[:20_000]
    for circled, digits in _CIRCLED.items():
        text = text.replace(circled, digits)
    return [normalize("NFKC", one).strip() for one in sentences(text)[:MAX_SENTENCES]]


def _start(pattern: re.Pattern[str], text: str) -> int:
    match = pattern.search(text)
    return match.start() if match else 0
