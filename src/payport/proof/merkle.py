"""Merkle trees of RFC 6962 over SHA-256: roots, inclusion paths, and an append-only frontier.

A tree of ``n > 1`` leaves splits at the largest power of two below ``n``. A full, aligned run of ``2^k`` leaves is
therefore one node of every later tree, so a tree over the roots of such runs (the last one may be ragged) is the tree
over all leaves: ``hashed_root`` and ``hashed_path`` work on either level, and ``joined_path`` joins the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.values.hashing import HASH_BYTES, SUITES
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

WRONG_PATH: Final = RefusalCode(
    "wrong_path",
    RefusalClass.MALFORMED,
    "An inclusion path does not have the form its index and tree size ask for.",
    "包含路径的形式与其索引和树大小不符。",
)
"""Raised for an index outside the tree, a path of another length, or an element that is not a hash."""

REFUSALS: Final = (WRONG_PATH,)
"""Refusals of this module."""

_sha256: Final = SUITES["sha256"]

EMPTY_ROOT: Final = _sha256(b"")
"""Root of the tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """Hash one leaf; the prefix keeps a leaf from ever being read as a node."""
    return _sha256(b"\x00" + data)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash an inner node."""
    return _sha256(b"\x01" + left + right)


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf data."""
    return hashed_root([leaf_hash(leaf) for leaf in leaves])


def path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the inclusion path of one leaf, from its sibling up to the child of the root."""
    return hashed_path([leaf_hash(leaf) for leaf in leaves], index)


def hashed_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, or over the roots of aligned runs of equal size ``2^k``."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def hashed_path(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the inclusion path of ``hashes[index]``, in a tree as :func:`hashed_root` makes it."""
    assert 0 <= index < len(hashes), "the index must lie in the tree"
    level = list(hashes)
    siblings: list[bytes] = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            siblings.append(level[sibling])
        level = _parents(level)
        index >>= 1
    return tuple(siblings)


def aligned_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root of a full run of ``2^k`` leaf hashes, a node of every tree that holds the run aligned."""
    assert hashes, "a run has at least one leaf"
    assert len(hashes) & (len(hashes) - 1) == 0, "a full run has a power of two of leaves"
    return hashed_root(hashes)


def joined_path(
    run_hashes: Sequence[bytes], index_in_run: int, run_roots: Sequence[bytes], run_index: int
) -> tuple[bytes, ...]:
    """Return the path of a leaf of run ``run_index`` in the whole tree; every run but the last is full."""
    return hashed_path(run_hashes, index_in_run) + hashed_path(run_roots, run_index)


def root_from_path(leaf: bytes, index: int, size: int, siblings: Sequence[bytes]) -> bytes:
    """Return the root that ``siblings`` prove for the leaf hash; raises ``wrong_path`` unless they fit exactly."""
    if not 0 <= index < size:
        WRONG_PATH.refuse(f"index {index} in a tree of {size}")
    if any(len(sibling) != HASH_BYTES for sibling in siblings):
        WRONG_PATH.refuse("an element is not a 32-byte hash")
    remaining = list(reversed(siblings))
    node, last = leaf, size - 1
    while last:
        # A last node without a sibling rises unchanged: that level adds nothing to the path.
        if index & 1 or index < last:
            if not remaining:
                WRONG_PATH.refuse("the path is too short")
            sibling = remaining.pop()
            node = node_hash(sibling, node) if index & 1 else node_hash(node, sibling)
        index >>= 1
        last >>= 1
    if remaining:
        WRONG_PATH.refuse("the path is too long")
    return node


def _parents(level: list[bytes]) -> list[bytes]:
    """Return the next level; an odd last node rises unchanged."""
    parents = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    if len(level) & 1:
        parents.append(level[-1])
    return parents


class Frontier:
    """An append-only log, held as the roots of its full runs: enough for its root and for growing it."""

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """Continue a log of ``size`` leaves from its ``peaks``, as :attr:`peaks` gave them; by default an empty log."""
        assert len(peaks) == size.bit_count(), "there is one peak per bit of the size"
        assert all(len(peak) == HASH_BYTES for peak in peaks), "a peak is a 32-byte hash"
        self._size = size
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """Roots of the full runs, the largest (leftmost) first, one per bit of the size."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Append a leaf by its leaf hash."""
        assert len(leaf) == HASH_BYTES, "a leaf hash has 32 bytes"
        node, size = leaf, self._size
        while size & 1:
            node = node_hash(self._peaks.pop(), node)
            size >>= 1
        self._peaks.append(node)
        self._size += 1

    def root(self) -> bytes:
        """Return the root of the log."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def copy(self) -> Frontier:
        """Return an independent frontier of the same log."""
        return Frontier(self._size, self._peaks)
