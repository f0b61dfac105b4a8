"""`mailflow demo`, `run`, `worker`, `web`: what runs until stopped. Thin: the work is `demo`, `worker` and `console`."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Annotated, Any

import typer

from mailflow.cli.app import app, session
from mailflow.cli.times import given_moment

Once = Annotated[bool, typer.Option("--once", help="いまあるものをすべて処理して、終わります。")]


@app.command("demo")
def demo(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="置き場所。次に同じ場所で始めると続きからです。")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="使うポート（既定 空いているもの）。", metavar="N", min=1, max=65535)
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="見本のメールを処理し、まとめを表示して終わります。")] = False,
    now: Annotated[
        str | None,
        typer.Option(
            "--now",
            help="業務の時計の始まり（既定 公募の最終日の朝）。続きから始めるときは変わりません。",
            metavar="TIME",
        ),
    ] = None,
) -> None:
    """この機械だけで試します。設定は要りません。外へは何も送りません。

    メールサーバー・見本のメール・時計（公募期間の中）をこの中に用意して動かします。Ctrl-C で止まります。

    例
      mailflow demo
      mailflow demo --once
      mailflow demo ためし
      mailflow demo --now "2026-03-12 09:00"
    """
    from mailflow.demo.run import demo as start

    logs()
    raise typer.Exit(start(folder, port, once, given_moment(now, "--now") if now else None))


Host = Annotated[
    str | None,
    typer.Option("--host", help="画面を出すアドレス（既定 mailflow.yaml の console.host）。", metavar="HOST"),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port", help="画面を出すポート（既定 mailflow.yaml の console.port）。", metavar="N", min=1, max=65535
    ),
]


@app.command("run")
def run(host: Host = None, port: Port = None) -> None:
    """動かします。メールを待ち、判定し、承認された手紙を送り、事務局の画面を出します。Ctrl-C で止まります。

    画面が止まっても、受信・判定・送信は続きます（画面は自動で開き直します）。

    例
      mailflow run
      mailflow --config /srv/mailflow/config run
    """
    from mailflow.console.serving import Beside

    session.settings()  # a broken configuration is told before anything starts
    session.store()  # brought to the schema before two processes ask for it
    session.end()
    with Beside(session.config_dir, session.environment, host=host, port=port):
        start(once=False)


@app.command("web")
def web(
    host: Host = None,
    port: Port = None,
    beside: Annotated[bool, typer.Option("--beside", hidden=True)] = False,  # of `run`: ends when stdin does
) -> None:
    """事務局の画面（コンソール）だけを出します。Ctrl-C で止まります。

    はじめは、パスワードを決めるための一度きりのリンクを表示します。メールは mailflow worker が受け取ります。

    例
      mailflow web
      mailflow web --port 8080
    """
    from mailflow.console.serving import serve

    session.settings()
    logs()
    raise typer.Exit(serve(session.config_dir, session.environment, host=host, port=port, lifeline=beside))


@app.command("worker")
def worker(once: Once = False) -> None:
    """メールを待ち、判定し、承認された手紙を送ります。いくつ動かしても構いません。

    --once では、いまあるものを取り込み、判定し、承認された手紙を取り消しの時間を待たずに送って、終わります。

    例
      mailflow worker
      mailflow worker --once
    """
    start(once=once)


def start(*, once: bool) -> None:
    from mailflow.worker.service import run_worker

    session.settings()  # a broken configuration is told before anything starts
    logs()
    raise typer.Exit(run_worker(session.config_dir, session.environment, once=once))


def logs() -> None:
    """Logs go to stderr, one line an event; libraries speak only of warnings."""
    import structlog

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=False),
            _in_one_line,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty() and "NO_COLOR" not in session.environment),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s"
    )


def _in_one_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception in a log is its class and words; where it came from only with MAILFLOW_DEBUG."""
    if event.get("exc_info") and not session.environment.get("MAILFLOW_DEBUG"):
        event.pop("exc_info")
        error = sys.exc_info()[1]
        event.setdefault("error", f"{type(error).__name__}: {error}"[:500])
    return event
