"""The receipt file: one canonical MessagePack array that holds a transaction and everything that proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.proof import elements, messagepack
from payport.proof.messagepack import MALFORMED_RECEIPT
from payport.values.hashing import HASH_BYTES

if TYPE_CHECKING:
    from payport.proof.messagepack import Value

FORMAT: Final = "payport-receipt/1"
"""First element of every receipt."""

MAX_RECEIPT_BYTES: Final = 128 * 1024
"""A receipt; the largest envelope, its leaves and their paths need less than half of it."""

MAX_BALANCES: Final = 64
"""Balance leaves in one receipt; a purchase with all its fee shares changes six."""

MAX_PATH: Final = 64
"""Hashes of one path: a tree of 2^64 leaves."""


class ProvenLeaf(NamedTuple):
    """A receipt leaf and its place under the receipts root."""

    leaf: bytes
    """The encoded leaf."""
    leaf_index: int
    """Its index among the block's leaves."""
    path: tuple[bytes, ...]
    """Its inclusion path."""


class Anchor(NamedTuple):
    """A later commitment whose log of commitments holds the receipt's."""

    commitment: bytes
    """The later commitment, encoded; the finality proof is over this one."""
    path: tuple[bytes, ...]
    """Inclusion path of the receipt's commitment under the later history root."""


class Finality(NamedTuple):
    """A tagged finality proof."""

    tag: str
    """Kind of proof, as in :mod:`payport.proof.finality.table`."""
    payload: bytes
    """The proof, as its kind writes it."""


class Receipt(NamedTuple):
    """The container; encoded as an array of ``payport-receipt/1`` and these fields."""

    transaction_id: bytes
    """Id of the transaction."""
    envelope: bytes | None
    """The envelope as it travelled; nil where the transaction carries a secret and is withheld."""
    outcome: ProvenLeaf
    """The outcome leaf."""
    balances: tuple[ProvenLeaf, ...]
    """Balance leaves the holder may see, in ascending order of index."""
    commitment: bytes
    """The commitment of the block, encoded."""
    anchor: Anchor | None
    """A later commitment; nil where the finality proof is over the block's own."""
    finality: Finality
    """Who stands behind the commitment."""


def encode_receipt(receipt: Receipt) -> bytes:
    """Encode a receipt."""
    return messagepack.encode((FORMAT, *receipt))


def decode_receipt(data: bytes) -> Receipt:
    """Read a receipt strictly; raises ``malformed_receipt``."""
    if len(data) > MAX_RECEIPT_BYTES:
        MALFORMED_RECEIPT.refuse(f"{len(data)} bytes, at most {MAX_RECEIPT_BYTES}")
    form, *fields = elements.array(messagepack.decode(data), "a receipt", 1 + len(Receipt._fields))
    if form != FORMAT:
        MALFORMED_RECEIPT.refuse(f"a receipt begins with {FORMAT}")
    transaction_id, envelope, outcome, balances, commitment, anchor, finality = fields
    leaves = elements.array(balances, "the balance leaves")
    if len(leaves) > MAX_BALANCES:
        MALFORMED_RECEIPT.refuse(f"{len(leaves)} balance leaves, at most {MAX_BALANCES}")
    tag, payload = elements.array(finality, "the finality proof", 2)
    return Receipt(
        transaction_id=elements.binary(transaction_id, "the transaction id", HASH_BYTES),
        envelope=None if envelope is None else elements.binary(envelope, "the envelope"),
        outcome=_proven_leaf(outcome),
        balances=tuple(_proven_leaf(leaf) for leaf in leaves),
        commitment=elements.binary(commitment, "the commitment"),
        anchor=None if anchor is None else _anchor(anchor),
        finality=Finality(elements.text(tag, "the finality tag"), elements.binary(payload, "the finality proof")),
    )


def _proven_leaf(value: Value) -> ProvenLeaf:
    leaf, leaf_index, path = elements.array(value, "a proven leaf", len(ProvenLeaf._fields))
    return ProvenLeaf(elements.binary(leaf, "a leaf"), elements.natural(leaf_index, "a leaf's index"), _path(path))


def _anchor(value: Value) -> Anchor:
    commitment, path = elements.array(value, "the anchor", len(Anchor._fields))
    return Anchor(elements.binary(commitment, "the later commitment"), _path(path))


def _path(value: Value) -> tuple[bytes, ...]:
    hashes = elements.array(value, "a path")
    if len(hashes) > MAX_PATH:
        MALFORMED_RECEIPT.refuse(f"a path of {len(hashes)} hashes, at most {MAX_PATH}")
    return tuple(elements.binary(element, "an element of a path", HASH_BYTES) for element in hashes)
