"""What a mail's new text asks for (DESIGN §3 `also-asks`, §4 "Kinds"): conservative, sentence by sentence.

In: subject and new text (no quotes, no signature). Out: `Intent`s; none where the words leave doubt. A sentence that
asks whether one may (「差し替えは可能でしょうか」), says that one won't, or speaks of a case (「…の場合は」) is no wish.
Pure, never raises; the patterns have no nested quantifiers, and texts are cut by `sentences`.
"""

from __future__ import annotations

import re

from mailflow.intake.plain_words import plain_words
from mailflow.intake.sentences import MAX_TEXT, sentences
from mailflow.intake.subject_numbers import case_number
from mailflow.intake.talks import (
    ABOUT_APPLYING,
    BOOKS,
    CONSULT_MATTER,
    HOW_TO,
    called_off,
    consults,
    leaves_the_day,
    meets,
    other_office,
    other_talk,
)
from mailflow.intake.wishes import UNREAL, WISHES, Wish, words
from mailflow.model import Intent

# 「応募様式をお送りします」 applies only where the mail does not also ask for a talk about it (DESIGN §4 "Kinds").
_SENDS = Wish(
    words(r"(?:様式|応募書類|申請書類?|別添|添付).{0,25}(?:送付|お送り|送り|添付)(?:いた(?!だ)|致|し|させ|申し)"),
    words(
        WISHES[Intent.APPLY].unless.pattern,
        r"[通回]に分[けか]|\d通目|予告|誤って|間違|漏れ|ておりま(?:した|せん)|パスワード",
    ),
)
# 「記載漏れがないか確認してもらえますか」: courtesy beside an application, the wish itself where nothing is handed in.
_COMPLETE = re.compile(
    r"(?:不備|不足|漏れ|もれ|抜け|誤り|間違い).{0,8}(?:ない|ありません|ございません)か"
)  # asks whether it is complete: what an office does with every application anyway
_BEFORE = re.compile(r"事前に|一度|前に|とりあえず|まず")
_LOOK_OVER = re.compile(
    r"(?:書き方|記載|内容|記入|様式|これ).{0,20}(?:か|かどうか)(?:を|の|、)?(?:事前に|一度)?ご?確認(?:を|して)?(?:もらえ|いただけ(?:ます|ない|ません)|頂け(?:ます|ない)|お願い|ください)"
    r"|(?:こんな(?:感じ|内容)|これ)で(?:大丈夫|よろし|よい|良い|いい)"
)
_IF_NEEDED = re.compile(
    r"(?:(?:点|箇所|こと|もの|事項|不備|不足|不明|漏れ|もれ|誤り|間違い|疑義|問題|支障|何か|必要|[等かど])(?:が|も|は|で)?、?(?:ございましたら|ありましたら|あれば)|ようでしたら|必要(?:な場合|であれば|でしたら)|不備.{0,6}場合).{0,30}(?:教示|教え|知らせ|連絡|指摘)"
    r"|(?:でしたら|あれば|場合は?|いつでも|直接|そちらへ).{0,10}伺い(?:いた|致|し|ます)"
    r"|(?:分か|わか)りましたら.{0,30}(?:教示|教え|知らせ|連絡|指摘)|(?:決ま|固ま)りましたら.{0,30}(?:知らせ|連絡|指摘)"
)
_ASKS = words(
    r"[?？]$",
    r"(?:でしょう|です|ます|ました|ません|ましょう)か[。?？]?$",
    r"確認させて(?:くださ|下さ|いただ)|お聞きし(?:たい|たく|ます)|知りたい|(?:お示し|ご?提示)(?:を)?(?:くだ|下さ|いただけ(?:ます|ない|ません)|願)|(?:ご教示|お?教え(?:て)?|お聞かせ)(?!(?:いただ|頂)(?:いた|き(?:まし|、|あり)|いて)|くださ(?:った|いまし)|の(?:とおり|通り|もと|件|内容)|(?:し|いた)?ます)(?:くださ|下さ|いただ|頂|ほし|の?ほど|願|を?お?願|賜|を?いただ|$|[。、])|(?:お)?伺い(?:したい|したく|いたします|します)|お尋ね(?!の)|質問(?:が|です|させ|いたし|事項|したい)",
    r"問い?合わ?せ(?:です|いたし|させ|します)",
    r"(?:以下|下記|次の|\d ?(?:点|件|つ|項目)).{0,16}(?:確認し?た[いく]|伺いた[いく]|尋ねた[いく]|聞きした[いく]|聞きた[いく])",
)
_POLITE = words(
    r"(?:いただけ|頂け|いただく|頂く|頂戴|もらえ|くださいます|お願いでき|お願い(?:は|が)?可能|ご調整|お?時間を).{0,12}(?:でしょうか|ますか|ませんか|ないか)[。?？]?$",
    r"(?:いかが|いつ頃|よろしい)でしょう(?:か)?[。?？]?$",
    r"(?:空いて|残って)(?:い|お)?り?ます(?:でしょう)?か[。?？]?$",
    r"(?:お元気|いかがお過ごし)",
)
# Whether one may do it oneself; 「いただけますか」 alone asks the office to do something.
_PERMISSION = re.compile(
    r"させて(?:いただ|頂)(?:く|いて|け|き).{0,10}(?:可能|よろし|宜し|よい|良い|でき|差し支え|構)|[てで]も(?:よろし|宜し|よい|良い|いい|大丈夫|差し支え|構|可能).{0,8}か"
)
_QUESTION_STILL = re.compile(
    r"送って(?:もら|いただ)|(?:場合|とき|際|ら)(?:に|で)?(?:は|も)?、?受け?付け|(?<![でに]ご)対応(?:して)?(?:いただ|頂)|支援して|訪問|費用|何[をが]|いくら|どのよう|どこまで|教え|教示|お聞かせ|お答え|ご回答|対象|必要|様式|書き方|記載|よろしい|いつ頃"
)
# How a mail that hands something in is ended: it wants a look, no words for an answer. What the sentence states first may say
# anything (「コースを直しましたので、…」); what it asks about a matter (「対象になるかご確認ください」) is a question.
_COURTESY = words(
    r"^(?:これ|こちら|以上|上記|この(?:内容|形|修正|記載|記入|対応|とおり|通り)|(?:修正|記載|記入|添付|送付)(?:後)?(?:の)?(?:内容|箇所|点)?は?、?(?:これ|こちら))で"
    r"(?:よろしい|宜しい|よい|良い|大丈夫|結構|問題(?:は)?(?:ない|ありません|ございません)|足り(?:ます|て(?:い|おり)ます))(?:です|でしょう)?か[。?？]?$",
    r"(?:確認|査収|検収|受領|お?受け?取り?|一読|目通し|高覧)(?:の(?:ほど|程|うえ|上))?(?:を|、)?(?:お願い|いただ|頂|願え|して(?:いただ|頂|もらえ|くださ)).{0,12}か[。?？]?$",
    r"(?:不備|漏れ|もれ|誤り|不足)(?:など|等|点)?(?:は|が|も)?、?(?:ない|ありません|ございません)(?:です|でしょう)?か[。?？]?$",
)
_STATED = re.compile(r"^.*(?:ので|ため|した(?:が|けれど))、?")
_MATTER = re.compile(
    r"対象|要件|締め?切|費用|経費|理解|認識|解釈|考え|財政力|書き方|押印|(?:い|る|た|ます|です)か(?:どうか)?(?:を|、|につ|も|ご|の)"
)
_LOOKED_OVER = re.compile(
    r"(?:不備|漏れ|もれ|誤り|間違い|不足|問題|届い|受信|開け|読め|読み取れ).{0,8}か(?:どうか)?(?:を|、|につ|も|ご|の)"
)
# 「停電が続いております。締切に遅れた場合は、受け付けていただけますか」: supposed, for a reason that is there.
_LATE = re.compile(
    r"(?:締め?切り?|〆切り?|期限|期日|\d時|提出|応募|到着)[^。]{0,14}(?:遅れ|過ぎ|間に合わな)[^。]{0,8}(?:場合|とき|際|ら)"
)
_TROUBLE = re.compile(
    r"(?:障害|停電|断水|不通|台風|大雨|大雪|豪雨|地震|災害|土砂崩れ)[^。]{0,30}(?:発生し|続い|なっており|しており|しています|ため|により|復旧し(?:て(?:おりま|いま)せん|ない))|(?<!念の)ため[、に][^。]{0,30}(?:遅れ|過ぎ|間に合わな)[^。]{0,8}(?:場合|とき|際|ら)"
)
# 「特例の取扱いはありますか」「26日の午前中でもよいでしょうか」 beside a wish for more time: the same wish.
_OF_THE_TIME = re.compile(
    r"特例|取り?扱い|配慮|救済|どうすれば|どうしたら|いかが|遅|(?:日|時|分|午前|午後|朝|夕方|週|明け)中?(?:に|まで)?(?:でも|では|なら)"
)
_OF_ELSE = re.compile(r"経費|費用|書類|資料|押印|様式|コース|対象|体制|訪問|会議|相談|結果|選定")
_ASK_SUBJECT = re.compile(
    r"(?:質問|問い?合わ?せ|照会)(?!(?:へ|に対する|に係る)の?(?:ご?回答|返信|お返事))|ご教示|お尋ね(?!の)|[?？]$|教えて|書き方"
)
_ABOUT = re.compile(
    rf"{HOW_TO}|予定|(?:取り?下げ|辞退)(?:届|書)?の(?:様式|書式|手続|撤回|取り?消)|可否|できますか|可能|について(?:の)?[(【]?(?:ご?質問|ご?照会|問い?合わ?せ|お伺い|確認)|^(?:re|返信) ?:.{0, 10}【(?:受領|修正のお願い)",
    re.IGNORECASE,
)
_ONLY_THOUGHT = re.compile(rf"{UNREAL}|仮に|手続|まだ|検討|可能性|迷って")
_WANTED = re.compile(r"^.*たい(?:の|ん)ですが")
_TOPIC = re.compile(r"(?:について|に関して|の件|の状況)$")
# Handed in a moment ago, as one says of what hangs on this mail; a time that is past makes it another mail's.
_APPLIED = re.compile(
    r"(?:提出|応募|申請)(?:を)?(?:(?:いた|致)?しました|させて(?:いただ|頂)きました)(?!が|けれど|ところ|件|際|か)"
)
_CHANGED = re.compile(
    r"(?:追記|加筆|補記|修正|訂正|改訂|更新)(?:を)?(?:いた|致)?し(?:ました|て(?:い|お)ります)(?!が|けれど)"
)
_EARLIER = re.compile(
    r"昨日|先日|先ほど|先程|さきほど|先週|以前|前回|すでに|既に|済み|\d日|午前|午後|昨年|前年|今朝|いったん|一旦|他の?(?:市|町|村|団体)"
)
_CONDITION = re.compile(
    r"^.*(?:場合(?:に)?(?:は|には)?|ときは|際(?:に)?(?:は|には)|(?:[れし]|なっ)たら|(?:さ|ら)れれば)、?"
)
# A reason, and what follows from it.
_REASON = re.compile(
    r"^.*(?:ので|ため(?=、)|結果(?=、)|ことから(?=、)|により(?=、)|に伴い(?=、)|(?:した|ました)(?:が|ところ)(?=、))、?"
)

