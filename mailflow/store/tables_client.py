"""Letters shown as mails in a folder, for approval in people's own mail client (DESIGN §5). Conventions as in `tables`."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

_OPEN = text("state <> 'settled'")


class ClientCopyRow(SQLModel, table=True):
    """One copy of one content of a letter. `token`: stands in its headers, and nobody outside knows it. `outcome`: what became
    of it. Times are system time."""

    __tablename__ = "client_copy"
    __table_args__ = (
        Index(
            "uq_client_copy_open", "draft_id", "content_sha256", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
    )
    token: str = Field(primary_key=True)
    draft_id: int = Field(foreign_key="draft.id", index=True)
    content_sha256: str
    state: str = Field(index=True)
    outcome: str | None = None
    made_at: datetime
    settled_at: datetime | None = None
