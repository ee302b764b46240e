"""One running network for the tests of the port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport import bootstrap
from payport.simulator.scenarios.city import build_city
from tests.gateway.apps.built import build
from tests.gateway.town import Town

if TYPE_CHECKING:
    from collections.abc import Iterator

WALLET_ORIGIN = "https://wallet.example"
"""The one other site whose pages may call the port."""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = build_city()
    folder = tmp_path_factory.mktemp("network")
    apps = str(build(tmp_path_factory.mktemp("apps")))
    options = ["--webhook-network", "127.0.0.0/8", "--wallet-origin", WALLET_ORIGIN, "--apps", apps]
    with bootstrap.running_network(city.genesis, folder, hosted=city.hosted, gateway_options=options) as network:
        town = Town(city, network)
        asyncio.run(town.seed_cores())
        town.open_everyone()
        town.indexed()
        yield town
        town.client.close()
