"""A request sent again: one effect, one answer, whatever ran at once or ended in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, select

from payport.database import engines
from payport.database.engines import open_database
from payport.services import once as module
from payport.services.once import (
    KEPT_MS,
    MAX_ANSWER_BYTES,
    Answered,
    Asked,
    fingerprint,
    forget_old,
    idempotency_table,
    once,
    once_within,
)
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

METADATA = MetaData()
KEYS = idempotency_table(METADATA)
EFFECTS = Table("effects", METADATA, Column("id", Integer, primary_key=True), Column("amount", Integer))
NOW = 1_800_000_000_000
REQUEST = fingerprint("pay", b"body")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    opened = open_database(database_url)
    async with opened.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield opened
    await opened.dispose()


def add(
    answer: bytes = b"done", pause: asyncio.Event | None = None, begun: asyncio.Event | None = None
) -> Callable[[AsyncConnection], Awaitable[bytes]]:
    async def work(connection: AsyncConnection) -> bytes:
        await connection.execute(EFFECTS.insert().values(amount=1))
        if begun is not None:
            begun.set()
        if pause is not None:
            await pause.wait()
        return answer

    return work


async def count(engine: AsyncEngine, table: Table) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def refused(code: str, call: Awaitable[object]) -> None:
    with pytest.raises(Refusal) as caught:
        await call
    assert caught.value.code == code


async def test_the_same_request_has_one_effect_and_one_answer(engine: AsyncEngine) -> None:
    asked = Asked("east/lin", "k1", REQUEST, NOW)
    assert await once(engine, KEYS, asked, add(b"first")) == Answered(b"first", repeated=False)
    assert await once(engine, KEYS, asked._replace(now_ms=NOW + 5), add(b"second")) == Answered(b"first", repeated=True)
    assert await count(engine, EFFECTS) == 1


async def test_another_request_under_the_key_is_a_conflict(engine: AsyncEngine) -> None:
    asked = Asked("east/lin", "k1", REQUEST, NOW)
    await once(engine, KEYS, asked, add())
    await refused("idempotency_conflict", once(engine, KEYS, asked._replace(fingerprint=bytes(32)), add()))
    assert await count(engine, EFFECTS) == 1


async def test_scopes_never_meet(engine: AsyncEngine) -> None:
    for scope in ("east/lin", "east/bo"):
        assert not (await once(engine, KEYS, Asked(scope, "k1", REQUEST, NOW), add())).repeated
    assert await count(engine, EFFECTS) == 2


async def test_what_refuses_or_fails_leaves_nothing_behind(engine: AsyncEngine) -> None:
    asked = Asked("east/lin", "k1", REQUEST, NOW)

    async def fails(connection: AsyncConnection) -> bytes:
        await add()(connection)
        raise RuntimeError("the program ended")

    with pytest.raises(RuntimeError):
        await once(engine, KEYS, asked, fails)
    assert (await count(engine, EFFECTS), await count(engine, KEYS)) == (0, 0)
    assert not (await once(engine, KEYS, asked, add())).repeated


async def test_of_requests_at_once_one_has_its_effect(engine: AsyncEngine) -> None:
    asked = Asked("east/lin", "k1", REQUEST, NOW)
    answers = await asyncio.gather(*(once(engine, KEYS, asked, add(b"%d" % number)) for number in range(8)))
    assert len({each.answer for each in answers}) == 1
    assert sorted(each.repeated for each in answers) == [False] + [True] * 7
    assert await count(engine, EFFECTS) == 1


async def test_who_waited_too_long_is_told_so(
    engine: AsyncEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.01)
    monkeypatch.setattr(module, "WAIT_MS", 10)
    asked, pause = Asked("east/lin", "k1", REQUEST, NOW), asyncio.Event()
    begun = asyncio.Event()
    first = asyncio.create_task(once(engine, KEYS, asked, add(pause=pause, begun=begun)))
    await begun.wait()
    impatient = open_database(database_url)
    await refused("idempotency_in_progress", once(impatient, KEYS, asked, add()))
    pause.set()
    assert (await first).answer == b"done"
    assert (await once(impatient, KEYS, asked, add())).repeated
    await impatient.dispose()


async def test_keys_are_forgotten_after_a_day(engine: AsyncEngine) -> None:
    await once(engine, KEYS, Asked("east/lin", "k1", REQUEST, NOW), add())
    await once(engine, KEYS, Asked("east/bo", "k1", REQUEST, NOW), add())
    later = NOW + KEPT_MS
    assert (await once(engine, KEYS, Asked("east/lin", "k1", REQUEST, later), add())).repeated
    assert await forget_old(engine, KEYS, later) == 0
    assert not (await once(engine, KEYS, Asked("east/lin", "k1", bytes(32), later + 1), add())).repeated
    assert await forget_old(engine, KEYS, later + 1) == 1
    assert await count(engine, KEYS) == 1


async def test_one_scope_keeps_so_many_keys(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEYS_PER_SCOPE", 2)
    for number in range(2):
        await once(engine, KEYS, Asked("east/lin", f"k{number}", REQUEST, NOW), add())
    await refused("too_many_idempotency_keys", once(engine, KEYS, Asked("east/lin", "k3", REQUEST, NOW), add()))
    assert (await once(engine, KEYS, Asked("east/lin", "k1", REQUEST, NOW), add())).repeated
    assert not (await once(engine, KEYS, Asked("east/bo", "k3", REQUEST, NOW), add())).repeated
    assert await count(engine, EFFECTS) == 3


async def test_the_callers_own_transaction_decides(engine: AsyncEngine) -> None:
    asked = Asked("east/lin", "k1", REQUEST, NOW)
    async with engine.connect() as connection:
        await once_within(connection, KEYS, asked, add())
        await connection.rollback()
    assert (await count(engine, EFFECTS), await count(engine, KEYS)) == (0, 0)


async def test_a_long_answer_is_an_error_of_the_program(engine: AsyncEngine) -> None:
    with pytest.raises(AssertionError):
        await once(engine, KEYS, Asked("east/lin", "k1", REQUEST, NOW), add(bytes(MAX_ANSWER_BYTES + 1)))
    assert await count(engine, KEYS) == 0


def test_a_fingerprint_tells_where_its_parts_end() -> None:
    found = {fingerprint("a", b"bc"), fingerprint("ab", b"c"), fingerprint("a", b"b", b"c"), fingerprint("abc")}
    assert len(found) == 4
