"""What the environment says over YAML (DESIGN §9), and the two servers as `Connection`s.

MAILFLOW_CONFIG, MAILFLOW_DATABASE, MAILFLOW_IMAP_URL, MAILFLOW_SMTP_URL, MAILFLOW_START, MAILFLOW_NOW. An empty variable
counts as absent. Raises ConfigErrors that name the variable and never show its value where that may be a secret.
Only `password_file` is read from disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from mailflow.settings.connection import Connection, OAuth, parse_server, security
from mailflow.settings.models import Alarm, Mailbox, MailflowFile, Smtp
from mailflow.settings.moments import moment
from mailflow.settings.problems import ConfigErrors, Problem
from mailflow.settings.settings import Settings

__all__ = [
    "VARIABLES",
    "Connection",
    "business_now",
    "config_dir",
    "database_url",
    "environment_problems",
    "imap_connection",
    "overrides",
    "smtp_connection",
]

VARIABLES: Mapping[str, str] = {
    "MAILFLOW_CONFIG": "設定のフォルダー（mailflow.yaml のあるところ）。",
    "MAILFLOW_DATABASE": "データベースの URL。",
    "MAILFLOW_IMAP_URL": "受信サーバー。imaps://ユーザー:パスワード@ホスト:993",
    "MAILFLOW_SMTP_URL": "送信サーバー。smtp://ユーザー:パスワード@ホスト:587",
    "MAILFLOW_START": "運用開始の日時。",
    "MAILFLOW_NOW": "業務の時計の今（試し・デモ用）。",
}
_MAX_PASSWORD = 10_000


def _failed(name: str, message: str, hint: str | None = None) -> ConfigErrors:
    return ConfigErrors([Problem(name, None, None, message, hint)])


def _value(env: Mapping[str, str], name: str) -> str | None:
    return env.get(name, "").strip() or None


def config_dir(env: Mapping[str, str], option: Path | None = None) -> Path:
    """The folder of mailflow.yaml: the option of the command line, else MAILFLOW_CONFIG, else ./config."""
    return option or Path(_value(env, "MAILFLOW_CONFIG") or "config")


def _time_of(env: Mapping[str, str], name: str) -> datetime | None:
    text = _value(env, name)
    if text is None:
        return None
    try:
        at = moment(text)
    except ValueError as error:
        raise _failed(f"環境変数 {name}", str(error)) from None
    assert isinstance(at, datetime)  # noqa: S101  (for the type checker: a text gives a datetime or raises)
    return at


def business_now(env: Mapping[str, str]) -> datetime | None:
    """MAILFLOW_NOW, aware; None where it isn't set."""
    return _time_of(env, "MAILFLOW_NOW")


def database_url(file: MailflowFile, env: Mapping[str, str]) -> str:
    return _value(env, "MAILFLOW_DATABASE") or file.database.url


def overrides(file: MailflowFile, env: Mapping[str, str]) -> MailflowFile:
    """The file with MAILFLOW_START and MAILFLOW_DATABASE in it. The servers' URLs, which may hold passwords, are not."""
    start = _time_of(env, "MAILFLOW_START")
    changes: dict[str, object] = {"start": start} if start else {}
    if _value(env, "MAILFLOW_DATABASE"):
        changes["database"] = file.database.model_copy(update={"url": database_url(file, env)})
    return file.model_copy(update=changes) if changes else file


def imap_connection(settings: Settings, env: Mapping[str, str]) -> Connection:
    """Where mail is read. The user is the URL's, else `mailbox.user`, else the office's address."""
    user = settings.file.mailbox.user or settings.programme.address
    found = _connection(_IMAP, settings.file.mailbox, user, env)
    return replace(found, oauth=oauth_of(settings)) if settings.file.mailbox.oauth else found


def smtp_connection(settings: Settings, env: Mapping[str, str]) -> Connection:
    """Where mail is sent. Without a user nobody logs in."""
    found = _connection(_SMTP, settings.file.smtp, settings.file.smtp.user, env)
    return replace(found, oauth=oauth_of(settings)) if settings.file.smtp.oauth else found


def oauth_of(settings: Settings) -> OAuth | None:
    """How tokens are got, with the secret read from its file. Raises ConfigErrors."""
    written = settings.file.oauth
    if written is None:
        return None
    secret = None
    if written.client_secret_file and not written.command and written.flow == "client-credentials":
        secret = _password_of(Path(written.client_secret_file), "oauth", "client_secret_file")
    return OAuth(
        command=written.command,
        tenant=written.tenant or "",
        client_id=written.client_id or "",
        secret=secret,
        flow=written.flow,
        cache_file=written.cache_file,
        authority=written.authority,
        ca_file=written.ca_file,
    )


def alarm_connection(settings: Settings, env: Mapping[str, str]) -> Connection:
    """Where alarms are sent: a server of their own, else that of the letters."""
    alarm = settings.file.alarm
    return smtp_connection(settings, env) if alarm.url is None else _reach(_ALARM, alarm.url, alarm, alarm.user)


class _Service(NamedTuple):
    variable: str
    section: str
    schemes: tuple[str, ...]


_IMAP = _Service("MAILFLOW_IMAP_URL", "mailbox", ("imap", "imaps"))
_SMTP = _Service("MAILFLOW_SMTP_URL", "smtp", ("smtp", "smtps"))
_ALARM = _Service("", "alarm", ("smtp", "smtps"))


def _connection(service: _Service, written: Mailbox | Smtp, user: str | None, env: Mapping[str, str]) -> Connection:
    url = _value(env, service.variable)
    return _reach(service, url or written.url, written, user, from_env=bool(url))


def _reach(
    service: _Service, url: str, written: Mailbox | Smtp | Alarm, user: str | None, *, from_env: bool = False
) -> Connection:
    place = f"環境変数 {service.variable}" if from_env else f"config/mailflow.yaml の {service.section}"
    try:
        server = parse_server(url, service.schemes)
        tls = security(server, written.starttls)
    except ValueError as error:
        raise _failed(place, str(error)) from None
    password = server.password
    if password is None and written.password_file:
        password = _password_of(Path(written.password_file), service.section)
    user = server.user or user
    return Connection(server.scheme, server.host, server.port, user, password, tls, written.ca_file)


def _password_of(place: Path, section: str, key: str = "password_file") -> str:
    """The first line of the file; what an editor adds at its end is no part of it."""
    where = f"config/mailflow.yaml の {section}.{key}"
    try:
        with place.open("rb") as opened:
            content = opened.read(_MAX_PASSWORD + 1)
    except OSError:
        raise _failed(
            where, f"パスワードのファイル {place} が読めません", "場所と、読む権限を確かめてください"
        ) from None
    try:
        text = content.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _failed(where, f"パスワードのファイル {place} が UTF-8 ではありません") from None
    if not text or "\n" in text or len(content) > _MAX_PASSWORD:
        raise _failed(where, f"パスワードのファイル {place} には、パスワードを1行だけ書きます")
    return text


def environment_problems(settings: Settings, env: Mapping[str, str]) -> tuple[Problem, ...]:
    """Everything wrong with the environment at once: for `doctor` and `config check`."""
    problems: list[Problem] = []
    for attempt in (
        lambda: imap_connection(settings, env),
        lambda: smtp_connection(settings, env),
        lambda: alarm_connection(settings, env),
        lambda: business_now(env),
    ):
        try:
            attempt()
        except ConfigErrors as errors:
            problems += errors.problems
    return tuple(dict.fromkeys(problems))  # alarms go by the same server where they have none of their own
