"""When a delivery that failed is tried again, and when an endpoint is left alone: the schedule of Standard Webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

DELAYS_MS: Final = tuple(1_000 * seconds for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Pauses after the first, second... attempt: ten attempts within 76 hours, a long weekend."""

DISABLE_MS: Final = 4 * 86_400_000
"""How long an endpoint may fail without one success: longer than the whole schedule of a delivery."""

FIRST_PAUSE_MS: Final = 1_000
"""How long an endpoint that could not be reached is left alone at first."""

LONGEST_PAUSE_MS: Final = 5 * 60_000
"""How long at most: what it misses meanwhile waits, and one attempt in five minutes finds it alive again."""

LONGEST_WAIT_MS: Final = 86_400_000
"""How long a receiver may ask to wait."""

_JITTER: Final = 0.2


def next_delay_ms(tries: int, chance: Callable[[], float]) -> int | None:
    """Return the pause after so many attempts, up to a fifth longer by chance; ``None`` after the last."""
    assert tries >= 1, "there was an attempt"
    if tries > len(DELAYS_MS):
        return None
    return int(DELAYS_MS[tries - 1] * (1 + _JITTER * chance()))


def pause_ms(unreachable: int, chance: Callable[[], float]) -> int:
    """Return how long an endpoint is left alone that could not be reached so many times in a row."""
    assert unreachable >= 1, "there was a failure"
    doubled = FIRST_PAUSE_MS << min(unreachable - 1, 16)
    return int(min(doubled, LONGEST_PAUSE_MS) * (1 + _JITTER * chance()))
