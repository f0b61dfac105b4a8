"""Sending over a real SMTP server: what each step's failure becomes (DESIGN §8.3)."""

from __future__ import annotations

import pytest

from mailflow.outbox.errors import DeliveryError, Permanent, Retryable, Uncertain
from mailflow.outbox.smtp import SmtpSession
from mailflow.settings.connection import Connection, parse_server, security
from tests.servers.smtp import Fault, SmtpSink

MIME = (
    b"From: office@secretariat.example\r\nTo: a@town.example\r\nX-Mailflow-Id: t1\r\n\r\nline\r\n.dot at the head\r\n"
)
TO = ("a@town.example",)
CC = ("b@town.example",)


def session(sink: SmtpSink) -> SmtpSession:
    server = parse_server(sink.url, ("smtp", "smtps"))
    tls = security(server, None)
    return SmtpSession(
        Connection(server.scheme, server.host, server.port, server.user, server.password, tls), timeout_s=3
    )


class Stage:
    """Counts how often `stage = data` was committed."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def deliver(smtp: SmtpSession, stage: Stage, cc: tuple[str, ...] = ()) -> dict[str, str]:
    return smtp.deliver(MIME, envelope_from="office@secretariat.example", to=TO, cc=cc, before_data=stage).refused


def test_the_very_bytes_arrive(smtp_sink: SmtpSink) -> None:
    stage = Stage()
    smtp = session(smtp_sink)
    assert deliver(smtp, stage, CC) == {}
    smtp.close()
    (accepted,) = smtp_sink.accepted()
    assert accepted.raw == MIME
    assert set(accepted.rcpt_to) == {*TO, *CC}
    assert stage.times == 1


def test_one_connection_carries_many(smtp_sink: SmtpSink) -> None:
    smtp, stage = session(smtp_sink), Stage()
    before = smtp_sink.connections
    for _ in range(5):
        deliver(smtp, stage)
    smtp.close()
    assert len(smtp_sink.accepted()) == 5
    assert smtp_sink.connections == before + 1


@pytest.mark.parametrize(
    ("fault", "error", "committed", "taken"),
    [
        pytest.param(Fault(at="CONNECT", drop=True), Retryable, 0, 0, id="no-greeting"),
        pytest.param(Fault(at="MAIL", reply="451 4.3.0 later"), Retryable, 0, 0, id="451-at-MAIL"),
        pytest.param(Fault(at="MAIL", reply="550 5.7.1 no"), Permanent, 0, 0, id="550-at-MAIL"),
        pytest.param(Fault(at="RCPT", reply="450 4.2.1 busy"), Retryable, 0, 0, id="450-at-RCPT"),
        pytest.param(Fault(at="RCPT", reply="550 5.1.1 unknown user"), Permanent, 0, 0, id="550-at-RCPT"),
        pytest.param(Fault(at="RCPT", drop=True), Retryable, 0, 0, id="cut-at-RCPT"),
        pytest.param(Fault(at="DATA", reply="451 4.3.0 later"), Retryable, 1, 0, id="451-at-DATA"),
        pytest.param(Fault(at="DATA", drop=True), Retryable, 1, 0, id="cut-at-DATA-before-the-body"),
        pytest.param(Fault(at="DOT", reply="452 4.3.1 disk full"), Retryable, 1, 0, id="452-at-the-dot"),
        pytest.param(Fault(at="DOT", reply="554 5.6.0 refused"), Permanent, 1, 0, id="554-at-the-dot"),
        pytest.param(Fault(at="DOT", drop=True), Uncertain, 1, 0, id="cut-at-the-dot-not-taken"),
        pytest.param(Fault(at="DOT", drop=True, taken=True), Uncertain, 1, 1, id="cut-at-the-dot-taken"),
    ],
)
def test_each_failure_has_its_class(
    smtp_sink: SmtpSink, fault: Fault, error: type[DeliveryError], committed: int, taken: int
) -> None:
    smtp_sink.fail(fault)
    smtp, stage = session(smtp_sink), Stage()
    with pytest.raises(error):
        deliver(smtp, stage)
    assert stage.times == committed
    assert len(smtp_sink.accepted()) == taken
    # The next mail goes on over whatever connection is left.
    smtp_sink.recover()
    deliver(smtp, stage)
    smtp.close()
    assert len(smtp_sink.accepted()) == taken + 1


def test_a_silent_server_after_the_body_is_uncertain(smtp_sink: SmtpSink) -> None:
    smtp_sink.fail(Fault(at="DOT", delay_s=5))
    smtp, stage = session(smtp_sink), Stage()
    smtp._timeout_s = 1
    with pytest.raises(Uncertain):
        deliver(smtp, stage)


def test_a_refused_copy_does_not_stop_the_letter(smtp_sink: SmtpSink) -> None:
    smtp_sink.fail(Fault(at="RCPT", reply="550 5.1.1 unknown", address=CC[0]))
    smtp, stage = session(smtp_sink), Stage()
    assert list(deliver(smtp, stage, CC)) == [CC[0]]
    (accepted,) = smtp_sink.accepted()
    assert set(accepted.rcpt_to) == set(TO)


def test_nobody_there_is_retryable() -> None:
    smtp = SmtpSession(Connection("smtp", "127.0.0.1", 1, None, None, "plain"), timeout_s=2)
    with pytest.raises(Retryable):
        deliver(smtp, Stage())


def test_starttls_that_is_not_offered_stops(smtp_sink: SmtpSink) -> None:
    """Secure or stop: never plain text where TLS was asked for."""
    server = parse_server(smtp_sink.url, ("smtp",))
    smtp = SmtpSession(Connection("smtp", server.host, server.port, None, None, "starttls"), timeout_s=2)
    with pytest.raises(Retryable):
        deliver(smtp, Stage())
    assert smtp_sink.accepted() == []
