"""A real Dovecot 2.3 on a loopback port, as a foreground process with a private configuration.

In: nothing of the machine's own Dovecot: configuration, users, mail, sockets and log lie in one temporary folder that
goes away at the end. Works as root (mail then belongs to `nobody`) and as any other user. Maildir, passwd-file, IDLE,
MOVE, UIDPLUS, CONDSTORE, and the SPECIAL-USE folders Drafts, Sent, Junk, Trash. No TLS.

Raises DovecotMissing when Debian's package isn't there, DovecotFailed (with the end of Dovecot's log) when it doesn't
start. INTERNALDATE of a Maildir file is its mtime.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import quote

from imapclient import IMAPClient
from imapclient.imap_utf7 import encode as folder_as_modified_utf7

from tests.servers.ports import LOOPBACK, free_port

PACKAGE = "dovecot-imapd"
PASSWORD = "himitsu"
START_S = 15.0
STOP_S = 10.0
USER = re.compile(r"[a-z0-9._@-]{1,80}")  # what Dovecot takes in a user name, and is a file name too

CONFIGURATION = """\
protocols = imap
listen = {host}
base_dir = {home}/run
state_dir = {home}/run
log_path = {home}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_verbose = yes
auth_failure_delay = 0

default_internal_user = {internal_user}
default_internal_group = {internal_group}
default_login_user = {login_user}
first_valid_uid = 0
first_valid_gid = 0

passdb {{
  driver = passwd-file
  # one file a user: Dovecot looks for changes of a file once a second, of a new file at once
  args = username_format=%u {home}/users/%u
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u
}}

mail_location = maildir:~/Maildir
mail_fsync = never
mailbox_idle_check_interval = 1s
mail_max_userip_connections = 1000

namespace inbox {{
  inbox = yes
  mailbox Drafts {{
    special_use = \\Drafts
    auto = subscribe
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = subscribe
  }}
}}

service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  # no waiting time after failed log-ins: the suite makes many
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


class DovecotMissing(Exception):
    """The binary isn't there; the message says which package to install."""


class DovecotFailed(Exception):
    """Dovecot didn't start or didn't stop; the message carries the end of its log."""


class Stored(NamedTuple):
    """One message as the server has it. `internaldate` is aware; `flags` without `\\Recent`, which is a session's."""

    uid: int
    internaldate: datetime
    flags: frozenset[str]
    raw: bytes


