"""Tables of the console: who is logged in, who tried to, what is half written, who deals with what (DESIGN §10).
Conventions as in `tables`.

All times here are system time. Of a session's token only the hash is stored: who reads the database can't act as anyone.
"""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class SessionRow(SQLModel, table=True):
    """One log-in. `csrf`: what each of its forms carries. `until`: it ends then at the latest. `ended_by`: who ended it."""

    __tablename__ = "console_session"
    token_hash: str = Field(primary_key=True)
    user: str = Field(foreign_key="user.name", index=True)
    csrf: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    until: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


class LoginAttemptRow(SQLModel, table=True):
    """A log-in that went wrong. `who`: the name folded and hashed (people type their password there); `address`: theirs."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_who", "who", "at"),
        Index("ix_login_attempt_address", "address", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    who: str
    address: str
    at: datetime


class UnfinishedRow(SQLModel, table=True):
    """What one person typed into one letter and hasn't kept yet. `base_sha256`: the content they started from."""

    __tablename__ = "unfinished_edit"
    draft_id: int = Field(primary_key=True, foreign_key="draft.id")
    user: str = Field(primary_key=True, foreign_key="user.name")
    subject: str
    text: str
    base_sha256: str
    saved_at: datetime


class DraftTextRow(SQLModel, table=True):
    """A letter as it was before the next revision: the first one is as we composed it. `by`, `why`: of what replaced it."""

    __tablename__ = "draft_text"
    draft_id: int = Field(primary_key=True, foreign_key="draft.id")
    revision: int = Field(primary_key=True)
    content: str
    content_sha256: str
    by: str
    why: str
    at: datetime


class DraftSeenRow(SQLModel, table=True):
    """Who has a letter open, or had: `at` is the last time."""

    __tablename__ = "draft_seen"
    __table_args__ = (Index("ix_draft_seen_at", "at"),)
    draft_id: int = Field(primary_key=True, foreign_key="draft.id")
    user: str = Field(primary_key=True, foreign_key="user.name")
    at: datetime


class LetterAssignedRow(SQLModel, table=True):
    """Who deals with the letter of a purpose in a case: the one that takes its place is theirs too."""

    __tablename__ = "letter_assigned"
    case_id: int = Field(primary_key=True, foreign_key="cases.id")
    purpose: str = Field(primary_key=True)
    user: str = Field(foreign_key="user.name")
    by: str
    at: datetime


class CaseOwnerRow(SQLModel, table=True):
    """Who deals with a case: what waits of it is theirs, unless it is assigned otherwise."""

    __tablename__ = "case_owner"
    case_id: int = Field(primary_key=True, foreign_key="cases.id")
    user: str = Field(foreign_key="user.name")
    by: str
    at: datetime


class MailTextRow(SQLModel, table=True):
    """What a mail is found by: its words and those of its form, folded (`store.mail_text`). It is content: purged with the mail."""

    __tablename__ = "mail_text"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    text: str


class BegunLetterRow(SQLModel, table=True):
    """A letter that somebody is writing. `about`: `mail:12`, what it answers, or `selection`. Only its writer sees it."""

    __tablename__ = "begun_letter"
    user: str = Field(primary_key=True, foreign_key="user.name")
    about: str = Field(primary_key=True)
    subject: str
    text: str
    template: str
    saved_at: datetime
