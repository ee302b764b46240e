"""set_net_debit_cap: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import exposures
from tests.ledger.network import Network, account


def set_cap(network: Network, **overrides: object) -> str:
    given = {"institution": "east", "asset": "CNY", "cap_minor": 5_000, **overrides}
    return network.do("set_net_debit_cap/1", "operator", "operator", **given).code


def test_a_cap_below_what_is_owed_stops_new_payments_alone(network: Network) -> None:
    pay = {"payee": account("bob"), "asset": "CNY", "amount_minor": 6_000}
    network.must("transfer/1", account("alice"), "alice", **pay)
    assert set_cap(network) == "committed"
    assert exposures.of(network.state, "east", "CNY") == exposures.Exposure(6_000, 0, 5_000)
    assert network.do("transfer/1", account("alice"), "alice", **pay).code == "net_debit_cap_exceeded"
    assert set_cap(network, cap_minor=None) == "committed"
    network.must("transfer/1", account("alice"), "alice", **pay)


@pytest.mark.parametrize(
    ("overrides", "code"), [({"asset": "USD"}, "unknown_asset"), ({"institution": "north"}, "unknown_institution")]
)
def test_refused(network: Network, overrides: dict[str, object], code: str) -> None:
    assert set_cap(network, **overrides) == code


def test_not_a_currency(network: Network) -> None:
    assert set_cap(network, asset=network.points()) == "not_a_currency"
