"""issue: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import supplies
from payport.values.money import MAX_AMOUNT_MINOR
from tests.ledger import gates
from tests.ledger.network import Network, account


def issue(network: Network, **overrides: object) -> str:
    given = {"account": account("alice"), "asset": "CNY", "amount_minor": 500, **overrides}
    return network.do("issue/1", "east", "east", **given).code


def test_balance_and_supply_grow(network: Network) -> None:
    before = supplies.of(network.state, "east", "CNY").issued_minor
    assert issue(network) == "committed"
    assert network.balance("alice") == 100_500
    assert supplies.of(network.state, "east", "CNY").issued_minor == before + 500


def test_unknown_asset(network: Network) -> None:
    assert issue(network, asset="USD") == "unknown_asset"


def test_unknown_account(network: Network) -> None:
    assert issue(network, account=account("nobody")) == "unknown_account"


def test_not_your_customer(network: Network) -> None:
    assert issue(network, account=account("bob")) == "not_your_customer"


@pytest.mark.parametrize(("prepare", "code"), gates.payee("alice", "east"))
def test_gates_of_the_payee(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert issue(network) == code


def test_points_are_issued_to_anyone_and_by_their_issuer_alone(network: Network) -> None:
    points = network.points()
    assert issue(network, asset=points, account=account("bob")) == "committed"
    assert network.do("issue/1", "west", "west", account=account("bob"), asset=points, amount_minor=1).code == (
        "not_your_asset"
    )


def test_amount_overflow(network: Network) -> None:
    assert issue(network, amount_minor=MAX_AMOUNT_MINOR) == "amount_overflow"
