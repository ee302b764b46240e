"""Positions: both sides of every pair, summing to zero."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import positions
from payport.ledger.state.state import State

names = st.sampled_from(["east", "north", "operator", "west"])
debts = st.tuples(names, names, st.sampled_from(["CNY", "HKD"]), st.integers(1, 2**53 - 1)).filter(
    lambda debt: debt[0] != debt[1]
)


@given(st.lists(debts, max_size=20))
def test_debts_add_up_on_both_sides(owed: list[tuple[str, str, str, int]]) -> None:
    state = State()
    nets: dict[tuple[str, str], int] = defaultdict(int)
    for debtor, creditor, asset, amount in owed:
        positions.owe(state, debtor, creditor, asset, amount)
        nets[debtor, asset] += amount
        nets[creditor, asset] -= amount
    found: dict[tuple[str, str], int] = defaultdict(int)
    for place, position in positions.table(state).items():
        debtor, creditor, asset = positions.parts(place)
        assert position.owed_minor == -positions.of(state, creditor, debtor, asset)
        found[debtor, asset] += position.owed_minor
    assert {party: net for party, net in found.items() if net} == {party: net for party, net in nets.items() if net}


@given(names, names, st.from_regex("[A-Z]{3}", fullmatch=True))
def test_a_key_says_whose_position_it_is(debtor: str, creditor: str, asset: str) -> None:
    assert positions.parts(positions.key(debtor, creditor, asset)) == (debtor, creditor, asset)


def test_nobody_owes_himself() -> None:
    with pytest.raises(AssertionError):
        positions.owe(State(), "east", "east", "CNY", 1)
