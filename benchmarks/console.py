"""The console on deadline day: 20 people at once, 2,000 letters waiting, 50,000 mails in the store; ms a page, median and p95.

    python -m benchmarks.console [SECONDS] [PEOPLE]

A few real applications go through the product; their rows are then multiplied in the database (SQLite). The console is a process of
its own, a second one judges mails meanwhile as the worker does, one every half second. Each person opens a page, thinks, opens the
next; every eight seconds their page looks for news, as the browser's script does. `alone_cpu_ms`: one person, no worker: CPU time of the
console's process for one page, which is what can be compared on a shared machine.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import re
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from benchmarks import mails as source
from mailflow import pipeline
from mailflow.clock import TOKYO
from mailflow.console.app import create_app
from mailflow.console.office import Office
from mailflow.console.serving import KEEP_ALIVE_S, quick
from mailflow.desk import access, add_user
from mailflow.desk.administration import UserAdded
from mailflow.model import Arrival, Place
from mailflow.settings.load import load
from mailflow.settings.settings import Settings
from mailflow.store import Store, open_store
from mailflow.store.people import Role

REAL, CASES, MAILS = 20, 2000, 50_000
NOW = datetime(2026, 3, 26, 10, 0, tzinfo=TOKYO)
PASSWORD = "春は あけぼの やうやう白く"
ALONE = 20  # of each page, so that what is made once weighs little
THINKS_S = (1.0, 5.0)
LOOKS_S = 8.0
PAGES = {
    "queue": "/queue?pane=list", "letter": "/queue/{draft}", "bulk": "/queue-bulk", "mails": "/mails", "search": "/mails?q=見守り",
    "rare": "/mails?q=どこにもない語", "cases": "/cases", "phone": "/cases?q=第{number}団", "case": "/cases/{case}", "regions": "/regions",
    "overview": "/", "outbox": "/outbox", "audit": "/audit",
}  # fmt: skip


def judge(store: Store, settings: Settings, raw: bytes, at: datetime, place: Place) -> None:
    """One mail the whole way, as the worker takes it."""
    reading = pipeline.take_in(raw, settings, at)
    store.arrive([Arrival(raw=raw, place=place, received_at=at, content_id=reading.content_id)])
    for pending in store.claim_new(1, "bench"):
        loaded = store.load_known(
            pending, reading.mail, reading.understood, round_id=settings.rounds[0].id, start=None, now=NOW
        )
        outcome = pipeline.conclude(reading, loaded.known, settings, pending.received_at, NOW)
        store.commit_outcome(pending, reading.mail, outcome, loaded, claimant="bench", now=NOW)


def office_of_deadline_day(path: Path, settings: Settings) -> None:
    """The database: REAL mails judged, then their rows again and again under other numbers."""
    store = open_store(f"sqlite:///{path}")
    store.clock(NOW)
    store.record_config(settings.hash, settings.bundle.files)
    for uid, (raw, at) in enumerate(source.mails(REAL), 1):
        judge(store, settings, raw, at, Place(mailbox="office", folder="INBOX", uidvalidity=1, uid=uid))
    store.close()
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA synchronous=OFF")
        for turn in range(1, CASES // REAL):
            multiply(db, turn)
        fill(db)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("ANALYZE")


def multiply(db: sqlite3.Connection, turn: int) -> None:
    """Every case once more, with its mail, letter and parties, as other bodies."""
    up, tail = turn * REAL, f" || '第{turn}団'"
    again(
        db,
        "mail",
        {"id": f"id + {up}", "content_id": f"content_id || '-{turn}'", "message_id": f"message_id || '-{turn}'"},
    )
    again(db, "place", {"id": f"id + {up}", "uid": f"uid + {up}", "mail_id": f"mail_id + {up}"})
    again(
        db,
        "cases",
        {
            "id": f"id + {up}",
            "org_key": f"org_key || '-{turn}'",
            "number": f"number || '-{turn}'",
            "org_name": f"org_name{tail}",
        },
    )
    again(
        db,
        "verdict",
        {"id": f"id + {up}", "mail_id": f"mail_id + {up}", "case_id": f"case_id + {up}", "org_name": f"org_name{tail}"},
    )
    again(db, "version", {"mail_id": f"mail_id + {up}", "case_id": f"case_id + {up}"})
    again(db, "case_party", {"case_id": f"case_id + {up}"})
    again(db, "case_identifier", {"case_id": f"case_id + {up}", "value": f"value || '-{turn}'"})
    again(db, "case_blob", {"case_id": f"case_id + {up}", "mail_id": f"mail_id + {up}"})
    again(db, "draft", {"id": f"id + {up}", "case_id": f"case_id + {up}", "mail_id": f"mail_id + {up}"})
    again(db, "draft_mail", {"draft_id": f"draft_id + {up}", "mail_id": f"mail_id + {up}"})
    if has(db, "mail_text"):
        again(db, "mail_text", {"mail_id": f"mail_id + {up}", "text": f"text{tail}"})


def again(db: sqlite3.Connection, table: str, changed: dict[str, str], where: str | None = None) -> None:
    """The first REAL rows' worth of a table once more, some columns changed."""
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
    key = "mail_id" if table in ("version", "mail_text") else next(one for one in columns if one.endswith("id"))
    names = ", ".join(f'"{one}"' for one in columns)
    values = ", ".join(changed.get(one, f'"{one}"') for one in columns)
    db.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {where or f'{key} <= {REAL}'}")


