"""`mailflow init`: a folder with config/ and templates/ to begin with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailflow.cli.app import Failed, app, session
from mailflow.cli.wrong_use import reason

if TYPE_CHECKING:
    from mailflow.settings.models import MailflowFile

MAILFLOW = "config/mailflow.yaml"


@dataclass(frozen=True)
class Choices:
    """What must not be defaulted in silence (DESIGN §3). The defaults are the shipped values."""

    receipt_auto: bool = False
    grace_until: datetime | None = None
    grace_consent: str = ""
    consent_by: str | None = None


@app.command("init")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="作る場所。すでにあるフォルダーでも構いません。")],
    yes: Annotated[bool, typer.Option("--yes", help="何も聞かず、はじめの値のままにします。")] = False,
) -> None:
    """設定（config/）と手紙のひな形（templates/）を DIR に作ります。

    決めておくことを3つ聞きます（受領の手紙は自動か、締切後の修正、総務省の了解）。端末でないときは聞きません。
    運用開始の日時（start）に、いまの日時を書きます。これより前に届いたメールには返信しません。
    あるファイルは上書きしません。config/ がすでにあるときは、何もせずに終わります。

    例
      mailflow init /srv/mailflow
      mailflow init ためし --yes
    """
    from mailflow.settings.amend import AmendError
    from mailflow.settings.models import MailflowFile
    from mailflow.settings.starter import copy_starter, starter_files
    from mailflow.settings.validate import validate
    from mailflow.settings.yaml_reader import read_yaml

    if (folder / "config").exists():
        raise Failed(f"{folder / 'config'} がすでにあります。何も変えていません。")
    if folder.exists() and not folder.is_dir():
        raise Failed(f"{folder} はフォルダーではありません。")
    start = beginning()
    files = starter_files()
    shipped, _ = validate(read_yaml(MAILFLOW, files[MAILFLOW]), MailflowFile)
    if shipped is None:
        raise Failed("ひな形の mailflow.yaml が読めません。mailflow を入れ直してください。")
    asking = not yes and at_terminal()
    choices = ask(shipped) if asking else Choices()
    try:
        text = amended(files[MAILFLOW].decode("utf-8"), choices, start, shipped)
    except AmendError as error:
        raise Failed(f"ひな形の mailflow.yaml を書けません：{error}") from error
    try:
        copied = copy_starter(folder, {**files, MAILFLOW: text.encode("utf-8")})
    except FileExistsError as error:
        raise Failed(f"{folder / 'config'} がすでにあります。何も変えていません。") from error
    except OSError as error:
        raise Failed(f"{error.filename or folder}: 書けません（{reason(error)}）") from error
    print(f"{folder} に設定とひな形を作りました（{len(copied.written)}個のファイル）。")
    for path in copied.kept:
        print(f"  すでにあったので、そのままにしました：{path}")
    tell(folder, choices, start, shipped, asked=asking)


def beginning() -> datetime:
    """The go-live time: MAILFLOW_START, else business now."""
    from mailflow.clock import Clock
    from mailflow.settings.env import business_now
    from mailflow.settings.moments import moment

    written = session.environment.get("MAILFLOW_START", "").strip()
    if written:
        try:
            at = moment(written)
        except ValueError as error:
            raise Failed(f"環境変数 MAILFLOW_START: {error}") from error
        if isinstance(at, datetime):
            return at
    return (business_now(session.environment) or Clock().now()).replace(microsecond=0)


def amended(text: str, choices: Choices, start: datetime, shipped: MailflowFile) -> str:
    """The starter's mailflow.yaml with the answers in it."""
    from mailflow.settings.amend import with_added, with_start, with_value, written_moment

    if choices.receipt_auto:
        text = with_value(text, ("approval", "templates", "receipt", "approval"), "auto")
    if choices.grace_until is not None:
        grace = {"until": written_moment(choices.grace_until)[:16], "consent": choices.grace_consent}
        text = with_added(text, ("rounds", 0, "fix_grace"), grace, after="result")
    if choices.consent_by:
        text = with_added(text, ("approval", "consent_by"), choices.consent_by, after="undo")
    return with_start(text, start) if shipped.start is None else text


