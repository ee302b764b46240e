"""emergency_suspend: lapses by itself and cannot be repeated at once, one case per refusal."""

from __future__ import annotations

import pytest

from tests.ledger.network import DAY_MS, Network, account


def emergency(network: Network, institution: str = "east") -> str:
    return network.do("emergency_suspend/1", "operator", "operator", institution=institution).code


def pay(network: Network) -> str:
    fields = {"payee": account("bob"), "asset": "CNY", "amount_minor": 5}
    return network.do("transfer/1", account("alice"), "alice", **fields).code


def test_it_lapses(network: Network) -> None:
    assert emergency(network) == "committed"
    assert pay(network) == "institution_suspended"
    network.later(3 * DAY_MS)
    assert pay(network) == "committed"


def test_emergency_used(network: Network) -> None:
    assert [emergency(network), emergency(network)] == ["committed", "emergency_used"]
    network.later(4 * DAY_MS)
    assert emergency(network) == "emergency_used"
    network.later(2 * DAY_MS)
    assert emergency(network) == "committed"


def test_emergency_after_a_suspension_without_an_end(network: Network) -> None:
    network.must("suspend/1", "operator", "operator", institution="east")
    assert emergency(network) == "emergency_used"


@pytest.mark.parametrize(
    ("institution", "code"), [("north", "unknown_institution"), ("operator", "operator_has_no_emergency")]
)
def test_refused(network: Network, institution: str, code: str) -> None:
    assert emergency(network, institution) == code
