"""Positions: what one institution owes another, per currency, until it settles. Writer: :func:`owe`.

Each pair is kept from both sides; the law that they mirror each other catches a write that forgot one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from payport.ledger.state import exposures
from payport.ledger.state.state import Family, State, reader
from payport.values import codec


class Position(codec.Record, frozen=True):
    """What the first institution of the key owes the second."""

    owed_minor: int
    """In minor units; negative where the second owes the first."""


FAMILY: Final = Family("positions", Position, resident=True)
"""Keyed by debtor, creditor and currency, joined by NUL."""

table = reader(FAMILY)


def key(debtor: str, creditor: str, asset: str) -> bytes:
    """Return the key of a position."""
    return f"{debtor}\0{creditor}\0{asset}".encode()


def parts(place: bytes) -> tuple[str, str, str]:
    """Return debtor, creditor and currency of a key."""
    debtor, creditor, asset = place.decode().split("\0")
    return debtor, creditor, asset


def of(state: State, debtor: str, creditor: str, asset: str) -> int:
    """Return what ``debtor`` owes ``creditor``, in minor units; negative where it is owed."""
    return _owed(table(state).get(key(debtor, creditor, asset)))


def owe(state: State, debtor: str, creditor: str, asset: str, amount_minor: int) -> None:
    """Add ``amount_minor`` to what ``debtor`` owes ``creditor``, on both sides."""
    assert debtor != creditor
    records = table(state)
    place, mirrored = _both_sides(debtor, creditor, asset)
    old, old_mirrored = records.get(place), records.get(mirrored)
    records.replace(place, old, Position(_owed(old) + amount_minor))
    records.replace(mirrored, old_mirrored, Position(_owed(old_mirrored) - amount_minor))
    exposures.owe(state, debtor, asset, amount_minor)
    exposures.owe(state, creditor, asset, -amount_minor)


@lru_cache(maxsize=4_096)
def _both_sides(debtor: str, creditor: str, asset: str) -> tuple[bytes, bytes]:
    """Return the keys of a position; kept, because the same few pairs of banks meet all day."""
    return key(debtor, creditor, asset), key(creditor, debtor, asset)


def _owed(record: Position | None) -> int:
    return 0 if record is None else record.owed_minor