def at_terminal() -> bool:
    """Whether a person sees the questions and can answer them."""
    return sys.stdin.isatty() and sys.stdout.isatty()


# --- the three questions ----------------------------------------------------------------------------------------------


def ask(shipped: MailflowFile) -> Choices:
    """On a terminal. Nothing has been written yet: Ctrl-C leaves nothing behind."""
    first = shipped.rounds[0]
    print("はじめに、3つのことを決めます（Enter は、かっこの中の値）。\n")
    auto = yes_no("1. 受領の手紙を、人の承認なしに自動で出しますか")
    until, consent = None, ""
    if yes_no(
        f"2. {first.name}の締切（{first.closes:%Y-%m-%d %H:%M}）のあとの修正を認めますか（総務省の了解が要ります）"
    ):
        until = ask_limit(first.closes)
        consent = words("   了解の記録（だれが・いつ・どうやって）")
    print(f"3. 選定結果・対象外・締切後の手紙には、{shipped.programme.ministry}の了解が要ります。")
    person = answer("   了解を出す方（課とお名前。まだ決まっていなければ Enter）")
    return Choices(auto, until, consent, person or None)


def answer(question: str) -> str:
    return input(f"{question}：").strip()


def words(question: str) -> str:
    while True:
        if said := answer(question):
            return said
        print("   何か書いてください。")


def yes_no(question: str) -> bool:
    while True:
        said = answer(f"{question} [はい/いいえ]（いいえ）").casefold()
        if said in ("", "いいえ", "n", "no", "i"):
            return False
        if said in ("はい", "y", "yes", "h"):
            return True
        print("   「はい」か「いいえ」で答えてください。")


def ask_limit(closes: datetime) -> datetime:
    from mailflow.clock import tokyo
    from mailflow.settings.moments import moment

    usual = closes + timedelta(days=1)
    while True:
        said = answer(f"   いつまで（{tokyo(usual):%Y-%m-%d %H:%M}）")
        try:
            at = moment(said) if said else usual
        except ValueError as error:
            print(f"   {error}")
            continue
        if isinstance(at, datetime) and at > closes:
            return at
        print("   締切よりあとの日時を書いてください。")


def tell(folder: Path, choices: Choices, start: datetime, shipped: MailflowFile, *, asked: bool) -> None:
    from mailflow.settings.amend import written_moment

    grace = (
        f"{written_moment(choices.grace_until)[:16]} まで"
        if choices.grace_until
        else "認めません（1件ずつ人が決めます）"
    )
    receipt = "自動" if choices.receipt_auto else "人が承認します"
    print(f"\n{'決めたこと' if asked else 'はじめの値のままにしたこと'}（{folder / MAILFLOW} で変えられます）")
    print(f"  受領の手紙　　　　　{receipt}（approval.templates.receipt）")
    print(f"  締切後の修正　　　　{grace}（rounds の fix_grace）")
    print(f"  総務省の了解を出す方　{choices.consent_by or 'まだ決めていません'}（approval.consent_by）")
    print(
        f"  運用開始　　　　　　{written_moment(shipped.start or start)}（start。これより前のメールには返信しません）"
    )
    config = folder / "config"
    print(f"""
つぎにすること
  1. {config / "mailflow.yaml"} の programme・rounds・mailbox・smtp を、実際のものに直します。
     パスワードはここに書かず、環境変数 MAILFLOW_IMAP_URL・MAILFLOW_SMTP_URL か password_file を使います。
  2. mailflow --config {config} config check   設定の誤りを確かめます
  3. mailflow --config {config} doctor         つながるか、読めるか、送れるかを確かめます
  4. mailflow --config {config} run            動かします""")
