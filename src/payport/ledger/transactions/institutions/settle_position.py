"""Settle a position: the creditor confirms that a debtor paid what it owed, in central bank money or otherwise.

Effect: what the debtor owes the creditor shrinks by the amount, which is headroom again. On the books of the ledger
the debtor has redeemed that much of its money and the creditor has issued that much, since its customers hold it.
Signed by the creditor, by the policy ``authority/settle_position``: only it loses a claim. Since protocol version 1.
"""

from __future__ import annotations

from typing import Final

from payport.ledger.state import assets, institutions, positions, supplies
from payport.ledger.state.state import State
from payport.ledger.transaction import INSTITUTION_ONLY, Context, Event, InstitutionTransaction, Power
from payport.values.identifiers import AssetId, InstitutionId
from payport.values.money import Amount
from payport.values.refusals import RefusalClass, RefusalCode


class SettlePosition(InstitutionTransaction, frozen=True):
    """The sender, a creditor, was paid by ``debtor``."""

    debtor: InstitutionId
    """Who paid."""
    asset: AssetId
    """Currency."""
    amount_minor: Amount
    """Amount in minor units, at most what is owed."""


VERSION: Final = 1
SINCE: Final = 1
ROLES: Final = INSTITUTION_ONLY
POWERS: Final = frozenset({Power.ISSUE})

SAME_INSTITUTION: Final = RefusalCode(
    "same_institution", RefusalClass.MALFORMED, "The two institutions must differ.", "两个机构不能相同。"
)
"""Nobody owes itself."""

SETTLES_TOO_MUCH: Final = RefusalCode(
    "settles_too_much",
    RefusalClass.CONFLICT,
    "Less is owed than would be settled.",
    "清算金额超过应付净额。",
)
"""The position is smaller, or runs the other way."""

REFUSALS: Final = (
    SAME_INSTITUTION,
    assets.UNKNOWN_ASSET,
    assets.NOT_A_CURRENCY,
    institutions.UNKNOWN_INSTITUTION,
    SETTLES_TOO_MUCH,
)


def check(transaction: SettlePosition) -> None:
    """Debtor and creditor must differ."""
    if transaction.debtor == transaction.sender:
        SAME_INSTITUTION.refuse()


def apply(transaction: SettlePosition, state: State, context: Context) -> None:
    """Shrink the position and book what settled it."""
    debtor, creditor, asset = transaction.debtor, transaction.sender, transaction.asset
    assets.require_currency(state, asset, context.height)
    institutions.require(state, debtor)
    owed = positions.of(state, debtor, creditor, asset)
    if transaction.amount_minor > owed:
        SETTLES_TOO_MUCH.refuse(f"{transaction.amount_minor} of {max(owed, 0)}")
    positions.owe(state, debtor, creditor, asset, -transaction.amount_minor)
    supplies.add(state, debtor, asset, redeemed_minor=transaction.amount_minor)
    supplies.add(state, creditor, asset, issued_minor=transaction.amount_minor)


def event(transaction: SettlePosition) -> Event:
    """No account is concerned."""
    return Event((), transaction.asset, transaction.amount_minor)


def example() -> SettlePosition:
    """Confirm that another bank paid 1,250,000.00."""
    from payport.ledger.examples import common_institution_fields  # noqa: PLC0415 - examples need the verbs

    return SettlePosition(
        **common_institution_fields("settle_position/1", sender="bank-west"),
        debtor="bank-east",
        asset="CNY",
        amount_minor=125_000_000,
    )
