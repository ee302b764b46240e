"""Dues: what ends once its time has come. Writers: :func:`add`, :func:`drop`, :func:`sweep`.

Records past due are treated as gone whether swept or not; sweeping only frees their place, in due order, a bounded
number at the start of each block.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from payport.ledger.state.state import Family, State, expirers, reader
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


def drop(state: State, due_ms: int, family: str, key: bytes) -> None:
    """Forget a due that ended before its time."""
    place = due_ms.to_bytes(_TIME_BYTES, "big") + family.encode() + b"\0" + key
    assert table(state).get(place) is not None
    table(state).put(place, None)


class Expiry(NamedTuple):
    """What the end of a record's time did to an account; told in a receipt leaf of its own."""

    family: str
    """Family of the record that ended."""
    subject: bytes
    """Its id, 32 bytes."""
    account: bytes
    """Account it freed something of."""
    asset: str
    """Asset of what it freed."""
    amount_minor: int
    """How much, in minor units."""


def sweep(state: State, time_ms: int) -> list[Expiry]:
    """Remove what is past due, oldest first, at most ``MAX_SWEEP_PER_BLOCK``; return what that did to accounts.

    A family whose module has ``expire(state, key)`` ends its records itself.
    """
    records = table(state)
    limit = time_ms.to_bytes(_TIME_BYTES, "big")
    told: list[Expiry] = []
    for _ in range(MAX_SWEEP_PER_BLOCK):
        place = records.first()
        if place is None or place[:_TIME_BYTES] >= limit:
            break
        record = records.get(place)
        assert record is not None
        records.put(place, None)
        expire = expirers().get(record.family)
        if expire is None:
            state.by_name[record.family].put(record.key, None)
        elif (expiry := expire(state, record.key)) is not None:
            told.append(expiry)
    return told
