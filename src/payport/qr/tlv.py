"""The objects of an EMVCo merchant payload: 2-digit id, 2-digit length in characters, value (EMVCo MPM 3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from payport.qr.refusals import (
    CODE_FIELD_EMPTY,
    CODE_FIELD_INVALID,
    CODE_MALFORMED,
    CODE_REPEATED_FIELD,
    CODE_TRUNCATED,
)
from payport.qr.rules import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID_CHARACTERS: Final = 2
_HEAD_CHARACTERS: Final = 4
_NUMBERS: Final = {f"{number:02}": number for number in range(100)}
"""The number two digits write: these ten digits only, while `int` would take those of every script."""

MAX_VALUE_CHARACTERS: Final = 99
"""Two digits of length."""


def scan(text: str) -> tuple[dict[str, str], list[Problem]]:
    """Cut ``text`` into objects, in their order, as far as it can be cut.

    The problems are ``code_malformed`` and ``code_truncated``, after which nothing is read, and ``code_field_empty``
    and ``code_repeated_field``; of a field that stands twice the first is kept.
    """
    fields: dict[str, str] = {}
    problems: list[Problem] = []
    at = 0
    end = len(text)
    while at < end:
        field_id = text[at : at + _ID_CHARACTERS]
        start = at + _HEAD_CHARACTERS
        length = _NUMBERS.get(text[at + _ID_CHARACTERS : start])
        if length is None or field_id not in _NUMBERS:
            reason = CODE_TRUNCATED if start > end else CODE_MALFORMED
            return fields, [*problems, Problem(reason, "", f"at character {at}")]
        at = start + length
        if at > end:
            return fields, [*problems, Problem(CODE_TRUNCATED, field_id, _place(start))]
        if field_id in fields:
            problems.append(Problem(CODE_REPEATED_FIELD, field_id, _place(start)))
            continue
        if length == 0:
            problems.append(Problem(CODE_FIELD_EMPTY, field_id, _place(start)))
        fields[field_id] = text[start:at]
    return fields, problems


def _place(start: int) -> str:
    return f"at character {start - _HEAD_CHARACTERS}"


def parse(text: str) -> dict[str, str]:
    """Cut ``text`` into objects, in their order.

    Raises ``code_malformed``, ``code_truncated``, ``code_field_empty`` or ``code_repeated_field``.
    """
    fields, problems = scan(text)
    for problem in problems:
        problem.reason.refuse(f"{problem.id}: {problem.message}" if problem.id else problem.message)
    return fields


def encode(fields: Mapping[str, str]) -> str:
    """Write objects one after another; raises ``code_field_invalid`` for a value not of 1 to 99 characters."""
    written = []
    for field_id, value in fields.items():
        assert field_id in _NUMBERS
        if not 1 <= len(value) <= MAX_VALUE_CHARACTERS:
            CODE_FIELD_INVALID.refuse(f"{field_id}: {len(value)} characters")
        written.append(f"{field_id}{len(value):02}{value}")
    return "".join(written)
