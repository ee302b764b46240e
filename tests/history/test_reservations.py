"""Holds and offers in the index are those of the ledger, whatever happens to them; prices sort exactly."""

from __future__ import annotations

import asyncio
import itertools
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from payport.history.reservations import price_key
from payport.history.tables import HOLDS, OFFERS, ORDERS_PAID, TRANSACTIONS
from payport.ledger.state import holds, offers, orders, refunds
from payport.values.money import MAX_AMOUNT_MINOR
from tests.history.ledger_node import LedgerNode, followed, signed
from tests.ledger.invariants.random_verbs import Player, Step, blocks

if TYPE_CHECKING:
    from tests.databases import Databases

NUMBERS = itertools.count()
AMOUNTS = st.integers(1, MAX_AMOUNT_MINOR)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS)
def test_keys_of_prices_sort_as_the_prices_do(give: int, want: int, other_give: int, other_want: int) -> None:
    price, other = Fraction(want, give), Fraction(other_want, other_give)
    keys = price_key(give, want), price_key(other_give, other_want)
    assert (keys[0] < keys[1], keys[0] == keys[1]) == (price < other, price == other)


def test_the_closest_prices_differ() -> None:
    largest = MAX_AMOUNT_MINOR
    assert price_key(largest, largest - 1) < price_key(largest, largest)
    assert price_key(largest, largest - 2) < price_key(largest - 1, largest - 2)
    assert price_key(largest, 1) < price_key(largest - 1, 1)
    assert price_key(1, largest) == (largest << 106).to_bytes(20, "big")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(drawn=blocks)
def test_what_is_open_in_the_index_is_what_is_open_on_the_ledger(
    databases: Databases, drawn: list[tuple[int, list[Step]]]
) -> None:
    player = Player()
    executed = [player.block(later_ms, steps) for later_ms, steps in drawn]
    node = LedgerNode()
    node.trust = node.trust._replace(
        chain_id=player.network.genesis.chain_id, genesis_hash=player.network.genesis.digest
    )
    node.stored = [signed(each) for each in (*player.network.blocks, *executed)]
    engine = asyncio.run(followed(node, databases, f"index-{next(NUMBERS)}"))
    state = player.network.state
    with engine.connect() as connection:

        def rows(query: Any) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in connection.execute(query)]

        remaining = HOLDS.c.amount_minor - HOLDS.c.captured_minor
        open_holds = rows(select(HOLDS.c.id, HOLDS.c.payer, HOLDS.c.merchant, remaining).where(HOLDS.c.state == "open"))
        open_offers = rows(
            select(OFFERS.c.id, OFFERS.c.maker, OFFERS.c.remaining_minor).where(OFFERS.c.state == "open")
        )
        refunded = dict(
            rows(
                select(TRANSACTIONS.c.reference, func.sum(TRANSACTIONS.c.amount_minor))
                .where(TRANSACTIONS.c.kind == "refund/1", TRANSACTIONS.c.outcome == "committed")
                .group_by(TRANSACTIONS.c.reference)
            )
        )
        paid = rows(select(ORDERS_PAID.c.merchant, ORDERS_PAID.c.order_id))
    assert sorted(open_holds) == sorted(
        (key, each.payer, each.merchant, each.remaining_minor) for key, each in holds.table(state).items()
    )
    assert sorted(open_offers) == sorted(
        (key, each.maker, each.remaining_minor) for key, each in offers.table(state).items()
    )
    for key, each in refunds.table(state).items():
        assert refunded[key] == each.refunded_minor
    assert {key for key, _ in orders.table(state).items()} <= {
        merchant + order_id.encode() for merchant, order_id in paid
    }
