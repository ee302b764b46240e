"""Contacts of one customer are bounded, paged, and gone when he leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from payport.services import database as layout
from payport.services.database import Database
from payport.services.wallets import contacts
from payport.services.wallets.contacts import Contact
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIN, CHEN = b"l" * 16, b"c" * 16
MAMA = Contact("妈妈", "+99912345678", None)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    await asyncio.to_thread(layout.prepare, database_url)
    database = Database(database_url)
    yield database
    await database.close()


async def test_pages_end_and_nobody_sees_anothers(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "MAX_CONTACTS", 3)
    async with database.writer.begin() as connection:
        made = sorted([await contacts.add(connection, LIN, MAMA, 1) for _ in range(3)])
        with pytest.raises(Refusal, match="too_many_contacts"):
            await contacts.add(connection, LIN, MAMA, 1)
        await contacts.add(connection, CHEN, MAMA, 1)
        pages = [await contacts.list_of(connection, LIN, 2, after) for after in (b"", made[1])]
        assert [[bytes(row.id) for row in page] for page in pages] == [made[:2], made[2:]]
        with pytest.raises(Refusal, match="unknown_contact"):
            await contacts.replace(connection, CHEN, made[0], MAMA, 2)
        await contacts.erase(connection, LIN)
        assert await contacts.list_of(connection, LIN, 10, b"") == []
        assert len(await contacts.list_of(connection, CHEN, 10, b"")) == 1
