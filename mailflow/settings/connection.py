"""How to reach a mail server: a URL of YAML or of the environment as a frozen `Connection` (DESIGN §9).

`imap://user:pass@host:port`, `imaps://…`, `smtp://…`, `smtps://…`; user and password percent-encoded, IPv6 in brackets.
`imaps`, `smtps` are TLS from the first byte. `imap`, `smtp` are plain to a loopback address unless STARTTLS is asked
for; to any other host STARTTLS, or stop. Raises ValueError in Japanese that never holds the password. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal
from urllib.parse import unquote, urlsplit

Tls = Literal["implicit", "starttls", "plain"]

PORTS = {"imap": 143, "imaps": 993, "smtp": 25, "smtps": 465}
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?\.?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class OAuth:
    """How an access token is got: by `command`, else from Microsoft (or `authority`). The secret never shows in repr."""

    command: tuple[str, ...] = ()
    tenant: str = ""
    client_id: str = ""
    secret: str | None = field(default=None, repr=False)
    flow: str = "client-credentials"
    cache_file: str = ""
    authority: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """Where and as whom to log in. The password never shows in repr."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: Tls
    ca_file: str | None = None
    oauth: OAuth | None = None

    @property
    def place(self) -> str:
        """`imaps://host:993`, without user and password: for logs and messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Server:
    """A server's URL, taken apart."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)


def parse_server(url: str, schemes: Iterable[str]) -> Server:
    """The parts of a URL whose scheme is one of `schemes`."""
    schemes = tuple(schemes)
    forms = " か ".join(f"{scheme}://ホスト:{PORTS[scheme]}" for scheme in schemes)
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):
        raise ValueError(f"URL に空白や制御文字があります。{forms} の形で書きます")
    scheme, separator, _ = url.partition("://")
    if not separator or scheme.lower() not in schemes:
        raise ValueError(f"URL は {forms} の形で書きます")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("URL のホスト名かポート番号が正しくありません（ポートは 1 から 65535 の数字）") from None
    if parts.netloc.count("@") > 1 or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "URL が正しくありません。ユーザー名やパスワードの @ / : ? # % は、%40 %2F %3A %3F %23 %25 と書きます"
        )
    if not host:
        raise ValueError(f"URL にホスト名がありません。{forms} の形で書きます")
    if port == 0:
        raise ValueError("URL のホスト名かポート番号が正しくありません（ポートは 1 から 65535 の数字）")
    if ":" in host:
        _check_ipv6(host)
    elif not _HOST.fullmatch(host):
        raise ValueError("URL のホスト名が正しくありません（半角の英数字と点、ハイフン）")
    return Server(
        scheme.lower(), host, port or PORTS[scheme.lower()], _decoded(parts.username), _decoded(parts.password)
    )


def _check_ipv6(host: str) -> None:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        raise ValueError("URL のホスト名が正しくありません（IPv6 は [::1] のように書きます）") from None


def _decoded(text: str | None) -> str | None:
    if not text:
        return None
    if _BAD_PERCENT.search(text):
        raise ValueError("ユーザー名やパスワードの % は %25 と書きます")
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("ユーザー名やパスワードの %xx が UTF-8 ではありません") from None
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in decoded):
        raise ValueError("ユーザー名やパスワードに制御文字があります")
    return decoded


def is_loopback(host: str) -> bool:
    """127.0.0.0/8, ::1 or `localhost`: the line never leaves this machine."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def security(server: Server, starttls: bool | None) -> Tls:
    """How the line is kept secret. `starttls`: what YAML says, None where it says nothing."""
    if server.scheme in ("imaps", "smtps"):
        return "implicit"
    if starttls is False and not is_loopback(server.host):
        raise ValueError(
            "この機械の外へは暗号化なしでつなぎません。starttls: false を消すか、imaps:// / smtps:// を使ってください"
        )
    return "plain" if is_loopback(server.host) and not starttls else "starttls"
