"""The ledger over its store, as every engine drives it: replay, execute, make durable, read."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from payport.consensus.contract import UNKNOWN_BLOCK
from payport.consensus.tally import Distribution
from payport.ledger.machine import Machine
from payport.ledger.state import accounts, institutions
from payport.ledger.state.state import State
from payport.ledger.store.stored_block import read_stored_block
from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payport.ledger.admission import Item
    from payport.ledger.block import Executed
    from payport.ledger.genesis import Genesis
    from payport.ledger.store.block_log import BlockLog
    from payport.ledger.store.stored_block import StoredBlock
    from payport.ledger.store.write_behind import WriteBehind

RECENT_BLOCKS: Final = 16
"""Blocks kept decoded for followers that are close behind."""

CHECKPOINT_BLOCKS: Final = 1_000
"""A checkpoint is sealed at the latest after this many blocks."""

CHECKPOINT_MS: Final = 5_000
"""And once block time has moved on by this much, so that a restart has only seconds of blocks to execute again."""

MAX_BACKLOG: Final = 2
"""While this many sealed checkpoints wait for the medium, changes gather instead."""


EXECUTION_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Bounds by which the time of executions is counted: from a small block to one that holds up a consortium."""


class ReplayError(Exception):
    """The stored blocks and the stored state do not belong together; nothing was changed."""


@dataclass(frozen=True, slots=True)
class CheckpointPolicy:
    """When gathered changes are sealed for the checkpoint."""

    blocks: int = CHECKPOINT_BLOCKS
    """At the latest after this many blocks."""
    milliseconds: int = CHECKPOINT_MS
    """And after this much block time."""


class Application:
    """One ledger and its store.

    :meth:`execute` and whatever reads the machine belong to one thread; :meth:`make_durable` may run in another.
    """

    def __init__(
        self, genesis: Genesis, log: BlockLog, base: WriteBehind, policy: CheckpointPolicy | None = None
    ) -> None:
        """Open the ledger and execute again what the checkpoint does not hold yet.

        Raises :class:`ReplayError`, and :class:`~payport.ledger.protocol.ProtocolUnknownError` where the next block
        needs rules that this program does not know.
        """
        self._genesis = genesis
        self._policy = policy or CheckpointPolicy()
        self.execution_seconds = Distribution(EXECUTION_SECONDS)
        """How long executing each block took, those replayed at the start among them."""
        self._open(log, base)

    def reopen(self, opened: Callable[[], tuple[BlockLog, WriteBehind]]) -> None:
        """Close the ledger and go on with what ``opened`` returns; nobody may execute meanwhile."""
        self.close()
        self._open(*opened())

    def _open(self, log: BlockLog, base: WriteBehind) -> None:
        self.log = log
        self.base = base
        self._recent: deque[StoredBlock] = deque(maxlen=RECENT_BLOCKS)
        if base.checkpoint_height > log.height:
            raise ReplayError(
                f"the checkpoint is at height {base.checkpoint_height} but the block log ends at {log.height}: "
                "blocks were lost, or belong to another data directory; a member of a consortium begins again from "
                "what the others have with `payport network restore`"
            )
        self.state = State(base)
        self.machine = Machine(self._genesis, self.state)
        self.chain_id = self._genesis.chain_id
        if base.checkpoint_height < 0:
            base.add(0, self.state.take_changes())
        if self.machine.height != base.height:
            raise ReplayError(f"the checkpoint at height {base.height} holds the state of height {self.machine.height}")
        self._sealed_height = self.machine.height
        self._sealed_time_ms = self.machine.time_ms
        self.replayed_blocks = 0
        self._let_write()
        self._replay()
        self.machine.require_known_rules()

    @property
    def height(self) -> int:
        """Height of the last executed block."""
        return self.machine.height

    @property
    def durable_height(self) -> int:
        """Height of the last durable block."""
        return self.log.height

    def execute(self, height: int, time_ms: int, items: Sequence[Item]) -> Executed:
        """Execute the next block; nothing is durable yet."""
        if self.base.failure is not None:
            raise self.base.failure
        began = time.perf_counter()
        executed = self.machine.execute(height, time_ms, items)
        self.execution_seconds.count(time.perf_counter() - began)
        assert self.machine.height == height, "the machine executed another height"
        self.base.add(height, self.state.take_changes())
        self._seal_when_due()
        return executed

    def institution_of(self, item: Item) -> str:
        """Return whose traffic an item is: of the institution that sends it, or of its first sender's; any thread may.

        Empty where no member is concerned: made-up senders share one place, however many names they use.
        """
        sender = item.members[0].transaction.sender
        if isinstance(sender, str):
            return "" if institutions.table(self.state).peek(sender.encode()) is None else sender
        account = accounts.table(self.state).peek(sender)
        return "" if account is None else account.institution

    def make_durable(self, blocks: Sequence[StoredBlock]) -> None:
        """Append blocks to the log and sync once; all of them are durable on return."""
        if not blocks:
            return
        assert blocks[0].height == self.log.height + 1, "blocks are stored in order"
        self.log.append([codec.encode(block) for block in blocks])
        assert self.log.height == blocks[-1].height, "the log holds exactly these blocks"
        self._recent.extend(blocks)
        self._let_write()

    def read_block(self, height: int) -> StoredBlock:
        """Return a durable block; raises ``unknown_block``."""
        for block in tuple(self._recent):
            if block.height == height:
                return block
        if not 1 <= height <= self.log.height:
            UNKNOWN_BLOCK.refuse(str(height))
        return read_stored_block(self.log.read(height))

    def newest_block(self) -> StoredBlock | None:
        """Return the last durable block; ``None`` before the first."""
        return self.read_block(self.log.height) if self.log.height else None

    def close(self) -> None:
        """Write the checkpoint and close all files."""
        self.base.note_durable(self.log.height)
        self.base.seal()
        self.base.close()
        self.log.close()

    def abandon(self) -> None:
        """Close all files after a failure; what is durable is executed again at the next start."""
        with contextlib.suppress(Exception):
            self.base.close()
        self.log.close()

    def _let_write(self) -> None:
        """Let the checkpoint follow the log, one block behind it.

        A log whose last block is found damaged after a crash is then still one that the checkpoint belongs to: the
        block is executed again once the others of a consortium have given it again.
        """
        self.base.note_durable(self.log.height - 1)

    def _replay(self) -> None:
        for height in range(self.machine.height + 1, self.log.height + 1):
            stored = read_stored_block(self.log.read(height))
            block = stored.block
            if block.height != height:
                raise ReplayError(f"the block log holds block {block.height} in the place of block {height}")
            self.machine.require_known_rules()  # before it is read: what is in it may be of a kind nobody here knows
            items = [self.machine.read_item(envelopes) for envelopes in block.items]
            self.machine.read_ahead(items)
            executed = self.execute(height, block.time_ms, items)
            if executed.commitment_bytes != stored.commitment_bytes:
                raise ReplayError(
                    f"executing block {height} again gives another commitment than the stored one: "
                    "the program's rules, the checkpoint or the log were changed"
                )
            self.replayed_blocks += 1

    def _seal_when_due(self) -> None:
        machine = self.machine
        due = (
            machine.height - self._sealed_height >= self._policy.blocks
            or machine.time_ms - self._sealed_time_ms >= self._policy.milliseconds
        )
        if due and self.base.backlog < MAX_BACKLOG:
            self.base.seal()
            self._sealed_height = machine.height
            self._sealed_time_ms = machine.time_ms
