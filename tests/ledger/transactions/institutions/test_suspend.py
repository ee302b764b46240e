"""suspend: what still passes, one case per refusal."""

from __future__ import annotations

import pytest

from tests.ledger.network import Network, account


def suspend(network: Network, institution: str = "east", sender: str = "operator") -> str:
    return network.do("suspend/1", sender, sender, institution=institution).code


def test_customers_are_credited_and_captured_and_pay_nothing_new(network: Network) -> None:
    hold = network.hold("alice", "market", 500).transaction_id
    assert suspend(network) == "committed"
    fields = {"asset": "CNY", "amount_minor": 5}
    paid = network.do("transfer/1", account("alice"), "alice", payee=account("bob"), **fields).code
    assert paid == "institution_suspended"
    network.must("transfer/1", account("bob"), "bob", payee=account("alice"), **fields)
    taken = {"payer": account("alice"), "asset": "CNY", "amount_minor": 500, "hold": hold, "final": True}
    network.must("capture/1", account("market"), "market", **taken)


@pytest.mark.parametrize(
    ("institution", "code"), [("north", "unknown_institution"), ("operator", "operator_cannot_be_suspended")]
)
def test_refused(network: Network, institution: str, code: str) -> None:
    assert suspend(network, institution) == code


def test_already_suspended(network: Network) -> None:
    assert [suspend(network), suspend(network)] == ["committed", "already_suspended"]


def test_an_emergency_is_made_to_last(network: Network) -> None:
    network.must("emergency_suspend/1", "operator", "operator", institution="east")
    assert suspend(network) == "committed"


def test_only_the_operator(network: Network) -> None:
    assert suspend(network, "east", "west") == "not_the_operator"
