"""By which means: online, by phone; another one than before (DESIGN §6). Pure; patterns bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mailflow.consultation.reading.doubts import hesitates
from mailflow.consultation.reading.words import any_of
from mailflow.model import Method, Request, RequestIntent
from mailflow.settings.consultation import ConsultationFile

_NOT_ONLINE = re.compile(
    r"対面[^。、\n]{0,8}(?:難し|不可|でき)[^、。\n]{0,12}|(?:Web(?:会議)?|ウェブ会議|オンライン|Teams|Zoom|Webex)(?:(?!なら|だと|助か|Teams|希望)[^(（。\n]){0,14}(?:使え|使用でき|利用でき|参加でき|接続でき|つなが|繋が|入れ(?:な|ず|ませ)|不可|難し|途切れ|ではなく|不安定|使用中|遮断|避け|でき(?:ない(?!で|か)|ませ(?!んか|んで)))",
    re.IGNORECASE,
)
# 「電話でもWebでも構いませんが、できれば電話で」
_RATHER_BY = re.compile(
    r"(?:できれば|なるべく|可能(?:なら|であれば)|どちらかと(?:言|い)えば)[^。、\n\d]{0,4}(電話|オンライン|Web|Teams)(?:会議|相談)?(?:で(?!も)|が|の(?:方|ほう)|希望)",
    re.IGNORECASE,
)
# 「（変更前）19日10:00　オンライン／（変更後）23日11:00　電話」
_AFTER_THE_CHANGE = re.compile(
    r"(?:変更後[)）】:：]?[^\n。]{0,40}?\n?[^\n。]{0,6}?|^\s{0,4}[→⇒][^\n。]{0,24}?\d(?:時|:\d\d)[^\n。]{0,8}?)(電話|オンライン|Web|Teams)(?!番号|\s?[:：\d(])",
    re.IGNORECASE | re.MULTILINE,
)
_OTHER_TOOL = re.compile(
    r"(?:Teams|Web(?:会議)?|オンライン|Meet)[^。、\n]{0,4}(?:なら|だと|でしたら|であれば)", re.IGNORECASE
)
# Talk online is ruled out, not another tool, nor one of its functions: 「オンラインは難しい」, not 「Zoomは使えません」「Teamsの録画は不可」.
_RULED_OUT = re.compile(
    r"(?:オンライン|Web|ウェブ|リモート|Teams)(?:会議|相談|面談|参加)?(?:での?(?:ご?相談|参加|実施|対応|接続))?"
    r"(?:[のが]?(?:環境|接続|利用|使用|参加|設備|端末))?[はがも、]{0,2}(?:(?:現在|庁内|当[市町村課]|本[市町村]|当方|今回|都合上|環境上|制限|まだ|一切|うまく)(?:では|で|は|により|のため)?、?)?"
    + any_of(
        r"使え(?:な|ま?せ|ず)|でき(?:な(?!いで)|ま?せん(?!か|で)|ず)",
        r"(?:つなが|繋が)(?:ら|り(?:ませ|にく))|入れ(?:な|ず|ませ)|不可|難し|避け|不安定(?!な(?:こと|とき|場合))|遮断|整って(?:い|お)(?:な|りま?せ|らず)",
    ),
    re.IGNORECASE,
)
_NOT_PHONE = re.compile(
    r"電話(?:会議|相談|面談)?[はがで]?(?:も|は)?(?:不可|難し|無理|使え(?:な|ませ)|でき(?:ない|ませ))"
)
_ONLINE = re.compile(r"オンライン|Web|ウェブ|Teams|Zoom|Webex|Meet(?![a-z])", re.IGNORECASE)
_TICKED, _UNTICKED = (
    re.compile(r"[■☑✓✔☒]\s?(?:オンライン|Web|電話|Teams|Zoom)", re.IGNORECASE),
    re.compile(r"[□☐][^\s□■☑☐]{1,16}"),
)
# 「Teams以外の場合は電話でお願いします」: what would be done then.
_FALLBACK = re.compile(
    r"難し[^。、\n]{0,4}(?:れば|場合は?)、?[^。、\n\d]{0,6}(?:電話|オンライン)[^。\n]{0,20}|お急ぎの[^。\n]{0,60}|[^。\n、]{1,30}場合は、?[^。\n]{0,20}(?:電話|オンライン)[^。\n]{0,20}|(?:もし|万一|仮に)[^。\n]{0,80}(?:たら|場合|なら|れば)[^。\n]{0,40}|(?:つなが(?:ら|り(?:ませ|にく))|繋がら|使え(?:な|ませ)|不調|不具合|入れな|(?:オンライン|Web|ウェブ|Teams|Zoom|接続|参加|方法|電話|会議)[^。、\n\d]{0,12}(?:以外|でき(?:な|ませ)|難し|だめ|不可|なけ))[^。\n、]{0,8}(?:場合|とき|時|際|れば|なら|よう)[^。\n]{0,40}"
)
# 「方法：電話」 says it, whatever else is named; of a move the new one.
_LABELLED = re.compile(
    r"(?:新しい|変更後の?|希望)?(?:実施)?方\s{0,3}法\s{0,3}(?:[】\])]\s?:?|[:は])\s{0,3}[^\n。、]{0,30}"
)
_INSTEAD = re.compile(r"(?:オンライン|Web|ウェブ|Teams|Zoom|電話)(?:会議|相談)?では?なく", re.IGNORECASE)
_EITHER = re.compile(
    r"(?:電話|方法|形式|手段)[^。\n]{0,24}(?:どちらでも|いずれでも|どちらも可)|(?:どちらでも|いずれでも)[^。\n]{0,12}(?:電話|方法)"
)
_PHONE = re.compile(
    r"[■☑✓✔☒]\s?電話|電話[にへ]お?(?:かけ|掛け)|電話[のは](?:ほう|方|署名|直通|下記|[^。、\n]{0,8}番号)|電話(?:にて|で|相談|対応|による|を?希望|のみ|会議|での)|TEL(?:面談|会議|相談|にて|で|を?希望)|電話を?(?:いただ|頂|くださ|下さ|もら|お?待ち)|方\s{0,3}[法式]\s{0,3}[】\])]?\s?[:は]?\s{0,3}電話|\(電話\)"
)
# Asked for in so many words, beside another that is only spoken of: 「Web会議は設定が要るため、電話でお願いします」.
_BY_PHONE, _BY_ONLINE = (
    re.compile(
        rf"(?:{words})(?:会議|相談|面談)?(?:(?:で(?!も)|だと|にて|による|により|での|を)(?:(?!電話|オンライン|Web|Teams|やめ)[^。、\n]){{0,12}}"
        r"(?:お?願(?!いし(?:た|て(?:い|お)))|希望|た[いく]|いただけ|頂け|いただき(?:たく|た)|参加|結構|大丈夫|構い|差し?支え(?:な|あり|ござい)|助か|幸い|お受け|伺え)"
        r"|\s?:\s?[\d()-]{9,14}[^。\n]{0,8}に?(?:お?願い|お?かけ|ください)"
        r"|希望|可(?!能性|否)|が(?:[良よ]|い[いで]|ありがた|助か|希望)|に(?:して|なさ|変え|替え))",
        re.IGNORECASE,
    )
    for words in ("電話|TEL|テレ", "オンライン|Web|ウェブ|Teams|Zoom|Webex")
)
# Nothing but the word: 「3/18 11:00～ 電話 よろしくお願いします」「実施方法 | 電話」「手段：電話」; no number in a signature.
_BARE_PHONE = re.compile(
    r"(?:^|[\s|:、・/。])お?電話(?=[\s|、)(・/。]{1,3}(?![\s]?[\d(]|代表|直通|番号|内線)|$)|お?電話(?:を)?お?願い|(?:方\s{0,3}[法式]|手\s{0,3}段|形式)[\s|:]{0,4}電話",
    re.MULTILINE,
)
_HEARD_OF = re.compile(
    r"[^。\n]{0,60}(?:変更|切り?替え)(?:なさ|され|して(?:いただ|くださ))[^。\n]{0,4}ました(?:でしょう)?か|[^。\n]{0,60}(?:ご?連絡|ご?回答|お返事)(?:は|については|も)[^。\n]{0,20}電話[^。\n]{0,30}|[^。\n]{0,80}た(?:と|の?を)(?:聞|伺|お聞き)[^。\n]{0,40}"
)
# 「昨年9月は、オンライン相談をお受けいただき、参考になりました」
_ONCE = re.compile(r"(?:昨年度?|前回|以前)(?!と)[^。\n]{0,80}?(?:ました|いただき)(?=[。、])")
_CALL_US = re.compile(r"架電|電話\([^)\n]{1,24}\)(?:に|で|へ|まで)|お電話(?:を|で)?(?:いただ(?:け|く形)|頂(?:け|く形))")
_CHANGED_TO = re.compile(
    r"(電話|オンライン|Web|ウェブ|Teams|Zoom)(?:会議|相談|面談|参加)?(?:での?ご?(?:相談|実施|対応|面談))?[にへ]の?(?:変更|切り?替|変え|替え|改め|して(?:もら|いただ|頂|くだ|ほし))(?!る場合|た場合)",
    re.IGNORECASE,
)
PHONE_NUMBER = re.compile(r"(?:\(0\d{1,4}\)|0\d{1,4})[- (]{0,2}\d{1,4}[-) ]{1,2}\d{3,4}")
# 「電話（0287-92-1114）を希望」: between the means and what is said of it.
_NUMBER_ASIDE = re.compile(
    r"(?:(?<=[、。\n:：\sお]電話)|(?<=^電話))\s?(?:[(【\[]\s?0\d[\d\s()-]{7,14}[)】\]]\s?(?=を?希望|(?:で|にて)(?:の)?(?:お?願|ご?相談|希望)|$|\n|。)"
    r"|\(?0\d{1,4}\)?[\s-]?\d{1,4}-\d{3,4}\s?(?=を?希望|(?:で|にて)お?願))"
)
_ONLY_METHOD = re.compile(
    r"(?:やはり|やっぱり|当日は)[^。\n]{0,12}(?:電話|オンライン|Web|Teams|Zoom)|(?:方法|オンライン|Web(?:会議)?|Teams|Zoom|電話)(?:会議|相談)?(?:から|を|は|での相談を)[^。\n]{0,12}(?:電話|オンライン|Web(?:会議)?|Teams|Zoom)[^。\n]{0,8}(?:変更|切り?替え|お願い|希望)|(?:電話|オンライン|Web会議|Teams|Zoom)(?:会議|相談)?(?:(?:で|による)の?(?:ご?相談|実施|開催|面談|対応))?[にへ](?:変更|切り?替え|変え(?!る場合|た場合))"
    r"|(?:電話|オンライン|Web(?:会議)?|Teams|Zoom)\s?[→⇒]\s?(?:電話|オンライン|Web(?:会議)?|Teams|Zoom)\s?[にへ]の?(?:変更|切り?替)(?!の?(?:方法|手続|可否)|[^。\n]{0,6}(?:不要|な[しく]|あ?りませ))"
    r"|方法[^。\n]{0,12}(?:\n[^\n]{0,12})?変更後\)?\s?:?\s{0,4}(?:電話|オンライン|Web)",
    re.IGNORECASE,
)
_TOOL = re.compile(
    r"(Zoom|Webex|Meet|Skype|Teams)(?:会議)?(?:でしたら|であれば|なら|のみ|しか|でない|でなければ|以外)", re.IGNORECASE
)
_CANNOT_USE = re.compile(
    r"(Zoom|Webex|Meet|Skype|Teams)(?:(?!Zoom|Webex|Meet|Skype|Teams|ますが)[^。\n]){0,16}?(?:使え|利用でき|接続でき|参加でき|つなが|繋が|入れ)(?:な|ず|ま?せ|ら|り)",
    re.IGNORECASE,
)
_OURS_IS_FINE = re.compile(
    r"Teams(?:会議)?(?:で(?:[^。、\n]{0,14}(?:お?願|希望)|問題|大丈夫|結構|も)|を?希望)", re.IGNORECASE
)
_ASKED_TOOL = re.compile(
    r"(Zoom|Webex|Meet|Skype|Teams)(?:会議)?(?=(?:で(?!すと)|を)[^。\n]{0,12}(?:お?願|希望|可能|いただけ|た[いく]))",
    re.IGNORECASE,
)
_ELSE_BY_PHONE = re.compile(
    r"(?:難し|でき(?:な|ませ)|不可|だめ|ダメ|無理|使え(?:な|ませ))[^。、\n\d]{0,6}(?:れば|場合は?|なら|でしたら)、?[^。\n\d]{0,6}電話"
    r"(?:\s?[(【\[]\s?0\d[\d\s()-]{7,14}[)】\]])?(?:相談|会議)?(?:での?(?:お?願|ご?相談|希望|対応)|を?希望|で(?=[。\n]|$))"
)
# With the bureau in charge, or face to face: no slot of ours (募集要領 2(4), DESIGN §6).
_ELSEWHERE = re.compile(
    r"(?:総合)?通信(?:局|事務所)(?:さん|様)?(?:で|へ|に|との|にて|による|のほうで|の方で)の?[^。\n]{0,10}(?:相談|面談|打ち?合|お話|対応)[^。\n]{0,16}(?:希望|た[いく]|お?願い|可能|いただけ|でき[なまれ]|\d)(?![^。\n]{0,6}と(?:案内|伺|聞))"
    r"|(?:総合)?通信(?:局|事務所)(?:さん|様)?(?:へ|に|で)の?[^。\n]{0,4}(?:お?願い(?:した|でき|いたし|します)|希望)"
    r"|対面(?:での?|による|にて|を|形式|に)[^。\n]{0,14}(?:相談|面談|お?願い|希望|お話|打ち?合)(?!.{0,12}(?:難し|でき(?:な|ませ)))|対面希望"
    r"|お越し(?:いただ|頂|くだ|下さ)|来訪(?:いただ|頂|して)|(?:来庁|訪問)(?:いただ|頂|して(?:いただ|頂|くだ|ほし|もら)|を?(?:お?願い|希望))"
    r"|(?:貴社|御社|貴局|事務局|そちら)(?:様)?[へに](?:直接)?(?:訪問|出向|参(?:り|上)|お?伺(?:って|い(?:して|の上|のうえ|し(?:ます|た(?:く|い)(?!こと|点|事|内容|件)))))|直接(?:お会い|お目にかか|伺(?:い(?:ます|た)|って))"
)
_ONLY_IF = re.compile(
    r"[^。\n、]{1,24}場合は?、?[^。\n]{0,8}(?:電話|オンライン)[^。\n]{0,4}切り?替"
)  # not yet asked for
_TO_METHOD = re.compile(r"(?:に|へ)(?:変更|切り?替)")


def read_method(text: str) -> Method | None:
    """Online or by phone, where one of them is named and not ruled out."""
    text = _NUMBER_ASIDE.sub("", text)
    if rather := _RATHER_BY.search(text):
        return Method.PHONE if rather[1] == "電話" else Method.ONLINE
    if _EITHER.search(text):
        return None
    if after := _AFTER_THE_CHANGE.search(text):
        return Method.PHONE if after[1] == "電話" else Method.ONLINE
    labelled = _LABELLED.search(text)
    if labelled is not None and not (_ONLINE.search(labelled[0]) or "電話" in labelled[0]):
        labelled = None  # 「日と方法は同じです」
    if labelled is not None:
        line = text[labelled.start() :].split("\n", 1)[0]  # 「方法：オンライン不可、電話で」
        text = (line if _NOT_ONLINE.search(labelled[0]) else labelled[0]).replace("お電話", "電話")
        text = re.split(r"→|⇒", text)[-1] if re.search(r"[→⇒].{0,4}(?:電話|オンライン|Web|Teams)", text) else text
    text = _INSTEAD.sub(" ", _FALLBACK.sub(" ", _ONCE.sub(" ", text)))
    if _TICKED.search(text):
        text = _UNTICKED.sub(" ", text)
    if changed := _CHANGED_TO.search(text):
        return Method.PHONE if changed[1] == "電話" else Method.ONLINE
    by_phone, by_online = bool(_BY_PHONE.search(text) or _CALL_US.search(text)), bool(_BY_ONLINE.search(text))
    if _NOT_PHONE.search(text) and not _RULED_OUT.search(text):
        return Method.ONLINE
    if by_phone != by_online and not _NOT_ONLINE.search(text):
        return Method.PHONE if by_phone else Method.ONLINE
    phone, online = bool(_PHONE.search(text)), bool(_ONLINE.search(text))
    if _NOT_ONLINE.search(text):
        left = _NOT_ONLINE.sub(" ", text)
        if not phone and (_BY_ONLINE.search(left) or _OTHER_TOOL.search(left)):
            return Method.ONLINE  # 「Zoomは使えませんが、Teamsなら使えます」
        return (
            Method.PHONE
            if (_RULED_OUT.search(text) and not by_online) or phone or by_phone or (labelled and "電話" in text)
            else None
        )
    if phone == online:
        return Method.PHONE if not online and _BARE_PHONE.search(text) else None
    return Method.PHONE if phone else Method.ONLINE


def asked_method(text: str) -> Method | None:
    """The one that is asked for in so many words: 「電話ではなくWeb会議でお願いできますか」; `read_method` takes any that is named."""
    text = _NUMBER_ASIDE.sub("", text)
    told = _HEARD_OF.sub(" ", _INSTEAD.sub(" ", _FALLBACK.sub(" ", text)))
    if changed := _CHANGED_TO.search(told):
        return Method.PHONE if changed[1] == "電話" else Method.ONLINE
    by_phone, by_online = bool(_BY_PHONE.search(told) or _CALL_US.search(told)), bool(_BY_ONLINE.search(told))
    if by_phone == by_online or _EITHER.search(told):
        return None
    return Method.PHONE if by_phone else Method.ONLINE


def only_method(text: str) -> re.Match[str] | None:
    """Where another means is asked for, now, and no other time: 「入れない場合は電話に」 says what would be done then, 「電話に切り替えたと
    聞きました」 what others did."""
    return _ONLY_METHOD.search(_HEARD_OF.sub(" ", _FALLBACK.sub(" ", text)))


def other_method(base: Request, text: str) -> Request:
    """「やっぱり電話で」「オンラインから電話に」: the time stays."""
    found = only_method(text)
    said = found[0] if found else ""
    said = re.split(r"→|⇒", said.rpartition("変更後")[2])[-1]
    if _TO_METHOD.search(said):  # what stands before 「に変更」 is what is wished
        said = re.split(r"から|を|は", said)[-1]
    phone, online = "電話" in said, bool(_ONLINE.search(said))
    method = base.method if phone == online else (Method.PHONE if phone else Method.ONLINE)
    method = asked_method(text) or method
    number = PHONE_NUMBER.search(text)
    return replace(
        base,
        intent=RequestIntent.RESCHEDULE,
        method=method,
        same_time=True,
        phone=number[0].strip() if number and method is Method.PHONE else None,
        unclear=(*hesitates(_asking(text)), *_ONLY_IF.findall(text)[:1])
        if method
        else ("相談の方法がはっきりしません",),
    )


def _asking(text: str) -> str:
    """The sentences that ask for it: why the other means fails may be in doubt (「接続できないおそれがあり」)."""
    spoken = re.split(r"(?<=[。\n])", text)
    return "".join(one for one in spoken if only_method(one) or asked_method(one))


def elsewhere(text: str) -> str | None:
    """Face to face, or with the bureau in charge: the words."""
    found = _ELSEWHERE.search(text)
    return found[0].strip() if found else None


def other_tool(text: str, consultation: ConsultationFile) -> Iterator[str]:
    """「Zoomでしたら」: by a tool that isn't ours."""
    if words := elsewhere(text):
        yield f"「{words}」のご希望ですが、事務局のオンラインか電話の枠ではお取りできません"
    found = _another_tool(text, consultation)
    if found and not phone_instead(text, consultation):
        yield f"「{found[0]}」とのことですが、事前相談会は{consultation.platform}で行っており、入れない場合はお電話でお受けします"


def phone_instead(text: str, consultation: ConsultationFile) -> bool:
    """「Zoomのみ可能です。難しければ電話でお願いします」: ours is another tool, so by phone."""
    found = _another_tool(text, consultation)
    only = found is not None and (found[0].endswith(("のみ", "しか")) or bool(_CANNOT_USE.search(text)))
    return only and bool(_ELSE_BY_PHONE.search(text)) and not _OURS_IS_FINE.search(text)


def _another_tool(text: str, consultation: ConsultationFile) -> re.Match[str] | None:
    """A tool that isn't ours, as the only one, or where ours can't be used: 「Teamsは使えません。Zoomでお願いします」."""
    ours = consultation.platform.casefold()
    fails = any(one[1].casefold() in ours for one in _CANNOT_USE.finditer(text))
    found = _TOOL.search(text) or (_ASKED_TOOL.search(text) if fails else None)
    return found if found and found[1].casefold() not in ours else None


def without_methods(text: str) -> str:
    """「Web会議が使えない」 says nothing of the days around it."""
    return _NOT_PHONE.sub(" ", _NOT_ONLINE.sub(" ", text))
