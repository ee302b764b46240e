"""What a node tells Prometheus, over real connections: figures that are true, limits that hold, and next to no cost."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from payport.consensus.embedded import EmbeddedEngine
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.stored_block import NOT_PROVEN, StoredBlock, StoredOutcome, store_executed
from payport.node import metrics as node_metrics
from payport.node import metrics_server
from payport.node.client import NodeClient
from payport.node.data_directory import DataDirectory
from payport.node.metrics import METRICS, NodeMetrics
from payport.node.metrics_server import Address, MetricsServer
from payport.values.refusals import Refusal
from tests.consensus.small_network import GENESIS, NODE_SIGNER, forged, issue, open_application
from tests.node.node_process import NodeProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payport.consensus.application import Application

VALIDITY_MS = 600_000


def figures(page: str) -> dict[str, float]:
    """Return every sample of a page by its name with labels."""
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


@pytest.fixture
def node(tmp_path: Path) -> Iterator[tuple[NodeProcess, str]]:
    """Yield a running node and where its metrics are."""
    (tmp_path / "genesis").write_bytes(GENESIS.encoded)
    options = ("--genesis", str(tmp_path / "genesis"), "--metrics", "127.0.0.1:0", "--waiting", "600")
    started = NodeProcess(tmp_path / "data", *options)
    url = started.ready()["metrics"]
    try:
        yield started, url
    finally:
        if started.process.poll() is None:
            started.kill()


async def test_what_is_told_is_true(node: tuple[NodeProcess, str], tmp_path: Path) -> None:
    started, url = node
    client = NodeClient(tmp_path / "data" / "node.sock")
    now_ms = time.time_ns() // 1_000_000
    items = [issue(at_ms=now_ms, validity_ms=VALIDITY_MS) for _ in range(20)]
    most, too_much = (issue(number, at_ms=now_ms, validity_ms=VALIDITY_MS) for number in (2**53 - 1, 2**53))
    for given in (items, [items[0], forged(), too_much, most]):
        await client.submit_many(given)
    status = await client.status()
    async with httpx.AsyncClient() as web:
        answer = await web.get(url)
    told = figures(answer.text)
    assert {name.partition("{")[0] for name in told if name.startswith("payport_node_")} >= {
        f"payport_node_{name}" + {"counter": "_total", "histogram": "_count"}.get(each.kind, "")
        for name, each in METRICS.items()
        if not name.startswith("engine_")
    }
    assert status.committed == 20
    assert told["payport_node_door_refusals_total{code=invalid_signature}"] == 1
    assert sum(value for name, value in told.items() if name.startswith("payport_node_door_refusals")) == 2
    assert told["payport_node_refused_at_door_total"] == status.refused_at_door == 2
    assert told["payport_node_repeated_total"] == 1
    assert told["payport_node_signatures_total"] >= 22
    assert told["payport_node_height"] == told["payport_node_durable_height"] == status.height
    refused = {name: value for name, value in told.items() if name.startswith("payport_node_transactions_total")}
    assert refused == {
        "payport_node_transactions_total{outcome=committed}": 20,
        "payport_node_transactions_total{outcome=amount_overflow}": 1,
    }
    assert (told["payport_node_block_transactions_sum"], told["payport_node_refused_final_total"]) == (21, 1)
    assert told["payport_node_block_transactions_count"] == status.blocks == told["payport_node_blocks_total"]
    assert told["payport_node_block_execution_seconds_bucket{le=+Inf}"] == status.blocks
    assert 0 < told["payport_node_block_execution_seconds_sum"] < 5
    assert 0 <= told["payport_node_last_block_age_seconds"] < 60
    assert (told["payport_node_running"], told["payport_node_unanswered_transactions"]) == (1, 0)
    assert told["payport_node_state_records{family=institutions}"] == 1
    assert told["payport_node_disk_bytes"] >= told["payport_node_disk_free_bytes"] > 0
    assert told["payport_node_data_bytes{part=log}"] > 0
    assert told["process_resident_memory_bytes"] > 1e6
    assert status.public_key.hex() not in answer.text, "nothing here is of a key or a payment"
    await client.close()
    assert started.stop() == (0, "")


def test_only_the_page_is_served(node: tuple[NodeProcess, str]) -> None:
    _, url = node
    host, port = url.removeprefix("http://").removesuffix("/metrics").split(":")
    base = url.removesuffix("/metrics")
    assert host == "127.0.0.1"
    assert httpx.get(url + "?x=1").headers["content-type"].startswith("text/plain; version=")
    assert httpx.head(url).status_code == 200
    assert httpx.get(base).status_code == 404
    assert (refused := httpx.post(url, content=b"x" * 100)).status_code == 405
    assert refused.headers["allow"] == "GET, HEAD"

    def tell(sent: bytes) -> bytes:
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(sent)
            return connection.makefile("rb").read()

    assert tell(b"\x16\x03\x01\x02\x00\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert tell(b"GET /metrics HTTP/1.1\r\nhost: a\r\n" + b"x: y\r\n" * 2_000).startswith(b"HTTP/1.1 431 ")
    answers = tell(b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n" * 3)
    assert answers.count(b"HTTP/1.1 200 ") == 1, "one request a connection"


def test_the_port_is_taken(tmp_path: Path) -> None:
    (tmp_path / "genesis").write_bytes(GENESIS.encoded)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        options = ("--genesis", str(tmp_path / "genesis"), "--metrics", address)
        status, errors = NodeProcess(tmp_path / "data", *options).finish()
    assert (status, "in use" in errors) == (1, True)


class Page:
    """A page that counts how often it was made."""

    def __init__(self, failing: OSError | None = None) -> None:
        self.made = 0
        self.failing = failing
        self.closed = False

    async def page(self) -> bytes:
        self.made += 1
        if self.failing is not None:
            raise self.failing
        return b"page\n"

    async def close(self) -> None:
        self.closed = True


async def test_few_connections_and_none_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_server, "CONNECTION_SECONDS", 0.5)
    page = Page()
    server = MetricsServer(page, Address("127.0.0.1", 0))
    await server.start()
    port = int(server.url.split(":")[2].split("/")[0])
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(metrics_server.MAX_CONNECTIONS)]
    await asyncio.sleep(0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(_rest(reader), 0.3) == b"", "one more is closed at once"
    writer.close()
    for waiting, _ in silent:
        assert await asyncio.wait_for(_rest(waiting), 5) == b""
    async with httpx.AsyncClient() as web:
        answers = await asyncio.gather(*(web.get(server.url) for _ in range(5)))
    assert ({each.status_code for each in answers}, page.made) == ({200}, 1), "a page is made once a second"
    for _, each in silent:
        each.close()
    await server.close()
    assert page.closed


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_disk_that_fails_is_no_page() -> None:
    server = MetricsServer(Page(OSError("secret path")), Address("127.0.0.1", 0))
    await server.start()
    async with httpx.AsyncClient() as web:
        answer = await web.get(server.url)
    assert (answer.status_code, answer.text) == (500, "OSError\n")
    await server.close()


async def test_ipv6() -> None:
    server = MetricsServer(Page(), Address.read("[::1]:0"))
    try:
        await server.start()
    except OSError:
        pytest.skip("this machine has no IPv6")
    async with httpx.AsyncClient() as web:
        assert (await web.get(server.url)).text == "page\n"
    await server.close()


@pytest.fixture
def application(tmp_path: Path) -> Application:
    directory = DataDirectory(tmp_path)
    directory.initialise(GENESIS.encoded)
    return open_application(DirectoryFiles(directory.log_path), blocks=1_000)


def told_by(application: Application, tmp_path: Path) -> NodeMetrics:
    engine = EmbeddedEngine(application, NODE_SIGNER, lambda: 0)
    return NodeMetrics(engine, application, DataDirectory(tmp_path), None)


async def test_outcomes_are_bounded(application: Application, tmp_path: Path) -> None:
    told = told_by(application, tmp_path)
    (stored,) = blocks(application, 1, 1)
    codes = [f"code_{number}" for number in range(node_metrics.MAX_OUTCOMES + 10)]
    outcomes = tuple(StoredOutcome(bytes(32), code, 0, stored.height) for code in codes)
    told._count(StoredBlock(stored.block, (), outcomes, b"", "", b""))
    page = (await told.page()).decode()
    assert page.count("payport_node_transactions_total{") == node_metrics.MAX_OUTCOMES + 1
    assert figures(page)["payport_node_transactions_total{outcome=other}"] == 10
    application.close()


def blocks(application: Application, number: int, size: int) -> list[StoredBlock]:
    """Execute blocks of payments, as a node does."""
    made = []
    for _ in range(number):
        items = [application.machine.read_item(issue()) for _ in range(size)]
        assert not any(isinstance(each, Refusal) for each in application.machine.verify_items(items))
        machine = application.machine
        executed = application.execute(machine.height + 1, machine.time_ms + 1_000, items)
        made.append(store_executed(executed, NOT_PROVEN, b""))
        application.make_durable(made[-1:])
    return made


async def test_it_costs_next_to_nothing(application: Application, tmp_path: Path) -> None:
    """A hundredth of the processor time of execution alone is the limit; a scrape every five seconds is in it."""
    told = told_by(application, tmp_path)
    await told.page()
    begun = time.process_time()
    made = blocks(application, 10, 250)
    node_seconds = time.process_time() - begun
    begun = time.process_time()
    for each in made:
        told._count(each)
        application.execution_seconds.count(0.01)
    counting = time.process_time() - begun
    begun = time.process_time()
    for _ in range(10):
        await told.page()
    scrape = (time.process_time() - begun) / 10
    cost = counting / node_seconds + scrape / 5.0
    print(f"counting {counting / node_seconds:.3%} of execution, a scrape {1_000 * scrape:.1f} ms, together {cost:.3%}")
    assert cost < 0.01
    application.close()


def test_a_scraper_that_hangs_up(node: tuple[NodeProcess, str]) -> None:
    started, url = node
    host, port = url.removeprefix("http://").removesuffix("/metrics").split(":")
    for _ in range(20):
        connection = http.client.HTTPConnection(host, int(port), timeout=5)
        connection.request("GET", "/metrics")
        connection.close()
    assert httpx.get(url).status_code == 200
    assert started.stop() == (0, "")
