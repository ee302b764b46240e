"""A whole network on each kind of database, two workers before one node; and PostgreSQL that goes and comes back."""

from __future__ import annotations

import concurrent.futures
import contextlib
import time
from typing import TYPE_CHECKING, Any

import pytest

from payport import bootstrap
from payport.bootstrap import DatabaseUrls
from payport.database.engines import POOL_CONNECTIONS
from payport.simulator.scenarios.city import build_city
from tests.databases import Databases, PostgresqlDatabases, Server, databases_for, kinds
from tests.gateway.town import PATIENCE_SECONDS, Town, read_events, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

pytestmark = pytest.mark.slow

WORKERS = 2
PAYMENTS = 40


@contextlib.contextmanager
def town_on(databases: Databases, folder: Path) -> Iterator[Town]:
    city = build_city()
    urls = DatabaseUrls(databases.url("history"), databases.url("port"), databases.url("home"))
    with bootstrap.running_network(city.genesis, folder, databases=urls, workers=WORKERS) as network:
        town = Town(city, network)
        town.open_everyone()
        town.indexed()
        yield town
        town.client.close()


@pytest.fixture(scope="module", params=kinds())
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    databases = databases_for(request, tmp_path_factory)
    with town_on(databases, tmp_path_factory.mktemp("network")) as town:
        yield town
    databases.close()


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make calls side by side, each over a connection of its own, so that every worker gets some."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def patiently(ask: Callable[[], httpx.Response]) -> Any:
    """Ask as often as the port's rates let us, and return the answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := ask()).status_code == 429:
        assert time.monotonic() < deadline
    assert answer.is_success, answer.text
    return answer.json()


def test_payments_statement_and_events_over_two_workers(town: Town) -> None:
    path = f"/v1/accounts/{town.chen.account.hex()}"
    before = town.get(f"{path}/statement?asset=CNY&limit=1", town.chen).json()["entries"]
    first = before[0]["entry"] if before else 0
    with town.events(town.chen) as stream:
        events = read_events(stream.iter_lines())
        assert next(events) == (None, None)
        signed = [sign(town.transfer(town.lin, town.chen, 1), town.lin.key) for _ in range(PAYMENTS)]
        # Each is sent twice at once: whichever worker gets it, there is one effect.
        answers = at_once(
            [lambda each=each: patiently(lambda: town.submit(each))["transactions"][0] for each in signed * 2]
        )
        assert {(each["outcome"], each["final"]) for each in answers} == {("committed", True)}
        told = {event["id"] for _, event in (next(events) for _ in range(PAYMENTS)) if event is not None}
    assert told == {each["id"] for each in answers}
    assert len(told) == PAYMENTS
    town.indexed()
    lines = town.get(f"{path}/statement?asset=CNY&limit={PAYMENTS}", town.chen).json()["entries"]
    assert [line["entry"] for line in lines] == list(range(first + PAYMENTS, first, -1))
    assert {line["delta_minor"] for line in lines} == {1}


def test_more_readers_than_connections(town: Town) -> None:
    path = f"/v1/accounts/{town.lin.account.hex()}/statement?asset=CNY"
    answers = at_once([lambda: patiently(lambda: town.get(path, town.lin))] * (3 * WORKERS * POOL_CONNECTIONS))
    assert all(each["entries"] == answers[0]["entries"] for each in answers)


def newest(statement: httpx.Response) -> int | None:
    return int(statement.json()["entries"][0]["delta_minor"]) if statement.is_success else None


@pytest.mark.postgresql
def test_the_server_goes_and_comes_back(server_to_stop: Server, tmp_path: Path) -> None:
    """Money moves meanwhile, because the ledger does not ask the databases; what reads them says it cannot."""
    databases = PostgresqlDatabases(server_to_stop.url)
    with town_on(databases, tmp_path) as town:
        path = f"/v1/accounts/{town.chen.account.hex()}/statement?asset=CNY&limit=3"
        server_to_stop.stop()
        for _ in range(4):
            away = town.get(path, town.chen)
            assert (away.status_code, away.json()["code"]) == (503, "database_unavailable")
            assert away.headers["retry-after"] == "1"
            assert "postgres" not in away.text
        health = town.get("/v1/health")
        assert (health.status_code, health.json()["history_height"]) == (503, None)
        paid = town.pay(town.lin, town.chen, 77)
        server_to_stop.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while newest(found := town.get(path, town.chen)) != 77:
            assert time.monotonic() < deadline, found.text
        assert town.get(f"/v1/transactions/{paid['id']}").json()["outcome"] == "committed"
        town.indexed()
        assert town.get("/v1/health").status_code == 200
    databases.close()
