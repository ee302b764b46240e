"""The port's own database: the outbox. Its layout changes by migrations, because it holds what nothing else does."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

import alembic.command
import alembic.config
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from payport.history.database import BUSY_SECONDS, with_driver

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to ``revision``; raises ``unsupported_database``."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(resources.files("payport.gateway") / "migrations"))
    config.attributes["url"] = with_driver(url, asynchronous=False)
    if revision == "base":
        alembic.command.downgrade(config, revision)
    else:
        alembic.command.upgrade(config, revision)


def _durable(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1_000}")
    cursor.close()


def open_database(url: str) -> AsyncEngine:
    """Open a database that was migrated; raises ``unsupported_database``."""
    engine = create_async_engine(with_driver(url, asynchronous=True), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _durable)
    return engine
