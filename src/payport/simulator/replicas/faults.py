"""Faults, one after the other and over one another, all drawn from the seed."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from payport.simulator.replicas.links import FAIR, FOUL
from payport.simulator.replicas.replica import Crash, Trap
from payport.simulator.replicas.trace import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payport.simulator.replicas.cluster import Cluster
    from payport.simulator.replicas.replica import Replica

PAUSE_SECONDS: Final = 0.6
"""Time from one fault to the next, on average."""

SOON_SECONDS: Final = (0.001, 0.5)
"""A process that is started again at once."""

LATER_SECONDS: Final = (0.5, 8.0)
"""How long a fault lasts otherwise."""

LYING_SECONDS: Final = 10.0
"""How long the liar lies: some of its turns to propose."""

STEPS: Final = (
    "during prepare_proposal",
    "during process_proposal",
    "before FinalizeBlock",
    "during finalize_block",
    "between FinalizeBlock and Commit",
    "during commit",
    "after Commit",
)
"""Steps of a block at which a member may end."""


class Faults:
    """Does to the cluster what may happen to one."""

    def __init__(self, cluster: Cluster, random: Random) -> None:
        """Draw from ``random`` what happens to ``cluster``."""
        self._cluster = cluster
        self._random = random
        self._kinds: dict[Callable[[], None], int] = {
            self._crash: 6,
            self._trap: 6,
            self._partition: 3,
            self._weather: 2,
            self._disk: 2,
            self._lie: 5,
            self._plant: 2,
        }

    async def run(self) -> None:
        """Let one thing happen after the other, for ever."""
        while True:
            await asyncio.sleep(self._random.expovariate(1 / PAUSE_SECONDS))
            (kind,) = self._random.choices(list(self._kinds), list(self._kinds.values()))
            kind()

    def heal(self) -> None:
        """End everything that goes wrong, and start everybody."""
        cluster = self._cluster
        cluster.trace.note(NOBODY, "everything heals")
        cluster.links.partition(frozenset())
        cluster.links.weather = FAIR
        cluster.lying = False
        for replica in cluster.replicas:
            replica.trap, replica.flawed = None, False
            replica.mend_disk()
            cluster.restart(replica.number)

    def _seconds(self) -> float:
        return self._random.uniform(*self._random.choice((SOON_SECONDS, LATER_SECONDS)))

    def _later(self, call: Callable[[], None]) -> None:
        self._cluster.loop.call_later(self._random.uniform(*LATER_SECONDS), call)

    def _somebody(self) -> Replica:
        return self._random.choice(self._cluster.replicas)

    def _crash(self) -> None:
        """End a member, or now and then all of them."""
        crash = self._random.choice(list(Crash))
        everybody = self._random.random() < 0.05  # noqa: PLR2004 - one crash in twenty
        for replica in self._cluster.replicas if everybody else [self._somebody()]:
            replica.fall(crash, self._seconds())

    def _trap(self) -> None:
        """End a member at a step of its next block."""
        self._somebody().trap = Trap(self._random.choice(STEPS), self._random.choice(list(Crash)), self._seconds())

    def _partition(self) -> None:
        """Cut some members off from the others: half of them, or one."""
        size = self._random.choice((1, self._cluster.size // 2))
        there = frozenset(self._random.sample(range(self._cluster.size), size))
        self._cluster.links.partition(there)
        self._later(partial(self._cluster.links.partition, frozenset()))

    def _weather(self) -> None:
        """Let the cables lose, repeat and delay more than usual."""
        weather = self._random.choice(FOUL)
        self._cluster.trace.note(NOBODY, "foul weather", *weather)
        self._cluster.links.weather = weather
        self._later(partial(setattr, self._cluster.links, "weather", FAIR))

    def _disk(self) -> None:
        """Let the disk of a member refuse the next sync: its node stops, for good."""
        replica = self._somebody()
        if replica.process is not None:
            self._cluster.trace.note(replica.number, "disk refuses the next sync")
            replica.fail_next_sync()

    def _lie(self) -> None:
        """Let the liar lie for a while."""
        self._cluster.lying = True
        self._cluster.loop.call_later(LYING_SECONDS, partial(setattr, self._cluster, "lying", False))

    def _plant(self) -> None:
        """Plant an exception in what looks at proposals, at one member or at all, for a while."""
        for replica in self._random.choice(([self._somebody()], self._cluster.replicas)):
            replica.flawed = True
            self._later(partial(setattr, replica, "flawed", False))
