"""The `mailflow` command: global options, exit codes, errors in one line (DESIGN §9).

Exit 0 fine; 1 the answer is "no"; 2 wrong use, a missing file, a broken configuration. stdout carries the answer, stderr
everything else. Never a traceback: what nobody foresaw is one line too; MAILFLOW_DEBUG=1 shows where it came from.
"""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from mailflow import __version__

if TYPE_CHECKING:
    from mailflow.settings.settings import Settings

OK, NO, WRONG = 0, 1, 2

# Typer carries its own copy of click; these are the public names' bases.
UsageError = typer.BadParameter.__mro__[1]
CliError = UsageError.__mro__[1]


class Failed(Exception):
    """The command can't be done: `reason` (a line, or the lines of a list of problems), exit code `code`."""

    def __init__(self, reason: str, code: int = WRONG) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


@dataclass
class Session:
    """What the global options said, and what is opened by it when first needed."""

    config_option: Path | None = None
    database_option: str | None = None
    stderr: Console = field(default_factory=lambda: Console(stderr=True))
    stdout: Console = field(default_factory=Console)
    _settings: Settings | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment, with the global options on top."""
        env = dict(os.environ)
        if self.database_option:
            env["MAILFLOW_DATABASE"] = self.database_option
        return env

    @property
    def config_dir(self) -> Path:
        return self.config_option or Path(os.environ.get("MAILFLOW_CONFIG") or "config")

    def settings(self) -> Settings:
        """The configuration in force. A broken one is exit 2 with every problem."""
        if self._settings is None:
            from mailflow.settings.load import load
            from mailflow.settings.problems import ConfigErrors

            if not self.config_dir.is_dir():
                raise Failed(f"設定のフォルダー {self.config_dir} がありません。--config で指すか、mailflow init で作ってください。")
            try:
                self._settings = load(self.config_dir, self.environment)
            except ConfigErrors as error:
                raise Failed(f"設定に誤りがあります。\n{error}") from error
        return self._settings


session = Session()

app = typer.Typer(
    name="mailflow",
    help="メールで動く事務局の受付。はじめての方は mailflow demo、設定のひな形は mailflow init。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    config: Annotated[Path | None, typer.Option("--config", help="mailflow.yaml のあるフォルダー（既定 ./config）。")] = None,
    database: Annotated[str | None, typer.Option("--database", help="データベースの URL（YAML より優先）。")] = None,
) -> None:
    """Options that stand before the command."""
    session.config_option = config
    session.database_option = database
    session._settings = None


@app.command("version")
def version() -> None:
    """版を表示します。"""
    print(__version__)


def main() -> None:
    """The entry point. Ends the process with the exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The whole command line; returns the exit code. Nothing escapes but KeyboardInterrupt's exit 130."""
    import mailflow.cli.commands  # noqa: F401 - registers the commands on `app`

    command = typer.main.get_command(app)
    try:
        code = command.main(args=arguments, prog_name="mailflow", standalone_mode=False)
    except Failed as error:
        say(error.reason)
        return error.code
    except UsageError as error:  # type: ignore[misc]
        say(in_japanese(error))
        return WRONG
    except CliError as error:  # type: ignore[misc]
        say(str(error))
        return WRONG
    except typer.Exit as error:
        return error.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (| head): nothing more to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:  # noqa: BLE001 - the last line of defence of a tool for people
        if os.environ.get("MAILFLOW_DEBUG"):
            traceback.print_exc()
        say(f"思わぬ誤りで止まりました（{type(error).__name__}: {' '.join(str(error).split())[:300]}）。MAILFLOW_DEBUG=1 を付けると詳しく出ます。")
        return WRONG
    return code if isinstance(code, int) else OK


def say(line: str) -> None:
    """For people, on stderr."""
    print(f"mailflow: {line}", file=sys.stderr)


def in_japanese(error: BaseException) -> str:
    """Wrong use in one line."""
    name = type(error).__name__
    option = getattr(error, "option_name", None)
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mailflow"
    near = getattr(error, "possibilities", None) or ()
    hint = f" {'、'.join(near)} ではありませんか。" if near else ""
    if name == "NoSuchOption":
        line = f"{option} というオプションはありません。{hint}"
    elif name == "NoSuchCommand" or "No such command" in str(error):
        line = f"そのような命令はありません（{error}）。"
    elif name == "MissingParameter":
        param = getattr(error, "param", None)
        line = f"{param.human_readable_name if param is not None else '引数'} を書いてください。"
    elif name == "BadParameter":
        param = getattr(error, "param", None)
        line = f"{param.human_readable_name if param is not None else '値'} が読めません：{getattr(error, 'message', error)}"
    elif name == "BadOptionUsage":
        line = f"{option} には値が要ります。"
    else:
        line = getattr(error, "message", str(error))
    return f"{' '.join(line.split())} 使い方は {path} --help"
