"""Alembic's entry: runs on the connection that `open_store` hands over, inside its transaction."""

from alembic import context
from sqlmodel import SQLModel

import mailflow.store.tables
import mailflow.store.tables_case
import mailflow.store.tables_client
import mailflow.store.tables_console
import mailflow.store.tables_consultation
import mailflow.store.tables_letters
import mailflow.store.tables_safety  # noqa: F401  (fills the metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,  # ours is a real transaction on SQLite too: BEGIN IMMEDIATE is explicit
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
