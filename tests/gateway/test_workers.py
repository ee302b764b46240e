"""Several workers in front of one node are one port: over real connections, through a death, an outage and the end."""

from __future__ import annotations

import base64
import os
import re
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from payport import bootstrap
from payport.bench.processor_time import family
from payport.gateway.stopping import DRAIN_SECONDS
from payport.simulator.scenarios.city import build_city
from tests.gateway.raw import Connection, request
from tests.gateway.town import PATIENCE_SECONDS, Town, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.slow

WORKERS = 2
CONNECTIONS = 40
"""Connections of their own that a test opens: all of them at one of two workers happens once in 2**39 runs."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = build_city()
    options = ["--workers", str(WORKERS), "--node-timeout", "0.5", "--address-rate", "1000000"]
    with bootstrap.running_network(
        city.genesis, tmp_path_factory.mktemp("workers"), gateway_options=options
    ) as network:
        town = Town(city, network)
        town.open_everyone()
        yield town
        town.client.close()


def workers_of(town: Town) -> list[int]:
    gateway = town.network.processes[2].pid
    return [pid for pid in family(gateway) if pid != gateway]


def wait(done: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline


def submit_alone(town: Town, signed: bytes) -> httpx.Response:
    """Submit on a connection of its own, which any worker may take."""
    body = {"envelopes": [base64.b64encode(signed).decode()]}
    return httpx.post(f"{town.network.url}/v1/transactions", json=body, timeout=PATIENCE_SECONDS)


def answered(town: Town) -> float:
    """Return how many submissions were answered with 200, by the metrics."""
    text = httpx.get(f"{town.network.url}/v1/metrics").text
    name = 'payport_requests_total{method="POST",path="/v1/transactions",status_code="200"}'
    found = re.search(re.escape(name) + r" (\S+)", text)
    return 0.0 if found is None else float(found[1])


def test_metrics_are_those_of_all_workers(town: Town) -> None:
    before = answered(town)
    for _ in range(CONNECTIONS):
        assert submit_alone(town, sign(town.transfer(town.lin, town.chen), town.lin.key)).status_code == 200
    assert {answered(town) - before for _ in range(10)} == {float(CONNECTIONS)}, "whichever worker is asked"


def test_events_come_whichever_worker_took_the_payment(town: Town) -> None:
    with town.events(town.canteen) as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": connected"
        for _ in range(CONNECTIONS // 4):
            answer = submit_alone(town, sign(town.transfer(town.lin, town.canteen), town.lin.key))
            (told,) = answer.json()["transactions"]
            data = next(line for line in lines if line.startswith("data:"))
            assert told["id"] in data


def test_every_worker_keeps_and_any_of_them_sends(town: Town) -> None:
    """The node stops; payments stay pending at both workers, one dies; each is executed once."""

    def balance() -> int:
        return int(town.get(f"/v1/accounts/{town.chen.account.hex()}", town.chen).json()["balances"][0]["amount_minor"])

    before = balance()
    node = town.network.node.process.pid
    payments = [sign(town.transfer(town.lin, town.chen), town.lin.key) for _ in range(CONNECTIONS // 2)]
    os.kill(node, signal.SIGSTOP)
    try:
        answers: list[httpx.Response] = []
        callers = [
            threading.Thread(target=lambda each=each: answers.append(submit_alone(town, each))) for each in payments
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(PATIENCE_SECONDS)
        assert [answer.status_code for answer in answers] == [202] * len(payments)
        killed = workers_of(town)[0]
        os.kill(killed, signal.SIGKILL)
    finally:
        os.kill(node, signal.SIGCONT)
    wait(lambda: len(workers_of(town)) == WORKERS and killed not in workers_of(town))
    ids = [answer.json()["transactions"][0]["id"] for answer in answers]

    def outcome(transaction_id: str) -> Any:
        return httpx.get(f"{town.network.url}/v1/transactions/{transaction_id}").json().get("outcome")

    wait(lambda: all(outcome(each) == "committed" for each in ids))
    wait(lambda: httpx.get(f"{town.network.url}/v1/health").json()["outbox_items"] == 0)
    wait(lambda: balance() == before + len(payments))
    again = [submit_alone(town, each).json()["transactions"][0] for each in payments]
    assert all(told["outcome"] == "committed" and told["repeated"] for told in again)
    assert balance() == before + len(payments), "once"


def test_the_end_answers_what_is_under_way_and_takes_bounded_time(town: Town) -> None:
    """Run last: it stops the port."""
    node = town.network.node.process.pid
    gateway = town.network.processes[2]
    body = b'{"envelopes":["' + base64.b64encode(sign(town.transfer(town.lin, town.chen), town.lin.key)) + b'"]}'
    headers = {"Content-Type": "application/json", "Connection": "close"}
    with town.events(town.lin) as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": connected"
        os.kill(node, signal.SIGSTOP)
        try:
            connections = [Connection(town.network.url, PATIENCE_SECONDS) for _ in range(CONNECTIONS // 4)]
            for connection in connections:
                connection.send(request("POST", "/v1/transactions", body, headers))
            assert httpx.get(f"{town.network.url}/v1/network/trust").is_success, "what came later is answered"
            begun = time.monotonic()
            gateway.terminate()
            answers = [connection.receive_all() for connection in connections]
            assert all(answer.startswith(b"HTTP/1.1 202") for answer in answers), answers
            assert [line for line in lines if line.startswith("data:")] == []
            assert gateway.wait(PATIENCE_SECONDS) == 0
            assert time.monotonic() - begun < DRAIN_SECONDS + 5
        finally:
            os.kill(node, signal.SIGCONT)
            for connection in connections:
                connection.__exit__(None, None, None)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{town.network.url}/v1/health")
