"""Questions to the index: pages without gaps or doubles, and the path an old purchase's refund carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from payport.history.database import open_reader
from payport.history.index import MAX_RANGE, HistoryIndex
from payport.history.paging import MAX_PAGE, Period
from payport.history.verified import narrowed, verify_block
from payport.ledger import receipt
from payport.ledger.block import COMMITTED
from payport.ledger.state import commitments
from payport.values.limits import LOG_SUBTREE
from tests.history.ledger_node import LedgerNode, busy_network, followed, signed
from tests.ledger.network import account, public_key

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.databases import Databases


@pytest.fixture
async def index(databases: Databases) -> AsyncIterator[HistoryIndex]:
    await followed(busy_network(), databases)
    reader = open_reader(databases.url("index"))
    yield HistoryIndex(reader)
    await reader.dispose()


@pytest.mark.parametrize("limit", [1, 2, 3, 7, MAX_PAGE])
async def test_pages_have_neither_gaps_nor_doubles(index: HistoryIndex, limit: int) -> None:
    whole = await index.transactions(account("lin"), MAX_PAGE)
    assert [each.sequence for each in whole] == sorted((each.sequence for each in whole), reverse=True)
    downwards, upwards = [], []
    before, after = None, 0
    while page := await index.transactions(account("lin"), limit, before=before):
        downwards += page
        before = page[-1].sequence
    while page := await index.transactions(account("lin"), limit, after=after):
        upwards += page
        after = page[-1].sequence
    assert downwards == whole == upwards[::-1]
    assert await index.newest_sequence(account("lin")) == whole[0].sequence
    entries, below = [], None
    while lines := await index.entries(account("lin"), "CNY", limit, below):
        entries += lines
        below = lines[-1].sequence
    assert [line.entry for line in entries] == list(range(len(entries), 0, -1))
    upwards = await index.entries(account("lin"), "CNY", MAX_PAGE, after=0)
    assert upwards == entries[::-1]


@pytest.mark.parametrize("limit", [1, 3, MAX_RANGE])
async def test_happenings_are_every_accounts_rows_in_order(index: HistoryIndex, limit: int) -> None:
    found, after, reach = [], 0, await index.reach()
    while after < reach:
        found += await index.happenings(after, limit)
        after += limit
    assert [row.sequence for _, row in found] == sorted(row.sequence for _, row in found)
    for name in ("lin", "chen", "market"):
        mine = [row for holder, row in found if holder == account(name)]
        assert mine == await index.transactions(account(name), MAX_PAGE, after=0)
    assert await index.happenings(reach, limit) == []


async def test_who_is_unknown_has_nothing(index: HistoryIndex) -> None:
    assert await index.transactions(account("nobody"), 1) == []
    assert await index.entries(account("nobody"), "CNY", 1) == []
    assert await index.keys(account("nobody")) == []
    assert await index.newest_sequence(account("nobody")) == 0
    assert await index.transaction(bytes(32)) is None


async def test_keys_are_listed_latest_change_first(index: HistoryIndex) -> None:
    assert await index.keys(account("lin")) == [public_key("lin-phone"), public_key("lin")]


async def test_a_transaction_concerns_those_whose_balance_it_changed(index: HistoryIndex) -> None:
    (purchase,) = [each for each in await index.transactions(account("market"), 9) if each.kind == "purchase/1"]
    for name, concerned in (("lin", True), ("market", True), ("east/fees", True), ("chen", False)):
        assert await index.concerns(purchase, account(name)) is concerned


async def test_before_there_is_an_index(databases: Databases) -> None:
    reader = open_reader(databases.url("index"))
    index = HistoryIndex(reader)
    assert (await index.progress()).height == 0
    assert not await index.wait(1, 0.0)
    await followed(busy_network(), databases)
    assert await index.wait(1, 0.0)
    await reader.dispose()


async def test_refund_of_a_purchase_whose_single_commitment_was_dropped(databases: Databases) -> None:
    node = LedgerNode()
    network = node.network
    lin, market = network.open("lin", "east", money=10_000), network.open("market", "west", category="5411")
    paid = network.do("purchase/1", lin, "lin", merchant=market, asset="CNY", amount_minor=1_000, order=None)
    machine = network.machine
    while machine.height < 3 * LOG_SUBTREE:
        network.blocks.append(machine.execute(machine.height + 1, machine.time_ms + 1, ()))
    assert commitments.table(network.state).get(b"c" + paid.height.to_bytes(8, "big")) is None
    await followed(node.settle(), databases)
    reader = open_reader(databases.url("index"))
    index = HistoryIndex(reader)
    block = verify_block(signed(network.blocks[paid.height - 1]), node.trust)
    proof = receipt.prove_purchase(narrowed(block, paid.leaf_index), paid.transaction_id)
    path = await index.log_path(paid.height)
    assert len(path) == 10
    assert await index.log_path(3 * LOG_SUBTREE) == (), "the newest subtree is not complete"
    for wrong in ((), path[:-1], path[::-1]):
        refused = network.do("refund/1", market, "market", **proof._asdict(), log_path=wrong, amount_minor=400)
        assert refused.code == "proof_invalid"
    done = network.do("refund/1", market, "market", **proof._asdict(), log_path=path, amount_minor=400)
    assert done.code == COMMITTED
    await reader.dispose()


async def test_a_period_is_from_its_first_block_time_until_before_its_last(index: HistoryIndex) -> None:
    lin = account("lin")
    whole = await index.transactions(lin, MAX_PAGE)
    lines = await index.entries(lin, "CNY", MAX_PAGE)
    times = sorted({each.time_ms for each in whole})
    for first, second in ((times[1], times[-2]), (times[0], times[-1] + 1), (times[-1] + 1, None), (None, times[0])):
        period = Period(first, second)
        low, high = first or 0, second or 2**53
        assert await index.transactions(lin, MAX_PAGE, period=period) == [
            each for each in whole if low <= each.time_ms < high
        ]
        assert await index.entries(lin, "CNY", MAX_PAGE, period=period) == [
            each for each in lines if low <= each.time_ms < high
        ]


async def test_lines_are_counted_up_to_enough(index: HistoryIndex) -> None:
    lin = account("lin")
    lines = await index.entries(lin, "CNY", MAX_PAGE)
    assert len(lines) > 3
    for enough in (1, 3, len(lines), len(lines) + 1):
        assert await index.count_entries(lin, "CNY", enough) == min(enough, len(lines))
    assert await index.count_entries(lin, "CNY", 9, Period(lines[0].time_ms, None)) == sum(
        each.time_ms == lines[0].time_ms for each in lines
    )
    assert await index.count_entries(lin, "HKD", 9) == 0
