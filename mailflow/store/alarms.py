"""What is ill, since when, and whether people were told: once, and once when it is well again (DESIGN §8 "Watchman")."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from mailflow.codec import clean_text
from mailflow.store.base import Base
from mailflow.store.moves import DRAFT, D
from mailflow.store.tables import table_of
from mailflow.store.tables_consultation import BookingRow
from mailflow.store.tables_safety import AlarmRow

ALARM, BOOKING = table_of(AlarmRow), table_of(BookingRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """`well`: it ended, and that is what has to be told."""

    id: int
    key: str
    text: str
    since: datetime
    ended_at: datetime | None

    @property
    def well(self) -> bool:
        return self.ended_at is not None


class Alarms(Base):
    def observe(
        self, problems: Mapping[str, str], *, now: datetime, after: timedelta, muted: Collection[str] = ()
    ) -> list[Alarm]:
        """Keep what is ill at `now` (system time), key -> words, and end what isn't any more. Returns what has to be told:
        what has lasted for `after`, and what was told and is well again. `muted`: keys that nobody asks about at this hour;
        they neither begin nor end, and aren't told."""
        with self.write() as db:
            rows = db.execute(sa.select(ALARM.c.key, ALARM.c.id).where(ALARM.c.ended_at.is_(None))).all()
            open_keys: dict[str, int] = {row.key: row.id for row in rows}
            fresh = [
                {"key": key, "text": clean_text(text)[:1000], "since": now}
                for key, text in problems.items()
                if key not in open_keys and key not in muted
            ]
            if fresh:
                db.execute(sa.insert(ALARM), fresh)
            over = [number for key, number in open_keys.items() if key not in problems and key not in muted]
            if over:
                db.execute(sa.update(ALARM).where(ALARM.c.id.in_(over)).values(ended_at=now))
            # Seen by a clock that was set back since: else it would be told when that time comes again.
            db.execute(sa.update(ALARM).where(ALARM.c.told_at.is_(None), ALARM.c.since > now).values(since=now))
            due = db.execute(
                sa.select(ALARM)
                .where(
                    (ALARM.c.ended_at.is_(None) & ALARM.c.told_at.is_(None) & (ALARM.c.since <= now - after))
                    | (ALARM.c.ended_at.is_not(None) & ALARM.c.told_at.is_not(None) & ALARM.c.well_told_at.is_(None))
                )
                .order_by(ALARM.c.id)
            ).all()
        found = [Alarm(id=row.id, key=row.key, text=row.text, since=row.since, ended_at=row.ended_at) for row in due]
        return [one for one in found if one.well or one.key not in muted]

    def told(self, alarms: Iterable[Alarm], *, now: datetime) -> None:
        """People know now."""
        with self.write() as db:
            for one in alarms:
                said = {"well_told_at": now} if one.well else {"told_at": now}
                db.execute(sa.update(ALARM).where(ALARM.c.id == one.id).values(**said))

    def ending_drafts(self, now: datetime, until: datetime) -> int:
        """How many letters wait for a person and become useless up to `until` (business time)."""
        query = sa.select(sa.func.count()).where(
            DRAFT.c.state.in_([D.WAITING.value, D.STALE.value]),
            DRAFT.c.valid_until > now,
            DRAFT.c.valid_until <= until,
        )
        with self.read() as db:
            return int(db.execute(query).scalar_one())

    def waiting_slots(self, now: datetime, since: datetime) -> int:
        """How many held slots still lie ahead whose letter has waited for a person since `since` (business time)."""
        query = (
            sa.select(sa.func.count())
            .select_from(BOOKING.join(DRAFT, DRAFT.c.id == BOOKING.c.draft_id))
            .where(
                BOOKING.c.state == "held",
                BOOKING.c.starts > now,
                BOOKING.c.changed_at <= since,
                DRAFT.c.state.in_([D.WAITING.value, D.STALE.value]),
            )
        )
        with self.read() as db:
            return int(db.execute(query).scalar_one())
