"""The audit log: everything a member of staff did or was denied. It only grows, and shows where something was cut out.

Rows of one institution are numbered without gaps; the digest of each covers the row and the digest before it. Triggers
in the database refuse to change or remove a row, and whoever removes the triggers still breaks the chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select, update

from payport.database.statements import insert
from payport.gateway.access.tables import AUDIT, AUDIT_HEADS
from payport.values import codec
from payport.values.hashing import HASH_BYTES, Tag, tagged_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

ALLOWED: Final = "allowed"
"""It was let through; what became of it is told by later rows or by what it changed."""

DENIED: Final = "denied"
"""It was not."""

MAX_TARGET_CHARACTERS: Final = 400
"""Longest target."""


class Deed(NamedTuple):
    """What somebody did."""

    institution: str
    """Where he or she works."""
    time_ms: int
    """When, by the port's clock, in milliseconds since the Unix epoch."""
    actor: str
    """Member id in hexadecimal, or ``command line``."""
    action: str
    """Method and route, or what was done in words."""
    target: str
    """What it was done to; identifiers, no personal data."""
    allowed: str = ALLOWED
    """:data:`ALLOWED` or :data:`DENIED`."""


async def append(connection: AsyncConnection, deed: Deed) -> None:
    """Add a row, within the transaction of what it tells of."""
    assert len(deed.target) <= MAX_TARGET_CHARACTERS, "a target is identifiers"
    heads = AUDIT_HEADS.c
    mine = heads.institution == deed.institution
    # Adding to the number takes the row's lock, so that the next writer reads what this one has written.
    counted = update(AUDIT_HEADS).where(mine).values(sequence=heads.sequence + 1)
    if (await connection.execute(counted)).rowcount == 0:
        first = {"institution": deed.institution, "sequence": 0, "digest": bytes(HASH_BYTES)}
        await connection.execute(insert(connection, AUDIT_HEADS).values(**first).on_conflict_do_nothing())
        await connection.execute(counted)
    head = (await connection.execute(select(AUDIT_HEADS).where(mine))).one()
    digest = chained(head.sequence, head.digest, deed)
    row = {**deed._asdict(), "sequence": head.sequence, "previous": head.digest, "digest": digest}
    await connection.execute(AUDIT.insert().values(**row))
    await connection.execute(update(AUDIT_HEADS).where(mine).values(digest=digest))


def chained(sequence: int, previous: bytes, deed: Deed) -> bytes:
    """Return the digest of a row."""
    return tagged_hash(Tag.AUDIT, codec.encode((sequence, previous, *deed)))


async def read(connection: AsyncConnection, institution: str, limit: int, before: int | None) -> list[Row[Any]]:
    """Return a page of an institution's log, newest first, below the number ``before``."""
    query = select(AUDIT).where(AUDIT.c.institution == institution)
    if before is not None:
        query = query.where(AUDIT.c.sequence < before)
    return list((await connection.execute(query.order_by(AUDIT.c.sequence.desc()).limit(limit))).all())


def first_broken(rows: Iterable[Row[Any]]) -> int | None:
    """Return the number of the first row that does not follow from the one before it, oldest first; or ``None``."""
    previous, expected = bytes(HASH_BYTES), 1
    for row in rows:
        deed = Deed(row.institution, row.time_ms, row.actor, row.action, row.target, row.allowed)
        if row.sequence != expected or row.previous != previous or row.digest != chained(expected, previous, deed):
            return expected
        previous, expected = row.digest, expected + 1
    return None
