"""`mailflow closing` and `mailflow tasks`: the list of what had arrived at the close, and what was left to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import iso, plain_line, print_json, shown_time, table

if TYPE_CHECKING:
    from mailflow.store.closings import Closing, Task

closing = Family(
    help="""締切のときに何が届いていたかの一覧（締切一覧）を表示し、確かめた行に署名します。

    worker が、締切から close_wait（10分）待って最後の1通まで取り込み、突き合わせてから作ります。
    内容が変わると新しい版が加わり、前の版は消えません。

    例
      mailflow closing
      mailflow closing show R8-1
      mailflow closing sign R8-1 quarantine --as 鈴木
    """,
    invoke_without_command=True,
)
tasks = Family(
    help="""人が決めることになっている仕事（締切のときにそろっていなかった応募など）を一覧します。

    例
      mailflow tasks
      mailflow tasks done 3 --how 総務省の了解を得て、27日まで待つことにした
    """,
    invoke_without_command=True,
)
app.add_typer(closing, name="closing")
app.add_typer(tasks, name="tasks")

Json = Annotated[bool, typer.Option("--json", help="1件を1行の JSON で出します。")]
RoundId = Annotated[str, typer.Argument(metavar="ROUND", help="公募回の略号（例 R8-1）。")]


@closing.callback()
def bare(context: typer.Context, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        listing(as_json=as_json)


@closing.command("list")
def listing(as_json: Json = False) -> None:
    """締切一覧のすべての版を表示します（mailflow closing と同じ）。

    例
      mailflow closing list --json
    """
    found = session.store().closings()
    if as_json:
        for one in found:
            print_json(line(one))
        return
    table(
        None,
        ("公募回", "版", "作った日時", "理由", "署名", "ハッシュ"),
        [
            (
                one.round_id,
                one.revision,
                shown_time(one.made_at),
                one.because,
                f"{len(one.signatures)}/{len(json.loads(one.content)['lines'])}",
                one.sha256[:16],
            )
            for one in found
        ],
        empty="締切一覧はまだありません。",
    )


def line(one: Closing) -> dict[str, Any]:
    return {
        "round": one.round_id,
        "revision": one.revision,
        "made_at": iso(one.made_at),
        "because": one.because,
        "sha256": one.sha256,
        "signatures": [
            {"line": s.line, "by": s.by, "at": iso(s.at), "remark": s.remark} for s in one.signatures
        ],
    }  # fmt: skip


@closing.command("show")
def show(
    round_id: RoundId,
    revision: Annotated[int | None, typer.Option("--revision", help="版（既定 いちばん新しいもの）。", min=1)] = None,
    as_json: Json = False,
) -> None:
    """1つの版を表示します。

    例
      mailflow closing show R8-1
      mailflow closing show R8-1 --revision 1 --json
    """
    found = session.store().closing(round_id, revision)
    if found is None:
        raise Failed(f"公募回 {round_id} の締切一覧{f'の第{revision}版' if revision else ''}はありません。")
    content = json.loads(found.content)
    if as_json:
        print_json({**line(found), "content": content})
        return
    print(f"{content['name']} 締切一覧 第{found.revision}版（{found.because}、{shown_time(found.made_at)}）")
    for one in content.get("extensions", ()):
        print(f"地域の締切：{plain_line('、'.join(one['areas']))} {one['until']}")
    counts = content["counts"]
    table(None, ("項目", "数"), [(WORDS[key], counts[key]) for key in WORDS if key in counts])
    for title, key in (("締切までの最後のメール", "last_in_time"), ("締切後の最初のメール", "first_late")):
        one = content[key]
        what = f"{one['received_at']} {one['organization'] or '団体不明'}（メール {one['mail']}）" if one else "なし"
        print(f"{title}：{plain_line(what)}")
    table(
        "応募",
        ("受付番号", "団体", "状態", "版", "届いた日時", "ファイル"),
        [
            (a["number"], a["organization"], a["state"], a["version"], a["received_at"], a["filename"])
            for a in content["applications"]
        ],
        empty="応募はありません。",
    )
    balance = content["reconciliation"]
    print("突き合わせ：合っています" if balance["balanced"] else "突き合わせ：合っていません")
    for problem in balance["problems"]:
        print(f"  ✗ {plain_line(problem)}")
    signed = {one.line: one for one in found.signatures}
    table(
        "確かめる人の署名",
        ("行", "内容", "署名", "日時", "メモ"),
        [
            (
                one["key"],
                one["text"],
                signed[one["key"]].by if one["key"] in signed else "（まだ）",
                shown_time(signed[one["key"]].at) if one["key"] in signed else "",
                signed[one["key"]].remark if one["key"] in signed else "",
            )
            for one in content["lines"]
        ],
    )
    print(f"この版のハッシュ {found.sha256}")
    print(f"操作の記録の最後 {content['audit_head']}")


WORDS = {
    "applications": "応募",
    "complete": "そろった応募",
    "incomplete": "そろっていない応募",
    "late": "締切後の応募",
    "ineligible": "対象外",
    "withdrawn": "辞退",
    "mails_in_time": "締切までの応募のメール",
    "mails_late": "締切後の応募のメール",
    "failed": "処理できないメール",
    "unfetchable": "取り込めないメール",
    "unjudged": "判定待ちのメール",
}


@closing.command("make")
def make(
    round_id: RoundId,
    because: Annotated[str, typer.Option("--because", help="新しい版を作る理由。", metavar="TEXT")],
    user: As = None,
) -> None:
    """いま突き合わせて、新しい版を作ります。前の版と同じ内容なら作りません。

    例
      mailflow closing make R8-1 --because 検疫から1通が解放された
    """
    from mailflow.cli.reconcile import statement
    from mailflow.desk.closing import close
    from mailflow.desk.refusal import may
    from mailflow.store.people import Role

    settings, store = session.settings(), session.store()
    round_ = next((one for one in settings.rounds if one.id == round_id), None)
    if round_ is None:
        raise Failed(
            f"{round_id} という公募回はありません。あるのは {'、'.join(one.id for one in settings.rounds)} です。"
        )
    if session.clock().now() <= round_.closes:
        raise Failed(f"{round_.name}はまだ締め切っていません。締切一覧は締切のあとに作ります。")
    actor = acting_user(user)
    refused = may(store, actor, Role.STAFF)
    if refused is not None:
        done(refused)
    made = close(store, settings, round_, statement(), session.clock(), because=because, actor=actor)
    print("前の版と同じ内容なので、作りませんでした。" if made is None else f"第{made.revision}版を作りました。")


@closing.command("sign")
def sign_line(
    round_id: RoundId,
    key: Annotated[str, typer.Argument(metavar="LINE", help="行（closing show の左の列。例 quarantine）。")],
    remark: Annotated[str | None, typer.Option("--remark", help="書き添えること。", metavar="TEXT")] = None,
    user: As = None,
) -> None:
    """いちばん新しい版の1つの行に、確かめた人として署名します。

    例
      mailflow closing sign R8-1 quarantine --as 鈴木 --remark 17:05に確認
    """
    from mailflow.desk.closing import sign

    actor = acting_user(user)
    done(sign(session.store(), round_id, key, user=actor, at=session.clock().now(), remark=remark))
    print(f"{round_id}\t{key}\t{actor} が署名しました")


@tasks.callback()
def bare_tasks(context: typer.Context, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        task_list(as_json=as_json)


@tasks.command("list")
def task_list(
    as_json: Json = False,
    every: Annotated[bool, typer.Option("--all", help="済んだものも表示します。")] = False,
) -> None:
    """人が決める仕事を一覧します（mailflow tasks と同じ）。

    例
      mailflow tasks list --all
    """
    found = session.store().tasks(open_only=not every)
    if as_json:
        for one in found:
            print_json(task_document(one))
        return
    table(
        None,
        ("番号", "受付番号", "団体", "内容", "できた日時", "済"),
        [
            (
                one.id,
                one.number,
                one.organization,
                one.text,
                shown_time(one.at),
                f"{one.done_by}：{one.done_how}" if one.done_by else "",
            )
            for one in found
        ],
        empty="仕事はありません。",
    )


def task_document(one: Task) -> dict[str, Any]:
    return {
        "id": one.id,
        "case": one.case_id,
        "number": one.number,
        "organization": one.organization,
        "kind": one.kind,
        "text": one.text,
        "at": iso(one.at),
        "done_by": one.done_by,
        "done_at": iso(one.done_at),
        "done_how": one.done_how,
    }


@tasks.command("done")
def task_done(
    task_id: Annotated[int, typer.Argument(metavar="ID", help="仕事の番号。")],
    how: Annotated[str, typer.Option("--how", help="どうしたか。", metavar="TEXT")],
    user: As = None,
) -> None:
    """仕事を済みにします。

    例
      mailflow tasks done 3 --how 電話で確かめ、辞退とのこと
    """
    from mailflow.desk.closing import finish_task
    from mailflow.numbering import is_row

    if not is_row(task_id):
        raise Failed(f"番号 {task_id} の仕事はありません。")
    done(finish_task(session.store(), task_id, user=acting_user(user), how=how, at=session.clock().now()))
    print(f"{task_id}\t済みにしました")
