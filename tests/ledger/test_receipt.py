"""Receipts of a block: each holder's own, and what the stand-alone verifier says of them."""

from __future__ import annotations

import pytest

from payport import _native
from payport.ledger import receipt
from payport.ledger.block import Executed
from payport.ledger.store.stored_block import StoredBlock, read_stored_block, store_executed
from payport.proof.finality import embedded
from payport.proof.trust import Trust
from payport.proof.verify import Verdict, verify_receipt
from payport.values import codec
from payport.values.refusals import Refusal
from tests.ledger.network import Network, account, public_key, seed


def stored(executed: Executed) -> StoredBlock:
    signature = _native.sign_ed25519(seed("node"), embedded.signing_bytes(executed.commitment_bytes))
    made = store_executed(executed, embedded.TAG, embedded.encode_payload(public_key("node"), signature))
    return read_stored_block(codec.encode(made))


def verdict(network: Network, block: StoredBlock, place: int, holder: str) -> Verdict:
    trust = Trust(network.machine.chain_id, network.genesis.digest, (public_key("node"),), network.machine.webauthn)
    return verify_receipt(receipt.assemble(block, block.outcomes[place].transaction_id, account(holder)), trust)


@pytest.fixture
def block(network: Network) -> StoredBlock:
    """A purchase, a transfer that is refused, an account opened, and the purchase again."""
    purchase = network.sign(
        network.build(
            "purchase/1", account("alice"), merchant=account("market"), asset="CNY", amount_minor=12_850, order=None
        ),
        "alice",
    )
    refused = network.sign(
        network.build("transfer/1", account("bob"), payee=account("alice"), asset="CNY", amount_minor=10**9), "bob"
    )
    opening = network.sign(
        network.build(
            "open_account/1",
            "east",
            account=account("carol"),
            category="0000",
            view_key=b"secret".ljust(32, b"!"),
            owner=network.new_key(account("carol"), "carol"),
        ),
        "east",
    )
    return stored(network.block(*(network.read(each) for each in (purchase, refused, opening, purchase))))


@pytest.mark.parametrize(
    ("holder", "changes"),
    [("alice", [(-12_850, 0)]), ("market", [(12_773, 77)]), ("west/fees", [(47, 0)]), ("bob", []), ("nobody", [])],
)
def test_a_holder_sees_the_payment_and_his_own_balance(
    network: Network, block: StoredBlock, holder: str, changes: list[tuple[int, int]]
) -> None:
    proven = verdict(network, block, 0, holder)
    assert (proven.outcome, proven.kind, proven.height) == ("committed", "purchase/1", block.height)
    assert [(each.delta_minor, each.fee_minor) for each in proven.balances] == changes
    assert {each.account for each in proven.balances} <= {account(holder)}


def test_a_refusal_is_proven(network: Network, block: StoredBlock) -> None:
    proven = verdict(network, block, 1, "bob")
    assert (proven.outcome, proven.balances) == ("insufficient_balance", ())


def test_a_secret_is_withheld(network: Network, block: StoredBlock) -> None:
    assert verdict(network, block, 2, "carol").withheld
    encoded = receipt.assemble(block, block.outcomes[2].transaction_id, account("carol"))
    assert b"secret" not in encoded
    assert b"secret" in codec.encode(block)


def test_a_repeat_in_a_later_block_has_its_receipt_in_the_first(network: Network, block: StoredBlock) -> None:
    again = stored(network.block(network.read(block.block.items[0][0])))
    assert again.outcomes[0].transaction_id == block.outcomes[0].transaction_id == block.outcomes[3].transaction_id
    with pytest.raises(Refusal, match=f"no_receipt.*{block.height}"):
        receipt.assemble(again, again.outcomes[0].transaction_id, account("alice"))
    with pytest.raises(Refusal, match="no_receipt"):
        receipt.prove_purchase(again, bytes(32))


def test_a_purchase_is_proven_for_its_refund(network: Network, block: StoredBlock) -> None:
    proof = receipt.prove_purchase(block, block.outcomes[0].transaction_id)
    given = {**proof._asdict(), "log_path": (), "amount_minor": 850}
    assert network.do("refund/1", account("market"), "market", **given).code == "committed"
