"""A stored block believed for its proof, not for where it came from: finality, receipts root, place in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from payport import _native
from payport.ledger.store.stored_block import StoredBlock, StoredOutcome
from payport.proof import leaves, merkle
from payport.proof.commitment import Commitment, commitment_hash, decode_commitment
from payport.proof.finality.table import kind_tagged
from payport.values import envelopes
from payport.values.refusals import Refusal, RefusalClass, RefusalCode
from payport.values.signatures.contract import ED25519, Primitive

if TYPE_CHECKING:
    from payport.proof.trust import Trust

UNPROVEN_BLOCK: Final = RefusalCode(
    "unproven_block",
    RefusalClass.UNAVAILABLE,
    "The node showed a block that its proof does not cover.",
    "节点提供的区块与其证明不符。",
)
"""Something in the block contradicts its commitment, its finality proof or the log; nothing of it is used."""

REFUSALS: Final = (UNPROVEN_BLOCK,)
"""Refusals of this module."""


class VerifiedBlock(NamedTuple):
    """A block whose commitment is final and covers its leaves."""

    stored: StoredBlock
    """The block. Its leaves are proven; :func:`read_named` binds its items to them."""
    commitment: Commitment
    """What it commits to."""
    digest: bytes
    """Hash of the commitment."""


def holds(primitive: Primitive) -> bool:
    """Check one signature natively."""
    native = _native.verify_ed25519_one if primitive.algorithm == ED25519 else _native.verify_p256
    return native(primitive.public_key, primitive.message, primitive.signature)


def verify_block(stored: StoredBlock, trust: Trust) -> VerifiedBlock:
    """Check a block by itself; raises ``unproven_block``."""
    try:
        commitment = decode_commitment(stored.commitment_bytes)
        kind_tagged(stored.finality_tag).verify(stored.finality_payload, stored.commitment_bytes, trust, holds)
    except Refusal as refusal:
        UNPROVEN_BLOCK.refuse(f"block {stored.height}: {refusal}")
    problems = (
        (commitment.chain_id != trust.chain_id, f"chain {commitment.chain_id}"),
        (commitment.height != stored.height, f"height {commitment.height}"),
        (commitment.time_ms != stored.block.time_ms, "block time"),
        (commitment.leaf_count != len(stored.leaves), "number of leaves"),
        (commitment.receipts_root != _native.merkle_root(stored.leaves), "receipts root"),
    )
    for wrong, what in problems:
        if wrong:
            UNPROVEN_BLOCK.refuse(f"block {stored.height}: {what}")
    return VerifiedBlock(stored, commitment, commitment_hash(stored.commitment_bytes))


def read_named(stored: StoredBlock) -> list[tuple[tuple[bytes, bytes], envelopes.Envelope]]:
    """Return a block's envelopes in their order, each with what an outcome leaf names it by: id and signatures hash.

    The id alone would not do: anyone may put another's transaction into a block under a signature of his own.
    Raises ``unproven_block``.
    """
    try:
        found = [envelopes.read_envelope(encoded) for item in stored.block.items for encoded in item]
    except Refusal as refusal:
        UNPROVEN_BLOCK.refuse(f"block {stored.height}: {refusal}")
    return [((envelopes.transaction_id(each.body), envelopes.signatures_hash(each.signatures)), each) for each in found]


def narrowed(block: VerifiedBlock, *leaf_indices: int) -> StoredBlock:
    """Return the block with the outcomes of some proven leaves alone, in place of what the node says beside the leaves.

    Receipts are made of it. Raises ``unproven_block``.
    """
    stored = block.stored
    names = [name for name, _ in read_named(stored)]
    proven: dict[int, tuple[leaves.OutcomeLeaf, int]] = {}
    for leaf_index in leaf_indices:
        try:
            leaf = leaves.decode_outcome(stored.leaves[leaf_index])
        except (Refusal, IndexError):
            UNPROVEN_BLOCK.refuse(f"block {stored.height} has no outcome leaf {leaf_index}")
        name = (leaf.transaction_id, leaf.signatures_hash)
        if name not in names:
            UNPROVEN_BLOCK.refuse(f"block {stored.height}: leaf {leaf_index} has no such transaction")
        proven[names.index(name)] = leaf, leaf_index
    outcomes = tuple(
        StoredOutcome(proven[place][0].transaction_id, proven[place][0].outcome, proven[place][1], stored.height)
        if place in proven
        else StoredOutcome(name[0], "", -1, stored.height)
        for place, name in enumerate(names)
    )
    return msgspec.structs.replace(stored, outcomes=outcomes)


class Chain:
    """The log of commitments as far as it was followed: each block must carry the root over all before it."""

    def __init__(self, frontier: merkle.Frontier, time_ms: int) -> None:
        """Continue after a log of ``frontier.size`` commitments; an empty one is about to see block 1."""
        self._frontier = frontier
        self._time_ms = time_ms

    @property
    def frontier(self) -> merkle.Frontier:
        """The log."""
        return self._frontier

    @property
    def time_ms(self) -> int:
        """Block time of the last block."""
        return self._time_ms

    def extend(self, block: VerifiedBlock) -> bytes:
        """Append a block and return its leaf hash in the log; raises ``unproven_block``."""
        commitment = block.commitment
        if self._frontier.size == 0 and commitment.height == 1:
            # The root over genesis' commitment alone is its leaf hash, so block 1 tells it.
            self._frontier = merkle.Frontier(1, (commitment.history_root,))
        if commitment.height != self._frontier.size or commitment.history_root != self._frontier.root():
            UNPROVEN_BLOCK.refuse(f"block {commitment.height} does not continue the log of {self._frontier.size}")
        if commitment.time_ms <= self._time_ms:
            UNPROVEN_BLOCK.refuse(f"block {commitment.height} is not later than the one before it")
        leaf = merkle.leaf_hash(block.digest)
        self._frontier.append(leaf)
        self._time_ms = commitment.time_ms
        return leaf
