"""Tables of a case's life beside its mails and letters: what people told, corrected, withdrew. Conventions as in `tables`."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class AgainRow(SQLModel, table=True):
    """A mail that waits to be judged once more. `why`: `mailflow.model.Again`."""

    __tablename__ = "mail_again"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    why: str
    at: datetime


class ToldPasswordRow(SQLModel, table=True):
    """A password that was told, by a mail or to a person. `for_mail_id`: the locked mail, where a person said which one.

    It is content like the mail that holds it: purged with it, never logged, never in the audit.
    """

    __tablename__ = "told_password"
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int | None = Field(default=None, foreign_key="mail.id", index=True)
    for_mail_id: int | None = Field(default=None, foreign_key="mail.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    correspondent: str | None = Field(default=None, index=True)
    password: str
    source: str
    by: str
    at: datetime


class LockedMailRow(SQLModel, table=True):
    """A mail with a file that no password has opened yet. `tried`: the highest `told_password.id` tried on it."""

    __tablename__ = "locked_mail"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    correspondent: str | None = Field(default=None, index=True)
    received_at: datetime
    tried: int


class RecordedRow(SQLModel, table=True):
    """What was told about a version beside its form: a field's value, or a question answered by 記入のとおり."""

    __tablename__ = "recorded"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    mail_id: int = Field(foreign_key="mail.id")
    content: str
    at: datetime


class PromiseRow(SQLModel, table=True):
    """A mail that says until when the answer will come."""

    __tablename__ = "promise"
    mail_id: int = Field(primary_key=True, foreign_key="mail.id")
    case_id: int = Field(foreign_key="cases.id", index=True)
    promised: datetime


class WithdrawalRow(SQLModel, table=True):
    """A withdrawal that a person confirmed by calling back, and its undoing."""

    __tablename__ = "withdrawal"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    mail_id: int | None = Field(default=None, foreign_key="mail.id")
    confirmed_with: str
    how: str
    by: str
    at: datetime
    undone_by: str | None = None
    undone_why: str | None = None
    undone_at: datetime | None = None


class ContactRow(SQLModel, table=True):
    """Whom letters of a case go to from a day on. The one before keeps its dates."""

    __tablename__ = "case_contact"
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    address: str
    name: str | None = None
    since: datetime
    until: datetime | None = None
    source: str
    by: str


class HiddenMailRow(SQLModel, table=True):
    """A mail whose content nobody but an approver may see, and whose form counts for nothing (誤送信; situations row 37).

    `by`: `policy` where a mail said so. `lifted_at` None: hidden now.
    """

    __tablename__ = "hidden_mail"
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(foreign_key="mail.id", index=True)
    why: str
    because_mail_id: int | None = Field(default=None, foreign_key="mail.id")
    by: str
    at: datetime
    lifted_by: str | None = None
    lifted_why: str | None = None
    lifted_at: datetime | None = None


class CorrectionRow(SQLModel, table=True):
    """What a person corrected of a verdict: what, was, became, why."""

    __tablename__ = "correction"
    id: int | None = Field(default=None, primary_key=True)
    mail_id: int = Field(foreign_key="mail.id", index=True)
    what: str
    was: str
    became: str
    why: str
    by: str
    at: datetime


class CaseMoveRow(SQLModel, table=True):
    """Mails that a person moved from one case to another. `kind`: merge, split. `moved`: JSON of `store.regrouping.Moved`."""

    __tablename__ = "case_move"
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    from_case: int = Field(foreign_key="cases.id", index=True)
    to_case: int = Field(foreign_key="cases.id", index=True)
    moved: str
    why: str
    by: str
    at: datetime
    undone_by: str | None = None
    undone_why: str | None = None
    undone_at: datetime | None = None
