"""What the words printed on a blank form say of a field: its mark, limit, unit, choices, what is in the box already.

In: texts of cells, bounded by the caller. Out: plain values; None or () where nothing is said. Pure; patterns have no
nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from mailflow.forms.text import ARROWS, MARKS, fold, is_example, is_hint, is_placeholder

UNITS = frozenset(
    {"名", "人", "円", "千円", "万円", "百万円", "億円", "時間", "時間/週", "時間/月", "時間/日", "分", "日", "日間", "週", "週間", "か月", "ヶ月", "ヵ月",
     "カ月", "ケ月", "月", "年", "年度", "年間", "歳", "件", "回", "回/年", "箇所", "か所", "カ所", "ヶ所", "台", "基", "本", "戸", "世帯", "団体", "校", "社",
     "%", "パーセント", "km", "m", "m2", "ha", "km2", "平方メートル", "平方キロメートル", "kw", "kwh", "点", "個", "部", "枚", "施設", "事業所", "人/年", "件/年"}
)  # fmt: skip
WHOLE_UNITS = frozenset(
    {
        "名",
        "人",
        "件",
        "回",
        "箇所",
        "か所",
        "カ所",
        "ヶ所",
        "台",
        "基",
        "本",
        "戸",
        "世帯",
        "団体",
        "校",
        "社",
        "円",
        "歳",
        "施設",
        "事業所",
        "部",
        "枚",
        "個",
    }
)
_FOLDED_UNITS = {fold(unit): unit for unit in UNITS}
_WHOLE = frozenset(map(fold, WHOLE_UNITS))

_LIMIT = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{2,5})\s?(?:文字|字|語)\s?(?:以内|程度|以下|まで|内|を上限|を目安|未満)"
)
_AT_MOST = re.compile(r"(?:最大|上限|目安)[はで:：]?\s?([0-9]{2,5})\s?(?:文字|字)")
_REQUIRED = re.compile(r"(?<!非)(?<!不)必須(?!ではな|で[はも]あり?ません)|要記入|必ず(?:ご|お)?(?:記入|入力|記載|選択)")
_OPTIONAL = re.compile(
    r"任意(?!団体|後見|の団体)|(?:該当する|ある|必要な|できる|差し支えなければ|分かる|わかる)(?:場合|とき)(?:のみ|に|は|のみに)?[^。]{0,8}(?:記入|記載|入力)|必要に応じて|あれば(?:ご)?(?:記入|記載|入力)|空欄(?:でも?|で)(?:可|構い|かまい|よい)|差し支えなければ"
)
_CONDITIONAL = re.compile(r"条件付")
_LEGEND = re.compile(r"([※*＊◎●○◆★☆])(?:印|マーク)?(?:は|が|の|を|のついた|の付いた|のある)[^。]{0,14}(?:必須|必ず)")
SEVERAL = re.compile(
    r"いくつでも|複数(?:選択|回答|可|選べ)|すべて(?:選|に|を|チェック)|全て(?:選|に|を|チェック)|該当するもの(?:すべて|全て|を全|をすべ)|当てはまるもの(?:すべて|全て)|[0-9一二三]つまで(?:選|チェック|可)"
)
ONE = re.compile(
    r"(?:いずれか|どちらか|何れか)(?:一方|一つ|1つ|ひとつ|を|に)?|(?:1つ|一つ|ひとつ)(?:だけ|のみ|を)?(?:選|に|チェック)|単一選択"
)
CHOOSE = re.compile(
    r"選択|選んで|お選び|○(?:を|で|印)|〇(?:を|で|印)|丸(?:を|で)|チェック|✓|☑|レ点|該当するもの|プルダウン|ドロップダウン"
)

_BOX = "□☐◻▢☑☒■"
_RING = "○〇◯"
_BOXED = re.compile(f"[{_BOX}]")
_DRAWN = re.compile(f"[{_BOX}{_RING}]")
_BLANK_BRACKETS = re.compile(r"[(（\[［][\s　_＿・…]{0,60}(?:名称|内容|具体的に|記入)?[\s　_＿：:…]{0,60}[)）\]］]")
_DATE_SKELETON = re.compile(
    r"(?:(?:令和|平成|西暦|r\.?)?年月日|(?:令和|西暦)?年月|/{2})(?:\(曜?日?\))?(?:~|〜|から)?(?:(?:令和|西暦)?年月日?)?(?:まで)?"
)
_NUMBERED = re.compile(
    r"(?:^|[\s　、,／/])(?:[①-⑳]|[(（]?[0-9０-９]{1,2}[)）.．、:：]|[アイウエオカキクケコ][.．、:：)）])[\s　]{0,3}"
)
_ALTERNATIVES = re.compile(r"[\s　]{0,9}[・･／/|｜][\s　]{0,9}|[\s　]{2,}|　")
_OPPOSITES = frozenset(
    {"可", "不可", "有", "無", "有り", "無し", "あり", "なし", "はい", "いいえ", "含む", "含まない", "該当", "非該当", "該当する", "該当しない", "済", "未", "同意する",
     "同意しない", "希望する", "希望しない", "男", "女", "要", "不要", "実施", "未実施", "実施済", "a", "b", "c", "aコース", "bコース", "する", "しない", "新規", "継続",
     "昭和", "平成", "令和", "承諾する", "承諾しない", "可能", "不可能", "公開", "非公開", "課税", "非課税", "yes", "no", "予定あり", "予定なし", "ある", "ない"}
)  # fmt: skip


def one_line(text: str) -> str:
    """Lines and wide gaps of a label closed up: 「担 当 者」 stays, 「団体名\n（正式名称）」 becomes one line."""
    return re.sub(r"[ \t]{2,}", " ", "".join(line.strip() for line in text.strip().splitlines())).strip()


def is_mark_word(text: str) -> bool:
    """「必須」「※任意」「：」「→」 in a cell of its own, between a label and its box."""
    plain = fold(text).strip("()[]【】〔〕※*")
    return len(text) <= 8 and (plain in MARKS or plain in ARROWS or fold(text) in {"※", "*", "◎"})


def says_required(texts: Iterable[str]) -> bool | None:
    """True, False, or None where nothing is said; 任意 beats 必須 (「必須（〜の場合は任意）」 is for a person to read)."""
    found = None
    for text in texts:
        plain = normalize("NFKC", text)
        if _OPTIONAL.search(plain):
            return False
        if _REQUIRED.search(plain) and not _CONDITIONAL.search(plain):
            found = True
    return found


def says_conditional(texts: Iterable[str]) -> bool:
    return any(_CONDITIONAL.search(text) for text in texts)


def legend_marks(texts: Iterable[str]) -> frozenset[str]:
    """The signs that the form says to mean 必須: 「※印は必須項目です」."""
    return frozenset(
        normalize("NFKC", found[1])
        for text in texts
        for found in _LEGEND.finditer(text)
        if "必須で" not in found[0][:2]
    )


def limit_in(texts: Iterable[str]) -> int | None:
    """「800字以内」「400文字程度」「400〜800字」→ the most characters."""
    for text in texts:
        plain = normalize("NFKC", text)
        if found := _LIMIT.search(plain) or _AT_MOST.search(plain):
            limit = int(found[1].replace(",", ""))
            return limit if 1 <= limit <= 32_767 else None
    return None


def unit_of(text: str) -> str | None:
    """The unit that a cell holds and nothing else: 「名」「（千円）」「　　　時間／週」「単位：円」."""
    plain = fold(text).replace("時間数", "時間").strip("()[]【】_＿.")
    plain = plain.removeprefix("単位:").removeprefix("単位").strip("()[]:")
    plain = {"時間/1週間": "時間/週", "㎡": "m2", "時間/週間": "時間/週"}.get(plain, plain)
    return _FOLDED_UNITS.get(plain)


def unit_in_label(label: str) -> str | None:
    """「総事業費（千円）」「職員数（単位：人）」"""
    for found in re.findall(r"[(（\[［]([^()（）\[\]［］]{1,16})[)）\]］]", normalize("NFKC", label)):
        for piece in re.split("[、,・]", found):
            if unit := unit_of(piece):
                return unit
    return None


def is_whole_unit(unit: str) -> bool:
    return fold(unit) in _WHOLE


def is_date_skeleton(text: str) -> bool:
    """「令和　　年　　月　　日」"""
    return len(text) <= 60 and bool(_DATE_SKELETON.fullmatch(re.sub(r"[_＿.0-9]", "", fold(text))))


def is_fill_in(text: str) -> bool:
    """What a maker leaves in the box: 「選択してください」, 「例）…」, 「　年　月　日」, 「〒　　-」, 「（　　　）」."""
    plain = fold(text)
    bare = re.sub(r"[()\[\]_＿.…:ー\-〒~〜/]", "", plain)
    return is_placeholder(text) or is_example(text) or is_date_skeleton(text) or not bare


def label_and_hint(text: str) -> tuple[str, str]:
    """A label over its own note in one cell: 「団体名\n（正式名称を記入してください）」. The note is "" where there is none."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    for at in range(1, len(lines)):
        if lines[at][0] in "(（※＊*【" and lines[at] not in ("（必須）", "(必須)", "【必須】", "※必須"):
            return one_line("\n".join(lines[:at])), "\n".join(lines[at:])
    return one_line(text), ""


