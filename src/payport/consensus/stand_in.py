"""A stand-in for an engine that votes: drives one application through the ABCI call order, in this process.

It keeps the decided blocks itself, as a real engine does, so they survive a crash of the application; a restarted
application is brought up to date by the blocks above what ``info`` names. Time is the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from payport.consensus.abci import ACCEPTED, AbciApplication
from payport.consensus.batch import INVALID_BATCH, encode_batch
from payport.values import codec
from payport.values.hashing import Tag, tagged_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.consensus.abci import Finalized
    from payport.consensus.application import Application
    from payport.consensus.contract import Signer
    from payport.ledger.store.stored_block import StoredBlock


class Decided(NamedTuple):
    """A block the engine has decided, and will send again to an application that lost it."""

    height: int
    """Its height."""
    time_ms: int
    """Its block time."""
    batches: tuple[bytes, ...]
    """What it holds."""
    app_hash: bytes
    """What the application answered when it was executed."""

    @property
    def block_hash(self) -> bytes:
        """Hash by which the application knows the block."""
        return tagged_hash(Tag.BLOCK, codec.encode((self.height, self.time_ms, self.batches)))


class ReplayDivergedError(Exception):
    """An application executed a decided block with another result than before."""


class StandIn:
    """One node of an imagined network in which everybody agrees."""

    def __init__(self, application: Application, signer: Signer, institution: str) -> None:
        """Drive ``application``; batches are signed by ``institution``'s node."""
        self._signer = signer
        self._institution = institution
        self.decided: list[Decided] = []
        self.mempool: list[bytes] = []
        self._attach(application)

    def restart(self, application: Application) -> int:
        """Go on with a restarted application; returns how many blocks it had to execute again."""
        self._attach(application)
        height = self._abci.info().height
        for block in self.decided[height:]:
            answer = self._abci.finalize_block(block.block_hash, block.height, block.time_ms, block.batches)
            if answer.app_hash != block.app_hash:
                raise ReplayDivergedError(f"block {block.height} gave another app hash after the restart")
            self._abci.commit()
        return len(self.decided) - height

    def add_batch(self, items: Sequence[tuple[bytes, ...]]) -> bytes:
        """Sign a batch and put it in the mempool; raises ``invalid_batch``."""
        batch = encode_batch(self._application.chain_id, self._institution, tuple(items), self._signer)
        self.add_foreign_batch(batch)
        return batch

    def add_foreign_batch(self, batch: bytes) -> None:
        """Put another node's batch in the mempool; raises ``invalid_batch``."""
        code, message = self._abci.check_tx(batch)
        if code != ACCEPTED:
            INVALID_BATCH.refuse(message)
        self.mempool.append(batch)

    def decide(self, time_ms: int) -> Finalized | None:
        """Propose what is in the mempool, vote and execute; ``None`` where the vote fails. Not durable yet."""
        proposal = self._abci.prepare_proposal(self.mempool)
        if not self._abci.process_proposal(proposal):
            return None
        block = Decided(len(self.decided) + 1, time_ms, tuple(proposal), b"")
        answer = self._abci.finalize_block(block.block_hash, block.height, time_ms, block.batches)
        self.decided.append(block._replace(app_hash=answer.app_hash))
        self.mempool = [batch for batch in self.mempool if batch not in proposal]
        return answer

    def commit(self) -> StoredBlock | None:
        """Let the application make the decided block durable; ``None`` where nothing was executed in it."""
        return self._abci.commit()

    def _attach(self, application: Application) -> None:
        self._application = application
        self._abci = AbciApplication(application)
