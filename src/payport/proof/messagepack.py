"""A strict MessagePack subset: nil, booleans, integers, byte strings, text and arrays, always in the shortest form.

Decoding refuses every other way to write a value, so that decoding and encoding again gives the same bytes and no two
byte strings mean one thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from collections.abc import Sequence

Value: TypeAlias = "bool | int | bytes | str | Sequence[Value] | None"
"""What can be encoded; decoding yields arrays as tuples."""

MAX_DEPTH: Final = 12
"""Arrays inside arrays; a body with a list of pairs of records needs five."""

MAX_ELEMENTS: Final = 4_096
"""Elements of one array; the longest is an inclusion path, of at most 64."""

MALFORMED_RECEIPT: Final = RefusalCode(
    "malformed_receipt",
    RefusalClass.MALFORMED,
    "The bytes are not a receipt in its canonical form.",
    "数据不是规范格式的凭证。",
)
"""Raised for anything that cannot be read as exactly one canonical receipt or part of one."""

REFUSALS: Final = (MALFORMED_RECEIPT,)
"""Refusals of this module."""

_NIL, _FALSE, _TRUE = 0xC0, 0xC2, 0xC3
_FIXARRAY, _FIXSTR, _NEGATIVE_FIXINT = 0x90, 0xA0, 0xE0
_SIZES: Final = (1, 2, 4)
_INTEGER_SIZES: Final = (1, 2, 4, 8)
_BIN, _UINT, _INT, _STR, _ARRAY = 0xC4, 0xCC, 0xD0, 0xD9, 0xDC
_MAX_FIXINT, _MAX_FIXSTR, _MAX_FIXARRAY, _MIN_FIXINT = 0x7F, 31, 15, -32


def encode(value: Value) -> bytes:
    """Encode in the shortest form."""
    out = bytearray()
    _write(out, value)
    return bytes(out)


def _write(out: bytearray, value: Value) -> None:
    if value is None:
        out.append(_NIL)
    elif isinstance(value, bool):
        out.append(_TRUE if value else _FALSE)
    elif isinstance(value, int):
        _write_integer(out, value)
    elif isinstance(value, bytes):
        _write_head(out, len(value), _BIN, (0, -1), _SIZES)
        out += value
    elif isinstance(value, str):
        text = value.encode()
        _write_head(out, len(text), _STR, (_FIXSTR, _MAX_FIXSTR), _SIZES)
        out += text
    else:
        _write_head(out, len(value), _ARRAY, (_FIXARRAY, _MAX_FIXARRAY), _SIZES[1:])
        for element in value:
            _write(out, element)


def _write_head(out: bytearray, length: int, base: int, fix: tuple[int, int], sizes: tuple[int, ...]) -> None:
    """Write a type and length; ``fix`` is the head that carries a length itself, and the longest it carries."""
    fix_base, fix_max = fix
    if length <= fix_max:
        out.append(fix_base | length)
        return
    for step, size in enumerate(sizes):
        if length < 1 << (8 * size):
            out.append(base + step)
            out += length.to_bytes(size, "big")
            return
    message = "longer than MessagePack can write"
    raise ValueError(message)


def _write_integer(out: bytearray, value: int) -> None:
    if _MIN_FIXINT <= value <= _MAX_FIXINT:
        out.append(value & 0xFF)
        return
    base, bits_used = (_UINT, value.bit_length()) if value >= 0 else (_INT, (~value).bit_length() + 1)
    for step, size in enumerate(_INTEGER_SIZES):
        if bits_used <= 8 * size:
            out.append(base + step)
            out += value.to_bytes(size, "big", signed=value < 0)
            return
    message = "an integer beyond 64 bits"
    raise ValueError(message)


def decode(data: bytes) -> Value:
    """Decode exactly one value; raises ``malformed_receipt``."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        MALFORMED_RECEIPT.refuse("bytes follow the value")
    return value


class _Reader:
    """A position in the bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes."""
        end = self.at + count
        if end > len(self.data):
            MALFORMED_RECEIPT.refuse("the bytes end early")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def number(self, size: int, shortest_above: int, *, signed: bool = False) -> int:
        """Return a big-endian number that would not have fitted a shorter form, which holds up to a bound."""
        value = int.from_bytes(self.take(size), "big", signed=signed)
        if (not signed and value <= shortest_above) or (signed and value >= shortest_above):
            MALFORMED_RECEIPT.refuse("a number is not in its shortest form")
        return value

    def value(self, depth: int) -> Value:
        """Return the next value."""
        if depth > MAX_DEPTH:
            MALFORMED_RECEIPT.refuse("nested too deeply")
        head = self.take(1)[0]
        if head <= _MAX_FIXINT:
            return head
        if head >= _NEGATIVE_FIXINT:
            return head - 0x100
        if _FIXARRAY <= head <= _FIXARRAY | _MAX_FIXARRAY:
            return self.array(head & _MAX_FIXARRAY, depth)
        if _FIXSTR <= head <= _FIXSTR | _MAX_FIXSTR:
            return self.text(head & _MAX_FIXSTR)
        if head in (_NIL, _FALSE, _TRUE):
            return None if head == _NIL else head == _TRUE
        return self.sized(head, depth)

    def sized(self, head: int, depth: int) -> Value:
        """Return a value whose head says how many bytes its number or length has."""
        if _UINT <= head < _UINT + 4:
            step = head - _UINT
            return self.number(1 << step, _MAX_FIXINT if step == 0 else (1 << (4 << step)) - 1)
        if _INT <= head < _INT + 4:
            step = head - _INT
            return self.number(1 << step, _MIN_FIXINT if step == 0 else -(1 << ((4 << step) - 1)), signed=True)
        if _BIN <= head < _BIN + 3:
            step = head - _BIN
            return self.take(self.number(1 << step, -1 if step == 0 else (1 << (4 << step)) - 1))
        if _STR <= head < _STR + 3:
            step = head - _STR
            return self.text(self.number(1 << step, _MAX_FIXSTR if step == 0 else (1 << (4 << step)) - 1))
        if not _ARRAY <= head < _ARRAY + 2:
            MALFORMED_RECEIPT.refuse(f"type 0x{head:02x} is not used")
        step = head - _ARRAY + 1
        return self.array(self.number(1 << step, _MAX_FIXARRAY if step == 1 else 0xFFFF), depth)

    def text(self, length: int) -> str:
        """Return text of ``length`` bytes."""
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            MALFORMED_RECEIPT.refuse("text is not UTF-8")

    def array(self, length: int, depth: int) -> tuple[Value, ...]:
        """Return an array of ``length`` elements."""
        if length > MAX_ELEMENTS:
            MALFORMED_RECEIPT.refuse(f"an array of {length} elements")
        return tuple(self.value(depth + 1) for _ in range(length))
