"""The demo's own copy of the configuration: the starter's files, pointed at the demo's servers.

In: the directory, the servers. Out: the path of its config/. What a person changed there stays; only what depends on this
start (ports, paths) is written again. Raises OSError.
"""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from mailflow.clock import TOKYO
from mailflow.demo.samples import boundary_host
from mailflow.demo.servers import DemoServers
from mailflow.settings.starter import copy_starter, starter_files

NOW = datetime(2026, 3, 26, 10, 0, tzinfo=TOKYO)  # the last morning of the round
START = datetime(2026, 3, 1, 0, 0, tzinfo=TOKYO)


def prepare(directory: Path, servers: DemoServers) -> Path:
    """config/ and templates/ in the directory, ready for `Worker`."""
    config = directory / "config"
    fresh = not config.exists()
    if fresh:
        copy_starter(directory, starter_files())
    path = config / "mailflow.yaml"
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 200
    document: Any = yaml.load(path.read_text(encoding="utf-8"))
    if fresh:
        document["programme"]["address"] = servers.address
        document["start"] = START.isoformat()
    mailbox, smtp = document["mailbox"], document["smtp"]
    mailbox["url"] = _plain(servers.imap_url)
    mailbox["password_file"] = str(directory.absolute() / "password")
    mailbox["boundary_hosts"] = [boundary_host(servers.address)]
    mailbox["authserv_id"] = boundary_host(servers.address)
    smtp["url"] = _plain(servers.smtp_url)
    document["database"]["url"] = f"sqlite:///{directory.absolute() / 'mailflow.db'}"
    out = io.StringIO()
    yaml.dump(document, out)
    path.write_text(out.getvalue(), encoding="utf-8")
    return config


def _plain(url: str) -> str:
    """Without user and password: those are no business of a file people look at."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
