"""An officer's words made ready for reading: one width, digits for kanji numerals, no numbers that are no times.

In: the new text of a mail. Out: text of the same meaning, bounded. What is masked is replaced by a space or a mark that
no reader takes for a day. Pure; patterns bounded, without nested quantifiers.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.consultation.reading.marks import written_out

MAX_TEXT = 6_000  # characters: a request says what it wants in its first screen
LAST_HOUR = 17
ORDER = "\x01"  # before a number that only counts wishes: ①, 第1希望
_CIRCLED = {chr(0x2460 + n): f"{ORDER}{n + 1}{ORDER}" for n in range(9)}
_CIRCLED |= {chr(0x2776 + n): f"{ORDER}{n + 1}{ORDER}" for n in range(9)}
_KANJI = {char: number for number, char in enumerate("一二三四五六七八九", 1)} | {"〇": 0, "元": 1}
_KANJI_NUMBER = re.compile(r"([一二三四五六七八九十〇]{1,3})(?=月[一二三四五六七八九十〇\d])|(?<=月)([一二三四五六七八九十〇]{1,3})(?=日)|(?<![一-龥])([一二三]?十[一二三四五六七八九]?)(?=日[\s(のはにで、か午])|([一二三四五六七八九十〇]{1,3})(?=時(?!間))|(?<=時)([一二三四五六七八九十〇]{1,3})(?=分)|(?<=令和)([一二三四五六七八九十元〇]{1,3})(?=年)")  # fmt: skip
_WISH = re.compile(
    r"(?<!を)(?<!が)第\s?([1-9一二三四五])\s?(?:希望|候補)(?:日時?)?(?!の?(?:方|ほう|で))\s?[:：]?|(?<![\d第])([1-5])位\s?[:：]|第\s?([1-5])(?=\s{1,3}\d{1,2}[/月])|(?:No\.?|候補)\s?([1-5])(?=\s?[=:]|\s\d)"
)
_ENGLISH = dict(zip(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "月火水木金土日", strict=True))
_ENGLISH_DAY = re.compile(
    r"(?<=\d)\s?\(?(mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\b\.?\)?", re.IGNORECASE
)
_HELD_TIME = re.compile(
    r"(?<=[時分半\d])(?:から|より|の分|開始)?を(?=\s?(?:午前|午後)?\d{1,2}(?:時|:\d)[^。\n]{0,10}[にへ](?:変更|変え|振|替|移|ずら|改め))"
)  # 「14時からを15時からに変更」
_HELD_FROM = re.compile(
    r"(?<=[日時分半曜)])から(?=\s?(?:\d{1,2}[月/])?\d{1,2}(?:日|時|:\d\d)(?:\([月火水木金]\))?(?:の?\d{1,2}時)?(?:半|\d\d分?)?[にへ](?:変更|振|移|ずら|変え))"
)  # 「18日から24日に変更」
_WRONG_LINE = re.compile(r"\(誤\)[^\n]{0,80}?(?=\(正\)|\n|$)")  # 「(誤)3月16日 (正)3月17日」
_HALF_A_WEEK = re.compile(
    r"(?<=週)の?(?:前半|後半|中頃|半ば)?\s?\(([月火水木金])曜?\s?([~・、-])\s?([月火水木金])曜?\)"
)  # 「来週前半（月〜水）」: the brackets say it
_WRONG_AND_RIGHT = re.compile(r"^\s{0,4}誤\s?[):](?=[^\n]{1,80}\n{1,2}\s{0,4}正\s?[):])", re.MULTILINE)
_WAS_WRONG = re.compile(r"[^。\n]{0,40}(?:誤っ|間違(?:っ|え)|誤り)[^。\n]{0,12}(?:た|す)(?=。|\n)")
_SPLIT = re.compile(
    r"(?<=\d月)\n(?=\d{1,2}日)|(?<=\d時)\n(?=\d{1,2}分)|(?<=\d)\n(?=[日時月](?!曜|程))|(?<=\d日)\n(?=\([月火水木金]\))"
)
_HALF_AND_DAY = re.compile(
    r"(午[前後])(?:でしたら|なら|であれば|は)、?\s?((?:\d{1,2}[月/])?\d{1,2}日?(?:\([月火水木金]\))?(?:(?:か|と|、)(?:\d{1,2}[月/])?\d{1,2}日?(?:\([月火水木金]\))?)?)(?=(?:、|か)?\s?(?:午[前後]|で|が|を|に|$))"
)  # 「午前でしたら16日、午後でしたら18日」
_APPOSITION = re.compile(
    r"(?:^|(?<=。))[^\S\n]{0,4}(?:前日|翌日|前週|翌週)の(?=\d{1,2}[/月]\d)", re.MULTILINE
)  # 「…おりません。翌週の3/17に」: the date says it; behind another date it would be read of that one
_ARROW = re.compile(r"\s?[→⇒]\s?(?=[^\n→⇒]{4,30}(?:に|へ)?\s?(?:変更|振り?替|移))")  # 「3/18 14:00→3/17 14:00に変更」

# What holds digits or words of time and is no wish. Each is bounded.
_MASKS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"https?://\S{1,500}",
        r"[\w.+-]{1,64}@[\w.-]{1,120}",
        r"〒?\s?(?<!\d)\d{3}-\d{4}(?!\d)(?!-)",
        # with 「まで」 behind it, which is no end of a time: 「11時に 0265-22-1111 までお電話を」
        r"(?<![\d/])\(?0\d{1,4}\)?[-(\s]{1,2}\d{1,4}[-)\s]{1,2}\d{3,4}(?!\d)(?:[^\S\n]?\)?[^\S\n]?(?:宛て?)?まで(?!に))?",
        r"(?<!\d)0\d{9,10}(?!\d)",
        r"\(0\d{1,4}\)\s?\d{1,4}-\d{3,4}(?!\d)",
        r"(?:内線|直通|FAX|TEL|電話番号|代表)\s?[:：]?\s?[\d()-]{2,20}(?:\s?\([^)\n]{1,12}\))?",
        r"\(内線\s?[:：]?\s?[\d\s-]{1,12}\)",
        r"[A-Z]{1,3}\d{1,2}-\d{1,2}-[0-9A-Za-z]{4,12}(?:-S?\d{1,2})?",  # our numbers: R8-1-202053-S1
        r"(?:会議|ミーティング)?ID\s?[:：]?[^\S\n]?(?:\d{2,6}[^\S\n-]?){2,5}",
        r"(?:受付|開庁|業務|勤務|執務|対応|営業|連絡可能|在席|在庁|窓口)時間[はがの:：、\s]{0,3}[^。\n、]{0,60}(?:、\s?\d{1,2}[:時][^。\n、]{0,20})?",
        r"[月平]日?曜?日?\s?[~-]\s?金曜?日?\)?\s{0,3}(?:8:[0-5]\d|8時半?|9:00|9時)\s?[~-]\s?1[78][:時][0-5]?\d?分?",
        # behind a name; behind a day it says why that one isn't free
        r"(?<=[一-龥ァ-ヶ])[^\S\n]*\((?:平日|開庁|窓口|[月日]?[~-]?金?)?[:\s]*(?:8:[0-5]\d|8時半?|9:00|9時)\s?[~-]\s?1[678][:時][0-5]?\d?分?[、\s]*(?:平日|土日祝?日?(?:を|は)?除く|土日祝?日?休み?)?\)",
        r"^[^\S\n]{0,4}[※*][^\S\n]?[×✕]は[^\n\d]{1,60}$",  # why a table's days are out
        r"合同庁舎",
        r"(?:公募|応募|募集|申込み?|提出|受付)?期間[はがの:：、\s]{0,3}[^。\n、]{0,60}",
        r"\((?:申し?込み?|応募|公募|締め?切|期限|募集)[^()\d]{0,10}\)",
        r"会議室[^。\n\d、]{0,10}\d{1,2}[:時][^。\n、]{0,20}",
        r"第\s?\d{1,3}\s?(?:版|回|号|条|項|章)",
        r"\d{1,2}\s?次公募",
        r"令和\s?\d{1,2}\s?年度|R\s?\d{1,2}\s?年度|\d{4}\s?年度|\d{1,2}\s?年度",
        r"\d\(\d\)",
        r"\d{1,4}番(?:地)?\s?\d{1,4}号",  # where an office stands
        r"\d{1,4}[^\S\n]?(?:名|人|団体|件|ページ|頁|枚|部|円|万|億|%|字|文字|項目|箇所|か所|カ所|階|丁目|番地|MB|KB)",
        r"(?:メニュー|コース|様式|別紙|別添|資料|項目|設問|質問|問)\s?\d{1,2}(?!\s?[月/:時])",
        r"\d{1,2}月\s?\d{1,2}日\s?付け?",
        r"\d{1,2}/\d{1,2}\s?付け?",
        r"4月(?:上旬|中旬|下旬)|\d{1,2}月(?:上旬|中旬|下旬)頃?",
        r"\d{1,2}\s?(?:日|営業日|週|ヶ月|か月|カ月)(?:間(?![後前])|以内|前(?!の(?:同|午|\d)|[にへ](?:変更|移|ず|し))|ほど|くらい|程度)",
    )
)


def readable(text: str) -> str:
    """The text as `tokens` wants it."""
    plain = text[:MAX_TEXT].replace("\x01", " ")
    for char, mark in _CIRCLED.items():
        if char in plain:
            plain = plain.replace(char, mark)
    plain = normalize("NFKC", plain).replace("午后", "午後")
    plain = re.sub(r"ゴ(ゼン|ゴ)(?=\s?\d)", lambda found: "午前" if found[1] == "ゼン" else "午後", plain)
    plain = re.sub(r"(?<=\d)ジ(?![ァ-ヶー])|(?<=\d)ジ(?=ハン)", "時", plain)
    plain = re.sub(r"(?<=\d)にち", "日", re.sub(r"(?<=\d)じ(?!かん|[ゃゅょ])", "時", plain))
    plain = re.sub(r"(?<=\d)じかん", "時間", plain)
    plain = re.sub(r"(?<=[致しき頂願])度(?=[。、\s]|く|候)く?", "たく", plain)  # 「出席致し度」
    plain = re.sub(r"(?:お)?(?:たの|頼)み(?=ます|たい|たく|申)", "お願いし", plain)
    plain = re.sub(r"(?<![一-龥みむ])あいて(?=い[るまれ]|おり|ま[すせ]|る)", "空いて", plain)
    plain = _APPOSITION.sub("", re.sub(r"[〜～∼˜⁓]", "~", plain))
    plain = re.sub(r"(?<=[^\s>])[^\S\n]?>[^\S\n]?(?=\d)", "、", plain)  # 「3/18 10時＞3/19 10時」
    plain = _SPLIT.sub("", re.sub(r"(?<=\d);(?=\d\d)", ":", plain))
    plain = re.sub(r"(?<![\d/:.-])(\d{1,2})\s?[-~]\s?(\d{1,2})(?=\s{1,6}[○◎△▲×✕✖])", r"\1時~\2時", plain)
    if _WRONG_AND_RIGHT.search(plain):
        plain = re.sub(r"^\s{0,4}正\s?[):]", "(正)", _WRONG_AND_RIGHT.sub("(誤)", plain), flags=re.MULTILINE)
    if "(正)" in plain:
        plain = _WAS_WRONG.sub(" ", _WRONG_LINE.sub(" ", plain)).replace("(正)", " ")
    plain = re.sub(
        r"(?<![\d/:.月-])(\d{1,2})(?=\s?[~・]\s?\d{1,2}日)(?![~・]\d{1,2}日間)", r"\1日", plain
    )  # 「16~18日」
    plain = _HALF_AND_DAY.sub(r"\2\1", plain)
    plain = _HALF_A_WEEK.sub(
        lambda found: found[1] + ("曜から" if found[2] in "~-" else "曜・") + found[3] + "曜", plain
    )
    plain = re.sub(r"(?<=午[前後])を(?=、?\s?午[前後][^。\n]{0,8}[にへ](?:変更|替|移|振|ず))", "の予定を", plain)
    plain = re.sub(r"(?<=[時分半\d])\s?(?:→|⇒)\s?(?=同日)", "からの予定を", plain)
    plain = re.sub(r"^[^\S\n]{0,4}([1-5])\s?/\s?(?=\d{1,2}月)", rf"{ORDER}\1{ORDER}", plain, flags=re.MULTILINE)
    plain = _HELD_FROM.sub("の予定を", plain)
    plain = _HELD_TIME.sub("からの予定を", _ARROW.sub("からの予定を", plain))
    plain = re.sub(r"(?<![一二三四五六七八九])[◯〇](?=\s|$|[、,/\d午終])", "○", plain, flags=re.MULTILINE)
    plain = re.sub(r"([ap])\.?m\b\.?", lambda found: f"{found[1].upper()}M", plain, flags=re.IGNORECASE)
    plain = re.sub(r"[【\[〔]([月火水木金土日])(?:曜日?)?[】\]〕]", r"(\1)", plain)
    plain = _ENGLISH_DAY.sub(lambda found: f"({_ENGLISH[found[1].lower()]})", plain)
    plain = re.sub(
        r"(?<=[日)\d] )(\d{1,2})\.(00|15|30|45)(?=\s?(?:~|-|[〜～]|から|より|で|$))",
        r"\1:\2",
        plain,
        flags=re.MULTILINE,
    )
    plain = re.sub(r"(?<=\d)T(?=\d\d:)", " ", plain)
    plain = re.sub(r"[‐-―−ー](?=\s?\d)", "-", plain)
    plain = _WISH.sub(lambda found: f"{ORDER}{_number(next(one for one in found.groups() if one))}{ORDER}", plain)
    plain = _KANJI_NUMBER.sub(lambda found: str(_number(found[0])), plain)
    plain = re.sub(
        r"(?<=\d)\s{1,2}(?=[月時分/:]|日(?![時程付間]))|(?<=[月年])\s{1,2}(?=\d)|(?<=時)\s(?=\d{1,2}分)", "", plain
    )
    for mask in _MASKS:
        plain = mask.sub(" ", plain)
    return written_out(_lists(plain))


def _number(text: str) -> int:
    """「十八」 → 18; digits as they are."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:  # 「一四時三〇分」
        return int("".join(str(_KANJI.get(one, 0)) for one in text) or 0)
    return 10 * (_KANJI.get(tens, 1) if tens else 1) + (_KANJI.get(ones, 0) if ones else 0)


