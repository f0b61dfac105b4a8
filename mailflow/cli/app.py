"""The `mailflow` command: global options, exit codes, errors in one line (DESIGN §9).

Exit 0 fine; 1 the answer is "no"; 2 wrong use, a missing file, a broken configuration; 130 interrupted. stdout carries
the answer, stderr everything else. Never a traceback: what nobody foresaw is one line too; MAILFLOW_DEBUG=1 shows where
it came from.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow import __version__
from mailflow.cli.help import Family
from mailflow.cli.wrong_use import explain, is_wrong_use, problems_line, wrong_use

if TYPE_CHECKING:
    from mailflow.clock import Clock
    from mailflow.settings.settings import Settings
    from mailflow.store import Store

OK, NO, WRONG, INTERRUPTED = 0, 1, 2, 130


class Failed(Exception):
    """The command can't be done: `reason` (one line), exit code `code`. `details`: all that is wrong, many lines."""

    def __init__(self, reason: str, code: int = WRONG, *, details: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.details = details


@dataclass
class Session:
    """What the global options said, and what is opened by it when first needed."""

    config_option: Path | None = None
    database_option: str | None = None
    _settings: Settings | None = None
    _store: Store | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment, with the global options on top."""
        env = dict(os.environ)
        if self.database_option:
            env["MAILFLOW_DATABASE"] = self.database_option
        if self.config_option:
            env["MAILFLOW_CONFIG"] = str(self.config_option)
        return env

    @property
    def config_dir(self) -> Path:
        from mailflow.settings.env import config_dir

        folder = config_dir(self.environment)
        return folder.parent if folder.name == "mailflow.yaml" and folder.is_file() else folder

    def settings(self) -> Settings:
        """The configuration in force. Failed, with every problem, where it is broken."""
        if self._settings is None:
            from mailflow.settings.load import load
            from mailflow.settings.problems import ConfigErrors

            self.need_config_dir()
            try:
                self._settings = load(self.config_dir, self.environment)
            except ConfigErrors as error:
                raise Failed(problems_line(error), details=str(error)) from error
        return self._settings

    def need_config_dir(self) -> None:
        if not (self.config_dir / "mailflow.yaml").is_file():
            raise Failed(
                f"{self.config_dir} に mailflow.yaml がありません。"
                "--config で設定のフォルダーを指すか、mailflow init で作ってください。"
            )

    def store(self, *, as_it_is: bool = False, made: bool = False) -> Store:
        """The database of the configuration. A broken one doesn't stand in the way: who wants to stop the sending, take a
        letter back or see the lists can't wait until the YAML is mended. Failed where even its place isn't known.
        `as_it_is`, `made`: see `open_store`."""
        if self._store is None:
            from mailflow.settings.env import database_url

            try:
                url = database_url(self.settings().file, self.environment)
            except Failed as broken:
                url = self._database_beside(broken)
            self.open_store(url, as_it_is=as_it_is, made=made)
        assert self._store is not None  # noqa: S101  (for the type checker)
        return self._store

    def _database_beside(self, broken: Failed) -> str:
        """Where the database is while the configuration can't be loaded: the environment, else what mailflow.yaml still says."""
        from mailflow.settings.models import Database
        from mailflow.settings.yaml_reader import read_yaml

        named = self.environment.get("MAILFLOW_DATABASE", "").strip()
        if named:
            return named
        try:
            value = read_yaml("mailflow.yaml", (self.config_dir / "mailflow.yaml").read_bytes()).value
            url = Database.model_validate((value.get("database") if isinstance(value, dict) else None) or {}).url
        except (OSError, ValueError):
            raise broken from None
        path = sqlite_path(url)
        if path is None:
            return url
        path = self.config_dir.absolute().parent / path
        if not path.exists():  # none is made where a broken file may name the wrong place
            raise broken
        return f"sqlite:///{path}"

    def undo_window(self) -> timedelta:
        """`approval.undo`; as shipped while the configuration is broken."""
        from mailflow.desk.approval import UNDO

        try:
            return self.settings().file.approval.undo
        except Failed as broken:
            say(broken.reason)
            return UNDO

    def open_store(self, url: str, *, as_it_is: bool = False, made: bool = False) -> None:
        """Open the database, which creates it or brings it up to date. A new SQLite file is told on stderr. `made`: it must
        be there, so that an answer isn't of an empty one at a wrong place; `as_it_is`: and of this schema, nothing is
        upgraded."""
        from mailflow.store import open_store

        path = sqlite_path(url)
        fresh = path is not None and not path.exists()
        if (as_it_is or made) and fresh:
            raise Failed(
                f"データベース {path} がありません。場所は mailflow.yaml の database です。mailflow mails か worker を一度動かすと作られます。"
            )
        self._store = open_store(url, as_it_is=as_it_is)
        if fresh:
            say(f"データベース {path} を新しく作りました。")

    def clock(self, *, made: bool = False) -> Clock:
        """The clock of the database. `made`: see `open_store`."""
        from mailflow.settings.env import business_now

        return self.store(made=made).clock(business_now(self.environment))

    def begin(self, config: Path | None, database: str | None) -> None:
        self.end()
        self.config_option, self.database_option, self._settings = config, database, None

    def end(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL; None for any other."""
    head, _, rest = url.partition(":///")
    return Path(rest.partition("?")[0]) if head.startswith("sqlite") and rest else None


session = Session()

app = Family(
    name="mailflow",
    help="""メールで動く事務局の受付です。応募のメールを受け取り、確かめ、返信の案を作り、承認されたものを送ります。

    はじめての方  mailflow demo
    設定を始める  mailflow init フォルダー
    動かす        mailflow run

    例
      mailflow try sample.eml --at 2026-03-19T10:00
      mailflow --config /srv/mailflow/config drafts list

    終了コード  0 できた・1 答えが「いいえ」・2 使い方や設定の誤り""",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"mailflow {__version__}")
        raise typer.Exit(OK)


@app.callback()
def options(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", help="mailflow.yaml のあるフォルダー（既定 MAILFLOW_CONFIG か ./config）。", metavar="DIR"
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", help="データベースの URL（既定 MAILFLOW_DATABASE か YAML）。", metavar="URL"),
    ] = None,
    _version_wanted: Annotated[
        bool, typer.Option("--version", help="版を表示します。", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Options that stand before the command."""
    session.begin(config, database)


def main() -> None:
    """The entry point. Ends the process with the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # UTF-8 under any locale; a name that isn't UTF-8 is shown with its bytes escaped.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    gc.set_threshold(20_000)  # what a command imports stays: looking for garbage among it is a tenth of its time
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The whole command line; returns the exit code and raises nothing."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has gone (| head): nothing more to say, not at the end of the process either.
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        return OK
    finally:
        session.end()
    return code


def _run(arguments: list[str]) -> int:
    from mailflow.cli.commands import command_line

    whole = command_line()
    if not arguments:
        print(whole.get_help(typer.Context(whole, info_name="mailflow")))
        say("命令を書いてください。使い方は mailflow --help")
        return WRONG
    try:
        code = whole.main(args=arguments, prog_name="mailflow", standalone_mode=False)
    except Failed as error:
        say(error.reason)
        return error.code
    except KeyboardInterrupt:
        return INTERRUPTED
    except typer.Abort:
        return INTERRUPTED
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # Typer ends the process by itself then
            raise ended.__context__ from None
        raise
    except BrokenPipeError:
        raise
    except Exception as error:
        return told(error)
    return code if isinstance(code, int) else OK


def told(error: Exception, about: str | None = None) -> int:
    """An exception that reached the top (or ended the work on one file): one line on stderr, and the exit code."""
    if is_wrong_use(error):
        say(wrong_use(error))
        return WRONG
    if os.environ.get("MAILFLOW_DEBUG"):
        traceback.print_exc()
    reason = explain(error)
    if reason is None:
        what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        reason = f"思わぬ誤りで止まりました（{what}）。MAILFLOW_DEBUG=1 を付けると詳しく出ます。"
    say(f"{about}: {reason}" if about else reason)
    return WRONG


def say(line: str) -> None:
    """For people, on stderr."""
    sys.stdout.flush()
    print(f"mailflow: {line}", file=sys.stderr, flush=True)
