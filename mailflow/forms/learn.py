"""Propose the spec of a form that nobody here has seen, from the blank form (DESIGN §4 "The form", §9 `form learn`).

In: bytes of the blank form, the spec in force (its keys are used where a label means the same), its name. Out: `Learned`:
YAML as form.yaml has it, with a comment at everything that a person should look at, and the same as a FormSpec.
Raises FormUnreadable (the file), NothingAsked (no box with a label is found), and nothing else. Pure; the same bytes give
the same text. What it proposes is tried before it is given out: the blank form is read with it, and where reading finds
another cell than learning did, or takes what is printed for an answer, the comment says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from mailflow.forms.learning.asked import Asked, Page, told_apart
from mailflow.forms.learning.blank import BlankBook, open_blank
from mailflow.forms.learning.choices import Choices, guide_tables, list_columns
from mailflow.forms.learning.examples import examples_of
from mailflow.forms.learning.field import Proposal, Surroundings, is_marked, propose
from mailflow.forms.learning.head import GUIDE, head_of
from mailflow.forms.learning.keys import key_from, unique
from mailflow.forms.learning.search import look_through
from mailflow.forms.learning.words import is_sentence, noun_of, one_line, without_marks
from mailflow.forms.learning.written import written
from mailflow.forms.locate import HELP_SHEETS
from mailflow.forms.package import FormUnreadable, Limits
from mailflow.forms.read import MARK_SHEET, read_form
from mailflow.forms.text import fold, is_hint, is_placeholder, label_forms
from mailflow.forms.vocabulary import WHOSE, nearest, vocabulary_of
from mailflow.model import FormData
from mailflow.settings.form import FieldSpec, FormFile, FormSpec

__all__ = ["FormUnreadable", "Learned", "NothingAsked", "learn_form"]

_GENERIC = frozenset({"contact_name", "contact_kana", "contact_phone", "contact_email", "department"})
_MOST_FIELDS, _MOST_SHEETS = 300, 20


class NothingAsked(Exception):
    """No box with a label was found. `str()` is a Japanese line."""

    def __init__(self) -> None:
        super().__init__("項目名と記入欄の組が見つかりませんでした。")


@dataclass(frozen=True, slots=True)
class Learned:
    """`text`: the YAML. `doubts`: every remark that stands in it as a comment."""

    text: str
    spec: FormSpec
    doubts: tuple[str, ...]


def learn_form(
    content: bytes, known: FormSpec | None = None, *, filename: str | None = None, limits: Limits | None = None
) -> Learned:
    book = open_blank(content, limits)
    pages, remarks = _pages(book)
    asked = [one for page in pages for one in page.asked]
    if not asked:
        raise NothingAsked
    if len(asked) > _MOST_FIELDS:
        remarks.append(f"記入欄が{len(asked)}か所あるため、はじめの{_MOST_FIELDS}か所だけを書き出しました。")
        asked = asked[:_MOST_FIELDS]
    proposals, lost = _proposals(book, pages, asked, known)
    for one in lost:
        remarks.append(
            f"「{one.label}」（{one.cell}）は同じ項目名がほかにもあり、見分けられないため、書き出していません。"
        )
    for page in pages:
        if page.unnamed:
            remarks.append(f"項目名が見当たらない記入欄があります（{'、'.join(page.unnamed[:20])}）。")
    head = head_of(book, pages, known, filename)
    remarks = [*book.remarks, *remarks]
    spec = _made(head, proposals)
    data = read_form(content, [spec], limits=limits)
    if _amended(proposals, data):
        spec = _made(head, proposals)
        data = read_form(content, [spec], limits=limits)
    _compare(proposals, data)
    if data is None:
        remarks.append("この定義では、元の様式を様式と見分けられませんでした。programme の言葉を見直してください。")
    notes = _notes(proposals)
    text = written(_file(head, proposals), notes, remarks, len(proposals))
    return Learned(text, spec, (*remarks, *(note for of_field in notes.values() for note in of_field)))


# --- which sheets -----------------------------------------------------------------------------------------------------


def _pages(book: BlankBook) -> tuple[list[Page], list[str]]:
    """The sheets that are to be filled in, in the order of the workbook."""
    shown = [sheet for sheet in book.sheets if sheet.grid.visible and not sheet.name.startswith(MARK_SHEET)]
    own = [sheet for sheet in shown if not HELP_SHEETS.search(sheet.name) and not GUIDE.search(sheet.name)]
    remarks: list[str] = []
    for sheets in (own, shown, book.sheets):
        pages = [page for page in map(look_through, sheets[:_MOST_SHEETS]) if page.asked]
        if pages:
            break
    else:
        return [], remarks
    main = max(pages, key=lambda page: len(page.asked))
    kept: list[Page] = []
    for page in pages:
        labels = {fold(one.label) for one in page.asked}
        twin = next((k for k in kept if len(labels & {fold(one.label) for one in k.asked}) >= 0.8 * len(labels)), None)
        if page is not main and len(page.asked) < 2 and not any(one.options for one in page.asked):
            remarks.append(f"シート「{page.name}」は記入欄が少ないため、様式とみなしていません。")
        elif twin is not None and len(labels) >= 3:
            remarks.append(f"シート「{page.name}」は「{twin.name}」と同じ項目のため、書き出していません。")
        else:
            kept.append(page)
    return kept, remarks


# --- fields -----------------------------------------------------------------------------------------------------------


def _proposals(
    book: BlankBook, pages: Sequence[Page], asked: Sequence[Asked], known: FormSpec | None
) -> tuple[list[Proposal], list[Asked]]:
    within, lost = told_apart(list(asked))
    left = [one for one in asked if one not in lost]
    heads = {id(asked[index]): head for index, head in within.items()}
    meant = _known_fields(left, heads, known)
    around = _surroundings(book, pages, left, len(meant))
    taken: set[str] = set()
    labels: set[str] = set()
    proposals: list[Proposal] = []
    reserved = {field.key for field in meant.values()}
    texts = (*(one.label for one in left), *(one.group for one in left if one.group))
    printed = {form for text in texts for form in (fold(text), *label_forms(text)[:1])}
    for number, one in enumerate(left, start=1):
        head = heads.get(id(one))
        field = meant.get(id(one))
        words = key_from(noun_of(one.question) if one.question else f"{head or ''}{one.label}{one.column or ''}")
        key = field.key if field else words
        unnamed = key is None
        if key is None or (field is None and key in reserved):
            key = f"{key}_other" if key else f"field_{number}"
        sheet = book.sheet(one.sheet)
        assert sheet is not None  # noqa: S101  (pages are made of the book's sheets)
        proposal = propose(one, unique(key, taken), sheet, around, field)
        if unnamed:
            proposal.remarks.append("項目の名前（key）を、内容の分かる英小文字に直してください。")
        _label(proposal, head, labels)
        _side(proposal)
        if field is not None and known is not None and vocabulary_of(known).label(one.label) is None:
            proposal.remarks.append(f"いまの設定の {field.key}（{field.label}）と同じ項目とみなしました。")
        if field is not None:
            _other_labels(proposal, field, printed, labels)
        proposals.append(proposal)
    _conditions(proposals)
    return proposals, lost


def _known_fields(asked: Sequence[Asked], heads: Mapping[int, str], known: FormSpec | None) -> dict[int, FieldSpec]:
    """Boxes whose label means a field of the spec in force; each of its fields once, the nearest spelling first."""
    if known is None:
        return {}
    vocabulary = vocabulary_of(known)
    found: list[tuple[int, int, Asked, str]] = []
    asked = [one for one in asked if one.column is None]
    for order, one in enumerate(asked):
        head = heads.get(id(one)) or one.group
        whose = head is None or any(
            who in fold(head) for who in WHOSE - {"団体", "応募団体", "申請団体", "申請者", "応募者"}
        )
        hit = vocabulary.label(one.label)
        if hit is None and head:
            hit = vocabulary.label(f"{head}{one.label}")
        if hit is None or (
            hit[0] in _GENERIC and not whose and fold(one.label) not in {fold(known.fields[hit[0]].label)}
        ):
            continue
        if hit[0] in _GENERIC and heads.get(id(one)) and not whose:
            continue
        found.append((hit[1], order, one, hit[0]))
    made: dict[int, FieldSpec] = {}
    used: set[str] = set()
    for _, _, one, key in sorted(found, key=lambda each: each[:2]):
        if key not in used:
            used.add(key)
            made[id(one)] = known.fields[key]
    if 2 * len(made) < len(asked):
        return made  # another programme's form: what only looks alike means something else there
    for one in asked:
        missing = {form: key for form, (key, rank) in vocabulary.labels.items() if key not in used and rank < 2}
        alike = (
            nearest(label_forms(one.label), missing, vocabulary.headings) if id(one) not in made and missing else None
        )
        if alike is not None and id(one) not in heads:
            used.add(alike)
            made[id(one)] = known.fields[alike]
    return made


def _surroundings(book: BlankBook, pages: Sequence[Page], asked: Sequence[Asked], known: int) -> Surroundings:
    texts = [text for page in pages for text in page.texts]
    signs, marked = is_marked(asked, texts)
    choices: dict[str, Choices] = {}
    for sheet in book.sheets:
        if re.search(r"リスト|選択肢|プルダウン|マスタ|list", sheet.name, re.IGNORECASE):
            choices |= list_columns(sheet)
    choices |= guide_tables(book)
    return Surroundings(
        book, signs, marked, choices, examples_of(book, {page.name for page in pages}), 2 * known >= len(asked)
    )


def _label(proposal: Proposal, head: str | None, labels: set[str]) -> None:
    """A label of its own: with its heading where it stands twice."""
    asked = proposal.asked
    label = without_marks(asked.label.rstrip("：: 　"))[:200] or asked.label
    if asked.column:
        proposal.data["label"] = f"{label} {one_line(asked.column)}"[:200]
        proposal.data["labels"] = [label]
        proposal.data["column"] = one_line(asked.column)[:200]
    elif head:
        proposal.data["label"] = f"{head} {noun_of(asked.question) if asked.question else label}"[:200]
        proposal.data["labels"] = [label]
        proposal.data["within"] = head[:200]
    else:
        proposal.data["label"] = label
    labels.add(fold(proposal.data["label"]))


def _side(proposal: Proposal) -> None:
    """On which side of its label a box stands, where that isn't the right one."""
    asked = proposal.asked
    if asked.column is None and not asked.repeated and asked.head != asked.area and proposal.data.get("lines", 1) == 1:
        if asked.spread:
            proposal.data["box"] = "row"
        elif asked.area[3] < asked.head[1]:
            proposal.data["box"] = "left"
        elif asked.area[0] > asked.head[2] and asked.area[1] <= asked.head[3]:
            proposal.data["box"] = "below"
            if asked.printed and not asked.options and _is_words(asked.printed):
                proposal.data["printed"] = asked.printed[:2000]


