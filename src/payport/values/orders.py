"""A merchant's order: what a dynamic code carries and a purchase embeds, signed by a key of the merchant."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.hashing import Tag
from payport.values.identifiers import AccountId, AssetId, ChainId, PublicKey, SchemeName
from payport.values.limits import MAX_ORDER_ID_LENGTH, MAX_SIGNATURE_BYTES
from payport.values.money import Amount

MAX_ORDER_BYTES: Final = 320
"""A signed Ed25519 order is about 210 bytes; a dynamic code has room for a little more."""


MAX_SIGNED_ORDER_BYTES: Final = MAX_ORDER_BYTES + MAX_SIGNATURE_BYTES + 96
"""An order with its scheme, key and signature."""


OrderId: TypeAlias = Annotated[
    str, msgspec.Meta(min_length=1, max_length=MAX_ORDER_ID_LENGTH, pattern=r"^[A-Za-z0-9._-]+$(?!\n)")
]
"""A merchant's own number for an order."""


class Order(codec.Record, frozen=True):
    """What is signed, behind the tag :attr:`Tag.ORDER`."""

    chain_id: ChainId
    """Network the order is payable on."""
    merchant: AccountId
    """Account to be credited."""
    order_id: OrderId
    """The merchant's own number; paid at most once."""
    amount_minor: Amount
    """Amount in minor units."""
    asset: AssetId
    """Asset the amount is in."""
    expires_at_ms: Milliseconds
    """Last block time at which it can be paid."""


class SignedOrder(codec.Record, frozen=True):
    """What travels: the exact order bytes and who signed them."""

    order: Annotated[bytes, msgspec.Meta(max_length=MAX_ORDER_BYTES)]
    """Encoded :class:`Order`."""
    scheme: SchemeName
    """Scheme of the merchant's key."""
    public_key: PublicKey
    """The merchant's key."""
    signature: Annotated[bytes, msgspec.Meta(max_length=MAX_SIGNATURE_BYTES)]
    """Signature over tag and order bytes."""


def signing_bytes(order_bytes: bytes) -> bytes:
    """Return the bytes a merchant's key signs."""
    return Tag.ORDER.value + order_bytes


def read_order(order_bytes: bytes) -> Order:
    """Decode an order; raises ``malformed_bytes``."""
    return codec.decode_canonical(order_bytes, Order)
