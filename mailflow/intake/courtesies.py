"""Sentences that are a courtesy to their end: greetings, thanks, who writes. 「公募の延期をよろしくお願いします」 is none.

In: a sentence, NFKC. Out: whether nothing is left of it once the words of politeness are taken out. Conservative: a word
that isn't known here may say something, a person reads it. Pure, linear.
"""

from __future__ import annotations

import re

# Nouns that are courteous only where somebody is thanked for it, or the mail is about it: 「ご連絡をお願いします」 asks.
_FAVOUR = (
    r"[ごお御](?:連絡|指摘|返信|返事|案内|教示|助言|対応|回答|知らせ|電話|送付|通知|説明|配慮|協力|依頼|修正|検討)"
)
_POLITE = re.compile(
    rf"(?:{_FAVOUR}|修正|標記|表記)(?:のお?願い)?の(?:件|点)(?!数)(?:について|につきまして)?は?"
    rf"|(?:ご?(?:迅速|丁寧|詳細)[なに]|早速の|度々の?)?{_FAVOUR}(?:を)?(?:(?:いただ|頂)き|(?:くださ|下さ)(?:り|って)|に)?(?:まして)?"
    r"(?:$|(?:大変|誠に|本当に|どうも)?(?:ありがとう|有り?難う|感謝))"
    rf"|{_FAVOUR}(?:まで(?=。?$)|が?(?=遅))|メールを?(?=拝)"
    r"|いつも|平素(?:より|から)?|日頃(?:より|から)?|お世話(?:様|さま)?|お疲れ(?:様|さま)?|大変|誠に|本当に|何卒|どうぞ|どうか|改めて|重ねて|重ね重ね"
    r"|取り?急ぎ|以上|宜しく|よろしく|お?願い|ありがとう|有り?難う|感謝|[おご御]礼|お詫び|承知|了解|承り|拝見|拝受|拝読|お忙しい(?:中|ところ|所)|[ごお]多忙(?:中|の(?:中|ところ|折))"
    r"|お手数|お手間|[ごお](?:面倒|迷惑|不便|心配|足労)|お(?:か|掛)け|お待たせ|お待ち|お許し|ご(?:了承|容赦|承知おき|理解|了解|確認|査収)"
    r"|申し?訳(?:あり|ござい)ません|す[みい]ません|申し?訳|恐縮|恐れ入り|恐れいり|失礼|幸い|遅く|遅れ|あらかじめ|予め|少々|今?しばらく|今少し|引き?続き|今後とも?|さっそく|早速"
    r"|この(?:度|たび)|先ほど|存じ|申し?上げ|致し|いたし|下さい|ください|(?:いただ|頂)(?:きたく|き|けれ|け)"
)
# What holds such words together; with nothing else in the sentence it says nothing.
_BETWEEN = re.compile(
    r"でした|ました|まして|ござい|けれど|それでは|なって|ところ|こと|ます|です|おり|なり|した|して|する|ほど|ので|まで|また|では|なお|はい|れば|にて|[をにはがものとでてしばおご]"
)
_LEFT = re.compile(r"[\s。!.,・…〜~()=*_-]*")
_SAYS_MORE = (
    r"(?!.*(?:不要|未定|無理|困難|不可|中止|延期|同意|該当|不明|残念|辞退|撤回|破棄|意向|方針|希望|考え|予定|状況|間違|誤り|退職|異動|交代|後任"
    r"|反対|見送|見合|取り?下げ|変更|無効|必要))"
)
_WHO = re.compile(
    _SAYS_MORE + r"(?:[^、。はをがも]{0,30}[市区町村都道府県庁課部局室係]の?\s?)?[^、。はをがにもで]{1,14}と申します。?"
    r"|"
    + _SAYS_MORE
    + r"[^、。はをがも]{0,30}[市区町村都道府県庁課部局室係]の?\s?[^、。はをがにもで]{1,14}(?:です|でございます)。?"
)
_TO_WHOM = re.compile(_SAYS_MORE + r"[^、。はをがも]{0,40}(?:御中|様|各位)")


def is_courtesy(sentence: str) -> bool:
    """「お忙しいところ恐れ入りますが、よろしくお願いいたします。」「飯田市の山口です。」; not 「承知しました、ただAコースはやめます。」"""
    return all(_is_courteous(clause.strip()) for clause in re.split("[、,]", sentence))


def _is_courteous(clause: str) -> bool:
    if _WHO.fullmatch(clause) or _TO_WHOM.fullmatch(clause):
        return True
    return bool(_LEFT.fullmatch(_BETWEEN.sub("", _POLITE.sub(" ", clause))))
