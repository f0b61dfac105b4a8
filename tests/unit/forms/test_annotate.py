"""The marked copy: what it shows, what it must not change, when there is none."""

from __future__ import annotations

import dataclasses
import zipfile
from io import BytesIO

import openpyxl
import pytest

from mailflow.forms.annotate import annotate
from mailflow.forms.document import plain_findings
from mailflow.forms.fill import fill_form
from mailflow.forms.read import MARK_SHEET, read_form
from mailflow.model import Finding, Severity

GAPS = {
    "contact_phone": None,
    "course": "A・B",
    "contact_email": "kikaku.town",
    "theme": '=HYPERLINK("http://x.example")',
}


@pytest.fixture
def form(spec, values):
    return fill_form(spec, values | GAPS)


def marked(spec, content):
    data = read_form(content, [spec])
    copy = annotate(content, data, plain_findings(spec, data))
    assert copy.content is not None, copy.reason
    return copy.content


def parts(content: bytes, **changed: bytes) -> bytes:
    """The file with parts added or replaced (`/` written as `__`)."""
    new = {name.replace("__", "/"): part for name, part in changed.items()}
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w") as archive:
        for name in old.namelist():
            if name not in new:
                archive.writestr(name, old.read(name))
        for name, part in new.items():
            archive.writestr(name, part)
    return out.getvalue()


def sheet_part(content: bytes, change) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        part = archive.read("xl/worksheets/sheet1.xml")
    return parts(content, **{"xl/worksheets/sheet1.xml": change(part)})


def test_each_point_has_a_line_a_link_a_comment_and_a_colour(spec, form):
    book = openpyxl.load_workbook(BytesIO(marked(spec, form)))
    listed = book.worksheets[0]
    assert listed.title == MARK_SHEET
    assert book.active is listed
    lines = [[cell.value for cell in row[:4]] for row in listed.iter_rows(min_row=7) if row[0].value]
    assert [line[:3] for line in lines] == [
        ["修正1", "電話番号（応募様式!D19）", "空欄です"],
        ["修正2", "メールアドレス（応募様式!D20）", "kikaku.town"],
        ["修正3", "応募コース（応募様式!D22）", "A・B"],
    ]
    assert [row[1].hyperlink.location for row in listed.iter_rows(min_row=7) if row[0].value] == [
        "'応募様式'!D19", "'応募様式'!D20", "'応募様式'!D22",
    ]  # fmt: skip
    sheet = book["応募様式"]
    assert sheet["D22"].comment.text.startswith("【事務局】\n修正3：")
    assert {str(one.sqref) for one in sheet.conditional_formatting} >= {"D19:E19", "D20:E20", "D22:E22"}


def test_the_values_stay_and_the_copy_is_known_again(spec, form):
    before, after = read_form(form, [spec]), read_form(marked(spec, form), [spec])
    assert after.fields == before.fields
    assert (before.marked, after.marked) == (False, True)


def test_equal_input_gives_equal_bytes(spec, form):
    assert marked(spec, form) == marked(spec, form)


def test_marking_a_marked_copy_anew_replaces_the_marks(spec, form):
    once = marked(spec, form)
    data = read_form(once, [spec])
    finding = plain_findings(spec, data)[:1]
    again = annotate(once, data, finding).content
    book = openpyxl.load_workbook(BytesIO(again))
    assert [name for name in book.sheetnames if name.startswith(MARK_SHEET)] == [MARK_SHEET]
    assert book["応募様式"]["D22"].comment is None
    assert annotate(again, read_form(again, [spec]), plain_findings(spec, data)).content == once


def test_an_applicants_own_comment_stays(spec, form):
    book = openpyxl.load_workbook(BytesIO(form))
    book.worksheets[0]["D22"].comment = openpyxl.comments.Comment("迷っています", "山口")
    out = BytesIO()
    book.save(out)
    text = openpyxl.load_workbook(BytesIO(marked(spec, out.getvalue())))["応募様式"]["D22"].comment.text
    assert text.startswith("迷っています\n\n【事務局】\n修正3：")


