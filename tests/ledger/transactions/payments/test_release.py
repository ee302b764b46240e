"""release: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import accounts, balances, exposures
from tests.ledger.network import Network, account


def release(network: Network, hold: bytes, merchant: str = "market", payer: str = "alice") -> str:
    return network.do("release/1", account(merchant), merchant, payer=account(payer), hold=hold).code


def test_all_that_remains_is_free_again(network: Network) -> None:
    hold = network.hold("alice", "market", 30_000).transaction_id
    assert release(network, hold) == "committed"
    assert balances.of(network.state, account("alice"), "CNY").held_minor == 0
    assert exposures.of(network.state, "east", "CNY").reserved_minor == 0
    assert accounts.require(network.state, account("market")).holds_receiving == 0
    assert release(network, hold) == "no_live_hold"


@pytest.mark.parametrize(("merchant", "payer"), [("metro", "alice"), ("alice", "alice"), ("market", "bob")])
def test_not_your_hold(network: Network, merchant: str, payer: str) -> None:
    hold = network.hold("alice", "market", 30_000).transaction_id
    assert release(network, hold, merchant, payer) == "not_your_hold"
