"""Lines that a mail program or its writer wrapped, joined again: a line's end is not the end of what was said.

In: text as typed. Out: the same with a wrapped line on the one it goes on from. A line is joined to the next one where the first
ends no sentence and the second begins nothing of its own, and where one of these says that it was wrapped: it ends in a comma
or particle; the next begins with what begins no line; it is as long as lines of this text get. Items of a list, labelled
fields, headings, tables, rules, salutations and lines of days and times alone are never joined. Linear, bounded. Pure.
"""

from __future__ import annotations

import re
from unicodedata import east_asian_width, normalize

WIDEST = 104  # columns, a full-width character being two: no mail program wraps later
NARROWEST = 36  # one that is full is at least as long
SLACK = 4  # columns: a mark of punctuation may hang, or go to the next line
LONGEST = 1_000  # characters of a joined line

_DAY = r"(?:20\d\d\s?[年/.-]\s?|令和\s?\d{1,2}\s?年\s?)?\d{1,2}\s?[月/.]\s?\d{1,2}|\d{1,2}\s?(?:日|時|:\d\d|\([月火水木金土日])|[再さ来今翌]{1,3}週|[月火水木金](?:曜|\()|午[前後]|明[日後]|本日"
_BEGINS_DAY = re.compile(_DAY)
# What begins an item, a field, a heading, a rule, a quote. Texts are of one width here.
_ITEM = re.compile(
    r"[・･●○◎■◆□◇▼▽▲△※★☆*>|#+┃┏┗━―─═×✕]|[-=_~]{2}|-\s|\([\d一二三四五ア-オ]{1,2}\)|\d{1,2}[.、)](?!\d)|\d{1,2}[ \t]"
    r"|[ア-オa-eA-E][.)]\s?|第\s?[\d一二三四五]\s?(?:希望|候補)|候補\s?\d|[\[【〔<《「]|記$|以上|敬具|敬白|拝啓|拝復|前略|草々|(?:TEL|FAX|Tel|Fax|Mail|E-?mail|URL)\b"
)
_CIRCLED = re.compile(r"\s{0,8}[①-⑳❶-❿]")
_LABEL = re.compile(r"[^、。:\n]{0,13}[^、。:\n\d]\s{0,3}:")
_WISH = re.compile(r"第\s?[\d一二三四五]\s?(?:希望|候補)")
_CHOICE = re.compile(r"[\d、,・番とか\s]{1,12}(?:です|で|を|$)")
_TABLE = re.compile(r"\t|\S[ \u3000]{2,}\S|[|│]|[○◎△×].{0,12}[○◎△×]")
_RULE = re.compile(r"[^\w]{3,}")
# A line of these alone is one of a list, whatever it ends in: 「3/16 10時から」.
_BARE = re.compile(
    r"(?:[\d/:月日時分年()火水木金土曜半~・\s-]|令和|午前中?|午後|終日|から|まで|より|以降|頃|の|、|または|か){1,60}"
)

_ASKED = re.compile(r"よろしく|宜しく|お?願い|おねがい")  # 「4で／よろしく」
_ENDED = re.compile(r"[。!?:;…♪)\]】」』]$")
_BRACKET = re.compile(r"[)」』]$")
_CLOSED = re.compile(
    r"(?:です|ます|した|ません|下さい|ください|でしょうか|ますか|とおり|通り|次第|様|さま|殿|御中|各位|先生|以上|敬具|記)$"
)
_COMMA = re.compile(r"[、,]$")
_PARTICLE = re.compile(
    r"(?:[をにはがのともへでやてば]|から|より|ので|ため|たら|なら|おり|により|にあたり|につき|ながら|だけ|まで|など)$"
)
_SUSPENDED = re.compile(r"(?:[一-龥ぁ-ん][りしくずき]|ほど|たい|ない|いる|する|ある|できる|れる|という|といった)$")
# What no sentence begins with.
_GOES_ON = re.compile(
    r"[、。,.)」』】!?ぁぃぅぇぉっゃゅょゎーんを]|~\s?\d|または|又は|もしくは|若しくは|あるいは|以降|から|まで(?!に?な)|か\s?\d|(?:は|が|に|と|の|も|へ)[、,]|(?:ます|ました|ません|です|でした|でしょう|ください|下さい|ので|ため|けれど|ですが|ますが|にて|については|について|よう[なにで]|こと[がはをも]|もの[がはをで]|際[はに、])"
)
# One day or time, cut in two: 「午／前10時」「3月1／6日」「10時~1／1時」.
_CUT = tuple(
    (re.compile(ends), re.compile(begins))
    for ends, begins in (
        (r"午$", r"[前後]"),
        (r"(?:20|令和\s?)\d{0,2}年\s?$|令和$|20\d\d年\d?$", r"\d{0,2}[年月]"),
        (r"\d月\s?\d?$", r"\d{0,2}日"),
        (r"\d時\s?\d?$", r"\d{0,2}分"),
        (r"時$", r"間"),
        (r"[\d分時日)]$", r"~\s?\d|(?:から|まで|以降)(?!に?な)"),
        (r"[\d分時日)]か$", r"ら"),
        (r"[\d分時日)]ま$", r"で"),
        (r"(?:~|午[前後])\s?\d?$", r"\d{0,2}(?:時|:\d\d)"),
    )
)
_KANA = re.compile(r"[ぁ-ん]")
_IN_A_WORD = re.compile(r"[ぁ-ん].|[ァ-ヶー][ァ-ヶー]", re.DOTALL)
_SPOKEN = re.compile(r"[ぁ-ん]$")
_OF_A_VERB = re.compile(r"[がのにをはともでくけら]|ため|から|よう|か[。、]")
_ENDS_TIME = re.compile(r"(?:[\d日時分半台)頃曜]|午[前後]中?|終日|夕方|AM|PM|am|pm)$")
_OF_A_TIME = re.compile(r"[のにはがをもでとや~]|から|まで|より|以降|[頃分時日月番名半台間程(]|\d{1,2}(?::\d\d|時)")
_OPENS = re.compile(
    r"よろしく|宜しく|何卒|どうぞ|なお|また、|ただし|つきまして|お世話|いつも|平素|標記|標題|さて|ご多|お忙|お手数|恐れ入|以上"
)  # a sentence of its own, mostly


