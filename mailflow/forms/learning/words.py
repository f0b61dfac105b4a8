"""What the words printed on a blank form say of a field: its mark, limit, unit, what is in the box already.

In: texts of cells, bounded by the caller. Out: plain values; None or () where nothing is said. Pure; patterns have no
nested quantifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import normalize

from mailflow.forms.text import (
    ARROWS,
    LABEL_MAX,
    MARKS,
    NOTE_BEHIND,
    fold,
    heads_inside,
    is_example,
    is_hint,
    is_placeholder,
)

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
    r"([0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{2,5})\s?(?:文字|字|語)\s?(?:以内|程度|以下|まで|内|を上限|を目安|未満)"
)
_AT_MOST = re.compile(r"(?:最大|上限|目安)[はで:：]?\s?([0-9]{2,5})\s?(?:文字|字)")
_REQUIRED = re.compile(r"(?<!非)(?<!不)必須(?!ではな|で[はも]あり?ません)|要記入|必ず(?:ご|お)?(?:記入|入力|記載|選択)")
_OPTIONAL = re.compile(
    r"任意(?!団体|後見|の団体)|(?:該当する|ある|必要な|できる|差し支えなければ|分かる|わかる)(?:場合|とき)(?:のみ|に|は|のみに)?[^。]{0,8}(?:記入|記載|入力)|必要に応じて|あれば(?:ご)?(?:記入|記載|入力)|空欄(?:でも?|で)(?:可|構い|かまい|よい)|差し支えなければ|[(（]あれば[)）]"
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
CHOOSE_LIKE = re.compile(f"{SEVERAL.pattern}|{ONE.pattern}|{CHOOSE.pattern}")

_DATE_SKELETON = re.compile(
    r"自?(?:(?:令和|平成|西暦|r\.?)?年月日|(?:令和|西暦)?年月|/{2})(?:\(曜?日?\))?(?:~|〜|から|-)?至?(?:(?:令和|西暦)?年月日?)?(?:\(曜?日?\))?(?:まで)?"
)
_SUM_SKELETON = re.compile(r"(?:総額|計|合計)?金(?:円|千円|百万円)(?:也|整)?(?:\(税[込抜]\))?")
# 「月額　　　　円」「延べ　　　人」「築　　年」; 「氏　　名」 is a label.
_LED_IN = re.compile(
    r"(?:月額|年額|日額|時給|総額|合計|計|約|延べ|のべ|築|全|満|税込|税抜|片道|往復)[\s　_＿]{2,60}([^\s　_＿()（）]{1,6})(?:[(（]税[込抜]み?[)）])?"
)


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


_ONLY_IF = re.compile(
    r"(?:場合|とき)(?:のみ|に限り|は|には|に|、|,|[)）])|(?:した|する|の|ある)(?:方|団体|者|法人)(?:のみ|に限り|だけ)|のみ記[入載]"
)


def says_only_if(text: str) -> bool:
    """「該当する場合のみ」「問２で「ある」と回答した場合、…」「過去に利用した団体のみ記入」"""
    return bool(_ONLY_IF.search(text))


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
    plain = re.sub(r"^(?:約|計|合計)(?=.)", "", fold(text)).replace("時間数", "時間").strip("()[]【】_＿.")
    plain = plain.removeprefix("単位:").removeprefix("単位").strip("()[]:")
    plain = {"時間/1週間": "時間/週", "㎡": "m2", "時間/週間": "時間/週"}.get(plain, plain)
    return _FOLDED_UNITS.get(plain)


def unit_of_format(number_format: str) -> str | None:
    """「#,##0"名"」: the unit that the cell itself shows behind the number."""
    found = re.search(r'[0#]\\?[\s　_]{0,2}"[\s　]{0,2}([^"]{1,8}?)[\s　]{0,2}"', number_format)
    return unit_of(found[1]) if found else None


def unit_in_label(label: str) -> str | None:
    """「総事業費（千円）」「職員数（単位：人）」"""
    for found in re.findall(r"[(（\[［]([^()（）\[\]［］]{1,16})[)）\]］]", normalize("NFKC", label)):
        for piece in re.split("[、,・]", found):
            if unit := unit_of(piece):
                return unit
    return None


