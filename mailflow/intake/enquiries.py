"""What a mail asks, question by question, as its writer numbered it (situations row 36).

In: subject and new text. Out: the questions, NFKC, one line each, without numbers: every point of every numbered or dotted list of
questions (`question_lists`), then each other sentence that wants words for an answer. Sentences that only say that questions follow
are none. Where more is asked than is listed, `MORE_QUESTIONS` stands last. Pure, never raises; the text is gone through once.
"""

from __future__ import annotations

import re
from unicodedata import normalize

from mailflow.intake.intents import questions, questions_as_put, supposed
from mailflow.intake.question_lists import FOLLOW, TELLS, lists_of_questions, plain_lines
from mailflow.intake.sentences import MAX_SENTENCE, MAX_TEXT, sentences
from mailflow.model import MORE_QUESTIONS

MOST = 20
LONGEST = 300  # characters
# 「計画策定支援について質問です。」 says what the mail is about; 「費用についてお伺いします。」 asks.
_ABOUT = re.compile(
    r"(?:この|本|貴|標記|表記|令和\d+年度|地域社会DX推進パッケージ|計画策定支援|事業|\d次|公募|応募|募集|要領|要項|支援|様式|書き方|記載|記入|方法|申請|手続き?|相談|[の、・「」()]){1,12}"
    r"(?:について|に関して|につき|に関する|の件)(?:の|で|、)?.{0,6}(?:質問|問い?合わ?せ|尋ね|伺い|照会)"
)
_COUNT = re.compile(r"(\d{1,2}) ?(?:点|つ|件|問|項目)")
# What may stand around a question without being one.
_FILLER = re.compile(
    r"以下|以上|下記|上記|標記|表記|次の|本件|[\d一二三四五六七八九十]+(?:点|つ|件|問|項目)ほど?|内容|事項|について|に関して|につきまして|につき|とおり|通り"
    r"|ご?質問|お?問い?合わ?せ|ご?照会|ご?教示|お?教え|ご?回答|お?答え|ご?返信|お?伺い|お?尋ね|お?聞き|ご?確認|お知らせ"
    r"|させて|した[いく]|いただ[きくけい]?|頂[きくけい]?|ください|下さい|賜り|幸い|存じ|です|ます|ました|ません|でしょうか|でしょう|ので|から|たび|度"
    r"|お願い|いたし|致し|申し上げ|申し|よろしく|宜しく|何卒|お忙しい|ところ|ご?多忙|恐れ入り|恐縮|すみ|大変|ございます|ございま|あります|ありま|点|件|方"
    r"|[ぁ-ん、。,.!?・「」()\[\]\s]"
)
_ASKING_WORD = re.compile(
    r"いつ(?!も)|どこ|どちら|どの|どれ|どう(?!ぞ|も|か)|なぜ|いくら|だれ|なに|何(?!卒|とぞ|か|も)"
)
_TELLING = 2  # characters that must be left
# Where one question of a point ends and the next begins.
_NEXT = re.compile(r"(?=\([2-9]\) )|(?<= )(?=\([2-9]\))|(?<=ますか|ですか|せんか)[、,]|(?<=しょうか)[、,]")
# 「費用負担と期間について確認させてください」; not 「AコースとBコースの違いについて」, which is one matter.
_TWO_TOPICS = re.compile(
    r"(?:^|[、。\s])([^、。\sとやの及は・]{2,12})(?:と|や|及び|・)([^、。\sとやの及は・]{2,12})(について|に関して|は)(?!.*(?:違い|どちら|いずれ|両方|同じ|併))(?=.)"
)
_TOPIC = re.compile(r"(?:について|に関して|の件|に関する件)[。:]?$")
# 「1. 費用はかかりますか。2. …」 within a line; not 「1.5時間」, 「3、四人」.
_OWN_NUMBER = re.compile(r"^\d{1,2}[.)、](?![\d一二三四五六七八九十])\s{0,3}(?=\S)")
# What joins a question to the one before it says nothing where each has a number: 「また、」; not 「または」, 「併せて提出する」.
_LEADS_ON = re.compile(
    r"^(?:(?:また|なお|次に|つぎに|あと|さらに|更に|加えて|加えまして|(?:あわ|併|合わ)せ(?:て|まして)|それから|それと|ところで|ちなみに|最後に|まず|はじめに|(?:その|この)?(?:ほか|他)に?|もう(?:1|一)[つ点])は?、\s?|また(?=[ごお]?[一-龥ァ-ヶA-Z「(]))"
)
_ASKS_ITSELF = re.compile(r"[か?]。?$|か(?:を|について|、)?(?:ご教示|お?教え|お知らせ|お聞かせ|伺|お尋ね)")
# Conditions that are so for everybody who asks: what is asked under them is the same without them.
_PLAIN_CONDITION = re.compile(
    r"(?:(?:もし|仮に|今後|実際に|(?:応募|提出)後に)、?)?(?:(?:本|当)?(?:市|町|村|県|団体)(?:が|で|は))?(?:(?:本|この)?(?:事業|支援|公募|計画策定支援)(?:に|を|へ)|(?:応募)?(?:様式|書類)(?:を|が)|[AB]コース(?:に|で|を))?"
    r"(?:応募|申請|提出|送付|お?送り|送信|記入|作成|採択|選定|支援|差し?替え|修正)(?:を)?(?:行う|行っ|する|した|し|いたし|され|いただい|頂い|を受け|となっ|になっ)?(?:た|ます|まし|る|ている)?"
    r"(?:場合(?:に)?(?:は|には)?|ときは|際(?:に)?(?:は|には)|[れし]?たら|ら)、?"
)
_CHOSEN = re.compile(
    r"(?:採択|選定)(?:(?:して)?(?:され|いただい|頂い|に?なっ|となっ))た(?:場合|とき|後|際)に?(?:は|には)?、?"
)
_STATEMENT = re.compile(r"(?:です|ます|ました|ません|でした|である|った|いる|おり|とのこと|次第)[。!]?$")


