"""Words in a form's box that answer nothing, or not here: 「後日連絡します」「別紙のとおり」「企画課担当者」, and days that are still to come.

In: what was typed, bounded by the caller; squeezed where told. Out: truths. Pure; patterns without nested quantifiers.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from mailflow.clock import tokyo

_OF_OTHERS = re.compile(r"\([^()]*[はがも][^()]*\)")  # 「部局長了承（首長了承は4月予定）」
_PUT_OFF = re.compile(
    r"[^。、]{0,14}、?(?:現在|ただ今|後日|追って|のちほど|後ほど|別途)?、?(?:未定|未記入|(?:記入|記載|提出)予定|(?:検討|調整|協議|確認|作成|整理|選定)(?:中|予定)|決定(?:予定|次第)|決まり次第|(?:(?<=後日)|(?<=追って)|(?<=ほど)|(?<=別途))(?:ご?(?:連絡|提出|回答|記入|決定|報告|送付)|お知らせ)?(?:予定)?)"
    r"(?:(?:ご?連絡|提出|回答|報告|記入|お知らせ)(?:予定)?)?(?:です|とする|と(?:いた)?します|(?:いた)?します|する|させていただきます|のため)?。?"
)
# 「未定（支援の中で検討）」: whether the remark says enough is a person's to read.
_UNDECIDED = re.compile(
    r"(?:現時点では?|現段階では?|今のところ|まだ|現在)?、?(?:(?:検討|調整|協議)中|未定|未確定|未決定|決まっていない|決まっていません|決めていない|決めていません|決めかねて(?:いる|います|おります))"
    r"(?:です|である|だが|ですが)?(?:[(（\[「※:、。][^\n]{0,60})?"
)
_SECTION = re.compile(r"[^、。()]{1,20}(?:課|係|局|班|センター|グループ|チーム)")
_SECTIONS = re.compile(r"(?:課|部|局|室|係|班|センター|グループ|チーム)$")
_TO_STUDY = re.compile(r"今後、?[^。、]{0,10}(?:検討|整理|協議)(?:する|します|していく|していきます|予定(?:です)?)。?")
_ELSEWHERE = re.compile(
    r"[(（]?(?:詳細は、?)?(?:(?:別紙|別添|添付)(?:資料|ファイル|書類)?[0-9一二三①-⑨]{0,2}(?:「[^」]{1,30}」)?|上記|前項|前掲|前述)(?:の?(?:とおり|通り)(?:です)?|を?(?:ご?参照|ご覧)(?:ください|願います|のこと|下さい)?|に記載(?:のとおり|の通り|あり|済み?)?|に同じ)?。?[)）]?|同上|同左|同前|〃|々"
)
_YES = re.compile(r"(?:必要|必要性?(?:あり|有り?)|あり|有り?|はい|○|可)(?:です)?。?")
_NOBODY = re.compile(
    r"[^、。]{0,20}?(?:課|部|局|室|係|班|センター|グループ)?(?:の)?(?:事務)?担当(?:者|職員)?(?:あて|宛|まで)?"
)
_NAMED_LATER = re.compile(r"[(（][^()（）]{0,12}(?:後日|未定|調整中|決定後)[^()（）]{0,12}[)）]$")
_MONTH = re.compile(r"(?<![0-9])([0-9]{1,2})(?:月(?:([0-9]{1,2})日?)?|[/.]([0-9]{1,2})(?![0-9./]))")


def is_put_off(squeezed: str) -> bool:
    """「後日連絡します」「組織改編により決定予定」 instead of words that are needed."""
    return any(one.fullmatch(squeezed) for one in (_PUT_OFF, _TO_STUDY))


def is_elsewhere(squeezed: str) -> bool:
    """「別紙のとおり」「同上」: what is needed may stand in another place."""
    return _ELSEWHERE.fullmatch(squeezed) is not None


def is_undecided(squeezed: str) -> bool:
    """「未定（支援の中で検討）」: undecided, and something said about it. No more than a line: what goes on has an answer in it."""
    return _UNDECIDED.fullmatch(squeezed) is not None


def names_section(text: str) -> bool:
    """「企画部 デジタル推進課」 where a person's name belongs. A name may end in 部 or 室 (「阿部」「小室」): one word so ended is none."""
    words = unicodedata.normalize("NFKC", text).split()
    if len(words) == 1:
        return _SECTION.fullmatch(words[0]) is not None
    # 「渡部 綾部」 is somebody's name
    return len(words) > 1 and all(_SECTIONS.search(one) for one in words) and any(len(one) > 3 for one in words)


def says_yes(squeezed: str) -> bool:
    """「必要」「あり」 where sentences are asked for."""
    return _YES.fullmatch(squeezed) is not None


def names_nobody(squeezed: str) -> bool:
    """「企画課担当者」「政策係長（氏名は後日）」 for a name."""
    return _NOBODY.fullmatch(squeezed) is not None or _NAMED_LATER.search(squeezed) is not None


def is_still_to_come(raw: str, received_at: datetime) -> bool:
    """「（4月）」 in what came in March: a month or day of the half year to come."""
    today = tokyo(received_at).date()
    own = _OF_OTHERS.sub("", unicodedata.normalize("NFKC", raw))
    for found in _MONTH.finditer(re.split("[、。\n]", own)[0]):
        month, day = int(found[1]), int(found[2] or found[3] or 0)
        ahead = (month - today.month) % 12
        if 1 <= month <= 12 and (0 < ahead <= 6 or (ahead == 0 and day > today.day)):
            return True
    return False
