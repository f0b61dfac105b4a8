"""`mailflow templates preview`: every letter with sample values, for whoever agrees to the wording."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.cli import documents
from mailflow.cli.app import NO, OK, Failed, app, say, session
from mailflow.cli.help import Family, near
from mailflow.cli.output import print_json, shown_addresses

if TYPE_CHECKING:
    from mailflow.model import Draft
    from mailflow.settings.settings import Settings

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
    from mailflow.model import ANSWERING
    from mailflow.replies.sample import near_close_letters
    from mailflow.settings.templates import letters
    from mailflow.worker.apart import each
    from mailflow.worker.sandbox import Spoiled

    settings = session.settings()
    there = letters(settings.templates)
    if everything == bool(names):
        raise Failed(f"手紙の名前か --all の、どちらか一方を書いてください。あるのは {'、'.join(there)} です。")
    for name in names or ():
        if name not in there:
            like = near(name, there)
            hint = f"{' か '.join(like)} ではありませんか。" if like else f"あるのは {'、'.join(there)} です。"
            raise Failed(f"{name} という手紙はありません。{hint}")
    near_too = near_close_letters(settings)
    wanted = [
        (name, soon, True) for name in names or there for soon in ((False, True) if name in near_too else (False,))
    ]
    wanted += [(name, False, False) for name in names or there if name == ANSWERING]
    limits, code, first = settings.file.limits, OK, True
    letters_ = each(
        [partial(composed, name, settings, near_close=soon, answers=answers) for name, soon, answers in wanted],
        time_limit=limits.read_time,
        memory=limits.memory,
        what="手紙の作成",
    )
    for (name, near_close, answers), draft in zip(wanted, letters_, strict=True):
        if isinstance(draft, str | Spoiled):
            say(f"templates/{name}.j2: {draft.reason}" if isinstance(draft, Spoiled) else draft)
            code = NO
            continue
        if as_json:
            print_json({**documents.draft(draft), "near_close": near_close})
            continue
        if not first:
            print()
        first = False
        print(f"━━ {name}{'（締切間際）' if near_close else '' if answers else '（よくある質問に答えがないとき）'}")
        print(f"宛先：{shown_addresses(draft.to)}")
        print(f"写し：{shown_addresses(draft.cc)}")
        documents.letter(draft.subject, draft.text)
    raise typer.Exit(code)


def composed(name: str, settings: Settings, *, near_close: bool, answers: bool) -> Draft | str:
    """A letter with sample values, or why it can't be made. Called in a process that can be killed: a template may loop."""
    from mailflow.replies.render import LetterError
    from mailflow.replies.sample import sample_letter

    try:
        return sample_letter(name, settings, near_close=near_close, answers=answers)
    except LetterError as error:
        return str(error)
