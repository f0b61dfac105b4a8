"""`mailflow calls`: the call sheet (電話連絡票)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.outgoing import bounce_document, shown_bounce
from mailflow.cli.output import iso, print_json, shown_time, table

if TYPE_CHECKING:
    from mailflow.desk.calls import Call

calls = Family(
    help="""電話連絡票です。届かなかったという知らせのある手紙を、団体・担当者・電話番号とともに一覧します。

    知らせはだれにでも書けるので、手紙の状態（送信済み）は変えません。だれがそう言っているかを添えて表示します。

    例
      mailflow calls
      mailflow calls done 2 --how 山口様に電話。新しいアドレスを聞いた
    """,
    invoke_without_command=True,
)
app.add_typer(calls, name="calls")
Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]


@calls.callback()
def bare(context: typer.Context, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        listing(as_json=as_json)


@calls.command("list")
def listing(
    as_json: Json = False, every: Annotated[bool, typer.Option("--all", help="済んだものも表示します。")] = False
) -> None:
    """電話する先を一覧します（mailflow calls と同じ）。

    例
      mailflow calls list --all
    """
    from mailflow.desk.calls import call_sheet

    found = call_sheet(session.store(), every=every)
    if as_json:
        for one in found:
            print_json(document(one))
        return
    table(
        None,
        ("番号", "受付番号", "団体", "担当", "電話", "手紙", "送信", "知らせ", "済"),
        [
            (
                one.bounce.id,
                one.number,
                one.organization,
                one.contact,
                one.phone,
                one.bounce.subject,
                shown_time(one.bounce.sent_at),
                shown_bounce(one.bounce),
                f"{one.bounce.settled_by}：{one.bounce.settled_how}" if one.bounce.settled_by else "",
            )
            for one in found
        ],
        empty="電話する先はありません。",
    )


def document(one: Call) -> dict[str, Any]:
    return {
        **bounce_document(one.bounce),
        "outgoing": one.bounce.outgoing_id,
        "case": one.bounce.case_id,
        "subject": one.bounce.subject,
        "sent_at": iso(one.bounce.sent_at),
        "number": one.number,
        "organization": one.organization,
        "contact": one.contact,
        "phone": one.phone,
    }


@calls.command("done")
def finish(
    bounce_id: Annotated[int, typer.Argument(metavar="ID", help="番号（mailflow calls にあります）。")],
    how: Annotated[str, typer.Option("--how", help="どうしたか。", metavar="TEXT")],
    user: As = None,
) -> None:
    """連絡が済んだことを記録します。

    例
      mailflow calls done 2 --how 山口様に電話。新しいアドレスを聞いた
    """
    from mailflow.desk.calls import settle_call
    from mailflow.numbering import is_row

    if not is_row(bounce_id):
        raise Failed(f"番号 {bounce_id} の知らせはありません。")
    done(settle_call(session.store(), bounce_id, user=acting_user(user), how=how, at=session.clock().now()))
    print(f"{bounce_id}\t済みにしました")
