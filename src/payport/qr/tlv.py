"""The objects of an EMVCo merchant payload: 2-digit id, 2-digit length in characters, value (EMVCo MPM 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.qr.refusals import CODE_FIELD_INVALID, CODE_MALFORMED, CODE_REPEATED_FIELD, CODE_TRUNCATED

if TYPE_CHECKING:
    from collections.abc import Iterable

_ID_CHARACTERS: Final = 2
_HEAD_CHARACTERS: Final = 4
# Only these ten: `str.isdigit` would take the digits of every script.
_DIGITS: Final = frozenset("0123456789")
MAX_VALUE_CHARACTERS: Final = 99
"""Two digits of length."""


class Field(NamedTuple):
    """One object."""

    id: str
    """Two digits."""
    value: str
    """Its text."""


def parse(text: str) -> tuple[Field, ...]:
    """Cut ``text`` into objects, in their order.

    Raises ``code_malformed``, ``code_truncated`` or ``code_repeated_field``.
    """
    fields: list[Field] = []
    seen: set[str] = set()
    at = 0
    while at < len(text):
        head = text[at : at + _HEAD_CHARACTERS]
        if len(head) < _HEAD_CHARACTERS:
            CODE_TRUNCATED.refuse(f"at character {at}")
        if not _DIGITS.issuperset(head):
            CODE_MALFORMED.refuse(f"at character {at}")
        length = int(head[2:])
        if length == 0:
            CODE_MALFORMED.refuse(f"field {head[:2]} at character {at} is empty")
        value = text[at + _HEAD_CHARACTERS : at + _HEAD_CHARACTERS + length]
        if len(value) != length:
            CODE_TRUNCATED.refuse(f"field {head[:2]} at character {at}")
        if head[:2] in seen:
            CODE_REPEATED_FIELD.refuse(f"field {head[:2]}")
        seen.add(head[:2])
        fields.append(Field(head[:2], value))
        at += _HEAD_CHARACTERS + length
    return tuple(fields)


def encode(fields: Iterable[Field]) -> str:
    """Write objects one after another; raises ``code_field_invalid`` for a value not of 1 to 99 characters."""
    written = []
    for field in fields:
        assert len(field.id) == _ID_CHARACTERS
        assert _DIGITS.issuperset(field.id)
        if not 1 <= len(field.value) <= MAX_VALUE_CHARACTERS:
            CODE_FIELD_INVALID.refuse(f"{field.id}: {len(field.value)} characters")
        written.append(f"{field.id}{len(field.value):02}{field.value}")
    return "".join(written)
