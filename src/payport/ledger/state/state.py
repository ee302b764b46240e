"""State: tables of records over a durable base, with the changes of the block under way.

A table keeps decoded records in memory above the checkpoint. The first old value of every record a block touches is
kept until the block closes: laws look at these pairs, the state digest is updated from them, and a group that is
refused is undone from its own journal.
"""

from __future__ import annotations

import heapq
import importlib
import operator
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from payport.values import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import ModuleType

R = TypeVar("R", bound=codec.Record)

Changes = dict[str, dict[bytes, tuple[Any, Any]]]
"""Per family and key, the record before the block and after it; ``None`` where there is none."""

BUCKET_BYTES: Final = 8
"""A bucketed family's keys begin with the bucket's number in this many big-endian bytes."""


class Base(Protocol):
    """What lies beneath the memory: the checkpoint."""

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return the encoded record, or ``None``."""
        ...

    def get_many(self, family: str, keys: list[bytes]) -> list[bytes | None]:
        """Return the encoded record, or ``None``, of each key; keys ascend."""
        ...

    def scan(self, family: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield every key and encoded record of a family, in key order."""
        ...


class EmptyBase:
    """A base that holds nothing: a new ledger, or one that lives in memory only."""

    def get(self, family: str, key: bytes) -> bytes | None:
        """Return ``None``."""
        del family, key
        return None

    def get_many(self, family: str, keys: list[bytes]) -> list[bytes | None]:
        """Return ``None`` for each key."""
        del family
        return [None] * len(keys)

    def scan(self, family: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield nothing."""
        del family
        return iter(())


class Family(NamedTuple, Generic[R]):
    """Declaration of a record family; one per module of this package, named ``FAMILY``."""

    name: str
    """Stable name, part of every state digest."""
    record: type[R]
    """Type of its records."""
    bucketed: bool = False
    """Whether keys begin with a bucket number, and whole buckets are dropped."""
    resident: bool = False
    """Whether all records are read into memory at start."""
    ordered: bool = False
    """Whether the smallest key is asked for."""
    since: int = 1
    """Protocol version it belongs to from."""


class _Memory(dict[bytes, Any]):
    """Decoded records by key; what was never read is read from the base, what exists nowhere stays out."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[bytes], Any]) -> None:
        """Start empty over ``read``."""
        super().__init__()
        self._read = read

    def __missing__(self, key: bytes) -> Any:  # noqa: ANN401 - a record of the table's family
        record = self._read(key)
        if record is not None:
            self[key] = record
        return record


class Table(Generic[R]):
    """The records of one family."""

    __slots__ = (
        "_absent",
        "_base",
        "_buckets",
        "_decode",
        "_heap",
        "_indexed",
        "_journal",
        "_memory",
        "_resident",
        "family",
        "get",
        "knows",
        "touched",
    )

    get: Callable[[bytes], R | None]
    """Return the record under a key, or ``None``. The memory's own look-up: nothing else runs for a known record."""

    knows: Callable[[object], bool]
    """Tell whether the record under a key is in memory."""

    def __init__(self, family: Family[R], base: Base, journal: list[tuple[Table[Any], bytes, Any]]) -> None:
        """Open the family over ``base``; ``journal`` is the state's."""
        self.family = family
        self.touched: dict[bytes, R | None] = {}
        self._base = base
        self._decode = msgspec.msgpack.Decoder(family.record).decode
        self._journal = journal
        self._indexed = family.bucketed or family.ordered
        self._resident = family.resident or family.bucketed
        assert self._resident or not family.ordered, "what is ordered is in memory"
        self._absent: list[bytes] = []
        self._memory: dict[bytes, R | None]
        if self._resident:
            self._memory = {key: self._decode(data) for key, data in base.scan(family.name)}
            self.get = self._memory.get
        else:
            self._memory = _Memory(self._read)
            self.get = self._memory.__getitem__
        self.knows = self._memory.__contains__
        self._buckets: dict[bytes, list[bytes]] = {}
        self._heap: list[bytes] = []
        if self._indexed:
            for key in self._memory:
                self._index(key)

    def fetch(self, keys: Iterable[bytes]) -> dict[bytes, R | None]:
        """Read in one go what is not in memory yet; any thread may."""
        missing = sorted({key for key in keys if not self.knows(key)})
        if self._resident or not missing:
            return {}
        found = self._base.get_many(self.family.name, missing)
        decode = self._decode
        return {key: None if data is None else decode(data) for key, data in zip(missing, found, strict=True)}

    def peek(self, key: bytes) -> R | None:
        """Return the record as it is or was a moment ago, and keep nothing; any thread may."""
        found = self._memory.get(key)  # of a dictionary that reads what it misses, this reads nothing
        return found if found is not None or self._resident else self._read(key)

    def take_in(self, fetched: dict[bytes, R | None]) -> None:
        """Put fetched records into memory; what does not exist is known to be absent until the block ends."""
        memory = self._memory
        for key, record in fetched.items():
            if key not in memory:
                memory[key] = record
                if record is None:
                    self._absent.append(key)

    def put(self, key: bytes, record: R | None) -> None:
        """Write ``record`` under ``key``; ``None`` deletes."""
        self.replace(key, self.get(key), record)

    def replace(self, key: bytes, old: R | None, record: R | None) -> None:
        """Write ``record`` in the place of ``old``, which the caller has just read."""
        if key not in self.touched:
            self.touched[key] = old
        self._journal.append((self, key, old))
        self._memory[key] = record
        if self._indexed and old is None:
            self._index(key)

    def restore(self, key: bytes, record: R | None) -> None:
        """Put an old record back while a refused group is undone."""
        self._memory[key] = record

    def close_block(self) -> dict[bytes, tuple[R | None, R | None]]:
        """Return what the block changed, before and after, and start the next block's record of changes."""
        get, memory, touched = self.get, self._memory, self.touched
        self.touched = {}
        changed = {key: (old, new) for key, old in touched.items() if (new := get(key)) != old}
        if self._resident:
            for key in touched:
                if memory[key] is None:
                    del memory[key]
        for key in self._absent:
            if memory[key] is None and key not in touched:
                del memory[key]
        self._absent.clear()
        return changed

    def items(self) -> Iterator[tuple[bytes, R]]:
        """Yield every record in key order: for laws over a whole state, audits and start-up, never in a block."""
        merged: dict[bytes, R | None] = {}
        if not self._resident:
            for key, data in self._base.scan(self.family.name):
                merged[key] = self._decode(data)
        merged.update(self._memory)
        for key in sorted(merged):
            record = merged[key]
            if record is not None:
                yield key, record

    def values(self) -> Iterator[R]:
        """Yield every record in key order; as :meth:`items`."""
        return (record for _, record in self.items())

    def drop_bucket(self, bucket: int) -> list[bytes]:
        """Drop a bucket whole and return its keys; between blocks only, since it leaves no trace in ``touched``."""
        assert self.family.bucketed
        assert not self.touched
        keys = self._buckets.pop(bucket.to_bytes(BUCKET_BYTES, "big"), [])
        return [key for key in keys if self._memory.pop(key, None) is not None]

    def first(self) -> bytes | None:
        """Return the smallest key of an ordered family, or ``None``."""
        assert self.family.ordered
        while self._heap and self._memory.get(self._heap[0]) is None:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None

    def _index(self, key: bytes) -> None:
        if self.family.bucketed:
            self._buckets.setdefault(key[:BUCKET_BYTES], []).append(key)
        else:
            heapq.heappush(self._heap, key)

    def _read(self, key: bytes) -> R | None:
        data = self._base.get(self.family.name, key)
        return None if data is None else self._decode(data)


class State:
    """All tables, and the journal of the item under way."""

    def __init__(self, base: Base | None = None) -> None:
        """Open the state over ``base`` (nothing, unless told)."""
        self.base: Base = EmptyBase() if base is None else base
        self._journal: list[tuple[Table[Any], bytes, Any]] = []
        self.by_name: Final[dict[str, Table[Any]]] = {
            family.name: Table(family, self.base, self._journal) for family in families()
        }
        # Also as attributes, which is how the readers of the family modules find them.
        vars(self).update(self.by_name)
        self._pending: dict[str, dict[bytes, bytes | None]] = {}

    def table(self, family: Family[R]) -> Table[R]:
        """Return the table of ``family``."""
        return self.by_name[family.name]

    def tables(self) -> list[Table[Any]]:
        """Return all tables, in order of family name."""
        return [self.by_name[name] for name in sorted(self.by_name)]

    def begin_item(self) -> None:
        """Forget the journal: what came before can no longer be undone."""
        self._journal.clear()

    def undo_item(self) -> None:
        """Take back every write since :meth:`begin_item`, newest first."""
        for table, key, old in reversed(self._journal):
            table.restore(key, old)
        self._journal.clear()

    def close_block(self) -> Changes:
        """Return what the block changed and start the next block's record of changes."""
        self._journal.clear()
        closed = {name: table.close_block() for name, table in sorted(self.by_name.items())}
        return {name: pairs for name, pairs in closed.items() if pairs}

    def note_pending(self, family: str, key: bytes, data: bytes | None) -> None:
        """Remember encoded bytes for the next checkpoint."""
        self._pending.setdefault(family, {})[key] = data

    def note_all_pending(self, family: str, records: Mapping[bytes, bytes | None]) -> None:
        """Remember many records of one family for the next checkpoint."""
        self._pending.setdefault(family, {}).update(records)

    def take_changes(self) -> dict[str, dict[bytes, bytes | None]]:
        """Return all encoded changes since the last call, for the checkpoint to apply at once."""
        pending, self._pending = self._pending, {}
        return pending


@cache
def _family_modules() -> tuple[ModuleType, ...]:
    package = importlib.import_module("payport.ledger.state")
    names = [f"payport.ledger.state.{each.name}" for each in pkgutil.iter_modules(package.__path__)]
    return tuple(module for module in map(importlib.import_module, names) if hasattr(module, "FAMILY"))


def families() -> list[Family[Any]]:
    """Find every record family: the ``FAMILY`` of each module of this package, in order of name."""
    return sorted((module.FAMILY for module in _family_modules()), key=_family_name)


@cache
def expirers() -> dict[str, Callable[[State, bytes], Any]]:
    """Find the families whose records do something when their time is over: the ``expire`` of their modules."""
    return {module.FAMILY.name: module.expire for module in _family_modules() if hasattr(module, "expire")}


def _family_name(family: Family[Any]) -> str:
    return family.name


def reader(family: Family[R]) -> Callable[[State], Table[R]]:
    """Return a function that gives the table of ``family``; keeps the family modules short."""
    # A getter of the operator module, not a function of ours: every payment asks some twenty times.
    return operator.attrgetter(family.name)
