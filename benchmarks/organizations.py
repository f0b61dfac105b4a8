"""Finding a body by its name: µs a look-up beside a plain dict look-up, and ms to build the directory.

python -m benchmarks.organizations
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from mailflow.intake.organizations import Directory
from mailflow.settings.reference import load_reference

DATA = Path(__file__).parents[1] / "mailflow" / "data"
NAMES = {
    "exact": "長野県 飯田市", "variant": "茨城県竜ケ崎市", "homonym": "府中市", "misspelt": "長野県飯口市",
    "ward": "札幌市中央区", "nonsense": "県" * 199 + "市",
}  # fmt: skip


def median_us(act: Callable[[], object], rounds: int = 200) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def main() -> None:
    reference = load_reference({path.name: path.read_bytes() for path in DATA.glob("*.csv")})
    directory = Directory.from_reference(reference)
    directory.lookup("いいだし")  # the index of readings is made at first need
    plain = {row.name: row for row in reference.municipalities}
    floor = median_us(lambda: plain.get("飯田市"))
    took = {name: median_us(lambda text=text: directory.lookup(text)) for name, text in NAMES.items()}
    report = {
        "build_ms": round(median_us(lambda: Directory.from_reference(reference), 10) / 1000, 2),
        "dict_us": round(floor, 2),
        "lookup_us": {name: round(us, 1) for name, us in took.items()},
        "exact/dict": round(took["exact"] / floor, 1),
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
