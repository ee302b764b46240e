"""`payport network`, whole: four institutions on this machine, one joins and one leaves while customers pay."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from payport.gateway.access.api_keys import NewApiKey
from payport.gateway.access.callers import Scope
from payport.gateway.partner_keys import make_key
from payport.institutions.own_institution import OwnInstitution
from payport.network import processes
from payport.network.deciding import decide
from payport.network.membership import catch_up
from payport.network.plan import NetworkFolder
from payport.network.watching import wait_ready
from payport.proof.trust import decode_trust
from payport.signers.key_files import FileSigner, read_seed
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.consensus.cometbft.consortium import COMETBFT, require_cometbft

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 120
NOT_NOW = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.CONFLICT})


def network(*arguments: str, status: int | None = 0, errors: bool = False) -> str:
    """Run `payport network`; return what it printed, with ``errors`` what it said beside it."""
    environment = {**os.environ, "PAYPORT_COMETBFT": COMETBFT}
    command = [sys.executable, "-m", "payport.cli.main", "network", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=SECONDS, check=False)
    assert status is None or done.returncode == status, done.stderr + done.stdout
    return done.stderr if errors else done.stdout


def look(directory: Path, status: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(network("status", str(directory), "--json", status=status))
    return found


@pytest.fixture
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A network that is up."""
    require_cometbft()
    made = tmp_path_factory.mktemp("net")
    ports = ("--peer-port", "0", "--gateway-port", "0")
    network("init", "--validators", "4", str(made), *ports)
    try:
        network("up", str(made))
        yield made
    finally:
        network("down", str(made))


class Payer:
    """An institution that issues money to itself through the ports of all, one payment after another."""

    def __init__(self, directory: Path) -> None:
        self.folder = NetworkFolder(directory)
        card = self.folder.read_plan().members[1]
        signer = FileSigner(read_seed(self.folder.member(card.institution).institution_key))
        self.own = OwnInstitution(card.institution, decode_trust(self.folder.trust.read_bytes()), (signer,))
        self.account = bytes.fromhex(card.fees_account)
        self.acknowledged: set[str] = set()
        self.stopping = False

    def envelope(self) -> bytes:
        now_ms = time.time_ns() // 1_000_000
        fields = {"account": self.account, "asset": "CNY", "amount_minor": 1}
        return self.own.seal(self.own.build("issue/1", now_ms, now_ms + 120_000, **fields))

    async def pay_until_stopped(self, urls: list[str]) -> None:
        async with httpx.AsyncClient(timeout=30) as client:
            turn = 0
            while not self.stopping:
                envelope = self.envelope()
                body = {"envelopes": [base64.b64encode(envelope).decode()]}
                while True:
                    turn += 1
                    try:
                        answer = await client.post(f"{urls[turn % len(urls)]}/v1/transactions", json=body)
                    except httpx.HTTPError:
                        continue
                    if answer.status_code == httpx.codes.OK:
                        break
                    assert answer.status_code in {*NOT_NOW, httpx.codes.ACCEPTED}, answer.text
                    await asyncio.sleep(0.2)
                assert answer.json()["status"] == "committed", answer.text
                read = codec.decode(envelope, envelopes.Envelope)
                self.acknowledged.add(envelopes.transaction_id(read.body).hex())


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_members_join_and_leave_while_customers_pay(directory: Path) -> None:
    before = look(directory)
    assert (before["well"], len(before["members"])) == (True, 4)
    payer = Payer(directory)
    stay = [each["url"] for each in before["members"] if each["institution"] != "bank-west"]
    paying = asyncio.gather(*(payer.pay_until_stopped(stay) for _ in range(3)))
    await asyncio.sleep(1)
    # Whoever starts again goes on: a killed node takes its CometBFT along, and `up` starts what is missing.
    folder = payer.folder.member("bank-north")
    os.kill(processes.running(folder)[processes.NODE].pid, signal.SIGKILL)
    await asyncio.sleep(1)
    assert not (await asyncio.to_thread(look, directory, 1))["well"]
    await asyncio.to_thread(network, "up", str(directory))
    await asyncio.to_thread(network, "join", str(directory), "--institution", "bank-south")
    await asyncio.to_thread(network, "leave", str(directory), "--institution", "bank-west")
    payer.stopping = True
    await paying
    assert len(payer.acknowledged) > 20
    after = look(directory)
    assert (after["well"], after["agree"]) == (True, True)
    assert [each["institution"] for each in after["members"]] == ["operator", "bank-east", "bank-north", "bank-south"]
    trust = decode_trust(payer.folder.trust.read_bytes())
    assert {each.institution for each in trust.validators[-1].members} == {
        each["institution"] for each in after["members"]
    }
    for member in after["members"]:
        await everything_is_there(member["url"], payer.acknowledged, max(each["height"] for each in after["members"]))
    audited = await audited_by_url(payer.folder, after["members"][1])
    assert audited["proven"] == audited["height"] >= after["members"][1]["height"]
    assert audited["committed"] >= len(payer.acknowledged)


async def audited_by_url(folder: NetworkFolder, member: dict[str, Any]) -> dict[str, Any]:
    """Return what `payport audit` finds, which knows the network's genesis and trust and asks one member's port."""
    institution, now_ms = member["institution"], time.time_ns() // 1_000_000
    new = NewApiKey(institution, "auditor", (Scope.BLOCKS_READ,), (), now_ms + 600_000)
    key = await make_key(folder.member(institution).database("port"), new, now_ms)
    command = [sys.executable, "-m", "payport.cli.main", "audit", member["url"], "--json"]
    command += ["--genesis", str(folder.genesis), "--trust", str(folder.trust)]
    environment = {**os.environ, "PAYPORT_API_KEY": key}
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=environment, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


async def everything_is_there(url: str, acknowledged: set[str], height: int) -> None:
    """Insist that a port has each acknowledged payment, committed; also the port of who joined later."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        async with asyncio.timeout(30):
            while (await client.get("/v1/health")).json()["history_height"] < height:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.2)
        for transaction_id in acknowledged:
            answer = await client.get(f"/v1/transactions/{transaction_id}")
            while answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                await asyncio.sleep(1)
                answer = await client.get(f"/v1/transactions/{transaction_id}")
            assert answer.json()["outcome"] == "committed", answer.text


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_what_members_do_not_decide_and_who_is_not_ready(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = NetworkFolder(directory)
    plan = folder.read_plan()
    nothing = {"name": "weather", "value": b"\x01", "from_height": 1_000}
    with pytest.raises(Refusal, match="not_decided"):
        await decide(folder, plan, "operator", "set_parameter/1", lambda _: None, **nothing)
    monkeypatch.setattr("payport.network.membership.CATCH_UP_SECONDS", 1.0)
    member = folder.member("bank-east")
    processes.stop(member, processes.GATEWAY)
    processes.stop(member, processes.ENGINE)
    with pytest.raises(Refusal, match="not_caught_up"):
        await catch_up(folder, plan, plan.card("bank-east"), lambda _: None)
    with pytest.raises(Refusal, match="network_not_ready"):
        await wait_ready(member, processes.ENGINE, 5)
    told = network("logs", str(directory), "--institution", "bank-east", "--process", "node")
    assert '"ready": true' in told
    assert "no_network" in _refusal("status", str(directory / "nothing"))
    assert "unknown_member" in _refusal("up", str(directory), "--institution", "nobody")


def _refusal(*arguments: str) -> str:
    command = [sys.executable, "-m", "payport.cli.main", "network", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 1
    return done.stderr
