"""Sweep an account: send all it holds of one asset to another account of the same institution.

Effect: the whole balance moves. No fee, no position, because money does not leave the institution.
Signed by an owner's key. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, assets, balances, floors
from payport.ledger.state.state import State
from payport.ledger.transaction import OWNER_ONLY, AccountTransaction, Context, Event, Power
from payport.values.identifiers import AccountId, AssetId
from payport.values.money import MAX_AMOUNT_MINOR
from payport.values.refusals import RefusalClass, RefusalCode


class Sweep(AccountTransaction, frozen=True):
    """The sender's whole balance goes to ``into``."""

    into: AccountId
    """Account to credit."""
    asset: AssetId
    """Currency."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = OWNER_ONLY
POWERS: Final = frozenset({Power.MOVE})

NOTHING_TO_SWEEP: Final = RefusalCode(
    "nothing_to_sweep",
    RefusalClass.INSUFFICIENT,
    "The account holds nothing of this asset.",
    "该账户没有此资产的余额。",
)
"""The balance is zero."""

REFUSALS: Final = (
    accounts.SAME_ACCOUNT,
    assets.UNKNOWN_ASSET,
    accounts.UNKNOWN_ACCOUNT,
    accounts.NOT_YOUR_CUSTOMER,
    NOTHING_TO_SWEEP,
    balances.AMOUNT_OVERFLOW,
)


def check(transaction: Sweep) -> None:
    """The two accounts must differ."""
    if transaction.into == transaction.sender:
        accounts.SAME_ACCOUNT.refuse()


def apply(transaction: Sweep, state: State, context: Context) -> None:
    """Move the whole balance."""
    sender, into, asset = transaction.sender, transaction.into, transaction.asset
    assets.require_carried(state, asset, context.height)
    if accounts.require(state, into).institution != accounts.require(state, sender).institution:
        accounts.NOT_YOUR_CUSTOMER.refuse()
    amount = balances.of(state, sender, asset).amount_minor
    if amount <= 0:
        NOTHING_TO_SWEEP.refuse()
    floors.require_room(state, into, asset, amount, MAX_AMOUNT_MINOR)
    accounts.move(state, context, sender, into, asset, amount)


def event(transaction: Sweep) -> Event:
    """Tell followers which accounts it concerns; how much is in their entries."""
    return Event((transaction.sender, transaction.into), None, None)


def example() -> Sweep:
    """Empty one account into another."""
    from payport.ledger.examples import BOB, common_account_fields

    return Sweep(**common_account_fields("sweep/1"), into=BOB, asset="CNY")
