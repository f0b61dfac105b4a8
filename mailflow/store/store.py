"""`Store`: every area of the store on one connection pool. Open it with `mailflow.store.open_store`.

In the order of the flow: `Arrivals` (arrive), `Mails` (the queue of judging), `Knowing` (load_known), `Committing`
(commit_outcome), `Drafts` and `Outbox` (letters), `Editing`, `Facts` (clock, switches, configurations), `Bookings`
(consultations), `People`, `Sessions`, `AuditTrail`, `Sealing`, `Balance`, `Closings`, `Purging`, `Bounces`, `Alarms`,
`HandReplies`.
"""

from __future__ import annotations

from mailflow.store.alarms import Alarms
from mailflow.store.arrivals import Arrivals
from mailflow.store.audit import AuditTrail
from mailflow.store.balance import Balance
from mailflow.store.booking_list import Bookings
from mailflow.store.bounces import Bounces
from mailflow.store.closings import Closings
from mailflow.store.commit import Committing
from mailflow.store.editing import Editing
from mailflow.store.hand_replies import HandReplies
from mailflow.store.liveness import is_alive
from mailflow.store.mails import Mails
from mailflow.store.people import People
from mailflow.store.purging import Purging
from mailflow.store.seal import Sealing
from mailflow.store.sessions import Sessions


class Store(
    Committing,
    Arrivals,
    Mails,
    Bookings,
    Editing,
    People,
    Sessions,
    AuditTrail,
    Sealing,
    Balance,
    Closings,
    Purging,
    Bounces,
    Alarms,
    HandReplies,
):
    """Durable state of one mailflow: typed calls in, frozen dataclasses out."""

    def is_alive(self, claimant: str) -> bool:
        """Whether the process of this name lives (its lock is held)."""
        return is_alive(self, claimant)

    def recover(self) -> tuple[int, int, int]:
        """At start and every few seconds: (mails taken back, letters approved again, letters uncertain)."""
        mails = self.recover_mails(self.is_alive)
        again, uncertain = self.recover_outgoing(self.is_alive)
        return mails, again, uncertain
