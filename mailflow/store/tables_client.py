"""Letters shown as mails in a folder, for approval in people's own mail client (DESIGN §5). Conventions as in `tables`."""

from datetime import datetime

from sqlmodel import Field, SQLModel


class ClientCopyRow(SQLModel, table=True):
    """One copy of one content of a letter. `token`: stands in its headers, and nobody outside knows it. `outcome`: what became
    of it. Times are system time."""

    __tablename__ = "client_copy"
    token: str = Field(primary_key=True)
    draft_id: int = Field(foreign_key="draft.id", index=True)
    content_sha256: str
    state: str = Field(index=True)
    outcome: str | None = None
    made_at: datetime
    settled_at: datetime | None = None
