"""Remembered ids: for as long as the bytes could execute, and not much longer."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import ids
from payport.ledger.state.state import State
from payport.values.limits import ID_BUCKET_MS

RECORD = ids.Remembered(1, 0, "committed")


@given(st.integers(0, 10 * ID_BUCKET_MS), st.lists(st.integers(1, 3 * ID_BUCKET_MS), max_size=12))
def test_an_id_is_known_exactly_while_it_is_valid(valid_until_ms: int, gaps: list[int]) -> None:
    state, now = State(), 0
    ids.remember(state, ids.place(b"i" * 32, valid_until_ms), RECORD)
    state.close_block()
    for gap in gaps:
        for bucket in ids.past_buckets(now, now + gap):
            ids.table(state).drop_bucket(bucket)
        now += gap
        known = ids.recall(state, b"i" * 32, valid_until_ms) == RECORD
        assert known or now > valid_until_ms
        assert not known or now < valid_until_ms + ID_BUCKET_MS


@given(st.lists(st.integers(0, 10 * ID_BUCKET_MS), min_size=2, max_size=8).map(sorted))
def test_every_bucket_is_dropped_once(times: list[int]) -> None:
    dropped = [bucket for early, late in itertools.pairwise(times) for bucket in ids.past_buckets(early, late)]
    assert dropped == list(ids.past_buckets(times[0], times[-1]))


def test_an_id_is_remembered_once_and_by_its_own_time() -> None:
    state = State()
    ids.remember(state, ids.place(b"i" * 32, 5), RECORD)
    assert ids.recall(state, b"i" * 32, ID_BUCKET_MS) is None
    with pytest.raises(AssertionError):
        ids.remember(state, ids.place(b"i" * 32, 6), RECORD)
