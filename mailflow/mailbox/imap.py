"""One IMAP connection, with what mailflow needs of it and nothing else (RFC 3501, 2177 IDLE, 4315 UIDPLUS, 6851 MOVE).

UIDs only, never sequence numbers. INTERNALDATE comes back aware. BODY.PEEK[] only: reading never sets \\Seen. Every
failure is a `MailboxError`: `Refused` where the server said no to one command, `Unreachable` after which the connection
is of no more use. Nothing waits longer than the time-out for an answer. One thread at a time.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import imapclient
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)

from mailflow.mailbox.errors import LoginRefused, MailboxError, NoSuchFolder, Refused, Unreachable
from mailflow.mailbox.listing import Fetched, Listed, Selected, SentHeader, sent_header
from mailflow.settings.connection import Connection, OAuth
from mailflow.tokens import TokenError, access_token

HEADERS_AT_ONCE = 500
NO_MOVE = "このサーバーは、メールを安全に移せません（MOVE も UIDPLUS もありません）"
_FIELDS = "BODY.PEEK[HEADER.FIELDS (X-MAILFLOW-ID MESSAGE-ID IN-REPLY-TO REFERENCES)]"
DONE_S = 20.0  # for the answer to DONE: a line that died without a word is found by it
IDLE_SLICE_S = 1.0  # how soon a stop is noticed


class Imap:
    """An open, logged-in connection. Use as a context manager; `close` never raises."""

    def __init__(self, connection: Connection, *, timeout_s: float = 60, ca_file: str | None = None) -> None:
        self._to = connection
        self._broken = False
        try:
            tls = ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            raise Unreachable(f"認証局のファイル {ca_file} が使えません: {_words(error)}") from error
        try:
            self._client = imapclient.IMAPClient(
                connection.host,
                port=connection.port,
                ssl=connection.tls == "implicit",
                ssl_context=tls if connection.tls == "implicit" else None,
                timeout=imapclient.SocketTimeout(connect=min(timeout_s, 30), read=timeout_s),
            )
            self._client.normalise_times = False  # else INTERNALDATE is naive local time (FACTS §7)
        except (IMAPClientError, OSError) as error:
            raise Unreachable(f"{connection.host}:{connection.port} につながりません: {_words(error)}") from error
        try:
            self._log_in(connection, tls)
        except MailboxError:
            self.close()
            raise

    def _log_in(self, connection: Connection, tls: ssl.SSLContext) -> None:
        _quiet(self._client)
        try:
            if connection.tls == "starttls":
                self._client.starttls(ssl_context=tls)
            if connection.oauth is not None:
                self._with_token(connection, connection.oauth)
            else:
                self._client.login(connection.user or "", connection.password or "")
        except TokenError as error:
            self._broken = True
            raise Unreachable(f"アクセス トークンがありません: {error.reason}") from error
        except LoginError as error:
            # imapclient calls a line that broke here a LoginError too; RFC 5530 has a word for "not now".
            if isinstance(error.__context__, IMAPClientAbortError) or "[UNAVAILABLE]" in str(error).upper():
                self._broken = True
                raise Unreachable(f"ログインの途中で切れました: {_words(error)}") from error
            raise LoginRefused(f"{connection.user} ではログインできません: {_words(error)}") from error
        except UnicodeError as error:
            raise LoginRefused("ユーザー名かパスワードに、ログインに使えない文字（全角など）があります") from error
        except (IMAPClientError, OSError) as error:
            self._broken = True
            raise Unreachable(f"ログインの途中で切れました: {_words(error)}") from error

    def _with_token(self, connection: Connection, oauth: OAuth) -> None:
        """XOAUTH2. A token that the server refuses may have ended before its time: once more with a new one."""
        try:
            self._client.oauth2_login(connection.user or "", access_token(oauth))
        except LoginError as error:
            if isinstance(error.__context__, IMAPClientAbortError):
                raise
            self._client.oauth2_login(connection.user or "", access_token(oauth, fresh=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """LOGOUT where the line still stands: on a broken one nobody answers it."""
        try:
            if self._broken:
                self._client.shutdown()
            else:
                self._client.logout()
        except (IMAPClientError, OSError):
            try:
                self._client.shutdown()
            except (IMAPClientError, OSError):
                return

    @property
    def account(self) -> str:
        """`user@host`: what `Place.mailbox` says."""
        return f"{self._to.user}@{self._to.host}"

    def can(self, capability: str) -> bool:
        with self._told():
            return bool(self._client.has_capability(capability))

    def folders(self) -> tuple[str, ...]:
        """All selectable folders, names decoded."""
        with self._told():
            listed = self._client.list_folders()
        return tuple(_text(name) for flags, _, name in listed if b"\\Noselect" not in flags)

    def select(self, folder: str, *, readonly: bool = False) -> Selected:
        """Raises NoSuchFolder, which lists the folders that exist."""
        with self._told():
            if not self._client.folder_exists(folder):
                there = "、".join(sorted(self.folders())[:30])
                raise NoSuchFolder(f"フォルダー「{folder}」がありません。あるのは {there} です。")
            answer = self._client.select_folder(folder, readonly=readonly)
        uidnext = answer.get(b"UIDNEXT")
        return Selected(
            folder, int(answer[b"UIDVALIDITY"]), int(answer[b"EXISTS"]), int(uidnext) if uidnext is not None else None
        )

    def ensure(self, folder: str) -> None:
        """Create the folder where it is missing."""
        with self._told():
            if not self._client.folder_exists(folder):
                self._client.create_folder(folder)

    def uids(self, *, since_uid: int = 1) -> list[int]:
        """The UIDs of the selected folder from `since_uid` on, ascending (`n:*` also names the last one: filtered)."""
        with self._told():
            found = self._client.search(["UID", f"{max(1, since_uid)}:*"])
        return sorted(uid for uid in found if uid >= since_uid)

    def listed(self, uids: Sequence[int]) -> tuple[Listed, ...]:
        """Size and INTERNALDATE. A UID that vanished meanwhile is missing in the answer."""
        if not uids:
            return ()
        with self._told():
            answer = self._client.fetch(list(uids), ["RFC822.SIZE", "INTERNALDATE"])
        return tuple(
            Listed(uid, data[b"INTERNALDATE"], int(data[b"RFC822.SIZE"]))
            for uid, data in sorted(answer.items())
            if b"RFC822.SIZE" in data and b"INTERNALDATE" in data
        )

    def fetch(self, uids: Sequence[int]) -> tuple[Fetched, ...]:
        """Whole mails. A UID that vanished meanwhile is missing in the answer."""
        with self._told():
            answer = self._client.fetch(list(uids), ["BODY.PEEK[]", "INTERNALDATE"])
        return tuple(
            Fetched(uid, data[b"INTERNALDATE"], data[b"BODY[]"])
            for uid, data in sorted(answer.items())
            if isinstance(data.get(b"BODY[]"), bytes) and b"INTERNALDATE" in data
        )

    def fetch_headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The header blocks alone, for what is too large or too old to be read. A UID that is gone is missing."""
        with self._told():
            answer = self._client.fetch(list(uids), ["BODY.PEEK[HEADER]"])
        return {uid: bytes(data.get(b"BODY[HEADER]") or b"") for uid, data in answer.items() if uid in set(uids)}

    @property
    def can_move(self) -> bool:
        """Whether `move` is safe here."""
        return self.can("MOVE") or self.can("UIDPLUS")

    def move(self, uids: Sequence[int], folder: str) -> None:
        """MOVE, or COPY + \\Deleted + UID EXPUNGE where the server has only UIDPLUS. Never a bare EXPUNGE: raises Refused where
        the server has neither."""
        with self._told():
            if self._client.has_capability("MOVE"):
                self._client.move(list(uids), folder)
            elif self._client.has_capability("UIDPLUS"):
                self._client.copy(list(uids), folder)
                self._client.delete_messages(list(uids), silent=True)
                self._client.uid_expunge(list(uids))
            else:
                raise Refused(NO_MOVE)

    def append(self, folder: str, raw: bytes, at: datetime, *, flags: Sequence[bytes] = (imapclient.SEEN,)) -> None:
        """File a mail, as read. `at` aware becomes its INTERNALDATE."""
        with self._told():
            self._client.append(folder, raw, flags=flags, msg_time=at)

    def remove(self, folder: str, uids: Sequence[int]) -> None:
        """Delete mails that we put there ourselves. Without UIDPLUS they are only marked: a bare EXPUNGE takes others' too."""
        if not uids:
            return
        self.select(folder)
        with self._told():
            self._client.delete_messages(list(uids), silent=True)
            if self._client.has_capability("UIDPLUS"):
                self._client.uid_expunge(list(uids))

    def find_header(self, folder: str, header: str, value: str) -> list[int]:
        """UIDs in `folder` whose header holds `value`."""
        self.select(folder, readonly=True)
        with self._told():
            return list(self._client.search(["HEADER", header, value]))

    def sent_headers(self, folder: str, *, since_uid: int = 1) -> list[SentHeader]:
        """Every mail of a folder from `since_uid` on, by its header."""
        self.select(folder, readonly=True)
        uids = self.uids(since_uid=since_uid)
        found: list[SentHeader] = []
        for start in range(0, len(uids), HEADERS_AT_ONCE):
            with self._told():
                answer = self._client.fetch(uids[start : start + HEADERS_AT_ONCE], [_FIELDS, "INTERNALDATE", "FLAGS"])
            for uid, data in sorted(answer.items()):
                block = next((value for key, value in data.items() if key.startswith(b"BODY[HEADER.FIELDS")), None)
                if block is not None and b"INTERNALDATE" in data:
                    deleted = imapclient.DELETED in data.get(b"FLAGS", ())
                    found.append(sent_header(uid, data[b"INTERNALDATE"], block, deleted=deleted))
        return found

    def noop(self) -> None:
        with self._told():
            self._client.noop()

    def idle(self, wait_s: float, stopping: Callable[[], bool]) -> bool:
        """IDLE on the selected folder for at most `wait_s`: whether the server told of new mail. Raises Unreachable on BYE.

        A line that died without a word is found when DONE isn't answered within DONE_S (or the time-out).

        What a server says in the same breath as its `+ idling` lies in imaplib's buffer, where `idle_check`, which polls the
        socket, doesn't see it: the answer to DONE, said at once then, brings it.
        """
        end = time.monotonic() + wait_s
        news = False
        with self._told():
            self._client.idle()
            waiting = not self._read_ahead()
            while waiting and not news and not stopping() and (left := end - time.monotonic()) > 0:
                slice_s, began = min(left, IDLE_SLICE_S), time.monotonic()
                told = self._client.idle_check(timeout=slice_s)
                news = _tells_of_mail(told)
                if not told and time.monotonic() - began < slice_s / 2:
                    break  # readable, and nothing to read: the line is closed (idle_check keeps that to itself); DONE tells
            with self._answered_within(DONE_S):
                _, said = self._client.idle_done()
        return _tells_of_mail(said) or news

    @contextmanager
    def _answered_within(self, wait_s: float) -> Iterator[None]:
        """A shorter time-out for one exchange: DONE is answered at once by any line that stands."""
        sock = self._client.socket()
        before = sock.gettimeout()
        sock.settimeout(wait_s if before is None else min(before, wait_s))
        try:
            yield
        finally:
            sock.settimeout(before)

    def _read_ahead(self) -> bool:
        """Whether imaplib holds bytes that it has read and nobody asked for yet."""
        buffer = getattr(getattr(self._client, "_imap", None), "file", None)
        if buffer is None or not hasattr(buffer, "peek"):
            return False
        sock = self._client.socket()
        before = sock.gettimeout()
        sock.setblocking(False)
        try:
            return bool(buffer.peek(1))
        except OSError:  # nothing to read on a TLS line says so like this
            return False
        finally:
            sock.settimeout(before)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever goes wrong below is said in our words."""
        try:
            yield
        except MailboxError:
            raise
        except CapabilityError as error:
            raise Refused(f"サーバーにできないことを頼みました: {_words(error)}") from error
        except (IMAPClientAbortError, ProtocolError, OSError, AssertionError, ValueError, KeyError) as error:
            self._broken = True
            raise Unreachable(f"サーバーとのやりとりが途切れました: {_words(error)}") from error
        except IMAPClientError as error:
            raise Refused(f"サーバーに断られました: {_words(error)}") from error


def _tells_of_mail(said: Iterable[Any]) -> bool:
    for one in said:
        if isinstance(one, tuple) and len(one) >= 2:
            if one[0] == b"BYE":
                raise Unreachable("サーバーが接続を閉じました")
            if one[1] in (b"EXISTS", b"RECENT"):
                return True
    return False


def _quiet(client: imapclient.IMAPClient) -> None:
    """imapclient sets imaplib's debug to 5, which repr()s every literal (FACTS §2): three times the cost of a FETCH."""
    inner = getattr(client, "_imap", None)
    if inner is not None and hasattr(inner, "debug"):
        inner.debug = 0


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
