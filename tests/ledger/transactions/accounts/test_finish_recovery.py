"""finish_recovery: old keys end and the new one begins, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import accounts
from tests.ledger.network import DAY_MS, Network, account, public_key


def finish(network: Network, recovery: bytes, bank: str = "east", holder: str = "alice", key: str = "lost") -> str:
    fields = {"account": account(holder), "recovery": recovery, "owner": public_key(key)}
    return network.do("finish_recovery/1", bank, bank, **fields).code


@pytest.fixture
def recovery(network: Network) -> bytes:
    return network.recover("alice", "east").transaction_id


def pay(network: Network, signer: str) -> str:
    fields = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    return network.do("transfer/1", account("alice"), signer, **fields).code


def test_old_keys_end_and_the_new_one_signs(network: Network) -> None:
    network.session_key("alice", "phone", expires_at_ms=network.now_ms + 9 * DAY_MS)
    recovery = network.recover("alice", "east").transaction_id
    network.later(3 * DAY_MS)
    assert finish(network, recovery) == "committed"
    assert [pay(network, name) for name in ("alice", "phone", "lost")] == ["revoked_key", "revoked_key", "committed"]
    record = accounts.require(network.state, account("alice"))
    assert (record.live_keys, record.live_owner_keys, record.standing) == (1, 1, accounts.Standing.OPEN)


def test_orders_of_old_keys_are_not_payable(network: Network) -> None:
    recovery = network.recover("market", "west", "tills").transaction_id
    network.later(3 * DAY_MS)
    assert finish(network, recovery, "west", "market", "tills") == "committed"
    for signer, code in (("market", "order_not_by_merchant"), ("tills", "committed")):
        order = network.order("market", "A-1", 100, signer=signer)
        given = {"merchant": account("market"), "asset": "CNY", "amount_minor": 100, "order": order}
        assert network.do("purchase/1", account("alice"), "alice", **given).code == code


def test_recovery_waits(network: Network, recovery: bytes) -> None:
    network.later(3 * DAY_MS - 2_000)
    assert finish(network, recovery) == "recovery_waits"


def test_nothing_to_recover(network: Network, recovery: bytes) -> None:
    network.later(3 * DAY_MS)
    assert finish(network, bytes(32)) == "nothing_to_recover"
    assert finish(network, recovery, key="other") == "nothing_to_recover"
    network.must("veto_recovery/1", account("alice"), "alice", account=account("alice"), recovery=recovery)
    assert finish(network, recovery) == "nothing_to_recover"


def test_refused(network: Network, recovery: bytes) -> None:
    assert finish(network, recovery, holder="nobody") == "unknown_account"
    assert finish(network, recovery, "west") == "not_your_customer"


def test_key_bound_meanwhile(network: Network, recovery: bytes) -> None:
    network.session_key("bob", "lost")
    network.later(3 * DAY_MS)
    assert finish(network, recovery) == "key_already_bound"
