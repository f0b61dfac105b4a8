"""`mailflow form build|fill|read`: the application form from its spec."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import OK, WRONG, Failed, app, session
from mailflow.cli.files import MAX_FILE, each_file, write
from mailflow.cli.help import Family
from mailflow.cli.output import print_json, table
from mailflow.cli.wrong_use import problems_line, reason

if TYPE_CHECKING:
    from mailflow.settings.form import FormFile, FormSpec

form = Family(help="応募様式を作る、記入する、読む。")
app.add_typer(form, name="form")

Spec = Annotated[Path | None, typer.Option("--spec", help="様式の定義（既定 いまの form.yaml）。", metavar="SPEC.yaml")]


def forms(spec: Path | None) -> FormFile:
    """The spec named, or the configuration's."""
    if spec is None:
        return session.settings().form
    from mailflow.settings.form import FormFile
    from mailflow.settings.problems import ConfigErrors
    from mailflow.settings.validate import validate
    from mailflow.settings.yaml_reader import read_yaml

    try:
        document = read_yaml(str(spec), spec.read_bytes())
    except OSError as error:
        raise Failed(f"{spec}: {reason(error)}") from error
    found, problems = validate(document, FormFile)
    everything = [*document.problems, *problems]
    if found is None or any(one.severity == "error" for one in everything):
        errors = ConfigErrors(everything)
        raise Failed(f"{spec}：{problems_line(errors)}", details=str(errors))
    return found


def in_force(spec: Path | None) -> FormSpec:
    """The edition valid today, else the last one written."""
    from mailflow.clock import Clock, tokyo
    from mailflow.settings.env import business_now

    found = forms(spec)
    today = tokyo(business_now(session.environment) or Clock().now()).date()
    return (found.specs_at(today) or found.forms[-1:])[0]


@form.command("build")
def build(out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="書き出す先。")], spec: Spec = None) -> None:
    """白紙の応募様式を作ります。

    例
      mailflow form build 応募様式.xlsx
    """
    from mailflow.forms.build import build_form

    write(out, build_form(in_force(spec)))


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

    given = values_of(values)
    try:
        content = fill_form(in_force(spec), given)
    except ValueError as error:
        raise Failed(f"{values}: {error}") from error
    write(out, content)


def values_of(path: Path) -> dict[str, Any]:
    try:
        if path.is_file() and path.stat().st_size > MAX_FILE:
            raise Failed(f"{path}: 大きすぎて読みません")
        given = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise Failed(f"{path}: {reason(error)}") from error
    except (ValueError, RecursionError) as error:
        line = f"（{error.lineno}行 {error.colno}桁）" if isinstance(error, json.JSONDecodeError) else ""
        raise Failed(f"{path}: JSON として読めません{line}") from error
    if not isinstance(given, dict):
        raise Failed(f'{path}: {{"項目": 値, …}} の形で書いてください')
    return given


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
    from mailflow.forms.document import form_document
    from mailflow.forms.package import FormUnreadable
    from mailflow.forms.read import read_form
    from mailflow.model import FormData

    specs = forms(spec).forms
    missing = False
    for name, content in each_file(files):
        if content is None:
            missing = True
            continue
        data: FormData | FormUnreadable | None
        try:
            data = read_form(content, specs, filename=Path(name).name)
        except FormUnreadable as error:
            data = error
        edition = data.edition if isinstance(data, FormData) else None
        document = form_document(data, next((one for one in specs if one.id == edition), None))
        if as_json:
            print_json(document)
            continue
        rows = [
            (one["label"], shown(one["value"]), one["cell"])
            for one in document["fields"].values()
            if one["value"] is not None
        ]
        table(name, ("項目", "値", "セル"), rows, empty=f"{name}: 読み取れた値はありません。")
        for problem in document["problems"]:
            print(f"・{problem}")
    raise typer.Exit(WRONG if missing else OK)


def shown(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)
