"""The configuration in force, reloaded when its files change: whole or not at all (DESIGN §3).

A broken edit keeps the last good version running; `error` and the log say so. Every version that becomes active is
kept in the database by its hash.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import structlog

from mailflow.clock import sys_now
from mailflow.settings.bundle import folder_stamp, read_bundle
from mailflow.settings.env import imap_connection, smtp_connection
from mailflow.settings.load import build
from mailflow.settings.problems import ConfigErrors
from mailflow.settings.settings import Settings
from mailflow.store.store import Store

log = structlog.get_logger()


class Configuration:
    """Holds `settings` and how to reach both servers; `look` is called every few seconds by a job."""

    def __init__(self, settings: Settings, config_dir: Path, env: Mapping[str, str], store: Store) -> None:
        self._dir, self._env, self._store = config_dir, env, store
        self._lock = threading.Lock()
        self._stamp = folder_stamp(config_dir)
        self.error: str | None = None
        self._put_in_force(settings)

    def look(self) -> bool:
        """Reload if anything changed on disk. True when another version is in force now."""
        with self._lock:
            stamp = folder_stamp(self._dir)
            if stamp == self._stamp:
                return False
            changed = self._reload()
            self._stamp = stamp  # not before all of it is written down: a full disk is no edit that was seen
            return changed

    def _reload(self) -> bool:
        try:
            settings = build(read_bundle(self._dir), self._env)
            imap_connection(settings, self._env)  # a password's file that isn't there
            smtp_connection(settings, self._env)
        except (ConfigErrors, OSError) as error:
            self.error = str(error)
            log.error("configuration not loaded, the last good one goes on", error=self.error)
            self._store.set_fact("config_error", self.error[:4000])
            return False
        self.error = None
        self._store.set_fact("config_error", "")
        if settings.hash == self.settings.hash:
            return False
        self._put_in_force(settings)
        log.info("configuration loaded", hash=settings.hash[:12])
        return True

    def _put_in_force(self, settings: Settings) -> None:
        """Kept by its hash first: what is judged by it can be told later."""
        loaded_at = sys_now()
        self._store.record_config(settings.hash, settings.bundle.files, office=office_identifiers(settings))
        self._store.set_fact("config_hash", settings.hash)
        self._store.set_fact("config_loaded_at", loaded_at.isoformat())
        self.imap_at = imap_connection(settings, self._env)
        self.smtp_at = smtp_connection(settings, self._env)
        self.settings, self.loaded_at = settings, loaded_at


def office_identifiers(settings: Settings) -> list[str]:
    """What is the office's own and may stand in any letter: its addresses and telephone number, the bureaus', and the
    examples that the form prints beside its cells (a letter that asks for a telephone number shows one)."""
    own = [settings.programme.address, settings.programme.phone]
    own += [address for party in settings.parties.parties for address in party.addresses]
    own += [field.example for spec in settings.form.forms for field in spec.fields.values() if field.example]
    return own
