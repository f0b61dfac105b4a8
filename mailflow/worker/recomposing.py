"""After a change of the configuration: which waiting letters would read otherwise, and what becomes of them (DESIGN §3).

Each is composed again on the `Known` and the times of its verdict, in a process that can be killed; nothing is written of
that. One that would be the same stays. One that would differ is composed anew where nobody had it in hand (its mail is
judged once more, by the worker's ordinary way), else it gets a notice. One that can't be told gets the notice too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import structlog

from mailflow.rehearsal.changes import Change, Stored
from mailflow.settings.settings import Settings
from mailflow.store import Store
from mailflow.store.judged import judged_mail
from mailflow.store.outdated import Outdated, notice, outdated, recompose
from mailflow.worker.replaying import stored
from mailflow.worker.sandbox import Sandbox, Spoiled

log = structlog.get_logger()

# What of a letter its reader or its approver would see otherwise.
SEEN = frozenset({"template", "letter", "approval"})


@dataclass(frozen=True, slots=True)
class Recomposed:
    """How many letters were looked at, sent back to be composed anew, given a notice."""

    looked_at: int = 0
    anew: int = 0
    noticed: int = 0


def recompose_outdated(store: Store, settings: Settings, *, at: datetime) -> Recomposed:
    """Every waiting letter of another configuration. Raises SandboxBroken."""
    if not outdated(store, settings.hash):
        return Recomposed()
    limits = settings.file.limits
    with Sandbox(settings.bundle, time_limit=limits.read_time, memory=limits.memory) as sandbox:
        return held_against(store, settings, lambda mail: _asked(sandbox, mail), at=at)


def held_against(
    store: Store, settings: Settings, changed: Callable[[Stored], Change | None], *, at: datetime
) -> Recomposed:
    """The same, with `changed` to say what would change of a mail (Spoiled where it can't)."""
    waiting = outdated(store, settings.hash)
    anew = noticed = 0
    for one in waiting:
        differs = _differs(store, changed, one)
        if differs and one.free and recompose(store, one, at=at):
            anew += 1
            continue
        notice(store, one, on=differs)
        noticed += differs
    found = Recomposed(len(waiting), anew, noticed)
    log.info("letters held against the new configuration", looked_at=found.looked_at, anew=anew, noticed=noticed)
    return found


def _asked(sandbox: Sandbox, mail: Stored) -> Change | None:
    return cast(Change | None, sandbox.answer(sandbox.ask_replay(mail)))


def _differs(store: Store, changed: Callable[[Stored], Change | None], one: Outdated) -> bool:
    mail = judged_mail(store, one.mail_id, draft_id=one.draft_id)
    if mail is None:
        return True
    try:
        change = changed(stored(mail))
    except Spoiled as error:
        log.warning(
            "a waiting letter can't be composed by the new configuration", mail=one.mail_id, reason=error.reason
        )
        return True
    return change is not None and (bool(SEEN & set(change.differs)) or change.edited)
