"""State sync: what a node tells CometBFT of its snapshots, and how an empty node begins from one of somebody else's."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from payport.consensus.restoring import Restoration
from payport.consensus.snapshots import EVERY_BLOCKS, Snapshots
from payport.ledger.store import snapshot
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from payport.consensus.application import Application
    from payport.consensus.cometbft.messages_pb2 import Snapshot
    from payport.ledger.store.directories import LedgerDirectories


class Offered(enum.IntEnum):
    """Answers to an offer, by their numbers in ABCI."""

    ACCEPT = 1
    REJECT = 3
    REJECT_FORMAT = 4


class Applied(enum.IntEnum):
    """Answers to a chunk, by their numbers in ABCI."""

    ACCEPT = 1
    ABORT = 2
    RETRY = 3
    """Ask somebody else for it."""
    REJECT_SNAPSHOT = 5


class StateSync:
    """Keeps snapshots, and restores one where the ledger is empty. Its calls are made one after the other."""

    def __init__(self, application: Application, directories: LedgerDirectories, every: int = EVERY_BLOCKS) -> None:
        """Work in ``directories``, where ``application`` lives; a snapshot is made every so many blocks, or never."""
        self.snapshots = Snapshots(directories.snapshots, application, every)
        self._application = application
        self._directories = directories
        self._restoration: Restoration | None = None

    def offer(self, offered: Snapshot, app_hash: bytes) -> Offered:
        """Answer whether to restore a snapshot whose block came to ``app_hash``.

        CometBFT offers where it has nothing itself. What the node has may be there from a restoration that CometBFT did
        not live to see the end of; it gives way to a ledger that is as high.
        """
        application = self._application
        if offered.format != snapshot.FORMAT:
            return Offered.REJECT_FORMAT
        try:
            manifest = snapshot.read_manifest(offered.metadata)
        except Refusal:
            return Offered.REJECT
        told = (snapshot.hash_bytes(offered.metadata), manifest.engine_height, manifest.chunks, manifest.chain_id)
        if told != (offered.hash, offered.height, offered.chunks, application.chain_id):
            return Offered.REJECT
        if manifest.height < application.height:
            return Offered.REJECT
        self.give_up()
        self._restoration = Restoration(self._directories, manifest, app_hash)
        return Offered.ACCEPT

    def apply(self, index: int, chunk: bytes) -> Applied:
        """Take a chunk; the last one ends the restoration, whose ledger is opened by :meth:`take_restored`."""
        restoration = self._restoration
        if restoration is None:
            return Applied.ABORT
        if not restoration.fits(index, chunk):
            return Applied.RETRY
        try:
            restoration.take(chunk)
            if restoration.complete:
                restoration.finish()
        except Refusal:
            self.give_up()
            return Applied.REJECT_SNAPSHOT
        return Applied.ACCEPT

    def take_restored(self) -> int:
        """Go on with a ledger that has just been restored, and return its engine's height; 0 where there is none."""
        restoration = self._restoration
        if restoration is None or not restoration.complete:
            return 0
        self._restoration = None
        self._application.reopen(self._directories.open)
        return restoration.manifest.engine_height

    def give_up(self) -> None:
        """Leave a restoration that will not be finished."""
        if self._restoration is not None:
            self._restoration.close()
            self._restoration = None
