"""Words that take an answer back, limit it or leave it open: 「一部含まない」「可（要相談）」「首長了承または部局長了承」「5時間は難しい」.

In: folded text (`text.fold`). Out: how far what it names may be taken for the answer (`Doubt`). Pure.
An answer so hedged is never read as the plain one. What only adds to an answer is no hedge: 「可（事前連絡要）」「含まない（庁外のみ）」
「首長了承（3月10日）」. Words of a choice's own spelling don't count (「一部含む」, where the form accepts it). Words beside a clear answer
that nobody here knows are no reason to ask the applicant: a person of the office looks.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import IntEnum

from mailflow.forms.spelling import Table, without_politeness
from mailflow.forms.text import fold


class Doubt(IntEnum):
    """`LOOK`: the answer is clear, beside it stands what isn't understood; `LIMITED`: something is said near to an answer, and no
    choice fits it; both are a person's to read. `ASK`: no answer, several, or one taken back."""

    NONE = 0
    LOOK = 1
    LIMITED = 2
    ASK = 3


# What is not yet so: no answer.
_PENDING = re.compile(
    r"未(?!満)|予定|見込|(?:検討|調整|協議|確認|申請|依頼|交渉|手続き?)(?:し|して|を)?(?:い|お)?(?:中|る|ます|り)|要(?:検討|協議|確認|相談)|待ち|これから|まだ|不明|\?|か$|どちら|両方|→|⇒|(?:な|でき|され|得)(?:い|ない|ず|ていない|ません)$|\n[^\n]{0,6}(?:なし|無し?)$|[:=\n](?:×|未|無|否)$"
)
_OF_ANOTHER = re.compile(
    r"[、。,;※・/][^、。,;※\n]{1,14}(?:は|には|へは|も)[^、。,;※\n]{0,40}"
)  # 「、首長は3月中に説明予定」
# What gives an answer within bounds that the choices don't know: a person reads it.
_LIMIT = re.compile(
    r"原則|基本(?!構想|計画|方針)|(?:災害|緊急|繁忙|会期|議会|[冬夏春秋]期?|積雪|時期|[0-9]月)[^、。]{0,10}(?:は|のみ|だけ)|(?:まで|に限[りる]|だけ|のみ)(?:なら|であれば|は)|(?:なら|であれば)(?:可|同意|対応|受)|副(?:首|市|町|村|区|知事)|代理|(?:自治|町内|部落)会?\n"
)
# Of the whole sentence, brackets left out.
_HEDGE = re.compile(
    r"一部|部分的|部分も|半分|概ね|おおむね|ほぼ|ほとんど|殆ど|大体|だいたい|当面|当分|現時点|現段階|現状では|いまのところ|今のところ|今の所|今年度は|今期は|暫定"
    r"|仮|なるべく|極力|(?:でき|出来)る(?:だけ|限り)|(?:でき|出来)れば|可能な(?:限り|範囲)|恐らく|おそらく|たぶん|多分|主に|主として|寄り$|相当$|同等|に近い|方向|可能性|かも"
    r"|思われ|思う|はず|わけ|とは|(?:では?|じゃ)(?:ない|なく)|なくは|なくも|なく$|によって|により|時期|場合|条件|なら(?!び)|必要|目指|求め|得たい|\n(?:を|と|で)?想定|つもり|見通し|望まし|こともあ|(?:し|られ|でき)なかった|(?:す|され|られ)れば|べく|取り?消|取り?下げ|後に|後$"
    r"|→|⇒|[0-9]月(?:中)?は|不明|どちら(?:とも|でも)|両方|(?:期|季|末)は|いずれか|確認中|要確認|要相談|要協議|未確定|未決|\?|限ら|[:=\n](?:×|未|無|否)$"
)
# What a remark in brackets begins with; further in it speaks of something else: 「可（日程は検討中）」.
_HEDGE_IN_BRACKETS = re.compile(
    r"[(\[](?:未定|未確定|未決|未$|未\)|検討中|調整中|協議中|確認中|交渉中|要確認|要相談|要協議|応相談|要検討|後日|内々|原則|候補|暫定|仮|条件付|条件あり|一部|かも|可能性|見込|\?|正式には未|正式決定前|おんらいん(?:のみ|なら|に限)|[1一]回(?:のみ|だけ))"
    r"|[(\[][^()\[\]]{0,20}正式(?:に)?は(?:未|まだ|これから)"
)
# What a sentence may end with behind the choice, piece by piece and never back (a long one may not take long); anything else is not known to leave it as it is (「含まない見通し」「了承を想定」).
_ENDS_PLAINLY = re.compile(
    r"(?>済み?|(?:及び|並びに|と|・)[一-龥]{1,8}(?:長|部|課|室|係|局|会)|(?:し)?ている(?=段階|状況|状態|です|。|$)|段階|状況|状態|ともに?|了承|了解|承認|合意|同意|策定|である|だ|とする|とした|とおり|(?:こと|もの)(?:と|に)?する|(?:と|に)な(?:る|った|っている)|を?得(?:た|ている|て)?|を?(?:いただ|頂)[いき](?:た|ている)|を?もらっ(?:た|ている)|を?受け(?:た|ている)|を?取得|を?頂戴(?:した|している)|が?得られ(?:た|ている)|まで(?:完了|終了|済んでいる)?|完了|(?:に|と)な(?:ります|りました)|としている"
    r"|(?:の|した)?(?:うえ|上)で?|の?もとで?|(?:の)?ため|につき|にて(?=応募|申請|申)|による(?=支援)|へ(?=の?(?:応募|申請))|もの|(?:の)?案件|(?:の|という)(?:状況|段階|状態)|であること|を?確認(?:済み?|した|している)|申し?込み?(?:ます|む|みたい)"
    r"|あり|有り?|○|する|した|している|を|に|で|の|は|、|(?:希望|選択|応募|申請|対応|受入れ?|決裁|説明|レク|報告|実施)(?:する|した|したい)?|お願いする|コース|こーす|支援|[0-9年月日/.:令和r元-]|庁議|会議|にて|付け?|です|[!。.:]|\s)*+"
)
_PIECES = re.compile("[、。,;※/・()\\[\\]]")
_ALTERNATIVE = re.compile(r"又は|または|もしくは|若しくは|あるいは|或いは|(?<![a-z])or(?![a-z])|いずれか|どちらか|→|⇒")
_BRACKETS = re.compile(r"[(\[][^()\[\]]{0,120}[)\]]")


