"""Days of limits: by the institution's fixed offset, without any calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.values.block_time import day_number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
offsets = st.integers(-12 * 3_600, 14 * 3_600)


@given(st.integers(0, 4_102_444_800_000), offsets)
def test_it_is_the_date_at_the_offset(time_ms: int, offset_seconds: int) -> None:
    local = (EPOCH + timedelta(milliseconds=time_ms)).astimezone(timezone(timedelta(seconds=offset_seconds)))
    assert day_number(time_ms, offset_seconds) == (local.date() - EPOCH.date()).days


@pytest.mark.parametrize(
    ("time_ms", "offset_seconds", "day"),
    [(0, 0, 0), (86_399_999, 0, 0), (86_400_000, 0, 1), (57_600_000, 28_800, 1), (57_599_999, 28_800, 0), (0, -1, -1)],
)
def test_midnight(time_ms: int, offset_seconds: int, day: int) -> None:
    assert day_number(time_ms, offset_seconds) == day
