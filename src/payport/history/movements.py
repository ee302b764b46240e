"""Questions about payments, transfers and refunds: pages of one topic, one of them, and what followed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, select

from payport.history.paging import ALWAYS, MAX_PAGE, Period
from payport.history.tables import ORDERS_PAID, PARTIES, TRANSACTIONS
from payport.history.topics import Topic
from payport.ledger.block import COMMITTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncEngine

MAX_FOLLOWING: Final = 200
"""Refunds of one payment, or captures of one hold, that are told; every one of them costs the merchant a signature."""


MAX_LOOKED_AT: Final = 10_000
"""Rows a page with filters looks at, so that a filter that fits nothing takes milliseconds and not the whole list."""


class Movement(NamedTuple):
    """A payment, transfer or refund as one of its parties sees it."""

    sequence: int
    """Its number in the order of the ledger."""
    id: bytes
    """Its id."""
    height: int
    """Block."""
    leaf_index: int
    """Index of its outcome leaf."""
    time_ms: int
    """Block time."""
    kind: str
    """Verb and version."""
    outcome: str
    """``committed`` or the code of a refusal."""
    asset: str
    """Asset."""
    amount_minor: int
    """Amount in minor units."""
    reference: bytes | None
    """What it refers to."""
    order_id: str | None
    """Number of the order it pays."""
    acted: bool
    """Whether this account acted: paid, sent, refunded, or charged another."""
    counterparty: bytes | None
    """Account at the other end."""
    fee_minor: int
    """Fee this account bore, in minor units; negative where it was returned."""


class MovementPage(NamedTuple):
    """A page of movements."""

    rows: list[Movement]
    """Newest first. With filters it may be short, or empty, and yet not be the last."""
    next: int | None
    """Where the next page begins; ``None`` on the last."""


class Wanted(NamedTuple):
    """Which of an account's movements are asked for; ``None`` is no filter."""

    period: Period = ALWAYS
    """Part of time."""
    kind: str | None = None
    """Verb and version."""
    asset: str | None = None
    """Asset."""
    counterparty: bytes | None = None
    """Account at the other end."""
    committed: bool | None = None
    """Those that were committed alone, or those that were refused alone."""
    acted: bool | None = None
    """Those in which this account acted alone, or those in which another did alone."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the filters, besides the period, as conditions on ``parties`` and ``transactions``."""
        found: list[ColumnElement[bool]] = []
        for column, wanted in (
            (TRANSACTIONS.c.kind, self.kind),
            (TRANSACTIONS.c.asset, self.asset),
            (PARTIES.c.counterparty, self.counterparty),
        ):
            if wanted is not None:
                found.append(column == wanted)
        if self.committed is not None:
            outcome = TRANSACTIONS.c.outcome
            found.append(outcome == COMMITTED if self.committed else outcome != COMMITTED)
        if self.acted is not None:
            found.append(PARTIES.c.place == 0 if self.acted else PARTIES.c.place != 0)
        return found


EVERYTHING: Final = Wanted()
"""No filter."""

_COLUMNS: Final = (
    "sequence",
    "id",
    "height",
    "leaf_index",
    "time_ms",
    "kind",
    "outcome",
    "asset",
    "amount_minor",
    "reference",
    "order_id",
)


def _seen_by(account: bytes, topic: Topic) -> Select[Any]:
    """Return the movements of a topic as ``account`` sees them."""
    return (
        select(
            *(TRANSACTIONS.c[name] for name in _COLUMNS), PARTIES.c.place, PARTIES.c.counterparty, PARTIES.c.fee_minor
        )
        .join(TRANSACTIONS, TRANSACTIONS.c.sequence == PARTIES.c.sequence)
        .where(PARTIES.c.account == account, PARTIES.c.topic == int(topic))
    )


def _movement(row: Sequence[Any]) -> Movement:
    *values, place, counterparty, fee_minor = row
    return Movement._make((*values, place == 0, counterparty, fee_minor))


