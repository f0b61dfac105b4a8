"""Everything that can end a command, as an exit code and one line in Japanese (DESIGN §9).

`explain` is told an exception and says what a person can do about it. What nobody foresaw is one line too. Modules that
a command didn't load can't have raised: they aren't imported here, so that `read` stays quick.
"""

from __future__ import annotations

import re
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from mailflow.cli.help import NoSuchCommand, choices, shown_name

GLOBAL_OPTIONS = {"--config": "DIR", "--database": "URL", "--version": ""}
LONGEST = 400  # characters of a reason that came from elsewhere


def is_wrong_use(error: BaseException) -> bool:
    """Whether the command line itself was wrong. Typer keeps these classes to itself: told by what they carry."""
    return isinstance(error, NoSuchCommand) or (hasattr(error, "format_message") and hasattr(error, "exit_code"))


def wrong_use(error: Any) -> str:
    """Wrong use in one line."""
    if isinstance(error, NoSuchCommand):
        possible = get_close_matches(error.name, error.possible, cutoff=0.7)
        return _one_line(f"{error.name} という命令はありません。{_maybe(possible)}{_see(error.path)}")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "mailflow"
    return _one_line(f"{_said(error, path)}{_see(path)}")


def _said(error: Any, path: str) -> str:
    name = type(error).__name__
    option = str(getattr(error, "option_name", ""))
    param = getattr(error, "param", None)
    message = str(getattr(error, "message", "") or error)
    if name == "NoArgsIsHelpError" or message == "Missing command.":
        return "命令を書いてください。"
    if name == "NoSuchOption":
        if option in GLOBAL_OPTIONS:
            return f"{option} は命令の前に書きます（mailflow {f'{option} {GLOBAL_OPTIONS[option]}'.strip()} 命令 …）。"
        if path == "mailflow" and option not in GLOBAL_OPTIONS:
            return f"{option} というオプションは、命令の前にはありません（あるのは {'、'.join(GLOBAL_OPTIONS)}）。"
        possible = get_close_matches(option, getattr(error, "possibilities", None) or (), cutoff=0.7)
        return f"{option} というオプションはありません。{_maybe(possible)}"
    if name == "MissingParameter":
        return f"{shown_name(param) if param is not None else '引数'} を書いてください{_example(error)}。"
    if name == "BadParameter" and param is not None:
        return f"{shown_name(param)}：{_wanted(param, message)}"
    if name == "BadOptionUsage":
        return (
            f"{option} には値を書けません。"
            if "does not take" in message
            else f"{option} には値が要ります{_value_of(option)}。"
        )
    if message.startswith("Got unexpected extra argument"):
        return f"余分な引数があります：{message.partition('(')[2].partition('(')[2].removesuffix(')').strip() or message}。"
    return message


def _value_of(option: str) -> str:
    wanted = GLOBAL_OPTIONS.get(option)
    also = "。試す設定なら mailflow replay --config DIR" if option == "--config" else ""
    return f"（mailflow {option} {wanted} 命令 …{also}）" if wanted else ""


def _example(error: Any) -> str:
    """The first line of the command's own examples: what to type."""
    context = getattr(error, "ctx", None)
    told = str(getattr(getattr(context, "command", None), "help", None) or "")
    line = next(
        (one.strip() for one in told.partition("例\n")[2].splitlines() if one.strip().startswith("mailflow")), ""
    )
    command = re.split(r"\s{2,}|　", line)[0]  # what it does may stand beside it
    return f"（例：{command}）" if command else ""


def _wanted(param: Any, message: str) -> str:
    words = choices(param)
    if words:
        return f"{'、'.join(words)} のどれかを書いてください。"
    kind = getattr(param.type_descriptor, "annotation", None)
    if kind is int or "integer" in message:
        low, high = getattr(param, "min", None), getattr(param, "max", None)
        limits = (
            f"（{'' if low is None else low}から{'' if high is None else f'{high}まで'}）" if low is not None else ""
        )
        return f"整数を書いてください{limits}。"
    return "値が読めません。" if message.isascii() else message


def _maybe(words: Any) -> str:
    return f"{' か '.join(words)} ではありませんか。" if words else ""


def _see(path: str) -> str:
    return f"使い方は {path} --help"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def explain(error: BaseException) -> str | None:
    """The reason of what a part of mailflow raises on purpose, in Japanese; None for what nobody foresaw."""
    if found := _ours(error):
        return found
    if isinstance(error, OSError):
        return file_trouble(error)
    if _is(error, "sqlalchemy.exc", "DBAPIError"):
        return _database_trouble(str(getattr(error, "orig", "") or error))
    return None


def _ours(error: BaseException) -> str | None:
    if _is(error, "mailflow.settings.problems", "ConfigErrors"):
        return problems_line(error)
    if _is(error, "mailflow.replies.render", "LetterError") or _is(error, "mailflow.store.errors", "StoreError"):
        return str(error)
    if _is(error, "mailflow.mailbox.errors", "MailboxError") or _is(error, "mailflow.desk.errors", "DeskError"):
        return str(getattr(error, "reason", error))
    return None


def problems_line(error: Any) -> str:
    """A broken configuration in one line: how many problems, the first of them, where the others are told."""
    problems = [one for one in error.problems if one.severity == "error"] or list(error.problems)
    first = problems[0]
    more = f"（ほかに{len(problems) - 1}か所）" if len(problems) > 1 else ""
    return _one_line(f"設定に誤りがあります：{first.place}: {first.message}{more}。詳しくは mailflow config check")


def _is(error: BaseException, module: str, name: str) -> bool:
    loaded = sys.modules.get(module)
    kind = getattr(loaded, name, None)
    return isinstance(kind, type) and isinstance(error, kind)


def _database_trouble(said: str) -> str:
    lowered = said.lower()
    if "locked" in lowered or "busy" in lowered:
        return "データベースが使用中です。ほかの mailflow の処理が終わってから、もう一度お試しください。"
    if "readonly" in lowered or "read-only" in lowered:
        return "データベースに書き込めません。ファイルとフォルダーの権限を確かめてください。"
    if "full" in lowered or "no space" in lowered:
        return "ディスクがいっぱいで、データベースに書けません。空きを作ってから、もう一度お試しください。"
    if "not a database" in lowered or "malformed" in lowered:
        return "データベースのファイルが壊れているか、データベースではありません。バックアップから戻してください。"
    return f"データベースの誤りです（{_one_line(said)[:LONGEST]}）。"


WORDS = {
    "ENOENT": "ファイルがありません",
    "EACCES": "権限がありません",
    "EPERM": "権限がありません",
    "EISDIR": "フォルダーです（ファイルを指してください）",
    "ENOTDIR": "途中がフォルダーではありません",
    "ENOSPC": "ディスクがいっぱいです",
    "EROFS": "書き込めない場所です",
    "EEXIST": "すでにあります",
    "ENAMETOOLONG": "名前が長すぎます",
    "EMFILE": "開いているファイルが多すぎます",
    "EADDRINUSE": "このポートは使われています",
    "ECONNREFUSED": "接続を断られました",
}


def reason(error: OSError) -> str:
    """Why a file or a connection failed, in Japanese."""
    import errno

    return WORDS.get(errno.errorcode.get(error.errno or 0, ""), error.strerror or type(error).__name__)


def file_trouble(error: OSError) -> str:
    place = error.filename
    return f"{Path(place) if isinstance(place, str) else place}: {reason(error)}" if place else reason(error)
