"""The index and the port over a node with CometBFT: the same processes, the same answers, another kind of proof."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from payport.proof.trust import encode_trust
from payport.values.access import make_token
from payport.wallet.keys import SigningKey
from payport.wallet.sign import build, sign
from tests.consensus.cometbft.consortium import running
from tests.consensus.small_network import BANK, BANK_SEED, issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.consensus.cometbft.consortium import Consortium

PATIENCE_SECONDS = 60
BACK_MS = 20_000


@contextlib.contextmanager
def process(module: str, *arguments: str) -> Iterator[dict[str, Any]]:
    """Start a process and yield its ready line."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        try:
            yield json.loads(started.stdout.readline())
        finally:
            started.terminate()
            started.wait(PATIENCE_SECONDS)


@contextlib.contextmanager
def port(made: Consortium, folder: Path) -> Iterator[httpx.Client]:
    """Run index and port beside the first node."""
    trust = folder / "trust.json"
    trust.write_bytes(encode_trust(made.trust))
    common = ("--node", str(made.members[0].paths.data / "node.sock"), "--trust", str(trust))
    index, own, home = (f"sqlite:///{folder / name}.sqlite" for name in ("index", "port", "home"))
    transport = httpx.HTTPTransport(retries=8)  # the port says ready just before it listens
    databases = ("--history", index, "--database", own, "--home", home)
    with (
        process("payport.history.process", *common, "--database", index),
        process("payport.gateway.process", *common, *databases, "--secret", str(folder / "secret")) as ready,
        httpx.Client(base_url=ready["url"], timeout=PATIENCE_SECONDS, transport=transport) as client,
    ):
        yield client


def submit(made: Consortium, client: httpx.Client) -> httpx.Response:
    now_ms = time.time_ns() // 1_000_000
    (envelope,) = issue(at_ms=now_ms - BACK_MS, validity_ms=600_000, chain_id=made.genesis.chain_id)
    return client.post("/v1/transactions", json={"envelopes": [base64.b64encode(envelope).decode()]})


def wait_for(ask: Callable[[], httpx.Response], said: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Ask until the answer is as it should be."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not said(answer := ask()):
        assert time.monotonic() < deadline, answer.text
    return answer


def open_account(made: Consortium, client: httpx.Client, account: bytes, view_key: bytes) -> str:
    """Open an account; return the id of the transaction."""
    bank, owner = SigningKey(BANK_SEED), SigningKey.generate()
    proven = owner.prove_possession(made.genesis.chain_id, account)
    fields = {"account": account, "category": "0000", "view_key": view_key, "owner": proven}
    envelope = sign(build(made.genesis.chain_id, "open_account/1", BANK, **fields), bank)
    body = {"envelopes": [base64.b64encode(envelope).decode()]}
    told = wait_for(
        lambda: client.post("/v1/transactions", json=body), lambda answer: answer.status_code == httpx.codes.OK
    )
    return str(told.json()["transactions"][0]["id"])


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_receipt_waits_for_the_engine_that_proves_it(tmp_path: Path) -> None:
    account, view_key = b"a" * 16, b"v" * 32
    with running(tmp_path / "consortium", 1) as made:
        token = make_token(made.genesis.chain_id, account, view_key, time.time_ns() // 1_000_000 + 600_000)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "share-the-receipt"}
        with port(made, tmp_path) as client:
            links = f"/v1/accounts/{account.hex()}/receipts/{open_account(made, client, account, view_key)}/links"
            share = {"seconds": 600, "with_balance": False}
            shared = wait_for(lambda: client.post(links, json=share, headers=headers), lambda answer: answer.is_success)
            path = f"/v1/shared/receipt?token={shared.json()['token']}"
            assert client.get(path).status_code == 200
        made.members[0].kill_engine()
        made.members[0].kill_node()
        made.members[0].start_node()
        with port(made, tmp_path) as client:  # neither it nor the node keeps a proof of the block
            refused = client.get(path)
            assert (refused.status_code, refused.json()["code"]) == (503, "engine_unreachable")
            made.members[0].start_engine()
            wait_for(lambda: client.get(path), lambda answer: answer.status_code == 200)


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_payments_are_proven_and_none_is_lost_while_the_engine_is_away(tmp_path: Path) -> None:
    with running(tmp_path / "consortium", 1) as made, port(made, tmp_path) as client:
        paid = wait_for(lambda: submit(made, client), lambda answer: answer.status_code == httpx.codes.OK)
        assert paid.json()["status"] == "committed"
        made.members[0].kill_engine()
        pending = submit(made, client)
        assert (pending.status_code, pending.json()["status"]) == (httpx.codes.ACCEPTED, "pending")
        made.members[0].start_engine()
        path = f"/v1/transactions/{pending.json()['transactions'][0]['id']}"
        told = wait_for(lambda: client.get(path), lambda answer: answer.json().get("outcome") == "committed")
        assert told.json()["final"]
        health = wait_for(
            lambda: client.get("/v1/health"), lambda answer: answer.json()["history_height"] == told.json()["height"]
        )
        assert health.json()["status"] == "ok"
