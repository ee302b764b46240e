"""`payport network rotate`: a member's keys are exchanged while the others go on, and the old ones count no more."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import httpx
import pytest

from payport.consensus.cometbft.rpc import EngineRpc
from payport.network.plan import NetworkFolder
from payport.node.client import NodeClient
from payport.proof.trust import decode_trust
from tests.consensus.cometbft.consortium import require_cometbft
from tests.network.test_lifecycle import Payer, look, network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEMBER = "bank-west"


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    require_cometbft()
    made = tmp_path_factory.mktemp("net")
    network("init", "--validators", "4", str(made), "--peer-port", "0", "--gateway-port", "0")
    try:
        network("up", str(made))
        yield made
    finally:
        network("down", str(made))


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_new_keys_vote_and_sign(directory: Path) -> None:
    folder = NetworkFolder(directory)
    before = folder.read_plan().card(MEMBER)
    network("rotate", str(directory), "--institution", MEMBER)
    after = folder.read_plan().card(MEMBER)
    assert (after.engine_key != before.engine_key, after.node_key != before.node_key) == (True, True)
    assert (after.institution_key, after.peer_key) == (before.institution_key, before.peer_key)
    assert not list(folder.member(MEMBER).path.rglob("*.key.new"))
    found = look(directory)
    assert (found["well"], found["agree"]) == (True, True)
    member = folder.member(MEMBER)
    client, rpc = NodeClient(member.socket), EngineRpc(member.rpc)
    assert (await client.status()).public_key.hex() == after.node_key
    height = int((await rpc.ask("status"))["sync_info"]["latest_block_height"])
    voting = {base64.b64decode(each["pub_key"]["value"]).hex() for each in await rpc.validators(height)}
    assert (after.engine_key in voting, before.engine_key in voting, len(voting)) == (True, False, 4)
    known = {each.public_key.hex() for each in decode_trust(folder.trust.read_bytes()).validators[-1].members}
    assert known == voting
    await client.close()
    await rpc.close()
    envelope = Payer(directory).envelope()
    url = next(each["url"] for each in found["members"] if each["institution"] == MEMBER)
    async with httpx.AsyncClient(timeout=30) as web:
        answer = await web.post(f"{url}/v1/transactions", json={"envelopes": [base64.b64encode(envelope).decode()]})
    assert answer.json()["status"] == "committed", "its node's batches are executed"


def test_only_a_member_that_is_here(tmp_path: Path) -> None:
    network("init", "--validators", "1", str(tmp_path / "net"), "--peer-port", "0", "--gateway-port", "0")
    network("rotate", str(tmp_path / "net"), "--institution", "bank-nowhere", status=1)