def unit_of_sum(text: str) -> str | None:
    """「金　　　　　円」 → 円"""
    if (led_in := _LED_IN.fullmatch(text.strip())) and (unit := unit_of(led_in[1])):
        return unit
    found = re.fullmatch(r"(?:総額|計|合計)?金(円|千円|百万円)(?:也|整)?(?:\(税[込抜]\))?", fold(text))
    return found[1] if found else None


_SUM = re.compile(r"額|費|金|予算|決算|単価|収入|支出|合計|小計|負担|財源|価格")


def is_sum(label: str) -> bool:
    """Whether a label asks for money."""
    return bool(_SUM.search(label)) and not re.search("有無|理由|内容|名|区分|備考|摘要|番号|内訳", label)


def is_whole_unit(unit: str) -> bool:
    return fold(unit) in _WHOLE


def is_date_skeleton(text: str) -> bool:
    """「令和　　年　　月　　日」"""
    return len(text) <= 60 and bool(_DATE_SKELETON.fullmatch(re.sub(r"[_＿.0-9]", "", fold(text))))


def is_fill_in(text: str) -> bool:
    """What a maker leaves in the box: 「選択してください」, 「例）…」, 「　年　月　日」, 「〒　　-」, 「（　　　）」."""
    plain = fold(text)
    bare = re.sub(r"[()\[\]_＿.…:ー\-〒~〜/@]", "", plain)
    return (
        is_placeholder(text)
        or is_example(text)
        or is_date_skeleton(text)
        or (len(text) <= 60 and bool(_SUM_SKELETON.fullmatch(plain)) and len(text) > len(plain) + 1)
        or not bare
        or bool((led_in := _LED_IN.fullmatch(text.strip())) and unit_of(led_in[1]))
        or bool(inner_labels(text))
        or is_skeleton(text)
    )


def is_skeleton(text: str) -> bool:
    """Room to write with units and signs between: 「　月　　日（　）　　時～　　時」, 「専任　　人、兼任　　人」."""
    if re.fullmatch(r"第[\s　_＿]{2,20}号", text.strip()):
        return True
    if len(text) > 80 or len(_GAP.findall(text)) < 2:
        return False
    return bool(_OF_TIME.fullmatch(fold(text))) or len(_GAP_AND_UNIT.findall(text)) >= 2


_GAP = re.compile(r"[\s　_＿]{1,}")
_GAP_AND_UNIT = re.compile(r"[\s　_＿]{2,}(?:名|人|円|千円|万円|時間|分|日|か月|年|月|件|回|台|世帯|歳|%|％)")
_OF_TIME = re.compile(
    r"(?:令和|平成|昭和|西暦|午前|午後|から|まで|頃|生|歳|付け?|第|号|[年月日時分曜自至約()~〜・:/、,-])+"
)


def inner_labels(text: str) -> tuple[str, ...]:
    """The labels of a box that holds several with room behind each: 「電話：　　　　FAX：　　　」. () where it doesn't."""
    heads = heads_inside(text)
    rest = "".join(
        text[(before.end() if before else 0) : (head.start(1) if head else len(text))]
        for before, head in zip((None, *heads), (*heads, None), strict=True)
    )
    return tuple(head[1] for head in heads) if heads and not re.sub(r"[\s　()（）_＿\-－@＠〒、,／/]", "", rest) else ()


