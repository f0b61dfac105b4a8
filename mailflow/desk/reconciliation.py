"""`reconcile`: every UID of the watched folders, arrivals, verdicts, drafts, outgoing mail and Sent held against each other.

In: the store, an open mailbox (None where it can't be reached: then nothing balances), the settings, the clock. Out:
`Statement`. Each UID has exactly one of verdict, failed, unfetchable, before start, waiting (with its age); what has none
is named. It touches nothing; `keep` remembers the result for `status`. Source: DESIGN §8.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mailflow.clock import Clock, tokyo
from mailflow.mailbox.errors import MailboxError, Refused
from mailflow.mailbox.imap import Imap
from mailflow.mailbox.listing import SentHeader
from mailflow.settings.settings import Settings
from mailflow.store import Store, audit
from mailflow.store.arrivals import MailState
from mailflow.store.balance import Imbalance, PlaceState, token_of

FILED_WITHIN = timedelta(minutes=10)
SHOWN = 10
LAST = "reconciled"  # the fact that `status` reads
START_FACT = "start"
_NAMES = {
    MailState.JUDGED: "verdict",
    MailState.JUNK: "verdict",
    MailState.FAILED: "failed",
    MailState.BEFORE_START: "before_start",
    MailState.NEW: "waiting",
}
SORTS = ("verdict", "failed", "unfetchable", "before_start", "waiting", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderCount:
    """How many UIDs of a folder are what. `counts`: by the words of SORTS."""

    folder: str
    uidvalidity: int
    uids: int
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mail that nobody has judged yet. `age_s`: since it was stored, or where it isn't, since it came."""

    folder: str
    uid: int
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`at`: business time. `problems`: none means that it balances."""

    at: datetime
    folders: tuple[FolderCount, ...]
    waiting: tuple[Waiting, ...]
    sent: int
    filed: int
    problems: tuple[Imbalance, ...]
    states: dict[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        return not self.problems


def reconcile(store: Store, imap: Imap | None, settings: Settings, clock: Clock, *, reason: str = "") -> Statement:
    """The statement of this moment. `reason`: why there is no mailbox."""
    problems: list[Imbalance] = []
    folders: list[FolderCount] = []
    waiting: list[Waiting] = []
    sent = filed = 0
    if imap is None:
        problems.append(Imbalance(kind="mailbox-unread", what=f"メールボックスが読めません（{reason}）"))
    else:
        try:
            there = set(imap.folders())
            for folder in dict.fromkeys((*settings.file.mailbox.folders.watch, *settings.file.mailbox.folders.junk)):
                if folder in settings.file.mailbox.folders.junk and folder not in there:
                    continue  # a mailbox without a junk folder has no junk
                count, late, wrong = _folder(store, imap, folder, clock)
                folders += [count] if count else []
                waiting += late
                problems += wrong
            sent, filed, wrong = _sent(store, imap, settings, clock, exists=settings.file.mailbox.folders.sent in there)
            problems += wrong
        except MailboxError as error:
            problems.append(
                Imbalance(kind="mailbox-unread", what=f"メールボックスを読む途中で切れました（{error.reason}）")
            )
    problems += store.imbalances()
    return Statement(
        at=clock.now(),
        folders=tuple(folders),
        waiting=tuple(sorted(waiting, key=lambda one: -one.age_s)),
        sent=sent,
        filed=filed,
        problems=tuple(problems),
        states=dict(store.status_facts().states),
    )


def keep(store: Store, statement: Statement, *, actor: str, why: str) -> None:
    """Remember the result for `status`, and that it was made."""
    told = {
        "at": statement.at.astimezone(UTC).isoformat(),
        "balanced": statement.balanced,
        "problems": len(statement.problems),
        "first": [one.what for one in statement.problems[:SHOWN]],
    }
    store.set_fact(LAST, json.dumps(told, ensure_ascii=False))
    with store.write() as db:
        audit.record(
            db,
            audit.Event(
                actor=actor, act="reconciled", entity="setting", entity_id="mailbox",
                detail={"balanced": statement.balanced, "problems": len(statement.problems), "why": why},
            ),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LastStatement:
    at: datetime
    balanced: bool
    problems: int
    first: tuple[str, ...]


def last_statement(store: Store) -> LastStatement | None:
    """What `keep` remembered last."""
    text = store.fact(LAST)
    if not text:
        return None
    told = json.loads(text)
    return LastStatement(
        at=datetime.fromisoformat(told["at"]),
        balanced=bool(told["balanced"]),
        problems=int(told["problems"]),
        first=tuple(told["first"]),
    )


def _folder(
    store: Store, imap: Imap, folder: str, clock: Clock
) -> tuple[FolderCount | None, list[Waiting], list[Imbalance]]:
    try:
        selected = imap.select(folder, readonly=True)
        uids = imap.uids()
    except Refused as error:
        unread = Imbalance(kind="folder-unread", what=f"フォルダー「{folder}」が読めません（{error.reason}）")
        return None, [], [unread]
    rows = store.place_states(
        imap.account, folder, selected.uidvalidity
    )  # after the server: what came meanwhile has a row
    mark = store.watermark(imap.account, folder)
    seen = mark[1] if mark and mark[0] == selected.uidvalidity else 0
    counts: Counter[str] = Counter(dict.fromkeys(SORTS, 0))
    waiting: list[Waiting] = []
    lost: list[int] = []
    unstored: list[int] = []
    for uid in uids:
        row = rows.get(uid)
        if row is not None:
            name = _sort(row)
            if name == "waiting" and row.arrived_at is not None:
                age = (clock.sys_now() - row.arrived_at).total_seconds()
                waiting.append(Waiting(folder=folder, uid=uid, age_s=max(0.0, age)))
        elif uid > seen:
            name = "waiting"
            unstored.append(uid)
        else:
            name = "missing"
            lost.append(uid)
        counts[name] += 1
    for one in imap.listed(unstored):
        age = (clock.now() - one.received_at).total_seconds()
        waiting.append(Waiting(folder=folder, uid=one.uid, age_s=max(0.0, age)))
    wrong = [
        Imbalance(kind="uid-missing", what=f"フォルダー「{folder}」の UID {uid} が、データベースにありません")
        for uid in lost[:SHOWN]
    ]
    if len(lost) > SHOWN:
        what = f"フォルダー「{folder}」には、ほかに{len(lost) - SHOWN}通、データベースにないメールがあります"
        wrong.append(Imbalance(kind="uid-missing", what=what))
    wrong += [
        Imbalance(kind="uid-without-mail", what=f"フォルダー「{folder}」の UID {uid} の、メールの行がありません")
        for uid, row in rows.items()
        if row.mail_id is not None and row.state is None
    ]
    count = FolderCount(folder=folder, uidvalidity=selected.uidvalidity, uids=len(uids), counts=dict(counts))
    return count, waiting, wrong


def _sort(row: PlaceState) -> str:
    if row.mail_id is None:
        return "unfetchable"
    return _NAMES[row.state] if row.state is not None else "missing"


def _sent(
    store: Store, imap: Imap, settings: Settings, clock: Clock, *, exists: bool
) -> tuple[int, int, list[Imbalance]]:
    """Letters that a server took against their copies in Sent. (letters, copies of them, what doesn't match)."""
    folder = settings.file.mailbox.folders.sent
    letters = store.sent_letters()
    if not exists and not letters:
        return 0, 0, []
    copies: dict[str, list[SentHeader]] = {}
    if exists:
        for one in imap.sent_headers(folder):
            if one.mailflow_id:
                copies.setdefault(one.mailflow_id, []).append(one)
    wrong: list[Imbalance] = []
    filed = 0
    for letter in letters:
        lying = len(copies.get(token_of(letter.message_id), ()))
        filed += bool(lying)
        if lying > 1:
            what = f"手紙 {letter.id} が、フォルダー「{folder}」に{lying}通あります"
            wrong.append(Imbalance(kind="sent-copy-twice", what=what))
        elif not lying and (letter.filed_at is not None or clock.now() - letter.sent_at > FILED_WITHIN):
            what = (
                f"送った手紙 {letter.id} の写しが、フォルダー「{folder}」にありません（送信 {_clock(letter.sent_at)}）"
            )
            wrong.append(Imbalance(kind="sent-copy-missing", what=what))
    wrong += _strange(copies, store, settings, folder)
    return len(letters), filed, wrong


def _strange(copies: dict[str, list[SentHeader]], store: Store, settings: Settings, folder: str) -> Iterator[Imbalance]:
    """Letters in Sent that bear our mark and that the database doesn't know: their rows are gone."""
    known = store.letter_tokens()
    kept = store.fact(START_FACT)
    start = settings.file.start or (datetime.fromisoformat(kept) if kept else None)
    for token, headers in copies.items():
        one = headers[0]
        if token in known or ".doctor.mailflow@" in one.message_id or (start and one.received_at < start):
            continue
        what = f"フォルダー「{folder}」の UID {one.uid} は mailflow の手紙ですが、データベースにありません"
        yield Imbalance(kind="sent-unknown", what=what)


def _clock(at: datetime) -> str:
    local = tokyo(at)
    return f"{local.month}月{local.day}日 {local:%H:%M:%S}"
