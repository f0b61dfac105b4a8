"""Whether a mail is about the consultation (事前相談会) where no sentence wishes for one in so many words: by its subject, by a
day and an hour under it, by what is called off (DESIGN §3 `also-asks`, §4 "Kinds").

In: title and sentences as `intents` made them plain. Out: yes or no. Pure; patterns bounded, no nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import normalize

from mailflow.intake.covering import only_thanks
from mailflow.intake.wishes import WISHES
from mailflow.model import Intent

# A subject about the consultation makes a sentence about an appointment a wish for one.
CONSULT_MATTER = re.compile(r"事前相談|相談会")
# 「申込方法について」 asks how; 「実施方法変更届」「変更（日時・方法）」 are about by which means one talks.
HOW_TO = r"(?<!実施)(?<!相談)(?<!相談の)(?<!・)(?<!及び)(?<!と)方法(?!(?:の|を)?変更)"
_HOW = re.compile(
    r"(?:申し?込み?|予約)(?:の)?(?:方法|先|フォーム|手順)(?!(?:が|から|は)[^。]{0,14}(?:開け|開か|使え|表示|送信|エラー|でき))|(?:申し?込み?|予約)(?:は|を|には?)[^。]{0,8}(?:どのように|どうすれば|どうしたら|どうやって)|どこ(?:から|に|へ)|申し込めばよ|申し込めばい"
)
# 「担当を引き継ぎました。…で予約をお願いします」: it tells something else too.
BOOKS = re.compile(r"(?<!室)(?<!室の)(?:予約|相談)(?:を)?(?:お?願い|希望|した[いく]|させて)")
# A talk, but not this one: 「製品をご紹介したく、18日14時からお時間を」.
_OTHER_TALK = re.compile(
    r"歓送迎会|懇親会|電話番(?!号)|当番表|折り返し[^。]{0,8}お?電話|視察|取材|弊社|当社|製品|派遣|講師|講演|見学|(?:法律|住民|市民|行政|移住|就職|税務|納税|年金|健康|育児|子育て|創業|起業|融資|経営)相談|受け?入れ"
)
_SELLS = re.compile(
    r"配信停止|参加無料|(?:株式会社|有限会社|合同会社)[^。]{0,40}営業|ソリューションの?ご提案|取材|テスト送信|送信テスト|疎通(?:確認|試験)|(?:弊社|当社|製品|サービス)[^。]{0,40}(?:紹介|提案|説明|デモ)|(?:株式会社|有限会社)[^。]{1,40}(?:申します|ございます|です)。[^。]{0,60}ご?(?:紹介|提案)(?:させ|した|いた|の)"
)
_OUR_MATTER = re.compile(r"事前相談|応募|様式|公募|計画策定|申請|予約(?:を)?いただいて")
# 「中央公民館　御中」「フロントご担当者様」: the mail is another's.
_ADDRESSEE = re.compile(
    r"^[^\S\n]{0,40}([^\s\n、。:@>]{2,24}?)[^\S\n]{0,3}(?:御中|ご?担当者?[^\S\n]?(?:様|さま|殿))[^\S\n]{0,4}$",
    re.MULTILINE,
)
_OURS = re.compile(
    r"事務局|総務省|計画策定|地域社会|パッケージ|DX|デジタル|通信局|公募|応募|相談|受付|窓口|事業|関係|補助|支援|お世話|^ご?$",
    re.IGNORECASE,
)
_OUR_PROGRAMME = re.compile(r"地域社会|パッケージ|相談会|予約(?:いただ|して)[^。]{0,8}相談")
_OTHER_GRANT = re.compile(r"交付金|補助金|助成金")
_OTHER_SECRETARIAT = re.compile(
    r"^(?!.*(?:計画策定|地域社会|パッケージ|総務省|公募|応募|相談|本事業|DX推進|運営))\S{3,}事務局$"
)
_TO_COLLEAGUES = re.compile(r"(?:[課庁部係局室]内|職員|関係[課各])各?位|【回覧】")
_TALK = re.compile(r"相談|面談|日程|日時|希望日|候補日|リスケ|予約|約束|お?電話の件|お時間|consultation", re.IGNORECASE)
# Says nothing of what it is about; the text must, and name what was booked.
_CHANGE_TITLE = re.compile(r"変更|キャンセル|取り?消|取り?[や止]め|来週の件|明日の件|\d日の件")
_BY_TALK = re.compile(
    r"相談|面談|打ち?合わ?せ|電話|オンライン|web|teams|リスケ|調整|約束|候補日|consultation|(?<!室)(?<!室の)予約(?:を)?(?:お?願い|希望|した[いく]|させて)",
    re.IGNORECASE,
)
_BOOKED = re.compile(r"相談|面談|予約|約束|枠")
_DAY = re.compile(
    r"\d{1,2}[/月]\d{1,2}|(?<![\d.a-z])[1-9]\d?\.\d{1,2}(?=[\s(、]|$)|\d日|[月火水木金]曜|明日|明後日|あさって|しあさって|あした|あす[、のはに]|本日|[来翌今]週|週明け|翌日|週間後"
)
_HOUR = re.compile(r"\d時(?!間)|\d:\d\d|\d{1,2}-\d{1,2}|午前|午後|夕方|終日|同じ時[間刻]|同時刻|いつでも")
_WISHED = re.compile(
    r"お?願い|おねがい|希望|いただけ|頂け|頂戴|でき(?:ます|ません|ない)|変更|延期|リスケ|取り直|申し?込|調整|[○◎]|teams|web"
    r"|(?:で|から)(?:も|は|でも|では)?(?:ご都合)?(?:は)?(?:よろしい|宜しい|いかが|どう|難しい|可能)(?:です|でしょう)|空いて(?:い|お)|た[いく](?:です|存じ|思)|いつでも|ご?指定",
    re.IGNORECASE,
)
_OTHER_DATE = re.compile(
    r"締め?切|期限|期日|提出|修正|公募|説明会|送付|お送り|回答|返信|ありがとう|遅れ|出席できる|参加(?:いた|し)|承知|了解"
)
_NUMBER_WISHED = re.compile(r"(?<![\d/:.かとや])[1-9]番?でお?願い")
_OF_A_SLOT = re.compile(r"最短|早[くい]|遅い|延長|変更|枠|候補|お?電話|オンライン|予約|お?時間")
_THANKS = re.compile(rf"お礼|御礼|{HOW_TO}|ありがとう")
_REPORTS = re.compile(r"結果報告|(?:報告|調査)の?(?:提出)?(?:依頼|について)|提出依頼")
_APPOINTMENT = re.compile(
    r"\d{1,2}[/月.]\d{1,2}|\d日|曜|午前|午後|\d時(?!間)|\d{1,2}:\d{2}|[来今翌]週|週明け|明日|明後日|あさって|本日|今日|月末|[上中下]旬|いつでも|都合|\d番|希望|キャンセル|見送|取り?消|別の?日|申し?込み?とさせて"
)
# A day or an hour put forward, though as a question: 「3/23の午前では難しいでしょうか」.
_PROPOSED = re.compile(
    r"(?:\d日|\d時(?!間)|\d分|:\d\d|曜|\)|午前|午後|終日|来週)(?:中|頃|以降)?(?:の[^。、]{1,8})?(?:では|でも|で|は|から|より|に)(?:でも|では|も)?"
    r"(?:お願いする(?:こと)?(?:は|が)|変更(?:していただく|する)こと(?:は|が)|お?時間を(?:いただく|頂く)こと(?:は|が))?(?:ご都合は?)?(?:難し|厳し|いかが|よろし|宜し|可能|どう|大丈夫|でき)[^。]{0,8}か(?:[。?]|$)"
    r"|(?:\d日|\d時(?!間)|曜|\)|午前|午後|終日|来週)(?:中)?[、は]?\s?ご?都合(?:は|が)?(?:つきま|いかが|よろし|宜し)[^。]{0,8}か(?:[。?]|$)"
)
# A line that is a day, an hour and perhaps a means: what is left when these are taken out is no word.
_SLOT_WORDS = re.compile(
    r"(?:20\d\d|令和\d{1,2}|r\d)[年./]|\d{1,2}[/月.]\d{1,2}日?|\d{1,2}日|\(?[月火水木金](?:曜日?)?\)|[月火水木金]曜日?|\d{1,2}[:時](?:\d\d分?|半)?|午[前後]中?|[ap]m|終日|\d{1,2}-\d{1,2}"
    r"|オンライン|お?電話|web(?:会議)?|teams|zoom|tel|相談|面談|(?:第?\d)?希望|お願い(?:いたし|し)?ます|よろしく|(?:でも)?(?:可|不可|ok)(?:能)?(?:です)?|空いて(?:い|お)?り?ます|以降|から|まで|より|または|又は|だめなら|頃|にて|で|の|が|に|は|か",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"\s[一-龥々ヶケァ-ヶー]{1,10}(?:[市町村県区]|組合|連合|役場|役所|[課係室])(?:\s{1,4}[一-龥々ァ-ヶー]{1,8}){0,3}$"
)
_NO_WORD = re.compile(r"[\s、。,.・~〜:()\[\]【】/\-]*")
_GREETS = re.compile(r"お世話|ご担当|事務局|失礼|拝啓|時下|敬具|^\S{1,12}様$")
ABOUT_APPLYING = re.compile(r"応募|申請|計画策定支援|本事業")
# The office is to name the day: 「最短でお願いできる日をお知らせください」「改めて候補日をお示しいただけないでしょうか」.
_NAME_A_DAY = re.compile(
    r"候補(?:日時?)?を[^。]{0,16}(?:提示|お?示し|挙げ|頂戴|お?送り?(?:くだ|いただけ|願)|(?:いただけ|頂け)(?:ない|ます|ません))"
    r"|(?:最短|一番早い|直近|空い|お願いでき|ご?対応(?:いただけ|可能)|ご?都合(?:の)?(?:よ|良|い))[^。]{0,12}(?:日|日時|日程|枠|お?時間)[^。]{0,12}(?:お?知らせ|お?教え|ご?教示|ご?指定|ご?連絡|お?示し|ご?提示)"
)
_NOT_OF_A_TALK = re.compile(r"締め?切|期限|期日|提出|公募|説明会|採択|選定")
_OF_A_TALK = re.compile(r"相談|面談|打ち?合わ?せ")
# Called off with no word of what: 「今回は辞退させてください」「一旦白紙に戻していただけますか」「18日の件は見送らせてください」.
_OFF = re.compile(
    r"(?:辞退|取り?下げ|取り?消し?|キャンセル|取り?[や止]め|見送|中止|欠席)(?:と|を|ら|り|に)?(?:し(?!た|まし)|させ|いた|致|申し|お願い|願|た[いく]|ます)|白紙に(?:戻|して|させ)|なかったこと(?:に|と)"
)
_CLAUSE = re.compile(r"[^、。]*$")
_NOTHING_NAMED = re.compile(
    r"(?:今回|(?:この|此の)(?:たび|度)|本件|標記の件|これ|\d{1,2}日?(?:\(.\))?|\d{1,2}[/月]\d{1,2}日?(?:\(.\))?)?(?:の(?:件|分))?(?:は|を|も|につきまして(?:は)?|について(?:は)?)?"
    r"(?:一旦|いったん|誠に勝手ながら|勝手ながら|残念ながら|やむを得ず|[上下]記のとおり|別添のとおり)?"
)


def consults(title: str, spoken: Sequence[str], told: Sequence[str], *, by_subject: bool) -> bool:
    """Under a subject about the consultation, with no wish for one in so many words: a sentence about an appointment is
    one; 「申込方法を教えてください」 is a question, however the subject reads. `told`: the sentences that are no questions."""
    if (
        _THANKS.search(title)
        or _REPORTS.search(title)
        or only_thanks(spoken)
        or any(_HOW.search(sentence) for sentence in spoken)
    ):
        return False
    unless = WISHES[Intent.CONSULT].unless
    about_a_slot = any(_APPOINTMENT.search(one) or _OF_A_SLOT.search(one) for one in spoken)
    only_asks = len(told) < len(spoken) and not about_a_slot  # 「提出が必要な資料はありますか」
    return (
        (by_subject and not only_asks)
        or any(_NUMBER_WISHED.search(one) for one in told)
        or any(_APPOINTMENT.search(one) and not unless.search(one) for one in told)
        or any(_PROPOSED.search(one) and not _OTHER_DATE.search(one) for one in spoken)
    )


def meets(title: str, spoken: Sequence[str]) -> bool:
    """Under a subject about a talk, or with a talk in the text under one that says nothing: a day and an hour wished for."""
    told = " ".join(spoken)
    empty = not title.strip("()件名なし ")
    if _THANKS.search(title) or not (
        _TALK.search(title)
        or (empty and _TALK.search(told))
        or (_CHANGE_TITLE.search(title) and _BOOKED.search(told))
        or (empty and _BY_TALK.search(told) and _bare_slot(spoken))
    ):
        return False
    if _NUMBER_WISHED.search(told) or _bare_slot(spoken):
        return True
    unless = WISHES[Intent.CONSULT].unless
    if _CHANGE_TITLE.search(title) and _BOOKED.search(told):
        unless = _OTHER_DATE  # 「19日に変更いただけるとのお返事をいただきました」
    near = zip(spoken, (*spoken, "")[1:], strict=True)
    dated = any(
        _DAY.search(one)
        and _HOUR.search(f"{one} {following}")
        and not unless.search(one)
        and not _OTHER_DATE.search(one)
        for one, following in near
    )
    return dated and bool(_BY_TALK.search(f"{title} {told}") and _WISHED.search(f"{title} {told}"))


def _bare_slot(spoken: Sequence[str]) -> bool:
    """「3.19 10:30 電話で」 and nothing else but a greeting before it."""
    first = _WHO.sub("", next((one for one in spoken if not _GREETS.search(one)), ""))
    return (
        _DAY.search(first) is not None
        and _HOUR.search(first) is not None
        and _NO_WORD.fullmatch(_SLOT_WORDS.sub("", first)) is not None
    )


def other_office(title: str, text: str) -> bool:
    """Addressed, in its first lines, to an office that isn't ours, about nothing of ours."""
    if _OUR_PROGRAMME.search(f"{title}{text}"):
        return False
    head = "\n".join(normalize("NFKC", text[:400]).split("\n")[:4])
    named = [one[1] for one in _ADDRESSEE.finditer(head)]
    if any(_OTHER_SECRETARIAT.search(one) for one in named):
        return True
    return bool(named) and not _OUR_MATTER.search(f"{title}{text}") and not any(_OURS.search(one) for one in named)


