"""A pilot carried over: its history, balances and receipts go on in a consortium of real processes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.stored_block import StoredOutcome, read_stored_block
from payport.network.carrying import carry
from payport.network.plan import LocalSettings, NetworkFolder, Plan
from payport.node.data_directory import DataDirectory
from payport.proof.finality import embedded
from payport.proof.trust import decode_trust
from payport.signers.key_files import write_seed
from payport.values.refusals import Refusal
from tests.consensus.cometbft.consortium import require_cometbft
from tests.longer import longer
from tests.network.test_lifecycle import Payer, everything_is_there, look, network
from tests.network.test_state_sync import audited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEW = "bank-far"


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a network with one orderer that has ended."""
    made = tmp_path_factory.mktemp("pilot")
    demo = [sys.executable, "-m", "payport.cli.main", "demo", "--once", "--json", "--data", str(made)]
    subprocess.run(demo, check=True, capture_output=True, timeout=120)
    return made


def settings(place: int) -> LocalSettings:
    return LocalSettings(f"127.0.0.1:{place + 1}")


def blocks(node: Path) -> list[bytes]:
    log = BlockLog(DirectoryFiles(DataDirectory(node).log_path))
    found = [log.read(height) for height in range(1, log.height + 1)]
    log.close()
    return found


def carried(pilot: Path, into: Path, members: int = 4, keys: Path | None = None) -> Plan:
    return carry(NetworkFolder(into), pilot / "node", keys or pilot / "desks", members, settings)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_last_block_names_the_validators_and_nothing_else_changes(pilot: Path, tmp_path: Path) -> None:
    before = everything(pilot / "node")
    plan = carried(pilot, tmp_path)
    assert everything(pilot / "node") == before
    assert plan.carried is not None
    assert plan.members[0].role == "operator"
    assert plan.carried.founders == {each.institution: each.engine_key for each in plan.members}
    old = blocks(pilot / "node")
    for each in plan.members:
        folder = NetworkFolder(tmp_path).member(each.institution)
        assert blocks(folder.node)[:-1] == old
        last = read_stored_block(blocks(folder.node)[-1])
        assert (last.height, last.finality_tag) == (plan.carried.height, embedded.TAG)
        assert {outcome.code for outcome in last.outcomes} == {"committed"}
        genesis = json.loads((folder.engine / "config" / "genesis.json").read_text())
        assert [each["name"] for each in genesis["validators"]] == sorted(plan.carried.founders)
    assert not list((tmp_path / "pilot").glob("*.key")), "whoever gets the copy must not sign as the pilot"
    trust, of_pilot = (decode_trust((path / "trust.json").read_bytes()) for path in (tmp_path, pilot))
    assert trust._replace(validators=(), embedded_until=0) == of_pilot
    assert trust.embedded_until == plan.carried.height


def test_a_key_of_the_pilot_proves_no_block_after_it(pilot: Path, tmp_path: Path) -> None:
    plan = carried(pilot, tmp_path)
    trust = decode_trust((tmp_path / "trust.json").read_bytes())
    last = read_stored_block(blocks(tmp_path / plan.members[1].institution / "node")[-1])
    embedded.verify(last.finality_payload, last.commitment_bytes, trust)
    with pytest.raises(Refusal, match="untrusted_key"):
        embedded.verify(last.finality_payload, last.commitment_bytes, trust._replace(embedded_until=last.height - 1))


def test_what_cannot_be_carried_over_leaves_nothing_behind(pilot: Path, tmp_path: Path) -> None:
    into = tmp_path / "net"
    node = DataDirectory(pilot / "node")
    lock = node.lock()
    with pytest.raises(Refusal, match="data_in_use"):
        carried(pilot, into)

    os.close(lock)
    keys = tmp_path / "keys"
    shutil.copytree(pilot / "desks", keys)
    cases = [(8, keys, "does not hold"), (2, tmp_path, "does not hold")]
    for members, where, what in cases:
        with pytest.raises(Refusal, match=what):
            carried(pilot, into, members, where)
    (keys / "bank-east.key").unlink()
    write_seed(keys / "bank-east.key", bytes(32))
    with pytest.raises(Refusal, match=r"pilot_unusable.*bank-east"):
        carried(pilot, into, 4, keys)
    (keys / "bank-east.key").rename(keys / "aaa-bank.key")
    with pytest.raises(Refusal, match="no institution aaa-bank"):
        carried(pilot, into, 4, keys)
    with pytest.raises(Refusal, match="not_initialised"):
        carried(tmp_path / "nothing", into)
    assert list(into.iterdir()) == []
    plan = carried(pilot, into)
    assert plan.carried is not None
    shutil.copytree(pilot / "desks", tmp_path / "again" / "desks")
    member = into / plan.members[0].institution
    with pytest.raises(Refusal, match="network_exists"):
        carried(pilot, into)
    assert member.exists()
    shutil.copytree(into / "pilot", tmp_path / "again" / "node")
    shutil.copy2(pilot / "node" / "operator.key", tmp_path / "again" / "node")
    with pytest.raises(Refusal, match="cannot be set"):  # its members vote on that now
        carried(tmp_path / "again", tmp_path / "twice")


@pytest.fixture
def directory(pilot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A consortium that goes on from the pilot and is up."""
    require_cometbft()
    made = tmp_path_factory.mktemp("net")
    network("init", str(made), "--from", str(pilot), "--peer-port", "0", "--gateway-port", "0")
    try:
        network("up", str(made))
        yield made
    finally:
        network("down", str(made))


@longer
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_pilot_goes_on_as_a_consortium(pilot: Path, directory: Path) -> None:
    old = {each.transaction_id.hex(): each.code for encoded in blocks(pilot / "node") for each in outcomes_of(encoded)}
    payer = Payer(directory)
    before = look(directory)
    paying = asyncio.gather(*(payer.pay_until_stopped([each["url"] for each in before["members"]]) for _ in range(3)))
    await asyncio.to_thread(network, "join", str(directory), "--institution", NEW)
    payer.stopping = True
    await paying
    after = look(directory)
    assert (after["well"], after["agree"], len(after["members"])) == (True, True, 5)
    height = max(each["height"] for each in after["members"])
    assert height > before["members"][0]["height"] > len(blocks(pilot / "node"))
    for url in (after["members"][0]["url"], after["members"][-1]["url"]):
        await everything_is_there(url, payer.acknowledged, height)
        async with httpx.AsyncClient(base_url=url) as client:
            for transaction_id, code in list(old.items())[:20]:
                answer = await client.get(f"/v1/transactions/{transaction_id}")
                assert answer.json()["outcome"] == code, answer.text
    trust = decode_trust((directory / "trust.json").read_bytes())
    assert len(trust.validators) > 1
    verified(pilot, directory / "trust.json")
    network("down", str(directory), "--institution", NEW)
    assert audited(directory / NEW / "node") >= height


def outcomes_of(encoded: bytes) -> tuple[StoredOutcome, ...]:
    return read_stored_block(encoded).outcomes


def verified(pilot: Path, trust: Path) -> None:
    """Insist that every receipt the pilot gave verifies."""
    receipts = list(pilot.glob("*.payport"))
    assert receipts
    for receipt in receipts:
        command = [sys.executable, "-m", "payport.cli.main", "receipt", "verify", str(receipt), "--trust", str(trust)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr + done.stdout
