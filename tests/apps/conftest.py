"""One running network for the programs of the apps, and how they are run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from payport import bootstrap
from payport.simulator.scenarios.city import build_city
from tests.gateway.town import Town

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

APPS = Path(__file__).resolve().parents[2] / "apps"


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = build_city()
    options = ["--webhook-network", "127.0.0.0/8"]
    folder = tmp_path_factory.mktemp("network")
    with bootstrap.running_network(city.genesis, folder, gateway_options=options) as network:
        town = Town(city, network)
        yield town
        town.client.close()


@pytest.fixture(scope="session")
def run_in_apps() -> Run:
    """Return what runs a program of the workspace; without Node or its packages the tests are skipped, never in CI."""
    missing = None
    if shutil.which("npx") is None:
        missing = "npx does not run here: install Debian's nodejs and npm"
    elif not (APPS / "node_modules").is_dir():
        missing = "the packages of apps/ are not installed: run `make apps`"
    if missing is not None:
        assert os.environ.get("CI") != "true", missing
        pytest.skip(missing)

    def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["npx", "--no-install", *command],
            cwd=APPS,
            env={**os.environ, "NO_COLOR": "1", **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run
