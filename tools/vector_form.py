"""How vectors write values: bytes in lower-case hexadecimal, integers that may leave 2^53 as decimal strings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from payport.values.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


def plain(value: object) -> object:
    """Return a record or value as people read it: names and values."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    return value


def typed(value: object) -> dict[str, object]:
    """Return a value with its type on the wire, so that a program can encode it without knowing the record."""
    if value is None:
        return {"type": "nil"}
    if isinstance(value, bool):
        return {"type": "boolean", "value": value}
    if isinstance(value, int):
        return {"type": "integer", "value": str(value)}
    if isinstance(value, bytes):
        return {"type": "bytes", "value": value.hex()}
    if isinstance(value, str):
        return {"type": "text", "value": str(value)}
    elements = msgspec.structs.astuple(value) if isinstance(value, msgspec.Struct) else value
    assert isinstance(elements, tuple | list), type(value)
    return {"type": "array", "value": [typed(each) for each in elements]}


def code_of(call: Callable[..., object], *arguments: object) -> str:
    """Return the code with which a call refuses; one that does not is an error of the vector."""
    try:
        call(*arguments)
    except Refusal as refusal:
        return refusal.code
    raise AssertionError("a case meant to be refused is accepted")
