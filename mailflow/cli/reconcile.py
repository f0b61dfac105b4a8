"""`mailflow reconcile`: whether mailbox, database and Sent agree; `mailflow audit seal|verify`: whether the record was touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.acting import operator
from mailflow.cli.app import NO, OK, app, session
from mailflow.cli.output import iso, plain_line, print_json, shown_time, table
from mailflow.cli.people import audit

if TYPE_CHECKING:
    from mailflow.desk.reconciliation import Statement
    from mailflow.store.seal import Verified

Json = Annotated[bool, typer.Option("--json", help="1行の JSON で出します。")]


@app.command("reconcile")
def reconcile_command(as_json: Json = False) -> None:
    """メールボックスとデータベースと送信済みを突き合わせます。合わなければ終了コード 1。

    読むフォルダーの1通ずつについて、判定済み・処理できない・取り込めない・運用開始前・判定待ちのどれか1つに
    なっているか、送った手紙の写しが送信済みにあるか、なくなった行や余分な行がないかを確かめます。何も変えません。
    worker は同じことを毎日と締切のあとに行い、結果は mailflow status に出ます。

    例
      mailflow reconcile
      mailflow reconcile --json
    """
    found = statement()
    if as_json:
        print_json(document(found))
    else:
        show(found)
    raise typer.Exit(OK if found.balanced else NO)


def statement() -> Statement:
    """Made now, and remembered for `status`."""
    from mailflow.desk.reconciliation import keep, reconcile
    from mailflow.mailbox.errors import MailboxError
    from mailflow.mailbox.imap import Imap
    from mailflow.settings.env import imap_connection

    settings, store, clock = session.settings(), session.store(), session.clock()
    at = imap_connection(settings, session.environment)
    try:
        with Imap(at, ca_file=at.ca_file) as imap:
            found = reconcile(store, imap, settings, clock)
    except MailboxError as error:
        found = reconcile(store, None, settings, clock, reason=error.reason)
    keep(store, found, actor=operator(), why="command")
    return found


def document(found: Statement) -> dict[str, Any]:
    return {
        "balanced": found.balanced,
        "at": iso(found.at),
        "folders": [
            {"folder": one.folder, "uidvalidity": one.uidvalidity, "uids": one.uids, **one.counts}
            for one in found.folders
        ],
        "waiting": [{"folder": one.folder, "uid": one.uid, "age_s": round(one.age_s, 3)} for one in found.waiting],
        "sent": found.sent,
        "filed": found.filed,
        "states": found.states,
        "problems": [{"kind": one.kind, "what": one.what} for one in found.problems],
    }


WORDS = {
    "verdict": "判定済み",
    "failed": "処理できない",
    "unfetchable": "取り込めない",
    "before_start": "運用開始前",
    "waiting": "判定待ち",
    "missing": "記録がない",
}


def show(found: Statement) -> None:
    print("合っています。" if found.balanced else f"合わないところが{len(found.problems)}つあります。")
    for one in found.problems:
        print(f"  ✗ {plain_line(one.what)}")
    table(
        f"突き合わせ（{shown_time(found.at)}）",
        ("フォルダー", "通数", *WORDS.values()),
        [(one.folder, one.uids, *(one.counts.get(sort, 0) for sort in WORDS)) for one in found.folders],
        empty="フォルダーを読めませんでした。",
    )
    print(f"送った手紙 {found.sent}通、うち送信済みに写しがあるもの {found.filed}通。")
    for waiting in found.waiting[:10]:
        print(f"  判定待ち：{plain_line(waiting.folder)} の UID {waiting.uid}（{waiting.age_s:.0f}秒）")


@audit.command("seal")
def seal(as_json: Json = False) -> None:
    """まだ封をしていない記録に封をし、最後の番号とハッシュを表示します（worker は1分ごとに自分で行います）。

    表示された「番号:ハッシュ」を別のところに控えておくと、あとで audit verify --head で確かめられます。

    例
      mailflow audit seal
    """
    head = session.store().seal()
    if as_json:
        print_json({"seq": head.seq, "hash": head.hash, "head": str(head)})
    else:
        print(str(head))


@audit.command("verify")
def verify(
    head: Annotated[
        str | None, typer.Option("--head", help="控えておいた「番号:ハッシュ」。", metavar="SEQ:HASH")
    ] = None,
    as_json: Json = False,
) -> None:
    """記録が、書きかえ・削除・並べかえをされていないか確かめます。されていれば終了コード 1。

    記録の終わりを切り取られたことは、控え（日報・締切一覧・バックアップの目録にある番号とハッシュ）を
    --head で渡したときだけ分かります。

    例
      mailflow audit verify
      mailflow audit verify --head 1204:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    """
    from mailflow.store.seal import Head

    found = session.store().verify_audit(Head.of(head) if head is not None else None)
    if as_json:
        print_json(verified_document(found))
    else:
        show_verified(found)
    raise typer.Exit(NO if found.problems else OK)


def verified_document(found: Verified) -> dict[str, Any]:
    return {
        "ok": not found.problems,
        "head": str(found.head),
        "rows": found.rows,
        "unsealed": found.unsealed,
        "tail_checked": found.against is not None,
        "problems": list(found.problems),
    }


def show_verified(found: Verified) -> None:
    print("記録は、封をしたときのままです。" if not found.problems else "記録が変えられています。")
    for problem in found.problems:
        print(f"  ✗ {plain_line(problem)}")
    print(f"記録 {found.rows}件、封をしたもの {found.head.seq}件、まだのもの {found.unsealed}件。最後は {found.head}")
    if found.against is None:
        print("終わりを切り取られていないかは、控えを --head で渡すと確かめられます。")
