"""What a code of changed fields is told to be: for the tests of schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payport.qr import emvco, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def teller(base: Mapping[str, str]) -> Callable[..., dict[str, Any]]:
    """Return a function that reads ``base`` with changes: ``f54="1.00"`` sets field 54, ``f54=None`` leaves it out."""

    def told(**changes: str | None) -> dict[str, Any]:
        fields = {**base, **{key.removeprefix("f"): value for key, value in changes.items()}}
        code = emvco.encode({key: value for key, value in sorted(fields.items()) if value is not None})
        return reading.decode(code).json()

    return told
