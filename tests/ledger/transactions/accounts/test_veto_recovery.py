"""veto_recovery: by an owner and by the bank, one case per refusal."""

from __future__ import annotations

import pytest

from payport.ledger.state import accounts
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account


def veto(network: Network, recovery: bytes, sender: bytes | str, signer: str, holder: str = "alice") -> str:
    return network.do("veto_recovery/1", sender, signer, account=account(holder), recovery=recovery).code


@pytest.mark.parametrize(("sender", "signer"), [(account("alice"), "alice"), ("east", "east")])
def test_owner_or_bank_ends_it(network: Network, sender: bytes | str, signer: str) -> None:
    recovery = network.recover("alice", "east").transaction_id
    assert veto(network, recovery, sender, signer) == "committed"
    assert accounts.require(network.state, account("alice")).standing is accounts.Standing.OPEN
    assert veto(network, recovery, sender, signer) == "no_recovery"


def test_a_phone_vetoes_nothing(network: Network) -> None:
    network.session_key("alice", "phone")
    recovery = network.recover("alice", "east").transaction_id
    assert veto(network, recovery, account("alice"), "phone") == "out_of_scope"


@pytest.mark.parametrize(("sender", "signer"), [(account("bob"), "bob"), ("west", "west")])
def test_not_your_account(network: Network, sender: bytes | str, signer: str) -> None:
    assert veto(network, network.recover("alice", "east").transaction_id, sender, signer) == "not_your_account"


def test_unknown_account(network: Network) -> None:
    assert veto(network, bytes(32), "east", "east", "nobody") == "unknown_account"


def test_a_sender_of_another_kind(network: Network) -> None:
    built = network.build("veto_recovery/1", 7, account=account("alice"), recovery=bytes(32))  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="malformed_bytes"):
        network.read(network.sign(built, "alice"))
