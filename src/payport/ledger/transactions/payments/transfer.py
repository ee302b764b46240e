"""Transfer money from one account to another, at the same institution or across two.

Effect: the amount moves; across institutions both positions change with it. No fee.
Only a currency makes positions; another asset is owed by its issuer wherever it lies.
Signed by a key of the paying account. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, assets, balances, floors, outgoing, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.identifiers import AccountId, AssetId
from payport.values.money import MAX_AMOUNT_MINOR, Amount


class Transfer(AccountTransaction, frozen=True):
    """The sender pays ``payee``."""

    payee: AccountId
    """Account to credit."""
    asset: AssetId
    """Currency or registered asset."""
    amount_minor: Amount
    """Amount in minor units."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.MOVE})
REFUSALS: Final = (
    accounts.SAME_ACCOUNT,
    assets.UNKNOWN_ASSET,
    accounts.UNKNOWN_ACCOUNT,
    *outgoing.CREDIT_REFUSALS,
    *usage.REFUSALS,
    *outgoing.REFUSALS,
    balances.AMOUNT_OVERFLOW,
)


def check(transaction: Transfer) -> None:
    """Payer and payee must differ."""
    if transaction.payee == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()


def apply(transaction: Transfer, state: State, context: Context) -> None:
    """Move the amount."""
    sender, payee = transaction.sender, transaction.payee
    asset, amount = transaction.asset, transaction.amount_minor
    assets.require_carried(state, asset, context.height)
    payee_institution = outgoing.require_credit(state, context, payee)
    allowance = usage.require_allowance(state, context, asset, amount, static=False)
    outgoing.require(state, context, sender, payee_institution, asset, amount)
    floors.require_room(state, payee, asset, amount, MAX_AMOUNT_MINOR)
    usage.spend(state, context, allowance)
    accounts.move(state, context, sender, payee, asset, amount)


def event(transaction: Transfer) -> Event:
    """Tell followers who paid whom how much."""
    return Event((transaction.sender, transaction.payee), transaction.asset, transaction.amount_minor)


def example() -> Transfer:
    """Send 88.00 to a friend at a second bank."""
    from payport.ledger.examples import BOB, common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Transfer(**common_account_fields("transfer/1"), payee=BOB, asset="CNY", amount_minor=8_800)
