"""Tables of what came in and what it became: settings of the database, mails, verdicts, cases (DESIGN §8).

Letters, approvals and the audit are in `tables_letters`. All times are UTC and aware (a plain `datetime` field; never
`sa_type=DateTime`, which loses the zone on SQLite). States are stored by value. JSON is text written by
`mailflow.codec`. Nothing here has behaviour: rows are written by Core statements and read into frozen dataclasses.

No `from __future__ import annotations`: SQLModel reads the annotations as they are.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel


def table_of(row: type[SQLModel]) -> Table:
    """The Core table of a row class."""
    found: Table = row.__table__  # type: ignore[attr-defined]
    return found


# --- the database itself ----------------------------------------------------------------------------------------------


class MetaRow(SQLModel, table=True):
    """Facts of this database: business clock offset, start fence, console's sending switch, last fetch and send."""

    __tablename__ = "meta"
    key: str = Field(primary_key=True)
    value: str


class ConfigVersionRow(SQLModel, table=True):
    """A configuration that judged something, whole and once. `office`: identifiers of the secretariat itself."""

    __tablename__ = "config_version"
    hash: str = Field(primary_key=True)
    bundle: bytes
    office: str
    first_seen: datetime


class PublicFileRow(SQLModel, table=True):
    """A file of templates/files: the only files that may go to anyone."""

    __tablename__ = "public_file"
    sha256: str = Field(primary_key=True)
    path: str
    first_seen: datetime


class BlobRow(SQLModel, table=True):
    """Bytes by their hash: raw mails and the files of letters."""

    __tablename__ = "blob"
    sha256: str = Field(primary_key=True)
    content: bytes


# --- mails ------------------------------------------------------------------------------------------------------------


