"""Letters shown as mails in a folder of the mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_copy",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"]),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index(op.f("ix_client_copy_draft_id"), "client_copy", ["draft_id"], unique=False)
    op.create_index(op.f("ix_client_copy_state"), "client_copy", ["state"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
