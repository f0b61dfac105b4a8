"""Facts of the database itself: the business clock, the sending switch, configurations, when what last happened.

The offset of the business clock is fixed once a database: MAILFLOW_NOW at the first start decides it, a later start
goes on from it, and it never goes back.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import sqlalchemy as sa

from mailflow.clock import Clock, sys_now
from mailflow.store import audit
from mailflow.store.arrivals import MAIL, MailState
from mailflow.store.base import Base
from mailflow.store.errors import ClockFixed
from mailflow.store.moves import DRAFT, OUTGOING, DraftState
from mailflow.store.tables import ConfigVersionRow, MetaRow, PublicFileRow, table_of
from mailflow.store.tables_case import AgainRow

META, CONFIG, PUBLIC_FILE, AGAIN = (
    table_of(MetaRow), table_of(ConfigVersionRow), table_of(PublicFileRow), table_of(AgainRow),
)  # fmt: skip
SENDING_OFF = "off"
_OFFSET, _SECRET, _SENDING, _FETCH, _SEND = "business_offset_us", "mark_secret", "sending", "last_fetch", "last_send"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """What `status` needs. `oldest_unjudged`: system time. `states`: counts by `mail.<state>`, `draft.<state>`, `outgoing.<state>`."""

    last_fetch: datetime | None
    last_send: datetime | None
    oldest_unjudged: datetime | None
    states: Mapping[str, int]


class Facts(Base):
    def clock(self, mailflow_now: datetime | None = None) -> Clock:
        """The clock of this database. `mailflow_now` (aware) fixes its business time, once; later it is ignored.

        Raises ClockFixed when the database has worked in real time already.
        """
        with self.read() as db:
            stored = _get(db, _OFFSET)
        if stored is None and mailflow_now is not None:
            offset = Clock.starting_at(mailflow_now).offset
            with self.write() as db:
                if _get(db, _OFFSET) is None and db.execute(sa.select(MAIL.c.id).limit(1)).first() is not None:
                    raise ClockFixed(
                        "このデータベースは実際の時刻で動いています。MAILFLOW_NOW は、新しいデータベースでだけ使えます"
                    )
                self._set(db, _OFFSET, str(offset // timedelta(microseconds=1)), overwrite=False)
                stored = _get(db, _OFFSET)
        return Clock() if stored is None else Clock(timedelta(microseconds=int(stored)))

    @cached_property
    def mark_secret(self) -> str:
        """What makes the marks of case numbers unguessable; made once a database."""
        with self.read() as db:
            found = _get(db, _SECRET)
        if found is None:
            with self.write() as db:
                self._set(db, _SECRET, secrets.token_hex(16), overwrite=False)
                found = _get(db, _SECRET)
        return str(found)

    def fact(self, key: str) -> str | None:
        with self.read() as db:
            return _get(db, key)

    def fact_once(self, key: str, value: str) -> str:
        """What is kept under `key`: `value` where nothing was, whichever process came first."""
        with self.write() as db:
            self._set(db, key, value, overwrite=False)
            return str(_get(db, key))

    def set_fact(self, key: str, value: str) -> None:
        with self.write() as db:
            self._set(db, key, value)

    def fetched(self, at: datetime) -> None:
        """A fetch went well at `at` (business time)."""
        self.set_fact(_FETCH, at.astimezone(UTC).isoformat())

    @property
    def sending_switch(self) -> bool:
        """The console's switch; the one in YAML must be on too."""
        return self.fact(_SENDING) != SENDING_OFF

    def set_sending_in(self, db: sa.Connection, on: bool, *, actor: str) -> None:
        """Turn the console's switch, inside the caller's transaction."""
        self._set(db, _SENDING, "on" if on else SENDING_OFF)
        act = "sending-on" if on else "sending-off"
        audit.record(db, audit.Event(actor=actor, act=act, entity="setting", entity_id=_SENDING))

    def record_config(self, config_hash: str, files: Mapping[str, bytes], *, office: Iterable[str] = ()) -> None:
        """Keep a configuration's text once, and register its `templates/files/…` as the files that may go to anyone.

        `office`: identifiers of the secretariat and the bureaus (addresses, phone numbers), which no letter betrays
        anyone by. Idempotent.
        """
        now = sys_now()
        bundle = json.dumps({name: content.hex() for name, content in sorted(files.items())}).encode()
        prefix = "templates/files/"
        public = [
            {"sha256": hashlib.sha256(content).hexdigest(), "path": name.removeprefix(prefix), "first_seen": now}
            for name, content in files.items()
            if name.startswith(prefix)
        ]
        row = {"hash": config_hash, "bundle": bundle, "office": json.dumps(sorted(office)), "first_seen": now}
        with self.write() as db:
            made = db.execute(
                self.upsert(CONFIG).values(row).on_conflict_do_nothing().returning(CONFIG.c.hash)
            ).scalar()
            if not made:  # another version of this program may take more for the office's own
                db.execute(sa.update(CONFIG).where(CONFIG.c.hash == config_hash).values(office=row["office"]))
            if public:
                db.execute(self.upsert(PUBLIC_FILE).on_conflict_do_nothing(), public)
            if made:
                audit.record(
                    db, audit.Event(actor="policy", act="config-loaded", entity="config", entity_id=config_hash)
                )

    def config_files(self, config_hash: str) -> dict[str, bytes] | None:
        """The texts of a configuration by its hash."""
        with self.read() as db:
            found = db.execute(sa.select(CONFIG.c.bundle).where(CONFIG.c.hash == config_hash)).scalar()
        return None if found is None else {name: bytes.fromhex(text) for name, text in json.loads(found).items()}

    def config_versions(self, limit: int = 50) -> list[tuple[str, datetime]]:
        """Hash and first use (system time) of the configurations that were in force, newest first."""
        query = sa.select(CONFIG.c.hash, CONFIG.c.first_seen).order_by(CONFIG.c.first_seen.desc()).limit(limit)
        with self.read() as db:
            return [(row.hash, row.first_seen) for row in db.execute(query)]

    def status_facts(self) -> StatusFacts:
        states: dict[str, int] = {}
        with self.read() as db:
            for state, count in db.execute(sa.select(MAIL.c.state, sa.func.count()).group_by(MAIL.c.state)):
                states[f"mail.{state}"] = count
            letters = DRAFT.outerjoin(OUTGOING, OUTGOING.c.draft_id == DRAFT.c.id)
            for draft, sending, count in db.execute(
                sa.select(DRAFT.c.state, OUTGOING.c.state, sa.func.count())
                .select_from(letters)
                .group_by(DRAFT.c.state, OUTGOING.c.state)
            ):
                gone = draft == DraftState.APPROVED and sending is not None
                name = f"outgoing.{sending}" if gone else f"draft.{draft}"
                states[name] = states.get(name, 0) + count
            oldest = _oldest_unjudged(db)
            fetch, send = _get(db, _FETCH), _get(db, _SEND)
        return StatusFacts(
            last_fetch=_time(fetch), last_send=_time(send), oldest_unjudged=oldest, states=dict(sorted(states.items()))
        )

    def _set(self, db: sa.Connection, key: str, value: str, *, overwrite: bool = True) -> None:
        insert = self.upsert(META).values(key=key, value=value)
        db.execute(
            insert.on_conflict_do_update(index_elements=["key"], set_={"value": value})
            if overwrite
            else insert.on_conflict_do_nothing()
        )

    def _sent_at(self, db: sa.Connection, at: datetime) -> None:
        self._set(db, _SEND, at.astimezone(UTC).isoformat())


def _oldest_unjudged(db: sa.Connection) -> datetime | None:
    """Since when (system time) the mail has waited that waits longest: one judged once more, since it was put back."""
    new = MAIL.c.state == MailState.NEW.value
    first = sa.select(sa.func.min(MAIL.c.arrived_at)).where(new, MAIL.c.id.not_in(sa.select(AGAIN.c.mail_id)))
    again = sa.select(sa.func.min(AGAIN.c.at)).join(MAIL, MAIL.c.id == AGAIN.c.mail_id).where(new)
    since: datetime | None = db.execute(first).scalar()
    put_back: datetime | None = db.execute(again).scalar()
    if put_back is not None:  # business time
        put_back -= timedelta(microseconds=int(_get(db, _OFFSET) or 0))
    return min((one for one in (since, put_back) if one is not None), default=None)


def _get(db: sa.Connection, key: str) -> str | None:
    return db.execute(sa.select(META.c.value).where(META.c.key == key)).scalar()


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
