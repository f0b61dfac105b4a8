"""What a wish hangs on: 「県の説明会が10時からであれば午後」 is for people to ask about, 「難しければ19日」 is a second wish.

In: an officer's words of one width, where wishes stand in them. Out: the conditions, in Japanese, that the office can't
see fulfilled. A condition is harmless where it speaks of the office's own free time, is a courtesy (「可能でしたら」), says
nothing but a time (「15時からであれば」), is about the connection, or promises only word (「変更があればご連絡します」). The words:
`vocabulary.hanging`. Pure; patterns bounded, without nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from mailflow.consultation.reading.vocabulary import hanging

_SENTENCE = re.compile(r"[^。\n!?！？]{1,400}")
_CLAUSE_END = re.compile(r"[、,。](?=[^。]{0,30}(?:なら|場合|たら|れば))|。")
_CLAUSE = re.compile(r"[、,()]|(?:ので|ため|ますが|ですが|けれど|として)|。")
_NUMBER_TAKEN = re.compile(r"(?:候補の?)?[1-9]番?目?")  # 「1番が埋まっている場合は4番で」
_TOLD = re.compile(r"[はに]?、?[^、。\n]{0,20}(?:まし|でし)た(?!ら)")  # 「申込みの際はオンラインと書きましたが」
_LATE = re.compile(r"[はに]?、?[^。\d]{0,10}(?:遅れ|遅刻|途中から)")  # 「前の会議が押した場合、数分遅れて」
_ONLY_THEN = re.compile(r"(?:の?み|だけ|に限り|に限って)")  # 「可能な場合のみ」 is no courtesy
_ASKED = ("願いでき", "いただけ", "頂け", "してもらえ")
_WELCOME = re.compile(r"(?:と|、)?\s?(?:大変|とても|たいへん)?(?:うれし|嬉し|幸い|幸甚|助か|ありがた|有り?難)")
_IF = re.compile(hanging.IF)
_COURTESY = re.compile(hanging.COURTESY)
_CONNECTION = re.compile(hanging.CONNECTION, re.IGNORECASE)
_HELP = re.compile(hanging.HELP, re.IGNORECASE)
_SUBJECT = re.compile(hanging.SUBJECT)
_TIME_WORD = re.compile(hanging.TIME_WORD)
_ASIDE = re.compile(hanging.ASIDE)
_OURS = re.compile(hanging.OURS)
_COME_TO_PASS = re.compile(hanging.COME_TO_PASS)
_WORD_ONLY = re.compile(hanging.WORD_ONLY)
_ANOTHER = re.compile(hanging.ANOTHER)
_TIMES = re.compile(hanging.TIMES)
_NOT_YET = re.compile(hanging.NOT_YET)
_BACK = re.compile(hanging.BACK)


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
    if condition.endswith(_ASKED) and _WELCOME.match(behind) and not _ANOTHER.search(behind):
        return True  # 「3時半からでお願いできたらうれしいです」
    if _COME_TO_PASS.search(condition):
        return False
    if (_LATE.match(behind) and not _ANOTHER.search(behind) and not _TIMES.search(behind)) or (
        condition.endswith(("の", "た")) and _TOLD.match(behind)
    ):
        return True
    if _HELP.search(condition) and not _ANOTHER.search(behind):
        return True
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
