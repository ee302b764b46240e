"""Dues: what is to be removed once its time has come. Writers: :func:`add`, :func:`sweep`.

Records past due are treated as gone whether swept or not; sweeping only frees their place, in due order, a bounded
number at the start of each block.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state.state import Family, State, reader
from payport.values import codec
from payport.values.limits import MAX_SWEEP_PER_BLOCK

_TIME_BYTES: Final = 8


class Due(codec.Record, frozen=True):
    """Something to remove."""

    family: str
    """Family of the record."""
    key: bytes
    """Its key there."""


FAMILY: Final = Family("dues", Due, resident=True, ordered=True)
"""Keyed by due time (8 bytes, big-endian milliseconds), family and key, so that key order is due order."""

table = reader(FAMILY)


def add(state: State, due_ms: int, family: str, key: bytes) -> None:
    """Remember to remove a record after ``due_ms``."""
    place = due_ms.to_bytes(_TIME_BYTES, "big") + family.encode() + b"\0" + key
    table(state).put(place, Due(family, key))


def sweep(state: State, time_ms: int) -> int:
    """Remove what is past due, oldest first, at most ``MAX_SWEEP_PER_BLOCK``; return how many were removed."""
    records = table(state)
    limit = time_ms.to_bytes(_TIME_BYTES, "big")
    removed = 0
    while removed < MAX_SWEEP_PER_BLOCK and (place := records.first()) is not None and place[:_TIME_BYTES] < limit:
        record = records.get(place)
        assert record is not None
        state.by_name[record.family].put(record.key, None)
        records.put(place, None)
        removed += 1
    return removed