@pytest.mark.parametrize("typed", ["=1+1", '=HYPERLINK("http://x.example")', "+1", "-1", "@SUM(1)", "#REF!"])
def test_what_an_applicant_typed_is_quoted_as_text(spec, values, typed):
    book = openpyxl.load_workbook(BytesIO(marked(spec, fill_form(spec, values | {"contact_email": typed}))))
    cell = book.worksheets[0]["C7"]
    assert (cell.value, cell.data_type) == (typed, "s")


def test_the_numbers_are_those_of_the_letter(spec, form):
    data = read_form(form, [spec])
    findings = plain_findings(spec, data)
    book = openpyxl.load_workbook(BytesIO(annotate(form, data, findings, [4, 4, 2]).content))
    assert [book.worksheets[0][f"A{row}"].value for row in (7, 8, 9)] == ["修正2", "修正4", "修正4"]


def test_formulas_keep_their_values(spec, form):
    def change(part: bytes) -> bytes:
        cell = b'<c r="H60"><f>1+1</f><v>2</v></c><c r="I60" t="str"><f>"a"&amp;"b"</f><v>ab&lt;</v></c>'
        return part.replace(b"</sheetData>", b'<row r="60">' + cell + b"</row></sheetData>")

    book = openpyxl.load_workbook(BytesIO(marked(spec, sheet_part(form, change))), data_only=True)
    assert (book["応募様式"]["H60"].value, book["応募様式"]["I60"].value) == (2, "ab<")


EXTENSIONS = (
    b'<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}">'
    b'<x14:dataValidations xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main" count="0"/></ext></extLst>'
)


def test_drop_downs_in_the_extension_list_stay(spec, form):
    content = marked(spec, sheet_part(form, lambda part: part.replace(b"</worksheet>", EXTENSIONS + b"</worksheet>")))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.read("xl/worksheets/sheet2.xml").endswith(EXTENSIONS + b"</worksheet>")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("xl/vbaProject.bin", "マクロ"), ("xl/media/image1.png", "画像"), ("xl/drawings/drawing1.xml", "図形や画像"),
        ("xl/charts/chart1.xml", "グラフ"), ("xl/ctrlProps/ctrlProp1.xml", "チェックボックス"), ("xl/connections.xml", "データ接続"),
        ("xl/externalLinks/externalLink1.xml", "リンク"), ("_xmlsignatures/sig1.xml", "電子署名"), ("customXml/item1.xml", "一部"),
        ("docProps/custom.xml", "一部"), ("xl/tables/table1.xml", "テーブル"), ("docMetadata/LabelInfo.xml", "一部"), ("xl/threadedComments/threadedComment1.xml", "コメント"),
    ],
)  # fmt: skip
def test_what_would_be_lost_is_said_and_no_copy_made(spec, form, part, said):
    content = parts(form, **{part: b"<x><vt:blob>AA==</vt:blob></x>"})
    data = read_form(content, [spec])
    copy = annotate(content, data, plain_findings(spec, data))
    assert copy.content is None
    assert said in copy.reason


PROPERTIES = b'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">%b</Properties>'


@pytest.mark.parametrize(
    ("part", "content"),
    [
        pytest.param("docProps/custom.xml", PROPERTIES % b"", id="libreoffice"),  # each file that it saves has this part
        pytest.param("docProps/custom.xml", PROPERTIES % b'<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="2" name="MSIP_Label"><vt:lpwstr>1</vt:lpwstr></property>', id="a-label"),
        pytest.param("customXml/item1.xml", b'<p:properties xmlns:p="http://schemas.microsoft.com/office/2006/metadata/properties"/>', id="a-document-library"),
    ],
)  # fmt: skip
def test_what_programs_note_about_a_file_hinders_no_copy(spec, form, part, content):
    marked(spec, parts(form, **{part: content}))


