"""What the simulated CometBFTs say to each other about blocks."""

from __future__ import annotations

from typing import NamedTuple

from payport.simulator.replicas.chain import Block


class Proposal(NamedTuple):
    """Who is to propose in a round does."""

    round: int
    """The round."""
    block: Block
    """What he proposes."""


class Vote(NamedTuple):
    """Somebody votes for a proposal, once per round."""

    height: int
    """Height of the proposal."""
    round: int
    """Its round."""
    block_hash: bytes
    """Its block."""


class Status(NamedTuple):
    """Somebody waited in vain: where he is now."""

    height: int
    """Height he has no block for."""
    round: int
    """Round he begins."""


class Ask(NamedTuple):
    """Somebody who is behind asks for a block."""

    height: int
    """Its height."""


class Known(NamedTuple):
    """A decided block, told to somebody who is behind."""

    block: Block
    """The block."""
    height: int
    """Height the sender has no block for: how far behind the other is."""


Message = Proposal | Vote | Status | Ask | Known
