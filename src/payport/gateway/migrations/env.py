"""Runs migrations against the database the caller names."""

from __future__ import annotations

import sqlalchemy
from alembic import context

from payport.gateway.outbox import METADATA


def _run() -> None:
    engine = sqlalchemy.create_engine(context.config.attributes["url"], poolclass=sqlalchemy.pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()


_run()
