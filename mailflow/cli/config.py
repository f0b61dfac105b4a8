"""`mailflow config check|schema|show`."""

from __future__ import annotations

import json
from enum import Enum
from typing import Annotated

import typer

from mailflow.cli.app import NO, Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import plain_line, print_json

config = Family(help="設定を確かめる、見る。")
app.add_typer(config, name="config")


class File(str, Enum):  # noqa: UP042  (the words stand in the help)
    """A YAML file by its name without `.yaml`."""

    MAILFLOW = "mailflow"
    RULES = "rules"
    FORM = "form"
    CONSULTATION = "consultation"
    PARTIES = "parties"
    FAQ = "faq"
    TESTS = "tests"


@config.command("check")
def check() -> None:
    """設定の誤りを、ファイル・行・桁とヒントで、まとめて表示します。誤りがあれば終了コード 1。

    ひな形と config/tests も見ます。

    例
      mailflow config check
      mailflow --config 別の設定 config check
    """
    from mailflow.cli.rule_tests import loaded
    from mailflow.settings.env import environment_problems
    from mailflow.settings.load import check as find
    from mailflow.settings.load import load

    if not session.config_dir.is_dir():
        raise Failed(
            f"設定のフォルダー {session.config_dir} がありません。"
            "mailflow --config フォルダー config check のように指すか、mailflow init フォルダー で作ってください。"
        )
    settings, found = find(session.config_dir, session.environment)
    problems = list(found)
    if settings is not None:  # its files of passwords are looked for where `run` looks for them
        problems += environment_problems(load(session.config_dir, session.environment), session.environment)
    problems += loaded(session.config_dir, settings).problems
    errors = [one for one in problems if one.severity == "error"]
    for one in problems:
        print(one.render(), end="\n\n")
    if errors or settings is None:
        print(f"設定に誤りが {max(len(errors), 1)} か所あります。")
        raise typer.Exit(NO)
    print(f"設定に誤りはありません（{settings.hash[:12]}）。")


@config.command("schema")
def schema(
    name: Annotated[
        File, typer.Argument(metavar="FILE", help="mailflow・rules・form・consultation・parties・faq・tests のどれか。")
    ] = File.MAILFLOW,
) -> None:
    """エディターで使う JSON Schema を表示します。

    例
      mailflow config schema rules > rules.schema.json
    """
    from mailflow.settings.schema import json_schema

    print_json(json_schema(name.value))


@config.command("show")
def show(
    origin: Annotated[
        bool,
        typer.Option(
            "--origin", help="値ごとに、どのファイルの何行目から来たか（または既定値・環境変数）を表示します。"
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON で出します（--origin では、1つの値を1行で）。")] = False,
) -> None:
    """いま有効な設定を、書いていない項目の値も含めて表示します（パスワードは伏せます）。

    例
      mailflow config show
      mailflow config show --json
      mailflow config show --origin
    """
    from mailflow.settings.show import effective, effective_yaml

    settings = session.settings()
    if origin:
        show_origins(as_json=as_json)
    elif as_json:
        print_json(effective(settings, session.environment))
    else:
        print(effective_yaml(settings, session.environment), end="")


def show_origins(*, as_json: bool) -> None:
    """One line a value, file by file."""
    from mailflow.settings.origin import origins

    last = None
    for one in origins(session.settings(), session.environment, str(session.config_dir)):
        if as_json:
            print_json(
                {
                    "file": one.file,
                    "path": one.path,
                    "value": one.value,
                    "source": one.source,
                    "place": one.place,
                    "line": one.line,
                    "column": one.column,
                }
            )
            continue
        if one.file != last:
            print(f"{'' if last is None else chr(10)}# {one.file}")
            last = one.file
        place = {"default": "既定値", "environment": f"環境変数 {one.place}"}.get(one.source, one.place or "")
        print(f"{one.path}: {plain_line(json.dumps(one.value, ensure_ascii=False))}    ← {place}")
