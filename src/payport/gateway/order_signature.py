"""Whether a merchant's key signed an order: asked before a code is shown to a payer, and before an order is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.history.verified import holds
from payport.ledger.payable_order import ORDER_NOT_BY_MERCHANT
from payport.ledger.state import keys
from payport.ledger.verification import reduce_signature
from payport.values import codec, orders
from payport.values.signatures.contract import INVALID_SIGNATURE

if TYPE_CHECKING:
    from payport.gateway.port import Port


async def require_signed_by(port: Port, merchant: bytes, signed: orders.SignedOrder) -> None:
    """Insist that a live key of the merchant signed the order.

    Raises ``order_not_by_merchant``, ``unknown_scheme`` or ``invalid_signature``.
    """
    known = await port.node.read("keys", signed.public_key)
    key = None if known is None else codec.decode(known, keys.Key)
    if key is None or key.holder != merchant or key.revoked:
        ORDER_NOT_BY_MERCHANT.refuse()
    message = orders.signing_bytes(signed.order)
    if not holds(reduce_signature(signed.scheme, signed.public_key, message, signed.signature, port.trust.webauthn)):
        INVALID_SIGNATURE.refuse()
