"""From the mailbox to the draft: mails/s and ms by step, beside the floor and the naive script, in one run.

    python -m benchmarks.pipeline [MAILS] [NAIVE_MAILS]

Dovecot (Maildir, loopback) and an SMTP server are started here. (a) the floor: the same mails only fetched and committed.
(b) `naive.py` on a part of them. Ours runs with `synchronous=FULL`, one worker and its reading process. Ratios count; the
machine's speed varies.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
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
from mailflow.worker.service import Worker, take_all
from tests.servers.dovecot import Dovecot
from tests.servers.smtp import SmtpSink

START = "2026-03-04T00:00:00+09:00"
NOW = "2026-03-11T10:00:00+09:00"


def environment(imap: str, smtp: str, database: Path) -> dict[str, str]:
    return {
        "MAILFLOW_IMAP_URL": imap, "MAILFLOW_SMTP_URL": smtp, "MAILFLOW_DATABASE": f"sqlite:///{database}",
        "MAILFLOW_START": START, "MAILFLOW_NOW": NOW,
    }  # fmt: skip


def ours(config: Path, env: dict[str, str], *, judge_too: bool) -> tuple[float, dict[str, float], int]:
    """One worker as it runs: its watch takes mail in while its processing goes on. (seconds, ms by step, drafts)."""
    with Worker(config, env, paced=False) as worker:
        watch = worker.watch_lock.acquire()
        assert watch is not None
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
        return seconds, {name: 1000 * s / max(1, new[0]) for name, s in steps.items()}, drafts


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
        for user, part in (("all", made), ("few", made[:fewer])):
            dovecot.add(f"{user}@mailbox.example")
            dovecot.append_many(f"{user}@mailbox.example", part)
        whole, few = dovecot.url("all@mailbox.example"), dovecot.url("few@mailbox.example")
        floor_s, _, _ = ours(config, environment(whole, sink.url, folder / "floor.db"), judge_too=False)
        ours_s, steps, drafts = ours(config, environment(whole, sink.url, folder / "ours.db"), judge_too=True)
        naive_mails, naive_s = naive.run(few, sink.url, folder)
        rates = {"floor": count / floor_s, "ours": count / ours_s, "naive": naive_mails / naive_s}
        report = {
            "mails": count, "mail_bytes": round(size), "form_bytes": len(form), "drafts": drafts, "cores": os.cpu_count(),
            "mails_per_s": {name: round(rate, 1) for name, rate in rates.items()},
            "ours/naive": round(rates["ours"] / rates["naive"], 1), "ours/floor": round(rates["ours"] / rates["floor"], 3),
            "ms_by_step": {name: round(ms, 2) for name, ms in steps.items()},
            "ms_inside": {name: round(ms, 2) for name, ms in inside(config, environment(whole, sink.url, folder / "x.db"), 200).items()},
        }  # fmt: skip
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
