"""`mailflow replay --config NEW`: what another configuration would have made of the mails that were judged."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import OK, Failed, app, say, session
from mailflow.cli.kept import Kept
from mailflow.cli.output import iso, plain_line, print_json, shown_time, table

if TYPE_CHECKING:
    from mailflow.rehearsal.changes import Change, Said
    from mailflow.settings.settings import Settings
    from mailflow.worker.replaying import Replayed

WORDS = {
    "kind": "種類",
    "label": "見出し",
    "rule": "規則",
    "organization": "団体",
    "findings": "指摘",
    "actions": "すること",
    "template": "手紙",
    "letter": "手紙の文",
    "approval": "承認の決まり",
}
NONE = "なし"


@app.command("replay")
def replay(
    new: Annotated[
        Path, typer.Option("--config", help="試す設定のフォルダー（mailflow.yaml のあるところ）。", metavar="NEW")
    ],
    diff: Annotated[bool, typer.Option("--diff", help="手紙の文の違いも表示します。")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="同時に動かす数（既定 CPU の数）。", metavar="N", min=1, max=64)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="変わるメールを、1通を1行の JSON で出します。")] = False,
) -> None:
    """届いているメールを、別の設定で判定し直し、何が変わるかを表示します。何も保存せず、何も送りません。

    判定したときに知られていたこと（案件・版・日時）は、そのときのままで判定します。
    設定を写したフォルダーを直し、いまの設定のまま、この命令で確かめます。

    例
      mailflow replay --config 試し/config
      mailflow --config /srv/mailflow/config replay --config 試し/config --diff
    """
    from mailflow.worker.replaying import replay as judge_again

    settings = loaded(new)
    found = judge_again(open_database(), settings, processes=jobs or os.cpu_count() or 2)
    changed = unreadable = 0
    with kept() as told:
        with progress(found.total) as advance:
            for one in found.answers:
                advance()
                unreadable += one.unreadable is not None
                changed += one.change is not None
                if one.unreadable is not None or one.change is not None:
                    told.add(one.mail_id, one)
        if as_json:
            for one in told:
                print_json(document(one))
        else:
            show(told, diff=diff)
        for one in told:
            if one.unreadable is not None:
                say(f"メール {one.mail_id}：判定し直せません（{one.unreadable}）")
    line = f"{found.total}通を判定し直しました。変わる {changed}通、変わらない {found.total - changed - unreadable}通"
    line += f"、判定し直せない {unreadable}通" if unreadable else ""
    say(line) if as_json else print(line)
    raise typer.Exit(OK)


def loaded(new: Path) -> Settings:
    """The configuration to be tried. The environment's URLs don't matter: nothing is fetched or sent."""
    from mailflow.cli.wrong_use import problems_line
    from mailflow.settings.load import load
    from mailflow.settings.problems import ConfigErrors

    folder = new.parent if new.name == "mailflow.yaml" else new
    if not (folder / "mailflow.yaml").is_file():
        raise Failed(
            f"{folder} に mailflow.yaml がありません。replay のあとの --config には、試す設定のフォルダーを書いてください"
            "（例：mailflow replay --config ためし/config）。"
        )
    try:
        return load(folder, {})
    except ConfigErrors as error:
        raise Failed(problems_line(error), details=str(error)) from error


def open_database() -> Any:
    """The database in use as it stands, also where the configuration in use is just being edited. Nothing is brought to
    another schema: a program that is being tried out must not change the database of the one at work."""
    if not (session.config_dir / "mailflow.yaml").is_file():
        raise Failed(
            f"いま動いている設定が {session.config_dir} にありません。"
            "mailflow --config いまの設定 replay --config 新しい設定 の形で書いてください。"
        )
    return session.store(as_it_is=True)


def kept() -> Kept[Replayed]:
    return Kept()


class progress:  # noqa: N801  (reads as the act it is)
    """A bar on stderr; where that is no terminal, a line at each tenth."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._bar = total, 0, None
        self._task: Any = None
        if sys.stderr.isatty() and total:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            self._bar = Progress(
                BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(file=sys.stderr)
            )

    def __enter__(self) -> Any:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("replay", total=self._total)
        return self._advance

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _advance(self) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.advance(self._task)
        elif self._total >= 100 and self._done * 10 // self._total > (self._done - 1) * 10 // self._total:
            print(f"mailflow: {self._done}/{self._total}", file=sys.stderr, flush=True)


def show(changed: Iterable[Replayed], *, diff: bool) -> None:
    """A table of what would change, what changes how often, and the letters' words on request."""
    rows = []
    counts: Counter[str] = Counter()
    for one in changed:
        if one.change is None:
            continue
        counts.update(one.change.differs)
        rows.append(
            (one.mail_id, shown_time(one.received_at), one.change.now.organization or one.subject, told(one.change))
        )
    if rows:
        table("変わるメール", ("メール", "届いた日時", "団体・件名", "変わること"), rows)
        print("変わること：" + "、".join(f"{WORDS[name]} {count}通" for name, count in counts.most_common()))
    for one in changed if diff else ():
        if one.change is not None and one.change.diff:
            print(f"\n━━ メール {one.mail_id}")
            for line in one.change.diff:
                print(plain_line(line))


def told(change: Change) -> str:
    """「規則 question → extension」, a line each; of findings those that go and those that come."""
    lines = []
    for name in change.differs:
        was, now = getattr(change.was, name, None), getattr(change.now, name, None)
        if name == "letter":
            lines.append(f"手紙の文 {sum(line.startswith(('+', '-')) for line in change.diff) - 2}行（--diff）")
        elif isinstance(was, tuple) and isinstance(now, tuple):
            gone = [one for one in was if one not in now]
            come = [one for one in now if one not in was]
            lines.append(f"{WORDS[name]} " + "、".join([*(f"−{one}" for one in gone), *(f"＋{one}" for one in come)]))
        elif name == "approval":
            lines.append(WORDS[name])
        else:
            lines.append(f"{WORDS[name]} {was or NONE} → {now or NONE}")
    if change.edited:
        lines.append("（手紙は人が直しています）")
    return "\n".join(lines)


def document(one: Replayed) -> dict[str, Any]:
    change = one.change
    return {
        "mail": one.mail_id,
        "message_id": one.message_id,
        "subject": one.subject,
        "received_at": iso(one.received_at),
        "error": one.unreadable,
        "differs": list(change.differs) if change else [],
        "was": said_document(change.was) if change else None,
        "now": said_document(change.now) if change else None,
        "edited": change.edited if change else False,
        "diff": list(change.diff) if change else [],
    }


def said_document(one: Said) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "label": one.label,
        "rule": one.rule,
        "organization": one.organization,
        "findings": list(one.findings),
        "actions": list(one.actions),
        "template": one.template,
    }
