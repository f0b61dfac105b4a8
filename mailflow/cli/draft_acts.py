"""`mailflow drafts anew|approve|reject|undo|consent`: what a person decides on a letter (DESIGN §5)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mailflow.cli.acting import As, acting_user, done
from mailflow.cli.app import NO, OK, Failed, say, session
from mailflow.cli.drafts import Ids, One, drafts, found_draft, found_drafts
from mailflow.cli.output import shown_addresses, shown_time

LEFT_OUT = {
    "review": "先に人が見るもの",
    "consent": "総務省の了解がまだのもの",
    "stale": "状況が変わって止まっているもの",
    "expired": "期限が過ぎたもの",
    "own-case": "ほかの案件のことが書かれているもの",
    "unwritten": "回答がまだ書かれていないもの",
    "hidden": "隠したメールへの手紙で、まだ開いて見ていないもの（drafts show --hidden）",
    "twice": "同じ人がすでに承認したもの",
}


@drafts.command("anew")
def anew(
    ids: Ids = None,
    everything: Annotated[
        bool, typer.Option("--all", help="「設定が変わりました」と出ている、作り直せる案を全部。")
    ] = False,
    user: As = None,
) -> None:
    """承認を待つ返信の案を、いまの設定（文面・締切・規則）で作り直します。

    元のメールをもう一度判定し、新しい案が入れ替わります。人が書き直した案、承認された案には何もしません。

    例
      mailflow drafts anew 3 4
      mailflow drafts anew --all
    """
    from mailflow.desk.refusal import Refused
    from mailflow.desk.renewing import compose_anew, noticed

    if everything == bool(ids):
        raise Failed("作り直す案の番号か --all の、どちらか一方を書いてください。使い方は mailflow drafts anew --help")
    store = session.store()
    wanted = noticed(store) if everything else [one.line.id for one in found_drafts(ids or ())]
    result = compose_anew(store, wanted, user=acting_user(user), now=session.clock().now())
    if isinstance(result, Refused):
        raise Failed(result.reason)
    for draft_id in result.drafts:
        print(f"{draft_id}\t作り直します（元のメールを、もう一度判定します）")
    for draft_id, why in result.left_out.items():
        say(f"{draft_id}\t作り直せません：{why}")
    if not wanted:
        say("作り直す案はありません。")
    raise typer.Exit(NO if result.left_out and not everything else OK)


@drafts.command("approve")
def approve(
    ids: Ids = None,
    everything: Annotated[
        bool, typer.Option("--all", help="まとめて承認してよいものを全部。先に人が見るものなどは除きます。")
    ] = False,
    user: As = None,
    content_hash: Annotated[
        str | None,
        typer.Option("--hash", help="見た内容のハッシュ（drafts show）。違えば承認しません。", metavar="HASH"),
    ] = None,
) -> None:
    """返信の案を承認します。承認したものは、取り消せる時間（approval.undo）のあとで送られます。

    2人の承認が要る手紙は、別の人が --as で2回目の承認をします。

    例
      mailflow drafts approve 3 4
      mailflow drafts approve 3 --hash 5f2c…
      mailflow drafts approve --all
      mailflow drafts approve 7 --as 鈴木
    """
    if everything == bool(ids):
        raise Failed(
            "承認する案の番号か --all の、どちらか一方を書いてください。使い方は mailflow drafts approve --help"
        )
    if content_hash is not None and (everything or len(ids or ()) != 1):
        raise Failed("--hash は、番号を1つだけ書いたときに使えます。")
    undo, clock = session.undo_window(), session.clock()
    actor = acting_user(user)
    if everything:
        approve_all(actor, undo)
        return
    from mailflow.desk import HalfApproved, Refused
    from mailflow.desk import approve as act

    code, approved = OK, False
    for found in found_drafts(ids or ()):
        draft_id = found.line.id
        sha256 = found.line.content_sha256
        if content_hash is not None:
            if len(content_hash) < 8:
                raise Failed("--hash には8文字以上を書いてください。")
            sha256 = sha256 if sha256.startswith(content_hash.lower()) else content_hash
        result = act(
            session.store(),
            draft_id,
            user=actor,
            content_sha256=sha256,
            now=clock.now(),
            sys_now=clock.sys_now(),
            undo=undo,
        )
        if isinstance(result, Refused):
            say(f"{draft_id}: {result.reason}。")
            code = NO
        elif isinstance(result, HalfApproved):
            print(f"{draft_id}\t1人目の承認をしました。もう1人の承認が要ります")
        else:
            print(f"{draft_id}\t承認しました（{shown_addresses(found.draft.to)}）")
            approved = True
    if approved:
        print(leaving(undo))
    raise typer.Exit(code)


def leaving(undo: Any) -> str:
    """When an approved letter goes, and how to hold it back."""
    return f"{undo.total_seconds():.0f}秒後から、業務時間などの決まりに従って送ります。それまでは mailflow drafts undo 番号 で取り消せます。"


def approve_all(actor: str, undo: Any) -> None:
    from mailflow.desk import approve_all as act

    clock = session.clock()
    result = done(act(session.store(), user=actor, now=clock.now(), sys_now=clock.sys_now(), undo=undo))
    for draft_id in result.approved:
        print(f"{draft_id}\t承認しました")
    for draft_id in result.half:
        print(f"{draft_id}\t1人目の承認をしました。もう1人の承認が要ります")
    if result.approved:
        print(leaving(undo))
    print(f"承認 {len(result.approved)}件" + (f"、1人目の承認 {len(result.half)}件" if result.half else ""))
    left = {cause: count for cause, count in result.left_out.items() if count}
    if left:
        causes = "、".join(f"{LEFT_OUT.get(cause, 'その他')} {count}件" for cause, count in sorted(left.items()))
        print(f"除いたもの {sum(left.values())}件（{causes}）")
    for draft_id, why in result.refused.items():
        if not why.startswith("総務省の了解"):  # said above, and nothing to look at
            say(f"{draft_id}: {why}。")


@drafts.command("reject")
def reject(
    ids: Annotated[list[int], typer.Argument(metavar="ID…", help="返信の案の番号。")],
    reason: Annotated[str, typer.Option("--reason", help="却下のわけ（記録に残ります）。", metavar="TEXT")] = "却下",
    user: As = None,
) -> None:
    """返信の案を却下します。送られません。

    例
      mailflow drafts reject 5 --reason 電話で済みました
    """
    from mailflow.desk import Refused
    from mailflow.desk import reject as act

    actor, code = acting_user(user), OK
    capacities = session.settings().consultation.capacities
    for draft_id in [found.line.id for found in found_drafts(ids)]:
        result = act(
            session.store(), draft_id, capacities=capacities, user=actor, reason=reason, now=session.clock().now()
        )
        if isinstance(result, Refused):
            say(f"{draft_id}: {result.reason}。")
            code = NO
        else:
            print(f"{draft_id}\t却下しました")
    raise typer.Exit(code)


@drafts.command("undo")
def undo(draft_id: One, user: As = None) -> None:
    """承認を取り消します。まだ送り始めていないものだけです。

    例
      mailflow drafts undo 3
    """
    from mailflow.desk import take_back

    found_draft(draft_id)
    done(take_back(session.store(), draft_id, user=acting_user(user)))
    print(f"{draft_id}\t承認を取り消しました")


@drafts.command("consent")
def consent(
    draft_id: One,
    how: Annotated[str, typer.Option("--how", help="どうやって了解を得たか。例 電話", metavar="TEXT")],
    given_by: Annotated[
        str | None,
        typer.Option("--by", help="了解を出した総務省の人（既定 設定の approval.consent_by）。", metavar="NAME"),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="了解を得た日時（既定 いま）。例 2026-03-27T10:00", metavar="TIME")
    ] = None,
    user: As = None,
) -> None:
    """総務省の了解を記録します。いまの内容についての記録で、内容が変われば取り直します。

    例
      mailflow drafts consent 7 --by 地域通信振興課○○様 --how 電話
    """
    from mailflow.cli.times import given_moment
    from mailflow.desk import record_consent

    found = found_draft(draft_id)
    person = given_by or session.settings().file.approval.consent_by
    if not person:
        raise Failed("了解を出した人を --by に書いてください。")
    clock = session.clock()
    given_at = given_moment(at, "--at") if at else clock.now()
    done(
        record_consent(
            session.store(),
            draft_id,
            user=acting_user(user),
            content_sha256=found.line.content_sha256,
            given_by=person,
            given_at=given_at,
            how=how,
            sys_now=clock.sys_now(),
        )
    )
    print(f"{draft_id}\t了解を記録しました（{person}、{shown_time(given_at)}、{how}）")
