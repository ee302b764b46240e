"""Authorise a payment: reserve money for a merchant, to be captured later (fuel station, hotel, car hire).

Effect: a hold of the amount, under this transaction's id. The amount cannot be spent otherwise, and across
institutions the payer's headroom under its net debit cap is reserved with it. Nothing moves. The key's limits count
the amount now, not at capture. An order embedded in it is used up as by a purchase.
Signed by a key of the paying account; an embedded order by a key of the merchant. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger import payable_order, sale
from payport.ledger.state import accounts, assets, holds, orders, outgoing, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power, Proof
from payport.values import codec
from payport.values.block_time import Milliseconds
from payport.values.identifiers import AccountId, AssetId
from payport.values.limits import MAX_HOLD_MS, MAX_HOLDS_PER_ACCOUNT
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode


class Authorise(AccountTransaction, frozen=True):
    """The sender reserves money for ``merchant``."""

    merchant: AccountId
    """Merchant's account: who may capture."""
    asset: AssetId
    """Currency."""
    amount_minor: Amount
    """Largest sum that may be captured, in minor units."""
    order: payable_order.EncodedOrder | None
    """Encoded signed order this reserves for, or nil."""
    expires_at_ms: Milliseconds
    """Last block time at which it may be captured."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.RESERVE})

HOLD_EXPIRY_INVALID: Final = RefusalCode(
    "hold_expiry_invalid",
    RefusalClass.MALFORMED,
    "A hold ends in the future, and within 30 days.",
    "预授权到期时间须在未来30天之内。",
)
"""The expiry is past, or farther away than any hold may last."""

TOO_MANY_HOLDS: Final = RefusalCode(
    "too_many_holds",
    RefusalClass.LIMIT,
    f"An account has at most {MAX_HOLDS_PER_ACCOUNT} live holds.",
    "账户的有效预授权数量已达上限。",
)
"""Wait for a capture, a release or an expiry."""

REFUSALS: Final = (
    accounts.SAME_ACCOUNT,
    codec.MALFORMED_BYTES,
    payable_order.ORDER_MISMATCH,
    assets.UNKNOWN_ASSET,
    assets.NOT_A_CURRENCY,
    HOLD_EXPIRY_INVALID,
    accounts.UNKNOWN_ACCOUNT,
    sale.NOT_A_MERCHANT,
    *outgoing.CREDIT_REFUSALS,
    *payable_order.REFUSALS,
    TOO_MANY_HOLDS,
    *usage.REFUSALS,
    *outgoing.REFUSALS,
)


def check(transaction: Authorise) -> None:
    """Payer and merchant must differ, and an order must ask for exactly this."""
    if transaction.merchant == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()
    payable_order.check(transaction)


def proofs(transaction: Authorise) -> tuple[Proof, ...]:
    """Return the merchant's signature on the order."""
    return payable_order.proofs(transaction)


def apply(transaction: Authorise, state: State, context: Context) -> None:
    """Reserve the amount."""
    sender, merchant = transaction.sender, transaction.merchant
    asset, amount = transaction.asset, transaction.amount_minor
    assets.require_currency(state, asset, context.height)
    if not context.time_ms < transaction.expires_at_ms <= context.time_ms + MAX_HOLD_MS:
        HOLD_EXPIRY_INVALID.refuse(f"expires at {transaction.expires_at_ms}, block time {context.time_ms}")
    sale.require_merchant(state, merchant)
    acquirer = outgoing.require_credit(state, context, merchant)
    found = payable_order.read(transaction)
    if found is not None:
        payable_order.require_payable(state, found, context.time_ms)
    if accounts.require(state, sender).holds_paying >= MAX_HOLDS_PER_ACCOUNT:
        TOO_MANY_HOLDS.refuse()
    allowance = usage.require_allowance(state, context, asset, amount, static=found is None)
    outgoing.require(state, context, sender, acquirer, asset, amount)
    usage.spend(state, context, allowance)
    if found is not None:
        orders.mark_paid(state, merchant, found[1].order_id, context.transaction_id, context.time_ms)
    hold = holds.Hold(sender, merchant, asset, amount, transaction.expires_at_ms)
    holds.place(state, context.transaction_id, hold)


def event(transaction: Authorise) -> Event:
    """Tell followers who reserved how much for whom."""
    return Event((transaction.sender, transaction.merchant), transaction.asset, transaction.amount_minor)


def example() -> Authorise:
    """Reserve 300.00 at a fuel pump for an hour."""
    from payport.ledger.examples import MARKET, TIME_MS, common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Authorise(
        **common_account_fields("authorise/1"),
        merchant=MARKET,
        asset="CNY",
        amount_minor=30_000,
        order=None,
        expires_at_ms=TIME_MS + 3_600_000,
    )
