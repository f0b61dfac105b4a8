"""Who may log in to the demo's mailboxes, and the connection that he gets (pymap's interfaces)."""

from __future__ import annotations

import secrets
import ssl
from argparse import Namespace
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NoReturn

from proxyprotocol.noop import ProxyProtocolNoop
from pymap.backend.session import BaseSession
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability, IMAPConfig
from pymap.exceptions import AuthorizationFailure, InvalidAuth, NotSupportedError
from pymap.interfaces.login import IdentityInterface, LoginInterface
from pymap.interfaces.token import TokensInterface
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import Cleartext

from mailflow.demo.imap_backend import Account
from mailflow.demo.imap_message import StoredMessage

SPECIAL_USE = {"Sent": b"Sent", "Drafts": b"Drafts", "Junk": b"Junk", "Trash": b"Trash"}


class Session(BaseSession[StoredMessage]):
    """One logged-in connection."""

    def __init__(self, account: Account, config: Config) -> None:
        super().__init__(account.name)
        self._account = account
        self._config = config

    @property
    def config(self) -> Config:
        return self._config

    @property
    def mailbox_set(self) -> Account:
        return self._account

    async def list_mailboxes(
        self, ref_name: str, filter_: str, subscribed: bool = False, selected: SelectedMailbox | None = None
    ) -> tuple[Iterable[tuple[str, str | None, Sequence[bytes]]], SelectedMailbox | None]:
        found, updates = await super().list_mailboxes(ref_name, filter_, subscribed, selected)
        return [
            (name, delimiter, [*attributes, SPECIAL_USE[name]] if name in SPECIAL_USE else attributes)
            for name, delimiter, attributes in found
        ], updates


class Config(IMAPConfig):
    """Loopback only: no TLS, no DNS, and no threads of pymap's own."""

    def __init__(self, *, append_limit: int) -> None:
        super().__init__(
            Namespace(passlib_cfg=None),
            host=None,
            port=0,
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
            reject_dnsbl=False,
            admin_key=secrets.token_bytes(),
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
            proxy_protocol=ProxyProtocolNoop(),
            max_append_len=append_limit,
        )

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=True, object_id=True, multi_append=True, custom=[b"SPECIAL-USE"])

    @property
    def greeting(self) -> bytes:
        return b"Server ready"  # pymap's own asks the DNS for our name, which can take seconds


class Login(LoginInterface):
    """Checks passwords in the clear: they lie readable beside the mail anyway, and a slow hash would buy nothing."""

    def __init__(self, accounts: Mapping[str, Account], password: str, config: Config) -> None:
        super().__init__()
        self._accounts = accounts
        self._password = password
        self._config = config

    @property
    def tokens(self) -> TokensInterface:
        raise NotSupportedError("No log-in by token.")

    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        account = self._accounts.get(credentials.authcid)
        try:
            good = credentials.verify(UserMetadata(self._config, credentials.authcid, password=self._password))
        except (TypeError, ValueError):  # characters that SASLprep forbids or that can't be compared
            good = False
        if not good or account is None:
            raise InvalidAuth
        return Identity(account, self._config)

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> Identity:
        if not isinstance(authenticated, Identity) or authzid != authenticated.name:
            raise AuthorizationFailure
        return authenticated


class Identity(IdentityInterface):
    """An account that has proved itself. The accounts can't be changed by a client."""

    def __init__(self, account: Account, config: Config) -> None:
        super().__init__()
        self._account = account
        self._config = config

    @property
    def name(self) -> str:
        return self._account.name

    @property
    def roles(self) -> frozenset[str]:
        return frozenset()

    @asynccontextmanager
    async def new_session(self) -> AsyncIterator[Session]:
        yield Session(self._account, self._config)

    async def new_token(self, *, expiration: datetime | None = None) -> None:  # noqa: ARG002
        return None

    async def get(self) -> UserMetadata:
        return UserMetadata(self._config, self.name)

    async def set(self, metadata: Any) -> NoReturn:  # noqa: ARG002
        raise NotSupportedError("The accounts are fixed.")

    async def delete(self) -> NoReturn:
        raise NotSupportedError("The accounts are fixed.")
