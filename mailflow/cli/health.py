"""`mailflow status` and `mailflow doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailflow.cli.app import NO, OK, Failed, app, say, session
from mailflow.cli.output import plain_line, print_json, shown_time, table

if TYPE_CHECKING:
    from mailflow.desk.checkup import Patient
    from mailflow.desk.health import Health

STATES = {
    "mail.new": "判定を待つメール",
    "mail.judged": "判定済みのメール",
    "mail.failed": "処理できなかったメール",
    "mail.junk": "迷惑メールの中のメール",
    "mail.before-start": "運用開始前のメール",
    "draft.waiting": "承認を待つ返信の案",
    "draft.stale": "人が選ぶ返信の案",
    "draft.rejected": "却下した返信の案",
    "draft.superseded": "置きかわった返信の案",
    "draft.expired": "期限が切れた返信の案",
    "outgoing.approved": "送るのを待つ手紙",
    "outgoing.sending": "送信中の手紙",
    "outgoing.sent": "送った手紙",
    "outgoing.retry": "送り直す手紙",
    "outgoing.failed": "送れなかった手紙",
    "outgoing.uncertain": "送れたか不明の手紙",
    "outgoing.dropped": "送らないことにした手紙",
}


@app.command("status")
def status(as_json: Annotated[bool, typer.Option("--json", help="1行の JSON で出します。")] = False) -> None:
    """いまの様子を表示します。悪いところがあれば終了コード 1。

    例
      mailflow status
      mailflow status --json
    """
    from mailflow.desk.health import health, status_document

    session.need_config_dir()
    broken: Failed | None = None
    settings = None
    try:
        settings = session.settings()
    except Failed as error:
        broken = error
    found = health(
        session.store(), settings, session.clock(), config_error=(broken.details or broken.reason) if broken else None
    )
    if as_json:
        print_json(status_document(found))
    else:
        show(found)
    if broken is not None:
        raise broken
    raise typer.Exit(OK if found.ok else NO)


def show(found: Health) -> None:
    print("異常はありません。" if found.ok else f"確かめることが{len(found.problems)}つあります。")
    for problem in found.problems:
        print(f"  ✗ {plain_line(problem)}")
    rows = [
        ("最後にメールボックスを読んだのは", shown_time(found.last_fetch) or "まだ"),
        ("最後に送ったのは", shown_time(found.last_send) or "まだ"),
        (
            "判定を待つ最も古いメール",
            "なし" if found.oldest_unjudged_s is None else f"{found.oldest_unjudged_s:.0f}秒前",
        ),
        ("最後の突き合わせ", _reconciled(found)),
        *((STATES.get(state, state), count) for state, count in found.states.items()),
        (
            "設定",
            f"{(found.config.hash or 'なし')[:12]}{f'（{shown_time(found.config.loaded_at)} に読み込み）' if found.config.loaded_at else ''}",
        ),
    ]
    table(None, ("項目", "いま"), rows)


def _reconciled(found: Health) -> str:
    if found.reconciled is None:
        return "まだ"
    return f"{shown_time(found.reconciled.at)}（{'合っています' if found.reconciled.balanced else '合っていません'}）"


@app.command("doctor")
def doctor(
    write: Annotated[
        bool, typer.Option("--write", help="試しのメールを1通、事務局のアドレス自身に送り、送信済みに入れます。")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="1項目を1行の JSON で出します。")] = False,
) -> None:
    """つながるか、読めるか、入れられるか、送れるかを確かめます。悪いところがあれば終了コード 1。

    時計・データベース・設定・ディスクも見ます。--write を付けなければ、読むだけです。
    すべて良く、運用開始の日時（start）がまだ書かれていなければ、いまの日時を mailflow.yaml に書きます。

    例
      mailflow doctor
      mailflow doctor --write
    """
    from mailflow.desk.checkup import Check, Patient, checkup

    patient = Patient(session.settings(), session.environment, write)
    good = True
    for check in checkup(patient):
        good = good and check.ok
        report(check, as_json=as_json)
    if good and (written := write_start(patient)):
        report(Check(name="運用開始", ok=True, said=written), as_json=as_json)
    raise typer.Exit(OK if good else NO)


def report(check: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"name": check.name, "ok": check.ok, "said": check.said, "advice": None if check.ok else check.advice}
        )
        return
    print(f"{'✓' if check.ok else '✗'} {check.name}：{plain_line(check.said)}", flush=True)
    if not check.ok and check.advice:
        print(f"    → {check.advice}")


def write_start(patient: Patient) -> str | None:
    """The first good doctor writes the go-live fence into mailflow.yaml; what it wrote, None where it stands already."""
    from mailflow.cli.files import write
    from mailflow.desk.checkup import fence
    from mailflow.settings.amend import AmendError, with_start, written_moment

    if patient.settings.file.start is not None:
        return None
    path = session.config_dir / "mailflow.yaml"
    start = fence(patient)
    try:
        text = with_start(path.read_bytes().decode("utf-8"), start)
    except (AmendError, UnicodeDecodeError) as error:
        say(f"運用開始の日時を書けません：{error}")
        return None
    try:
        write(path, text.encode("utf-8"))
    except Failed as error:
        say(f"{error.reason}。「start: {written_moment(start)}」と書いてください。")
        return None
    return f"{path} に start: {written_moment(start)} を書きました。これより前に届いたメールには返信しません"
