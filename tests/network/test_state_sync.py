"""A member that begins from a snapshot: on real processes, while customers pay, with everything it must know after."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from payport.consensus.cometbft.rpc import EngineRpc
from payport.ledger.store.snapshot import hash_bytes, read_manifest
from payport.network.plan import NetworkFolder
from tests.consensus.cometbft.consortium import require_cometbft
from tests.network.test_lifecycle import Payer, everything_is_there, look, network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW = "bank-south"
EVERY = "60"
"""Blocks from one snapshot to the next: the two that are kept must live longer than CometBFT looks for them."""


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A network that is up and makes many snapshots."""
    require_cometbft()
    made = tmp_path_factory.mktemp("net")
    network("init", str(made), "--peer-port", "0", "--gateway-port", "0", "--snapshot-blocks", EVERY)
    try:
        network("up", str(made))
        yield made
    finally:
        network("down", str(made))


async def earliest(directory: Path, institution: str) -> int:
    """Return the first block that a member's CometBFT has."""
    rpc = EngineRpc(NetworkFolder(directory).member(institution).rpc)
    try:
        return int((await rpc.ask("status"))["sync_info"]["earliest_block_height"])
    finally:
        await rpc.close()


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_member_begins_from_a_snapshot_while_customers_pay(directory: Path) -> None:
    payer = Payer(directory)
    folder = payer.folder
    paying = asyncio.gather(
        *(payer.pay_until_stopped([each["url"] for each in look(directory)["members"]]) for _ in range(3))
    )
    while len(manifests(directory)) < 4:  # noqa: ASYNC110 - other processes
        await asyncio.sleep(0.2)
    await asyncio.to_thread(network, "join", str(directory), "--institution", NEW, "--snapshot-blocks", EVERY)
    assert await earliest(directory, NEW) > int(EVERY), "it did not begin from a snapshot"
    assert await earliest(directory, "operator") == 1
    payer.stopping = True
    await paying
    after = look(directory)
    assert (after["well"], after["agree"], len(after["members"])) == (True, True, 5)
    height = max(each["height"] for each in after["members"])
    url = next(each["url"] for each in after["members"] if each["institution"] == NEW)
    # Payments from before the snapshot too: its blocks are there, and others prove them.
    await everything_is_there(url, payer.acknowledged, height)
    snapshots_agree(directory)

    # A restart finds it where it was, and its ledger is what executing every block again comes to.
    network("down", str(directory), "--institution", NEW)
    assert audited(folder.member(NEW).node) >= height
    network("up", str(directory))
    await everything_is_there(url, payer.acknowledged, height)
    assert look(directory)["well"]


def audited(node: Path) -> int:
    """Return the height to which a stopped node's ledger was audited."""
    audit = [sys.executable, "-m", "payport.cli.main", "audit", str(node), "--json"]
    done = subprocess.run(audit, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(json.loads(done.stdout)["height"])


def manifests(directory: Path) -> list[bytes]:
    """Return the manifests of all members' snapshots."""
    return [path.read_bytes() for path in directory.glob("*/node/snapshots/*/manifest")]


def snapshots_agree(directory: Path) -> None:
    """Insist that members that made a snapshot of the same block made the same one."""
    found: dict[int, list[bytes]] = {}
    for encoded in manifests(directory):
        found.setdefault(read_manifest(encoded).engine_height, []).append(hash_bytes(encoded))
    assert max(map(len, found.values())) >= 4
    assert {len(set(each)) for each in found.values()} == {1}, found
