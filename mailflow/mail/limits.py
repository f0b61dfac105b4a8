"""What reading may cost, and what the reader is told about our own side.

Every number has its reason beside it. Sizes are bytes. A limit that bites leaves a defect on the mail or a `problem` on
the attachment; it never raises.
"""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one mail. The defaults are what `mailflow read` uses."""

    mail_size: int = 50 * MB  # no mail server of an office lets more through; above it only the header is read
    header_size: int = 1 * MB  # Exchange stops at 128 kB of headers; the rest can only be an attack
    header_fields: int = 2_000  # a mail that went through 20 servers has about 150
    header_value: int = 64_000  # To: of a mail to every municipality is about 60 kB
    addresses: int = 2_000  # 1,741 municipalities and 47 prefectures in one To
    received: int = 100  # RFC 5321 6.3 lets servers refuse at 100
    parts: int = 500  # a mail with 300 photographs is odd but real
    nesting: int = 20  # forwards of forwards reach 10
    attachments_total: int = 200 * MB  # everything unpacked, in memory at once
    archive_entries: int = 1_000  # of all archives of the mail together
    archive_entry_size: int = 50 * MB  # as large as a mail could carry it unpacked
    archive_ratio: int = 100  # office files reach 20, text 40; a bomb 1,000
    archive_ratio_from: int = 5 * MB  # below this size a ratio harms nobody (blank bitmaps)
    archive_depth: int = 4  # a zip in a zip in a forwarded mail, and one more
    locked_size: int = 10 * MB  # ZipCrypto is decrypted in Python at about 3 MB/s
    passwords: int = 20  # one try at an encrypted workbook costs 0.1 s
    text_size: int = 1 * MB  # characters of text or html kept of one mail: 1,000 pages
    filename: int = 200  # characters; file systems stop at 255 bytes, but names are never paths here


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadContext:
    """What only the configuration knows. The default (nothing known) is what `mailflow read` uses.

    `own_ids`: markers that stand in the Message-ID of what we send, whoever it now claims to be from; `own_addresses`: what we
    send from. A mail is ours by X-Mailflow-Id and one of the two; neither known: none is. `authserv_id`: whose Authentication-Results count (RFC 8601); None: nobody's. `boundary_hosts`: the hosts whose
    `by` in a Received line is our own boundary. `passwords`: tried in this order on locked archives and workbooks.
    """

    own_ids: frozenset[str] = frozenset()
    own_addresses: frozenset[str] = frozenset()
    authserv_id: str | None = None
    boundary_hosts: tuple[str, ...] = ()
    passwords: tuple[str, ...] = ()
