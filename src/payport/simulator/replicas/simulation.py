"""One run of several replicas: customers and faults side by side, then calm, then every check."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport.simulator.replicas.cluster import Cluster
from payport.simulator.replicas.customers import Customers
from payport.simulator.replicas.faults import Faults
from payport.simulator.replicas.replica import Crash
from payport.simulator.replicas.trace import NOBODY
from payport.simulator.simulation import SimulationFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

CALM_SECONDS: Final = 300.0
"""While nothing goes wrong, or no more, everybody is answered and all are level within this simulated time."""

LOOK_SECONDS: Final = 0.25
"""How often that is looked at."""


class Report(NamedTuple):
    """What a simulation did; equal for equal arguments."""

    seed: int
    """Seed."""
    replicas: int
    """Replicas."""
    payments: int
    """Attempts made."""
    blocks: int
    """Blocks decided, empty ones included."""
    height: int
    """Height of the ledger."""
    seconds: float
    """Simulated time it took, rounded."""
    outcomes: dict[str, int]
    """Answers by code, ascending by code."""
    repeated: int
    """Answers that repeated an earlier outcome."""
    crashes: int
    """Times a member or its CometBFT ended."""
    acknowledged: int
    """Transactions of which somebody was told a final outcome."""
    events: dict[str, int]
    """What happened, by kind, ascending."""
    messages: int
    """Messages sent, those of customers included."""
    lost: int
    """Messages that never arrived."""
    traffic: dict[str, int]
    """Attempts by kind of traffic."""
    state_hash: str
    """The application hash all replicas came to, hexadecimal."""
    trace: str
    """Digest of everything that happened, in its order, hexadecimal."""


def run(seed: int, payments: int, replicas: int, progress: Callable[[int, int], None] | None = None) -> Report:
    """Simulate ``payments`` attempts at ``replicas`` replicas; ``progress`` is told how many of how many are sent.

    Raises :class:`SimulationFailedError` where anything does not hold.
    """
    simulation = Simulation(seed, payments, replicas, progress)
    try:
        return simulation.run()
    except Exception as error:
        failed = SimulationFailedError(seed, simulation.customers.sent, f"{type(error).__name__}: {error}")
        for line in simulation.cluster.trace.recent:
            failed.add_note(line)
        raise failed from error


def report_json(report: Report) -> dict[str, Any]:
    """Return a report as the object the command prints."""
    return report._asdict()


class Simulation:
    """One run."""

    def __init__(
        self, seed: int, payments: int, replicas: int, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Found the consortium."""
        self._seed = seed
        self._payments = payments
        self._progress = progress
        self.cluster = Cluster(seed, replicas)
        self.customers = Customers(self.cluster, seed)
        self.faults = Faults(self.cluster, Random(f"{seed} faults"))

    def run(self) -> Report:
        """Run to the end, or to the first thing that does not hold."""
        loop = self.cluster.loop
        loop.set_exception_handler(self._unexpected)
        try:
            loop.run_until_complete(self._until_failed())
            if self.cluster.failure is not None:
                raise self.cluster.failure
            self.cluster.checker.check_all()
        finally:
            for replica in self.cluster.replicas:
                replica.quit()
            loop.run_until_complete(asyncio.sleep(0))
            loop.close()
        return self._report()

    async def _until_failed(self) -> None:
        main, failed = asyncio.ensure_future(self._main()), asyncio.ensure_future(self.cluster.failed.wait())
        await asyncio.wait((main, failed), return_when=asyncio.FIRST_COMPLETED)
        failed.cancel()
        if not main.done():
            main.cancel()
            await asyncio.wait((main,))
        elif self.cluster.failure is None:
            main.result()

    async def _main(self) -> None:
        cluster = self.cluster
        for replica in cluster.replicas:
            replica.start()
        await self._calmly(self.customers.settle_in())
        happening = asyncio.create_task(self.faults.run())
        cluster.watch(NOBODY, happening)
        try:
            await self.customers.send_many(self._payments, self._tell)
        finally:
            happening.cancel()
        self.faults.heal()
        await self._calmly(self._come_to_rest())

    async def _come_to_rest(self) -> None:
        """Return once everybody is answered and all replicas are level."""
        await self.customers.wait_answered()
        while not self._level():  # noqa: ASYNC110 - nobody could tell of what is in so many places
            await asyncio.sleep(LOOK_SECONDS)

    async def _calmly(self, what: Coroutine[Any, Any, None]) -> None:
        """Wait for what must happen while nothing goes wrong."""
        try:
            async with asyncio.timeout(CALM_SECONDS):
                await what
        except TimeoutError:
            raise AssertionError(f"no progress: {self._standing()}") from None

    def _level(self) -> bool:
        """Tell whether all replicas have all blocks, and nothing waits."""
        chain, replicas = self.cluster.chain, self.cluster.replicas
        level = all(
            replica.application is not None
            and replica.comet is not None
            and not replica.comet.mempool
            and replica.application.durable_height == chain.application.height
            for replica in replicas
        )
        return level and chain.shown(chain.application.height)

    def _standing(self) -> str:
        return "; ".join(
            f"replica {replica.number} has {len(replica.kept.blocks)} of {self.cluster.chain.height} blocks"
            for replica in self.cluster.replicas
        )

    def _tell(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, self._payments)

    def _unexpected(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Fail where a callback raises; what nobody waits for any more may raise."""
        error = context.get("exception")
        if error is not None and "never retrieved" not in context["message"]:
            self.cluster.fail(error)

    def _report(self) -> Report:
        cluster, customers = self.cluster, self.customers
        return Report(
            self._seed,
            cluster.size,
            customers.sent,
            cluster.chain.height,
            cluster.chain.application.height,
            round(cluster.loop.time(), 3),
            dict(sorted(customers.outcomes.items())),
            customers.repeated,
            sum(cluster.trace.counts[each.value] for each in Crash),
            len(cluster.checker.acknowledged),
            dict(sorted(cluster.trace.counts.items())),
            cluster.links.sent,
            cluster.links.lost,
            dict(sorted(customers.traffic.items())),
            cluster.chain.results[-1].app_hash.hex(),
            cluster.trace.digest,
        )