def has(db: sqlite3.Connection, table: str) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None


def fill(db: sqlite3.Connection) -> None:
    """Mails of the weeks before, kept in the cases: questions, without a letter that waits."""
    for start in range(CASES, MAILS, CASES):
        up = start
        at = f"strftime('%Y-%m-%d %H:%M:%f', received_at, '-{start // 200} hours') || '000'"
        first = f"{'{}'} <= {CASES}"
        again(
            db, "mail",
            {"id": f"id + {up}", "content_id": f"content_id || '+{start}'", "message_id": f"message_id || '+{start}'",
             "subject": "'お問い合わせ：' || subject", "received_at": at},
            first.format("id"),
        )  # fmt: skip
        again(
            db, "verdict",
            {"id": f"id + {up}", "mail_id": f"mail_id + {up}", "kind": "'inquiry'", "received_at": at,
             "verdict": "'{}'", "actions": "'[]'"},
            first.format("id"),
        )  # fmt: skip
        if has(db, "mail_text"):
            again(db, "mail_text", {"mail_id": f"mail_id + {up}"}, first.format("mail_id"))


# --- processes --------------------------------------------------------------------------------------------------------


def console(path: str, port: int, hashed: dict[str, str]) -> None:
    settings = load(source.ROOT / "config", hashed)
    store = open_store(f"sqlite:///{path}")
    office = Office(store=store, settings=settings, clock=store.clock(), config_dir=source.ROOT / "config", env=hashed)
    quick(office)  # as `serve` does
    app = create_app(office)

    async def with_cpu(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") == "/cpu":  # of this process, for the figures of one page alone
            used = json.dumps(time.process_time()).encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": used})
            return
        await app(scope, receive, send)

    uvicorn.run(
        with_cpu,
        host="127.0.0.1",
        port=port,
        log_level="error",
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_S,
    )


def worker(path: str, stop: Event, hashed: dict[str, str]) -> None:
    settings = load(source.ROOT / "config", hashed)
    store = open_store(f"sqlite:///{path}")
    for uid, (raw, at) in enumerate(source.mails(1000), 1):
        if stop.is_set():
            break
        if uid > REAL:
            judge(store, settings, raw, at, Place(mailbox="office", folder="Later", uidvalidity=1, uid=uid))
            stop.wait(0.5)
    store.close()


@contextlib.contextmanager
def process(target: Callable[..., None], *values: object) -> Iterator[multiprocessing.Process]:
    made = multiprocessing.get_context("spawn").Process(target=target, args=values, daemon=True)
    made.start()
    try:
        yield made
    finally:
        made.terminate()
        made.join(10)


class Person:
    """Somebody with a browser: `open` gives ms and the page."""

    def __init__(self, base: str, name: str) -> None:
        self.client = httpx.Client(base_url=base, timeout=60, follow_redirects=True)
        answer = self.client.post("/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text[:200]

    def open(self, path: str, *, live: bool = False) -> float:
        began = time.perf_counter()
        answer = self.client.get(path, headers={"X-Live": "1"} if live else {})
        took = 1000 * (time.perf_counter() - began)
        assert answer.status_code == 200, (path, answer.status_code, re.sub(r"\s+", " ", answer.text)[:300])
        return took

    def cpu_s(self) -> float:
        return float(self.client.get("/cpu").text)


def address(template: str, chance: random.Random) -> str:
    return template.format(draft=chance.randint(1, CASES), case=chance.randint(1, CASES), number=chance.randint(1, 90))


def alone(person: Person) -> dict[str, dict[str, float]]:
    """One person, nothing beside them: ms of wall and of CPU for each page."""
    chance, found = random.Random(1), {}
    for name, template in PAGES.items():
        person.open(address(template, chance))
        before, walls = person.cpu_s(), []
        for _ in range(ALONE):
            walls.append(person.open(address(template, chance)))
        cpu = 1000 * (person.cpu_s() - before) / len(walls)
        found[name] = {"cpu_ms": round(cpu, 1), "wall_ms": round(statistics.median(walls), 1)}
    return found


def together(people: list[Person], seconds: float) -> dict[str, dict[str, float]]:
    """All at once, each at their own pace."""
    times: dict[str, list[float]] = {}
    lock, until = threading.Lock(), time.monotonic() + seconds

    def work(number: int, person: Person) -> None:
        chance, looked, path = random.Random(number), time.monotonic(), "/"
        time.sleep(chance.uniform(0, THINKS_S[1]))  # nobody begins in the same instant as nineteen others
        while time.monotonic() < until:
            name = chance.choices(list(PAGES), [4, 12, 1, 2, 1, 1, 2, 2, 4, 1, 2, 1, 1])[0]
            path = address(PAGES[name], chance)
            took = person.open(path)
            with lock:
                times.setdefault(name, []).append(took)
            time.sleep(chance.uniform(*THINKS_S))
            if time.monotonic() - looked > LOOKS_S:
                looked = time.monotonic()
                took = person.open(path, live=True)
                with lock:
                    times.setdefault("news", []).append(took)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(people)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return {
        name: {"times": len(found), "median_ms": round(statistics.median(found), 1), "p95_ms": round(sorted(found)[int(0.95 * (len(found) - 1))], 1)}
        for name, found in sorted(times.items())
    }  # fmt: skip


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    hashed = {"PATH": os.environ.get("PATH", "")}
    settings = load(source.ROOT / "config", hashed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mailflow.db"
        began = time.monotonic()
        office_of_deadline_day(path, settings)
        store = open_store(f"sqlite:///{path}")
        at = store.clock().sys_now()
        for number in range(count):
            added = add_user(store, f"人{number}", Role.ADMIN, by=None, sys_now=at)
            assert isinstance(added, UserAdded), added
            access.set_password(store, added.token, PASSWORD, sys_now=at - timedelta(seconds=1))
        store.close()
        built_s = time.monotonic() - began
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with process(console, str(path), port, hashed):
            base = f"http://127.0.0.1:{port}"
            wait_for(base)
            people = [Person(base, f"人{number}") for number in range(count)]
            one = alone(people[0])
            stop = multiprocessing.get_context("spawn").Event()
            with process(worker, str(path), stop, hashed):
                all_ = together(people, seconds)
                stop.set()
        size = path.stat().st_size
    print(
        json.dumps(
            {"built_s": round(built_s, 1), "database_mb": round(size / 1e6), "people": count, "alone": one, "together": all_},
            indent=1, ensure_ascii=False,
        )
    )  # fmt: skip


def wait_for(base: str) -> None:
    for _ in range(200):
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{base}/login")
            return
        time.sleep(0.1)
    raise RuntimeError("the console didn't start")


if __name__ == "__main__":
    main()
