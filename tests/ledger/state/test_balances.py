"""Balances and the one place where money moves: a transaction makes one entry per balance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from payport.ledger.state import accounts, balances, counters, positions
from payport.ledger.state.state import State
from payport.ledger.transaction import Change, Context

BANKS = {b"a" * 16: "east", b"b" * 16: "east", b"c" * 16: "west", b"d" * 16: "north"}
moves = st.lists(
    st.tuples(st.sampled_from(sorted(BANKS)), st.sampled_from(sorted(BANKS)), st.integers(1, 2**53 - 1)).filter(
        lambda move: move[0] != move[1]
    ),
    max_size=12,
)


def network() -> State:
    state = State()
    for account, bank in BANKS.items():
        record = accounts.Account(bank, accounts.AccountKind.CUSTOMER, accounts.PERSON, bytes(32), 0, 0, 0)
        accounts.open_account(state, account, record)
    return state


@given(moves, st.sampled_from(["CNY", "acme:POINTS"]))
def test_money_moves_and_banks_owe_for_it(drawn: list[tuple[bytes, bytes, int]], asset: str) -> None:
    state, context = network(), Context(1, 1, 0, bytes(32))
    for source, destination, amount in drawn:
        accounts.move(state, context, source, destination, asset, amount)
    assert sum(change.delta_minor for change in context.changes.values()) == 0
    for place, change in context.changes.items():
        out = sum(amount for source, _, amount in drawn if source == change.account)
        into = sum(amount for _, destination, amount in drawn if destination == change.account)
        assert place == balances.key(change.account, change.asset)
        assert (change.asset, change.delta_minor) == (asset, into - out)
    for bank in set(BANKS.values()):
        growth = sum(each.delta_minor for each in context.changes.values() if BANKS[each.account] == bank)
        owed = sum(positions.of(state, other, bank, asset) for other in set(BANKS.values()))
        assert owed == (growth if asset == "CNY" else 0), "what others issued is not this bank's to owe"


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-2, 2)), min_size=1, max_size=6))
def test_changes_of_one_transaction_are_one_entry(drawn: list[tuple[int, int]]) -> None:
    state, context = State(), Context(1, 1, 0, bytes(32))
    for delta, fee in drawn:
        balances.change(context, b"a" * 16, "CNY", delta, fee)
    ((place, change),) = context.changes.items()
    assert change == Change(b"a" * 16, "CNY", sum(delta for delta, _ in drawn), sum(fee for _, fee in drawn))
    for entry in (1, 2):
        balance = balances.write(state, place, change.delta_minor)
        assert balance == balances.Balance(entry * change.delta_minor, entry) == balances.of(state, b"a" * 16, "CNY")
    assert balances.of(state, b"a" * 16, "HKD") == balances.EMPTY


def test_entries_are_counted() -> None:
    state = State()
    counters.add_entries(state, 2)
    counters.add_entries(state, 3)
    assert counters.entries(state) == 5
