"""The program ends at every point of keeping and sending; then another worker takes over. Nothing is lost or doubled.

Every payment arrives, each under one id, and the log says so.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from payport.gateway.webhooks import lease
from payport.gateway.webhooks.deliveries import CLAIM_MS
from payport.gateway.webhooks.schedule import DELAYS_MS
from tests.gateway.webhooks.receiver import Answer
from tests.gateway.webhooks.scene import CrashError, Faults

if TYPE_CHECKING:
    from payport.gateway.webhooks.worker import Webhooks
    from tests.gateway.webhooks.scene import Scene

TURNS = 3


async def run_until_it_ends(worker: Webhooks, faults: Faults) -> bool:
    """Let a program run; tell whether it ended early. What it had in memory is gone with it."""
    for _ in range(TURNS):
        with contextlib.suppress(CrashError):
            await worker.turn()
        attempts = list(worker._attempts.values())
        if faults.ended:
            for attempt in attempts:
                attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
        if faults.ended:
            return True
    return False


@pytest.mark.slow
async def test_the_program_ends_anywhere(scene: Scene) -> None:
    await scene.endpoint()
    failing = iter([Answer(500)] * 1_000)
    point, paid = 0, 0
    seen: set[str] = set()
    while True:
        point += 1
        paid += 2
        await scene.pay("lin", scene.chen, paid - 1)
        await scene.pay("bo", scene.chen, paid)
        # The first answer of every run is a failure, so that trying again is on the way too.
        scene.receiver.answer = lambda received: next(failing) if received.id not in scene.ids()[:-1] else Answer()
        faults = Faults(point)
        worker = scene.new_worker(faults)
        ended = await run_until_it_ends(worker, faults)
        faults.heal()
        successor = scene.new_worker()
        for _ in range(4):
            scene.now_ms += DELAYS_MS[1] + 1
            await scene.turns(successor, turns=2)
        rows = await scene.deliveries()
        seen.add(faults.passed[-1])
        assert {row.state for row in rows} == {"delivered"}, faults.passed[-1:]
        scene.now_ms += lease.LEASE_MS + 1
        if not ended and len(faults.passed) < point:
            break
    amounts = [each.event["data"]["amount_minor"] for each in scene.receiver.received]
    assert set(amounts) == set(range(1, paid + 1)), "nothing is lost"
    by_id = {each.id: each.event["data"]["amount_minor"] for each in scene.receiver.received}
    assert sorted(by_id.values()) == list(range(1, paid + 1)), "nothing has two ids"
    assert len(rows) == paid
    assert {"before sender.send", "after sender.send"} <= seen
    assert point > 25, "the way has become shorter: look whether a durable step is missing"


async def test_an_attempt_that_ended_in_nothing_is_made_again(scene: Scene) -> None:
    """The program ends after the receiver took it, before that is written: it is sent twice, under one id."""
    await scene.endpoint()
    await scene.pay()
    await scene.worker.turn()
    await asyncio.gather(*scene.worker._attempts.values())
    assert len(scene.receiver.received) == 1
    other = scene.new_worker()
    scene.now_ms += lease.LEASE_MS + 1
    await scene.turns(other)
    assert len(scene.receiver.received) == 1, "its claim still counts"
    scene.now_ms += CLAIM_MS
    await scene.turns(other)
    assert len(scene.receiver.received) == 2
    assert len(set(scene.ids())) == 1
