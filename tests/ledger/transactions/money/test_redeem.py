"""redeem: accepted cases, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import supplies
from tests.ledger import gates
from tests.ledger.network import Network, account


def redeem(network: Network, signer: str = "alice", sender: str = "alice", **overrides: object) -> str:
    given = {"asset": "CNY", "amount_minor": 500, **overrides}
    return network.do("redeem/1", account(sender), signer, **given).code


def test_balance_falls_and_supply_is_redeemed(network: Network) -> None:
    assert redeem(network) == "committed"
    assert network.balance("alice") == 99_500
    assert supplies.of(network.state, "east", "CNY").redeemed_minor == 500


def test_institution_redeems_its_fee_income(network: Network) -> None:
    given = {"merchant": account("market"), "asset": "CNY", "amount_minor": 10_000, "order": None}
    network.do("purchase/1", account("alice"), "alice", **given)
    income = network.balance("west/fees")
    assert income > 0
    assert redeem(network, "west", "west/fees", amount_minor=income) == "committed"
    assert redeem(network, "east", "west/fees", amount_minor=1) == "unbound_key"


def test_unknown_asset(network: Network) -> None:
    assert redeem(network, asset="USD") == "unknown_asset"


@pytest.mark.parametrize(("prepare", "code"), gates.WITHIN)
def test_gates_of_the_payer(network: Network, prepare: gates.Prepare, code: str) -> None:
    prepare(network)
    assert redeem(network) == code


def test_points_go_back_to_their_issuer(network: Network) -> None:
    points = network.points("bob", 700)
    assert redeem(network, "bob", "bob", asset=points, amount_minor=200) == "committed"
    assert (network.balance("bob", points), supplies.of(network.state, "east", points).redeemed_minor) == (500, 200)


def test_insufficient_balance(network: Network) -> None:
    assert redeem(network, amount_minor=100_001) == "insufficient_balance"


@pytest.mark.parametrize(
    ("amounts", "overrides", "code"),
    [
        ([1], {"asset": "HKD"}, "wrong_asset_for_key"),
        ([10_001], {}, "payment_limit"),
        ([10_000, 5_001], {}, "daily_limit"),
    ],
)
def test_limits_of_a_session_key_count(
    network: Network, amounts: list[int], overrides: dict[str, object], code: str
) -> None:
    network.session_key("alice", "phone")
    codes = [redeem(network, "phone", amount_minor=each, **overrides) for each in amounts]
    assert codes == ["committed"] * (len(amounts) - 1) + [code]
