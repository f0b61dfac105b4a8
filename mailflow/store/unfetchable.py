"""What lies in the mailbox and can't be fetched: each such UID has a row with the reason, until a good fetch fills it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from mailflow.clock import sys_now
from mailflow.codec import clean_text
from mailflow.model import Place
from mailflow.store import audit
from mailflow.store.tables import PlaceRow, table_of
from mailflow.store.watching import Watch, Watching

PLACE = table_of(PlaceRow)
PURGED = "内容は消去しました（purge）"  # why a mail has no content any more, or a UID no words
GONE = "（そのあと、フォルダーからなくなりました）"  # the end of a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfetchable:
    """A UID of which nothing but its place is known. `received_at`: its INTERNALDATE, else when we first met it."""

    id: int
    place: Place
    reason: str
    received_at: datetime


class Unfetchables(Watching):
    def record_unfetchable(
        self, place: Place, reason: str, *, received_at: datetime | None = None, watch: Watch | None = None
    ) -> None:
        """A UID that can't be fetched has a row; a later good fetch of it fills the row. `received_at`: its INTERNALDATE,
        where the server tells at least that. A purged row gets no words again."""
        values = place_values(place, received_at, None, sys_now()) | {"reason": clean_text(reason)[:500]}
        with self.write() as db:
            self.check_watch(db, watch)
            made = db.execute(
                self.upsert(PLACE).values(values).on_conflict_do_update(
                    index_elements=["mailbox", "folder", "uidvalidity", "uid"],
                    set_={"reason": values["reason"]},
                    where=PLACE.c.mail_id.is_(None) & PLACE.c.reason.not_in([values["reason"], PURGED]),
                ).returning(PLACE.c.id)
            ).scalar()  # fmt: skip
            if made is not None:
                audit.record(db, audit.Event(actor="timer", act="unfetchable", entity="place", entity_id=made))

    def unfetchable_gone(self, places: Sequence[Place], *, watch: Watch | None = None) -> None:
        """What couldn't be fetched isn't in its folder any more: the row stays, and says so."""
        with self.write() as db:
            self.check_watch(db, watch)
            for place in places:
                db.execute(
                    sa.update(PLACE)
                    .where(
                        PLACE.c.mailbox == place.mailbox, PLACE.c.folder == place.folder, PLACE.c.uid == place.uid,
                        PLACE.c.uidvalidity == place.uidvalidity, PLACE.c.mail_id.is_(None),
                        ~PLACE.c.reason.endswith(GONE), PLACE.c.reason != PURGED,
                    )
                    .values(reason=PLACE.c.reason + GONE)
                )  # fmt: skip

    def unfetchable(self) -> list[tuple[Place, str]]:
        """What lies in the mailbox and can't be fetched, with the reason."""
        query = (
            sa.select(PLACE)
            .where(PLACE.c.mail_id.is_(None), ~PLACE.c.reason.endswith(GONE), PLACE.c.reason != PURGED)
            .order_by(PLACE.c.id)
        )
        with self.read() as db:
            return [
                (Place(mailbox=r.mailbox, folder=r.folder, uidvalidity=r.uidvalidity, uid=r.uid), r.reason)
                for r in db.execute(query)
            ]

    def unfetchable_lines(self) -> list[Unfetchable]:
        """For lists: those that are gone from their folder too, oldest first."""
        query = sa.select(PLACE).where(PLACE.c.mail_id.is_(None)).order_by(PLACE.c.id)
        with self.read() as db:
            return [
                Unfetchable(
                    id=r.id,
                    place=Place(mailbox=r.mailbox, folder=r.folder, uidvalidity=r.uidvalidity, uid=r.uid),
                    reason=r.reason,
                    received_at=r.received_at or r.seen_at,
                )
                for r in db.execute(query)
            ]


def place_values(place: Place, received_at: datetime | None, mail_id: int | None, now: datetime) -> dict[str, object]:
    return {
        "mailbox": place.mailbox,
        "folder": place.folder,
        "uidvalidity": place.uidvalidity,
        "uid": place.uid,
        "mail_id": mail_id,
        "received_at": received_at,
        "reason": None,
        "seen_at": now,
    }
