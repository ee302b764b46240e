"""settle_position: what it books, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import positions, supplies
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account


def settle(
    network: Network, amount_minor: int, creditor: str = "west", debtor: str = "east", asset: str = "CNY"
) -> str:
    fields = {"debtor": debtor, "asset": asset, "amount_minor": amount_minor}
    return network.do("settle_position/1", creditor, creditor, **fields).code


@pytest.fixture(autouse=True)
def _owed(network: Network) -> None:
    pay = {"payee": account("bob"), "asset": "CNY", "amount_minor": 6_000}
    network.must("transfer/1", account("alice"), "alice", **pay)


def test_position_shrinks_and_supplies_follow(network: Network) -> None:
    assert settle(network, 4_000) == "committed"
    assert positions.of(network.state, "east", "west", "CNY") == 2_000
    assert supplies.of(network.state, "east", "CNY").redeemed_minor == 4_000
    assert supplies.of(network.state, "west", "CNY").issued_minor == 104_000


@pytest.mark.parametrize(("creditor", "debtor", "amount"), [("west", "east", 6_001), ("east", "west", 1)])
def test_settles_too_much(network: Network, creditor: str, debtor: str, amount: int) -> None:
    assert settle(network, amount, creditor, debtor=debtor) == "settles_too_much"


def test_refused(network: Network) -> None:
    assert settle(network, 1, asset="USD") == "unknown_asset"
    assert settle(network, 1, asset=network.points()) == "not_a_currency"
    assert settle(network, 1, debtor="north") == "unknown_institution"


def test_same_institution(network: Network) -> None:
    with pytest.raises(Refusal, match="same_institution"):
        settle(network, 1, debtor="west")
