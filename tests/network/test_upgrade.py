"""Rules that the programs do not know: every member stops at the block before them, says so, and nothing is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.ledger import protocol
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.stored_block import read_stored_block
from payport.network import processes, upgrading
from tests.longer import longer
from tests.network.test_lifecycle import Payer, directory, look, network

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["directory"]

BLOCKS = 40


@longer
@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_programs_that_do_not_know_the_rules_stop_before_them(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ("upgrade", str(directory), "2", "--in-blocks", str(BLOCKS))
    await asyncio.to_thread(network, *arguments, status=1)  # protocol_not_known: nobody could go on
    payer = Payer(directory)
    folder, plan = payer.folder, payer.folder.read_plan()
    monkeypatch.setattr(protocol, "PROTOCOL_VERSION", 2)
    decided = await upgrading.upgrade(folder, plan, 2, lambda _: None, blocks=BLOCKS)
    assert look(directory)["protocol"] == {"version": 2, "from_height": decided.from_height}
    paying = asyncio.create_task(payer.pay_until_stopped([each["url"] for each in look(directory)["members"]]))
    members = [folder.member(each.institution) for each in plan.members]
    async with asyncio.timeout(60):
        while any(processes.NODE in processes.running(each) for each in members):  # noqa: ASYNC110 - other processes
            await asyncio.sleep(0.2)
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)
    for each in members:
        assert f"block {decided.from_height} needs protocol version 2" in each.log(processes.NODE).read_text()
    told = await asyncio.to_thread(network, "up", str(directory), status=1)
    assert "ready" not in told
    assert len(payer.acknowledged) > BLOCKS // 2
    for each in members:
        ids = transactions(each.node / "log", decided.from_height - 1)
        assert payer.acknowledged <= ids, "what was acknowledged is in the blocks before, at every member"


def transactions(directory: Path, height: int) -> set[str]:
    """Return the ids in a log that ends at ``height``."""
    log = BlockLog(DirectoryFiles(directory))
    assert log.height == height
    blocks = [read_stored_block(log.read(each)) for each in range(1, height + 1)]
    log.close()
    return {outcome.transaction_id.hex() for block in blocks for outcome in block.outcomes}
