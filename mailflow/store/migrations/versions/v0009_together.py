"""Several people on one queue: whose letter, whose case, whose area; and the words that a mail is found by."""

import json
import unicodedata
from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BATCH = 200


def upgrade() -> None:
    op.create_table(
        "letter_assigned",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["user"], ["user.name"]),
        sa.PrimaryKeyConstraint("case_id", "purpose"),
    )
    op.create_table(
        "case_owner",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["user"], ["user.name"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_table(
        "mail_text",
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"]),
        sa.PrimaryKeyConstraint("mail_id"),
    )
    _keep_what_is_known()
    op.create_index("ix_mail_received", "mail", ["received_at", "id"], unique=False)
    op.add_column("user", sa.Column("bureau", sa.String(), nullable=True))


def _keep_what_is_known() -> None:
    """Of mails judged before: headers, the body named and the form's values. Their text is read when they are judged again."""
    db = op.get_bind()
    query = sa.text(
        "SELECT m.id, m.subject, m.sender_name, m.sender_address, m.message_id, v.org_name, v.verdict FROM mail m "
        "JOIN verdict v ON v.mail_id = m.id WHERE m.id > :after ORDER BY m.id LIMIT :most"
    )
    after = 0
    while some := db.execute(query, {"after": after, "most": _BATCH}).all():  # drivers hold a whole answer in memory
        kept = [{"id": row[0], "text": _line(row[1:6], row[6])} for row in some]
        db.execute(sa.text("INSERT INTO mail_text (mail_id, text) VALUES (:id, :text)"), kept)
        after = some[-1][0]


def _line(words: Sequence[str | None], verdict: str) -> str:
    parts = [word for word in words if word]
    try:
        form = json.loads(verdict)["understood"]["form"]
        parts += [str(value["raw"]) for value in form["fields"].values() if value["raw"] is not None]
    except (ValueError, TypeError, KeyError):  # a mail without a form
        pass
    return "\n".join(" ".join(unicodedata.normalize("NFKC", one).casefold().split()) for one in parts)[:20_000]


def downgrade() -> None:
    raise NotImplementedError("going back is a restore from a backup")
