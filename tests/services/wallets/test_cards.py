"""Cards in the app: an order, labels, and one card for each purpose."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.services import database as layout
from payport.services.database import Database
from payport.services.wallets import cards
from payport.services.wallets.cards import Card, Purpose
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIN, FIRST, SECOND = b"l" * 16, b"1" * 16, b"2" * 16


def card(account: bytes) -> Card:
    return Card(account, "bank-east", "**** 0002", "*梅", "salary", 1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(layout.prepare, database_url)
    database = Database(database_url)
    yield database
    await database.close()


async def test_a_card_that_goes_leaves_its_purposes_to_the_next(database: Database) -> None:
    async with database.writer.begin() as connection:
        for account in (FIRST, SECOND, SECOND):
            await cards.add(connection, LIN, card(account))
        await cards.choose(connection, LIN, Purpose.RECEIVE, SECOND)
        rows, chosen = await cards.list_of(connection, LIN)
        assert [bytes(row.account) for row in rows] == [FIRST, SECOND]
        assert {purpose: bytes(of) for purpose, of in chosen.items()} == {
            "pay": FIRST,
            "transfer": FIRST,
            "receive": SECOND,
        }
        await cards.remove(connection, LIN, FIRST)
        assert {bytes(of) for of in (await cards.list_of(connection, LIN))[1].values()} == {SECOND}
        await cards.remove(connection, LIN, SECOND)
        assert await cards.list_of(connection, LIN) == ([], {})
        for call in (cards.remove(connection, LIN, FIRST), cards.choose(connection, LIN, Purpose.PAY, FIRST)):
            with pytest.raises(Refusal, match="card_not_in_app"):
                await call
