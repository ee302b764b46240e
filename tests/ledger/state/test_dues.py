"""Dues: swept in due order, a bounded number a block."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import dues, refunds
from payport.ledger.state.state import State


def state_with(due: list[int]) -> State:
    state = State()
    for number, due_ms in enumerate(due):
        refunds.record(state, number.to_bytes(32, "big"), refunds.Refunded(9, 1, 0), due_ms)
    return state


def left(state: State) -> list[int]:
    return [int.from_bytes(key, "big") for key, _ in refunds.table(state).items()]


@given(st.lists(st.integers(0, 100), max_size=20), st.lists(st.integers(1, 120), max_size=4).map(sorted))
def test_what_is_past_due_goes_and_nothing_else(due: list[int], times: list[int]) -> None:
    state = state_with(due)
    for time_ms in times:
        swept = dues.sweep(state, time_ms)
        assert left(state) == [number for number, due_ms in enumerate(due) if due_ms >= time_ms]
        assert swept == []
        assert len(list(dues.table(state).items())) == len(left(state))


@given(st.lists(st.integers(0, 50), max_size=20), st.integers(1, 5))
def test_a_block_sweeps_a_bounded_number_oldest_first(due: list[int], most: int) -> None:
    state, expected = state_with(due), sorted(range(len(due)), key=lambda number: (due[number], number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dues, "MAX_SWEEP_PER_BLOCK", most)
        for start in range(0, len(due), most):
            assert left(state) == sorted(expected[start:])
            assert dues.sweep(state, 51) == []
            assert len(left(state)) == max(0, len(due) - start - most)
    assert left(state) == []
