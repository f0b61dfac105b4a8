"""Cases put together and taken apart by people; a letter of theirs that is half written."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("merged_into", sa.Integer(), nullable=True))
    op.create_table(
        "case_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_case", sa.Integer(), nullable=False),
        sa.Column("to_case", sa.Integer(), nullable=False),
        sa.Column("moved", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_why", sa.String(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["from_case"], ["cases.id"]),
        sa.ForeignKeyConstraint(["to_case"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("from_case", "to_case"):
        op.create_index(op.f(f"ix_case_move_{name}"), "case_move", [name], unique=False)
    op.create_table(
        "begun_letter",
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user"], ["user.name"]),
        sa.PrimaryKeyConstraint("user", "about"),
    )


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
