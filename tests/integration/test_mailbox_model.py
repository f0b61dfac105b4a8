"""The model of the mailbox (tests/unit/worker) once more, on Dovecot: what people do there is done over IMAP, and the UIDs are the
server's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from imapclient import SEEN

from mailflow.mailbox.errors import Unreachable
from mailflow.mailbox.imap import Imap
from mailflow.settings.connection import Connection
from tests.servers.dovecot import Dovecot
from tests.unit.worker.mailbox_model import Folder, Lying, Server
from tests.unit.worker.test_mailbox_model import FOLDERS, MailboxModel, run

_users = count(1)
_APPENDED = re.compile(rb"APPENDUID (\d+) (\d+)")


class Line(Imap):
    """The watch's own connection, which breaks where the model says."""

    def __init__(self, model: DovecotServer) -> None:
        super().__init__(model.at)
        self._model = model

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            self._model._answer()
        except Unreachable:
            self._broken = True
            raise
        with super()._told():
            yield

    def idle(self, _wait_s: float, _stopping: Callable[[], bool]) -> bool:
        self._model.while_idle()
        self.noop()
        return True


class DovecotServer(Server):
    """What is done to the model's folders is done to Dovecot's first."""

    def __init__(self, dovecot: Dovecot) -> None:
        user = f"model-{next(_users)}@mailbox.example"
        dovecot.add(user)
        to = urlsplit(dovecot.url(user))
        assert to.hostname is not None
        assert to.port is not None
        self.at = Connection(
            scheme="imap", host=to.hostname, port=to.port, user=user, password=unquote(to.password or ""), tls="plain"
        )
        self._open = ExitStack()
        self._person = self._open.enter_context(dovecot.session(user))
        self._line: Line | None = None
        super().__init__()
        for name in FOLDERS:
            self.make(name)

    def connect(self) -> Imap:
        """The open one, or a new one where it broke."""
        if self._line is None or self._line._broken:
            if self._line is not None:
                self._line.close()
            breaks, self.breaks_after = self.breaks_after, None  # not at the log-in: there is nothing to look at yet
            self._line = Line(self)
            self.breaks_after = breaks
        return self._line

    def put(self, folder: str, mail: Lying) -> None:
        said = self._person.append(folder, mail.raw, flags=(SEEN,) if mail.seen else (), msg_time=mail.at)
        found = _APPENDED.search(said)
        assert found is not None, said
        key = int(found[1]), int(found[2])
        assert key[0] == self.named[folder].uidvalidity
        self.named[folder].mails[key[1]] = self.given[key] = mail

    def remove(self, folder: str, uid: int) -> None:
        super().remove(folder, uid)
        self._person.select_folder(folder)
        self._person.delete_messages([uid])
        self._person.uid_expunge([uid])

    def read_by_a_person(self, folder: str, uid: int) -> None:
        super().read_by_a_person(folder, uid)
        self._person.select_folder(folder)
        change = self._person.add_flags if self.named[folder].mails[uid].read else self._person.remove_flags
        change([uid], [SEEN])

    def number_anew(self, folder: str) -> None:
        """A folder made anew; INBOX can't be."""
        if folder == "INBOX":
            return
        mails = list(self.named[folder].mails.values())
        self._leave()
        self._person.delete_folder(folder)
        self.make(folder)
        for mail in mails:
            self.put(folder, mail)

    def rename(self, old: str, new: str) -> None:
        self._leave()
        self._person.rename_folder(old, new)
        super().rename(old, new)

    def _leave(self) -> None:
        self._person.select_folder("INBOX")

    def make(self, folder: str) -> None:
        if not self._person.folder_exists(folder):
            self._person.create_folder(folder)
        said = self._person.select_folder(folder)
        self.named[folder] = Folder(int(said[b"UIDVALIDITY"]), given=self.given)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
        self._open.close()


@pytest.mark.long
@pytest.mark.dovecot
@pytest.mark.timeout(1800)
def test_the_model_on_dovecot(dovecot: Dovecot, empty_database: Path) -> None:
    class OnDovecot(MailboxModel):
        def serve(self) -> Server:
            return DovecotServer(dovecot)

    run(empty_database, OnDovecot, max_examples=15, stateful_step_count=30)
