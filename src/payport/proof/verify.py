"""Verifying a receipt: from its bytes and a trust file to a verdict, with no network and no other program.

The order of checks goes from the container inwards: form, chain, transaction, leaves, block, history, finality. The
first check that fails names the refusal.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from payport.proof import leaves, merkle
from payport.proof.commitment import Commitment, commitment_hash, decode_commitment
from payport.proof.finality.table import kind_tagged
from payport.proof.receipt import decode_receipt
from payport.proof.transaction import check_signatures, read_transaction, signatures_hash, transaction_id
from payport.values.refusals import Refusal, RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.proof.finality.contract import Finding
    from payport.proof.leaves import BalanceLeaf, OutcomeLeaf
    from payport.proof.receipt import ProvenLeaf, Receipt
    from payport.proof.transaction import SignedTransaction
    from payport.proof.trust import Trust

TRANSACTION_MISMATCH: Final = RefusalCode(
    "transaction_mismatch",
    RefusalClass.MALFORMED,
    "Envelope, outcome and receipt are not about the same transaction.",
    "信封、结果与凭证不属于同一笔交易。",
)
"""Raised when the ids of body, outcome leaf and receipt differ."""

SIGNATURES_MISMATCH: Final = RefusalCode(
    "signatures_mismatch",
    RefusalClass.MALFORMED,
    "The signatures are not those the outcome names.",
    "签名与结果中记载的签名不一致。",
)
"""Raised when the outcome leaf names another hash of the signatures, or other signers."""

BALANCE_OF_OTHER_TRANSACTION: Final = RefusalCode(
    "balance_of_other_transaction",
    RefusalClass.MALFORMED,
    "A balance in the receipt was not changed by this transaction.",
    "凭证中的余额变动不是由该交易引起的。",
)
"""Raised for a balance leaf of another id, or one beside an outcome that changes nothing."""

LEAVES_OUT_OF_ORDER: Final = RefusalCode(
    "leaves_out_of_order",
    RefusalClass.MALFORMED,
    "The leaves of the receipt are not distinct and in the order of the block.",
    "凭证中的叶子重复或未按区块顺序排列。",
)
"""Raised unless the indices rise from the outcome leaf through all balance leaves."""

LEAF_NOT_IN_BLOCK: Final = RefusalCode(
    "leaf_not_in_block",
    RefusalClass.MALFORMED,
    "A leaf of the receipt is not in the block it names.",
    "凭证中的叶子不在其所指的区块中。",
)
"""Raised when a path does not lead to the receipts root."""

COMMITMENT_NOT_IN_HISTORY: Final = RefusalCode(
    "commitment_not_in_history",
    RefusalClass.MALFORMED,
    "The block's commitment is not in the history of the later one.",
    "该区块的承诺不在后续承诺的历史中。",
)
"""Raised when an anchor is not later, or its path does not lead to the later history root."""

REFUSALS: Final = (
    TRANSACTION_MISMATCH,
    SIGNATURES_MISMATCH,
    BALANCE_OF_OTHER_TRANSACTION,
    LEAVES_OUT_OF_ORDER,
    LEAF_NOT_IN_BLOCK,
    COMMITMENT_NOT_IN_HISTORY,
)
"""Refusals of this module, in order of precedence; reading, trust, signatures and finality have their own."""


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """One balance the receipt proves."""

    account: bytes
    """Account id."""
    asset: str
    """Asset of the balance."""
    entry: int
    """Number of the entry of this account."""
    delta_minor: int
    """By how much it changed, in minor units."""
    balance_minor: int
    """The balance afterwards, in minor units."""
    fee_minor: int
    """Fee taken from this account, in minor units."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a receipt proves."""

    chain_id: str
    """Network."""
    height: int
    """Height of the block."""
    time_ms: int
    """Block time, in milliseconds since the Unix epoch."""
    transaction_id: bytes
    """Id of the transaction."""
    kind: str | None
    """Verb and version; None where the transaction is withheld."""
    outcome: str
    """``committed`` or the code of a refusal."""
    signers: tuple[tuple[bytes, str], ...]
    """Each signing key with its role."""
    balances: tuple[BalanceChange, ...]
    """Balances shown."""
    finality_tag: str
    """Kind of finality proof."""
    proven_at_height: int
    """Height of the commitment the finality proof is over: the block's own, or a later one."""
    binds_en: str
    """Whom the proof binds, in English."""
    binds_zh: str
    """Whom the proof binds, in simplified Chinese."""
    institutions: tuple[str, ...] = ()
    """Institutions whose votes count, as the trust file names them; empty where the kind of proof knows none."""
    historical: bool = False
    """Whether only an earlier validator set than the newest in the trust file stands behind the proof."""

    @property
    def withheld(self) -> bool:
        """Whether the receipt leaves out the transaction, because it carries a secret."""
        return self.kind is None


