"""What a text says that no reader of days accounts for: second thoughts, doubts, limits said afterwards (DESIGN §6: never a guess).

The readers find what is wished; this one closes the reading. Whatever speaks of days, times or numbers in words of doubt, limit or
going back on something, and isn't part of what was understood, is asked back: an offer costs a reply, a wrong booking an
afternoon. In: an officer's words of one width. Out: the doubts, in Japanese. Pure; patterns bounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SENTENCE = re.compile(r"[^。\n!?！？]{1,400}")
_MENTIONS = re.compile(
    r"\d{1,2}\s?(?:[/月]\s?\d|日(?!間)|時(?!間)|:\d|番|つ目|枠|分)|(?<![\d/:.-])[1-9](?=[はがもでをだ])|午前|午後|夕方|来週|再来週|今週|週明け|曜|明日|明後日|日程|日時|時間|時刻|候補|相談|予約|開始"
)
# A wish that was given up, or is being thought over.
_GONE = re.compile(
    r"(?:お?願い|希望|参加|予約|申し?込み|相談)(?:を|に)?(?:し|いたし|致し)?(?:たかった|たく(?:存じ|思)[^。\n]{0,6}(?:が|けれど)|ようと(?:し|思|考え)[^。\n]{0,8}(?:が|けれど)|つもり(?:でした|だった)|(?:て(?:い|お))?(?:まし|りまし)た(?:が|ものの)(?=[、,]?[^。\n]{0,40}(?:入り|入っ|なり|なっ|でき|難|急|都合|変更|不在|中止|延期)))"
    r"|(?:と思って|と考えて|にしたいと思って)(?:い|お)(?:ました|りました)が"
)
_DOUBT = re.compile(
    r"かも(?:しれ|知れ)|可能性(?:が|も|は)|(?:おそれ|恐れ)が|不要に(?:なる|なり(?!ました))|迷って|迷い|悩んで|決めかね|決まら|まだ決ま|不透明|どうなるか|判断がつ|なりそう|かねそう|(?:検討|調整|確認|協議|相談)(?:中|して(?:から|おり|い(?:る|ます)))(?!の件)|調整(?:が|さえ)?(?:つけば|でき次第)|(?<!ご)都合が(?:つけば|つき次第)|(?:上記|これら)(?:の?[^。\n]{0,8})?[はをが][^。\n]{0,8}(?:都合が(?:悪|つか|合わ)|不可|難し|避け|除)|(?:承認|決裁|了解|了承|許可|確認)(?:を(?:得|取|もら|いただ)[^。\n]{0,4})?(?:後|のうえ|の上|して?から|てから)[^。\n]{0,12}(?:回答|連絡|返事|正式|決定|確定|申し?込)|(?<![\d/])[1-9]番?目?(?:以降|以前|以外|より(?:後|前))|保留|(?:れる|できる|える|かどう|可能)か(?:を|、)?教えて|お?待(?:ち|って)(?:くだ|下さ|いただ|頂|願)|によっては|しだい(?:で|に|と)|[しる]次第(?!です|で(?:ござ|あり))"
)
_INSTEAD = re.compile(r"(?:\d[^。\n]{0,14}|候補[^。\n]{0,6})[でにへを](?:お?願い|希望|変更|前倒し|振|お?ねが)")
_HARMLESS = re.compile(
    r"(?:遅れ|遅刻|途中(?:退席|退室|参加)|遅参)[^。\n]{0,8}(?:かもしれ|可能性|場合)|(?:後日|改めて|別途|追加)[^。\n]{0,14}(?:かもしれ|可能性)"
    r"|(?:書き方|記入|記載|様式|コース|課題|テーマ|内容)[^。\n\d]{0,16}(?:迷|悩)"  # what one wants to talk about, not when
    r"|^[^。\n]{0,24}\d{1,2}\s?分(?!\s?(?:遅|早|前|後|ずら))[^。\n]{0,12}(?:終わ|済|足り|十分|かから)[^。\n]{0,12}$"  # how long it will take
)
# What is thought over is whether and what to apply for, not when to talk.
_THE_APPLICATION = re.compile(
    r"(?:応募|申請|テーマ|課題|コース|取組|様式)[^。\n、\d]{0,14}(?:検討|調整|協議|準備|確認)(?:中|して(?:おり|い(?:る|ます|て)))(?:ます)?"
)
_LIMIT = re.compile(
    r"^[\s　]{0,4}(?:ただし|但し|ただ[、,\s]|ただ(?=\d)|もっとも[、,]|とはいえ|しかし|しかしながら|一方で)"
)
_UNDONE = re.compile(
    r"変更(?:は|が|など(?:は|が)?)?(?:ござい|あり)ま(?:す|せん)(?:でしょう)?か|"  # of a time that was given before
    r"内々に[^。\n]{0,20}(?:押さえ|確保|予約)|"
    r"空い?て(?:い|お)?(?:れば|りましたら|りますか|ますか|るか)[^。\n]{0,16}(?:検討|(?:上司|課長|課内|庁内|部内|担当)[^。\n]{0,6}(?:確認|相談|調整|協議))|(?:上司|課長|課内|庁内|部内)[^。\n]{0,4}[にとで](?:確認|相談|調整|協議)(?:し|いたし)ます|"
    r"(?:不要|取り?消|キャンセル|延期|見送|欠席|辞退)[^。\n]{0,10}(?:かも(?:しれ|知れ)|可能性|おそれ)"
    r"|(?:第\s?[一1]\s?希望|\x011\x01)\s?[はが:]?\s?[^。\n\d]{0,6}(?:追って|未定|調整中|後ほど|のちほど|検討中)"
)
_BOTH = re.compile(
    r"続けて(?:お願い|相談|予約)|1\s?時間半[^。\n]{0,6}(?:相談|お願い|確保|希望|いただ|頂)|\d[^。\n]{0,6}も(?:押さえ|おさえ|確保|取って)|続けて[^。\n]{0,6}相談|連続(?:で|して)|両日(?:とも)?に(?:渡|わた)|\d\s?日間|[2-9二三]日(?:に|間)(?:わたり|わたって|分けて)|(?:両方|どちらも|いずれも)(?:を|の枠|押さえ|確保|予約)|2回に分け|(?:うち|中から)[、\s]?[2-9二三]日(?!目|\()|(?<![\d週])(?<!週に)(?<!週当たり)(?<!週あたり)(?:[2-9]|1\d)時間(?!/週)(?:程度|ほど|くらい)?[^。\n]{0,6}(?:相談|お願い|確保|希望|お時間|いただ|頂)"
)
_ANOTHERS_TIME = re.compile(
    r"(?:課長|部長|係長|次長|局長|主幹|市長|町長|村長|副市長|上司|担当者?|先方|委託先|業者|議員|理事|専門家|[一-龥]{1,3}さん)の?(?:空いて|空き|都合の?(?:よい|良い|いい|つく)|予定の?(?:ない|合う))"
    r"|[県市町村課社][はが][^。\n]{0,16}\d[^。\n]{0,10}相談(?:する|される|を受ける|の予定)|県の(?:相談会|説明会|面談)は、?[^。、\n]{0,10}\d|同席(?:を|させて|した)"
)


_NEGATION = re.compile(
    r"(?<!い)(?:ませ[んぬ]|(?<![な少])ない(?!し)|(?<=[あかさたなまらわが])なく|なかった|未(?:定|確|決|了|承|調)[^\s、。]{0,2}|不(?:明|透|確|都|参)|[、,」]と[^。、,]{0,10}(?:申して|言って|話して)|とのこと(?!で(?:した|す)?(?:の|か)|なの)|撤回|どうな[りっ]|と(?:聞き|伺い)まし(?!た(?:ので|ため)))"
)
_NO_NEGATION = re.compile(  # courtesies, and what says yes by no
    r"構い(?:ま?せん|ない)|かまい(?:ま?せん|ない)|問題(?:は|も|が)?(?:あり|ござい)?(?:ま?せん|ない)|差し?支え(?:は|も)?(?:あり|ござい)?(?:ま?せん|ない)|支障(?:は|も)?[^。]{0,4}(?:ませ?ん|ない)|申し?訳[^。、]{0,8}(?:ませ?ん|ない)|すみません|恐れ入"
    r"|(?:でき|いただけ|頂け|もらえ|願え|くださ|下さ)(?:ま?せん|ない)(?:で(?:しょう|す))?か?|ませんか|ないでしょうか|なくて?も|遠慮なく|だけでなく|間違いな|お構いなく|少なく|限らず|問わ(?:ず|ない)|問いません|(?:ない|ません|つかない|できない)(?:場合|とき|時|よう)|なければ"
)


def taken_back(tail: str) -> str | None:
    """A negation, hearsay or withdrawal in the words behind a wish: 「2番を希望する課があり、まとまっておりません」."""
    found = _NEGATION.search(_NO_NEGATION.sub(" ", tail))
    return f"「{tail.strip()[:40]}」とあり、ご希望がはっきりしません" if found else None


def hesitates(text: str) -> tuple[str, ...]:
    """Words of doubt, whatever they are about: for a text that names no time."""
    return tuple(
        f"「{_around(text, one.start(), one.end())}」とあり、はっきりしません" for one in _DOUBT.finditer(text)
    )[:3]


def several(text: str) -> str | None:
    """More than one consultation, or a longer one, in words of any width."""
    found = _BOTH.search(text)
    return f"「{_around(text, found.start(), found.end())}」は、1回に1枠のため、お取りできません" if found else None


def doubts(text: str, ruled_out: Sequence[tuple[int, int]] = ()) -> Iterator[str]:
    """One a sentence; none for a text whose every mention of a time is plain. `ruled_out`: begin and end of days that were read as not
    wished: words of doubt behind one of them are about it."""
    for sentence in _SENTENCE.finditer(text):
        words, begin = _THE_APPLICATION.sub(lambda one: " " * len(one[0]), sentence[0]), sentence.start()
        if _HARMLESS.search(words):
            continue
        if found := _UNDONE.search(words):
            yield f"「{_around(words, found.start(), found.end())}」とあり、ご希望がはっきりしません"
            continue
        if not _MENTIONS.search(words):
            continue
        for pattern in (_GONE, _DOUBT, _ANOTHERS_TIME):
            found = pattern.search(words)
            if found is None or (pattern is _GONE and _INSTEAD.search(words, found.end())):
                continue
            if pattern in (_DOUBT, _GONE) and _about(words, begin, found.start(), ruled_out):
                continue
            yield f"「{_around(words, found.start(), found.end())}」とあり、ご希望がはっきりしません"
            break
        else:
            if _LIMIT.search(words) and not any(begin <= start < sentence.end() for start, _ in ruled_out):
                yield f"「{words.strip()[:40]}」とあり、ご希望がはっきりしません"


def _about(words: str, begin: int, at: int, ruled_out: Sequence[tuple[int, int]]) -> bool:
    """The last day named before the words of doubt is one that isn't wished."""
    before = [end for start, end in ruled_out if begin <= start < begin + at]
    return bool(before) and not _MENTIONS.search(words, max(before) - begin, at)


def _around(words: str, start: int, end: int) -> str:
    return words[max(0, start - 14) : end + 6].strip()
