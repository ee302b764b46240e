"""Test customers nobody has used: each is taken once on a network."""

from __future__ import annotations

import itertools

_counts = itertools.count(10)


def next_count() -> int:
    """Return the number of the next test customer."""
    return next(_counts)
