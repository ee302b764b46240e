"""register_asset: accepted cases, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import assets
from payport.ledger.transactions.trade import register_asset as verb
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account


def register(network: Network, sender: str = "east", **overrides: object) -> str:
    given = {"asset": "east:POINTS", "asset_class": assets.AssetClass.POINTS, "name": "Points", "decimals": 0}
    return network.do("register_asset/1", sender, sender, **{**given, **overrides}).code


def test_points_are_carried(network: Network) -> None:
    assert register(network) == "committed"
    record = assets.table(network.state).get(b"east:POINTS")
    assert record is not None
    assert (record.issuer, record.asset_class, record.name, record.decimals) == ("east", "points", "Points", 0)


def test_a_second_currency_is_owed_by_each_bank(network: Network) -> None:
    fields = {"asset": "SGD", "asset_class": assets.AssetClass.CURRENCY, "name": "Singapore dollar", "decimals": 2}
    assert register(network, "operator", **fields) == "committed"
    for bank, name in (("east", "alice"), ("west", "bob")):
        network.must("issue/1", bank, bank, account=account(name), asset="SGD", amount_minor=5)
    network.must("transfer/1", account("alice"), "alice", payee=account("bob"), asset="SGD", amount_minor=5)


@pytest.mark.parametrize(
    "changes", [{"asset": "SGD"}, {"asset_class": assets.AssetClass.CURRENCY}], ids=["letters", "class"]
)
def test_asset_class_mismatch(network: Network, changes: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="asset_class_mismatch"):
        register(network, **changes)


def test_not_the_issuer(network: Network) -> None:
    with pytest.raises(Refusal, match="not_the_issuer"):
        register(network, "west")
    assert register(network, asset="SGD", asset_class=assets.AssetClass.CURRENCY) == "not_the_issuer"


def test_asset_exists(network: Network) -> None:
    assert [register(network), register(network)] == ["committed", "asset_exists"]
    assert register(network, "operator", asset="CNY", asset_class=assets.AssetClass.CURRENCY) == "asset_exists"


def test_too_many_assets(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MAX_ASSETS_PER_INSTITUTION", 1)
    assert [register(network), register(network, asset="east:MORE")] == ["committed", "too_many_assets"]
