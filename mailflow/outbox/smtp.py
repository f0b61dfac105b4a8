"""One SMTP conversation after another over one connection: RFC 5321, 3207 (STARTTLS), 1870 (SIZE).

In: the exact bytes of a mail, its envelope, a callback that commits `stage = data`. Out: `Delivered`. Raises Retryable,
Permanent, Uncertain. The body is sent only after the callback has returned; from then until the answer to the final dot a
lost connection or an answer that breaks the protocol is `Uncertain`, before it is `Retryable`. Blocking; one thread at a time.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailflow.outbox.errors import DeliveryError, NoConnection, NoLogin, NoServer, Permanent, Retryable, Uncertain
from mailflow.settings.connection import Connection, OAuth
from mailflow.tokens import TokenError, access_token

_READY_FOR_BODY, _ACCEPTED = 354, 250


@dataclass(frozen=True, slots=True)
class Delivered:
    """`answer`: what the server said to the final dot. `refused`: copies it would not take, with its words."""

    answer: str
    refused: dict[str, str] = field(default_factory=dict)


def _line(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:500]


class SmtpSession:
    """Opens a connection when it is first needed and keeps it; a broken one is dropped and opened anew next time."""

    def __init__(self, connection: Connection, *, timeout_s: float = 60, ca_file: str | None = None) -> None:
        self._to = connection
        self._timeout_s = timeout_s
        self._ca_file = ca_file
        self._smtp: smtplib.SMTP | None = None

    def use(self, connection: Connection, *, timeout_s: float) -> None:
        """This server from now on; nothing happens when it is the same."""
        if (connection, timeout_s) != (self._to, self._timeout_s):
            self.close()
            self._to, self._timeout_s, self._ca_file = connection, timeout_s, connection.ca_file

    def deliver(
        self,
        mime: bytes,
        *,
        envelope_from: str,
        to: Sequence[str],
        cc: Sequence[str] = (),
        before_data: Callable[[], None],
    ) -> Delivered:
        """Send one mail. A refused To ends it (nothing is sent); a refused Cc is told in `Delivered.refused`."""
        smtp = self._connected()
        try:
            self._size_fits(smtp, mime)
            refused = self._envelope(smtp, mime, envelope_from, to, cc)
        except (smtplib.SMTPException, OSError) as error:
            self.close()  # nothing of the body was sent
            raise Retryable(_broken(error)) from error
        except UnicodeError as error:
            self._reset()
            raise Permanent("全角などの文字がある宛先には送れません") from error
        except DeliveryError:
            self._reset()
            raise
        before_data()
        return Delivered(self._body(smtp, mime), refused)

    def check(self, sender: str | None = None) -> str:
        """Connect, log in, NOOP: what `doctor` asks. `sender`: also whether it takes a letter from there (MAIL, RSET); none is sent.
        Returns the server's answer. Raises Retryable; Permanent for a sender that it refuses."""
        smtp = self._connected()
        try:
            if sender is not None:
                self._mail(smtp, sender, [])
                self._reset()
            return _line(*smtp.noop())
        except DeliveryError:
            self.close()
            raise
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Retryable(str(error)) from error

    def close(self) -> None:
        """Say QUIT where the line still stands; never raises."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            try:
                if self._smtp.noop()[0] == 250:
                    return self._smtp
            except (smtplib.SMTPException, OSError):
                pass
            self.close()
        try:
            self._smtp = self._open()
        except smtplib.SMTPAuthenticationError as error:
            raise NoLogin(f"ログインできません: {_line(error.smtp_code, error.smtp_error)}") from error
        except smtplib.SMTPResponseException as error:
            raise NoServer(_line(error.smtp_code, error.smtp_error)) from error
        except TokenError as error:
            raise NoLogin(f"アクセス トークンがありません: {error.reason}") from error
        except UnicodeError as error:
            raise NoLogin("ユーザー名かパスワードに、ログインに使えない文字（全角など）があります") from error
        except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
            raise NoConnection(f"接続できません: {error}") from error
        return self._smtp

    def _open(self) -> smtplib.SMTP:
        tls = ssl.create_default_context(cafile=self._ca_file)
        where = (self._to.host, self._to.port)
        smtp: smtplib.SMTP
        if self._to.tls == "implicit":
            smtp = smtplib.SMTP_SSL(*where, timeout=self._timeout_s, context=tls)
        else:
            smtp = smtplib.SMTP(*where, timeout=self._timeout_s)
        try:
            smtp.ehlo_or_helo_if_needed()
            if self._to.tls == "starttls":
                smtp.starttls(context=tls)  # raises where the server does not offer it: secure or stop
                smtp.ehlo()
            if self._to.oauth is not None:
                self._with_token(smtp, self._to.oauth)
            elif self._to.user is not None:
                smtp.login(self._to.user, self._to.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _with_token(self, smtp: smtplib.SMTP, oauth: OAuth) -> None:
        """XOAUTH2. A token that the server refuses may have ended before its time: once more with a new one."""
        try:
            self._xoauth2(smtp, access_token(oauth))
        except smtplib.SMTPAuthenticationError:
            self._xoauth2(smtp, access_token(oauth, fresh=True))

    def _xoauth2(self, smtp: smtplib.SMTP, token: str) -> None:
        said = f"user={self._to.user}\x01auth=Bearer {token}\x01\x01"
        # To the server's challenge, which says what is wrong, the answer is empty.
        smtp.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")

    @staticmethod
    def _size_fits(smtp: smtplib.SMTP, mime: bytes) -> None:
        limit = smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < len(mime):
            raise Permanent(f"サーバーの上限（{int(limit):,} バイト）より大きい手紙です（{len(mime):,} バイト）")

    @staticmethod
    def _mail(smtp: smtplib.SMTP, sender: str, options: Sequence[str]) -> None:
        """MAIL names neither who gets the letter nor what stands in it: who says "not now" here, or
        hangs up, says it to every letter."""
        try:
            code, text = smtp.mail(sender, options)
        except (smtplib.SMTPException, OSError) as error:
            raise NoServer(_broken(error)) from error
        if 400 <= code <= 499:
            raise NoServer(_line(code, text))
        if code != 250:
            raise _refusal(code, text)

    @classmethod
    def _envelope(
        cls, smtp: smtplib.SMTP, mime: bytes, envelope_from: str, to: Sequence[str], cc: Sequence[str]
    ) -> dict[str, str]:
        options = [f"size={len(mime)}"] if smtp.has_extn("size") else []
        cls._mail(smtp, envelope_from, options)
        refused: dict[str, str] = {}
        accepted = 0
        for address in dict.fromkeys([*to, *cc]):
            code, text = smtp.rcpt(address)
            if code in (250, 251):
                accepted += 1
            elif code >= 500 and address not in to:
                refused[address] = _line(code, text)
            else:
                raise _refusal(code, text, address)
        if not accepted:
            raise Permanent("受け取る宛先がありません")
        return refused

    def _body(self, smtp: smtplib.SMTP, mime: bytes) -> str:
        try:
            code, text = smtp.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            self.close()  # the body was never sent: nothing can have gone out
            raise Retryable(_broken(error)) from error
        if code != _READY_FOR_BODY:
            self._reset()
            raise _refusal(code, text)
        body = mime if mime.endswith(b"\r\n") else mime + b"\r\n"
        if body.startswith(b"."):
            body = b"." + body
        try:
            smtp.send(body.replace(b"\r\n.", b"\r\n..") + b".\r\n")
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Uncertain(f"本文を送ったあと、返事が読めませんでした: {_broken(error)}") from error
        if not 400 <= code <= 599 and code != _ACCEPTED:
            self.close()  # no answer that SMTP knows here: it may have been taken
            raise Uncertain(f"本文を送ったあと、サーバーの返事が読めませんでした: {_line(code, text)}")
        if code != _ACCEPTED:
            self._reset()
            raise _refusal(code, text)
        return _line(code, text)

    def _reset(self) -> None:
        try:
            if self._smtp is not None and self._smtp.rset()[0] == 250:
                return
        except (smtplib.SMTPException, OSError):
            pass
        self.close()


def _broken(error: Exception) -> str:
    """A line that broke, or an answer that breaks the protocol (a line without end, smtplib's own SMTPResponseException)."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"サーバーの返事が読めません: {_line(error.smtp_code, error.smtp_error)}"
    return f"接続が切れました: {error}"


def _refusal(code: int, text: bytes, address: str | None = None) -> DeliveryError:
    """4xx and nonsense are worth another try; 5xx are not (RFC 5321 §4.2.1)."""
    answer = _line(code, text) + (f"（宛先 {address}）" if address else "")
    return Permanent(answer) if 500 <= code <= 599 else Retryable(answer)