def doubt_about(folded: str, remarks: str, found: Collection[str], table: Table) -> Doubt:
    """`found`: the choices that the text names; `remarks`: the text with all its brackets, those too that only tell of plans."""
    left = folded
    for word, value in table.longest:
        if value in found and len(word) > 1:
            left = left.replace(word, "\n")
    said = _BRACKETS.sub("", left)
    if _PENDING.search(without_others(said)):
        return Doubt.ASK
    if _LIMIT.search(said) or _HEDGE.search(said):
        return Doubt.LIMITED
    inside = _HEDGE_IN_BRACKETS.search(remarks)
    if inside is not None and not (
        "一部" in inside[0] and any(table.whole.get(f"一部{value}") == value for value in found)
    ):
        return Doubt.ASK if _PENDING.search(inside[0]) else Doubt.LIMITED
    behind = without_politeness(_PIECES.split(said.rpartition("\n")[2])[0]) if "\n" in said else ""
    return Doubt.NONE if _ENDS_PLAINLY.fullmatch(behind) else Doubt.LOOK


def without_others(folded: str) -> str:
    """Without what is said of somebody else: 「、首長は3月中に説明予定」."""
    return _OF_ANOTHER.sub("", folded)


def without_denied(text: str, table: Table) -> str:
    """「AではなくB」 names B alone, 「B（Aではない）」 too."""
    if not _DENIAL.search(text):
        return text
    folded = rest = fold(text)
    for word, _ in table.longest:
        if word in rest:
            own = rf"(?<![a-z0-9]){re.escape(word)}(?:こーす)?"
            rest = re.sub(
                rf"{own}[^、。,]{{0,6}}(?:ていない|おりません|ていません|未了|未|まだ)(?:だ|です)?が[、,]?(?=.)",
                "",
                rest,
            )
            rest = re.sub(
                rf"\({own}(?:では?(?:ない|ありません)|{_NOT_WANTED})\)|{own}(?:では?|じゃ)なくて?[、,]?(?=.)", "", rest
            )
    return text if rest == folded else rest


_DENIAL = re.compile("なく|ない|ません|不要|対象外")
_NOT_WANTED = (
    "[はをも]?(?:希望|選択|応募)(?:は|を)?(?:しない|しません|していない|しておりません)|は?不要(?:です)?|は対象外"
)


def doubt_beside(folded: str) -> Doubt:
    """What words beside a clear answer do to it, where they name no choice."""
    said = _BRACKETS.sub("", folded)
    if _PENDING.search(said) or _ALTERNATIVE.search(said):
        return Doubt.ASK
    return Doubt.LIMITED if any(one.search(said) for one in (_HEDGE, _LIMIT, _DENIED)) else Doubt.LOOK


def says_nothing(folded: str) -> bool:
    """Of a text that names no choice: whether nothing is there that a person could read as an answer: 「未定」「C」「現時点では判断できない」."""
    if len(folded) < _SHORTEST_STATEMENT or not _JAPANESE.search(folded):
        return True
    if _REFUSES.search(without_politeness(folded)) and not _NO_ANSWER.search(folded):
        return False
    return not (_LIMIT.search(folded) or _HANGS.search(folded)) and any(
        one.search(folded) for one in (_PENDING, _DENIED, _NO_ANSWER, _ALTERNATIVE)
    )


