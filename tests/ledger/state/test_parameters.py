"""Parameters: each value from its height on, checked against its type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import assets, parameters
from payport.ledger.state.parameters import AuthorityPolicy, FeeSchedule
from payport.ledger.state.state import State
from payport.values import codec
from payport.values.refusals import Refusal

FREE = FeeSchedule(0, 0, 0, 0, 0)
USUAL = FeeSchedule(6_000, 1, 10_000, 300_000, 100_000)


def setting(state: State, name: str, value: Any, height: int = 0) -> None:
    parameters.set_value(state, name, parameters.encode_value(name, value), height)


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 9), max_size=6), st.integers(0, 31))
def test_the_newest_value_that_has_begun_is_in_force(values: dict[int, int], height: int) -> None:
    state = State()
    for begins, value in sorted(values.items()):
        setting(state, "refund_period_ms", value, begins)
    begun = [begins for begins in sorted(values) if begins <= height]
    expected = values[begun[-1]] if begun else None
    assert parameters.find(state, "refund_period_ms", height, int) == expected


def test_heights_only_rise() -> None:
    state = State()
    setting(state, "refund_period_ms", 1, 5)
    for height in (5, 4):
        with pytest.raises(AssertionError):
            setting(state, "refund_period_ms", 2, height)


def test_a_category_has_its_own_schedule_or_the_default() -> None:
    state = State()
    setting(state, "fees/default", USUAL)
    setting(state, "fees/4111", FREE, 3)
    found = [parameters.fee_schedule(state, category, height) for category in ("4111", "5411") for height in (2, 3)]
    assert found == [USUAL, FREE, USUAL, USUAL]


def test_only_currencies_of_the_network() -> None:
    state = State()
    setting(state, "currencies", ("CNY",))
    setting(state, "currencies", ("CNY", "HKD"), 2)
    assets.require_carried(state, "HKD", 2)
    with pytest.raises(Refusal, match="unknown_asset"):
        assets.require_carried(state, "HKD", 1)


def test_genesis_sets_what_is_required() -> None:
    with pytest.raises(AssertionError, match="operator"):
        parameters.operator(State())
    with pytest.raises(AssertionError):
        parameters.set_value(State(), "weather", b"\x00", 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("operator", "Operator"),
        ("currencies", ("cny",)),
        ("refund_period_ms", "1"),
        ("fees/5411", [1_000_001, 0, 0, 0, 0]),
        ("fees/5411", [0, -1, 0, 0, 0]),
        ("authority/issue", ["anyone", 1]),
        ("authority/issue", ["sender", 4_097]),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(Refusal, match="malformed_bytes"):
        parameters.encode_value(name, value)


@given(st.builds(AuthorityPolicy, form=st.sampled_from(["sender", "operator"]), threshold=st.integers(0, 16)))
def test_round_trip(policy: AuthorityPolicy) -> None:
    encoded = parameters.encode_value("authority/issue", policy)
    assert codec.decode(encoded, AuthorityPolicy) == policy
