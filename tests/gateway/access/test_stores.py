"""Limits of the stores that are too large to reach over the port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.gateway.access import api_keys, audit, links, staff
from payport.gateway.access.callers import Role, Scope
from payport.gateway.access.tables import AUDIT, CUSTOMERS
from payport.gateway.database import migrate, open_database
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from payport.gateway.database import Database

NOW_MS = 1_000_000


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(migrate, database_url)
    database = open_database(database_url)
    yield database
    await database.close()


async def test_accounts_of_one_customer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MAX_LINKS", 2)
    async with database.writing() as connection:
        await connection.execute(CUSTOMERS.insert().values(id=bytes(16), created_at_ms=NOW_MS))
        for number in (1, 2, 2):
            await links.add(connection, bytes(16), bytes([number]) * 16, "bank-east", NOW_MS)
        with pytest.raises(Refusal, match="too_many_linked_accounts"):
            await links.add(connection, bytes(16), b"\x03" * 16, "bank-east", NOW_MS)


async def test_keys_and_staff_of_one_institution(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "MAX_LIVE", 1)
    monkeypatch.setattr(staff, "MAX_STAFF", 1)
    new = api_keys.NewApiKey("bank-east", "till", [Scope.ACCOUNTS_READ], [], NOW_MS + 10)
    async with database.writing() as connection:
        key_id, _ = await api_keys.make(connection, new, bytes(16), NOW_MS)
        with pytest.raises(Refusal, match="too_many_api_keys"):
            await api_keys.make(connection, new, bytes(16), NOW_MS)
        await api_keys.revoke(connection, "bank-east", key_id, NOW_MS)
        await api_keys.make(connection, new, bytes(16), NOW_MS)
        await staff.invite(connection, "bank-east", "Li", Role.CLERK, NOW_MS)
        with pytest.raises(Refusal, match="too_many_staff"):
            await staff.invite(connection, "bank-east", "Wu", Role.CLERK, NOW_MS)


async def test_writers_of_the_log_stand_in_line(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.writing() as connection:
            deed = audit.Deed("bank-east", NOW_MS, "command line", "counted", str(number))
            await audit.append(connection, deed)

    await asyncio.gather(*map(write, range(20)))
    async with database.reading() as connection:
        rows = (await connection.execute(AUDIT.select().order_by(AUDIT.c.sequence))).all()
    assert len(rows) == 20
    assert audit.first_broken(rows) is None
