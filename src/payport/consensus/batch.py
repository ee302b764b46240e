"""A batch: payments one institution's node has put in order and signed; one transaction to a voting engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from payport import _native
from payport.ledger.block import Item
from payport.values import codec
from payport.values.hashing import Tag
from payport.values.identifiers import ChainId, InstitutionId
from payport.values.limits import MAX_BLOCK_BYTES, MAX_TRANSACTIONS_PER_BLOCK
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.consensus.contract import Signer

INVALID_BATCH: Final = RefusalCode(
    "invalid_batch",
    RefusalClass.MALFORMED,
    "The batch is for another network, too large, or not signed by its institution's node.",
    "批次无效：属于其他网络、过大，或未由其机构节点签名。",
)
"""Raised for a batch that is wrong whatever the state."""

REFUSALS: Final = (INVALID_BATCH,)
"""Refusals of this module."""


class BatchBody(codec.Record, frozen=True):
    """What the node signs, behind :attr:`Tag.BATCH`."""

    chain_id: ChainId
    """Network it is meant for."""
    institution: InstitutionId
    """Institution whose node made it."""
    items: Annotated[tuple[Item, ...], msgspec.Meta(min_length=1, max_length=MAX_TRANSACTIONS_PER_BLOCK)]
    """Transactions and groups in their order."""


class Batch(codec.Record, frozen=True):
    """What travels."""

    body: bytes
    """Encoded :class:`BatchBody`, exactly as signed."""
    public_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    """The node's Ed25519 key."""
    signature: Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
    """Its signature."""


def encode_batch(chain_id: str, institution: str, items: tuple[tuple[bytes, ...], ...], signer: Signer) -> bytes:
    """Sign and encode a batch."""
    body = codec.encode(BatchBody(chain_id, institution, items))
    return codec.encode(Batch(body, signer.public_key, signer.sign(Tag.BATCH.value + body)))


def read_batch(data: bytes, chain_id: str) -> tuple[BatchBody, bytes]:
    """Decode a batch and check size, network and signature; return it and the key that signed it.

    Whose key that is, the ledger says. Raises ``invalid_batch`` or ``malformed_bytes``.
    """
    if len(data) > MAX_BLOCK_BYTES:
        INVALID_BATCH.refuse(f"{len(data)} bytes, at most {MAX_BLOCK_BYTES}")
    batch = codec.decode_canonical(data, Batch)
    body = codec.decode_canonical(batch.body, BatchBody)
    if body.chain_id != chain_id:
        INVALID_BATCH.refuse("another network")
    if not _native.verify_ed25519_one(batch.public_key, Tag.BATCH.value + batch.body, batch.signature):
        INVALID_BATCH.refuse("the signature of the batch does not verify")
    return body, batch.public_key
