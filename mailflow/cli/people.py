"""`mailflow users` and `mailflow audit`: who may do what, and who did what."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import iso, print_json, shown_time, table
from mailflow.words import ENTITIES, Entity

users = Family(
    help="""利用者を一覧します。

    例
      mailflow users
      mailflow users add 鈴木 --role approver
    """,
    invoke_without_command=True,
)
app.add_typer(users, name="users")
audit = Family(
    help="""だれが、いつ、何をしたかを、新しい順に表示します。内容は出ません。

    例
      mailflow audit
      mailflow audit --of draft --json
    """,
    invoke_without_command=True,
)
app.add_typer(audit, name="audit")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]
Of = Annotated[
    Entity | None,
    typer.Option(
        "--of",
        help=f"この種類のものだけ（{'・'.join(f'{one.value} {ENTITIES[one.value]}' for one in Entity)}）。",
        metavar="ENTITY",
    ),
]
Limit = Annotated[
    int, typer.Option("--limit", help="新しいほうから何件まで（既定 200）。", metavar="N", min=1, max=1_000_000)
]


class RoleName(str, Enum):  # noqa: UP042  (the words stand in the help)
    """Each may do all that the ones before it may."""

    VIEWER = "viewer"
    STAFF = "staff"
    APPROVER = "approver"
    ADMIN = "admin"


ROLES = {"viewer": "閲覧", "staff": "担当", "approver": "承認者", "admin": "管理者"}


@users.callback()
def bare(context: typer.Context, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        listing(as_json=as_json)


@users.command("list")
def listing(as_json: Json = False) -> None:
    """利用者を一覧します（mailflow users と同じ）。

    例
      mailflow users list --json
    """
    found = session.store().users()
    if as_json:
        for one in found:
            print_json(
                {
                    "name": one.name,
                    "role": one.role.value,
                    "bureau": one.bureau,
                    "has_password": one.has_password,
                    "disabled": one.disabled,
                    "created_at": iso(one.created_at),
                }
            )
        return
    table(
        None,
        ("名前", "役割", "見る範囲", "パスワード", "加えた日時"),
        [
            (
                one.name,
                ROLES[one.role.value] + ("（停止中）" if one.disabled else ""),
                f"{one.bureau}の管内" if one.bureau else "すべて",
                "設定済み" if one.has_password else "未設定",
                shown_time(one.created_at),
            )
            for one in found
        ],
        empty="利用者はまだいません。mailflow users add で加えてください。",
    )


@users.command("add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="名前（承認の記録に残ります）。")],
    role: Annotated[
        RoleName,
        typer.Option("--role", help="viewer 閲覧・staff 担当・approver 承認者・admin 管理者。", metavar="ROLE"),
    ],
    bureau: Annotated[
        str | None,
        typer.Option("--bureau", help="この総合通信局の管内だけを見せます（viewer だけ）。", metavar="NAME"),
    ] = None,
    as_json: Json = False,
    user: As = None,
) -> None:
    """利用者を加え、パスワードを決めるための一度きりのリンクを表示します。何も聞きません。

    リンクはコンソールのアドレスに続ける形（/welcome/…）で、3日間有効です。あとから表示することはできません。

    例
      mailflow users add 鈴木 --role approver
      mailflow users add 信越太郎 --role viewer --bureau 信越総合通信局
    """
    from mailflow.desk import add_user
    from mailflow.store.people import Role

    area = _bureau(bureau) if bureau is not None else None
    if area is not None and role is not RoleName.VIEWER:
        raise Failed("管内だけを見る人の役割は viewer です（--role viewer）。")
    by, sys_now = acting_user(user) if area is not None else None, session.clock().sys_now()
    added = done(add_user(session.store(), name, Role(role.value), by=by, sys_now=sys_now, bureau=area))
    link = f"/welcome/{added.token}"
    if as_json:
        print_json({"name": added.name, "role": added.role.value, "bureau": area, "link": link})
        return
    print(
        f"{added.name} を{ROLES[added.role.value]}として加えました{f'（{area}の管内だけを見ます）' if area else ''}。"
    )
    print(f"パスワードを決めるリンク（コンソールのアドレスに続けて開きます。一度きり・3日間）：{link}")


@users.command("area")
def area(
    name: Annotated[str, typer.Argument(metavar="NAME", help="利用者の名前（mailflow users にあります）。")],
    bureau: Annotated[
        str | None, typer.Option("--bureau", help="この総合通信局の管内だけを見せます。", metavar="NAME")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="すべての団体を見せます。")] = False,
    user: As = None,
) -> None:
    """閲覧する人の見る範囲を、総合通信局の管内だけにするか、すべてに戻します（管理者）。次に画面を開いたときから変わります。

    例
      mailflow users area 信越太郎 --bureau 信越総合通信局
      mailflow users area 信越太郎 --all
    """
    from mailflow.desk.access import set_area

    if everything == (bureau is not None):
        raise Failed("--bureau か --all の、どちらか一方を書いてください。使い方は mailflow users area --help")
    chosen = _bureau(bureau) if bureau is not None else None
    done(set_area(session.store(), name, chosen, user=acting_user(user)))
    print(f"{name}\t{f'{chosen}の管内だけを見ます' if chosen else 'すべての団体を見ます'}")


def _bureau(name: str) -> str:
    """A bureau by its name. Raises Failed for one that there isn't."""
    known = tuple(dict.fromkeys(one.bureau for one in session.settings().reference.bureaus))
    if name not in known:
        raise Failed(f"「{name}」という総合通信局はありません（{'、'.join(known)}）。")
    return name


@audit.callback()
def trail(context: typer.Context, as_json: Json = False, entity: Of = None, limit: Limit = 200) -> None:
    if context.invoked_subcommand is None:
        entries(as_json=as_json, entity=entity, limit=limit)


@audit.command("list")
def entries(as_json: Json = False, entity: Of = None, limit: Limit = 200) -> None:
    """だれが、いつ、何をしたかを、新しい順に表示します（mailflow audit と同じ）。

    例
      mailflow audit list --limit 20
    """
    found = session.store().audit(entity=entity.value if entity else None, limit=limit)
    if as_json:
        for one in found:
            print_json(
                {
                    "id": one.id,
                    "at": iso(one.at),
                    "actor": one.actor,
                    "act": one.act,
                    "entity": one.entity,
                    "entity_id": one.entity_id,
                    "case": one.case_id,
                    "detail": one.detail,
                }
            )
        return
    from mailflow.console import words
    from mailflow.console.trail import said

    table(
        None,
        ("日時", "だれが", "何を", "対象", "案件", "詳しく"),
        [
            (
                shown_time(one.at),
                words.actor(one.actor),
                words.ACTS.get(one.act, one.act),
                f"{ENTITIES.get(one.entity, one.entity)} {words.SETTINGS.get(one.entity_id, words.short(one.entity_id, 24))}",
                one.case_id,
                "・".join(said(one)),
            )
            for one in found
        ],
        empty="記録はまだありません。",
    )
