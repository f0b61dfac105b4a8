"""Importing this registers every command, in the order of the help. Each module imports what it works with inside its
functions, so that `mailflow read` needs no database and starts quickly."""

from mailflow.cli import (
    applications,
    attempt,
    config,
    drafts,
    form,
    health,
    mails,
    outgoing,
    people,
    read,
    service,
    starting,
    templates,
)  # isort: skip

__all__ = [
    "applications",
    "attempt",
    "config",
    "drafts",
    "form",
    "health",
    "mails",
    "outgoing",
    "people",
    "read",
    "service",
    "starting",
    "templates",
]
