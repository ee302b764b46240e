"""The embedded engine: one process orders, executes, makes durable and signs.

Three stages run at once, each with one thread of its own, so that signatures of the next batch are verified (natively,
with the interpreter lock released) while this one executes and the one before is synced. Nobody is answered before
the sync of his block has returned.

A block is closed at once when nothing is under way, else when it is full or its first item has waited
``linger_seconds``. The commitment is signed before the sync and published after it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from payport.consensus.contract import (
    STOPPING,
    EngineStatus,
    EngineStoppedError,
)
from payport.consensus.intake import Intake, Submission, Waiting
from payport.consensus.tally import Tally
from payport.ledger import read_ahead
from payport.ledger.block import Outcome
from payport.ledger.state import ids
from payport.ledger.store.stored_block import StoredBlock, store_executed
from payport.proof.finality import embedded as finality
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


class EmbeddedEngine:
    """See the module; :class:`payport.consensus.contract.Engine` says what each method promises."""

    def __init__(
        self,
        application: Application,
        signer: Signer,
        clock: Callable[[], int],
        limits: IntakeLimits | None = None,
    ) -> None:
        """Drive ``application``; ``clock`` gives milliseconds since the Unix epoch."""
        self._application = application
        self._signer = signer
        self._clock = clock
        self._intake = Intake(limits)
        self._tally = Tally()
        self._durable_height = application.durable_height
        self._verifier = ThreadPoolExecutor(1, thread_name_prefix="verify")
        self._ledger = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._syncer = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._to_execute: asyncio.Queue[Ordered] = asyncio.Queue(1)
        self._to_sync: asyncio.Queue[Ordered] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._height_waiters: set[asyncio.Future[None]] = set()
        self._listeners: list[Callable[[StoredBlock], None]] = []
        self._stopped: asyncio.Event = asyncio.Event()
        self._failure: BaseException | None = None
        self._closing = False

    async def start(self) -> None:
        """Begin to take transactions; raises :class:`ClockBehindError`."""
        self._require_clock(self._clock())
        stages = (self._verify_stage, self._execute_stage, self._sync_stage)
        self._tasks = [asyncio.create_task(self._guard(stage), name=stage.__name__) for stage in stages]

    async def submit(self, envelopes: tuple[bytes, ...]) -> tuple[Outcome, ...]:
        """Execute an item; returns once it is durable."""
        (answer,) = await self.submit_many((envelopes,))
        if isinstance(answer, Refusal):
            raise answer
        return answer

    async def submit_many(self, items: Sequence[tuple[bytes, ...]]) -> list[tuple[Outcome, ...] | Refusal]:
        """Execute many items, each for itself."""
        if not items:
            return []
        submission = Submission(len(items))
        since = asyncio.get_running_loop().time()
        for place, envelopes in enumerate(items):
            try:
                self._take_in(envelopes, submission, place, since)
            except Refusal as refusal:
                submission.answer(place, refusal)
        await submission.done
        return [_answer_or_raise(answer) for answer in submission.answers]

    async def lookup(self, transaction_id: bytes, valid_until_ms: int) -> Outcome | None:
        """Return how a transaction ended, as long as it is remembered."""
        found = await self._in_ledger(lambda: ids.recall(self._application.state, transaction_id, valid_until_ms))
        if found is None:
            return None
        await self._wait_durable(found.height)
        return Outcome(
            transaction_id,
            found.code,
            final=True,
            height=found.height,
            leaf_index=found.leaf_index,
            repeated=True,
            detail="",
        )

    async def read_state(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record of the durable state."""
        self._require_running()
        # The height is asked for afterwards: what was read is not newer than that.
        data = self._application.base.get(family, key)
        height = self._application.base.height
        await self._wait_durable(height)
        return data

    async def scan_state(self, family: str, prefix: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Return records whose keys begin with ``prefix``."""
        self._require_running()

        def scan() -> tuple[int, list[tuple[bytes, bytes]]]:
            base = self._application.base
            found = [pair for pair, _ in zip(base.scan(family, prefix), range(limit), strict=False)]
            return base.height, found

        height, found = await asyncio.to_thread(scan)
        await self._wait_durable(height)
        return found

    def status(self) -> EngineStatus:
        """Return how the engine is doing."""
        application, tally = self._application, self._tally
        return EngineStatus(
            engine=NAME,
            chain_id=application.chain_id,
            height=self._durable_height,
            time_ms=application.machine.time_ms,
            executed_height=application.height,
            checkpoint_height=application.base.checkpoint_height,
            commitment_bytes=application.machine.commitment_bytes,
            public_key=self._signer.public_key,
            running=bool(self._tasks) and not self._closing and self._failure is None,
            waiting_items=len(self._intake),
            blocks=tally.blocks,
            syncs=application.log.syncs,
            committed=tally.committed,
            refused_final=tally.refused_final,
            refused_at_door=tally.refused_at_door,
            repeated=tally.repeated,
            busy=self._intake.busy,
        )

    def read_block(self, height: int) -> StoredBlock:
        """Return a durable block; raises ``unknown_block``."""
        return self._application.read_block(height)

    async def wait_block(self, after_height: int) -> int:
        """Return the height of the last durable block as soon as it is above ``after_height``."""
        await self._wait_durable(after_height + 1)
        return self._durable_height

    def add_listener(self, listener: Callable[[StoredBlock], None]) -> Callable[[], None]:
        """Call ``listener`` for every block made durable."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def wait_stopped(self) -> BaseException | None:
        """Return when the engine has stopped, and why."""
        await self._stopped.wait()
        return self._failure

    async def close(self) -> None:
        """Finish what was taken, then write the checkpoint and stop."""
        if self._closing:
            await self._stopped.wait()
            return
        self._closing = True
        await self._intake.wait_drained()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pool in (self._verifier, self._ledger, self._syncer):
            pool.shutdown(wait=True)
        if self._failure is None:
            self._application.close()
        else:
            self._application.abandon()
        self._wake_height_waiters(Refusal(STOPPING))
        self._stopped.set()

    def _take_in(self, envelopes: tuple[bytes, ...], submission: Submission, place: int, since: float) -> None:
        self._require_running()
        try:
            item = self._application.machine.read_item(envelopes)
        except Refusal:
            self._tally.refused_at_door += 1
            raise
        self._intake.take_in(item, self._application.institution_of(item), submission, place, since)

    def _require_running(self) -> None:
        if self._failure is not None:
            raise EngineStoppedError(f"the engine stopped: {self._failure!r}") from self._failure
        if self._closing or not self._tasks:
            STOPPING.refuse()

    def _require_clock(self, now_ms: int) -> None:
        behind_ms = self._application.machine.time_ms - now_ms
        if behind_ms > MAX_CLOCK_BEHIND_MS:
            raise ClockBehindError(
                f"the clock is {behind_ms / 1_000:.0f} s behind the last block: set the clock right, then start again"
            )

    async def _in_ledger(self, call: Callable[[], T]) -> T:
        self._require_running()
        return await asyncio.get_running_loop().run_in_executor(self._ledger, call)

    async def _guard(self, stage: Callable[[], object]) -> None:
        try:
            await stage()  # type: ignore[misc]
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, nothing more may be acknowledged
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        """Stop for good: everybody who waits learns that the outcome is not known."""
        if self._failure is not None:
            return
        self._failure = error
        stopped = EngineStoppedError(f"the engine stopped: {error!r}")
        self._intake.fail_all(stopped)
        self._wake_height_waiters(stopped)
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
        self._stopped.set()

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
            self._answer(batches, blocks)

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
        signature = self._signer.sign(finality.signing_bytes(executed.commitment_bytes))
        payload = finality.encode_payload(self._signer.public_key, signature)
        return store_executed(executed, finality.TAG, payload), executed.outcomes

    def _refuse(self, waiting: Waiting, refusal: Refusal) -> None:
        self._tally.refused_at_door += 1
        self._intake.drop([waiting], refusal)

    def _answer(self, batches: list[Ordered], blocks: list[StoredBlock]) -> None:
        """Tell everybody whose block is durable now."""
        for batch in batches:
            for waiting, outcomes in batch.answers:
                self._tally.count(outcomes)
                self._intake.answer(waiting, outcomes)
        self._tally.blocks += len(blocks)
        if not blocks:
            return
        self._wake_height_waiters(None)
        for block in blocks:
            for listener in tuple(self._listeners):
                listener(block)

    async def _wait_durable(self, height: int) -> None:
        while self._durable_height < height:
            if self._failure is not None:
                raise EngineStoppedError(f"the engine stopped: {self._failure!r}")
            if self._stopped.is_set():
                STOPPING.refuse()
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._height_waiters.add(waiter)
            try:
                await waiter
            finally:
                self._height_waiters.discard(waiter)

    def _wake_height_waiters(self, error: BaseException | None) -> None:
        for waiter in self._height_waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)


def _answer_or_raise(answer: tuple[Outcome, ...] | BaseException | None) -> tuple[Outcome, ...] | Refusal:
    """Return the answer to an item; raises what is not a refusal."""
    assert answer is not None, "every item is answered"
    if isinstance(answer, BaseException) and not isinstance(answer, Refusal):
        raise answer
    return answer
