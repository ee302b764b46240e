"""Submissions answered with what the port has proven: the blocks of all who were sent together are looked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import structlog

from payport.gateway.finality import proven_time, require_leaf
from payport.history.verified import UNPROVEN_BLOCK
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payport.gateway.finality import ProvenBlocks
    from payport.history.verified import VerifiedBlock
    from payport.ledger.admission import Item
    from payport.ledger.block import Outcome
    from payport.node.client import NodeClient

    Blocks = Mapping[int, VerifiedBlock | Refusal]

_log = structlog.get_logger(__name__)


class Answered(NamedTuple):
    """What the node says of an item, and what of it is proven."""

    outcomes: tuple[Outcome, ...]
    """One per member, in their order."""
    times_ms: list[int | None] | None
    """Block time of each, ``None`` for a refusal without a leaf; ``None`` for all where an outcome is not proven."""


class ProvenSubmissions:
    """Submits to a node, and believes what its blocks prove."""

    def __init__(self, node: NodeClient, blocks: ProvenBlocks) -> None:
        """Submit to ``node`` and prove by ``blocks``."""
        self._node = node
        self._blocks = blocks

    async def submit_many(self, items: Sequence[Item]) -> list[Answered | Refusal]:
        """Submit items, each for itself; raises what :meth:`NodeClient.submit_many` raises."""
        answers = await self._node.submit_many([item.envelopes for item in items])
        if len(answers) != len(items):
            _log.error("the node answers other items than it was sent", answers=len(answers), items=len(items))
            return [Answered((), None)] * len(items)
        heights = {
            outcome.height
            for answer in answers
            if not isinstance(answer, Refusal)
            for outcome in answer
            if outcome.leaf_index >= 0
        }
        blocks = {height: await self._block(height) for height in heights}
        return [
            answer if isinstance(answer, Refusal) else _prove(item, answer, blocks)
            for item, answer in zip(items, answers, strict=True)
        ]

    async def _block(self, height: int) -> VerifiedBlock | Refusal:
        try:
            return await self._blocks.at(height)
        except Refusal as refusal:
            return refusal


def _prove(item: Item, outcomes: tuple[Outcome, ...], blocks: Blocks) -> Answered:
    """Return outcomes with their times, or without where one of them is not proven."""
    try:
        if len(outcomes) != len(item.members):
            UNPROVEN_BLOCK.refuse(f"{len(outcomes)} outcomes of {len(item.members)} transactions")
        times_ms = [
            _time(outcome, member.transaction_id, blocks)
            for outcome, member in zip(outcomes, item.members, strict=True)
        ]
    except Refusal as refusal:
        _log.warning("an outcome is not proven yet", code=refusal.code, detail=refusal.detail)
        return Answered(outcomes, None)
    return Answered(outcomes, times_ms)


def _time(outcome: Outcome, transaction_id: bytes, blocks: Blocks) -> int | None:
    require_leaf(outcome, transaction_id)
    if outcome.leaf_index < 0:
        return None
    block = blocks[outcome.height]
    if isinstance(block, Refusal):
        raise block
    return proven_time(block, outcome, transaction_id)
