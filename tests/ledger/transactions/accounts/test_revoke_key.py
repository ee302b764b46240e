"""revoke_key: one accepted case, one per refusal."""

from __future__ import annotations

from tests.ledger.network import Network, account, public_key


def revoke(network: Network, holder: str, key: str) -> str:
    return network.do("revoke_key/1", account(holder), holder, public_key=public_key(key)).code


def test_revoked_key_signs_no_more_and_stays_taken(network: Network) -> None:
    network.session_key("alice", "phone")
    assert revoke(network, "alice", "phone") == "committed"
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    assert network.do("transfer/1", account("alice"), "phone", **given).code == "revoked_key"
    assert network.session_key("bob", "phone").code == "key_already_bound"


def test_not_a_key_of_account(network: Network) -> None:
    assert revoke(network, "alice", "bob") == "not_a_key_of_account"
    assert revoke(network, "alice", "nobody") == "not_a_key_of_account"


def test_last_owner_key(network: Network) -> None:
    assert revoke(network, "alice", "alice") == "last_owner_key"
