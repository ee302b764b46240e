"""Reading decoded elements by their type and range; each function raises ``malformed_receipt``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.proof.messagepack import MALFORMED_RECEIPT

if TYPE_CHECKING:
    from payport.proof.messagepack import Value

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer every client language holds exactly."""

MAX_TEXT: Final = 64
"""Characters of a name inside a receipt: chain ids have at most 48, codes and roles fewer."""


def array(value: Value, what: str, length: int | None = None) -> tuple[Value, ...]:
    """Read an array, of ``length`` elements if given."""
    if not isinstance(value, tuple):
        MALFORMED_RECEIPT.refuse(f"{what} is not an array")
    if length is not None and len(value) != length:
        MALFORMED_RECEIPT.refuse(f"{what} has {len(value)} elements, not {length}")
    return value


def binary(value: Value, what: str, length: int | None = None) -> bytes:
    """Read a byte string, of ``length`` bytes if given."""
    if not isinstance(value, bytes):
        MALFORMED_RECEIPT.refuse(f"{what} is not a byte string")
    if length is not None and len(value) != length:
        MALFORMED_RECEIPT.refuse(f"{what} has {len(value)} bytes, not {length}")
    return value


def text(value: Value, what: str) -> str:
    """Read a short name of printable ASCII, so that it cannot forge lines of a summary on a terminal."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or not (value.isascii() and value.isprintable()):
        MALFORMED_RECEIPT.refuse(f"{what} is not a short text of printable ASCII")
    return value


def natural(value: Value, what: str) -> int:
    """Read an integer of 0 to 2^53-1."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_SAFE_INTEGER:
        MALFORMED_RECEIPT.refuse(f"{what} is not an integer of 0 to 2^53-1")
    return value


def integer(value: Value, what: str) -> int:
    """Read an integer of 64 bits; sums of amounts, and what an issuer owes, leave the range of one amount."""
    if isinstance(value, bool) or not isinstance(value, int):
        MALFORMED_RECEIPT.refuse(f"{what} is not an integer")
    return value
