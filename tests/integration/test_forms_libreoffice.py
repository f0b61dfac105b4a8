"""Forms of other layouts saved again by LibreOffice, as xlsx, xls and ods; and our marked copy opened by it."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from mailflow.forms.annotate import annotate
from mailflow.forms.document import plain_findings
from mailflow.forms.fill import fill_form
from mailflow.forms.learn import learn_form
from mailflow.forms.read import read_form
from mailflow.forms.text import fold
from mailflow.settings.form import FormSpec
from mailflow.settings.load import load_form
from tests.judging.forms.blanks import FIRST, SECOND
from tests.judging.forms.books import ANSWERS, LABELS, LAYOUTS, MEANT
from tests.judging.forms.foreign import FORMS
from tests.judging.forms.foreign import LAYOUTS as FOREIGN
from tests.judging.forms.test_layouts import said
from tests.judging.forms.test_learn_blanks import NOT_TOLD_APART, boxes_of

OFFICE = shutil.which("soffice") or shutil.which("libreoffice") or "soffice"
pytestmark = pytest.mark.long  # starts LibreOffice; without it these tests fail


@pytest.fixture(scope="module")
def spec() -> FormSpec:
    return load_form(Path(__file__).parents[2] / "config" / "form.yaml").forms[0]


def convert(folder: Path, kind: str, profile: Path) -> None:
    """All files of the folder at once: starting LibreOffice takes longest."""
    (folder / "out").mkdir(exist_ok=True)
    files = sorted(str(one) for one in folder.glob("*.xlsx"))
    subprocess.run(
        [OFFICE, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind, "--outdir", str(folder / "out"), *files],
        check=True, capture_output=True, timeout=110,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_every_layout_saved_again(spec, tmp_path, kind):
    for name, layout in LAYOUTS.items():
        (tmp_path / f"{name}.xlsx").write_bytes(layout(LABELS, ANSWERS))
    convert(tmp_path, kind, tmp_path / "profile")
    for name in LAYOUTS:
        data = read_form((tmp_path / "out" / f"{name}.{kind}").read_bytes(), [spec])
        assert data is not None, name
        assert said(data) == MEANT, name
        assert data.problems == (), name


def test_blank_forms_saved_again_are_learned_alike(spec, tmp_path):
    """Shared strings, other styles, other rules: the same boxes under the same labels."""
    drawn = {(name, form): layout(FORMS[form]) for name, layout in FOREIGN.items() for form in ("subsidy", "training")}
    for (name, form), one in drawn.items():
        (tmp_path / f"{name}-{form}.xlsx").write_bytes(one.content())
    convert(tmp_path, "xlsx", tmp_path / "profile")
    for (name, form), one in drawn.items():
        learned = learn_form((tmp_path / "out" / f"{name}-{form}.xlsx").read_bytes(), spec)
        before = learn_form(one.content(), spec)
        assert {k: (f.label, f.type, f.choices, f.max_length) for k, f in learned.spec.fields.items()} == {
            k: (f.label, f.type, f.choices, f.max_length) for k, f in before.spec.fields.items()
        }, (name, form)


def test_an_applicants_file_saved_by_libreoffice_is_marked(spec, tmp_path):
    """With a comment, a protected sheet, a hidden row and a link already there."""
    book = openpyxl.load_workbook(BytesIO(fill_form(spec, MEANT | {"contact_phone": None, "course": "A・B"})))
    sheet = book.worksheets[0]
    sheet["D22"].comment = Comment("迷っています", "山口")
    sheet["D9"].comment = Comment("町です", "山口")
    sheet.row_dimensions[16].hidden = True
    sheet["A1"].hyperlink = "http://x.example/"
    sheet.protection.sheet = True
    book.save(tmp_path / "own.xlsx")
    convert(tmp_path, "xlsx", tmp_path / "profile")
    content = (tmp_path / "out" / "own.xlsx").read_bytes()
    data = read_form(content, [spec])
    copy = annotate(content, data, plain_findings(spec, data))
    assert copy.content is not None, copy.reason
    marked = openpyxl.load_workbook(BytesIO(copy.content))[data.sheet]
    assert marked["D9"].comment.text == "町です"
    assert marked["D22"].comment.text.startswith("迷っています\n\n【事務局】")
    assert marked["D19"].comment.text.startswith("【事務局】")
    assert (marked.protection.sheet, marked.row_dimensions[16].hidden) == (True, True)
    assert read_form(copy.content, [spec]).fields == data.fields


@pytest.mark.parametrize("kind", ["ods", "xls"])
def test_blank_forms_in_other_formats_are_learned(spec, tmp_path, kind):
    """An ods says as much as an xlsx; of an xls the words and merged cells are known, and it is told."""
    drawn = {name: make() for name, make in (FIRST | SECOND).items()}
    for name, blank in drawn.items():
        (tmp_path / f"{name}.xlsx").write_bytes(blank.content())
    convert(tmp_path, kind, tmp_path / "profile")
    missed, every = [], 0
    for name, blank in drawn.items():
        content = (tmp_path / "out" / f"{name}.{kind}").read_bytes()
        learned = learn_form(content, spec)
        found = boxes_of(content, learned.spec)
        lines = " ".join(found.values())
        every += len(blank.boxes)
        missed += [cell for cell, words in blank.boxes.items() if fold(words) not in found.get(cell, lines)]
    assert set(missed) <= NOT_TOLD_APART if kind == "ods" else len(missed) <= every * 0.1


def test_the_marked_copy_opens_and_comes_back(spec, tmp_path):
    content = fill_form(spec, MEANT | {"contact_phone": None, "course": "A・B"})
    data = read_form(content, [spec])
    (tmp_path / "marked.xlsx").write_bytes(annotate(content, data, plain_findings(spec, data)).content)
    convert(tmp_path, "xlsx", tmp_path / "profile")
    back = read_form((tmp_path / "out" / "marked.xlsx").read_bytes(), [spec])
    assert back.marked
    assert said(back) == said(data)
