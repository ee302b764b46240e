"""One thing somebody tries, and what must come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from payport.ledger.block import Outcome

    Then = Callable[[tuple[Outcome, ...]], None]


class Attempt(NamedTuple):
    """A transaction or group as it is sent, with the answer it must get."""

    encoded: tuple[bytes, ...]
    """Its envelopes."""
    expected: tuple[str, ...]
    """Code of each member; for one refused at the door, the code of that refusal alone."""
    at_door: bool = False
    """Whether it must be refused before any block."""
    repeats: bool = False
    """Whether it must be answered with an earlier outcome."""
    final: bool = True
    """Whether the outcome is remembered; one that is not may be another when the bytes are sent again after a crash."""
    then: Then | None = None
    """Called with the outcomes once they are acknowledged."""
