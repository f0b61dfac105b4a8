"""Access tokens for XOAUTH2 (IMAP and SMTP): Microsoft 365 by msal, anything else by a command that prints one.

In: `OAuth` of `settings.connection`. Out: the token, kept until shortly before its end and then got anew; `fresh=True` after
a server refused it. Raises TokenError in Japanese, without the secret or the token. Thread-safe. Source: RFC 6749 §4.4
(client credentials), RFC 8628 (device code).
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mailflow.settings.connection import OAuth

EARLY_S = 120.0  # a token is got anew so long before its end
COMMAND_LASTS_S = 300.0  # a command that doesn't say how long
COMMAND_TIMEOUT_S = 60
HTTP_TIMEOUT_S = 30
_MICROSOFT = "https://login.microsoftonline.com"
APPLICATION_SCOPES = ["https://outlook.office365.com/.default"]
PERSON_SCOPES = ["https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"]


class TokenError(Exception):
    """There is no token now. `reason`: Japanese, for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_lock = threading.Lock()
_kept: dict[OAuth, tuple[str, float]] = {}


def access_token(oauth: OAuth, *, fresh: bool = False) -> str:
    """A token that is good for a while."""
    with _lock:
        token, until = _kept.get(oauth, ("", 0.0))
        if token and not fresh and time.monotonic() < until - EARLY_S:
            return token
        token, lasts_s = _by_command(oauth) if oauth.command else _by_msal(oauth, fresh=fresh)
        _kept[oauth] = (token, time.monotonic() + lasts_s)
        return token


def sign_in(oauth: OAuth, show: Callable[[str], None]) -> None:
    """The device code flow: `show` tells a person where to enter the code; the token's cache is kept in `cache_file`."""
    app, cache = _person(oauth)
    try:
        flow: dict[str, Any] = app.initiate_device_flow(scopes=PERSON_SCOPES)
    except (OSError, ValueError) as error:
        raise TokenError(f"認証サーバーにつながりません（{type(error).__name__}）") from error
    if "user_code" not in flow:
        raise TokenError(_refusal(flow))
    show(f"{flow['verification_uri']} を開き、コード {flow['user_code']} を入れてください。終わるまで待っています。")
    answer: dict[str, Any] = app.acquire_token_by_device_flow(flow)
    if "access_token" not in answer:
        raise TokenError(_refusal(answer))
    _save(oauth, cache)


def _by_command(oauth: OAuth) -> tuple[str, float]:
    try:
        done = subprocess.run(
            list(oauth.command),
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TokenError(f"oauth.command が動きません（{type(error).__name__}）") from error
    if done.returncode:
        raise TokenError(
            f"oauth.command が終了コード {done.returncode} で終わりました：{' '.join(done.stderr.split())[:200]}"
        )
    text, lasts_s = done.stdout.strip(), COMMAND_LASTS_S
    if text.startswith("{"):
        try:
            told = json.loads(text)
            text, lasts_s = str(told["access_token"]), float(told.get("expires_in", COMMAND_LASTS_S))
        except (ValueError, KeyError, TypeError) as error:
            raise TokenError("oauth.command の出力に access_token がありません") from error
    if not text or not text.isascii() or any(char.isspace() for char in text):
        raise TokenError("oauth.command の出力が、1つのトークンではありません")
    return text, lasts_s


def _by_msal(oauth: OAuth, *, fresh: bool) -> tuple[str, float]:
    import msal  # type: ignore[import-untyped]  # a quarter of a second that nobody else pays

    try:
        if oauth.flow == "device-code":
            return _of_person(oauth, fresh=fresh)
        app = msal.ConfidentialClientApplication(oauth.client_id, client_credential=oauth.secret, **_where(oauth))
        answer: dict[str, Any] = app.acquire_token_for_client(scopes=APPLICATION_SCOPES)
    except (OSError, ValueError) as error:
        raise TokenError(f"認証サーバーにつながりません（{type(error).__name__}）") from error
    return _token_of(answer)


def _of_person(oauth: OAuth, *, fresh: bool) -> tuple[str, float]:
    app, cache = _person(oauth)
    accounts = app.get_accounts()
    if not accounts:
        raise TokenError("まだサインインしていません。mailflow login を行ってください")
    answer = app.acquire_token_silent(PERSON_SCOPES, account=accounts[0], force_refresh=fresh)
    if not answer:
        raise TokenError("サインインの期限が切れました。mailflow login をもう一度行ってください")
    _save(oauth, cache)
    return _token_of(answer)


def _person(oauth: OAuth) -> tuple[Any, Any]:
    import msal

    cache = msal.SerializableTokenCache()
    file = Path(oauth.cache_file)
    try:
        if file.exists():
            cache.deserialize(file.read_text(encoding="utf-8"))
        return msal.PublicClientApplication(oauth.client_id, token_cache=cache, **_where(oauth)), cache
    except (OSError, ValueError) as error:
        raise TokenError(f"認証サーバーにつながらないか、{file} が読めません（{type(error).__name__}）") from error


def _save(oauth: OAuth, cache: Any) -> None:
    if not cache.has_state_changed:
        return
    file = Path(oauth.cache_file)
    begun = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(cache.serialize())
        begun.replace(file)
    except OSError as error:
        raise TokenError(f"{file} に書けません（{type(error).__name__}）") from error


def _where(oauth: OAuth) -> dict[str, Any]:
    """Another authority than Microsoft's is taken at its word: it was written by the operator."""
    authority = f"{(oauth.authority or _MICROSOFT).rstrip('/')}/{oauth.tenant}"
    found: dict[str, Any] = {"authority": authority}
    if oauth.ca_file:
        found["http_client"] = _Http(oauth.ca_file)
    else:
        found["timeout"] = HTTP_TIMEOUT_S
    if oauth.authority:
        found["instance_discovery"] = False
    return found


class _Http:
    """What msal asks with, where the operator names the authority's certificate: said with every request, for a
    session's own is overridden by REQUESTS_CA_BUNDLE of the environment."""

    def __init__(self, ca_file: str) -> None:
        import requests

        self._session, self._ca_file = requests.Session(), ca_file

    def get(self, url: str, **options: Any) -> Any:
        return self._session.get(url, verify=self._ca_file, **{"timeout": HTTP_TIMEOUT_S} | options)

    def post(self, url: str, **options: Any) -> Any:
        return self._session.post(url, verify=self._ca_file, **{"timeout": HTTP_TIMEOUT_S} | options)

    def close(self) -> None:
        self._session.close()


def _token_of(answer: dict[str, Any]) -> tuple[str, float]:
    if "access_token" not in answer:
        raise TokenError(_refusal(answer))
    return str(answer["access_token"]), float(answer.get("expires_in", COMMAND_LASTS_S))


def _refusal(answer: dict[str, Any]) -> str:
    said = " ".join(str(answer.get("error_description") or answer.get("error") or "").split())[:200]
    return f"認証サーバーに断られました（{said}）"
