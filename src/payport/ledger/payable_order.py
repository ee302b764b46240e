"""A merchant's order inside a payment: read, held against the payment, and against the state.

Shared by the verbs that pay by a code: purchase and authorise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Protocol

import msgspec

from payport.ledger.state import accounts, keys, orders
from payport.ledger.transaction import Proof
from payport.values import codec
from payport.values.limits import MAX_ORDER_VALIDITY_MS
from payport.values.orders import MAX_SIGNED_ORDER_BYTES, Order, SignedOrder, read_order, signing_bytes
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.state.state import State

EncodedOrder = Annotated[bytes, msgspec.Meta(max_length=MAX_SIGNED_ORDER_BYTES)]
"""An encoded signed order as a body carries it."""

ORDER_MISMATCH: Final = RefusalCode(
    "order_mismatch",
    RefusalClass.MALFORMED,
    "Merchant, amount, asset or network differ from the order.",
    "商户、金额、币种或网络与订单不一致。",
)
"""The payment must pay exactly what the order asks."""

ORDER_NOT_BY_MERCHANT: Final = RefusalCode(
    "order_not_by_merchant",
    RefusalClass.UNAUTHORISED,
    "The order is not signed by a live key of the merchant.",
    "订单未由商户的有效密钥签名。",
)
"""Somebody else made the code."""

ORDER_EXPIRED: Final = RefusalCode("order_expired", RefusalClass.EXPIRED, "The order has expired.", "订单已过期。")
"""Block time is after the order's expiry."""

ORDER_TOO_LONG_LIVED: Final = RefusalCode(
    "order_too_long_lived",
    RefusalClass.MALFORMED,
    "An order may be payable for at most 30 days.",
    "订单有效期不得超过30天。",
)
"""Its use could not be remembered for so long."""

REFUSALS: Final = (ORDER_NOT_BY_MERCHANT, ORDER_EXPIRED, ORDER_TOO_LONG_LIVED, orders.ORDER_ALREADY_PAID)
"""Refusals of :func:`require_payable`, in order of precedence."""


class Payment(Protocol):
    """What a payment by code has."""

    @property
    def chain_id(self) -> str:
        """Network."""
        ...

    @property
    def merchant(self) -> bytes:
        """Merchant's account."""
        ...

    @property
    def asset(self) -> str:
        """Currency."""
        ...

    @property
    def amount_minor(self) -> int:
        """Amount in minor units."""
        ...

    @property
    def order(self) -> bytes | None:
        """Encoded signed order, or nil."""
        ...


def read(payment: Payment) -> tuple[SignedOrder, Order] | None:
    """Return the order of a payment; raises ``malformed_bytes``."""
    if payment.order is None:
        return None
    signed = codec.decode_canonical(payment.order, SignedOrder)
    return signed, read_order(signed.order)


def check(payment: Payment) -> None:
    """Refuse ``order_mismatch`` unless an order asks for exactly this payment."""
    found = read(payment)
    if found is None:
        return
    order = found[1]
    asked = (order.chain_id, order.merchant, order.asset, order.amount_minor)
    if asked != (payment.chain_id, payment.merchant, payment.asset, payment.amount_minor):
        ORDER_MISMATCH.refuse()


def proofs(payment: Payment) -> tuple[Proof, ...]:
    """Return the merchant's signature on the order."""
    found = read(payment)
    if found is None:
        return ()
    signed = found[0]
    return (Proof(signed.scheme, signed.public_key, signing_bytes(signed.order), signed.signature),)


def require_payable(state: State, found: tuple[SignedOrder, Order], time_ms: int) -> None:
    """Check an order against the state: signer, time, not paid before; see :data:`REFUSALS`."""
    signed, order = found
    epoch = accounts.require(state, order.merchant).key_epoch
    if not keys.is_live(keys.find(state, signed.public_key), order.merchant, epoch, signed.scheme, time_ms):
        ORDER_NOT_BY_MERCHANT.refuse()
    if time_ms > order.expires_at_ms:
        ORDER_EXPIRED.refuse(order.order_id)
    if order.expires_at_ms - time_ms > MAX_ORDER_VALIDITY_MS:
        ORDER_TOO_LONG_LIVED.refuse(order.order_id)
    orders.require_unpaid(state, order.merchant, order.order_id)