# What went out shouldn't have gone to us at all: more than an own older file.
_OTHERS_DATA = re.compile(
    r"誤送[信付]|誤配信|個人情報|関係のな|無関係|開封せ?ず|別の?(?:町|市|村|県|区|自治体|団体|課|部署|省庁|案件|事業|方)"
)


def intents(subject: str | None, new_text: str) -> frozenset[Intent]:
    """All that the mail says it wants."""
    title = plain_words(" ".join(sentences((subject or "")[:500])))
    spoken = tuple(map(plain_words, sentences(new_text)))
    found = {intent for intent, wish in WISHES.items() if _wished(wish, title, spoken)}
    asked = [sentence for sentence in spoken if _asked(sentence)]
    if any(_LATE.search(one) for one in asked) and any(_TROUBLE.search(one) for one in spoken):
        found.add(Intent.EXTENSION)
    if Intent.EXTENSION in found:
        asked = [one for one in asked if not _OF_THE_TIME.search(one) or _OF_ELSE.search(one)]
    if asked or (_ASK_SUBJECT.search(title) and Intent.EXTENSION not in found):
        found.add(Intent.ASK)
    _of_talks(found, title, spoken)
    if Intent.REPLACE in found and Intent.MISSENT in found and not _OTHERS_DATA.search(f"{title}{new_text[:MAX_TEXT]}"):
        found.discard(Intent.MISSENT)  # an own wrong or older file, replaced by this one
    if Intent.PASSWORD in found and Intent.ASK in found and not _said(WISHES[Intent.PASSWORD], spoken):
        found.discard(Intent.PASSWORD)  # a question about passwords
    if not found & {Intent.CONSULT, Intent.DRAFT_FORM} and _said(_SENDS, spoken):
        found.add(Intent.APPLY)
    if not found & {Intent.APPLY, Intent.REPLACE} and any(_looked_over(one) for one in spoken):
        found.add(Intent.DRAFT_FORM)
    if Intent.WITHDRAW in found:
        found.discard(Intent.APPLY)
    if other_talk(title, spoken) or other_office(subject or "", new_text):
        found.discard(Intent.CONSULT)
    if Intent.EXTENSION in found and not any(CONSULT_MATTER.search(one) for one in (title, *spoken)):
        found.discard(Intent.CONSULT)  # 「期日どおりの提出が困難です。ご相談させてください」
    return frozenset(found)


