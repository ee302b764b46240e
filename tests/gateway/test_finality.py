"""``paid`` is never said of what is not proven, whatever the node answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.gateway import finality
from payport.gateway.finality import ProvenBlocks
from payport.ledger.block import COMMITTED, Outcome
from payport.node.client import NODE_UNREACHABLE
from payport.values.refusals import Refusal
from tests.history.ledger_node import LedgerNode, busy_network

if TYPE_CHECKING:
    from typing import Any

NODE = busy_network()
OUTCOMES = [
    (block.height, outcome)
    for block, executed in zip(NODE.stored, NODE.network.blocks, strict=True)
    for members in executed.outcomes
    for outcome in members
]


def blocks_of(node: LedgerNode, **options: Any) -> ProvenBlocks:
    return ProvenBlocks(node, node.trust, **options)  # type: ignore[arg-type]


async def test_what_is_true_is_believed() -> None:
    blocks = blocks_of(NODE)
    assert {outcome.final for _, outcome in OUTCOMES} == {True, False}
    for height, outcome in OUTCOMES:
        assert await blocks.require(outcome, outcome.transaction_id) == NODE.stored[height - 1].block.time_ms


LIES: dict[str, dict[str, Any]] = {
    "another outcome": {"code": COMMITTED},
    "a refusal": {"code": "busy"},
    "final": {"final": True},
    "another leaf": {"leaf_index": 1},
    "beyond the leaves": {"leaf_index": 10_000},
    "no leaf": {"leaf_index": -1, "final": True},
    "committed without a leaf": {"leaf_index": -1, "code": COMMITTED, "final": False},
    "another block": {"height": 1},
    "no block": {"height": 10_000},
    "another id": {"transaction_id": bytes(32)},
}


@pytest.mark.parametrize("lie", LIES)
async def test_no_lie_is_believed(lie: str) -> None:
    """Each against a refusal that is not final: the strongest thing to say of it would be that it is."""
    (told,) = [outcome for _, outcome in OUTCOMES if not outcome.final]
    with pytest.raises(Refusal, match=r"un(proven|known)_block"):
        await blocks_of(NODE).require(told._replace(**LIES[lie]), told.transaction_id)


async def test_the_proof_of_another_transaction_is_not_believed() -> None:
    committed = [outcome for _, outcome in OUTCOMES if outcome.code == COMMITTED]
    blocks = blocks_of(NODE)
    with pytest.raises(Refusal, match="another transaction"):
        await blocks.require(committed[0], committed[1].transaction_id)
    for outcomes in ([], committed[:1], committed[:3]):
        with pytest.raises(Refusal, match="unproven_block"):
            await blocks.require_all(outcomes, [each.transaction_id for each in committed[:2]])
    assert len(await blocks.require_all(committed[:2], [each.transaction_id for each in committed[:2]])) == 2


@given(
    st.builds(
        Outcome,
        st.binary(min_size=32, max_size=32),
        st.sampled_from([COMMITTED, "busy"]),
        st.booleans(),
        st.integers(0, 14),
        st.integers(-3, 40),
        st.booleans(),
        st.just(""),
    )
)
def test_nothing_invented_is_believed(outcome: Outcome) -> None:
    async def ask() -> int | None:
        return await blocks_of(NODE).require(outcome, outcome.transaction_id)

    if outcome.leaf_index < 0 and not outcome.final and outcome.code != COMMITTED:
        assert asyncio.run(ask()) is None
    else:
        with pytest.raises(Refusal):
            asyncio.run(ask())


async def test_a_block_at_another_height_is_not_believed() -> None:
    liar = LedgerNode()
    liar.stored = [NODE.stored[1]]
    with pytest.raises(Refusal, match="block 2 instead of 1"):
        await blocks_of(liar).at(1)


async def test_one_fetch_for_all_who_ask_and_whoever_leaves_stops_nobody() -> None:
    node = LedgerNode()
    node.stored = NODE.stored
    blocks = blocks_of(node)
    asked = [asyncio.create_task(blocks.at(3)) for _ in range(5)]
    await asyncio.sleep(0)
    asked[0].cancel()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert len({id(each) for each in found[1:]}) == 1
    assert node.reads == 1
    await blocks.at(3)
    assert node.reads == 1


async def test_a_failed_fetch_is_tried_again() -> None:
    node = LedgerNode()
    node.stored = NODE.stored
    node.away = [Refusal(NODE_UNREACHABLE)]
    blocks = blocks_of(node)
    with pytest.raises(Refusal, match="node_unreachable"):
        await blocks.at(1)
    assert (await blocks.at(1)).stored.height == 1


async def test_bytes_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finality, "MANY_LEAVES", 5)
    node = LedgerNode()
    node.stored = NODE.stored
    sizes = [finality._size_bytes(block) for block in node.stored]
    blocks = blocks_of(node, max_bytes=sum(sizes[-2:]))
    for height in range(1, len(sizes) + 1):
        await blocks.at(height)
    assert blocks._bytes == sum(finality._size_bytes(each.stored) for each in blocks._kept.values()) <= sum(sizes[-2:])
    assert list(blocks._kept) == [len(sizes) - 1, len(sizes)]
    tiny = blocks_of(node, max_bytes=0)
    assert (await tiny.at(1)).stored.height == 1
    assert not tiny._kept


async def test_unproven_by_its_own_block() -> None:
    liar = LedgerNode()
    liar.stored = list(NODE.stored)
    height, told = next((height, outcome) for height, outcome in OUTCOMES if outcome.code == COMMITTED)
    liar.stored[height - 1] = msgspec.structs.replace(liar.stored[height - 1], finality_payload=bytes(96))
    with pytest.raises(Refusal, match="unproven_block"):
        await blocks_of(liar).require(told, told.transaction_id)
