"""What every engine does alike: takes items in, answers who waits, reads the state, stops for good where it must.

How items come into blocks is each engine's own.
"""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from payport.consensus.contract import STOPPING, EngineStatus, EngineStoppedError
from payport.consensus.intake import Intake, Submission, Waiting
from payport.consensus.tally import Tally
from payport.ledger.block import Outcome
from payport.ledger.protocol import PROTOCOL_VERSION
from payport.ledger.state import ids, parameters
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from payport.consensus.application import Application
    from payport.consensus.contract import Signer
    from payport.consensus.intake import IntakeLimits
    from payport.ledger.store.stored_block import StoredBlock

T = TypeVar("T")


class ServingEngine:
    """The part of an engine that clients meet; :class:`payport.consensus.contract.Engine` says what is promised."""

    name: str
    """Name of the engine."""
    drain_seconds: float | None = None
    """How long the end waits for what was taken in; ``None`` where an engine can always finish it."""

    def __init__(
        self, application: Application, signer: Signer, clock: Callable[[], int], limits: IntakeLimits | None = None
    ) -> None:
        """Serve ``application``; ``clock`` gives milliseconds since the Unix epoch."""
        self._application = application
        self._signer = signer
        self._clock = clock
        self._intake = Intake(limits)
        self._tally = Tally()
        self._durable_height = application.durable_height
        self._verifier = ThreadPoolExecutor(1, thread_name_prefix="verify")
        self._ledger = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._syncer = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._tasks: list[asyncio.Task[None]] = []
        self._height_waiters: set[asyncio.Future[None]] = set()
        self._listeners: list[Callable[[StoredBlock], None]] = []
        self._stopped: asyncio.Event = asyncio.Event()
        self._failure: BaseException | None = None
        self._closing = False

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
        decided = parameters.decided_protocol(application.state)
        return EngineStatus(
            engine=self.name,
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
            protocol=application.machine.protocol,
            protocol_decided=decided.version,
            protocol_from_height=decided.from_height,
            protocol_known=PROTOCOL_VERSION,
        )

    @property
    def tally(self) -> Tally:
        """What happened since the process began."""
        return self._tally

    @property
    def unanswered(self) -> int:
        """Transactions taken in and not answered yet."""
        return self._intake.unanswered

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
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.drain_seconds):
                await self._intake.wait_drained()
        self._intake.fail_all(Refusal(STOPPING))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._release()
        for pool in (self._verifier, self._ledger, self._syncer):
            pool.shutdown(wait=True)
        if self._failure is None:
            self._application.close()
        else:
            self._application.abandon()
        self._wake_height_waiters(Refusal(STOPPING))
        self._stopped.set()

    async def _release(self) -> None:
        """Let go of what an engine holds beside the ledger, once no stage runs any more."""

    def _run_stages(self, *stages: Callable[[], Coroutine[None, None, None]]) -> None:
        """Begin to take transactions."""
        self._tasks = [asyncio.create_task(self._guard(stage), name=stage.__name__) for stage in stages]

    def _take_in(self, envelopes: tuple[bytes, ...], submission: Submission, place: int, since: float) -> None:
        self._require_running()
        try:
            item = self._application.machine.read_item(envelopes)
        except Refusal as refusal:
            self._tally.refuse(refusal.code)
            raise
        self._intake.take_in(item, self._application.institution_of(item), submission, place, since)

    def _require_running(self) -> None:
        if self._failure is not None:
            raise EngineStoppedError(f"the engine stopped: {self._failure!r}") from self._failure
        if self._closing or not self._tasks:
            STOPPING.refuse()

    async def _in_ledger(self, call: Callable[[], T]) -> T:
        self._require_running()
        return await self._in(self._ledger, call)

    async def _in(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, call)

    async def _or_stop(self, pool: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        """Return what a call returns; whatever it raises stops the engine."""
        if self._failure is not None:
            raise EngineStoppedError(f"the engine stopped: {self._failure!r}") from self._failure
        try:
            return await self._in(pool, call)
        except Exception as error:
            self._fail(error)
            raise

    async def _guard(self, stage: Callable[[], Coroutine[None, None, None]]) -> None:
        try:
            await stage()
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

    def _refuse(self, waiting: Waiting, refusal: Refusal) -> None:
        self._tally.refuse(refusal.code)
        self._intake.drop([waiting], refusal)

    def _answer(self, answers: Sequence[tuple[Waiting, tuple[Outcome, ...]]]) -> None:
        """Tell those whose block is durable now."""
        for waiting, outcomes in answers:
            self._tally.count(outcomes)
            self._intake.answer(waiting, outcomes)

    def _tell(self, blocks: Sequence[StoredBlock]) -> None:
        """Tell everybody who follows the chain of blocks that can be read now."""
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
