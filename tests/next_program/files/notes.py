"""Notes: digests that were known by a block. Writer: :func:`keep`."""

from __future__ import annotations

from typing import Final

from payport.ledger.state.state import Family, State, reader
from payport.values import codec


class Noted(codec.Record, frozen=True):
    """When a digest was noted."""

    height: int
    """Block."""


FAMILY: Final = Family("notes", Noted, since=2)
"""Keyed by the digest."""

table = reader(FAMILY)


def keep(state: State, digest: bytes, height: int) -> None:
    """Keep a digest."""
    table(state).put(digest, Noted(height))
