"""Servers by URL: how the line is kept secret, odd spellings, and that no message ever shows a password."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailflow.clock import TOKYO
from mailflow.settings.connection import parse_server, security
from mailflow.settings.env import business_now, config_dir, environment_problems, imap_connection, smtp_connection
from mailflow.settings.load import load
from mailflow.settings.problems import ConfigErrors
from mailflow.settings.settings import Settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def shipped() -> Settings:
    return load(ROOT / "config", {})


def changed(settings: Settings, section: str, **keys: object) -> Settings:
    from dataclasses import replace

    part = getattr(settings.file, section).model_copy(update=keys)
    return replace(settings, file=settings.file.model_copy(update={section: part}))


@pytest.mark.parametrize(
    ("url", "starttls", "host", "port", "tls"),
    [
        pytest.param("imap://127.0.0.1:1143", None, "127.0.0.1", 1143, "plain", id="loopback"),
        pytest.param("imap://localhost", None, "localhost", 143, "plain", id="localhost"),
        pytest.param("imap://[::1]:1143", None, "::1", 1143, "plain", id="loopback-ipv6"),
        pytest.param("imap://127.9.9.9", None, "127.9.9.9", 143, "plain", id="all-of-127"),
        pytest.param("imap://localhost", True, "localhost", 143, "starttls", id="yaml-asks-for-starttls"),
        pytest.param("imap://mail.example", None, "mail.example", 143, "starttls", id="elsewhere"),
        pytest.param("imap://[2001:db8::1]", None, "2001:db8::1", 143, "starttls", id="ipv6"),
        pytest.param(
            "imap://localhost.mail.example", None, "localhost.mail.example", 143, "starttls", id="not-localhost"
        ),
        pytest.param(
            "imap://127.0.0.1.mail.example", None, "127.0.0.1.mail.example", 143, "starttls", id="not-loopback"
        ),
        pytest.param("IMAPS://Mail.Example", None, "mail.example", 993, "implicit", id="capitals"),
        pytest.param("imaps://mail.example:1993/", False, "mail.example", 1993, "implicit", id="tls-from-the-start"),
    ],
)
def test_tls(url: str, starttls: bool | None, host: str, port: int, tls: str) -> None:
    server = parse_server(url, ("imap", "imaps"))
    assert (server.host, server.port, security(server, starttls)) == (host, port, tls)


def test_never_plain_to_the_world() -> None:
    with pytest.raises(ValueError, match="暗号化なし"):
        security(parse_server("smtp://mail.example", ("smtp", "smtps")), False)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("mail.example", id="no-scheme"),
        pytest.param("https://mail.example", id="scheme"),
        pytest.param("imap://", id="no-host"),
        pytest.param("imap://u:topsecret@", id="only-a-user"),
        pytest.param("imap://u:topsecret@mail.example:port", id="port-of-letters"),
        pytest.param("imap://u:topsecret@mail.example:99999", id="port-too-large"),
        pytest.param("imap://u:topsecret@mail.example:0", id="port-zero"),
        pytest.param("imap://u:top@secret@mail.example", id="at-sign-not-encoded"),
        pytest.param("imap://u:top/secret@mail.example", id="slash-not-encoded"),
        pytest.param("imap://u:topsecret#@mail.example", id="hash-not-encoded"),
        pytest.param("imap://u:100%topsecret@mail.example", id="percent-not-encoded"),
        pytest.param("imap://u:%ff%fetopsecret@mail.example", id="not-utf-8"),
        pytest.param("imap://u:topsecret%0d%0a@mail.example", id="line-end-inside"),
        pytest.param("imap://u:top secret@mail.example", id="space"),
        pytest.param("imap://u:topsecret@メール.example", id="japanese-host"),
        pytest.param("imap://u:topsecret@[::1", id="open-bracket"),
        pytest.param("imap://u:topsecret@[nonsense]", id="not-an-address"),
    ],
)
def test_a_wrong_url_names_the_variable_and_hides_the_password(url: str, shipped: Settings) -> None:
    with pytest.raises(ConfigErrors) as caught:
        imap_connection(shipped, {"MAILFLOW_IMAP_URL": url})
    text = str(caught.value)
    assert "環境変数 MAILFLOW_IMAP_URL" in text
    assert "secret" not in text
    assert "secret" not in repr(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_server_or_a_value_error(text: str) -> None:
    for url in (text, f"imap://{text}", f"imap://u:{text}@h"):
        try:
            assert parse_server(url, ("imap", "imaps")).host
        except ValueError as error:
            assert str(error).isprintable() or "\n" in str(error)  # noqa: PT017


def test_percent_is_decoded(shipped: Settings) -> None:
    connection = smtp_connection(
        shipped, {"MAILFLOW_SMTP_URL": "smtps://office%40a.example:p%40%2F%25%E3%81%82@mail.example"}
    )
    assert (connection.user, connection.password) == ("office@a.example", "p@/%あ")
    assert "p@" not in repr(connection)
    assert connection.place == "smtps://mail.example:465"


def test_user_and_password_from_yaml(shipped: Settings, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("ひみつ\r\n", encoding="utf-8-sig")
    settings = changed(shipped, "mailbox", password_file=str(secret), user="office")
    connection = imap_connection(settings, {})
    assert (connection.user, connection.password) == ("office", "ひみつ")
    over = imap_connection(settings, {"MAILFLOW_IMAP_URL": "imaps://else:word@mail.example"})
    assert (over.user, over.password) == ("else", "word")
    assert imap_connection(shipped, {}).user == shipped.programme.address
    assert smtp_connection(shipped, {}).user is None


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb\n", b"\xff\xfe", b"x" * 20_000, None])
def test_a_bad_password_file_is_one_clear_problem(content: bytes | None, shipped: Settings, tmp_path: Path) -> None:
    place = tmp_path / "password"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(ConfigErrors, match=r"mailbox\.password_file"):
        imap_connection(changed(shipped, "mailbox", password_file=str(place)), {})


def test_all_problems_of_the_environment_at_once(shipped: Settings) -> None:
    env = {"MAILFLOW_IMAP_URL": "x", "MAILFLOW_SMTP_URL": "y", "MAILFLOW_NOW": "z"}
    assert [p.file for p in environment_problems(shipped, env)] == [f"環境変数 {name}" for name in env]
    assert environment_problems(shipped, {}) == ()


def test_now_and_folder() -> None:
    assert business_now({"MAILFLOW_NOW": "2026-03-26T15:59+09:00"}) == datetime(2026, 3, 26, 15, 59, tzinfo=TOKYO)
    assert business_now({"MAILFLOW_NOW": " "}) is None
    assert config_dir({}) == Path("config")
    assert config_dir({"MAILFLOW_CONFIG": "/etc/x"}) == Path("/etc/x")
    assert config_dir({"MAILFLOW_CONFIG": "/etc/x"}, Path("y")) == Path("y")
