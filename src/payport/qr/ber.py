"""BER-TLV as EMV writes it: tags of one to three bytes, definite lengths of one to three bytes, templates that nest.

A length up to 127 is one byte; above, ``81`` and one byte, or ``82`` and two. ISO/IEC 8825-1 lets a short length be
written long, so that is read; it is never written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr.refusals import CODE_MALFORMED, CODE_TRUNCATED
from payport.qr.rules import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_DEPTH: Final = 4
"""Templates within templates: EMVCo's deepest has three."""

MAX_TAG_BYTES: Final = 3
"""Bytes of a tag."""

_CONSTRUCTED: Final = 0x20
_LONG_TAG: Final = 0x1F
_MORE: Final = 0x80
_ONE_BYTE: Final = 0x81
_TWO_BYTES: Final = 0x82
_SHORT_MAXIMUM: Final = 0x7F
_ONE_BYTE_MAXIMUM: Final = 0xFF
MAX_VALUE_BYTES: Final = 0xFFFF
"""Bytes of a value that two bytes of length can tell."""


class Object(NamedTuple):
    """One object."""

    tag: str
    """Tag in upper-case hexadecimal."""
    value: bytes
    """Its bytes; of a template, those of its objects."""
    objects: tuple[Object, ...] | None = None
    """The objects of a template; ``None`` for a primitive."""


def parse(data: bytes, depth: int = 1) -> tuple[tuple[Object, ...], Problem | None]:
    """Cut ``data`` into objects as far as it can be cut, and say what stopped it; never raises."""
    objects: list[Object] = []
    at = 0
    while at < len(data):
        tag, at, problem = _read_tag(data, at)
        if problem is not None:
            return tuple(objects), problem
        length, at, problem = _read_length(data, at, tag)
        if problem is not None:
            return tuple(objects), problem
        value = data[at : at + length]
        at += length
        if len(value) < length:
            return tuple(objects), Problem(CODE_TRUNCATED, tag, f"{length} bytes, only {len(value)} are left")
        if not int(tag[:2], 16) & _CONSTRUCTED:
            objects.append(Object(tag, value))
            continue
        if depth == MAX_DEPTH:
            return tuple(objects), Problem(CODE_MALFORMED, tag, f"more than {MAX_DEPTH} templates within each other")
        nested, problem = parse(value, depth + 1)
        objects.append(Object(tag, value, nested))
        if problem is not None:
            return tuple(objects), problem._replace(id=f"{tag}-{problem.id}" if problem.id else tag)
    return tuple(objects), None


def _read_tag(data: bytes, at: int) -> tuple[str, int, Problem | None]:
    start = at
    first = data[at]
    at += 1
    if first in (0x00, 0xFF):
        return "", at, Problem(CODE_MALFORMED, "", f"{first:02X} at byte {start} is no tag")
    if first & _LONG_TAG == _LONG_TAG:
        while True:
            if at == len(data):
                return "", at, Problem(CODE_TRUNCATED, "", f"a tag at byte {start} does not end")
            last = data[at]
            at += 1
            if not last & _MORE:
                break
            if at - start == MAX_TAG_BYTES:
                return "", at, Problem(CODE_MALFORMED, "", f"a tag at byte {start} has more than {MAX_TAG_BYTES} bytes")
    return data[start:at].hex().upper(), at, None


def _read_length(data: bytes, at: int, tag: str) -> tuple[int, int, Problem | None]:
    if at == len(data):
        return 0, at, Problem(CODE_TRUNCATED, tag, "the length is missing")
    first = data[at]
    at += 1
    if first <= _SHORT_MAXIMUM:
        return first, at, None
    if first not in (_ONE_BYTE, _TWO_BYTES):
        return 0, at, Problem(CODE_MALFORMED, tag, _wrong_length(first))
    size = first - _MORE
    if at + size > len(data):
        return 0, at, Problem(CODE_TRUNCATED, tag, "the length does not end")
    return int.from_bytes(data[at : at + size], "big"), at + size, None


def _wrong_length(first: int) -> str:
    """Explain a first byte of a length that cannot be: most often one that lacks the byte before it."""
    if first == _MORE:
        return "an indefinite length (80) is not allowed"
    return (
        f"the length byte {first:02X} announces {first - _MORE} bytes of length; "
        f"a length of {first} is written 81 {first:02X}"
    )


def encode(objects: Iterable[Object]) -> bytes:
    """Write objects one after another with the shortest lengths."""
    return b"".join(_encode(each) for each in objects)


def _encode(each: Object) -> bytes:
    value = each.value if each.objects is None else encode(each.objects)
    assert len(value) <= MAX_VALUE_BYTES
    if len(value) <= _SHORT_MAXIMUM:
        length = bytes([len(value)])
    elif len(value) <= _ONE_BYTE_MAXIMUM:
        length = bytes([_ONE_BYTE, len(value)])
    else:
        length = bytes([_TWO_BYTES]) + len(value).to_bytes(2, "big")
    return bytes.fromhex(each.tag) + length + value
