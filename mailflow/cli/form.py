"""`mailflow form build|fill|read`: the application form from its spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.cli.app import OK, WRONG, Failed, app, session
from mailflow.cli.files import each_file
from mailflow.cli.help import Family
from mailflow.cli.output import print_json, table

if TYPE_CHECKING:
    from mailflow.settings.form import FormFile

form = Family(help="応募様式を作る、記入する、読む。")
app.add_typer(form, name="form")

Spec = Annotated[Path | None, typer.Option("--spec", help="様式の定義（既定 いまの form.yaml）。", metavar="SPEC.yaml")]


def forms(spec: Path | None) -> FormFile:
    """The spec named, or the configuration's."""
    if spec is None:
        return session.settings().form
    from mailflow.settings.load import load_form
    from mailflow.settings.problems import ConfigErrors

    try:
        return load_form(spec)
    except FileNotFoundError as error:
        raise Failed(f"{spec}: ファイルがありません") from error
    except ConfigErrors as error:
        raise Failed(f"様式の定義に誤りがあります。\n{error}") from error


def write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Failed(f"{path}: 書けません（{error.strerror}）") from error


@form.command("build")
def build(out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="書き出す先。")], spec: Spec = None) -> None:
    """白紙の応募様式を作ります。

    例
      mailflow form build 応募様式.xlsx
    """
    from mailflow.forms.build import build_form

    write(out, build_form(forms(spec).forms[-1]))


@form.command("fill")
def fill(
    values: Annotated[Path, typer.Argument(metavar="VALUES.json", help="項目の値（JSON の連想配列）。")],
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="書き出す先。")],
    spec: Spec = None,
) -> None:
    """値を記入した応募様式を作ります。書かない項目と null は空欄です。

    例
      mailflow form fill values.json 記入済み.xlsx
    """
    from mailflow.forms.fill import fill_form

    try:
        given = json.loads(values.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise Failed(f"{values}: ファイルがありません") from error
    except (OSError, ValueError) as error:
        raise Failed(f"{values}: JSON として読めません（{error}）") from error
    if not isinstance(given, dict):
        raise Failed(f"{values}: {{\"項目\": 値, …}} の形で書いてください")
    try:
        write(out, fill_form(forms(spec).forms[-1], given))
    except ValueError as error:
        raise Failed(f"{values}: {error}") from error


@form.command("read")
def read(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.xlsx…", help="応募様式のファイル。")],
    spec: Spec = None,
    as_json: Annotated[bool, typer.Option("--json", help="1つを1行の JSON で出します。")] = False,
) -> None:
    """記入された応募様式を読みます。

    例
      mailflow form read 記入済み.xlsx --json
    """
    from mailflow.forms.document import read_document

    specs = forms(spec).forms
    missing = False
    for name, content in each_file(files):
        if content is None:
            missing = True
            continue
        document = read_document(content, specs, name)
        if as_json:
            print_json(document)
            continue
        table(
            name,
            ("項目", "値", "セル"),
            [(f["label"], f["value"], f["cell"]) for f in document["fields"].values() if f["value"] is not None],
        )
        for problem in document["problems"]:
            print(f"・{problem}")
    raise typer.Exit(WRONG if missing else OK)
