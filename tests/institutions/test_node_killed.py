"""The node's process is killed while payments are being funded: again and again, at another instant each time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from payport.institutions.bridge import clock_ms
from payport.node.client import NodeClient
from tests.institutions.rig import DEPOSIT, GENESIS, LIN, Bank, Rig, id_of, populate, trust
from tests.node.node_process import NodeProcess

if TYPE_CHECKING:
    from pathlib import Path

    from tests.databases import Databases

pytestmark = pytest.mark.slow

ROUNDS = 4
PAYMENTS = 12


@pytest.mark.slow
async def test_both_books_are_equal_after_the_node_was_killed(tmp_path: Path, databases: Databases) -> None:
    (tmp_path / "genesis").write_bytes(GENESIS.encoded)
    process = NodeProcess(tmp_path / "data", "--genesis", str(tmp_path / "genesis"))
    node_key = bytes.fromhex(process.ready()["public_key"])
    client = NodeClient(tmp_path / "data" / "node.sock", timeout_seconds=1)
    banks = [
        await asyncio.to_thread(Bank, name, databases, client, clock_ms, trust(node_key)) for name in ("east", "west")
    ]
    rig = Rig(client, clock_ms, *banks)
    await populate(rig)
    sold = 0
    try:
        for round_number in range(ROUNDS):
            desk = await rig.east.desk()
            sent = [rig.purchase(1_000 + number) for number in range(PAYMENTS)]
            tasks = [asyncio.create_task(desk.funding.fund_and_submit(each)) for each in sent]
            for answered, task in enumerate(asyncio.as_completed(tasks)):
                await asyncio.gather(task, return_exceptions=True)
                if answered == round_number:
                    await asyncio.to_thread(process.kill)
                    break
            await asyncio.gather(*tasks, return_exceptions=True)
            process = NodeProcess(tmp_path / "data")
            process.ready()
            await rig.both_books_equal()
            sold += await count_paid(rig, sent)
            assert await rig.balance(LIN) == 0
            assert DEPOSIT - await rig.east.deposit(LIN) == sold
    finally:
        for bank in banks:
            await bank.close()
        await client.close()
        process.stop()
    assert sold > ROUNDS * 1_000, "a test in which every payment failed would prove nothing"


async def count_paid(rig: Rig, sent: list[bytes]) -> int:
    """Return what was paid of these, each once or not at all, by the journal."""
    found: list[Any] = [await rig.east.journal.funding(id_of(each)) for each in sent]
    return sum(each.funded_minor for each in found if each is not None and each.code == "committed")
