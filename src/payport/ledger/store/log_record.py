"""One record of the block log: a header with two checksums, then the payload.

``durable_height`` is the height the writer knew to be synced when it wrote the record. It is what tells a torn tail
from damage: a broken record is a torn write only if no later record says that it had been synced.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final, NamedTuple

MAGIC: Final = b"PPB1"
"""First bytes of every record."""

_CHECKED: Final = struct.Struct(">4sIQQI")
_CHECKSUM: Final = struct.Struct(">I")

HEADER_BYTES: Final = _CHECKED.size + _CHECKSUM.size
"""Magic, payload length, height, durable height, CRC-32 of the payload, CRC-32 of the header before it."""

MAX_PAYLOAD_BYTES: Final = 64 * 1024 * 1024
"""A block of 4 MiB of items with its leaves stays well below; a longer length is damage."""


class Header(NamedTuple):
    """What the header says."""

    length: int
    """Bytes of the payload."""
    height: int
    """Height of the block."""
    durable_height: int
    """Height known to be synced when the record was written."""
    payload_checksum: int
    """CRC-32 of the payload, continued from the height, so that a payload cannot stand under another header."""


def _payload_checksum(payload: bytes, height: int) -> int:
    return zlib.crc32(payload, height & 0xFFFF_FFFF)


def encode_record(height: int, durable_height: int, payload: bytes) -> bytes:
    """Return header and payload."""
    assert 0 < len(payload) <= MAX_PAYLOAD_BYTES, f"a payload of {len(payload)} bytes"
    assert 0 <= durable_height < height, "a record cannot be durable before it is written"
    checked = _CHECKED.pack(MAGIC, len(payload), height, durable_height, _payload_checksum(payload, height))
    return checked + _CHECKSUM.pack(zlib.crc32(checked)) + payload


def read_header(data: bytes) -> Header | None:
    """Read a header; ``None`` where these bytes are not one."""
    if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
        return None
    checked = data[: _CHECKED.size]
    if _CHECKSUM.unpack_from(data, _CHECKED.size)[0] != zlib.crc32(checked):
        return None
    _, length, height, durable_height, payload_checksum = _CHECKED.unpack(checked)
    if not 0 < length <= MAX_PAYLOAD_BYTES or durable_height >= height:
        return None
    return Header(length, height, durable_height, payload_checksum)


def payload_fits(header: Header, payload: bytes) -> bool:
    """Tell whether the payload is the one the header was written for."""
    return len(payload) == header.length and _payload_checksum(payload, header.height) == header.payload_checksum
