"""Whether a mail's words are those of a covering letter: they hand something in, or say nothing but courtesies.

In: the new text (no quotes, no signature). Out: a truth. A mail under the programme's subject that brings no form is a
forgotten attachment only then; any other matter that an officer writes about under that subject (a wish we don't know,
news, a call back) must not be answered by 「添付してお送りください」. Conservative: in doubt it is no covering letter, and a
person reads it. Pure, never raises; sentences are bounded, patterns linear.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from mailflow.intake.folding import fold
from mailflow.intake.sentences import MAX_TEXT, sentences

MAX_SENTENCES = 60

_HANDS_IN = re.compile(
    r"(?:提出|送付|お送り|おくり|送り|送ら|送信|添付|応募|申請|申し?込み?)(?:を)?(?:いた|致)?(?:します|しました|し(?:ており)?ます|させて(?:いただ|頂)|申し上げ|した(?:く|い|ので)|しますので|の?ほど)|(?:送り|おくり|出し)ます"
    r"|(?:別添|別紙|添付)(?:の|ファイルの)?(?:とお|どお|通)り|添付(?:ファイル|書類|資料|の様式)?(?:を|の)?(?:ご?確認|ご?査収|ご覧|内容)|査収|お納め|ご受納"
    r"|(?:応募|申請|提出|様式)(?:書類|様式|書|資料)?(?:一式)?(?:です|になります|でございます|となります)|添付(?:漏れ|忘れ|し忘れ)"
)
_NOT_NOW = re.compile(
    r"別の?メール(?:で|に|を)|別便|[通回]に分[けか]|\d通目|分割して|予告|先日|昨日|先週|以前|前回|(?:付け?)で|\d日.{0,6}に.{0,12}(?:ました|た)|予定|後日|追って|のちほど|後ほど|来週|今週|明日|次第|場合|検討|(?:決裁|完成|修正|記入|確認|相談|押印)(?:した)?後"
    r"|(?:ました|した)(?:が|けれど|けど|ところ|件|際)|(?:でしょうか|ますか|ですか|ません|ください|[?？])$|資料|位置図|参考"
)
_ANOTHER_WAY = re.compile(r"郵送|FAX|ファクス|ファックス|持参|投函|宅配|レターパック", re.IGNORECASE)
_SAYS = re.compile(
    r"(?:ます|ました|ません|です|でした|でしょう|ください|下さい|たい|した|する|ない|ある|います|か)(?:[。!！?？]|$)"
)
_COURTESY = re.compile(
    r"お世話|よろしく|宜しく|お願い(?:いた|致|し|申)(?:します|し上げます|します)|ありがとう(?!ございました)|承知(?:しま|いた|致)|お手数|恐れ入り|恐縮|お疲れ|取り急ぎ|失礼|ご査収|ご確認(?:のほど|を?お願い|ください|いただけますと)"
    r"|(?:標記|表記|件名|首記|本件)の?(?:件)?.{0,12}(?:です|連絡|ご送付|お送り)|(?:(?:課|部|局|室|係|班|担当|役場|役所|市|町|村|県|区)の?|と申し)[^、。はがをに]{1,14}(?:です|ます|でございます)[。]?$"
    r"|^(?:TEL|FAX|電話|〒|E-?mail)[\s:(0-9]|@|返信(?:は)?不要|拝|時下|ご清栄|ご健勝|平素"
)

_THANKS = re.compile(
    r"ありがとう|お礼|御礼|感謝|承知(?:しま|いた|致)|了解(?:しま|いた|です)|拝受|(?:受領|確認)(?:いた|致)?しました|安心(?:いた|致)?しました|助かりました|受け取りました|問題なく(?:確認|受信|受領)"
)
_GREETS = re.compile(
    r"お世話|(?:よろしく|宜しく)|取り急ぎ|お手数|失礼(?:いた|致)?し|お疲れ|ご対応いただ|引き続き|今後とも|以上です|(?:様|御中|殿|さま)$"
    r"|^[^、。はがをに]{1,24}(?:です|と申します|でございます|より)[。]?$|^(?:TEL|FAX|電話|〒|E-?mail)[\s:(0-9]"
)
_MORE = re.compile(
    r"[?？]|でしょうか|ますか|ですか|ください|下さい|いただけ(?:ます|ない|れば)|ところで|なお|ただし|ですが|ますが|ましたが|予定|変更|修正|間違|\d{1,2}(?:番|点目|日|時)|です(?:ので|けど)|送り(?:ます|いた)|提出|辞退|取り?下げ"
)
_LONGEST_THANKS = 80


def is_only_thanks(new_text: str) -> bool:
    """Thanks, or 「承知しました」, beside greetings and a name, and nothing that a person would have to read."""
    return only_thanks(sentences(new_text)[:MAX_SENTENCES])


def only_thanks(spoken: Sequence[str]) -> bool:
    """The same of its sentences."""
    return any(_THANKS.search(one) for one in spoken) and all(
        len(one) <= _LONGEST_THANKS
        and not _MORE.search(one)
        and (_THANKS.search(one) or _GREETS.search(one) or (not _SAYS.search(one) and _NAMES.search(one)))
        for one in spoken
    )


def labels_told(new_text: str, labels: Collection[str]) -> int:
    """How many different labels of the form (folded as `folding.fold`) begin a line with something behind them: 「担当部署：企画課」. The form was
    written into the text (situations row 21)."""
    found = set()
    for line in new_text[:MAX_TEXT].split("\n"):
        told = _LABEL.match(line)
        if told is not None and (label := fold(told[1])) in labels:
            found.add(label)
    return len(found)


_LABEL = re.compile(
    r"[\s　]{0,8}[・●○◆■□*]?(?:[①-⑳]|[(（]?[0-9０-９]{1,2}(?:[-－‐.．][0-9０-９]{1,2})?(?:[)）.．、]|(?=[\s　])))?[\s　]{0,3}([^\s　:：]{2,24})[\s　]{0,3}(?:[:：]|[\s　])[\s　]{0,8}\S"
)
# A line with who writes: 「夕張市企画課」.
_NAMES = re.compile(r"^[^、。]{1,24}(?:都|道|府|県|市|区|町|村|課|係|室|部|局|役場|役所|担当|[一-龥]{2,6})$")


def is_covering_note(new_text: str) -> bool:
    """It hands something in now, or nothing is said beside greetings, a name, a request to look at it."""
    spoken = sentences(new_text)[:MAX_SENTENCES]
    sending = [one for one in spoken if _HANDS_IN.search(one)]
    if any(_ANOTHER_WAY.search(one) for one in spoken):
        return False
    if any(not _NOT_NOW.search(one) for one in sending):
        return True
    return not sending and not any(_SAYS.search(one) and not _COURTESY.search(one) for one in spoken)
