"""Whatever people and servers do to a mailbox between two looks: each mail has one row, none is lost, none comes twice.

paperless-ngx#8944: UIDs began again and new mail was skipped. Here a machine of rules (hypothesis) appends, resends, moves,
copies, deletes, flags, renames folders, gives them another UIDVALIDITY, breaks the line in any answer and restarts the worker,
and after every look the real store is held against a small model of it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mailflow.mail import identify
from mailflow.mailbox.errors import MailboxError
from mailflow.mailbox.imap import Imap
from mailflow.settings.connection import Connection
from mailflow.settings.models import Folders, Mailbox
from mailflow.store import Store, open_store
from mailflow.store.arrivals import MAIL
from mailflow.store.watching import Watch
from mailflow.worker.arrive import Patience, Taker
from mailflow.worker.watch import Watcher
from tests.unit.store.flow import NOW
from tests.unit.worker.mailbox_model import Lying, Server

WATCHED, JUNK, ASIDE, ELSEWHERE = ("INBOX", "応募"), "Junk", "片付け", "旧応募"
FOLDERS = (*WATCHED, JUNK, ASIDE)
SETTINGS = Mailbox(folders=Folders(watch=WATCHED, junk=(JUNK,)))
somewhere, any_number = st.sampled_from(FOLDERS), st.integers(0, 50)


AT = Connection(scheme="imaps", host="imap.example", port=993, user="office", password=None, tls="implicit")
content_of = lru_cache(maxsize=None)(lambda raw: identify(raw).content_id)


def mail(number: int, body: int) -> bytes:
    """Mails with one `number` have one Message-ID; another `body` is another content."""
    return (
        f"From: Taro <taro@city{number}.example>\r\nMessage-ID: <{number}@city{number}.example>\r\n"
        f"Date: Mon, 16 Mar 2026 09:00:00 +0900\r\nSubject: {number}\r\n\r\nbody {body}\r\n"
    ).encode()


class MailboxModel(RuleBasedStateMachine):
    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="mailflow-model-"))
        shutil.copyfile(self.empty, self.folder / "mailflow.db")
        self.store = self.opened()
        self.server, self.patience = self.serve(), Patience()
        self.made = self.steps = 0
        self.hops = 0

    def serve(self) -> Server:
        return Server(*FOLDERS)

    def opened(self) -> Store:
        return open_store(f"sqlite:///{self.folder / 'mailflow.db'}")

    def teardown(self) -> None:
        self.store.close()
        self.server.close()
        shutil.rmtree(self.folder)

    # --- what people and servers do -----------------------------------------------------------------------------------

    def pick(self, folder: str, number: int) -> tuple[int, Lying] | None:
        lying = sorted(self.server.named[folder].mails.items()) if folder in self.server.named else []
        return lying[number % len(lying)] if lying else None

    def put(self, folder: str, raw: bytes, minutes: int, *, opened: bool = False) -> None:
        if folder in self.server.named:
            self.server.put(folder, Lying(raw, NOW + timedelta(minutes=minutes), opened, opened))

    @rule(folder=somewhere, minutes=any_number, opened=st.booleans())
    def a_mail_arrives(self, folder: str, minutes: int, opened: bool = False) -> None:
        """And perhaps a colleague opens it before we look."""
        self.made += 1
        self.put(folder, mail(self.made, 0), minutes, opened=opened)

    @rule(folder=somewhere, number=any_number, minutes=any_number)
    def a_mail_is_delivered_once_more(self, folder: str, number: int, minutes: int) -> None:
        """Its transport headers differ."""
        self.hops += 1
        received = f"Received: from relay{self.hops}.example by mx.example; Mon, 16 Mar 2026 09:00:00 +0900\r\n"
        self.put(folder, received.encode() + mail(1 + number % max(1, self.made), 0), minutes)

    @rule(folder=somewhere, number=any_number, body=st.integers(1, 3))
    def another_mail_has_the_same_message_id(self, folder: str, number: int, body: int) -> None:
        self.put(folder, mail(1 + number % max(1, self.made), body), 7)

    @rule(folder=somewhere, to=somewhere, number=any_number, keep=st.booleans())
    def somebody_moves_or_copies_one(self, folder: str, to: str, number: int, keep: bool) -> None:
        found = self.pick(folder, number)
        if found is not None and to in self.server.named:
            uid, lying = found
            self.server.put(to, Lying(lying.raw, lying.at, lying.seen, lying.read))
            if not keep:
                self.server.remove(folder, uid)

    @rule(folder=somewhere, number=any_number)
    def somebody_deletes_one(self, folder: str, number: int) -> None:
        if (found := self.pick(folder, number)) is not None:
            self.server.remove(folder, found[0])

    @rule(folder=somewhere, number=any_number)
    def somebody_reads_one(self, folder: str, number: int) -> None:
        if (found := self.pick(folder, number)) is not None:
            self.server.read_by_a_person(folder, found[0])

    @rule(folder=st.sampled_from((*WATCHED, JUNK)))
    def the_server_numbers_anew(self, folder: str) -> None:
        if folder in self.server.named:
            self.server.number_anew(folder)

    @precondition(lambda self: ELSEWHERE not in self.server.named)
    @rule(replaced=st.booleans())
    def somebody_renames_a_watched_folder(self, replaced: bool) -> None:
        """And perhaps makes a new one of that name."""
        self.server.rename("応募", ELSEWHERE)
        if replaced:
            self.server.make("応募")

    @precondition(lambda self: ELSEWHERE in self.server.named and "応募" not in self.server.named)
    @rule()
    def and_gives_it_its_name_back(self) -> None:
        self.server.rename(ELSEWHERE, "応募")

    @rule(answers=st.integers(0, 25))
    def the_line_will_break(self, answers: int) -> None:
        self.server.breaks_after = answers

    @rule(folder=st.sampled_from((*WATCHED, JUNK)), answers=st.integers(0, 20))
    def a_mail_arrives_and_the_line_will_break(self, folder: str, answers: int) -> None:
        """In the midst of what is said of it."""
        self.a_mail_arrives(folder, 1)
        self.server.breaks_after = answers

    @rule()
    def the_worker_is_restarted(self) -> None:
        self.store.close()
        self.store, self.patience = self.opened(), Patience()

    # --- looks --------------------------------------------------------------------------------------------------------

    @initialize(folders=st.lists(somewhere, min_size=1, max_size=6))
    def there_was_mail_before(self, folders: list[str]) -> None:
        for folder in folders:
            self.a_mail_arrives(folder, 0)
        self.the_watch_looks([])

    @rule(
        meanwhile=st.lists(
            st.tuples(st.sampled_from(("arrives", "moved", "deleted")), somewhere, somewhere, any_number), max_size=3
        )
    )
    def the_watch_looks(self, meanwhile: list[tuple[str, str, str, int]]) -> None:
        """A connection of the watch itself, with looks between which it waits in IDLE and something happens. A broken line is a
        new connection."""
        left, said, stop = list(meanwhile), [], threading.Event()

        def idle() -> None:
            if not left:
                stop.set()
                return
            what, folder, to, number = left.pop()
            if what == "arrives":
                self.a_mail_arrives(folder, number)
            elif what == "moved":
                self.somebody_moves_or_copies_one(folder, to, number, keep=False)
            else:
                self.somebody_deletes_one(folder, number)

        self.server.while_idle = idle
        watcher = Watcher(
            store=self.store, connection=lambda: AT, mailbox=lambda: SETTINGS, compare=lambda: timedelta(minutes=10),
            start=lambda: None, take_watch=lambda: None, arrived=lambda _stock: None, looked=lambda: said.append(""),
            trouble=said.append, stop=stop,
        )  # fmt: skip
        for _ in range(3):
            said.clear()
            try:
                watcher._serve(cast(Imap, self.server.connect()), AT, cast(Watch, None), self.patience)
            except MailboxError:
                continue
            missing = [name for name in WATCHED if name not in self.server.named]
            assert said, "every look is told of"
            assert all(name in said[-1] for name in missing), "a folder that isn't there is told of"
            assert missing or not said[-1]
            return self.everything_is_stored()
        return None

    def we_look_again(self) -> None:
        """Within a connection: only what is new."""
        taker = Taker(store=self.store, mailbox=SETTINGS, start=None, patience=self.patience)
        try:
            taker.folders(cast(Imap, self.server.connect()), whole=False)
        except MailboxError:
            return  # the next connection compares all
        self.everything_is_stored()

    # --- what holds ---------------------------------------------------------------------------------------------------

    def stored(self) -> tuple[dict[tuple[int, int], tuple[str, str]], dict[str, Any]]:
        """Straight from the tables: (folder, content) by UIDVALIDITY and UID; mails by content."""
        with self.store.read() as db:
            places = db.execute(sa.text("SELECT p.*, m.content_id FROM place p JOIN mail m ON m.id = p.mail_id")).all()
            mails = db.execute(sa.select(MAIL)).all()
        assert len({one.content_id for one in mails}) == len(mails), "nothing comes twice"
        return {(p.uidvalidity, p.uid): (p.folder, p.content_id) for p in places}, {m.content_id: m for m in mails}

    def everything_is_stored(self) -> None:
        places, _ = self.stored()
        for name in (*WATCHED, JUNK):
            folder = self.server.named.get(name)
            for uid in folder.mails if folder else ():
                assert (folder.uidvalidity, uid) in places, "nothing is lost"

    @invariant()
    def what_is_stored_is_true(self) -> None:
        self.steps += 1
        if self.steps % 2:
            self.we_look_again()
        places, mails = self.stored()
        given = {key: (content_of(lying.raw), lying.at) for key, lying in self.server.given.items()}
        assert all(places[key][1] == given[key][0] for key in places), "each place holds its own mail"
        found: dict[str, list[tuple[str, datetime]]] = {}
        for key, (folder, content_id) in places.items():
            found.setdefault(content_id, []).append((folder, given[key][1]))
        assert set(mails) == set(found), "no mail that nobody wrote"
        for content_id, row in mails.items():
            assert row.received_at == min(at for _, at in found[content_id]), "the earliest time rules"
            assert row.junk == all(folder == JUNK for folder, _ in found[content_id]), "rescued from Junk it is a mail"
            assert row.state == "new", "nothing is decided by a look"
        assert all(one.seen == one.read for one in self.server.given.values()), "we flag nothing"
        assert self.store.unfetchable() == []


QUICK: dict[str, Any] = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


def run(empty: Path, of: type[MailboxModel] = MailboxModel, **how: Any) -> None:
    machine = type("Mailbox", (of,), {"empty": empty})
    run_state_machine_as_test(machine, settings=settings(**QUICK, **how))  # type: ignore[no-untyped-call]


def test_a_few_hundred_things_that_happen_to_a_mailbox(empty_database: Path) -> None:
    run(empty_database, max_examples=10, stateful_step_count=20)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_many_things_that_happen_to_a_mailbox(empty_database: Path) -> None:
    run(empty_database, max_examples=150, stateful_step_count=50)
