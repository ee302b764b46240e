"""No question to the index walks a whole table: SQLite says how it answers each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from payport.history.holds import Side, WantedHolds
from payport.history.movements import Wanted
from payport.history.offers import Place, Standing
from payport.history.paging import Period
from payport.history.reservations import HoldState, OfferState
from payport.history.topics import Topic
from tests.ledger.network import account

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payport.history.index import HistoryIndex
    from tests.history.conftest import Indexed

PERIOD = Period(1, 2)
TABLES = ("transactions", "parties", "entries", "holds", "offers", "orders_paid", "blocks", "account_keys")


def questions(index: HistoryIndex) -> Iterator[Any]:
    """Yield every question, with all its filters and without."""
    lin, some_id = account("lin"), bytes(32)
    for before, after, period in ((None, None, Period()), (9, None, PERIOD), (None, 1, PERIOD)):
        yield index.transactions(lin, 10, before=before, after=after, period=period)
        yield index.entries(lin, "CNY", 10, before, after=after, period=period)
    yield index.newest_sequence(lin)
    yield index.touched([lin, account("chen")], 1, 9)
    yield index.count_entries(lin, "CNY", 10, PERIOD)
    yield index.transaction(some_id)
    yield index.keys(lin)
    yield index.log_path(5)
    full = Wanted(PERIOD, "purchase/1", "CNY", account("market"), committed=True, acted=True)
    for topic in Topic:
        for wanted in (Wanted(), full, full._replace(committed=False, acted=False)):
            yield index.movements.page(lin, topic, 10, 9, wanted)
        yield index.movements.one(lin, topic, some_id)
        yield index.movements.following(lin, topic, some_id)
    yield index.movements.refunded_minor([some_id, some_id])
    yield index.movements.order_paid(lin, "A-1", 1)
    for side in Side:
        for state in (None, "due", *(each.value for each in HoldState)):
            yield index.holds.page(lin, side, 10, WantedHolds(5, state, account("market"), PERIOD, 7), 9)
    yield index.holds.one(some_id)
    for place in (None, Place(bytes(20), 5)):
        yield index.offers.board("CNY", "HKD", 10, 5, place)
    for standing in Standing:
        for offer_state in (None, *OfferState):
            yield index.offers.page(lin, standing, 10, 5, state=offer_state, before=9, period=PERIOD)
    yield index.offers.one(some_id)


async def test_every_question_is_a_walk_of_a_key(indexed: Indexed) -> None:
    asked: list[tuple[str, Any]] = []
    engine = indexed.index._engine.sync_engine
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL decides by how many rows there are, and here there are few")

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    for question in questions(indexed.index):
        await question
    event.remove(engine, "before_cursor_execute", note)
    assert len(asked) > 60
    async with indexed.index._engine.connect() as connection:
        for statement, parameters in asked:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row.detail for row in plan]
            walked = [step for step in steps if step.startswith("SCAN") and step.split()[1] in TABLES]
            assert walked == [], (statement, steps)
