"""What has been decided: one block per height, the same for everybody, and what executing it must come to.

This is CometBFT's promise, taken for granted: the first block for which more than two thirds of the power voted is the
block of its height. Where a later round of the same height comes to another one, as it may in this model because nobody
is locked, it is answered with the first.

What blocks must come to is found by a ledger of its own, to which nothing ever happens and which is driven without
ABCI.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, NamedTuple

from payport.consensus.abci import HEIGHT_BYTES
from payport.consensus.application import Application
from payport.consensus.batch import read_batch
from payport.ledger.block import COMMITTED
from payport.ledger.state import validators
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.stored_block import NOT_PROVEN, store_executed
from payport.ledger.store.write_behind import WriteBehind
from payport.proof.commitment import commitment_hash
from payport.values import codec
from payport.values.hashing import Tag, tagged_hash

if TYPE_CHECKING:
    from payport.ledger.block import Outcome
    from payport.ledger.genesis import Genesis
    from payport.simulator.replicas.trace import Trace


class Block(NamedTuple):
    """A block as it is proposed and decided."""

    height: int
    """Its height, the engine's."""
    time_ms: int
    """Its time."""
    proposer: int
    """Who made it."""
    batches: tuple[bytes, ...]
    """What it holds."""

    @property
    def hash(self) -> bytes:
        """Hash by which everybody knows it."""
        return tagged_hash(Tag.BLOCK, codec.encode((self.height, self.time_ms, self.proposer, self.batches)))


class Result(NamedTuple):
    """What executing a decided block must come to."""

    app_hash: bytes
    """Hash of the commitment."""
    codes: tuple[int, ...]
    """One result per batch."""


class Chain:
    """The blocks, and the ledger they make."""

    def __init__(self, genesis: Genesis, trace: Trace) -> None:
        """Begin at genesis, with no blocks."""
        log = BlockLog(FaultyFiles(Random(0)))
        self.application = Application(genesis, log, WriteBehind(MemoryCheckpoint(), threaded=False))
        self._trace = trace
        self.blocks: list[Block] = []
        self.results = [Result(commitment_hash(self.application.machine.commitment_bytes), ())]
        """By the engine's height; that of genesis first."""
        self.engine_heights = [0]
        """The engine's height of each of the ledger's blocks, by the ledger's height."""
        self.committed: dict[bytes, int] = {}
        """Everything committed: its id, and the ledger's height of its block."""

    @property
    def height(self) -> int:
        """The engine's height."""
        return len(self.blocks)

    def decide(self, block: Block) -> Block:
        """Return the block that is decided for a height: this one, if it is the first."""
        assert block.height <= self.height + 1, "a height is decided after the one before it"
        if block.height == self.height + 1:
            self._trace.note(block.proposer, "its proposal is decided", block.height, block.hash, len(block.batches))
            self.blocks.append(block)
            self._execute(block)
        return self.blocks[block.height - 1]

    def shown(self, ledger_height: int) -> bool:
        """Tell whether the block after that of a ledger's height is decided, so that its header proves it."""
        return ledger_height < len(self.engine_heights) and self.engine_heights[ledger_height] < self.height

    def _execute(self, block: Block) -> None:
        machine = self.application.machine
        voting = validators.in_force(self.application.state, machine.height + 1)
        codes, items = [], []
        for batch in block.batches:
            body, public_key = read_batch(batch, self.application.chain_id)
            found = [machine.read_item(envelopes) for envelopes in body.items]
            wrong = [verdict for verdict in machine.verify_items(found) if verdict is not None]
            assert not wrong, f"a batch with a forged payment was decided: {wrong[0]}"
            member = voting.get(body.institution)
            known = member is not None and member.node_key == public_key
            codes.append(0 if known else 1)
            items += found if known else []
        if items:
            time_ms = max(machine.time_ms + 1, block.time_ms)
            executed = self.application.execute(machine.height + 1, time_ms, items)
            payload = block.height.to_bytes(HEIGHT_BYTES, "big")
            self.application.make_durable([store_executed(executed, NOT_PROVEN, payload)])
            self.engine_heights.append(block.height)
            for outcomes in executed.outcomes:
                self._count(outcomes)
        self.results.append(Result(commitment_hash(machine.commitment_bytes), tuple(codes)))

    def _count(self, outcomes: tuple[Outcome, ...]) -> None:
        for outcome in outcomes:
            if outcome.code == COMMITTED and not outcome.repeated:
                told = outcome.transaction_id.hex()
                assert outcome.transaction_id not in self.committed, f"{told} was committed twice"
                self.committed[outcome.transaction_id] = outcome.height
