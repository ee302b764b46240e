"""What node, history and gateway write, whatever happens, holds no secret of those who call."""

from __future__ import annotations

import base64
import os
import signal
import socket
import time
from typing import TYPE_CHECKING

import httpx
import msgspec
import pytest

from payport import bootstrap
from payport.node.frames import Request, frame
from payport.simulator.scenarios.city import build_city
from payport.values import codec, envelopes
from tests.gateway.access.people import Member, Phone
from tests.gateway.town import PATIENCE_SECONDS, Town, sign

if TYPE_CHECKING:
    from pathlib import Path

SHORTEST = 12
"""Fewer characters than these would be found by chance."""


def forms(secret: bytes | str) -> set[str]:
    """Return how a secret may be written."""
    if isinstance(secret, str):
        return {secret}
    return {
        secret.hex(),
        base64.b64encode(secret).decode().rstrip("="),
        base64.urlsafe_b64encode(secret).decode().rstrip("="),
        repr(secret)[2:-1],
    }


def call_with(town: Town, secrets: list[str], envelope: bytes) -> None:
    """Show secrets where they belong, where they are refused, and where nobody looks for them."""
    body = base64.b64encode(envelope).decode()
    account = f"/v1/accounts/{town.lin.account.hex()}"
    for secret in secrets:
        for path in (
            account,
            f"{account}/statement?limit=x",
            f"{account}/events?after=x",
            "/v1/customers/me",
            "/v1/no",
        ):
            headers = {"Authorization": f"Bearer {secret}", "Cookie": secret, "Idempotency-Key": secret[:60]}
            town.client.get(path, headers=headers) if "events" not in path else None
            town.client.post(path, headers=headers, json={"secret": secret})
        town.client.get(f"{account}/statement", params={"token": secret, "asset": secret})
        town.client.get(f"/v1/transactions/{secret[:60]}")
        town.client.post("/v1/transactions", json={"envelopes": [secret], "more": secret})
        town.client.post("/v1/transactions", content=body + secret, headers={"Content-Type": "application/json"})
        town.client.post("/v1/transactions", content=body + secret, headers={"Content-Type": "text/plain"})
        town.client.post("/v1/transactions/bulk", content=secret, headers={"Content-Type": "application/msgpack"})
        town.client.post("/v1/codes/resolve", json={"code": secret})


def trouble_node(town: Town, envelope: bytes) -> None:
    """Ask the node itself for what it does not know and cannot read."""
    for request in (
        Request(1, "no_such_" + envelope[:20].hex(), msgspec.Raw(codec.encode([envelope]))),
        Request(2, "submit", msgspec.Raw(codec.encode([[envelope + b"x"]]))),
        Request(3, "submit", msgspec.Raw(codec.encode(envelope))),
        Request(4, "block", msgspec.Raw(codec.encode([10**9]))),
    ):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE_SECONDS)
            connection.connect(town.network.node.socket)
            connection.sendall(frame(codec.encode(request)))
            connection.recv(65_536)
            connection.sendall(envelope)


@pytest.mark.slow
def test_nothing_secret_is_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    city = build_city()
    options = ["--node-timeout", "0.5", "--address-rate", "1000000"]
    with bootstrap.running_network(city.genesis, tmp_path, gateway_options=options) as network:
        town = Town(city, network)
        town.open_everyone()
        phone, boss = Phone(town), Member(town, "bank-west", "administrator")
        tokens = [town.token(town.lin), phone.token, boss.token, boss.make_key("accounts:read").token]
        envelope = sign(town.transfer(town.lin, town.chen), town.lin.key)
        call_with(town, tokens, envelope)
        trouble_node(town, envelope)
        os.kill(network.node.process.pid, signal.SIGSTOP)
        try:
            assert town.submit(envelope).status_code == 202
            assert town.get(f"/v1/accounts/{town.lin.account.hex()}", town.lin).status_code == 503
        finally:
            os.kill(network.node.process.pid, signal.SIGCONT)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while httpx.get(f"{network.url}/v1/health").json()["outbox_items"]:
            assert time.monotonic() < deadline
        network.processes[1].kill()  # the index falls behind, which is no reason to tell secrets either
        call_with(town, tokens[:1], envelope)
        town.client.close()
    said = capfd.readouterr()
    text = said.out + said.err
    assert "outbox waits" in text, "what is written was looked at"
    signed = codec.decode(envelope, envelopes.Envelope)
    secrets = [*tokens, envelope, signed.body, signed.signatures[0].signature, phone.key.reveal_seed()]
    for party in city.parties.values():
        secrets += [party.view_key, party.key.reveal_seed(), party.account]
    for secret in secrets:
        for form in forms(secret):
            assert len(form) >= SHORTEST
            assert form not in text, text
