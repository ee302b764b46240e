"""The index's database by URL: ``sqlite:///FILE`` or ``postgresql://...``; drivers are chosen here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from payport.history.tables import METADATA
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

UNSUPPORTED_DATABASE: Final = RefusalCode(
    "unsupported_database",
    RefusalClass.MALFORMED,
    "The database URL is not one of sqlite:///FILE or postgresql://...",
    "不支持的数据库地址：应为 sqlite:///文件 或 postgresql://...",
)
"""Another kind of database, or no URL at all."""

REFUSALS: Final = (UNSUPPORTED_DATABASE,)
"""Refusals of this module."""

BUSY_SECONDS: Final = 10
"""How long SQLite waits for another process's write."""

_DRIVERS: Final = {
    "sqlite": ("sqlite", "sqlite+aiosqlite"),
    "postgresql": ("postgresql+psycopg", "postgresql+psycopg"),
}


def with_driver(url: str, *, asynchronous: bool) -> sqlalchemy.URL:
    """Return the URL with the driver for blocking or asynchronous use; raises ``unsupported_database``."""
    try:
        parsed = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError:
        UNSUPPORTED_DATABASE.refuse()
    drivers = _DRIVERS.get(parsed.drivername)
    if drivers is None:
        UNSUPPORTED_DATABASE.refuse(parsed.drivername)
    return parsed.set(drivername=drivers[asynchronous])


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # The index can be built again, so a power cut may cost its newest rows; it never costs its consistency.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1_000}")
    cursor.close()


def open_writer(url: str) -> Engine:
    """Open the database for the one process that writes, and make its tables; raises ``unsupported_database``."""
    engine = sqlalchemy.create_engine(with_driver(url, asynchronous=False), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    METADATA.create_all(engine)
    return engine


def open_reader(url: str) -> AsyncEngine:
    """Open the database for reading; raises ``unsupported_database``."""
    engine = create_async_engine(with_driver(url, asynchronous=True), hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine
