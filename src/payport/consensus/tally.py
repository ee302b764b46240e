"""Counters of an engine, kept on the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.ledger.block import COMMITTED

if TYPE_CHECKING:
    from payport.ledger.block import Outcome


class Tally:
    """What happened since the process began; :class:`payport.consensus.contract.EngineStatus` says what each means."""

    __slots__ = ("blocks", "committed", "refused_at_door", "refused_final", "repeated")

    def __init__(self) -> None:
        """Begin at zero."""
        self.blocks = 0
        self.committed = 0
        self.refused_at_door = 0
        self.refused_final = 0
        self.repeated = 0

    def count(self, outcomes: tuple[Outcome, ...]) -> None:
        """Count the outcomes of one item."""
        for outcome in outcomes:
            if outcome.repeated:
                self.repeated += 1
            elif outcome.code == COMMITTED:
                self.committed += 1
            else:
                self.refused_final += 1
