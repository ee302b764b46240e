"""Rates: how often a caller may ask, counted once for all workers of a port.

A worker leases a part of a rate from the port's database and spends it by itself, so that asking costs one write for
many requests. The first part of a window it spends unasked and has it counted when it leases the second, so that the
many who ask seldom cost no write at all. Windows are fixed; what a worker leased and did not spend by the window's end
is gone. So a caller gets a little less than the rate where several workers serve him, or at most one part more for each
worker that he asks seldom.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import delete, select

from payport.database.engines import DATABASE_UNAVAILABLE
from payport.database.statements import insert
from payport.gateway.access.tables import RATES
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.gateway.database import Database

TOO_MANY_REQUESTS: Final = RefusalCode(
    "too_many_requests",
    RefusalClass.LIMIT,
    "You asked more often than is allowed; try again after the time that Retry-After says.",
    "请求过于频繁，请在 Retry-After 指定的时间后重试。",
)
"""Nothing happened."""

REFUSALS: Final = (TOO_MANY_REQUESTS,)
"""Refusals of this module."""

LEASES: Final = 20
"""Parts a rate is leased in."""

MAX_SUBJECTS: Final = 50_000
"""Callers a worker remembers; those not seen for longest are forgotten, and lease anew."""

KEPT_MS: Final = 2 * 86_400_000
"""How long windows are kept: the longest window is a day."""

CLEAN_LEASES: Final = 1_000
"""Leases between two cleanings."""


class Rate(NamedTuple):
    """How often something may be asked."""

    name: str
    """What is counted."""
    most: int
    """How often at most within a window."""
    window_ms: int
    """Length of a window."""

    @property
    def lease(self) -> int:
        """How much a worker takes at once."""
        return max(1, self.most // LEASES)

    @property
    def unasked(self) -> int:
        """How much of a window a worker takes before it asks; of a rate with few parts, nothing."""
        return self.most // LEASES


class TooOften(Refusal):
    """A refusal that says how long to wait."""

    def __init__(self, wait_seconds: int) -> None:
        """Refuse until the window's end."""
        super().__init__(TOO_MANY_REQUESTS)
        self.wait_seconds = wait_seconds


class _Leased:
    __slots__ = ("alone", "leasing", "left", "spent", "uncounted", "window")

    def __init__(self, window: int, unasked: int) -> None:
        self.window = window
        self.left = unasked
        self.uncounted = unasked
        self.spent = False
        self.leasing = asyncio.Lock()
        self.alone = 0


class Rates:
    """The rates of one worker."""

    def __init__(self, database: Database) -> None:
        """Lease from ``database``."""
        self._database = database
        self._leased: OrderedDict[str, _Leased] = OrderedDict()
        self._leases = 0

    def spend(self, rate: Rate, subject: str) -> bool:
        """Spend one of what this worker has leased; ``False`` where it has to lease first. Never waits."""
        leased = self._leased.get(f"{rate.name}:{subject}")
        if leased is None or leased.left == 0 or leased.window != _now_ms() // rate.window_ms:
            return False
        leased.left -= 1
        return True

    async def take(self, rate: Rate, subject: str) -> None:
        """Spend one, leasing where needed; raises ``too_many_requests``."""
        if self.spend(rate, subject):
            return
        name, now_ms = f"{rate.name}:{subject}", _now_ms()
        window = now_ms // rate.window_ms
        leased = self._leased.get(name)
        if leased is None or leased.window != window:
            leased = self._leased[name] = _Leased(window, rate.unasked)
        self._leased.move_to_end(name)
        if len(self._leased) > MAX_SUBJECTS:
            self._leased.popitem(last=False)
        while leased.left <= 0 and not leased.spent:
            # One lease at a time: everybody who waits for it spends of it.
            async with leased.leasing:
                if leased.left <= 0 and not leased.spent:
                    leased.left = await self._lease_or_count(rate, name, leased)
                    leased.spent = leased.left <= 0
        if leased.left <= 0:
            raise TooOften(-(-((window + 1) * rate.window_ms - now_ms) // 1_000))
        leased.left -= 1

    async def _lease_or_count(self, rate: Rate, name: str, leased: _Leased) -> int:
        """Lease; while the database is away this worker counts alone, because a payment needs no database."""
        try:
            return await self._lease(rate, name, leased)
        except Refusal as refusal:
            if refusal.code != DATABASE_UNAVAILABLE.code:
                raise
        leased.alone += rate.lease
        return max(0, min(rate.lease, rate.most - (leased.alone - rate.lease)))

    async def _lease(self, rate: Rate, name: str, leased: _Leased) -> int:
        """Take a part of the window, and count what was taken unasked; return how much was left to take."""
        self._leases += 1
        window, taken = leased.window, rate.lease + leased.uncounted
        async with self._database.writing() as connection:
            if self._leases % CLEAN_LEASES == 1:
                await connection.execute(delete(RATES).where(RATES.c.until_ms < _now_ms() - KEPT_MS))
            key = {"subject": name, "window": window}
            adding = insert(connection, RATES).values(**key, until_ms=(window + 1) * rate.window_ms, used=taken)
            adding = adding.on_conflict_do_update(
                index_elements=[RATES.c.subject, RATES.c.window], set_={"used": RATES.c.used + taken}
            )
            await connection.execute(adding)
            mine = (RATES.c.subject == name) & (RATES.c.window == window)
            used = int((await connection.execute(select(RATES.c.used).where(mine))).scalar_one())
        leased.uncounted = 0
        return max(0, min(rate.lease, rate.most - (used - rate.lease)))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
