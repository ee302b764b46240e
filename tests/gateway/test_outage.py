"""The node stops, the gateway is killed: payments stay pending, are delivered once, and no secret leaks."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy

from payport import bootstrap
from payport.bootstrap import RunningNetwork
from payport.gateway.process import free_port
from payport.proof.trust import encode_trust
from payport.simulator.scenarios.city import build_city
from payport.values.refusals import Refusal
from payport.wallet.sign import build
from tests.databases import databases_for, kinds
from tests.gateway.town import PATIENCE_SECONDS, Town, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import Databases

pytestmark = pytest.mark.slow

WORKERS = 2


class Outage:
    """A network whose parts the test starts and ends itself; what the processes write is kept."""

    def __init__(self, folder: Path, databases: Databases) -> None:
        self.folder, self.databases = folder, databases
        self.city = build_city()
        self.node_starts = contextlib.ExitStack()
        self.said = (folder / "said").open("w+")
        self.start_node()
        (folder / "trust").write_bytes(encode_trust(self.trust))
        self.port = free_port("127.0.0.1", 0)
        self.history = self.start("history", "--database", self.index)
        self.start_gateway()
        self.town = Town(self.city, RunningNetwork(self.node, self.url, self.trust, folder / "trust", ()))
        self.town.open_everyone()

    @property
    def index(self) -> str:
        return self.databases.url("history")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_node(self) -> None:
        self.node = self.node_starts.enter_context(bootstrap.running_node(self.city.genesis, self.folder / "node"))
        self.trust = bootstrap.trust_in(self.city.genesis, self.node.public_key)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        common = ["--node", self.node.socket, "--trust", str(self.folder / "trust")]
        command = [sys.executable, "-m", f"payport.{name}.process", *common, *arguments]
        return subprocess.Popen(command, stdout=self.said, stderr=self.said, text=True)

    def start_gateway(self) -> None:
        own = ["--history", self.index, "--database", self.databases.url("port"), "--workers", str(WORKERS)]
        own += ["--home", self.databases.url("home")]
        own += ["--secret", str(self.folder / "secret")]
        self.gateway = self.start("gateway", *own, "--port", str(self.port), "--node-timeout", "0.5")
        self.wait(lambda: httpx.get(f"{self.url}/v1/network/trust").is_success)

    def wait(self, done: Any) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(httpx.TransportError):
                if done():
                    return
            assert time.monotonic() < deadline

    def told(self, transaction_id: str) -> tuple[str, bool]:
        found = self.town.get(f"/v1/transactions/{transaction_id}").json()
        return found.get("outcome", found.get("code")), found.get("final", False)

    def close(self) -> None:
        self.town.client.close()
        for process in (self.gateway, self.history):
            process.terminate()
            process.wait(PATIENCE_SECONDS)
        self.node_starts.close()
        self.said.close()


@pytest.fixture(scope="module", params=kinds())
def outage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    databases = databases_for(request, tmp_path_factory)
    outage = Outage(tmp_path_factory.mktemp("outage"), databases)
    yield outage
    outage.close()
    databases.close()


def workers_of(gateway: subprocess.Popen[str]) -> list[int]:
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(gateway.pid)], capture_output=True, text=True, check=True
    )
    return [int(each) for each in children.stdout.split()]


def ended(pid: int) -> bool:
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return found.stdout.strip() in ("", "Z")


def test_refuses_to_start(outage: Outage) -> None:
    with pytest.raises(Refusal, match="port_taken"):
        free_port("127.0.0.1", outage.port)
    own = [
        "--history",
        outage.index,
        "--database",
        outage.databases.url("other"),
        "--secret",
        "unused",
        "--home",
        "sqlite://",
    ]
    taken = outage.start("gateway", *own, "--port", str(outage.port))
    assert taken.wait(PATIENCE_SECONDS) == 1
    wrong = outage.start(
        "gateway", "--history", "mysql://x/y", "--database", "mysql://x/y", "--secret", "unused", "--home", "sqlite://"
    )
    assert wrong.wait(PATIENCE_SECONDS) == 1
    text = (outage.folder / "said").read_text()
    assert "payport gateway: port_taken" in text
    assert "payport gateway: unsupported_database" in text


def test_pending_through_a_stopped_node_and_a_killed_gateway(outage: Outage) -> None:
    town = outage.town
    town.indexed()
    start = town.get(f"/v1/accounts/{town.chen.account.hex()}", town.chen).json()["balances"][0]["amount_minor"]
    os.kill(outage.node.process.pid, signal.SIGSTOP)
    payment = town.transfer(town.lin, town.chen, 7)
    signed = sign(payment, town.lin.key)
    answer = town.submit(signed)
    (told,) = answer.json()["transactions"]
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert (told["outcome"], told["final"], told["valid_until_ms"]) == ("pending", False, payment.valid_until_ms)
    assert outage.told(told["id"]) == ("pending", False)
    health = town.get("/v1/health")
    assert (health.status_code, health.json()["status"], health.json()["node_height"]) == (503, "unhealthy", None)
    assert "payport_node_height -1.0" in town.get("/v1/metrics").text
    for path, party in (("/v1/network", None), (f"/v1/accounts/{town.lin.account.hex()}", town.lin)):
        away = town.get(path, party)
        assert (away.status_code, away.json()["code"], away.headers["retry-after"]) == (503, "node_unreachable", "1")
    workers = workers_of(outage.gateway)
    assert len(workers) >= WORKERS
    outage.gateway.kill()
    outage.gateway.wait()
    outage.wait(lambda: all(map(ended, workers)))
    outage.start_gateway()
    assert outage.told(told["id"]) == ("pending", False)
    outage.node.process.kill()
    outage.node_starts.close()
    outage.start_node()
    outage.wait(lambda: outage.told(told["id"]) == ("committed", True))
    town.indexed()
    assert town.get("/v1/health").json()["outbox_items"] == 0
    again = town.submit(signed).json()["transactions"][0]
    assert (again["outcome"], again["repeated"]) == ("committed", True)
    minor = town.get(f"/v1/accounts/{town.chen.account.hex()}", town.chen).json()["balances"][0]["amount_minor"]
    assert minor == start + 7, "once"
    if outage.databases.kind == "sqlite":
        file = sqlalchemy.make_url(outage.databases.url("port")).database
        assert file is not None
        assert stat.S_IMODE(Path(file).stat().st_mode) == 0o600
    check_that_nothing_secret_was_said(outage)


def check_that_nothing_secret_was_said(outage: Outage) -> None:
    """Provoke errors with secrets in them, then look through everything the processes wrote and count."""
    town = outage.town
    fields = {"account": town.lin.account, "category": "0000", "view_key": town.lin.view_key}
    owner = town.lin.key.prove_possession(town.chain_id, town.lin.account)
    opening = sign(build(town.chain_id, "open_account/1", "bank-north", owner=owner, **fields), town.metro.key)
    assert town.submit(opening).status_code == 403
    token = town.token(town.lin)
    town.get(f"/v1/accounts/{town.lin.account.hex()}/statement?limit=x", headers={"Authorization": f"Bearer {token}"})
    town.client.post("/v1/transactions", content=base64.b64encode(opening))
    outage.said.flush()
    text = (outage.folder / "said").read_text()
    metrics = town.get("/v1/metrics").text
    for party in outage.city.parties.values():
        for secret in (party.view_key, party.account):
            for form in (secret.hex(), base64.b64encode(secret).decode(), repr(secret)[2:-1]):
                assert form not in text
                assert form not in metrics
    assert token not in text
    assert base64.b64encode(opening).decode()[:40] not in text
    for line in filter(None, text.splitlines()):
        if line.startswith("{"):
            said = json.loads(line)
            assert said.get("ready") or said["event"] == "outbox waits", line
        else:
            assert line.startswith("payport gateway: "), line


def test_a_request_under_way_is_answered_at_the_end(outage: Outage) -> None:
    town = outage.town
    os.kill(outage.node.process.pid, signal.SIGSTOP)
    signed = base64.b64encode(sign(town.transfer(town.lin, town.chen), town.lin.key))
    body = b'{"envelopes":["' + signed + b'"]}'
    head = f"POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", outage.port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        assert httpx.get(f"{outage.url}/v1/network/trust").is_success, "what came later is answered"
        outage.gateway.terminate()
        answer = b""
        while received := connection.recv(65_536):
            answer += received
    assert answer.startswith(b"HTTP/1.1 202")
    assert outage.gateway.wait(PATIENCE_SECONDS) == 0
    os.kill(outage.node.process.pid, signal.SIGCONT)
