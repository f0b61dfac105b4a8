"""Blank forms made to hurt: `learn` gives a spec or one of its two answers, and stays within its bounds."""

from __future__ import annotations

import zipfile
from io import BytesIO

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from mailflow.forms.build import build_form
from mailflow.forms.learn import FormUnreadable, NothingAsked, learn_form


def saved(book: openpyxl.Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def patched(content: bytes, name: str, change) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            part = old.read(one)
            new.writestr(one, change(part) if one == name else part)
    return out.getvalue()


def answer(content: bytes) -> str:
    try:
        return f"{len(learn_form(content).spec.fields)} fields"
    except FormUnreadable as error:
        return error.reason
    except NothingAsked:
        return "nothing"


def small() -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = "助成事業　申請書"
    for row, label in enumerate(("団体名", "所在地", "電話番号"), start=3):
        sheet[f"A{row}"] = label
    return book


SHEET, BOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "broken", id="empty"),
        pytest.param(b"PK\x03\x04" + bytes(range(256)) * 9, "broken", id="no-zip"),
        pytest.param(b"%PDF-1.7", "not-xlsx", id="pdf"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet', 1)), "broken", id="entities"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part + b" " * 61_000_000), "too-large", id="zip-bomb"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part.replace(b'<dimension ref="A1:A5" />', b'<dimension ref="A1:XFD1048576"/>').replace(
            b'<dimension ref="A1:A5"/>', b'<dimension ref="A1:XFD1048576"/>')), "3 fields", id="a-claimed-dimension"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>')),
                     "3 fields", id="a-cell-at-the-end"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part.replace(b"</sheetData>", b"</sheetData><mergeCells>" + b'<mergeCell ref="C1:XFD1048576"/>' * 3 + b"</mergeCells>")),
                     "too-large", id="merged-over-everything"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part.replace(b"</sheetData>", b"</sheetData><dataValidations>" + b'<dataValidation type="list" sqref="B3"><formula1>"a,b"</formula1></dataValidation>' * 5000 + b"</dataValidations>")),
                     "too-large", id="five-thousand-rules"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part.replace(b"</sheetData>", b"</sheetData><dataValidations>" + b'<dataValidation type="list" sqref="A1:XFD1048576"><formula1>"a,b"</formula1></dataValidation>' * 300 + b"</dataValidations>")),
                     "3 fields", id="rules-over-the-whole-sheet"),
        pytest.param(patched(saved(small()), SHEET, lambda part: part.replace(b"</worksheet>", b"<extLst>" + b"<x14:dataValidation " * 100_000 + b"</worksheet>")), "3 fields", id="rules-that-never-end"),
    ],
)  # fmt: skip
def test_files_made_to_hurt(content, expected):
    assert answer(content) == expected


def many_sheets():
    book = small()
    for number in range(80):
        sheet = book.create_sheet(f"別紙{number}")
        for row in range(1, 30):
            sheet[f"A{row}"] = f"項目{number}の{row}"
    return book


def many_names():
    book = small()
    for number in range(3000):
        book.defined_names[f"名前{number}"] = DefinedName(f"名前{number}", attr_text=f"名前{number + 1}")
    book.worksheets[0].add_data_validation(DataValidation("list", formula1="名前0", sqref="B3"))
    return book


def names_in_a_ring():
    book = small()
    for one, other in (("甲", "乙"), ("乙", "甲")):
        book.defined_names[one] = DefinedName(one, attr_text=other)
    book.worksheets[0].add_data_validation(DataValidation("list", formula1="甲", sqref="B3"))
    return book


def one_label_everywhere():
    book = small()
    for row in range(10, 400):
        for column in range(1, 40):
            book.worksheets[0].cell(row, column, "氏名")
    return book


def long_words():
    book = small()
    for row, text in enumerate(
        ("□" * 30_000, "あ・" * 10_000, "(" * 30_000, "１．" * 9_000, "／" * 20_000, "800字" * 8_000, "必" * 30_000),
        start=10,
    ):
        book.worksheets[0][f"A{row}"] = f"項目{row}"
        book.worksheets[0][f"B{row}"] = text
    return book


@pytest.mark.parametrize("make", [many_sheets, many_names, names_in_a_ring, one_label_everywhere, long_words])
def test_workbooks_with_too_much_of_something(make):
    assert answer(saved(make())).endswith("fields")


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods"])
def test_other_programs_files(spec, name):
    """Filled in as they are, they ask nothing much; what counts is that nothing breaks."""
    from pathlib import Path

    assert answer((Path(__file__).parent / "data" / name).read_bytes())


@pytest.mark.parametrize("at", range(0, 100, 20))
def test_cut_short(spec, at):
    content = build_form(spec)
    assert answer(content[: len(content) * at // 100]) in ("broken", "not-xlsx")


@pytest.mark.parametrize("seed", range(5))
def test_flipped_bytes(spec, seed):
    import random

    chance = random.Random(seed)
    with zipfile.ZipFile(BytesIO(build_form(spec))) as archive:
        part = bytearray(archive.read(SHEET))
    for _ in range(20):
        part[chance.randrange(len(part))] = chance.randrange(32, 127)
    assert answer(patched(build_form(spec), SHEET, lambda _: bytes(part)))
