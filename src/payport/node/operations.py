"""The table of operations of the local interface: what each takes, and what it answers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import msgspec

from payport import _native
from payport.ledger.block import Item
from payport.node.frames import record_of
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.identifiers import TransactionId
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from payport.consensus.contract import Engine

UNKNOWN_OPERATION: Final = RefusalCode(
    "unknown_operation",
    RefusalClass.MALFORMED,
    "The node has no such operation.",
    "节点不支持该操作。",
)
"""The name is not in the table."""

UNKNOWN_LEAF: Final = RefusalCode(
    "unknown_leaf",
    RefusalClass.NOT_FOUND,
    "The block has no such receipt leaf.",
    "该区块中没有此收据叶节点。",
)
"""The index is outside the block's leaves."""

REFUSALS: Final = (UNKNOWN_OPERATION, UNKNOWN_LEAF)
"""Refusals of this module."""

MAX_ITEMS: Final = 5_000
"""Items of one ``submit_many``."""

MAX_SCAN: Final = 10_000
"""Records of one ``scan``."""

Height = Annotated[int, msgspec.Meta(ge=0)]
"""A block's height."""


class ReceiptParts(codec.Record, frozen=True):
    """What a receipt takes from the block its transaction was executed in."""

    height: int
    """The block."""
    envelope: bytes
    """The transaction as it travelled."""
    leaf_index: int
    """Index of the outcome leaf."""
    leaves: tuple[bytes, ...]
    """The outcome leaf, then the transaction's balance leaves."""
    paths: tuple[tuple[bytes, ...], ...]
    """Merkle path of each of them."""
    leaf_count: int
    """Leaves of the whole block."""
    commitment_bytes: bytes
    """The block's commitment, encoded."""
    finality_tag: str
    """Kind of the finality proof; empty where there is none yet."""
    finality_payload: bytes
    """The proof."""


async def submit(engine: Engine, envelopes: Item) -> object:
    """Execute a transaction or group; answers its outcomes once they are durable."""
    return await engine.submit(envelopes)


async def submit_many(engine: Engine, items: Annotated[tuple[Item, ...], msgspec.Meta(max_length=MAX_ITEMS)]) -> object:
    """Execute many items; answers ``[outcomes, nil]`` or ``[nil, refusal]`` for each."""
    answers = await engine.submit_many(items)
    return [(None, record_of(each)) if isinstance(each, Refusal) else (each, None) for each in answers]


async def lookup(engine: Engine, transaction_id: TransactionId, valid_until_ms: Milliseconds) -> object:
    """Answer how a transaction ended as long as it is remembered, else nil."""
    return await engine.lookup(transaction_id, valid_until_ms)


async def status(engine: Engine) -> object:
    """Answer the engine's status."""
    return engine.status()


async def block(engine: Engine, height: Height) -> object:
    """Answer a stored block."""
    return await engine.read_block(height)


async def wait_block(engine: Engine, after_height: Height) -> object:
    """Answer the last durable height as soon as it is above ``after_height``."""
    return await engine.wait_block(after_height)


async def blocks(engine: Engine, from_height: Annotated[int, msgspec.Meta(ge=1)]) -> AsyncIterator[object]:
    """Stream every stored block from ``from_height`` on, without end."""
    height = from_height
    while True:
        newest = await engine.wait_block(height - 1)
        while height <= newest:
            yield await engine.read_block(height)
            height += 1


async def read(engine: Engine, family: str, key: bytes) -> object:
    """Answer an encoded record of the state, or nil."""
    return await engine.read_state(family, key)


async def scan(
    engine: Engine, family: str, prefix: bytes, limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_SCAN)]
) -> object:
    """Answer keys that begin with ``prefix`` and their encoded records, in key order."""
    return await engine.scan_state(family, prefix, limit)


async def receipt_parts(engine: Engine, height: Height, leaf_index: Height) -> object:
    """Answer what a receipt needs; ``leaf_index`` is that of an outcome leaf. Raises ``unknown_leaf``."""
    stored = await engine.read_block(height)
    envelopes = [envelope for item in stored.block.items for envelope in item]
    place = -1
    following = len(stored.leaves)
    for position, outcome in enumerate(stored.outcomes):
        if outcome.leaf_height != height or outcome.leaf_index < leaf_index:
            continue
        if outcome.leaf_index > leaf_index:
            following = min(following, outcome.leaf_index)
        elif place < 0:
            place = position
    if place < 0:
        UNKNOWN_LEAF.refuse(f"block {height} has no outcome leaf {leaf_index}")
    indexes = range(leaf_index, following)
    return ReceiptParts(
        height=height,
        envelope=envelopes[place],
        leaf_index=leaf_index,
        leaves=tuple(stored.leaves[index] for index in indexes),
        paths=tuple(tuple(_native.merkle_path(stored.leaves, index)) for index in indexes),
        leaf_count=len(stored.leaves),
        commitment_bytes=stored.commitment_bytes,
        finality_tag=stored.finality_tag,
        finality_payload=stored.finality_payload,
    )


class Operation(NamedTuple):
    """One row of the table."""

    call: Callable[..., Any]
    """Takes what it works with and the arguments."""
    arguments: msgspec.msgpack.Decoder[tuple[Any, ...]]
    """Decodes exactly its arguments."""
    streams: bool
    """Whether it answers with a stream."""


def operation_of(call: Callable[..., Any], names: Mapping[str, object]) -> Operation:
    """Return the row of a function whose first parameter is what it works with; ``names`` are its module's."""
    hints = inspect.get_annotations(call, eval_str=True, globals=dict(names))
    first = next(iter(inspect.signature(call).parameters))
    kinds = tuple(hint for name, hint in hints.items() if name not in (first, "return"))
    decoder = msgspec.msgpack.Decoder(tuple[kinds] if kinds else tuple[()])  # type: ignore[valid-type]
    return Operation(call, decoder, inspect.isasyncgenfunction(call))


OPERATIONS: Final[dict[str, Operation]] = {
    call.__name__: operation_of(call, {**globals(), "Engine": object, "AsyncIterator": list})
    for call in (submit, submit_many, lookup, status, block, wait_block, blocks, read, scan, receipt_parts)
}
"""Every operation by its name on the wire."""
