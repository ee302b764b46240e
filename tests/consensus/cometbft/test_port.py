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
from tests.consensus.cometbft.consortium import running
from tests.consensus.small_network import issue

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
