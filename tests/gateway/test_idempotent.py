"""Requests sent again: one effect, one answer, also when the port ends between any two steps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from payport.gateway import idempotent
from payport.gateway.access.secrets import PortSecret
from payport.gateway.access.tables import CUSTOMERS
from payport.gateway.database import METADATA, migrate, open_database
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from payport.gateway.database import Database


class Made(msgspec.Struct):
    id: str


class Asked:
    """A request as the framework hands it on."""

    def __init__(self, body: bytes = b"{}") -> None:
        self.method, self.scope = "POST", {"path": "/v1/things"}
        self._body = body

    async def body(self) -> bytes:
        return self._body


class End(BaseException):
    """The process ends here."""


class SmallPort:
    def __init__(self, database: Database) -> None:
        self.database, self.secret, self.made = database, PortSecret(bytes(32)), 0

    async def ask(self, key: str = "key-00000001", body: bytes = b"{}", end_at: str = "") -> Any:
        async def work(connection: AsyncConnection) -> Made:
            if end_at == "before":
                raise End
            self.made += 1
            await connection.execute(CUSTOMERS.insert().values(id=self.made.to_bytes(16), created_at_ms=1))
            if end_at == "after":
                raise End
            return Made(f"thing {self.made}")

        return await idempotent.answer_once(Asked(body), self, ("scope", key), work)  # type: ignore[arg-type]

    async def rows(self) -> int:
        async with self.database.reading() as connection:
            return len((await connection.execute(CUSTOMERS.select())).all())


@pytest.fixture
async def port(database_url: str) -> AsyncIterator[SmallPort]:
    await asyncio.to_thread(migrate, database_url)
    database = open_database(database_url)
    yield SmallPort(database)
    await database.close()


async def test_the_same_request_gets_the_first_answer(port: SmallPort) -> None:
    first, again = [await port.ask() for _ in range(2)]
    assert first.content == again.content == b'{"id":"thing 1"}'
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert await port.rows() == 1
    with pytest.raises(Refusal, match="idempotency_conflict"):
        await port.ask(body=b'{"other": 1}')
    assert (await port.ask(key="key-00000002")).content == b'{"id":"thing 2"}'


@pytest.mark.parametrize("end_at", ["before", "after"])
async def test_what_ended_in_between_had_no_effect(port: SmallPort, end_at: str) -> None:
    with pytest.raises(End):
        await port.ask(end_at=end_at)
    assert await port.rows() == 0
    assert (await port.ask()).headers.get("Idempotent-Replayed") is None
    assert await port.rows() == 1


async def test_many_at_once_have_one_effect(port: SmallPort) -> None:
    answers = await asyncio.gather(*(port.ask() for _ in range(8)))
    assert {each.content for each in answers} == {b'{"id":"thing 1"}'}
    assert await port.rows() == 1


async def test_kept_answers_are_sealed(port: SmallPort) -> None:
    await port.ask()
    async with port.database.reading() as connection:
        kept = [row.answer for row in await connection.execute(METADATA.tables["idempotency_keys"].select())]
    assert len(kept) == 1
    assert b"thing 1" not in kept[0]
    port.secret = PortSecret(b"\x01" * 32)
    with pytest.raises(Refusal, match="answer_lost"):
        await port.ask()
