"""The format of snapshots: the same bytes from every store, chunks of the log that stay, manifests that are sound."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.store import snapshot
from payport.ledger.store.block_log import BlockLog
from payport.ledger.store.checkpoint import LmdbCheckpoint, MemoryCheckpoint
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.snapshot import LogChunk, Manifest
from payport.values import codec
from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

KEYS = st.binary(min_size=1, max_size=40)
RECORDS = st.binary(max_size=70_000)


def restored(chunks: list[bytes]) -> dict[str, list[tuple[bytes, bytes]]]:
    found: dict[str, list[tuple[bytes, bytes]]] = {}
    for chunk in chunks:
        family, rows = snapshot.read_state_chunk(chunk)
        found.setdefault(family, []).extend(rows)
    return found


@given(st.dictionaries(KEYS, RECORDS, max_size=30), st.integers(1, 100_000))
def test_chunks_hold_every_record_in_key_order_and_are_canonical(records: dict[bytes, bytes], size: int) -> None:
    checkpoint = MemoryCheckpoint()
    checkpoint.apply(0, {"accounts": records, "keys": {b"k": b"v"}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "CHUNK_BYTES", size)
        chunks = list(snapshot.state_chunks(checkpoint, ["accounts", "empty", "keys"]))
    assert restored(chunks) == {**({"accounts": sorted(records.items())} if records else {}), "keys": [(b"k", b"v")]}
    for chunk in chunks:
        assert codec.encode(snapshot.read_state_chunk(chunk)) == chunk


@pytest.mark.parametrize(("number", "size"), [(3, 1), (15, 4096), (16, 4096), (70_000, 1 << 30), (70_000, 300_000)])
def test_every_store_gives_the_same_bytes(
    tmp_path: Path, number: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "CHUNK_BYTES", size)
    records: dict[bytes, bytes | None] = {
        Random(each).randbytes(1 + each % 30) + each.to_bytes(4, "big"): bytes(each % 300) for each in range(number)
    }
    in_memory, on_disk = MemoryCheckpoint(), LmdbCheckpoint(tmp_path)
    for each in (in_memory, on_disk):
        each.apply(7, {"accounts": records})
    one, other = (list(snapshot.state_chunks(each, ["accounts"])) for each in (in_memory, on_disk))
    assert one == other
    assert restored(one) == {"accounts": sorted(records.items())}


def test_chunks_of_the_log_stay_as_they_are_once_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "CHUNK_BYTES", 1_000)
    log, random = BlockLog(FaultyFiles(Random(1))), Random(2)
    known: tuple[LogChunk, ...] = ()
    for height in range(10, 300, 10):
        log.append([random.randbytes(random.choice((10, 300, 990, 2_000))) for _ in range(10)])
        chunks = snapshot.log_chunks(log, height)
        assert snapshot.log_chunks(log, height, known) == chunks
        assert chunks[: max(len(known) - 1, 0)] == known[:-1]
        known = chunks
    manifest = Manifest("chain", 290, 300, (), known)
    blocks = []
    for index in range(manifest.chunks):
        first, last = manifest.blocks_of(index)
        chunk = snapshot.read_log_chunk(log, first, last)
        assert snapshot.hash_bytes(chunk) == manifest.digest_of(index)
        assert len(chunk) < 1_100 or first == last
        blocks += snapshot.read_blocks(chunk)
    assert blocks == [log.read(height) for height in range(1, 291)]


def chunk_to(height: int) -> LogChunk:
    return LogChunk(height, bytes(32))


@pytest.mark.parametrize(
    "log",
    [
        (),
        (chunk_to(9),),
        (chunk_to(11),),
        (chunk_to(5), chunk_to(5), chunk_to(10)),
        (chunk_to(8), chunk_to(3), chunk_to(10)),
    ],
)
def test_a_manifest_out_of_order_is_refused(log: tuple[LogChunk, ...]) -> None:
    with pytest.raises(Refusal, match="snapshot_unusable"):
        snapshot.read_manifest(codec.encode(Manifest("chain", 10, 12, (bytes(32),), log)))


def test_a_manifest_of_too_many_chunks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = codec.encode(Manifest("chain", 2, 2, (bytes(32),) * 3, (chunk_to(1), chunk_to(2))))
    assert snapshot.read_manifest(manifest).chunks == 5
    monkeypatch.setattr(snapshot, "MAX_CHUNKS", 4)
    with pytest.raises(Refusal, match="snapshot_unusable"):
        snapshot.read_manifest(manifest)
    with pytest.raises(Refusal, match="malformed_bytes"):
        snapshot.read_manifest(manifest + b"\0")
