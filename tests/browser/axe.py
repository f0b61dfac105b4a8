"""axe-core, the checker of accessibility: somebody else's code, so it isn't in this repository. npm brings it, one exact version.

It lies in `.npm/` beside the sources, which git ignores. A test that needs it and can't have it fails and says why.
"""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
VERSION = "4.14.1"
FOLDER = ROOT / ".npm"
RUN = "axe.run(document, {resultTypes: ['violations']})"


@cache
def axe_source() -> str:
    """The script. Raises RuntimeError where npm is missing or can't fetch it."""
    file = FOLDER / "node_modules/axe-core/axe.min.js"
    wanted = FOLDER / VERSION
    if not (file.is_file() and wanted.is_file()):
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("npm がありません。apt-get install -y npm（axe-core を取るため）")
        command = [npm, "install", "--prefix", str(FOLDER), "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run([*command, f"axe-core@{VERSION}"], capture_output=True, text=True, check=False)
        if done.returncode or not file.is_file():
            raise RuntimeError(f"npm で axe-core {VERSION} を取れませんでした：{done.stderr[-500:]}")
        wanted.touch()
    return file.read_text(encoding="utf-8")


def violations(page: Any) -> list[str]:
    """What axe finds on the page that is open: rule, what it asks, the first places."""
    page.evaluate(axe_source())  # not a script of the page: its policy lets none in
    found = page.evaluate(RUN)["violations"]
    return [
        f"{one['id']}: {one['help']} ({'; '.join(str(node['target'][0]) for node in one['nodes'][:3])})"
        for one in found
    ]
