"""`mailflow form learn|build|fill|read|annotate`: the application form from its spec, and the spec from a form."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import NO, OK, WRONG, Failed, app, say, session
from mailflow.cli.files import MAX_FILE, each_file, write
from mailflow.cli.help import Family
from mailflow.cli.output import print_json, table
from mailflow.cli.wrong_use import problems_line, reason

if TYPE_CHECKING:
    from mailflow.settings.form import FormFile, FormSpec

form = Family(help="応募様式を作る、記入する、読む、定義を起こす。")
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
    except OSError as error:
        raise Failed(f"{spec}: {reason(error)}") from error
    except ConfigErrors as error:
        raise Failed(f"{spec}：{problems_line(error)}", details=str(error)) from error


def in_force(spec: Path | None) -> FormSpec:
    """The edition valid today, else the last one written."""
    found = forms(spec)
    return (found.specs_at(now().date()) or found.forms[-1:])[0]


def now() -> datetime:
    """Business time, in Tokyo."""
    from mailflow.clock import Clock, tokyo
    from mailflow.settings.env import business_now

    return tokyo(business_now(session.environment) or Clock().now())


@form.command("learn")
def learn(
    blank: Annotated[Path, typer.Argument(metavar="BLANK.xlsx", help="白紙の様式。")],
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="SPEC.yaml", help="書き出す先（既定 標準出力）。")
    ] = None,
) -> None:
    """白紙の様式から、様式の定義（form.yaml）の案を作ります。

    項目名と記入欄、選択肢、文字数の上限、必須の印、単位、記入例を読み取ります。確かでないところには「要確認」と
    書き添えます。いまの設定と同じ意味の項目には、同じ名前（key）を付けます。

    例
      mailflow form learn 応募様式.xlsx -o form.yaml
    """
    from mailflow.forms.learn import NothingAsked, learn_form
    from mailflow.forms.package import FormUnreadable
    from mailflow.settings.load import parse_form
    from mailflow.settings.problems import ConfigErrors

    content = next(content for _, content in each_file([blank]))
    if content is None:
        raise typer.Exit(WRONG)
    try:
        learned = learn_form(content, known_form(), filename=blank.name)
    except (FormUnreadable, NothingAsked) as error:
        raise Failed(f"{blank}: {error}", code=NO) from error
    written = learned.text.encode()
    try:
        parse_form(str(out or blank), written)
    except ConfigErrors as error:
        raise Failed(f"{blank}: 様式の定義を作れませんでした。{problems_line(error)}", code=NO) from error
    if out is None:
        print(learned.text, end="")
    else:
        write(out, written)
        say(f"{out}: 項目 {len(learned.spec.fields)} 個、要確認 {len(learned.doubts)} 件")


def known_form() -> FormSpec:
    """The form of the configuration in force, else of the starter set: whose keys a learned form takes over."""
    if (session.config_dir / "mailflow.yaml").is_file():
        return in_force(None)
    from mailflow.settings.load import load_form
    from mailflow.settings.starter import starter

    return load_form(starter() / "config" / "form.yaml").forms[-1]


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


@form.command("annotate")
def annotate(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="記入された応募様式。")],
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="印を付けた写しを書き出す先。")],
    spec: Spec = None,
) -> None:
    """記入された応募様式の写しに、修正する場所の印を付けます。

    設定にある検査で見つかる点に印を付けます。--spec を指定したときは、空欄と、読み取れない値に付けます。
    元のファイルは変えません。印を付ける点がないとき、印を付けると失われるもの（画像など）があるときは、
    何も書き出さず、終了コードは 1 です。

    例
      mailflow form annotate 【朝日県川原町】1次公募応募様式.xlsx 修正箇所.xlsx
    """
    from mailflow.forms.annotate import annotate as mark
    from mailflow.forms.document import NOT_A_FORM, plain_findings
    from mailflow.forms.package import FormUnreadable
    from mailflow.forms.read import read_form

    content = next(content for _, content in each_file([file]))
    if content is None:
        raise typer.Exit(WRONG)
    specs = forms(spec).forms
    try:
        data = read_form(content, specs, filename=file.name)
    except FormUnreadable as error:
        raise Failed(f"{file}: {error}", code=NO) from error
    if data is None:
        raise Failed(f"{file}: {NOT_A_FORM}", code=NO)
    if spec is None:
        from mailflow.pipeline import form_findings

        findings = form_findings(content, file.name, session.settings(), now())
    else:
        findings = plain_findings(next(one for one in specs if one.id == data.edition), data)
    copy = mark(content, data, findings)
    if copy.content is None:
        raise Failed(f"{file}: {copy.reason}", code=NO)
    write(out, copy.content)


def shown(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)
