"""The checkpoint: encoded state at one height, applied at once, and a thread that writes it behind the block log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from payport import _native
from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

EncodedChanges = dict[str, dict[bytes, bytes | None]]
"""Per family, encoded records by key; ``None`` deletes."""

NO_HEIGHT: Final = -1
"""Height of a checkpoint that was never written; genesis is height 0."""

MAP_BYTES: Final = 256 * 1024**3
"""Address space reserved for the map; the file grows only as far as it is used."""

MAX_FAMILIES: Final = 128
"""Named databases of the environment: one per record family, with room to spare."""

_OWN_DATABASE: Final = "checkpoint"
_HEIGHT_KEY: Final = b"height"
_ROWS_AT_ONCE: Final = 1_000


class Checkpoint(Protocol):
    """Durable state at :attr:`height`."""

    @property
    def height(self) -> int:
        """Height the state belongs to, or ``NO_HEIGHT``."""

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record, or ``None``."""

    def get_many(self, family: str, keys: list[bytes]) -> list[bytes | None]:
        """Return the encoded record, or ``None``, of each key."""

    def scan(self, family: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with ``prefix`` and its encoded record, in key order."""

    def pack(self, family: str, size: int) -> Iterator[tuple[int, bytes]]:
        """Yield a family in parts of about ``size`` bytes: a number of records, and ``[key, record]`` of each encoded.

        Reading goes on with the interpreter free; nothing may be applied meanwhile.
        """

    def counts(self) -> dict[str, int]:
        """Return the number of records of each family, without reading them."""

    def apply(self, height: int, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Apply all changes, or after a crash none, and move to ``height``."""

    def load(self, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Write a part of a first state; nothing is there for readers before :meth:`apply`."""

    def close(self) -> None:
        """Release the files."""


class LmdbCheckpoint:
    """A checkpoint in an LMDB environment: one named database per family.

    Native code holds the environment, because the interpreter lock would change hands with every single read and
    write, and a block reads thousands.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the environment in the directory ``path``."""
        self._store: _native.Store | None = _native.Store(path, MAP_BYTES, MAX_FAMILIES)
        height = self.get(_OWN_DATABASE, _HEIGHT_KEY)
        self._height = NO_HEIGHT if height is None else int(height)

    @property
    def height(self) -> int:
        """Height the state belongs to, or ``NO_HEIGHT``."""
        return self._height

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record, or ``None``."""
        return self._opened().get_many(family, [key])[0]

    def get_many(self, family: str, keys: list[bytes]) -> list[bytes | None]:
        """Return the encoded record, or ``None``, of each key."""
        return self._opened().get_many(family, keys)

    def scan(self, family: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with ``prefix`` and its encoded record, in key order."""
        rows = self._opened().rows(family, prefix)
        while chunk := rows.next_rows(_ROWS_AT_ONCE):
            yield from chunk

    def pack(self, family: str, size: int) -> Iterator[tuple[int, bytes]]:
        """Yield a family in parts of about ``size`` bytes, encoded."""
        rows = self._opened().rows(family, b"")
        while (part := rows.next_packed(size))[0]:
            yield part

    def counts(self) -> dict[str, int]:
        """Return the number of records of each family."""
        return {family: number for family, number in self._opened().counts().items() if family != _OWN_DATABASE}

    def apply(self, height: int, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Apply all changes in one transaction."""
        assert height > self._height, f"checkpoint {height} after {self._height}"
        assert _OWN_DATABASE not in changes, "the name of this database is taken"
        self._opened().apply({**changes, _OWN_DATABASE: {_HEIGHT_KEY: str(height).encode()}})
        self._height = height

    def load(self, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Write a part of a first state."""
        assert self._height == NO_HEIGHT, "only a new checkpoint is loaded"
        self._opened().apply(dict(changes))

    def close(self) -> None:
        """Close the environment."""
        self._store = None

    def _opened(self) -> _native.Store:
        assert self._store is not None, "the checkpoint is closed"
        return self._store


class MemoryCheckpoint:
    """A checkpoint in memory: for tests, and for the simulator, where it outlives the crash of a node."""

    def __init__(self) -> None:
        """Start empty."""
        self._families: dict[str, dict[bytes, bytes]] = {}
        self._height = NO_HEIGHT

    @property
    def height(self) -> int:
        """Height the state belongs to, or ``NO_HEIGHT``."""
        return self._height

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record, or ``None``."""
        return self._families.get(family, {}).get(key)

    def get_many(self, family: str, keys: list[bytes]) -> list[bytes | None]:
        """Return the encoded record, or ``None``, of each key."""
        records = self._families.get(family, {})
        return [records.get(key) for key in keys]

    def scan(self, family: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with ``prefix`` and its encoded record, in key order."""
        yield from sorted(pair for pair in self._families.get(family, {}).items() if pair[0].startswith(prefix))

    def pack(self, family: str, size: int) -> Iterator[tuple[int, bytes]]:
        """Yield a family in parts of about ``size`` bytes, encoded."""
        part: list[bytes] = []
        held = 0
        for row in self.scan(family):
            part.append(codec.encode(row))
            held += len(part[-1])
            if held >= size:
                yield len(part), b"".join(part)
                part, held = [], 0
        if part:
            yield len(part), b"".join(part)

    def counts(self) -> dict[str, int]:
        """Return the number of records of each family."""
        return {family: len(records) for family, records in self._families.items()}

    def apply(self, height: int, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Apply all changes at once."""
        assert height > self._height, f"checkpoint {height} after {self._height}"
        self._write(changes)
        self._height = height

    def load(self, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Write a part of a first state."""
        assert self._height == NO_HEIGHT, "only a new checkpoint is loaded"
        self._write(changes)

    def close(self) -> None:
        """Keep everything."""

    def _write(self, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        for family, records in changes.items():
            stored = self._families.setdefault(family, {})
            for key, data in records.items():
                if data is None:
                    stored.pop(key, None)
                else:
                    stored[key] = data
