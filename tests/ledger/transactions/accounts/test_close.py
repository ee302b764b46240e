"""close: one accepted case, one per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import accounts
from tests.ledger.network import Network, account


def close(network: Network, holder: str = "alice", signer: str = "") -> str:
    return network.do("close/1", account(holder), signer or holder).code


def empty(network: Network, holder: str = "alice") -> None:
    network.must("redeem/1", account(holder), holder, asset="CNY", amount_minor=network.balance(holder))


def test_nothing_is_signed_for_it_any_more(network: Network) -> None:
    empty(network)
    assert close(network) == "committed"
    assert accounts.require(network.state, account("alice")).standing is accounts.Standing.CLOSED
    assert close(network) == "account_closed"
    assert network.session_key("alice", "phone").code == "account_closed"


def test_a_past_freeze_does_not_stop_it(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    empty(network)
    network.freeze("alice", "east", expires_at_ms=network.now_ms + 1_000)
    with monkeypatch.context() as unswept:
        unswept.setattr("payport.ledger.state.dues.MAX_SWEEP_PER_BLOCK", 0)
        network.later(5_000)
        assert close(network) == "committed"
    network.later(5_000)


def test_account_restricted(network: Network) -> None:
    empty(network)
    network.freeze("alice", "east")
    assert close(network) == "account_restricted"


def test_account_not_empty(network: Network) -> None:
    assert close(network) == "account_not_empty"
    hold = network.hold("alice", "market", 100).transaction_id
    assert close(network, "market") == "account_not_empty"
    network.must("release/1", account("market"), "market", payer=account("alice"), hold=hold)
    assert close(network, "market") == "committed"


def test_institutions_account(network: Network) -> None:
    assert close(network, "east/fees", "east") == "institutions_account"


def test_a_phone_closes_nothing(network: Network) -> None:
    network.session_key("market", "till")
    assert close(network, "market", "till") == "out_of_scope"
