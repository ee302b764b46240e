"""Where a node keeps its ledger, how that is opened, and how a restored one takes its place, whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Final, NamedTuple

from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import LmdbCheckpoint
from payport.ledger.store.files import DirectoryFiles, sync_directory, write_file_durably
from payport.ledger.store.write_behind import WriteBehind

if TYPE_CHECKING:
    from pathlib import Path

COMPLETE: Final = "complete"
"""File that is written into a restored ledger last."""


class LedgerDirectories(NamedTuple):
    """Paths of one ledger."""

    log: Path
    """The block log."""
    state: Path
    """The checkpoint."""
    snapshots: Path
    """Snapshots that others may restore from."""
    restoring: Path
    """A ledger that is being restored from one; it holds the directories ``log`` and ``state``."""

    @property
    def restored_log(self) -> Path:
        """The block log of the ledger that is being restored."""
        return self.restoring / "log"

    @property
    def restored_state(self) -> Path:
        """Its checkpoint."""
        return self.restoring / "state"

    def open(self) -> tuple[BlockLog, WriteBehind]:
        """Open the ledger, a restored one if it is complete; raises :class:`~.block_log.LogDamagedError`."""
        self.take_restored()
        log = BlockLog(DirectoryFiles(self.log))
        try:
            return log, WriteBehind(LmdbCheckpoint(self.state))
        except BaseException:
            log.close()
            raise

    def begin_restoring(self) -> None:
        """Make the empty directories of a ledger that is about to be restored."""
        shutil.rmtree(self.restoring, ignore_errors=True)
        for each in (self.restoring, self.restored_log, self.restored_state):
            each.mkdir(mode=0o700)

    def finish_restoring(self) -> None:
        """Say that the restored ledger is whole and on the medium; the next :meth:`open` opens it."""
        write_file_durably(self.restoring / COMPLETE, b"")

    def take_restored(self) -> None:
        """Put a restored ledger in the place of the old one, where it is complete; goes on where a crash ended it."""
        if not (self.restoring / COMPLETE).exists():
            return
        for restored, place in ((self.restored_log, self.log), (self.restored_state, self.state)):
            with contextlib.suppress(FileNotFoundError):
                # What stands in the place of a directory that is gone already was put there before a crash.
                restored.stat()
                shutil.rmtree(place, ignore_errors=True)
                restored.rename(place)
        sync_directory(self.log.parent)
        (self.restoring / COMPLETE).unlink()
        self.restoring.rmdir()