def unwrapped(text: str) -> str:
    lines = text.split("\n")
    full, often = _full(lines)
    made: list[str] = []
    joined = False
    for number, line in enumerate(lines):
        if made and len(made[-1]) + len(line) <= LONGEST and _goes_on(lines[number - 1], line, full, joined, often):
            made[-1] = _joined(made[-1], line)
            joined = True
        else:
            made.append(line)
            joined = False
    return "\n".join(made)


def _full(lines: list[str]) -> tuple[int, bool]:
    """From how many columns on a line of this text is full, more than any where its lines aren't wrapped by width; and whether
    several of its lines are, and end no sentence."""
    written = [one for one in lines if "://" not in one and not _RULE.fullmatch(one.strip())]
    longest = max((_width(one.rstrip()) for one in written), default=0)
    if not NARROWEST <= longest <= WIDEST:
        return WIDEST + 1, False
    full = longest - SLACK
    return full, sum(_width(one.rstrip()) >= full and not _ENDED.search(one.rstrip()) for one in written) > 1


def _goes_on(line: str, following: str, full: int, joined: bool, often: bool) -> bool:
    """Whether `following` goes on with `line`. `joined`: `line` itself goes on with one before it."""
    first, second = normalize("NFKC", line[:LONGEST]).strip(), normalize("NFKC", following[:LONGEST]).strip()
    if not first or not second:
        return False
    if _open_brackets(first) > 0 > _open_brackets(second):
        return True
    if any(ends.search(first) and begins.match(second) for ends, begins in _CUT):
        return True
    if _TABLE.search(first) or _TABLE.search(second):
        return False
    item = not joined and bool(_ITEM.match(first) or _LABEL.match(first))
    if _indent(following) > (_indent(line) if not item else WIDEST):
        return False
    if _ENDED.search(first) and not (_BRACKET.search(first) and (_GOES_ON.match(second) or _OF_A_TIME.match(second))):
        return False
    own = bool(
        _CIRCLED.match(following)
        or _ITEM.match(second)
        or _LABEL.match(second)
        or _RULE.match(second)
        or _CHOICE.fullmatch(second)
    )
    if own and not (_WISH.match(second) and re.search(r"[をはがと、]$", first)):
        return False
    prose = len(_KANA.findall(first)) >= 3
    day = bool(_BEGINS_DAY.match(second))
    bare = not joined and bool(_BARE.fullmatch(first))
    if bare and (day or not re.search(r"[をにはがもで]$", first)):
        return bool(_GOES_ON.match(second))
    in_a_word = bool(_IN_A_WORD.fullmatch(f"{first[-1]}{second[0]}"))
    wide = _width(line.rstrip()) + _first_word(second) >= full and (prose or in_a_word)
    if _GOES_ON.match(second) and (not item or wide):
        return True
    if _CLOSED.search(first):
        goes_on = bool(_OF_A_VERB.match(second)) or (often and not _SPOKEN.search(first))
        return wide and goes_on and not _OPENS.match(second)
    if item and not wide:
        return False
    if _COMMA.search(first) or _PARTICLE.search(first):
        return prose or wide or bool(_ASKED.match(second))
    if wide and not often and _ENDS_TIME.search(first):
        return bool(_OF_A_TIME.match(second))
    if wide:
        return not _OPENS.match(second)
    return bool(_SUSPENDED.search(first)) and prose and not day and not _OPENS.match(second)


def _open_brackets(line: str) -> int:
    return sum((char in "(「『") - (char in ")」』") for char in line)


def _joined(line: str, following: str) -> str:
    line, following = line.rstrip(" \t"), following.lstrip()
    apart = re.search(r"[0-9A-Za-z:)]$", line) and re.match(r"[0-9A-Za-z(]", following)
    return f"{line} {following}" if apart else f"{line}{following}"


def _width(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in line[: 2 * WIDEST])


def _first_word(line: str) -> int:
    """Columns of what a mail program wouldn't have broken."""
    word = re.match(r"[0-9A-Za-z/:.@-]{1,30}|.", line)
    return _width(word[0]) if word else 0


def _indent(line: str) -> int:
    return _width(line) - _width(line.lstrip())
