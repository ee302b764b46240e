"""Receipts assembled from a stored block: the transaction, its outcome leaf, and the balance leaves of one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from payport import _native
from payport.ledger import admission
from payport.ledger.registry import verbs
from payport.proof import leaves
from payport.proof.commitment import decode_commitment
from payport.proof.receipt import Finality, ProvenLeaf, Receipt, encode_receipt
from payport.values import codec, envelopes
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.store.stored_block import StoredBlock

NO_RECEIPT = RefusalCode(
    "no_receipt", RefusalClass.NOT_FOUND, "There is no receipt of this transaction here.", "没有该交易的凭证。"
)
"""The block does not hold the transaction."""


class PurchaseProof(NamedTuple):
    """What a refund carries of the purchase; see :mod:`payport.ledger.purchase_proof`."""

    purchase: bytes
    """Body of the purchase."""
    outcome_leaf: bytes
    """Its outcome leaf."""
    leaf_index: int
    """Index of that leaf."""
    leaf_path: tuple[bytes, ...]
    """Path to the receipts root."""
    commitment: bytes
    """The block's commitment, encoded."""


def _find(block: StoredBlock, transaction_id: bytes) -> tuple[bytes, int]:
    """Return the transaction's envelope and the index of its outcome leaf; raises ``no_receipt``."""
    outcomes = iter(block.outcomes)
    for item in block.block.items:
        for encoded in item:
            outcome = next(outcomes)
            if outcome.transaction_id == transaction_id and outcome.leaf_index >= 0:
                if outcome.leaf_height != block.height:
                    NO_RECEIPT.refuse(f"it was executed in block {outcome.leaf_height}")
                return encoded, outcome.leaf_index
    return NO_RECEIPT.refuse(transaction_id.hex())


def _proven(block: StoredBlock, index: int) -> ProvenLeaf:
    return ProvenLeaf(block.leaves[index], index, tuple(_native.merkle_path(block.leaves, index)))


def assemble(block: StoredBlock, transaction_id: bytes, account: bytes) -> bytes:
    """Return the encoded receipt of a transaction for the holder of ``account``; raises ``no_receipt``.

    Only that account's balance leaves are in it. The envelope is withheld where the body holds a secret.
    """
    encoded, first = _find(block, transaction_id)
    envelope = envelopes.read_envelope(encoded)
    kind = codec.decode_with(admission.HEAD_DECODER, envelope.body).kind
    balances = []
    for index in range(first + 1, len(block.leaves)):
        elements = codec.decode(block.leaves[index], list[object])
        if elements[0] != leaves.BALANCE_KIND:
            break
        if elements[1] == account:
            balances.append(_proven(block, index))
    receipt = Receipt(
        transaction_id=transaction_id,
        envelope=None if verbs()[kind].confidential else encoded,
        outcome=_proven(block, first),
        balances=tuple(balances),
        commitment=block.commitment_bytes,
        anchor=None,
        finality=Finality(block.finality_tag, block.finality_payload),
    )
    return encode_receipt(receipt)


def prove_purchase(block: StoredBlock, transaction_id: bytes) -> PurchaseProof:
    """Return what a refund of the purchase carries; raises ``no_receipt``."""
    encoded, index = _find(block, transaction_id)
    leaf = _proven(block, index)
    assert decode_commitment(block.commitment_bytes).leaf_count == len(block.leaves)
    body = envelopes.read_envelope(encoded).body
    return PurchaseProof(body, leaf.leaf, leaf.leaf_index, leaf.path, block.commitment_bytes)
