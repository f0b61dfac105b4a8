"""`mailflow config check|schema|show`."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.cli.app import NO, Failed, app, session
from mailflow.cli.output import print_json

config = Family(help="設定を確かめる、見る。")
app.add_typer(config, name="config")


@config.command("check")
def check() -> None:
    """設定の誤りを、ファイル・行・桁とヒントで、まとめて表示します。誤りがあれば終了コード 1。

    例  mailflow config check
        mailflow --config 別の設定 config check
    """
    from mailflow.settings.load import load
    from mailflow.settings.problems import ConfigErrors

    if not session.config_dir.is_dir():
        raise Failed(f"設定のフォルダー {session.config_dir} がありません。")
    try:
        settings = load(session.config_dir, session.environment)
    except ConfigErrors as error:
        print(error)
        raise typer.Exit(NO) from error
    for warning in settings.warnings:
        print(warning)
    print(f"設定に誤りはありません（{settings.hash[:12]}）。")


@config.command("schema")
def schema(
    name: Annotated[str, typer.Argument(metavar="FILE", help="mailflow・rules・form・parties のどれか。")] = "mailflow",
) -> None:
    """エディターで使う JSON Schema を表示します。

    例  mailflow config schema rules > rules.schema.json
    """
    from mailflow.settings.schema import SCHEMAS, json_schema

    if name not in SCHEMAS:
        raise Failed(f"{name} の設計図はありません。{'、'.join(SCHEMAS)} のどれかです。")
    print_json(json_schema(name))


@config.command("show")
def show(as_json: Annotated[bool, typer.Option("--json", help="JSON で出します。")] = False) -> None:
    """いま有効な設定を表示します（パスワードは伏せます）。"""
    from mailflow.settings.show import effective, effective_yaml

    settings = session.settings()
    if as_json:
        print_json(effective(settings, session.environment))
    else:
        print(effective_yaml(settings, session.environment))
