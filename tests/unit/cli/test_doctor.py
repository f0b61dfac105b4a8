"""What `doctor` advises: for a server that isn't reached nobody looks for a wrong password."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Cli

NOBODY = "127.0.0.1:1"


def test_a_server_that_is_not_reached(cli: Cli, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILFLOW_IMAP_URL", f"imap://office:secret@{NOBODY}")
    monkeypatch.setenv("MAILFLOW_SMTP_URL", f"smtp://office:secret@{NOBODY}")
    checks = {one["name"]: one for one in map(json.loads, cli("doctor", "--json").out.splitlines())}
    for name in ("受信：ログイン", "送信：ログイン"):
        one = checks[name]
        assert one["ok"] is False
        assert "ネットワーク" in one["advice"]
        assert "password" not in one["advice"]
