"""Tables of letters, approvals, people and the audit (DESIGN §5, §8). Conventions as in `tables`.

The own-case lock lies in the keys: an outgoing mail belongs to the case of its draft, each address to that case's
parties, each file to that case's files or to the public ones.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

ONLY_LIVE = text("live")


class DraftRow(SQLModel, table=True):
    """A composed letter. `hand_answered_at`: when a reply by hand made it stale, which happens once. `content`: JSON of the letter without the bytes of its parts; `checks`: ids of the findings it
    speaks of. `live`: waiting, or approved and not yet handed to a server: at most one such letter a case and purpose (partial unique index).
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("id", "case_id", name="uq_draft_case"),
        Index("uq_draft_live", "case_id", "purpose", unique=True, sqlite_where=ONLY_LIVE, postgresql_where=ONLY_LIVE),
        Index("ix_draft_state", "state", "valid_until"),
    )
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    mail_id: int | None = Field(default=None, foreign_key="mail.id", index=True)
    template: str
    purpose: str
    approval: str
    consent_required: bool
    state: str
    live: bool
    reason: str | None = None
    revision: int = 1
    subject: str
    content: str
    content_sha256: str
    checks: str
    review: bool
    not_before: datetime | None = None
    valid_until: datetime | None = None
    priority: int
    in_reply_to: str | None = None
    config_hash: str
    created_at: datetime
    opened_at: datetime | None = None
    edited_at: datetime | None = None
    edited_by: str | None = None
    hand_answered_at: datetime | None = None


class HandReplyRow(SQLModel, table=True):
    """A mail that somebody of the office answered by hand. `at`: the INTERNALDATE of that answer in Sent."""

    __tablename__ = "hand_reply"
    message_id: str = Field(primary_key=True)
    at: datetime = Field(primary_key=True, index=True)


class DraftMailRow(SQLModel, table=True):
    """Which arrivals a letter answers for."""

    __tablename__ = "draft_mail"
    draft_id: int = Field(primary_key=True, foreign_key="draft.id")
    mail_id: int = Field(primary_key=True, foreign_key="mail.id", index=True)


class DraftApprovalRow(SQLModel, table=True):
    """One person's (or the policy's) yes to one revision with one hash. Two rows of one person (`user_key`: the
    name folded) can't exist."""

    __tablename__ = "draft_approval"
    __table_args__ = (UniqueConstraint("draft_id", "revision", "user_key", name="uq_draft_approval_user"),)
    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id")
    revision: int
    user: str
    user_key: str
    content_sha256: str
    at: datetime


class ConsentRow(SQLModel, table=True):
    """The ministry's consent to one revision of one letter: who gave it, when, how, and who wrote it down."""

    __tablename__ = "consent"
    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(foreign_key="draft.id", index=True)
    revision: int
    content_sha256: str
    given_by: str
    given_at: datetime
    how: str
    recorded_by: str
    recorded_at: datetime


class OutgoingRow(SQLModel, table=True):
    """An approved letter on its way. `undo_until`, `next_at`, `claimed_at`, `file_next_at`: system time. `not_before`, `valid_until`,
    `sent_at`: business time. `stage`: `claimed` before DATA, `data` from DATA on. `mime`, `mime_sha256`: made once, at the first
    claim; each later one holds them against each other.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        ForeignKeyConstraint(["draft_id", "case_id"], ["draft.id", "draft.case_id"], name="fk_outgoing_draft"),
        UniqueConstraint("id", "case_id", name="uq_outgoing_case"),
        Index("ix_outgoing_state", "state", "priority", "id"),
        {"sqlite_autoincrement": True},  # an undone letter's number is never given to another one
    )
    id: int | None = Field(default=None, primary_key=True)
    draft_id: int = Field(unique=True)
    case_id: int
    content_sha256: str
    state: str
    stage: str | None = None
    attempts: int = 0
    claimant: str | None = None
    claimed_at: datetime | None = None
    next_at: datetime | None = None
    undo_until: datetime
    not_before: datetime | None = None
    valid_until: datetime | None = None
    priority: int
    approved_at: datetime
    message_id: str | None = Field(default=None, unique=True)
    mime: bytes | None = None
    mime_sha256: str | None = None
    answer: str | None = None
    sent_at: datetime | None = None
    filed_at: datetime | None = None
    filed_as: str | None = None
    file_attempts: int = 0
    file_next_at: datetime | None = None


class OutgoingPartyRow(SQLModel, table=True):
    """A recipient: always a party of the letter's own case."""

    __tablename__ = "outgoing_party"
    __table_args__ = (
        ForeignKeyConstraint(
            ["outgoing_id", "case_id"], ["outgoing.id", "outgoing.case_id"], name="fk_outgoing_party_case"
        ),
        ForeignKeyConstraint(
            ["case_id", "address"], ["case_party.case_id", "case_party.address"], name="fk_outgoing_party_party"
        ),
        Index("ix_outgoing_party_address", "address"),
    )
    outgoing_id: int = Field(primary_key=True)
    address: str = Field(primary_key=True)
    case_id: int
    header: str