def _of_talks(found: set[Intent], title: str, spoken: tuple[str, ...]) -> None:
    """Adds the consultation to what was `found`, or takes it away, and what its words were taken for."""
    if CONSULT_MATTER.search(title) and not _said(WISHES[Intent.CONSULT], spoken):
        told = [one for one in spoken if not _asked(one)]
        if consults(title, spoken, told, by_subject=Intent.CONSULT in found):
            found.add(Intent.CONSULT)
        else:
            found.discard(Intent.CONSULT)
    alone = not found - {Intent.ASK} or (
        not found - {Intent.ASK, Intent.CONTACT_CHANGE} and any(BOOKS.search(one) for one in spoken)
    )
    if alone and (leaves_the_day(title, spoken) or (not CONSULT_MATTER.search(title) and meets(title, spoken))):
        found.add(Intent.CONSULT)
    if (matter := called_off(title, spoken)) is not None:
        found.add(Intent.CONSULT)
        # Under a subject alone, the application may be meant: both, and a person decides.
        applies = any(ABOUT_APPLYING.search(one) and _said(WISHES[Intent.WITHDRAW], (one,)) for one in spoken)
        if matter in spoken and not applies:
            found.discard(Intent.WITHDRAW)
    taken_back = CONSULT_MATTER.search(title) and "誤" not in title and not _said(WISHES[Intent.MISSENT], spoken)
    if Intent.CONSULT in found and taken_back:
        found.discard(Intent.MISSENT)  # 「【取消】事前相談会」 takes back no mail


