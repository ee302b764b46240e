"""The snapshot connection: a node has no snapshots to give yet, and takes none; it replays blocks instead."""

from __future__ import annotations

from typing import Final

from payport.consensus.cometbft.messages_pb2 import (
    RequestApplySnapshotChunk,
    RequestListSnapshots,
    RequestLoadSnapshotChunk,
    RequestOfferSnapshot,
    ResponseApplySnapshotChunk,
    ResponseListSnapshots,
    ResponseLoadSnapshotChunk,
    ResponseOfferSnapshot,
)

ABORT: Final = 2
"""Result of an offer or a chunk: restore nothing at all."""


class SnapshotCalls:
    """Answers that there are none."""

    async def list_snapshots(self, _request: RequestListSnapshots) -> ResponseListSnapshots:
        """List nothing."""
        return ResponseListSnapshots()

    async def offer_snapshot(self, _request: RequestOfferSnapshot) -> ResponseOfferSnapshot:
        """Decline."""
        return ResponseOfferSnapshot(result=ABORT)

    async def load_snapshot_chunk(self, _request: RequestLoadSnapshotChunk) -> ResponseLoadSnapshotChunk:
        """Answer nothing."""
        return ResponseLoadSnapshotChunk()

    async def apply_snapshot_chunk(self, _request: RequestApplySnapshotChunk) -> ResponseApplySnapshotChunk:
        """Decline."""
        return ResponseApplySnapshotChunk(result=ABORT)
