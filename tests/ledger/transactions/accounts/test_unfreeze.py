"""unfreeze: one accepted case, one per refusal."""

from __future__ import annotations

from payport.ledger.state import accounts, dues
from tests.ledger.network import Network, account


def unfreeze(network: Network, freeze: bytes, bank: str = "east", holder: str = "alice") -> str:
    return network.do("unfreeze/1", bank, bank, account=account(holder), freeze=freeze).code


def test_one_of_two_freezes_is_lifted(network: Network) -> None:
    first, second = (network.freeze("alice", "east").transaction_id for _ in range(2))
    assert unfreeze(network, first) == "committed"
    assert accounts.require(network.state, account("alice")).standing is accounts.Standing.RESTRICTED
    assert unfreeze(network, second) == "committed"
    assert accounts.require(network.state, account("alice")).standing is accounts.Standing.OPEN
    assert dues.table(network.state).first() is None


def test_no_such_freeze(network: Network) -> None:
    freeze = network.freeze("alice", "east", expires_at_ms=network.now_ms + 2_000).transaction_id
    assert unfreeze(network, bytes(32)) == "no_such_freeze"
    network.later(5_000)
    assert unfreeze(network, freeze) == "no_such_freeze"


def test_unknown_account(network: Network) -> None:
    assert unfreeze(network, bytes(32), holder="nobody") == "unknown_account"


def test_not_your_freeze(network: Network) -> None:
    freeze = network.freeze("alice", "east").transaction_id
    assert unfreeze(network, freeze, "west") == "not_your_freeze"
