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
    help="""電話連絡票です。届かなかった手紙を、団体・担当者・電話番号とともに一覧します。

    戻ってきたという知らせはだれにでも書けるので、手紙の状態（送信済み）は変えません。だれがそう言っているかを添えて表示
    し、済んだら calls done で記録します。渡すときに断られた手紙は、outbox settle でどうするかを決めると消えます。

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
        ("済んだら", "受付番号", "団体", "担当", "電話", "手紙", "送信", "わけ", "済"),
        [
            (
                f"calls done {one.bounce.id}" if one.bounce else f"outbox settle {one.outgoing_id}",
                one.number,
                one.organization,
                one.contact,
                one.phone,
                one.subject,
                shown_time(one.sent_at),
                shown_bounce(one.bounce) if one.bounce else f"【断られました】{one.recipient}：{one.why}",
                f"{one.bounce.settled_by}：{one.bounce.settled_how}" if one.bounce and one.bounce.settled_by else "",
            )
            for one in found
        ],
        empty="電話する先はありません。",
    )


def document(one: Call) -> dict[str, Any]:
    """A refused letter has the keys of a returned one: `action` refused, and no mail that says so."""
    said = bounce_document(one.bounce) if one.bounce else {
        "id": None, "mail": None, "recipient": one.recipient, "action": "refused", "status": None, "why": one.why,
        "said_by": None, "matched_by": None, "at": None, "settled_by": None, "settled_how": None,
    }  # fmt: skip
    return {
        **said,
        "outgoing": one.outgoing_id,
        "case": one.case_id,
        "subject": one.subject,
        "sent_at": iso(one.sent_at),
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
