"""Counters over the whole ledger. Writer: :func:`add_entries`."""

from __future__ import annotations

from typing import Final

from payport.ledger.state.state import Family, State, reader
from payport.values import codec


class Counter(codec.Record, frozen=True):
    """One counter."""

    value: int
    """How many so far."""


FAMILY: Final = Family("counters", Counter, resident=True)
"""Keyed by the counter's name."""

ENTRIES: Final = b"entries"
"""All entries of all balances; the law on entry numbers holds it against their sum."""

table = reader(FAMILY)


def entries(state: State) -> int:
    """Return how many entries all balances have together."""
    record = table(state).get(ENTRIES)
    return 0 if record is None else record.value


def add_entries(state: State, number: int) -> None:
    """Count ``number`` more entries."""
    table(state).put(ENTRIES, Counter(entries(state) + number))