_DENIED = re.compile(
    r"未|予定|今後|これから|まだ|検討(?!の(?:うえ|上|結果))|調整中|協議|難し|かね|次第|以外|ない|(?:て(?:おり|い)|でき|かね|致し|し)ません|(?<![必ま])ず|不|(?<!是)非(?!常)|待ち|見込|途中|[^途]中(?:です)?$|要相談|無し?$|なし$"
)
# 「公表を望まない」「同意しかねます」「断る理由はない」: yes or no in other words than the choices have.
_REFUSES = re.compile(
    r"(?:(?:望ま|求め|認め|応じ|対象とし|行わ|含め|出さ|応じられ|(?:希望|同意|承諾|了承|許可|計画|予定)(?:し|でき)|(?:対象と|計画|想定|予定)してい|予定(?:は|も|が))ない|と(?:は)?考えていない|かね(?:る|ます)|(?:理由|異論|不都合|懸念|差し?支え|支障|問題|異存)(?:は|も|が)?(?:特に)?ない|(?:ない|不可能?|困難|無理|できぬ)(?:わけ|もの|の)?では(?:ない|ありません)|な(?:く|い(?:こと|わけ))(?:は|も)ない|を[一-龥ぁ-ん]{2,6}(?<!てい)(?<!でき)(?<!られ)(?<!から)ない)[。!]?$"
)
_NO_ANSWER = re.compile(
    r"不明|迷|悩|決め(?:かね|られ)|判断(?:でき|し|がつ)|決ま(?:ら|って)|決定(?:予定|次第|後|前|して)|後に決定|別紙|別添|同上|後日|いずれ|該当|選択|若干"
)
# What hangs on the support itself, wants to be talked over, or tells what has been done short of it: 「選定後に協議させてほしい」「町長には口頭で伝達、了承は未」.
_HANGS = re.compile(
    r"(?:伴走)?支援(?:の中|期間中?|を受け|を通[じし]|内容)[^、。]{0,8}(?:検討|判断|決定|決め|相談)|(?:選定|採択)(?:され(?:た|て))?(?:後|の?際)に[^、。]{0,8}(?:相談|協議|話し合)|(?:専門家|事務局|あどばいざー|総務省)(?:の方)?と(?:ご)?(?:相談|協議)|(?:相談|協議)(?:さ|を)せて"
    r"|(?:には|へは)[^、。,]{0,10}(?:伝達|説明|報告|相談|れく)(?:済み?|した)?[、,。]"
)
_JAPANESE = re.compile("[ぁ-ん一-龥]")
_SHORTEST_STATEMENT = 4


def leaves_open(folded: str) -> bool:
    """Whether what it names is offered for choice: 「AまたはB」."""
    return _ALTERNATIVE.search(folded) is not None


# What is said of a number so that it is none of what was asked. `OUTSIDE` of brackets, and what a remark in them begins with.
_NOT_THAT_MANY = re.compile(
    r"不明|届かな|超えない|下回|候補|各(?:課|部|係|室|担当)|第[0-9]|難し|無理|困難|(?:でき|出来)(?:な|ませ|ず|て(?:い)?な|れば|るよう|るだけ)|不足|欠員|未定|未確定|未確認|検討|調整|要相談|応相談|相談の上|か$|\?|最大|上限|最高で?|まで|満たな|弱(?!者|体|点)|目標|目指|隔週|各自|各々|各[1一]|それぞれ"
    r"|[1一](?:人|名)(?:当た?り|あたり|につき)|ほか(?!、?(?:関係|他)[^0-9]{0,8}(?:課|部|職員))|(?<!その)他(?!部|課|の)|名外|人外|\+(?!関係)[^0-9]*$|[0-9]±|±|[¥$€]|円?/(?:月|日|年)|/(?:day|month|year|d|m)(?![a-z])|数[十百千]|[十百千]数"
)
_NOT_THAT_MANY_IN_BRACKETS = re.compile(
    r"[(\[](?:予定、?)?(?:未定|未確定|未確認|未$|未\)|検討中|調整中|確認中|要相談|仮|候補|\?)"
)


_OF_EACH = re.compile(r"[1一](?:人|名)(?:当た?り|あたり|につき)|/(?:人|名)(?!数)|ごと|ずつ")


def takes_number_back(folded: str) -> bool:
    return (
        _OF_EACH.search(folded) is not None
        or _NOT_THAT_MANY.search(_BRACKETS.sub(" ", folded)) is not None
        or _NOT_THAT_MANY_IN_BRACKETS.search(folded) is not None
    )
