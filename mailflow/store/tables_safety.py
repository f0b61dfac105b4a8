"""Tables of what watches over the rest: closing lists, returned letters, alarms, tasks, purges. Conventions as in `tables`."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel


class ClosingRow(SQLModel, table=True):
    """A closing list: one revision of one round. Append-only by trigger. `made_at`: business time; `content`: JSON."""

    __tablename__ = "closing"
    round_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    made_at: datetime
    because: str
    content: str
    sha256: str


class ClosingSignatureRow(SQLModel, table=True):
    """A person's name under one line of one revision. Append-only by trigger."""

    __tablename__ = "closing_signature"
    __table_args__ = (
        ForeignKeyConstraint(
            ["round_id", "revision"], ["closing.round_id", "closing.revision"], name="fk_closing_signature_closing"
        ),
    )
    round_id: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    line: str = Field(primary_key=True)
    by: str
    at: datetime
    remark: str | None = None


class BounceRow(SQLModel, table=True):
    """A mail that says one of our letters came back or is late. The letter's own state is never changed by it.

    `action`: failed, delayed, deleted (unread), opened. `said_by`: who says so (the mail's From). `matched_by`: message-id, mailflow-id (only who has
    the letter knows them) or recipient (anybody can write that). `settled_…`: what a person did about it.
    """

    __tablename__ = "bounce"
    __table_args__ = (UniqueConstraint("outgoing_id", "mail_id", "recipient", name="uq_bounce"),)
    id: int | None = Field(default=None, primary_key=True)
    outgoing_id: int = Field(foreign_key="outgoing.id", index=True)
    mail_id: int = Field(foreign_key="mail.id", index=True)
    recipient: str
    action: str
    status: str | None = None
    why: str
    said_by: str | None = None
    matched_by: str
    at: datetime
    settled_by: str | None = None
    settled_at: datetime | None = None
    settled_how: str | None = None


class TaskRow(SQLModel, table=True):
    """Something that a person must do about a case. At most one of a kind a case."""

    __tablename__ = "task"
    __table_args__ = (UniqueConstraint("case_id", "kind", name="uq_task_kind"),)
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id")
    kind: str
    text: str
    at: datetime
    done_by: str | None = None
    done_at: datetime | None = None
    done_how: str | None = None


class AlarmRow(SQLModel, table=True):
    """Something that is ill now or was. `told_at`: when the alarm went out; `ended_at`: when it was well again;
    `well_told_at`: when that was told. System time."""

    __tablename__ = "alarm"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(index=True)
    text: str
    since: datetime
    told_at: datetime | None = None
    ended_at: datetime | None = None
    well_told_at: datetime | None = None


class PurgeRow(SQLModel, table=True):
    """A purge that a person asked for and another one did. `certificate`: JSON of what was deleted, by hash."""

    __tablename__ = "purge"
    id: int | None = Field(default=None, primary_key=True)
    scope: str
    why: str
    asked_by: str
    asked_at: datetime
    done_by: str | None = None
    done_at: datetime | None = None
    certificate: str | None = None
    sha256: str | None = None


class IncidentRow(SQLModel, table=True):
    """Letters that went to somebody they were not for (誤送信). `about`: whose information; `found_at`: business time."""

    __tablename__ = "incident"
    id: int | None = Field(default=None, primary_key=True)
    title: str
    what: str
    about: str
    found_at: datetime
    by: str
    opened_at: datetime
    closed_by: str | None = None
    closed_at: datetime | None = None
    closing: str | None = None


class IncidentReaderRow(SQLModel, table=True):
    """Somebody who has such a letter: when they were told, what they said, whether they say that it is deleted."""

    __tablename__ = "incident_reader"
    __table_args__ = (UniqueConstraint("incident_id", "outgoing_id", "address", name="uq_incident_reader"),)
    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incident.id", index=True)
    outgoing_id: int = Field(foreign_key="outgoing.id", index=True)
    address: str
    told_by: str | None = None
    told_at: datetime | None = None
    said: str | None = None
    deleted: bool = False
