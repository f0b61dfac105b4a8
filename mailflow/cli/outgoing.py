"""`mailflow outbox`: letters that were approved, and what became of them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.drafts import STATES
from mailflow.cli.help import Family
from mailflow.cli.output import address_document, iso, print_json, shown_addresses, shown_time, table
from mailflow.words import RETURNED

if TYPE_CHECKING:
    from mailflow.store.bounces import Bounce
    from mailflow.store.outbox_lines import OutgoingLine

outbox = Family(
    help="""承認された手紙が、いまどうなっているかを一覧します。

    例
      mailflow outbox
      mailflow outbox --state uncertain
      mailflow outbox settle 4 --sent
    """,
    invoke_without_command=True,
)
app.add_typer(outbox, name="outbox")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]


class State(str, Enum):  # noqa: UP042  (the words stand in the help)
    """What an outgoing letter's state may be."""

    APPROVED = "approved"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"


StateOption = Annotated[
    State | None,
    typer.Option("--state", help="この状態のものだけ（sent・retry・failed・uncertain など）。", metavar="STATE"),
]


@outbox.callback()
def bare(context: typer.Context, as_json: Json = False, state: StateOption = None) -> None:
    if context.invoked_subcommand is None:
        listing(as_json=as_json, state=state)


@outbox.command("list")
def listing(as_json: Json = False, state: StateOption = None) -> None:
    """承認された手紙を一覧します（mailflow outbox と同じ）。

    例
      mailflow outbox list --json
    """
    from mailflow.store.moves import OutgoingState

    found = session.store().outbox(states=[OutgoingState(state.value)] if state else None)
    returned: dict[int, list[Bounce]] = {}
    for back in session.store().bounces():
        returned.setdefault(back.outgoing_id, []).append(back)
    if as_json:
        for one in found:
            print_json(document(one) | {"returned": [bounce_document(back) for back in returned.get(one.id, ())]})
        return
    table(
        None,
        ("番号", "状態", "宛先", "件名", "回数", "送信", "送信済みに保存", "サーバーの返事"),
        [
            (
                one.id,
                STATES[one.state.value],
                shown_addresses(one.to),
                one.subject,
                one.attempts,
                shown_time(one.sent_at),
                shown_time(one.filed_at),
                "\n".join([one.answer or "", *(shown_bounce(back) for back in returned.get(one.id, ()))]).strip(),
            )
            for one in found
        ],
        empty="承認された手紙はありません。",
        spare=("送信済みに保存", "回数", "サーバーの返事", "宛先"),
    )


def document(one: OutgoingLine) -> dict[str, Any]:
    return {
        "id": one.id,
        "message_id": one.message_id,
        "state": one.state.value,
        "to": [address_document(address) for address in one.to],
        "attempts": one.attempts,
        "cc": [address_document(address) for address in one.cc],
        "subject": one.subject,
        "draft": one.draft_id,
        "case": one.case_id,
        "answer": one.answer,
        "approved_at": iso(one.approved_at),
        "undo_until": iso(one.undo_until),
        "not_before": iso(one.not_before),
        "valid_until": iso(one.valid_until),
        "next_at": iso(one.next_at),
        "sent_at": iso(one.sent_at),
        "filed_at": iso(one.filed_at),
    }


def bounce_document(one: Bounce) -> dict[str, Any]:
    return {
        "id": one.id,
        "mail": one.mail_id,
        "recipient": one.recipient,
        "action": one.action,
        "status": one.status,
        "why": one.why,
        "said_by": one.said_by,
        "matched_by": one.matched_by,
        "at": iso(one.at),
        "settled_by": one.settled_by,
        "settled_how": one.settled_how,
    }


def shown_bounce(one: Bounce) -> str:
    """Who says so stands with it: anybody can write such a mail."""
    what = RETURNED.get(one.action, one.action)
    sure = "" if one.sure else "。宛先と時刻からの推測"
    return f"【{what}】{one.recipient}：{one.why}（{one.said_by or '差出人不明'} による{sure}）"