class MailRow(SQLModel, table=True):
    """One mail (one `content_id`), wherever it lies. `received_at`: the earliest INTERNALDATE of its places.

    `raw_sha256` None: only the headers were kept (older than the history). Header columns are for lists; the truth is
    the raw mail. `crashes`: how often the process that worked on it died. `junk`: so far it lay in Junk only.
    """

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_state_received", "state", "received_at", "id"),
        Index("ix_mail_message_id", "message_id"),
        Index("ix_mail_received", "received_at", "id"),
        Index(
            "ix_mail_claimant",
            "claimant",
            sqlite_where=text("claimant IS NOT NULL"),
            postgresql_where=text("claimant IS NOT NULL"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    content_id: str = Field(unique=True)
    raw_sha256: str | None = Field(default=None, foreign_key="blob.sha256")
    size: int
    message_id: str | None = None
    subject: str | None = None
    sender_name: str | None = None
    sender_address: str | None = None
    date: datetime | None = None
    received_at: datetime
    arrived_at: datetime
    state: str
    reason: str | None = None
    claimant: str | None = None
    claimed_at: datetime | None = None
    attempts: int = 0
    crashes: int = 0
    junk: bool = False


class PlaceRow(SQLModel, table=True):
    """Where a mail lies or lay. `mail_id` None: this UID couldn't be fetched, `reason` says why."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("mailbox", "folder", "uidvalidity", "uid", name="uq_place_uid"),)
    id: int | None = Field(default=None, primary_key=True)
    mailbox: str
    folder: str
    uidvalidity: int = Field(sa_type=BigInteger)  # 32 bits unsigned (RFC 9051 §2.3.1.1)
    uid: int = Field(sa_type=BigInteger)
    mail_id: int | None = Field(default=None, foreign_key="mail.id", index=True)
    received_at: datetime | None = None
    reason: str | None = None
    seen_at: datetime


class WatermarkRow(SQLModel, table=True):
    """The highest UID seen of a folder: an optimisation, the sets of UIDs are compared anyway."""

    __tablename__ = "watermark"
    mailbox: str = Field(primary_key=True)
    folder: str = Field(primary_key=True)
    uidvalidity: int = Field(sa_type=BigInteger)  # 32 bits unsigned (RFC 9051 §2.3.1.1)
    uid: int = Field(sa_type=BigInteger)
    at: datetime


# --- cases ------------------------------------------------------------------------------------------------------------


class CaseRow(SQLModel, table=True):
    """One body in one round, or one mail of no body (`org_key` = `mail:<content id>`). Its state is derived.

    `revision` rises with every write that concerns the case: the optimistic lock of DESIGN §1 (c). `merged_into`: the case that a
    person put this one into: what would come here goes there.
    """

    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("round_id", "org_key", name="uq_cases_round_org"),)
    id: int | None = Field(default=None, primary_key=True)
    round_id: str
    org_key: str
    number: str = Field(unique=True)
    org_code: str | None = None
    org_prefecture: str | None = None
    org_name: str | None = None
    org_kind: str | None = None
    org_bureau: str | None = None
    revision: int = 1
    opened_at: datetime
    withdrawn_at: datetime | None = None
    screening_at: datetime | None = None
    decided_at: datetime | None = None
    notified_at: datetime | None = None
    merged_into: int | None = None


class CasePartyRow(SQLModel, table=True):
    """An address that a letter of this case may go to. `address` is folded (`Address.key`).

    `standing`: `accepted` (the domain table or a person ties it to the body), `provisional` (it opened the case, or
    stands in such a mail's form; a party only while nobody is accepted), `cc` (the bureau: may read, may not act),
    `displaced` (opened the case, but the body itself has written since: no letter of the case goes there any more).
    `role`: sender, contact, reply-to, web-form, bureau, person.
    """

    __tablename__ = "case_party"
    case_id: int = Field(primary_key=True, foreign_key="cases.id")
    address: str = Field(primary_key=True, index=True)
    name: str | None = None
    role: str
    standing: str
    since: datetime


class CaseBlobRow(SQLModel, table=True):
    """A file that belongs to a case: received with one of its mails, or derived from such a file.

    Received files aren't stored a second time (their mail has them); files of letters are in `blob`.
    """

    __tablename__ = "case_blob"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "source_sha256"], ["case_blob.case_id", "case_blob.sha256"], name="fk_case_blob_source"
        ),
    )
    case_id: int = Field(primary_key=True, foreign_key="cases.id")
    sha256: str = Field(primary_key=True)
    filename: str | None = None
    mail_id: int | None = Field(default=None, foreign_key="mail.id")
    source_sha256: str | None = None


class CaseIdentifierRow(SQLModel, table=True):
    """What would tell another applicant whose case this is: address, phone, number, code, file name (folded)."""

    __tablename__ = "case_identifier"
    value: str = Field(primary_key=True)
    case_id: int = Field(primary_key=True, foreign_key="cases.id", index=True)
    kind: str


class VerdictRow(SQLModel, table=True):
    """How one mail was judged: exactly one row a mail. JSON columns hold all it was made on (invariant 8).

    `case_id`: where the mail is kept. `claim`: kept there, counts for nothing. `correspondent`: who writes, folded (the
    address inside a web form's notice). `answerable`: letters were composed for it. `received_at`: as judged.
    """

    __tablename__ = "verdict"
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(unique=True, foreign_key="mail.id")
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    kind: str
    label: str | None = None
    rule: str | None = None
    org_code: str | None = None
    org_name: str | None = None
    resolved: str
    correspondent: str | None = None
    claim: bool
    before_start: bool
    review: bool
    answerable: bool
    config_hash: str
    judged_at: datetime
    received_at: datetime
    verdict: str
    actions: str


class VersionRow(SQLModel, table=True):
    """One mail with a form. What counts is the order of (received_at, uid), not when it was processed; `number` is given
    once, is what letters say, and never means another mail once a letter said it (docs/decisions/0023)."""

    __tablename__ = "version"
    __table_args__ = (
        Index("ix_version_case", "case_id", "received_at", "uid"),
        UniqueConstraint("case_id", "number", name="uq_version_number"),
    )
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    case_id: int = Field(foreign_key="cases.id")
    number: int
    received_at: datetime
    uid: int = Field(sa_type=BigInteger)
    fingerprint: str
    form_sha256: str | None = None
    filename: str | None = None
    complete: bool
    counted: bool
    late: bool
    open_fix: str
    open_refuse: str
    filled: int


class ClaimRow(SQLModel, table=True):
    """A mail that speaks for a body whose case it may not join. `settled`: what a person decided, or None."""

    __tablename__ = "claim"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    case_id: int = Field(foreign_key="cases.id", index=True)
    address: str | None = None
    at: datetime
    settled: str | None = None
    settled_by: str | None = None


class ExceptionRow(SQLModel, table=True):
    """A person's exception for one applicant: what, until when, who, why, with whose consent."""

    __tablename__ = "case_exception"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    what: str
    until: datetime | None = None
    by: str
    why: str
    consent: str | None = None
    at: datetime
    ended_at: datetime | None = None


class NoteRow(SQLModel, table=True):
    """A remark of the secretariat on a case or a mail, and what a verdict asked to be noted or told."""

    __tablename__ = "note"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    mail_id: int | None = Field(default=None, foreign_key="mail.id", index=True)
    kind: str
    text: str
    by: str
    at: datetime
