"""The cables between the replicas, and those to their customers: they delay, lose, repeat and are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.simulator.replicas.trace import NOBODY

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from random import Random

    from payport.simulator.replicas.trace import Trace

CUSTOMER: Final = NOBODY
"""One end of a cable to a customer: no partition cuts him off, because he has the choice of all replicas."""


class Weather(NamedTuple):
    """How the cables are."""

    lost: float
    """Share of the messages that never arrive."""
    repeated: float
    """Share of the messages that arrive twice."""
    slowest_seconds: float
    """Messages take up to this long, so they overtake each other."""


FAIR: Final = Weather(lost=0.0, repeated=0.01, slowest_seconds=0.03)
"""Usual weather."""

FOUL: Final = (
    Weather(lost=0.02, repeated=0.05, slowest_seconds=0.2),
    Weather(lost=0.15, repeated=0.05, slowest_seconds=0.1),
    Weather(lost=0.3, repeated=0.2, slowest_seconds=0.6),
)
"""What it may become."""

FASTEST_SECONDS: Final = 0.000_5
"""No message takes less."""


class Links:
    """Delivers messages."""

    def __init__(self, loop: AbstractEventLoop, random: Random, replicas: int, trace: Trace) -> None:
        """Connect everybody, in fair weather."""
        self._loop = loop
        self._random = random
        self._trace = trace
        self._side = [0] * replicas
        self.weather = FAIR
        self.sent = 0
        """Messages so far."""
        self.lost = 0
        """Messages that never arrived, for whatever reason."""

    def partition(self, there: frozenset[int]) -> None:
        """Cut every cable between the replicas ``there`` and the rest; nobody ``there`` heals all."""
        self._side = [int(replica in there) for replica in range(len(self._side))]
        self._trace.note(NOBODY, "partition" if there else "partition healed", *sorted(there))

    def connected(self, source: int, target: int) -> bool:
        """Tell whether messages get from one to the other at all."""
        return CUSTOMER in {source, target} or self._side[source] == self._side[target]

    def send(self, source: int, target: int, deliver: Callable[[], None]) -> None:
        """Call ``deliver`` when the message arrives, if it does; a cut meanwhile loses it too."""
        copies = 2 if self._random.random() < self.weather.repeated else 1
        for _ in range(copies):
            self.sent += 1
            if not self.connected(source, target) or self._random.random() < self.weather.lost:
                self.lost += 1
                continue
            # The square: most are much faster than the slowest.
            part = self._random.random() ** 2
            delay = FASTEST_SECONDS + part * (self.weather.slowest_seconds - FASTEST_SECONDS)
            self._loop.call_later(delay, self._arrive, source, target, deliver)

    def _arrive(self, source: int, target: int, deliver: Callable[[], None]) -> None:
        if self.connected(source, target):
            deliver()
        else:
            self.lost += 1
