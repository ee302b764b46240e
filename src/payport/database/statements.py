"""Statements that both kinds of database have, and that SQL's standard has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    import sqlalchemy
    from sqlalchemy.ext.asyncio import AsyncConnection


def insert(connection: sqlalchemy.Connection | AsyncConnection, table: sqlalchemy.Table) -> postgresql.Insert:
    """Return an insert that can say what to do where the row is there.

    Such an insert waits for a transaction that is making the same row, and does not end its own as an error would.
    """
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    # The two have the same methods and no common class.
    return sqlite.insert(table)  # type: ignore[return-value]
