"""Replies by hand have a row each; which jobs of a worker stand still stands with the worker."""

import datetime as dt
import json

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    made = op.create_table(
        "hand_reply",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "at"),
    )
    op.create_index(op.f("ix_hand_reply_at"), "hand_reply", ["at"], unique=False)
    op.add_column("draft", sa.Column("hand_answered_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("liveness", sa.Column("late_jobs", sa.String(), nullable=True))
    _take_over(made)


def _take_over(made: sa.Table) -> None:
    """What earlier versions kept as one text in `meta`."""
    db = op.get_bind()
    told = db.execute(sa.text("SELECT value FROM meta WHERE key = 'hand_replies'")).scalar()
    if told is not None:
        kept = json.loads(told)
        moments = {(name, dt.datetime.fromisoformat(one["at"])) for one in kept["replies"] for name in one["answers"]}
        if moments:
            db.execute(sa.insert(made), [{"message_id": name, "at": at.astimezone(dt.UTC)} for name, at in moments])
        done = sa.text("UPDATE draft SET hand_answered_at = created_at WHERE id = :id")
        for draft_id in kept["done"]:
            db.execute(done, {"id": draft_id})
    db.execute(sa.text("DELETE FROM meta WHERE key IN ('hand_replies', 'late_jobs')"))


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
