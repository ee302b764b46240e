"""Files in memory that lose or tear what was not synced: the worst a disk may do in a power cut, from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from payport.ledger.store.files import File

SECTOR_BYTES: Final = 512
"""What a disk writes whole; unsynced sectors survive a crash each for itself, in no order."""


class SyncFailedError(OSError):
    """The simulated disk reported that a sync failed."""


class FaultyFile:
    """A file as written, and the same file as the medium has it."""

    def __init__(self) -> None:
        """Start empty on both sides."""
        self.written = bytearray()
        self.synced = b""
        self.linked = False
        self.fail_next_sync = False

    def size(self) -> int:
        """Return the length as written."""
        return len(self.written)

    def read(self, offset: int, length: int) -> bytes:
        """Read what was written, synced or not."""
        return bytes(self.written[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        """Write to the cache only."""
        missing = offset - len(self.written)
        if missing > 0:
            self.written.extend(bytes(missing))
        self.written[offset : offset + len(data)] = data

    def truncate(self, size: int) -> None:
        """Cut the file, in the cache only."""
        del self.written[size:]

    def sync(self) -> None:
        """Copy the cache to the medium, unless told to fail."""
        if self.fail_next_sync:
            self.fail_next_sync = False
            message = "the simulated disk failed to sync"
            raise SyncFailedError(message)
        self.synced = bytes(self.written)

    def close(self) -> None:
        """Keep the contents; closing does not sync."""

    def crash(self, random: Random) -> None:
        """Keep what was synced and a random part of the rest: a length in between, sectors each old, new or zero."""
        if bytes(self.written) == self.synced:
            return
        low, high = sorted((len(self.synced), len(self.written)))
        length = random.choice((low, high, random.randint(low, high)))
        after = bytearray(length)
        whole = random.random() < 0.5  # noqa: PLR2004 - half the crashes lose no sector below the length
        for start in range(0, length, SECTOR_BYTES):
            end = min(start + SECTOR_BYTES, length)
            old, new = self.synced[start:end], bytes(self.written[start:end])
            chosen = new if whole or old == new or random.random() < 0.5 else old  # noqa: PLR2004 - as above
            after[start : start + len(chosen)] = chosen
        self.written = after
        self.synced = bytes(after)


class FaultyFiles:
    """A directory in memory; :meth:`crash` is the power cut."""

    def __init__(self, random: Random) -> None:
        """Draw every fault from ``random``, so that a seed names a whole history of crashes."""
        self._random = random
        self._files: dict[str, FaultyFile] = {}

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""
        return sorted(self._files)

    def open(self, name: str) -> File:
        """Open or make a file; see :meth:`payport.ledger.store.files.Files.open`."""
        return self._files.setdefault(name, FaultyFile())

    def file(self, name: str) -> FaultyFile:
        """Return a file for a test to damage."""
        return self._files[name]

    def sync_directory(self) -> None:
        """Make every file so far findable after a crash."""
        for file in self._files.values():
            file.linked = True

    def crash(self) -> None:
        """Lose or tear what was not synced; a file whose directory entry was not synced may vanish."""
        for name in self.names():
            file = self._files[name]
            if not file.linked and self._random.random() < 0.5:  # noqa: PLR2004 - either way is allowed
                del self._files[name]
                continue
            file.crash(self._random)
            file.linked = True
