"""Two workers of one gateway: one of them sends; when it is killed the other goes on, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

import httpx
import pytest
import sqlalchemy

from payport import bootstrap
from payport.bench.processor_time import family
from payport.gateway.webhooks.tables import LEASES
from payport.simulator.scenarios.city import build_city
from tests.gateway.access.people import Member, database_of
from tests.gateway.town import PATIENCE_SECONDS, Town
from tests.gateway.webhooks.receiver import Receiver

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = build_city()
    options = ["--workers", "2", "--webhook-network", "127.0.0.0/8"]
    with bootstrap.running_network(
        city.genesis, tmp_path_factory.mktemp("telling"), gateway_options=options
    ) as network:
        town = Town(city, network)
        town.open_everyone()
        yield town
        town.client.close()


def test_one_sends_and_the_other_takes_over(town: Town) -> None:
    town.indexed()  # a webhook tells what is indexed after it was made, and nothing of the opening
    receiver = Receiver()
    boss = Member(town, town.lin.bank, "administrator")
    body = {"url": receiver.url, "label": "x", "types": ["transaction.committed"], "accounts": [town.lin.account.hex()]}
    assert boss.post("/v1/webhooks", body).status_code == 201
    paid = [town.pay(town.lin, town.chen, 1)["id"] for _ in range(20)]
    receiver.wait(20)
    engine = sqlalchemy.create_engine(database_of(town))
    with engine.connect() as connection:
        (lease,) = connection.execute(LEASES.select()).all()
    gateway = town.network.processes[2].pid
    workers = [pid for pid in family(gateway) if pid != gateway]
    for number, pid in enumerate(workers):  # killed one after the other, so that the holder is among them
        os.kill(pid, signal.SIGKILL)
        town.client.close()
        town.client = httpx.Client(base_url=town.network.url, timeout=20)
        _answering(town)
        paid += [town.pay(town.lin, town.chen, 2 + number)["id"] for _ in range(10)]
        receiver.wait(len(paid))
    with engine.connect() as connection:
        (taken,) = connection.execute(LEASES.select()).all()
    engine.dispose()
    assert taken.holder != lease.holder
    by_id = {each.id: each.event["data"]["id"] for each in receiver.received}
    assert sorted(by_id.values()) == sorted(paid)
    receiver.close()


def _answering(town: Town) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if town.client.get("/v1/health").is_success:
                return
    pytest.fail("no worker answers")
