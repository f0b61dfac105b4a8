"""What a day or time is in its sentence: a wish, not wished, a booking spoken of, something else (DESIGN §6: never a guess).

In: the words before and behind it. Out: `Role`. A wish must be said as one (「でお願いします」「いかがでしょう」) or stand as one
of a list; words that nobody here knows make it OTHER, and what is OTHER is never booked. Pure; patterns bounded.
"""

from __future__ import annotations

import re
from enum import Enum, auto


class Role(Enum):
    WISH = auto()  # said as a wish
    LISTED = auto()  # nothing is said of it: one of a list, if its heading doesn't say otherwise
    JOINED = auto()  # a joiner follows: what the next one is, it is too
    ELSE = auto()  # 「18日が難しければ」: a wish, the next one comes after it
    EXCLUDED = auto()
    UNCERTAIN = auto()  # 「18日は未定」
    BOOKED = auto()  # names a booking
    AGREED = auto()  # 「3/18 14時で承知しました」
    OTHER = auto()  # tells of something else, or in words not known


_PARTICLES = r"(?:の|に|は|が|を|も|で|と|か|や|へ|なら|から|より|まで|でも|だと|だけ|のみ|とか|ですと|でしたら|であれば|だったら|については|に関しては)"
_LIGHT = (
    r"(?:[\s、,・/:;()\[\]【】「」=|.~*※-]|\x01\d\x01|"
    + _PARTICLES
    + r"|時間帯?|時刻|日時|日程|開始|スタート|始まり|終了|集合|前後|付近|辺り|あたり|ごろ|頃|くらい|ぐらい|程度|ほど|ちょうど|また(?:は)?|又は|もしくは|若しくは"
    r"|あるいは|及び|および|ないし|(?:の)?(?:いずれか|どちらか|どれか|うち)|(?:の)?間|内|中|曜日?|祝日?|or|and|&|jst|翌|(?:当方|当市|当町|当村|当県|当課|当局|こちら|私)(?:は|の)?|両日(?:とも)?|第?\d\s?希望|①|②|③|④|⑤|,)"
)
GLUE = re.compile(rf"{_LIGHT}{{0,12}}")
_JOINER = re.compile(
    r"(?:[\s、,・/と]|か|や|または|又は|もしくは|若しくは|あるいは|及び|および|ないし|\x01\d\x01|or|and){0,8}"
)

# Behind a day that nothing more is said of: methods, labels, a closing.
_LIST_TAIL = re.compile(
    r"(?:"
    + _LIGHT
    + r"|です|になります|となります|の?方法|方式|オンライン|web会議|ウェブ会議|web|teams|zoom|webex|meet|電話(?:相談|会議)?|対面|形式|相談|希望|第|以上|各|番|案|候補日?|予定"
    r"|(?:いずれも|すべて|全て)(?:の日)?|microsoft|○|◎|ok|可(?!能性)|以降|以後|から|まで|より|ただし|但し|なお|\d{1,3}\s?(?:分|時間)(?:半|程度|ほど|間)?){0,16}[!。]?",
    re.IGNORECASE,
)

