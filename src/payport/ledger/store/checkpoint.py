"""The checkpoint: encoded state at one height, applied at once, and a thread that writes it behind the block log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import lmdb

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

_OWN_DATABASE: Final = b"checkpoint"
_HEIGHT_KEY: Final = b"height"
_PUT_AT_ONCE: Final = 1_000


class Checkpoint(Protocol):
    """Durable state at :attr:`height`."""

    @property
    def height(self) -> int:
        """Height the state belongs to, or ``NO_HEIGHT``."""

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record, or ``None``."""

    def scan(self, family: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with ``prefix`` and its encoded record, in key order."""

    def apply(self, height: int, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Apply all changes, or after a crash none, and move to ``height``."""

    def close(self) -> None:
        """Release the files."""


class LmdbCheckpoint:
    """A checkpoint in an LMDB environment: one named database per family."""

    def __init__(self, path: Path) -> None:
        """Open or make the environment in the directory ``path``."""
        self._environment = lmdb.open(str(path), map_size=MAP_BYTES, max_dbs=MAX_FAMILIES, metasync=True, mode=0o600)
        self._databases: dict[str, lmdb._Database] = {}
        with self._environment.begin() as transaction:
            names = [bytes(name) for name in transaction.cursor().iternext(keys=True, values=False)]
        for name in names:
            self._databases[name.decode()] = self._environment.open_db(name, create=False)
        self._height = self._read_height()

    @property
    def height(self) -> int:
        """Height the state belongs to, or ``NO_HEIGHT``."""
        return self._height

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return an encoded record, or ``None``."""
        database = self._databases.get(family)
        if database is None:
            return None
        with self._environment.begin(db=database) as transaction:
            found: bytes | None = transaction.get(key)
        return found

    def scan(self, family: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with ``prefix`` and its encoded record, in key order."""
        database = self._databases.get(family)
        if database is None:
            return
        with self._environment.begin(db=database) as transaction:
            cursor = transaction.cursor()
            if cursor.set_range(prefix) if prefix else cursor.first():
                for key, data in cursor:
                    if not key.startswith(prefix):
                        return
                    yield key, data

    def apply(self, height: int, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Apply all changes in one transaction."""
        assert height > self._height, f"checkpoint {height} after {self._height}"
        assert _OWN_DATABASE.decode() not in changes, "the name of this database is taken"
        fresh: dict[str, lmdb._Database] = {}
        with self._environment.begin(write=True) as transaction:
            for family, records in changes.items():
                database = self._databases.get(family) or fresh.get(family)
                if database is None:
                    database = self._environment.open_db(family.encode(), txn=transaction)
                    fresh[family] = database
                _write_records(transaction, database, records)
            own = self._environment.open_db(_OWN_DATABASE, txn=transaction)
            transaction.put(_HEIGHT_KEY, str(height).encode(), db=own)
        self._databases.update(fresh)
        self._height = height

    def close(self) -> None:
        """Close the environment."""
        self._environment.close()

    def _read_height(self) -> int:
        data = self.get(_OWN_DATABASE.decode(), _HEIGHT_KEY)
        return NO_HEIGHT if data is None else int(data)


def _write_records(
    transaction: lmdb.Transaction, database: lmdb._Database, records: Mapping[bytes, bytes | None]
) -> None:
    puts = sorted((key, data) for key, data in records.items() if data is not None)
    cursor = transaction.cursor(db=database)
    for start in range(0, len(puts), _PUT_AT_ONCE):
        cursor.putmulti(puts[start : start + _PUT_AT_ONCE])
    for key, data in records.items():
        if data is None:
            transaction.delete(key, db=database)


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

    def scan(self, family: str, prefix: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        """Yield every key that begins with ``prefix`` and its encoded record, in key order."""
        yield from sorted(pair for pair in self._families.get(family, {}).items() if pair[0].startswith(prefix))

    def apply(self, height: int, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
        """Apply all changes."""
        assert height > self._height, f"checkpoint {height} after {self._height}"
        for family, records in changes.items():
            stored = self._families.setdefault(family, {})
            for key, data in records.items():
                if data is None:
                    stored.pop(key, None)
                else:
                    stored[key] = data
        self._height = height

    def close(self) -> None:
        """Keep everything."""
