"""The embedded engine answers only what is durable, groups when busy, and stops where something must not fail."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.consensus.contract import EngineStoppedError
from payport.consensus.embedded import ClockBehindError, EmbeddedEngine
from payport.consensus.intake import IntakeLimits
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.stored_block import read_stored_block
from payport.proof.finality import embedded as finality
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.consensus.small_network import (
    NODE_SIGNER,
    START_MS,
    Clock,
    balance_minor,
    forged,
    issue,
    open_application,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from payport.consensus.application import Application


class SlowDisk:
    """Holds every sync until the test lets it go."""

    def __init__(self, application: Application) -> None:
        self.held = threading.Event()
        self.released = threading.Event()
        self._append = application.log.append
        application.log.append = self.append  # type: ignore[method-assign]

    def append(self, payloads: Sequence[bytes]) -> int:
        self.held.set()
        assert self.released.wait(10)
        return self._append(payloads)


@contextlib.asynccontextmanager
async def running(
    application: Application, limits: IntakeLimits | None = None, clock: Clock | None = None
) -> AsyncIterator[EmbeddedEngine]:
    engine = EmbeddedEngine(application, NODE_SIGNER, clock or Clock(), limits)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def test_idle_answers_at_once_with_a_durable_signed_block() -> None:
    files = FaultyFiles(Random(1))
    application = open_application(files)
    async with running(application, IntakeLimits(linger_seconds=60)) as engine:
        (outcome,) = await asyncio.wait_for(engine.submit(issue(5)), 5)
        assert (outcome.code, outcome.height, outcome.final) == ("committed", 1, True)
        files.crash()
        stored = read_stored_block(application.log.read(1))
        assert stored == await engine.read_block(1)
        assert stored.finality_tag == "embedded/1"
        key, signature = stored.finality_payload[:32], stored.finality_payload[32:]
        assert key == NODE_SIGNER.public_key
        assert signature == NODE_SIGNER.sign(finality.signing_bytes(stored.commitment_bytes))
        assert stored.block.time_ms == START_MS + 1_000
    assert balance_minor(open_application(files)) == 5


async def test_busy_groups_many_items_in_one_block() -> None:
    application = open_application(FaultyFiles(Random(1)))
    disk = SlowDisk(application)
    async with running(application, IntakeLimits(linger_seconds=0.05)) as engine:
        first = asyncio.create_task(engine.submit(issue()))
        await asyncio.to_thread(disk.held.wait)
        rest = []
        for _ in range(50):
            rest.append(asyncio.create_task(engine.submit(issue())))
            await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        assert not first.done()
        assert not any(task.done() for task in rest)
        disk.released.set()
        heights = {(await task)[0].height for task in (first, *rest)}
        assert heights == {1, 2}
        assert engine.status().committed == 51


async def test_a_full_batch_is_closed_before_its_time() -> None:
    application = open_application(FaultyFiles(Random(1)))
    async with running(application, IntakeLimits(batch_transactions=10, linger_seconds=60)) as engine:
        answers = await asyncio.wait_for(engine.submit_many([issue() for _ in range(100)]), 10)
        assert all(not isinstance(answer, Refusal) for answer in answers)
        assert engine.status().height == 10
        assert engine.status().syncs <= 10


async def test_many_are_answered_each_for_itself_and_in_order() -> None:
    application = open_application(FaultyFiles(Random(1)))
    async with running(application) as engine:
        late = issue(at_ms=START_MS + 3_600_000)
        repeated = issue()
        items = [issue(), forged(), (b"\xc1",), late, repeated, repeated]
        answers = await engine.submit_many(items)
        codes = [answer.code if isinstance(answer, Refusal) else answer[0].code for answer in answers]
        expected = ["committed", "invalid_signature", "malformed_bytes", "not_yet_valid", "committed", "committed"]
        assert codes == expected
        assert [answer[0].repeated for answer in answers[4:] if not isinstance(answer, Refusal)] == [False, True]
        (again,) = await engine.submit(repeated)
        assert (again.repeated, again.height) == (True, 1)
        status = engine.status()
        assert (status.committed, status.repeated, status.refused_at_door, status.blocks) == (2, 2, 3, 1)


async def test_lookup_and_reads_wait_until_durable() -> None:
    application = open_application(FaultyFiles(Random(1)))
    disk = SlowDisk(application)
    item = issue(9)
    body = codec.decode(item[0], envelopes.Envelope).body
    async with running(application) as engine:
        submitted = asyncio.create_task(engine.submit(item))
        await asyncio.to_thread(disk.held.wait)
        looked_up = asyncio.create_task(engine.lookup(envelopes.transaction_id(body), START_MS + 300_000))
        scanned = asyncio.create_task(engine.scan_state("balances", b"", 10))
        repeated = asyncio.create_task(engine.submit(item))
        done, _ = await asyncio.wait((submitted, looked_up, scanned, repeated), timeout=0.1)
        assert not done, "nobody learns of a block that is not durable"
        assert engine.status().height == 0
        disk.released.set()
        found = await looked_up
        assert found is not None
        assert (found.code, found.height, found.leaf_index) == ("committed", 1, 0)
        assert len(await scanned) == 1
        assert (await repeated)[0].repeated
        assert await engine.lookup(bytes(32), START_MS) is None


async def test_a_full_queue_is_busy() -> None:
    application = open_application(FaultyFiles(Random(1)))
    disk = SlowDisk(application)
    async with running(application, IntakeLimits(waiting_transactions=3)) as engine:
        taken = [asyncio.create_task(engine.submit(issue())) for _ in range(3)]
        await asyncio.to_thread(disk.held.wait)
        with pytest.raises(Refusal) as refused:
            await engine.submit(issue())
        assert refused.value.code == "busy"
        disk.released.set()
        await asyncio.gather(*taken)
        assert (await engine.submit(issue()))[0].code == "committed"


async def test_block_time_moves_on_and_a_wrong_clock_stops_the_engine() -> None:
    clock = Clock()
    application = open_application(FaultyFiles(Random(1)))
    async with running(application, clock=clock) as engine:
        await engine.submit(issue())
        clock.now_ms -= 59_000
        await engine.submit(issue())
        assert engine.status().time_ms == START_MS + 1_001
        clock.now_ms -= 2_000
        with pytest.raises(EngineStoppedError, match="behind the last block"):
            await engine.submit(issue())
        assert isinstance(await engine.wait_stopped(), ClockBehindError)
    with pytest.raises(ClockBehindError):
        await EmbeddedEngine(application, NODE_SIGNER, Clock(START_MS - 120_000)).start()


async def test_a_programmer_error_in_execution_stops_the_engine_and_acknowledges_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files, checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
    application = open_application(files, checkpoint)
    async with running(application) as engine:
        await engine.submit(issue(5))
        waiting = asyncio.create_task(engine.wait_block(1))
        await asyncio.sleep(0)

        def broken(*_: object) -> None:
            raise AssertionError("a law does not hold")

        monkeypatch.setattr(application.machine, "execute", broken)
        answers = await asyncio.gather(engine.submit(issue()), engine.submit(issue()), return_exceptions=True)
        assert all(isinstance(answer, EngineStoppedError) for answer in answers)
        with pytest.raises(EngineStoppedError):
            await waiting
        with pytest.raises(EngineStoppedError):
            await engine.submit(issue())
        assert isinstance(await engine.wait_stopped(), AssertionError)
        assert not engine.status().running
    assert balance_minor(open_application(files, checkpoint)) == 5


async def test_a_failed_sync_stops_the_engine() -> None:
    files = FaultyFiles(Random(1))
    application = open_application(files)
    async with running(application) as engine:
        files.file(application.log._segments[-1].name).fail_next_sync = True
        with pytest.raises(EngineStoppedError):
            await engine.submit(issue())


async def test_bytes_that_make_verification_fail_do_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    application = open_application(FaultyFiles(Random(1)))
    async with running(application) as engine:

        def broken(*_: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(application.machine, "verify_items", broken)
            with pytest.raises(ZeroDivisionError):
                await engine.submit(issue())
        assert (await engine.submit(issue()))[0].code == "committed"


async def test_listeners_and_waiters_hear_of_every_block() -> None:
    application = open_application(FaultyFiles(Random(1)))
    heard: list[int] = []
    async with running(application) as engine:
        end = engine.add_listener(lambda block: heard.append(block.height))
        waiting = asyncio.create_task(engine.wait_block(1))
        for _ in range(3):
            await engine.submit(issue())
        assert await waiting == 2
        end()
        await engine.submit(issue())
    assert heard == [1, 2, 3]


async def test_close_finishes_what_was_taken_and_takes_no_more() -> None:
    files, checkpoint = FaultyFiles(Random(1)), MemoryCheckpoint()
    application = open_application(files, checkpoint)
    async with running(application) as engine:
        taken = [asyncio.create_task(engine.submit(issue())) for _ in range(20)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(engine.close())
        await asyncio.sleep(0)
        with pytest.raises(Refusal) as refused:
            await engine.submit(issue())
        assert refused.value.code == "stopping"
        await closing
        assert {outcome.code for (outcome,) in await asyncio.gather(*taken)} == {"committed"}
        assert await engine.wait_stopped() is None
    assert checkpoint.height == application.height


async def test_a_caller_who_gives_up_disturbs_nobody() -> None:
    application = open_application(FaultyFiles(Random(1)))
    async with running(application) as engine:
        given_up = asyncio.create_task(engine.submit(issue()))
        await asyncio.sleep(0)
        given_up.cancel()
        assert (await engine.submit(issue()))[0].code == "committed"
    assert balance_minor(application) == 2
