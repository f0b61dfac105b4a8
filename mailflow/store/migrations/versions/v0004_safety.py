"""What watches over the rest: closing lists (append-only), returned letters, tasks, alarms, purges."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "closing",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        _at("made_at"),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("round_id", "revision"),
    )
    op.create_table(
        "closing_signature",
        sa.Column("round_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        _at("at"),
        sa.Column("remark", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["round_id", "revision"], ["closing.round_id", "closing.revision"], name="fk_closing_signature_closing"
        ),
        sa.PrimaryKeyConstraint("round_id", "revision", "line"),
    )
    op.create_table(
        "bounce",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outgoing_id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(), nullable=True),
        sa.Column("matched_by", sa.String(), nullable=False),
        _at("at"),
        sa.Column("settled_by", sa.String(), nullable=True),
        _at("settled_at", nullable=True),
        sa.Column("settled_how", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["outgoing_id"], ["outgoing.id"]),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("outgoing_id", "mail_id", "recipient", name="uq_bounce"),
    )
    op.create_index(op.f("ix_bounce_outgoing_id"), "bounce", ["outgoing_id"], unique=False)
    op.create_index(op.f("ix_bounce_mail_id"), "bounce", ["mail_id"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _at("at"),
        sa.Column("done_by", sa.String(), nullable=True),
        _at("done_at", nullable=True),
        sa.Column("done_how", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "kind", name="uq_task_kind"),
    )
    op.create_table(
        "alarm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        _at("since"),
        _at("told_at", nullable=True),
        _at("ended_at", nullable=True),
        _at("well_told_at", nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_alarm_key"), "alarm", ["key"], unique=False)
    op.create_table(
        "purge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        _at("asked_at"),
        sa.Column("done_by", sa.String(), nullable=True),
        _at("done_at", nullable=True),
        sa.Column("certificate", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _append_only()


def _append_only() -> None:
    tables = ("closing", "closing_signature")
    if op.get_bind().dialect.name == "sqlite":
        for table in tables:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'the closing list is append-only'); END"
                )
        op.execute(
            "CREATE TRIGGER closing_no_replace BEFORE INSERT ON closing "
            "WHEN EXISTS (SELECT 1 FROM closing WHERE round_id = NEW.round_id AND revision = NEW.revision) "
            "BEGIN SELECT RAISE(ABORT, 'the closing list is append-only'); END"
        )
        op.execute(
            "CREATE TRIGGER closing_signature_no_replace BEFORE INSERT ON closing_signature "
            "WHEN EXISTS (SELECT 1 FROM closing_signature "
            "WHERE round_id = NEW.round_id AND revision = NEW.revision AND line = NEW.line) "
            "BEGIN SELECT RAISE(ABORT, 'the closing list is append-only'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION closing_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the closing list is append-only'; END $$"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION closing_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION closing_append_only()"
        )


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
