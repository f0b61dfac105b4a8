"""Where a form's labels stand in a workbook, and which cell holds the value of each.

In: sheets (grid.Sheet), a FormSpec. Out: `Found`, or None where the workbook is not this form. Pure.
People insert rows, move blocks, rename sheets and touch labels up; so nothing is taken from a fixed cell. A value
stands inside the label's own cell (「連絡先：山口」), right of it, or below it. A label is looked for by what is left of
its text once width, spaces, numbering, 必須 and ※ are gone (text.label_forms); where several cells could be one label,
the one in the column of the other labels is, so that a value which happens to read like a label stays a value.
Decided by score: the words of the programme in the title area and a few labels, or most of the labels of this very
programme. A list with the labels in one row over many rows (応募状況.xlsx, our own exports) is no form.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from mailflow.forms.grid import Sheet
from mailflow.forms.package import Limits
from mailflow.forms.page import Page, Place
from mailflow.forms.text import LABEL_MAX, fold
from mailflow.forms.vocabulary import vocabulary_of
from mailflow.settings.form import FormSpec

HELP_SHEETS = re.compile(
    r"記入例|記載例|入力例|見本|サンプル|記入要領|記載要領|選択肢|リスト|プルダウン|マスタ|sample|[(（]例[)）]|^例$|^参考",
    re.IGNORECASE,
)
_NO_FORM = re.compile(rf"{HELP_SHEETS.pattern}|修正箇所", re.IGNORECASE)


@dataclass(slots=True)
class Found:
    """A form in a workbook. `score`: share of the labels found, plus one for the title."""

    spec: FormSpec
    sheet: str
    places: dict[str, Place]
    score: float
    names_round: str | None
    pages: Sequence[Page]
    problems: list[str] = field(default_factory=list)


def find_form(sheets: Sequence[Sheet], spec: FormSpec, limits: Limits) -> Found | None:
    """The form in these sheets, None where there is none."""
    vocabulary = vocabulary_of(spec)
    left = limits.labels
    pages: list[Page] = []
    for sheet in sheets:
        page = Page(sheet, spec, vocabulary, left)
        left -= page.looked_at
        pages.append(page)
    candidates = [page for page in pages if page.hits and not _NO_FORM.search(page.sheet.name)]
    candidates = [page for page in candidates if not _is_example(page)] or candidates
    candidates = candidates or [page for page in pages if page.hits]
    shown = [page for page in candidates if page.sheet.visible]
    title = _title_words(pages, spec)
    for group in (shown, [page for page in candidates if not page.sheet.visible]):
        if group and (found := _best(group, spec, title)):
            return found
    return None


_EXAMPLE_TITLE = re.compile(
    r"[(【\[〔<]?(?:記入例|記載例|入力例|見本|サンプル)[)】\]〕>]?(?:(?:応募)?様式)?|(?:応募)?様式[(【](?:記入例|記載例|見本|例)[)】]"
)


def _is_example(page: Page) -> bool:
    """A title says that the sheet is the maker's own example. 「記入例」 over a column of a table is none."""
    first = min((hit.area[0] for hit in page.hits), default=0)
    for cells in page.sheet.rows[: min(first, 6)]:
        texts = [value for value in cells[:40] if isinstance(value, str) and value.strip()]
        if len(texts) == 1 and _EXAMPLE_TITLE.fullmatch(fold(texts[0][:40])):
            return True
    return False


def _best(pages: list[Page], spec: FormSpec, title: bool) -> Found | None:
    for page in pages:
        page.settle()
    known = set().union(*(page.labels for page in pages))
    share = len(known) / len(spec.fields)
    own = [key for key, spec_field in spec.fields.items() if spec_field.distinctive]
    own_share = len(known.intersection(own)) / len(own) if own else share
    some = len(known) >= min(4, len(spec.fields)) and (share >= 0.2 or not known.isdisjoint(own))
    if not ((title and some) or (share >= 0.6 and own_share >= 0.6)):
        return None
    main = max(pages, key=lambda page: (len(page.labels), page.filled, -pages.index(page)))
    if main.is_list():
        return None
    places = dict(main.places())
    used = []
    for page in pages:
        missing = {key: place for key, place in page.places().items() if key not in places}
        if page is not main and len(missing) >= min(2, len(spec.fields) - len(places)):
            places |= missing
            used.append(page)
    found = Found(spec, main.sheet.name, places, share + (1 if title else 0), main.names_round(), (main, *used))
    twins = [
        p
        for p in pages
        if p is not main
        and not _NO_FORM.search(p.sheet.name)
        and len(p.labels.keys() & main.labels) >= 0.8 * len(main.labels)
    ]
    twins = [p for p in twins if p.filled >= 3 and not _same_words(p, main)]
    if main.filled and twins:
        names = "」「".join(page.sheet.name for page in (main, *twins))
        found.problems.append(
            f"記入された様式のシートが複数あります（「{names}」）。「{main.sheet.name}」を読み取りました。"
        )
    return found


def _same_words(page: Page, other: Page) -> bool:
    """A copy kept beside the form says nothing that the form doesn't."""
    mine, theirs = page.places(), other.places()
    return all(key in theirs and theirs[key].content == place.content for key, place in mine.items() if place.content)


def _title_words(pages: list[Page], spec: FormSpec) -> bool:
    """All words of the programme stand together in one text of some sheet's head."""
    words = [fold(word) for word in spec.programme]
    for page in pages:
        if _NO_FORM.search(page.sheet.name):
            continue
        heads = [fold(text) for text in page.head_texts()]
        if any(all(word in head for word in words) for head in heads):
            return True
        together = "".join(head for head in heads[:4] if len(head) <= LABEL_MAX)  # a title over two cells
        if all(word in together for word in words):
            return True
    return False
