"""A request for money is answered once, by a payment that fits, and each payment answers one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.services import database as layout
from payport.services.database import Database
from payport.services.wallets import requests
from payport.services.wallets.requests import CLOCK_SKEW_MS, KEPT_MS, MAX_OPEN, NewRequest, Payment
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW_MS = 1_790_000_000_000
CHEN, HIS, HERS = b"c" * 16, b"h" * 16, b"l" * 16
ASKED = NewRequest(CHEN, HIS, HERS, "CNY", 500, "午饭", NOW_MS + 1_000)
PAID = Payment(b"p" * 32, HERS, HIS, "CNY", 500, NOW_MS)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(layout.prepare, database_url)
    database = Database(database_url)
    yield database
    await database.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"payer_account": HIS},
        {"payee_account": HERS},
        {"asset": "HKD"},
        {"amount_minor": 499},
        {"time_ms": NOW_MS - CLOCK_SKEW_MS - 1},
    ],
)
async def test_what_does_not_fit(database: Database, changed: dict[str, object]) -> None:
    async with database.writer.begin() as connection:
        request = await requests.make(connection, ASKED, NOW_MS)
        with pytest.raises(Refusal, match="payment_does_not_fit"):
            await requests.pay(connection, request, PAID._replace(**changed), NOW_MS)  # type: ignore[arg-type]
        await requests.pay(connection, request, PAID._replace(amount_minor=501), NOW_MS)


async def test_a_payment_answers_one_request_and_a_request_one_payment(database: Database) -> None:
    async with database.writer.begin() as connection:
        first, second = [await requests.make(connection, ASKED, NOW_MS) for _ in range(2)]
        for _ in range(2):
            await requests.pay(connection, first, PAID, NOW_MS)
        with pytest.raises(Refusal, match="payment_does_not_fit"):
            await requests.pay(connection, second, PAID, NOW_MS)
        with pytest.raises(Refusal, match="request_closed"):
            await requests.pay(connection, first, PAID._replace(id=b"q" * 32), NOW_MS)
        with pytest.raises(Refusal, match="request_closed"):
            await requests.decline(connection, [HERS], second, NOW_MS + 1_001)  # too late
        assert [row.state for row in await requests.sent(connection, CHEN, 10, None)] == ["open", "paid"]


async def test_bounds_and_forgetting(database: Database) -> None:
    async with database.writer.begin() as connection:
        for number in range(MAX_OPEN):
            payer = number.to_bytes(16)
            await requests.make(connection, ASKED._replace(payer_account=payer), NOW_MS)
        with pytest.raises(Refusal, match="too_many_requests_for_money"):
            await requests.make(connection, ASKED, NOW_MS)
        later = NOW_MS + 1_001 + KEPT_MS
        await requests.make(connection, ASKED._replace(expires_at_ms=later + 1), later)
        assert len(await requests.sent(connection, CHEN, 200, None)) == 1
