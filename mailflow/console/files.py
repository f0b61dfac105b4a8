"""The console's own files, by names that hold their hash: a browser keeps them for ever, a new version has a new name."""

from __future__ import annotations

import hashlib
from importlib import resources

TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


class StaticFiles:
    """`url("console.css")` -> `/static/console.1a2b3c4d5e6f.css`; `get` gives type and bytes of such a name."""

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}
        self._files: dict[str, tuple[str, bytes]] = {}
        for file in (resources.files("mailflow.console") / "static").iterdir():
            stem, dot, ending = file.name.rpartition(".")
            if f"{dot}{ending}" not in TYPES:
                continue
            content = file.read_bytes()
            name = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
            self._urls[file.name] = f"/static/{name}"
            self._files[name] = (TYPES[f".{ending}"], content)

    def url(self, name: str) -> str:
        return self._urls[name]

    def get(self, name: str) -> tuple[str, bytes] | None:
        return self._files.get(name)
