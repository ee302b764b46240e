"""A member that begins from a snapshot: on real processes, while customers pay, with everything it must know after."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from payport.consensus.cometbft.rpc import EngineRpc
from payport.ledger.store.snapshot import hash_bytes, read_manifest
from payport.network import founding, state_sync
from payport.network.plan import BeginsFrom, LocalSettings, NetworkFolder
from payport.values.refusals import Refusal
from tests.consensus.cometbft.consortium import require_cometbft
from tests.longer import longer
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


def founded(folder: Path) -> NetworkFolder:
    """Return a network of two members none of whose processes runs."""
    made = NetworkFolder(folder)
    cards = [
        founding.make_member(
            made, name, name, role, "127.0.0.1:1", LocalSettings("127.0.0.1:1", rpc_listen="127.0.0.1:2")
        )
        for name, role in (("operator", "operator"), ("bank-east", "bank"))
    ]
    plan = founding.found(made, "small", cards)
    for card in cards:
        founding.prepare(made, plan, card.institution)
    return made


async def test_nobody_tells_of_a_header(tmp_path: Path) -> None:
    made = founded(tmp_path)
    operator, east = made.read_plan().members
    assert not state_sync.snapshots_here(made, made.read_plan(), operator)
    with pytest.raises(Refusal, match="nobody_to_ask"):
        await state_sync.begin_from_snapshot(made, east)
    assert made.member("bank-east").read_state_sync() is None


def test_how_a_member_begins_is_in_its_configuration(tmp_path: Path) -> None:
    made = founded(tmp_path)
    folder, plan = made.member("bank-east"), made.read_plan()
    text = (folder.engine / "config" / "config.toml").read_text()
    assert f'laddr = "unix://{folder.rpc},tcp://127.0.0.1:2"' in text
    assert "[statesync]\nenable = false" in text
    begins = BeginsFrom(("unix:///one", "http://two:26657"), 77, "ab" * 32)
    folder.state_sync.write_bytes(msgspec.json.encode(begins))
    founding.prepare(made, plan, "bank-east")
    text = (folder.engine / "config" / "config.toml").read_text()
    for line in ("enable = true", 'rpc_servers = "unix:///one,http://two:26657"', "trust_height = 77", "AB" * 32):
        assert line in text


def test_what_is_set_aside_is_the_chain_and_not_the_votes(tmp_path: Path) -> None:
    folder = founded(tmp_path).member("bank-east")
    voted = folder.engine / "data" / "priv_validator_state.json"
    voted.write_text('{"height": "9", "round": 0, "step": 3}')
    (folder.node / "log" / "0000000000000001.log").write_bytes(b"blocks")
    (folder.node / "engine-height").write_bytes(b"1 9\n")
    keys = {path: path.read_bytes() for path in folder.path.rglob("*.key")}
    aside = state_sync.set_aside(folder)
    assert sorted(each.name for each in aside.iterdir()) == ["data", "engine-height", "log", "state"]
    assert (aside / "log" / "0000000000000001.log").read_bytes() == b"blocks"
    assert voted.read_text() == '{"height": "9", "round": 0, "step": 3}'
    assert list((folder.node / "log").iterdir()) == list((folder.node / "state").iterdir()) == []
    assert {path: path.read_bytes() for path in folder.path.rglob("*.key")} == keys
    assert [state_sync.set_aside(folder).name for _ in range(2)] == ["aside-2", "aside-3"]


async def earliest(directory: Path, institution: str) -> int:
    """Return the first block that a member's CometBFT has."""
    rpc = EngineRpc(NetworkFolder(directory).member(institution).rpc)
    try:
        return int((await rpc.ask("status"))["sync_info"]["earliest_block_height"])
    finally:
        await rpc.close()


@longer
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

    # A member that lost everything but its keys begins again the same way, and votes on.
    told = network("restore", str(directory), "--institution", "bank-west")
    assert f"{directory}/bank-west/aside-1" in told
    assert await earliest(directory, "bank-west") > int(EVERY)
    after = look(directory)
    assert (after["well"], after["agree"]) == (True, True)
    url = next(each["url"] for each in after["members"] if each["institution"] == "bank-west")
    await everything_is_there(url, payer.acknowledged, height)


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
