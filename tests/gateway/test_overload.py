"""Driven beyond its bounds, the port says 429 and when to come again; what it called committed is executed once."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest

from payport import bootstrap
from payport.simulator.scenarios.city import build_city
from payport.values import codec, envelopes
from tests.gateway.town import Town, sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UNDER_WAY = 60
WAITING = 20
AT_ONCE = 150
ROUNDS = 100


@pytest.fixture
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = build_city()
    with bootstrap.running_network(
        city.genesis,
        tmp_path_factory.mktemp("overload"),
        node_options=["--waiting", str(WAITING)],
        gateway_options=["--under-way", str(UNDER_WAY), "--address-rate", "1000000"],
    ) as network:
        town = Town(city, network)
        town.open_everyone()
        yield town
        town.client.close()


async def submit_all(url: str, payments: Sequence[bytes]) -> list[httpx.Response]:
    """Submit payments at once, each on a connection of its own."""
    limits = httpx.Limits(max_connections=len(payments), max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as client:
        bodies = [{"envelopes": [base64.b64encode(each).decode()]} for each in payments]
        return await asyncio.gather(*(client.post("/v1/transactions", json=body) for body in bodies))


def id_of(payment: bytes) -> str:
    return envelopes.transaction_id(codec.decode(payment, envelopes.Envelope).body).hex()


@pytest.mark.slow
def test_overload_is_told_and_loses_nothing(town: Town) -> None:
    def balance() -> int:
        return int(town.get(f"/v1/accounts/{town.lin.account.hex()}", town.lin).json()["balances"][0]["amount_minor"])

    before = balance()
    left = [sign(town.transfer(town.lin, town.chen), town.lin.key) for _ in range(3 * AT_ONCE)]
    asked, committed, codes = list(left), [], Counter[str]()
    for _ in range(ROUNDS):
        sent, left = left[:AT_ONCE], left[AT_ONCE:]
        for payment, answer in zip(sent, asyncio.run(submit_all(town.network.url, sent)), strict=True):
            if answer.status_code == 200:
                committed.append(id_of(payment))
                assert answer.json()["transactions"][0]["repeated"] is False
                continue
            assert answer.status_code == 429, answer.text
            assert answer.headers["retry-after"] == "1"
            codes[answer.json()["code"]] += 1
            left.append(payment)
        if not left:
            break
    assert sorted(committed) == sorted(map(id_of, asked)), "everything is taken in the end"
    assert set(codes) == {"busy", "port_busy"}, codes
    assert before - balance() == len(asked)
    town.indexed()
    for transaction_id in committed:
        found = town.get(f"/v1/transactions/{transaction_id}").json()
        assert (found["outcome"], found["final"]) == ("committed", True)
    statement = town.get(f"/v1/accounts/{town.lin.account.hex()}/statement?limit=200", town.lin).json()
    told = Counter(line["transaction_id"] for line in statement["entries"])
    assert set(told.values()) == {1}
