"""The snapshot connection: what a node has for others to begin from, and what it begins from itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payport.consensus.cometbft.messages_pb2 import (
    RequestApplySnapshotChunk,
    RequestListSnapshots,
    RequestLoadSnapshotChunk,
    RequestOfferSnapshot,
    ResponseApplySnapshotChunk,
    ResponseListSnapshots,
    ResponseLoadSnapshotChunk,
    ResponseOfferSnapshot,
    Snapshot,
)
from payport.consensus.cometbft.state_sync import Applied
from payport.ledger.store import snapshot
from payport.values import codec

if TYPE_CHECKING:
    from payport.consensus.cometbft.engine import CometBftEngine


class SnapshotCalls:
    """Passes snapshots and their chunks on."""

    def __init__(self, engine: CometBftEngine) -> None:
        """Answer for ``engine``."""
        self._engine = engine

    async def list_snapshots(self, _request: RequestListSnapshots) -> ResponseListSnapshots:
        """List what others may restore from."""
        found = []
        for manifest in await self._engine.snapshots():
            encoded = codec.encode(manifest)
            found.append(
                Snapshot(
                    height=manifest.engine_height,
                    format=snapshot.FORMAT,
                    chunks=manifest.chunks,
                    hash=snapshot.hash_bytes(encoded),
                    metadata=encoded,
                )
            )
        return ResponseListSnapshots(snapshots=found)

    async def offer_snapshot(self, request: RequestOfferSnapshot) -> ResponseOfferSnapshot:
        """Answer whether to restore a snapshot that CometBFT found; its hash of the ledger is the chain's."""
        return ResponseOfferSnapshot(result=await self._engine.offer(request.snapshot, request.app_hash))

    async def load_snapshot_chunk(self, request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk:
        """Hand out a chunk; nothing where there is none."""
        if request.format != snapshot.FORMAT:
            return ResponseLoadSnapshotChunk()
        chunk = await self._engine.snapshot_chunk(request.height, request.chunk)
        return ResponseLoadSnapshotChunk(chunk=chunk or b"")

    async def apply_snapshot_chunk(self, request: RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk:
        """Take a chunk; one that its manifest does not name is asked for again, of somebody else."""
        answer = await self._engine.restore(request.index, request.chunk)
        if answer is Applied.RETRY:
            return ResponseApplySnapshotChunk(
                result=answer, refetch_chunks=[request.index], reject_senders=[request.sender]
            )
        return ResponseApplySnapshotChunk(result=answer)
