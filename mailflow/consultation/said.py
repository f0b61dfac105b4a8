"""The new text of a mail as it was meant: without what it only quotes, takes back or strikes out (DESIGN §6).

In: the new text, without our own letter below it. Out: the same with wrapped lines joined. What stands there and is not meant
is left out, so that no reader has to know of it: 「先ほど2番でと返信しましたが、3番で」 is 「3番で」. It is left out only where the rest
names what is meant instead; what may still hold stays, and people are asked back. A table of what was and what is to be
becomes lines of what is to be. Pure; patterns bounded, anchored at the begin of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailflow.consultation.reading.lines import unwrapped
from mailflow.consultation.reading.words import any_of, either

# 「「3月24日14時に変更希望」などと書けばよいですか」「先ほど「2番で」と返信しましたが」, a form's own examples.
_EXAMPLE = re.compile(
    either(
        r"「[^」\n]{1,60}」(?=など|等|のよう|といった|と(?:ある|あり|表示|記載|書か|返信|送信|お伝え|メモ))",
        r"[(（]記入例[)）][^\n]{1,60}",
        r"(?<![\d時分半])~~(?=\S)[^~\n]{1,60}~~(?!\d)",  # struck out; not 「10:00~~12:00」
    )
)
_BUT = r"(?:が|けれど|ものの)[、,]?"
_EARLIER = any_of(
    r"昨夜|昨晩|先ほど|先程|さきほど|さっき|先日|先週|昨日|きのう|本日|今朝|今日|午前中?に",
    r"(?:一つ|ひとつ|1つ|１つ)?前の(?:メール|ご?連絡)|前回|お?電話(?:で|口で)は?",
)
_SENT = any_of(
    r"ご?(?:返信|回答|返答|連絡|報告)|お返事|お答え|お伝え|お送り|メール|送信|送(?:り|っ)|申し?上げ|お?願い|書(?:き|い)"
)
_BEGINS = r"(?:^|(?<=[。\n!！]))"
# What its writer said before, or was about to say.
_TAKEN_BACK = re.compile(
    either(
        # 「先ほど1番でお願いしますとご返信したところですが、」
        rf"{_BEGINS}[^。\n]{{0,10}}{_EARLIER}[^。\n]{{0,60}}?(?:」?と|」)(?:の)?(?:ご)?{_SENT}(?:を)?"
        rf"(?:し|いたし|致し|て(?:い|お)り)?(?:まし)?た(?:ところ|の)?(?:です|でした)?{_BUT}",
        # 「先日のメールで「18日10時、だめなら19日」とお願いしたところ、第一希望でお取りいただき」
        rf"{_BEGINS}[^。\n]{{0,10}}{_EARLIER}[^。\n]{{0,60}}?(?:」?と|」)(?:ご)?{_SENT}(?:を)?(?:し|いたし|致し)?(?:まし)?たところ[、,]",
        # 「1番でお願いします!……と言いたいところなのですが、」
        rf"{_BEGINS}[^。\n]{{0,60}}?と(?:言い|申し?上げ|お答えし|お?願いし|返信し|行き)たい(?:の|ところ)[^。\n]{{0,8}}?{_BUT}",
        # 「19日に変更していただこうとこのメールを書いておりましたが、」
        rf"{_BEGINS}[^。\n]{{0,60}}?(?:いただこう|お?願いしよう|送ろう)と[^。\n]{{0,10}}(?:書い|書き(?:始め|かけ)|作成し|準備し)て?(?:い|お)?り?(?:まし)?た{_BUT}",
        # 「17日と書くべきところを18日と書いてしまい」
        rf"{_BEGINS}[^。\n]{{0,30}}?日[^。\n]{{0,8}}と(?:書く|(?:記載|記入|入力)す)べきところを?[、,]?",
    ),
    re.MULTILINE,
)
# Words that may still hold, in what was said before and in what follows.
_STILL_OUT = re.compile(r"難し|都合が(?:悪|つか)|不都合|不在|不可|避け|使え(?:な|ま)|以外|NG", re.IGNORECASE)
_STILL_HOLDS = re.compile(
    r"でも(?!、)|も(?:可|空|構|対応|大丈夫|問題)|念のため|届い|届き|届く|受け取|確認(?:でき|いただけ|して)|届か"
)
_INSTEAD = re.compile(
    r"\d\s?(?:[日時番月:/(（]|つ目)|[1-5１-５]で|[月火水木金]曜|午[前後]|取り?消|キャンセル|第[一二三四五]|ところ[、,]|第一希望"
)
_CORRECTS = re.compile(
    r"(?:^|(?<=[。\n]))[^。\n\d]{0,8}訂正(?:です|します|いたします|致します|させて(?:くだ|いただ|頂)[^。\n]{0,10})?(?:。|$)",
    re.MULTILINE,
)
_SLIPPED = re.compile(
    r"(?:^|(?<=[。\n]))[^。\n\d]{0,40}(?:誤り|間違い|誤って)[^。\n\d]{0,16}(?:ので|ため)[、,]?", re.MULTILINE
)
_RIGHT_LINE = re.compile(r"^[^\S\n]{0,4}[(（]?正[)）:：]", re.MULTILINE)
_ITS_DAY = re.compile(r"同日|同じ日|その日|翌日|前日|翌週")
_CORRECTED = re.compile(
    r"に訂正(?:させて(?:ください|下さい|いただ[^。\n]{1,12}|頂[^。\n]{1,12})|します|いたします|をお願い(?:いたし|し)ます)"
)
# 「他の内容に変更はありません」「方法はオンラインで変更ありません」「電話（変更なし）」: nothing is asked for.
_UNCHANGED = re.compile(
    any_of(
        r"(?:それ|これ|以上)?(?:以外|他|ほか)の?[^。、\n\d]{0,8}",
        r"(?:方法|方式|形式|場所|参加者|出席者|人数|内容|電話番号|連絡先|メンバー|オンライン|電話|会議)[^。、\n\d]{0,8}?",
    )
    + r"[(（で]?[はにの]?(?:変更|変わり)(?:点)?は?(?:あ?りません|ございません|な[しく])(?:です)?[)）]?"
)
_METHODS = re.compile(r"オンライン|お?電話|(?:Web|Ｗｅｂ|ウェブ)会議|Teams|Ｔｅａｍｓ", re.IGNORECASE)
# 「【事由】出張日程の変更」: why, in any words, as long as they name no day.
_REASON = re.compile(
    r"^([^\S\n]{0,8}(?:\d{1,2}[.)．）]?|[■●◆・※*-])?[^\S\n]{0,4}[【\[（(]?(?:(?:変更|取り?消し?|キャンセル|辞退)の?)?(?:理[^\S\n]{0,4}由|事[^\S\n]{0,4}由)"
    r"[】\])）]?(?:[^\S\n]{0,3}[:：][^\S\n]{0,3}|[^\S\n]{1,6}|(?<=[】\])）])))(?=[^\n]{1,60}$)(?![^\n]{0,60}(?:\d\s?[日時/:：月]|不可|以外|場合|のみ|たら|れば))[^\n]{1,60}$",
    re.MULTILINE,
)
# 「手続：キャンセル」: the act as a field of its own, of the booking and nothing else.
_ACT_FIELD = re.compile(
    r"^[^\S\n]{0,8}(?:\d{1,2}[.)．）]?|[■●◆・※*-])?[^\S\n]{0,4}[【\[]?(?:手続き?|区分|種別|申請内容|連絡内容|お?申し?出の?内容)[】\]]?[^\S\n]{0,3}[:：]?[^\S\n]{0,6}"
    r"(?:予約の?)?(?:キャンセル|取り?消し?|取り?止め|取りやめ|中止)(?:希望|願い?)?[^\S\n]{0,4}$",
    re.MULTILINE,
)
_OF_A_BOOKING = re.compile(r"予約(?:日時|番号|内容)?|事前相談|相談(?:会|日)")
_OF_ELSE = re.compile(r"対象|応募|申請|セミナー|説明会|研修|様式|書類|参加")
# 「16時が都合がよいとのことでしたので、その時間で予約をお願いします」: its writer makes it the office's wish.
_ADOPTED = re.compile(
    r"(?<!空いている)(?<!空きがある)とのこと(?:でした|です)?(?:ので|から)、?\s?(?:その|この|そちら|こちら|同)の?(?:時間|日時|日程|枠|日|候補|方)?(?:で|にて|を)(?=[^。\n]{0,16}(?:お?願|予約|確定|希望|申し?込))"
)
# 「1番はまだ残っていますか。残っていれば1番、埋まっていましたら3番で」: the answer to what is asked is told already.
_IF_FREE = re.compile(
    r"(?:^|(?<=[。\n]))[^。\n]{0,60}?(?:残って|空いて)(?:い|お)り?ま(?:す|せん)(?:でしょう)?か[。?？]\s?(?=[^。\n]{0,4}(?:残って|空いて)(?:いれば|(?:い|お)りま?したら|いましたら|いたら))"
)
_WHERE_FREE = re.compile(
    r"(?:まだ)?(?:残って|空いて)(?:いれば|(?:い|お)りましたら|いましたら|いたら)、?(?:その|そちらの?)?(?=[^。\n]{0,12}(?:、|で))"
)
_WHERE_TAKEN = re.compile(
    r"(?<=[番日時分)])(?:を|で)?、(?:もし|既に|すでに)?(?:埋まって|塞がって|ふさがって)(?:(?:い|お)りましたら|いましたら|いれば|いたら|いる場合は)、?"
)
# A table of what was and what is to be.
_BEFORE, _AFTER = (
    re.compile(r"変更前|現在(?:の予約)?|現行|旧|元の?予約|予約済み?"),
    re.compile(r"変更後|変更希望|ご?希望|新|変更案"),
)
WIDEST_ROW = 200  # characters
REST = 400
_RULE = re.compile(r"[\s|｜:ー―─-]*")
_BETWEEN_CELLS = re.compile(r"[|｜\t]|[ \u3000]{2,}")
_OF_THE_SLOT = re.compile(r"日|時|曜|方\s?[法式]|形式")
_OF_ITS_WEEKDAY = re.compile(r"[（(](?:いずれも|どちらも|両日とも)[月火水木金](?:曜日?)?[)）]")
_HEADING_OF_REASONS = re.compile(
    r"^[^\S\n]{0,6}[<＜《〈【\[(（■●◆・]?(?:変更|取り?消し?|キャンセル|辞退)?の?(?:理由|事由|経緯)[>＞》〉】\])）]?[:：]?[^\S\n]{0,4}$",
    re.MULTILINE,
)
# A table's last cell of remarks, which change nothing: 「3/17(火) | 13:30-14:00 | 課長同席可」.
_REMARK = re.compile(
    r"(?:[課係部局]?[長員]|担当|主査|主任|補佐|全員|\d名)?(?:のみ)?(?:同席|参加|出席|対応|在席|在庁)?(?:可|可能|予定|のみ)?|備考|特になし|なし|[-ー―]"
)
# 「…希望　沢渡町　企画」「…いただけますか（楡原町・曽我）」: who writes, behind the last words.
_NAME = re.compile(
    r"(?<=[^\n])(?:[^\S\n]{1,4}[一-龥々ヶケァ-ヶー]{1,7}(?:[市町村県区]|組合|連合|企業団)(?:役場|役所|庁)?(?:[^\S\n]{1,3}[一-龥々ァ-ヶーA-Z]{1,14}){1,3}"
    r"|[（(][一-龥々ヶケァ-ヶー]{1,7}[市町村県区](?:役場|役所|庁)?[・\s　][一-龥々ァ-ヶー・\s　]{1,20}[）)])\s*$"
)
_ANOTHERS_NAME = re.compile(r"隣|近隣|両|他[市町村]|[市町村県区][^\n]*[・\s　][^\n]*[市町村]")
_HALF_OF_A_WEEK = re.compile(r"(?<=週)の?(?:前半|後半|中頃|半ば|中)の(?:うち|なか)[、で]{0,2}(?=[月火水木金]曜)")
_ABOUT_THE_LINE = re.compile(
    r"[（(](?=[^（）()\n\d]{2,24}[)）])[^（）()\n]{0,16}(?:カメラ|音声|マイク|Wi-?Fi|回線)[^（）()\n]{0,16}[)）]",
    re.IGNORECASE,
)
_AT_SUCH_A_TIME = re.compile(
    r"(?:土曜|日曜|休日|祝日|夜分|深夜|早朝|週末)(?:日)?(?:に|の)?(?:遅く)?(?:大変)?失礼(?:いたし|致し|し)ます。?"
)


def as_said(text: str) -> str:
    """The lines as they were written, and of them what is meant."""
    text = _EXAMPLE.sub(" ", unwrapped("\n".join(_as_lines(text))))
    meant = _TAKEN_BACK.sub(_unless_it_holds, text)
    if meant != text or _RIGHT_LINE.search(text):
        meant = _CORRECTED.sub("でお願いします", _CORRECTS.sub(" ", _SLIPPED.sub(" ", meant)))
    meant = _UNCHANGED.sub(_means_kept, _REASON.sub(r"\1", meant))
    if _OF_A_BOOKING.search(meant) and not _OF_ELSE.search(meant):
        meant = _ACT_FIELD.sub("予約をキャンセルします。", meant)
    for told in (_HEADING_OF_REASONS, _OF_ITS_WEEKDAY, _ABOUT_THE_LINE, _AT_SUCH_A_TIME):
        meant = told.sub("", meant)
    meant = _WHERE_TAKEN.sub("、だめなら", meant)
    if "だめなら" in meant:
        meant = _WHERE_FREE.sub("", _IF_FREE.sub("", meant))
    meant = _ADOPTED.sub("ので、", _HALF_OF_A_WEEK.sub("の", meant))
    return _NAME.sub(lambda found: found[0] if _ANOTHERS_NAME.search(found[0]) else "", meant)


def _as_lines(text: str) -> Iterator[str]:
    """「　　変更前　変更後／日付　3/19　3/18」: of each row the last column, under 「変更後」. Of other tables the remarks go."""
    inside = False
    for line in text.split("\n"):
        cells = _cells(line) if len(line) <= WIDEST_ROW else []
        if len(cells) >= 2 and _BEFORE.fullmatch(cells[-2]) and _AFTER.fullmatch(cells[-1]):
            inside = True
        elif inside and len(cells) == 3:
            if _OF_THE_SLOT.search(cells[0]):
                yield f"変更後の{cells[0]}：{cells[2]}"
        elif not (inside and _RULE.fullmatch(line)):
            inside = inside and not line.strip()
            bars = len(cells) > 2 and ("|" in line or "｜" in line)
            yield " | ".join(cells[:-1]) if bars and _REMARK.fullmatch(cells[-1]) else line


def _cells(line: str) -> list[str]:
    return [one.strip() for one in _BETWEEN_CELLS.split(line.strip(" |｜\u3000")) if one.strip(" -:")]


def _unless_it_holds(found: re.Match[str]) -> str:
    """Nothing, where the rest names what is meant instead, and what was said doesn't hold any more."""
    rest = found.string[found.end() : found.end() + REST]
    its_day = _ITS_DAY.search(rest)  # 「17日10時と申し上げましたが、同日の15時半で」
    if (
        its_day
        or _STILL_OUT.search(found[0])
        or _STILL_HOLDS.search(rest)
        or not _INSTEAD.search(f"{found[0][-4:]}{rest}")
    ):
        return found[0]
    means = _METHODS.search(found[0])
    return f"{means[0]}で、" if means and not _METHODS.search(rest) else " "


def _means_kept(found: re.Match[str]) -> str:
    """「方法はオンラインで変更ありません」 still names the means."""
    means = _METHODS.search(found[0])
    return means[0] if means else " "
