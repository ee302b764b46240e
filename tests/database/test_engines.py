"""What both kinds of database promise: what is committed stays, nobody waits for ever, and one name for being away."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy
from sqlalchemy import text

from payport.database import engines
from payport.database.engines import open_blocking, open_database, reader, reason, writer
from payport.values.refusals import Refusal
from tests.databases import plain_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from tests.databases import Server

PATIENCE_SECONDS = 30


@pytest.fixture
def url(database_url: str) -> str:
    with plain_engine(database_url).begin() as connection:
        connection.execute(text("CREATE TABLE sums (id INTEGER PRIMARY KEY, total BIGINT NOT NULL, note VARCHAR(9))"))
        connection.execute(text("INSERT INTO sums VALUES (1, 0, NULL)"))
    return database_url


@pytest.fixture
async def engine(url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_database(url)
    yield engine
    await engine.dispose()


TOTAL = text("SELECT total FROM sums WHERE id = 1")
LOCKED = {"postgresql": text("SELECT total FROM sums WHERE id = 1 FOR UPDATE"), "sqlite": TOTAL}


async def test_writers_decide_one_after_the_other(engine: AsyncEngine) -> None:
    async def add() -> None:
        async with writer(engine).begin() as connection:
            total = (await connection.execute(LOCKED[engine.dialect.name])).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(text("UPDATE sums SET total = :total"), {"total": total + 1})

    await asyncio.gather(*(add() for _ in range(20)))
    async with engine.connect() as connection:
        assert (await connection.execute(TOTAL)).scalar_one() == 20


async def test_a_reader_sees_one_state(engine: AsyncEngine) -> None:
    async with reader(engine).connect() as connection:
        before = (await connection.execute(TOTAL)).scalar_one()
        async with writer(engine).begin() as other:
            await other.execute(text("UPDATE sums SET total = 7"))
        assert (await connection.execute(TOTAL)).scalar_one() == before == 0
    async with reader(engine).connect() as connection:
        assert (await connection.execute(TOTAL)).scalar_one() == 7


async def change_and_fail(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE sums SET total = 7"))
        await connection.execute(text("INSERT INTO sums VALUES (1, 0, NULL)"))


async def test_a_transaction_that_fails_leaves_nothing(engine: AsyncEngine) -> None:
    for chosen in (engine, writer(engine)):
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            await change_and_fail(chosen)
    async with engine.connect() as connection:
        assert (await connection.execute(TOTAL)).scalar_one() == 0


async def test_a_lock_held_too_long_is_unavailable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "BUSY_SECONDS", 1)
    first, second = open_database(url), open_database(url)
    async with writer(first).begin() as holder:
        await holder.execute(text("UPDATE sums SET total = 1"))
        with pytest.raises(Refusal, match="database_unavailable") as caught:
            async with writer(second).begin() as connection:
                await connection.execute(text("UPDATE sums SET total = 2"))
        assert reason(caught.value).startswith(f"{caught.value}: ")
    await first.dispose()
    await second.dispose()


async def test_more_callers_than_connections_wait_and_are_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "POOL_CONNECTIONS", 1)
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0.05)
    engine = open_database(url)
    async with engine.connect():
        with pytest.raises(sqlalchemy.exc.TimeoutError):
            await engine.connect()
    async with engine.connect() as connection:
        assert (await connection.execute(TOTAL)).scalar_one() == 0
    await engine.dispose()


async def test_a_caller_who_no_longer_waits_is_not_told_of_the_database(engine: AsyncEngine) -> None:
    if engine.dialect.name == "sqlite":
        slow = text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT max(i) FROM n"
        )
    else:
        slow = text("SELECT pg_sleep(20)")
    begun = asyncio.Event()

    async def ask() -> None:
        async with engine.connect() as connection:
            begun.set()
            await connection.execute(slow)

    asking = asyncio.create_task(ask())
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with engine.connect() as connection:
        assert (await connection.execute(TOTAL)).scalar_one() == 0


def test_what_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'none' / 'file'}", f"postgresql://nobody@/none?host={tmp_path}"):
        with pytest.raises(Refusal, match="database_unavailable"), open_blocking(url).connect():
            pass


def test_an_error_of_the_program_keeps_its_own_name(database_url: str) -> None:
    engine = open_blocking(database_url)
    with pytest.raises(sqlalchemy.exc.DBAPIError), engine.connect() as connection:
        connection.execute(text("SELECT nothing FROM nowhere"))
    engine.dispose()


@pytest.mark.postgresql
def test_limits_of_a_connection_and_what_a_url_says_itself(postgresql_server: str) -> None:
    def told(url: str, name: str) -> str:
        engine = open_blocking(url)
        with engine.connect() as connection:
            found = str(connection.execute(text(f"SHOW {name}")).scalar_one())
        engine.dispose()
        return found

    assert told(postgresql_server, "statement_timeout") == f"{engines.STATEMENT_SECONDS}s"
    assert told(postgresql_server, "lock_timeout") == f"{engines.BUSY_SECONDS}s"
    assert told(postgresql_server, "idle_in_transaction_session_timeout") == "1min"
    assert told(postgresql_server, "client_encoding") == "UTF8"
    assert told(postgresql_server, "application_name") == "payport"
    own = sqlalchemy.make_url(postgresql_server).update_query_dict(
        {"application_name": "till", "options": "-c statement_timeout=7s"}
    )
    chosen = own.render_as_string(hide_password=False)
    assert told(chosen, "application_name") == "till"
    assert told(chosen, "statement_timeout") == "7s"
    assert told(chosen, "lock_timeout") == f"{engines.BUSY_SECONDS}s"


@pytest.mark.postgresql
async def test_a_statement_that_takes_too_long_is_unavailable(
    postgresql_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "STATEMENT_SECONDS", 1)
    engine = open_database(postgresql_server)
    with pytest.raises(Refusal, match="database_unavailable"):
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))
    await engine.dispose()


@pytest.mark.postgresql
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_connections_come_back_after_the_server_does(server_to_stop: Server, how: signal.Signals) -> None:
    engine = open_database(server_to_stop.url)

    async def ask() -> int:
        async with engine.connect() as connection:
            return int((await connection.execute(text("SELECT 1"))).scalar_one())

    assert await asyncio.gather(*(ask() for _ in range(4))) == [1, 1, 1, 1]
    await asyncio.to_thread(server_to_stop.stop, how)
    for _ in range(2):
        with pytest.raises(Refusal, match="database_unavailable"):
            await ask()
    await asyncio.to_thread(server_to_stop.start)
    assert await asyncio.gather(*(ask() for _ in range(4))) == [1, 1, 1, 1]
    await engine.dispose()