def other_talk(title: str, spoken: Sequence[str]) -> bool:
    """「課内各位　明日の打合せは15時からに変更します」; a visit, a firm's product."""
    told = " ".join((title, *spoken))
    if _OTHER_GRANT.search(title) and not (_OUR_PROGRAMME.search(told) or "計画策定" in told):
        return True
    return (
        _TO_COLLEAGUES.search(told[:300]) is not None
        or _SELLS.search(told) is not None
        or (_OTHER_TALK.search(told) is not None and not _OUR_MATTER.search(told))
    )


def leaves_the_day(title: str, spoken: Sequence[str]) -> bool:
    """A talk, and the office is asked to name a day for it."""
    if not _OF_A_TALK.search(f"{title} {' '.join(spoken)}") or _THANKS.search(title):
        return False
    unless = WISHES[Intent.CONSULT].unless
    return any(_NAME_A_DAY.search(one) and not unless.search(one) and not _NOT_OF_A_TALK.search(one) for one in spoken)


def called_off(title: str, spoken: Sequence[str]) -> str | None:
    """What tells that a sentence with no word of what it calls off means the consultation: the sentence before that spoke of
    one last, or the subject. None where the application was spoken of last, or nothing is called off."""
    matter = None if _THANKS.search(title) else title
    for one in spoken:
        if _BOOKED.search(one) or ABOUT_APPLYING.search(one):
            matter = one
        elif matter is not None and _nothing_named(one) and not WISHES[Intent.WITHDRAW].unless.search(one):
            return matter if _BOOKED.search(matter) and not ABOUT_APPLYING.search(matter) else None
    return None


def _nothing_named(sentence: str) -> bool:
    for found in _OFF.finditer(sentence):
        clause = _CLAUSE.search(sentence[: found.start()])
        if clause is not None and _NOTHING_NAMED.fullmatch(clause[0].strip()):
            return True
    return False
