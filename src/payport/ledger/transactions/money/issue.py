"""Issue money: the sending institution credits one of its accounts and owes that much more.

Effect: the account's balance and the institution's issued supply grow by the amount.
Signed by the institution, by the policy ``authority/issue``. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, balances, floors, parameters, supplies
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import AccountId, AssetId
from payport.values.money import MAX_AMOUNT_MINOR, Amount


class Issue(InstitutionTransaction, frozen=True):
    """An institution issues to ``account``."""

    account: AccountId
    """Account to credit; one of the sender's own."""
    asset: AssetId
    """Currency."""
    amount_minor: Amount
    """Amount in minor units."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.ISSUE})
REFUSALS: Final = (
    parameters.UNKNOWN_ASSET,
    accounts.UNKNOWN_ACCOUNT,
    accounts.NOT_YOUR_CUSTOMER,
    balances.AMOUNT_OVERFLOW,
)


def check(transaction: Issue) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Issue, state: State, context: Context) -> None:
    """Credit the account and grow the supply."""
    parameters.require_currency(state, transaction.asset, context.height)
    if accounts.require(state, transaction.account).institution != transaction.sender:
        accounts.NOT_YOUR_CUSTOMER.refuse()
    floors.require_room(state, transaction.account, transaction.asset, transaction.amount_minor, MAX_AMOUNT_MINOR)
    balances.change(context, transaction.account, transaction.asset, transaction.amount_minor)
    supplies.add(state, transaction.sender, transaction.asset, issued_minor=transaction.amount_minor)


def event(transaction: Issue) -> Event:
    """Tell followers what was credited."""
    return Event((transaction.account,), transaction.asset, transaction.amount_minor)


def example() -> Issue:
    """Issue 1,000.00 to a cardholder."""
    from payport.ledger.examples import ALICE, common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return Issue(
        **common_institution_fields("issue/1", sender="bank-east"), account=ALICE, asset="CNY", amount_minor=100_000
    )
