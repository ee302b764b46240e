"""What is kept for tills and opened by links: limits, what is forgotten, and that migrations make the tables."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import alembic.autogenerate
import pytest
import sqlalchemy
from alembic.migration import MigrationContext

from payport.database.url import with_driver
from payport.gateway import kept_orders, receipt_links
from payport.gateway.database import METADATA, migrate, open_database
from payport.gateway.kept_orders import KEPT_AFTER_MS, KeptOrder
from payport.gateway.receipt_links import Asked
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.gateway.database import Database

NOW_MS = 1_800_000_000_000
MERCHANT, OTHER = b"m" * 16, b"o" * 16


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(migrate, database_url)
    database = open_database(database_url)
    yield database
    await database.close()


def order(order_id: str, merchant: bytes = MERCHANT, kept_at_ms: int = NOW_MS, encoded: bytes = b"signed") -> KeptOrder:
    return KeptOrder(merchant, order_id, encoded, "CNY", 5, kept_at_ms + 1_000, kept_at_ms)


async def test_an_order_is_kept_once_and_replaced_once_it_expired(database: Database) -> None:
    async with database.writing() as connection:
        first = await kept_orders.keep(connection, order("A"))
        again = await kept_orders.keep(connection, order("A")._replace(kept_at_ms=NOW_MS + 5))
        assert first == again
        with pytest.raises(Refusal, match="order_id_taken"):
            await kept_orders.keep(connection, order("A", encoded=b"other"))
        later = order("A", kept_at_ms=NOW_MS + 2_000, encoded=b"other")
        assert await kept_orders.keep(connection, later) == later
        assert await kept_orders.find(connection, MERCHANT, "A") == later
        assert await kept_orders.find(connection, OTHER, "A") is None


async def test_orders_of_one_merchant_are_bounded_and_old_ones_forgotten(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_orders, "MAX_ORDERS_PER_MERCHANT", 2)
    async with database.writing() as connection:
        for order_id in ("A", "B", "B"):
            await kept_orders.keep(connection, order(order_id))
        await kept_orders.keep(connection, order("A", OTHER))
    with pytest.raises(Refusal, match="too_many_orders"):
        async with database.writing() as connection:
            await kept_orders.keep(connection, order("C"))
    async with database.writing() as connection:
        assert await kept_orders.find(connection, MERCHANT, "C") is None, "nothing of what was refused is kept"
        await kept_orders.keep(connection, order("C", kept_at_ms=NOW_MS + 1_001 + KEPT_AFTER_MS))
        assert await kept_orders.find(connection, MERCHANT, "A") is None
        assert await kept_orders.find(connection, OTHER, "A") is not None


async def test_links_of_one_account_are_bounded_and_past_ones_make_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_links, "MAX_LINKS_PER_ACCOUNT", 2)
    asked = Asked(MERCHANT, bytes(32), with_balance=False)
    async with database.writing() as connection:
        tokens = [(await receipt_links.make(connection, asked, NOW_MS, NOW_MS + 10))[1] for _ in range(2)]
        assert len(set(tokens)) == 2
        with pytest.raises(Refusal, match="too_many_links"):
            await receipt_links.make(connection, asked, NOW_MS + 10, NOW_MS + 20)
        _, token = await receipt_links.make(connection, asked, NOW_MS + 11, NOW_MS + 20)
        assert (await receipt_links.opened_by(connection, token, NOW_MS + 20)).account == MERCHANT
        for gone, at_ms in ((token, NOW_MS + 21), (tokens[0], NOW_MS + 11), ("x" * 43, NOW_MS)):
            with pytest.raises(Refusal, match="no_such_link"):
                await receipt_links.opened_by(connection, gone, at_ms)


async def test_the_database_holds_no_token(database: Database) -> None:
    async with database.writing() as connection:
        _, token = await receipt_links.make(connection, Asked(MERCHANT, bytes(32), True), NOW_MS, NOW_MS + 10)
        (row,) = await connection.execute(receipt_links.LINKS.select())
    assert not any(isinstance(value, bytes) and token.encode() in value for value in row)


def test_migrations_make_the_tables_and_remove_them(database_url: str) -> None:
    migrate(database_url)
    engine = sqlalchemy.create_engine(with_driver(database_url, asynchronous=False))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        own = {"kept_orders", "receipt_links"}
        differences = alembic.autogenerate.compare_metadata(context, METADATA)
        assert [each for each in differences if any(name in str(each) for name in own)] == []
        assert own <= set(sqlalchemy.inspect(connection).get_table_names())
    migrate(database_url, "base")
    with engine.connect() as connection:
        assert not own & set(sqlalchemy.inspect(connection).get_table_names())
    engine.dispose()