def _wished(wish: Wish, title: str, spoken: tuple[str, ...]) -> bool:
    if _said(wish, spoken):
        return True
    if wish.subject is None or not wish.subject.search(title) or _elsewhere(title):
        return False
    if wish.matter is None:
        return True
    if wish is WISHES[Intent.REPLACE] and _TOPIC.search(title) and any(_asked(one) for one in spoken):
        return False
    return not any(wish.matter.search(one) and _ONLY_THOUGHT.search(one) for one in spoken)


def _said(wish: Wish, spoken: tuple[str, ...]) -> bool:
    """In a sentence, or in what one comes to behind its reasons: 「近隣町村と調整した結果、応募を辞退します」."""
    return any(
        wish.says.search(part) and not wish.unless.search(part)
        for sentence in spoken
        if wish.other is None or not wish.other.search(sentence)
        for part in (_parts(sentence, wish) if wish.reasoned else (sentence,))
    )


def _parts(sentence: str, wish: Wish) -> tuple[str, ...]:
    """The sentence, and what it comes to behind its reasons. Who wants to withdraw and asks how still wants to."""
    main = _REASON.sub("", sentence)
    wanted = _WANTED.match(sentence) if wish is WISHES[Intent.WITHDRAW] else None
    return tuple(dict.fromkeys(one for one in (sentence, main, wanted[0] if wanted else "") if one))


