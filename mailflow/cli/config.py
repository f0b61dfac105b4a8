"""`mailflow config check|schema|show`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from mailflow.cli.app import NO, Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import print_json

config = Family(help="設定を確かめる、見る。")
app.add_typer(config, name="config")


class File(str, Enum):  # noqa: UP042  (the words stand in the help)
    """A YAML file by its name without `.yaml`."""

    MAILFLOW = "mailflow"
    RULES = "rules"
    FORM = "form"
    PARTIES = "parties"


@config.command("check")
def check() -> None:
    """設定の誤りを、ファイル・行・桁とヒントで、まとめて表示します。誤りがあれば終了コード 1。

    例
      mailflow config check
      mailflow --config 別の設定 config check
    """
    from mailflow.settings.env import environment_problems
    from mailflow.settings.load import check as find

    if not session.config_dir.is_dir():
        raise Failed(f"設定のフォルダー {session.config_dir} がありません。--config で指してください。")
    settings, found = find(session.config_dir, session.environment)
    problems = [*found, *(environment_problems(settings, session.environment) if settings else ())]
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
        File, typer.Argument(metavar="FILE", help="mailflow・rules・form・parties のどれか。")
    ] = File.MAILFLOW,
) -> None:
    """エディターで使う JSON Schema を表示します。

    例
      mailflow config schema rules > rules.schema.json
    """
    from mailflow.settings.schema import json_schema

    print_json(json_schema(name.value))


@config.command("show")
def show(as_json: Annotated[bool, typer.Option("--json", help="JSON で出します。")] = False) -> None:
    """いま有効な設定を、書いていない項目の値も含めて表示します（パスワードは伏せます）。

    例
      mailflow config show
      mailflow config show --json
    """
    from mailflow.settings.show import effective, effective_yaml

    settings = session.settings()
    if as_json:
        print_json(effective(settings, session.environment))
    else:
        print(effective_yaml(settings, session.environment), end="")
