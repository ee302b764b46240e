"""The real process: starts, serves, drains, refuses to start, and loses nothing acknowledged when it is killed."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import pytest

from payport.ledger.block import COMMITTED
from payport.ledger.state.balances import Balance
from payport.node.client import NodeClient
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.consensus.small_network import BANK_ACCOUNT, GENESIS, genesis, issue
from tests.node.node_process import NodeProcess

if TYPE_CHECKING:
    from pathlib import Path

    from payport.ledger.block import Outcome

VALIDITY_MS = 600_000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "genesis").mkdir()
    (tmp_path / "genesis" / "document").write_bytes(GENESIS.encoded)
    return tmp_path / "data"


def start(data: Path) -> NodeProcess:
    return NodeProcess(data, "--genesis", str(data.parent / "genesis" / "document"))


def fresh(now_ms: int) -> tuple[bytes, ...]:
    return issue(at_ms=now_ms, validity_ms=VALIDITY_MS)


def id_of(item: tuple[bytes, ...]) -> bytes:
    return envelopes.transaction_id(codec.decode(item[0], envelopes.Envelope).body)


async def balance_of(client: NodeClient) -> int:
    data = await client.read("balances", BANK_ACCOUNT + b"CNY")
    return 0 if data is None else codec.decode(data, Balance).amount_minor


async def test_starts_drains_and_starts_again(data: Path) -> None:
    node = start(data)
    ready = node.ready()
    assert ready["ready"] is True
    assert ready["height"] == 0
    assert (data / "operator.key").stat().st_mode & 0o777 == 0o600
    client = NodeClient(data / "node.sock")
    now_ms = time.time_ns() // 1_000_000
    answers = await client.submit_many([fresh(now_ms) for _ in range(20)])
    assert all(not isinstance(answer, Refusal) for answer in answers)
    await client.close()
    assert node.stop() == (0, "")
    again = NodeProcess(data)
    assert again.ready()["height"] >= 1
    status = await client.status()
    assert status.checkpoint_height == status.height
    assert await balance_of(client) == 20
    await client.close()
    assert again.stop()[0] == 0


def test_refuses_to_start(data: Path) -> None:
    assert NodeProcess(data).finish() == (1, f"payport node: not_initialised: {data}\n")
    node = start(data)
    node.ready()
    status, errors = NodeProcess(data).finish()
    assert (status, "data_in_use" in errors) == (1, True)
    assert node.stop()[0] == 0
    other = data.parent / "other"
    other.write_bytes(genesis("another").encoded)
    status, errors = NodeProcess(data, "--genesis", str(other)).finish()
    assert (status, "genesis_differs" in errors, "another-" in errors) == (1, True, True)
    status, errors = NodeProcess(data, python=("-O",)).finish()
    assert (status, "assertions_off" in errors) == (1, True)
    (data / "operator.key").chmod(0o644)
    status, errors = NodeProcess(data).finish()
    assert (status, "key_exposed" in errors) == (1, True)


class Customers:
    """Submit unique transactions without pause, and keep what was acknowledged and what is open."""

    def __init__(self, client: NodeClient) -> None:
        self.client = client
        self.open: dict[bytes, tuple[bytes, ...]] = {}
        self.acknowledged: dict[bytes, Outcome] = {}

    async def submit(self, item: tuple[bytes, ...]) -> None:
        (outcome,) = await self.client.submit(item)
        assert outcome.code == COMMITTED
        self.acknowledged[outcome.transaction_id] = outcome
        del self.open[outcome.transaction_id]

    async def keep_submitting(self) -> None:
        while True:
            item = fresh(time.time_ns() // 1_000_000)
            self.open[id_of(item)] = item
            await self.submit(item)

    async def settle(self) -> None:
        """Send again whatever got no answer; each has one effect."""
        await asyncio.gather(*(self.submit(item) for item in tuple(self.open.values())))


async def check_acknowledged(customers: Customers, since: int) -> None:
    """Insist that what was acknowledged lately is where it was acknowledged to be."""
    for transaction_id, outcome in list(customers.acknowledged.items())[since:]:
        parts = await customers.client.receipt_parts(outcome.height, outcome.leaf_index)
        assert envelopes.transaction_id(codec.decode(parts.envelope, envelopes.Envelope).body) == transaction_id


async def crash_many_times(data: Path, times: int, seed: int) -> None:
    chance = random.Random(seed)
    client = NodeClient(data / "node.sock", timeout_seconds=30)
    customers = Customers(client)
    for _ in range(times):
        since = len(customers.acknowledged)
        node = start(data)
        crowd = [asyncio.create_task(customers.keep_submitting()) for _ in range(8)]
        if chance.random() < 0.85:
            await asyncio.to_thread(node.ready)
            await asyncio.sleep(chance.random() * 0.12)
        else:
            await asyncio.sleep(chance.random() * 0.3)
        node.kill()
        for task in crowd:
            task.cancel()
        results = await asyncio.gather(*crowd, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results), results
        if chance.random() < 0.3:
            node = start(data)
            await asyncio.to_thread(node.ready)
            await check_acknowledged(customers, since)
            await customers.settle()
            assert await balance_of(client) == len(customers.acknowledged)
            node.kill()
    node = start(data)
    height = (await asyncio.to_thread(node.ready))["height"]
    await customers.settle()
    assert await balance_of(client) == len(customers.acknowledged)
    height = (await client.status()).height
    executed: list[bytes] = []
    for number in range(1, height + 1):
        block = await client.block(number)
        executed += [id_of(item) for item in block.block.items]
    assert len(executed) == len(set(executed)), "nothing was executed twice"
    assert set(executed) == set(customers.acknowledged)
    assert len(executed) > times, "the crashes came before anything happened"
    await client.close()
    assert node.stop() == (0, "")


@pytest.mark.timeout(120)
async def test_ten_kills_lose_nothing_acknowledged(data: Path) -> None:
    await crash_many_times(data, 10, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_many_kills_lose_nothing_acknowledged(data: Path) -> None:
    await crash_many_times(data, 60, seed=2)
