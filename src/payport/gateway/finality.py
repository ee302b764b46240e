"""``paid`` is said only of what this port has verified itself: the block's finality proof, and the leaf in it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec

from payport.history.verified import UNPROVEN_BLOCK, VerifiedBlock, verify_block
from payport.proof import leaves

if TYPE_CHECKING:
    from payport.ledger.block import Outcome
    from payport.node.client import NodeClient
    from payport.proof.trust import Trust

MAX_KEPT: Final = 256
"""Verified blocks kept: the payments of one block are asked about together."""

_HEAD: Final = msgspec.msgpack.Decoder(tuple[str, bytes, str, bytes, msgspec.Raw])


class ProvenBlocks:
    """Fetches and verifies each block once, however many payments of it are asked about."""

    def __init__(self, node: NodeClient, trust: Trust) -> None:
        """Fetch from ``node`` and believe what ``trust`` proves."""
        self._node = node
        self._trust = trust
        self._kept: OrderedDict[int, asyncio.Task[VerifiedBlock]] = OrderedDict()

    async def at(self, height: int) -> VerifiedBlock:
        """Return the verified block; raises ``unknown_block`` or ``unproven_block``."""
        task = self._kept.get(height)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._fetch(height))
            self._kept[height] = task
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(height)
        return await asyncio.shield(task)

    async def require(self, outcome: Outcome) -> int:
        """Insist that the outcome is what its block proves; return the block's time. Raises ``unproven_block``."""
        block = await self.at(outcome.height)
        if not 0 <= outcome.leaf_index < len(block.stored.leaves):
            UNPROVEN_BLOCK.refuse(f"block {outcome.height} has no leaf {outcome.leaf_index}")
        kind, transaction_id, code, _, _ = _HEAD.decode(block.stored.leaves[outcome.leaf_index])
        if (kind, transaction_id, code) != (leaves.OUTCOME_KIND, outcome.transaction_id, outcome.code):
            UNPROVEN_BLOCK.refuse(f"leaf {outcome.leaf_index} of block {outcome.height} says otherwise")
        return block.commitment.time_ms

    async def _fetch(self, height: int) -> VerifiedBlock:
        return verify_block(await self._node.block(height), self._trust)
