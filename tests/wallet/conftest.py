"""A running network with the demo's people, and what they keep in files."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payport import bootstrap
from payport.simulator.scenarios.city import City, Party, build_city
from payport.wallet.client import Client
from payport.wallet.sign import build, sign


@pytest.fixture(scope="module")
def city() -> City:
    return build_city()


@pytest.fixture(scope="module")
def network(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[bootstrap.RunningNetwork]:
    with bootstrap.running_network(city.genesis, tmp_path_factory.mktemp("network")) as running:
        with Client(running.url, running.trust) as port:
            for party in city.parties.values():
                port.submit([opening(city, party)])
                if party.money_minor:
                    fields = {"account": party.account, "asset": "CNY", "amount_minor": party.money_minor}
                    issue = build(city.genesis.chain_id, "issue/1", party.bank, **fields)
                    port.submit([sign(issue, city.keys[party.bank])])
        yield running


@pytest.fixture
def port(network: bootstrap.RunningNetwork) -> Iterator[Client]:
    with Client(network.url, network.trust) as client:
        yield client


def opening(city: City, party: Party) -> bytes:
    body = build(
        city.genesis.chain_id,
        "open_account/1",
        party.bank,
        account=party.account,
        category=party.category,
        view_key=party.view_key,
        owner=party.key.prove_possession(city.genesis.chain_id, party.account),
    )
    return sign(body, city.keys[party.bank])
