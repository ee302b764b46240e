"""What a happening is about: its topic, what it refers to, and the order it pays. Other verbs are of no topic here.

The lists of the port are by topic, so a verb that moves money names its own in :data:`TOPICS`.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.ledger.purchase_proof import purchase_id
from payport.values import codec, orders

if TYPE_CHECKING:
    from collections.abc import Callable


class Topic(enum.IntEnum):
    """What a list is of."""

    OTHER = 0
    """Accounts, keys, money issued and redeemed."""
    PAYMENT = 1
    """A merchant was paid."""
    TRANSFER = 2
    """Somebody sent money."""
    REFUND = 3
    """A merchant gave money back."""
    HOLD = 4
    """Money was reserved for a merchant, or freed."""
    OFFER = 5
    """Something was offered, taken or withdrawn."""


HOLD_EXPIRY: Final = "hold_expiry/1"
"""Kind of the happening that a hold's time was over."""

OFFER_EXPIRY: Final = "offer_expiry/1"
"""Kind of the happening that an offer's time was over."""

EXPIRIES: Final = {"holds": HOLD_EXPIRY, "offers": OFFER_EXPIRY}
"""Kinds of expiries by the family their leaf names."""

TOPICS: Final[dict[str, Topic]] = {
    "purchase/1": Topic.PAYMENT,
    "charge/1": Topic.PAYMENT,
    "capture/1": Topic.PAYMENT,
    "transfer/1": Topic.TRANSFER,
    "refund/1": Topic.REFUND,
    "authorise/1": Topic.HOLD,
    "release/1": Topic.HOLD,
    HOLD_EXPIRY: Topic.HOLD,
    "offer/1": Topic.OFFER,
    "take/1": Topic.OFFER,
    "cancel/1": Topic.OFFER,
    OFFER_EXPIRY: Topic.OFFER,
}
"""Topic by kind."""

_REFERENCES: Final[dict[str, Callable[[Any], bytes]]] = {
    "refund/1": lambda refund: purchase_id(refund.purchase),
    "capture/1": lambda capture: capture.hold,
    "release/1": lambda release: release.hold,
    "take/1": lambda take: take.offer,
    "cancel/1": lambda cancel: cancel.offer,
}

_PAY_ORDERS: Final = frozenset({"purchase/1", "authorise/1"})
_SIGNED_ORDER: Final = msgspec.msgpack.Decoder(orders.SignedOrder)
_ORDER: Final = msgspec.msgpack.Decoder(orders.Order)


def topic_of(kind: str) -> Topic:
    """Return the topic of a kind."""
    return TOPICS.get(kind, Topic.OTHER)


def reference_of(kind: str, transaction: Any) -> bytes | None:  # noqa: ANN401 - a record of the verb
    """Return the id of what a transaction refers to, if its verb refers to anything."""
    read = _REFERENCES.get(kind)
    return None if read is None else read(transaction)


def order_of(kind: str, transaction: Any) -> str | None:  # noqa: ANN401 - a record of the verb
    """Return the number of the order a payment embeds; the ledger has read it, so it can be read."""
    if kind not in _PAY_ORDERS or transaction.order is None:
        return None
    signed = codec.decode_with(_SIGNED_ORDER, transaction.order)
    return codec.decode_with(_ORDER, signed.order).order_id


def invited_by(kind: str, transaction: Any) -> tuple[bytes, ...]:  # noqa: ANN401 - a record of the verb
    """Return the account an offer is made to, which the ledger's own event leaves out."""
    return (transaction.taker,) if kind == "offer/1" and transaction.taker is not None else ()
