"""Letters by their recipient: for bounces and the reply budget."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outgoing_party_address", "outgoing_party", ["address"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