def label_and_hint(text: str) -> tuple[str, str]:
    """A label over its own note in one cell: 「団体名\n（正式名称を記入してください）」. The note is "" where there is none."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    for at in range(1, len(lines)):
        if lines[at][0] in "(（※＊*【" and lines[at] not in ("（必須）", "(必須)", "【必須】", "※必須"):
            return one_line("\n".join(lines[:at])), "\n".join(lines[at:])
    words = one_line(text)
    if len(parts := NOTE_BEHIND.split(words, 1)) == 2 and len(lines) < 2:  # 「担当者名簿　※行は足してください。」
        return parts[0], f"※{parts[1]}"
    return words, ""


_MARKS_IN_LABEL = re.compile(
    r"[(\[【〔<＜《（［]\s{0,3}(?:必須|任意|条件付き?|必須項目|要記入|必ず記入)\s{0,3}[)\]】〕>＞》）］]|[*＊※]必須|[*＊※◎]任意"
)


def without_marks(label: str) -> str:
    """「【必須】団体名」「※団体名」「団体名*」 as 団体名."""
    plain = _MARKS_IN_LABEL.sub("", label).strip().lstrip("※＊*").rstrip("※＊*★☆●◎◆ 　")
    return plain or label


def noun_of(question: str) -> str:
    """「担当者のメールアドレスをご記入ください。（必須）」 as 担当者のメールアドレス."""
    plain = _BEHIND_THE_STOP.sub("", without_marks(question)).strip()
    return _ASKS_POLITELY.sub("", plain).strip() or plain


_BEHIND_THE_STOP = re.compile(r"(?<=。)[\s　]?[(（][^()（）]{1,60}[)）]$")
_ASKS_POLITELY = re.compile(
    r"(?:を|について)[、]?(?:ご|お)?(?:記入|記載|入力|回答|選択|選[びん]|教え|書き)[^。、]{0,8}(?:ください|下さい|願います)[。]?$"
)
_FORMAT_ONLY = re.compile(
    r"(?:yyyy[-/年.].{0,12}|[0-9]{1,2}桁.{0,12}|(?:半角|全角)(?:英数字?|数字|カナ|カタカナ|ひらがな)?.{0,12}|西暦.{0,8}|ハイフン.{0,10}|カンマ.{0,10}|税[込抜]み?)",
    re.IGNORECASE,
)


def is_note_only(text: str) -> bool:
    """「400字程度」「（複数選択可）」「いずれかに○」: says how to fill in, and of nothing what it is."""
    plain = normalize("NFKC", text)
    if re.match(r"(?:選択肢?|次から選択)\s?:", plain) or _FORMAT_ONLY.fullmatch(plain.strip("()[] ")):
        return True
    head = plain.partition("(")[0].strip()
    if (
        "(" in plain
        and len(head) >= 2
        and head == CHOOSE_LIKE.sub("", _LIMIT.sub("", head))
        and re.search("[一-龥ァ-ン]{2}$", head)
    ):
        return False  # 「会場（いずれか１つ）」
    said = CHOOSE_LIKE.sub("", _AT_MOST.sub("", _LIMIT.sub("", plain)))
    rest = re.sub(r"[()\[\]【】・、,。:~〜0-9\s]|で(?:ご)?記入|印|を|に|は|で|から|つ|して", "", said)
    return said != plain and len(rest) <= 2


def is_sentence(text: str) -> bool:
    """A note of the maker's rather than a label. 「団体名をご記入ください」 is a label."""
    plain = label_and_hint(text)[0].rstrip("：: 　")
    if len(plain) <= LABEL_MAX and _QUESTION.match(normalize("NFKC", plain)):
        return False
    if len(plain) <= 40 and _POLITE_LABEL.fullmatch(plain) and not _ASKS_GENERALLY.match(plain):
        return False
    if len(plain) <= 30 and _THING.search(without_marks(plain)):
        return False
    bare = _REMARK_BEHIND.sub("", plain)  # 「期待される効果（定量的に記載すること）」
    return is_hint(text) or len(plain) > 60 or bool(_SENTENCE.search(bare)) or is_note_only(plain)


# 「問１　…をご記入ください。」「Q2 …ですか。」
_QUESTION = re.compile(
    r"(?:問|設問|質問|q)\s?[0-9]{1,3}(?:[-.][0-9]{1,2})?[\s　.:)、]|.{4,78}(?:ですか|ますか|でしょうか)[。?]?$",
    re.IGNORECASE,
)
_REMARK_BEHIND = re.compile(r"(?<=[^\s()（）。])[(（][^()（）]{1,40}[)）]$")
_SENTENCE = re.compile(r"(?:ます|です|こと)[．)）]?$|。|ください|下さい")
# 「企業に期待すること」「困っていること」: what is asked for, where 「…を記載すること」 is an order.
_THING = re.compile(
    r"^[^。、※]{0,24}(?:たい|[てで]いる|[きじし]た|な|(?:期待|希望|要望|相談|心配|懸念|重視|工夫|配慮)する)(?:こと|事)$"
)
_POLITE_LABEL = re.compile(
    r"[^。]{1,30}を(?:ご|お)?(?:記入|入力|記載|選択|回答|教え|書き|選び)(?:して)?(?:ください|下さい)"
)
_ASKS_GENERALLY = re.compile(
    r"該当|次|いずれ|どちら|以下|下記|具体|簡潔|できる|必要|内容|番号|一覧|プルダウン|ここ|この|下の|右の|必ず|[0-9０-９]"
)
