"""What happened, as a digest: two runs of a seed are the same run where theirs are equal."""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

RECENT: Final = 30
"""Newest events kept in words, for whoever reads of a failure."""

NOBODY: Final = -1
"""In the place of a replica, where something happens to none."""


class Trace:
    """Takes down every event with its time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Read the simulated time, in seconds, from ``clock``."""
        self._clock = clock
        self._digest = hashlib.sha256()
        self._recent: deque[str] = deque(maxlen=RECENT)
        self.counts: Counter[str] = Counter()

    def note(self, replica: int, event: str, *details: object) -> None:
        """Take down that ``event`` happened at ``replica``; bytes are told by their first digits."""
        told = " ".join(each.hex()[:12] if isinstance(each, bytes) else str(each) for each in details)
        who = "" if replica == NOBODY else f"replica {replica}: "
        line = f"{self._clock():.6f} s, {who}{event} {told}".rstrip()
        self._digest.update(line.encode() + b"\n")
        self._recent.append(line)
        self.counts[event] += 1

    @property
    def digest(self) -> str:
        """The digest of everything so far, hexadecimal."""
        return self._digest.hexdigest()

    @property
    def recent(self) -> tuple[str, ...]:
        """The newest events, oldest first."""
        return tuple(self._recent)
