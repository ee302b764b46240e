"""The audit log, for auditors: what the institution's staff did or was denied, newest first."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, get
from litestar.params import Parameter

from payport.gateway.access import audit
from payport.gateway.access.callers import Role
from payport.gateway.access.grants import open_to, staff, staff_of
from payport.gateway.port import Port
from payport.gateway.problems import refuses
from payport.gateway.rates import TOO_MANY_REQUESTS
from payport.values.access import ACCESS_DENIED

MAX_PAGE: Final = 500
"""Rows of one page."""


class DeedView(msgspec.Struct, frozen=True):
    """What somebody did or was denied."""

    sequence: int
    """Number within the institution's log, without gaps from 1."""
    time_ms: int
    """When, by the port's clock."""
    actor: str
    """Member id, or ``command line``."""
    action: str
    """Method and route, or what was done in words."""
    target: str
    """What it was done to."""
    allowed: str
    """``allowed`` or ``denied``."""
    previous: str
    """Digest of the row before, hexadecimal."""
    digest: str
    """Digest of this row, which covers all of it and the one before."""


class DeedPage(msgspec.Struct, frozen=True):
    """A page of the log."""

    rows: list[DeedView]
    """Rows, newest first."""
    next: int | None
    """Cursor of the next page; ``None`` on the last."""


@get("/audit-log", **open_to(staff(Role.AUDITOR)), responses=refuses(ACCESS_DENIED, TOO_MANY_REQUESTS))
async def read(
    request: Request[Any, Any, Any],
    port: Port,
    limit: Annotated[int, Parameter(ge=1, le=MAX_PAGE, description="Rows of the page.")] = 100,
    before: Annotated[int | None, Parameter(ge=1, le=2**53 - 1, description="The `next` of the page before.")] = None,
) -> DeedPage:
    """Read the institution's audit log; the reading itself is its newest row."""
    async with port.database.reading() as connection:
        rows = await audit.read(connection, staff_of(request).institution, limit + 1, before)
    found = [
        DeedView(
            row.sequence,
            row.time_ms,
            row.actor,
            row.action,
            row.target,
            row.allowed,
            row.previous.hex(),
            row.digest.hex(),
        )
        for row in rows[:limit]
    ]
    return DeedPage(found, found[-1].sequence if len(rows) > limit else None)


ROUTES: Final = (read,)
"""Routes of this resource."""
