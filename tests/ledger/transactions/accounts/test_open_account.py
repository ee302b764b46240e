"""open_account: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import accounts, keys
from payport.ledger.transaction import Role
from payport.values import bindings
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account, public_key


def fields(network: Network, name: str = "carol", **overrides: object) -> dict[str, object]:
    given = {
        "account": account(name),
        "category": "0000",
        "view_key": b"v" * 32,
        "owner": network.new_key(account(name), name),
    }
    return {**given, **overrides}


def test_account_exists_with_its_owner(network: Network) -> None:
    assert network.do("open_account/1", "east", "east", **fields(network)).code == "committed"
    opened = accounts.require(network.state, account("carol"))
    assert (opened.institution, opened.live_owner_keys, network.balance("carol")) == ("east", 1, 0)
    key = keys.find(network.state, public_key("carol"))
    assert key is not None
    assert (key.holder, key.role) == (account("carol"), Role.OWNER)


def test_account_exists(network: Network) -> None:
    given = fields(network, account=account("bob"), owner=network.new_key(account("bob"), "new"))
    assert network.do("open_account/1", "east", "east", **given).code == "account_exists"


def test_key_already_bound(network: Network) -> None:
    given = fields(network, owner=network.new_key(account("carol"), "alice"))
    assert network.do("open_account/1", "east", "east", **given).code == "key_already_bound"


def test_proof_of_possession_is_for_this_account(network: Network) -> None:
    with pytest.raises(Refusal, match="invalid_signature"):
        network.do("open_account/1", "east", "east", **fields(network, owner=network.new_key(account("bob"), "carol")))


@pytest.mark.parametrize(
    ("scheme", "key", "code"),
    [
        ("rot13", b"k" * 32, "unknown_scheme"),
        ("ed25519", bytes(32), "unbindable_key"),
        ("ed25519", b"\xff" * 32, "unbindable_key"),
    ],
)
def test_key_that_cannot_be_bound(network: Network, scheme: str, key: bytes, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        network.do("open_account/1", "east", "east", **fields(network, owner=bindings.NewKey(scheme, key, bytes(64))))


def test_signed_by_another_bank(network: Network) -> None:
    assert network.do("open_account/1", "east", "west", **fields(network)).code == "unbound_key"
