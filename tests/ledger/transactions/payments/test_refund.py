"""refund: parts, the fee's return, old purchases, one case per refusal."""

from __future__ import annotations

from typing import Any

import pytest

from payport.ledger.block import Executed
from payport.ledger.state import exposures
from payport.proof import leaves, merkle
from payport.proof.commitment import commitment_hash
from payport.values import codec, envelopes
from payport.values.limits import LOG_SUBTREE
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account

DAY_MS = 86_400_000


def sale(network: Network, amount: int = 12_850, merchant: str = "market") -> Executed:
    given = {"merchant": account(merchant), "asset": "CNY", "amount_minor": amount, "order": None}
    item = network.read(network.sign(network.build("purchase/1", account("alice"), **given), "alice"))
    executed = network.block(item)
    assert executed.outcomes[0][0].code == "committed"
    return executed


def proof(executed: Executed, **overrides: object) -> dict[str, Any]:
    body = envelopes.read_envelope(executed.block.items[0][0]).body
    given = {
        "purchase": body,
        "outcome_leaf": executed.leaves[0],
        "leaf_index": 0,
        "leaf_path": merkle.path(executed.leaves, 0),
        "commitment": executed.commitment_bytes,
        "log_path": (),
    }
    return {**given, **overrides}


def refund(network: Network, executed: Executed, amount: int, merchant: str = "market", **overrides: object) -> str:
    fields = {**proof(executed), "amount_minor": amount, **overrides}
    return network.do("refund/1", account(merchant), merchant, **fields).code


def test_parts_return_every_share_exactly(network: Network) -> None:
    executed = sale(network)
    for part in (2_850, 1, 4_999, 5_000):
        assert refund(network, executed, part) == "committed"
    names = ("market", "east/fees", "operator/fees", "west/fees")
    assert [network.balance(name) for name in names] == [0, 0, 0, 0]
    assert network.balance("alice") == 100_000
    assert refund(network, executed, 1) == "refund_exceeds_purchase"


def test_merchants_leaf_alone_shows_the_fee(network: Network) -> None:
    executed = sale(network)
    refund(network, executed, 12_850)
    shown = {}
    for leaf in network.blocks[-1].leaves[1:]:
        balance = leaves.decode_balance(leaf)
        shown[balance.account] = balance.fee_minor
    assert {name: fee for name, fee in shown.items() if fee} == {account("market"): -77}


def test_sale_without_fee(network: Network) -> None:
    assert refund(network, sale(network, 400, "metro"), 400, "metro") == "committed"
    assert network.balance("metro") == 0


@pytest.mark.slow
def test_old_purchase_by_its_subtree(network: Network) -> None:
    executed = sale(network)
    genesis_hash = commitment_hash(Network(network.genesis).machine.commitment_bytes)
    while network.machine.height <= 3 * LOG_SUBTREE:
        network.blocks.append(network.machine.execute(network.machine.height + 1, network.now_ms, []))
    log = [genesis_hash, *(commitment_hash(each.commitment_bytes) for each in network.blocks)][:LOG_SUBTREE]
    path = merkle.path(log, executed.commitment.height)
    assert refund(network, executed, 100) == "proof_invalid"
    assert refund(network, executed, 100, log_path=path[:-1]) == "proof_invalid"
    assert refund(network, executed, 100, log_path=path) == "committed"


def test_refund_period_over(network: Network) -> None:
    executed = sale(network)
    network.block(time_ms=network.now_ms + 181 * DAY_MS)
    assert refund(network, executed, 1) == "refund_period_over"


def test_insufficient_balance(network: Network) -> None:
    executed = sale(network)
    network.do("redeem/1", account("market"), "market", asset="CNY", amount_minor=network.balance("market"))
    assert refund(network, executed, 12_850) == "insufficient_balance"


def test_commitment_of_another_chain(network: Network) -> None:
    executed = sale(network)
    changed = codec.decode(executed.commitment_bytes, list[Any])
    changed[-1] = bytes(32)
    assert refund(network, executed, 1, commitment=codec.encode(changed)) == "proof_invalid"


def test_not_your_sale(network: Network) -> None:
    with pytest.raises(Refusal, match="not_your_sale"):
        refund(network, sale(network), 1, "metro")


def test_not_a_purchase(network: Network) -> None:
    given = {"payee": account("bob"), "asset": "CNY", "amount_minor": 1}
    body = codec.encode(network.build("transfer/1", account("alice"), **given))
    for wrong in (body, b"\x90"):
        with pytest.raises(Refusal, match="not_a_purchase"):
            refund(network, sale(network), 1, purchase=wrong)


def test_forged_leaf_or_path(network: Network) -> None:
    executed = sale(network)
    leaf = leaves.encode_outcome(leaves.decode_outcome(executed.leaves[0])._replace(outcome="expired"))
    for wrong in ({"outcome_leaf": leaf}, {"leaf_path": ()}, {"leaf_index": 1}, {"commitment": b"\x90"}):
        with pytest.raises(Refusal, match="proof_invalid"):
            refund(network, executed, 1, **wrong)


def test_refused_purchase_has_no_refund(network: Network) -> None:
    given = {"merchant": account("market"), "asset": "CNY", "amount_minor": 10**9, "order": None}
    executed = network.block(
        network.read(network.sign(network.build("purchase/1", account("alice"), **given), "alice"))
    )
    with pytest.raises(Refusal, match="proof_invalid"):
        refund(network, executed, 1)


def test_amount_overflow(network: Network) -> None:
    executed = sale(network)
    room = MAX_AMOUNT_MINOR - network.balance("alice")
    network.do("issue/1", "east", "east", account=account("alice"), asset="CNY", amount_minor=room)
    assert refund(network, executed, 1) == "amount_overflow"


def test_refund_of_a_capture_and_of_a_charge(network: Network) -> None:
    hold = network.hold("alice", "market", 10_000).transaction_id
    taken = {"payer": account("alice"), "asset": "CNY", "amount_minor": 6_000}
    for kind, fields in (
        ("capture/1", {**taken, "hold": hold, "final": False}),
        ("charge/1", {**taken, "authority": network.authority("alice"), "digits": None}),
    ):
        item = network.read(network.sign(network.build(kind, account("market"), **fields), "market"))
        executed = network.block(item)
        assert executed.outcomes[0][0].code == "committed"
        assert [refund(network, executed, each) for each in (6_001, 6_000)] == ["refund_exceeds_purchase", "committed"]
    assert network.balance("alice") == 100_000


def test_a_closed_payers_money_is_kept_by_its_bank(network: Network) -> None:
    executed = sale(network)
    network.close("alice")
    assert refund(network, executed, 12_850) == "committed"
    assert network.balance("east/uncl") == 12_850


def test_frozen_merchant_refunds_and_frozen_payer_takes(network: Network) -> None:
    executed = sale(network)
    network.freeze("market", "west")
    network.freeze("alice", "east")
    assert refund(network, executed, 100) == "committed"
    network.freeze("alice", "east", "all")
    assert refund(network, executed, 100) == "payee_frozen"


def test_bank_of_the_merchant_suspended_or_at_its_cap(network: Network) -> None:
    executed = sale(network)
    owed = -exposures.of(network.state, "west", "CNY").net_owed_minor
    network.cap("west", 99 - owed if owed < 99 else 0)
    network.must("transfer/1", account("bob"), "bob", payee=account("alice"), asset="CNY", amount_minor=owed)
    assert refund(network, executed, 100) == "net_debit_cap_exceeded"
    network.must("suspend/1", "operator", "operator", institution="west")
    assert refund(network, executed, 100) == "institution_suspended"