class Movements:
    """Reads one index."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read through ``engine``."""
        self._engine = engine

    async def page(
        self, account: bytes, topic: Topic, limit: int, before: int | None = None, wanted: Wanted = EVERYTHING
    ) -> MovementPage:
        """Return a page of an account's movements of one topic, newest first, below the sequence number ``before``."""
        assert 1 <= limit <= MAX_PAGE
        sequence, filters = PARTIES.c.sequence, wanted.conditions()
        within = [PARTIES.c.account == account, PARTIES.c.topic == int(topic), *wanted.period.bounds(sequence)]
        if before is not None:
            within.append(sequence < before)
        async with self._engine.connect() as connection:
            end = None
            if filters:
                walk = select(sequence).where(*within).order_by(sequence.desc()).offset(MAX_LOOKED_AT).limit(1)
                end = (await connection.execute(walk)).scalar_one_or_none()
            if end is not None:
                filters.append(sequence > end)
            query = _seen_by(account, topic).where(*within, *filters).order_by(sequence.desc()).limit(limit + 1)
            found = [_movement(row) for row in await connection.execute(query)]
        if len(found) > limit:
            return MovementPage(found[:limit], found[limit - 1].sequence)
        return MovementPage(found, None if end is None else end + 1)

    async def one(self, account: bytes, topic: Topic, transaction_id: bytes) -> Movement | None:
        """Return a movement by its id, if it is of the topic and concerns the account."""
        sequences = select(TRANSACTIONS.c.sequence).where(TRANSACTIONS.c.id == transaction_id)
        query = _seen_by(account, topic).where(PARTIES.c.sequence.in_(sequences)).order_by(PARTIES.c.sequence.desc())
        async with self._engine.connect() as connection:
            row = (await connection.execute(query.limit(1))).first()
        return None if row is None else _movement(row)

    async def following(self, account: bytes, topic: Topic, reference: bytes) -> list[Movement]:
        """Return what was committed with reference to a sale, hold or offer, as an account sees it, oldest first."""
        # Found by what they refer to first: they are few, and the account's movements may be very many.
        sequences = select(TRANSACTIONS.c.sequence).where(TRANSACTIONS.c.reference == reference)
        query = (
            _seen_by(account, topic)
            .where(PARTIES.c.sequence.in_(sequences), TRANSACTIONS.c.outcome == COMMITTED)
            .order_by(PARTIES.c.sequence)
            .limit(MAX_FOLLOWING)
        )
        async with self._engine.connect() as connection:
            return [_movement(row) for row in await connection.execute(query)]

    async def refunded_minor(self, sales: Sequence[bytes]) -> dict[bytes, int]:
        """Return how much of each sale was refunded so far, by its id; those of which nothing was are left out."""
        query = (
            select(TRANSACTIONS.c.reference, func.sum(TRANSACTIONS.c.amount_minor))
            .where(
                TRANSACTIONS.c.reference.in_(sales),
                TRANSACTIONS.c.kind == "refund/1",
                TRANSACTIONS.c.outcome == COMMITTED,
            )
            .group_by(TRANSACTIONS.c.reference)
        )
        async with self._engine.connect() as connection:
            return {reference: int(total) for reference, total in await connection.execute(query)}

    async def order_paid(self, merchant: bytes, order_id: str, since_ms: int = 0) -> Movement | None:
        """Return the latest payment or hold of a merchant's order, not before ``since_ms``, as the merchant sees it."""
        paid = ORDERS_PAID.c
        query = (
            select(
                *(TRANSACTIONS.c[name] for name in _COLUMNS),
                PARTIES.c.place,
                PARTIES.c.counterparty,
                PARTIES.c.fee_minor,
            )
            .select_from(ORDERS_PAID)
            .join(TRANSACTIONS, TRANSACTIONS.c.sequence == paid.sequence)
            .join(PARTIES, (PARTIES.c.sequence == paid.sequence) & (PARTIES.c.account == merchant))
            .where(
                paid.merchant == merchant,
                paid.order_id == order_id,
                PARTIES.c.topic.in_((int(Topic.PAYMENT), int(Topic.HOLD))),
                TRANSACTIONS.c.time_ms >= since_ms,
            )
            .order_by(paid.sequence.desc())
            .limit(1)
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _movement(row)
