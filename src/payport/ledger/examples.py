"""Fixed values from which every transaction makes its example: documentation, vectors and tests use the same ones.

The seeds are public, so nothing here may ever hold money.
"""

from __future__ import annotations

from typing import Any, Final

from payport import _native
from payport.ledger.block import COMMITTED
from payport.proof import leaves, merkle
from payport.proof.commitment import Commitment
from payport.values import authorities, bindings, codec, envelopes, orders
from payport.values.authorities import Authority, SignedAuthority
from payport.values.orders import Order, SignedOrder

CHAIN_ID: Final = "example-00112233aabbccdd"
"""A network that does not exist."""

ALICE: Final = bytes.fromhex("a1" * 16)
"""A cardholder."""

BOB: Final = bytes.fromhex("b0" * 16)
"""Another cardholder."""

MARKET: Final = bytes.fromhex("33" * 16)
"""A supermarket."""

TIME_MS: Final = 1_790_000_000_000
"""Valid-from of every example, in September 2026."""

VALIDITY_MS: Final = 120_000
"""Two minutes."""


def seed(number: int) -> bytes:
    """Return the public example seed of this number."""
    return bytes([number]) * 32


def public_key(number: int) -> bytes:
    """Return the Ed25519 public key of an example seed."""
    return _native.public_key_ed25519(seed(number))


def new_key(holder: bytes, number: int) -> bindings.NewKey:
    """Return an example key with its proof of possession for ``holder``."""
    message = bindings.signing_bytes(CHAIN_ID, holder, public_key(number))
    return bindings.NewKey("ed25519", public_key(number), _native.sign_ed25519(seed(number), message))


def _common(kind: str, sender: bytes | str) -> dict[str, Any]:
    return {
        "chain_id": CHAIN_ID,
        "kind": kind,
        "sender": sender,
        "nonce": bytes(range(16)),
        "valid_from_ms": TIME_MS,
        "valid_until_ms": TIME_MS + VALIDITY_MS,
        "group": None,
        "attachment": None,
    }


def common_account_fields(kind: str, sender: bytes = ALICE) -> dict[str, Any]:
    """Return the common fields of an account's example."""
    return _common(kind, sender)


def common_institution_fields(kind: str, sender: str) -> dict[str, Any]:
    """Return the common fields of an institution's example."""
    return _common(kind, sender)


def signed_order(merchant: bytes, order_id: str, amount_minor: int) -> bytes:
    """Return an encoded order signed by the example merchant's key."""
    order = codec.encode(Order(CHAIN_ID, merchant, order_id, amount_minor, "CNY", TIME_MS + 600_000))
    signature = _native.sign_ed25519(seed(4), orders.signing_bytes(order))
    return codec.encode(SignedOrder(order, "ed25519", public_key(4), signature))


def signed_authority(payer: bytes, cap_minor: int) -> bytes:
    """Return an encoded authority signed by the example payer's session key."""
    body = codec.encode(Authority(CHAIN_ID, payer, "CNY", cap_minor, TIME_MS, TIME_MS + 60_000, 7, None))
    signature = _native.sign_ed25519(seed(3), authorities.signing_bytes(body))
    return codec.encode(SignedAuthority(body, "ed25519", public_key(3), signature))


def proven_purchase() -> tuple[bytes, bytes, bytes]:
    """Return a purchase body, its outcome leaf, and the commitment of a block that holds nothing else."""
    body = codec.encode(
        [*_common("purchase/1", ALICE).values(), MARKET, "CNY", 12_850, signed_order(MARKET, "2026-0001", 12_850)]
    )
    transaction_id = envelopes.transaction_id(body)
    outcome = (leaves.OUTCOME_KIND, transaction_id, COMMITTED, bytes(32), ((public_key(3), "session"),))
    leaf = codec.encode(outcome)
    commitment = Commitment(CHAIN_ID, 7, TIME_MS, bytes(32), 1, merkle.root([leaf]), bytes(32), bytes(32))
    return body, leaf, codec.encode(commitment)