def _looked_over(sentence: str) -> bool:
    if not _LOOK_OVER.search(sentence):
        return False
    return _BEFORE.search(sentence) is not None or not _COMPLETE.search(sentence)


def _elsewhere(title: str) -> bool:
    """A subject that asks about a thing instead of doing it, takes one back, or is our own letter's, answered."""
    return _ABOUT.search(title) is not None or case_number(title) is not None


def _asked(sentence: str) -> bool:
    """A question that wants words for an answer: no polite request, no wish for a date, no 「届いておりますか」, no 「延長は可能でしょうか」,
    no 「ご確認いただけますか」 to what was handed in."""
    if not _ASKS.search(sentence) or len(sentence) < 4 or _IF_NEEDED.search(sentence):
        return False
    if _said(WISHES[Intent.CONFIRM_RECEIPT], (sentence,)) or _said(WISHES[Intent.EXTENSION], (sentence,)):
        return False  # each has a letter of its own
    stated = _STATED.sub("", sentence).strip()
    if _COURTESY.search(stated):
        return _MATTER.search(_LOOKED_OVER.sub("", stated)) is not None
    if _QUESTION_STILL.search(sentence):
        return True
    consult = WISHES[Intent.CONSULT]
    if consult.says.search(sentence) and not consult.unless.search(sentence):
        return False
    return _PERMISSION.search(sentence) is not None or not _POLITE.search(sentence)


def with_form(new_text: str) -> frozenset[Intent]:
    """What words wish only because a form comes with them: 「応募様式を提出しました」, 「一部追記しました」."""
    spoken = sentences(new_text)
    found = {Intent.APPLY} if any(_APPLIED.search(one) and not _EARLIER.search(one) for one in spoken) else set()
    return frozenset(found | ({Intent.REPLACE} if any(_CHANGED.search(one) for one in spoken) else set()))


def questions(new_text: str) -> tuple[str, ...]:
    """The sentences that want words for an answer, without the conditions that they suppose: of 「採択された場合、費用はかかりますか」
    what stands behind the comma."""
    return tuple(_CONDITION.sub("", one) for one in sentences(new_text) if _asked(one))


def questions_as_put(new_text: str) -> tuple[str, ...]:
    """The same as their writer put them: the condition may be the matter (「応募をやめる場合は、どのような手続が…」)."""
    return tuple(one for one in sentences(new_text) if _asked(one))


def supposed(sentence: str) -> tuple[str, str]:
    """(condition that a question supposes, what it asks then); ("", sentence) where nothing, or more than a condition, stands first."""
    found = _CONDITION.match(sentence)
    if found is None or "、" in found[0][:-1] or not sentence[found.end() :]:
        return "", sentence
    return found[0], sentence[found.end() :]
