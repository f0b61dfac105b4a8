"""What two spellings of one label have in common, and what is no value: marks, hints, placeholders.

In: text of cells, bounded by the caller. Out: folded text. Pure; patterns have no nested quantifiers.
Only for comparing: nothing folded here is ever shown or stored as what an applicant wrote.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import normalize

LABEL_MAX = 80  # a longer text is no label

_KANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－ｰ─━"), "-")
_NUMBER = re.compile(
    r"[①-⑳㉑-㊿❶-❿⓵-⓾←⇐◀■□◆◇●○◎・▼▽▶►◼◻☐★☆※＊*]+"
    r"|[(（]?[0-9０-９]{1,2}(?:[-－.．‐][0-9０-９]{1,2})?[)）.．、:：](?![0-9０-９])"
    r"|[(（]?[0-9０-９]{1,2}(?:[-－.．‐][0-9０-９]{1,2})?[\s　]+"
    r"|[(（](?:[ア-ン]|[a-zａ-ｚ]|[一二三四五六七八九十]{1,3})[)）]"
    r"|(?:[ア-ンa-z一二三四五六七八九十])[)）.．、](?=.)"
    r"|問[0-9０-９]{1,2}[.．、\s　]?"
)
_MARK = re.compile(
    r"[(\[【〔<＜《（［]\s{0,3}(?:必須|任意|条件付|必須項目|要記入|必ず記入)\s{0,3}[)\]】〕>＞》）］]|[*＊※]必須|必須$|任意$"
)
_NOTE_NUMBER = re.compile(r"[(（]?[※*＊注][0-9０-９]{0,2}[)）]?$")
_BRACKETS = re.compile(r"[(\[〔【<「][^()\[\]〔〕【】<>「」]{0,60}[)\]〕】>」]")
_LAST_BRACKETS = re.compile(r"[(\[〔【<「][^()\[\]〔〕【】<>「」]{0,60}[)\]〕】>」]$")
_OF = re.compile(r"([^()\[\]]{1,20})[(\[]([^()\[\]]{1,40})[)\]]")
# Of folded text: 「団体名をご記入ください」「合意状況について」「電話番号記入欄」
_POLITE = re.compile(
    r"(?:(?:を|について|は|の)?(?:ご|お)?(?:記入|記載|入力|選択|回答|教え|書き|選び)(?:して)?(?:ください|下さい|願います|欄|内容)?|について|欄)[。:]?$"
)
_HINT = re.compile(
    r"^[\s　]{0,8}[(（【\[〔<＜]{0,2}[\s　]{0,4}(?:※|＊|\*|[←⇐☜◀](?=.)|注[)）0-9０-９:：]|\(注|（注|例[)）:：]|記入例|記載例|入力例|プルダウン|ドロップダウン)"
)
_EXAMPLE = re.compile(r"^[(（【\[〔<＜]{0,2}(?:例|記入例|記載例|入力例)[)）:：】\]〕>＞]")
_PLACEHOLDER = re.compile(
    r"^[▼▽\-－\s　（(【\[]{0,4}(?:プルダウン(?:から|より|で)?|ドロップダウン(?:から|より|で)?|リスト(?:から|より)?|一覧(?:から|より)?|いずれか(?:を|一つを)?)?"
    r"(?:お?選択|お選び)(?:してください|して下さい|ください|下さい)?[▼▽。）)】\]\s　]{0,3}$"
)
# 「ここに記入してください」「（800字以内）」: what a form's maker leaves in the box.
_ASKING = re.compile(
    r"[(（【]?(?:こちら|ここ|この欄)?(?:に|へ|を)?(?:具体的に|簡潔に)?(?:ご|お)?(?:記入|入力|記載)(?:して)?(?:ください|下さい|願います)[。)）】]?"
    r"|[(（【][^()（）【】]{2,80}(?:記入|記載|入力)(?:して)?(?:ください|下さい|願います|のこと|する)?[。]?[)）】]"
    r"|[(（【]?[0-9０-９,，]{2,5}(?:文字|字)(?:以内|程度)(?:で|にて)?(?:(?:ご|お)?(?:記入|入力|記載)(?:して)?(?:ください|下さい))?[。)）】]?"
)
MARKS = frozenset({"必須", "任意", "条件付", "条件付き", "必須項目", "◎必須"})
ARROWS = frozenset({":", "→", "⇒"})  # between a label and its box
NOTE_BEHIND = re.compile(r"(?<=[^\s　])[\s　]+※(?!必須|任意)(?=.{2})")  # behind a label, in its cell
LEADS = frozenset({"金", "約", "¥"})  # before the number, in a cell of its own
HALF_DAYS = frozenset({"午前", "午後"})
# What stands between or in the cells of a date, a span of time, a telephone number or an address that has several.
_JOINTS = re.compile(r"(?:令和|平成|西暦|曜日|から|まで|より|午前|午後|[年月日時分歳自至~〜/:@〒・()-])+")


def fold(text: str) -> str:
    """Width, case, spaces, kind of kana and of dash do not count."""
    return _fold_short(text) if len(text) <= LABEL_MAX else _fold(text)


def _fold(text: str) -> str:
    return "".join(normalize("NFKC", text).casefold().split()).translate(_KANA).translate(_DASHES)


def is_joint(text: str) -> bool:
    """「年」「から」「～」「〒」, 「令和　　年　　月」: nothing that anybody wrote."""
    return len(text) <= 60 and _JOINTS.fullmatch(fold(text)) is not None


_fold_short = lru_cache(maxsize=8192)(_fold)


@lru_cache(maxsize=8192)
def label_forms(text: str) -> tuple[str, ...]:
    """What a cell may be as a label, the nearest to what is written first: without 「１．」「※」「（必須）」 and the
    colon; the first line alone; then without what stands in brackets, the last ones first. Empty for what is no label."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    whole = "".join(lines)
    written = [one for one in ((whole, lines[0]) if len(lines) > 1 else (whole,)) if len(one) <= LABEL_MAX]
    found = [_bare(one) for one in written]
    for one in written:
        rest = normalize("NFKC", _bare(one))
        for _ in range(3):
            cut = _LAST_BRACKETS.sub("", rest)
            if cut == rest:
                break
            rest = cut
            found.append(fold(rest))
        found.append(fold(_BRACKETS.sub("", rest)))
    if len(lines) == 1 and (before := NOTE_BEHIND.split(whole, 1)[0]) != whole and len(before) <= LABEL_MAX:
        found.append(_bare(before))
    found += [fold(_POLITE.sub("", one)) for one in found if _POLITE.search(one)]
    return tuple(dict.fromkeys(filter(None, found)))


