"""Purchase: pay a merchant, with an order (dynamic code) or without (static code).

Effect: the merchant receives the amount less the fee of its category; the fee is split between the payer's
institution, the operator and the merchant's institution; across institutions positions change with every part.
An order is paid once. A purchase without an order is static, which limits treat differently.
Signed by a key of the paying account; an embedded order by a key of the merchant. Since protocol version 1.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from payport.ledger import fees
from payport.ledger.state import accounts, balances, floors, keys, orders, parameters, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power, Proof
from payport.values import codec
from payport.values.identifiers import AccountId, AssetId
from payport.values.limits import MAX_ORDER_VALIDITY_MS
from payport.values.money import MAX_AMOUNT_MINOR, Amount
from payport.values.orders import MAX_SIGNED_ORDER_BYTES, Order, SignedOrder, read_order, signing_bytes
from payport.values.refusals import RefusalClass, RefusalCode


class Purchase(AccountTransaction, frozen=True):
    """The sender pays ``merchant``."""

    merchant: AccountId
    """Merchant's account."""
    asset: AssetId
    """Currency."""
    amount_minor: Amount
    """Amount in minor units, fee included: what the payer is debited."""
    order: Annotated[bytes, msgspec.Meta(max_length=MAX_SIGNED_ORDER_BYTES)] | None
    """Encoded signed order this pays, or nil for a static purchase."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.MOVE})

ORDER_MISMATCH: Final = RefusalCode(
    "order_mismatch",
    RefusalClass.MALFORMED,
    "Merchant, amount, asset or network differ from the order.",
    "商户、金额、币种或网络与订单不一致。",
)
"""The purchase must pay exactly what the order asks."""

NOT_A_MERCHANT: Final = RefusalCode(
    "not_a_merchant", RefusalClass.CONFLICT, "The payee is not a merchant.", "收款方不是商户。"
)
"""A person is paid by transfer."""

ORDER_NOT_BY_MERCHANT: Final = RefusalCode(
    "order_not_by_merchant",
    RefusalClass.UNAUTHORISED,
    "The order is not signed by a live key of the merchant.",
    "订单未由商户的有效密钥签名。",
)
"""Somebody else made the code."""

ORDER_EXPIRED: Final = RefusalCode("order_expired", RefusalClass.EXPIRED, "The order has expired.", "订单已过期。")
"""Block time is after the order's expiry."""

ORDER_TOO_LONG_LIVED: Final = RefusalCode(
    "order_too_long_lived",
    RefusalClass.MALFORMED,
    "An order may be payable for at most 30 days.",
    "订单有效期不得超过30天。",
)
"""Its use could not be remembered for so long."""

REFUSALS: Final = (
    accounts.SAME_ACCOUNT,
    codec.MALFORMED_BYTES,
    ORDER_MISMATCH,
    parameters.UNKNOWN_ASSET,
    accounts.UNKNOWN_ACCOUNT,
    NOT_A_MERCHANT,
    ORDER_NOT_BY_MERCHANT,
    ORDER_EXPIRED,
    ORDER_TOO_LONG_LIVED,
    orders.ORDER_ALREADY_PAID,
    *usage.REFUSALS,
    balances.INSUFFICIENT_BALANCE,
    balances.AMOUNT_OVERFLOW,
)


def _read(transaction: Purchase) -> tuple[SignedOrder, Order] | None:
    if transaction.order is None:
        return None
    signed = codec.decode_canonical(transaction.order, SignedOrder)
    return signed, read_order(signed.order)


def check(transaction: Purchase) -> None:
    """Payer and merchant must differ, and an order must ask for exactly this."""
    if transaction.merchant == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()
    found = _read(transaction)
    if found is None:
        return
    order = found[1]
    asked = (order.chain_id, order.merchant, order.asset, order.amount_minor)
    paid = (transaction.chain_id, transaction.merchant, transaction.asset, transaction.amount_minor)
    if asked != paid:
        ORDER_MISMATCH.refuse()


def proofs(transaction: Purchase) -> tuple[Proof, ...]:
    """Return the merchant's signature on the order."""
    found = _read(transaction)
    if found is None:
        return ()
    signed = found[0]
    return (Proof(signed.scheme, signed.public_key, signing_bytes(signed.order), signed.signature),)


def _require_payable(state: State, found: tuple[SignedOrder, Order], context: Context) -> None:
    """Check the order against the state: signer, time, not paid before."""
    signed, order = found
    key = keys.find(state, signed.public_key)
    live = key is not None and key.holder == order.merchant and not key.revoked and key.scheme == signed.scheme
    if not live or (key is not None and key.expires_at_ms is not None and context.time_ms > key.expires_at_ms):
        ORDER_NOT_BY_MERCHANT.refuse()
    if context.time_ms > order.expires_at_ms:
        ORDER_EXPIRED.refuse(order.order_id)
    if order.expires_at_ms - context.time_ms > MAX_ORDER_VALIDITY_MS:
        ORDER_TOO_LONG_LIVED.refuse(order.order_id)
    orders.require_unpaid(state, order.merchant, order.order_id)


def apply(transaction: Purchase, state: State, context: Context) -> None:
    """Move the amount to the merchant and the fee from there to its shares."""
    sender, merchant = transaction.sender, transaction.merchant
    asset, amount = transaction.asset, transaction.amount_minor
    parameters.require_currency(state, asset, context.height)
    category = accounts.require(state, merchant).category
    if category == accounts.PERSON:
        NOT_A_MERCHANT.refuse()
    found = _read(transaction)
    if found is not None:
        _require_payable(state, found, context)
    allowance = usage.require_allowance(state, context, asset, amount, static=found is None)
    floors.require_cover(state, sender, asset, amount)
    fee = fees.of_purchase(state, category, amount, context.height)
    shares = fees.share_accounts(state, sender, merchant, fee)
    for account, share in ((merchant, amount - fee.total_minor), *shares):
        floors.require_room(state, account, asset, share, MAX_AMOUNT_MINOR)
    usage.spend(state, context, allowance)
    if found is not None:
        orders.mark_paid(state, merchant, found[1].order_id, context.transaction_id, context.time_ms)
    accounts.move(state, context, sender, merchant, asset, amount)
    for account, share in shares:
        accounts.move(state, context, merchant, account, asset, share, fee_minor=share)


def event(transaction: Purchase) -> Event:
    """Tell followers who paid whom how much."""
    return Event((transaction.sender, transaction.merchant), transaction.asset, transaction.amount_minor)


def example() -> Purchase:
    """Pay 128.50 at a supermarket by a dynamic code."""
    from payport.ledger.examples import MARKET, common_account_fields, signed_order  # noqa: PLC0415 - as elsewhere

    return Purchase(
        **common_account_fields("purchase/1"),
        merchant=MARKET,
        asset="CNY",
        amount_minor=12_850,
        order=signed_order(MARKET, "2026-0001", 12_850),
    )
