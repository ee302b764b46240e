"""recover: begun by the bank, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import restrictions
from payport.values import bindings
from payport.values.refusals import Refusal
from tests.ledger.network import DAY_MS, Network, account, public_key


def recover(network: Network, bank: str = "east", holder: str = "alice", key: str = "lost") -> str:
    owner = network.new_key(account(holder), key)
    return network.do("recover/1", bank, bank, account=account(holder), owner=owner).code


def test_payments_rest_and_credits_pass(network: Network) -> None:
    started_ms = network.now_ms
    assert recover(network) == "committed"
    recovery = restrictions.of(network.state, account("alice")).recovery
    assert recovery is not None
    assert (recovery.key.public_key, recovery.effective_at_ms) == (public_key("lost"), started_ms + 3 * DAY_MS)
    fields = {"asset": "CNY", "amount_minor": 1}
    pays = network.do("transfer/1", account("alice"), "alice", payee=account("bob"), **fields).code
    paid = network.do("transfer/1", account("bob"), "bob", payee=account("alice"), **fields).code
    assert (pays, paid) == ("recovery_under_way", "committed")


@pytest.mark.parametrize(
    ("bank", "holder", "code"),
    [
        ("east", "nobody", "unknown_account"),
        ("west", "alice", "not_your_customer"),
        ("east", "east/fees", "not_a_customers_account"),
    ],
)
def test_refused(network: Network, bank: str, holder: str, code: str) -> None:
    assert recover(network, bank, holder) == code


def test_a_thief_is_not_the_bank(network: Network) -> None:
    owner = network.new_key(account("alice"), "thief")
    assert network.do("recover/1", "east", "thief", account=account("alice"), owner=owner).code == "unbound_key"


def test_account_closed(network: Network) -> None:
    network.close("alice")
    assert recover(network) == "account_closed"


def test_recovery_already_under_way(network: Network) -> None:
    assert [recover(network), recover(network, key="other")] == ["committed", "recovery_already_under_way"]


def test_key_already_bound(network: Network) -> None:
    assert recover(network, key="bob") == "key_already_bound"


@pytest.mark.parametrize(
    ("scheme", "key", "code"), [("ed25519", bytes(32), "unbindable_key"), ("rot13", b"k" * 32, "unknown_scheme")]
)
def test_key_by_itself(network: Network, scheme: str, key: bytes, code: str) -> None:
    owner = bindings.NewKey(scheme, key, bytes(64))
    with pytest.raises(Refusal, match=code):
        network.do("recover/1", "east", "east", account=account("alice"), owner=owner)


def test_a_lone_clerk_is_too_few(network: Network) -> None:
    keys = tuple(sorted((network.new_key(b"east", each) for each in ("one", "two")), key=lambda each: each.public_key))
    network.must("rotate_keys/1", "east", "east", keys=keys, threshold=2)
    fields = {"account": account("alice"), "owner": network.new_key(account("alice"), "lost")}
    assert network.do("recover/1", "east", "one", **fields).code == "too_few_signatures"
    assert network.do("recover/1", "east", ("one", "two"), **fields).code == "committed"
