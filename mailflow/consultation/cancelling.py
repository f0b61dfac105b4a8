"""Whether a mail takes its consultation back: 「事前相談をキャンセルします」, not 「説明会が中止になったので」. Pure; patterns bounded."""

from __future__ import annotations

import re

from mailflow.consultation.reading.clauses import CANCELLED
from mailflow.consultation.reading.words import any_of, either

CANCEL = re.compile(
    either(
        r"キャンセル(?!」|され|待|ではあり|で?はな|せず|しな|して(?:い|お)りませ|していませ|した(?:と|覚え))",  # not 「キャンセル待ち」「キャンセルせず」
        r"取り?消(?!しで?はな|線|さ(?:な|ず|れ))|取りやめ|取り止め|白紙に",
        r"見送|中止|辞退|欠席(?!し(?:まし|た))",
        r"(?:予約|相談(?:会)?|枠)(?:は|を|の件は)、?[^。\n]{0,6}[無な]かったことに",
        r"(?:予約|相談(?:会)?|枠|申し?込み)[^。\n]{0,12}(?:を|は|につき(?:まして)?|、)?[^。\n]{0,12}取り?下げ",  # 「19日の予約を取り下げ」
        r"(?:枠|時間|予約|相談)[^。\n]{0,12}(?:ほか|他|別)の(?:団体|方|自治体|市町村)[^。\n]{0,8}(?:譲|お使い|回し)",
        # 「相談は不要となりました」「予約の必要がなくなり」
        r"(?:相談(?:会)?|予約)(?:は|が|も|につきまして[はも]|については|の必要[がは])"
        r"[^。\n]{0,10}(?:不要|必要(?:なく|がなく)|なくなり)",
    )
)
# Said of a booking that there is, so without a word of what it is about; nothing of the application.
CANCEL_BOOKING = re.compile(
    either(
        r"取り?下げ|ご?遠慮(?:させて|いた|申し|し)|見合わせ|(?:ほか|他|別)の(?:団体|方|自治体|市町村)[^。\n]{0,8}(?:譲|お使い|回し)",
        r"(?:お?電話|お?時間|枠|相談|予約|面談)(?:は|の?必要は|が)[^。\n]{0,6}(?:不要|必要(?:なく|な[いし]|ありま|ございま))",
        r"(?:な|無)しに(?:して|させて)|(?:予約|枠)を消して|枠[^。\n]{0,6}(?:お返し|返上|返却)",
        r"(?:な|無)し(?:で|と)(?:お?願い|いた|し|させて|構い|結構)|もう(?:結構|大丈夫)です|(?:お電話|相談)は(?:もう)?結構です",
    )
)
_THE_APPLICATION = re.compile(r"応募|申請|様式|書類|公募|計画書|変更(?:は|な)|議題|質問|項目|資料|テーマ|要望|提案|番")
# 「急に欠席する場合はお電話します」 cancels nothing, nor does 「課長は欠席します」.
IF_EVER = re.compile(
    either(
        r"(?:場合|ときは|時は|だったら|でしたら)[^。\n、]{0,3}[、]?[^。\n]{0,8}(?:キャンセル|取り?消|辞退|欠席)[^。\n]{0,10}",
        r"(?:前倒し|後ろ倒し)[^。\n]{0,8}も[^。\n]{0,6}(?:対応|可能|構い)",  # 「前倒しも可能です」
        any_of(r"キャンセル|取り?消|取り[やや止]め|欠席|中止|延期|辞退")
        + r"[^。\n]{0,10}"
        + any_of(r"場合|際|ときは|時は|なら|でしたら|たら|れば", r"可能性|かもしれ")
        + r"[^。\n]{0,40}",
        r"(?:長|名|者|員|係|課|[一-龥]さん)(?:[はがも]|のみ)[^。\n]{0,10}欠席",
    )
)
_REASON = re.compile(r"^.*(?:ので|ため|ことから|につき|により)[、,]\s?")
_ANEW = re.compile(
    either(
        r"(?:改めて|後日|追って)[^。\n\d]{0,12}申し?込[^。\n]{0,12}$",
        # 「必要が生じましたら、あらためてこちらからご連絡いたします」
        r"[^。、\n]{0,12}(?:必要|落ち着|機会|状況|体制)[^。、\n]{0,12}(?:たら|れば|際は|場合は)、?(?:改めて|あらためて|再度)[^。\n]{0,24}$",
    )
)
# Asked about, told of, or of something beside the consultation.
_ABOUT_CANCELLING = re.compile(
    either(
        r"昨年|前年|過去|以前|経緯",
        r"(?:見送|取りや|断念|中止|辞退|延期)(?:っ|め|し|とな|にな)?(?:っ)?た(?=[一-龥])",  # 「見送った経緯」
        r"(?:応募|採択|選定|支援|事業)(?:後|の?途中)",  # 「採択後に辞退する」
        # 「課長の出席は見送り」「録画は中止」
        any_of(
            r"[長名者員]の?(?:出席|参加)|オンラインでの参加",
            r"使用|共有|録画|カメラ|画面|様式案?|資料|予定していた打ち?合わ?せ|質問",
        )
        + r"[^。\n]{0,4}[はをがも][^。\n]{0,8}(?:見送|取り?や|取り?消|辞退|中止|キャンセル)",
        r"録画|\d名[^。\n]{0,24}[がは]?[^。\n]{0,4}(?:キャンセル|欠席)",
        r"料(?![^。\n]{0,4}不要)|ポリシー|規定|方法|手続(?!き?を[、\s]?(?:お?願|して|取|お取))|期限|いつ(?!も)|教えて",  # 「キャンセル料」「取消の期限」
        r"撤回|(?<!予約は)(?<!予約を)(?<!相談は)(?<!枠は)(?<!枠を)なかったこと|必要(?:です|でしょう|[はが](?:あり|ござい)ます)",
        r"誤り|間違|可能性|(?:ほう|方)が(?:よ|良|い)|べき",
        r"の(?:ご?連絡|お?知らせ|ご?案内)[^。\n]{0,8}ありがとう",  # 「中止のご連絡ありがとうございます」
        r"[1-3一二]件|重複|二重",
    )
)
_ELSE_CANCELLED = re.compile(
    any_of(
        r"説明会|応募|会議|委員会|資料|様式|差し?替え|依頼|出張|提出|申請|コース",
        r"イベント|大会|行事|番|メール|工事|研修|議会|総会",
    )
    + r"(?:自体)?[をはがの][^、。\n]{0,8}$"
)
# 「取り消しの件、やはり予定どおり」
_AS_PLANNED = re.compile(
    either(
        r"(?<!応募は)(?<!書類は)(?<!申請は)(?<!提出は)(?<!様式は)(?:予定|当初)の?(?:どおり|通り|とおり)(?![^。\n]{0,14}(?:応募|提出|申請))",
        r"当初の(?:日程|日時|時間|予定)(?:で(?!は)|の(?:まま|とおり|通り))",
        r"(?<!方法は)(?<!方式は)(?:この|今の|現状の|日時の|日程の|当初の)まま(?:で|に|と|お?願)",
        r"(?<!方法は)(?<!方式は)(?<!日は)(?<!日にちは)(?<!日付は)(?<!時間は)(?<!時刻は)そのまま(?:で|に|と)",
    )
)


# 「応募自体は予定どおり行います」 says nothing of the talk.
_APPLIES_AS_PLANNED = re.compile(r"(?:応募|申請|書類|様式|提出)[^。、\n]{0,12}(?:予定|当初)の?(?:どおり|通り|とおり)")


def as_planned(text: str) -> bool:
    """What is booked stays: 「取り消しの件、やはり予定どおり」."""
    return _AS_PLANNED.search(_APPLIES_AS_PLANNED.sub(" ", text)) is not None


def cancels(sentence: str, *, of_booking: bool = False) -> bool:
    """「事前相談をキャンセルします」; not 「説明会が中止になったので」, nor a question about cancelling. `of_booking`: there is one."""
    sentence = CANCELLED.sub(" ", sentence)
    if _ABOUT_CANCELLING.search(sentence):
        return False
    if of_booking and CANCEL_BOOKING.search(sentence) and not _THE_APPLICATION.search(sentence):
        return True
    return any(not _ELSE_CANCELLED.search(sentence[: one.start()]) for one in CANCEL.finditer(sentence))


def concluded(sentence: str) -> str:
    """What one comes to behind one's reasons: 「庁内で検討中のため、キャンセルします」."""
    return _ANEW.sub("", _REASON.sub("", sentence))
