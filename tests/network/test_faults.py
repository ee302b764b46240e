"""Processes killed and stopped at random instants, the proposer included; what was acknowledged is there, once.

`make test-network` runs longer: PAYPORT_FAULT_SECONDS of random faults, from PAYPORT_FAULT_SEED.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.network import processes
from tests.network.faulty_consortium import MEMBERS, consortium

if TYPE_CHECKING:
    from pathlib import Path

FAULT_SECONDS = float(os.environ.get("PAYPORT_FAULT_SECONDS", "12"))
SEED = int(os.environ.get("PAYPORT_FAULT_SEED", "1"))

PAUSE_SECONDS = 3.0
"""How long payments may stand still when one member dies: the time-out of its proposal and some rounds."""

CAUGHT_UP_SECONDS = 10.0


def tell(line: str) -> None:
    """Record a figure where somebody looks at it: `pytest -s`, or the output of a failure."""
    sys.stderr.write(f"faults: {line}\n")


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_proposer_dies_and_comes_back(tmp_path: Path) -> None:
    async with consortium(tmp_path) as made:
        await made.progress(50)
        for _ in range(2):
            place = await made.proposer()
            killed = time.monotonic()
            made.kill(place, processes.ENGINE)
            await made.progress(60)
            pause = made.longest_pause(killed)
            begun = time.monotonic()
            await made.start_member(place)
            await made.caught_up(place)
            took = time.monotonic() - begun
            tell(f"proposer killed: pause {pause:.2f} s, caught up {took:.2f} s after its restart")
            assert pause < PAUSE_SECONDS
            assert took < CAUGHT_UP_SECONDS
        await made.settle()
        made.check()


@pytest.mark.slow
@pytest.mark.timeout(1_200)
async def test_random_processes_are_killed_and_stopped(tmp_path: Path) -> None:
    random = Random(SEED)
    async with consortium(tmp_path) as made:
        deadline = time.monotonic() + FAULT_SECONDS
        while time.monotonic() < deadline:
            place = random.randrange(len(MEMBERS))
            process = random.choice((processes.NODE, processes.ENGINE))
            fault = random.choice(("kill", "stop", "both"))
            tell(f"{fault} {process} of {MEMBERS[place]}")
            if fault != "kill":
                made.signal(place, process, signal.SIGSTOP)
                await asyncio.sleep(random.uniform(0.2, 2.0))
                made.signal(place, process, signal.SIGCONT)
            if fault != "stop":
                made.kill(place, process)
                await asyncio.sleep(random.uniform(0.0, 1.0))
                if process == processes.NODE:
                    made.kill(place, processes.ENGINE)  # of no use to the next one
                await made.start_member(place)
            await made.progress(5)
        await made.settle()
        made.check()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_one_payment_is_sent_to_everybody_at_once(tmp_path: Path) -> None:
    async with consortium(tmp_path) as made:
        customer = made.customers[0]
        envelopes = [customer.envelope() for _ in range(10)]
        answers = await asyncio.gather(*(client.submit((each,)) for each in envelopes for client in made.clients))
        assert {outcome.code for (outcome,) in answers} == {"committed"}
        assert len({outcome.transaction_id for (outcome,) in answers}) == len(envelopes)
        await made.settle()
        made.check()
