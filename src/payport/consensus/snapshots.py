"""The snapshots a node keeps: made behind the payments at every so many blocks, read by those who restore from them."""

from __future__ import annotations

import logging
import shutil
from functools import partial
from typing import TYPE_CHECKING, Final

from payport.ledger.state.state import families
from payport.ledger.store import snapshot
from payport.ledger.store.files import sync_directory, write_file_durably
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from payport.consensus.application import Application
    from payport.ledger.store.checkpoint import Checkpoint
    from payport.ledger.store.snapshot import Manifest

EVERY_BLOCKS: Final = 5_000
"""A snapshot is made at every multiple of so many blocks of the engine: more than once in two hours of an idle chain.
It costs a write of the whole state. Nodes that use the same number make the same snapshots."""

KEPT: Final = 2
"""Snapshots kept: somebody may be reading the one before the newest."""

_MANIFEST: Final = "manifest"
_LOG: Final = logging.getLogger("payport.snapshots")


class Snapshots:
    """Makes and keeps snapshots of one application."""

    def __init__(self, directory: Path, application: Application, every: int = EVERY_BLOCKS) -> None:
        """Keep them below ``directory``; with ``every`` 0 none are made."""
        self._directory = directory
        self._application = application
        self._every = every
        self._directory.mkdir(mode=0o700, exist_ok=True)
        for path in directory.iterdir():
            if not (path / _MANIFEST).exists():
                shutil.rmtree(path)  # a crash ended it

    def note(self, engine_height: int) -> None:
        """Take note of a committed block, before the next one is executed; a snapshot that is due is begun."""
        height = self._application.durable_height
        if self._every and engine_height % self._every == 0 and height:
            self._application.base.seal(partial(self._make, engine_height, height))
            self._application.base.note_durable(height)  # it does not wait for the next block

    def list(self) -> list[Manifest]:
        """Return the manifests of all snapshots that are there, the newest first."""
        found = []
        for path in sorted(self._directory.iterdir(), reverse=True):
            try:
                found.append(snapshot.read_manifest((path / _MANIFEST).read_bytes()))
            except (FileNotFoundError, NotADirectoryError, Refusal):
                continue  # being made, being removed, or damaged
        return found

    def chunk(self, engine_height: int, index: int) -> bytes | None:
        """Return a chunk of a snapshot; ``None`` where there is none."""
        path = self._path(engine_height)
        try:
            manifest = snapshot.read_manifest((path / _MANIFEST).read_bytes())
            if index < len(manifest.state):
                return (path / f"{index}").read_bytes()
            if index < manifest.chunks:
                return snapshot.read_log_chunk(self._application.log, *manifest.blocks_of(index))
        except FileNotFoundError:
            return None
        return None

    def _path(self, engine_height: int) -> Path:
        return self._directory / f"{engine_height:016d}"

    def _make(self, engine_height: int, height: int, checkpoint: Checkpoint) -> None:
        """Write a snapshot; the checkpoint is at its height and stays there meanwhile.

        One that cannot be written is left out: the others have it, and this node goes on.
        """
        assert checkpoint.height == height, f"the checkpoint is at {checkpoint.height}, not at {height}"
        path = self._path(engine_height)
        try:
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(mode=0o700)
            digests = []
            for index, chunk in enumerate(snapshot.state_chunks(checkpoint, [each.name for each in families()])):
                write_file_durably(path / f"{index}", chunk)
                digests.append(snapshot.hash_bytes(chunk))
            earlier = self.list()
            log = snapshot.log_chunks(self._application.log, height, earlier[0].log if earlier else ())
            manifest = snapshot.Manifest(self._application.chain_id, height, engine_height, tuple(digests), log)
            if manifest.chunks > snapshot.MAX_CHUNKS:
                message = f"{manifest.chunks} chunks are too many"
                raise OSError(message)
            write_file_durably(path / _MANIFEST, codec.encode(manifest))
            sync_directory(self._directory)
            for old in self.list()[KEPT:]:
                shutil.rmtree(self._path(old.engine_height), ignore_errors=True)
        except OSError as error:
            _LOG.warning("no snapshot of block %d: %s", engine_height, error)
            shutil.rmtree(path, ignore_errors=True)
