"""Rates: one count for all workers, leased in parts."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

import payport.gateway.rates as module
from payport.gateway.access.limits import CUSTOMER_RATE
from payport.gateway.access.tables import RATES
from payport.gateway.database import migrate, open_database
from payport.gateway.rates import Rate, Rates, TooOften
from tests.gateway.access.people import Phone, database_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.gateway.database import Database
    from tests.gateway.town import Town

RATE = Rate("test", 100, 10_000)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(migrate, database_url)
    database = open_database(database_url)
    yield database
    await database.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    now = [1_000_000_000_000]
    monkeypatch.setattr(module, "_now_ms", lambda: now[0])
    return now


async def taken(rates: Rates, subject: str = "lin") -> int:
    count = 0
    while True:
        try:
            await rates.take(RATE, subject)
        except TooOften:
            return count
        count += 1


async def test_workers_share_one_count(database: Database, clock: list[int]) -> None:
    first, second = Rates(database), Rates(database)
    for _ in range(30):
        await first.take(RATE, "lin")
    assert await taken(second) + 30 <= RATE.most
    left = await taken(first)
    assert left < RATE.lease  # only what it had leased before
    assert await taken(Rates(database)) == 0
    assert await taken(first, "chen") == RATE.most
    clock[0] += RATE.window_ms
    assert await taken(second) == RATE.most


async def test_a_refusal_says_how_long_to_wait(database: Database, clock: list[int]) -> None:
    rates = Rates(database)
    await taken(rates)
    clock[0] += 8_500
    with pytest.raises(TooOften) as caught:
        await rates.take(RATE, "lin")
    assert caught.value.wait_seconds == 2
    assert not rates.spend(RATE, "lin")


async def test_a_worker_remembers_so_many_callers(
    database: Database, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SUBJECTS", 2)
    rates = Rates(database)
    for subject in ("a", "b", "c", "a"):
        await rates.take(RATE, subject)
    assert not rates.spend(RATE, "b")
    assert rates.spend(RATE, "a")


def test_the_port_answers_429_with_retry_after(town: Town) -> None:
    """Another worker has spent what this customer may ask in the coming seconds."""
    phone = Phone(town)
    begin = time.time_ns() // 1_000_000 // CUSTOMER_RATE.window_ms
    spent = {"subject": f"{CUSTOMER_RATE.name}:{phone.customer}", "until_ms": 2**50, "used": CUSTOMER_RATE.most}
    engine = sqlalchemy.create_engine(database_of(town))
    with engine.begin() as connection:
        connection.execute(RATES.insert(), [{**spent, "window": begin + number} for number in range(60)])
    engine.dispose()
    refused = phone.get("/v1/customers/me")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused.headers["retry-after"] == "1"
