"""cancel: one accepted case, one per refusal."""

from __future__ import annotations

from payport.ledger.state import balances
from tests.ledger.network import Network, account


def cancel(network: Network, offer: bytes, sender: str = "alice") -> str:
    return network.do("cancel/1", account(sender), sender, offer=offer).code


def test_what_is_left_is_free_again(network: Network) -> None:
    offer = network.offer("alice", ("CNY", 500), ("HKD", 550)).transaction_id
    assert cancel(network, offer) == "committed"
    assert balances.of(network.state, account("alice"), "CNY").held_minor == 0
    assert cancel(network, offer) == "no_live_offer"


def test_not_your_offer(network: Network) -> None:
    offer = network.offer("alice", ("CNY", 500), ("HKD", 550)).transaction_id
    assert cancel(network, offer, "bob") == "not_your_offer"
