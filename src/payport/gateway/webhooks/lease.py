"""One worker of several sends: the one that holds the lease, a row in the port's database, for a few seconds more."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, update

from payport.database.statements import insert
from payport.gateway.access.paths import ID_BYTES
from payport.gateway.webhooks.tables import LEASES

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.gateway.database import Database

LEASE_MS: Final = 10_000
"""How long a lease lasts: what a worker that dies keeps the others waiting."""

RENEW_MS: Final = 3_000
"""After what time its holder says so again; thrice within the lease."""

_NAME: Final = "webhooks"


class Lease:
    """The lease, as one worker sees it."""

    def __init__(self, database: Database, clock_ms: Callable[[], int]) -> None:
        """Take it in ``database`` by ``clock_ms``."""
        self._database = database
        self._clock_ms = clock_ms
        self._holder = os.urandom(ID_BYTES)
        self._until_ms = 0

    async def hold(self) -> bool:
        """Take or renew the lease where that is due; tell whether this worker holds it."""
        now_ms = self._clock_ms()
        if now_ms < self._until_ms - (LEASE_MS - RENEW_MS):
            return True
        until_ms = now_ms + LEASE_MS
        free = or_(LEASES.c.holder == self._holder, LEASES.c.until_ms < now_ms)
        values = {"holder": self._holder, "until_ms": until_ms}
        async with self._database.writing() as connection:
            adding = insert(connection, LEASES).values(name=_NAME, **values)
            adding = adding.on_conflict_do_update(index_elements=[LEASES.c.name], set_=values, where=free)
            # What comes back tells it: not every driver counts the rows of an insert that may update.
            taken = (await connection.execute(adding.returning(LEASES.c.holder))).first() is not None
        self._until_ms = until_ms if taken else 0
        return taken

    async def release(self) -> None:
        """Let another worker have it at once."""
        self._until_ms = 0
        mine = (LEASES.c.name == _NAME) & (LEASES.c.holder == self._holder)
        async with self._database.writing() as connection:
            await connection.execute(update(LEASES).where(mine).values(until_ms=0))
