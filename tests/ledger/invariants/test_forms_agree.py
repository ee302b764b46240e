"""Both forms of every law agree on random sequences of verbs, and both notice a state corrupted on purpose.

A corruption is written as the block closes, after its transactions, so that it is part of what the block changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payport.ledger.invariants import law
from payport.ledger.state import balances, counters, exposures, floors, positions, refunds, supplies
from payport.ledger.state.accounts import count, require
from payport.ledger.state.state import Changes, State
from tests.ledger.invariants.random_verbs import Player, Step, blocks
from tests.ledger.network import account

BLOCK_SEES_MORE = {
    "entries_without_gaps": "a state counts entries and does not keep them, so it cannot say which balance one is of",
    "refunds_within_purchase": "a state does not know what was refunded before, so it cannot say that it shrank",
}
"""Laws whose block form may find more than their state form, each with the reason; never the other way round."""


class Verdict(NamedTuple):
    """The laws broken after one block, by each form."""

    by_block: set[str]
    by_state: set[str]


class Watched:
    """A player whose blocks are judged by both forms of every law, and may be corrupted as they close."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.player = Player()
        self.state = self.player.network.state
        self.corrupt: Callable[[State], None] | None = None
        self.verdicts: list[Verdict] = []
        self._close = self.state.close_block
        patch.setattr(self.state, "close_block", self.close_block)
        patch.setattr(law, "assert_block", self.judge)

    def close_block(self) -> Changes:
        if self.corrupt is not None:
            self.corrupt(self.state)
            self.corrupt = None
        return self._close()

    def judge(self, view: law.BlockView) -> None:
        by_block = {each.name for each in law.laws() if each.check_block(view) is not None}
        self.verdicts.append(Verdict(by_block, set(law.broken_laws(self.state))))

    def run(self, drawn: list[tuple[int, list[Step]]]) -> list[Verdict]:
        self.verdicts.clear()
        for later_ms, steps in drawn:
            self.player.block(later_ms, steps)
        assert len(self.verdicts) == len(drawn), "the machine holds every block against the laws"
        return self.verdicts


Corruption = Callable[[State, int], None]
"""Breaks a law of a state by an amount that is not zero."""

ALICE = balances.key(account("alice"), "CNY")


def add_to_balance(state: State, amount: int) -> None:
    old = balances.table(state).get(ALICE) or balances.EMPTY
    balances.table(state).put(ALICE, msgspec.structs.replace(old, amount_minor=old.amount_minor + amount))


def issue_nothing(state: State, amount: int) -> None:
    supplies.add(state, "west", "CNY", issued_minor=amount)


def redeem_elsewhere(state: State, amount: int) -> None:
    supplies.add(state, "east", "CNY", redeemed_minor=amount)
    supplies.add(state, "west", "CNY", redeemed_minor=-amount)


def owe_on_both_sides(state: State, amount: int) -> None:
    positions.owe(state, "east", "west", "CNY", amount)


def fall_below_floor(state: State, amount: int) -> None:
    """Take from the fee account what its floor does not cover, and book it as redeemed, so that the sums still hold."""
    place = balances.key(account("east/fees"), "CNY")
    old = balances.table(state).get(place) or balances.EMPTY
    floor = floors.floor_minor(state, require(state, account("east/fees")))
    new = floor - abs(amount)
    balances.table(state).put(place, msgspec.structs.replace(old, amount_minor=new))
    supplies.add(state, "east", "CNY", redeemed_minor=old.amount_minor - new)


def owe_on_one_side(state: State, amount: int) -> None:
    place = positions.key("west", "operator", "CNY")
    owed = positions.of(state, "west", "operator", "CNY")
    positions.table(state).put(place, positions.Position(owed + amount))


def forget_one_side(state: State, amount: int) -> None:
    positions.owe(state, "west", "operator", "HKD", amount)
    positions.table(state).put(positions.key("operator", "west", "HKD"), None)


def refund_more_than_paid(state: State, amount: int) -> None:
    refunds.record(state, b"p" * 32, refunds.Refunded(10, 10 + abs(amount), 0), 2**52)


def refund_nothing(state: State, amount: int) -> None:
    refunds.record(state, b"p" * 32, refunds.Refunded(10, -abs(amount), 0), 2**52)


def return_more_fee_than_refunded(state: State, amount: int) -> None:
    refunds.record(state, b"p" * 32, refunds.Refunded(10, 5, 5 + abs(amount)), 2**52)


