"""The one wire codec: MessagePack, strictly typed.

Records are ``msgspec`` structs encoded as arrays; an unknown, missing or ill-typed element is refused. Deep nesting
raises ``RecursionError`` inside the decoder and is answered like every other malformed input.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import msgspec

from payport.values.refusals import RefusalClass, RefusalCode

MALFORMED_BYTES: Final = RefusalCode(
    "malformed_bytes",
    RefusalClass.MALFORMED,
    "The bytes are not a well-formed record of this kind.",
    "数据不是该类型的有效记录。",
)
"""Raised for anything the codec cannot read."""

REFUSALS: Final = (MALFORMED_BYTES,)
"""Refusals of this module."""

T = TypeVar("T")

_ENCODER: Final = msgspec.msgpack.Encoder()


class Record(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """Base of every record that travels or is stored: an immutable, fixed-length MessagePack array."""


def encode(value: Any) -> bytes:  # noqa: ANN401 - any record or plain value
    """Encode a record or plain value; equal values give equal bytes (maps are not used on the wire)."""
    return _ENCODER.encode(value)


def decode(data: bytes, into: type[T]) -> T:
    """Decode ``data`` as exactly one ``into``; raises ``malformed_bytes``."""
    return decode_with(msgspec.msgpack.Decoder(into), data)


def decode_with(decoder: msgspec.msgpack.Decoder[T], data: bytes) -> T:
    """Decode with a prepared decoder (kept where one type is read often); raises ``malformed_bytes``."""
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, OverflowError) as error:
        MALFORMED_BYTES.refuse(str(error)[:200])


def decode_canonical(data: bytes, into: type[T]) -> T:
    """Decode and insist that encoding again gives the same bytes, so that no two byte strings mean one thing."""
    value = decode(data, into)
    if encode(value) != data:
        MALFORMED_BYTES.refuse("not the canonical encoding")
    return value
