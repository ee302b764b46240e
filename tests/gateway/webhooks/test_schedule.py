"""The schedule: as recommended, longer by chance alone, and bounded."""

from __future__ import annotations

from itertools import pairwise

from payport.gateway.webhooks.schedule import DELAYS_MS, DISABLE_MS, LONGEST_PAUSE_MS, next_delay_ms, pause_ms


def test_delays_grow_and_end() -> None:
    delays = [next_delay_ms(tries, lambda: 0.0) for tries in range(1, 11)]
    assert delays == [*DELAYS_MS, None]
    assert all(shorter < longer for shorter, longer in pairwise(DELAYS_MS))
    assert next_delay_ms(1, lambda: 0.999) == 5_999
    assert sum(DELAYS_MS) * 6 // 5 < DISABLE_MS, "an endpoint is not given up before a delivery"


def test_pauses_double_up_to_a_limit() -> None:
    pauses = [pause_ms(times, lambda: 0.0) for times in (1, 2, 3, 9, 10, 10_000)]
    assert pauses == [1_000, 2_000, 4_000, 256_000, LONGEST_PAUSE_MS, LONGEST_PAUSE_MS]
    assert pause_ms(10_000, lambda: 1.0) == LONGEST_PAUSE_MS * 6 // 5
