"""Building and signing transactions and groups, by any verb of the registry."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from payport.ledger.registry import verbs
from payport.values import codec, envelopes
from payport.values import orders as order_format
from payport.wallet.keys import SCHEME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.wallet.keys import SigningKey

EARLY_MS: Final = 30_000
"""How far back valid-from lies: block time may run a little behind this machine's clock."""

VALID_FOR_MS: Final = 90_000
"""How long from now a transaction can execute, unless told otherwise."""

NONCE_BYTES: Final = 16
"""Length of a nonce."""


def build(chain_id: str, kind: str, sender: bytes | str, **fields: Any) -> Any:  # noqa: ANN401 - a record of the verb
    """Build a transaction of ``kind`` with fresh nonce and window; any common field may be given instead."""
    now_ms = time.time_ns() // 1_000_000
    common = {
        "nonce": os.urandom(NONCE_BYTES),
        "valid_from_ms": now_ms - EARLY_MS,
        "valid_until_ms": now_ms + VALID_FOR_MS,
        "group": None,
        "attachment": None,
    }
    return verbs()[kind].record(chain_id=chain_id, kind=kind, sender=sender, **{**common, **fields})


def sign(transaction: msgspec.Struct, *keys: SigningKey) -> bytes:
    """Return the encoded envelope: the body as it will travel, signed by each key."""
    body = codec.encode(transaction)
    message = envelopes.signing_bytes(body)
    made = sorted((key.public_key, key.sign(message)) for key in keys)
    signatures = tuple(envelopes.Signature(SCHEME, public_key, signature) for public_key, signature in made)
    return codec.encode(envelopes.Envelope(body, signatures))


def bind_group(transactions: Sequence[msgspec.Struct]) -> list[Any]:
    """Return the transactions with their group field set, so that all execute, in this order, or none."""
    named = envelopes.group_hash([codec.encode(each) for each in transactions])
    return [msgspec.structs.replace(each, group=named) for each in transactions]


def sign_order(key: SigningKey, order: order_format.Order) -> bytes:
    """Return an encoded order signed by a key of the merchant."""
    body = codec.encode(order)
    signature = key.sign(order_format.signing_bytes(body))
    return codec.encode(order_format.SignedOrder(body, SCHEME, key.public_key, signature))
