"""Time that passes only when nothing else can happen, pools on one thread, and processes that end between two steps."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.simulator.replicas import virtual_loop
from payport.simulator.replicas.virtual_loop import NothingLeftError, Process, VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    made = VirtualLoop(Random(1))
    yield made
    made.close()


def test_time_passes_at_once_and_exactly(loop: VirtualLoop) -> None:
    async def sleep() -> None:
        await asyncio.sleep(86_400)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.sleep(50)

    loop.run_until_complete(sleep())
    assert loop.time() == pytest.approx(86_405)


def test_a_pool_is_served_in_its_order_and_other_pools_meanwhile(loop: VirtualLoop) -> None:
    done: list[str] = []
    first, second = ThreadPoolExecutor(1), ThreadPoolExecutor(1)

    async def call() -> list[int]:
        calls = [loop.run_in_executor(first, lambda place=place: done.append(f"first {place}")) for place in range(20)]  # type: ignore[misc]
        calls += [
            loop.run_in_executor(second, lambda place=place: done.append(f"other {place}")) for place in range(20)
        ]  # type: ignore[misc]
        assert not done
        await asyncio.gather(*calls)
        return [done.index(f"first {place}") for place in range(20)]

    places = loop.run_until_complete(call())
    assert places == sorted(places)
    assert [each for each in done if each.startswith("other")] == [f"other {place}" for place in range(20)]
    assert done != sorted(done, key=lambda each: each[:5])


def test_what_a_call_raises_reaches_who_waits(loop: VirtualLoop) -> None:
    with pytest.raises(ZeroDivisionError):
        loop.run_until_complete(loop.run_in_executor(None, lambda: 1 // 0))


def test_a_killed_process_does_nothing_more(loop: VirtualLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_loop, "STALL_SHARE", 1.0)
    process, other, done = Process(loop), Process(loop), list[str]()

    async def work() -> None:
        inner = asyncio.create_task(asyncio.sleep(1_000))
        await loop.run_in_executor(None, lambda: done.append("written"))
        await inner

    async def main() -> None:
        killed, kept = process.run(work()), other.run(asyncio.sleep(10, "alive"))
        await asyncio.sleep(0.01)
        process.kill()
        assert await kept == "alive"
        assert killed.cancelled()

    loop.run_until_complete(main())
    assert not done, "the pool had not come to it when the power failed"
    assert not asyncio.all_tasks(loop), "what the process had begun ended with it"


def test_a_stand_still_is_an_error(loop: VirtualLoop) -> None:
    async def wait() -> None:
        await loop.create_future()

    with pytest.raises(NothingLeftError):
        loop.run_until_complete(wait())
