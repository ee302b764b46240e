"""One running network for the tests of the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gateway.apps.built import build
from tests.gateway.town import running_town

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.gateway.town import Town

WALLET_ORIGIN = "https://wallet.example"
"""The one other site whose pages may call the port."""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    apps = str(build(tmp_path_factory.mktemp("apps")))
    options = ["--webhook-network", "127.0.0.0/8", "--wallet-origin", WALLET_ORIGIN, "--apps", apps]
    with running_town(tmp_path_factory.mktemp("network"), *options) as made:
        yield made
