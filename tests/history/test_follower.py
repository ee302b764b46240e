"""Following: nothing lost, nothing doubled, whatever ends in the middle; the same rows as built from the beginning."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payport.history import follower as module
from payport.history.database import open_writer
from payport.history.follower import Follower, forget
from payport.history.tables import PROGRESS
from payport.node.client import NODE_FAILED, NODE_UNREACHABLE
from payport.values.refusals import Refusal
from tests.databases import plain_engine
from tests.history.ledger_node import LedgerNode, busy_network, dump, followed, follower_of

if TYPE_CHECKING:
    from tests.databases import Databases

NODE = busy_network()
LAST = len(NODE.stored)
NUMBERS = itertools.count()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)
@given(stops=st.lists(st.integers(0, LAST), max_size=4), ahead=st.integers(1, 5), rows=st.integers(1, 40))
def test_stopping_anywhere_gives_the_same_rows(databases: Databases, stops: list[int], ahead: int, rows: int) -> None:
    number = next(NUMBERS)

    async def follow() -> tuple[object, object]:
        engine = None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "READ_AHEAD", ahead)
            patch.setattr(module, "MAX_ROWS", rows)
            for height in (*sorted(stops), LAST):
                follower, engine = follower_of(NODE, databases, f"index-{number}")
                await follower.catch_up(height)
        assert engine is not None
        return dump(engine), dump(await followed(NODE, databases, f"whole-{number}"))

    stopped, whole = asyncio.run(follow())
    assert stopped == whole


class CrashError(Exception):
    """The process ended here."""


async def test_a_write_that_fails_leaves_nothing_behind(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    follower, engine = follower_of(NODE, databases)
    await follower.catch_up(3)
    before = dump(engine)

    def crash(*_: object) -> None:
        raise CrashError

    with monkeypatch.context() as patch:
        patch.setattr(module, "_replace", crash)
        with pytest.raises(CrashError):
            await follower.catch_up(LAST)
    assert dump(engine) == before
    again, _ = follower_of(NODE, databases)
    await again.catch_up(LAST)
    assert dump(engine) == dump(await followed(NODE, databases, "whole"))


async def test_a_rebuild_gives_the_same_rows(databases: Databases) -> None:
    engine = await followed(NODE, databases)
    before = dump(engine)
    forget(engine)
    assert set(map(tuple, dump(engine).values())) == {()}
    assert dump(await followed(NODE, databases)) == before


async def test_a_node_that_is_away_is_waited_for(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0)
    node = LedgerNode()
    node.stored = list(NODE.stored)
    node.away = [Refusal(NODE_UNREACHABLE), Refusal(NODE_FAILED), Refusal(NODE_UNREACHABLE)]
    engine = databases.disposed(open_writer(databases.url("index")))
    heights: list[int] = []
    done = asyncio.Event()
    follower = Follower(node, engine, node.trust, lambda h: (heights.append(h), h == LAST and done.set()))  # type: ignore[arg-type, func-returns-value]
    running = asyncio.create_task(follower.run())
    await asyncio.wait_for(done.wait(), 20)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert heights[-1] == LAST
    assert dump(engine) == dump(await followed(NODE, databases, "whole"))


async def test_a_lie_ends_the_run(databases: Databases) -> None:
    node = LedgerNode()
    node.stored = [NODE.stored[1]]
    follower, _ = follower_of(node, databases)
    with pytest.raises(Refusal, match="unproven_block"):
        await asyncio.wait_for(follower.run(), 20)


@pytest.mark.parametrize("change", [{"schema": 2}, {"chain_id": "other-0011223344556677"}])
async def test_another_index_is_refused(databases: Databases, change: dict[str, object]) -> None:
    engine = await followed(NODE, databases)
    with engine.begin() as connection:
        connection.execute(PROGRESS.update().values(**change))
    with pytest.raises(Refusal, match="other_index"):
        follower_of(NODE, databases)


def test_an_index_of_a_layout_to_come_is_refused(databases: Databases) -> None:
    engine = plain_engine(databases.url("index"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE progress (schema INTEGER, chain_id TEXT, reached INTEGER)"))
        connection.execute(sqlalchemy.text("INSERT INTO progress VALUES (7, 'test', 1)"))
    with pytest.raises(Refusal, match=r"other_index.*layout 7"):
        follower_of(NODE, databases)
