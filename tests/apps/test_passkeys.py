"""Passkeys in a real browser: Chromium's own authenticator against a running port, for cardholders and staff."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import time
from typing import TYPE_CHECKING

import pytest

from payport import bootstrap
from payport.gateway.invitations import invite_first
from payport.simulator.scenarios.city import build_city

if TYPE_CHECKING:
    from pathlib import Path

    from tests.apps.conftest import Run


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on; the page's origin must be known before the port starts."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.mark.slow
def test_passkeys_in_chromium(tmp_path: Path, run_in_apps: Run) -> None:
    if shutil.which(os.environ.get("PAYPORT_CHROMIUM", "chromium")) is None:
        assert os.environ.get("CI") != "true", "Chromium is not installed"
        pytest.skip("Chromium is not installed: `apt-get install chromium`")
    page_ports = free_ports(2)
    origin = f"http://localhost:{page_ports[0]}"
    options = ["--wallet-origin", origin, "--origin", origin]
    with bootstrap.running_network(build_city().genesis, tmp_path, gateway_options=options) as network:
        database, now_ms = f"sqlite:///{tmp_path / 'port.sqlite'}", time.time_ns() // 1_000_000
        made = asyncio.run(invite_first(database, "bank-north", "Wang Fang", "administrator", now_ms))
        told = {"url": network.url, "invitation": made.invitation, "page_ports": page_ports}
        finished = run_in_apps("vitest", "run", "passkeys.browser.test.ts", PAYPORT_PASSKEYS=json.dumps(told))
    assert finished.returncode == 0, finished.stdout + finished.stderr
    # Without a network the tests skip themselves: here all of them must have run.
    assert re.search(r"Tests +5 passed \(5\)", finished.stdout), finished.stdout
