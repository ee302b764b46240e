"""Write-behind: changes of executed blocks gather in memory, still readable, until a thread has applied them."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from payport.ledger.store.checkpoint import NO_HEIGHT
from payport.ledger.store.prefixes import Prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from payport.ledger.store.checkpoint import Checkpoint, EncodedChanges


class _Layer:
    """Changes of some blocks, and the keys among them that begin with a prefix."""

    def __init__(self) -> None:
        self.changes: EncodedChanges = {}
        self._prefixes: dict[str, Prefixes] = {}

    def add(self, changes: EncodedChanges) -> None:
        """Take in the changes of one more block."""
        for family, records in changes.items():
            gathered = self.changes.get(family)
            if gathered is None:
                self.changes[family] = gathered = {}
                self._prefixes[family] = Prefixes()
            gathered.update(records)
            self._prefixes[family].add(records)

    def scan(self, family: str, prefix: bytes) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the keys that begin with ``prefix`` and their newest encoded records."""
        records = self.changes.get(family)
        if records:
            for key in self._prefixes[family].find(prefix) if prefix else records:
                yield key, records[key]


class _Sealed(NamedTuple):
    """Changes that wait to be applied."""

    height: int
    layer: _Layer
    then: Callable[[Checkpoint], None] | None
    """Called once the checkpoint is at this height, and before it moves on."""


class WriteBehind:
    """The base beneath the state: gathered changes, over sealed ones that wait, over a checkpoint.

    Sealed changes are applied in their order, and only once the log is durable up to their height, so that the
    checkpoint is never ahead of the blocks it came from. Any thread may read.
    """

    def __init__(self, checkpoint: Checkpoint, *, threaded: bool = True) -> None:
        """Write to ``checkpoint``, from a thread of its own or, for a simulator, whenever told of durable blocks."""
        self._checkpoint = checkpoint
        self._gathered = _Layer()
        self._gathered_height = checkpoint.height
        self._sealed: deque[_Sealed] = deque()
        self._durable_height = checkpoint.height
        self._changed = threading.Condition()
        self._closing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True) if threaded else None
        if self._thread is not None:
            self._thread.start()

    @property
    def checkpoint_height(self) -> int:
        """Height of the checkpoint as it is on the medium; ``NO_HEIGHT`` before the first."""
        return self._checkpoint.height

    @property
    def height(self) -> int:
        """Height of the newest changes, which :meth:`get` and :meth:`scan` answer from."""
        return self._gathered_height

    @property
    def failure(self) -> BaseException | None:
        """What stopped the writing, if anything did."""
        return self._failure

    @property
    def backlog(self) -> int:
        """Number of sealed changes not yet applied."""
        return len(self._sealed)

    @property
    def counts(self) -> dict[str, int]:
        """Number of records of each family in the checkpoint, which is a little behind :attr:`height`."""
        return self._checkpoint.counts()

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record as of :attr:`height` or later, or ``None``."""
        return self.get_many(family, [key])[0]

    def get_many(self, family: str, keys: list[bytes]) -> list[bytes | None]:
        """Return the encoded record, or ``None``, of each key, as of :attr:`height` or later; keys ascend."""
        # The lock is for the list of changes alone: what is applied meanwhile is still in them, and the executing
        # thread need not wait for the medium.
        with self._changed:
            newest_first = list(self._newest_first())
        newer: dict[bytes, bytes | None] = {}
        for layer in newest_first:
            records = layer.changes.get(family)
            if records:
                for key in keys:
                    if key in records:
                        newer.setdefault(key, records[key])
        missing = [key for key in keys if key not in newer] if newer else keys
        found = self._checkpoint.get_many(family, missing)
        if not newer:
            return found
        newer.update(zip(missing, found, strict=True))
        return [newer[key] for key in keys]

    def scan(self, family: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with ``prefix`` and its encoded record, as of :attr:`height`, in key order."""
        with self._changed:
            newer: dict[bytes, bytes | None] = {}
            for layer in reversed(list(self._newest_first())):
                newer.update(layer.scan(family, prefix))
            if newer:
                newer = {**dict(self._checkpoint.scan(family, prefix)), **newer}
        if not newer:
            yield from self._checkpoint.scan(family, prefix)
        for key in sorted(newer):
            data = newer[key]
            if data is not None:
                yield key, data

    def add(self, height: int, changes: EncodedChanges) -> None:
        """Gather the changes of block ``height``."""
        with self._changed:
            assert height == self._gathered_height + 1, f"changes of block {height} after {self._gathered_height}"
            self._gathered_height = height
            self._gathered.add(changes)

    def seal(self, then: Callable[[Checkpoint], None] | None = None) -> None:
        """Let what is gathered be applied once it is durable; ``then`` is given the checkpoint at exactly this height.

        ``then`` is called where the checkpoint is written, which waits meanwhile; not where the end comes first.
        """
        with self._changed:
            sealed_height = self._sealed[-1].height if self._sealed else self._checkpoint.height
            if self._gathered_height == sealed_height and then is None:
                return
            self._sealed.append(_Sealed(self._gathered_height, self._gathered, then))
            self._gathered = _Layer()
            self._changed.notify_all()
        self._apply_here()

    def note_durable(self, height: int) -> None:
        """Say that the log is durable up to ``height``."""
        with self._changed:
            self._durable_height = max(self._durable_height, height)
            self._changed.notify_all()
        self._apply_here()

    def close(self) -> None:
        """Apply what may be applied, stop the thread and close the checkpoint; raises what stopped the writing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._checkpoint.close()
        if self._failure is not None:
            raise self._failure

    def _newest_first(self) -> Iterator[_Layer]:
        yield self._gathered
        for sealed in reversed(self._sealed):
            yield sealed.layer

    def _ready(self) -> _Sealed | None:
        if self._sealed and NO_HEIGHT < self._sealed[0].height <= self._durable_height:
            return self._sealed[0]
        return None

    def _apply_here(self) -> None:
        if self._thread is None:
            while (ready := self._ready()) is not None:
                self._apply(ready)
                self._sealed.popleft()

    def _apply(self, sealed: _Sealed) -> None:
        if sealed.height != self._checkpoint.height:
            self._checkpoint.apply(sealed.height, sealed.layer.changes)
        if sealed.then is not None and not self._closing:
            sealed.then(self._checkpoint)

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._closing or self._ready() is not None)
                    ready = self._ready()
                if ready is None:
                    return
                self._apply(ready)
                with self._changed:
                    self._sealed.popleft()
        except BaseException as error:  # noqa: BLE001 - kept for the engine, which stops because of it
            self._failure = error
