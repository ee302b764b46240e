"""What the SDK signs is what the ledger accepts."""

from __future__ import annotations

import pytest

from payport.ledger.examples import CHAIN_ID
from payport.values import envelopes, orders
from payport.values.refusals import Refusal
from payport.wallet import sign
from payport.wallet.keys import SigningKey
from tests.ledger.network import Network, account, public_key, seed


@pytest.fixture
def network() -> Network:
    made = Network()
    made.open("alice", "east", money=100_000)
    made.open("bob", "west")
    made.open("market", "west", "5411")
    return made


def window(network: Network) -> dict[str, int]:
    return {"valid_from_ms": network.machine.time_ms, "valid_until_ms": network.machine.time_ms + 60_000}


def test_transfer_is_accepted(network: Network) -> None:
    alice = SigningKey(seed("alice"))
    assert alice.public_key == public_key("alice")
    fields = {"payee": account("bob"), "asset": "CNY", "amount_minor": 100, **window(network)}
    outcome = network.run(
        sign.sign(sign.build(network.machine.chain_id, "transfer/1", account("alice"), **fields), alice)
    )
    assert outcome.code == "committed"


def test_defaults_reach_back_and_forward() -> None:
    built = sign.build(CHAIN_ID, "redeem/1", account("alice"), asset="CNY", amount_minor=1)
    assert built.valid_until_ms - built.valid_from_ms == sign.EARLY_MS + sign.VALID_FOR_MS
    assert built.nonce != sign.build(CHAIN_ID, "redeem/1", account("alice"), asset="CNY", amount_minor=1).nonce


def test_group_binds_its_members(network: Network) -> None:
    chain_id = network.machine.chain_id
    issue = sign.build(
        chain_id, "issue/1", "east", account=account("alice"), asset="CNY", amount_minor=5, **window(network)
    )
    pay = sign.build(
        chain_id, "transfer/1", account("alice"), payee=account("bob"), asset="CNY", amount_minor=5, **window(network)
    )
    bound = sign.bind_group([issue, pay])
    members = [sign.sign(bound[0], SigningKey(seed("east"))), sign.sign(bound[1], SigningKey(seed("alice")))]
    assert [each.code for each in network.block(network.read(*members)).outcomes[0]] == ["committed"] * 2
    with pytest.raises(Refusal, match="group_incomplete"):
        network.read(members[1])


def test_order_is_accepted(network: Network) -> None:
    order = orders.Order(network.machine.chain_id, account("market"), "A-1", 700, "CNY", network.now_ms + 60_000)
    signed = sign.sign_order(SigningKey(seed("market")), order)
    fields = {"merchant": account("market"), "asset": "CNY", "amount_minor": 700, "order": signed}
    assert network.do("purchase/1", account("alice"), "alice", **fields).code == "committed"


def test_signatures_ascend_by_key() -> None:
    built = sign.build(CHAIN_ID, "redeem/1", account("alice"), asset="CNY", amount_minor=1)
    envelope = envelopes.read_envelope(sign.sign(built, *(SigningKey(bytes([each]) * 32) for each in range(1, 6))))
    assert list(envelope.signatures) == sorted(envelope.signatures, key=lambda each: each.public_key)


def test_key_is_never_shown() -> None:
    key = SigningKey(b"s" * 32)
    assert (b"s" * 32).hex() not in repr(key)
    with pytest.raises(ValueError, match="32"):
        SigningKey(b"short")
