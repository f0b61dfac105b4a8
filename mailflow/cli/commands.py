"""The whole command line. Each module imports what it works with inside its functions, so that `mailflow read` needs no
database and starts quickly."""

from __future__ import annotations

import typer

from mailflow.cli import (  # noqa: F401 - importing a module registers its commands
    applications,
    attempt,
    backup,
    bookings,
    calls,
    case_acts,
    cases,
    closing,
    config,
    consultations,
    data,
    draft_acts,
    form,
    health,
    judging,
    login,
    mails,
    outgoing,
    people,
    questions,
    read,
    reconcile,
    regroup,
    replaying,
    rule_tests,
    service,
    slots,
    starting,
    templates,
)
from mailflow.cli.app import app
from mailflow.cli.help import Group

# As a newcomer meets them, then as the day goes.
ORDER = (
    "demo", "init", "run", "worker", "web", "status", "doctor", "login", "mails", "drafts", "applications", "cases", "slots", "bookings", "outbox", "import",
    "read", "try", "replay", "config", "data", "templates", "form", "users", "audit", "reconcile", "closing", "tasks", "calls", "questions", "backup", "restore", "purge",
    "sending",
)  # fmt: skip


def command_line() -> Group:
    """Every command, in the order of the help."""
    found = typer.main.get_command(app)
    assert isinstance(found, Group)  # noqa: S101  (for the type checker: `app` is a Family)
    found.commands = {name: found.commands[name] for name in (*ORDER, *sorted(found.commands.keys() - set(ORDER)))}
    return found
