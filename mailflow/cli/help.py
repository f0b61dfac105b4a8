"""How commands explain themselves: help in Japanese, its lines as written, wrong use in one line (DESIGN §9).

`Family` is a Typer whose commands and groups do so. The text of a command is its function's docstring: a first line,
what is worth knowing, examples that stand one a line (never rewrapped). Nothing here knows what any command does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from enum import Enum
from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from mailflow.settings.problems import width


class Command(TyperCommand):
    """One command."""

    def get_help(self, ctx: Any) -> str:
        arguments = [one for one in self.params if isinstance(one, TyperArgument) and not one.hidden]
        usage = [usage_name(one) for one in arguments]
        if any(isinstance(one, TyperOption) for one in self.params):
            usage.insert(0, "[オプション]")
        return _page(
            f"使い方：{ctx.command_path} {' '.join(usage)}".rstrip(),
            self.help,
            ("引数", [(shown_name(one), one.help) for one in arguments]),
            ("オプション", _options(self.params)),
        )


class Group(TyperGroup):
    """Commands that belong together; also the whole command line."""

    def get_help(self, ctx: Any) -> str:
        options = "[オプション] " if any(isinstance(one, TyperOption) for one in self.params) else ""
        commands = [(name, _first_line(one.help)) for name, one in self.commands.items() if not one.hidden]
        return _page(
            f"使い方：{ctx.command_path} {options}命令 …",
            self.help,
            ("オプション（命令の前に書きます）" if ctx.parent is None else "オプション", _options(self.params)),
            ("命令", commands),
        )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            raise NoSuchCommand(name, ctx.command_path, near(name, self.commands))
        return super().resolve_command(ctx, args)


class NoSuchCommand(Exception):
    """The word isn't a command of `path`; `possible` are those that look like it."""

    def __init__(self, name: str, path: str, possible: Sequence[str]) -> None:
        super().__init__(name)
        self.name, self.path, self.possible = name, path, tuple(possible)


class Family(typer.Typer):
    """A Typer whose commands are `Command`s and whose own group is a `Group`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            cls=Group, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **options
        )

    def command(self, name: str | None = None, **options: Any) -> Callable[[Any], Any]:
        options.setdefault("cls", Command)
        return super().command(name, **options)


def near(word: str, words: Iterable[str]) -> list[str]:
    """Those that look like the word, best first: it begins so, or a letter or two differ."""
    words = list(words)
    begins = [one for one in words if len(word) >= 3 and one.startswith(word)]
    return list(dict.fromkeys([*begins, *get_close_matches(word, words)]))[:3]


def shown_name(one: Any) -> str:
    """`FILE.eml…`, `--as USER`, `-h, --help`: as it is typed."""
    if isinstance(one, TyperArgument):
        return str(one.metavar or (one.name or "").upper())
    names = ", ".join([*one.opts, *one.secondary_opts])
    if getattr(one, "is_flag", False) or getattr(one, "count", False):
        return names
    return f"{names} {one.metavar or (one.name or '').upper()}"


def usage_name(one: TyperArgument) -> str:
    return shown_name(one) if one.required else f"[{shown_name(one)}]"


def choices(one: Any) -> list[str]:
    """The words that a parameter takes, where it takes only some."""
    kind = getattr(getattr(one, "type_descriptor", None), "annotation", None)
    return [str(each.value) for each in kind] if inspect.isclass(kind) and issubclass(kind, Enum) else []


def _options(params: Iterable[Any]) -> list[tuple[str, str | None]]:
    shown = [(shown_name(one), one.help) for one in params if isinstance(one, TyperOption) and not one.hidden]
    return [*shown, ("-h, --help", "この説明を表示します。")]


def _first_line(text: str | None) -> str | None:
    return inspect.cleandoc(text or "").partition("\n")[0]


def _page(usage: str, text: str | None, *sections: tuple[str, list[tuple[str, str | None]]]) -> str:
    parts = [usage, inspect.cleandoc(text or "")]
    for title, rows in sections:
        if not rows:
            continue
        column = min(max(width(name) for name, _ in rows), 30) + 2
        lines = [f"{title}："]
        for name, said in rows:
            pad = " " * (column - width(name))
            lines.append(f"  {name}{pad}{said or ''}" if pad else f"  {name}\n  {' ' * column}{said or ''}")
        parts.append("\n".join(line.rstrip() for line in lines))
    return "\n\n".join(part for part in parts if part)
