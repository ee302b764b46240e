"""Supplies: how much of its money an obligor has issued and redeemed. Writer: :func:`add`."""

from __future__ import annotations

from typing import Final

from payport.ledger.state.state import Family, State, reader
from payport.values import codec


class Supply(codec.Record, frozen=True):
    """One obligor's money in one asset."""

    issued_minor: int
    """All it ever issued, in minor units."""
    redeemed_minor: int
    """All it ever redeemed, in minor units."""


FAMILY: Final = Family("supplies", Supply, resident=True)
"""Keyed by institution and asset, joined by NUL."""

table = reader(FAMILY)


def of(state: State, institution: str, asset: str) -> Supply:
    """Return the supply, zero where nothing was issued."""
    return table(state).get(f"{institution}\0{asset}".encode()) or Supply(0, 0)


def parts(place: bytes) -> tuple[str, str]:
    """Return institution and asset of a key."""
    institution, asset = place.decode().split("\0")
    return institution, asset


def add(state: State, institution: str, asset: str, *, issued_minor: int = 0, redeemed_minor: int = 0) -> None:
    """Add to what was issued and redeemed."""
    old = of(state, institution, asset)
    record = Supply(old.issued_minor + issued_minor, old.redeemed_minor + redeemed_minor)
    table(state).put(f"{institution}\0{asset}".encode(), record)
