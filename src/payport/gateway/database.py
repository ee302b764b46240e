"""The port's own database. Its layout changes by migrations, because it holds what nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from sqlalchemy import BigInteger, Integer, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite

from payport.institutions import database

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Insert: TypeAlias = sqlite.Insert | postgresql.Insert
"""An insertion of either database."""

PACKAGE: Final = "payport.gateway"
"""Where the migrations are."""

METADATA: Final = MetaData()
"""Every table of the port."""

VERSION_TABLE: Final = "alembic_version"
"""Where the number of the layout is kept."""

_INSERTS: Final[dict[str, Callable[[Table], Insert]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""Type of a number the database counts up by itself."""


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to ``revision`` (``base`` removes the tables); raises ``unsupported_database``."""
    database.migrate(url, PACKAGE, revision)


class Database:
    """The database, for transactions that read and for transactions that write."""

    __slots__ = ("engine", "writer")

    def __init__(self, engine: AsyncEngine) -> None:
        """Work over ``engine``."""
        self.engine = engine
        self.writer = database.writer(engine)

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a connection for reading; one snapshot."""
        return self.engine.connect()

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a connection in a transaction that is committed at the end."""
        return self.writer.begin()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def insert(connection: AsyncConnection, table: Table) -> Insert:
    """Return an insertion that may say what happens where a row is there already; both databases know it."""
    return _INSERTS[connection.dialect.name](table)


def open_database(url: str) -> Database:
    """Open a database that was migrated; raises ``unsupported_database``."""
    return Database(database.open_database(url))