_NEGATIVE = r"(?:難し|むずかし|無理|だめ|ダメ|駄目|厳し|きびし|不可(?!能)|埋ま|塞が|ふさが|空いていな|空きがな|取れな|合わな|つかな|NG)"
_PATTERNS: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(pattern, re.IGNORECASE))
    for role, pattern in (
        (Role.ELSE, rf"(?:それ(?:が|も|で)|もし)?(?:ご?都合が?)?{_NEGATIVE}[^、。\n]{{0,8}}?(?:なら|ければ|場合|とき|時は|でしたら|であれば|ようでし|れば)|次点|次善"),
        (Role.UNCERTAIN, r"未定|未確定|調整中|検討(?:中|して|し)|かも(?:しれ|知れ)|不明|(?:分|わ)か(?:りませ|らな|りかね)|(?:確定|決ま)[^、。\n]{0,5}(?:おりませ|いませ|いな)|可能性|△|▲|微妙|見通しが|読めな|見極め|流動的|仮(?:に|の|で|押)|延びなければ|なければ"),
        (Role.AGREED, r"(?:で|の件|にて|、)?[^、。\n]{0,8}(?:承知|了解|かしこまり|承りまし|確認(?:いた|致)?しました)"),
        (Role.BOOKED, r"(?:で|の|に|を|から|より)?(?:の)?(?:ご?予約(?!(?:を|の?)?(?:お願い|希望|した[いく]|させて|可能|でき|入れ|取り?(?:たい|たく|って)|(?:お)?取り|してくだ|していただ)|枠)|お約束|ご?相談(?:会)?の(?:件(?!で)|予定|予約(?!を(?:お願い|希望)))|事前相談(?:会)?(?:を(?!お願い|希望|し|受|予約|申|行)|は(?!いかが|可能|でき|お願い)|の(?:件(?!で)|予定|予約|日程|日時|時間|(?:変更|キャンセル|取り?消)))|面談の?(?:件|予定)|ご?予定(?:して(?:い|お)(?:た|り)|で(?:した|お願い(?:して|いた))|いただ|の(?:件|相談)|を(?!お願い)|だった|となって)|で(?:確定|決定)|に(?:確定|決定|設定))|(?:の?(?:相談|打合せ|打ち合わせ|面談)の件(?!で))|(?:の|から(?:の)?)?(?:ご?(?:事前)?相談(?:会)?|面談|打合せ|打ち合わせ)(?:を|は|の)?(?:キャンセル|取り?消|中止|変更|延期)|(?:を|は|から|の分を?)?(?:キャンセル|取り?消|(?<![にへ])変更(?:し|を|いた)|を?予定して(?:い|お)|別の?日)"),
        (Role.EXCLUDED, r"(?:お?願い|希望)(?:した(?:かった|く存じましたが)|(?:し|いたし)て(?:い|お)(?:たのです|ました|りました|た)が(?![^。]{0,20}(?:返事|返信|返答|回答|連絡)))|以外|除[きくい]|除外|では?なく|じゃなく|不可(?!能)|(?<![a-z])NG|×|✕|✖|╳|避け|ご?都合が(?:悪|つか|つき|合わ|合い|よくな|良くな)|差し?支え(?:が|る)|難し|むずかし|厳し|無理|だめ|ダメ|駄目|(?:対応|参加|出席|調整|実施|都合)(?:は|が)?(?:でき|出来|いたし|致し|つき)(?:ま?せ|な|かね)|できませ|できな|出来ませ|出来な|できかね|いたしかね|対応不可|不在|ふさが|塞が|埋ま|先約|予定が(?:あ|入|ござ|詰)|予定あり|(?<!web)(?<!ウェブ)(?<!オンライン)(?<!電話)会議(?:が|の|で(?!お願い|希望|の相談)|に|と|中|あり)|庁議|議会|委員会|定例会|研修|来客|用務|公務|行事|イベント|出張|休(?:み|暇|業|館|庁)|閉庁|別件|お断り|空いて(?:い|お)(?:な|りませ|ませ)|使えな|使えませ|取れな|取れませ"),
        (Role.OTHER, r"(?:の|\))(?:後|あと|前)に|(?<!web)(?<!ウェブ)(?<!オンライン)会議(?:まで|前|後|終了|資料)|決裁|締め?切|〆切|期限|(?:の)?(?:説明会|委員会|総会|大会|式典|選挙)|公表|発表|開催|提出|応募(?:し|を|す|予)|送付|お送り|送りま|送信|お届け|届(?:き|け|く)|受領|受け取|ご?連絡(?:し|いたし|をいただ|いただい|差し上げ|します|あり|先)|(?:に)?(?:お)?電話(?:し(?:ま|た)|いたし|差し上げ|を差し|ありがとう|での?問|でお(?:話|伝|問))|ご?案内(?:の|いただ|があ|のあ)|異動|着任|採用|戻[りる]|帰[りる]|来庁|訪問|見学|視察|聞[きい]|伺(?:っ|いま)|耳に|稼働|運用|予算|(?:に|までに?)?ご?(?:回答|返信|返答|返事)|ありがとう|お世話|参加(?:し(?:ま|た)|いたしま)|ました(?!ら)|教えてい|付け?(?:で|の)|現在|時点|相談され|申し?込み(?:済|まし)|作成|記入|改正|施行|開始予定|着手|契約|納品|工事|完成|竣工|(?<!時間)(?<!余裕)(?<!空き)(?<!都合)(?<!余地)が(?:ある|あり(?!がた)|ござい)|に(?:ある|あり(?!が[とた])|ござい|控え)|を控え|の予定(?:な(?:ので|ため)|のため|があ|です(?:ので|から|が))|(?:それ|その)(?:まで|前|後|より前|以前|以降|翌日|前日|次)"),
        (Role.WISH, r"お?願い|お願(?!い)|おねが|希望|いかが|可能(?!性)|大丈夫|だいじょうぶ|構い(?:ま|な)|かまい(?:ま|な)|差し?支え(?:な|あ?りません|ございま)|空いて|空きが|空け|都合が(?:よ|良|つ(?!か|き))|都合(?:よ|良)|都合です|調整(?:可|でき|いただ|頂|させ|をお|くだ|のほど)|幸い|助か|いただけ|頂け|いただき(?:たく|たい)|頂き(?:たく|たい)|いただければ|ください|下さい|させて|(?:ご?相談|打合せ|予約|面談|お話|参加|実施)(?:を)?(?:した[いく]|しま(?:す|しょう)|いたした|いたします|できれば|できま|でき(?:れば|ないで)|をお|希望|を希|枠)|対応(?:可|でき(?:ま|る))|参加(?:可|でき(?:ま|る))|出席(?:可|でき(?:ま|る))|でき(?:ます|れば)|よろしい|宜し|よろしく|宜しく|どうで|(?<![a-z])OK(?![a-z])|○|◎|が(?:よい|良い|いい|望まし|ベスト|第一)|お任せ|申し?込み(?:ます|たい|たく)|受けた[いく]|設定(?:を|して|いただ)|割り?当て|なら(?!ない|びに)|でしたら|であれば|を第"),
    )
)  # fmt: skip
_REASON = re.compile(r"(?:ため|ので|為|もので|ことから|関係で|都合で|につき)")
_IF_BEFORE = re.compile(r"(?:れば|たら|場合(?:は|に|には)?|であれば|でしたら|なら|次第)[、,\s]{0,3}$")
_POLITE_IF = re.compile(
    r"(?:でき|可能|よろし|宜し|よけ|良け|差し?支え|叶|いただけ|頂け|お時間|都合|合え|幸い|許|"
    + _NEGATIVE
    + r"|(?:それ|これ|そちら|上記)(?:以外|が|も|で)|希望(?:を|は)|申(?:し上げ|せ)|言え)"
)
_OTHER_HEAD = re.compile(
    r"(?:応募|申請)[はがを]|締め?切|〆切|期限|提出|公表|公募|募集|決裁|議会|(?<!b)(?<!ブ)(?<!ン)会議|説明会|総会|開催|予算|送付|連絡|回答|返信|作成日|記入日|申請日|文書|発送|時点|現在|先日|前回|先週|昨日|当初|号|稼働|運用|導入|実証|開始予定|完了|完成|納期|工期|異動|町さん|市さん|村さん|他(?:市|町|団体)|隣|変更前|変更元|現行"
)
_HELD = re.compile(r"(?:の|から|より){0,2}ご?(?:予定|予約|約束)を[、\s]{0,3}")  # 「10時からの予定を11時に変更」
_LABEL = re.compile(r"([^\s:。、,()\[\]【】]{2,16})[】\]]?\s?:\s{0,3}$")
_WISH_LABEL = re.compile(
    r"希望|候補|日|相談|時間|時刻|時|都合|可|空|OK|○|案|枠|面談|打ち?合わ?せ|期間|予約|申|第|オンライン|電話|web|方法|[0-9A-Za-z\x01]|いつ|曜",
    re.IGNORECASE,
)


