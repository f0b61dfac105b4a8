"""From the mailbox to the draft: mails/s and ms by step, beside the floor and the naive script, in one run.

    python -m benchmarks.pipeline [MAILS] [NAIVE_MAILS]

Dovecot (Maildir, loopback) and an SMTP server are started here. (a) the floor: the same mails only fetched and committed.
(b) `naive.py` on a part of them, half of it before ours and half after. Ours runs with `synchronous=FULL`, one worker and
its reading process. Ratios count; the machine's speed varies. Where other programs run beside it even the ratio of the
rates says little: `cpu_ms_by_mail` (of the worker, its reading process, the naive script; the servers' not) says more.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import mails as source
from benchmarks import naive
from mailflow import pipeline
from mailflow.intake.classify import classify
from mailflow.intake.facts import facts_for
from mailflow.intake.judge import judge
from mailflow.mail import read_mail_and_id
from mailflow.model import Known
from mailflow.settings.load import load
from mailflow.worker.assembly import Worker, take_all
from mailflow.worker.service import calm_collector
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import SmtpSink

START = "2026-03-04T00:00:00+09:00"
NOW = "2026-03-11T10:00:00+09:00"


def environment(imap: str, smtp: str, database: Path) -> dict[str, str]:
    return {
        "MAILFLOW_IMAP_URL": imap, "MAILFLOW_SMTP_URL": smtp, "MAILFLOW_DATABASE": f"sqlite:///{database}",
        "MAILFLOW_START": START, "MAILFLOW_NOW": NOW,
    }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the worker: how long it took, where its time and its processes' CPU went."""

    seconds: float
    ms_by_step: dict[str, float]
    drafts: int
    cpu_s: dict[str, float]


def cpu_s() -> dict[str, float]:
    """Of this process, and of children that have ended: the servers go on, so these are the reading processes."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"worker": own.ru_utime + own.ru_stime, "reading process": ended.ru_utime + ended.ru_stime}


def ours(config: Path, env: dict[str, str], *, judge_too: bool) -> Run:
    """One worker as it runs: its watch takes mail in while its processing goes on. What a start costs isn't counted."""
    began = cpu_s()
    with Worker(config, env, paced=False) as worker:
        worker.sandbox.ready()
    before = cpu_s()
    run = _worked(config, env, judge_too=judge_too)
    after = cpu_s()
    return replace(run, cpu_s={name: max(0.0, after[name] - 2 * before[name] + began[name]) for name in after})


def _worked(config: Path, env: dict[str, str], *, judge_too: bool) -> Run:
    with Worker(config, env, paced=False) as worker:
        watch = worker.watch_lock.acquire()
        assert watch is not None
        calm_collector()
        if judge_too:
            worker.sandbox.ready()  # neither the worker's start nor the naive script's imports are measured
        arrived: list[float] = []

        def take_in() -> None:
            began = time.perf_counter()
            new.append(take_all(worker, watch).new)
            arrived.append(time.perf_counter() - began)

        new: list[int] = []
        began = time.perf_counter()
        watching = threading.Thread(target=take_in)
        watching.start()
        while judge_too and watching.is_alive():
            worker.processor.drain()
            time.sleep(0.005)
        watching.join()
        if judge_too:
            worker.processor.drain()
        seconds = time.perf_counter() - began
        spent = worker.processor.spent
        steps = {
            "fetch+commit (beside the rest)": arrived[0], "waiting for take_in": spent.read, "load_known": spent.known,
            "waiting for conclude": spent.judge, "commit_outcome": spent.commit,
        }  # fmt: skip
        drafts = len(worker.store.drafts()) if judge_too else 0
        by_step = {name: 1000 * s / max(1, new[0]) for name, s in steps.items()}
        return Run(seconds=seconds, ms_by_step=by_step, drafts=drafts, cpu_s={})


def inside(config: Path, env: dict[str, str], count: int) -> dict[str, float]:
    """Where the pure part spends its time, ms a mail, in this process."""
    settings = load(config, env)
    spent = dict.fromkeys(("read", "form", "understand", "judge", "draft"), 0.0)
    for raw, at in source.mails(count):
        marks = [time.perf_counter()]
        mail, _ = read_mail_and_id(raw, context=pipeline.read_context(settings))
        marks.append(time.perf_counter())
        mail, forms = pipeline.read_forms(mail, settings, at)
        marks.append(time.perf_counter())
        understood = pipeline.understand(mail, forms, settings, at, None)
        marks.append(time.perf_counter())
        facts = facts_for(mail, understood, Known.empty(), settings, at, at)
        facts = facts.classified(classify(facts))
        verdict = judge(facts)
        marks.append(time.perf_counter())
        pipeline.drafts(facts, verdict)
        marks.append(time.perf_counter())
        for name, earlier, later in zip(spent, marks, marks[1:], strict=False):
            spent[name] += later - earlier
    return {name: 1000 * seconds / count for name, seconds in spent.items()}


def naively(imap: str, smtp: str, folder: Path) -> tuple[int, float, float]:
    """(mails, seconds, seconds of CPU of this thread: the SMTP server runs in another)."""
    folder.mkdir()
    began = time.thread_time()
    mails, seconds = naive.run(imap, smtp, folder)
    return mails, seconds, time.thread_time() - began


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    fewer = int(sys.argv[2]) if len(sys.argv) > 2 else min(count, 150)
    config = source.ROOT / "config"
    with tempfile.TemporaryDirectory() as name, Dovecot() as dovecot, SmtpSink() as sink:
        folder = Path(name)
        print(f"{count} mails are made …", file=sys.stderr)
        made = list(source.mails(count))
        size = sum(len(raw) for raw, _ in made) / len(made)
        form = next(iter(source.forms(1)))[2]
        half = fewer // 2
        for user, part in (("all", made), ("before", made[:half]), ("after", made[half:fewer])):
            dovecot.add(f"{user}@mailbox.example")
            dovecot.append_many(f"{user}@mailbox.example", part)
        whole = dovecot.url("all@mailbox.example")
        naive_mails, naive_s, naive_cpu_s = naively(dovecot.url("before@mailbox.example"), sink.url, folder / "before")
        floor = ours(config, environment(whole, sink.url, folder / "floor.db"), judge_too=False)
        done = ours(config, environment(whole, sink.url, folder / "ours.db"), judge_too=True)
        again = naively(dovecot.url("after@mailbox.example"), sink.url, folder / "after")
        naive_mails, naive_s, naive_cpu_s = naive_mails + again[0], naive_s + again[1], naive_cpu_s + again[2]
        rates = {"floor": count / floor.seconds, "ours": count / done.seconds, "naive": naive_mails / naive_s}
        cpu = {name: 1000 * s / count for name, s in done.cpu_s.items()} | {"naive": 1000 * naive_cpu_s / naive_mails}
        report = {
            "mails": count, "mail_bytes": round(size), "form_bytes": len(form), "drafts": done.drafts, "cores": os.cpu_count(),
            "mails_per_s": {name: round(rate, 1) for name, rate in rates.items()},
            "ours/naive": round(rates["ours"] / rates["naive"], 1), "ours/floor": round(rates["ours"] / rates["floor"], 3),
            "cpu_ms_by_mail": {name: round(ms, 2) for name, ms in cpu.items()},
            "naive's cpu/ours": round(cpu["naive"] / (cpu["worker"] + cpu["reading process"]), 1),
            "ms_by_step": {name: round(ms, 2) for name, ms in done.ms_by_step.items()},
            "ms_inside": {name: round(ms, 2) for name, ms in inside(config, environment(whole, sink.url, folder / "x.db"), 200).items()},
        }  # fmt: skip
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
