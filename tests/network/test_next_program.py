"""A consortium changes its rules while customers pay: programs are exchanged one by one, and one member is late."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from payport.network import processes
from payport.values import codec, envelopes
from payport.wallet.sign import EARLY_MS
from tests.consensus.cometbft.consortium import COMETBFT
from tests.longer import longer
from tests.network.test_lifecycle import NOT_NOW, Payer, directory, network
from tests.next_program.chain import MUCH
from tests.next_program.program import Program, next_program

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["directory"]

LATE = "bank-west"
AHEAD = 40
"""Blocks from the vote until it counts."""


def envelope(payer: Payer, kind: str, *fields: object) -> bytes:
    """Return a transaction of a kind that this program need not know."""
    own, now_ms = payer.own, time.time_ns() // 1_000_000
    nonce = now_ms.to_bytes(16, "big")
    window = (now_ms - EARLY_MS, now_ms + 60_000)
    body = codec.encode([own.trust.chain_id, kind, own.id, nonce, *window, None, None, *fields])
    (signer,) = own.signers
    signature = envelopes.Signature("ed25519", signer.public_key, signer.sign(envelopes.signing_bytes(body)))
    return codec.encode(envelopes.Envelope(body, (signature,)))


async def outcome(url: str, encoded: bytes) -> str:
    """Send a transaction through a port until it has an outcome; return its code."""
    body = {"envelopes": [base64.b64encode(encoded).decode()]}
    async with httpx.AsyncClient(timeout=30) as client:
        while True:
            answer = await client.post(f"{url}/v1/transactions", json=body)
            told: dict[str, Any] = answer.json()
            if answer.status_code not in {*NOT_NOW - {httpx.codes.CONFLICT}, httpx.codes.ACCEPTED}:
                return str(told.get("code") or told["status"])
            await asyncio.sleep(0.2)


class Consortium:
    """The network, as a program sees it."""

    def __init__(self, directory: Path, new: Program) -> None:
        self.directory, self.new = directory, new

    async def run(self, *arguments: str) -> str:
        """Run `payport` of the new program."""
        return await asyncio.to_thread(self.new.run, "-m", "payport.cli.main", *arguments)

    async def exchange(self, institution: str) -> None:
        """Go on with the new program at one member."""
        await self.run("network", "down", str(self.directory), "--institution", institution)
        await self.run("network", "up", str(self.directory), "--institution", institution)

    async def look(self) -> dict[str, Any]:
        told = await asyncio.to_thread(network, "status", str(self.directory), "--json", status=None)
        found: dict[str, Any] = json.loads(told)
        return found

    async def level(self) -> dict[str, Any]:
        """Return how all are once they are well and hold the same block."""
        async with asyncio.timeout(60):
            while True:
                found = await self.look()
                if found["well"] and len({each["height"] for each in found["members"]}) == 1:
                    return found
                await asyncio.sleep(0.5)


@longer
@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_new_rules_while_customers_pay(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYPORT_COMETBFT", COMETBFT)
    consortium = Consortium(directory, next_program(tmp_path))
    payer = Payer(directory)
    plan = payer.folder.read_plan()
    early = [each.institution for each in plan.members if each.institution != LATE]
    urls = {each["institution"]: each["url"] for each in (await consortium.look())["members"]}
    assert payer.own.id in early

    # The programs, one member after the other; nobody notices but who asks the port that is away.
    paying = asyncio.create_task(payer.pay_until_stopped([urls[each] for each in early]))
    for each in early:
        await consortium.exchange(each)
    assert {each["institution"]: each["protocol_known"] for each in (await consortium.look())["members"]} == {
        **dict.fromkeys(early, 2),
        LATE: 1,
    }
    payer.stopping = True  # blocks come where somebody pays, and the next is to be seen before its block comes
    await paying
    account = payer.account
    much = ("issue/1", account, "CNY", MUCH)
    url = urls[early[0]]
    assert await outcome(url, envelope(payer, *much)) == "committed"
    assert await outcome(url, envelope(payer, "note/1", bytes(32))) == "unknown_kind"

    # The vote names its block, so the command can be run again; who is late is told at once.
    height = max(each["height"] for each in (await consortium.look())["members"]) + AHEAD
    decided = await consortium.run("network", "upgrade", str(directory), "2", "--at", str(height))
    assert f"from block {height} on" in decided
    found = await consortium.look()
    assert found["protocol"] == {"version": 2, "from_height": height}
    assert found["well"]
    warned = await asyncio.to_thread(network, "status", str(directory), status=0, errors=True)
    assert f"{LATE} runs a program that does not know it" in " ".join(warned.split())

    # From that block on.
    payer.stopping = False
    paying = asyncio.create_task(payer.pay_until_stopped([urls[each] for each in early]))
    late = payer.folder.member(LATE)
    async with asyncio.timeout(120):
        while processes.NODE in processes.running(late):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)
    log = late.log(processes.NODE).read_text(encoding="utf-8")
    assert f"payport node: protocol_not_known: block {height} needs protocol version 2" in log
    assert await outcome(url, envelope(payer, *much)) == "too_much_at_once"
    assert await outcome(url, envelope(payer, "note/1", bytes(32))) == "committed"
    assert await outcome(url, envelope(payer, "note/1", bytes(32))) == "noted_before"

    # The late one, with the new program, goes on where it stopped.
    await consortium.exchange(LATE)
    payer.stopping = True
    await paying
    found = await consortium.level()
    assert found["agree"]
    assert len(payer.acknowledged) > AHEAD // 2
    await consortium.run("network", "down", str(directory))
    last = {each["institution"]: each["height"] for each in found["members"]}
    for each in (early[0], LATE):
        told = await consortium.run("audit", str(payer.folder.member(each).node), "--json")
        assert json.loads(told)["height"] == last[each]
        assert json.loads(told)["records_compared"] > 0