_DAY_LIST = re.compile(r"(?<![\d/:.月-])\d{1,2}(?:\s?[・,、]\s?\d{1,2}){1,9}(?=日)")
_DAY_LIST_ALONE = re.compile(
    r"(?<![\d/:.月番-])(?<!開始は)(?<!時間は)(?<!時刻は)(?<!開始時刻は)(?<!日の)\d{1,2}(?:\s?[・,、]\s?\d{1,2}){1,4}(?=の(?:いずれか|どれか|どこか|うち|中で))"
)  # 「16、18、19のいずれかで」
_DAY_LIST_OF_MONTH = re.compile(r"(\d{1,2})([月/])(\d{1,2}(?:日?\s?[・,、]\s?\d{1,2}){1,9})日?(?!\s?[/月:時\d])")


def _lists(text: str) -> str:
    """「16・17・18日」 → 「16日、17日、18日」; 「3/16、17、18」 → 「3/16、3/17、3/18」."""
    text = _DAY_LIST_OF_MONTH.sub(
        lambda found: "、".join(f"{found[1]}月{day}日" for day in re.findall(r"\d{1,2}", found[3])), text
    )
    text = _DAY_LIST_ALONE.sub(_as_days, text)
    return _DAY_LIST.sub(lambda found: "日、".join(re.findall(r"\d{1,2}", found[0])), text)


def _as_days(found: re.Match[str]) -> str:
    """Numbers that are days: one of them is no hour of an office, nor a number of an offer."""
    numbers = re.findall(r"\d{1,2}", found[0])
    days = max(map(int, numbers)) > LAST_HOUR and all(1 <= int(one) <= 31 for one in numbers)
    return "、".join(f"{one}日" for one in numbers) if days else found[0]
