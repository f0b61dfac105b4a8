"""Files that are broken, locked, huge or made to hurt: one of four documented answers, quickly."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from pathlib import Path

import msoffcrypto.format.ooxml
import openpyxl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mailflow.forms import extent, package
from mailflow.forms.build import build_form
from mailflow.forms.contents import left_aside
from mailflow.forms.document import form_document
from mailflow.forms.grid import load_grid
from mailflow.forms.locate import HELP_SHEETS
from mailflow.forms.package import FormUnreadable, Limits, open_package
from mailflow.forms.read import read_form

DATA = Path(__file__).parent / "data"


def rezip(content: bytes, change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            for written, part in change(name, old.read(name)):
                new.writestr(written, part)
    return out.getvalue()


def sheet_with(content: bytes, rows: bytes) -> bytes:
    def change(name, part):
        if name == "xl/worksheets/sheet1.xml":
            part = part[: part.index(b"<sheetData>")] + b"<sheetData>" + rows + b"</sheetData></worksheet>"
        yield name, part

    return rezip(content, change)


def strings(form: bytes, item: bytes, many: int) -> bytes:
    """The form with `many` shared strings that no cell uses."""
    table = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">' + item * many + b"</sst>"
    kept = rezip(form, lambda name, part: [] if name == "xl/sharedStrings.xml" else [(name, part)])
    out = io.BytesIO(kept)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", table)
    return out.getvalue()


@pytest.mark.parametrize("item", [b"<si><t>b</t></si>", b'<x:si><x:t xml:space="preserve">b</x:t></x:si>', b"<si\n/>"])
def test_shared_strings_are_counted(spec, item):
    assert reason(strings(build_form(spec), item, 201), spec, strings=200) == "too-large"
    assert reason(strings(build_form(spec), item, 60_000), spec) == "too-large"


def reason(content: bytes, spec, **limits) -> str:
    with pytest.raises(FormUnreadable) as caught:
        read_form(content, [spec], limits=Limits(**limits))
    assert str(caught.value)
    return caught.value.reason


def answer(content: bytes, spec, engine="auto") -> str:
    """How reading ends: `form`, `no form`, or a documented reason. Anything else that is raised fails the test."""
    try:
        data = read_form(content, [spec], engine=engine)
    except FormUnreadable as error:
        return error.reason
    return "form" if data else "no form"


ANSWERS = {"form", "no form", "broken", "locked", "too-large", "not-xlsx"}


def docx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "broken", id="empty"),
        pytest.param(b"\0" * 4096, "broken", id="zeros"),
        pytest.param(b"%PDF-1.7\n...", "not-xlsx", id="a-renamed-pdf"),
        pytest.param(docx(), "not-xlsx", id="a-docx"),
        pytest.param("団体名,朝日県川原町\n".encode("cp932"), "not-xlsx", id="csv"),
        pytest.param(b"<html><table><tr><td>x</td></tr></table></html>", "not-xlsx", id="html-named-xls"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, "not-xlsx", id="empty-zip"),
        pytest.param(b"PK\x03\x04garbage", "broken", id="zip-head-only"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "broken", id="ole-head-only"),
    ],
)
def test_what_is_no_workbook(spec, content, expected):
    assert reason(content, spec) == expected


def test_a_truncated_form_is_broken(spec, filled):
    assert {reason(filled[:size], spec) for size in (100, len(filled) // 2, len(filled) - 10)} == {"broken"}


def test_a_form_with_a_password_is_locked(spec, filled):
    locked = io.BytesIO()
    msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(filled)).encrypt("secret", locked)
    assert reason(locked.getvalue(), spec) == "locked"


def test_limits_on_size(spec, filled):
    assert reason(filled, spec, file_bytes=1000) == "too-large"
    assert reason(filled, spec, unpacked_bytes=20_000) == "too-large"
    assert reason(filled, spec, entries=3) == "too-large"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(b'<row r="1"><c r="A1"><v>1</v></c></row>' + b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row) for row in range(1048500, 1048576)), id="many-far-off"),
        pytest.param(b'<row r="1"><c r="A1"><v>1</v></c><c r="JY1"><v>1</v></c></row><row r="2999"><c r="A2999"><v>1</v></c></row>', id="wide-and-high"),
        pytest.param(b"<row r = '1'><c s='1' r = 'XFD1048576'><v>1</v></c></row>", id="other-quotes"),
        pytest.param(b"<row><c><v>1</v></c>" + b"<c><v>1</v></c>" * 16000 + b"</row>" + b"<row><c><v>1</v></c></row>" * 3000, id="cells-without-a-place"),
        pytest.param(b"<row r='1'>" + b"<c><v>1</v></c>" * 16000 + b"</row><row r='900000'><c r='A900000'><v>1</v></c></row>", id="half-without-a-place"),
        pytest.param(b"<row\nr='900000'><c\nr='XFD900000'><v>1</v></c></row>", id="line-breaks-in-tags"),
        pytest.param(b"<row r='9'><c a='" + b"x" * 500 + b"' r='XFD900000'><v>1</v></c></row>", id="a-long-attribute-before"),
        pytest.param(b"<row r='9'><c a='>' r='XFD900000'><v>1</v></c></row>", id="a-bracket-in-an-attribute"),
        pytest.param(b"<x:row r='9'><x:c r='XFD900000'><x:v>1</x:v></x:c></x:row>", id="another-prefix"),
        pytest.param(b"<row r='4000000000'><c><v>1</v></c></row>", id="only-the-row-says-where"),
    ],
)  # fmt: skip
def test_a_sheet_that_spans_too_many_cells(spec, filled, rows):
    begun = time.process_time()
    assert reason(sheet_with(filled, rows), spec) == "too-large"
    assert time.process_time() - begun < 20  # ends at all: a hang is minutes


def test_a_sheet_under_a_name_of_its_own(spec, filled):
    """Relations may name any part: a sheet outside xl/worksheets is looked at as well."""
    far = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row) for row in range(1048500, 1048576))

    def change(name, part):
        if name in ("xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
            part = part.replace(b"worksheets/sheet1.xml", b"odd/s.xml")
        if name == "xl/worksheets/sheet1.xml":
            name, part = "xl/odd/s.xml", part.replace(b"</sheetData>", far + b"</sheetData>")
        yield name, part

    assert reason(rezip(filled, change), spec) == "too-large"


def test_empty_styled_cells_to_the_end_of_the_sheet_are_nothing(spec, filled):
    """Someone coloured a whole row; Excel writes 16,384 empty cells."""
    from openpyxl.utils import get_column_letter as letter

    def change(name, part):
        if name == "xl/worksheets/sheet1.xml":
            row = (
                b'<row r="900">'
                + b"".join(f'<c r="{letter(i)}900" s="1"/>'.encode() for i in range(1, 16385))
                + b"</row>"
            )
            part = part.replace(b"</sheetData>", row + b"</sheetData>")
        yield name, part

    assert read_form(rezip(filled, change), [spec]).value("theme")


def test_a_zip_bomb(spec, filled):
    def change(name, part):
        if name == "xl/worksheets/sheet1.xml":
            part = part.replace(b"</sheetData>", b"</sheetData>" + b" " * 50_000_000)
        yield name, part

    begun = time.process_time()
    assert reason(rezip(filled, change), spec) == "too-large"
    assert time.process_time() - begun < 20  # ends at all: a hang is minutes


def test_a_part_bigger_than_it_says(spec, filled):
    """The central directory states ten bytes for the sheet."""

    def change(name, part):
        yield name, part

    content = bytearray(rezip(filled, change))
    at = content.index(b"PK\x01\x02", content.index(b"xl/worksheets/sheet1.xml") + 100)
    while content[at + 46 : at + 70] != b"xl/worksheets/sheet1.xml":
        at = content.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", content, at + 24, 10)
    assert reason(bytes(content), spec) == "broken"


@pytest.mark.parametrize(
    "head",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
@pytest.mark.parametrize("name_part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
def test_document_types_and_entities(spec, filled, head, name_part):
    def change(name, part):
        yield name, head + part if name == name_part else part
        if name == "[Content_Types].xml" and name_part == "xl/sharedStrings.xml":
            yield name_part, head + b"<sst/>"

    assert reason(rezip(filled, change), spec) == "broken"


def test_two_parts_of_one_name(spec, filled):
    def change(name, part):
        yield name, part
        if name == "xl/workbook.xml":
            yield "XL/workbook.xml", part

    assert reason(rezip(filled, change), spec) == "broken"


def test_macros_and_external_links_never_reach_a_reader(spec, filled):
    """An .xlsm with a macro and a link reads like the form without them."""

    def change(name, part):
        if name == "xl/workbook.xml":
            yield "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"
            yield "xl/externalLinks/externalLink1.xml", b"<!DOCTYPE x>"
        yield name, part

    with_macro = rezip(filled, change)
    ours, theirs = read_form(filled, [spec]), read_form(with_macro, [spec], filename="様式.xlsm")
    assert theirs.fields == ours.fields


def test_a_formula_gives_its_cached_value(spec, filled):
    def change(name, part):
        if name == "xl/worksheets/sheet1.xml":
            start = part.index(b'<c r="D42"')
            end = part.index(b"</c>", start) + 4
            part = part[:start] + b'<c r="D42"><f>SUM(A1:A3)</f><v>4</v></c>' + part[end:]
        yield name, part

    for engine in ("calamine", "openpyxl"):
        assert read_form(rezip(filled, change), [spec], engine=engine).value("weekly_hours") == 4


def test_furigana_is_not_read_as_text(spec, filled):
    """Excel keeps the reading of what was typed with an input method beside it (rPh)."""

    def change(name, part):
        if name == "xl/worksheets/sheet1.xml":
            start = part.index(b"</t></is>", part.index(b'<c r="D17"')) + 4
            part = part[:start] + '<rPh sb="0" eb="2"><t>タカサキ</t></rPh>'.encode() + part[start:]
        yield name, part

    for engine in ("calamine", "openpyxl"):
        assert read_form(rezip(filled, change), [spec], engine=engine).value("contact_name") == "髙﨑 𠮷子"


@pytest.mark.parametrize(
    ("row", "merged"),
    [
        pytest.param(b"<row r='1048576'><c r='XFD1048576' s='1'/></row>", b"", id="an-empty-styled-cell-at-the-end"),
        pytest.param(b"", b"<mergeCell ref='H60:XFD1048576'/>", id="a-merged-range-to-the-end"),
    ],
)
def test_an_error_value_and_a_sheet_without_end(spec, filled, row, merged):
    """An error value takes the slower reader, which would walk to the last cell."""

    def change(name, part):
        if name == "xl/worksheets/sheet1.xml":
            error = b"<row r='900'><c r='G900' t='e'><v>#REF!</v></c></row>" + row
            part = part.replace(b"</sheetData>", error + b"</sheetData>")
            part = part.replace(b"</mergeCells>", merged + b"</mergeCells>")
        yield name, part

    begun = time.process_time()
    assert answer(rezip(filled, change), spec, "auto") == "form"
    assert time.process_time() - begun < 20  # ends at all: a hang is minutes


def test_merged_ranges_over_the_whole_sheet(spec, filled):
    def change(name, part):
        if name == "xl/worksheets/sheet1.xml":
            areas = b"".join(b'<mergeCell ref="H%d:XFD1048576"/>' % i for i in range(60, 260))
            part = part.replace(b"</mergeCells>", areas + b"</mergeCells>")
        yield name, part

    begun = time.process_time()
    assert answer(rezip(filled, change), spec, "calamine") in {"form", "too-large"}
    assert time.process_time() - begun < 20  # ends at all: a hang is minutes


def test_an_xls_that_spans_too_many_cells(spec):
    """A NUMBER record at row 65,535, column 60,000, put into a real file."""
    book = bytearray((DATA / "libreoffice.xls").read_bytes())
    at = book.index(struct.pack("<HH", 0x00FD, 10))  # the first LABELSST
    struct.pack_into("<HH", book, at + 4, 65535, 60000)
    assert reason(bytes(book), spec) == "too-large"


def test_an_ods_that_repeats_a_filled_cell(spec):
    def change(name, part):
        if name == "content.xml":
            far = b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="1000"/></table:table-row></table:table>'
            part = part.replace(b"</table:table>", far, 1)
        yield name, part

    assert reason(rezip((DATA / "libreoffice.ods").read_bytes(), change), spec) == "too-large"


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods"])
@given(data=st.data())
@settings(max_examples=60, deadline=None, phases=[Phase.generate])
def test_flipped_bytes_raise_nothing_else(spec, name, data):
    content = bytearray((DATA / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert answer(bytes(content), spec) in ANSWERS


def parts_flipped(content: bytes, data) -> bytes:
    target = data.draw(
        st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"])
    )

    def change(name, part):
        if name == target:
            part = bytearray(part)
            for _ in range(data.draw(st.integers(1, 8))):
                part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
            part = bytes(part)
        yield name, part

    return rezip(content, change)


@given(data=st.data())
@settings(max_examples=80, deadline=None, phases=[Phase.generate])
@pytest.mark.parametrize("engine", ["calamine", "openpyxl"])
def test_flipped_xml_raises_nothing_else(spec, filled, engine, data):
    content = parts_flipped(filled, data)
    assert answer(content, spec, engine) in ANSWERS


@pytest.mark.parametrize(
    "cell",
    [
        "：" * 2000, "（" * 2000, "１．" * 1000, "※" * 2000, " " * 30000 + "団体名", "(" * 30 + ")" * 30 + "団体名", "団体名：" * 300, "0" * 30000, "☑" * 5000, "a@" * 10000,
        "Ⓐ" * 5000, "1-" * 10000, "[x]" * 5000, "週" * 9000 + "5",
    ],
    ids=lambda text: text[:6],
)  # fmt: skip
def test_texts_that_would_make_a_pattern_slow(spec, values, cell):
    from mailflow.forms.fill import fill_form

    content = fill_form(spec, values | dict.fromkeys(spec.fields, cell))
    begun = time.process_time()
    read_form(content, [spec])
    assert time.process_time() - begun < 20  # ends at all: a hang is minutes


def test_many_labels_and_texts(spec):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["地域社会DX推進パッケージ事業（計画策定支援）応募様式"])
    for row in range(3000):
        sheet.append(
            ["団体名", "応募コース", "取組テーマ", "電話番号", f"値{row}", "確保できる作業時間", "担当者氏名", "備考"]
        )
    out = io.BytesIO()
    book.save(out)
    begun = time.process_time()
    read_form(out.getvalue(), [spec])
    assert time.process_time() - begun < 20  # ends at all: a hang is minutes


def test_what_the_json_says_of_an_unreadable_file():
    document = form_document(FormUnreadable("locked"))
    assert document["fields"] == {}
    assert "パスワード" in document["problems"][0]
    assert form_document(None)["problems"] == ["応募様式として読み取れるシートがありません。"]


# --- both readers -----------------------------------------------------------------------------------------------------


def grids(content: bytes, engine: str):
    return [(s.name, s.visible, s.rows, s.merged) for s in load_grid(content, engine)]


def test_both_readers_give_the_same_grid(spec, filled, workbook):
    import datetime as dt

    odd = workbook(
        {
            "値": {"B2": 1, "C2": 1.5, "D2": -0.0, "E2": True, "F2": dt.date(2026, 3, 4), "G2": dt.datetime(2026, 3, 4, 5, 6), "H2": dt.time(9, 30),
                   "I2": dt.timedelta(hours=30), "J2": " 空白 \n", "K2": "_x0041_", "L2": "a\tb", "B9": 123456789012},
            "隠れ": {"A1": "x"}, "空": {},
        },
        {"値": ["B3:D5", "F9:Z60"]}, hidden=("隠れ",),
    )  # fmt: skip
    for content in (filled, build_form(spec), (DATA / "libreoffice.xlsx").read_bytes(), odd):
        assert grids(content, "calamine") == grids(content, "openpyxl")


# --- sheets that nobody reads -----------------------------------------------------------------------------------------


def with_sheet(content: bytes, title: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.create_sheet(title).append(["記入例", "長野県飯田市"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SAID = b'<workbook xmlns:r="r"><sheets>%s</sheets></workbook>'
LEADS = b"<Relationships>%s</Relationships>"


@pytest.mark.parametrize(
    ("sheets", "relations", "expected"),
    [
        pytest.param(
            b'<sheet name="f" sheetId="1" r:id="a"/><sheet name="&#x4F8B;" sheetId="2" r:id="b"/>',
            b'<Relationship Id="a" Target="worksheets/sheet1.xml"/><Relationship Id="b" Target="/xl/worksheets/Sheet2.xml"/>',
            {"xl/worksheets/sheet2.xml"},
            id="an-example-beside-the-form",
        ),
        pytest.param(
            b'<sheet name="f" r:id="a"/><sheet name="&#x4F8B;" r:id="b"/>',
            b'<Relationship Id="a" Target="worksheets/s.xml"/><Relationship Id="b" Target="worksheets/s.xml"/>',
            set(),
            id="one-part-for-both",  # a reader asked for the form would find nothing
        ),
        pytest.param(
            b'<sheet name="&#x4F8B;" r:id="b"/>',
            b'<Relationship Id="b" Target="../styles.xml"/>',
            set(),
            id="leads-elsewhere",
        ),
        pytest.param(b'<sheet name="&#x4F8B;" sheetId="b"/>', b'<Relationship Id="b" Target="worksheets/s.xml"/>', set(),
                     id="no-relation"),
        pytest.param(b'<sheet name="&#x4F8B;" r:id="b">', b"", set(), id="no-xml"),
    ],
)  # fmt: skip
def test_which_sheets_are_left_aside(sheets, relations, expected):
    assert left_aside(SAID % sheets, LEADS % relations, HELP_SHEETS) == expected


def test_a_sheet_of_examples_is_not_unpacked(spec, filled):
    """However large an honest one is: nobody reads it. Where it is the only one with a form, it is read all the same."""
    content = with_sheet(filled, "記入例")
    words = b"<!--" + b"".join(b"%d " % (number * 7919 % 1_000_003) for number in range(450_000)) + b"-->"
    huge = rezip(content, lambda name, part: [(name, part + words if name.endswith("sheet2.xml") else part)])
    aside = open_package(huge, Limits(unpacked_bytes=2_000_000), skip=HELP_SHEETS)
    assert not [one for one in zipfile.ZipFile(io.BytesIO(aside.content)).namelist() if one.endswith("sheet2.xml")]
    form = read_form(huge, [spec], limits=Limits(unpacked_bytes=2_000_000))
    assert form is not None
    assert form.fields == read_form(filled, [spec]).fields
    with pytest.raises(FormUnreadable, match="大きすぎる"):
        open_package(huge, Limits(unpacked_bytes=2_000_000))


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet2.xml", "xl/drawings/drawing9.xml", "docProps/app.xml", "customXml/item1.xml"]
)
def test_a_bomb_in_a_part_that_nobody_reads_is_refused_unopened(spec, filled, part, monkeypatch):
    """By what the directory states of it: not a byte of it is unpacked."""
    content = with_sheet(filled, "記入例")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, b"<x>" + b" " * 5_000_000 + b"</x>")
    unpacked: list[str] = []
    read = package._read
    monkeypatch.setattr(package, "_read", lambda c, info, most: unpacked.append(info.filename) or read(c, info, most))
    assert reason(out.getvalue(), spec) == "too-large"
    assert part not in unpacked


def test_a_part_that_is_packed_into_more_than_it_states_is_refused(spec, filled):
    """A sheet that nobody reads says of itself that it has ten bytes."""
    content = bytearray(with_sheet(filled, "記入例"))
    at = content.index(b"PK\x01\x02")
    while content[at + 46 : at + 70] != b"xl/worksheets/sheet2.xml":
        at = content.index(b"PK\x01\x02", at + 4)
    struct.pack_into("<I", content, at + 24, 10)
    assert reason(bytes(content), spec) == "broken"


def test_a_picture_may_be_packed_well(spec, filled):
    """A white bitmap shrinks to a thousandth: no XML, and nobody unpacks it here."""
    out = io.BytesIO(filled)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bmp", b"\xff" * 4_000_000)
    assert read_form(out.getvalue(), [spec]).value("theme")


@pytest.mark.parametrize(
    ("cell", "far"),
    [
        (b'<c r="JZ999" s="1"/>', False), (b'<c r="A1"><v>1</v></c>', False), (b'<c r="AZ12" t="s"><v>1</v></c>', False), (b'<cols><col min="1"/></cols>', False),
        (b"<cellWatches/><conditionalFormatting/>", False), (b'<c r="KA1"><v>1</v></c>', True), (b'<c r="A1000"><v>1</v></c>', True), (b'<c r="XFD1048576"/>', True),
        (b'<c s="1" r="A1"><v>1</v></c>', True), (b"<c><v>1</v></c>", True), (b"<c/>", True), (b'<c r="AAA1"/>', True), (b"<c r='A1'/>", True), (b'<c  r="A1"/>', True),
        (b'<x:c r="A1"/>', True), (b'<x:row r="1"/>', True), (b'<c r="a1"><v>1</v></c>', True), (b'<c r="A"/>', True),
    ],
)  # fmt: skip
def test_the_quick_look_at_how_far_cells_reach(cell, far):
    """What it doesn't know for near is counted cell by cell: it may only ever err to that side."""
    assert extent._near(b"<sheetData><row>" + cell + b"</row></sheetData>", Limits()) is not far


@pytest.mark.parametrize(
    ("cell", "reaches"),
    [
        (b'<c r="XFD1048576"/>', False), (b'<c r="XFD1048576" s="3"/>', False), (b'<c r="XFD1048576"></c>', False), (b'<c s="3" r="XFD1048576"><v>1</v></c>', True),
        (b'<c r="XFD1048576"><v>1</v></c>', True), (b'<c r="XFD1048576" t="inlineStr"><is><t>a</t></is></c>', True), (b'<c r="XFD1048576"><f>A1</f></c>', True),
    ],
)  # fmt: skip
def test_an_empty_cell_far_off_does_not_count(cell, reaches):
    part = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">' + cell + b"</row></sheetData>"
    kept, strays = extent.near_cells(part, Limits())
    assert strays == (("XFD1048576",) if reaches else ())
    assert (kept == part) is not reaches
