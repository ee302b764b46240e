"""Refund a sale, in part or whole: a purchase, a capture or a charge.

Effect: the amount goes back from the merchant to the payer; the fee returns in proportion, each share from the
account it went to. The sum of refunds never exceeds the purchase. A closed payer's money goes to the unclaimed account
of its institution. A frozen merchant may refund, a suspended institution's may not.
Signed by a key of the merchant. Carries the purchase and its proof, because the ledger keeps no old payments: the
outcome leaf, its path to the block's receipts root, the block's commitment, and that commitment's path in the log.
Since protocol version 1.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger import fees, purchase_proof
from payport.ledger.state import (
    accounts,
    balances,
    exposures,
    floors,
    institutions,
    parameters,
    refunds,
    restrictions,
)
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values import codec
from payport.values.identifiers import Digest
from payport.values.limits import MAX_BODY_BYTES
from payport.values.money import MAX_AMOUNT_MINOR, Amount
from payport.values.refusals import RefusalClass, RefusalCode

Path = Annotated[tuple[Digest, ...], msgspec.Meta(max_length=64)]


class Refund(AccountTransaction, frozen=True):
    """The merchant refunds a purchase it received."""

    purchase: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_BODY_BYTES // 4)]
    """Exact body of the purchase."""
    outcome_leaf: Annotated[bytes, msgspec.Meta(min_length=1, max_length=4_096)]
    """Its outcome leaf."""
    leaf_index: Annotated[int, msgspec.Meta(ge=0)]
    """Index of that leaf in its block."""
    leaf_path: Path
    """Path from the leaf to the block's receipts root."""
    commitment: Annotated[bytes, msgspec.Meta(min_length=1, max_length=512)]
    """The block's commitment."""
    log_path: Path
    """Path of the commitment in its subtree of the log; empty while the ledger still knows it singly."""
    amount_minor: Amount
    """Amount to refund, in minor units."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.MOVE})

NOT_YOUR_SALE: Final = RefusalCode(
    "not_your_sale", RefusalClass.UNAUTHORISED, "Only the merchant that was paid may refund.", "只有收款商户可以退款。"
)
"""The sender is not the merchant of the purchase."""

REFUND_EXCEEDS_PURCHASE: Final = RefusalCode(
    "refund_exceeds_purchase",
    RefusalClass.CONFLICT,
    "More would be refunded than was paid.",
    "退款总额将超过原交易金额。",
)
"""Counts all refunds of the purchase so far."""

REFUND_PERIOD_OVER: Final = RefusalCode(
    "refund_period_over", RefusalClass.EXPIRED, "The purchase is too old to be refunded.", "该交易已超过可退款期限。"
)
"""The network's refund period has passed since the purchase."""

REFUSALS: Final = (
    purchase_proof.NOT_A_PURCHASE,
    NOT_YOUR_SALE,
    purchase_proof.PROOF_INVALID,
    REFUND_PERIOD_OVER,
    REFUND_EXCEEDS_PURCHASE,
    restrictions.PAYEE_FROZEN,
    institutions.INSTITUTION_SUSPENDED,
    balances.INSUFFICIENT_BALANCE,
    exposures.NET_DEBIT_CAP_EXCEEDED,
    balances.AMOUNT_OVERFLOW,
)


def check(transaction: Refund) -> None:
    """Insist on a sale of the sender, and on the leaf as its proof as far as can be seen without state."""
    paid = purchase_proof.read_purchase(transaction.purchase)
    if paid.merchant != transaction.sender or paid.chain_id != transaction.chain_id:
        NOT_YOUR_SALE.refuse()
    purchase_proof.check_leaf(
        transaction.purchase,
        transaction.outcome_leaf,
        transaction.leaf_index,
        transaction.leaf_path,
        transaction.commitment,
    )


def apply(transaction: Refund, state: State, context: Context) -> None:
    """Return the amount to the payer and the fee's part to the merchant."""
    paid = purchase_proof.read_purchase(transaction.purchase)
    block = purchase_proof.require_known(state, transaction.commitment, transaction.log_path)
    period_ends_ms = block.time_ms + parameters.require(state, "refund_period_ms", context.height, int)
    if context.time_ms > period_ends_ms:
        REFUND_PERIOD_OVER.refuse()
    purchase_id = purchase_proof.purchase_id(transaction.purchase)
    before = refunds.of(state, purchase_id, paid.amount_minor)
    refunded = before.refunded_minor + transaction.amount_minor
    if refunded > paid.amount_minor:
        REFUND_EXCEEDS_PURCHASE.refuse(f"{refunded} of {paid.amount_minor}")
    category = accounts.require(state, paid.merchant).category
    fee = fees.of_purchase(state, category, paid.amount_minor, block.height)
    back = fees.growth(fee, paid.amount_minor, before.refunded_minor, refunded)
    payer = _creditable(state, paid.payer, context)
    merchant_institution = accounts.require(state, paid.merchant).institution
    institutions.require_active(state, merchant_institution, context.time_ms)
    shares = fees.share_accounts(state, paid.payer, paid.merchant, back)
    floors.require_cover(state, paid.merchant, paid.asset, transaction.amount_minor - back.total_minor)
    for account, share in shares:
        floors.require_cover(state, account, paid.asset, share)
    if accounts.require(state, payer).institution != merchant_institution:
        exposures.require_headroom(state, merchant_institution, paid.asset, transaction.amount_minor)
    floors.require_room(state, payer, paid.asset, transaction.amount_minor, MAX_AMOUNT_MINOR)
    after = refunds.Refunded(paid.amount_minor, refunded, before.fee_returned_minor + back.total_minor)
    refunds.record(state, purchase_id, after, period_ends_ms)
    accounts.move(state, context, paid.merchant, payer, paid.asset, transaction.amount_minor)
    for account, share in shares:
        if share > 0:
            accounts.move(state, context, account, paid.merchant, paid.asset, share)
        else:
            accounts.move(state, context, paid.merchant, account, paid.asset, -share)
    if back.total_minor:
        balances.change(context, paid.merchant, paid.asset, 0, -back.total_minor)


def _creditable(state: State, payer: bytes, context: Context) -> bytes:
    """Return the account to credit: the payer's own, or its institution's unclaimed one where that is closed."""
    account = accounts.require(state, payer)
    if account.standing is accounts.Standing.CLOSED:
        return institutions.require(state, account.institution).unclaimed_account
    restrictions.require_credit(state, payer, account, context.time_ms)
    return payer


def event(transaction: Refund) -> Event:
    """Tell followers who refunded whom how much."""
    paid = purchase_proof.read_purchase(transaction.purchase)
    return Event((transaction.sender, paid.payer), paid.asset, transaction.amount_minor)


def example() -> Refund:
    """Refund 28.50 of a purchase; the proof is well-formed but of no real block."""
    from payport.ledger.examples import MARKET, common_account_fields, proven_purchase  # noqa: PLC0415 - examples need the verbs

    body, leaf, commitment = proven_purchase()
    assert codec.decode(body, list[object])[8] == MARKET
    return Refund(
        **common_account_fields("refund/1", sender=MARKET),
        purchase=body,
        outcome_leaf=leaf,
        leaf_index=0,
        leaf_path=(),
        commitment=commitment,
        log_path=(),
        amount_minor=2_850,
    )