def skip_entries(state: State, amount: int) -> None:
    old = balances.table(state).get(ALICE) or balances.EMPTY
    balances.table(state).put(ALICE, msgspec.structs.replace(old, entries=old.entries + amount))


def count_entries(state: State, amount: int) -> None:
    counters.add_entries(state, amount)


def hold_for_nothing(state: State, amount: int) -> None:
    old = balances.table(state).get(ALICE) or balances.EMPTY
    balances.table(state).put(ALICE, msgspec.structs.replace(old, held_minor=old.held_minor + amount))


def expose_for_nothing(state: State, amount: int) -> None:
    exposures.owe(state, "east", "CNY", amount)


def reserve_for_nothing(state: State, amount: int) -> None:
    exposures.reserve(state, "east", "CNY", abs(amount))


def miscount_offers(state: State, amount: int) -> None:
    count(state, account("alice"), offers=abs(amount))


def miscount_keys(state: State, amount: int) -> None:
    count(state, account("alice"), live_keys=abs(amount))


CORRUPTIONS: list[tuple[str, Corruption]] = [
    ("money_conserved", add_to_balance),
    ("money_conserved", issue_nothing),
    ("money_conserved", redeem_elsewhere),
    ("money_conserved", owe_on_both_sides),
    ("balances_above_floor", fall_below_floor),
    ("positions_mirror", owe_on_one_side),
    ("positions_mirror", forget_one_side),
    ("refunds_within_purchase", refund_more_than_paid),
    ("refunds_within_purchase", refund_nothing),
    ("refunds_within_purchase", return_more_fee_than_refunded),
    ("entries_without_gaps", skip_entries),
    ("entries_without_gaps", count_entries),
    ("held_is_reserved", hold_for_nothing),
    ("exposures_are_sums", expose_for_nothing),
    ("exposures_are_sums", reserve_for_nothing),
    ("accounts_count_right", miscount_offers),
    ("accounts_count_right", miscount_keys),
]

random_sequences = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
amounts = st.integers(-(10**6), 10**6).filter(bool)


def test_every_law_is_corrupted() -> None:
    assert {name for name, _ in CORRUPTIONS} == {each.name for each in law.laws()}


@settings(random_sequences, max_examples=150)
@given(blocks)
def test_both_forms_are_silent_on_what_verbs_do(drawn: list[tuple[int, list[Step]]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        assert Watched(patch).run(drawn) == [Verdict(set(), set())] * len(drawn)


@pytest.mark.parametrize(("name", "corrupt"), CORRUPTIONS, ids=lambda each: getattr(each, "__name__", each))
def test_both_forms_notice_a_corruption(name: str, corrupt: Corruption) -> None:
    @settings(random_sequences, max_examples=20)
    @given(blocks, blocks, amounts)
    def holds(before: list[tuple[int, list[Step]]], last: list[tuple[int, list[Step]]], amount: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            watched = Watched(patch)
            assert watched.run(before) == [Verdict(set(), set())] * len(before)
            watched.corrupt = lambda state: corrupt(state, amount)
            by_block, by_state = watched.run(last[:1])[0]
        assert name in by_block
        assert name in by_state
        assert by_state <= by_block
        assert by_block - by_state <= set(BLOCK_SEES_MORE)

    holds()


def shrink_a_refund(state: State) -> None:
    refunds.table(state).put(b"p" * 32, refunds.Refunded(10, 4, 0))


def move_an_entry(state: State) -> None:
    for name, step in (("alice", 1), ("bob", -1)):
        place = balances.key(account(name), "CNY")
        old = balances.of(state, account(name), "CNY")
        balances.table(state).put(place, msgspec.structs.replace(old, entries=old.entries + step))


@pytest.mark.parametrize(
    ("name", "corrupt"), [("refunds_within_purchase", shrink_a_refund), ("entries_without_gaps", move_an_entry)]
)
def test_what_only_the_block_form_can_see(name: str, corrupt: Callable[[State], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        watched = Watched(patch)
        watched.corrupt = lambda state: refunds.record(state, b"p" * 32, refunds.Refunded(10, 5, 0), 2**52)
        assert watched.run([(1, [])]) == [Verdict(set(), set())]
        watched.corrupt = corrupt
        assert watched.run([(1, [])]) == [Verdict({name}, set())]
