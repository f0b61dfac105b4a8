"""How long `read_form` takes: CPU ms a form (others' work on the machine doesn't count), the median over rounds in which
the forms take turns.

    python -m benchmarks.forms [ROUNDS]

`shipped`: the form as published, filled. `three-sheets`: the pipeline benchmark's 40 kB form. `shared-strings`: the
same with its texts in a table of their own, as Excel writes them. Each round reads a copy with another municipality: no form is met twice.
"""

from __future__ import annotations

import html
import io
import json
import re
import statistics
import sys
import time
import zipfile
from collections.abc import Callable

import openpyxl

from benchmarks import mails as source
from mailflow.forms.package import Limits, open_package
from mailflow.forms.read import read_form


def shipped() -> bytes:
    """The published form alone, filled with the benchmark's words."""
    book = openpyxl.load_workbook(io.BytesIO(source.master()))
    for name in ("参考1", "参考2"):
        del book[name]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def saved_again(master: bytes) -> bytes:
    """The texts in `xl/sharedStrings.xml`, plain UTF-8, and `spans` on each row."""
    texts: dict[str, int] = {}

    def shared(cell: re.Match[str]) -> str:
        number = texts.setdefault(html.unescape(cell[2]), len(texts))
        return f'<c {cell[1]} t="s"><v>{number}</v></c>'

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(master)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name).decode()
            if name.startswith("xl/worksheets/"):
                part = re.sub(r'<c ([^<>]*?) t="inlineStr"><is><t(?: [^<>]*)?>([^<>]*)</t></is></c>', shared, part)
                part = re.sub(r'<row (r="[0-9]+")', r'<row \1 spans="1:6"', part).replace(' t="n"></c>', "/>")
            elif name == "[Content_Types].xml":
                kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
                part = part.replace(
                    "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
                )
            elif name == "xl/_rels/workbook.xml.rels":
                kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
                link = f'<Relationship Type="{kind}" Target="sharedStrings.xml" Id="strings"/>'
                part = part.replace("</Relationships>", f"{link}</Relationships>")
            new.writestr(name, part)
        items = "".join(f'<si><t xml:space="preserve">{html.escape(text, quote=False)}</t></si>' for text in texts)
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{space}" uniqueCount="{len(texts)}">{items}</sst>')
    return out.getvalue()


def variants(master: bytes, count: int) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(master)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    made = []
    for number, town in zip(range(count), source.towns(), strict=False):
        full = town["prefecture"] + town["name"]
        words = (
            town["prefecture"],
            town["name"],
            full,
            f"kikaku{number}@town.example",
            f"見守りと移動の支援 第{number}案",
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, part in parts.items():
                for token, word in zip(source.TOKENS, words, strict=True):
                    part = part.replace(token.encode(), word.encode())  # noqa: PLW2901
                archive.writestr(name, part)
        made.append(out.getvalue())
    return made


def milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    specs = source.form_file().forms
    masters = {"shipped": shipped(), "three-sheets": source.master(), "shared-strings": saved_again(source.master())}
    forms = {name: variants(master, rounds) for name, master in masters.items()}
    for made in forms.values():
        found = read_form(made[0], specs)
        assert found is not None
        assert found.text("municipality"), found
        assert not found.problems, found.problems
    whole: dict[str, list[float]] = {name: [] for name in forms}
    opened: dict[str, list[float]] = {name: [] for name in forms}
    for number in range(rounds):
        for name, made in forms.items():
            form = made[number]
            whole[name].append(milliseconds(lambda form=form: read_form(form, specs)))  # type: ignore[misc]
            opened[name].append(milliseconds(lambda form=form: open_package(form, Limits())))  # type: ignore[misc]
    print(
        json.dumps(
            {
                name: {
                    "bytes": len(forms[name][0]),
                    "read_form_ms": round(statistics.median(whole[name]), 2),
                    "of_it_open_package_ms": round(statistics.median(opened[name]), 2),
                }
                for name in forms
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
