"""The application side of the ABCI calls, in the order an engine that votes on blocks makes them.

``info``, then per height ``prepare_proposal`` (at the proposer), ``process_proposal``, ``finalize_block`` and
``commit``; ``check_tx`` at any time. Only ``finalize_block`` executes and only ``commit`` makes durable; after a crash
between the two, ``info`` names the height before, and the engine sends the block again.

A block in which nothing is left to execute leaves the ledger as it is: an idle chain keeps time by empty blocks, and
were each of them to change the application hash, the engine would follow it by another at once. So the engine counts
more heights than the ledger; the log keeps, where a block's proof would be, the engine's height it was executed at.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.consensus.batch import INVALID_BATCH, read_batch
from payport.ledger.state import validators
from payport.ledger.store.stored_block import NOT_PROVEN, store_executed
from payport.proof.commitment import commitment_hash
from payport.values.limits import MAX_BLOCK_BYTES, MAX_TRANSACTIONS_PER_BLOCK
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payport.consensus.application import Application
    from payport.ledger.admission import Item
    from payport.ledger.block import Executed, Outcome
    from payport.ledger.store.stored_block import StoredBlock

ACCEPTED: Final = 0
"""Result code of a batch that is well-formed."""

REJECTED: Final = 1
"""Result code of a batch that is wrong whatever the state."""

HEIGHT_BYTES: Final = 8
"""Bytes of the engine's height in the log."""

MAX_CHECKED_BYTES: Final = 64 * 1024 * 1024
"""Bytes of the batches remembered as checked, so that each payment's signature is verified once per node."""


class Info(NamedTuple):
    """Where the application is."""

    height: int
    """The engine's height that is durable: everything above must be sent again."""
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
    items: tuple[Item, ...] = ()
    """What was executed, in the order of the outcomes."""
    powers: Mapping[bytes, int] = {}
    """New voting power of each engine key whose power this block changes; 0 for one that votes no more."""


class _Checked(NamedTuple):
    """A batch that is right by itself."""

    institution: str
    public_key: bytes
    items: tuple[Item, ...]


class _Executing(NamedTuple):
    block_hash: bytes
    height: int
    executed: Executed | None
    answer: Finalized


