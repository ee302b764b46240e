"""The block log: segments of checksummed records, appended many at a time and synced once.

A block is durable when :meth:`BlockLog.append` returns. A record torn by a crash is cut off at the next start; a
damaged record that had been synced is never cut off silently but stops the start with :class:`LogDamagedError`.
"""

from __future__ import annotations

import threading
from array import array
from typing import TYPE_CHECKING, Final

from payport.ledger.store import log_record
from payport.ledger.store.log_record import HEADER_BYTES, MAGIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payport.ledger.store.files import File, Files
    from payport.ledger.store.log_record import Header

SEGMENT_BYTES: Final = 64 * 1024 * 1024
"""A segment is closed once it is this long: short enough to check at every start, long enough to be few."""

SUFFIX: Final = ".log"
"""Segments are named by the height of their first block, 16 digits, and this."""

_DIGITS: Final = 16


class LogDamagedError(Exception):
    """A record that had been synced cannot be read: the disk or somebody changed it. Restore it from a copy."""


class LogFailedError(Exception):
    """An append or sync failed; what is on the medium is unknown until the log is opened again."""


class Segment:
    """One file of the log and where its records begin."""

    def __init__(self, name: str, file: File) -> None:
        """Take an open file; the index is built by :func:`scan_segment`."""
        self.name = name
        self.file = file
        self.first_height = int(name.removesuffix(SUFFIX))
        self.offsets: array[int] = array("Q")
        self.end = 0
        self.indexed = False


def segment_name(first_height: int) -> str:
    """Return the file name of the segment that begins with ``first_height``."""
    return f"{first_height:0{_DIGITS}d}{SUFFIX}"


def _record_at(segment: Segment, offset: int, height: int) -> tuple[Header, bytes] | None:
    """Read and check the record of ``height`` at ``offset``; ``None`` where it is not whole."""
    header = log_record.read_header(segment.file.read(offset, HEADER_BYTES))
    if header is None or header.height != height:
        return None
    payload = segment.file.read(offset + HEADER_BYTES, header.length)
    return (header, payload) if log_record.payload_fits(header, payload) else None


def _scan_whole(segment: Segment) -> None:
    """Check every record and index it, up to the first that is not whole."""
    segment.offsets = array("Q")
    offset = 0
    while (found := _record_at(segment, offset, segment.first_height + len(segment.offsets))) is not None:
        segment.offsets.append(offset)
        offset += HEADER_BYTES + found[0].length
    segment.end = offset
    segment.indexed = True


def _scan_headers(segment: Segment) -> None:
    """Index a closed segment by its headers alone; payloads are checked when they are read."""
    offsets: array[int] = array("Q")
    offset, size = 0, segment.file.size()
    while offset < size:
        header = log_record.read_header(segment.file.read(offset, HEADER_BYTES))
        if header is None or header.height != segment.first_height + len(offsets):
            message = f"block log {segment.name} is damaged at byte {offset}: not the header of a record"
            raise LogDamagedError(message)
        offsets.append(offset)
        offset += HEADER_BYTES + header.length
    segment.offsets, segment.end, segment.indexed = offsets, size, True


def _durable_height_after(segment: Segment) -> int:
    """Return the highest durable height any record header behind the first broken record speaks of."""
    tail = segment.file.read(segment.end, segment.file.size() - segment.end)
    highest = 0
    at = tail.find(MAGIC, 1)
    while at >= 0:
        header = log_record.read_header(tail[at : at + HEADER_BYTES])
        if header is not None and header.height >= segment.first_height + len(segment.offsets):
            highest = max(highest, header.durable_height)
        at = tail.find(MAGIC, at + 1)
    return highest


class BlockLog:
    """An append-only log of block payloads, heights 1, 2, 3 and so on. One thread appends, any thread reads."""

    def __init__(self, files: Files, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the log, cutting off a torn tail; raises :class:`LogDamagedError`."""
        self._files = files
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._failed = False
        self.torn_bytes = 0
        names = [name for name in files.names() if name.endswith(SUFFIX)]
        self._segments = [Segment(name, files.open(name)) for name in names]
        if not self._segments:
            self._add_segment(1)
        if self._segments[0].first_height != 1:
            message = f"the block log begins at height {self._segments[0].first_height}: earlier segments are missing"
            raise LogDamagedError(message)
        self._open_last()
        self.syncs = 0

    @property
    def height(self) -> int:
        """Height of the last durable block; 0 where there is none."""
        last = self._segments[-1]
        return last.first_height + len(last.offsets) - 1

    def append(self, payloads: Sequence[bytes]) -> int:
        """Append payloads and sync once; returns the new height, at which all of them are durable."""
        if self._failed:
            message = "an earlier append failed; open the block log again"
            raise LogFailedError(message)
        if not payloads:
            return self.height
        try:
            return self._append(payloads)
        except OSError as error:
            self._failed = True
            message = f"cannot write the block log: {error}"
            raise LogFailedError(message) from error

    def read(self, height: int) -> bytes:
        """Return the payload of a block; ``LookupError`` where there is none, raises :class:`LogDamagedError`."""
        if not 1 <= height <= self.height:
            message = f"no block {height}: the log holds 1 to {self.height}"
            raise LookupError(message)
        segment = self._segment_of(height)
        if not segment.indexed:
            with self._lock:
                _scan_headers(segment)
        position = height - segment.first_height
        found = _record_at(segment, segment.offsets[position], height) if position < len(segment.offsets) else None
        if found is None:
            message = f"block log {segment.name}: the record of block {height} is damaged"
            raise LogDamagedError(message)
        return found[1]

    def close(self) -> None:
        """Close all files."""
        for segment in self._segments:
            segment.file.close()
        self._failed = True

    def _open_last(self) -> None:
        last = self._segments[-1]
        _scan_whole(last)
        size = last.file.size()
        if size > last.end:
            broken = last.first_height + len(last.offsets)
            if _durable_height_after(last) >= broken:
                message = f"block log {last.name} is damaged at byte {last.end}: block {broken} had been synced"
                raise LogDamagedError(message)
            self.torn_bytes = size - last.end
            last.file.truncate(last.end)
        # What survived a killed process may still be in memory only; it is about to be built upon.
        last.file.sync()
        self._files.sync_directory()

    def _append(self, payloads: Sequence[bytes]) -> int:
        durable_height = self.height
        last = self._segments[-1]
        if last.end >= self._segment_bytes:
            last = self._add_segment(durable_height + 1)
        records, offsets, offset = [], [], last.end
        for height, payload in enumerate(payloads, durable_height + 1):
            record = log_record.encode_record(height, durable_height, payload)
            records.append(record)
            offsets.append(offset)
            offset += len(record)
        last.file.write(last.end, b"".join(records))
        last.file.sync()
        self.syncs += 1
        last.end = offset
        last.offsets.extend(offsets)
        return durable_height + len(payloads)

    def _add_segment(self, first_height: int) -> Segment:
        segment = Segment(segment_name(first_height), self._files.open(segment_name(first_height)))
        segment.indexed = True
        self._files.sync_directory()
        self._segments.append(segment)
        return segment

    def _segment_of(self, height: int) -> Segment:
        low, high = 0, len(self._segments)
        while high - low > 1:
            middle = (low + high) // 2
            if self._segments[middle].first_height <= height:
                low = middle
            else:
                high = middle
        return self._segments[low]
