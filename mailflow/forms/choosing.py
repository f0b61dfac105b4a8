"""Which of a field's choices a cell names: typed, listed, drawn (「☑可　□不可」), or said in a sentence.

In: text of a cell, the choices. Out: their values in the order of the form, and what doubt is left (hedges.py).
Pure; the caller bounds the text. Decisions:
- What spells one choice as a whole names it; then what is ticked in a drawing; then lists; last a sentence that mentions
  one choice and says nothing that takes it back (「企画部長了承」, never 「副市長了承」 nor 「首長了承を得る予定」).
- A remark in brackets that only says of another choice what is still to come (「部局長了承（首長了承は3月予定）」) names nothing; one
  that says it of this choice (「首長了承（予定）」) takes it back.
- What is asked besides (「可。日程は相談させてください」) or supposed by all (「選定された場合は可」) leaves an answer as it is (asides.py).
- Where a choice and its like could both be meant (「首長了承または部局長了承」), or something limits it (「一部含まない」), none is
  named: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mailflow.forms.asides import but, clauses, is_aside, plainly
from mailflow.forms.circles import in_circles, leaves_out
from mailflow.forms.drawing import drawn
from mailflow.forms.hedges import (
    Doubt,
    doubt_about,
    doubt_beside,
    leaves_open,
    says_nothing,
    without_denied,
    without_others,
)
from mailflow.forms.pairs import first_wish, paired, ringed, settled
from mailflow.forms.spelling import (
    CIRCLED,
    Table,
    core,
    exact,
    loose,
    mentions_another,
    one,
    table_of,
    without_politeness,
    word_for_word,
)
from mailflow.forms.text import LABEL_MAX, fold
from mailflow.settings.form import Choice

_ALL = re.compile(
    r"(?:全て|すべて|全部|全項目|全めにゅー)(?:の(?:めにゅー|項目))?(?:(?:を?(?:希望|選択)|に?(?:該当|対応))(?:する)?|に?当てはまる)?"
)
_ALONE = re.compile(r"(?:のみ|だけ)(?:です)?[。\s　]*$")  # 「Bのみ」
_LONGEST_SENTENCE = 120
_ABOUT_THE_ANSWER = 8  # characters: 「、要相談」「、検討中です」; a longer clause may plan something else
_OF_SOMEBODY = re.compile("[^、。]{1,10}(?:長|者|会|課|部)(?:は|には|へは)")


def says_all(text: str) -> bool:
    """「すべて」「全メニューを希望」"""
    return len(text) <= LABEL_MAX and _ALL.fullmatch(without_politeness(fold(text))) is not None


def named(
    text: str, choices: tuple[Choice, ...], *, several: bool = False, done: bool = False
) -> tuple[tuple[str, ...], Doubt]:
    """The choices named, and what doubt is left. `several`: of a field for any number of them, in which what is only planned
    counts as well. `done`: of a field that asks what is done already: 「（予定）」 takes it back."""
    table = table_of(choices)
    if value := exact(text, choices) or settled(text, choices, table):
        return (value,), Doubt.NONE
    if several:
        return _several(text, choices, table)
    if _ONLY_PLANNED.search(text) or (done and _PLANNED.search(text)):
        return (), Doubt.ASK
    text = plainly(ringed(text) or text)
    if not done and (alone := word_for_word(_ALONE.sub("", text), table)):
        return (alone,), Doubt.NONE
    if wished := first_wish(text, table):
        return (wished,), Doubt.LOOK
    if (stated := paired(text, table)) is not None:
        return _ordered(stated, choices), Doubt.NONE
    found, doubt = _single(text, choices, table)
    if decided := _decided(text, found, choices):
        return (decided,), Doubt.LOOK
    if doubt is Doubt.NONE and (len(found) == 1 or done):
        return found, Doubt.LOOK if but(text) else doubt
    led = _led(text, choices, table)
    if led is not None and led[0]:
        return led
    if (led or doubt is Doubt.ASK or len(found) > 1) and (before := _before_brackets(text, choices, table)):
        return (before,), Doubt.LOOK
    if led is not None:
        return led
    if doubt is Doubt.ASK and _says_otherwise(text, found, choices, table):
        return (), Doubt.LIMITED
    if doubt is Doubt.ASK and ((not found and not says_nothing(fold(text))) or _told_apart(fold(text), table)):
        return (), Doubt.LIMITED
    return found, doubt


def _decided(text: str, found: tuple[str, ...], choices: tuple[Choice, ...]) -> str | None:
    """「一般社団法人（町が出資）」「株式会社（村が51％出資）」: the choice of whose own words one stands in brackets behind the name of another, or
    where none is named."""
    if drawn(text, choices) is not None:
        return None
    folded = fold("".join(_BRACKETED.findall(text)) if found else text)
    said = [
        choice.value
        for choice in choices
        if any(re.search(f"{re.escape(fold(word))}(?!{_TAKEN_BACK})", folded) for word in choice.decides)
    ]
    return said[0] if len(said) == 1 and len(found) < 2 and found != (said[0],) else None


_TAKEN_BACK = "[^、。()]{0,6}(?:なし|無し?|ない|ません|ず)"


def _before_brackets(text: str, choices: tuple[Choice, ...], table: Table) -> str | None:
    """「B（Aは昨年度実施済み）」「B　※Aへの変更も可」: a clear choice, and a remark that speaks of another without offering it."""
    text = _NOTED.sub(r"（\1）", text)
    outside, remarks = _BRACKETED.sub("", text), fold("".join(_BRACKETED.findall(text)))
    if not remarks or leaves_open(remarks) or _OFFERS.search(remarks):
        return None
    found, doubt = _single(outside, choices, table)
    said = len(found) == 1 and doubt is Doubt.NONE and mentions_another(remarks, found[0], table)
    return found[0] if said and word_for_word(remarks, table) in (None, found[0]) else None


_NOTED = re.compile(r"[\s　、。]*(?:[※*＊]|[\s　、。](?=なお))[\s　]*([^※()（）]{1,80})$")
_BRACKETED = re.compile(r"[(（][^()（）]{1,80}[)）]")
_OFFERS = re.compile(
    "未定|難しけれ|だめ|無理|でも(?:可|よ|良)|第?[1-9一二]希望|一部|[?？]|[a-z]か|迷|も(?:希望|選択|応募)|相談(?:した|させ)"
)


def _told_apart(folded: str, table: Table) -> bool:
    """「総務省HPは可、報道発表は不可」: two answers, each to something of its own."""
    return len({value for word, value in table.longest if re.search(f"は{re.escape(word)}(?:$|[、。,(])", folded)}) > 1


def _says_otherwise(text: str, found: tuple[str, ...], choices: tuple[Choice, ...], table: Table) -> bool:
    """「部局長の了承は得られておりません（担当課のみで検討）」: a remark names another choice plainly."""
    for remark in re.findall(r"[(（]([^()（）]{2,60})[)）]", text):
        again, _ = _named(remark, choices, table, False)
        if len(again) == 1 and again != found and _DENIES.search(fold(text)):
            return True
    return False


_DENIES = re.compile(r"(?:ていない|おりません|ていません|ていない|至らず|至っていない)[(]")


def _several(text: str, choices: tuple[Choice, ...], table: Table) -> tuple[tuple[str, ...], Doubt]:
    found, rest = _named(text, choices, table, True)
    folded = fold(text)
    named_all, found = found, _without_refused(folded, found, table)
    if found and found == named_all and _REFUSED.search(folded) and not leaves_out(text):
        return found, Doubt.LOOK  # 「実証事業（応募しない）」
    if (len(found) > 1 and leaves_open(folded)) or (
        found and leaves_open(folded) and mentions_another(text, found[0], table)
    ):
        return found, Doubt.ASK if any(
            value in CIRCLED for value in found
        ) else Doubt.LOOK  # plans may hang on one another
    if rest and found:
        return found, Doubt.ASK if any(char in CIRCLED for char in in_circles(text)) else Doubt.LOOK
    if not found and (by_place := _by_place(text, choices)):
        return by_place, Doubt.LOOK
    if not found and _NONE_OF_THEM.fullmatch(text.strip()):
        return (), Doubt.ASK  # 「⑫」 of eleven
    if not found and re.fullmatch("[1-9]{2,7}|[1-9]\\.[1-9]", folded):
        return (), Doubt.LIMITED  # 「135」: ①、③、⑤ run together, or not
    return found, Doubt.NONE if not rest else Doubt.ASK if says_nothing(folded) else Doubt.LIMITED


def _without_refused(folded: str, found: tuple[str, ...], table: Table) -> tuple[str, ...]:
    """「予算要求（実証事業は対象外）」: without what is said not to be."""
    refused: set[str] = set()
    for piece in re.split("[()、。,]", folded) if _REFUSES.search(folded) else ():
        if _REFUSES.search(piece):
            refused |= {value for word, value in table.longest if len(word) > 1 and word in piece}
    return tuple(value for value in found if value not in refused) if refused < set(found) else found


_ONLY_CIRCLES = re.compile(f"[{CIRCLED}、,・\\s　]{{1,40}}")
_REFUSED = re.compile("(?:応募|申請|提案|要求|実施|選択|希望)(?:は|を)?(?:しない|しません|せず|見送)")
_NONE_OF_THEM = re.compile(f"[{CIRCLED}、,・]{{1,20}}")
_REFUSES = re.compile(
    r"[はも](?:、)?(?:対象外|予定(?:なし|していない|しない|は?ない)|なし|しない|しません|不要|考えていない|見送|未定|検討中|(?:希望|応募|申請|提案|要求|実施|選択)し(?:ない|ません))"
)


def _by_place(text: str, choices: tuple[Choice, ...]) -> tuple[str, ...]:
    """「①、③」 where the choices themselves have no numbers: the first and the third, as a person may confirm."""
    plain = (
        fold("、".join(char for char in text if char in CIRCLED) or text)
        if _ONLY_CIRCLES.fullmatch(text)
        else fold(text)
    )
    if not re.fullmatch(r"[0-9、,・.()\s]{1,40}", plain) or any(choice.value[:1] in CIRCLED for choice in choices):
        return ()
    places = [int(one) for one in re.findall("[0-9]+", plain)]
    return (
        _ordered([choices[at - 1].value for at in places if 1 <= at <= len(choices)], choices)
        if places and max(places) <= len(choices)
        else ()
    )


def _single(text: str, choices: tuple[Choice, ...], table: Table) -> tuple[tuple[str, ...], Doubt]:
    written = fold(text)
    text = without_denied(_WITHOUT_PLANS.sub("", text), table)
    folded = fold(text)
    if (whole := word_for_word(text, table)) and folded == written:
        return (whole,), Doubt.NONE
    found, rest = _named(text, choices, table, False)
    if not found or (len(found) > 1 and rest):
        return found, Doubt.ASK
    if drawn(text, choices):
        return found, Doubt.ASK if rest else Doubt.NONE
    doubt = doubt_about(folded, written, found, table)
    if rest:
        left = _without_words(folded, found, table)
        doubt = max(doubt, doubt_beside(without_others(left)), Doubt.LIMITED if _IN_DOUBT.search(left) else Doubt.LOOK)
    if leaves_open(folded) and (len(found) > 1 or mentions_another(text, found[0], table)):
        doubt = Doubt.ASK
    return (found, doubt) if doubt <= Doubt.LOOK else ((), doubt)


def _without_words(folded: str, found: Iterable[str], table: Table) -> str:
    for word, value in table.longest:
        if value in found and len(word) > 1:
            folded = folded.replace(word, "\n")
    return folded


def _led(text: str, choices: tuple[Choice, ...], table: Table) -> tuple[tuple[str, ...], Doubt] | None:
    """A text that begins with its answer and goes on: 「可。2回とも対応可能です」. None where it doesn't begin so, or goes on to
    speak of another choice."""
    first, *others = clauses(text)
    value = word_for_word(first, table)
    if value is None or not others:
        return None
    doubt = Doubt.NONE
    for clause in others:
        if is_aside(clause, other=mentions_another(clause, value, table)):
            continue
        again, left = _single(clause, choices, table)
        if again != (value,):
            if again or mentions_another(clause, value, table):
                return ((), Doubt.LIMITED) if doubt_beside(fold(clause)) is Doubt.LIMITED else None
            left = doubt_beside(fold(clause))
            if left is Doubt.ASK and (len(fold(clause)) > _ABOUT_THE_ANSWER or _OF_SOMEBODY.match(clause)):
                left = Doubt.LOOK if _OF_SOMEBODY.match(clause) else Doubt.LIMITED
        doubt = max(doubt, left)
    return ((value,), doubt) if doubt <= Doubt.LOOK else ((), doubt)


def _named(text: str, choices: tuple[Choice, ...], table: Table, several: bool) -> tuple[tuple[str, ...], bool]:
    if value := one(text, table):
        return (value,), False
    ticked = drawn(text, choices)
    if ticked is not None:
        return tuple(choice.value for choice in choices if choice.value in ticked), False
    values = {choice.value for choice in choices}
    if values & set(CIRCLED):
        text = in_circles(text)
        circled = [char for char in text if char in CIRCLED]
        if circled:
            left_open = (_OR.search("".join(text.split())) or _UNDECIDED.search(text)) is not None
            return _ordered(circled, choices), left_open or not values.issuperset(circled)
    found, rest = _by_words(text, table, several)
    if rest and (mentioned := _mentioned(text, table, 3 if several else 1)):
        return _ordered(mentioned, choices), False
    return _ordered(found, choices), rest


def is_left_standing(text: str, choices: tuple[Choice, ...]) -> bool:
    """All of three and more choices one after the other, as the form prints them."""
    plain = _SEPARATORS.sub("", fold(text))
    return len(choices) >= 3 and plain == _SEPARATORS.sub("", fold("".join(choice.value for choice in choices)))


def _ordered(found: Iterable[str], choices: tuple[Choice, ...]) -> tuple[str, ...]:
    kept = set(found)
    return tuple(choice.value for choice in choices if choice.value in kept)


# --- lists and sentences ----------------------------------------------------------------------------------------------


# What stands between choices that names nothing: years, numbers of a list, the end of the sentence; the second where
# plans count.
_FILLER = re.compile(
    r"(?:令和|r)?(?:[0-9]{1,4}(?:年度?)?|元年度?)(?:当初|補正)?の?|[0-9]{1,2}[).]?|(?:とも|ともに|両方とも|いずれも)(?:了承|可|同意)?(?:済み?)?"
    r"|\((?!.{0,40}(?:しな|しません|せず|見送)).{0,80}\)|(?:を|に|へ|の)?(?:希望|応募|申請|選択)?(?:する|している|したい|します|しています|です)?"
)
_FILLER_OF_SEVERAL = re.compile(
    rf"{_FILLER.pattern}|(?:(?:令和|r)?[0-9元]{{1,4}}年度?|[来翌次]年度|庁内|役場内|団体内|本[都道府県市区町村])等?(?:に|で|の|は|から|にて|における|において|として)?|のみ|だけ|(?:への?)?(?:応募|申請|提案|活用|要求|計上|要望)?(?:を|に|へ|の|も)?(?:検討|予定|活用|提案|想定|計上|目指|行う|実施)(?:予定|中|す|している|したい|して(?:い|おり)ます|し|する|します|です)*"
)
# 「村長及び総務課長の了承」: who else agreed.
_ANOTHER_RUNG = re.compile(r"[一-龥]{1,8}(?:長|部|課|室|係|局|会)(?:まで|も|に)?(?:了承|了解|承認|決裁|合意|説明|報告)")
_OF_A_COURSE = re.compile(r"[a-z](?:こーす)?の?-?([0-9]{1,2})")  # 「B-3」: menu ③ of course B
_UNDECIDED = re.compile("(?:のうち|の中)(?:から)?[^。]{0,8}(?:未定|検討|相談|いずれ|どれ)")
_OR = re.compile(f"[{CIRCLED}](?:か|又は|または|もしくは|or)[{CIRCLED}]")
# 「、首長は3月中に説明予定」 beside what is agreed already
_STILL_TO_COME = re.compile(r".{3,60}(?:予定|未了|今後|これから|調整中|協議中|説明中|手続中|見込み?|待ち)(?:です)?")
_SEPARATORS = re.compile(r"[、,;/\n・]+|及び|および|と(?!も)|又は|または")


def _by_words(text: str, table: Table, several: bool) -> tuple[list[str], bool]:
    """What is between separators, one by one; where that isn't all, spellings cut out of the text, the longest first, and
    then what is left."""
    plain = re.sub(r"no\.?(?=[0-9])", "", fold(text)).replace("。", "\n")
    pieces = [piece for piece in _SEPARATORS.split(plain) if piece]
    said = [piece for piece in pieces if several or not _STILL_TO_COME.fullmatch(piece)]
    found, rest = _piece_by_piece(said, [], table, several)
    if found and not rest:
        return found, rest
    cut: list[str] = []
    for spelling, value in table.longest:
        if len(spelling) >= 3 and spelling in plain:
            plain = plain.replace(spelling, "\n")
            cut.append(value)
    return _piece_by_piece(_SEPARATORS.split(plain), cut, table, several)


_ADDS = re.compile(r"も|及び|並びに|\+|、|・")
_AT_END = re.compile(r"\((?![^()]*(?:未|しな|ない|ません|見送))[^()]{0,40}\)$")


def _piece_by_piece(pieces: Iterable[str], found: list[str], table: Table, several: bool) -> tuple[list[str], bool]:
    # The pieces were folded, so separators are half-width and spaces are gone.
    filler = _FILLER_OF_SEVERAL if several else _FILLER
    rest = False
    for piece in pieces:
        if not core(piece):
            continue
        plans = _AT_END.sub("", piece) if several else piece  # 「へ申請予定（R9）」
        value = one(piece, table)
        if (
            value is None
            and plans != piece
            and not _ADDS.search(piece)
            and not word_for_word(piece[len(plans) :], table)
        ):
            value = word_for_word(plans, table)  # 「その他（県補助金）」
        if value is None and (of_course := _OF_A_COURSE.fullmatch(piece)):
            value = one(of_course[1], table)
        if value is not None:
            found.append(value)
        elif not (found and (filler.fullmatch(plans) or (not several and _ANOTHER_RUNG.fullmatch(loose(piece))))):
            rest = True
    return found, rest


# 「首長了承（調整中）」 names nothing yet, nor does 「首長了承（4月予定）」 of what is to be done already; 「部局長了承（首長了承は3月予定）」 says what
# stands before it.
_ONLY_PLANNED = re.compile(r"[(（][\s　]*(?:調整中|協議中|説明中|手続中|未了)(?:です)?[\s　]*[)）][\s　]*$")
_PLANNED = re.compile(
    r"[(（](?:令和|r)?[0-9０-９年月日/.．\s上中下旬頃ごろ]{0,14}(?:中|まで)?(?:に)?(?:了承|決裁|説明|取得|を?得る)?(?:の)?(?:予定|見込み?|今後|後日|これから)(?:です)?[)）][\s　。]*$",
    re.IGNORECASE,
)
_WITHOUT_PLANS = re.compile(
    r"[(（][^()（）]{0,60}(?:予定|今後|これから|後日|将来|(?:採択|選定|決定)後|見込|説明中|調整中|協議中|まだ|未)[^()（）]{0,60}[)）]"
)
_IN_DOUBT = re.compile(
    r"未|予定|今後|これから|まだ|検討|調整|協議|説明|難|かね|条件|場合|相談|次第|限り|のみ|だけ|以外|除|見込|手続|待ち|なし|無|前|中$|ない|(?<![必ま])ず|否|不|(?<!是)非(?!常)|副|代理|元|次|又は|または|もしくは|or|か$|[?？]"
)


_NO_OBJECTION = re.compile(r"(?:問題|支障|異議|異存|差し?支え|心配|間違い|依存|遺漏)(?:は|も|が|等)?$")
# 「書きあり」「いえない」: the end of another word.
_HALF_A_WORD = re.compile("(?![にはもがとで])[ぁ-んー][ぁ-ん]")


def _mentioned(text: str, table: Table, shortest: int) -> list[str]:
    """The choices that a sentence mentions by words of that length; none where what is left of it may take them back."""
    left = without_politeness(fold(text))
    if len(left) > _LONGEST_SENTENCE:
        return []
    found: list[str] = []
    for word, value in table.longest:
        at = left.find(word)
        if at < 0 or len(word) < shortest:
            continue
        if len(word) <= 2 and _NO_OBJECTION.search(left[:at]):
            clear = False  # 「問題ない」 is no 「ない」
        elif len(word) == 1 and word.isascii():
            clear = re.search(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])", left) is not None
        else:  # a short word counts at the end: 「2回とも可」, not 「首長の考えによる」
            half = at > 0 and _HALF_A_WORD.match(left[at - 1 :]) is not None
            clear = len(word) >= 3 or (not half and loose(left).endswith(word))
        if clear:
            left = left.replace(word, "\n")
            found.append(value)
        elif len(word) == 1 and not word.isdigit():  # 「有　無」: another one that stands there, too
            return []
    return [] if _IN_DOUBT.search(left) else found
