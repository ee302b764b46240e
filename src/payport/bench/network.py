"""A consortium measured on one machine: four CometBFTs and four nodes share its cores, and each verifies everything.

Unique signed payments between customers of different banks are handed to all nodes in turn, and are answered once their
block is proven. Three parts: idle, then a fixed rate (open loop: a wait counts from when the payment was due), then as
many as are taken, with a bounded number under way.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from payport.bench import stages
from payport.bench.author import Author
from payport.bench.bulk_base import BANKS, fill, genesis
from payport.bench.ledger import processor
from payport.bench.mixes.payments import transfers
from payport.bench.processor_time import Meter, seconds_stolen
from payport.ledger.block import COMMITTED
from payport.ledger.machine import NOT_YET_VALID, Machine
from payport.ledger.state.state import State
from payport.ledger.store.checkpoint import LmdbCheckpoint
from payport.ledger.store.write_behind import WriteBehind
from payport.network import founding, processes
from payport.network.plan import LocalSettings, NetworkFolder, free_port
from payport.network.watching import wait_ready
from payport.node.client import NodeClient
from payport.node.data_directory import DataDirectory
from payport.node.gathering import Gathering
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from payport.ledger.block import Outcome
    from payport.network.plan import Plan

    Item = tuple[bytes, ...]
    Progress = Callable[[str, int, int], None]
    Nodes = list[Gathering[Sequence[bytes], tuple[Outcome, ...]]]

IDLE_SECONDS: Final = 10.0
"""How long an idle network is watched."""

WAIT_RATE: Final = 1_000
"""Payments a second while waits are measured."""

WARM_SECONDS: Final = 3.0
"""Load before waits are measured, at the same rate."""

UNDER_WAY: Final = 4_000
"""Payments under way at once while as many as are taken are handed over."""

MOST_PER_SECOND: Final = 5_000
"""Payments a second that are signed beforehand for that."""

READY_SECONDS: Final = 60.0
_TICK_SECONDS: Final = 0.002
_START_DELAY_MS: Final = 30_000


class Load(NamedTuple):
    """What is measured."""

    validators: int
    """Institutions that order blocks, at most one a bank."""
    seconds: int
    """Seconds of each part with payments."""
    accounts: int
    """Accounts with a session key and money."""


def run(load: Load, progress: Progress) -> dict[str, Any]:
    """Measure; ``progress`` is told the step and how much of it is done. Returns the object the command prints."""
    cometbft = processes.find_cometbft()
    with tempfile.TemporaryDirectory(prefix="payport-bench-") as name:
        network = NetworkFolder(Path(name))
        plan, commitment = found_network(network, load.validators, load.accounts, progress)
        folders = [network.member(each.institution) for each in plan.members]
        try:
            for card in plan.members:
                founding.prepare(network, plan, card.institution, commitment)
            asyncio.run(start_network(network, plan, cometbft))
            return _measure(network, plan, load, progress)
        finally:
            for process in (processes.ENGINE, processes.NODE):
                for folder in folders:
                    processes.stop(folder, process)


def found_network(
    network: NetworkFolder, validators: int, accounts: int, progress: Progress, snapshot_blocks: int = 0
) -> tuple[Plan, bytes]:
    """Make the network with all its customers; return its plan and the commitment of height 0."""
    cards = []
    for bank in BANKS[:validators]:
        address = f"127.0.0.1:{free_port()}"
        settings = LocalSettings(address, snapshot_blocks=snapshot_blocks)
        cards.append(founding.make_member(network, bank, bank, "bank", address, settings))
    document = genesis({each.institution: founding.validator_of(each, founding.POWER) for each in cards})
    plan = founding.begin(network, document, cards)
    first = DataDirectory(network.member(cards[0].institution).node).state_path
    first.mkdir(parents=True)
    checkpoint = LmdbCheckpoint(first)
    fill(checkpoint, accounts, 0, lambda done, total: progress("accounts", done, total), document)
    checkpoint.close()
    for each in cards[1:]:
        shutil.copytree(first, DataDirectory(network.member(each.institution).node).state_path)
    base = WriteBehind(LmdbCheckpoint(first))
    commitment = Machine(document, State(base)).commitment_bytes
    base.close()
    return plan, commitment


async def start_network(network: NetworkFolder, plan: Plan, cometbft: str) -> None:
    """Start the nodes and CometBFTs of all members."""
    for process in (processes.NODE, processes.ENGINE):
        for card in plan.members:
            folder = network.member(card.institution)
            processes.start(processes.Commands(network, folder, card.institution, cometbft), process)
        for card in plan.members:
            await wait_ready(network.member(card.institution), process, READY_SECONDS)


def _measure(network: NetworkFolder, plan: Plan, load: Load, progress: Progress) -> dict[str, Any]:
    running = [processes.running(network.member(each.institution)) for each in plan.members]
    pids = {name: [each[name].pid for each in running] for name in (processes.NODE, processes.ENGINE)}
    start_ms = time.time_ns() // 1_000_000 - _START_DELAY_MS
    author = Author(plan.chain_id, load.accounts, "uniform", lambda *done: progress("signing", *done), start_ms)
    waits = round(WAIT_RATE * (load.seconds + WARM_SECONDS))
    items = transfers(author, waits + MOST_PER_SECOND * load.seconds)
    ceiling = stages.verify_ceiling(plan.chain_id, items[:20_000]).per_second
    meter = Meter(pids)
    time.sleep(IDLE_SECONDS)
    idle = (sum(meter.read().values()) - meter.read()["generator"]) / IDLE_SECONDS
    stolen, begun = seconds_stolen(), time.monotonic()
    at_rate, at_most, used = asyncio.run(_pay(network, plan, load, items, waits, Meter(pids), progress))
    cores = os.cpu_count() or 1
    stolen = (seconds_stolen() - stolen) / (time.monotonic() - begun) / cores
    cuts = statistics.quantiles(at_rate, n=100)
    return {
        "payments_per_second": round(at_most),
        "p50_ms": round(1_000 * cuts[49], 1),
        "p99_ms": round(1_000 * cuts[98], 1),
        "wait_rate_per_second": WAIT_RATE,
        "idle_cpu": round(idle, 3),
        "cpu_us_per_payment": used,
        "verify_ceiling_per_second": round(ceiling),
        "ratio": round(load.validators * at_most / ceiling, 3),
        "stolen": round(stolen, 3),
        "validators": load.validators,
        "seconds": load.seconds,
        "accounts": load.accounts,
        "cpu": processor(),
        "cores": cores,
        "python": platform.python_version(),
    }


async def _pay(
    network: NetworkFolder,
    plan: Plan,
    load: Load,
    items: Sequence[Item],
    waits: int,
    meter: Meter,
    progress: Progress,
) -> tuple[list[float], float, dict[str, int]]:
    """Return waits in seconds at the fixed rate, payments a second at most, and processor time of each of those."""
    clients = [NodeClient(network.member(each.institution).socket) for each in plan.members]
    nodes: Nodes = [Gathering(client) for client in clients]
    try:
        await _until_valid(nodes[0], items[0])
        at_rate = await _at_rate(nodes, items[1:waits], lambda done: progress("at a fixed rate", done, waits - 1))
        before = meter.read()
        seconds = load.seconds
        taken = await _at_most(nodes, iter(items[waits:]), seconds, lambda done: progress("at most", done, seconds))
        used = {name: round(1e6 * (after - before[name]) / taken) for name, after in meter.read().items()}
        return at_rate, taken / seconds, used
    finally:
        for client in clients:
            await client.close()


async def _until_valid(node: Gathering[Sequence[bytes], tuple[Outcome, ...]], item: Item) -> None:
    """Return once a first payment is through: a network that has just begun still has the time of its genesis."""
    while True:
        try:
            await node.submit(item)
        except Refusal as refusal:
            if refusal.code != NOT_YET_VALID.code:
                raise
            await asyncio.sleep(_TICK_SECONDS)
        else:
            return


async def _at_rate(nodes: Nodes, items: Sequence[Item], done: Callable[[int], None]) -> list[float]:
    """Hand payments over at the fixed rate; return how long each took from when it was due, the first ones left out."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    waits: list[float] = []

    async def pay(number: int, item: Item) -> None:
        await committed(nodes[number % len(nodes)], item)
        if number >= WAIT_RATE * WARM_SECONDS:
            waits.append(loop.time() - begun - number / WAIT_RATE)

    async with asyncio.TaskGroup() as group:
        sent = 0
        while sent < len(items):
            due = min(int((loop.time() - begun) * WAIT_RATE), len(items))
            for number in range(sent, due):
                group.create_task(pay(number, items[number]))
            sent = max(sent, due)
            done(sent)
            await asyncio.sleep(_TICK_SECONDS)
    return waits


async def _at_most(nodes: Nodes, items: Iterator[Item], seconds: int, done: Callable[[int], None]) -> int:
    """Keep many payments under way; return how many were answered in the time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    answered = 0
    done(0)

    async def pay(place: int) -> None:
        nonlocal answered
        for item in items:
            if loop.time() >= deadline:
                return
            await committed(nodes[place % len(nodes)], item)
            answered += loop.time() < deadline
            if answered % 1_000 == 0:
                done(max(0, round(seconds - (deadline - loop.time()))))

    async with asyncio.TaskGroup() as group:
        for place in range(UNDER_WAY):
            group.create_task(pay(place))
    return answered


async def committed(node: Gathering[Sequence[bytes], tuple[Outcome, ...]], item: Item) -> None:
    """Return once a payment is committed."""
    (outcome,) = await node.submit(item)
    assert outcome.code == COMMITTED, outcome
