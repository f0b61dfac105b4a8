"""`form learn` on blank forms that it has never seen: seventeen ways to draw four programmes' forms, and the oddities of real
ones. Each proposal is then used: the blank is read as blank, filled in and read back."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import openpyxl
import pytest

from mailflow.forms.build import build_form
from mailflow.forms.fill import fill_form
from mailflow.forms.learn import Learned, NothingAsked, learn_form
from mailflow.forms.read import read_form
from mailflow.forms.text import fold, label_forms
from mailflow.settings.form import FieldSpec, FormSpec
from mailflow.settings.load import parse_form
from tests.judging.forms.books import LABELS, MEANT, SPELLINGS
from tests.judging.forms.books import LAYOUTS as BOOKS
from tests.judging.forms.foreign import FORMS, GREY, LAYOUTS, Drawn, Pen, Q

SHORT = {"subsidy", "training"}  # the two others by --long
CASES = [
    pytest.param(layout, form, id=f"{layout}-{form}", marks=() if form in SHORT else pytest.mark.long)
    for layout in LAYOUTS
    for form in FORMS
]


def bare(label: str) -> str:
    return label_forms(label)[0]


def fields_of(spec: FormSpec, form: str) -> dict[str, tuple[Q, FieldSpec]]:
    """Each question with the field learned for it; nothing left over on either side."""
    found: dict[str, tuple[Q, FieldSpec]] = {}
    left = list(spec.fields.values())
    for q in (q for questions in FORMS[form][1].values() for q in questions):
        mine = [
            one for one in left if bare(one.label) == bare(q.label) or bare(one.label).startswith(f"{bare(q.label)}(")
        ]
        assert len(mine) == 1, q.label
        left.remove(mine[0])
        found[mine[0].key] = (q, mine[0])
    assert [one.label for one in left] == []
    return found


@pytest.mark.parametrize(("layout", "form"), CASES)
def test_a_foreign_form(spec, layout, form):
    drawn = LAYOUTS[layout](FORMS[form])
    content = drawn.content()
    learned = learn_form(content, spec)
    assert parse_form("learned.yaml", learned.text.encode()).forms[0] == learned.spec
    blank = read_form(content, [learned.spec])
    assert blank is not None
    assert blank.untouched
    values: dict[str, Any] = {}
    meant: dict[str, Any] = {}
    for key, (q, one) in fields_of(learned.spec, form).items():
        assert blank.fields[key].cell == drawn.cells[q.label], q.label
        several = one.type.value == "choices"
        if "choices" in drawn.without and q.choices:
            assert not one.choices
        elif "one" in drawn.without and len(q.choices) > 2:  # nobody can tell: the harmless one, and it is told
            assert several
            assert q.type == "choices" or any(
                "いくつ選べるか" in doubt and drawn.cells[q.label] in doubt for doubt in learned.doubts
            )
        elif not ("unit" in drawn.without and q.unit and one.type.value == "text"):
            assert one.type.value == q.type, q.label
        if "choices" not in drawn.without:
            assert tuple(choice.value for choice in one.choices) == q.choices, q.label
        if "limit" not in drawn.without:
            assert one.max_length == q.limit, q.label
        if "unit" not in drawn.without:
            assert fold(one.unit or "") == fold(q.unit or ""), q.label
        if drawn.marked:
            assert one.required is q.required, q.label
        values[key] = q.value if several else q.typed
        meant[key] = (
            q.value if one.type.value not in ("text", "choices") else str(q.typed) if not several else _listed(q)
        )
    filled = read_form(fill_form(learned.spec, values, content), [learned.spec])
    assert filled is not None
    assert {key: list(v.value) if isinstance(v.value, tuple) else v.value for key, v in filled.fields.items()} == meant


def _listed(q: Q) -> list[str]:
    return q.value if isinstance(q.value, list) else [q.value]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_built_from_what_was_learned(spec, form):
    """The proposal is a whole spec: a form of our own look can be made of it, filled and read."""
    drawn = LAYOUTS["framed-rows"](FORMS[form])
    learned = learn_form(drawn.content(), spec)
    values = {key: q.value for key, (q, _) in fields_of(learned.spec, form).items()}
    data = read_form(fill_form(learned.spec, values), [learned.spec])
    assert data is not None
    assert {key: list(v.value) if isinstance(v.value, tuple) else v.value for key, v in data.fields.items()} == values


# --- our own form, and our own in other layouts -----------------------------------------------------------------------


def test_the_shipped_form_comes_back_whole(spec):
    """learn(build(spec)) is the spec: only its id, the dates and the words that nobody prints are not to be found."""
    learned = learn_form(build_form(spec), spec)
    assert learned.doubts == ()
    assert learned.spec.fields.keys() == spec.fields.keys()
    for key, mine in learned.spec.fields.items():
        theirs = spec.fields[key]
        assert mine.model_copy(update={"labels": theirs.labels}) == theirs, key
        assert set(map(fold, mine.spellings)) == set(map(fold, theirs.spellings)), key
    assert [(s.title, [f.key for f in s.fields]) for s in learned.spec.sections] == [
        (s.title, [f.key for f in s.fields]) for s in spec.sections
    ]
    for name in ("title", "programme", "file", "sheet", "guide", "notes", "instructions"):
        assert getattr(learned.spec, name) == getattr(spec, name), name


def test_the_shipped_form_by_someone_who_knows_nothing(spec):
    """Without the spec at hand: other keys, the same types, choices, limits and marks."""
    learned = learn_form(build_form(spec))
    assert len(learned.spec.fields) == len(spec.fields)
    for mine, theirs in zip(learned.spec.fields.values(), spec.fields.values(), strict=True):
        assert mine.label == theirs.label
        if theirs.type.value != "organization_code":  # 「全国地方公共団体コード」 says so only to those who know
            assert mine.type == theirs.type, mine.label
        assert mine.max_length == theirs.max_length, mine.label
        assert [c.value for c in mine.choices] == [c.value for c in theirs.choices], mine.label
        assert mine.required == (theirs.required if isinstance(theirs.required, bool) else False), mine.label
        assert mine.unit == theirs.unit


_NOT_INSIDE = {"a-line-break", "with-a-hint"}
EVERY_BOOK = [
    (layout, spelling)
    for layout in BOOKS
    for spelling in SPELLINGS
    if not (layout == "inside" and spelling in _NOT_INSIDE)
]
SOME = {"as-printed", "polite", "everyday-words"}


@pytest.mark.parametrize(
    ("layout", "spelling"),
    [pytest.param(*case, id="-".join(case), marks=() if case[1] in SOME else pytest.mark.long) for case in EVERY_BOOK],
)
def test_our_form_drawn_by_others(spec, layout, spelling):
    """The keys in force are kept under every spelling that reading knows, and the answers come back."""
    blank = BOOKS[layout](SPELLINGS[spelling], {})
    learned = learn_form(blank, spec)
    assert learned.spec.fields.keys() == LABELS.keys()
    data = read_form(fill_form(learned.spec, MEANT, blank), [learned.spec])
    assert data is not None
    assert {key: list(v.value) if isinstance(v.value, tuple) else v.value for key, v in data.fields.items()} == MEANT


# --- oddities ---------------------------------------------------------------------------------------------------------


def learned(pen: Pen, known: FormSpec | None = None) -> tuple[Learned, bytes]:
    content = Drawn(pen.book).content()
    return learn_form(content, known, filename="様式.xlsx"), content


def rows(*lines: tuple[str, ...], title: str = "テレワーク推進事業　申請書", change: Any = None) -> Pen:
    """Label, box, and what stands right of them, a line each, with frames."""
    pen = Pen("申請書")
    pen.box("A1:D1", title, line=False, size=16)
    for row, line in enumerate(lines, start=3):
        for column, text in zip("ABCD", line, strict=False):
            pen.box(f"{column}{row}", text)
    if change:
        change(pen)
    return pen


def field_of(label: str, box: str | None = None, *beside: str, change: Any = None) -> tuple[FieldSpec, Learned]:
    pen = rows(("団体名", None), ("所在地", None), (label, box, *beside), ("事業の名称", None), change=change)
    made, _ = learned(pen)
    return next(f for f in made.spec.fields.values() if fold(f.label).startswith(fold(label_forms(label)[0])[:4])), made


@pytest.mark.parametrize(
    ("label", "beside", "required"),
    [
        ("代表者名", ("必須",), True), ("代表者名", ("任意",), False), ("代表者名（必須）", (), True), ("代表者名※必須", (), True), ("【必須】代表者名", (), True),
        ("代表者名【任意】", (), False), ("代表者名", ("※必ず記入してください。",), True), ("代表者名", ("該当する場合のみ記入してください。",), False),
        ("代表者名", ("空欄でも構いません。",), False), ("備考", (), False), ("特記事項", (), False), ("代表者名", (), True), ("任意団体の名称", (), True),
    ],
)  # fmt: skip
def test_required(label, beside, required):
    assert field_of(label, None, *beside)[0].required is required


def test_a_mark_on_some_says_that_the_others_are_free():
    made, _ = learned(rows(("団体名", None, "必須"), ("所在地", None), ("電話番号", None, "必須")))
    assert [f.required for f in made.spec.fields.values()] == [True, False, True]


@pytest.mark.parametrize(
    ("label", "beside", "limit"),
    [
        ("事業の概要", ("800字以内",), 800), ("事業の概要（４００文字程度）", (), 400), ("事業の概要", ("※1,200字以内で具体的に記入してください。",), 1200),
        ("事業の概要", ("400〜800字程度",), 800), ("事業の概要", ("最大600文字",), 600), ("事業の概要", ("200字以上",), None), ("事業の概要", ("令和8年度から実施",), None),
        ("事業の概要\n（300字以内）", (), 300), ("事業の概要", ("500 字 以内",), 500),
    ],
)  # fmt: skip
def test_limits(label, beside, limit):
    assert field_of(label, None, *beside)[0].max_length == limit


@pytest.mark.parametrize(
    ("label", "box", "beside", "kind", "unit"),
    [
        ("総事業費", None, ("千円",), "number", "千円"), ("総事業費（千円）", None, (), "number", "千円"), ("参加人数", "　　　　　名", (), "integer", "名"),
        ("職員数（単位：人）", None, (), "integer", "人"), ("作業時間", None, ("時間／週",), "number", "時間/週"), ("高齢化率", None, ("％",), "number", "%"),
        ("申請日", "令和　　年　　月　　日", (), "date", None), ("開始予定年月日", None, (), "date", None), ("実施期間", "令和　年　月　日〜令和　年　月　日", (), "text", None),
        ("電話番号", None, (), "phone", None), ("ＦＡＸ", None, (), "phone", None), ("Ｅ-ｍａｉｌ", None, (), "email", None), ("電子メールアドレス", None, (), "email", None),
        ("郵便番号", "〒　　　−", (), "text", None), ("市区町村コード", None, (), "organization_code", None), ("事業番号", None, (), "text", None),
    ],
)  # fmt: skip
def test_types_and_units(label, box, beside, kind, unit):
    one, _ = field_of(label, box, *beside)
    assert (one.type.value, one.unit) == (kind, unit)


@pytest.mark.parametrize(
    ("box", "beside", "kind", "choices"),
    [
        ("□有　□無", (), "choice", ["有", "無"]), ("有　・　無", (), "choice", ["有", "無"]), ("□ 会場\n□ オンライン", (), "choice", ["会場", "オンライン"]),
        ("☐予算　☐人材　☐その他（　　　　）", ("複数選択可",), "choices", ["予算", "人材", "その他"]), ("１．可　２．不可", (), "choice", ["可", "不可"]),
        ("会場・オンライン・どちらでもよい", ("いずれかに○",), "choice", ["会場", "オンライン", "どちらでもよい"]), ("予算□　人材□", ("該当するものすべて",), "choices", ["予算", "人材"]),
        (None, ("「可」「不可」のいずれかを選んでください。",), "choice", ["可", "不可"]), (None, ("選択：新規／継続／更新",), "choice", ["新規", "継続", "更新"]),
        ("①会場　②オンライン", ("番号に○を付けてください。",), "choice", ["会場", "オンライン"]),
    ],
)  # fmt: skip
def test_choices_printed(box, beside, kind, choices):
    one, _ = field_of("参加の方法", box, *beside)
    assert (one.type.value, [choice.value for choice in one.choices]) == (kind, choices)


def test_a_list_that_is_computed_is_told_not_guessed():
    from openpyxl.worksheet.datavalidation import DataValidation

    def change(pen):
        pen.sheet.add_data_validation(DataValidation("list", formula1="INDIRECT($B$3)", sqref="B5"))

    one, made = field_of("参加の方法", None, change=change)
    assert one.type.value == "text"
    assert any("INDIRECT" in doubt and "申請書!B5" in doubt for doubt in made.doubts)


def test_a_comment_at_the_cell_is_a_note():
    from openpyxl.comments import Comment

    def change(pen):
        pen.sheet["B5"].comment = Comment("300字以内で書いてください。", "事務局")

    one, _ = field_of("参加の理由", None, change=change)
    assert (one.max_length, one.note) == (300, "300字以内で書いてください。")


def test_the_same_labels_under_two_heads():
    pen = Pen("申請書")
    pen.box("A1:D1", "先進的取組支援事業　申請書", line=False, size=16)
    row = 3
    for head in ("代表者", "事務担当者"):
        pen.box(f"A{row}:A{row + 2}", head, fill=GREY)
        for label in ("氏名", "電話番号", "メールアドレス"):
            pen.box(f"B{row}", label, fill=GREY)
            pen.box(f"C{row}:D{row}")
            row += 1
    pen.box(f"A{row}:B{row}", "取組の名称", fill=GREY)
    pen.box(f"C{row}:D{row}")
    made, content = learned(pen)
    assert [f.label for f in made.spec.fields.values()] == [
        "代表者 氏名", "代表者 電話番号", "代表者 メールアドレス", "事務担当者 氏名", "事務担当者 電話番号", "事務担当者 メールアドレス", "取組の名称",
    ]  # fmt: skip
    values = dict(
        zip(
            made.spec.fields,
            ["山口", "0265-00-0000", "a@town.example", "川上", "0265-00-0001", "b@town.example", "見守り"],
            strict=True,
        )
    )
    for template in (content, None):
        data = read_form(fill_form(made.spec, values, template), [made.spec])
        assert {key: field.value for key, field in data.fields.items()} == values


def test_the_contact_keeps_its_key_and_the_representative_gets_another(spec):
    pen = Pen("申請書")
    pen.box("A1:C1", "計画策定支援　応募様式", line=False, size=16)
    for row, label in enumerate(("団体名", "都道府県名", "市区町村名", "取組テーマ", "目指す姿"), start=3):
        pen.box(f"A{row}:B{row}", label)
        pen.box(f"C{row}")
    for row, (head, label) in enumerate((h, one) for h in ("代表者", "連絡担当者") for one in ("氏名", "電話番号")):
        pen.box(f"A{row + 8}", head if label == "氏名" else None)
        pen.box(f"B{row + 8}", label)
        pen.box(f"C{row + 8}")
    made, _ = learned(pen, spec)
    found = {key: field.label for key, field in made.spec.fields.items()}
    assert (found["contact_name"], found["contact_phone"]) == ("連絡担当者 氏名", "連絡担当者 電話番号")
    assert {"代表者 氏名", "代表者 電話番号"} <= set(found.values())


def test_a_table_of_people_is_read_row_by_row():
    pen = rows(("研究課題名", None), title="共同研究　提案書")
    for column, text in zip("ABCD", ("No", "氏名", "所属", "役割"), strict=True):
        pen.box(f"{column}5", text)
        for row in (6, 7, 8):
            pen.box(f"{column}{row}", row - 5 if column == "A" else None)
    pen.box("A10", "研究の概要")
    pen.box("B10:D10")
    made, content = learned(pen)
    assert [f.label for f in made.spec.fields.values()] == ["研究課題名", "氏名", "所属", "役割", "研究の概要"]
    assert [f.lines for f in made.spec.fields.values()] == [1, 3, 3, 3, 1]
    people = {"name": "山口\n佐藤", "department": "企画課\n\n総務課"}
    data = read_form(fill_form(made.spec, people, content), [made.spec])
    assert {key: data.value(key) for key in people} == people
    assert (data.fields["name"].cell, data.problems) == ("申請書!B6", ())


def test_two_labels_that_nothing_tells_apart_are_told():
    made, _ = learned(rows(("団体名", None), ("電話番号", None), ("電話番号", None)))
    assert [f.label for f in made.spec.fields.values()] == ["団体名", "電話番号"]
    assert any("申請書!B5" in doubt and "見分けられない" in doubt for doubt in made.doubts)


def test_keys_are_unique_readable_and_the_same_each_time():
    pen = rows(
        ("団体名", None),
        ("代表者名", None),
        ("総事業費（千円）", None),
        ("コンソーシアムの構成", None),
        ("嵐", None),
        ("過去の実績", None),
    )
    first, content = learned(pen)
    assert list(first.spec.fields) == [
        "organization_name",
        "representative_name",
        "total_cost",
        "consortium_members",
        "field_5",
        "past_track_record",
    ]
    assert learn_form(content, filename="様式.xlsx").text == first.text
    assert any("項目の名前（key）" in doubt and "申請書!B7" in doubt for doubt in first.doubts)


def test_words_that_yaml_would_take_for_something_else():
    labels = ("団体名: 正式", "# 備考", "{内容}", "no", "令和8年", "「概要」", "a'b\"c", "事業 & 目的", "yes", "null")
    made, _ = learned(rows(*((label, None) for label in labels)))
    assert [f.label for f in made.spec.fields.values()] == list(labels)


@pytest.mark.parametrize("cells", [{}, {"A1": "こんにちは。これは様式ではありません。"}])
def test_a_sheet_that_asks_nothing(cells):
    book = openpyxl.Workbook()
    for where, text in cells.items():
        book.worksheets[0][where] = text
    out = BytesIO()
    book.save(out)
    with pytest.raises(NothingAsked):
        learn_form(out.getvalue())
