"""The embedded engine: one process orders, executes, makes durable and signs.

Three stages run at once, each with one thread of its own, so that signatures of the next batch are verified (natively,
with the interpreter lock released) while this one executes and the one before is synced. Nobody is answered before
the sync of his block has returned.

A block is closed at once when nothing is under way, else when it is full or its first item has waited
``linger_seconds``. The commitment is signed before the sync and published after it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from payport.consensus.intake import Waiting
from payport.consensus.serving import ServingEngine
from payport.ledger import read_ahead
from payport.ledger.block import Executed, Outcome
from payport.ledger.store.stored_block import StoredBlock, store_executed
from payport.proof.finality import embedded as finality
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.consensus.application import Application
    from payport.consensus.contract import Signer
    from payport.consensus.intake import IntakeLimits
    from payport.ledger.admission import Item

T = TypeVar("T")

NAME: Final = "embedded"
"""Name of the engine."""

MAX_CLOCK_BEHIND_MS: Final = 60_000
"""A clock further behind the last block than this is wrong, or the data is; going on would stop block time."""


class ClockBehindError(Exception):
    """The clock is far behind the last block."""


class Ordered:
    """A batch on its way through the stages."""

    __slots__ = ("answers", "fetched", "stored", "waiting")

    def __init__(self, waiting: list[Waiting]) -> None:
        """Begin with what was taken in."""
        self.waiting = waiting
        self.fetched: read_ahead.Fetched = []
        self.stored: StoredBlock | None = None
        self.answers: list[tuple[Waiting, tuple[Outcome, ...]]] = []


class EmbeddedEngine(ServingEngine):
    """See the module; :class:`payport.consensus.contract.Engine` says what each method promises."""

    name = NAME

    def __init__(
        self, application: Application, signer: Signer, clock: Callable[[], int], limits: IntakeLimits | None = None
    ) -> None:
        """Drive ``application``; ``clock`` gives milliseconds since the Unix epoch."""
        super().__init__(application, signer, clock, limits)
        self._to_execute: asyncio.Queue[Ordered] = asyncio.Queue(1)
        self._to_sync: asyncio.Queue[Ordered] = asyncio.Queue()

    async def start(self) -> None:
        """Begin to take transactions; raises :class:`ClockBehindError`."""
        self._require_clock(self._clock())
        self._run_stages(self._verify_stage, self._execute_stage, self._sync_stage)

    async def read_block(self, height: int) -> StoredBlock:
        """Return a durable block; raises ``unknown_block``."""
        return self._application.read_block(height)

    def _require_clock(self, now_ms: int) -> None:
        behind_ms = self._application.machine.time_ms - now_ms
        if behind_ms > MAX_CLOCK_BEHIND_MS:
            raise ClockBehindError(
                f"the clock is {behind_ms / 1_000:.0f} s behind the last block: set the clock right, then start again"
            )

    async def _verify_stage(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = Ordered(await self._intake.next_batch())
            try:
                verdicts = await loop.run_in_executor(self._verifier, self._verify, batch)
            except Exception as error:  # noqa: BLE001 - a bug that these bytes reach must not stop the others
                self._intake.drop(batch.waiting, error)
                continue
            kept = []
            for waiting, verdict in zip(batch.waiting, verdicts, strict=True):
                if verdict is None:
                    kept.append(waiting)
                else:
                    self._refuse(waiting, verdict)
            batch.waiting = kept
            await self._to_execute.put(batch)

    async def _execute_stage(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._to_execute.get()
            refused = await loop.run_in_executor(self._ledger, self._execute, batch)
            for waiting, refusal in refused:
                self._refuse(waiting, refusal)
            await self._to_sync.put(batch)

    async def _sync_stage(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            batches = [await self._to_sync.get()]
            while not self._to_sync.empty():
                batches.append(self._to_sync.get_nowait())
            blocks = [batch.stored for batch in batches if batch.stored is not None]
            if blocks:
                await loop.run_in_executor(self._syncer, self._application.make_durable, blocks)
                self._durable_height = blocks[-1].height
            for batch in batches:
                self._answer(batch.answers)
            self._tell(blocks)

    def _verify(self, batch: Ordered) -> list[Refusal | None]:
        """Check signatures, and read ahead for the execution; runs in the verifier's thread."""
        items = [waiting.item for waiting in batch.waiting]
        batch.fetched = self._application.machine.fetch(items)
        return self._application.machine.verify_items(items)

    def _execute(self, batch: Ordered) -> list[tuple[Waiting, Refusal]]:
        """Admit, order and execute a batch; runs in the ledger's thread."""
        machine = self._application.machine
        now_ms = self._clock()
        self._require_clock(now_ms)
        time_ms = max(machine.time_ms + 1, now_ms)
        read_ahead.take_in(batch.fetched)
        refused: list[tuple[Waiting, Refusal]] = []
        admitted: list[Waiting] = []
        for waiting in batch.waiting:
            recalled = machine.recall(waiting.item)
            if recalled is not None:
                batch.answers.append((waiting, recalled))
                continue
            try:
                machine.admit(waiting.item, time_ms)
            except Refusal as refusal:
                refused.append((waiting, refusal))
            else:
                admitted.append(waiting)
        if admitted:
            batch.stored, outcomes = self._execute_block(time_ms, [waiting.item for waiting in admitted])
            batch.answers.extend(zip(admitted, outcomes, strict=True))
        return refused

    def _execute_block(self, time_ms: int, items: list[Item]) -> tuple[StoredBlock, tuple[tuple[Outcome, ...], ...]]:
        executed = self._application.execute(self._application.height + 1, time_ms, items)
        return proven_block(executed, self._signer), executed.outcomes


def proven_block(executed: Executed, signer: Signer) -> StoredBlock:
    """Return what the log keeps of an executed block, with the node's signature of its commitment."""
    signature = signer.sign(finality.signing_bytes(executed.commitment_bytes))
    payload = finality.encode_payload(signer.public_key, signature)
    return store_executed(executed, finality.TAG, payload)
