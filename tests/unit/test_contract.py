"""The contract in the repository is the one that was agreed, and `validate` refuses what breaks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import contract

AGREED = Path(__file__).parents[3] / "shared" / "contract"

STATUS: dict[str, Any] = {
    "ok": True,
    "problems": [],
    "last_fetch": "2026-03-24T17:00:00+09:00",
    "last_send": None,
    "oldest_unjudged_s": 0.5,
    "states": {"waiting": 1},
    "config": {"hash": "0" * 64, "loaded_at": "2026-03-24T08:00:00Z", "error": None},
}
OUTBOX: dict[str, Any] = {
    "id": 1,
    "message_id": "<a@b.example>",
    "state": "sent",
    "to": [{"name": None, "address": "a@b.example"}],
    "attempts": 1,
}


def test_one_name_a_document() -> None:
    assert contract.names() == [
        "applications", "bookings", "drafts", "form-read", "mails", "outbox", "read", "status", "try",
    ]  # fmt: skip


def test_same_as_agreed() -> None:
    """Where the agreed files lie beside the checkout, ours are the same, byte for byte. Elsewhere ours are all."""
    agreed = {path.name: path.read_bytes() for path in AGREED.glob("*.schema.json")}
    ours = {path.name: path.read_bytes() for path in contract.SCHEMAS.glob("*.schema.json")}
    assert ours.keys() == {f"{name}.schema.json" for name in ("form-read", "lists", "read", "status", "try")}
    if AGREED.is_dir():
        assert ours == agreed


@pytest.mark.parametrize(("name", "document"), [("status", STATUS), ("outbox", OUTBOX)])
def test_good(name: str, document: dict[str, Any]) -> None:
    contract.validate(name, document)
    contract.validate(name, document | {"more": "keys may be added"})


@pytest.mark.parametrize(
    ("name", "document", "where"),
    [
        pytest.param("status", {k: v for k, v in STATUS.items() if k != "states"}, "'states'", id="key-missing"),
        pytest.param("status", STATUS | {"last_fetch": "2026-03-24 17:00"}, r"\$\.last_fetch", id="time-not-iso"),
        pytest.param("status", STATUS | {"last_fetch": "2026-03-24T17:00:00"}, r"\$\.last_fetch", id="time-naive"),
        pytest.param("status", STATUS | {"ok": None}, r"\$\.ok", id="wrong-type"),
        pytest.param("outbox", OUTBOX | {"state": "gone"}, r"\$\.state", id="unknown-state"),
        pytest.param("outbox", OUTBOX | {"to": [{"name": None}]}, r"\$\.to\[0\]", id="deep-inside"),
        pytest.param("outbox", [OUTBOX], "object", id="a-list-is-no-line"),
    ],
)
def test_bad(name: str, document: object, where: str) -> None:
    with pytest.raises(AssertionError, match=where):
        contract.validate(name, document)


def test_unknown_name() -> None:
    with pytest.raises(KeyError, match="drafts"):
        contract.validate("draft", {})
