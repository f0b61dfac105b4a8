"""The headers and habits of the mail programs that write to a secretariat.

A `Client` is chosen for each sender; `HABITS` says what its mails look like: charset, transfer encoding, how it writes
file names, which headers of its own it adds, how its boundaries and Message-IDs look. Everything variable is cut from a
digest of the mail's id, so that the bytes never change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from mailflow.demo.samples.mime import NameStyle


class Client(StrEnum):
    OUTLOOK = "outlook"
    EXCHANGE = "exchange"
    THUNDERBIRD = "thunderbird"
    GROUPWARE = "groupware"
    NOTES = "notes"
    WEBMAIL = "webmail"
    GMAIL = "gmail"
    PHONE = "phone"


def digest(text: str) -> str:
    """64 hexadecimal digits, upper case."""
    return sha256(f"sample mail {text}".encode()).hexdigest().upper()


Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    charset: str
    transfer: str
    names: NameStyle
    boundary: Callable[[str], str]
    message_id: Callable[[str, str], str]  # digest, domain
    own_headers: Callable[[str, datetime], Headers]
    html: bool = False
    format_flowed: bool = False
    preamble: str = ""


def _outlook_headers(d: str, _at: datetime) -> Headers:
    return (
        ("X-Mailer", "Microsoft Outlook 16.0"),
        ("Thread-Index", f"Adyw{d[:22]}=="),
        ("Content-Language", "ja"),
    )


def _exchange_headers(d: str, _at: datetime) -> Headers:
    return (
        ("Thread-Index", f"AQHb{d[:24]}"),
        ("Accept-Language", "ja-JP, en-US"),
        ("Content-Language", "ja-JP"),
        ("X-MS-Has-Attach", ""),
        ("X-MS-TNEF-Correlator", ""),
    )


def _thunderbird_headers(_d: str, _at: datetime) -> Headers:
    return (("User-Agent", "Mozilla Thunderbird"), ("Content-Language", "ja"))


def _notes_headers(d: str, at: datetime) -> Headers:
    stamp = at.strftime("%Y/%m/%d %H:%M:%S")
    return (
        ("X-Mailer", "HCL Notes Release 12.0.2 November 2022"),
        ("X-MIMETrack", f"Serialize by Router on MAIL{d[:2]}/SRV(Release 12.0.2) at\r\n {stamp}"),
        ("X-KeepSent", f"{d[:8]}:{d[8:16]}-49258DB7:00{d[16:22]}; type=4; name=$KeepSent"),
    )


def _rfc_id(d: str) -> str:
    return f"{d[:8]}-{d[8:12]}-4{d[12:15]}-9{d[15:18]}-{d[18:30]}".lower()


HABITS: dict[Client, Habits] = {
    Client.OUTLOOK: Habits(
        charset="iso-2022-jp",
        transfer="7bit",
        names=NameStyle.RFC2047,
        boundary=lambda d: f"----=_NextPart_000_{d[:4]}_01DCB1{d[4:6]}.{d[6:14]}",
        message_id=lambda d, domain: f"<00{d[:4]}01dcb1${d[4:12]}${d[12:20]}$@{domain}>".lower(),
        own_headers=_outlook_headers,
        preamble="This is a multipart message in MIME format.",
    ),
    Client.EXCHANGE: Habits(
        charset="utf-8",
        transfer="base64",
        names=NameStyle.RFC2047,
        boundary=lambda d: f"_004_TY{d[:20]}jpnprd01prod_",
        message_id=lambda d, _domain: f"<TY2PR01MB{d[:6]}{d[6:22]}{d[22:38]}@TY2PR01MB{d[:4]}.jpnprd01.example>",
        own_headers=_exchange_headers,
        html=True,
    ),
    Client.THUNDERBIRD: Habits(
        charset="utf-8",
        transfer="8bit",
        names=NameStyle.RFC2231,
        boundary=lambda d: f"------------{d[:12]}{d[12:24].lower()}",
        message_id=lambda d, domain: f"<{_rfc_id(d)}@{domain}>",
        own_headers=_thunderbird_headers,
        format_flowed=True,
        preamble="This is a multi-part message in MIME format.",
    ),
    Client.GROUPWARE: Habits(
        charset="iso-2022-jp",
        transfer="7bit",
        names=NameStyle.RFC2047,
        boundary=lambda d: f"----_=_Part_{d[:10]}_{d[10:16]}.17{d[16:22]}",
        message_id=lambda d, domain: f"<2026{d[:10]}.{d[10:14]}.GW@{domain}>",
        own_headers=lambda _d, _at: (("X-Mailer", "Groupware Mail 10.8"), ("X-Priority", "3")),
    ),
    Client.NOTES: Habits(
        charset="iso-2022-jp",
        transfer="7bit",
        names=NameStyle.RAW_CP932,
        boundary=lambda d: f"=_mixed 00{d[:6]}49258DB7_=",
        message_id=lambda d, domain: f"<OF{d[:8]}.{d[8:16]}-ON49258DB7.00{d[16:22]}-49258DB7.00{d[22:28]}@{domain}>",
        own_headers=_notes_headers,
    ),
    Client.WEBMAIL: Habits(
        charset="shift_jis",
        transfer="base64",
        names=NameStyle.RFC2047,
        boundary=lambda d: f"_=NextPart_{d[:8]}_{d[8:16]}",
        message_id=lambda d, domain: f"<{d[:16].lower()}.webmail@{domain}>",
        own_headers=lambda _d, _at: (("X-Mailer", "Webmail 6.60"),),
    ),
    Client.GMAIL: Habits(
        charset="utf-8",
        transfer="base64",
        names=NameStyle.RFC2047,
        boundary=lambda d: f"000000000000{d[:20].lower()}",
        message_id=lambda d, _domain: f"<CA{d[:30]}_{d[30:50].lower()}@mail.gmail.com>",
        own_headers=lambda _d, _at: (),
        html=True,
    ),
    Client.PHONE: Habits(
        charset="utf-8",
        transfer="quoted-printable",
        names=NameStyle.RFC2231,
        boundary=lambda d: f"Apple-Mail-{_rfc_id(d).upper()}",
        message_id=lambda d, domain: f"<{_rfc_id(d).upper()}@{domain}>",
        own_headers=lambda _d, _at: (("X-Mailer", "iPhone Mail (22D82)"),),
    ),
}
