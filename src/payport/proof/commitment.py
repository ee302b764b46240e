"""A block's commitment: the few values from which everything a receipt says follows.

The log of commitments is an RFC 6962 tree whose leaf data are commitment hashes in order of height, from genesis
(height 0) on; a commitment of height ``h`` carries the root over the ``h`` earlier ones.
"""

from __future__ import annotations

from typing import NamedTuple

from payport.proof import elements, messagepack
from payport.values.hashing import HASH_BYTES, Tag, tagged_hash


class Commitment(NamedTuple):
    """What one block commits to; encoded as a MessagePack array of these fields in this order."""

    chain_id: str
    """The network: its name, a hyphen and the first 8 bytes of its genesis hash in hexadecimal."""
    height: int
    """Height of the block; genesis is 0."""
    time_ms: int
    """Block time, in milliseconds since the Unix epoch."""
    protocol: bytes
    """Fingerprint of registry and rules, 32 bytes."""
    leaf_count: int
    """Number of the block's receipt leaves. An RFC 6962 root alone does not fix the size of its tree."""
    receipts_root: bytes
    """RFC 6962 root over the block's receipt leaves."""
    state_digest: bytes
    """Digest of the state after the block, 32 bytes."""
    history_root: bytes
    """RFC 6962 root over the hashes of all earlier commitments."""


def encode_commitment(commitment: Commitment) -> bytes:
    """Encode a commitment."""
    return messagepack.encode(commitment)


def commitment_hash(encoded: bytes) -> bytes:
    """Return the hash of an encoded commitment: the app hash, and its leaf data in the log of commitments."""
    return tagged_hash(Tag.COMMITMENT, encoded)


def decode_commitment(data: bytes) -> Commitment:
    """Read a commitment strictly; raises ``malformed_receipt``."""
    fields = elements.array(messagepack.decode(data), "a commitment", len(Commitment._fields))
    chain_id, height, time_ms, protocol, leaf_count, receipts_root, state_digest, history_root = fields
    return Commitment(
        chain_id=elements.text(chain_id, "the chain id"),
        height=elements.natural(height, "the height"),
        time_ms=elements.natural(time_ms, "the block time"),
        protocol=elements.binary(protocol, "the protocol fingerprint", HASH_BYTES),
        leaf_count=elements.natural(leaf_count, "the leaf count"),
        receipts_root=elements.binary(receipts_root, "the receipts root", HASH_BYTES),
        state_digest=elements.binary(state_digest, "the state digest", HASH_BYTES),
        history_root=elements.binary(history_root, "the history root", HASH_BYTES),
    )
