"""CometBFT as the engine: many institutions order blocks together, and nobody is in charge.

Items are verified, joined into a batch that the node signs, and handed to the CometBFT beside this node; whoever waits
for an item is answered once a block with it is durable here and the block after it has been decided, because that one's
header proves it. Execution is CometBFT's to ask for, over ABCI; see the files of the connections.

A batch is lost where CometBFT is restarted before a block holds it, so it is handed over again until its items have
their outcomes or can have none any more. Copies have one effect.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.consensus.abci import AbciApplication, engine_height
from payport.consensus.batch import encode_batch
from payport.consensus.cometbft.proofs import Proofs
from payport.consensus.cometbft.state_sync import Applied, Offered
from payport.consensus.intake import IntakeLimits
from payport.consensus.serving import ServingEngine
from payport.ledger.machine import EXPIRED
from payport.ledger.store.files import write_file_durably
from payport.ledger.store.stored_block import NOT_PROVEN
from payport.proof.commitment import commitment_hash
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from payport.consensus.abci import Finalized, Info
    from payport.consensus.application import Application
    from payport.consensus.cometbft.messages_pb2 import Snapshot
    from payport.consensus.cometbft.rpc import EngineRpc
    from payport.consensus.cometbft.state_sync import StateSync
    from payport.consensus.contract import Signer
    from payport.consensus.intake import Waiting
    from payport.ledger.block import Outcome
    from payport.ledger.store.snapshot import Manifest
    from payport.ledger.store.stored_block import StoredBlock

NAME: Final = "cometbft"
"""Name of the engine."""

RESEND_SECONDS: Final = 3.0
"""How long a batch may be without a block before it is handed over again: several blocks' time."""

LOOK_SECONDS: Final = 0.5
"""How often batches are looked at for that."""

DRAIN_SECONDS: Final = 5.0
"""How long the end of the process waits for blocks: without the others there may be none."""

INTAKE: Final = IntakeLimits(batch_transactions=1_000, linger_seconds=0.3, pace_seconds=0.1)
"""How batches are closed: each goes to everybody by itself, so few large ones cost all nodes less than many small ones.
What comes alone is handed over at once; under load a batch is closed when a block is proposed, which leaves it the time
of that block to reach whoever proposes the next. The times here are for when there are no proposals."""

NOTED_EVERY: Final = 100
"""Blocks with nothing in them after which their height is noted, so that a restart has few of them to be sent again."""

Answers = list[tuple["Waiting", "tuple[Outcome, ...]"]]


class _Provable(NamedTuple):
    """A durable block, and who waits until the one after it is decided."""

    engine_height: int
    stored: StoredBlock
    answers: Answers


class HeightNote:
    """Remembers how far the engine is beyond the log, where all blocks since held nothing.

    Without it a restart is sent these blocks again, which a CometBFT that began from a snapshot may not have.
    """

    def __init__(self, path: Path) -> None:
        """Keep the note in the file ``path``."""
        self._path = path

    def read(self, ledger_height: int) -> int:
        """Return the engine's height, if it was noted on top of this block of the log; 0 otherwise."""
        with contextlib.suppress(OSError, ValueError):
            noted, height = map(int, self._path.read_text(encoding="ascii").split())
            return height if noted == ledger_height else 0
        return 0

    def write(self, ledger_height: int, height: int) -> None:
        """Note where the engine is."""
        write_file_durably(self._path, f"{ledger_height} {height}\n".encode("ascii"))