def _is_words(printed: str) -> bool:
    return is_hint(printed) or is_placeholder(printed) or is_sentence(printed)


def _other_labels(proposal: Proposal, field: FieldSpec, printed: Set[str], labels: set[str]) -> None:
    """The spellings that the spec in force knows for the same field, but those that are another box's here, or stand left of labels."""
    if "within" in proposal.data:
        return
    own = {fold(proposal.data["label"])}
    more = []
    for spelling in field.spellings:
        if fold(spelling) not in own | labels and not {fold(spelling), *label_forms(spelling)[:1]} & printed:
            more.append(spelling)
            labels.add(fold(spelling))
    if more:
        proposal.data["labels"] = more


def _conditions(proposals: Sequence[Proposal]) -> None:
    """Conditions taken over hang on fields and choices that this form has; else they go, and it is told."""
    values = {
        one.key: {choice["value"] for choice in one.data["choices"]}
        for one in proposals
        if one.data.get("type") == "choice"
    }

    def holds(condition: Mapping[str, Sequence[str]]) -> bool:
        return all(key in values and values[key].issuperset(named) for key, named in condition.items())

    for one in proposals:
        required = one.data.get("required")
        if isinstance(required, dict) and not all(map(holds, required.values())):
            one.data["required"] = False
            one.remarks.append("条件付の欄ですが、条件とする項目がこの様式にないため required: false としました。")
        for choice in one.data.get("choices", ()):
            if "only_if" in choice and not holds(choice["only_if"]):
                del choice["only_if"]


