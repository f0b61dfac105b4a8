"""What a booking was before its last move: its method, its meeting and the letter that told of it, beside its time and host."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("was_method", sa.String(), nullable=True))
    op.add_column("booking", sa.Column("was_link", sa.String(), nullable=True))
    op.add_column("booking", sa.Column("was_draft_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
