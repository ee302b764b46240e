"""A sale: the amount to the merchant, and the fee from there to its shares. Shared by purchase, capture and charge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from payport.ledger import fees
from payport.ledger.state import accounts, floors
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import RefusalClass, RefusalCode

if TYPE_CHECKING:
    from payport.ledger.state.state import State
    from payport.ledger.transaction import Context

NOT_A_MERCHANT: Final = RefusalCode(
    "not_a_merchant", RefusalClass.CONFLICT, "The payee is not a merchant.", "收款方不是商户。"
)
"""A person is paid by transfer."""


class Sale(NamedTuple):
    """A sale that was found possible."""

    payer: bytes
    """Account that pays."""
    merchant: bytes
    """Account that is paid."""
    asset: str
    """Currency."""
    amount_minor: int
    """Amount in minor units, fee included."""
    shares: tuple[tuple[bytes, int], ...]
    """Accounts of the fee's shares, with the share of each in minor units."""


def require_merchant(state: State, merchant: bytes) -> str:
    """Return the merchant's category; raises ``unknown_account`` or ``not_a_merchant``."""
    category = accounts.require(state, merchant).category
    if category == accounts.PERSON:
        NOT_A_MERCHANT.refuse()
    return category


def plan(state: State, context: Context, payer: bytes, merchant: bytes, asset: str, amount_minor: int) -> Sale:
    """Compute fee and shares, and insist on room for each credit; raises ``amount_overflow``."""
    category = accounts.require(state, merchant).category
    fee = fees.of_purchase(state, category, amount_minor, context.height)
    shares = fees.share_accounts(state, payer, merchant, fee)
    for account, share in ((merchant, amount_minor - fee.total_minor), *shares):
        floors.require_room(state, account, asset, share, MAX_AMOUNT_MINOR)
    return Sale(payer, merchant, asset, amount_minor, shares)


def settle(state: State, context: Context, sale: Sale) -> None:
    """Move the amount to the merchant and the fee from there to its shares."""
    accounts.move(state, context, sale.payer, sale.merchant, sale.asset, sale.amount_minor)
    for account, share in sale.shares:
        accounts.move(state, context, sale.merchant, account, sale.asset, share, fee_minor=share)
