"""Importing this registers every command. Each module imports what it works with inside its functions, so that
`mailflow read` needs no database and starts quickly."""

from mailflow.cli import attempt, config, form, read

__all__ = ["attempt", "config", "form", "read"]
