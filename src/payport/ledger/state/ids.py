"""Remembered ids: what makes a transaction happen exactly once. Writer: :func:`remember`.

An id is remembered until its valid-until, in a bucket of that time. A bucket is dropped whole once every id in it is
past, in the same block on every node.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state.state import BUCKET_BYTES, Family, State, reader
from payport.values import codec
from payport.values.limits import ID_BUCKET_MS


class Remembered(codec.Record, frozen=True):
    """How a transaction ended."""

    height: int
    """Block it was executed in."""
    leaf_index: int
    """Index of its outcome leaf there."""
    code: str
    """``committed``, or the code of its refusal."""


FAMILY: Final = Family("ids", Remembered, bucketed=True)
"""Keyed by bucket number (8 bytes, big-endian), then transaction id."""

table = reader(FAMILY)


def place(transaction_id: bytes, valid_until_ms: int) -> bytes:
    """Return the key under which an id is remembered."""
    return (valid_until_ms // ID_BUCKET_MS).to_bytes(BUCKET_BYTES, "big") + transaction_id


def recall(state: State, transaction_id: bytes, valid_until_ms: int) -> Remembered | None:
    """Return how the transaction ended, or ``None`` where it is not remembered."""
    return table(state).get(place(transaction_id, valid_until_ms))


def remember(state: State, key: bytes, record: Remembered) -> None:
    """Write how the transaction whose :func:`place` is ``key`` ended."""
    records = table(state)
    assert records.get(key) is None
    records.replace(key, None, record)


def past_buckets(old_time_ms: int, new_time_ms: int) -> range:
    """Return the buckets that became past between two block times (the first block drops nothing)."""
    return range(old_time_ms // ID_BUCKET_MS, new_time_ms // ID_BUCKET_MS)
