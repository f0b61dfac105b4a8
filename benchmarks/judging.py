"""What judging costs: ms a mail from Understood to the composed letter, beside the standard library's parse of the same mails;
the directory of organizations; names looked up. The mails are those of tests/judging (some 590, in eight programs' styles).

python -m benchmarks.judging

CPU time (what else runs on the machine doesn't count): medians, and ratios where the machine's noise would make absolutes lie. `without_form`: mails without a workbook read;
`with_form`: the others, the form already read, the marked copy of a fix request left out (openpyxl's writer is another matter).
"""

from __future__ import annotations

import email
import email.policy
import json
import statistics
import time
from collections.abc import Callable

from benchmarks.organizations import NAMES
from mailflow import pipeline
from mailflow.intake.organizations import Directory
from mailflow.replies import marking
from tests.judging.letterbox import raw, settings
from tests.judging.states import KNOWN
from tests.judging.test_tables import CASES

ROUNDS = 5


def took_ms(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1000


def fastest_ms(act: Callable[[], object]) -> float:
    return min(took_ms(act) for _ in range(ROUNDS))


def parsed(content: bytes) -> None:
    for part in email.message_from_bytes(content, policy=email.policy.compat32).walk():
        part.get_payload(decode=True)


def loop() -> None:
    """100,000 additions, about 4 ms on the machine of FACTS.md when nothing else runs: by it absolutes can be read."""
    total = 0
    for number in range(100_000):
        total += number


def summary(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(len(ordered) * 0.95)], 2),
        "max": round(ordered[-1], 2),
    }


def main() -> None:
    config = settings()
    marking.TEMPLATE = ""  # no marked copies: see above
    times: dict[str, list[float]] = {"without_form": [], "with_form": [], "understand": [], "stdlib_parse": []}
    for case in CASES:
        content, at = raw(case.mail), case.mail.at
        reading = pipeline.take_in(content, config, at)
        known = KNOWN[case.known or "nothing"](reading, config)
        kind = "with_form" if reading.understood.forms else "without_form"
        times[kind].append(fastest_ms(lambda r=reading, k=known, t=at: pipeline.conclude(r, k, config, t, t)))  # type: ignore[misc]
        if kind == "without_form":
            times["understand"].append(fastest_ms(lambda c=content, t=at: pipeline.take_in(c, config, t)))  # type: ignore[misc]
            times["stdlib_parse"].append(fastest_ms(lambda c=content: parsed(c)))  # type: ignore[misc]
    shown = {name: summary(found) for name, found in times.items()}
    reference = config.reference
    directory = Directory.from_reference(reference)
    directory.lookup("いいだし")  # the index of readings is made at first need
    plain = {row.name: row for row in reference.municipalities}
    floor = fastest_ms(lambda: [plain.get("飯田市") for _ in range(1000)])
    report = {
        "loop_ms": round(fastest_ms(loop), 2),
        "mails": {name: len(found) for name, found in times.items()},
        "judge_and_compose_ms": {name: shown[name] for name in ("without_form", "with_form")},
        "read_and_understand_ms": shown["understand"],
        "stdlib_parse_ms": shown["stdlib_parse"],
        "judge_and_compose/stdlib_parse": round(shown["without_form"]["p50"] / shown["stdlib_parse"]["p50"], 1),
        "organizations": {
            "bodies": sum(place.kind != "prefecture" for place in reference.municipalities),
            "load_ms": round(fastest_ms(lambda: Directory.from_reference(reference)), 1),
            "lookup_us": {
                name: round(fastest_ms(lambda t=text: [directory.lookup(t) for _ in range(100)]) * 10, 1)  # type: ignore[misc]
                for name, text in NAMES.items()
            },
            "dict_us": round(floor, 3),
        },
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