def asked_questions(subject: str | None, new_text: str) -> tuple[str, ...]:
    """The questions of a mail that asks something, uncut. Where its sentences name none, what the subject asks; else ()."""
    points, rest, announced = lists_of_questions(plain_lines(new_text), MOST + 1)
    asked = questions_as_put("\n".join(rest))
    free = [one for one in (one_line(_unmarked(each)) for each in asked) if says(one) and one not in announced]
    if points or not all(_ABOUT.match(one) for one in free):
        free = [one for one in free if not _ABOUT.match(one)]
    found = list(dict.fromkeys(_LEADS_ON.sub("", one) for one in (*(one_line(each) for each in points), *free)))
    if not found:
        return _by_subject(one_line(subject or ""), announced=any(FOLLOW.search(one) for one in asked))
    told = _told((*asked, *announced))
    if len(found) > MOST or (found and (told > len(found) or len(new_text) > MAX_TEXT or _cut(rest))):
        return (*found[: MOST - 1], MORE_QUESTIONS)
    return tuple(found)


def _cut(lines: list[str]) -> bool:
    """A sentence is longer than what is read of it: whether it asks stands at its end."""
    return any(len(one) >= MAX_SENTENCE for one in sentences("\n".join(lines)))


def _by_subject(title: str, *, announced: bool) -> tuple[str, ...]:
    """What the subject asks. Where the text announces questions that nothing was found of, there are more than that."""
    named = (title,) if title and (announced or questions(title)) else ()
    return (*named, MORE_QUESTIONS) if announced else named


def _told(spoken: tuple[str, ...]) -> int:
    """How many questions the mail says that it asks: 「次の3点をご教示ください」."""
    telling = (one for one in spoken if FOLLOW.search(one) and TELLS.search(one))
    return max((int(count[1]) for one in telling for count in _COUNT.finditer(one)), default=0)


def _unmarked(sentence: str) -> str:
    return _OWN_NUMBER.sub("", sentence.lstrip("・●○■◆▪◇*- "))


def one_line(text: str) -> str:
    """As a question stands in lists, uncut."""
    return " ".join(normalize("NFKC", text).split())


def shortened(text: str) -> str:
    """The same, cut: what is as long as `LONGEST` may have been more."""
    line = one_line(text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def asked_parts(question: str) -> tuple[str, ...]:
    """What one question asks, sentence by sentence; what it only states, or begs for, is left out. 「費用について。」 goes before what
    follows it. Never empty."""
    found: list[str] = []
    topic = ""
    for sentence in sentences(question):
        if (both := _TWO_TOPICS.search(sentence)) is not None:
            found += [f"{topic}{one}{both[3]}{sentence[both.end() :]}" for one in both.groups()[:2]]
            topic = ""
            continue
        if _TOPIC.search(sentence):
            topic += sentence.rstrip("。:") + " "
            continue
        for one in _NEXT.split(sentence):
            stated = _STATEMENT.search(one) and not questions(one)
            if says(one) and not stated:
                found.append(topic + one)
                topic = ""
    return tuple(found) or (question,)


def is_one_more(sentence: str) -> bool:
    """It asks by itself: 「…か」, 「…かご教示ください」, 「また、…教えてください」; not 「予算の関係で教えてください」 behind a question."""
    return _ASKS_ITSELF.search(sentence) is not None or _LEADS_ON.match(sentence) is not None


def asked_then(part: str) -> tuple[str, bool]:
    """(what a part asks once its condition holds, whether that condition is a matter of its own that an answer has to speak of)."""
    condition, then = supposed(part)
    return then, bool(condition) and _PLAIN_CONDITION.fullmatch(_LEADS_ON.sub("", condition)) is None


def once_chosen(question: str) -> str:
    """The question without 「採択された場合、」: it asks what comes then, not whether."""
    return _CHOSEN.sub("", question)


def says(question: str) -> bool:
    """Something is left of it beside courtesies and the word for a question."""
    return _ASKING_WORD.search(question) is not None or len(_FILLER.sub("", question)) >= _TELLING
