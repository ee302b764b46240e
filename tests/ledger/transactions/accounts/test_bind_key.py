"""bind_key: accepted cases, limits of the keys it binds, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import keys
from payport.ledger.transaction import Role
from payport.values import bindings
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account

DAY_MS = 86_400_000


def pay(network: Network, amount: int, signer: str = "phone", **fields: object) -> str:
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": amount, **fields}
    return network.do("transfer/1", account("alice"), signer, **given).code


def test_limits_of_a_session_key(network: Network) -> None:
    assert network.session_key("alice", "phone").code == "committed"
    assert pay(network, 10_001) == "payment_limit"
    assert pay(network, 10_000) == "committed"
    assert pay(network, 5_001) == "daily_limit"
    assert pay(network, 5_000) == "committed"
    assert pay(network, 1, asset="HKD") == "wrong_asset_for_key"


def test_day_changes_at_the_institutions_midnight(network: Network) -> None:
    network.session_key("alice", "phone", limits=keys.Limits("CNY", 10_000, 10_000, 0))
    offset_ms = 28_800_000
    midnight = ((network.now_ms + offset_ms) // DAY_MS + 1) * DAY_MS - offset_ms
    window = {"valid_from_ms": midnight - 60_000, "valid_until_ms": midnight + 60_000}
    network.session_key("alice", "tablet", limits=keys.Limits("CNY", 10_000, 10_000, 0), expires_at_ms=midnight * 2)
    assert pay(network, 10_000, "tablet", **window, time_ms=midnight - 1) == "committed"
    assert pay(network, 1, "tablet", **window, time_ms=midnight + 1) == "committed"


def test_static_limit_counts_purchases_without_order(network: Network) -> None:
    network.session_key("alice", "phone")
    given = {"merchant": account("market"), "asset": "CNY", "order": None}
    assert network.do("purchase/1", account("alice"), "phone", amount_minor=5_000, **given).code == "committed"
    assert network.do("purchase/1", account("alice"), "phone", amount_minor=1, **given).code == "static_daily_limit"
    order = network.order("market", "A-1", 9_000)
    paid = network.do("purchase/1", account("alice"), "phone", amount_minor=9_000, **{**given, "order": order})
    assert paid.code == "committed"


def test_scope_expiry_role_and_validity(network: Network) -> None:
    network.session_key("alice", "phone", scope=("purchase",))
    assert pay(network, 1) == "out_of_scope"
    network.session_key("alice", "tablet", expires_at_ms=network.now_ms + 30_000)
    assert network.session_key("alice", "other").code == "committed"
    key = network.new_key(account("alice"), "fourth")
    terms = {"key": key, "role": Role.OWNER, "scope": (), "limits": None, "expires_at_ms": None}
    assert network.do("bind_key/1", account("alice"), "tablet", **terms).code == "out_of_scope"
    assert pay(network, 1, "tablet", time_ms=network.now_ms + 40_000) == "expired_key"
    long = {"valid_from_ms": network.machine.time_ms, "valid_until_ms": network.machine.time_ms + 600_001}
    assert pay(network, 1, "other", **long) == "validity_too_long"
    assert pay(network, 1, "alice", **long) == "committed"


def test_key_already_bound(network: Network) -> None:
    network.session_key("alice", "phone")
    assert network.session_key("bob", "phone").code == "key_already_bound"


def test_key_expiry_past(network: Network) -> None:
    assert network.session_key("alice", "phone", expires_at_ms=network.machine.time_ms).code == "key_expiry_past"


def test_too_many_keys(network: Network) -> None:
    codes = [network.session_key("alice", f"phone{number}").code for number in range(16)]
    assert codes == ["committed"] * 15 + ["too_many_keys"]


@pytest.mark.parametrize(
    "terms",
    [
        {"limits": None},
        {"expires_at_ms": None},
        {"role": Role.OWNER},
        {"role": Role.INSTITUTION},
        {"role": Role.DEVICE, "limits": None},
        {"scope": ("transfer", "purchase")},
    ],
)
def test_invalid_key_terms(network: Network, terms: dict[str, object]) -> None:
    with pytest.raises(Refusal, match="invalid_key_terms"):
        network.session_key("alice", "phone", **terms)


@pytest.mark.parametrize(
    ("scheme", "key", "code"),
    [("rot13", b"k" * 32, "unknown_scheme"), ("ed25519", bytes(32), "unbindable_key")],
)
def test_key_that_cannot_be_bound(network: Network, scheme: str, key: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        network.session_key("alice", "phone", key=bindings.NewKey(scheme, key, bytes(64)))
