"""One node over files that lose and tear what was not synced, and the checks that nothing acknowledged was lost."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.consensus.application import Application, CheckpointPolicy
from payport.ledger.block import COMMITTED
from payport.ledger.store.block_log import BlockLog, LogFailedError
from payport.ledger.store.checkpoint import MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.stored_block import NOT_PROVEN, store_executed
from payport.ledger.store.write_behind import WriteBehind
from payport.ledger.transactions.control.void import VOIDED
from payport.proof.leaves import OUTCOME_KIND
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from payport.ledger.admission import Item
    from payport.ledger.block import Outcome
    from payport.ledger.genesis import Genesis
    from payport.ledger.store.stored_block import StoredBlock
    from payport.simulator.attempt import Attempt

SEGMENT_BYTES: Final = 256 * 1024
"""Small segments, so that a run closes many of them."""

CHECKPOINTS: Final = CheckpointPolicy(blocks=20, milliseconds=60_000)
"""Frequent checkpoints, so that restarts begin from many different ones."""

Answer = tuple["Outcome", ...] | Refusal
"""Outcomes, or a refusal at the door."""


class Fault(enum.Enum):
    """When the power fails."""

    NEVER = "never"
    BEFORE_APPEND = "before append"
    DURING_SYNC = "during sync"
    AFTER_SYNC = "after sync"
    AFTER_ANSWER = "after answer"


class Proposed(NamedTuple):
    """Attempts that go into one block."""

    time_ms: int
    """Block time."""
    attempts: Sequence[Attempt]
    """In their order."""


class CrashedError(Exception):
    """The power failed before anybody was answered."""


class Node:
    """The node, its disk, and what it has acknowledged."""

    def __init__(self, genesis: Genesis, random: Random) -> None:
        """Start an empty node; its disk's faults come from ``random``."""
        self.genesis = genesis
        self.crashes = 0
        self._files = FaultyFiles(random)
        self._checkpoint = MemoryCheckpoint()
        self._acknowledged: dict[bytes, tuple[str, int, int]] = {}
        self.application = self._open(self._checkpoint)

    def execute(self, blocks: Sequence[Proposed], fault: Fault) -> list[list[Answer]]:
        """Take the blocks as an engine does; raises :class:`CrashedError` where ``fault`` comes before the answers."""
        answers: list[list[Answer]] = []
        stored: list[StoredBlock] = []
        for block in blocks:
            found, made = self._execute_block(block)
            answers.append(found)
            stored += made
        self._append(stored, fault)
        for outcomes in (each for found in answers for each in found if not isinstance(each, Refusal)):
            self._acknowledge(outcomes)
        if fault is Fault.AFTER_ANSWER:
            self._crash()
        return answers

    def replay_everything(self) -> Application:
        """Return a second application that executed the whole log from genesis; each commitment was compared."""
        return self._open(MemoryCheckpoint())

    def check_log(self) -> None:
        """Assert that everything acknowledged is in the log exactly once, and nothing committed twice."""
        found: dict[bytes, list[tuple[str, int, int]]] = {}
        committed: set[bytes] = set()
        for height in range(1, self.application.log.height + 1):
            for index, leaf in enumerate(self.application.read_block(height).leaves):
                fields = codec.decode(leaf, list[object])
                if fields[0] != OUTCOME_KIND:
                    continue
                transaction_id, code = fields[1], fields[2]
                assert isinstance(transaction_id, bytes)
                assert isinstance(code, str)
                found.setdefault(transaction_id, []).append((code, height, index))
                if code == COMMITTED:
                    assert transaction_id not in committed, f"{transaction_id.hex()} was committed twice"
                    committed.add(transaction_id)
        for transaction_id, answer in self._acknowledged.items():
            times = found.get(transaction_id, []).count(answer)
            assert times == 1, f"{transaction_id.hex()}, acknowledged as {answer}, is in the log {times} times"
            assert answer[0] == COMMITTED or transaction_id not in committed

    def _execute_block(self, block: Proposed) -> tuple[list[Answer], list[StoredBlock]]:
        machine = self.application.machine
        time_ms = max(machine.time_ms + 1, block.time_ms)
        answers: list[Answer | None] = [self._refused_at_door(attempt) for attempt in block.attempts]
        admitted: list[tuple[int, Item]] = []
        for place, attempt in enumerate(block.attempts):
            if answers[place] is not None:
                continue
            item = machine.read_item(attempt.encoded)
            answers[place] = machine.recall(item)
            if answers[place] is None:
                try:
                    machine.admit(item, time_ms)
                except Refusal as refusal:
                    answers[place] = refusal
                else:
                    admitted.append((place, item))
        stored: list[StoredBlock] = []
        if admitted:
            executed = self.application.execute(machine.height + 1, time_ms, [item for _, item in admitted])
            for (place, _), outcomes in zip(admitted, executed.outcomes, strict=True):
                answers[place] = outcomes
            stored.append(store_executed(executed, NOT_PROVEN, b""))
        return [answer for answer in answers if answer is not None], stored

    def _refused_at_door(self, attempt: Attempt) -> Refusal | None:
        try:
            item = self.application.machine.read_item(attempt.encoded)
        except Refusal as refusal:
            return refusal
        return self.application.machine.verify_items([item])[0]

    def _append(self, stored: list[StoredBlock], fault: Fault) -> None:
        if fault is Fault.DURING_SYNC:
            self._files.file(self._files.names()[-1]).fail_next_sync = True
        if fault is not Fault.BEFORE_APPEND:
            try:
                self.application.make_durable(stored)
            except LogFailedError:
                assert fault is Fault.DURING_SYNC
        if fault in {Fault.BEFORE_APPEND, Fault.DURING_SYNC, Fault.AFTER_SYNC}:
            self._crash()
            raise CrashedError

    def _crash(self) -> None:
        """Cut the power, start again from what the disk kept, and look for what was acknowledged."""
        self.crashes += 1
        self._files.crash()
        for name in self._files.names():
            self._files.file(name).fail_next_sync = False
        self.application = self._open(self._checkpoint)
        self.check_log()

    def _open(self, checkpoint: MemoryCheckpoint) -> Application:
        log = BlockLog(self._files, segment_bytes=SEGMENT_BYTES)
        return Application(self.genesis, log, WriteBehind(checkpoint, threaded=False), CHECKPOINTS)

    def _acknowledge(self, outcomes: tuple[Outcome, ...]) -> None:
        for outcome in outcomes:
            if not outcome.final or outcome.code == VOIDED.code:
                continue
            answer = (outcome.code, outcome.height, outcome.leaf_index)
            known = self._acknowledged.setdefault(outcome.transaction_id, answer)
            assert known == answer, f"{outcome.transaction_id.hex()} was acknowledged as {known}, now as {answer}"
