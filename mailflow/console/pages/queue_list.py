"""The list of 承認待ち: what is asked for, counted, put in order and into groups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailflow.clock import tokyo
from mailflow.console import words
from mailflow.console.office import Waiting
from mailflow.console.visit import Visit, with_parameters
from mailflow.console.why_look import Why, why_look
from mailflow.store.moves import D
from mailflow.store.people import person_key
from mailflow.store.queue import QueueEntry, QueueRow, queue, queue_rows

SHOWN, BEFORE = 60, 20  # rows of the list at once, and of them before the letter that is open
SOON = timedelta(hours=4)
ARRIVED = "に到着"
ARRIVAL, ARRIVALS_AT_ONCE = "arrival", 200


def _fits(chosen: str, row: QueueEntry, now: datetime, me: str) -> bool:
    """Whether a letter is of the kind asked for."""
    match chosen:
        case "soon":
            return row.valid_until is not None and row.valid_until - now < SOON
        case "fix":
            return _is_fix(row.template, row.review)
        case "receipt":
            return _is_receipt(row.template, row.review)
        case "review":
            return row.review
        case "two":
            return row.two
        case "consultation":
            return _is_consultation(row.template, row.review)
        case "stale":
            return row.state == D.STALE
        case "mine":
            return row.assigned == me
        case "free":
            return row.assigned is None
    return True


FILTERS = {
    "": "すべて", "mine": "自分の担当", "free": "担当なし", "soon": "期限が近い", "fix": "修正依頼", "receipt": "受領", "review": "要確認", "two": "2人の承認",
    "consultation": "事前相談", "stale": "古い案",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """`by_arrival`: its name says on which day its letters' mails came."""

    name: str
    rows: tuple[QueueRow, ...]
    by_arrival: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """The list as asked for. `query`: what goes on with every link of it. `arrivals`: letters that say no more than that something
    arrived, each with its hash: approved by one key. `why`: why a person looks at a letter first, by its id."""

    rows: tuple[QueueEntry, ...]
    groups: tuple[Group, ...]
    chosen: str
    search: str
    total: int
    bulk: int
    counts: dict[str, int]
    most: int
    arrivals: tuple[str, ...]
    why: dict[int, Why]

    @property
    def query(self) -> str:
        return with_parameters("", {"f": self.chosen, "q": self.search})

    def after(self, draft_id: int) -> int | None:
        """The letter after this one, from the top where it was the last."""
        ids = [row.id for row in self.rows if row.state == D.WAITING or row.id == draft_id]
        if draft_id not in ids:
            return ids[0] if ids else None
        rest = ids[ids.index(draft_id) + 1 :] or [one for one in ids if one != draft_id]
        return rest[0] if rest else None

    def neighbour(self, draft_id: int, step: int) -> int | None:
        ids = [row.id for row in self.rows]
        if draft_id not in ids:
            return ids[0] if ids else None
        position = ids.index(draft_id) + step
        return ids[position] if 0 <= position < len(ids) else None


def listing(here: Visit, asked: Callable[[str], str], around: int | None = None) -> Listing:
    """The list as asked for; of a long one the part around a letter."""
    now = here.office.now()
    chosen, search = asked("f"), asked("q").strip()
    expired = chosen == "expired"
    waiting = here.office.waiting() if not expired else Waiting.of(queue(here.office.store, (D.EXPIRED,))[::-1])
    rows = list(waiting.rows)
    counts = _counts(waiting, now, here.user)
    if chosen in FILTERS:
        if chosen:
            rows = [row for row in rows if _fits(chosen, row, now, here.user)]
    elif not expired:
        chosen = ""
    if search:
        wanted = person_key(search)
        found = {
            row.id
            for row in queue_rows(here.office.store, [row.id for row in rows])
            if wanted in person_key(f"{row.organization or ''} {row.subject} {row.sender or ''} {row.case_number}")
        }
        rows = [row for row in rows if row.id in found]
    place = next((number for number, row in enumerate(rows) if row.id == around), 0)
    first = max(0, min(place - BEFORE, len(rows) - SHOWN))  # a short list is shown whole
    shown = queue_rows(here.office.store, [row.id for row in rows[first : first + SHOWN]], reviewed=True)
    why = _why(here, shown)
    return Listing(
        rows=tuple(rows), groups=_grouped(shown, now), chosen=chosen, search=search, total=len(rows),
        bulk=sum(row.bulk for row in rows), counts=counts, most=SHOWN,
        arrivals=_arrivals(here, waiting) if not expired else (), why=why,
    )  # fmt: skip


def _why(here: Visit, rows: list[QueueRow]) -> dict[int, Why]:
    look_first = {one.name for one in here.office.settings.rules.checks if one.look_first}
    found = ((row.id, why_look(row, look_first)) for row in rows if row.state == D.WAITING)
    return {draft_id: why for draft_id, why in found if why is not None}


def _arrivals(here: Visit, waiting: Waiting) -> tuple[str, ...]:
    ids = [row.id for row in waiting.rows if row.bulk and row.template == ARRIVAL][:ARRIVALS_AT_ONCE]
    return tuple(f"{row.id}:{row.content_sha256}" for row in queue_rows(here.office.store, ids)) if ids else ()


def _counts(waiting: Waiting, now: datetime, me: str) -> dict[str, int]:
    """How many letters each filter finds."""
    kinds = waiting.templates

    def of(fits: Callable[[str, bool], bool]) -> int:
        return sum(count for (template, review), count in kinds.items() if fits(template, review))

    soon = 0
    for row in waiting.rows:  # those with a limit come first, in its order
        if row.valid_until is None or row.valid_until - now >= SOON:
            break
        soon += 1
    return {
        "": len(waiting.rows), "mine": waiting.whose[me], "free": waiting.whose[None], "soon": soon,
        "fix": of(_is_fix), "receipt": of(_is_receipt), "review": waiting.review, "two": waiting.two,
        "consultation": of(_is_consultation), "stale": waiting.stale,
    }  # fmt: skip


def _is_fix(template: str, review: bool) -> bool:
    return words.letter_mark(template).tone == "fix" and not review


def _is_receipt(template: str, review: bool) -> bool:
    return template in ("receipt", "replacement") and not review


def _is_consultation(template: str, _review: bool) -> bool:
    return template.startswith("consultation-")


def _grouped(rows: list[QueueRow], now: datetime) -> tuple[Group, ...]:
    groups: dict[str, list[QueueRow]] = {}
    for row in rows:
        groups.setdefault(_group(row, now), []).append(row)
    return tuple(Group(name, tuple(found), name.endswith(ARRIVED)) for name, found in groups.items())


def _group(row: QueueRow, now: datetime) -> str:
    if row.valid_until is not None and row.state != D.EXPIRED:
        if row.valid_until - now < SOON:
            return "期限が近い"
        return (
            f"{'きょう' if tokyo(row.valid_until).date() == tokyo(now).date() else words.day(row.valid_until)}までの案"
        )
    at = tokyo(row.at)
    if at.date() == tokyo(now).date():
        return f"きょう {at.hour}時台{ARRIVED}"
    return f"{words.day(row.at)}{ARRIVED}"
