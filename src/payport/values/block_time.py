"""Block time: milliseconds since the Unix epoch, as blocks carry it; the ledger knows no other clock."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

MILLISECONDS_PER_SECOND: Final = 1_000
"""Milliseconds in a second."""

SECONDS_PER_DAY: Final = 86_400
"""Seconds in a day; days have no leap seconds here."""

Milliseconds: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""An instant (since the Unix epoch) or a span, in milliseconds."""


def day_number(time_ms: int, offset_seconds: int) -> int:
    """Day of a limit: ``floor((block time + the institution's fixed offset) / 86,400 s)``."""
    return (time_ms // MILLISECONDS_PER_SECOND + offset_seconds) // SECONDS_PER_DAY
