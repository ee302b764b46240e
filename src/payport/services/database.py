"""An institution's own database by URL, and its layout by number. It may share the database of the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.database.engines import open_database, reader, writer
from payport.database.migrations import migrate

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

PACKAGE: Final = "payport.services"
"""Where the migrations are."""


def prepare(url: str) -> None:
    """Make or migrate the tables; blocks, and is called before the event loop runs or in a thread."""
    migrate(url, PACKAGE)


class Database:
    """One institution's own database."""

    def __init__(self, url: str) -> None:
        """Open the database, migrated by :func:`prepare`; raises ``unsupported_database``."""
        engine = open_database(url)
        self.reader: Final[AsyncEngine] = reader(engine)
        self.writer: Final[AsyncEngine] = writer(engine)

    async def close(self) -> None:
        """Close it."""
        await self.reader.dispose()
