"""Questions about offers: the board of a pair of assets with the best price first, one offer, an account's own."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select, tuple_, union_all

from payport.history.paging import ALWAYS, MAX_PAGE, Period
from payport.history.reservations import OfferState
from payport.history.tables import OFFERS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

_COLUMNS: Final = (
    "sequence",
    "id",
    "maker",
    "give_asset",
    "give_minor",
    "want_asset",
    "want_minor",
    "remaining_minor",
    "taker",
    "state",
    "expires_at_ms",
    "price",
    "time_ms",
    "ended_at_ms",
)


class Standing(enum.StrEnum):
    """How an account stands to an offer."""

    MAKER = "maker"
    """It made the offer."""
    TAKER = "taker"
    """The offer is made to it alone."""


class Offer(NamedTuple):
    """One offer."""

    sequence: int
    """Its number in the order of the ledger."""
    id: bytes
    """Id of the transaction that made it."""
    maker: bytes
    """Who offers."""
    give_asset: str
    """What the maker gives."""
    give_minor: int
    """How much of it at first, in minor units."""
    want_asset: str
    """What the maker wants."""
    want_minor: int
    """How much of it for the whole, in minor units."""
    remaining_minor: int
    """What is still to be given, in minor units."""
    taker: bytes | None
    """Only account that may take it, or ``None``."""
    state: str
    """As the ledger last said it."""
    expires_at_ms: int
    """Last block time at which it may be taken."""
    price: bytes
    """Sorts as the exact ratio of wanted to given."""
    time_ms: int
    """Block time at which it was made."""
    ended_at_ms: int | None
    """Block time at which it ended."""

    def state_at(self, now_ms: int) -> str:
        """Return what can be said of it at a time: past its time it is expired, whether a block has swept it or not."""
        over = self.state == OfferState.OPEN.value and self.expires_at_ms < now_ms
        return OfferState.EXPIRED.value if over else self.state


class Place(NamedTuple):
    """Where a page of the board ends."""

    price: bytes
    """Price of the last offer of the page."""
    sequence: int
    """Its number in the order of the ledger: of one price, the earlier stands first."""


class Offers:
    """Reads one index."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read through ``engine``."""
        self._engine = engine

    async def board(
        self, give_asset: str, want_asset: str, limit: int, now_ms: int, after: Place | None = None
    ) -> list[Offer]:
        """Return offers anyone may take now, the cheapest for the taker first, beyond the place ``after``."""
        assert 1 <= limit <= MAX_PAGE + 1
        key = (OFFERS.c.price, OFFERS.c.sequence)
        query = (
            _select()
            .where(
                OFFERS.c.give_asset == give_asset,
                OFFERS.c.want_asset == want_asset,
                OFFERS.c.state == OfferState.OPEN.value,
                OFFERS.c.taker.is_(None),
                OFFERS.c.expires_at_ms >= now_ms,
            )
            .order_by(*key)
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(after.price, after.sequence))
        async with self._engine.connect() as connection:
            return [Offer._make(row) for row in await connection.execute(query)]

    async def page(
        self,
        account: bytes,
        standing: Standing,
        limit: int,
        now_ms: int,
        *,
        state: OfferState | None = None,
        before: int | None = None,
        period: Period = ALWAYS,
    ) -> list[Offer]:
        """Return a page of offers an account made, or that are made to it, newest first."""
        assert 1 <= limit <= MAX_PAGE + 1
        own = OFFERS.c.maker if standing is Standing.MAKER else OFFERS.c.taker
        conditions = [own == account, *period.bounds(OFFERS.c.sequence)]
        if before is not None:
            conditions.append(OFFERS.c.sequence < before)
        walks = [_walk([*conditions, *more], limit) for more in _states(state, now_ms)]
        merged = union_all(*walks).subquery()
        query = select(merged).order_by(merged.c.sequence.desc()).limit(limit)
        async with self._engine.connect() as connection:
            return [Offer._make(row) for row in await connection.execute(query)]

    async def one(self, offer_id: bytes) -> Offer | None:
        """Return an offer by its id."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_select().where(OFFERS.c.id == offer_id))).first()
        return None if row is None else Offer._make(row)


def _select() -> Select[Any]:
    return select(*(OFFERS.c[name] for name in _COLUMNS))


def _states(state: OfferState | None, now_ms: int) -> list[list[ColumnElement[bool]]]:
    """Return the conditions of the walks that find what is asked; past its time an offer is expired, swept or not."""
    of = {each: OFFERS.c.state == each.value for each in OfferState}
    over = OFFERS.c.expires_at_ms < now_ms
    if state is None:
        return [[condition] for condition in of.values()]
    if state is OfferState.OPEN:
        return [[of[state], ~over]]
    return [[of[state]], [of[OfferState.OPEN], over]] if state is OfferState.EXPIRED else [[of[state]]]


def _walk(conditions: list[ColumnElement[bool]], limit: int) -> Select[Any]:
    """Return the newest offers of one state: a short walk of one key."""
    return select(_select().where(*conditions).order_by(OFFERS.c.sequence.desc()).limit(limit).subquery())