def bracketed(text: str) -> tuple[str, str] | None:
    """「連絡先（電話番号）」 as (連絡先, 電話番号), both folded."""
    found = _OF.fullmatch(_bare(text)) if len(text) <= LABEL_MAX else None
    return (found[1], found[2]) if found else None


def _bare(text: str) -> str:
    text = text.strip()
    for _ in range(3):  # 「※ １．（１）」
        if number := _NUMBER.match(text):
            text = text[number.end() :].lstrip() or text
    text = _MARK.sub("", text.strip().rstrip(":：")).strip()
    text = _NOTE_NUMBER.sub("", text).strip()
    return fold(text).strip(":*※・。.★☆●◎◆") if text else ""


_HEAD_INSIDE = re.compile(
    r"(?:(?<=[\s　、,／/)）])|^)([^\s　:：、,／/()（）0-9０-９][^\s　:：、,／/()（）]{0,19})[\s　]{0,3}[:：]"
)


def heads_inside(text: str) -> list[re.Match[str]]:
    """The labels of a cell that holds several, group 1 of each: 「電話：0265-00-0000　FAX：0265-00-0001」. Empty for fewer."""
    if len(text) > 400 or text.count("：") + text.count(":") < 2:
        return []
    found = list(_HEAD_INSIDE.finditer(text))
    return found if len(found) >= 2 else []


_NUMBERED = re.compile(r"[0-9０-９①-⑳(（【■◆●○□ⅠⅡⅢⅣⅤ]")


def is_heading(text: str) -> bool:
    """「７　応募に当たって確認する事項（事務局）」: one numbered line without a full stop."""
    plain = text.strip()
    return len(plain) <= 40 and "\n" not in plain and plain[-1:] != "。" and _NUMBERED.match(plain) is not None


def is_hint(text: str) -> bool:
    """A note of the form's maker: 「※…」「（注）…」「記入例：…」."""
    return bool(_HINT.match(text[:40]))


def is_example(text: str) -> bool:
    """An example left standing in the box: 「例）長野県飯田市」. 「例えば、…」 is an applicant's sentence."""
    return len(text) <= 60 and bool(_EXAMPLE.match(text.strip()[:20]))


def is_placeholder(text: str) -> bool:
    """「選択してください」 and the like: the field is empty."""
    plain = text.strip()
    return len(text) <= 40 and bool(_PLACEHOLDER.match(plain) or _ASKING.fullmatch(plain))
