"""Order uses: an order is paid once. Writer: :func:`mark_paid`."""

from __future__ import annotations

from typing import Final

from payport.ledger.state import dues
from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.limits import MAX_ORDER_VALIDITY_MS
from payport.values.refusals import RefusalClass, RefusalCode

ORDER_ALREADY_PAID: Final = RefusalCode(
    "order_already_paid", RefusalClass.CONFLICT, "The order has been paid already.", "该订单已支付。"
)
"""A second payment of the same order."""


class OrderUse(codec.Record, frozen=True):
    """That an order was paid."""

    payment: bytes
    """Id of the purchase that paid it."""


FAMILY: Final = Family("orders", OrderUse)
"""Keyed by the merchant's account id, then the order id in ASCII."""

table = reader(FAMILY)


def require_unpaid(state: State, merchant: bytes, order_id: str) -> None:
    """Refuse ``order_already_paid`` if a purchase has paid it."""
    if table(state).get(merchant + order_id.encode()) is not None:
        ORDER_ALREADY_PAID.refuse(order_id)


def mark_paid(state: State, merchant: bytes, order_id: str, payment: bytes, time_ms: int) -> None:
    """Remember that the order was paid, for as long as any order may be payable."""
    key = merchant + order_id.encode()
    table(state).put(key, OrderUse(payment))
    dues.add(state, time_ms + MAX_ORDER_VALIDITY_MS, FAMILY.name, key)
