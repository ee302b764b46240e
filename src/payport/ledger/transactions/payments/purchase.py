"""Purchase: pay a merchant, with an order (dynamic code) or without (static code).

Effect: the merchant receives the amount less the fee of its category; the fee is split between the payer's
institution, the operator and the merchant's institution; across institutions positions change with every part.
An order is paid once. A purchase without an order is static, which limits treat differently.
Signed by a key of the paying account; an embedded order by a key of the merchant. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger import payable_order, sale
from payport.ledger.state import accounts, assets, balances, orders, outgoing, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power, Proof
from payport.values import codec
from payport.values.identifiers import AccountId, AssetId
from payport.values.money import Amount


class Purchase(AccountTransaction, frozen=True):
    """The sender pays ``merchant``."""

    merchant: AccountId
    """Merchant's account."""
    asset: AssetId
    """Currency."""
    amount_minor: Amount
    """Amount in minor units, fee included: what the payer is debited."""
    order: payable_order.EncodedOrder | None
    """Encoded signed order this pays, or nil for a static purchase."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.MOVE})

REFUSALS: Final = (
    accounts.SAME_ACCOUNT,
    codec.MALFORMED_BYTES,
    payable_order.ORDER_MISMATCH,
    assets.UNKNOWN_ASSET,
    assets.NOT_A_CURRENCY,
    accounts.UNKNOWN_ACCOUNT,
    sale.NOT_A_MERCHANT,
    *outgoing.CREDIT_REFUSALS,
    *payable_order.REFUSALS,
    *usage.REFUSALS,
    *outgoing.REFUSALS,
    balances.AMOUNT_OVERFLOW,
)


def check(transaction: Purchase) -> None:
    """Payer and merchant must differ, and an order must ask for exactly this."""
    if transaction.merchant == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()
    payable_order.check(transaction)


def proofs(transaction: Purchase) -> tuple[Proof, ...]:
    """Return the merchant's signature on the order."""
    return payable_order.proofs(transaction)


def apply(transaction: Purchase, state: State, context: Context) -> None:
    """Move the amount to the merchant and the fee from there to its shares."""
    sender, merchant = transaction.sender, transaction.merchant
    asset, amount = transaction.asset, transaction.amount_minor
    assets.require_currency(state, asset, context.height)
    sale.require_merchant(state, merchant)
    acquirer = outgoing.require_credit(state, context, merchant)
    found = payable_order.read(transaction)
    if found is not None:
        payable_order.require_payable(state, found, context.time_ms)
    allowance = usage.require_allowance(state, context, asset, amount, static=found is None)
    outgoing.require(state, context, sender, acquirer, asset, amount)
    planned = sale.plan(state, context, sender, merchant, asset, amount)
    usage.spend(state, context, allowance)
    if found is not None:
        orders.mark_paid(state, merchant, found[1].order_id, context.transaction_id, context.time_ms)
    sale.settle(state, context, planned)


def event(transaction: Purchase) -> Event:
    """Tell followers who paid whom how much."""
    return Event((transaction.sender, transaction.merchant), transaction.asset, transaction.amount_minor)


def example() -> Purchase:
    """Pay 128.50 at a supermarket by a dynamic code."""
    from payport.ledger.examples import MARKET, common_account_fields, signed_order  # noqa: PLC0415 - examples need the verbs

    return Purchase(
        **common_account_fields("purchase/1"),
        merchant=MARKET,
        asset="CNY",
        amount_minor=12_850,
        order=signed_order(MARKET, "2026-0001", 12_850),
    )
