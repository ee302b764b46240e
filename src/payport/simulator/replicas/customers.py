"""Customers: they send what the workload draws to one member or to several, and again until somebody answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final

from payport.consensus.contract import BUSY, STOPPING, EngineStoppedError
from payport.ledger.machine import NOT_YET_VALID
from payport.simulator.kinds import workload_kinds
from payport.simulator.parties import START_MS
from payport.simulator.replicas.links import CUSTOMER
from payport.simulator.replicas.trace import NOBODY
from payport.simulator.settlers import settle_in
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.simulator.attempt import Attempt
    from payport.simulator.node import Answer
    from payport.simulator.replicas.cluster import Cluster
    from payport.simulator.replicas.replica import Replica

ANSWER_SECONDS: Final = 4.0
"""How long a customer waits for one member before the same bytes go to another."""

SEVERAL_SHARE: Final = 0.15
"""Share of the attempts that are sent to several members at once."""

MAX_TOGETHER: Final = 12
"""Attempts sent at the same moment, at most."""

PAUSE_SECONDS: Final = 0.25
"""Time from some attempts to the next, on average."""

LONG_PAUSE_SHARE: Final = 0.01
"""Share of the pauses in which holds and authorities run out."""

LONG_PAUSE_SECONDS: Final = 40.0
"""Length of a long pause, at most."""

REFUSED_TRIES: Final = 4
"""So many members refuse what should not be refused, before the customer believes it: those behind may be wrong."""

AGAIN: Final = frozenset({BUSY.code, STOPPING.code, NOT_YET_VALID.code})
"""Refusals that ask for the same bytes once more; a chain that stands still is behind the customer's clock."""


class Customers:
    """See the module."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        """Send to ``cluster``; what is drawn follows from ``seed``."""
        self._cluster = cluster
        self._seed = seed
        self._random = Random(f"{seed} customers")
        self.sent = 0
        """Attempts so far."""
        self.outcomes: Counter[str] = Counter()
        """Answers by code."""
        self.repeated = 0
        """Answers that repeated an earlier outcome."""
        self.traffic: Counter[str] = Counter()
        """Attempts by kind of traffic."""
        self._waiting: dict[asyncio.Task[None], None] = {}

    async def settle_in(self) -> None:
        """Open the first accounts, fund them and bind their keys."""
        attempts = settle_in(self._cluster.world)
        while True:
            self._let_time_pass()
            drawn = next(attempts, None)
            if drawn is None:
                return
            self._send(drawn)
            await self.wait_answered()

    async def send_many(self, number: int, progress: Callable[[int], None]) -> None:
        """Send at least ``number`` attempts; ``progress`` is told how many there were so far."""
        kinds = workload_kinds()
        weights = [kind.weight for kind in kinds]
        self.sent, self.repeated = 0, 0
        self.outcomes.clear()
        while self.sent < number:
            self._let_time_pass()
            for _ in range(min(self._random.randint(1, MAX_TOGETHER), number - self.sent)):
                kind = self._random.choices(kinds, weights)[0]
                drawn = kind.draw(self._cluster.world)
                self.traffic[kind.name] += len(drawn)
                self._send(drawn)
            progress(min(self.sent, number))
            pause = self._random.expovariate(1 / PAUSE_SECONDS)
            if self._random.random() < LONG_PAUSE_SHARE:
                pause = self._random.uniform(0, LONG_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    async def wait_answered(self) -> None:
        """Return once everybody has an answer."""
        while self._waiting:
            await asyncio.wait(tuple(self._waiting))

    def _let_time_pass(self) -> None:
        """Draw as of the simulated time."""
        world = self._cluster.world
        world.now_ms = max(world.now_ms, START_MS + 1_000 + int(self._cluster.loop.time() * 1_000))

    def _send(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            self.sent += 1
            self._cluster.checker.sends(attempt.encoded)
            task = self._cluster.loop.create_task(self._insist(attempt, Random(f"{self._seed} attempt {self.sent}")))
            self._waiting[task] = None
            task.add_done_callback(self._waiting.pop)
            self._cluster.watch(NOBODY, task)

    async def _insist(self, attempt: Attempt, random: Random) -> None:
        """Send one attempt until it is answered."""
        refusals = 0
        while True:
            order = random.sample(self._cluster.replicas, self._cluster.size)
            number = random.randint(2, self._cluster.size) if random.random() < SEVERAL_SHARE else 1
            asked = [self._ask(replica, attempt.encoded) for replica in order[:number]]
            for answer in await asyncio.gather(*asked):
                if isinstance(answer, Refusal) and answer.code not in attempt.expected:
                    refusals += answer.code not in AGAIN
                    if refusals < REFUSED_TRIES:
                        continue
                if answer is not None:
                    self._take(attempt, answer)
                    return
            await asyncio.sleep(random.uniform(0.1, 1.0))

    async def _ask(self, replica: Replica, encoded: tuple[bytes, ...]) -> Answer | None:
        """Send an attempt to one member; ``None`` where no answer came."""
        answered: asyncio.Future[Answer | None] = self._cluster.loop.create_future()
        self._cluster.links.send(CUSTOMER, replica.number, partial(self._arrive, replica, encoded, answered))
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answered
        except TimeoutError:
            return None

    def _arrive(self, replica: Replica, encoded: tuple[bytes, ...], answered: asyncio.Future[Answer | None]) -> None:
        """Have the member answer, if it is up, and send the answer back, if it is still up then."""
        if replica.process is None:
            return
        task = replica.process.run(self._answer(replica, encoded))
        self._cluster.watch(replica.number, task)

        def send_back(done: asyncio.Task[Answer | None]) -> None:
            if not done.cancelled() and done.exception() is None:
                self._cluster.links.send(replica.number, CUSTOMER, partial(_settle, answered, done.result()))

        task.add_done_callback(send_back)

    async def _answer(self, replica: Replica, encoded: tuple[bytes, ...]) -> Answer | None:
        engine = replica.engine
        assert engine is not None, "the process that runs this has an engine"
        try:
            (answer,) = await engine.submit_many((encoded,))
        except EngineStoppedError:
            return None
        self._cluster.checker.answered(replica, encoded, answer)
        return answer

    def _take(self, attempt: Attempt, answer: Answer) -> None:
        """Count an answer, and let the workload build on what is as it expected."""
        if isinstance(answer, Refusal):
            self._cluster.trace.note(NOBODY, "refused", answer.code)
            self.outcomes[answer.code] += 1
            return
        codes = tuple(outcome.code for outcome in answer)
        self._cluster.trace.note(NOBODY, "answered", answer[0].transaction_id, answer[0].height, *codes)
        self.outcomes.update(codes)
        self.repeated += sum(outcome.repeated for outcome in answer)
        if codes == attempt.expected and attempt.then is not None:
            attempt.then(answer)


def _settle(answered: asyncio.Future[Answer | None], answer: Answer | None) -> None:
    if not answered.done():
        answered.set_result(answer)
