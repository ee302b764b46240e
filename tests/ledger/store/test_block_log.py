"""The block log keeps what was synced, cuts off what was torn, and never passes over damage in silence."""

from __future__ import annotations

import zlib
from random import Random
from typing import TYPE_CHECKING

import pytest

from payport.ledger.store import log_record
from payport.ledger.store.block_log import BlockLog, LogDamagedError, LogFailedError, segment_name
from payport.ledger.store.faulty_files import FaultyFiles
from payport.ledger.store.files import DirectoryFiles

if TYPE_CHECKING:
    from pathlib import Path

FIRST = segment_name(1)


def payload(height: int, size: int = 40) -> bytes:
    return height.to_bytes(8, "big") + Random(height).randbytes(size)


def test_reads_back_across_segments_and_restarts(tmp_path: Path) -> None:
    log = BlockLog(DirectoryFiles(tmp_path), segment_bytes=500)
    for start in range(1, 60, 3):
        log.append([payload(height) for height in range(start, start + 3)])
    assert log.syncs == 20
    log.close()
    again = BlockLog(DirectoryFiles(tmp_path), segment_bytes=500)
    assert again.height == 60
    assert len(DirectoryFiles(tmp_path).names()) > 5
    for height in (60, 1, 31, *range(1, 61)):
        assert again.read(height) == payload(height)
    again.close()


def test_read_outside_the_log_is_a_lookup_error() -> None:
    log = BlockLog(FaultyFiles(Random(1)))
    for height in (0, 1, -1):
        with pytest.raises(LookupError):
            log.read(height)
    assert log.append([]) == 0


def test_torn_tail_at_every_byte_is_cut_off(tmp_path: Path) -> None:
    log = BlockLog(DirectoryFiles(tmp_path))
    log.append([payload(1)])
    log.append([payload(2)])
    kept = log._segments[0].end
    log.append([payload(3), payload(4)])
    log.close()
    whole = (tmp_path / FIRST).read_bytes()
    third = kept + log_record.HEADER_BYTES + len(payload(3))
    for size in range(kept, len(whole) + 1):
        (tmp_path / FIRST).write_bytes(whole[:size])
        again = BlockLog(DirectoryFiles(tmp_path))
        assert again.height == (4 if size == len(whole) else 3 if size >= third else 2)
        again.append([payload(again.height + 1)])
        assert again.read(again.height) == payload(again.height)
        assert again.read(2) == payload(2)
        again.close()


def test_torn_tail_of_zeros_is_cut_off(tmp_path: Path) -> None:
    log = BlockLog(DirectoryFiles(tmp_path))
    log.append([payload(1)])
    log.close()
    with (tmp_path / FIRST).open("ab") as file:
        file.write(bytes(3_000))
    again = BlockLog(DirectoryFiles(tmp_path))
    assert (again.height, again.torn_bytes) == (1, 3_000)
    again.close()


def test_every_damaged_byte_before_a_later_synced_record_stops_the_start(tmp_path: Path) -> None:
    log = BlockLog(DirectoryFiles(tmp_path))
    for height in (1, 2, 3, 4):
        log.append([payload(height)])
    synced_twice = log._segments[0].offsets[2]
    log.close()
    whole = (tmp_path / FIRST).read_bytes()
    for position in range(synced_twice):
        damaged = bytearray(whole)
        damaged[position] ^= 0x40
        (tmp_path / FIRST).write_bytes(damaged)
        with pytest.raises(LogDamagedError, match="had been synced"):
            BlockLog(DirectoryFiles(tmp_path))


def test_damage_in_a_closed_segment_is_found_when_it_is_read(tmp_path: Path) -> None:
    log = BlockLog(DirectoryFiles(tmp_path), segment_bytes=100)
    for height in range(1, 9):
        log.append([payload(height)])
    log.close()
    path = tmp_path / FIRST
    whole = path.read_bytes()
    for position in (1, log_record.HEADER_BYTES + 3):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        again = BlockLog(DirectoryFiles(tmp_path), segment_bytes=100)
        with pytest.raises(LogDamagedError):
            again.read(1)
        assert again.read(8) == payload(8)
        again.close()


def test_missing_first_segment_stops_the_start(tmp_path: Path) -> None:
    log = BlockLog(DirectoryFiles(tmp_path), segment_bytes=100)
    for height in range(1, 9):
        log.append([payload(height)])
    log.close()
    (tmp_path / FIRST).unlink()
    with pytest.raises(LogDamagedError, match="missing"):
        BlockLog(DirectoryFiles(tmp_path))


def test_after_a_failed_sync_nothing_is_written_until_the_log_is_opened_again() -> None:
    files = FaultyFiles(Random(3))
    log = BlockLog(files)
    log.append([payload(1)])
    files.file(FIRST).fail_next_sync = True
    with pytest.raises(LogFailedError):
        log.append([payload(2)])
    assert log.height == 1
    with pytest.raises(LogFailedError):
        log.append([payload(2)])
    files.crash()
    assert BlockLog(files).height in (1, 2)


@pytest.mark.parametrize("seed", range(200))
def test_crashes_lose_nothing_that_was_synced(seed: int) -> None:
    random = Random(seed)
    files = FaultyFiles(random)
    stored: dict[int, bytes] = {}
    for _ in range(8):
        log = BlockLog(files, segment_bytes=random.choice((200, 3_000)))
        assert log.height >= len(stored), "a synced block is gone"
        for height in range(1, log.height + 1):
            found = log.read(height)
            assert stored.setdefault(height, found) == found
        for _ in range(random.randrange(6)):
            batch = [
                payload(log.height + 1 + index, random.randrange(1, 2_000)) for index in range(random.randrange(1, 4))
            ]
            if random.random() < 0.2:
                files.file(log._segments[-1].name).fail_next_sync = True
            try:
                log.append(batch)
            except LogFailedError:
                break
            for data in batch:
                stored[len(stored) + 1] = data
        files.crash()


def test_a_payload_stands_only_under_its_own_header() -> None:
    record = log_record.encode_record(5, 4, b"payload")
    header = log_record.read_header(record)
    assert header is not None
    assert (header.length, header.height, header.durable_height) == (7, 5, 4)
    assert log_record.payload_fits(header, b"payload")
    assert not log_record.payload_fits(header, b"payloae")
    assert header.payload_checksum != zlib.crc32(b"payload")
    assert log_record.read_header(record[:-8][: log_record.HEADER_BYTES - 1]) is None