class Dovecot:
    """`with Dovecot() as server:` — users come into being when they are first named. All have the same password."""

    host = LOOPBACK

    def __init__(self, *, extra: str = "") -> None:
        self.extra = extra
        self.port = 0
        self._binary = _binary()
        self._process: subprocess.Popen[bytes] | None = None
        self._delivered = 0
        self.home = Path()
        self._uid, self._gid = _nobody() if os.geteuid() == 0 else (os.geteuid(), os.getegid())

    # --- life ---------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        # Not pytest's folder: that is closed to the user the mail belongs to, and too long a path for a Unix socket.
        self.home = Path(tempfile.mkdtemp(prefix="mailflow-dovecot-"))
        try:
            self._lay_out()
            self._start_on_a_free_port()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops the server and removes everything it had."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def kill(self) -> None:
        """The machine is gone: every process of the server at once, open connections break. The mail stays."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_S)
        self._process = None
        self._await_silence()

    def stop(self) -> None:
        """An orderly stop: clients are told BYE."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired as late:
            raise DovecotFailed(f"Dovecot went on for {STOP_S} s after SIGTERM\n{self.log_tail()}") from late
        finally:
            self.kill()

    def restart(self) -> None:
        """Comes back on the same port with the same mail, from running, stopped or killed."""
        self.stop()
        self._start()

    def log_tail(self, lines: int = 30) -> str:
        """The end of Dovecot's own log, for failure messages."""
        log = self.home / "dovecot.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"

    # --- users and mail -----------------------------------------------------------------------------------------------

    def add(self, user: str, password: str = PASSWORD) -> None:
        """The user exists from now on. Nothing happens when it did already."""
        if not USER.fullmatch(user):
            raise ValueError(f"not a user name for Dovecot: {user!r}")
        account = self.home / "users" / user
        if not account.exists():
            account.write_text(f"{user}:{{PLAIN}}{password}\n")
            account.chmod(0o644)

    def url(self, user: str) -> str:
        """`imap://user:password@host:port`, as MAILFLOW_IMAP_URL takes it."""
        self.add(user)
        return f"imap://{quote(user, safe='')}:{PASSWORD}@{self.host}:{self.port}"

    @contextmanager
    def session(self, user: str) -> Iterator[IMAPClient]:
        """A logged-in client of the suite's own."""
        self.add(user)
        with IMAPClient(self.host, self.port, ssl=False, timeout=30) as client:
            client.normalise_times = False  # aware INTERNALDATEs
            client._imap.debug = 0  # it would repr() every literal
            client.login(user, PASSWORD)
            yield client

    def append(self, user: str, raw: bytes, at: datetime, folder: str = "INBOX") -> int:
        """One message by IMAP APPEND, INTERNALDATE = `at` (aware, to the second). Its UID."""
        with self.session(user) as client:
            _make_folder(client, folder)
            answer: bytes = client.append(folder, raw, msg_time=_aware(at))
        return int(answer.decode().split("APPENDUID ")[1].split("]")[0].split()[1])

    def append_many(self, user: str, mails: Iterable[tuple[bytes, datetime]], folder: str = "INBOX") -> int:
        """Delivers like an MTA does, as files into `new/`; UIDs come in the order given. How many.

        A mail is written elsewhere and renamed into place, so that a client that is watching never sees half of one.
        """
        with self.session(user) as client:
            _make_folder(client, folder)
        maildir = self._maildir(user, folder)
        count = 0
        for raw, at in mails:
            self._delivered += 1
            count += 1
            # Dovecot gives UIDs in the order of the time in the name.
            name = f"{int(time.time())}.M{self._delivered:06d}P{os.getpid()}.suite,S={len(raw)}"
            waiting = maildir / "tmp" / name
            waiting.write_bytes(raw)
            os.utime(waiting, (_aware(at).timestamp(),) * 2)
            if os.geteuid() == 0:
                os.chown(waiting, self._uid, self._gid)
            waiting.rename(maildir / "new" / name)
        return count

    def messages(self, user: str, folder: str = "INBOX") -> list[Stored]:
        """What lies in a folder, by UID. Reading changes no flag. An unknown folder raises imapclient's error."""
        with self.session(user) as client:
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            fetched = client.fetch(uids, ["INTERNALDATE", "FLAGS", "BODY.PEEK[]"]) if uids else {}
        return [
            Stored(
                uid=uid,
                internaldate=fetched[uid][b"INTERNALDATE"],
                flags=frozenset(flag.decode() for flag in fetched[uid][b"FLAGS"]) - {"\\Recent"},
                raw=fetched[uid][b"BODY[]"],
            )
            for uid in sorted(fetched)
        ]

    # --- inside -------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.home.chmod(0o755)
        for name in ("run", "users", "mail"):
            (self.home / name).mkdir(mode=0o755)
        if os.geteuid() == 0:
            os.chown(self.home / "mail", self._uid, self._gid)

    def _start_on_a_free_port(self, tries: int = 5) -> None:
        for left in reversed(range(tries)):
            self.port = free_port()
            try:
                return self._start()
            except DovecotFailed as failed:
                if not left or "Address already in use" not in str(failed):
                    raise
        return None

    def _start(self) -> None:
        configuration = self.home / "dovecot.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        command = [self._binary, "-F", "-c", str(configuration)]
        if guard := shutil.which("setpriv"):  # when pytest is killed, Dovecot goes too
            command = [guard, "--pdeathsig", "TERM", "--", *command]
        with (self.home / "dovecot.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._await_greeting()

    def _await_greeting(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                code = self._process.returncode
                self._process = None
                raise DovecotFailed(f"Dovecot ended with code {code} while starting\n{self.log_tail()}")
            with suppress(OSError), socket.create_connection((self.host, self.port), timeout=1) as connection:
                if connection.recv(64).startswith(b"* OK"):
                    return
            time.sleep(0.02)
        raise DovecotFailed(f"Dovecot gave no greeting within {START_S} s\n{self.log_tail()}")

    def _await_silence(self) -> None:
        """The log-in process holds the port too, and dies a moment after the master that we wait for."""
        deadline = time.monotonic() + STOP_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection((self.host, self.port), timeout=1).close()
            except ConnectionRefusedError:
                return
            except OSError:  # reset: it died while we asked
                pass
            time.sleep(0.005)
        raise DovecotFailed(f"somebody still answers on port {self.port} {STOP_S} s after SIGKILL\n{self.log_tail()}")

    def _configuration(self) -> str:
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid()).pw_name
        my_group = grp.getgrgid(os.getegid()).gr_name
        text = CONFIGURATION.format(
            host=self.host,
            port=self.port,
            home=self.home,
            uid=self._uid,
            gid=self._gid,
            internal_user="dovecot" if root else me,
            internal_group="dovecot" if root else my_group,
            login_user="dovenull" if root else me,
        )
        return f"{text}\n{self.extra}\n"

    def _maildir(self, user: str, folder: str) -> Path:
        maildir = self.home / "mail" / user / "Maildir"
        if folder.upper() == "INBOX":
            return maildir
        return maildir / f".{folder_as_modified_utf7(folder).decode('ascii')}"


@dataclass(frozen=True)
class Mailbox:
    """One user's mailbox on a server: Dovecot's calls without the user."""

    server: Dovecot
    user: str

    @property
    def url(self) -> str:
        return self.server.url(self.user)

    def append(self, raw: bytes, at: datetime, folder: str = "INBOX") -> int:
        return self.server.append(self.user, raw, at, folder)

    def append_many(self, mails: Iterable[tuple[bytes, datetime]], folder: str = "INBOX") -> int:
        return self.server.append_many(self.user, mails, folder)

    def messages(self, folder: str = "INBOX") -> list[Stored]:
        return self.server.messages(self.user, folder)


def _binary() -> str:
    # A user's PATH has no sbin on Debian.
    found = shutil.which("dovecot", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
    if found is None:
        raise DovecotMissing(f"Dovecot is not installed: sudo apt-get install -y {PACKAGE}")
    return found


def _nobody() -> tuple[int, int]:
    account = pwd.getpwnam("nobody")
    return account.pw_uid, account.pw_gid


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("INTERNALDATE needs a time zone")
    return at.astimezone(UTC)


def _make_folder(client: IMAPClient, folder: str) -> None:
    if not client.folder_exists(folder):
        client.create_folder(folder)
    client.select_folder(folder, readonly=True)  # an `auto` folder has no directory before it is opened
