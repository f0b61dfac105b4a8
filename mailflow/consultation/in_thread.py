"""A mail read in the light of the offer it answers and of what its body has, as far as its case is known (DESIGN §6).

In: what `intent.read_request` takes, and the Thread. Out: `Request`, or None. A mail that wants nothing else needs no word of
what it is about, so long as it asks for something plain (「来週火曜の14時でお願いします」); numbers are read as the slots of the
offer. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from unicodedata import normalize

from mailflow.consultation.intent import MAX_TEXT, read_request
from mailflow.consultation.methods import asked_method
from mailflow.consultation.offer_answers import agreed, answered_offer
from mailflow.consultation.quoted_offer import marked_slot, without_our_offer
from mailflow.consultation.reading.thread import NO_THREAD, Thread
from mailflow.consultation.reading.vocabulary.touching import CANCELS, MOVES
from mailflow.consultation.reading.windows import read_wishes
from mailflow.consultation.reading.words import either
from mailflow.consultation.said import as_said
from mailflow.model import Intent, Request, RequestIntent
from mailflow.settings.consultation import ConsultationFile
from mailflow.settings.models import Round

# What such an answer may hold: anything but thanks.
_WORTH_READING = re.compile(
    either(
        r"\d|[①-⑨]|[一二三四五]番|第[一二三四五]",
        MOVES,
        CANCELS,
        r"いつでも|最短|ご?指定",
        r"取り?下げ|譲|お返し|返上|なかったこと",
        r"[月火水木金]曜|午前|午後|[来今翌]週|明日|明後日",
        r"候補|日程|日時|電話|オンライン|Web|Teams",
        r"真ん中|最後|最初|早い|遅い|全部|どれ|どちら|いずれ",
    ),
    re.IGNORECASE,
)


# A mail of its own about what its body has, or was offered: 「予約の件、電話に変えてください」.
_THE_TALK = re.compile(
    r"予約|枠|予定変更|日程変更|時間(?:のみ|だけ|の)?変更|事前相談|相談(?:会|の?件|日|枠|を|は|です|につ)|面談|打ち?合わ?せ|お約束|候補|日程|開始時[間刻]|\d[日時]の(?:件|分)|\d日?\s?(?:→|⇒)"
)


# Words of a slot, in a mail that wants nothing else known: 「相談枠：17日13時」, under any subject.
_OF_A_SLOT = re.compile(
    r"枠|予約|相談|面談|電話|オンライン|Web|Teams|Zoom|申し?込|日程|日時|日にち|時間|候補|都合|希望|延期|調整|お?願い|最短|30分",
    re.IGNORECASE,
)
_ANOTHER_MATTER = re.compile(
    r"開催(?:し|いた)|出欠|ご?御?出席(?:くだ|を?お?願|いただ(?:け|き)ま)|連絡会|会費|歓送迎会|懇親会|電話番(?!号)|折り返し|ご?用件|ご用の(?:方|際)|年休|休暇|電話当番|当番表|会議室|[部課庁]内の?(?:打ち?合|会議)|営業|ソリューション|ご?提案|ご?説明の|株式会社|弊社|当社|御社|製品|商品|取材|講師|講演|派遣|商談|ご?紹介|デモ|各位|回覧|セミナー|シンポジウム|会場|納品|(?:視察|見学|説明会|研修)(?![^。\n]{0,10}(?:ため|ので|対応|により|重な|が入|不在|につき|終わ|が?あ[りる]|ござい|中))|請求|支払|見積|契約"
    r"|締め?切|期限|期日|提出|応募|申請|公募|修正|回答|返送|(?<!候補日の)(?<!日程の)送付|(?<!都合を)(?<!日程を)(?<!候補を)お送り|受領|届[いく]|様式|書類|採択|選定|交付"
)


# The line is tried out, or the mail system.
_TRIED_OUT = re.compile(r"接続(?:の)?テスト|テスト接続|送信テスト|テスト送信|疎通")
# 「課内で確認のうえ、明日中にお返事いたします」 to our offer: nothing to answer yet.
_ANSWERS_LATER = re.compile(
    r"(?<!とおり)(?:お返事|ご?回答|ご?返信|お?知らせ|方針をご?連絡)(?:は|を|につ|、)?[^。\n]{0,20}(?:いたします|します|いたしたく|させてい?ただ|させて頂|差し上げ)"
    r"|(?:いましばらく|今しばらく|少々|もう少し)?お待ち(?:くだ|いただ|頂|願)|保留とさせ"
)
SHORT = 60  # characters, with the subject
_ONLY_TOLD = re.compile(r"ありがとう|承知|了解|ました")  # thanks, and what was done
_WANTS_MORE = re.compile(r"別の|[他外]の?(?:日|候補|日程)|新た|再度|都合が(?:つ|合)|難し|押さえ|以降で|候補をお?願い")
_AS_THE_SUBJECT_SAYS = re.compile(r"件名(?:の|に(?:記載|記入)(?:の|した)|に書いた)(?:日時|日程|とおり|通り)")
_ASKS = re.compile(
    r"お?願い|おねがい|希望|いただけ|頂け|でしょうか|いかが|○|◎|ください|下さい|もらえ|可能|空いて|都合|よろし|どうぞ|申し?込|た[いく]|て(?:ほし|欲し)|です$",
    re.MULTILINE,
)
_TAKES_PART = re.compile(r"参加(?:し|いた|させ|可|でき)")
_BY_MEANS = re.compile(r"電話(?:で|にて|希望|相談|会議)|オンライン|Web|Teams|Zoom", re.IGNORECASE)
# Of a talk, in so many words: under such a subject a bare slot asks for it (「相談枠：17日13時〜14時」).
_A_TALK = re.compile(r"枠|予約|相談|面談|希望|日程|日時|申し?込")


def read_in_thread(
    mail_subject: str | None,
    new_text: str,
    full_text: str,
    intents: Collection[Intent],
    calendar: Sequence[str],
    *,
    received_at: datetime,
    consultation: ConsultationFile,
    round_: Round,
    thread: Thread,
) -> Request | None:
    """What is asked for, as by `read_request`. Never raises."""
    if _AS_THE_SUBJECT_SAYS.search(normalize("NFKC", new_text[:MAX_TEXT])):
        new_text = f"{mail_subject or ''}\n{new_text}"
    wishes_of = partial(read_wishes, received_at=received_at, consultation=consultation, round_=round_)
    ours = as_said(without_our_offer(new_text[:MAX_TEXT]))

    def read(wanted: Collection[Intent]) -> Request | None:
        by_words = read_request(
            mail_subject, new_text, full_text, wanted, calendar,
            received_at=received_at, consultation=consultation, round_=round_, thread=thread,
        )  # fmt: skip
        if not thread.offered or Intent.CONSULT not in wanted or calendar:
            return by_words
        asked = agreed(by_words, answered_offer(ours, thread, wishes_of, consultation))
        open_still = asked is not None and not asked.none_fits and bool(asked.unclear or asked.leaves_open)
        waits = open_still and _ANSWERS_LATER.search(ours) and not _WANTS_MORE.search(ours)
        return None if waits else asked

    worth = bool(_WORTH_READING.search(normalize("NFKC", ours))) or marked_slot(full_text) is not None
    words = normalize("NFKC", f"{mail_subject or ''}\n{ours}")
    if Intent.CONSULT in intents or not (worth and _may_ask(intents, thread, words)):
        return read(intents)
    assumed = read({*intents, Intent.CONSULT})
    if assumed is None or not _plain(assumed, thread, mail_subject or "", words):
        return read(intents)
    named = thread != NO_THREAD or _A_TALK.search(words) or _BY_MEANS.search(words)
    return assumed if named else replace(assumed, leaves_open=True)  # of what it is, nothing says: no slot is held


def _may_ask(intents: Collection[Intent], thread: Thread, words: str) -> bool:
    """No word says that a talk is wished: it answers us about one, its body has or was offered one, or it wants nothing else."""
    tried = _TRIED_OUT.search(words)
    if tried and not ("接続" in tried[0] and asked_method(words)):
        return False  # but 「接続テストで音声が聞こえませんでした。明日は電話で」
    if thread.answering or (thread != NO_THREAD and _THE_TALK.search(words)):
        return True
    return not intents and bool(_OF_A_SLOT.search(words)) and not _ANOTHER_MATTER.search(words)


def _plain(request: Request, thread: Thread, subject: str, words: str) -> bool:
    """Something is asked for, in plain words: thanks and 「後日回答します」 are no requests. What is doubted of a first mail under a
    subject or with words of a talk is one that an offer settles."""
    if request.none_fits:
        return bool(thread.offered)
    if request.unclear or request.leaves_open:
        asked = _A_TALK.search(words) and _ASKS.search(words) and request.windows
        return thread == NO_THREAD and bool(asked) and not (_ONLY_TOLD.search(words) or _ANSWERS_LATER.search(words))
    if request.intent in (RequestIntent.CANCEL, RequestIntent.RESCHEDULE):
        return bool(thread.booked)
    if request.windows and not request.choices:
        bare = not subject.strip("()件名なし無題 　") and len(words) < SHORT
        takes_part = thread.offered and _TAKES_PART.search(words)
        return bool(_ASKS.search(words) or takes_part or (thread == NO_THREAD and (bare or _A_TALK.search(words))))
    return bool(request.choices or request.any_of_offer)
