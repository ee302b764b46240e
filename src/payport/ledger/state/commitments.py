"""Commitments the ledger itself still knows, so that a refund can prove an old purchase. Writer: :func:`append`.

The log of commitments is cut into aligned subtrees of 1,024. The root of a complete subtree is kept for ever; single
hashes only while their subtree is the newest or the one before it. So a proof made once stays good: a path to the root
of its subtree (or, for a recent commitment, no path at all).
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state.state import Family, State, reader
from payport.proof import merkle
from payport.values import codec
from payport.values.identifiers import Digest
from payport.values.limits import LOG_SUBTREE


class Anchor(codec.Record, frozen=True):
    """A commitment hash, or the root over a subtree of them."""

    digest: Digest
    """The hash."""


FAMILY: Final = Family("commitments", Anchor)
"""Keyed by ``c`` and height, or ``s`` and subtree number (8 bytes, big-endian)."""

table = reader(FAMILY)


def _single(height: int) -> bytes:
    return b"c" + height.to_bytes(8, "big")


def _subtree(number: int) -> bytes:
    return b"s" + number.to_bytes(8, "big")


def append(state: State, height: int, digest: bytes) -> None:
    """Remember a block's commitment hash; a subtree that is now complete gets its root."""
    records = table(state)
    records.put(_single(height), Anchor(digest))
    number, place = divmod(height, LOG_SUBTREE)
    if place == LOG_SUBTREE - 1:
        first = number * LOG_SUBTREE
        leaves = []
        for each in range(first, first + LOG_SUBTREE):
            anchor = records.get(_single(each))
            assert anchor is not None
            leaves.append(anchor.digest)
        records.put(_subtree(number), Anchor(merkle.root(leaves)))
        for each in range(max(0, first - LOG_SUBTREE), first):
            records.put(_single(each), None)


def contains(state: State, height: int, digest: bytes, path: tuple[bytes, ...]) -> bool:
    """Tell whether ``digest`` is the commitment of ``height``: directly, or by a path inside its subtree."""
    records = table(state)
    if not path:
        single = records.get(_single(height))
        return single is not None and single.digest == digest
    number, place = divmod(height, LOG_SUBTREE)
    subtree = records.get(_subtree(number))
    if subtree is None:
        return False
    return merkle.root_from_path(merkle.leaf_hash(digest), place, LOG_SUBTREE, list(path)) == subtree.digest
