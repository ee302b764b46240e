"""Events: what happens is told at once, resumed where it was lost, and a stream ends with its token or the port."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from payport.gateway.events import MAX_FOLLOWERS_PER_ACCOUNT
from tests.gateway.town import PATIENCE_SECONDS, TOKEN_MS, read_events

if TYPE_CHECKING:
    from tests.gateway.town import Town


def test_live_and_resumed(town: Town) -> None:
    with town.events(town.chen) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = read_events(stream.iter_lines())
        assert next(events) == (None, None)
        paid = [town.pay(town.lin, town.chen, amount)["id"] for amount in (1, 2, 3)]
        told = [next(events) for _ in paid]
    assert [data["id"] for _, data in told if data] == paid
    assert all(data["sequence"] == int(number) for number, data in told if data and number)
    first = told[0][0]
    with town.events(town.chen, headers={"Last-Event-ID": first}) as stream:
        events = read_events(stream.iter_lines())
        assert [next(events) for _ in range(3)][1:] == told[1:]
    with town.events(town.chen, params={"after": first}) as stream:
        events = read_events(stream.iter_lines())
        assert [next(events) for _ in range(3)][1:] == told[1:]
    listed = town.get(f"/v1/accounts/{town.chen.account.hex()}/transactions", town.chen).json()["transactions"]
    assert [data for _, data in told][::-1] == listed[:3]


def test_others_hear_nothing(town: Town) -> None:
    with town.events(town.metro, token={"life_ms": 1_500}) as stream:
        town.pay(town.lin, town.chen)
        assert [event for event in read_events(stream.iter_lines()) if event != (None, None)] == []


def test_a_stream_ends_with_its_token(town: Town) -> None:
    started = time.monotonic()
    with town.events(town.lin, token={"life_ms": 700}) as stream:
        assert stream.status_code == 200
        assert ": connected" in list(stream.iter_lines())
    assert 0.3 < time.monotonic() - started < PATIENCE_SECONDS


@pytest.mark.parametrize("number", ["x", "-1", "1" * 16])
def test_wrong_last_event_id(town: Town, number: str) -> None:
    path = f"/v1/accounts/{town.lin.account.hex()}/events"
    answer = town.get(path, headers={**town.bearer(town.lin), "Last-Event-ID": number})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


def test_too_many_followers(town: Town) -> None:
    party, path = town.canteen, f"/v1/accounts/{town.canteen.account.hex()}/events"
    opened = [town.events(party, token={"life_ms": TOKEN_MS}) for _ in range(MAX_FOLLOWERS_PER_ACCOUNT)]
    # An iterator that nobody holds closes its connection.
    iterators = [each.__enter__().iter_lines() for each in opened]
    assert {next(each) for each in iterators} == {": connected"}
    refused = town.get(path, party)
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_followers")
    with town.events(town.lin) as stream:
        assert stream.status_code == 200
    for each in opened:
        each.__exit__(None, None, None)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with town.events(party) as stream:
            if stream.status_code == 200:
                break
        assert time.monotonic() < deadline, "a closed connection gives its place back"


@pytest.mark.slow
def test_sigterm_ends_streams(tmp_path_factory: pytest.TempPathFactory) -> None:
    from payport import bootstrap
    from payport.simulator.scenarios.city import build_city
    from tests.gateway.town import Town

    city = build_city()
    with bootstrap.running_network(city.genesis, tmp_path_factory.mktemp("stopping")) as network:
        town = Town(city, network)
        town.open_everyone()
        with town.events(town.lin) as stream:
            events = read_events(stream.iter_lines())
            assert next(events) == (None, None)
            os.kill(network.processes[2].pid, signal.SIGTERM)
            assert list(events) == []
        assert network.processes[2].wait(PATIENCE_SECONDS) == 0
        town.client.close()
