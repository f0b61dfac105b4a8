"""`mailflow demo`: mail servers, sample mails and a worker on this machine, nothing to configure (DESIGN §9).

The worker is the one of production: it reaches the servers by the URLs in the demo's config/ and knows nothing more.
Business time starts on the last morning of the round and goes on at its own pace; a directory that is given keeps mail,
database, clock and configuration between starts.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from mailflow.clock import Clock, sys_now, tokyo
from mailflow.console.serving import in_thread, open_office
from mailflow.demo.applicant import applicant_pages
from mailflow.demo.imap_store import StoreInUseError
from mailflow.demo.office import NOW, prepare
from mailflow.demo.samples import sample_mails
from mailflow.demo.servers import HOST, DemoServers
from mailflow.demo.summary import Reporter, print_summary
from mailflow.desk import access
from mailflow.desk.access import LinkMade
from mailflow.settings.load import load
from mailflow.store import open_store
from mailflow.worker.assembly import Worker
from mailflow.worker.service import run_once, run_until_stopped

IMAP_PORT, SMTP_PORT = 10143, 10025
AHEAD = timedelta(days=1)
WRONG = 2  # the exit code of wrong use (DESIGN §9)
_FILLED = "demo_samples"  # the fact that says how many sample mails this directory was given


def demo(directory: Path | None, port: int | None, once: bool, now: datetime | None = None) -> int:
    """Run the demo; returns the exit code. `port`: of the IMAP server, the SMTP server gets the next one; a port that is
    taken is replaced by a free one. `now`: what the clock of a new directory says (a directory that was used keeps its own). Raises OSError where the directory can't be written, ConfigErrors where somebody broke
    its configuration."""
    if directory is not None and directory.exists() and not directory.is_dir():
        print(f"mailflow: {directory} はフォルダーではありません。", file=sys.stderr)
        return WRONG
    try:
        return _demo(directory, port, once=once, now=now or NOW)
    except StoreInUseError:
        print(f"mailflow: {directory} のデモは、もう動いています。別のフォルダーを指定してください。", file=sys.stderr)
        return WRONG


def _demo(directory: Path | None, port: int | None, *, once: bool, now: datetime) -> int:
    with contextlib.ExitStack() as open_:
        if directory is None:
            directory = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="mailflow-demo-")))
        directory.mkdir(parents=True, exist_ok=True)
        open_.enter_context(_log_to(directory / "demo.log"))
        clock = _clock(directory, now)
        servers = open_.enter_context(_servers(directory, clock, port))
        config = prepare(directory, servers)
        with Worker(config, {}, paced=not once) as worker:
            fresh = _fill(worker, servers)
            if once:
                return _once(worker)
            office = open_office(config, {})
            open_.callback(office.close)
            wanted = office.settings.file.console.port
            pages = [applicant_pages(servers)]
            base = open_.enter_context(in_thread(office, HOST, wanted if _free(wanted) else 0, more=pages))
            _greet(
                directory,
                config,
                servers,
                worker,
                fresh,
                base=base,
                link=access.first_link(office.store, sys_now=sys_now()),
            )
            return _live(worker, servers)


def _clock(directory: Path, now: datetime) -> Clock:
    store = open_store(f"sqlite:///{directory.absolute() / 'mailflow.db'}")
    try:
        return store.clock(now)
    finally:
        store.close()


@contextlib.contextmanager
def _servers(directory: Path, clock: Clock, port: int | None) -> Iterator[DemoServers]:
    wanted = (port, port + 1) if port else (IMAP_PORT, SMTP_PORT)
    imap, smtp = (one if _free(one) else 0 for one in wanted)
    with DemoServers(directory, clock, imap_port=imap, smtp_port=smtp) as servers:
        yield servers


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port of a demo that has just ended is free
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _fill(worker: Worker, servers: DemoServers) -> int:
    """Put the sample mails that have come, or come within a day, into the mailbox, once a directory. Returns how many were
    put there now."""
    if worker.store.fact(_FILLED) is not None:
        return 0
    until = worker.clock.now() + AHEAD
    every = sample_mails(load(worker.config_dir, {}).form, servers.address)
    mails = [one for one in every if one.received_at <= until]
    for mail in mails:
        servers.append(mail.raw, mail.received_at, mail.folder)
    worker.store.set_fact(_FILLED, str(len(mails)))
    return len(mails)


def _once(worker: Worker) -> int:
    code = run_once(worker)
    print_summary(worker.store)
    return code


def _live(worker: Worker, servers: DemoServers) -> int:
    reporter = Reporter(worker.store, worker.clock, servers)
    watching = threading.Thread(target=reporter.run, args=(worker.stop,), name="reporter", daemon=True)
    watching.start()
    code = run_until_stopped(worker)
    print("\n止めました。")
    return code


def _greet(
    directory: Path, config: Path, servers: DemoServers, worker: Worker, fresh: int, *, base: str, link: LinkMade | None
) -> None:
    command = _command()
    at = tokyo(worker.clock.now())
    welcome = f"{base}/welcome/{link.token}（一度きり。パスワードを決めます）" if link else f"{base}/login"
    lines = [
        "mailflow のデモを始めました。通信はこの機械の中（127.0.0.1）だけです。止めるには Ctrl-C。",
        "",
        f"  事務局の画面　{base}/",
        f"  はじめに開く　{welcome}",
        f"  応募者として書く　{base}/applicant",
        "",
        f"  業務の時計　　{at:%Y年%-m月%-d日 %H:%M}（ここから実際の速さで進みます）",
        f"  事務局の受信　{_shown(servers.imap_url)}",
        f"  応募者の受信　{_shown(servers.applicants_imap_url)}",
        f"  送信　　　　　{_shown(servers.smtp_url)}（宛先 {servers.address} で応募者として送れます）",
        f"  パスワード　　{directory / 'password'} の中",
        f"  設定　　　　　{config}",
        "",
        f"見本のメール{fresh}通を受信箱に入れました（同じメールが二度届いたものと、このあと1日のうちに届くものも含みます）。"
        if fresh
        else "前回の続きから始めます。",
        "画面のほか、もう1つの端末から命令でも試せます。",
        "",
    ]
    for what, arguments in (
        ("届いたメール", "mails"),
        ("応募の一覧", "applications list"),
        ("承認を待つ返信案", "drafts list"),
        ("返信案を読む", "drafts show 1"),
        ("承認する（30秒後に送ります）", "drafts approve 1"),
        ("送ったもの", "outbox"),
        ("だれが何をしたか", "audit"),
    ):
        lines.append(f"  {command} --config {config} {arguments}　　# {what}")
    print("\n".join(lines) + "\n", flush=True)


def _shown(url: str) -> str:
    """Without the password."""
    scheme, _, rest = url.partition("://")
    user, _, place = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0].replace('%40', '@')} {place}"


def _command() -> str:
    """How this program was started, as a person would type it again."""
    name = Path(sys.argv[0])
    if name.name != "mailflow":
        return f"{Path(sys.executable)} -m mailflow"
    try:
        return f"./{name.resolve().relative_to(Path.cwd())}"
    except ValueError:
        return str(name)


@contextlib.contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """The worker's log goes to a file: the terminal is for the person who tries the demo."""
    with path.open("a", encoding="utf-8") as file:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(file))
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        try:
            yield
        finally:
            structlog.reset_defaults()
