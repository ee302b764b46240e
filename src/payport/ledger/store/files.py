"""The few file operations the block log needs, behind an interface a simulator can replace by one that loses writes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from pathlib import Path

FILE_MODE: Final = 0o600
"""Blocks hold every payment of the network: the owner of the process reads them, nobody else."""


class File(Protocol):
    """One open file, read and written at explicit offsets."""

    def size(self) -> int:
        """Return the length in bytes, unsynced bytes included."""

    def read(self, offset: int, length: int) -> bytes:
        """Return up to ``length`` bytes; fewer only where the file ends."""

    def write(self, offset: int, data: bytes) -> None:
        """Write all of ``data``; it may be lost or torn until :meth:`sync` returns."""

    def truncate(self, size: int) -> None:
        """Cut the file to ``size`` bytes; durable after :meth:`sync`."""

    def sync(self) -> None:
        """Return once everything written is on the medium; raises ``OSError`` where that failed."""

    def close(self) -> None:
        """Give the file back; it does not sync."""


class Files(Protocol):
    """One directory of files."""

    def names(self) -> list[str]:
        """Return the names of all files, sorted."""

    def open(self, name: str) -> File:
        """Open a file for reading and writing, made empty where it does not exist."""

    def sync_directory(self) -> None:
        """Return once every file made so far will be found again after a power cut."""


class DirectoryFile:
    """A file of the operating system."""

    def __init__(self, descriptor: int) -> None:
        """Take over an open descriptor."""
        self._descriptor = descriptor

    def size(self) -> int:
        """Return the length in bytes."""
        return os.fstat(self._descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Read at ``offset``; any thread may, at any time."""
        data = os.pread(self._descriptor, length, offset)
        if len(data) in (0, length):
            return data
        parts = [data]
        have = len(data)
        while have < length and (data := os.pread(self._descriptor, length - have, offset + have)):
            parts.append(data)
            have += len(data)
        return b"".join(parts)

    def write(self, offset: int, data: bytes) -> None:
        """Write all of ``data`` at ``offset``."""
        view = memoryview(data)
        while view:
            written = os.pwrite(self._descriptor, view, offset)
            view = view[written:]
            offset += written

    def truncate(self, size: int) -> None:
        """Cut the file to ``size`` bytes."""
        os.ftruncate(self._descriptor, size)

    def sync(self) -> None:
        """Sync data, and the length with it."""
        os.fdatasync(self._descriptor)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)


class DirectoryFiles:
    """A directory of the operating system."""

    def __init__(self, path: Path) -> None:
        """Use ``path``, which must exist."""
        self._path = path

    def names(self) -> list[str]:
        """Return the names of all plain files, sorted."""
        return sorted(entry.name for entry in self._path.iterdir() if entry.is_file())

    def open(self, name: str) -> File:
        """Open or make a file; see :meth:`Files.open`."""
        return DirectoryFile(os.open(self._path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))

    def sync_directory(self) -> None:
        """Sync the directory's entries."""
        sync_directory(self._path)


def sync_directory(path: Path) -> None:
    """Return once the entries of the directory ``path`` are on the medium."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file_durably(path: Path, data: bytes) -> None:
    """Write ``path`` so that after a power cut it is there whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.rename(path)
    sync_directory(path.parent)
