"""Databases of an institution: opened so that what was answered survives a loss of power, and migrated by number."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import alembic.command
import alembic.config
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import create_async_engine

from payport.history.database import BUSY_SECONDS, with_driver

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

WRITES: Final = "payport_writes"
"""Execution option of a connection that is about to write."""


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    # The driver begins transactions too late, after the first read; we begin them ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1_000}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock before it reads, so that what it decided on cannot change under it.
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def open_database(url: str) -> AsyncEngine:
    """Open a migrated database, ``sqlite:///FILE`` or ``postgresql://...``; raises ``unsupported_database``."""
    engine = create_async_engine(with_driver(url, asynchronous=True), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def writer(engine: AsyncEngine) -> AsyncEngine:
    """Return the same database for transactions that write."""
    return engine.execution_options(**{WRITES: True})


def migrate(url: str, package: str, revision: str = "head") -> None:
    """Bring the tables of ``package`` to ``revision`` (``base`` removes them); raises ``unsupported_database``."""
    if revision == "base":
        downgrade(url, package, revision)
    else:
        alembic.command.upgrade(_config(url, package), revision)


def downgrade(url: str, package: str, revision: str) -> None:
    """Take the tables of ``package`` back to ``revision``; what only later layouts hold is lost."""
    alembic.command.downgrade(_config(url, package), revision)


def _config(url: str, package: str) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(resources.files(package) / "migrations"))
    config.attributes["url"] = with_driver(url, asynchronous=False)
    return config


def run_migrations(attributes: dict[str, Any], metadata: sqlalchemy.MetaData, version_table: str) -> None:
    """Run what ``migrate`` asked for; called by the environment of each package."""
    # Imported here: Alembic offers it only while a migration runs.
    from alembic import context  # noqa: PLC0415

    engine = sqlalchemy.create_engine(attributes["url"], poolclass=sqlalchemy.pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, version_table=version_table, render_as_batch=True
        )
        with context.begin_transaction():
            context.run_migrations()


def insert(connection: AsyncConnection, table: sqlalchemy.Table) -> postgresql.Insert:
    """Return an insert that can say what to do where the row is there.

    Such an insert waits for a transaction that is making the same row, and does not end its own as an error would.
    """
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    # The two have the same methods and no common class.
    return sqlite.insert(table)  # type: ignore[return-value]
