"""Every clause accounted for: what touches the appointment and is known neither as the request nor as harmless is asked back.

The readers say what is wished (`groups`), on what it hangs (`conditions`), where it is doubted (`doubts`). This one closes the
books. A clause that holds a wish must be made of words that ask, and of nothing else; any other one that touches a time, a
wish, an act, a place, a person or an organization must be of a kind that officers add to a request: greeting, who writes,
why, what about, who takes part, how to reach whom, papers. What is left over is unknown, and nothing is booked, moved or
cancelled on it (DESIGN §6: never a guess): words that nobody here has met cost an offer, not a wrong booking.

In: an officer's words of one width, and where what was understood stands in them. Out: the clauses left over, in Japanese.
Pure; patterns bounded, without nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

WISHED, SPOKEN_OF = "\x03", "\x04"
_ENDS = r"。\n!?、,;|()「」『』【】\[\]※"
_CLAUSE = re.compile(rf"[^{_ENDS}]{{1,300}}?(?:ので|ため|により|につき|ことから|(?=[{_ENDS}])|$)")

# What makes a clause worth asking about.
_TIME = r"日程|日時|時刻|日にち|日付|[月火水木金]曜|午前|午後|夕方|終日|[来今翌]週|週明け|明日|明後日|追って|改めて|再度|別の日|次回|月末|空き|枠|候補|\d{1,2}\s?(?:[日時月番:]|分(?!の))"
_ACT = r"予約|申し?込(?!み?の?(?:期限|締|フォーム)|んだ件の返)|変更|取り?消|取りやめ|キャンセル(?!待ち)|中止|延期|見送|見合わ|辞退|撤回|白紙|訂正|誤り|誤っ|正しく|間違|(?<!未)確定|決ま|決め|仮[のにで押予]|保留|調整(?!(?:し|いたし)?た?の?結果|が[^、。]{0,10}(?:まとま|つき|済|終わ))|(?:承認|許可)(?!(?:は|を|が)?(?:得|いただ|済|と[れり]|取[れり]|下り|おり|出))|手違い|重複|二重"
_WISH = r"希望|お?願い|たい(?![一-龥])|たく|ほし[いく]|もらえ|ください|下さい|いただけ|頂け"
_PLACE = r"対面|来庁|訪問|来訪|お越し|会場|現地|総合通信|通信局|電話に出(?!られ(?:ませ|な))"
_WHO = r"上司|首長|先方(?!$)|業者|委託|代理|隣[のり町村市]|近隣|合同|共同|一緒|両[市町村]|他[市町村団]|[別他]の?[課係団市町村]|別件|県[庁のがに]|実証事業|[別他]の(?:事業|公募|担当)|他の[市町村県団]|2次公募"
_TOUCHES = re.compile("|".join((_TIME, _ACT, _WISH, _PLACE, _WHO)))
# Second thoughts, others' minds, limits: a word of them keeps everything from being done.
_SECOND_THOUGHTS = re.compile(
    r"(?:やはり|やっぱり)(?!.{0,8}(?:電話|オンライン|Web|Teams))|忘れて|読み飛ば|下書き|[無な]し[でに]お?願|なくて結構|申して(?:い|お)|縦に|難色|かどうか|代わりに|(?<!な)限[りる](?!ませ)|[長司]の(?:予定|都合|意向|了解)(?!が?(?:悪|つか|合))"
    r"|改め(?!て|まして)|破棄|無効|正しい|正しく|最終的|同じ時[間刻]に[^。]{0,8}(?:議会|会議|予定)"
)
# What else would change a wish from outside its clause; times and numbers that no reader took.
_AGAIN = r"両方(?!に(?:いただ|送|お送))|別に|もう[一1]|取り?下げ|差し?替|始業|就業|\d\s?つ目|\d\s?(?:時(?!間|\d{0,2}分?まで)|[:;]\d\d(?!まで)|[/月]\d|日(?!間|以内)|番(?!号))"

_COURTESY = re.compile(
    r"お世話|平素|日頃|いつも|お疲れ|初めて|突然|時下|拝啓|敬具|の候|貴職|お手数|面倒|恐れ入|恐縮|申し?訳|失礼|勝手な|急な|多忙|お忙し|ありがとう|お?礼|感謝|取り急ぎ|迷惑|幸甚"
    r"|(?:よろしく|宜しく|何卒)\s?(?:お取り計らい)?\s?(?:お?願|$)"
)
_IF = re.compile(
    r"(?:[いけせてねべめれげえ]ば|たら|だら|なら|場合[はに]?|とき[はに]?|際[はに]|次第)(?:\s?で)?\s?(?:$|は|も|に)|(?:接続|URL|リンク|招待|ID)[^。、]{0,14}(?:たら|次第)"
)
_REASON = re.compile(
    r"(?:ため|ので|為|もので|ことから|(?:関係|都合)(?:で|により|上)|につき|から|により|ますが|ですが|せんが|まして|結果|わず)\s?$|理由"
)
_HARD = re.compile("|".join((_ACT, _PLACE, _WHO, _AGAIN)))
_HARD_REASON = re.compile("|".join((_ACT, _PLACE)))

# The words that ask for a slot. Kana say how; of other words a clause with a wish may hold these.
_ASKING = (
    r"地域社会|推進パッケージ事業?|計画策定支援|(?:個別に?|事前)?(?:ご|御|の)?相談(?:会|枠|日|予約)?|個別|面談|打ち?合わ?せ|会議|ミーティング|予約|申し?込み?|申込|参加|登録|出席|実施|開催|正式|提案|提示|番目|つ目|確定|選択|別途|掲載|HP|outlook|re"
    r"|希望(?:日時|日程|日|時間帯?|者|順位|順|場所|方法)?|お?願|御願|可能|大丈夫|結構|幸[甚い]?|助か|構い?|問題|差し?支え|支障|宜し|頂戴|頂|致し|申し?上げ|存じ|思い?|考え|設定|調整|確保|手配|対応|都合|受け|割り?当て|指定|賜|伏して|誠に|大変|是非|至急|急ぎ|押さえ|取り?計らい|挙げ|決定|お話|話|指導|教示|助言|伺い?たく|承り|承知|了解|了承|申し出|連絡|出来|確実|嬉し|望まし|唯一"
    r"|オンライン|形式|方式|方法|web|ウェブ|microsoft|teams|zoom|webex|meet|電話|ビデオ|通話|直通|携帯|無料|当方|当[市町村県課局]|本[市町村県課]|私(?:ども)?|弊[市町]|全員|担当|課内|先ほど|標記|表記|首記|掲題|標題|上記|下記|以下|以上|次|件|来る|番号"
    r"|時間帯?|日程|日時|時刻|時間|候補日?|予備日?|別日|本命|期間|枠|コマ|最[短速早初終後]|順(?:番|位)?|優先|平日|同[日じ週]|前[後半]|後半|午[前後]中?|終日|朝|昼|夕方|以[降前後内外]|除[きくい]|間|分(?:程度|間|ほど)?|頃|台|開始|終了|定時|スタート|程度|所要|予定表?|どこ|何時|空[いきけ]?|中|内|早[いめく]|遅[いめく]|良|通し|連休明け|祝日|[月火水木金土日](?:曜日?)?|本日|明日|直近|一番|一度|一?週間後|次の開庁日|締め?切り?|期限|前日|再度|今年|令和|平成|西暦|議会(?:閉会後|の合間)?の|第|希|ベスト|JST|any|time|is|or|1st|2nd|ok|NG|日本|難し|無理|駄目|ダメ|不可|埋ま|場合|空きがな|[一-龥]{2,8}[課係室]の者|同席|仮押さえ(?:して)?いただい|貴局|事務局様?|候補[日の]?|都合の?[良よ]い方|賜|在席|在庁|先約|課員|職員|関係者|揃|示|次第|ございます|残[るり]"
)
_MOVING = r"変更後?|切り?替え?|振り?替え?|移動?|延期|前倒し|後ろ倒し|後ろ|前|繰り[上下]げ|遅ら|改め|別の?日|日を|翌々?[日週]|代わり|取り?直|急遽|急用|急な?|都合が(?:悪|つか)|当初|元|両方|新しい?|取り?消し?|キャンセル"
_CANCELLING = r"取り?消し?|取り?や?止?め|キャンセル|中止|見送|辞退|欠席|不要|必要|白紙|遺憾|今回|一旦|急遽|急用|都合|やむ|又|次回|機会|手続き?|処理|扱い"
_WORDS = {
    act: re.compile(f"{words}|{_ASKING}" if words else _ASKING, re.IGNORECASE)
    for act, words in (("book", ""), ("move", _MOVING), ("method", _MOVING), ("cancel", _CANCELLING))
}
_ACTS_ELSE = {
    "book": re.compile(
        r"変更|取り?消|取りやめ|キャンセル|中止|延期|見送|辞退|撤回|白紙|訂正|誤|間違|保留|仮|改め(?!て|まして)"
    ),
    "move": re.compile(r"中止|見送|辞退|撤回|白紙|訂正|誤|間違|保留|仮"),
    "method": re.compile(r"取り?消|取りやめ|キャンセル|中止|見送|辞退|撤回|白紙|訂正|誤|間違|保留|仮"),
    "cancel": re.compile(r"変更|延期|撤回|訂正|誤|間違|保留|仮"),
}
# The words of the act itself: a clause that holds one must be about the consultation, and about nothing else.
_DONE = {
    "book": re.compile(r"(?!)"),
    "move": re.compile(
        r"変更|変え|振り?替|延期|前倒し|後ろ倒し|後ろに|前に|ずらし|移し|遅[らく]|早[めく]|繰り[上下]|リスケ|改め|別の?(?:日|時間)|日を|代わり|キャンセル|取り?消|直し"
    ),
    "method": re.compile(r"変更|切り?替|変え"),
    "cancel": re.compile(r"取り?消|取り?やめ|取り止め|キャンセル|中止|見送|辞退|欠席|不要|白紙"),
}
_GIVEN_UP = re.compile(
    r"[^\x03\x04]{2,14}が(?:前倒し|延期|変更|中止|取りやめ)(?:に|と)|(?:応募|申請|計画)[^。、]{0,12}(?:見送|辞退|取りやめ|断念|取り?下げ|中止)"
)  # why one can't come, or needs no talk
CANCELLED = re.compile(  # told of, not asked for
    r"(?:キャンセル|取り?消し?|取りやめ|辞退|中止)(?:を|に)?(?:(?:し|いたし|致し|させて(?:いただき|頂き))まし?た(?:が|けれど|件|ところ|ものの|[。、\n]|$)|なりまし?た(?:が|けれど|件|ところ|ものの))"
)
_HEARSAY = re.compile(r"(?<!空いている)(?<!空きがある)とのこと|との声|たいそう")
_SLIP = re.compile(r"曜日(?:を|に|の)(?:誤|間違)")  # the day that is read fits its weekday, or is asked back
_THE_APPLICATION = re.compile(r"(?:応募|申請|方針)[^。、]{0,16}(?:調整|検討|協議|決ま|決め)|結果を踏まえ")
# 「電話での実施に変更をお願いします」 beside a wish; the method is read by itself.
_BY_ANOTHER_MEANS = re.compile(
    r"(?:電話|オンライン|web(?:会議)?|teams)(?:会議)?(?:での?(?:ご?相談|実施|対応|面談))?[にへ]の?(?:変更|切り?替)",
    re.IGNORECASE,
)
_THE_APPLICATIONS_QUESTION = re.compile(
    r"(?:応募|申請|様式|経費|公募|対象)[^。、]{0,16}(?:でしょう|です|ます)か?$|(?:応募|申請)の?様式の?\s?\d番"
)
_STAYS = re.compile(
    r"変更|延期|撤回|訂正|誤|間違|保留|仮[のにで押予]|当日|(?:予定|当初)の?(?:どおり|通り|とおり)|(?:参加|出席)(?:し(?!な)|いた|させ|でき(?!な|ませ))|お聞き(?!し?たかった)|会議は|同席"
)  # what somebody says who still comes
_NEXT_FIELD = re.compile(
    r"[\s/／](?:担当|氏名|TEL|連絡先|内線|参加者?|参加人数|人数|内容|団体名?|所属)\s?:?", re.IGNORECASE
)
_SUBJECT = re.compile(r"[がはをも]\s?$")
_OTHER_BODY = re.compile(
    r"隣[のり町村市](?!とは別)|近隣|合同|共同|一緒|両[市町村]|他[市町村団]|[別他]の?[団市町村]|総合通信|通信局"
)
_TAKES_PART = re.compile(r"(?:同席|参加|出席)(?:者|し|さ|予定|いた|を|で|の|も|は|$)")
_LEFT = re.compile(r"[一-龥々ァ-ヶA-Za-z]{2,}|[誤仮隣係]|他の|別(?![の途])|出(?![席来]|られま?せ|な)")
Act = Literal["book", "move", "method", "cancel"]


def unaccounted(
    text: str, act: Act, wished: Sequence[tuple[int, int]], spoken_of: Sequence[tuple[int, int]] = ()
) -> Iterator[str]:
    """What would keep the act from being done. `wished`, `spoken_of`: begin and end of the days, times and numbers that were
    read as wished, and as anything else known."""
    marked = list(text)
    for mark, spans in ((SPOKEN_OF, spoken_of), (WISHED, wished)):
        for begin, end in spans:
            marked[begin:end] = [one if one == "\n" else mark for one in marked[begin:end]]
    said = act in ("book", "method")
    for clause in _CLAUSE.finditer("".join(marked)):
        words = text[clause.start() : clause.end()]
        said = said or (bool(_DONE[act].search(words)) and _asks(clause[0], act))
        if not _known(clause[0].strip(), act):
            yield f"「{words.strip()[:40]}」が何のことか分かりません"
    if not said:
        yield "何を取り消すのか分かりません" if act == "cancel" else "何を変更するのか分かりません"


def _known(clause: str, act: Act) -> bool:
    if act == "cancel" and not _DONE[act].search(clause):
        return not _STAYS.search(clause)
    if WISHED not in clause and _SECOND_THOUGHTS.search(clause):
        return False
    asks = _asks(clause, act)
    reason = bool(_REASON.search(clause))
    if WISHED in clause and _HEARSAY.search(clause):
        return False  # others' words
    if WISHED in clause or _DONE[act].search(clause):
        return asks or (reason and bool(_GIVEN_UP.search(clause)))
    if SPOKEN_OF in clause or not _TOUCHES.search(clause) or _COURTESY.search(clause):
        return True
    if asks and not _ACTS_ELSE[act].search(clause):
        return True
    if _SLIP.search(clause) or (act == "book" and (CANCELLED.search(clause) or _BY_ANOTHER_MEANS.search(clause))):
        return True
    if _THE_APPLICATIONS_QUESTION.search(clause):
        return True
    if _IF.search(clause) or _THE_APPLICATION.search(clause):  # what wishes hang on, `conditions` says
        return True
    if reason:
        return not _HARD_REASON.search(clause)
    if _TAKES_PART.search(clause):
        return not _OTHER_BODY.search(clause)
    return not _HARD.search(clause)


def _asks(clause: str, act: Act) -> bool:
    """Made of words that ask for the act, and of no others."""
    said = _NEXT_FIELD.split(clause)[0]
    head, wish, tail = said.partition(WISHED)
    if wish and not _SUBJECT.search(head) and not _TOUCHES.search(_WORDS[act].sub(" ", head)):
        said = tail  # 「様式ができあがる26日に」: what day it is
    return not _LEFT.search(_WORDS[act].sub(" ", said))
