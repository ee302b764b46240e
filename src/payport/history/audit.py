"""An audit: a chain executed again from genesis, believing nothing that is stored, and compared with what is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.history.verified import Chain, verify_block
from payport.history.voting import Voting
from payport.ledger.block import COMMITTED
from payport.ledger.digest import META
from payport.ledger.invariants import law
from payport.ledger.machine import Machine
from payport.ledger.protocol import PROTOCOL_NOT_KNOWN, ProtocolUnknownError
from payport.ledger.state import parameters
from payport.ledger.state.state import State, families
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.stored_block import NOT_PROVEN, store_executed
from payport.proof.commitment import commitment_hash, decode_commitment
from payport.proof.merkle import Frontier
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payport.ledger.genesis import Genesis
    from payport.ledger.store.checkpoint import Checkpoint
    from payport.ledger.store.stored_block import StoredBlock
    from payport.proof.trust import Trust

AUDIT_FAILED: Final = RefusalCode(
    "audit_failed",
    RefusalClass.CONFLICT,
    "The chain is not what it says it is.",
    "链的内容与其声明不符。",
)
"""The detail names the first block that differs, and what."""

REFUSALS: Final = (AUDIT_FAILED,)
"""Refusals of this module."""


class Report(NamedTuple):
    """What an audit found right."""

    height: int
    """Last block."""
    time_ms: int
    """Its block time."""
    transactions: int
    """Transactions in all blocks, repeated ones too."""
    committed: int
    """Of those, first outcomes that are ``committed``."""
    proven: int
    """Blocks whose finality proof was there and verified."""
    state_digest: str
    """Digest of the whole state, in hexadecimal."""
    commitment: str
    """Hash of the last commitment, in hexadecimal."""


class Auditor:
    """Takes the blocks of a chain in their order; the whole state is in memory meanwhile."""

    def __init__(self, genesis: Genesis, trust: Trust | None) -> None:
        """Begin with genesis; without ``trust`` no finality proof is looked at."""
        self._base = MemoryCheckpoint()
        self._state = State(self._base)
        self._machine = Machine(genesis, self._state)
        self._base.apply(0, self._state.take_changes())
        self._voting = None if trust is None else Voting(trust)
        self._chain = Chain(Frontier(), 0)
        self._transactions = self._committed = self._proven = 0

    @property
    def height(self) -> int:
        """Last block that was taken."""
        return self._machine.height

    def take(self, stored: StoredBlock) -> None:
        """Check and execute the next block, every law asserted; raises ``audit_failed`` and ``protocol_not_known``."""
        machine, height = self._machine, self._machine.height + 1
        if stored.height != height or stored.block.height != height:
            AUDIT_FAILED.refuse(f"block {stored.block.height} stands in the place of block {height}")
        self._verify(stored)
        try:
            machine.require_known_rules()
            items = [machine.read_item(envelopes) for envelopes in stored.block.items]
        except ProtocolUnknownError as unknown:
            PROTOCOL_NOT_KNOWN.refuse(str(unknown).removeprefix(f"{PROTOCOL_NOT_KNOWN.code}: "))
        except Refusal as refusal:
            AUDIT_FAILED.refuse(f"block {height}: {refusal}")
        for number, verdict in enumerate(machine.verify_items(items)):
            if verdict is not None:
                AUDIT_FAILED.refuse(f"block {height}, item {number}: {verdict}")
        if stored.block.time_ms <= machine.time_ms:
            AUDIT_FAILED.refuse(f"block {height} is not later than the one before it")
        try:
            executed = machine.execute(height, stored.block.time_ms, items)
        except AssertionError as broken:
            AUDIT_FAILED.refuse(f"block {height}: {broken}")
        found = store_executed(executed, stored.finality_tag, stored.finality_payload)
        for what in ("commitment_bytes", "leaves", "outcomes", "block"):
            if getattr(found, what) != getattr(stored, what):
                AUDIT_FAILED.refuse(f"block {height}: executed again it has another {what.removesuffix('_bytes')}")
        self._base.apply(height, self._state.take_changes())
        self._transactions += len(stored.outcomes)
        self._committed += sum(each.code == COMMITTED and each.leaf_height == height for each in stored.outcomes)

    def compare(self, stored: Checkpoint) -> int:
        """Compare every record with a stored state of the same height; return their number. Raises ``audit_failed``."""
        assert stored.height == self.height, "states of one height are compared"
        count = 0
        for family in (*(each.name for each in families()), META):
            mine, theirs = self._base.scan(family), stored.scan(family)
            for own, other in _paired(mine, theirs):
                if own != other:
                    key = (own or other or (b"", b""))[0]
                    AUDIT_FAILED.refuse(f"the stored state of block {self.height} differs: {family} {key.hex()}")
                count += 1
        return count

    def finish(self) -> Report:
        """Check every law over the whole state, and tell what was found; raises ``audit_failed``."""
        broken = law.broken_laws(self._state, parameters.protocol_version(self._state, self.height))
        if broken:
            AUDIT_FAILED.refuse(f"after block {self.height}: {broken}")
        machine = self._machine
        digest = decode_commitment(machine.commitment_bytes).state_digest
        return Report(
            machine.height,
            machine.time_ms,
            self._transactions,
            self._committed,
            self._proven,
            digest.hex(),
            commitment_hash(machine.commitment_bytes).hex(),
        )

    def _verify(self, stored: StoredBlock) -> None:
        """Check the finality proof, where there is one, and that the block continues the log of commitments."""
        if self._voting is None or stored.finality_tag == NOT_PROVEN:
            return
        try:
            verified = verify_block(stored, self._voting.trust)
            self._voting.follow(verified)
            self._chain.extend(verified)
        except Refusal as refusal:
            AUDIT_FAILED.refuse(str(refusal))
        self._proven += 1


def _paired(
    mine: Iterator[tuple[bytes, bytes]], theirs: Iterator[tuple[bytes, bytes]]
) -> Iterator[tuple[tuple[bytes, bytes] | None, tuple[bytes, bytes] | None]]:
    """Yield records of two states side by side; ``None`` where one has no more."""
    while True:
        pair = next(mine, None), next(theirs, None)
        if pair == (None, None):
            return
        yield pair
