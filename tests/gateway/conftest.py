"""One running network for the tests of the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport import bootstrap
from payport.simulator.scenarios.city import build_city
from tests.gateway.town import Town

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = build_city()
    with bootstrap.running_network(city.genesis, tmp_path_factory.mktemp("network")) as network:
        town = Town(city, network)
        town.open_everyone()
        town.indexed()
        yield town
        town.client.close()
