"""`mailflow backup`, `restore`, `purge`, `sending`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from mailflow.cli.acting import As, acting_user, done, operator
from mailflow.cli.app import NO, OK, Failed, app, session
from mailflow.cli.help import Family
from mailflow.cli.output import iso, plain_line, print_json, shown_time, table

Json = Annotated[bool, typer.Option("--json", help="1行の JSON で出します。")]


@app.command("backup")
def backup_command(
    out: Annotated[
        Path, typer.Argument(metavar="FILE", help="書き出す先（まだないファイル。フォルダーなら日時の名前で）。")
    ],
    as_json: Json = False,
) -> None:
    """データベースのバックアップを1つのファイルに作ります。worker が動いたままで構いません。

    メールも手紙も記録も、すべて入ります。目録（行の数、ハッシュ、操作の記録の最後）も中にあります。
    設定のファイルとパスワードは入りません。PostgreSQL では pg_dump を使います。

    例
      mailflow backup /backup/
      mailflow backup 今日の分.mailflow
    """
    from mailflow.clock import sys_now, tokyo
    from mailflow.desk.backup import backup

    now = sys_now()
    to = out / f"mailflow-{tokyo(now):%Y%m%d-%H%M%S}.backup" if out.is_dir() else out
    if not to.parent.is_dir():
        raise Failed(f"{to.parent} というフォルダーはありません。")
    made = backup(session.store(), to, sys_now=now, actor=operator())
    if as_json:
        print_json({"file": str(to), **asdict(made)})
        return
    print(
        f"{to} に書きました（{made.size / 1_000_000:.1f}MB、メール {made.counts['mail']}通、手紙 {made.counts['outgoing']}通）。"
    )
    print(f"操作の記録の最後 {made.audit_head}")


@app.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="mailflow backup が作ったファイル。")],
    to: Annotated[str, typer.Option("--to", help="戻す先のデータベースの URL（まだ何もないところ）。", metavar="URL")],
    as_json: Json = False,
) -> None:
    """バックアップを新しい場所に戻し、目録のとおりか確かめます。違えば終了コード 1。

    いまのデータベースには触れません。戻したものは送信を止めてあります：バックアップのあとに出た手紙を知らないためです。
    送信済みとの突き合わせ（reconcile）を済ませてから、送信の停止を解いてください（sending on）。

    例
      mailflow restore mailflow-20260319-180000.backup --to sqlite:////srv/mailflow/戻した.db
    """
    from mailflow.desk.backup import restore

    if not file.is_file():
        raise Failed(f"{file} というファイルはありません。")
    good = True
    for proof in restore(file, to):
        good = good and proof.wrong is None
        if as_json:
            print_json({"what": proof.what, "ok": proof.wrong is None, "wrong": proof.wrong})
        else:
            print(
                f"{'✓' if proof.wrong is None else '✗'} {proof.what}{f'：{plain_line(proof.wrong)}' if proof.wrong else ''}"
            )
    if not as_json:
        print(
            "戻しました。送信は止めてあります（mailflow sending on で始めます）。"
            if good
            else "目録のとおりではありません。使わないでください。"
        )
    raise typer.Exit(OK if good else NO)


class OnOff(str, Enum):  # noqa: UP042  (the words stand in the help)
    """The two positions of a switch."""

    ON = "on"
    OFF = "off"


@app.command("sending")
def sending(
    position: Annotated[
        OnOff | None,
        typer.Argument(metavar="[on|off]", help="on 送る・off 止める。書かなければ、いまの状態を表示します。"),
    ] = None,
    user: As = None,
) -> None:
    """手紙を送るかどうかのスイッチです。off にすると、次の1通から外へ出しません（判定と下書きは続けます）。

    mailflow.yaml の sending も true のときだけ送ります。

    例
      mailflow sending
      mailflow sending off --as 鈴木
    """
    from mailflow.desk import set_sending

    if position is not None:
        done(set_sending(session.store(), position is OnOff.ON, user=acting_user(user)))
    switch = session.store().sending_switch
    try:
        yaml = session.settings().file.sending
    except Failed as broken:
        print(f"{'on' if switch else 'off'}\tスイッチ {'on' if switch else 'off'}")
        raise Failed(f"mailflow.yaml の sending は読めません。{broken.reason}", OK) from broken
    print(
        f"{'on' if switch and yaml else 'off'}\tスイッチ {'on' if switch else 'off'}、mailflow.yaml の sending {str(yaml).lower()}"
    )


purge = Family(
    help="""案件の内容（メール・手紙・ファイル・名前やアドレス）を消去します。2人の管理者が要り、元に戻せません。

    1人が purge ask で申し出て、別の1人が purge confirm で行います。何をいつ消したかの証明書が残ります。
    隠したメール（誤送信など）は、1通だけを消去できます（ask --mail）。案件とほかのメールは残り、どんなメールをいつ、なぜ、だれが
    消したかの1行が案件に残ります。受信箱のメールは消えないので、メールソフトで消してください。
    受付番号・団体・日付と、操作の記録（番号とハッシュだけ）は残ります。バックアップの中のものは消えません。

    例
      mailflow purge ask R8-1-202053 --why 保存期間が終わったため --as 鈴木
      mailflow purge confirm 1 --as 田中
      mailflow purge show 1
    """,
    invoke_without_command=True,
)
app.add_typer(purge, name="purge")


@purge.callback()
def bare(context: typer.Context, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        purges(as_json=as_json)


@purge.command("list")
def purges(as_json: Json = False) -> None:
    """申し出と、済んだ消去を一覧します（mailflow purge と同じ）。

    例
      mailflow purge list --json
    """
    found = session.store().purges()
    if as_json:
        for one in found:
            print_json(
                {
                    "id": one.id, "cases": list(one.cases), "mails": len(one.mails), "hidden_mails": list(one.hidden), "why": one.why, "asked_by": one.asked_by,
                    "asked_at": iso(one.asked_at), "done_by": one.done_by, "done_at": iso(one.done_at),
                    "certificate_sha256": one.sha256,
                }
            )  # fmt: skip
        return
    table(
        None,
        ("番号", "案件", "理由", "申し出", "行った人", "行った日時", "証明書"),
        [
            (
                one.id,
                f"隠したメール {'、'.join(map(str, one.hidden))}"
                if one.hidden
                else f"{len(one.cases)}件" + (f"・メール{len(one.mails)}通" if one.mails else ""),
                one.why,
                one.asked_by,
                one.done_by,
                shown_time(one.done_at),
                (one.sha256 or "")[:16],
            )
            for one in found
        ],
        empty="消去の申し出はありません。",
    )


@purge.command("ask")
def ask(  # noqa: PLR0917  (as typer reads them)
    numbers: Annotated[list[str] | None, typer.Argument(metavar="NUMBER…", help="受付番号（例 R8-1-202053）。")] = None,
    round_id: Annotated[str | None, typer.Option("--round", help="この公募回のすべての案件。", metavar="ROUND")] = None,
    caseless: Annotated[
        str | None,
        typer.Option(
            "--caseless-before",
            help="どの案件にも入っていないメール（自動のメール、迷惑メール、運用開始前のメールなど）のうち、この日時より前のもの。",
            metavar="TIME",
        ),
    ] = None,
    hidden: Annotated[
        list[int] | None,
        typer.Option(
            "--mail",
            help="隠したメール（誤送信など）1通だけ。案件とほかのメールは残ります。番号は mailflow mails にあります。",
            metavar="ID",
        ),
    ] = None,
    why: Annotated[str, typer.Option("--why", help="消去する理由（証明書とともに残ります）。", metavar="TEXT")] = "",
    user: As = None,
) -> None:
    """消去を申し出ます。まだ何も消えません。

    例
      mailflow purge ask --round R8-1 --why 保存期間が終わったため
      mailflow purge ask --caseless-before "2026-04-01 0:00" --why 保存期間が終わったため
      mailflow purge ask --mail 12 --why 住民の個人情報が添付されていたため
    """
    from mailflow.cli.times import given_moment
    from mailflow.desk.purge import ask_purge

    asked = done(
        ask_purge(
            session.store(),
            numbers or [],
            why=why,
            user=acting_user(user),
            at=session.clock().sys_now(),
            round_id=round_id,
            caseless_before=given_moment(caseless, "--caseless-before") if caseless else None,
            hidden=hidden or (),
        )
    )
    mails = f"と、案件のないメール{asked.mails}通" if asked.mails else ""
    what = f"隠したメール{len(asked.hidden)}通" if asked.hidden else f"{len(asked.cases)}件{mails}"
    print(f"{asked.id}\t{what}の消去を申し出ました。別の管理者が mailflow purge confirm {asked.id} で行います。")
    if asked.quoted_in:
        named = "、".join(f"#{one}" for one in asked.quoted_in)
        print(
            f"引用しているメールがあります：{named}。これらは残ります。あわせて消去するなら、隠してから --mail で加えて、申し出直してください。"
        )


@purge.command("confirm")
def confirm(purge_id: Annotated[int, typer.Argument(metavar="ID", help="申し出の番号。")], user: As = None) -> None:
    """別の人の申し出を確かめ、消去します。元に戻せません。

    例
      mailflow purge confirm 1 --as 田中
    """
    from mailflow.desk.purge import confirm_purge

    purged = done(confirm_purge(session.store(), purge_id, user=acting_user(user), at=session.clock().sys_now()))
    print(f"{purged.id}\t消去しました。証明書のハッシュ {purged.sha256}")


@purge.command("show")
def show(purge_id: Annotated[int, typer.Argument(metavar="ID", help="申し出の番号。")]) -> None:
    """済んだ消去の証明書を JSON で表示します。

    例
      mailflow purge show 1
    """
    found = next((one for one in session.store().purges() if one.id == purge_id), None)
    if found is None or found.certificate is None:
        raise Failed(f"番号 {purge_id} の、済んだ消去はありません。")
    json.dump(json.loads(found.certificate), sys.stdout, ensure_ascii=False, indent=1)
    print()
