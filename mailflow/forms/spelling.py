"""The words by which a field's choices are known: what spells one as a whole, what only mentions it.

In: text of a cell or a piece of one, the choices. Out: a value of the choices, or None. Pure; the caller bounds the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

from mailflow.forms.text import LABEL_MAX, fold, label_forms
from mailflow.settings.form import Choice

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def exact(text: str, choices: tuple[Choice, ...]) -> str | None:
    """What a drop-down leaves."""
    return next((choice.value for choice in choices if choice.value == text), None)


def spelled(text: str, choices: tuple[Choice, ...]) -> str | None:
    """The choice that the whole text spells; None for a drawing, a list or a sentence about it."""
    return exact(text, choices) or one(text, table_of(choices))


@dataclass(frozen=True, slots=True)
class Table:
    """`whole`: a form that the whole text may have → the value. `longest`: (folded, value), the longest first. `heads`:
    folded value and its short spellings → value. `words`: value → its spellings as they may stand in a sentence."""

    values: tuple[str, ...]
    whole: dict[str, str]
    longest: tuple[tuple[str, str], ...]
    heads: dict[str, str]
    words: dict[str, tuple[str, ...]]


def table_of(choices: tuple[Choice, ...]) -> Table:
    return _made(tuple((choice.value, choice.label, choice.spellings) for choice in choices))


@lru_cache(maxsize=512)
def _made(choices: tuple[tuple[str, str | None, tuple[str, ...]], ...]) -> Table:
    whole: dict[str, str] = {}
    heads: dict[str, str] = {}
    for value, label, spellings in choices:
        forms = {fold(value)}.union(*((core(spelling), loose(spelling)) for spelling in spellings))
        if label:
            forms.add(core(value + label))
        for form in forms:
            whole.setdefault(form, value)
        for spelling in spellings:
            if spelling != label:
                heads.setdefault(fold(spelling), value)
    words = {(fold(spelling), value) for value, _, spellings in choices for spelling in spellings}
    words |= {(short, value) for form, value in words if len(short := loose(form)) >= 2}
    return Table(
        tuple(value for value, _, _ in choices),
        whole,
        tuple(sorted(words, key=lambda pair: (-len(pair[0]), pair))),
        heads,
        {value: tuple(dict.fromkeys(map(fold, (value, *spellings)))) for value, _, spellings in choices},
    )


def core(text: str) -> str:
    return re.sub(r"[()\[\]「」『』【】〈〉<>\"'・:.、。,]", "", fold(text)).translate(_SIGNS)


_SIGNS = str.maketrans({"〇": "○", "◯": "○", "◎": "○", "⭕": "○", "✕": "×", "✗": "×", "☓": "×", "✖": "×"})


def loose(text: str) -> str:
    """Without 「の」 and what an officer ends a sentence with: 「町長の了承済みです」「Bコースを希望します」."""
    plain = without_politeness(core(text)).replace("の", "")
    for _ in range(2):
        plain = _ENDING.sub("", plain) or plain
    return plain


def without_politeness(text: str) -> str:
    for polite, said in _POLITE:
        text = text.replace(polite, said)
    return text


_POLITE = (
    ("ておりません", "ていない"), ("ております", "ている"), ("行いません", "行わない"), ("ています", "ている"), ("ていません", "ていない"), ("致します", "する"), ("いたします", "する"), ("します", "する"),
    ("しました", "した"), ("れません", "れない"), ("れます", "れる"), ("しません", "しない"), ("ありません", "ない"), ("ございません", "ない"), ("構いません", "構わない"), ("できません", "できない"), ("みません", "まない"), ("みます", "む"), ("ました", "た"), ("でございます", ""), ("です", ""),
)  # fmt: skip
_ENDING = re.compile(
    r"(?:済み?|とする|となる|とした|となった|にする|である|ます|を?得(?:た|ている|て)?|を?(?:いただ|頂)[いき](?:た|ている)|をもらっ(?:た|ている)|(?:を|で)?(?:希望|選択|応募|申請)(?:する|したい)?|で?お願いする|する|した)$"
)


def word_for_word(text: str, table: Table) -> str | None:
    """The choice that this text is a spelling of, and says nothing else."""
    found = {table.whole[form] for form in (fold(text), core(text), loose(text)) if form in table.whole}
    return next(value for value in table.values if value in found) if found else None


def one(text: str, table: Table) -> str | None:
    """The choice that the whole text spells, or begins with: 「Ａコース」, 「(A)」, 「A：…」, 「A（地域課題整理…）」, 「1」 for ①."""
    if whole := word_for_word(text, table):
        return whole
    if (
        not any(value in CIRCLED for value in table.values) and len(text) <= LABEL_MAX
    ):  # 「1. A」「① A」, not 「(A)(B)」
        value = next((table.whole[core(form)] for form in label_forms(text)[:1] if core(form) in table.whole), None)
        if value is not None:
            return None if mentions_another(text, value, table) else value
    head = _HEAD.match(text.strip())
    if head:
        value = table.heads.get(fold(head[1])) or table.heads.get(loose(head[1]))
        if value and not mentions_another(text.strip()[head.end() :], value, table):
            return value
    return None


def mentions_another(text: str, value: str, table: Table) -> bool:
    return any(mentions(text, table.words[other]) for other in table.values if other != value)


_HEAD = re.compile(r"[(（「【]?([^\s()（）「」【】:：.．、・]{1,20})[)）」】]?(?:コース)?[\s　]{0,9}[(（:：.．\s　]")


def mentions(text: str, words: Iterable[str]) -> bool:
    """Whether the text names this choice too, by a word of its own: 「A（Bも検討）」 names B, 「可（許可済み）」 names 可 once."""
    folded = fold(text)
    plain = normalize("NFKC", text).casefold()
    for word in words:
        if len(word) > 1 and not word.isdigit():
            if word in folded:
                return True
        elif re.search(rf"(?<!{(near := _NEAR[word.isascii()])}){re.escape(word)}(?!{near})", plain):
            return True
    return False


_NEAR = {True: "[a-z0-9]", False: "[一-龥ぁ-んァ-ヶ]"}
