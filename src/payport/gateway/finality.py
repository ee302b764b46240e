"""``paid`` is said only of what this port has verified itself: the block's finality proof, and the leaf in it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec

from payport.history.verified import UNPROVEN_BLOCK, VerifiedBlock, verify_block
from payport.ledger.block import COMMITTED
from payport.ledger.machine import EXPIRED, GROUP_REFUSED
from payport.proof import leaves
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from payport.ledger.block import Outcome
    from payport.ledger.store.stored_block import StoredBlock
    from payport.node.client import NodeClient
    from payport.proof.trust import Trust, ValidatorSet

MAX_KEPT_BYTES: Final = 32 * 1024 * 1024
"""Bytes of verified blocks kept: the payments of one block are asked about together."""

RENEWALS: Final = 10
"""Looks at the index for new validators before a block is found not to be proven."""

RENEWAL_SECONDS: Final = 0.2
"""Pause between them."""

MANY_LEAVES: Final = 500
"""From here on a block is verified in a thread, so that it holds up nobody else."""

_LEAF: Final = msgspec.msgpack.Decoder(tuple[str, bytes, str, bytes, tuple[tuple[bytes, str], ...]])
_FINAL_UNSIGNED: Final = frozenset({GROUP_REFUSED.code, EXPIRED.code})


class ProvenBlocks:
    """Fetches and verifies each block once, however many payments of it are asked about."""

    def __init__(
        self,
        node: NodeClient,
        trust: Trust,
        max_bytes: int = MAX_KEPT_BYTES,
        validator_sets: Callable[[], Awaitable[tuple[ValidatorSet, ...]]] | None = None,
    ) -> None:
        """Fetch from ``node`` and believe what ``trust`` proves; ``validator_sets`` tells who has voted since then."""
        self._node = node
        self._validator_sets = validator_sets
        self.trust = trust
        """What blocks are verified against, as far as it was brought forward."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._kept: OrderedDict[int, VerifiedBlock] = OrderedDict()
        self._under_way: dict[int, asyncio.Task[VerifiedBlock]] = {}

    async def at(self, height: int) -> VerifiedBlock:
        """Return the verified block; raises ``unknown_block`` or ``unproven_block``."""
        kept = self._kept.get(height)
        if kept is not None:
            self._kept.move_to_end(height)
            return kept
        task = self._under_way.get(height)
        if task is None:
            task = self._under_way[height] = asyncio.create_task(self._fetch(height))
            task.add_done_callback(partial(self._fetched, height))
        # Whoever stops waiting stops nobody else's fetch.
        return await asyncio.shield(task)

    async def require(self, outcome: Outcome, transaction_id: bytes) -> int | None:
        """Insist that the outcome is the transaction's and what its block proves; return the block's time.

        Returns ``None`` for a refusal without a leaf, which is never final. Raises ``unproven_block``.
        """
        require_leaf(outcome, transaction_id)
        if outcome.leaf_index < 0:
            return None
        return proven_time(await self.at(outcome.height), outcome, transaction_id)

    async def require_all(self, outcomes: Sequence[Outcome], transaction_ids: Sequence[bytes]) -> list[int | None]:
        """Insist on one proven outcome for each transaction, in their order; raises ``unproven_block``."""
        if len(outcomes) != len(transaction_ids):
            UNPROVEN_BLOCK.refuse(f"{len(outcomes)} outcomes of {len(transaction_ids)} transactions")
        return [await self.require(*pair) for pair in zip(outcomes, transaction_ids, strict=True)]

    async def _fetch(self, height: int) -> VerifiedBlock:
        stored = await self._node.block(height)
        if stored.height != height:
            UNPROVEN_BLOCK.refuse(f"block {stored.height} instead of {height}")
        for _ in range(RENEWALS):
            with contextlib.suppress(Refusal):
                return await self._verify(stored)
            if not self.trust.validators or self._validator_sets is None:
                break
            # The index may be about to learn who votes now.
            before = self.trust
            await self.renew_trust()
            if self.trust == before:
                await asyncio.sleep(RENEWAL_SECONDS)
        return await self._verify(stored)

    async def renew_trust(self) -> None:
        """Take over what the index has found of validators that joined or left."""
        if self.trust.validators and self._validator_sets is not None:
            sets = await self._validator_sets()
            if sets:
                self.trust = self.trust._replace(validators=(self.trust.validators[0], *sets))

    async def _verify(self, stored: StoredBlock) -> VerifiedBlock:
        if len(stored.leaves) < MANY_LEAVES:
            return verify_block(stored, self.trust)
        return await asyncio.to_thread(verify_block, stored, self.trust)

    def _fetched(self, height: int, task: asyncio.Task[VerifiedBlock]) -> None:
        """Keep a verified block, and drop those asked about longest ago where there are too many bytes."""
        del self._under_way[height]
        if task.cancelled() or task.exception() is not None:
            return
        self._kept[height] = task.result()
        self._bytes += _size_bytes(task.result().stored)
        while self._bytes > self._max_bytes:
            self._bytes -= _size_bytes(self._kept.popitem(last=False)[1].stored)


def require_leaf(outcome: Outcome, transaction_id: bytes) -> None:
    """Insist that the outcome is the transaction's, and has a leaf where it is final."""
    if outcome.transaction_id != transaction_id:
        UNPROVEN_BLOCK.refuse("the answer is about another transaction")
    if outcome.leaf_index < 0 and (outcome.final or outcome.code == COMMITTED):
        UNPROVEN_BLOCK.refuse(f"{outcome.code} without a leaf")


def proven_time(block: VerifiedBlock, outcome: Outcome, transaction_id: bytes) -> int:
    """Insist that a verified block's leaf says what the outcome does; return the block's time."""
    try:
        leaf = codec.decode_with(_LEAF, block.stored.leaves[outcome.leaf_index])
    except (Refusal, IndexError):
        UNPROVEN_BLOCK.refuse(f"block {outcome.height} has no outcome leaf {outcome.leaf_index}")
    kind, named, code, _, signers = leaf
    final = code in _FINAL_UNSIGNED or any(role for _, role in signers)
    if (kind, named, code, final) != (leaves.OUTCOME_KIND, transaction_id, outcome.code, outcome.final):
        UNPROVEN_BLOCK.refuse(f"leaf {outcome.leaf_index} of block {outcome.height} says otherwise")
    return block.commitment.time_ms


def _size_bytes(stored: StoredBlock) -> int:
    return sum(map(len, stored.leaves)) + sum(len(envelope) for item in stored.block.items for envelope in item)
