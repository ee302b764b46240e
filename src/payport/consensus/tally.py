"""Counters of an engine, kept on the event loop."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from payport.ledger.block import COMMITTED

if TYPE_CHECKING:
    from payport.ledger.block import Outcome


class Distribution:
    """How many values were at most each of some bounds; counting one is an addition."""

    __slots__ = ("bounds", "numbers", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        """Begin at zero; ``bounds`` ascend."""
        self.bounds = bounds
        self.numbers = [0] * (len(bounds) + 1)
        """Values at most each bound and above the one before; the last are above all bounds."""
        self.total = 0.0
        """Sum of all values."""

    def count(self, value: float) -> None:
        """Count a value."""
        self.numbers[bisect_left(self.bounds, value)] += 1
        self.total += value


class Tally:
    """What happened since the process began; :class:`payport.consensus.contract.EngineStatus` says what each means."""

    __slots__ = ("blocks", "committed", "door", "refused_at_door", "refused_final", "repeated")

    def __init__(self) -> None:
        """Begin at zero."""
        self.blocks = 0
        self.committed = 0
        self.refused_at_door = 0
        self.refused_final = 0
        self.repeated = 0
        self.door: dict[str, int] = {}
        """Items refused before a block, by code; the program declares the codes, so there are not many."""

    def refuse(self, code: str) -> None:
        """Count an item that was refused before a block."""
        self.refused_at_door += 1
        self.door[code] = self.door.get(code, 0) + 1

    def count(self, outcomes: tuple[Outcome, ...]) -> None:
        """Count the outcomes of one item."""
        for outcome in outcomes:
            if outcome.repeated:
                self.repeated += 1
            elif outcome.code == COMMITTED:
                self.committed += 1
            else:
                self.refused_final += 1
