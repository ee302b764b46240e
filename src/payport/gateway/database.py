"""The port's own database. Its layout changes by migrations, because it holds what nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Integer, MetaData

from payport.database import engines, migrations

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

PACKAGE: Final = "payport.gateway"
"""Where the migrations are."""

METADATA: Final = MetaData()
"""Every table of the port."""

VERSION_TABLE: Final = "alembic_version"
"""Where the number of the layout is kept."""

NUMBER: Final = BigInteger().with_variant(Integer, "sqlite")
"""Type of a number the database counts up by itself."""


def migrate(url: str, revision: str = migrations.HEAD) -> None:
    """Bring the database to ``revision`` (``base`` removes the tables); raises refusals of :mod:`payport.database`."""
    migrations.migrate(url, PACKAGE, revision)


class Database:
    """The database, for transactions that read and for transactions that write."""

    __slots__ = ("engine", "reader", "writer")

    def __init__(self, engine: AsyncEngine) -> None:
        """Work over ``engine``."""
        self.engine = engine
        self.reader = engines.reader(engine)
        self.writer = engines.writer(engine)

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a connection for reading; one snapshot."""
        return self.reader.connect()

    def writing(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Return a connection in a transaction that is committed at the end."""
        return self.writer.begin()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def open_database(url: str) -> Database:
    """Open a database that was migrated; raises ``unsupported_database``."""
    return Database(engines.open_database(url))