class CometBftEngine(ServingEngine):
    """See the module; :class:`payport.consensus.contract.Engine` says what each method promises."""

    name = NAME
    drain_seconds = DRAIN_SECONDS

    def __init__(
        self,
        application: Application,
        signer: Signer,
        clock: Callable[[], int],
        institution: str,
        rpc: EngineRpc,
        note: HeightNote,
        limits: IntakeLimits | None = None,
        sync: StateSync | None = None,
        others: Sequence[EngineRpc] = (),
    ) -> None:
        """Order what ``institution`` sends through the CometBFT behind ``rpc``.

        Where that one began from a snapshot, ``others`` are asked for proofs of the blocks before.
        """
        super().__init__(application, signer, clock, limits or INTAKE)
        self.abci = AbciApplication(application)
        self.abci.skip_to(note.read(application.durable_height))
        self.sync = sync
        self.chain_id = application.chain_id
        self._institution = institution
        self._rpc = rpc
        self._note = note
        self._others = others
        self._proofs = Proofs(rpc, others)
        self._chain_ms = application.machine.time_ms
        self._waiting: dict[tuple[bytes, ...], list[Waiting]] = {}
        """Who waits for an item to be executed, by its envelopes."""
        self._handed_over: dict[bytes, float] = {}
        """Batches without a block yet, and when each was last handed over, by the loop's time."""
        self._executed: Answers = []
        self._provable: list[_Provable] = []
        self._recalled: list[tuple[int, Waiting, tuple[Outcome, ...]]] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._await_proof()

    async def start(self) -> None:
        """Begin to take transactions; CometBFT may come later."""
        self._run_stages(self._batch_stage, self._resend_stage)

    async def read_block(self, height: int) -> StoredBlock:
        """Return a block with its proof; raises ``unknown_block`` and ``engine_unreachable``."""
        return await self._proofs.proven(self._application.read_block(height))

    def first_app_hash(self) -> bytes:
        """Return the hash of the commitment that CometBFT begins on: of genesis, or of the last block of a pilot."""
        assert self.abci.info().height == 0, "a chain begins once"
        return commitment_hash(self._application.machine.commitment_bytes)

    async def info(self) -> Info:
        """Answer which height is durable; a commit that a CometBFT killed meanwhile has begun comes first."""
        return await self._in(self._syncer, self.abci.info)

    async def check(self, batch: bytes) -> tuple[int, str]:
        """Answer whether a batch may wait for a block."""
        return await self._in(self._verifier, lambda: self.abci.check_tx(batch))

    async def prepare(self, batches: Sequence[bytes], max_bytes: int) -> list[bytes]:
        """Choose what to propose."""
        chosen = list(batches)
        return await self._in(self._verifier, lambda: self.abci.prepare_proposal(chosen, max_bytes))

    async def process(self, batches: Sequence[bytes]) -> bool:
        """Answer whether to vote for a proposal; what waits here is for the next one."""
        proposed = list(batches)
        self._intake.close_now()
        return await self._in(self._verifier, lambda: self.abci.process_proposal(proposed))

    async def finalize(self, block_hash: bytes, height: int, time_ms: int, batches: list[bytes]) -> Finalized:
        """Show the block before a decided one, which its header proves, and execute it; an error stops the node."""
        self._show(height)
        answer = await self._or_stop(
            self._ledger, lambda: self.abci.finalize_block(block_hash, height, time_ms, batches)
        )
        self._chain_ms = max(self._chain_ms, time_ms)
        outcomes = (each for batch in answer.outcomes for each in batch)
        for item, told in zip(answer.items, outcomes, strict=True):
            self._executed += [(waiting, told) for waiting in self._waiting.pop(item.envelopes, ())]
        for batch in batches:
            self._handed_over.pop(batch, None)
        return answer

    async def commit(self) -> None:
        """Make the block durable."""
        stored = await self._or_stop(self._syncer, self.abci.commit)
        height = self.abci.info().height
        if self.sync is not None:
            self.sync.snapshots.note(height)
        answers, self._executed = self._executed, []
        if stored is not None:
            self._provable.append(_Provable(height, stored, answers))
            return
        assert not answers, "nothing was executed, so nobody has an outcome"
        if height % NOTED_EVERY == 0 and not self._provable:
            await self._in(self._syncer, partial(self._note.write, self._application.durable_height, height))

    async def snapshots(self) -> list[Manifest]:
        """Return the manifests of the snapshots that others may restore from."""
        return [] if self.sync is None else await asyncio.to_thread(self.sync.snapshots.list)

    async def snapshot_chunk(self, height: int, index: int) -> bytes | None:
        """Return a chunk of the snapshot of an engine's height; ``None`` where there is none."""
        if self.sync is None:
            return None
        return await asyncio.to_thread(self.sync.snapshots.chunk, height, index)

    async def offer(self, offered: Snapshot, app_hash: bytes) -> Offered:
        """Answer whether to restore a snapshot."""
        if self.sync is None:
            return Offered.REJECT
        return await self._in(self._syncer, partial(self.sync.offer, offered, app_hash))

    async def restore(self, index: int, chunk: bytes) -> Applied:
        """Take a chunk of a snapshot; after the last one, go on from it. An error stops the node."""
        if self.sync is None:
            return Applied.ABORT
        answer = await self._or_stop(self._syncer, partial(self.sync.apply, index, chunk))
        height = await self._or_stop(self._ledger, self.sync.take_restored) if answer is Applied.ACCEPT else 0
        if height:
            await self._in(self._syncer, partial(self._note.write, self._application.durable_height, height))
            self.abci.reopen()
            self.abci.skip_to(height)
            self._durable_height = self._application.durable_height
            self._await_proof()
            self._wake_height_waiters(None)
        return answer

    def _await_proof(self) -> None:
        """Hold the newest block back where the one that proves it has not been decided."""
        newest = self._application.newest_block()
        if newest is None or newest.finality_tag != NOT_PROVEN:
            return
        if engine_height(newest) >= self.abci.info().height:
            self._provable.append(_Provable(engine_height(newest), newest, []))
            self._durable_height = newest.height - 1

    def _show(self, height: int) -> None:
        """Answer for every durable block below the engine's ``height``."""
        shown = [each for each in self._provable if each.engine_height < height]
        if not shown:
            return
        self._provable = [each for each in self._provable if each.engine_height >= height]
        self._durable_height = shown[-1].stored.height
        for each in shown:
            self._answer(each.answers)
        self._tell([each.stored for each in shown])
        due = [each for each in self._recalled if each[0] <= self._durable_height]
        self._recalled = [each for each in self._recalled if each[0] > self._durable_height]
        self._answer([(waiting, outcomes) for _, waiting, outcomes in due])

    async def _batch_stage(self) -> None:
        """Verify what came in, and hand it to CometBFT as one batch."""
        while True:
            taken = await self._intake.next_batch()
            try:
                verify = partial(self._application.machine.verify_items, [waiting.item for waiting in taken])
                verdicts = await self._in(self._verifier, verify)
            except Exception as error:  # noqa: BLE001 - a bug that these bytes reach must not stop the others
                self._intake.drop(taken, error)
                continue
            kept = []
            for waiting, verdict in zip(taken, verdicts, strict=True):
                if verdict is None:
                    kept.append(waiting)
                else:
                    self._refuse(waiting, verdict)
            admitted = await self._in(self._ledger, partial(self._admit, kept))
            self._hand_over(self._sort(kept, admitted))

    def _admit(self, taken: list[Waiting]) -> list[tuple[Outcome, ...] | Refusal | None]:
        """Recall what was executed before, and refuse at the door; ``None`` for what is to be ordered."""
        machine, found = self._application.machine, []
        now_ms = max(machine.time_ms + 1, self._chain_ms)
        for waiting in taken:
            told: tuple[Outcome, ...] | Refusal | None = machine.recall(waiting.item)
            if told is None:
                try:
                    machine.admit(waiting.item, now_ms)
                except Refusal as refusal:
                    told = refusal
            found.append(told)
        return found

    def _sort(self, taken: list[Waiting], admitted: list[tuple[Outcome, ...] | Refusal | None]) -> list[Waiting]:
        """Answer what has an outcome already; return what is to be ordered."""
        kept = []
        for waiting, told in zip(taken, admitted, strict=True):
            if told is None:
                kept.append(waiting)
            elif isinstance(told, Refusal):
                self._refuse(waiting, told)
            elif max(each.height for each in told) <= self._durable_height:
                self._answer([(waiting, told)])
            else:
                self._recalled.append((max(each.height for each in told), waiting, told))
        return kept

    def _hand_over(self, taken: list[Waiting]) -> None:
        if not taken:
            return
        new = []
        for waiting in taken:
            others = self._waiting.setdefault(waiting.item.envelopes, [])
            others.append(waiting)
            if len(others) == 1:
                new.append(waiting.item)
        if new:
            batch = encode_batch(self.chain_id, self._institution, tuple(item.envelopes for item in new), self._signer)
            self.abci.remember(batch, self._institution, self._signer.public_key, tuple(new))
            self._send(batch)

    def _send(self, batch: bytes) -> None:
        self._handed_over[batch] = asyncio.get_running_loop().time()
        task = asyncio.create_task(self._deliver(batch))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, batch: bytes) -> None:
        with contextlib.suppress(Refusal):  # handed over again later
            await self._rpc.hand_over(batch)

    async def _resend_stage(self) -> None:
        """Hand over again what has no block yet, and give up on what can have none any more."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = asyncio.get_running_loop().time()
            for batch, sent in tuple(self._handed_over.items()):
                if now - sent < RESEND_SECONDS:
                    continue
                if self._give_up(batch):
                    del self._handed_over[batch]
                else:
                    self._send(batch)

    def _give_up(self, batch: bytes) -> bool:
        """Refuse those items of a batch whose time is over; tell whether that is all of it.

        Only a block says so: every later one has a later time, so what is past at this one can never be executed.
        """
        left = False
        for item in self.abci.items_of(batch):
            waiting = self._waiting.get(item.envelopes)
            if waiting is None:
                continue
            past = min(member.transaction.valid_until_ms for member in item.members)
            if past >= self._application.machine.time_ms:
                left = True
                continue
            for each in self._waiting.pop(item.envelopes):
                self._refuse(each, Refusal(EXPIRED, f"valid until {past}"))
        return not left

    async def _release(self) -> None:
        for task in tuple(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        for rpc in (self._rpc, *self._others):
            await rpc.close()
        if self.sync is not None:
            self.sync.give_up()
