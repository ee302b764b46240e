"""A new member of a consortium measured: how long it takes to begin from a snapshot, while others pay."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from payport.bench.author import Author
from payport.bench.ledger import processor
from payport.bench.mixes.payments import transfers
from payport.bench.network import committed, found_network, start_network
from payport.bench.processor_time import seconds_stolen
from payport.ledger.state.state import families
from payport.ledger.store import snapshot
from payport.ledger.store.checkpoint import LmdbCheckpoint
from payport.network import founding, processes
from payport.network.plan import LocalSettings, NetworkFolder, Plan, free_port
from payport.network.state_sync import begin_from_snapshot, snapshots_here
from payport.network.watching import look, wait_ready
from payport.node.client import NodeClient
from payport.node.data_directory import DataDirectory
from payport.node.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.network.plan import Card

    Progress = Callable[[str, int, int], None]

NEW: Final = "bank-new"
"""The new member."""

RATE: Final = 100
"""Payments a second that go on all the time."""

SNAPSHOT_BLOCKS: Final = 120
"""Blocks after which the snapshot is made that it begins from."""

MOST_SECONDS: Final = 300
"""Payments are signed beforehand for so long."""

_LOOK_SECONDS: Final = 0.2
_START_DELAY_MS: Final = 30_000


class Joining(NamedTuple):
    """What is measured."""

    validators: int
    """Members there are."""
    accounts: int
    """Accounts with a session key and money."""


def run(joining: Joining, progress: Progress) -> dict[str, Any]:
    """Measure; ``progress`` is told the step and how much of it is done. Returns the object the command prints."""
    cometbft = processes.find_cometbft()
    with tempfile.TemporaryDirectory(prefix="payport-bench-") as name:
        network = NetworkFolder(Path(name))
        plan, commitment = found_network(network, joining.validators, joining.accounts, progress, SNAPSHOT_BLOCKS)
        made = _time_making(DataDirectory(network.member(plan.members[0].institution).node).state_path)
        try:
            for card in plan.members:
                founding.prepare(network, plan, card.institution, commitment)
            asyncio.run(start_network(network, plan, cometbft))
            figures = asyncio.run(_measure(network, plan, joining, cometbft, progress))
        finally:
            for process in (processes.ENGINE, processes.NODE):
                for institution in (NEW, *(each.institution for each in plan.members)):
                    processes.stop(network.member(institution), process)
    described = {"cpu": processor(), "cores": os.cpu_count(), "validators": joining.validators}
    return {**figures, **made, "accounts": joining.accounts, "payments_per_second": RATE, **described}


def _time_making(state: Path) -> dict[str, Any]:
    """Return how long reading a whole state for a snapshot takes, and how much it is."""
    checkpoint = LmdbCheckpoint(state)
    begun, size, chunks = time.monotonic(), 0, 0
    for chunk in snapshot.state_chunks(checkpoint, [each.name for each in families()]):
        snapshot.hash_bytes(chunk)
        size, chunks = size + len(chunk), chunks + 1
    seconds = time.monotonic() - begun
    checkpoint.close()
    return {"make_seconds": round(seconds, 2), "state_mb": round(size / 1e6), "state_chunks": chunks}


async def _measure(
    network: NetworkFolder, plan: Plan, joining: Joining, cometbft: str, progress: Progress
) -> dict[str, Any]:
    start_ms = time.time_ns() // 1_000_000 - _START_DELAY_MS
    author = Author(plan.chain_id, joining.accounts, "uniform", lambda *done: progress("signing", *done), start_ms)
    paying = asyncio.create_task(_pay(network, plan, transfers(author, RATE * MOST_SECONDS)))
    try:
        while not snapshots_here(network, plan, plan.members[0]):
            furthest = max(each.engine_height or 0 for each in await _look(network, plan.members))
            progress("until there is a snapshot", min(furthest, SNAPSHOT_BLOCKS), SNAPSHOT_BLOCKS)
            _raise_if_ended(paying)
            await asyncio.sleep(_LOOK_SECONDS)
        address = f"127.0.0.1:{free_port()}"
        card = founding.make_member(network, NEW, NEW, "bank", address, LocalSettings(address))
        stolen, begun = seconds_stolen(), time.monotonic()
        await begin_from_snapshot(network, card)
        founding.prepare(network, msgspec.structs.replace(plan, members=(*plan.members, card)), NEW)
        for process in (processes.NODE, processes.ENGINE):
            processes.start(processes.Commands(network, network.member(NEW), NEW, cometbft), process)
            await wait_ready(network.member(NEW), process, MOST_SECONDS, quorum=False)
        restored = None
        while True:
            own, *others = await _look(network, (card, *plan.members))
            if restored is None and own.executed_height:
                restored = time.monotonic() - begun
            furthest = max(each.engine_height or 0 for each in others)
            if own.catching_up is False and (own.engine_height or 0) >= furthest - 1 and restored is not None:
                break
            progress("joining", own.engine_height or 0, furthest)
            _raise_if_ended(paying)
            await asyncio.sleep(_LOOK_SECONDS)
        seconds = time.monotonic() - begun
        share = (seconds_stolen() - stolen) / seconds / (os.cpu_count() or 1)
        return {"join_seconds": round(seconds, 1), "restored_seconds": round(restored, 1), "stolen": round(share, 3)}
    finally:
        paying.cancel()
        await asyncio.gather(paying, return_exceptions=True)


async def _look(network: NetworkFolder, cards: Sequence[Card]) -> list[Any]:
    return list(await asyncio.gather(*(look(network, each) for each in cards)))


async def _pay(network: NetworkFolder, plan: Plan, items: Sequence[tuple[bytes, ...]]) -> None:
    """Hand payments to the members in turn at the rate."""
    clients = [NodeClient(network.member(each.institution).socket) for each in plan.members]
    nodes = [Gathering(client) for client in clients]
    try:
        async with asyncio.TaskGroup() as group:
            for number, item in enumerate(items):
                group.create_task(committed(nodes[number % len(nodes)], item))
                await asyncio.sleep(1 / RATE)
    finally:
        for client in clients:
            await client.close()


def _raise_if_ended(paying: asyncio.Task[None]) -> None:
    if paying.done():
        paying.result()
        message = "the payments that were signed did not last"
        raise TimeoutError(message)