_MARKS_IN_LABEL = re.compile(
    r"[(\[【〔<＜《（［]\s{0,3}(?:必須|任意|条件付き?|必須項目|要記入|必ず記入)\s{0,3}[)\]】〕>＞》）］]|[*＊※]必須|[*＊※◎]任意"
)


def without_marks(label: str) -> str:
    """「【必須】団体名」「※団体名」「団体名*」 as 団体名."""
    plain = _MARKS_IN_LABEL.sub("", label).strip().lstrip("※＊*").rstrip("※＊*").strip()
    return plain or label


def is_note_only(text: str) -> bool:
    """「400字程度」「（複数選択可）」「いずれかに○」: says how to fill in, and of nothing what it is."""
    plain = normalize("NFKC", text)
    if re.match(r"(?:選択肢?|次から選択)\s?:", plain):
        return True
    said = CHOOSE_LIKE.sub("", _AT_MOST.sub("", _LIMIT.sub("", plain)))
    rest = re.sub(r"[()\[\]【】・、,。:~〜0-9\s]|で(?:ご)?記入|印|を|に|は|で|から|つ|して", "", said)
    return said != plain and len(rest) <= 2


def is_sentence(text: str) -> bool:
    """A note of the maker's rather than a label. 「団体名をご記入ください」 is a label."""
    plain = label_and_hint(text)[0].rstrip("：: 　")
    if len(plain) <= 40 and _POLITE_LABEL.fullmatch(plain) and not _ASKS_GENERALLY.match(plain):
        return False
    return is_hint(text) or len(plain) > 60 or bool(_SENTENCE.search(plain)) or is_note_only(plain)


