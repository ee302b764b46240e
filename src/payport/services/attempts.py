"""What may be tried so often an hour: counted in the database, so that all processes and restarts share the count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete

from payport.database.statements import insert
from payport.services.tables import ATTEMPTS
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

TOO_MANY_ATTEMPTS: Final = RefusalCode(
    "too_many_attempts",
    RefusalClass.LIMIT,
    "This was tried too often; wait an hour and try again.",
    "尝试次数过多，请一小时后再试。",
)
"""Of one card, address, account or institution."""

REFUSALS: Final = (TOO_MANY_ATTEMPTS,)
"""Refusals of this module."""

HOUR_MS: Final = 3_600_000
"""An hour; attempts are counted by the hours of the clock."""


async def count_attempt(connection: AsyncConnection, subject: bytes, limit: int, now_ms: int) -> None:
    """Count an attempt with ``subject`` (a keyed digest); raises ``too_many_attempts`` above ``limit`` in this hour.

    The row is locked until the transaction ends, so attempts at once are counted one after another.
    """
    adding = insert(connection, ATTEMPTS).values(subject=subject, hour=now_ms // HOUR_MS, count=1)
    counted = adding.on_conflict_do_update(
        index_elements=[ATTEMPTS.c.subject, ATTEMPTS.c.hour], set_={"count": ATTEMPTS.c.count + 1}
    ).returning(ATTEMPTS.c.count)
    if (await connection.execute(counted)).scalar_one() > limit:
        TOO_MANY_ATTEMPTS.refuse(f"{limit} an hour")


async def forget_attempts(connection: AsyncConnection, now_ms: int) -> None:
    """Remove counts of past hours."""
    await connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.hour < now_ms // HOUR_MS))
