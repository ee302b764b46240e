"""The purchase a refund carries: read by its first fields, proven by leaf, path and commitment."""

from __future__ import annotations

from typing import Any

import pytest

from payport.ledger import examples, purchase_proof
from payport.ledger.block import Executed
from payport.ledger.registry import verbs
from payport.proof import leaves, merkle
from payport.values import codec, envelopes
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account


@pytest.mark.parametrize("kind", ["purchase/1", "capture/1", "charge/1"])
def test_what_is_read_is_what_the_verb_says(kind: str) -> None:
    sale = verbs()[kind].example()
    parties = (sale.sender, sale.merchant) if kind == "purchase/1" else (sale.payer, sale.sender)
    paid = purchase_proof.read_purchase(codec.encode(sale))
    assert paid == purchase_proof.Paid(sale.chain_id, *parties, sale.asset, sale.amount_minor)


@pytest.mark.parametrize("kind", sorted(set(verbs()) - {"purchase/1", "capture/1", "charge/1"}))
def test_nothing_else_is_a_sale(kind: str) -> None:
    with pytest.raises(Refusal, match="not_a_purchase"):
        purchase_proof.read_purchase(codec.encode(verbs()[kind].example()))


@pytest.fixture
def executed(network: Network) -> Executed:
    """A block of three purchases."""
    given = {"merchant": account("market"), "asset": "CNY", "order": None}
    made = [network.build("purchase/1", account("alice"), amount_minor=amount, **given) for amount in (1, 200, 300)]
    return network.block(*(network.read(network.sign(each, "alice")) for each in made))


def arguments(executed: Executed, place: int) -> dict[str, Any]:
    index = executed.outcomes[place][0].leaf_index
    return {
        "body": envelopes.read_envelope(executed.block.items[place][0]).body,
        "leaf": executed.leaves[index],
        "index": index,
        "path": merkle.path(executed.leaves, index),
        "commitment": executed.commitment_bytes,
    }


def test_each_purchase_of_a_block_is_proven(executed: Executed) -> None:
    for place in range(3):
        purchase_proof.check_leaf(**arguments(executed, place))


def test_parts_of_two_proofs_prove_nothing(executed: Executed) -> None:
    first, second = arguments(executed, 0), arguments(executed, 1)
    for part in ("body", "leaf", "index", "path"):
        with pytest.raises(Refusal, match="proof_invalid"):
            purchase_proof.check_leaf(**{**first, part: second[part]})


def test_a_balance_leaf_is_no_outcome(executed: Executed) -> None:
    proof = arguments(executed, 0)
    balance = executed.leaves[1]
    assert leaves.decode_balance(balance).delta_minor
    with pytest.raises(Refusal, match="proof_invalid"):
        purchase_proof.check_leaf(**{**proof, "leaf": balance, "index": 1, "path": merkle.path(executed.leaves, 1)})


def test_a_commitment_must_be_this_ledgers(network: Network, executed: Executed) -> None:
    network.block()
    assert purchase_proof.require_known(network.state, executed.commitment_bytes, ()).height == executed.block.height
    _, _, foreign = examples.proven_purchase()
    for commitment in (foreign, codec.encode(executed.commitment._replace(time_ms=1))):
        with pytest.raises(Refusal, match="proof_invalid"):
            purchase_proof.require_known(network.state, commitment, ())
