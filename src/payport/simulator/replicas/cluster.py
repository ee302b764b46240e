"""All replicas, what connects them, what they have agreed on, and who watches."""

from __future__ import annotations

import asyncio
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final

from payport import _native
from payport.ledger.state.parameters import Validator
from payport.simulator import parties
from payport.simulator.replicas.chain import Chain
from payport.simulator.replicas.checker import Checker
from payport.simulator.replicas.links import Links
from payport.simulator.replicas.replica import Crash, Replica
from payport.simulator.replicas.trace import NOBODY, Trace
from payport.simulator.replicas.virtual_loop import VirtualLoop
from payport.simulator.world import World

if TYPE_CHECKING:
    from payport.simulator.replicas.messages import Message

INSTITUTIONS: Final = (*parties.BANK_NAMES, parties.OPERATOR, parties.WARD_BANK)
"""Who runs the replicas, in order."""

MAX_REPLICAS: Final = len(INSTITUTIONS)
"""As many as there are institutions."""

REPLACED_SECONDS: Final = 1.0
"""How long it takes until a member whose disk failed is up again."""


class Cluster:
    """One simulated consortium, before anything runs."""

    def __init__(self, seed: int, size: int) -> None:
        """Found the consortium of ``seed`` with ``size`` replicas, one of whom is a liar when told to."""
        self.size = size
        self.loop = VirtualLoop(Random(f"{seed} loop"))
        self.trace = Trace(self.loop.time)
        self.failure: BaseException | None = None
        self.failed = asyncio.Event()
        seeds = Random(f"{seed} keys")
        node_seeds = [seeds.randbytes(32) for _ in range(size)]
        self.engine_keys = [_native.public_key_ed25519(seeds.randbytes(32)) for _ in range(size)]
        voting = {
            institution: Validator(engine_key, _native.public_key_ed25519(node_seed), 1)
            for institution, engine_key, node_seed in zip(INSTITUTIONS, self.engine_keys, node_seeds, strict=False)
        }
        self.world = World(seed, voting)
        self.genesis = self.world.genesis
        self.chain_id = self.genesis.chain_id
        self.chain = Chain(self.genesis, self.trace)
        self.world.follow(self.chain.application)
        self.checker = Checker(self)
        self.links = Links(self.loop, Random(f"{seed} links"), size, self.trace)
        self.replicas = [
            Replica(self, number, INSTITUTIONS[number], node_seed, Random(f"{seed} replica {number}"))
            for number, node_seed in enumerate(node_seeds)
        ]
        self.liar = seeds.randrange(size)
        """Whose CometBFT lies while :attr:`lying`."""
        self.lying = False

    def send(self, source: int, target: int, message: Message) -> None:
        """Send a message from one CometBFT to another; who is down when it arrives does not get it."""
        self.links.send(source, target, partial(self._deliver, source, target, message))

    def send_batch(self, source: int, target: int, batch: bytes) -> None:
        """Gossip a batch."""
        self.links.send(source, target, partial(self._deliver_batch, source, target, batch))

    def watch(self, number: int, task: asyncio.Task[Any]) -> None:
        """Fail the simulation where a task of replica ``number`` does."""
        task.add_done_callback(partial(self._ended, number))

    def _deliver(self, source: int, target: int, message: Message) -> None:
        comet = self.replicas[target].comet
        if comet is not None:
            comet.receive(source, message)

    def _deliver_batch(self, source: int, target: int, batch: bytes) -> None:
        comet = self.replicas[target].comet
        if comet is not None:
            comet.receive_batch(source, batch)

    def _ended(self, number: int, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        if number != NOBODY:
            replica = self.replicas[number]
            if replica.explains(error):
                self.trace.note(number, "stopped by its disk")
                replica.fall(Crash.POWER, REPLACED_SECONDS)
                return
            error = type(error)(f"replica {number}: {error}") if isinstance(error, AssertionError) else error
        self.fail(error)

    def restart(self, number: int) -> None:
        """Start what of a member does not run; what keeps it from starting fails the simulation."""
        try:
            self.replicas[number].start()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the simulation looks for
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """End the simulation with what is wrong."""
        if self.failure is None:
            self.failure = error
            self.failed.set()
