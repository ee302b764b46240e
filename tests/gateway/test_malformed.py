"""A short soak: malformed traffic of every kind finds no 500, costs no memory, and leaves the port well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gateway.soak import GROWTH_BYTES, check_round, malformed, memory_bytes

if TYPE_CHECKING:
    from tests.gateway.town import Town

CASES_OF_A_KIND = 15


@pytest.mark.slow
def test_malformed_traffic(town: Town) -> None:
    drawn = malformed(town, seed=7)
    before = memory_bytes(town.network)
    statuses = check_round(town, drawn, number=12 * CASES_OF_A_KIND)
    assert {"400", "415"} <= set(statuses), statuses
    after = memory_bytes(town.network)
    assert set(after) == set(before), "no process died"
    assert max(after[pid] - before[pid] for pid in after) < GROWTH_BYTES
