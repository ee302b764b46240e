"""Both checkpoints behave alike; write-behind answers from what has not been written yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from payport.ledger.store.checkpoint import NO_HEIGHT, LmdbCheckpoint, MemoryCheckpoint
from payport.ledger.store.write_behind import WriteBehind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from payport.ledger.store.checkpoint import Checkpoint


@pytest.fixture(params=["lmdb", "memory"])
def checkpoint(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkpoint]:
    opened: Checkpoint = LmdbCheckpoint(tmp_path) if request.param == "lmdb" else MemoryCheckpoint()
    yield opened
    opened.close()


def test_applies_reads_and_scans(checkpoint: Checkpoint) -> None:
    assert checkpoint.height == NO_HEIGHT
    assert checkpoint.get("a", b"k") is None
    assert list(checkpoint.scan("a")) == []
    checkpoint.apply(0, {"a": {b"k2": b"2", b"k1": b"1", b"l": b"3"}, "b": {b"k1": b"other"}})
    checkpoint.apply(7, {"a": {b"k2": None, b"k3": b"", b"none": None}})
    assert checkpoint.height == 7
    assert (checkpoint.get("a", b"k1"), checkpoint.get("a", b"k2"), checkpoint.get("a", b"k3")) == (b"1", None, b"")
    assert list(checkpoint.scan("a")) == [(b"k1", b"1"), (b"k3", b""), (b"l", b"3")]
    assert list(checkpoint.scan("a", b"k")) == [(b"k1", b"1"), (b"k3", b"")]
    assert list(checkpoint.scan("b", b"z")) == []


def test_lmdb_is_there_after_a_restart(tmp_path: Path) -> None:
    first = LmdbCheckpoint(tmp_path)
    first.apply(3, {"a": {bytes([n % 256, n // 256]): b"x" * n for n in range(3_000)}})
    first.close()
    second = LmdbCheckpoint(tmp_path)
    assert second.height == 3
    assert len(list(second.scan("a"))) == 3_000
    second.close()


def test_write_behind_waits_for_the_log(checkpoint: Checkpoint) -> None:
    base = WriteBehind(checkpoint, threaded=False)
    base.add(0, {"a": {b"k": b"0", b"old": b"1"}})
    base.seal()
    assert checkpoint.height == NO_HEIGHT
    base.note_durable(0)
    assert checkpoint.height == 0
    base.add(1, {"a": {b"k": b"1"}})
    base.seal()
    base.seal()
    base.add(2, {"a": {b"new": b"2", b"old": None}})
    assert (checkpoint.height, base.height, base.backlog) == (0, 2, 1)
    assert base.get("a", b"k") == b"1"
    assert base.get("a", b"old") is None
    assert list(base.scan("a")) == [(b"k", b"1"), (b"new", b"2")]
    assert list(base.scan("a", b"n")) == [(b"new", b"2")]
    base.note_durable(2)
    assert (checkpoint.height, checkpoint.get("a", b"old")) == (1, b"1")
    base.seal()
    assert (checkpoint.height, checkpoint.get("a", b"old")) == (2, None)


def test_write_behind_from_its_thread(tmp_path: Path) -> None:
    base = WriteBehind(LmdbCheckpoint(tmp_path))
    for height in range(50):
        base.add(height, {"a": {height.to_bytes(4, "big"): b"x"}})
        base.seal()
        base.note_durable(height)
    base.close()
    again = LmdbCheckpoint(tmp_path)
    assert again.height == 49
    assert len(list(again.scan("a"))) == 50
    again.close()


def test_a_write_that_fails_is_kept_for_the_engine() -> None:
    failed = threading.Event()

    class Broken(MemoryCheckpoint):
        def apply(self, height: int, changes: Mapping[str, Mapping[bytes, bytes | None]]) -> None:
            failed.set()
            raise OSError(28, "no space left")

    base = WriteBehind(Broken())
    base.add(0, {"a": {b"k": b"v"}})
    base.seal()
    base.note_durable(0)
    assert failed.wait(5)
    with pytest.raises(OSError, match="no space"):
        base.close()
    assert isinstance(base.failure, OSError)