# --- the whole --------------------------------------------------------------------------------------------------------


def _made(head: Mapping[str, Any], proposals: Sequence[Proposal]) -> FormSpec:
    return FormFile.model_validate(_file(head, proposals)).forms[0]


def _file(head: Mapping[str, Any], proposals: Sequence[Proposal]) -> dict[str, Any]:
    sections: list[dict[str, Any]] = []
    labels = {form for one in proposals for form in label_forms(one.data["label"])[:1]}
    for one in proposals:
        title = (one.asked.heading or ("within" not in one.data and one.asked.group) or "記入項目")[:200]
        if label_forms(title)[:1] and label_forms(title)[0] in labels:  # a heading is never read as a label
            title = f"{title}に関する事項"
        if not sections or sections[-1]["title"] != title:
            sections.append({"title": title, "fields": []})
        sections[-1]["fields"].append(_ordered(one.data))
    return {"forms": [{**head, "sections": sections}]}


def _ordered(data: Mapping[str, Any]) -> dict[str, Any]:
    names = list(FieldSpec.model_fields)
    return {name: data[name] for name in sorted(data, key=names.index)}


def _notes(proposals: Sequence[Proposal]) -> dict[str, list[str]]:
    return {one.key: [f"{remark}（{one.asked.cell}）" for remark in one.remarks] for one in proposals if one.remarks}


