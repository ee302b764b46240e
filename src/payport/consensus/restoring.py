"""A ledger restored from a snapshot that strangers sent: chunk by chunk, and believed only where it fits the chain.

What is known for certain is the hash of the commitment that the chain has agreed on. Digests of the state are computed
from the records, the log of commitments from the blocks; both must be what that commitment says.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from payport import _native
from payport.consensus.abci import engine_height
from payport.ledger.digest import META, StateDigest
from payport.ledger.machine import PROGRESS_KEY, encode_progress
from payport.ledger.state.state import State, families
from payport.ledger.store import snapshot
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import LmdbCheckpoint
from payport.ledger.store.files import DirectoryFiles
from payport.ledger.store.snapshot import SNAPSHOT_UNUSABLE
from payport.ledger.store.stored_block import read_stored_block
from payport.proof import merkle
from payport.proof.commitment import Commitment, commitment_hash, decode_commitment

if TYPE_CHECKING:
    from payport.ledger.store.directories import LedgerDirectories
    from payport.ledger.store.snapshot import Manifest, Rows


class Restoration:
    """One snapshot on its way into directories of its own."""

    def __init__(self, directories: LedgerDirectories, manifest: Manifest, app_hash: bytes) -> None:
        """Begin anew; ``app_hash`` is of the commitment that the chain agreed on after the snapshot's block."""
        directories.begin_restoring()
        self.manifest = manifest
        self._directories = directories
        self._app_hash = app_hash
        self._checkpoint = LmdbCheckpoint(directories.restored_state)
        self._log = BlockLog(DirectoryFiles(directories.restored_log))
        self._state = State()
        self._digest = StateDigest(self._state)
        self._families = {each.name for each in families()}
        self._last: tuple[str, bytes] = ("", b"")
        self._commitments = merkle.Frontier()
        self._newest: Commitment | None = None
        self._newest_hash = b""
        self._engine_height = 0
        self._next = 0
        self._closed = False

    @property
    def complete(self) -> bool:
        """Whether every chunk is there."""
        return self._next == self.manifest.chunks

    def fits(self, index: int, chunk: bytes) -> bool:
        """Tell whether these bytes are the chunk that comes next."""
        return index == self._next and snapshot.hash_bytes(chunk) == self.manifest.digest_of(index)

    def take(self, chunk: bytes) -> None:
        """Take the next chunk; raises ``snapshot_unusable`` and ``malformed_bytes``."""
        if self._next < len(self.manifest.state):
            self._take_state(*snapshot.read_state_chunk(chunk))
        else:
            self._take_blocks(snapshot.read_blocks(chunk), *self.manifest.blocks_of(self._next))
        self._next += 1

    def finish(self) -> None:
        """Compare what came with the chain's commitment and keep it; raises ``snapshot_unusable``."""
        assert self.complete, "chunks are missing"
        commitment, lanes = self._newest, self._state.take_changes().get(META, {})
        assert commitment is not None, "a manifest names at least one block"
        problems = (
            (commitment.chain_id != self.manifest.chain_id, "it is of another chain"),
            (self._newest_hash != self._app_hash, "its last commitment is not the chain's"),
            (commitment.state_digest != self._digest.value(), "its records are not what the commitment says"),
            (self._engine_height > self.manifest.engine_height, "its last block is later than it says"),
        )
        for wrong, what in problems:
            if wrong:
                SNAPSHOT_UNUSABLE.refuse(what)
        progress = {PROGRESS_KEY: encode_progress(commitment, self._commitments)}
        self._checkpoint.apply(self.manifest.height, {META: {**lanes, **progress}})
        self.close()
        self._directories.finish_restoring()

    def close(self) -> None:
        """Close the files, once; unless it was finished, nothing of it is used."""
        if not self._closed:
            self._closed = True
            self._checkpoint.close()
            self._log.close()

    def _take_state(self, family: str, rows: Rows) -> None:
        """Write records of a family, which follow those before them."""
        places = [self._last, *((family, key) for key, _ in rows)]
        if family not in self._families or any(one >= other for one, other in pairwise(places)):
            SNAPSHOT_UNUSABLE.refuse(f"records of {family!r} that nobody knows or that are out of order")
        self._last = places[-1]
        self._digest.take_in(family, rows)
        self._checkpoint.load({family: dict(rows)})

    def _take_blocks(self, blocks: list[bytes], first: int, last: int) -> None:
        """Write blocks, each of which continues the log of commitments."""
        if len(blocks) != last - first + 1:
            SNAPSHOT_UNUSABLE.refuse(f"{len(blocks)} blocks for those from {first} to {last}")
        for height, payload in enumerate(blocks, first):
            self._follow(height, payload)
        self._log.append(blocks)

    def _follow(self, height: int, payload: bytes) -> None:
        """Check one block against the log of commitments before it."""
        stored = read_stored_block(payload)
        commitment, height_there = decode_commitment(stored.commitment_bytes), engine_height(stored)
        # The root over genesis' commitment alone is its leaf hash, so block 1 tells it.
        before = commitment.history_root if height == 1 else merkle.leaf_hash(self._newest_hash)
        self._commitments.append(before)
        problems = (
            (stored.height != height or commitment.height != height, "has another height"),
            (commitment.time_ms != stored.block.time_ms, "has another time than its commitment"),
            (commitment.history_root != self._commitments.root(), "does not continue the log"),
            (commitment.leaf_count != len(stored.leaves), "has not its leaves"),
            (commitment.receipts_root != _native.merkle_root(stored.leaves), "has other leaves"),
            (0 < height_there <= self._engine_height, "was decided before the one below it"),
        )
        for wrong, what in problems:
            if wrong:
                SNAPSHOT_UNUSABLE.refuse(f"block {height} {what}")
        self._newest, self._newest_hash = commitment, commitment_hash(stored.commitment_bytes)
        self._engine_height = height_there
