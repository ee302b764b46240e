"""A client that dies between sending a payment and hearing of it: the same bytes, sent again, have one effect."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.ledger.block import COMMITTED
from tests.longer import longer
from tests.network.faulty_consortium import consortium

if TYPE_CHECKING:
    from pathlib import Path

    from tests.network.faulty_consortium import FaultyConsortium

CLIENT = """
import asyncio, sys
from pathlib import Path
from payport.node.client import NodeClient

async def main() -> None:
    client = NodeClient(Path(sys.argv[1]))
    await client.status()
    sys.stdin.buffer.readline()
    asking = asyncio.create_task(client.submit((bytes.fromhex(sys.argv[2]),)))
    await asyncio.sleep(0)
    print("sent", flush=True)
    print((await asking)[0].code, flush=True)

asyncio.run(main())
"""
LONGEST_SECONDS = 0.5


async def crash(made: FaultyConsortium, place: int, envelope: bytes, seconds: float) -> bool:
    """Send a payment from a process that is killed so long after it; return whether it heard of the outcome."""
    command = [sys.executable, "-c", CLIENT, str(made.member(place).socket), envelope.hex()]
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    client = await asyncio.create_subprocess_exec(*command, **pipes)
    assert client.stdin is not None
    assert client.stdout is not None
    client.stdin.write(b"\n")
    assert await client.stdout.readline() == b"sent\n"
    await asyncio.sleep(seconds)
    with contextlib.suppress(ProcessLookupError):  # it may have heard, and ended
        client.kill()
    told = await client.stdout.read()
    await client.wait()
    return bool(told)


@longer
@pytest.mark.slow
@pytest.mark.timeout(200)
async def test_a_client_dies_before_it_hears(tmp_path: Path) -> None:
    random = Random(int(os.environ.get("PAYPORT_FAULT_SEED", "1")))
    async with consortium(tmp_path) as made:
        customer = made.customers[0]
        unheard = 0
        for number in range(12):
            envelope = customer.envelope()
            place = random.randrange(4)
            unheard += not await crash(made, place, envelope, random.uniform(0, LONGEST_SECONDS) * (number % 3) / 2)
            # The customer's next client has the signed bytes from before they were sent, and asks another member.
            (outcome,) = await made.clients[(place + 1) % 4].submit((envelope,))
            assert outcome.code == COMMITTED
            customer.acknowledged.append((asyncio.get_running_loop().time(), outcome.transaction_id))
        assert unheard >= 4
        await made.settle()
        made.check()