class OutgoingPartRow(SQLModel, table=True):
    """A file of a letter: of its own case, or public. Nothing else can be stored."""

    __tablename__ = "outgoing_part"
    __table_args__ = (
        ForeignKeyConstraint(
            ["outgoing_id", "letter_case_id"], ["outgoing.id", "outgoing.case_id"], name="fk_outgoing_part_case"
        ),
        ForeignKeyConstraint(
            ["case_id", "sha256"], ["case_blob.case_id", "case_blob.sha256"], name="fk_outgoing_part_blob"
        ),
        CheckConstraint(
            "(origin = 'public' AND case_id IS NULL AND public_sha256 IS NOT NULL AND public_sha256 = sha256)"
            " OR (origin IN ('case', 'derived') AND case_id IS NOT NULL AND case_id = letter_case_id AND public_sha256 IS NULL)",
            name="ck_outgoing_part_origin",
        ),
    )
    outgoing_id: int = Field(primary_key=True)
    position: int = Field(primary_key=True)
    letter_case_id: int
    origin: str
    case_id: int | None = None
    public_sha256: str | None = Field(default=None, foreign_key="public_file.sha256")
    sha256: str = Field(foreign_key="blob.sha256")
    filename: str
    content_type: str


class LetterIdRow(SQLModel, table=True):
    """A Message-ID of one of our letters: ours, and what a relay made of it."""

    __tablename__ = "letter_id"
    message_id: str = Field(primary_key=True)
    outgoing_id: int = Field(foreign_key="outgoing.id", index=True)


class UserRow(SQLModel, table=True):
    """A person. `key`: the name folded; no two spellings of one name are two people. `link_hash`: sha256 of the one-time token
    by which the password is set; the token is never stored. `bureau`: whose cases alone they see, None for all."""

    __tablename__ = "user"
    name: str = Field(primary_key=True)
    key: str = Field(unique=True)
    role: str
    bureau: str | None = None
    password: str | None = None
    link_hash: str | None = None
    link_until: datetime | None = None
    created_at: datetime
    disabled_at: datetime | None = None


class AuditRow(SQLModel, table=True):
    """What happened: ids, codes and hashes, never contents. Append-only by trigger; chained later in `audit_seal`."""

    __tablename__ = "audit"
    id: str = Field(primary_key=True)
    at: datetime
    actor: str
    act: str
    entity: str
    entity_id: str
    case_id: int | None = None
    detail: str


class AuditSealRow(SQLModel, table=True):
    """The chain over committed audit rows, written by one sealer."""

    __tablename__ = "audit_seal"
    seq: int = Field(primary_key=True)
    audit_id: str = Field(unique=True, foreign_key="audit.id")
    hash: str


class LivenessRow(SQLModel, table=True):
    """Who has worked here. Whether it lives is told by its lock, never by this row. `late_jobs`: jobs of its that stand still."""

    __tablename__ = "liveness"
    claimant: str = Field(primary_key=True)
    role: str
    started_at: datetime
    ended_at: datetime | None = None
    config_hash: str | None = None
    late_jobs: str | None = None


class WatchRow(SQLModel, table=True):
    """The epoch of a mailbox's watch: who takes it over raises it, who has an older one may not write."""

    __tablename__ = "watch"
    mailbox: str = Field(primary_key=True)
    epoch: int
    claimant: str
    since: datetime
