"""Questions about holds: an account's, as payer or as merchant, by what became of them."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select, union_all

from payport.history.paging import ALWAYS, MAX_PAGE, Period
from payport.history.reservations import HoldState
from payport.history.tables import HOLDS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

DUE: Final = "due"
"""State of a hold whose time is over and that no block has swept yet: nobody can capture it any more."""

_COLUMNS: Final = (
    "sequence",
    "id",
    "payer",
    "merchant",
    "asset",
    "amount_minor",
    "captured_minor",
    "state",
    "expires_at_ms",
    "order_id",
    "time_ms",
    "ended_at_ms",
)


class Side(enum.StrEnum):
    """On which side of a hold an account is."""

    PAYER = "payer"
    """Its money is reserved."""
    MERCHANT = "merchant"
    """It may capture."""


class Hold(NamedTuple):
    """One hold."""

    sequence: int
    """Number of the authorisation in the order of the ledger."""
    id: bytes
    """Id of the authorisation."""
    payer: bytes
    """Whose money it reserves."""
    merchant: bytes
    """Who may capture it."""
    asset: str
    """Currency."""
    amount_minor: int
    """What was authorised, in minor units."""
    captured_minor: int
    """What was captured, in minor units."""
    state: str
    """As the ledger last said it."""
    expires_at_ms: int
    """Last block time at which it may be captured."""
    order_id: str | None
    """Number of the order it was made for."""
    time_ms: int
    """Block time of the authorisation."""
    ended_at_ms: int | None
    """Block time at which it ended."""

    def state_at(self, now_ms: int) -> str:
        """Return what can be said of it at a time: ``due`` where its time is over and no block has swept it yet."""
        return DUE if self.state == HoldState.OPEN.value and self.expires_at_ms < now_ms else self.state

    def remaining_minor(self, now_ms: int) -> int:
        """Return what may still be captured, in minor units."""
        return self.amount_minor - self.captured_minor if self.state_at(now_ms) == HoldState.OPEN.value else 0


class WantedHolds(NamedTuple):
    """Which of an account's holds are asked for; ``None`` is no filter."""

    now_ms: int
    """Time at which it is asked."""
    state: str | None = None
    """A :class:`HoldState`, or ``due``."""
    counterparty: bytes | None = None
    """Account at the other end."""
    period: Period = ALWAYS
    """When they were authorised."""
    due_before_ms: int | None = None
    """Only those that end before this time."""


def _states(wanted: WantedHolds) -> list[tuple[str, list[ColumnElement[bool]]]]:
    """Return the states to walk through, each with the condition that keeps to what is asked."""
    if wanted.state is None:
        return [(state.value, []) for state in HoldState]
    if wanted.state == DUE:
        return [(HoldState.OPEN.value, [HOLDS.c.expires_at_ms < wanted.now_ms])]
    if wanted.state == HoldState.OPEN.value:
        return [(HoldState.OPEN.value, [HOLDS.c.expires_at_ms >= wanted.now_ms])]
    return [(wanted.state, [])]


class Holds:
    """Reads one index."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read through ``engine``."""
        self._engine = engine

    async def page(
        self, account: bytes, side: Side, limit: int, wanted: WantedHolds, before: int | None = None
    ) -> list[Hold]:
        """Return a page of an account's holds on one side, newest first, below the sequence number ``before``."""
        assert 1 <= limit <= MAX_PAGE + 1
        own, other = (HOLDS.c.payer, HOLDS.c.merchant) if side is Side.PAYER else (HOLDS.c.merchant, HOLDS.c.payer)
        conditions = [own == account, *wanted.period.bounds(HOLDS.c.sequence)]
        if before is not None:
            conditions.append(HOLDS.c.sequence < before)
        if wanted.counterparty is not None:
            conditions.append(other == wanted.counterparty)
        if wanted.due_before_ms is not None:
            conditions.append(HOLDS.c.expires_at_ms < wanted.due_before_ms)
        walks = [self._walk([*conditions, HOLDS.c.state == state, *more], limit) for state, more in _states(wanted)]
        merged = union_all(*walks).subquery()
        query = select(merged).order_by(merged.c.sequence.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [Hold._make(row) for row in await connection.execute(query)]

    @staticmethod
    def _walk(conditions: list[ColumnElement[bool]], limit: int) -> Select[Any]:
        """Return the newest holds of one state: a short walk of one key."""
        columns = (HOLDS.c[name] for name in _COLUMNS)
        walk = select(*columns).where(*conditions).order_by(HOLDS.c.sequence.desc()).limit(limit)
        return select(walk.subquery())

    async def one(self, hold_id: bytes) -> Hold | None:
        """Return a hold by its id."""
        query = select(*(HOLDS.c[name] for name in _COLUMNS)).where(HOLDS.c.id == hold_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else Hold._make(row)
