"""Who pays whom: pairs of customers of different banks."""

from __future__ import annotations

import itertools
from random import Random
from typing import TYPE_CHECKING, Final

from payport.bench.bulk_base import BANKS

if TYPE_CHECKING:
    from collections.abc import Iterator

PATTERNS: Final = ("uniform", "zipf", "merchant")
"""Everybody pays anybody; few pay and are paid most (exponent 1); everybody pays one."""

SEED: Final = 1
"""Of the draw; two runs pay the same."""


def draw_pairs(pattern: str, accounts: int, payments: int) -> Iterator[tuple[int, int]]:
    """Yield the numbers of payer and payee, of different banks."""
    random = Random(SEED)
    banks = len(BANKS)
    if pattern == "zipf":
        weights = list(itertools.accumulate(1 / rank for rank in range(1, accounts + 1)))
        drawn = random.choices(range(accounts), cum_weights=weights, k=2 * payments)
        pairs = zip(drawn[:payments], drawn[payments:], strict=True)
    elif pattern == "merchant":
        pairs = zip((random.randrange(1, accounts) for _ in range(payments)), itertools.repeat(0))
    else:
        assert pattern == "uniform", f"no pattern {pattern}"
        pairs = zip(*[(random.randrange(accounts) for _ in range(payments)) for _ in range(2)], strict=True)
    for payer, payee in pairs:
        # Neighbours belong to different banks, so a pair within one bank moves to the payer next door.
        other = payer if (payer - payee) % banks else (payer - 1 if payer % banks else payer + 1)
        yield other, payee


def draw_turns(accounts: int, payments: int) -> Iterator[tuple[int, int]]:
    """Yield pairs in which every account pays as often as every other: for what an account may have only some of."""
    for number in range(payments):
        payer = number % accounts
        yield payer, payer - 1 if payer % len(BANKS) else payer + 1
