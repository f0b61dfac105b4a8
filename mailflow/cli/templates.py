"""`mailflow templates preview`: every letter with sample values, for whoever agrees to the wording."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.cli import documents
from mailflow.cli.app import NO, OK, Failed, app, say, session
from mailflow.cli.help import Family, near
from mailflow.cli.output import print_json, shown_addresses

templates = Family(help="手紙のひな形を確かめる。")
app.add_typer(templates, name="templates")


@templates.callback()
def bare() -> None:
    """手紙のひな形を確かめる。"""


@templates.command("preview")
def preview(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME…", help="手紙の名前（receipt など）。")] = None,
    everything: Annotated[bool, typer.Option("--all", help="すべての手紙。")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="1通を1行の JSON で出します。")] = False,
) -> None:
    """手紙を、見本の値を入れて表示します。実在しない団体の見本です。何も送りません。

    例
      mailflow templates preview receipt
      mailflow templates preview --all > 総務省に見せる文面.txt
    """
    from mailflow.replies.compose import compose
    from mailflow.replies.render import LetterError
    from mailflow.replies.sample import near_close_letters, sample_view
    from mailflow.settings.templates import letters

    settings = session.settings()
    there = letters(settings.templates)
    if everything == bool(names):
        raise Failed(f"手紙の名前か --all の、どちらか一方を書いてください。あるのは {'、'.join(there)} です。")
    for name in names or ():
        if name not in there:
            like = near(name, there)
            hint = f"{' か '.join(like)} ではありませんか。" if like else f"あるのは {'、'.join(there)} です。"
            raise Failed(f"{name} という手紙はありません。{hint}")
    code, first = OK, True
    for name in names or there:
        for near_close in (False, True) if name in near_close_letters(settings) else (False,):
            try:
                draft = compose(sample_view(name, settings, near_close=near_close), settings)
            except LetterError as error:
                say(str(error))
                code = NO
                continue
            if as_json:
                print_json({**documents.draft(draft), "near_close": near_close})
                continue
            if not first:
                print()
            first = False
            print(f"━━ {name}{'（締切間際）' if near_close else ''}")
            print(f"宛先：{shown_addresses(draft.to)}")
            print(f"写し：{shown_addresses(draft.cc)}")
            documents.letter(draft.subject, draft.text)
    raise typer.Exit(code)
