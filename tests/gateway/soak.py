"""Malformed traffic against a port of its own, for as long as asked: ``python -m tests.gateway.soak --seconds 300``."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from payport import bootstrap
from payport.bench.processor_time import family
from payport.simulator.scenarios.city import build_city
from tests.gateway.malformed import Malformed, check_all
from tests.gateway.town import Town, sign

if TYPE_CHECKING:
    from payport.bootstrap import RunningNetwork

ROUND: Final = 400
"""Cases of one round."""

GROWTH_BYTES: Final = 96 * 1024 * 1024
"""How much the memory of a process may grow from the first round on: its buffers and what it keeps on purpose."""

TOKEN_MS: Final = 600_000
"""Life of the token that is spoiled."""

_PAGE_BYTES: Final = 4_096


def memory_bytes(network: RunningNetwork) -> dict[int, int]:
    """Return the resident memory of each process of a network."""
    pids = {pid for process in network.processes for pid in family(process.pid)}
    return {pid: int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES for pid in pids}


def malformed(town: Town, seed: int) -> Malformed:
    """Return what draws cases against a town's port."""
    document = town.get("/docs/openapi.json").json()
    routes = [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]
    envelope = sign(town.transfer(town.lin, town.chen), town.lin.key)
    return Malformed(Random(seed), routes, envelope, town.token(town.lin, TOKEN_MS))


def check_round(town: Town, drawn: Malformed, number: int = ROUND) -> dict[str, int]:
    """Send a round of cases, then insist that the port and a payment are well; return how many had which status."""
    found = asyncio.run(check_all(town.network.url, [drawn.draw() for _ in range(number)]))
    assert town.get("/v1/health").status_code == 200
    town.pay(town.lin, town.chen)
    return found


def run(seconds: float, seed: int) -> None:
    """Soak; raises what went wrong."""
    city = build_city()
    with (
        tempfile.TemporaryDirectory(prefix="payport-soak-") as name,
        bootstrap.running_network(city.genesis, Path(name), gateway_options=["--address-rate", "1000000"]) as network,
    ):
        town = Town(city, network)
        town.open_everyone()
        drawn = malformed(town, seed)
        statuses = check_round(town, drawn)
        before = memory_bytes(network)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for status, count in check_round(town, drawn).items():
                statuses[status] = statuses.get(status, 0) + count
            now = memory_bytes(network)
            assert set(now) == set(before), "a process died"
            grown = {pid: now[pid] - before[pid] for pid in now}
            assert max(grown.values()) < GROWTH_BYTES, grown
            sys.stdout.write(f"{statuses} grown by {max(grown.values()) >> 20} MiB\n")
            sys.stdout.flush()
        town.client.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    run(options.seconds, options.seed)