@pytest.mark.parametrize(
    "element",
    [b"<protectedRanges/>", b"<oleObjects/>", b'<picture r:id="rId9"/>', b"<scenarios/>", b"<customProperties/>"],
)
def test_what_openpyxl_does_not_write_again_makes_no_copy(spec, form, element):
    content = sheet_part(
        form,
        lambda part: part.replace(b"</sheetData>", b"</sheetData>" + element).replace(
            b"<worksheet ", b'<worksheet xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        ),
    )
    data = read_form(content, [spec])
    assert annotate(content, data, plain_findings(spec, data)).content is None


def test_no_copy_without_a_place_to_mark_or_for_another_file(spec, form, filled):
    data = read_form(form, [spec])
    elsewhere = Finding(
        check="x", severity=Severity.FIX, where="件名", found=None, expected=None, message="…", clause=None
    )
    assert annotate(form, data, [elsewhere]).content is None
    assert annotate(filled, data, plain_findings(spec, data)).content is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0", b"x" * 3_000_000], ids=len)
def test_bytes_that_are_no_workbook(spec, form, content):
    data = dataclasses.replace(read_form(form, [spec]), sha256=None)
    copy = annotate(content, data, plain_findings(spec, read_form(form, [spec])))
    assert copy.content is None
    assert copy.reason


@pytest.mark.parametrize("many", [1, 30])
def test_one_point_and_thirty(spec, form, many):
    """Each has its line and its link; a cell named twice has one comment with both."""
    data = read_form(form, [spec])
    fields = [*spec.fields, next(iter(spec.fields))][:many]
    findings = [
        Finding(check="form-type", severity=Severity.FIX, where=data.fields[key].label, found=None, expected=None, message="ご記入ください",
                clause=None, example=None, fields=(key,), cells=(data.fields[key].cell,))
        for key in fields
    ]  # fmt: skip
    book = openpyxl.load_workbook(BytesIO(annotate(form, data, findings).content))
    lines = [row for row in book.worksheets[0].iter_rows(min_row=7) if row[0].value]
    assert [row[0].value for row in lines] == [f"修正{number}" for number in range(1, many + 1)]
    assert all(row[1].hyperlink for row in lines)
    commented = [cell.comment.text for row in book["応募様式"].iter_rows() for cell in row if cell.comment]
    assert len(commented) == len({data.fields[key].cell for key in fields})
    assert sum(text.count("修正") for text in commented) == many


def test_the_form_looks_as_before(spec, form):
    """Frames, fonts, widths, merged boxes, drop-downs, the printed page: all as the applicant sent it, but for the marks."""

    def looks(content: bytes):
        sheets = {}
        for sheet in openpyxl.load_workbook(BytesIO(content)).worksheets:
            if sheet.title.startswith(MARK_SHEET):
                continue
            cells = {
                cell.coordinate: (str(cell.value), cell.font.name, cell.font.sz, cell.font.b, cell.fill.fgColor.rgb, cell.border.left.style,
                                  cell.border.top.style, cell.alignment.horizontal, cell.alignment.wrap_text, cell.number_format)
                for row in sheet.iter_rows() for cell in row
            }  # fmt: skip
            rules = sorted(
                (str(one.sqref), one.type, one.formula1, one.prompt) for one in sheet.data_validations.dataValidation
            )
            sheets[sheet.title] = (
                cells, sorted(map(str, sheet.merged_cells.ranges)), rules, sheet.print_area, sheet.print_title_rows, sheet.freeze_panes,
                {key: one.width for key, one in sheet.column_dimensions.items()}, {key: one.height for key, one in sheet.row_dimensions.items()},
                sheet.page_setup.orientation, sheet.oddFooter.center.text, [one.id for one in sheet.row_breaks.brk],
            )  # fmt: skip
        return sheets

    assert looks(marked(spec, form)) == looks(form)
