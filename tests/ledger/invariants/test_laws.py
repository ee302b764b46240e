"""Every law, in both forms, is silent on good blocks and notices a planted break."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from payport.ledger.invariants import law
from payport.ledger.state import accounts, balances, counters, exposures, positions, refunds, supplies
from payport.ledger.state.state import State
from tests.ledger.network import Network, account, public_key


def add_money(state: State) -> None:
    key = balances.key(account("alice"), "CNY")
    old = balances.of(state, account("alice"), "CNY")
    balances.table(state).put(key, msgspec.structs.replace(old, amount_minor=old.amount_minor + 1))


def issue_nothing(state: State) -> None:
    supplies.add(state, "east", "CNY", issued_minor=1)


def below_floor(state: State) -> None:
    key = balances.key(account("alice"), "CNY")
    balances.table(state).put(key, balances.Balance(-1, balances.of(state, account("alice"), "CNY").entries))


def one_sided(state: State) -> None:
    positions.table(state).put(positions.key("east", "west", "CNY"), positions.Position(5))


def refund_too_much(state: State) -> None:
    refunds.record(state, b"p" * 32, refunds.Refunded(10, 11, 0), 10**13)


def fee_from_nowhere(state: State) -> None:
    refunds.record(state, b"p" * 32, refunds.Refunded(10, 1, 2), 10**13)


def skip_an_entry(state: State) -> None:
    key = balances.key(account("alice"), "CNY")
    old = balances.of(state, account("alice"), "CNY")
    balances.table(state).put(key, msgspec.structs.replace(old, entries=old.entries + 1))


def count_an_entry(state: State) -> None:
    counters.add_entries(state, 1)


def hold_for_nothing(state: State) -> None:
    balances.hold(state, account("alice"), "CNY", 1)


def expose_for_nothing(state: State) -> None:
    exposures.owe(state, "east", "CNY", 1)


def reserve_for_nothing(state: State) -> None:
    exposures.reserve(state, "east", "CNY", 1)


def count_a_hold(state: State) -> None:
    accounts.count(state, account("alice"), holds_paying=1)


def count_a_balance(state: State) -> None:
    accounts.count(state, account("alice"), holdings=1)


BREAKS = [
    ("money_conserved", add_money),
    ("money_conserved", issue_nothing),
    ("balances_above_floor", below_floor),
    ("positions_mirror", one_sided),
    ("refunds_within_purchase", refund_too_much),
    ("refunds_within_purchase", fee_from_nowhere),
    ("entries_without_gaps", skip_an_entry),
    ("entries_without_gaps", count_an_entry),
    ("held_is_reserved", hold_for_nothing),
    ("exposures_are_sums", expose_for_nothing),
    ("exposures_are_sums", reserve_for_nothing),
    ("accounts_count_right", count_a_hold),
    ("accounts_count_right", count_a_balance),
]


def test_every_law_has_a_planted_break() -> None:
    assert {name for name, _ in BREAKS} == {each.name for each in law.laws()}


@pytest.mark.parametrize(("name", "plant"), BREAKS)
def test_planted_break_is_noticed_in_both_forms(network: Network, name: str, plant: Callable[[State], None]) -> None:
    plant(network.state)
    assert name in law.broken_laws(network.state)
    view = law.BlockView(network.state, network.state.close_block(), ())
    found = {each.name: each.check_block(view) for each in law.laws()}
    assert found[name] is not None
    with pytest.raises(AssertionError, match="law"):
        law.assert_block(view)


def test_good_blocks_are_silent(network: Network) -> None:
    network.session_key("alice", "phone")
    given = {"merchant": account("market"), "asset": "CNY", "amount_minor": 5_000, "order": None}
    network.do("purchase/1", account("alice"), "phone", **given)
    network.do("revoke_key/1", account("alice"), "alice", public_key=public_key("phone"))
    assert law.broken_laws(network.state) == {}