@outbox.command("settle")
def settle(  # noqa: PLR0917  (each is an option of the command line)
    outgoing_id: Annotated[int, typer.Argument(metavar="ID", help="手紙の番号（mailflow outbox にあります）。")],
    sent: Annotated[
        bool, typer.Option("--sent", help="届いていました。送信済みとします（uncertain のとき）。")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="同じ手紙を、もう一度送ります。")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="送りません。")] = False,
    to: Annotated[
        str | None,
        typer.Option("--to", help="別のアドレスへの新しい手紙にします（failed のとき）。", metavar="ADDRESS"),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="新しい宛先のお名前。", metavar="NAME")] = None,
    how: Annotated[
        str, typer.Option("--how", help="failed のとき：どう伝えたか、新しい宛先をどこから聞いたか。", metavar="TEXT")
    ] = "",
    user: As = None,
) -> None:
    """送れたかどうか分からない手紙（uncertain）と、断られた手紙（failed）を、どうするか決めます。

    uncertain は、送信済みフォルダーや相手への電話で確かめてから、--sent・--again・--drop のどれかを選びます。
    failed は、断られたわけ（outbox の「サーバーの返事」）を直してからなら --again。宛先の誤りなら --to（新しい手紙になり、
    もう一度承認が要ります）。電話などで伝えたら --drop。--to と --drop には --how が要り、案件のメモに残ります。

    例
      mailflow outbox --state uncertain
      mailflow outbox settle 4 --sent
      mailflow outbox settle 7 --to kikaku@town.kawara.example --name 山口様 --how 代表電話で聞いた
      mailflow outbox settle 8 --drop --how 山口様に電話で伝えた
    """
    from mailflow.numbering import is_row

    if sent + again + drop + (to is not None) != 1:
        raise Failed(
            "--sent・--again・--drop・--to のどれか1つを書いてください。使い方は mailflow outbox settle --help"
        )
    line = session.store().outgoing(outgoing_id) if is_row(outgoing_id) else None
    if line is None:
        raise Failed(f"番号 {outgoing_id} の手紙はありません。")
    choice = "sent" if sent else "again" if again else "drop" if drop else "to"
    actor, now = acting_user(user), session.clock().now()
    if line.state.value == State.FAILED.value:
        _settle_refused(outgoing_id, choice, to=to, name=name, how=how, actor=actor, now=now)
    elif choice == "to":
        raise Failed("--to は、断られた手紙（failed）に使います。")
    else:
        _settle_uncertain(outgoing_id, choice, actor=actor, now=now)


def _settle_uncertain(outgoing_id: int, choice: str, *, actor: str, now: datetime) -> None:
    from mailflow.desk import resolve_uncertain

    choices: dict[str, tuple[Literal["sent", "again", "drop"], str]] = {
        "sent": ("sent", "送信済みとしました"),
        "again": ("again", "もう一度送ります"),
        "drop": ("drop", "送らないことにしました"),
    }
    chosen, said = choices[choice]
    done(resolve_uncertain(session.store(), outgoing_id, chosen, user=actor, now=now))
    print(f"{outgoing_id}\t{said}")


def _settle_refused(
    outgoing_id: int, choice: str, *, to: str | None, name: str | None, how: str, actor: str, now: datetime
) -> None:
    from mailflow.desk import drop_refused, readdress_refused, send_refused_again

    store = session.store()
    if choice == "again":
        done(send_refused_again(store, outgoing_id, user=actor))
        print(f"{outgoing_id}\tもう一度送ります")
    elif choice == "drop":
        done(drop_refused(store, outgoing_id, how=how, user=actor, now=now))
        print(f"{outgoing_id}\t送らないことにしました")
    elif to is not None:
        made = done(readdress_refused(store, outgoing_id, address=to, name=name, why=how, user=actor, now=now))
        print(f"{outgoing_id}\t新しい手紙にしました。承認は mailflow drafts show {made.draft_id} から")
    else:
        raise Failed("サーバーに断られた手紙です。--again・--drop・--to のどれかを書いてください。")
