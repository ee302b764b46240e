"""Orders the port keeps for merchants, so that a till can ask what became of one by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table, delete, func, select, update

from payport.database.statements import insert
from payport.gateway.database import METADATA
from payport.values.limits import MAX_ORDER_ID_LENGTH
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

ORDER_ID_TAKEN: Final = RefusalCode(
    "order_id_taken",
    RefusalClass.CONFLICT,
    "The merchant has another order of this number that has not expired.",
    "商户已有未过期的同号订单。",
)
"""The number means one order until that one expires."""

TOO_MANY_ORDERS: Final = RefusalCode(
    "too_many_orders",
    RefusalClass.LIMIT,
    "The merchant has as many orders kept here as one may have; the oldest are removed a week after they expired.",
    "该商户保存的订单数量已达上限；订单过期一周后将被清除。",
)
"""Without a limit one merchant could fill the database."""

REFUSALS: Final = (ORDER_ID_TAKEN, TOO_MANY_ORDERS)
"""Refusals of this module."""

MAX_ORDERS_PER_MERCHANT: Final = 100_000
"""Orders kept of one merchant: a week of a large one's."""

KEPT_AFTER_MS: Final = 7 * 24 * 3_600 * 1_000
"""How long an order is kept after it expired: whether it was paid is in the history for ever."""

ORDERS: Final = Table(
    "kept_orders",
    METADATA,
    Column("merchant", LargeBinary(16), primary_key=True),
    Column("order_id", String(MAX_ORDER_ID_LENGTH), primary_key=True),
    Column("encoded", LargeBinary, nullable=False),
    Column("asset", String(29), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("kept_at_ms", BigInteger, nullable=False),
    Index("kept_orders_by_expiry", "merchant", "expires_at_ms"),
)
"""One row an order."""


class KeptOrder(NamedTuple):
    """An order that is kept."""

    merchant: bytes
    """Account to be paid."""
    order_id: str
    """The merchant's number."""
    encoded: bytes
    """The signed order."""
    asset: str
    """Currency."""
    amount_minor: int
    """Amount in minor units."""
    expires_at_ms: int
    """Last block time at which it can be paid."""
    kept_at_ms: int
    """When it was given to the port."""


async def find(connection: AsyncConnection, merchant: bytes, order_id: str) -> KeptOrder | None:
    """Return an order that is kept."""
    query = select(ORDERS).where(ORDERS.c.merchant == merchant, ORDERS.c.order_id == order_id)
    row = (await connection.execute(query)).first()
    return None if row is None else KeptOrder._make(row)


async def keep(connection: AsyncConnection, order: KeptOrder) -> KeptOrder:
    """Keep an order, once however often it is given; return what is kept.

    Raises ``order_id_taken`` or ``too_many_orders``.
    """
    mine = (ORDERS.c.merchant == order.merchant) & (ORDERS.c.order_id == order.order_id)
    await connection.execute(
        delete(ORDERS).where(
            ORDERS.c.merchant == order.merchant, ORDERS.c.expires_at_ms < order.kept_at_ms - KEPT_AFTER_MS
        )
    )
    adding = insert(connection, ORDERS).values(order._asdict()).on_conflict_do_nothing()
    if (await connection.execute(adding.returning(ORDERS.c.order_id))).first() is not None:
        count = select(func.count()).select_from(ORDERS).where(ORDERS.c.merchant == order.merchant)
        if (await connection.execute(count)).scalar_one() > MAX_ORDERS_PER_MERCHANT:
            TOO_MANY_ORDERS.refuse()
        return order
    kept = await find(connection, order.merchant, order.order_id)
    assert kept is not None, "it is there already"
    if kept.encoded == order.encoded:
        return kept
    if kept.expires_at_ms >= order.kept_at_ms:
        ORDER_ID_TAKEN.refuse(order.order_id)
    await connection.execute(update(ORDERS).where(mine).values(order._asdict()))
    return order
