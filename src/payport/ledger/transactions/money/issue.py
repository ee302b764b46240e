"""Issue money: the sending institution credits an account and owes that much more.

Effect: the account's balance and the institution's issued supply grow by the amount. A currency is issued to the
institution's own customers, an asset it registered to anyone's.
Signed by the institution, by the policy ``authority/issue``. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import accounts, assets, balances, floors, outgoing, supplies
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import AccountId, AssetId, is_currency
from payport.values.money import MAX_AMOUNT_MINOR, Amount
from payport.values.refusals import RefusalClass, RefusalCode


class Issue(InstitutionTransaction, frozen=True):
    """An institution issues to ``account``."""

    account: AccountId
    """Account to credit; one of the sender's own where the asset is a currency."""
    asset: AssetId
    """Currency or asset of the sender."""
    amount_minor: Amount
    """Amount in minor units."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.ISSUE})

NOT_YOUR_ASSET: Final = RefusalCode(
    "not_your_asset",
    RefusalClass.UNAUTHORISED,
    "Only the institution that registered an asset issues it.",
    "只有登记该资产的机构可以发行。",
)
"""Another institution is its obligor."""

REFUSALS: Final = (
    assets.UNKNOWN_ASSET,
    NOT_YOUR_ASSET,
    accounts.UNKNOWN_ACCOUNT,
    *outgoing.CREDIT_REFUSALS,
    accounts.NOT_YOUR_CUSTOMER,
    balances.AMOUNT_OVERFLOW,
)


def check(transaction: Issue) -> None:
    """Nothing to check without the state."""
    del transaction


def apply(transaction: Issue, state: State, context: Context) -> None:
    """Credit the account and grow the supply."""
    assets.require_carried(state, transaction.asset, context.height)
    if assets.obligor(transaction.asset, transaction.sender) != transaction.sender:
        NOT_YOUR_ASSET.refuse(transaction.asset)
    institution = outgoing.require_credit(state, context, transaction.account)
    if is_currency(transaction.asset) and institution != transaction.sender:
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
