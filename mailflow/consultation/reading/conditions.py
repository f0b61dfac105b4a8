"""What a wish hangs on: 「県の説明会が10時からであれば午後」 is for people to ask about, 「難しければ19日」 is a second wish.

In: an officer's words of one width, where wishes stand in them. Out: the conditions, in Japanese, that the office can't
see fulfilled. A condition is harmless where it speaks of the office's own free time, is a courtesy (「可能でしたら」), says
nothing but a time (「15時からであれば」), is about the connection, or promises only word (「変更があればご連絡します」). Pure;
patterns bounded, without nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_SENTENCE = re.compile(r"[^。\n!?！？]{1,400}")
_IF = re.compile(
    r"(?<!なけれ)(?<!ね)(?:(?<=[いけせてねべめれげえ])ば|(?:たら|だら|でしたら|ましたら)(?!し)|なら(?![なぬびずん])|場合(?!が)|(?<=[るたい])(?:とき|時)(?=[はに、])|際(?=[はに、])|次第|によって|(?<=[るい])限り)"
    r"|なければ(?!なら)"
)
_CLAUSE_END = re.compile(r"[、,。](?=[^。]{0,30}(?:なら|場合|たら|れば))|。")
_CLAUSE = re.compile(r"[、,()]|(?:ので|ため|ますが|ですが|けれど|として)|。")
_COURTESY = re.compile(
    r"でき|出来|可能|よろし|宜し|よけれ?|良けれ?|(?:いただ|頂|頂戴)[けきか]|くださ|下さ|叶|かな[いえ]|幸い|許[させ]|差し?支え|手(?:数|すき|隙|間)|合[えいわ]|空[いき]|埋ま|塞が|ふさが"
    r"|難し|むずかし|無理|だめ|ダメ|駄目|厳し|不可|NG|不都合|先約|満(?:枠|席)|取れ|つ[かきけ]|こちら|それ|これ|以外|希望|申[しせ]|言え|何か|なにか|必要|問題|余裕|間に合|ご?都合|(?:他|別|ほか|よそ)の?(?:団体|自治体|市町村|方|お客|ご?予[約定])[^、]{0,4}と?重な|重なって"
)
_CONNECTION = re.compile(
    r"接続|つなが|繋が|回線|通信|音声|映像|入れ|入室|参加でき|使[えわ]|利用|teams|zoom|web|ウェブ|オンライン|電話|webex|meet",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"([^\s、。,()「」をはに]{1,24}?)(?:が(?!い)|(?<=[一-龥ァ-ヶ\d])も(?!し|う|ら|の|と|っ)|(?<!また)は(?=[^\s]{1,12}(?:た|で|なけ)))"
)
# Taken out of a clause one by one, so that what is left is what it speaks of besides a time.
_TIME_WORD = re.compile(
    r"いずれの日|平日|どの日|午前中?|午後|夕方|終日|再来週|来週|今週|週明け|明日|明後日|以降|以前|まで|から|より|上記|下記|いずれか?|どちらか?|両日とも|両日|であれ|前後|程度|朝|昼過ぎ|時間帯?|どこか|のみ|だけ|または|又は|もしくは|前半|後半|を?除[くい]た?|以外"
    r"|[当本](?:方|市|町|村|県|課|局)は|(?:当方|こちら)|ほう|うち|です|でし|[\d/:.~・、月火水木金土日年時分半曜()第の頃か台で間内中枠方はもとやに限イチ一週あ]|\s|\x01"
)
_ASIDE = re.compile(
    r"もし|仮に|万一|なお|ただし|但し|できれば|(?:事務局|貴局|そちら|ご?担当者?)(?:様|さま)?の?|皆様の?"
)
_OURS = re.compile(
    r"(?:ご|お)?(?:都合|時間|日程|日時|枠|空き|席|調整|余裕|候補日?|支障|問題|差し?支え|不都合|希望|何か|点|質問|こと|方|必要|予定|予約|先約|先客|相談|機会|前者|後者|それ|これ|よろしい)?(?:の日程|の?日時|の?枠|の?時間帯?)?"
)
_NUMBER_TAKEN = re.compile(r"(?:候補の?)?[1-9]番?目?")  # 「1番が埋まっている場合は4番で」
_COME_TO_PASS = re.compile(
    r"(?:参加|出席|対応|都合|参集)[^、。]{0,6}(?:でき|出来|難し|悪)[^、。]{0,3}なっ|(?<!約)が(?:入っ|生じ|起き)(?!て)"
)  # 「当日参加できなくなった場合は、24日に変更できますか」: nothing is asked for yet
_WORD_ONLY = re.compile(
    r"ご?連絡|お?知らせ|ご?教示|教えて|申し付け|ご?指示|お?伝え|お?問い?合わ?せ|ご?返信|お?電話(?:し|くだ|いた)|ご?提示|ご?提案|ご?遠慮なく|お声"
)
_ANOTHER = re.compile(
    r"変更|延期|中止|見送|キャンセル|取り?消|取りやめ|取り止め|別の?日|ずらし|リスケ|欠席|辞退|日を改め|改めさせ"
)
_ONLY_THEN = re.compile(r"(?:の?み|だけ|に限り|に限って)")  # 「可能な場合のみ」 is no courtesy
_TIMES = re.compile(r"\d{1,2}\s?(?:[/月]\s?\d|日|時(?!間)|:\d)|午前|午後|来週|今週|曜|明日|明後日|週明け|夕方|終日")
# Not decided yet: 「まだ上司の了解を得ていません」「申し込むかどうか検討します」.
_NOT_YET = re.compile(
    r"(?:了解|了承|承諾|承認|予約|決裁|許可|確認|調整|確約|同意)(?:を|が|は)?[^。\n]{0,4}(?:得て|取れて|とれて|取って|下りて|降りて|もらって|いただいて|済んで|終わって|できて|ついて)(?:い|お)(?:ない|ませ|らず|りませ)|が(?:済んだ|決まった|取れた|ついた)(?:方|ほう|日|時点)|[良よい]いか、[^。\n]{0,6}ご?意見|第\s?[一二三1-3][^。\n]{0,8}(?:検討中|未定|調整中)|(?:かどうか|[るむい]か)[、を]?[^。\n]{0,10}(?:検討|確認|判断|相談し|決め|聞)"
    r"|(?:日程|日時)(?:を|は|について)(?:ご?相談|調整|協議)(?:します|したい|し、|させて)|正式(?:には|な[^。\n]{0,8}は)[^。\n]{0,12}(?:来週|明日|後日|追って|のち|後ほど|申し?込|連絡)"
    r"|(?:改めて|後日|追って|のちほど|後ほど)[^。\n\d]{0,8}(?:申し?込|予約|確定|正式)|(?:日程|日時|可否|参加の?有無|出欠)[^。\n\d]{0,12}(?:改めて|後日|追って|のちほど|後ほど)[^。\n]{0,8}(?:連絡|知らせ|回答|返事)"
)
_BACK = re.compile(
    r"ところですが、[^。\n]{0,14}(?:厳し|難し)|(?:決まり|確定し?|分かり|わかり)(?:次第|ましたら)(?![、\s]?[^。\n]{0,6}(?:お?知らせ|ご?教示|ご?連絡)(?:を|して)?(?:くだ|いただ|下さ|頂|お?願))|伺いを立て|に(?:聞い|尋ね)て|(?:できれば|可能なら|可能であれば|なるべく|どちらかと)(?![^。\n]{0,6}(?:電話|オンライン|Web|Teams|Zoom))[^。\n]{0,20}(?:希望|お?願い|良い|よい|助か|ありがた)|"
    r"(?:[にと]|を)(?:確認|相談|調整)(?:し(?:ます|て(?:から|み|、)|ており|てい)|いたし|中)|(?:やはり|やっぱり)(?!り)|(?:上記|先ほどの?|前言)[^。\n]{0,8}(?:撤回|忘れ|取り?消)"
)


def conditions(text: str, wishes_at: Collection[int] | None = None) -> Iterator[str]:
    """What the wishes that begin at these places hang on; None: any sentence may hold a wish. A change of mind counts too."""
    for sentence in _SENTENCE.finditer(text):
        words, begin = sentence[0], sentence.start()
        wishing = wishes_at is None or any(begin <= at < sentence.end() for at in wishes_at)
        if wishes_at is None and _BACK.search(words):
            yield f"「{words.strip()[:40]}」とあり、ご希望がはっきりしません"
        if found_not_yet := _NOT_YET.search(words):
            yield f"「{found_not_yet[0]}」とあり、ご希望がはっきりしません"
        since = 0
        for found in _IF.finditer(words):
            condition = re.split(_CLAUSE, words[since : found.start()])[-1]
            behind = words[found.end() :]
            since = found.end()
            if not (wishing or _ANOTHER.search(behind)) or _harmless(condition, behind):
                continue
            yield f"「{(condition + found[0]).strip()[-40:]}」という条件があります"


def _harmless(condition: str, behind: str) -> bool:
    if condition.endswith(("によれ", "例え", "たとえ", "とい")):
        return True
    if _ONLY_THEN.match(behind):
        return False
    if _COME_TO_PASS.search(condition):
        return False
    if _CONNECTION.search(condition) and not _TIMES.search(_CLAUSE_END.split(behind)[0]):
        return True
    if _WORD_ONLY.search(behind) and not _TIMES.search(behind) and not _ANOTHER.search(behind):
        return True
    for found in _SUBJECT.finditer(condition):
        subject = _ASIDE.sub("", found[1])
        if _NUMBER_TAKEN.fullmatch(subject):
            continue
        if not (_OURS.fullmatch(subject) or _OURS.fullmatch(_TIME_WORD.sub("", subject))):
            return False
    left = _TIME_WORD.sub("", _ASIDE.sub("", condition))
    return bool(_COURTESY.search(condition)) or not left or left == "枠が"
