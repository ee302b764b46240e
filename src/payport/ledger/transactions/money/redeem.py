"""Redeem money: an account hands it back to its institution, which owes that much less on the ledger.

Effect: the account's balance falls and the institution's redeemed supply grows by the amount; the institution pays
it out in its own core. Signed by a key of the account (an institution's own accounts: by the institution).
Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, balances, floors, parameters, supplies, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.identifiers import AssetId
from payport.values.money import Amount


class Redeem(AccountTransaction, frozen=True):
    """The sender redeems at its own institution."""

    asset: AssetId
    """Currency."""
    amount_minor: Amount
    """Amount in minor units."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.ISSUE})
REFUSALS: Final = (parameters.UNKNOWN_ASSET, *usage.REFUSALS, balances.INSUFFICIENT_BALANCE)


def check(transaction: Redeem) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Redeem, state: State, context: Context) -> None:
    """Debit the account and shrink what is outstanding."""
    sender, asset, amount = transaction.sender, transaction.asset, transaction.amount_minor
    parameters.require_currency(state, asset, context.height)
    allowance = usage.require_allowance(state, context, asset, amount, static=False)
    floors.require_cover(state, sender, asset, amount)
    usage.spend(state, context, allowance)
    balances.change(context, sender, asset, -amount)
    supplies.add(state, accounts.require(state, sender).institution, asset, redeemed_minor=amount)


def event(transaction: Redeem) -> Event:
    """Tell followers what was handed back."""
    return Event((transaction.sender,), transaction.asset, transaction.amount_minor)


def example() -> Redeem:
    """Redeem 250.00."""
    from payport.ledger.examples import common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Redeem(**common_account_fields("redeem/1"), asset="CNY", amount_minor=25_000)
