"""issue: one accepted case, one per refusal."""

from __future__ import annotations

from payport.ledger.state import supplies
from payport.values.money import MAX_AMOUNT_MINOR
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


def test_amount_overflow(network: Network) -> None:
    assert issue(network, amount_minor=MAX_AMOUNT_MINOR) == "amount_overflow"
