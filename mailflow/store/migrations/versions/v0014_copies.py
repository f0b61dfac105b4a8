"""One copy of a letter in the mail client's folder at a time; moves of bookings that were under way before 0013.

Of the latter what can be told: the method stays, the link is the host's where the host is the same, the letter is the newest
that left for the same purpose. A link that can't be told stays empty, for a person to enter.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OPEN = sa.text("state <> 'settled'")


def upgrade() -> None:
    db = op.get_bind()
    db.execute(
        sa.text(
            "UPDATE client_copy SET state = 'settled', outcome = 'withdrawn', settled_at = made_at "
            "WHERE state <> 'settled' AND token <> (SELECT max(other.token) FROM client_copy other "
            "WHERE other.draft_id = client_copy.draft_id AND other.content_sha256 = client_copy.content_sha256 "
            "AND other.state <> 'settled')"
        )
    )
    op.create_index(
        "uq_client_copy_open", "client_copy", ["draft_id", "content_sha256"], unique=True, sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )  # fmt: skip
    db.execute(
        sa.text(
            "UPDATE booking SET was_method = method, was_link = CASE WHEN was_host = host THEN link END, "
            "was_draft_id = (SELECT max(told.id) FROM draft told JOIN outgoing ON outgoing.draft_id = told.id "
            "JOIN draft now ON now.id = booking.draft_id WHERE told.case_id = booking.case_id "
            "AND told.purpose = now.purpose AND told.id < now.id AND outgoing.state = 'sent') "
            "WHERE was_starts IS NOT NULL AND was_method IS NULL"
        )
    )


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
