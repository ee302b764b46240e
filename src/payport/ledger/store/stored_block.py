"""A block as the log keeps it: what was ordered, what came of it, and why it is final."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from payport.ledger.block import Block
from payport.values import codec
from payport.values.identifiers import TransactionId

if TYPE_CHECKING:
    from payport.ledger.block import Executed

NOT_PROVEN: Final = ""
"""Finality tag of a block whose engine keeps the proof elsewhere; the payload then says where."""


class StoredOutcome(codec.Record, frozen=True):
    """What happened to one transaction, as short as it can be said."""

    transaction_id: TransactionId
    """Its id."""
    code: str
    """``committed`` or the code of a refusal."""
    leaf_index: int
    """Index of its outcome leaf in ``leaf_height``'s block; -1 where there is none."""
    leaf_height: int
    """Block it was executed in: this one, or an earlier one for a repeat."""


class StoredBlock(codec.Record, frozen=True):
    """One payload of the block log."""

    block: Block
    """What was ordered."""
    leaves: tuple[bytes, ...]
    """Receipt leaves in their order."""
    outcomes: tuple[StoredOutcome, ...]
    """One per transaction, in the order of the items and their members."""
    commitment_bytes: bytes
    """What the block commits to, encoded."""
    finality_tag: str
    """Name of the finality proof's format, ``embedded/1`` for one; empty where the proof is kept elsewhere."""
    finality_payload: bytes
    """The proof itself."""

    @property
    def height(self) -> int:
        """Height of the block."""
        return self.block.height


_DECODER: Final = msgspec.msgpack.Decoder(StoredBlock)


def store_executed(executed: Executed, finality_tag: str, finality_payload: bytes) -> StoredBlock:
    """Return the record the log keeps of an executed block."""
    outcomes = tuple(
        StoredOutcome(outcome.transaction_id, outcome.code, outcome.leaf_index, outcome.height)
        for members in executed.outcomes
        for outcome in members
    )
    return StoredBlock(
        executed.block, executed.leaves, outcomes, executed.commitment_bytes, finality_tag, finality_payload
    )


def read_stored_block(payload: bytes) -> StoredBlock:
    """Decode a payload of the block log; raises ``malformed_bytes``."""
    return codec.decode_with(_DECODER, payload)
