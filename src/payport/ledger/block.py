"""A block as it is ordered and stored, and what executing it yields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec

from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.limits import MAX_ENVELOPE_BYTES, MAX_GROUP_MEMBERS, MAX_TRANSACTIONS_PER_BLOCK

if TYPE_CHECKING:
    from payport.proof.commitment import Commitment

COMMITTED = "committed"
"""The outcome of a transaction that had its effect; every other outcome is the code of a refusal."""

EnvelopeBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_ENVELOPE_BYTES)]
"""One encoded envelope."""

Item = Annotated[tuple[EnvelopeBytes, ...], msgspec.Meta(min_length=1, max_length=MAX_GROUP_MEMBERS)]
"""What is ordered as one: a single transaction, or the members of a group in their order."""


class Block(codec.Record, frozen=True):
    """What consensus orders and the block log keeps."""

    height: int
    """1 for the first block; genesis is height 0."""
    time_ms: Milliseconds
    """Block time; later than that of every earlier block."""
    items: Annotated[tuple[Item, ...], msgspec.Meta(max_length=MAX_TRANSACTIONS_PER_BLOCK)]
    """Transactions and groups in the order they execute."""


class Outcome(NamedTuple):
    """What happened to one transaction."""

    transaction_id: bytes
    """Its id."""
    code: str
    """``committed`` or the code of a refusal."""
    final: bool
    """Whether these bytes can never have another outcome."""
    height: int
    """Block it was executed in; for a repeat, the block of the original."""
    leaf_index: int
    """Index of its outcome leaf in that block; -1 where there is none."""
    repeated: bool
    """Whether it had been executed before, so that nothing happened now."""
    detail: str
    """Which value broke the rule; empty for ``committed``. Not part of anything hashed."""


class Executed(NamedTuple):
    """What executing one block yields."""

    block: Block
    """The block."""
    outcomes: tuple[tuple[Outcome, ...], ...]
    """One tuple per item, one outcome per member."""
    leaves: tuple[bytes, ...]
    """Receipt leaves: for each transaction its outcome leaf, then one leaf per balance it changed."""
    commitment: Commitment
    """What the block commits to."""
    commitment_bytes: bytes
    """Its encoding, whose hash is the app hash."""