class AbciApplication:
    """Answers the calls; keeps the block under way between ``finalize_block`` and ``commit``."""

    def __init__(self, application: Application) -> None:
        """Drive ``application``."""
        self._application = application
        self._checked: dict[bytes, _Checked] = {}
        self._checked_bytes = 0
        self._under_way: _Executing | None = None
        self.reopen()

    def reopen(self) -> None:
        """Take note of where the application is; nothing may be under way."""
        assert self._under_way is None, "a block is under way"
        application = self._application
        self._height = engine_height(application.newest_block())
        self._app_hash = commitment_hash(application.machine.commitment_bytes)
        self._voting = validators.in_force(application.state, application.height + 1)
        """Whose votes and batches count for the next block; replaced as a whole, so any thread may look."""

    def skip_to(self, height: int) -> None:
        """Take note that the engine's blocks up to ``height`` held nothing to execute."""
        self._height = max(self._height, height)

    def info(self) -> Info:
        """Answer where a restarted engine must go on."""
        return Info(self._height, self._app_hash)

    def check_tx(self, batch: bytes) -> tuple[int, str]:
        """Answer whether a batch may wait for a block: a code, and what is wrong with it."""
        try:
            self._require_member(self._read(batch))
        except Refusal as refusal:
            return REJECTED, str(refusal)
        return ACCEPTED, ""

    def validators(self) -> dict[bytes, int]:
        """Return the voting power by engine key of those who decide the next block; empty where nobody was named."""
        return validators.changes({}, self._voting)

    def prepare_proposal(self, batches: Sequence[bytes], max_bytes: int = MAX_BLOCK_BYTES) -> list[bytes]:
        """Choose what to propose: what is wrong, of no validator, raises anything or does not fit is left out."""
        chosen: list[bytes] = []
        size = transactions = 0
        for batch in batches:
            with contextlib.suppress(Exception):
                checked = self._read(batch)
                self._require_member(checked)
                count = _count(checked.items)
                if size + len(batch) <= max_bytes and transactions + count <= MAX_TRANSACTIONS_PER_BLOCK:
                    chosen.append(batch)
                    size += len(batch)
                    transactions += count
        return chosen

    def process_proposal(self, batches: Sequence[bytes]) -> bool:
        """Answer whether to vote for a proposal: every batch must be well-formed, and all must fit."""
        try:
            transactions = sum(_count(self._read(batch).items) for batch in batches)
        except Exception:  # noqa: BLE001 - a proposal that makes the program fail is not voted for
            return False
        return transactions <= MAX_TRANSACTIONS_PER_BLOCK and sum(map(len, batches)) <= MAX_BLOCK_BYTES

    def finalize_block(self, block_hash: bytes, height: int, time_ms: int, batches: Sequence[bytes]) -> Finalized:
        """Execute a decided block; the same block again gives the same answer without executing it again.

        ``height`` is the engine's. Block time moves forward even where the engine's does not. A batch that is not of a
        validator's node, by what the ledger said before this block, has no effect. Raises
        :class:`~payport.ledger.protocol.ProtocolUnknownError` before it reads a batch by rules of another version.
        """
        if self._under_way is not None:
            assert self._under_way.block_hash == block_hash, "another block was decided before the last was committed"
            return self._under_way.answer
        if batches:
            # Or it would find batches wrong that the others execute, and go on with another ledger than theirs.
            self._application.machine.require_known_rules()
        per_batch: list[tuple[Item, ...]] = []
        codes: list[int] = []
        for batch in batches:
            try:
                checked = self._read(batch)
                self._require_member(checked)
                per_batch.append(checked.items)
                codes.append(ACCEPTED)
            except Refusal:
                per_batch.append(())
                codes.append(REJECTED)
        items = tuple(item for batch_items in per_batch for item in batch_items)
        executed, powers = self._execute(time_ms, items) if items else (None, {})
        remaining = iter(executed.outcomes if executed is not None else ())
        outcomes = tuple(tuple(next(remaining) for _ in batch_items) for batch_items in per_batch)
        app_hash = commitment_hash(self._application.machine.commitment_bytes)
        answer = Finalized(app_hash, tuple(codes), outcomes, items, powers)
        self._under_way = _Executing(block_hash, height, executed, answer)
        return answer

    def commit(self) -> StoredBlock | None:
        """Make the block under way durable; ``None`` where nothing was executed in it."""
        assert self._under_way is not None, "nothing was finalised"
        _, height, executed, answer = self._under_way
        stored = None
        if executed is not None:
            stored = store_executed(executed, NOT_PROVEN, height.to_bytes(HEIGHT_BYTES, "big"))
            self._application.make_durable([stored])
        self._under_way = None
        self._height, self._app_hash = height, answer.app_hash
        return stored

    def remember(self, batch: bytes, institution: str, public_key: bytes, items: tuple[Item, ...]) -> None:
        """Take note that every signature in a batch, which ``public_key`` signed, was verified."""
        if batch in self._checked:
            return
        self._checked[batch] = _Checked(institution, public_key, items)
        self._checked_bytes += len(batch)
        while self._checked_bytes > MAX_CHECKED_BYTES:
            oldest = next(iter(self._checked))
            del self._checked[oldest]
            self._checked_bytes -= len(oldest)

    def items_of(self, batch: bytes) -> tuple[Item, ...]:
        """Return what a well-formed batch holds."""
        return self._read(batch).items

    def _execute(self, time_ms: int, items: Sequence[Item]) -> tuple[Executed, Mapping[bytes, int]]:
        """Execute a block; return it, and the voting powers that are others for the block after it."""
        machine = self._application.machine
        machine.read_ahead(items)
        executed = self._application.execute(machine.height + 1, max(machine.time_ms + 1, time_ms), items)
        before, self._voting = self._voting, validators.in_force(self._application.state, machine.height + 1)
        return executed, validators.changes(before, self._voting)

    def _require_member(self, checked: _Checked) -> None:
        """Insist that a batch is of the node that the ledger names for its institution."""
        validator = self._voting.get(checked.institution)
        if validator is None or validator.node_key != checked.public_key:
            INVALID_BATCH.refuse(f"{checked.institution} has no validator with the key that signed it")

    def _read(self, batch: bytes) -> _Checked:
        """Decode a batch and verify every signature in it, once; raises a refusal for the whole batch."""
        known = self._checked.get(batch)
        if known is not None:
            return known
        machine = self._application.machine
        body, public_key = read_batch(batch, self._application.chain_id)
        items = tuple(machine.read_item(envelopes) for envelopes in body.items)
        if _count(items) > MAX_TRANSACTIONS_PER_BLOCK:
            INVALID_BATCH.refuse(f"more than {MAX_TRANSACTIONS_PER_BLOCK} transactions")
        for verdict in machine.verify_items(items):
            if verdict is not None:
                raise verdict
        self.remember(batch, body.institution, public_key, items)
        return self._checked[batch]


def engine_height(stored: StoredBlock | None) -> int:
    """Return the engine's height a stored block was executed at; 0 for none, and for one of another engine's."""
    if stored is None or stored.finality_tag != NOT_PROVEN:
        return 0
    return int.from_bytes(stored.finality_payload, "big")


def _count(items: Sequence[Item]) -> int:
    return sum(len(item.members) for item in items)
