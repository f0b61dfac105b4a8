"""`mailflow cases merge|split|moves|undo-move`: two cases that are one, and one that is two (DESIGN §4)."""

from __future__ import annotations

from typing import Annotated

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import session
from mailflow.cli.case_acts import Revision, Why
from mailflow.cli.cases import Json, Key, cases, found_case
from mailflow.cli.output import iso, print_json, shown_time, table

KINDS = {"merge": "まとめた", "split": "分けた"}


@cases.command("merge")
def merge(
    key: Key,
    into: Annotated[str, typer.Argument(metavar="INTO", help="まとめる先の案件。")],
    why: Why,
    revision: Revision = None,
    user: As = None,
) -> None:
    """同じ団体の2つの案件を1つにまとめます（承認者）。メールはどれも残り、承認を待つ手紙は作り直します。

    人が書いた手紙、止まっている手紙、予約や催促の手紙が待っていれば、先に決めてください。戻すときは cases undo-move です。

    例
      mailflow cases merge R8-1-K7Q2MZ4W R8-1-202053 --why "電話で同じ団体と確かめた"
    """
    from mailflow.desk.regroup import merge_cases

    result = done(
        merge_cases(
            session.store(), session.settings(), found_case(key), found_case(into), why=why, user=acting_user(user),
            now=session.clock().now(), revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\t{into} にまとめました（メール {len(result.mails)}通、記録 {result.move}）")


@cases.command("split")
def split(
    key: Key,
    *,
    mail: Annotated[list[int], typer.Option("--mail", help="分けるメールの番号（いくつでも）。", metavar="ID")],
    organization: Annotated[
        str, typer.Option("--organization", help="そのメールの団体（名前か団体コード）。", metavar="NAME")
    ],
    why: Why,
    revision: Revision = None,
    user: As = None,
) -> None:
    """案件のメールの一部を、ほかの団体の案件に分けます（承認者）。その団体の案件がなければ作ります。

    例
      mailflow cases split R8-1-202053 --mail 12 --organization 長野県塩尻市 --why "別の団体の応募だった"
    """
    from mailflow.desk.regroup import split_case

    result = done(
        split_case(
            session.store(), session.settings(), found_case(key), mail, organization=organization, why=why,
            user=acting_user(user), now=session.clock().now(), revision=revision,
        )
    )  # fmt: skip
    print(f"{key}\tメール {len(result.mails)}通を、案件 {result.case_id} に分けました（記録 {result.move}）")


@cases.command("moves")
def moves(key: Key, as_json: Json = False) -> None:
    """この案件をまとめた・分けた記録を一覧します。

    例
      mailflow cases moves R8-1-202053
    """
    from mailflow.store.regrouping import moves_of

    found = moves_of(session.store(), found_case(key))
    if as_json:
        for one in found:
            print_json(
                {
                    "id": one.id, "kind": one.kind, "from": one.from_case, "to": one.to_case, "mails": list(one.mails), "why": one.why,
                    "by": one.by, "at": iso(one.at), "undone_at": iso(one.undone_at), "undone_by": one.undone_by,
                }
            )  # fmt: skip
        return
    table(
        None,
        ("記録", "何を", "もと", "先", "メール", "わけ", "だれが", "いつ", "戻した"),
        [
            (
                one.id, KINDS[one.kind], one.from_case, one.to_case, "、".join(map(str, one.mails)), one.why, one.by, shown_time(one.at),
                shown_time(one.undone_at),
            )
            for one in found
        ],
        empty="まとめたり分けたりしたことはありません。",
    )  # fmt: skip


@cases.command("undo-move")
def undo_move(
    move: Annotated[int, typer.Argument(metavar="MOVE", help="まとめた・分けた記録の番号（cases moves）。")],
    why: Why,
    user: As = None,
) -> None:
    """まとめた・分けたことを取り消し、メールを元の案件に戻します（承認者）。

    例
      mailflow cases undo-move 1 --why "別の団体だった"
    """
    from mailflow.desk.regroup import undo_move as undo

    done(undo(session.store(), move, why=why, user=acting_user(user), now=session.clock().now()))
    print(f"{move}\tメールを元の案件に戻しました")
