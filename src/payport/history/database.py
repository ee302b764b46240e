"""The index's database: one process writes it, any number read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.database.engines import open_blocking, open_database
from payport.database.url import with_driver
from payport.history.tables import METADATA

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine


def open_writer(url: str) -> Engine:
    """Open the database for the one process that writes, and make its tables.

    Raises ``unsupported_database`` or ``database_unavailable``.
    """
    engine = open_blocking(url, rebuildable=True)
    METADATA.create_all(engine)
    return engine


def open_reader(url: str) -> AsyncEngine:
    """Open the database for reading; raises ``unsupported_database``."""
    options: dict[str, Any] = {}
    if with_driver(url, asynchronous=True).get_backend_name() == "postgresql":
        # Every question is one statement: beginning and ending a transaction would be two round trips more.
        options["isolation_level"] = "AUTOCOMMIT"
    return open_database(url, rebuildable=True, **options)
