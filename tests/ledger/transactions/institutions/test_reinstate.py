"""reinstate: one accepted case, one per refusal."""

from __future__ import annotations

from tests.ledger.network import Network, account


def reinstate(network: Network, institution: str = "east") -> str:
    return network.do("reinstate/1", "operator", "operator", institution=institution).code


def test_customers_pay_again(network: Network) -> None:
    network.must("suspend/1", "operator", "operator", institution="east")
    assert reinstate(network) == "committed"
    network.must("transfer/1", account("alice"), "alice", payee=account("bob"), asset="CNY", amount_minor=5)


def test_not_suspended(network: Network) -> None:
    assert reinstate(network) == "not_suspended"


def test_unknown_institution(network: Network) -> None:
    assert reinstate(network, "north") == "unknown_institution"
