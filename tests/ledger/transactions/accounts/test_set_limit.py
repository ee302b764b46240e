"""set_limit: down at once, up after the delay, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import keys
from tests.ledger.network import DAY_MS, Network, account, public_key

NOW = keys.Limits("CNY", 10_000, 15_000, 5_000)


@pytest.fixture(autouse=True)
def _phone(network: Network) -> None:
    network.session_key("alice", "phone", limits=NOW, expires_at_ms=network.now_ms + 9 * DAY_MS)


def set_limit(network: Network, limits: keys.Limits, key: str = "phone", holder: str = "alice") -> str:
    return network.do("set_limit/1", account(holder), holder, public_key=public_key(key), limits=limits).code


def in_force(network: Network) -> keys.Limits | None:
    key = keys.find(network.state, public_key("phone"))
    assert key is not None
    return keys.limits_at(key, network.machine.time_ms)


def pay(network: Network, amount_minor: int) -> str:
    fields = {"payee": account("bob"), "asset": "CNY", "amount_minor": amount_minor}
    return network.do("transfer/1", account("alice"), "phone", **fields).code


def test_lower_at_once(network: Network) -> None:
    assert set_limit(network, keys.Limits("CNY", 500, 15_000, 5_000)) == "committed"
    assert [pay(network, 501), pay(network, 500)] == ["payment_limit", "committed"]


def test_higher_after_the_delay(network: Network) -> None:
    assert set_limit(network, keys.Limits("CNY", 12_000, 15_000, 5_000)) == "committed"
    assert pay(network, 12_000) == "payment_limit"
    network.later(DAY_MS - 3_000)
    assert pay(network, 12_000) == "payment_limit"
    network.later(2_000)
    assert pay(network, 12_000) == "committed"


def test_what_falls_falls_at_once_though_the_rest_rises_later(network: Network) -> None:
    wanted = keys.Limits("CNY", 400, 90_000, 6_000)
    set_limit(network, wanted)
    assert in_force(network) == keys.Limits("CNY", 400, 15_000, 5_000)
    network.later(DAY_MS)
    assert in_force(network) == wanted


def test_lowering_takes_the_place_of_a_raise_that_waits(network: Network) -> None:
    set_limit(network, keys.Limits("CNY", 90_000, 90_000, 90_000))
    lower = keys.Limits("CNY", 100, 200, 100)
    set_limit(network, lower)
    network.later(2 * DAY_MS)
    assert in_force(network) == lower


@pytest.mark.parametrize("key", ["alice", "bob", "nobody"])
def test_not_a_limited_key(network: Network, key: str) -> None:
    assert set_limit(network, NOW, key) == "not_a_limited_key"


def test_revoked_key_has_no_limits(network: Network) -> None:
    network.must("revoke_key/1", account("alice"), "alice", public_key=public_key("phone"))
    assert set_limit(network, NOW) == "not_a_limited_key"


def test_limit_asset_fixed(network: Network) -> None:
    assert set_limit(network, keys.Limits("HKD", 1, 1, 1)) == "limit_asset_fixed"


def test_a_phone_sets_no_limits(network: Network) -> None:
    fields = {"public_key": public_key("phone"), "limits": NOW}
    assert network.do("set_limit/1", account("alice"), "phone", **fields).code == "out_of_scope"
