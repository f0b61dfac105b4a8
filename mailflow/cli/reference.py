"""docs/cli.md: the help of every command, in Markdown. `python -m mailflow.cli.reference > docs/cli.md`."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from mailflow.cli.commands import command_line
from mailflow.cli.help import Group

HEAD = """# コマンド一覧

<!-- `python -m mailflow.cli.reference > docs/cli.md` が、各コマンドの --help から作ります。手で直さないでください。 -->
"""


def reference() -> str:
    """The whole page."""
    return f"{HEAD}\n" + "\n".join(f"## {title}\n\n```\n{text}\n```\n" for title, text in pages())


def pages() -> Iterator[tuple[str, str]]:
    whole = command_line()
    yield from _pages(whole, typer.Context(whole, info_name="mailflow"))


def _pages(group: Group, context: typer.Context) -> Iterator[tuple[str, str]]:
    yield context.command_path, group.get_help(context)
    for name, command in group.commands.items():
        inner = typer.Context(command, info_name=name, parent=context)
        if isinstance(command, Group):
            yield from _pages(command, inner)
        else:
            yield inner.command_path, command.get_help(inner)


if __name__ == "__main__":
    print(reference(), end="")
