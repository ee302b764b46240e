"""Those who were sent together are proven together, and each is believed for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.gateway.finality import ProvenBlocks
from payport.gateway.proven import Answered, ProvenSubmissions
from payport.ledger import admission
from payport.ledger.block import COMMITTED
from payport.node.client import NODE_UNREACHABLE
from payport.values.codec import MALFORMED_BYTES
from payport.values.refusals import Refusal
from tests.history.ledger_node import LedgerNode, busy_network

if TYPE_CHECKING:
    from payport.ledger.block import Outcome

NETWORK = busy_network()
ITEMS = [
    admission.read_item(NETWORK.trust.chain_id, envelopes)
    for executed in NETWORK.network.blocks
    for envelopes in executed.block.items
]
ANSWERS = [outcomes for executed in NETWORK.network.blocks for outcomes in executed.outcomes]
TIMES = [
    [stored.block.time_ms for _ in outcomes]
    for stored, executed in zip(NETWORK.stored, NETWORK.network.blocks, strict=True)
    for outcomes in executed.outcomes
]


class Answering(LedgerNode):
    """A node that answers what it is told to."""

    def __init__(self, answers: list[tuple[Outcome, ...] | Refusal]) -> None:
        super().__init__()
        self.stored = NETWORK.stored
        self.answers = answers

    async def submit_many(self, items: Any) -> list[tuple[Outcome, ...] | Refusal]:
        assert [tuple(item) for item in items] == [item.envelopes for item in ITEMS]
        return self.answers


async def submitted(node: Answering) -> list[Answered | Refusal]:
    blocks = ProvenBlocks(node, NETWORK.trust)  # type: ignore[arg-type]
    return await ProvenSubmissions(node, blocks).submit_many(ITEMS)  # type: ignore[arg-type]


def times(answers: list[Answered | Refusal]) -> list[list[int | None] | None]:
    return [None if isinstance(each, Refusal) else each.times_ms for each in answers]


async def test_each_block_is_looked_at_once() -> None:
    node = Answering(list(ANSWERS))
    found = await submitted(node)
    assert times(found) == TIMES
    assert node.reads == len(NETWORK.stored)


async def test_a_lie_or_a_refusal_concerns_one_item_alone() -> None:
    lying = next(place for place, outcomes in enumerate(ANSWERS) if outcomes[0].code != COMMITTED)
    answers: list[tuple[Outcome, ...] | Refusal] = list(ANSWERS)
    answers[lying] = (ANSWERS[lying][0]._replace(code=COMMITTED), *ANSWERS[lying][1:])
    answers[0] = Refusal(MALFORMED_BYTES)
    answers[1] = ()
    found = await submitted(Answering(answers))
    assert found[0] is answers[0]
    expected: list[Any] = list(TIMES)
    expected[0] = expected[1] = expected[lying] = None
    assert times(found) == expected


async def test_answers_to_other_items_prove_nothing() -> None:
    found = await submitted(Answering(list(ANSWERS[:-1])))
    assert times(found) == [None] * len(ITEMS)
    assert not any(isinstance(each, Refusal) for each in found)


async def test_a_block_that_cannot_be_fetched_leaves_its_own_items_unproven() -> None:
    node = Answering(list(ANSWERS))
    node.away = [Refusal(NODE_UNREACHABLE)]
    found = times(await submitted(node))
    missing = [place for place, each in enumerate(found) if each is None]
    assert {ANSWERS[place][0].height for place in missing} == {ANSWERS[missing[0]][0].height}
    assert len(missing) < len(found)
