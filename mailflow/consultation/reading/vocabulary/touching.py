"""What makes a clause worth asking about: an act, a place, others, a second thought, a time (`clauses`).

Only whether one of them stands in a clause is asked, so the order within a table is free.
"""

from __future__ import annotations

from mailflow.consultation.reading.words import either

TIME = either(
    r"日程|日時|時刻|日にち|日付",
    r"[月火水木金]曜|午前|午後|夕方|終日",
    r"[来今翌]週|週明け|明日|明後日|月末",
    r"追って|改めて|再度|別の日|次回",
    r"空き|枠|候補",
    r"\d{1,2}\s?(?:[日時月番:]|分(?!の))",
)
ACT = either(
    r"予約|申し?込(?!み?の?(?:期限|締|フォーム)|んだ件の返)",  # not 「申込フォーム」
    r"変更|延期|中止|見送|見合わ|辞退|撤回|白紙",
    r"取り?消|取りやめ|キャンセル(?!待ち)",
    r"訂正|誤り|誤っ|正しく|間違|手違い|重複|二重",
    r"(?<!未)確定|決ま|決め|仮[のにで押予]|保留",
    # not 「調整した結果」「調整がつき」
    r"調整(?!(?:し|いたし)?た?の?結果|が[^、。]{0,10}(?:まとま|つき|済|終わ))",
    # not 「承認を得て」「許可が下りて」
    r"(?:承認|許可)(?!(?:は|を|が)?(?:得|いただ|済|と[れり]|取[れり]|下り|おり|出))",
)
WISH = either(
    r"希望|お?願い|ほし[いく]|ください|下さい",
    r"もらえ|いただけ|頂け",
    r"たい(?![一-龥])|たく",  # 「相談したい」, not 「したい事業」
)
PLACE = either(
    r"対面|来庁|訪問|来訪|お越し|会場|現地",
    r"総合通信|通信局",
    r"電話に出(?!られ(?:ませ|な))",
)
WHO = either(
    r"上司|首長|先方(?!$)|業者|委託|代理",
    r"隣[のり町村市]|近隣|両[市町村]|他[市町村団]|他の[市町村県団]|県[庁のがに]",
    r"合同|共同|一緒",
    r"[別他]の?[課係団市町村]|別件|[別他]の(?:事業|公募|担当)",
    r"実証事業|2次公募",  # what else the ministry invites applications for
)
# What else would change a wish from outside its clause; times and numbers that no reader took.
AGAIN = either(
    r"両方(?!に(?:いただ|送|お送))|別に|もう[一1]|\d\s?つ目",  # 「もう一つ」
    r"取り?下げ|差し?替",
    r"始業|就業",
    r"\d\s?(?:時(?!間|\d{0,2}分?まで)|[:;]\d\d(?!まで)|[/月]\d|日(?!間|以内)|番(?!号))",
)

# Second thoughts, others' minds, limits: a word of them keeps everything from being done.
SECOND_THOUGHTS = either(
    r"(?:やはり|やっぱり)(?!.{0,8}(?:電話|オンライン|Web|Teams))",
    r"忘れて|読み飛ば|下書き|破棄|無効",  # 「先ほどのメールは忘れてください」
    r"[無な]し[でに]お?願|なくて結構",  # 「無しでお願いします」
    r"正しい|正しく|改め(?!て|まして)",
    r"申して(?:い|お)|縦に|難色",  # 「課長が首を縦に」
    r"[長司]の(?:予定|都合|意向|了解)(?!が?(?:悪|つか|合))",  # 「部長の予定」
    r"かどうか|代わりに|最終的",
    r"(?<!な)限[りる](?!ませ)",
    r"同じ時[間刻]に[^。]{0,8}(?:議会|会議|予定)",
)
# A body that isn't the one that writes.
OTHER_BODY = either(
    r"隣[のり町村市](?!とは別)|近隣|両[市町村]|他[市町村団]|[別他]の?[団市町村]",
    r"合同|共同|一緒",
    r"総合通信|通信局",
)

COURTESY = either(
    r"お世話|平素|日頃|いつも|お疲れ|初めて|突然|時下|拝啓|敬具|の候|貴職",
    r"お手数|面倒|恐れ入|恐縮|申し?訳|失礼|勝手な|急な|多忙|お忙し|迷惑",
    r"ありがとう|お?礼|感謝|幸甚|取り急ぎ|ご一報",
    r"(?:よろしく|宜しく|何卒)\s?(?:お取り計らい)?\s?(?:お?願|$)",
)
IF = either(
    r"(?:[いけせてねべめれげえ]ば|たら|だら|なら|場合[はに]?|とき[はに]?|際[はに]|次第)(?:\s?で)?\s?(?:$|は|も|に)",
    r"(?:接続|URL|リンク|招待|ID)[^。、]{0,14}(?:たら|次第)",  # 「URLが届きましたら」
)
REASON = either(
    r"(?:ため|ので|為|もので|ことから|(?:関係|都合)(?:で|により|上)|につき|から|により|ますが|ですが|せんが|まして|結果|わず)\s?$",
    r"理由",
)

# An act other than the one that is asked for.
_NO_MORE = r"中止|見送|辞退|撤回|白紙"
_NOT_SO = r"訂正|誤|間違|保留|仮"
_CANCELLED = r"取り?消|取りやめ|キャンセル"
ELSE_THAN_BOOKING = either(r"変更|延期|改め(?!て|まして)", _CANCELLED, _NO_MORE, _NOT_SO)
ELSE_THAN_MOVING = either(_NO_MORE, r"保留|仮")  # a slip of the pen is why one moves
ELSE_THAN_THE_METHOD = either(_CANCELLED, _NO_MORE, _NOT_SO)
ELSE_THAN_CANCELLING = either(r"変更|延期|撤回", _NOT_SO)
# The words of the act itself: a clause that holds one must be about the consultation, and about nothing else.
MOVES = either(
    r"変更(?!(?:の)?理由|前|の?(?:件|経緯))|変え|振り?替|ずらし|移し|リスケ|直し|訂正",
    r"延期|前倒し|後ろ倒し|後ろに|前に|遅[らく]|早[めく]|繰り[上下]",
    r"改め|別の?(?:日|時間)|日を|代わり",
    r"キャンセル|取り?消",  # 「10時を取り消し、11時で」
)
CHANGES_THE_METHOD = r"変更|切り?替|変え"
CANCELS = either(
    r"取り?消|取り?やめ|取り止め|キャンセル|中止|見送|白紙",
    r"辞退|欠席|不要",
)

# Why one can't come, or needs no talk.
GIVEN_UP = either(
    r"[^\x03\x04]{2,14}が(?:前倒し|延期|変更|中止|取りやめ)(?:に|と)",  # 「議会が前倒しになり」
    r"(?:応募|申請|計画)[^。、]{0,12}(?:見送|辞退|取りやめ|断念|取り?下げ|中止)",  # 「応募を見送ることになり」
)
# What somebody says who still comes.
STAYS = either(
    r"変更|延期|撤回|訂正|誤|間違|保留|仮[のにで押予]",
    r"当日|(?:予定|当初)の?(?:どおり|通り|とおり)",
    r"(?:参加|出席)(?:し(?!な)|いた|させ|でき(?!な|ませ))|同席",
    r"お聞き(?!し?たかった)|会議は",
)
