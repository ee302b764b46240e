"""The unified port measured over HTTP: node, history and gateway as processes, load from outside at a fixed rate.

Every payment is unique and signed; its answer comes after the port has verified the finality of its block. Reads of
balances go on beside the payments. The generator runs on the same cores.
"""

from __future__ import annotations

import base64
import contextlib
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy
import uvloop

from payport import bootstrap
from payport.bench import stages
from payport.bench.author import Author
from payport.bench.bulk_base import customer, fill, genesis
from payport.bench.http_load import Due, Result, drive, get, post
from payport.bench.ledger import processor
from payport.bench.mixes.payments import transfers
from payport.bench.processor_time import Meter, seconds_stolen
from payport.database.url import with_driver
from payport.ledger.store.checkpoint import LmdbCheckpoint
from payport.values.access import MAX_TOKEN_LIFE_MS, make_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Progress = Callable[[str, int, int], None]

READ_SHARE: Final = 10
"""One read of balances for this many payments."""

CONNECTIONS: Final = 512
"""Kept-alive connections of the generator."""

WARM_SECONDS: Final = 2.0
"""Load before anything is measured, at the same rate."""

ADDRESS_RATE: Final = 1_000_000
"""Requests the port takes of one address a second."""

MAX_SECONDS: Final = 300
"""Longest run: payments are signed beforehand and stay valid for ten minutes."""

_PAYMENT, _READ, _WARM = range(3)
_START_DELAY_MS: Final = 30_000


class Offer(NamedTuple):
    """The load."""

    rate: int
    """Payments a second."""
    seconds: int
    """Seconds measured."""
    accounts: int
    """Accounts with a session key and money."""
    workers: int = 1
    """Worker processes of the port."""
    postgresql: str = ""
    """Server on which the databases of index and port are made for the run; files where this is empty."""


def run(offer: Offer, progress: Progress | None = None) -> dict[str, Any]:
    """Measure; ``progress`` is told the step and how much of it is done. Returns the object the command prints."""
    with tempfile.TemporaryDirectory(prefix="payport-bench-") as name:
        return _measure(Path(name), offer, progress or _ignore)


def _ignore(step: str, done: int, total: int) -> None:
    del step, done, total


def _measure(directory: Path, offer: Offer, progress: Progress) -> dict[str, Any]:
    state = directory / "node" / "state"
    state.mkdir(parents=True)
    checkpoint = LmdbCheckpoint(state)
    fill(checkpoint, offer.accounts, 0, lambda done, total: progress("accounts", done, total))
    checkpoint.close()
    payments = round(offer.rate * (offer.seconds + WARM_SECONDS))
    author = Author(
        genesis().chain_id,
        offer.accounts,
        progress=lambda done, total: progress("signing", done, total),
        start_ms=time.time_ns() // 1_000_000 - _START_DELAY_MS,
    )
    items = transfers(author, payments)
    ceiling = stages.verify_ceiling(author.chain_id, items).per_second
    requests = _requests(items, offer)
    # All of the load comes from one address.
    options = ("--workers", str(offer.workers), "--address-rate", str(ADDRESS_RATE))
    with (
        _databases(directory, offer.postgresql) as databases,
        bootstrap.running_network(genesis(), directory, databases=databases, gateway_options=options) as network,
    ):
        address = urlsplit(network.url)
        assert address.hostname is not None
        assert address.port is not None
        stolen_before, begun = seconds_stolen(), time.monotonic()
        pids = [[process.pid] for process in network.processes]
        meter = Meter(dict(zip(("node", "history", "gateway"), pids, strict=True)))
        result = uvloop.run(
            drive(
                address.hostname,
                address.port,
                requests,
                CONNECTIONS,
                lambda done: progress("requests", done, len(requests)),
            )
        )
        used = {name: round(1e6 * seconds / payments) for name, seconds in meter.read().items()}
        stolen = (seconds_stolen() - stolen_before) / (time.monotonic() - begun) / (os.cpu_count() or 1)
    return {**_figures(offer, result, ceiling), "stolen": round(stolen, 3), "cpu_us_per_payment": used}


@contextlib.contextmanager
def _databases(directory: Path, server: str) -> Iterator[bootstrap.DatabaseUrls]:
    """Yield where index and port keep their data: files, or databases of a server, gone afterwards."""
    if not server:
        yield bootstrap.DatabaseUrls.in_folder(directory)
        return
    given = sqlalchemy.make_url(server)
    names = [f"payport_bench_{os.getpid()}_{name}" for name in ("history", "port", "home")]
    engine = sqlalchemy.create_engine(with_driver(server, asynchronous=False), isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for name in names:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield bootstrap.DatabaseUrls(
            *(given.set(database=name).render_as_string(hide_password=False) for name in names)
        )
    finally:
        with engine.connect() as connection:
            for name in names:
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        engine.dispose()


def _requests(items: Sequence[tuple[bytes, ...]], offer: Offer) -> list[Due]:
    """Return payments at the rate and reads beside them, by due time."""
    expires_ms = time.time_ns() // 1_000_000 + MAX_TOKEN_LIFE_MS - _START_DELAY_MS
    chain_id = genesis().chain_id
    random = Random(1)
    requests = []
    for number, (envelope,) in enumerate(items):
        at = number / offer.rate
        body = b'{"envelopes":["' + base64.b64encode(envelope) + b'"]}'
        requests.append(Due(at, post("/v1/transactions", body), _PAYMENT if at >= WARM_SECONDS else _WARM))
        if number % READ_SHARE == 0:
            holder = customer(random.randrange(offer.accounts))
            token = make_token(chain_id, holder.account, holder.seed, expires_ms)
            read = get(f"/v1/accounts/{holder.account.hex()}", token)
            requests.append(Due(at, read, _READ if at >= WARM_SECONDS else _WARM))
    return requests


def _figures(offer: Offer, result: Result, ceiling: float) -> dict[str, Any]:
    waits, reads = result.waits_seconds[_PAYMENT], result.waits_seconds[_READ]
    measured_seconds = result.seconds - WARM_SECONDS
    per_second = len(waits) / measured_seconds
    of_payments, of_reads = statistics.quantiles(waits, n=100), statistics.quantiles(reads, n=100)
    return {
        "payments_per_second": round(per_second),
        "offered_per_second": offer.rate,
        "p50_ms": round(of_payments[49] * 1_000, 2),
        "p99_ms": round(of_payments[98] * 1_000, 2),
        "reads_per_second": round(len(reads) / measured_seconds),
        "reads_p50_ms": round(of_reads[49] * 1_000, 2),
        "reads_p99_ms": round(of_reads[98] * 1_000, 2),
        "errors": len(result.errors),
        "first_error": result.errors[0].decode("utf-8", "replace")[-300:] if result.errors else None,
        "verify_ceiling_per_second": round(ceiling),
        "ratio": round(per_second / ceiling, 3),
        "seconds": offer.seconds,
        "accounts": offer.accounts,
        "connections": CONNECTIONS,
        "workers": offer.workers,
        "database": "postgresql" if offer.postgresql else "sqlite",
        "cpu": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
