"""The directory of aliases: at which institution a phone number or e-mail address is registered, as digests.

A digest is keyed with the port's secret, so that whoever copies the directory cannot try numbers against it. An alias
that nobody registered is sent to one of the institutions all the same, always the same one, which answers as it does
for a hit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from payport.database.statements import insert
from payport.gateway.access.tables import DIRECTORY
from payport.services.desk.operations import UNKNOWN_DESK

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.gateway.access.secrets import PortSecret

_PURPOSE: Final = "alias directory"
_DECOY: Final = "alias decoy"


async def enter(connection: AsyncConnection, secret: PortSecret, alias: str, institution: str, time_ms: int) -> None:
    """Note where an alias is registered since ``time_ms``, wherever it was before.

    What happened later stands: a request that comes again takes nothing back.
    """
    values = {"institution": institution, "changed_at_ms": time_ms}
    adding = insert(connection, DIRECTORY).values(digest=secret.mac(_PURPOSE, alias.encode()), **values)
    earlier = DIRECTORY.c.changed_at_ms <= time_ms
    updating = adding.on_conflict_do_update(index_elements=[DIRECTORY.c.digest], set_=values, where=earlier)
    await connection.execute(updating)


async def remove(connection: AsyncConnection, secret: PortSecret, alias: str, institution: str, time_ms: int) -> None:
    """Forget an alias that an institution answers for no longer since ``time_ms``; what happened later stands."""
    mine = (DIRECTORY.c.digest == secret.mac(_PURPOSE, alias.encode())) & (DIRECTORY.c.institution == institution)
    await connection.execute(delete(DIRECTORY).where(mine, DIRECTORY.c.changed_at_ms <= time_ms))


async def institution_of(
    connection: AsyncConnection, secret: PortSecret, alias: str, institutions: tuple[str, ...]
) -> str:
    """Return who answers for an alias, also where nobody registered it; raises ``unknown_desk`` where nobody can."""
    if not institutions:
        UNKNOWN_DESK.refuse()
    query = select(DIRECTORY.c.institution).where(DIRECTORY.c.digest == secret.mac(_PURPOSE, alias.encode()))
    row = (await connection.execute(query)).first()
    drawn = int.from_bytes(secret.mac(_DECOY, alias.encode())[:8], "big") % len(institutions)
    return institutions[drawn] if row is None else str(row.institution)
