"""The client of the node's local interface."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import msgspec

from payport.consensus.contract import EngineStatus
from payport.ledger.block import Outcome
from payport.ledger.store.stored_block import StoredBlock
from payport.node.frames import RefusalRecord
from payport.node.local_client import LocalClient
from payport.node.operations import ReceiptParts
from payport.values import codec
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

NODE_UNREACHABLE: Final = RefusalCode(
    "node_unreachable",
    RefusalClass.UNAVAILABLE,
    "The node does not answer; the same bytes may be sent again.",
    "节点无响应；可用相同内容重新提交。",
)
"""No answer within the time-out. Whether the bytes were executed is not known; sending them again has one effect."""

NODE_FAILED: Final = RefusalCode(
    "node_failed",
    RefusalClass.UNAVAILABLE,
    "The node failed; the same bytes may be sent again once it is back.",
    "节点发生故障；待其恢复后可用相同内容重新提交。",
)
"""The node said that it failed. Whether the bytes were executed is not known; sending them again has one effect."""

REFUSALS: Final = (NODE_UNREACHABLE, NODE_FAILED)
"""Refusals of this module."""

SubmitAnswer = tuple[tuple[Outcome, ...] | None, RefusalRecord | None]
"""One element of ``submit_many``'s answer."""

_OUTCOMES: Final[msgspec.msgpack.Decoder[tuple[Outcome, ...]]] = msgspec.msgpack.Decoder(tuple[Outcome, ...])
_ANSWERS: Final[msgspec.msgpack.Decoder[tuple[SubmitAnswer, ...]]] = msgspec.msgpack.Decoder(tuple[SubmitAnswer, ...])
_OUTCOME: Final[msgspec.msgpack.Decoder[Outcome | None]] = msgspec.msgpack.Decoder(Outcome | None)
_STATUS: Final[msgspec.msgpack.Decoder[EngineStatus]] = msgspec.msgpack.Decoder(EngineStatus)
_BLOCK: Final[msgspec.msgpack.Decoder[StoredBlock]] = msgspec.msgpack.Decoder(StoredBlock)
_RECORD: Final[msgspec.msgpack.Decoder[bytes | None]] = msgspec.msgpack.Decoder(bytes | None)
_RECORDS: Final[msgspec.msgpack.Decoder[list[tuple[bytes, bytes]]]] = msgspec.msgpack.Decoder(list[tuple[bytes, bytes]])
_PARTS: Final[msgspec.msgpack.Decoder[ReceiptParts]] = msgspec.msgpack.Decoder(ReceiptParts)


class NodeClient(LocalClient):
    """Speaks to a node."""

    unreachable = NODE_UNREACHABLE
    failed = NODE_FAILED

    async def submit(self, envelopes: Sequence[bytes]) -> tuple[Outcome, ...]:
        """Execute a transaction or group; returns once it is durable. Raises refusals at the door."""
        return await self.call(_OUTCOMES, "submit", tuple(envelopes))

    async def submit_many(self, items: Sequence[Sequence[bytes]]) -> list[tuple[Outcome, ...] | Refusal]:
        """Execute many items, each for itself."""
        answers = await self.call(_ANSWERS, "submit_many", tuple(tuple(item) for item in items))
        found: list[tuple[Outcome, ...] | Refusal] = []
        for outcomes, refused in answers:
            if refused is not None:
                found.append(refused.refusal())
            else:
                assert outcomes is not None, "an item is answered with outcomes or with a refusal"
                found.append(outcomes)
        return found

    async def lookup(self, transaction_id: bytes, valid_until_ms: int) -> Outcome | None:
        """Return how a transaction ended, as long as it is remembered."""
        return await self.call(_OUTCOME, "lookup", transaction_id, valid_until_ms)

    async def status(self) -> EngineStatus:
        """Return the engine's status."""
        return await self.call(_STATUS, "status")

    async def block(self, height: int) -> StoredBlock:
        """Return a stored block; raises ``unknown_block``."""
        return await self.call(_BLOCK, "block", height)

    async def read(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record of the state."""
        return await self.call(_RECORD, "read", family, key)

    async def scan(self, family: str, prefix: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """Return keys that begin with ``prefix`` and their encoded records, in key order."""
        return await self.call(_RECORDS, "scan", family, prefix, limit)

    async def receipt_parts(self, height: int, leaf_index: int) -> ReceiptParts:
        """Return what a receipt needs of a block; raises ``unknown_block`` or ``unknown_leaf``."""
        return await self.call(_PARTS, "receipt_parts", height, leaf_index)

    async def wait_block(self, after_height: int) -> int:
        """Return the last durable height as soon as it is above ``after_height``; no time-out but the node's life."""
        async with contextlib.aclosing(self.follow("wait_block", lambda: after_height)) as answers:
            return codec.decode(bytes((await anext(answers)).value), int)

    async def blocks(self, from_height: int) -> AsyncIterator[StoredBlock]:
        """Yield every stored block from ``from_height`` on, across restarts of the node, without end."""
        height = from_height
        async with contextlib.aclosing(self.follow("blocks", lambda: height)) as answers:
            async for answer in answers:
                block = codec.decode(bytes(answer.value), StoredBlock)
                assert block.height == height, "the node streams blocks in order"
                yield block
                height += 1
