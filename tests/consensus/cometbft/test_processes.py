"""Real validators and nodes on this machine: payments, kills, and what every node holds afterwards."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest

from payport.consensus.cometbft.engine import NAME
from payport.history.verified import verify_block
from payport.ledger.block import COMMITTED
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.stored_block import read_stored_block
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.consensus.cometbft.consortium import Consortium, Member, running
from tests.consensus.small_network import issue

if TYPE_CHECKING:
    from pathlib import Path

    from payport.ledger.store.stored_block import StoredBlock
    from payport.node.client import NodeClient

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PATIENCE_SECONDS = 60
NOT_NOW = frozenset({"node_unreachable", "node_failed", "not_yet_valid"})
"""Refusals after which the same bytes are sent again."""

BACK_MS = 20_000
"""Validity begins this long ago: an engine's time is that of the block before."""


def fresh(made: Consortium) -> tuple[bytes, ...]:
    now_ms = time.time_ns() // 1_000_000
    return issue(at_ms=now_ms - BACK_MS, validity_ms=600_000, chain_id=made.genesis.chain_id)


def id_of(item: tuple[bytes, ...]) -> bytes:
    return envelopes.transaction_id(codec.decode(item[0], envelopes.Envelope).body)


class Customer:
    """Submits one item after another, each again until it is answered, and remembers what was acknowledged."""

    def __init__(self, made: Consortium, clients: list[NodeClient], first: int) -> None:
        self.made, self.clients, self.turn = made, clients, first
        self.acknowledged: set[bytes] = set()

    async def pay(self, times: int) -> None:
        for _ in range(times):
            await self.submit(fresh(self.made))

    async def submit(self, item: tuple[bytes, ...]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                self.turn += 1
                client = self.clients[self.turn % len(self.clients)]
                try:
                    (outcome,) = await client.submit(item)
                except Refusal as refusal:
                    if refusal.code not in NOT_NOW:
                        raise
                    await asyncio.sleep(0.1)
                else:
                    assert (outcome.code, outcome.transaction_id) == (COMMITTED, id_of(item))
                    self.acknowledged.add(outcome.transaction_id)
                    return


def blocks_of(member: Member) -> list[StoredBlock]:
    """Return what a stopped node's log holds."""
    log = BlockLog(DirectoryFiles(member.paths.data / "log"))
    stored = [read_stored_block(log.read(height)) for height in range(1, log.height + 1)]
    log.close()
    return stored


def check_logs(made: Consortium, acknowledged: set[bytes]) -> None:
    """Insist that histories are one, and that everything acknowledged happened in one place of it."""
    histories = [blocks_of(member) for member in made.members]
    longest = max(histories, key=len)
    for history in histories:
        assert [each.commitment_bytes for each in history] == [
            each.commitment_bytes for each in longest[: len(history)]
        ]
    places: dict[bytes, tuple[int, int]] = {}
    for outcome in (each for block in longest for each in block.outcomes):
        assert outcome.code == COMMITTED
        place = outcome.leaf_height, outcome.leaf_index
        assert places.setdefault(outcome.transaction_id, place) == place, "a copy happened again"
    assert acknowledged <= places.keys()


async def height_above(client: NodeClient, height: int) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                if (await client.status()).height > height:
                    return
            except Refusal:
                pass
            await asyncio.sleep(0.1)


async def close(clients: list[NodeClient]) -> None:
    await asyncio.gather(*(each.close() for each in clients))


async def test_one_member_whose_processes_are_killed(tmp_path: Path) -> None:
    with running(tmp_path, 1) as made:
        (member,) = made.members
        clients = [member.client()]
        customers = [Customer(made, clients, place) for place in range(8)]
        for kill, start in ((member.kill_node, member.start_node), (member.kill_engine, member.start_engine)):
            for _ in range(3):
                paying = asyncio.gather(*(each.pay(6) for each in customers))
                await asyncio.sleep(0.4)
                kill()
                # A CometBFT ends when its node does; both are what a supervisor starts again.
                if member.engine is not None:
                    member.kill_engine()
                await asyncio.to_thread(start)
                if member.engine is None:
                    member.start_engine()
                await paying
        status = await clients[0].status()
        assert (status.engine, status.chain_id) == (NAME, made.trust.chain_id)
        for height in range(1, status.height + 1):
            verify_block(await clients[0].block(height), made.trust)
        await close(clients)
    check_logs(made, set().union(*(each.acknowledged for each in customers)))


async def test_four_members_one_of_whom_is_away(tmp_path: Path) -> None:
    with running(tmp_path, 4) as made:
        clients = [member.client() for member in made.members]
        customers = [Customer(made, [client], 0) for client in clients for _ in range(3)]
        await asyncio.gather(*(each.pay(4) for each in customers))
        same = fresh(made)
        copies = [Customer(made, [client], 0) for client in clients]
        await asyncio.gather(*(each.submit(same) for each in copies))
        away = made.members[3]
        away.kill_engine()
        away.kill_node()
        await asyncio.gather(*(each.pay(4) for each in customers[:9]))
        height = (await clients[0].status()).height
        away.start_node()
        away.start_engine()
        begun = time.monotonic()
        await height_above(clients[3], height - 1)
        assert time.monotonic() - begun < PATIENCE_SECONDS
        await asyncio.gather(*(each.pay(1) for each in customers))
        proven = [await client.block((await client.status()).height) for client in clients]
        for block in proven:
            verify_block(block, made.trust)
        await close(clients)
    check_logs(made, set().union(*(each.acknowledged for each in (*customers, *copies))))