_SENTENCE = re.compile(r"(?:ます|です|こと)[．)）]?$|。|ください|下さい")
_POLITE_LABEL = re.compile(
    r"[^。]{1,30}を(?:ご|お)?(?:記入|入力|記載|選択|回答|教え|書き|選び)(?:して)?(?:ください|下さい)"
)
_ASKS_GENERALLY = re.compile(
    r"該当|次|いずれ|どちら|以下|下記|具体|簡潔|できる|必要|内容|番号|一覧|プルダウン|ここ|この|下の|右の|必ず|[0-9０-９]"
)


# --- choices printed in the box ---------------------------------------------------------------------------------------


def printed_options(text: str, asked: bool = False) -> tuple[str, ...]:
    """The choices that a cell prints for someone to mark: 「□可　□不可」, 「A ・ B」, 「1. 有　2. 無」. `asked`: the label or a
    note says to choose, so that any short alternatives count. () where there are none."""
    if not 2 <= len(text.strip()) <= 800:
        return ()
    if boxes := _marked_pieces(text):
        return boxes
    plain = text.strip()
    if len(_NUMBERED.findall(plain)) >= 2:
        pieces = [_option(piece) for piece in _NUMBERED.split(plain)]
        return _distinct(pieces) if not _NUMBERED.split(plain)[0].strip() else ()
    pieces = [_option(piece) for piece in _ALTERNATIVES.split(plain)]
    pieces = [piece for piece in pieces if piece]
    if 2 <= len(pieces) <= 8 and all(len(piece) <= 20 for piece in pieces) and not plain.endswith("。"):
        known = all(fold(piece) in _OPPOSITES for piece in pieces)
        return _distinct(pieces) if known or asked else ()
    return ()


def _marked_pieces(text: str) -> tuple[str, ...]:
    boxed = _BOXED.findall(text)
    pattern = _BOXED if boxed else _DRAWN
    marks = list(pattern.finditer(text))
    if not boxed and len(marks) < 2:  # 「○○町」, 「○」 alone
        return ()
    if not boxed and re.search(f"[{_RING}]{{2}}", text):
        return ()
    if not marks or (len(marks) == 1 and boxed == ["■"]):  # 「■応募団体」 is a heading
        return ()
    if len(boxed) >= 1 and set(boxed) == {"■"}:
        return ()
    behind = bool(text[: marks[0].start()].strip()) and not text[marks[-1].end() :].strip()
    pieces = []
    for index, mark in enumerate(marks):
        if behind:
            piece = text[marks[index - 1].end() if index else 0 : mark.start()]
        else:
            piece = text[mark.end() : marks[index + 1].start() if index + 1 < len(marks) else len(text)]
        pieces.append(_option(piece.strip().splitlines()[0] if piece.strip() else ""))
    return _distinct(pieces)


def _option(piece: str) -> str:
    plain = _BLANK_BRACKETS.sub("", piece.strip(" 　・、,，/／\n\t:："))
    plain = re.sub(r"[(（][\s　]*$", "", plain)
    said = re.search(r"[(（][^()（）]{1,30}[)）]$", plain.rstrip())
    if said and CHOOSE_LIKE.search(said[0]):
        plain = plain[: said.start()]  # 「オンライン　（いずれかに○）」
    plain = plain.strip(" 　・、,，/／:：")
    return one_line(plain)[:200]


def _distinct(pieces: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def listed_options(text: str) -> tuple[str, ...]:
    """Choices named in a note: 「予算要求／実証事業／補助事業／その他」, 「「可」「不可」から選択」."""
    quoted = re.findall(r"「([^「」]{1,40})」", text)
    if len(quoted) >= 2 and re.search(r"(?:から|より|のいずれか|を|のどちらか)[^。]{0,6}(?:選|記入)", text):
        return _distinct(quoted)
    for line in re.split(r"[\n。]", text):
        pieces = [
            piece.strip(" 　")
            for piece in re.split("[／/]", re.sub(r"^[^：:]{0,12}選択[^：:]{0,6}[：:]", "", line.strip()))
        ]
        if len(pieces) >= 3 and all(1 <= len(piece) <= 20 for piece in pieces) and CHOOSE_LIKE.search(text):
            return _distinct(pieces)
    return ()


CHOOSE_LIKE = re.compile(f"{SEVERAL.pattern}|{ONE.pattern}|{CHOOSE.pattern}")