def verify_receipt(data: bytes, trust: Trust) -> Verdict:
    """Check everything a receipt says; raises the refusal that names what is wrong."""
    receipt = decode_receipt(data)
    commitment = decode_commitment(receipt.commitment)
    outcome = leaves.decode_outcome(receipt.outcome.leaf)
    balances = [leaves.decode_balance(proven.leaf) for proven in receipt.balances]
    transaction = None if receipt.envelope is None else read_transaction(receipt.envelope)
    trust.require_chain(commitment.chain_id)
    if outcome.transaction_id != receipt.transaction_id:
        TRANSACTION_MISMATCH.refuse("the outcome leaf is of another transaction")
    if transaction is not None:
        trust.require_chain(transaction.chain_id)
        _check_transaction(transaction, outcome, trust)
    _check_balances(outcome, balances)
    _check_leaves((receipt.outcome, *receipt.balances), commitment)
    proven_at_height, finding = _check_finality(receipt, commitment, trust)
    kind = kind_tagged(receipt.finality.tag)
    return Verdict(
        chain_id=commitment.chain_id,
        height=commitment.height,
        time_ms=commitment.time_ms,
        transaction_id=receipt.transaction_id,
        kind=None if transaction is None else transaction.kind,
        outcome=outcome.outcome,
        signers=outcome.signers,
        balances=tuple(_change(balance) for balance in balances),
        finality_tag=kind.TAG,
        proven_at_height=proven_at_height,
        binds_en=kind.BINDS_EN,
        binds_zh=kind.BINDS_ZH,
        institutions=finding.institutions,
        historical=finding.historical,
    )


def _check_transaction(transaction: SignedTransaction, outcome: OutcomeLeaf, trust: Trust) -> None:
    """Bind the envelope to the outcome leaf and verify its signatures."""
    if transaction_id(transaction) != outcome.transaction_id:
        TRANSACTION_MISMATCH.refuse("the envelope is of another transaction")
    if signatures_hash(transaction) != outcome.signatures_hash:
        SIGNATURES_MISMATCH.refuse("the outcome leaf names another hash")
    if [entry.public_key for entry in transaction.signatures] != [key for key, _role in outcome.signers]:
        SIGNATURES_MISMATCH.refuse("the outcome leaf names other signers")
    check_signatures(transaction, trust.webauthn)


def _check_balances(outcome: OutcomeLeaf, balances: list[BalanceLeaf]) -> None:
    if balances and outcome.outcome != leaves.COMMITTED:
        BALANCE_OF_OTHER_TRANSACTION.refuse("a refused transaction changes no balance")
    for balance in balances:
        if balance.transaction_id != outcome.transaction_id:
            BALANCE_OF_OTHER_TRANSACTION.refuse(f"entry {balance.entry} of account {balance.account.hex()}")


def _check_leaves(proven: tuple[ProvenLeaf, ...], commitment: Commitment) -> None:
    """Lead every leaf to the receipts root, in the order of the block."""
    if any(left.leaf_index >= right.leaf_index for left, right in itertools.pairwise(proven)):
        LEAVES_OUT_OF_ORDER.refuse(", ".join(str(leaf.leaf_index) for leaf in proven))
    for leaf in proven:
        root = _root(LEAF_NOT_IN_BLOCK, merkle.leaf_hash(leaf.leaf), leaf.leaf_index, commitment.leaf_count, leaf.path)
        if root != commitment.receipts_root:
            LEAF_NOT_IN_BLOCK.refuse(f"leaf {leaf.leaf_index}")


def _check_finality(receipt: Receipt, commitment: Commitment, trust: Trust) -> tuple[int, Finding]:
    """Verify the finality proof; return the height of the commitment it is over, and what the proof says."""
    final_bytes, final = receipt.commitment, commitment
    if receipt.anchor is not None:
        final_bytes, final = receipt.anchor.commitment, decode_commitment(receipt.anchor.commitment)
        trust.require_chain(final.chain_id)
        # At height h the log holds the h commitments of heights 0 to h - 1, so a height is its index.
        leaf = merkle.leaf_hash(commitment_hash(receipt.commitment))
        path = receipt.anchor.path
        if _root(COMMITMENT_NOT_IN_HISTORY, leaf, commitment.height, final.height, path) != final.history_root:
            COMMITMENT_NOT_IN_HISTORY.refuse(f"height {commitment.height} at height {final.height}")
    return final.height, kind_tagged(receipt.finality.tag).verify(receipt.finality.payload, final_bytes, trust)


def _root(reason: RefusalCode, leaf: bytes, index: int, size: int, path: tuple[bytes, ...]) -> bytes:
    """Return the root a path proves; a path of the wrong form is refused for ``reason``."""
    try:
        return merkle.root_from_path(leaf, index, size, path)
    except Refusal as refusal:
        reason.refuse(refusal.detail)


def _change(leaf: BalanceLeaf) -> BalanceChange:
    return BalanceChange(
        account=leaf.account,
        asset=leaf.asset,
        entry=leaf.entry,
        delta_minor=leaf.delta_minor,
        balance_minor=leaf.balance_minor,
        fee_minor=leaf.fee_minor,
    )
