"""Proof that a purchase was committed, as a refund carries it; checked without keeping old payments in the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from payport.ledger.block import COMMITTED
from payport.ledger.state import commitments
from payport.proof import leaves, merkle
from payport.proof.commitment import Commitment, commitment_hash, decode_commitment
from payport.values import codec, envelopes
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.state.state import State

NOT_A_PURCHASE: Final = RefusalCode(
    "not_a_purchase", RefusalClass.MALFORMED, "The embedded transaction is not a sale.", "所附交易不是消费交易。"
)
"""Purchases, captures and charges are refunded."""

PROOF_INVALID: Final = RefusalCode(
    "proof_invalid",
    RefusalClass.UNAUTHORISED,
    "The proof does not show that this purchase was committed on this network.",
    "证明无法表明该消费已在本网络成交。",
)
"""Leaf, path or commitment do not lead to a block of this ledger."""

REFUSALS: Final = (NOT_A_PURCHASE, PROOF_INVALID)
"""Refusals of this module."""


class Paid(NamedTuple):
    """What a refund looks at in the body of a sale."""

    chain_id: str
    """Network."""
    payer: bytes
    """Account that paid."""
    merchant: bytes
    """Account that was paid."""
    asset: str
    """Currency."""
    amount_minor: int
    """Amount in minor units, fee included."""


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """The common fields."""

    chain_id: str
    kind: str
    sender: bytes
    nonce: bytes
    valid_from_ms: int
    valid_until_ms: int
    group: bytes | None
    attachment: bytes | None


class _Purchase(_Head, frozen=True):
    """First fields of ``purchase/1``."""

    merchant: bytes
    asset: str
    amount_minor: int


class _Capture(_Head, frozen=True):
    """First fields of ``capture/1`` and ``charge/1``, which the merchant sends."""

    payer: bytes
    asset: str
    amount_minor: int


_PURCHASE: Final = msgspec.msgpack.Decoder(_Purchase)
_CAPTURE: Final = msgspec.msgpack.Decoder(_Capture)
_HEAD: Final = msgspec.msgpack.Decoder(_Head)
_BY_MERCHANT: Final = frozenset({"capture/1", "charge/1"})

SALES: Final = _BY_MERCHANT | {"purchase/1"}
"""Kinds a refund gives back."""


def read_purchase(body: bytes) -> Paid:
    """Read the body of a purchase, capture or charge; raises ``not_a_purchase``."""
    try:
        kind = codec.decode_with(_HEAD, body).kind
        if kind == "purchase/1":
            bought = codec.decode_with(_PURCHASE, body)
            return Paid(bought.chain_id, bought.sender, bought.merchant, bought.asset, bought.amount_minor)
        if kind in _BY_MERCHANT:
            taken = codec.decode_with(_CAPTURE, body)
            return Paid(taken.chain_id, taken.payer, taken.sender, taken.asset, taken.amount_minor)
    except Refusal:
        NOT_A_PURCHASE.refuse()
    return NOT_A_PURCHASE.refuse(kind[:64])


def purchase_id(body: bytes) -> bytes:
    """Return the id of the purchase."""
    return envelopes.transaction_id(body)


def check_leaf(body: bytes, leaf: bytes, index: int, path: tuple[bytes, ...], commitment: bytes) -> None:
    """Check that the leaf commits this purchase and lies in the commitment's block; raises ``proof_invalid``."""
    try:
        outcome = leaves.decode_outcome(leaf)
        block = decode_commitment(commitment)
        root = merkle.root_from_path(merkle.leaf_hash(leaf), index, block.leaf_count, path)
    except Refusal as refusal:
        PROOF_INVALID.refuse(refusal.code)
    if outcome.transaction_id != purchase_id(body) or outcome.outcome != COMMITTED or root != block.receipts_root:
        PROOF_INVALID.refuse()


def require_known(state: State, commitment: bytes, log_path: tuple[bytes, ...]) -> Commitment:
    """Return the commitment if it is one of this ledger's; raises ``proof_invalid``."""
    block = decode_commitment(commitment)
    try:
        known = commitments.contains(state, block.height, commitment_hash(commitment), log_path)
    except Refusal as refusal:
        PROOF_INVALID.refuse(refusal.code)
    if not known:
        PROOF_INVALID.refuse(f"height {block.height}")
    return block