def role_behind(tail: str) -> Role:
    """What the words behind say: the first that says anything."""
    tail = tail[:160]
    if _JOINER.fullmatch(tail) and tail.strip():
        return Role.JOINED
    if _HELD.fullmatch(tail):
        return Role.BOOKED
    if GLUE.fullmatch(tail) or _LIST_TAIL.fullmatch(tail):
        return Role.LISTED
    found = [
        (match.start(), order, role)
        for order, (role, pattern) in enumerate(_PATTERNS)
        if (match := pattern.search(tail))
    ]
    if not found:
        return Role.OTHER
    return min(found)[2]


def role_of(head: str, tail: str) -> Role:
    """`head`: the words since the day before or the sentence's begin; `tail`: up to the next day or the sentence's end."""
    role = role_behind(tail)
    clause = re.split(r"[、,]", head.strip(" 、,"))[-1][-40:]
    if role in (Role.LISTED, Role.JOINED) and _OTHER_HEAD.search(clause):
        return Role.OTHER
    if role in (Role.LISTED, Role.JOINED) and (label := _LABEL.search(head)) and not _WISH_LABEL.search(label[1]):
        return Role.OTHER  # 「財政課ヒアリング：3/17 10:00」
    if role in (Role.WISH, Role.LISTED, Role.JOINED) and (conditional := _IF_BEFORE.search(head[-30:])):
        before = head[-30:][: conditional.end()]
        if not _POLITE_IF.search(re.split(r"[、,]", before.strip(" 、,"))[-1]):
            return Role.UNCERTAIN
    return role
