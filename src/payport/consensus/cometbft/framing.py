"""How messages lie on an ABCI socket: each behind its length, an unsigned variable-length integer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio

MAX_MESSAGE_BYTES: Final = 128 * 1024 * 1024
"""Longest message: CometBFT's largest block is 100 MiB, and nobody else may connect."""

_CONTINUES: Final = 0x80
_BITS: Final = 7
_LONGEST: Final = 5


class FramingError(Exception):
    """What came is not a message."""


def encode_length(length: int) -> bytes:
    """Return a length as it is written before a message."""
    found = bytearray()
    while length >= _CONTINUES:
        found.append(length & (_CONTINUES - 1) | _CONTINUES)
        length >>= _BITS
    found.append(length)
    return bytes(found)


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """Return the next message; raises :class:`FramingError`, and ``IncompleteReadError`` at the end."""
    length = 0
    for place in range(_LONGEST):
        (byte,) = await reader.readexactly(1)
        length |= (byte & (_CONTINUES - 1)) << (_BITS * place)
        if byte < _CONTINUES:
            break
    else:
        raise FramingError("a length of more than five bytes")
    if length > MAX_MESSAGE_BYTES:
        raise FramingError(f"a message of {length} bytes")
    return await reader.readexactly(length)


def write_message(writer: asyncio.StreamWriter, message: bytes) -> None:
    """Write a message; it is on its way, not sent."""
    writer.write(encode_length(len(message)))
    writer.write(message)
