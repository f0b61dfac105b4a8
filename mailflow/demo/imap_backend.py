"""A backend for the IMAP server pymap that keeps its mail in `imap_store`.

pymap's own backends don't do for us. Its maildir backend (0.36.7) keeps INTERNALDATE as a naive local time, lets clients
use only the keywords that a file lists, and looks for new mail once a second while a client waits in IDLE. Its dict
backend forgets everything at the end, and loses a wake-up when two mails come in quick succession: it waits for the
next event without asking whether something has come since it last looked. `Folder.update_selected` asks first.

Offered: IMAP4rev1 with IDLE, UIDPLUS, MOVE, MULTIAPPEND, SPECIAL-USE (RFC 6154), OBJECTID (EMAILID and MAILBOXID),
LITERAL+, any keyword, INTERNALDATE with its offset, the exact bytes of BODY[] however broken the mail.
Not offered: CONDSTORE, NAMESPACE, ENABLE, extended LIST, STARTTLS, \\Recent, THREADID, renaming INBOX.
SEARCH and FETCH see the folder as the client was last told of it, as with other servers: a client that polls sends NOOP
first. SEARCH BEFORE, ON and SINCE compare the date as it reads in the mail's own offset (RFC 3501 §6.4.4). ENVELOPE and
BODYSTRUCTURE go through pymap's parser, which a hostile mail can break (that connection then ends); BODY[], headers,
sizes, dates and flags never do.

Everything here runs on one event loop: no method awaits between reading and writing, so nothing needs a lock.
Accounts are few and known at start.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymap.backend.mailbox import MailboxDataInterface, MailboxSetInterface
from pymap.concurrent import Event
from pymap.exceptions import NotSupportedError
from pymap.flags import FlagOp
from pymap.interfaces.message import CachedMessage
from pymap.listtree import ListTree
from pymap.mailbox import MailboxSnapshot
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag, Recent, Seen, Wildcard, get_system_flags
from pymap.selected import SelectedMailbox, SelectedSet

from mailflow.clock import TOKYO, Clock
from mailflow.demo.imap_message import UNSTORABLE_FLAGS, StoredMessage, flag_texts
from mailflow.demo.imap_store import FolderRow, MailStore, MessageRow, NewMessage

INBOX = "INBOX"
FOLDER_NAME_LIMIT = 200


class _Snapshot(MailboxSnapshot):
    """FLAGS lists real flags; the wildcard belongs to PERMANENTFLAGS alone (RFC 3501 §7.2.6)."""

    @property
    def flags(self) -> frozenset[Flag]:
        return super().flags - {Wildcard}


class Folder(MailboxDataInterface[StoredMessage]):
    """One folder: what pymap asks of it, written through to the store."""

    def __init__(self, row: FolderRow, store: MailStore, clock: Clock) -> None:
        super().__init__()
        self.id = row.id
        self.subscribed = row.subscribed
        self._uid_validity = row.uid_validity
        self._uid_next = row.uid_next
        self._store = store
        self._clock = clock
        self._selected_set = SelectedSet()
        self._revision = 0
        self._changed = Event.for_asyncio()
        self._messages = {found.uid: StoredMessage(found, store) for found in store.messages(row.id)}

    @property
    def mailbox_id(self) -> ObjectId:
        return ObjectId(b"F%d" % self.id)

    @property
    def readonly(self) -> bool:
        return False

    @property
    def uid_validity(self) -> int:
        return self._uid_validity

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return (get_system_flags() - {Recent}) | {Wildcard}

    @property
    def selected_set(self) -> SelectedSet:
        return self._selected_set

    def wake(self) -> None:
        """Tell every client that waits in IDLE that something has changed."""
        self._revision += 1
        waited_for, self._changed = self._changed, Event.for_asyncio()
        waited_for.set()

    def take_in(self, row: MessageRow) -> StoredMessage:
        """A mail that the store has just got for this folder."""
        message = StoredMessage(row, self._store)
        self._messages[row.uid] = message
        self._uid_next = row.uid + 1
        self.wake()
        return message

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        if wait_on is not None:
            while selected.mod_sequence == self._revision and not wait_on.is_set():
                await wait_on.or_event(self._changed).wait()
        selected.mod_sequence = self._revision
        selected.set_messages(list(self._messages.values()))
        return selected

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> StoredMessage:  # noqa: ARG002
        when = append_msg.when or self._clock.now().astimezone(TOKYO)
        (row,) = self._store.add([NewMessage(self.id, append_msg.literal, when, flag_texts(append_msg.flag_set))])
        return self.take_in(row)

    async def copy(self, uid: int, destination: Folder, *, recent: bool = False) -> int | None:  # noqa: ARG002
        message = self._messages.get(uid)
        if message is None:
            return None
        return destination.take_in(self._store.copy(message.id, destination.id)).uid

    async def move(self, uid: int, destination: Folder, *, recent: bool = False) -> int | None:  # noqa: ARG002
        message = self._messages.get(uid)
        if message is None:
            return None
        row = self._store.move(message.id, destination.id)
        del self._messages[uid]
        self.wake()
        return destination.take_in(row).uid

    async def get(self, uid: int, cached_msg: CachedMessage) -> StoredMessage:
        message = self._messages.get(uid)
        if message is not None:
            return message
        if not isinstance(cached_msg, StoredMessage):
            raise TypeError(cached_msg)
        return cached_msg.as_expunged()

    async def update(
        self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp
    ) -> StoredMessage:
        message = await self.get(uid, cached_msg)
        flags = mode.apply(message.permanent_flags, flag_set - UNSTORABLE_FLAGS)
        if not message.expunged and flags != message.permanent_flags:
            self._store.set_flags(message.id, flag_texts(flags))
            message.permanent_flags = flags
            self.wake()
        return message

    async def delete(self, uids: Iterable[int]) -> None:
        gone = [self._messages[uid] for uid in uids if uid in self._messages]
        self._store.remove(message.id for message in gone)
        for message in gone:
            del self._messages[message.uid]
        self.wake()

    async def claim_recent(self, selected: SelectedMailbox) -> None:
        """\\Recent is not kept (IMAP4rev2 has dropped it)."""

    async def cleanup(self) -> None:
        """Nothing is left to tidy up: the store holds no rubbish."""

    async def messages(self) -> AsyncIterable[StoredMessage]:
        for message in list(self._messages.values()):
            yield message

    async def snapshot(self) -> MailboxSnapshot:
        unseen = [seq for seq, mail in enumerate(self._messages.values(), 1) if Seen not in mail.permanent_flags]
        return _Snapshot(
            self.mailbox_id,
            self.readonly,
            self.uid_validity,
            self.permanent_flags,
            self.session_flags,
            exists=len(self._messages),
            recent=0,
            unseen=len(unseen),
            first_unseen=unseen[0] if unseen else None,
            next_uid=self._uid_next,
        )


class Account(MailboxSetInterface[Folder]):
    """One account's folders, shared by all its connections."""

    def __init__(self, name: str, store: MailStore, clock: Clock, folders: Iterable[str]) -> None:
        super().__init__()
        self.name = name
        self._store = store
        self._clock = clock
        self._folders = {row.name: Folder(row, store, clock) for row in store.folders(name)}
        for wanted in folders:
            if wanted not in self._folders:
                self._create(wanted)

    def _create(self, name: str) -> Folder:
        folder = Folder(self._store.create_folder(self.name, name), self._store, self._clock)
        self._folders[name] = folder
        return folder

    def folder(self, name: str) -> Folder:
        """Raises KeyError."""
        return self._folders[INBOX if name.upper() == INBOX else name]

    @property
    def delimiter(self) -> str:
        return "/"

    def _tree(self, names: Iterable[str]) -> ListTree:
        return ListTree(self.delimiter).update(INBOX, *names)

    async def set_subscribed(self, name: str, subscribed: bool) -> None:
        try:
            folder = self.folder(name)
        except KeyError:
            return
        self._store.subscribe(folder.id, subscribed)
        folder.subscribed = subscribed

    async def list_subscribed(self) -> ListTree:
        return self._tree(name for name, folder in self._folders.items() if folder.subscribed)

    async def list_mailboxes(self) -> ListTree:
        return self._tree(self._folders)

    async def get_mailbox(self, name: str) -> Folder:
        return self.folder(name)

    async def add_mailbox(self, name: str) -> ObjectId:
        name = name.removesuffix(self.delimiter)  # RFC 3501 §6.3.3: it only announces children
        self._refuse_bad(name)
        if name in self._folders:
            raise ValueError(name)
        return self._create(name).mailbox_id

    def _refuse_bad(self, name: str) -> None:
        if len(name) > FOLDER_NAME_LIMIT or not all(name.split(self.delimiter)) or not name.isprintable():
            raise NotSupportedError("This name can't be used for a mailbox.")

    async def delete_mailbox(self, name: str) -> None:
        folder = self.folder(name)
        self._store.delete_folder(folder.id)
        del self._folders[name]
        folder.wake()

    async def rename_mailbox(self, before: str, after: str) -> None:
        self._refuse_bad(after)
        if before == INBOX:
            raise NotSupportedError("INBOX can't be renamed.")
        tree = self._tree(self._folders)
        renames = tree.get_renames(before, after)
        if not renames:
            raise KeyError(before)
        if tree.get(after) is not None:
            raise ValueError(after)
        self._store.rename_folders((self._folders[old].id, new) for old, new in renames)
        for old, new in renames:
            self._folders[new] = self._folders.pop(old)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One copy of a mail for one account's INBOX."""

    account: Account
    raw: bytes
    internal_date: datetime


def deliver(store: MailStore, deliveries: Sequence[Delivery]) -> None:
    """Put every copy on the disk in one transaction, then tell the clients that wait. Raises sqlite3.Error: none is in."""
    inboxes = [delivery.account.folder(INBOX) for delivery in deliveries]
    rows = store.add(
        [NewMessage(inbox.id, each.raw, each.internal_date) for inbox, each in zip(inboxes, deliveries, strict=True)]
    )
    for inbox, row in zip(inboxes, rows, strict=True):
        inbox.take_in(row)