def _amended(proposals: Sequence[Proposal], data: FormData | None) -> bool:
    """Where reading the blank form takes what is printed for an answer, or another cell for the box, the proposal says more."""
    changed = False
    for one in proposals:
        read = data.fields.get(one.key) if data else None
        if read is None:
            continue
        if not read.empty and isinstance(read.raw, str) and "printed" not in one.data and not _chosen(one, read.raw):
            one.data["printed"] = read.raw[:2000]
            changed = True
        if read.cell is not None and read.cell != one.asked.cell and one.asked.area[1] > one.asked.head[3]:
            changed |= one.data.setdefault("box", "right") == "right"
    return changed


def _chosen(one: Proposal, raw: str) -> bool:
    return any(choice["value"] == raw for choice in one.data.get("choices", ()))


def _compare(proposals: Sequence[Proposal], data: FormData | None) -> None:
    """Tell what reading the blank form finds otherwise than learning did."""
    for one in proposals:
        read = data.fields.get(one.key) if data else None
        if read is None:
            continue
        if not read.empty and isinstance(read.raw, str) and _chosen(one, read.raw):
            one.remarks.append(f"白紙の様式で、初めから「{read.raw}」が選ばれています。そのままでも記入とみなします。")
        elif read.cell is None:
            one.remarks.append("この定義では、元の様式の中に記入欄を見つけられませんでした。label を見直してください。")
        elif read.cell != one.asked.cell and not one.asked.options:
            one.remarks.append(f"記入欄は {one.asked.cell} と思われますが、この定義では {read.cell} を読み取ります。")
