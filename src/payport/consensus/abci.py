"""The application side of the ABCI calls, in the order an engine that votes on blocks makes them.

``info``, then per height ``prepare_proposal`` (at the proposer), ``process_proposal``, ``finalize_block`` and
``commit``; ``check_tx`` at any time. Only ``finalize_block`` executes and only ``commit`` makes durable; after a crash
between the two, ``info`` names the height before, and the engine sends the block again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.consensus.batch import INVALID_BATCH, read_batch
from payport.ledger.store.stored_block import NOT_PROVEN, store_executed
from payport.proof.commitment import commitment_hash
from payport.values.limits import MAX_BLOCK_BYTES, MAX_TRANSACTIONS_PER_BLOCK
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.consensus.application import Application
    from payport.ledger.admission import Item
    from payport.ledger.block import Executed, Outcome
    from payport.ledger.store.stored_block import StoredBlock

ACCEPTED: Final = 0
"""Result code of a batch that is well-formed."""

REJECTED: Final = 1
"""Result code of a batch that is wrong whatever the state."""

MAX_CHECKED: Final = 1_024
"""Batches remembered as checked, so that each payment's signature is verified once per node."""


class Info(NamedTuple):
    """Where the application is."""

    height: int
    """Last durable block: everything above must be sent again."""
    app_hash: bytes
    """Hash of its commitment."""


class Finalized(NamedTuple):
    """What ``finalize_block`` answers."""

    app_hash: bytes
    """Hash of the commitment."""
    codes: tuple[int, ...]
    """One result per batch."""
    outcomes: tuple[tuple[tuple[Outcome, ...], ...], ...]
    """Per batch and item, one outcome per member."""


class _Executing(NamedTuple):
    block_hash: bytes
    executed: Executed
    answer: Finalized


class AbciApplication:
    """Answers the calls; keeps the block under way between ``finalize_block`` and ``commit``."""

    def __init__(self, application: Application) -> None:
        """Drive ``application``."""
        self._application = application
        self._checked: dict[bytes, tuple[Item, ...]] = {}
        self._under_way: _Executing | None = None

    def info(self) -> Info:
        """Answer where a restarted engine must go on."""
        return Info(self._application.durable_height, commitment_hash(self._application.machine.commitment_bytes))

    def check_tx(self, batch: bytes) -> tuple[int, str]:
        """Answer whether a batch may wait for a block: a code, and what is wrong with it."""
        try:
            self._read(batch)
        except Refusal as refusal:
            return REJECTED, str(refusal)
        return ACCEPTED, ""

    def prepare_proposal(self, batches: Sequence[bytes], max_bytes: int = MAX_BLOCK_BYTES) -> list[bytes]:
        """Choose what to propose: a batch that is wrong, raises anything or does not fit is left out."""
        chosen: list[bytes] = []
        size = transactions = 0
        for batch in batches:
            with contextlib.suppress(Exception):
                count = _count(self._read(batch))
                if size + len(batch) <= max_bytes and transactions + count <= MAX_TRANSACTIONS_PER_BLOCK:
                    chosen.append(batch)
                    size += len(batch)
                    transactions += count
        return chosen

    def process_proposal(self, batches: Sequence[bytes]) -> bool:
        """Answer whether to vote for a proposal: every batch must be well-formed, and all must fit."""
        try:
            transactions = sum(_count(self._read(batch)) for batch in batches)
        except Exception:  # noqa: BLE001 - a proposal that makes the program fail is not voted for
            return False
        return transactions <= MAX_TRANSACTIONS_PER_BLOCK and sum(map(len, batches)) <= MAX_BLOCK_BYTES

    def finalize_block(self, block_hash: bytes, height: int, time_ms: int, batches: Sequence[bytes]) -> Finalized:
        """Execute a decided block; the same block again gives the same answer without executing it again."""
        if self._under_way is not None:
            assert self._under_way.block_hash == block_hash, "another block was decided before the last was committed"
            return self._under_way.answer
        per_batch: list[tuple[Item, ...]] = []
        codes: list[int] = []
        for batch in batches:
            try:
                per_batch.append(self._read(batch))
                codes.append(ACCEPTED)
            except Refusal:
                per_batch.append(())
                codes.append(REJECTED)
        items = [item for batch_items in per_batch for item in batch_items]
        self._application.machine.read_ahead(items)
        executed = self._application.execute(height, time_ms, items)
        remaining = iter(executed.outcomes)
        outcomes = tuple(tuple(next(remaining) for _ in batch_items) for batch_items in per_batch)
        answer = Finalized(commitment_hash(executed.commitment_bytes), tuple(codes), outcomes)
        self._under_way = _Executing(block_hash, executed, answer)
        return answer

    def commit(self, finality_tag: str = NOT_PROVEN, finality_payload: bytes = b"") -> StoredBlock:
        """Make the block under way durable."""
        assert self._under_way is not None, "nothing was finalised"
        stored = store_executed(self._under_way.executed, finality_tag, finality_payload)
        self._application.make_durable([stored])
        self._under_way = None
        return stored

    def _read(self, batch: bytes) -> tuple[Item, ...]:
        """Decode a batch and verify every signature in it, once; raises a refusal for the whole batch."""
        known = self._checked.get(batch)
        if known is not None:
            return known
        machine = self._application.machine
        items = tuple(machine.read_item(envelopes) for envelopes in read_batch(batch, self._application.chain_id).items)
        if _count(items) > MAX_TRANSACTIONS_PER_BLOCK:
            INVALID_BATCH.refuse(f"more than {MAX_TRANSACTIONS_PER_BLOCK} transactions")
        for verdict in machine.verify_items(items):
            if verdict is not None:
                raise verdict
        if len(self._checked) >= MAX_CHECKED:
            del self._checked[next(iter(self._checked))]
        self._checked[batch] = items
        return items


def _count(items: Sequence[Item]) -> int:
    return sum(len(item.members) for item in items)
