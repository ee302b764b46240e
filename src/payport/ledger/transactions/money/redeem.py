"""Redeem money: an account hands it back to its obligor, which owes that much less on the ledger.

Effect: the account's balance falls and the obligor's redeemed supply grows by the amount; the obligor pays it
out in its own core. A currency goes back to the account's institution, another asset to its issuer.
Signed by a key of the account (an institution's own accounts: by the institution). Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, assets, balances, outgoing, supplies, usage
from payport.ledger.state.state import State
from payport.ledger.transaction import ACCOUNT_ROLES, AccountTransaction, Context, Event, Power
from payport.values.identifiers import AssetId
from payport.values.money import Amount


class Redeem(AccountTransaction, frozen=True):
    """The sender redeems at its own institution."""

    asset: AssetId
    """Currency or registered asset."""
    amount_minor: Amount
    """Amount in minor units."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = ACCOUNT_ROLES
POWERS: Final = frozenset({Power.ISSUE})
REFUSALS: Final = (assets.UNKNOWN_ASSET, *usage.REFUSALS, *outgoing.WITHIN_REFUSALS)


def check(transaction: Redeem) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Redeem, state: State, context: Context) -> None:
    """Debit the account and shrink what is outstanding."""
    sender, asset, amount = transaction.sender, transaction.asset, transaction.amount_minor
    assets.require_carried(state, asset, context.height)
    allowance = usage.require_allowance(state, context, asset, amount, static=False)
    institution = accounts.require(state, sender).institution
    outgoing.require(state, context, sender, institution, asset, amount)
    usage.spend(state, context, allowance)
    balances.change(context, sender, asset, -amount)
    supplies.add(state, assets.obligor(asset, institution), asset, redeemed_minor=amount)


def event(transaction: Redeem) -> Event:
    """Tell followers what was handed back."""
    return Event((transaction.sender,), transaction.asset, transaction.amount_minor)


def example() -> Redeem:
    """Redeem 250.00."""
    from payport.ledger.examples import common_account_fields  # noqa: PLC0415 - examples need the verbs

    return Redeem(**common_account_fields("redeem/1"), asset="CNY", amount_minor=25_000)
